//! What the selected labels are called, what they could be called, and what is nowhere to be seen.

use std::collections::BTreeMap;

use egui::{Align, Button, Frame, Id, Key, Layout, Margin, Panel, RichText, ScrollArea, TextEdit, Ui, Vec2};

use super::query_style::grouped;
use crate::app::command::Command;
use crate::app::state::{Draws, Project, State};
use crate::app::theme::{Colours, Icon, ROW, chip, combo, heading, weak};
use crate::project::Phrasing;
use crate::train::dataset::Split;

/// Width of a caption.
const CAPTION: f32 = 62.0;

/// The field in which the selected labels are named.
pub fn label_phrase_id() -> Id {
    Id::unique("phrase of labels")
}

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    Panel::bottom("absence")
        .frame(Frame::new().inner_margin(Margin { left: 0, right: 6, top: 7, bottom: 2 }))
        .show(ui, |ui| absence(state, ui, out));
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        match state.project.as_ref().filter(|project| !project.selected.is_empty()) {
            Some(project) => words(state, project, ui, out),
            None => teach(state, ui),
        }
    });
}

/// What to do while nothing is selected.
fn teach(state: &State, ui: &mut Ui) {
    let any = state.project.as_ref().is_some_and(|project| !project.rows("").is_empty());
    let (title, text) = if any {
        ("Nothing selected", "Select labels in the table or on the map to say what they are called.")
    } else {
        (
            "What should be found?",
            "Draw it with the tools over the map, or accept a result with A; then say what it is called. A model learns from that.",
        )
    };
    heading(ui, title);
    ui.label(weak(text));
}

fn words(state: &State, project: &Project, ui: &mut Ui, out: &mut Vec<Command>) {
    title(project, ui);
    let has_labels = project.selected_labels().next().is_some();
    if has_labels {
        row(ui, "Class", |ui| {
            split(project, ui, out);
            class(project, ui, out);
        });
    }
    let caption = if has_labels { "Phrases" } else { "Absent" };
    let mut phrases: BTreeMap<&str, usize> = BTreeMap::new();
    for phrase in said(project) {
        *phrases.entry(&phrase.text).or_default() += 1;
    }
    row(ui, caption, |ui| add(state, has_labels, ui, out));
    if !phrases.is_empty() {
        chips(ui, "", |ui| {
            for (text, count) in phrases {
                let shown = match count {
                    1 => text.to_owned(),
                    count => format!("{text}  ×{count}"),
                };
                let name = format!("Remove phrase {text}");
                if chip(ui, &shown, Icon::Close, &name, true).on_hover_text("Take this phrase away").clicked() {
                    out.push(Command::RemovePhrase(text.to_owned()));
                }
            }
        });
    }
    if has_labels {
        suggestions(project, ui, out);
    }
}

fn title(project: &Project, ui: &mut Ui) {
    let (labels, areas) = (project.selected_labels().count(), project.selected_areas().count());
    let many = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    let text = match (labels, areas) {
        (labels, 0) => many(labels, "label"),
        (0, areas) => many(areas, "area of absence"),
        (labels, areas) => format!("{}, {}", many(labels, "label"), many(areas, "area")),
    };
    let size: f64 = project.selected.iter().filter_map(|of| project.kept.sizes.get(of)).sum();
    let unit = unit(project);
    ui.horizontal(|ui| {
        heading(ui, &text);
        ui.label(weak(format!("{} {unit}", grouped(size))));
    });
}

/// The unit of sizes.
pub(super) fn unit(project: &Project) -> &'static str {
    if project.snapshot().crs.is_some() { "m²" } else { "px" }
}

fn said(project: &Project) -> impl Iterator<Item = &Phrasing> {
    let labels = project.selected_labels().flat_map(|label| &label.phrases);
    labels.chain(project.selected_areas().flat_map(|area| &area.phrases))
}

/// The class: typed, and set when the field is left.
fn class(project: &Project, ui: &mut Ui, out: &mut Vec<Command>) {
    let classes: Vec<Option<&str>> = project.selected_labels().map(|label| label.class.as_deref()).collect();
    let first = classes.first().copied().flatten();
    let same = classes.iter().all(|class| *class == first);
    let now = if same { first.unwrap_or_default() } else { "" };
    let id = Id::unique(("class of labels", project.selected.iter().collect::<Vec<_>>(), now));
    let mut text = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_else(|| now.to_owned());
    let hint = if same { "what it is: storage tank" } else { "several" };
    let edit = TextEdit::singleline(&mut text).hint_text(hint).desired_width(ui.available_width() - 2.0);
    let response = ui.add(edit).accessible_name("Class of the labels");
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    }
    if response.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(id));
        if text.trim() != now {
            out.push(Command::SetClass(text));
        }
    }
    response.on_hover_text("What it is in one or two words, singular: suggestions and phrases are built on it");
}

