//! The tab that teaches a model what the labels show.

use egui::Ui;

use crate::app::command::Command;
use crate::app::state::State;
use crate::app::theme::weak;

/// Draws the tab and returns what the user wants.
pub fn train(_state: &State, ui: &mut Ui) -> Vec<Command> {
    ui.horizontal(|ui| {
        ui.add_space(12.0);
        ui.label(weak("Draw labels first: they are what a model learns from."));
    });
    Vec::new()
}
