//! What the window shows while nothing is open: how to begin.

use egui::{Align, Button, Frame, Layout, Margin, RichText, Ui, Vec2};

use crate::app::command::Command;
use crate::app::state::{JobKind, State};
use crate::app::theme::{Colours, Icon, card, icon_label, primary_button, weak};

/// Phrases to try on the sample scene: a class, an order, a relation.
const TO_TRY: [(&str, &str); 3] = [
    ("the storage tanks", "every object of a kind"),
    ("the three largest storage tanks", "an order, decided by measured size"),
    ("the ships near the storage tanks", "a relation, decided by distance on the ground"),
];
/// Files opened last that are offered.
const RECENT: usize = 5;
/// Width of the page.
const WIDTH: f32 = 560.0;

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let free = ui.available_height();
        ui.add_space((free * 0.12).clamp(12.0, 110.0));
        ui.vertical_centered(|ui| {
            ui.set_max_width(WIDTH.min(ui.available_width() - 24.0));
            Frame::new().inner_margin(Margin::same(4)).show(ui, |ui| {
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    ui.label(RichText::new("Describe it. Find it.").size(28.0).strong());
                    ui.label(
                        RichText::new(
                            "Open a satellite or aerial picture, say what you are looking for, and get its outlines.",
                        )
                        .size(15.0)
                        .color(colours.weak),
                    );
                    ui.add_space(10.0);
                    begin(state, ui, out);
                    ui.add_space(14.0);
                    try_it(state, ui, out);
                    recent(state, ui, out);
                });
            });
        });
    });
}

fn begin(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().button_padding = Vec2::new(16.0, 8.0);
        if primary_button(ui, "Open a raster…").clicked() {
            out.push(Command::OpenDialog);
        }
        ui.label(weak("or drop files onto this window"));
        if let Some(job) = state.jobs.iter().find(|job| job.kind == JobKind::Open) {
            ui.spinner();
            ui.label(weak(job.name.clone()));
        }
    });
}

fn try_it(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    card(ui, colours.surface, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new("Try it on the sample scene").strong());
        ui.label(weak("Tanks and ships in the port of Rotterdam, 0.5 m a pixel"));
        ui.add_space(4.0);
        for (phrase, what) in TO_TRY {
            ui.horizontal(|ui| {
                let busy = !state.jobs.is_empty();
                let button = Button::new(RichText::new(phrase).color(colours.accent)).min_size(Vec2::new(230.0, 28.0));
                if ui.add_enabled(!busy, button).clicked() {
                    out.push(Command::Try(phrase.to_owned()));
                }
                ui.label(weak(what));
            });
        }
    });
}

fn recent(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    if state.settings.recent.is_empty() {
        return;
    }
    let colours = Colours::in_use(ui);
    ui.add_space(14.0);
    ui.label(RichText::new("Opened last").strong());
    for path in state.settings.recent.iter().take(RECENT) {
        ui.horizontal(|ui| {
            icon_label(ui, Icon::Raster, colours.weak);
            let name =
                path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
            let link = ui.link(name).on_hover_text(path.display().to_string());
            if link.clicked() {
                out.push(Command::Open(vec![path.clone()]));
            }
            if let Some(folder) = path.parent() {
                ui.add(egui::Label::new(weak(folder.display().to_string())).truncate());
            }
        });
    }
}
