//! The settings dialog. What is set is kept from one start to the next.

use egui::{Button, DragValue, Ui};

use super::dialog;
use crate::app::command::Command;
use crate::app::state::{MOST_CACHE_GB, State, ThemeChoice};
use crate::app::theme::weak;

pub(super) fn show(state: &State, ui: &Ui, out: &mut Vec<Command>) {
    dialog::show(ui, "Settings", 486.0, out, |ui, out| {
        dialog::row(ui, "Look", |ui| {
            let themes =
                [(ThemeChoice::System, "As the desktop"), (ThemeChoice::Light, "Light"), (ThemeChoice::Dark, "Dark")];
            for (theme, name) in themes {
                if ui.radio(state.settings.theme == theme, name).clicked() {
                    out.push(Command::SetTheme(theme));
                }
            }
        });
        dialog::row(ui, "Text size", |ui| {
            if ui.button("Smaller").clicked() {
                out.push(Command::SmallerText);
            }
            ui.label(format!("{:.0} %", state.settings.zoom * 100.0));
            if ui.button("Larger").clicked() {
                out.push(Command::LargerText);
            }
            if ui.button("Usual").clicked() {
                out.push(Command::UsualText);
            }
        });
        dialog::row(ui, "Ground size", |ui| resolution(state, ui, out));
        dialog::row(ui, "", |ui| {
            ui.label(weak("Metres on the ground a pixel of the network covers, for the next phrase"));
        });
        dialog::row(ui, "Kept on disk", |ui| cache(state, ui, out));
        dialog::row(ui, "", |ui| {
            ui.label(weak("So that the next phrase on a scene is faster; 0 keeps nothing"));
        });
    });
}

fn cache(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let mut gigabytes = state.settings.cache_gb;
    let value = DragValue::new(&mut gigabytes).range(0.0..=MOST_CACHE_GB).speed(0.1).max_decimals(1).suffix(" GB");
    if ui.add(value).accessible_name("Gigabytes kept on disk").changed() {
        out.push(Command::SetCache(gigabytes));
    }
    let folder = state.settings.cache_folder();
    let button = ui.add_enabled(folder.is_some(), Button::new("Empty"));
    let hint = folder.map_or_else(String::new, |folder| format!("Remove what is in {}", folder.display()));
    if button.on_hover_text(hint).clicked() {
        out.push(Command::EmptyCache);
    }
}

fn resolution(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    if ui.radio(state.ask.gsd_m.is_none(), "Automatic").clicked() {
        out.push(Command::SetResolution(None));
    }
    if ui.radio(state.ask.gsd_m.is_some(), "Fixed").clicked() {
        out.push(Command::SetResolution(Some(state.ask.gsd_m.unwrap_or(0.5))));
    }
    if let Some(mut metres) = state.ask.gsd_m {
        let value = DragValue::new(&mut metres).range(0.01..=100.0).speed(0.01).suffix(" m");
        if ui.add(value).accessible_name("Metres a pixel").changed() {
            out.push(Command::SetResolution(Some(metres)));
        }
    }
}
