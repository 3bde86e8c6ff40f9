//! Opening a file by typing its path, where the desktop has no file dialog.

use std::path::PathBuf;

use egui::{Id, Key, TextEdit, Ui};

use super::dialog;
use crate::app::command::Command;
use crate::app::theme::{primary_button, weak};

pub(super) fn show(ui: &Ui, out: &mut Vec<Command>) {
    dialog::show(ui, "Open", 520.0, out, |ui, out| {
        ui.label(weak("This desktop offers no file dialog. Type a path, or drag files onto the window."));
        let id = Id::unique("path to open");
        let mut path = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_default();
        let edit = TextEdit::singleline(&mut path).hint_text("/data/harbor.tif").desired_width(f32::INFINITY);
        let response = ui.add(edit).accessible_name("Path");
        if ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(6.0);
        let mut pressed = false;
        dialog::buttons(ui, |ui| pressed = primary_button(ui, "Open").clicked());
        let given = path.trim().to_owned();
        if (pressed || entered) && !given.is_empty() {
            ui.data_mut(|data| data.remove::<String>(id));
            out.extend([Command::Show(None), Command::Open(vec![PathBuf::from(given)])]);
        } else {
            ui.data_mut(|data| data.insert_temp(id, path));
        }
    });
}
