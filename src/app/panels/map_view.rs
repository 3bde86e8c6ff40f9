//! The map with what lies over it: tools and the drawn area.

use egui::{Area, Color32, CornerRadius, Frame, Id, Margin, Pos2, Rect, Shadow, Stroke, StrokeKind, Ui, Vec2};

use super::swipe_bar;
use crate::app::command::Command;
use crate::app::map::{Camera, Canvas, MapEvent};
use crate::app::menu::{items, keys_text};
use crate::app::state::State;
use crate::app::theme::{Colours, tool_button};

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
    area(state, &camera, rect, ui, out);
    tools(state, rect, ui, out);
    swipe_bar::show(state, rect, ui, out);
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
