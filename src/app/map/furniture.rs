//! What lies over the map: scale bar, divider of the swipe, and the marks that tools and labels are written with.

use egui::{Align2, Color32, CursorIcon, FontId, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};

use super::event::MapEvent;
use super::ground::MapGround;
use super::layer::{Map, Swipe};
use super::triangulate::triangulate;
use super::view::View;

/// From the edges of the canvas, in points.
const MARGIN: f32 = 12.0;
/// Widest scale bar.
const WIDEST: f64 = 140.0;
/// Behind and in front of what must be read on any picture.
const DARK: Color32 = Color32::from_black_alpha(170);
const BRIGHT: Color32 = Color32::WHITE;
/// Width of the divider that can be grabbed.
const GRIP: f32 = 14.0;

/// A scale: a round length, and how many points it is wide.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    pub(super) text: String,
    pub(super) points: f64,
}

/// The longest round length (1, 2 or 5 times a power of ten) that fits `widest` points.
pub(super) fn scale(units_per_point: f64, metres_per_unit: Option<f64>, in_pixels: bool, widest: f64) -> Option<Scale> {
    let per_point = units_per_point * metres_per_unit.unwrap_or(1.0);
    let longest = per_point * widest;
    if !(longest.is_finite() && longest > 0.0) {
        return None;
    }
    let power = 10f64.powf(longest.log10().floor());
    let length =
        [5.0, 2.0, 1.0].map(|digit| digit * power).into_iter().find(|length| *length <= longest * 1.000_001)?;
    let text = match (metres_per_unit, in_pixels) {
        (None, true) => format!("{length} px"),
        (None, false) => format!("{length} units"),
        (Some(_), _) if length >= 1000.0 => format!("{} km", length / 1000.0),
        (Some(_), _) if length >= 1.0 => format!("{length} m"),
        (Some(_), _) if length >= 0.01 => format!("{} cm", (length * 100.0).round()),
        (Some(_), _) => format!("{} mm", rounded(length * 1000.0)),
    };
    Some(Scale { text, points: length / per_point })
}

/// Without the noise of binary fractions.
fn rounded(value: f64) -> f64 {
    let digits = 10f64.powf(2.0 - value.abs().log10().floor());
    (value * digits).round() / digits
}

