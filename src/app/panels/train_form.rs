//! The form of a run of training: what is learned, from which model, how long.

use std::path::{Path, PathBuf};

use egui::{Align, Button, DragValue, Label, Layout, RichText, TextEdit, Ui};

use super::words::counted;
use crate::app::command::Command;
use crate::app::state::{Estimate, Looked, State, TrainForm, TrainPart};
use crate::app::theme::{Colours, Icon, ROW, combo, heading, icon_button, icon_label, primary_button, weak};
use crate::app::work::FolderFor;
use crate::job::span;
use crate::query::DeviceChoice;
use crate::train::recipe::Budget;

/// Width of the captions.
const CAPTION: f32 = 82.0;

/// What is learned, and what must not be forgotten.
pub(super) fn sources(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let mut form = state.train.form.clone();
    heading(ui, "Learn from");
    let labels = state.project.as_ref().map(|project| (project.name(), project.readiness()));
    ui.horizontal(|ui| {
        ui.set_min_height(ROW);
        ui.add_enabled_ui(labels.is_some(), |ui| {
            let mut on = form.labels && labels.is_some();
            if ui.checkbox(&mut on, "Labels of the project").changed() {
                form.labels = on;
            }
        });
        let told = match &labels {
            Some((name, ready)) => format!("{name}: {}", counted(ready.labels, "label")),
            None => "no project is open".to_owned(),
        };
        ui.add(Label::new(weak(told)).truncate());
    });
    sets(state, &mut form.datasets, ui);
    add(&mut form.typed, FolderFor::Learning, "Folder of triplets, or a data set", ui, out);
    ui.add_space(6.0);
    heading(ui, "Do not forget");
    ui.horizontal(|ui| {
        ui.set_min_height(ROW);
        ui.add_enabled_ui(form.replay.is_empty(), |ui| {
            let hint = "The model answers for the classes it knows on the new pictures, and learns these answers again";
            ui.checkbox(&mut form.rehearses, "Rehearse what the model knows").on_hover_text(hint);
        });
    });
    sets(state, &mut form.replay, ui);
    add(&mut form.typed_replay, FolderFor::Remembering, "A data set it has learned before", ui, out);
    changed(state, form, out);
}

fn changed(state: &State, form: TrainForm, out: &mut Vec<Command>) {
    if form != state.train.form {
        out.push(Command::SetTrain(Box::new(form)));
    }
}

/// Data sets that were added, each with what it holds.
fn sets(state: &State, paths: &mut Vec<PathBuf>, ui: &mut Ui) {
    let colours = Colours::in_use(ui);
    let mut removed = None;
    for path in paths.iter() {
        ui.horizontal(|ui| {
            ui.set_min_height(ROW - 2.0);
            let name = name_of(path);
            let refused = matches!(state.train.looked.get(path), Some(Looked::Refused(_)));
            icon_label(
                ui,
                if refused { Icon::Warning } else { Icon::Folder },
                if refused { colours.error } else { colours.weak },
            );
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Close, &format!("Take {name} off")).clicked() {
                    removed = Some(path.clone());
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.label(RichText::new(&name)).on_hover_text(path.display().to_string());
                    let told = match state.train.looked.get(path) {
                        Some(Looked::Known(facts)) => {
                            let held = match facts.validation {
                                0 => "a part will be held out".to_owned(),
                                held => format!("{held} held out"),
                            };
                            format!("{}, {held}", counted(facts.pictures, "picture"))
                        }
                        Some(Looked::Refused(trouble)) => trouble.why.clone(),
                        _ => "being read".to_owned(),
                    };
                    ui.add(Label::new(weak(told)).truncate());
                });
            });
        });
    }
    paths.retain(|path| Some(path) != removed.as_ref());
}

/// A field for the path of a data set, and the desktop's dialog for it.
fn add(typed: &mut String, wanted: FolderFor, hint: &str, ui: &mut Ui, out: &mut Vec<Command>) {
    let (add, choose) = match wanted {
        FolderFor::Remembering => ("Add to remember", "Choose a data set to remember"),
        _ => ("Add", "Choose a data set to learn"),
    };
    ui.allocate_ui_with_layout(egui::vec2(ui.available_width(), ROW), Layout::right_to_left(Align::Center), |ui| {
        if icon_button(ui, Icon::Folder, choose).clicked() {
            out.push(Command::PickFolder(wanted));
        }
        let path = PathBuf::from(typed.trim());
        let button = ui.add_enabled(!path.as_os_str().is_empty(), Button::new("Add"));
        let button = button.accessible_name(add);
        let edit = TextEdit::singleline(typed).hint_text(hint).desired_width(ui.available_width());
        let field = ui.add(edit).accessible_name(hint);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if (button.clicked() || entered) && !path.as_os_str().is_empty() {
            out.push(Command::AddTrainingData(wanted, path));
        }
    });
}

