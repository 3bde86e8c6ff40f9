//! One run of training: how far it is, its curves, and what can be done with it.

use egui::{Label, ProgressBar, RichText, Ui};

use super::train::column;
use super::words::counted;
use super::{train_outcome, train_plots};
use crate::app::command::Command;
use crate::app::state::{JobState, RunView, State};
use crate::app::theme::{Colours, heading, primary_button, weak};
use crate::app::work::RunEnd;
use crate::job::span;

/// Width of what is said beside the curves.
const SIDE: f32 = 300.0;
/// Width of the table of phrases.
const TABLE: f32 = 420.0;
/// Between columns.
const GAP: f32 = 24.0;
/// Width from which curves stand beside the rest.
const WIDE: f32 = 720.0;

pub(super) fn show(state: &State, run: &RunView, height: f32, ui: &mut Ui, out: &mut Vec<Command>) {
    let comparison = run.note.as_ref().and_then(|note| note.comparison.as_ref());
    if ui.available_width() < WIDE {
        side(state, run, ui, out);
        if let Some(comparison) = comparison {
            train_outcome::table(comparison, 200.0, ui);
        }
        train_plots::show(run, 4.0 * 120.0, ui);
        return;
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        column(ui, SIDE, |ui| side(state, run, ui, out));
        if let Some(comparison) = comparison {
            let width = TABLE.min((ui.available_width() - GAP) * 0.5);
            column(ui, width, |ui| train_outcome::table(comparison, height, ui));
        }
        let rest = ui.available_width();
        column(ui, rest, |ui| train_plots::show(run, height, ui));
    });
}

fn side(state: &State, run: &RunView, ui: &mut Ui, out: &mut Vec<Command>) {
    heading(ui, &run.name);
    let mut facts = vec![format!("from {}", run.start)];
    facts.extend(run.device.clone());
    if let Some([pictures, held]) = run.pictures {
        facts.push(format!("{}, {held} held out", counted(pictures, "picture")));
    }
    ui.add(Label::new(weak(facts.join(", "))).wrap());
    let job = state.training().filter(|job| run.job == Some(job.id));
    match job {
        Some(job) => running(state, job, run, ui, out),
        None => ended(state, run, ui, out),
    }
}

fn running(state: &State, job: &JobState, run: &RunView, ui: &mut Ui, out: &mut Vec<Command>) {
    let share = run.last.map_or(0.0, |step| step.progress as f32);
    ui.add(ProgressBar::new(share.clamp(0.0, 1.0)).desired_width(ui.available_width()).desired_height(8.0))
        .accessible_name("Progress of the training");
    let stage = match &run.last {
        _ if job.stopping => "Stopping after this step…".to_owned(),
        _ if run.keeping => "Stopping and comparing…".to_owned(),
        Some(step) if run.paused => format!("Paused at step {}", step.step),
        _ if run.paused => "Paused".to_owned(),
        Some(step) if step.progress < 1.0 => {
            let total = (step.step as f64 / step.progress.max(1e-6)).round();
            format!("Step {} of about {total:.0}, {} left", step.step, span(step.remaining.as_secs_f64()))
        }
        Some(_) => "Comparing before and after…".to_owned(),
        None if job.stage.is_empty() => "Preparing…".to_owned(),
        None => format!("Preparing: {}…", job.stage),
    };
    ui.label(stage);
    let mut facts = Vec::new();
    if let Some((step, best)) = run.best {
        facts.push(format!("best {best:.2} at step {step}"));
    } else if let Some(baseline) = run.baseline {
        facts.push(format!("{baseline:.2} before training"));
    }
    if let Some(memory) = run.last.and_then(|step| step.memory) {
        facts.push(format!("{:.1} GB of memory", memory as f64 / 1e9));
    }
    if let Some(step) = run.saved {
        facts.push(format!("saved at step {step}"));
    }
    ui.add(Label::new(weak(facts.join(", "))).wrap());
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        let pause = if run.paused { "Go on" } else { "Pause" };
        let rows = [
            (Command::PauseTraining, pause, "The training waits after this step, and goes on where it was"),
            (Command::KeepBest, "Stop and keep the best", "Ends now; the best model until now goes into the list"),
            (Command::CancelTraining, "Cancel", "Ends after this step; the run can be taken up again later"),
        ];
        for (command, name, hint) in rows {
            let can = state.can(&command).is_ok() && (!run.keeping || matches!(command, Command::CancelTraining));
            if ui.add_enabled(can, egui::Button::new(name)).on_hover_text(hint).clicked() {
                out.push(command);
            }
        }
    });
    // The time left changes though nothing happens.
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(500));
}

fn ended(state: &State, run: &RunView, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    if let Some(trouble) = &run.trouble {
        ui.add(Label::new(RichText::new(&trouble.why).color(colours.error)).wrap());
        ui.add(Label::new(RichText::new(&trouble.remedy).color(colours.accent)).wrap());
    }
    if let Some(note) = &run.note {
        let steps = run.last.map_or(0, |step| step.step);
        let text = match note.end {
            RunEnd::Done => format!("Done after {}", counted(steps as usize, "step")),
            RunEnd::Kept => format!("Stopped after {}; the best model is kept", counted(steps as usize, "step")),
            RunEnd::Stopped => format!("Stopped after {}", counted(steps as usize, "step")),
            RunEnd::Failed => format!("Failed after {}", counted(steps as usize, "step")),
            RunEnd::Open => format!("Ended from outside after {}", counted(steps as usize, "step")),
        };
        ui.label(text);
        train_outcome::summary(note, ui);
    }
    ui.add_space(4.0);
    let uses = Command::UseTrained;
    let trained = state.trained_model();
    ui.horizontal_wrapped(|ui| {
        if trained.is_some() {
            let can = state.can(&uses);
            let button = ui.add_enabled_ui(can.is_ok(), |ui| primary_button(ui, "Use this model")).inner;
            if button.on_disabled_hover_text(can.err().unwrap_or_default()).clicked() {
                out.push(uses);
            }
        }
        let rows = [
            (
                Command::AskWithTrained,
                "Ask again with it",
                "Asks the phrase of the selected result of this model and compares both answers on the map",
            ),
            (
                Command::RollBack { removes: false },
                "Roll back",
                "Phrases are asked of the model from before again; this one stays in the list",
            ),
            (
                Command::RollBack { removes: true },
                "Roll back and remove",
                "Phrases are asked of the model from before again; this one leaves the list, its run stays",
            ),
        ];
        if trained.is_some() {
            for (command, name, hint) in rows {
                button(state, command, name, hint, ui, out);
            }
        } else if run.note.as_ref().is_some_and(|note| note.model.is_some()) {
            button(
                state,
                Command::PublishTrained,
                "Put into the list",
                "The model of this run can be picked again",
                ui,
                out,
            );
        }
        if let Some(folder) = &run.folder {
            let go_on = Command::ResumeRun(folder.clone());
            if state.can(&go_on).is_ok() {
                button(state, go_on, "Go on with this run", "Takes the run up where it was stopped", ui, out);
            }
            button(state, Command::OpenRunFolder, "Open folder", "Shows the files of the run", ui, out);
        }
    });
}

fn button(state: &State, command: Command, name: &str, hint: &str, ui: &mut Ui, out: &mut Vec<Command>) {
    let can = state.can(&command);
    let button = ui.add_enabled(can.is_ok(), egui::Button::new(name)).on_hover_text(hint);
    if button.on_disabled_hover_text(can.err().unwrap_or_default()).clicked() {
        out.push(command);
    }
}
