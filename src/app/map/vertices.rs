//! Editing the corners of one polygon: drag a corner, drag the middle of an edge for a new one, delete one.

use std::sync::Arc;

use egui::{Color32, CursorIcon, Key, Painter, PointerButton, Pos2, Shape, Stroke};
use geo::{Coord, LineString, Polygon};

use super::desk::Desk;
use super::event::MapEvent;
use super::furniture::{area, handle, line};
use super::layer::{Content, LayerId};
use super::polygons::Polygons;
use super::preview::{FAINT, INK};

/// The hand reaches a corner from so far, in points.
const REACH: f32 = 9.0;
/// With more corners in view only those near the cursor are drawn.
const MOST_HANDLES: usize = 1500;

/// Outer ring first, each without its closing corner.
type Rings = Vec<Vec<[f64; 2]>>;

/// The polygon at hand, as it looks now.
#[derive(Debug, Default)]
pub(super) struct Vertices {
    of: Option<(LayerId, u64, Arc<Polygons>)>,
    rings: Rings,
    /// Ring and corner being dragged, and the rings as they were before.
    held: Option<(usize, usize, Rings)>,
    hovered: Option<Grip>,
}

/// What the cursor would take hold of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Grip {
    Corner(usize, usize),
    /// The middle of the edge that begins at this corner.
    Edge(usize, usize),
}

impl Vertices {
    pub(super) fn follow(&mut self, desk: &Desk<'_>, layer: LayerId, id: u64, events: &mut Vec<MapEvent>) {
        self.load(desk, layer, id);
        let cursor = desk.cursor();
        if self.held.is_none() {
            let press = desk.ui.input(|input| input.pointer.press_origin());
            self.hovered = press.or(cursor).and_then(|at| self.grip(desk, at));
        }
        let response = desk.response;
        if response.drag_started_by(PointerButton::Primary) {
            self.take_hold();
        }
        if desk.pressed(Key::Escape)
            && let Some((_, _, before)) = self.held.take()
        {
            self.rings = before;
        }
        if let (Some((ring, corner, _)), Some(at)) = (&self.held, response.interact_pointer_pos())
            && let Some(place) = self.rings.get_mut(*ring).and_then(|ring| ring.get_mut(*corner))
        {
            *place = desk.to_map(at);
        }
        if response.drag_stopped_by(PointerButton::Primary)
            && let Some((_, _, before)) = self.held.take()
            && before != self.rings
        {
            events.push(self.edited(layer, id));
        }
        let removes = desk.pressed(Key::Delete) || desk.pressed(Key::Backspace) || response.double_clicked();
        if removes
            && let Some(Grip::Corner(ring, corner)) = self.hovered
            && self.remove(ring, corner)
        {
            self.hovered = None;
            events.push(self.edited(layer, id));
        }
        if response.clicked()
            && self.hovered.is_none()
            && let Some(at) = response.interact_pointer_pos().map(|at| desk.to_map(at))
        {
            let modifiers = desk.ui.input(|input| input.modifiers);
            events.push(MapEvent::Clicked { at, modifiers, polygon: desk.polygon_at(at) });
        }
    }

    /// Whether a corner is being dragged.
    pub(super) fn is_busy(&self) -> bool {
        self.held.is_some()
    }

    /// Whether there is a polygon to edit.
    pub(super) fn is_loaded(&self) -> bool {
        !self.rings.is_empty()
    }

    pub(super) fn cursor_icon(&self) -> CursorIcon {
        match (&self.held, self.hovered) {
            (Some(_), _) => CursorIcon::Grabbing,
            (None, Some(Grip::Corner(..))) => CursorIcon::Move,
            (None, Some(Grip::Edge(..))) => CursorIcon::Copy,
            (None, None) => CursorIcon::Default,
        }
    }

    pub(super) fn draw(&self, desk: &Desk<'_>, painter: &Painter) {
        let screen = |ring: &Vec<[f64; 2]>| ring.iter().map(|at| desk.to_screen(*at)).collect();
        let rings: Vec<Vec<Pos2>> = self.rings.iter().map(screen).collect();
        area(painter, &rings, INK.gamma_multiply(FAINT));
        for mut points in rings {
            points.extend(points.first().copied());
            line(painter, points, INK);
        }
        let corners: Vec<(Grip, Pos2)> = self.corners(desk).filter(|(_, at)| desk.view.rect.contains(*at)).collect();
        let cursor = desk.cursor();
        let is_near = |at: Pos2| cursor.is_some_and(|cursor| (cursor - at).length() < 120.0);
        for (grip, at) in &corners {
            if corners.len() <= MOST_HANDLES || is_near(*at) {
                handle(painter, *at, INK, self.hovered == Some(*grip));
            }
        }
        if let Some(grip @ Grip::Edge(..)) = self.hovered
            && let Some((_, at)) = self.middles(desk).find(|(other, _)| *other == grip)
        {
            painter.add(Shape::circle_filled(at, 4.5, INK.gamma_multiply(0.8)));
            painter.circle_stroke(at, 4.5, Stroke::new(1.5, Color32::WHITE));
        }
    }