/// From which model, how, how long; and the button that starts it.
pub(super) fn settings(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let mut form = state.train.form.clone();
    heading(ui, "How");
    row(ui, "Start from", |ui| start(state, &mut form, ui));
    row(ui, "Train", |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for part in TrainPart::ALL {
            let button = Button::selectable(form.part == part, part.name()).frame_when_inactive(true);
            if ui.add(button).on_hover_text(part.hint()).clicked() {
                form.part = part;
            }
        }
    });
    row(ui, "For", |ui| budget(&mut form, ui));
    row(ui, "On", |ui| {
        device(&mut form, ui);
        let hint = "The network leaves one processor core to the window, so that the map stays smooth";
        ui.checkbox(&mut form.leaves_core, "Leave a core to the map").on_hover_text(hint);
    });
    row(ui, "New model", |ui| {
        let proposed = State::new_model_name(state);
        let edit = TextEdit::singleline(&mut form.name).hint_text(proposed).desired_width(ui.available_width() - 34.0);
        ui.add(edit).accessible_name("Name of the new model");
        let home = state.settings.home().map_or_else(String::new, |home| home.display().to_string());
        if icon_button(ui, Icon::Folder, "Choose where models and runs are kept").on_hover_text(home).clicked() {
            out.push(Command::PickFolder(FolderFor::Home));
        }
    });
    changed(state, form, out);
    ui.add_space(2.0);
    go(state, ui, out);
}

fn go(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    let can = state.can(&Command::StartTraining);
    row(ui, "", |ui| {
        let button = ui.add_enabled_ui(can.is_ok(), |ui| primary_button(ui, "Start training")).inner;
        let button = match can {
            Ok(()) => button,
            Err(missing) => button.on_disabled_hover_text(missing),
        };
        if button.clicked() {
            out.push(Command::StartTraining);
        }
    });
    let told = match (can, state.training_caution()) {
        (Err(missing), _) => RichText::new(missing).color(colours.warning),
        (Ok(()), Some(caution)) => RichText::new(format!("{caution}. {}", estimate(state))).color(colours.warning),
        (Ok(()), None) => weak(estimate(state)),
    };
    row_wrapped(ui, |ui| {
        ui.add(Label::new(told.size(11.5)).wrap());
    });
}

/// What the run amounts to, in a sentence.
fn estimate(state: &State) -> String {
    let Estimate { steps, seconds, rounds, measured } = state.estimate();
    let rounds = rounds.map_or(String::new(), |rounds| {
        if rounds < 1.5 { String::new() } else { format!(", each picture {rounds:.0} times") }
    });
    let source = if measured { "as fast as the last run" } else { "a rough guess until the first steps are done" };
    match state.train.form.budget {
        Budget::Minutes(_) => format!("About {steps:.0} steps{rounds}: {source}"),
        _ => format!("About {}, {steps:.0} steps{rounds}: {source}", span(seconds)),
    }
}

fn start(state: &State, form: &mut TrainForm, ui: &mut Ui) {
    let shown = form.start.clone().unwrap_or_else(|| state.ask.model.clone());
    let shown = shown.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let list = combo("start model", 180.0).selected_text(shown).truncate().show_ui(ui, |ui| {
        for model in &state.ask.models {
            let picked = state.start_model().is_some_and(|start| start.name == model.name);
            let entry = ui.add_enabled(model.usable, Button::selectable(picked, &model.name));
            if entry.on_hover_text(&model.what).clicked() {
                form.start = Some(model.name.clone());
            }
        }
    });
    list.response.accessible_name("Start from");
}

fn budget(form: &mut TrainForm, ui: &mut Ui) {
    let units = [Budget::Minutes(3.0), Budget::Epochs(20.0), Budget::Steps(200)];
    let name = |budget: &Budget| match budget {
        Budget::Minutes(_) => "minutes",
        Budget::Epochs(_) => "rounds",
        Budget::Steps(_) => "steps",
    };
    match &mut form.budget {
        Budget::Minutes(amount) | Budget::Epochs(amount) => {
            let number = DragValue::new(amount).range(0.1..=100_000.0).speed(0.1).max_decimals(1);
            ui.add(number).accessible_name("How long");
        }
        Budget::Steps(steps) => {
            ui.add(DragValue::new(steps).range(1..=10_000_000)).accessible_name("How long");
        }
    }
    let list = combo("budget", 92.0).selected_text(name(&form.budget)).show_ui(ui, |ui| {
        for unit in units {
            if ui.selectable_label(name(&unit) == name(&form.budget), name(&unit)).clicked() {
                form.budget = unit;
            }
        }
    });
    let hint = "A round shows every picture once; a step shows a few pictures";
    list.response.on_hover_text(hint).accessible_name("Unit of how long");
}

fn device(form: &mut TrainForm, ui: &mut Ui) {
    let name = |device| match device {
        DeviceChoice::Auto => "Auto",
        DeviceChoice::Gpu => "GPU",
        DeviceChoice::Cpu => "CPU",
    };
    let list = combo("training device", 68.0).selected_text(name(form.device)).show_ui(ui, |ui| {
        for device in [DeviceChoice::Auto, DeviceChoice::Gpu, DeviceChoice::Cpu] {
            if ui.selectable_label(form.device == device, name(device)).clicked() {
                form.device = device;
            }
        }
    });
    list.response.on_hover_text("Where the network trains").accessible_name("Training device");
}

fn row(ui: &mut Ui, caption: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(CAPTION, ROW), egui::Sense::hover());
        let colours = Colours::in_use(ui);
        let font = egui::FontId::proportional(13.0);
        ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, caption, font, colours.weak);
        content(ui);
    });
}

/// Text under the fields, as wide as they are.
fn row_wrapped(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.add_space(CAPTION + ui.spacing().item_spacing.x);
        ui.vertical(content);
    });
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
