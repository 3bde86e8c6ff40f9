//! The tab of labels.

use egui::Ui;

use crate::app::command::Command;
use crate::app::state::State;

pub(super) fn tools(_state: &State, _ui: &mut Ui, _out: &mut Vec<Command>) {}

pub(super) fn show(_state: &State, _ui: &mut Ui, _out: &mut Vec<Command>) {}
