//! The map with what lies over it: tools, the drawn area, the measured line, the scale bar.

use egui::{
    Align2, Area, Color32, CornerRadius, FontId, Frame, Id, Margin, Pos2, Rect, Shadow, Stroke, StrokeKind, Ui, Vec2,
};

use super::query_style::grouped;
use crate::app::command::Command;
use crate::app::map::{Camera, Canvas, MapEvent, Tool};
use crate::app::menu::{items, keys_text};
use crate::app::state::State;
use crate::app::theme::{Colours, tool_button};
use crate::raster::Georeference;

pub(super) fn show(state: &State, canvas: Option<&mut Canvas>, ui: &mut Ui, out: &mut Vec<Command>) {
    let rect = ui.available_rect_before_wrap();
    let (size, scale) = ([rect.width(), rect.height()], ui.pixels_per_point());
    if state.canvas != (size, scale) {
        out.push(Command::CanvasSized(size, scale));
    }
    let camera = state.camera(rect.size());
    if let Some(canvas) = canvas {
        for event in canvas.show(ui, &state.map(), &camera, &state.tool) {
            // The canvas says where the cursor is in every frame.
            if !matches!(&event, MapEvent::Hovered(hover) if *hover == state.hover) {
                out.push(Command::Map(event));
            }
        }
    }
    let painter = ui.painter_at(rect);
    area(state, &camera, rect, ui, out);
    measured(state, rect, ui);
    scale_bar(state, &camera, rect, ui, &painter);
    tools(state, rect, ui, out);
}

fn tools(state: &State, rect: Rect, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    Area::new(Id::unique("map tools")).fixed_pos(rect.left_top() + Vec2::splat(10.0)).constrain_to(rect).show(
        ui.ctx(),
        |ui| {
            let frame = Frame::new()
                .fill(colours.surface)
                .stroke(Stroke::new(1.0, colours.line))
                .corner_radius(CornerRadius::same(9))
                .shadow(Shadow { offset: [0, 2], blur: 8, spread: 0, color: Color32::from_black_alpha(36) })
                .inner_margin(Margin::same(3));
            frame.show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.set_width(32.0);
                let items = items();
                let shown = |command: &Command| {
                    matches!(
                        command,
                        Command::UseTool(_)
                            | Command::ZoomIn
                            | Command::ZoomOut
                            | Command::ZoomFull
                            | Command::OneToOne
                    )
                };
                let (tools, views): (Vec<_>, Vec<_>) = items
                    .iter()
                    .filter(|item| shown(&item.command))
                    .partition(|item| matches!(item.command, Command::UseTool(_)));
                for (n, item) in tools.iter().chain(&views).enumerate() {
                    if n == tools.len() {
                        ui.add_space(2.0);
                        ui.separator();
                    }
                    let lit = matches!(item.command, Command::UseTool(tool) if tool == state.tool);
                    let keys = item.keys.map_or(String::new(), |keys| format!(" ({})", keys_text(ui.ctx(), &keys)));
                    let Some(icon) = item.icon else { continue };
                    let hint = format!("{}{keys}: {}", item.name, item.about);
                    if tool_button(ui, icon, item.name, &hint, lit).clicked() {
                        out.push(item.command.clone());
                    }
                }
            });
        },
    );
}

/// The drawn area, and a way to forget it.
fn area(state: &State, camera: &Camera, rect: Rect, ui: &mut Ui, out: &mut Vec<Command>) {
    let Some(bounds) = state.area else { return };
    let colours = Colours::in_use(ui);
    let corners = [bounds.min, bounds.max].map(|corner| camera.to_screen(rect, corner));
    let shown = Rect::from_two_pos(corners[0], corners[1]);
    let painter = ui.painter_at(rect);
    let active = state.ask.frame == crate::app::state::FramePick::Area;
    let line = if active { colours.accent } else { colours.weak };
    painter.rect_stroke(shown, 0.0, Stroke::new(3.5, Color32::from_white_alpha(150)), StrokeKind::Middle);
    painter.rect_stroke(shown, 0.0, Stroke::new(1.6, line), StrokeKind::Middle);
    let corner = Pos2::new(shown.right().min(rect.right()) - 24.0, shown.top().max(rect.top()) + 4.0);
    if rect.contains(corner) && shown.width() > 60.0 && shown.height() > 30.0 {
        Area::new(Id::unique("forget area")).fixed_pos(corner).show(ui.ctx(), |ui| {
            Frame::new().fill(colours.surface).corner_radius(CornerRadius::same(5)).show(ui, |ui| {
                let icon = crate::app::theme::Icon::Close;
                if crate::app::theme::icon_button(ui, icon, "Forget the drawn area").clicked() {
                    out.push(Command::ClearArea);
                }
            });
        });
    }
}

