//! The frame of a dialog: a title, a way out, and the window behind it darkened.

use egui::{Align, Frame, Id, Layout, Margin, Modal, RichText, Ui};

use crate::app::command::Command;
use crate::app::theme::{Colours, Icon, icon_button};

/// Shows a dialog of `width` points.
pub(super) fn show(
    ui: &Ui,
    title: &str,
    width: f32,
    out: &mut Vec<Command>,
    content: impl FnOnce(&mut Ui, &mut Vec<Command>),
) {
    let colours = Colours::in_use(ui);
    let room = ui.ctx().content_rect().size() - egui::vec2(32.0, 32.0);
    let frame = Frame::window(ui.style()).inner_margin(Margin::symmetric(20, 16)).fill(colours.surface);
    let response = Modal::new(Id::unique(("dialog", title))).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(width.min(room.x));
        ui.set_max_height(room.y);
        ui.horizontal(|ui| {
            ui.label(RichText::new(title).heading());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Close, "Close").clicked() {
                    out.push(Command::Show(None));
                }
            });
        });
        ui.add_space(6.0);
        content(ui, out);
    });
    if response.should_close() {
        out.push(Command::Show(None));
    }
}

/// A caption and what it stands for, in a row of a dialog.
pub(super) fn row(ui: &mut Ui, caption: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(110.0, crate::app::theme::ROW), egui::Sense::hover());
        let colours = Colours::in_use(ui);
        let font = egui::FontId::proportional(13.0);
        ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, caption, font, colours.weak);
        content(ui);
    });
}

/// The buttons at the end of a dialog, the first one rightmost.
pub(super) fn buttons(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    // In a height of its own: a layout from the right takes all that is there.
    let line = egui::vec2(ui.available_width(), crate::app::theme::ROW + 4.0);
    ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), content);
}
