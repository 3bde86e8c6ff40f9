//! The menu bar: every command with a name, and the files opened last.

use egui::{Align, Button, Layout, MenuBar, Ui};

use crate::app::command::Command;
use crate::app::menu::{Item, Menu, items, keys_text};
use crate::app::state::{Dialog, State};
use crate::app::theme::{Icon, icon_button};

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    MenuBar::new().ui(ui, |ui| {
        let items = items();
        for menu in Menu::ALL {
            ui.menu_button(menu.name(), |ui| {
                ui.set_min_width(230.0);
                for item in items.iter().filter(|item| item.menu == menu) {
                    if item.starts_group && ui.min_rect().height() > 1.0 {
                        ui.separator();
                    }
                    entry(state, item, ui, out);
                    if matches!(item.command, Command::OpenSample) {
                        recent(state, ui, out);
                    }
                }
            });
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let theme = if ui.visuals().dark_mode { Icon::Sun } else { Icon::Moon };
            if icon_button(ui, theme, "Light or dark").clicked() {
                out.push(Command::ToggleTheme);
            }
            if icon_button(ui, Icon::Command, "Search all commands (Ctrl+K)").clicked() {
                out.push(Command::Show(Some(Dialog::Palette)));
            }
        });
    });
}

fn entry(state: &State, item: &Item, ui: &mut Ui, out: &mut Vec<Command>) {
    let can = state.can(&item.command);
    let mut name = item.name.to_owned();
    match &item.command {
        Command::Undo => name.extend(state.history.undoes().map(|what| format!(": {}", what.to_lowercase()))),
        Command::Redo => name.extend(state.history.redoes().map(|what| format!(": {}", what.to_lowercase()))),
        _ => {}
    }
    let mut button = Button::new(name);
    if let Some(keys) = &item.keys {
        button = button.shortcut_text(keys_text(ui.ctx(), keys));
    }
    let response = ui.add_enabled(can.is_ok(), button).on_hover_text(item.about);
    let response = match can {
        Ok(()) => response,
        Err(missing) => response.on_disabled_hover_text(missing),
    };
    if response.clicked() {
        out.push(item.command.clone());
    }
}

fn recent(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    ui.add_enabled_ui(!state.settings.recent.is_empty(), |ui| {
        ui.menu_button("Open recent", |ui| {
            for path in &state.settings.recent {
                let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into());
                if ui.button(name).on_hover_text(path.display().to_string()).clicked() {
                    out.push(Command::Open(vec![path.clone()]));
                }
            }
        });
    });
}
