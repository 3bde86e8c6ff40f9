//! How a drawing looks before it is finished.

use egui::{Color32, Painter, Pos2, Shape as Drawn, Stroke};
use geo::Polygon;

use super::desk::Desk;
use super::furniture::{area, handle, line, tag};
use super::ground::{area_text, length_text};
use super::sketch::CLOSING;
use super::tool::{Shape, Tool};
use super::triangulate::rings;
use super::vectors::{HIGHLIGHT, highlight};

/// Colour of what is being drawn.
pub(super) const INK: Color32 = Color32::from_rgb(255, 211, 64);
/// Opacity of the inside of what is being drawn.
pub(super) const FAINT: f32 = 0.12;
/// Colour of what an eraser takes away.
const RUBBER: Color32 = Color32::from_rgb(255, 110, 110);

/// A drag on its way: `shape` is what it would be if it ended now.
pub(super) fn draw_drag(desk: &Desk<'_>, painter: &Painter, tool: &Tool, path: &[[f64; 2]], shape: Option<Shape>) {
    let cursor = desk.cursor();
    match shape {
        Some(Shape::Rectangle(bounds)) => {
            let mut corners: Vec<Pos2> = bounds.corners().map(|corner| desk.to_screen(corner)).to_vec();
            painter.add(Drawn::convex_polygon(corners.clone(), INK.gamma_multiply(FAINT), Stroke::NONE));
            corners.push(corners[0]);
            line(painter, corners, INK);
            let [a, b, c, _] = bounds.corners();
            if let (Some(at), Some((width, metres)), Some((height, _))) =
                (cursor.filter(|_| *tool != Tool::Select), desk.length(&[a, b]), desk.length(&[b, c]))
            {
                let text = format!("{} × {}", length_text(width, metres), length_text(height, metres));
                tag(painter, at, &text);
            }
        }
        Some(Shape::Circle { center, radius }) => {
            let ring = Shape::Circle { center, radius }.polygons();
            let corners = ring.iter().flat_map(|ring| ring.exterior().coords());
            let corners: Vec<Pos2> = corners.map(|c| desk.to_screen([c.x, c.y])).collect();
            painter.add(Drawn::convex_polygon(corners.clone(), INK.gamma_multiply(FAINT), Stroke::NONE));
            line(painter, corners, INK);
            let edge = [center[0] + radius, center[1]];
            if let (Some(at), Some((length, metres))) = (cursor, desk.length(&[center, edge])) {
                tag(painter, at, &format!("r {}", length_text(length, metres)));
            }
        }
        Some(stroke @ Shape::Stroke { erases, .. }) => {
            let colour = if erases { RUBBER } else { INK };
            for polygon in &stroke.polygons() {
                let rings = on_screen(desk, polygon);
                area(painter, &rings, colour.gamma_multiply(0.35));
                for ring in rings {
                    painter.add(Drawn::closed_line(ring, Stroke::new(1.25, colour)));
                }
            }
        }
        Some(Shape::Polygon(_) | Shape::Line(_)) | None => {
            let mut points: Vec<Pos2> = path.iter().map(|at| desk.to_screen(*at)).collect();
            if *tool == Tool::Freehand {
                area(painter, std::slice::from_ref(&points), INK.gamma_multiply(FAINT));
                points.extend(points.first().copied());
            }
            line(painter, points, INK);
        }
    }
}

/// The rings of a polygon of the map, on the screen.
pub(super) fn on_screen(desk: &Desk<'_>, polygon: &Polygon<f64>) -> Vec<Vec<Pos2>> {
    let ring = |ring: Vec<[f64; 2]>| ring.into_iter().map(|at| desk.to_screen(at)).collect();
    rings(polygon, [0.0; 2]).into_iter().map(ring).collect()
}

/// Corners laid by clicks, and the way from the last one to the cursor.
pub(super) fn draw_corners(desk: &Desk<'_>, painter: &Painter, tool: &Tool, points: &[[f64; 2]], finished: bool) {
    let next = desk.cursor().filter(|_| !finished).map(|at| desk.to_map(at));
    let mut all = points.to_vec();
    all.extend(next);
    let screen: Vec<Pos2> = all.iter().map(|at| desk.to_screen(*at)).collect();
    if *tool == Tool::Polygon && screen.len() > 2 {
        area(painter, std::slice::from_ref(&screen), INK.gamma_multiply(FAINT));
        let closing = Stroke::new(1.25, INK.gamma_multiply(0.7));
        let ends = [screen[screen.len() - 1], screen[0]];
        painter.extend(Drawn::dashed_line(&ends, closing, 6.0, 5.0));
    }
    line(painter, screen.clone(), INK);
    for (index, at) in screen.iter().take(points.len()).enumerate() {
        let closes =
            index == 0 && points.len() > 2 && desk.cursor().is_some_and(|cursor| (cursor - *at).length() <= CLOSING);
        handle(painter, *at, INK, closes);
    }
    let Some(at) = desk.cursor().filter(|_| next.is_some()).or(screen.last().copied()) else { return };
    let Some(measured) = desk.ground.measure(&all, false).filter(|measured| measured.length > 0.0) else { return };
    let length = length_text(measured.length, measured.in_metres);
    let text = match measured.area.filter(|area| *area > 0.0) {
        Some(area) => format!("{length}   {}", area_text(area, measured.in_metres)),
        None => length,
    };
    tag(painter, at, &text);
}

/// The polygon under the cursor stands out, and a brush is a circle.
pub(super) fn draw_cursor(desk: &Desk<'_>, painter: &Painter, tool: &Tool) {
    match tool {
        Tool::Pan | Tool::Select => {
            let Some((polygon, style)) = desk.vectors.hovered_over(desk.map) else { return };
            let (rings, colour) = (on_screen(desk, polygon), highlight(&style));
            area(painter, &rings, colour.gamma_multiply(HIGHLIGHT));
            for ring in rings {
                painter.add(Drawn::closed_line(ring, Stroke::new(style.width + 1.5, colour)));
            }
        }
        Tool::Brush { radius } | Tool::Eraser { radius } => {
            let Some(at) = desk.cursor() else { return };
            let colour = if matches!(tool, Tool::Brush { .. }) { INK } else { RUBBER };
            painter.circle_stroke(at, *radius, Stroke::new(3.0, Color32::from_black_alpha(140)));
            painter.circle_stroke(at, *radius, Stroke::new(1.5, colour));
        }
        _ => {}
    }
}