/// What the labels are for.
fn split(project: &Project, ui: &mut Ui, out: &mut Vec<Command>) {
    let name = |split: Option<Split>| match split {
        None => "Any use",
        Some(Split::Train) => "To learn",
        Some(Split::Val) => "To check",
        Some(Split::Test) => "To test",
    };
    let hint = |split: Option<Split>| match split {
        None => "Decided when a model is trained",
        Some(Split::Train) => "The model learns from it",
        Some(Split::Val) => "The model is chosen by it and never learns from it",
        Some(Split::Test) => "The model is reported on by it and never sees it before",
    };
    let first = project.selected_labels().next().and_then(|label| label.split);
    let same = project.selected_labels().all(|label| label.split == first);
    let shown = if same { name(first) } else { "Several uses" };
    let response = combo("use of labels", 86.0).selected_text(shown).show_ui(ui, |ui| {
        for choice in [None, Some(Split::Train), Some(Split::Val), Some(Split::Test)] {
            if ui.selectable_label(same && choice == first, name(choice)).on_hover_text(hint(choice)).clicked() {
                out.push(Command::UseFor(choice));
            }
        }
    });
    response
        .response
        .on_hover_text("What the label is for when a model is trained")
        .accessible_name("Use of the label");
}

/// The field for another phrase.
fn add(state: &State, is_label: bool, ui: &mut Ui, out: &mut Vec<Command>) {
    let mut text = state.labelling.phrase.clone();
    let ready = !text.trim().is_empty();
    let pressed = ui.add_enabled(ready, Button::new("Add")).accessible_name("Add phrase").clicked();
    let hint = if is_label { "the tank by the quay" } else { "a ship" };
    let edit =
        TextEdit::singleline(&mut text).id(label_phrase_id()).hint_text(hint).desired_width(ui.available_width() - 2.0);
    let response = ui.add(edit).accessible_name("Another phrase");
    if response.changed() {
        out.push(Command::TypeLabelPhrase(text.clone()));
    }
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if (pressed || entered) && ready {
        out.push(Command::AddPhrase(text));
        response.request_focus();
    }
}

fn suggestions(project: &Project, ui: &mut Ui, out: &mut Vec<Command>) {
    /// Suggestions that are shown.
    const SHOWN: usize = 8;
    let known: Vec<&str> = said(project).map(|phrase| phrase.text.as_str()).collect();
    let fresh = project.suggestions.iter().filter(|text| !known.contains(&text.as_str()));
    let fresh: Vec<&String> = fresh.take(SHOWN).collect();
    if fresh.is_empty() {
        if project.selected_labels().all(|label| label.class.is_none()) {
            chips(ui, "", |ui| {
                ui.label(weak("With a class, phrases are suggested from where and how large it is."));
            });
        }
        return;
    }
    chips(ui, "Suggested", |ui| {
        for text in fresh {
            let name = format!("Add phrase {text}");
            let hint = "True of what is selected, and of nothing else in view";
            if chip(ui, text, Icon::Plus, &name, false).on_hover_text(hint).clicked() {
                out.push(Command::AddPhrase(text.clone()));
            }
        }
    });
}

/// What is not there: typed, and said of what is in view or of an area to be drawn.
fn absence(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let can = state.can(&Command::AbsentInView);
    row(ui, "Not here", |ui| {
        let ready = can.is_ok() && !state.labelling.absent.trim().is_empty();
        let drawing = state.labelling.draws == Draws::Absence;
        let missing = can.err().unwrap_or("Type what is not there");
        let draw = ui.add_enabled(ready || drawing, Button::new("Draw area").selected(drawing));
        let draw = draw.on_hover_text("Draw an area in which there is none of it").on_disabled_hover_text(missing);
        if draw.clicked() {
            let draws = if drawing { Draws::Label } else { Draws::Absence };
            out.push(Command::SetDraws(draws));
        }
        let view = ui.add_enabled(ready, Button::new("In view"));
        let view = view.on_hover_text("There is none of it in what the map shows").on_disabled_hover_text(missing);
        if view.clicked() {
            out.push(Command::AbsentInView);
        }
        let mut text = state.labelling.absent.clone();
        let edit = TextEdit::singleline(&mut text).hint_text("a ship").desired_width(ui.available_width() - 2.0);
        let response = ui.add(edit).accessible_name("What is not here");
        if response.on_hover_text("A model also learns from what is not to be found").changed() {
            out.push(Command::TypeAbsent(text));
        }
    });
}

/// A caption of fixed width, and what it stands for from the right: buttons first, the field fills the rest.
fn row(ui: &mut Ui, text: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        caption(ui, text);
        let size = Vec2::new(ui.available_width() - 8.0, ROW);
        ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), content);
    });
}

/// A caption of fixed width, and chips in as many lines as they need.
fn chips(ui: &mut Ui, text: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        caption(ui, text);
        ui.vertical(|ui| {
            ui.set_max_width(ui.available_width() - 8.0);
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = Vec2::new(6.0, 4.0);
                content(ui);
            });
        });
    });
}

fn caption(ui: &mut Ui, text: &str) {
    ui.spacing_mut().item_spacing.x = 6.0;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(CAPTION, ROW), egui::Sense::hover());
    let colours = Colours::in_use(ui);
    let font = egui::FontId::proportional(12.5);
    ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, text, font, colours.weak);
}

/// Text for what is missing.
pub(super) fn missing(text: &str) -> RichText {
    RichText::new(text).italics().weak()
}
