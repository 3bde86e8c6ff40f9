//! The runs of the past: what came of each, and going on with one that was stopped.

use egui::{Align, Label, Layout, RichText, Ui};

use super::words::counted;
use crate::app::command::Command;
use crate::app::state::State;
use crate::app::theme::{Colours, Icon, ROW, heading, icon_label, weak};
use crate::app::work::{PastRun, RunEnd, date};

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    heading(ui, "Runs");
    if state.train.past.is_empty() {
        ui.add(Label::new(weak("None yet. Each run keeps its model, its curves and what is needed to go on.")).wrap());
    }
    for run in &state.train.past {
        line(state, run, ui, out);
    }
}

fn line(state: &State, run: &PastRun, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    let (icon, colour) = match run.note.end {
        _ if run.busy => (Icon::Again, colours.accent),
        RunEnd::Done | RunEnd::Kept => (Icon::Check, colours.good),
        RunEnd::Stopped => (Icon::Stop, colours.weak),
        RunEnd::Open | RunEnd::Failed => (Icon::Warning, colours.warning),
    };
    ui.horizontal(|ui| {
        ui.set_min_height(ROW);
        icon_label(ui, icon, colour);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if run.can_go_on() {
                let go_on = Command::ResumeRun(run.folder.clone());
                let can = state.can(&go_on);
                let button = ui.add_enabled(can.is_ok(), egui::Button::new("Go on"));
                let button = button.accessible_name(format!("Go on with {}", run.note.name));
                if button.on_disabled_hover_text(can.err().unwrap_or_default()).clicked() {
                    out.push(go_on);
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let name = ui.link(RichText::new(&run.note.name).color(colours.text));
                let name = name.on_hover_text("Show its curves and what came of it");
                if name.clicked() {
                    out.push(Command::ShowRun(run.folder.clone()));
                }
                ui.add(Label::new(weak(told(run))).truncate()).on_hover_text(about(run));
            });
        });
    });
}

/// How it ended, in few words.
fn told(run: &PastRun) -> String {
    let gain = run.note.comparison.as_ref().and_then(|comparison| comparison.mean_iou);
    let gain = gain.map_or(String::new(), |[before, after]| format!("IoU {before:.2} to {after:.2}"));
    let end = match run.note.end {
        _ if run.busy => "running",
        RunEnd::Done | RunEnd::Kept if gain.is_empty() => "done",
        RunEnd::Done | RunEnd::Kept => "",
        RunEnd::Stopped => "stopped",
        RunEnd::Failed => "failed",
        RunEnd::Open => "ended from outside",
    };
    let parts = [gain.as_str(), end].into_iter().filter(|part| !part.is_empty());
    format!("{}, {}", parts.collect::<Vec<_>>().join(", "), date(run.note.began))
}

fn about(run: &PastRun) -> String {
    let note = &run.note;
    let mut lines = vec![format!("From {}, {}", note.start.0, counted(note.datasets.len(), "data set"))];
    if !note.why.is_empty() {
        lines.push(note.why.clone());
    }
    lines.push(run.folder.display().to_string());
    lines.join("\n")
}
