//! Drawing on the map: what clicks, drags and keys make of the tool at hand.

use egui::{CursorIcon, Key, PointerButton};
use geo::{Coord, LineString, Polygon};

use super::camera::Bounds;
use super::desk::Desk;
use super::event::MapEvent;
use super::navigate::pans_by_primary;
use super::preview::{draw_corners, draw_cursor, draw_drag};
use super::tool::{Shape, Tool};
use super::vertices::Vertices;

/// A click so near to the first corner closes, in points.
pub(super) const CLOSING: f32 = 9.0;
/// A path drawn by hand gets a point each so many points.
const SPACING: f32 = 2.0;

/// A drawing that is not finished.
#[derive(Debug, Default)]
pub(super) struct Sketch {
    /// The tool it was begun with.
    tool: Tool,
    state: State,
    pub(super) vertices: Vertices,
}

#[derive(Debug, Default, Clone, PartialEq)]
enum State {
    #[default]
    Idle,
    /// The primary button is held.
    Dragging { path: Vec<[f64; 2]> },
    /// Corners of a polygon or a line laid by clicks; finished ones (of a measure) stay to be read.
    Corners { points: Vec<[f64; 2]>, finished: bool },
}

impl Sketch {
    /// Follows the user's hand for one frame, and draws what is not finished.
    pub(super) fn follow(&mut self, desk: &Desk<'_>, tool: &Tool, events: &mut Vec<MapEvent>) {
        if !same_tool(&self.tool, tool) {
            if self.tool == Tool::Measure && self.state != State::Idle {
                events.push(MapEvent::Measured(None));
            }
            self.state = State::Idle;
            self.vertices = Vertices::default();
        }
        self.tool = *tool;
        let is_panning = pans_by_primary(desk.ui, tool) && *tool != Tool::Pan;
        if !is_panning {
            match tool {
                Tool::Pan | Tool::Select => self.pick(desk, tool, events),
                Tool::Area
                | Tool::Rectangle
                | Tool::Circle
                | Tool::Freehand
                | Tool::Brush { .. }
                | Tool::Eraser { .. } => {
                    self.drag(desk, tool, events);
                }
                Tool::Polygon | Tool::Line | Tool::Measure => self.corners(desk, tool, events),
                Tool::Vertices(layer, id) => self.vertices.follow(desk, *layer, *id, events),
            }
        }
        if desk.response.secondary_clicked()
            && let Some(at) = desk.response.interact_pointer_pos()
            && !matches!(tool, Tool::Polygon | Tool::Line | Tool::Measure)
        {
            let at = desk.to_map(at);
            events.push(MapEvent::SecondaryClicked { at, polygon: desk.polygon_at(at) });
        }
        self.cursor_icon(desk, tool, is_panning);
        let painter = desk.painter();
        match &self.state {
            _ if matches!(tool, Tool::Vertices(..)) => self.vertices.draw(desk, &painter),
            State::Idle => {}
            State::Dragging { path } => draw_drag(desk, &painter, tool, path, dragged(desk, tool, path)),
            State::Corners { points, finished } => draw_corners(desk, &painter, tool, points, *finished),
        }
        draw_cursor(desk, &painter, tool);
    }

    /// Whether something is begun and not finished.
    pub(super) fn is_busy(&self) -> bool {
        match &self.state {
            State::Idle => self.vertices.is_busy(),
            State::Dragging { .. } => true,
            State::Corners { finished, .. } => !finished,
        }
    }

    fn pick(&mut self, desk: &Desk<'_>, tool: &Tool, events: &mut Vec<MapEvent>) {
        if desk.response.clicked()
            && let Some(at) = desk.response.interact_pointer_pos()
        {
            let at = desk.to_map(at);
            let modifiers = desk.ui.input(|input| input.modifiers);
            events.push(MapEvent::Clicked { at, modifiers, polygon: desk.polygon_at(at) });
        }
        if *tool == Tool::Select {
            self.drag(desk, tool, events);
        }
    }

    fn drag(&mut self, desk: &Desk<'_>, tool: &Tool, events: &mut Vec<MapEvent>) {
        let response = desk.response;
        let at = response.interact_pointer_pos().map(|at| desk.to_map(at));
        let paints = matches!(tool, Tool::Brush { .. } | Tool::Eraser { .. });
        if response.drag_started_by(PointerButton::Primary) {
            let origin = desk.ui.input(|input| input.pointer.press_origin()).map(|at| desk.to_map(at)).or(at);
            self.state = State::Dragging { path: origin.into_iter().collect() };
        }
        if desk.pressed(Key::Escape) {
            self.state = State::Idle;
            return;
        }
        if let (State::Dragging { path }, Some(at)) = (&mut self.state, at) {
            let radius = if let Tool::Brush { radius } | Tool::Eraser { radius } = tool { *radius } else { 0.0 };
            // A fifth of a brush's radius is not seen, and keeps long strokes light.
            let spacing = f64::from(SPACING.max(radius / 5.0)) * desk.view.camera.units_per_point;
            let is_path = paints || *tool == Tool::Freehand;
            let far = path.last().map_or(f64::INFINITY, |last| (last[0] - at[0]).hypot(last[1] - at[1]));
            if is_path {
                if far >= spacing {
                    path.push(at);
                }
            } else {
                // First and last count.
                path.truncate(1);
                path.push(at);
            }
        }
        if response.drag_stopped_by(PointerButton::Primary) {
            if let State::Dragging { path } = std::mem::take(&mut self.state) {
                self.finish_drag(desk, tool, &path, events);
            }
        } else if paints && response.clicked() {
            let path: Vec<[f64; 2]> = at.into_iter().collect();
            self.finish_drag(desk, tool, &path, events);
        }
    }

