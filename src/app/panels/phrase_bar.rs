//! The phrase bar: what to look for, where, with which model; and how the phrase is read.

use egui::{Align, Button, CornerRadius, FontId, Frame, Id, Key, Layout, Margin, Modifiers, Stroke, TextEdit, Ui};

use super::chips;
use super::words::{counted, size};
use crate::app::command::Command;
use crate::app::state::{Cost, FramePick, ModelEntry, State};
use crate::app::theme::{Colours, Icon, combo, icon_label, primary_button, weak};
use crate::job::span;
use crate::query::DeviceChoice;

/// Height of the field and of what stands beside it.
const HEIGHT: f32 = 36.0;

/// The field the phrase is typed in.
pub fn phrase_id() -> Id {
    Id::unique("phrase")
}

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let size = egui::vec2(ui.available_width(), HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        go(state, ui, out);
        device(state, ui, out);
        model(state, ui, out);
        frame(state, ui, out);
        field(state, ui, out);
    });
    ui.add_space(1.0);
    ui.horizontal_wrapped(|ui| {
        ui.set_min_height(24.0);
        chips::show(state, ui, out);
    });
}

fn field(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    let focused = ui.memory(|memory| memory.has_focus(phrase_id()));
    if focused {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowUp) {
            out.push(Command::OlderPhrase);
        } else if pressed(Key::ArrowDown) {
            out.push(Command::NewerPhrase);
        }
    }
    let line = if focused { Stroke::new(1.6, colours.accent) } else { Stroke::new(1.0, colours.line_strong) };
    let frame = Frame::new()
        .fill(colours.field)
        .stroke(line)
        .corner_radius(CornerRadius::same(8))
        .inner_margin(Margin::symmetric(10, 5));
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        frame.show(ui, |ui| {
            let inside = egui::vec2(ui.available_width(), HEIGHT - 10.0);
            ui.allocate_ui_with_layout(inside, Layout::left_to_right(Align::Center), |ui| {
                icon_label(ui, Icon::Search, if focused { colours.accent } else { colours.weak });
                let mut text = state.ask.text.clone();
                let edit = TextEdit::singleline(&mut text)
                    .id(phrase_id())
                    .frame(Frame::NONE)
                    .font(FontId::proportional(16.0))
                    .hint_text("Describe what to look for: the storage tanks near the harbor")
                    .align(egui::Align2::LEFT_CENTER)
                    .desired_width(f32::INFINITY);
                let response = ui.add(edit).accessible_name("Phrase");
                if response.changed() {
                    out.push(Command::TypePhrase(text));
                }
                if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
                    out.push(Command::Ask);
                    response.request_focus();
                }
            });
        });
    });
}

fn go(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    if let Some(job) = state.asking() {
        let stop = ui.add_enabled(
            !job.stopping,
            Button::new(if job.stopping { "Stopping…" } else { "Stop" }).min_size(egui::vec2(72.0, 34.0)),
        );
        if stop.on_hover_text("Stop and keep what was found until now (Ctrl+.)").clicked() {
            out.push(Command::Cancel(job.id));
        }
        return;
    }
    let can = state.can(&Command::Ask);
    let response = ui.add_enabled_ui(can.is_ok(), |ui| {
        ui.spacing_mut().interact_size.y = 34.0;
        ui.spacing_mut().button_padding.y = 8.0;
        primary_button(ui, "Find")
    });
    let response = response.inner.on_hover_text("Ask the phrase of the scene (Enter)");
    let response = match can {
        Ok(()) => response,
        Err(missing) => response.on_disabled_hover_text(missing),
    };
    if response.clicked() {
        out.push(Command::Ask);
    }
}

fn frame(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let response = combo("frame", 116.0).selected_text(state.ask.frame.name()).show_ui(ui, |ui| {
        for pick in FramePick::ALL {
            if ui.selectable_label(state.ask.frame == pick, pick.name()).on_hover_text(pick.hint()).clicked() {
                out.push(Command::PickFrame(pick));
            }
        }
    });
    response.response.on_hover_text("Where to look").accessible_name("Where to look");
}

fn model(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let shown = state.ask.model.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let combo = combo("model", 92.0).height(320.0).selected_text(shown).truncate();
    let response = combo.show_ui(ui, |ui| {
        ui.set_min_width(280.0);
        for model in &state.ask.models {
            let response = ui.add_enabled(model.usable, Button::selectable(state.ask.model == model.name, &model.name));
            let response = response.on_hover_ui(|ui| about_model(state, model, ui));
            if response.on_disabled_hover_text(&model.what).clicked() {
                out.push(Command::PickModel(model.name.clone()));
            }
            ui.label(weak(first_sentence(&model.what)));
            ui.label(weak(cost(state, model)));
        }
        if state.ask.models.is_empty() {
            ui.label(weak("Looking for models…"));
        }
    });
    response.response.on_hover_text("Which model looks").accessible_name("Model");
}

/// What a model costs: its size, and the time for what is asked of now.
fn cost(state: &State, model: &ModelEntry) -> String {
    let mut parts = vec![size(model.bytes)];
    if let Some(Cost { windows, seconds, measured }) = state.cost(model) {
        let windows = counted(windows as usize, "window");
        parts.push(match seconds.map(span) {
            Some(time) if measured => format!("{time} for {windows}, as measured"),
            Some(time) => format!("roughly {time} for {windows}"),
            None => format!("{windows}, not timed on this device yet"),
        });
    }
    parts.join(" · ")
}

fn about_model(state: &State, model: &ModelEntry, ui: &mut Ui) {
    ui.set_max_width(360.0);
    ui.label(&model.what);
    if let Some(card) = &model.card
        && !card.classes.is_empty()
    {
        ui.label(weak(format!("Knows: {}", card.classes.join(", "))));
    }
    for (device, pace) in state.paces(model) {
        ui.label(weak(format!("{pace:.2} s a window on {device}")));
    }
}

/// The text up to its first full stop, not too long.
fn first_sentence(text: &str) -> String {
    const LONGEST: usize = 60;
    let sentence = text.split(". ").next().unwrap_or_default();
    if sentence.chars().count() <= LONGEST {
        return sentence.to_owned();
    }
    let cut: String = sentence.chars().take(LONGEST).collect();
    format!("{}…", cut.trim_end())
}

fn device(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let name = |device| match device {
        DeviceChoice::Auto => "Auto",
        DeviceChoice::Gpu => "GPU",
        DeviceChoice::Cpu => "CPU",
    };
    let hint = |device| match device {
        DeviceChoice::Auto => "The best graphics card there is, else the processor",
        DeviceChoice::Gpu => "The graphics card, or an error that says why not",
        DeviceChoice::Cpu => "The processor",
    };
    let response = combo("device", 68.0).selected_text(name(state.ask.device)).show_ui(ui, |ui| {
        for device in [DeviceChoice::Auto, DeviceChoice::Gpu, DeviceChoice::Cpu] {
            let response = ui.selectable_label(state.ask.device == device, name(device));
            if response.on_hover_text(hint(device)).clicked() {
                out.push(Command::PickDevice(device));
            }
        }
    });
    response.response.on_hover_text("Where the network runs").accessible_name("Device");
}