fn measured(state: &State, rect: Rect, ui: &Ui) {
    let (Some(measurement), true) = (&state.measurement, state.tool == Tool::Measure) else { return };
    let (length, square) = if measurement.in_metres { ("m", "m²") } else { ("px", "px²") };
    let text = match measurement.area {
        Some(area) => format!("{} {length}   {} {square}", precise(measurement.length), precise(area)),
        None => format!("{} {length}", precise(measurement.length)),
    };
    plate(ui, Pos2::new(rect.center().x, rect.top() + 14.0), Align2::CENTER_TOP, &text);
}

fn precise(value: f64) -> String {
    if value.abs() < 1000.0 { format!("{value:.1}") } else { grouped(value) }
}

/// Text on a plate over the map.
fn plate(ui: &Ui, at: Pos2, align: Align2, text: &str) {
    let colours = Colours::in_use(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(13.0), colours.text);
    let rect = align.anchor_size(at, galley.size() + Vec2::new(20.0, 10.0));
    let stroke = Stroke::new(1.0, colours.line);
    ui.painter().rect(rect, CornerRadius::same(7), colours.surface.gamma_multiply(0.94), stroke, StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, colours.text);
}

/// Longest the scale bar may be, in points.
const LONGEST: f64 = 130.0;

fn scale_bar(state: &State, camera: &Camera, rect: Rect, ui: &Ui, painter: &egui::Painter) {
    let metres = metres_per_point(state, camera, ui);
    let (per_point, unit) = match metres {
        Some(metres) => (metres, "m"),
        None if state.place.in_pixels => (camera.units_per_point, "px"),
        None => return,
    };
    let length = round_down(per_point * LONGEST);
    let width = (length / per_point) as f32;
    if !(width.is_finite() && width > 4.0) {
        return;
    }
    let text = match (unit, length) {
        ("m", length) if length >= 1000.0 => format!("{} km", length / 1000.0),
        (_, length) => format!("{length} {unit}"),
    };
    let right = rect.right_bottom() - Vec2::new(14.0, 14.0);
    let left = right - Vec2::new(width, 0.0);
    let points = vec![left - Vec2::new(0.0, 5.0), left, right, right - Vec2::new(0.0, 5.0)];
    for (thickness, colour) in [(4.0, Color32::from_black_alpha(150)), (1.6, Color32::WHITE)] {
        painter.add(egui::Shape::line(points.clone(), Stroke::new(thickness, colour)));
    }
    let at = Pos2::new((left.x + right.x) / 2.0, right.y - 4.0);
    // White with a dark rim can be read on snow and on water.
    let rim = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0], [0.0, 1.0], [0.0, -1.0], [1.0, 0.0], [-1.0, 0.0]];
    let font = FontId::proportional(12.0);
    for offset in rim {
        let colour = Color32::from_black_alpha(150);
        painter.text(at + Vec2::from(offset), Align2::CENTER_BOTTOM, &text, font.clone(), colour);
    }
    painter.text(at, Align2::CENTER_BOTTOM, &text, font, Color32::WHITE);
}

/// Metres on the ground in a point of the screen at the middle of the map. Kept while the view stays.
fn metres_per_point(state: &State, camera: &Camera, ui: &Ui) -> Option<f64> {
    type Kept = (Camera, Option<f64>);
    let id = Id::unique("metres a point");
    if let Some((of, metres)) = ui.data(|data| data.get_temp::<Kept>(id))
        && of == *camera
    {
        return metres;
    }
    let ([x, y], unit) = (camera.center, camera.units_per_point);
    let grid = Georeference::new(Some([x, unit, 0.0, y, 0.0, -unit]), state.place.crs.clone());
    let metres = grid.metres_per_pixel_at(0.0, 0.0).map(|[x, y]| (x * y).sqrt());
    ui.data_mut(|data| data.insert_temp::<Kept>(id, (*camera, metres)));
    metres
}

/// The largest of 1, 2, 5, 10, 20… that is not larger.
fn round_down(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let step = [5.0, 2.0, 1.0].into_iter().find(|step| step * power <= value).unwrap_or(1.0);
    step * power
}

#[cfg(test)]
mod tests {
    use super::round_down;

    #[test]
    fn scale_bars_have_round_lengths() {
        for (value, round) in [(130.0, 100.0), (260.0, 200.0), (73.0, 50.0), (0.37, 0.2), (1.0, 1.0)] {
            assert!((round_down(value) - round).abs() < 1e-9);
        }
    }
}