    fn finish_drag(&self, desk: &Desk<'_>, tool: &Tool, path: &[[f64; 2]], events: &mut Vec<MapEvent>) {
        let Some(shape) = dragged(desk, tool, path) else { return };
        match (tool, shape) {
            (Tool::Select, Shape::Rectangle(bounds)) => {
                let polygons = desk.vectors.within(desk.map, &bounds);
                let modifiers = desk.ui.input(|input| input.modifiers);
                events.push(MapEvent::Boxed { bounds, modifiers, polygons });
            }
            (_, shape) => events.push(MapEvent::Drawn(shape)),
        }
    }

    fn corners(&mut self, desk: &Desk<'_>, tool: &Tool, events: &mut Vec<MapEvent>) {
        let response = desk.response;
        let measures = *tool == Tool::Measure;
        let before = self.state.clone();
        if desk.pressed(Key::Escape) {
            self.state = State::Idle;
        }
        if let State::Corners { points, finished: false } = &mut self.state
            && (desk.pressed(Key::Backspace) || desk.pressed(Key::Delete))
        {
            points.pop();
            if points.is_empty() {
                self.state = State::Idle;
            }
        }
        let mut closes = desk.pressed(Key::Enter) || response.secondary_clicked();
        if response.clicked()
            && let Some(at) = response.interact_pointer_pos()
        {
            if let State::Corners { points, finished: false } = &mut self.state {
                let is_on_first =
                    *tool != Tool::Line && points.len() > 2 && (desk.to_screen(points[0]) - at).length() <= CLOSING;
                // The second click of two lies on the corner of the first.
                closes |= response.double_clicked() || is_on_first;
                if measures && is_on_first {
                    let first = points[0];
                    points.push(first);
                } else if !closes {
                    points.push(desk.to_map(at));
                }
            } else {
                self.state = State::Corners { points: vec![desk.to_map(at)], finished: false };
            }
        }
        if closes {
            self.close(tool, events);
        }
        if measures && self.state != before {
            let measured = match &self.state {
                State::Corners { points, finished } => desk.ground.measure(points, *finished),
                _ => None,
            };
            events.push(MapEvent::Measured(measured));
        }
    }

    fn close(&mut self, tool: &Tool, events: &mut Vec<MapEvent>) {
        let State::Corners { points, finished } = &mut self.state else { return };
        let shape = match tool {
            Tool::Measure => {
                *finished = true;
                return;
            }
            Tool::Line if points.len() >= 2 => Shape::Line(points.clone()),
            Tool::Polygon if points.len() >= 3 => Shape::Polygon(polygon(points)),
            _ => return,
        };
        events.push(MapEvent::Drawn(shape));
        self.state = State::Idle;
    }

    fn cursor_icon(&self, desk: &Desk<'_>, tool: &Tool, is_panning: bool) {
        if !desk.response.contains_pointer() {
            return;
        }
        let is_held =
            desk.response.dragged_by(PointerButton::Middle) || desk.response.dragged_by(PointerButton::Primary);
        let icon = match tool {
            _ if is_panning || desk.response.dragged_by(PointerButton::Middle) => {
                if is_held {
                    CursorIcon::Grabbing
                } else {
                    CursorIcon::Grab
                }
            }
            Tool::Pan if is_held => CursorIcon::Grabbing,
            Tool::Pan | Tool::Select => match desk.vectors.hovered {
                Some(_) => CursorIcon::PointingHand,
                None => CursorIcon::Default,
            },
            // Its circle is the cursor.
            Tool::Brush { .. } | Tool::Eraser { .. } => CursorIcon::None,
            Tool::Vertices(..) => self.vertices.cursor_icon(),
            _ => CursorIcon::Crosshair,
        };
        desk.ui.ctx().set_cursor_icon(icon);
    }
}

/// Whether a drawing goes on with this tool: another width of the brush is the same brush.
fn same_tool(a: &Tool, b: &Tool) -> bool {
    match (a, b) {
        (Tool::Vertices(..), _) | (_, Tool::Vertices(..)) => a == b,
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

fn polygon(points: &[[f64; 2]]) -> Polygon<f64> {
    Polygon::new(LineString::new(points.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect()), Vec::new())
}

/// The shape of a drag, as far as it goes; `None` where it is too small to be one.
fn dragged(desk: &Desk<'_>, tool: &Tool, path: &[[f64; 2]]) -> Option<Shape> {
    let (first, last) = (*path.first()?, *path.last()?);
    let unit = desk.view.camera.units_per_point;
    let is_square = desk.ui.input(|input| input.modifiers.shift) && *tool != Tool::Select;
    match tool {
        Tool::Area | Tool::Rectangle | Tool::Select => {
            let mut size = [last[0] - first[0], last[1] - first[1]];
            if is_square {
                let side = size[0].abs().max(size[1].abs());
                size = size.map(|length| side.copysign(length));
            }
            let is_one = size.iter().all(|length| length.abs() >= unit);
            is_one.then(|| Shape::Rectangle(Bounds::of(first, [first[0] + size[0], first[1] + size[1]])))
        }
        Tool::Circle => {
            let radius = (last[0] - first[0]).hypot(last[1] - first[1]);
            (radius >= unit).then_some(Shape::Circle { center: first, radius })
        }
        Tool::Freehand => (path.len() >= 3).then(|| Shape::Polygon(polygon(path))),
        Tool::Brush { radius } | Tool::Eraser { radius } => {
            let erases = matches!(tool, Tool::Eraser { .. });
            Some(Shape::Stroke { path: path.to_vec(), radius: f64::from(*radius) * unit, erases })
        }
        _ => None,
    }
}
