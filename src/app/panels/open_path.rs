//! A file by its typed path, where the desktop has no file dialog.

use std::path::PathBuf;

use egui::{Id, Key, TextEdit, Ui};

use super::dialog;
use crate::app::command::Command;
use crate::app::state::{PathFor, State};
use crate::app::theme::{primary_button, weak};

pub(super) fn show(state: &State, wanted: PathFor, ui: &Ui, out: &mut Vec<Command>) {
    let (title, button, example) = match wanted {
        PathFor::Scene => ("Open", "Open", "/data/harbor.tif"),
        PathFor::Project => ("Open project", "Open", "/data/harbor.referent.gpkg"),
        PathFor::NewProject => ("New project", "Make", "/data/harbor.referent.gpkg"),
        PathFor::ProjectCopy => ("Save copy of project as", "Save", "/data/harbor copy.gpkg"),
    };
    dialog::show(ui, title, 520.0, out, |ui, out| {
        let hint = match wanted {
            PathFor::Scene | PathFor::Project => "Type a path, or drag files onto the window.",
            PathFor::NewProject | PathFor::ProjectCopy => "Type a path.",
        };
        ui.label(weak(format!("This desktop offers no file dialog. {hint}")));
        let id = Id::unique(("path to open", title));
        let proposed = || match wanted {
            PathFor::NewProject => state.proposed_project().display().to_string(),
            _ => String::new(),
        };
        let mut path = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_else(proposed);
        let edit = TextEdit::singleline(&mut path).hint_text(example).desired_width(f32::INFINITY);
        let response = ui.add(edit).accessible_name("Path");
        if ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(6.0);
        let mut pressed = false;
        dialog::buttons(ui, |ui| pressed = primary_button(ui, button).clicked());
        let given = path.trim().to_owned();
        if (pressed || entered) && !given.is_empty() {
            ui.data_mut(|data| data.remove::<String>(id));
            let path = PathBuf::from(given);
            let command = match wanted {
                PathFor::Scene => Command::Open(vec![path]),
                PathFor::Project => Command::OpenProject(path),
                PathFor::NewProject => Command::NewProject(path),
                PathFor::ProjectCopy => Command::CopyProject(path),
            };
            out.extend([Command::Show(None), command]);
        } else {
            ui.data_mut(|data| data.insert_temp(id, path));
        }
    });
}