/// Draws the scale bar at the lower left.
pub(super) fn scale_bar(ui: &Ui, view: &View, map: &Map, ground: &MapGround) {
    let metres = ground.metres_per_unit(view.camera.center);
    let Some(scale) = scale(view.camera.units_per_point, metres, map.in_pixels, WIDEST) else { return };
    let width = scale.points as f32;
    if view.rect.width() < width + 4.0 * MARGIN || view.rect.height() < 80.0 {
        return;
    }
    let painter = ui.painter_at(view.rect);
    let left = view.rect.left_bottom() + Vec2::new(MARGIN + 6.0, -MARGIN - 7.0);
    let font = FontId::proportional(11.5);
    let text = painter.layout_no_wrap(scale.text.clone(), font, BRIGHT);
    let inner = width.max(text.size().x);
    let behind = Rect::from_min_max(left - Vec2::new(8.0, 11.0 + text.size().y), left + Vec2::new(inner + 8.0, 7.0));
    painter.rect_filled(behind, 4.0, DARK);
    painter.galley(left - Vec2::new(0.0, 7.0 + text.size().y), text, BRIGHT);
    let end = left + Vec2::new(width, 0.0);
    let stroke = Stroke::new(1.5, BRIGHT);
    let tick = Vec2::new(0.0, -4.0);
    painter.add(egui::Shape::line(vec![left + tick, left, end, end + tick], stroke));
    let response = ui.interact(behind, ui.scope_id().with("scale bar"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Scale bar: {}", scale.text)));
}

/// Draws the divider and lets it be dragged.
pub(super) fn divider(ui: &Ui, view: &View, swipe: &Swipe, events: &mut Vec<MapEvent>) {
    let rect = view.rect;
    let x = rect.left() + swipe.position.clamp(0.0, 1.0) * rect.width();
    let grip = Rect::from_center_size(Pos2::new(x, rect.center().y), Vec2::new(GRIP, rect.height()));
    let response = ui.interact(grip.intersect(rect), ui.scope_id().with("swipe divider"), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Swipe divider"));
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        let position = ((at.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
        if position != swipe.position {
            events.push(MapEvent::SwipeMoved(position));
        }
    }
    let is_held = response.hovered() || response.dragged();
    if is_held {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let painter = ui.painter_at(rect);
    painter.vline(x, rect.y_range(), Stroke::new(4.0, Color32::from_black_alpha(90)));
    painter.vline(x, rect.y_range(), Stroke::new(2.0, BRIGHT));
    let handle = Rect::from_center_size(Pos2::new(x, rect.center().y), Vec2::new(22.0, 34.0));
    painter.rect_filled(handle, 6.0, if is_held { Color32::from_gray(40) } else { DARK });
    painter.rect_stroke(handle, 6.0, Stroke::new(1.5, BRIGHT), egui::StrokeKind::Inside);
    for side in [-1.0, 1.0] {
        let tip = handle.center() + Vec2::new(side * 7.0, 0.0);
        let wing = |y: f32| handle.center() + Vec2::new(side * 3.0, y);
        painter.add(egui::Shape::line(vec![wing(-4.0), tip, wing(4.0)], Stroke::new(1.5, BRIGHT)));
    }
}

/// A line that is seen on any picture.
pub(super) fn line(painter: &Painter, points: Vec<Pos2>, colour: Color32) {
    painter.add(egui::Shape::line(points.clone(), Stroke::new(3.5, DARK)));
    painter.add(egui::Shape::line(points, Stroke::new(1.75, colour)));
}

/// Fills a polygon of the screen given by the corners of its rings.
pub(super) fn area(painter: &Painter, rings: &[Vec<Pos2>], colour: Color32) {
    let flat = |ring: &Vec<Pos2>| ring.iter().map(|at| [f64::from(at.x), f64::from(at.y)]).collect();
    let mut mesh =
        egui::Mesh { indices: triangulate(&rings.iter().map(flat).collect::<Vec<_>>()), ..Default::default() };
    for at in rings.iter().flatten() {
        mesh.colored_vertex(*at, colour);
    }
    painter.add(mesh);
}

/// A small round mark, such as a corner that can be moved.
pub(super) fn handle(painter: &Painter, at: Pos2, colour: Color32, is_strong: bool) {
    let radius = if is_strong { 5.5 } else { 4.0 };
    painter.circle(at, radius, BRIGHT, Stroke::new(2.0, colour));
    painter.circle_stroke(at, radius + 1.5, Stroke::new(1.0, DARK));
}

/// Text on a dark ground beside a point, kept inside of the canvas.
pub(super) fn tag(painter: &Painter, at: Pos2, text: &str) {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(12.0), BRIGHT);
    let room = Vec2::new(6.0, 3.0);
    let size = galley.size() + 2.0 * room;
    let clip = painter.clip_rect();
    let wanted = Align2::LEFT_BOTTOM.anchor_size(at + Vec2::new(12.0, -10.0), size);
    let highest = (clip.max - size).max(clip.min);
    let min = wanted.min.clamp(clip.min, highest);
    painter.rect_filled(Rect::from_min_size(min, size), 4.0, DARK);
    painter.galley(min + room, galley, BRIGHT);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_round_and_in_the_unit_people_use() {
        let text = |per_point: f64| scale(per_point, Some(1.0), false, 100.0).unwrap().text;
        assert_eq!(text(1.0), "100 m");
        assert_eq!(text(0.5), "50 m");
        assert_eq!(text(0.999), "50 m");
        assert_eq!(text(26.0), "2 km");
        assert_eq!(text(0.0021), "20 cm");
        assert_eq!(text(0.000_05), "5 mm");
        assert_eq!(scale(2.0, None, true, 100.0).unwrap().text, "200 px");
        assert_eq!(scale(f64::NAN, None, true, 100.0), None);
    }

    proptest! {
        #[test]
        fn a_bar_is_never_too_wide_nor_under_two_fifths(log in -8.0..7.0f64) {
            let scale = scale(10f64.powf(log), Some(0.7), false, 140.0).unwrap();
            prop_assert!(scale.points <= 140.001 && scale.points >= 0.39 * 140.0, "{:?}", scale);
        }
    }
}
