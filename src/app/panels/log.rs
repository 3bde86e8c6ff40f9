//! The log: what was done, what to know, and what went wrong, with what to do. Errors stay until they are dismissed.

use egui::{Frame, Margin, RichText, ScrollArea, Ui};

use crate::app::command::Command;
use crate::app::state::{Entry, Level, State};
use crate::app::theme::{Colours, Icon, card, icon_button, icon_label, weak};

pub(super) fn tools(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let any = !state.journal.entries().is_empty();
    if ui.add_enabled(any, egui::Button::new("Dismiss all")).clicked() {
        out.push(Command::DismissAll);
    }
}

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| {
            if state.journal.entries().is_empty() {
                ui.label(weak("Nothing to tell."));
            }
            for entry in state.journal.entries().iter().rev() {
                line(entry, ui, out);
            }
        });
    });
}

fn line(entry: &Entry, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    let (icon, colour) = match entry.level {
        Level::Done => (Icon::Check, colours.good),
        Level::Notice => (Icon::Info, colours.weak),
        Level::Error => (Icon::Warning, colours.error),
    };
    let content = |ui: &mut Ui, out: &mut Vec<Command>| {
        ui.horizontal(|ui| {
            icon_label(ui, icon, colour);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.set_max_width((ui.available_width() - 36.0).max(80.0));
                let times = if entry.times > 1 { format!(" ({} times)", entry.times) } else { String::new() };
                let what = RichText::new(format!("{}{times}", sentence(&entry.what)));
                ui.label(if entry.level == Level::Error { what.strong() } else { what });
                if !entry.why.is_empty() {
                    ui.label(sentence(&entry.why));
                }
                if !entry.remedy.is_empty() {
                    ui.label(RichText::new(sentence(&entry.remedy)).color(colours.accent));
                }
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
                if icon_button(ui, Icon::Close, "Dismiss").clicked() {
                    out.push(Command::Dismiss(entry.id));
                }
            });
        });
    };
    if entry.level == Level::Error {
        card(ui, colours.error_ground, |ui| content(ui, out));
    } else {
        content(ui, out);
    }
}

/// The phrase with its first letter large, unless it begins with a name in other letters.
fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
