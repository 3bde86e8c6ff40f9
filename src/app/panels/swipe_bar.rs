//! What is compared side by side on the map: a small bar over it that names both sides.

use egui::{Align, Area, Button, Color32, CornerRadius, Frame, Id, Layout, Margin, Rect, Shadow, Stroke, Ui, Vec2};

use crate::app::command::Command;
use crate::app::map::LayerId;
use crate::app::state::{State, SwipePick};
use crate::app::theme::{Colours, Icon, combo, icon_button, weak};

/// Width of the bar.
const WIDTH: f32 = 440.0;

pub(super) fn show(state: &State, rect: Rect, ui: &Ui, out: &mut Vec<Command>) {
    let Some(swipe) = state.swiping() else { return };
    let colours = Colours::in_use(ui);
    let width = WIDTH.min(rect.width() - 110.0);
    let corner = egui::pos2(rect.center().x - width / 2.0, rect.top() + 10.0);
    Area::new(Id::unique("swipe bar")).fixed_pos(corner).constrain_to(rect).show(ui.ctx(), |ui| {
        let frame = Frame::new()
            .fill(colours.surface)
            .stroke(Stroke::new(1.0, colours.line))
            .corner_radius(CornerRadius::same(9))
            .shadow(Shadow { offset: [0, 2], blur: 8, spread: 0, color: Color32::from_black_alpha(36) })
            .inner_margin(Margin::symmetric(10, 4));
        frame.show(ui, |ui| {
            ui.allocate_ui_with_layout(Vec2::new(width, 26.0), Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Close, "End comparing").clicked() {
                    out.push(Command::ToggleSwipe);
                }
                let each = (ui.available_width() - 70.0) / 2.0;
                let SwipePick { left, right, .. } = swipe;
                side(state, "Right", right, each, ui, |right| out.push(Command::PickSwipe { left, right }));
                side(state, "Left", left, each, ui, |left| out.push(Command::PickSwipe { left, right }));
            });
        });
    });
}

fn side(state: &State, name: &str, shown: LayerId, width: f32, ui: &mut Ui, mut pick: impl FnMut(LayerId)) {
    let text = state.layer(shown).map_or("", |layer| layer.name.as_str());
    let list = combo(name, width - 16.0).selected_text(text).truncate().show_ui(ui, |ui| {
        for layer in state.layers.iter().rev() {
            if ui.add(Button::selectable(layer.id == shown, &layer.name)).clicked() {
                pick(layer.id);
            }
        }
    });
    list.response.accessible_name(format!("{name} of the divider"));
    ui.label(weak(name));
}
