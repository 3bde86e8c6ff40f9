//! All keyboard shortcuts, by menu.

use egui::{Align, Layout, RichText, ScrollArea, Ui};

use super::dialog;
use crate::app::command::Command;
use crate::app::menu::{Menu, items, keys_text};
use crate::app::theme::{heading, key_cap};

pub(super) fn show(ui: &Ui, out: &mut Vec<Command>) {
    dialog::show(ui, "Keyboard shortcuts", 620.0, out, |ui, _| {
        let items = items();
        ScrollArea::vertical().max_height(460.0).auto_shrink([false, true]).show(ui, |ui| {
            ui.columns(2, |columns| {
                for (n, menu) in Menu::ALL.into_iter().enumerate() {
                    // The first menus left, the others right.
                    let ui = &mut columns[usize::from(n >= 4)];
                    heading(ui, menu.name());
                    for item in items.iter().filter(|item| item.menu == menu) {
                        let Some(keys) = &item.keys else { continue };
                        ui.horizontal(|ui| {
                            ui.label(RichText::new(item.name.trim_end_matches('…')).size(13.0));
                            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                                ui.add_space(14.0);
                                key_cap(ui, &keys_text(ui.ctx(), keys));
                            });
                        });
                    }
                    ui.add_space(8.0);
                }
            });
        });
    });
}
