//! The settings dialog. What is set is kept from one start to the next.

use egui::{DragValue, Ui};

use super::dialog;
use crate::app::command::Command;
use crate::app::state::{State, ThemeChoice};
use crate::app::theme::weak;

pub(super) fn show(state: &State, ui: &Ui, out: &mut Vec<Command>) {
    dialog::show(ui, "Settings", 440.0, out, |ui, out| {
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
    });
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
