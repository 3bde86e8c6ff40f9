//! The Train tab: what is to be learned, the run with its curves, and what came of it.

use egui::{Frame, Margin, ScrollArea, Ui};

use super::{train_form, train_run, train_runs};
use crate::app::command::Command;
use crate::app::state::{State, TrainPage};
use crate::app::theme::weak;

/// Width from which the list of runs stands beside the form.
const THREE_COLUMNS: f32 = 1080.0;
/// Width from which the form has two columns.
const TWO_COLUMNS: f32 = 760.0;
/// Between columns.
const GAP: f32 = 28.0;

/// What stands in the line of the tabs.
pub(super) fn tools(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let page = state.train.page;
    if page != TrainPage::Form && ui.button("New run").clicked() {
        out.push(Command::ShowTrainPage(TrainPage::Form));
    }
    if let Some(run) = &state.train.run
        && page != TrainPage::Run
        && ui.button(format!("Show {}", run.name)).clicked()
    {
        out.push(Command::ShowTrainPage(TrainPage::Run));
    }
    if run_is_paused(state) {
        ui.label(weak("Training is paused"));
    }
}

fn run_is_paused(state: &State) -> bool {
    state.training().is_some() && state.train.run.as_ref().is_some_and(|run| run.paused)
}

/// Draws the tab and returns what the user wants.
pub fn train(state: &State, ui: &mut Ui) -> Vec<Command> {
    let mut commands = Vec::new();
    let out = &mut commands;
    let height = ui.available_height();
    ScrollArea::vertical().id_salt("train").auto_shrink([false, false]).show(ui, |ui| {
        Frame::new().inner_margin(Margin { left: 12, right: 14, top: 4, bottom: 8 }).show(ui, |ui| {
            match state.shown_run() {
                Some(run) => train_run::show(state, run, height - 14.0, ui, out),
                None => form(state, ui, out),
            }
        });
    });
    commands
}

fn form(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let width = ui.available_width();
    if width >= THREE_COLUMNS {
        let each = [0.34, 0.36].map(|share| (width - 2.0 * GAP) * share);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            column(ui, each[0], |ui| train_form::sources(state, ui, out));
            column(ui, each[1], |ui| train_form::settings(state, ui, out));
            let rest = ui.available_width();
            column(ui, rest, |ui| train_runs::show(state, ui, out));
        });
        return;
    }
    if width >= TWO_COLUMNS {
        let each = (width - GAP) / 2.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            column(ui, each, |ui| train_form::sources(state, ui, out));
            column(ui, each, |ui| train_form::settings(state, ui, out));
        });
    } else {
        train_form::sources(state, ui, out);
        ui.add_space(10.0);
        train_form::settings(state, ui, out);
    }
    ui.add_space(10.0);
    train_runs::show(state, ui, out);
}

/// A column of fixed width with the spacing of a panel.
pub(super) fn column(ui: &mut Ui, width: f32, content: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(egui::vec2(width, 0.0), egui::Layout::top_down(egui::Align::Min), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = egui::vec2(8.0, 5.0);
        content(ui);
    });
}