    /// Takes the polygon from the map, unless it is the one at hand.
    fn load(&mut self, desk: &Desk<'_>, layer: LayerId, id: u64) {
        let vector = desk.map.layer(layer).and_then(|layer| match &layer.content {
            Content::Vector(vector) => Some(vector),
            _ => None,
        });
        let Some(vector) = vector else {
            *self = Self::default();
            return;
        };
        let is_known = self.of.as_ref().is_some_and(|(known_layer, known, polygons)| {
            *known_layer == layer && *known == id && Arc::ptr_eq(polygons, &vector.polygons)
        });
        if is_known || self.held.is_some() {
            return;
        }
        let polygon = vector.polygons.all().iter().find(|polygon| polygon.id == id);
        self.rings = polygon.map(|polygon| rings(&polygon.polygon)).unwrap_or_default();
        self.of = Some((layer, id, Arc::clone(&vector.polygons)));
    }

    fn take_hold(&mut self) {
        let before = self.rings.clone();
        match self.hovered {
            Some(Grip::Corner(ring, corner)) => self.held = Some((ring, corner, before)),
            Some(Grip::Edge(ring, corner)) => {
                if let Some(points) = self.rings.get_mut(ring) {
                    let (a, b) = (points[corner], points[(corner + 1) % points.len()]);
                    points.insert(corner + 1, [0, 1].map(|axis| (a[axis] + b[axis]) / 2.0));
                    self.held = Some((ring, corner + 1, before));
                }
            }
            None => {}
        }
    }

    /// Removes a corner; a hole of three corners goes with it. Whether it could be.
    fn remove(&mut self, ring: usize, corner: usize) -> bool {
        let Some(points) = self.rings.get_mut(ring).filter(|points| corner < points.len()) else { return false };
        match (points.len(), ring) {
            (4.., _) => {
                points.remove(corner);
                true
            }
            (_, 0) => false,
            _ => {
                self.rings.remove(ring);
                true
            }
        }
    }

    fn edited(&self, layer: LayerId, id: u64) -> MapEvent {
        let closed = |ring: &Vec<[f64; 2]>| LineString::new(ring.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect());
        let mut rings = self.rings.iter().map(closed);
        let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
        MapEvent::Edited { layer, id, polygon: Polygon::new(outer, rings.collect()) }
    }

    fn grip(&self, desk: &Desk<'_>, at: Pos2) -> Option<Grip> {
        let nearest = |grips: &mut dyn Iterator<Item = (Grip, Pos2)>| {
            let near = grips.map(|(grip, place)| (grip, (place - at).length())).filter(|(_, far)| *far <= REACH);
            near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(grip, _)| grip)
        };
        nearest(&mut self.corners(desk)).or_else(|| nearest(&mut self.middles(desk)))
    }

    fn corners<'a>(&'a self, desk: &'a Desk<'_>) -> impl Iterator<Item = (Grip, Pos2)> + 'a {
        let rings = self.rings.iter().enumerate();
        rings.flat_map(move |(ring, points)| {
            let corners = points.iter().enumerate();
            corners.map(move |(corner, at)| (Grip::Corner(ring, corner), desk.to_screen(*at)))
        })
    }

    fn middles<'a>(&'a self, desk: &'a Desk<'_>) -> impl Iterator<Item = (Grip, Pos2)> + 'a {
        let rings = self.rings.iter().enumerate();
        rings.flat_map(move |(ring, points)| {
            let next = points.iter().cycle().skip(1);
            points.iter().zip(next).enumerate().map(move |(corner, (a, b))| {
                let middle = [0, 1].map(|axis| (a[axis] + b[axis]) / 2.0);
                (Grip::Edge(ring, corner), desk.to_screen(middle))
            })
        })
    }
}

fn rings(polygon: &Polygon<f64>) -> Rings {
    super::triangulate::rings(polygon, [0.0; 2])
}
