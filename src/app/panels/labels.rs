//! The tab of labels: the table, selected as on the map, and beside it what the selected ones are called.

use egui::{Align, Button, Frame, Label, Layout, Margin, Panel, RichText, Sense, TextEdit, Ui, Vec2};
use egui_extras::{Column as Width, TableBuilder};

use super::label_words::{self, missing, unit};
use super::query_style::grouped;
use crate::app::command::{Command, Keep};
use crate::app::state::{Project, Readiness, State, absence};
use crate::app::theme::{ABSENCE_COLOUR, Colours, Icon, LABEL_COLOUR, icon_button, icon_label, weak};
use crate::project::{Of, Source};

/// Height of a row.
const ROW: f32 = 23.0;
/// Width of what stands beside the table.
const WORDS: f32 = 390.0;
/// Narrowest panel in which both have room.
const ROOM_FOR_BOTH: f32 = 700.0;
/// Columns, their first widths, and the narrowest table in which they are shown; the phrase takes the rest.
const COLUMNS: [(Column, f32, f32); 4] = [
    (Column::Class, 106.0, 430.0),
    (Column::Area, 74.0, 0.0),
    (Column::Source, 66.0, 380.0),
    (Column::When, 112.0, 600.0),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Class,
    Area,
    Source,
    When,
}

pub(super) fn tools(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let commands = [
        (Command::DeleteObjects, Icon::Trash, "Delete selected labels (Delete)"),
        (Command::MergeObjects, Icon::Merge, "Merge selected labels (Ctrl+M)"),
        (Command::EditCorners, Icon::Corners, "Move corners of the selected label (N)"),
        (Command::ZoomToSelection, Icon::Target, "Zoom to selected labels (Ctrl+J)"),
    ];
    for (command, icon, name) in commands {
        let enabled = state.means_labels() && state.can(&command).is_ok();
        ui.add_enabled_ui(enabled, |ui| {
            if icon_button(ui, icon, name).clicked() {
                out.push(command);
            }
        });
    }
    let mut filter = state.labelling.filter.clone();
    let edit = TextEdit::singleline(&mut filter).hint_text("Filter: tank quay").desired_width(150.0);
    let response = ui.add(edit).accessible_name("Filter labels");
    if response.on_hover_text("Words that must occur in phrases or class").changed() {
        out.push(Command::FilterLabels(filter));
    }
    if let Some(project) = &state.project {
        let readiness = project.readiness();
        let text = readiness.missing.as_ref().map_or_else(
            || summary(&readiness),
            |missing| format!("{}; before a model can learn: {missing}", summary(&readiness)),
        );
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(10.0);
            let label = Label::new(weak(text)).truncate().selectable(false);
            ui.add(label).on_hover_text(project.path.display().to_string());
        });
    }
}

/// "12 labels, 18 phrases, 1 area of absence".
fn summary(readiness: &Readiness) -> String {
    let many = |count: usize, one: &str, several: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {several}"),
    };
    let mut parts = vec![many(readiness.labels, "label", "labels"), many(readiness.phrases, "phrase", "phrases")];
    if readiness.areas > 0 {
        parts.push(many(readiness.areas, "area of absence", "areas of absence"));
    }
    if readiness.unnamed > 0 && readiness.labels > readiness.unnamed {
        parts.push(format!("{} without a name", readiness.unnamed));
    }
    parts.join(", ")
}

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    waiting(state, ui, out);
    if ui.available_width() > ROOM_FOR_BOTH {
        Panel::right("words of labels")
            .frame(Frame::new().inner_margin(Margin { left: 14, right: 6, top: 4, bottom: 6 }))
            .default_size(WORDS)
            .size_range(300.0..=560.0)
            .resizable(true)
            .show(ui, |ui| label_words::show(state, ui, out));
        table_or_hint(state, ui, out);
    } else if state.means_labels() || state.project.as_ref().is_none_or(|project| project.rows("").is_empty()) {
        Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| label_words::show(state, ui, out));
    } else {
        table_or_hint(state, ui, out);
    }
}

/// What was drawn and could not be kept.
fn waiting(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let count = state.labelling.waiting.len();
    if count == 0 || state.labelling.is_busy() {
        return;
    }
    let colours = Colours::in_use(ui);
    Frame::new().fill(colours.warning_ground).inner_margin(Margin::symmetric(12, 5)).show(ui, |ui| {
        ui.horizontal(|ui| {
            icon_label(ui, Icon::Warning, colours.warning);
            let text = match count {
                1 => "1 drawing is not kept yet".to_owned(),
                count => format!("{count} drawings are not kept yet"),
            };
            ui.label(RichText::new(text).color(colours.warning));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Give up").on_hover_text("Forget them").clicked() {
                    out.push(Command::DropWaiting);
                }
                if ui.button("New project…").on_hover_text("Keep them in another file").clicked() {
                    out.push(Command::NewProjectDialog);
                }
                if ui.button("Try again").clicked() {
                    out.push(Command::KeepWaiting);
                }
            });
        });
    });
}

fn table_or_hint(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let rows = state.project.as_ref().map(|project| (project, project.rows(&state.labelling.filter)));
    match rows {
        Some((project, rows)) if !rows.is_empty() => {
            Frame::new()
                .inner_margin(Margin { right: 8, ..Margin::ZERO })
                .show(ui, |ui| table(project, &rows, ui, out));
        }
        Some((project, _)) if !project.rows("").is_empty() => hint("No label has these words.", ui),
        Some((project, _)) => hint(&format!("{} has no labels yet.", project.name()), ui),
        None => {
            Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| {
                ui.label(weak("No project is open. The first label makes one beside the raster."));
                ui.add_space(2.0);
                if ui.add(Button::new("Open project…")).clicked() {
                    out.push(Command::OpenProjectDialog);
                }
            });
        }
    }
}

fn hint(text: &str, ui: &mut Ui) {
    Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| ui.label(weak(text)));
}

fn table(project: &Project, rows: &[Of], ui: &mut Ui, out: &mut Vec<Command>) {
    ui.spacing_mut().item_spacing = Vec2::new(10.0, 0.0);
    let room = ui.available_width();
    let columns: Vec<(Column, f32)> =
        COLUMNS.into_iter().filter(|(_, _, least)| room >= *least).map(|(column, width, _)| (column, width)).collect();
    let mut table = TableBuilder::new(ui)
        .id_salt(("labels", columns.len()))
        .striped(true)
        .sense(Sense::click())
        .cell_layout(Layout::left_to_right(Align::Center))
        .auto_shrink([false, false])
        .column(Width::exact(14.0))
        .column(Width::remainder().at_least(100.0).clip(true));
    for (_, width) in &columns {
        table = table.column(Width::initial(*width).at_least(50.0).clip(true));
    }
    let table = table.header(24.0, |mut header| {
        header.col(|_| {});
        header.col(|ui| heading("Phrases", ui));
        for (column, _) in &columns {
            let name = match column {
                Column::Class => "Class",
                Column::Area => &format!("Area {}", unit(project)),
                Column::Source => "Source",
                Column::When => "When (UTC)",
            };
            header.col(|ui| heading(name, ui));
        }
    });
    let mut hovered = None;
    table.body(|body| {
        body.rows(ROW, rows.len(), |mut line| {
            let Some(of) = rows.get(line.index()).copied() else { return };
            line.set_selected(project.selected.contains(&of));
            cells(project, of, &columns, &mut line);
            let response = line.response();
            if response.hovered() {
                hovered = Some(of);
            }
            if response.clicked() {
                let modifiers = response.ctx.input(|input| input.modifiers);
                out.push(click(project, rows, line.index(), of, modifiers));
            }
            if response.double_clicked() {
                out.push(Command::SelectLabels(vec![of], Keep::Nothing));
                out.push(Command::ZoomToSelection);
            }
        });
    });
    if hovered != project.highlighted {
        out.push(Command::HighlightLabel(hovered));
    }
}

fn cells(project: &Project, of: Of, columns: &[(Column, f32)], line: &mut egui_extras::TableRow<'_, '_>) {
    let (phrases, class, source, created) = match of {
        Of::Label(id) => {
            let Some(label) = project.label(id) else { return };
            let source = match label.source {
                Source::Drawn => "drawn",
                Source::Query => "accepted",
                Source::Imported => "imported",
            };
            let phrases = label.phrases.iter().map(|phrase| phrase.text.clone()).collect::<Vec<_>>();
            (phrases, label.class.as_deref(), source, &label.created)
        }
        Of::Area(id) => {
            let Some(area) = project.area(id) else { return };
            (area.phrases.iter().map(|phrase| absence(&phrase.text)).collect(), None, "not here", &area.created)
        }
    };
    let colour = if matches!(of, Of::Label(_)) { LABEL_COLOUR } else { ABSENCE_COLOUR };
    line.col(|ui| {
        ui.painter().circle_filled(ui.max_rect().center() + Vec2::new(3.0, 0.0), 4.0, colour);
    });
    line.col(|ui| match phrases.as_slice() {
        [] => drop(ui.add(Label::new(missing("not named yet")).selectable(false))),
        phrases => cell(&phrases.join("  ·  "), ui),
    });
    for (column, _) in columns {
        line.col(|ui| match column {
            Column::Class => cell(class.unwrap_or("–"), ui),
            Column::Area => cell(&project.kept.sizes.get(&of).map_or("–".to_owned(), |size| size_text(*size)), ui),
            Column::Source => cell(source, ui),
            Column::When => cell(&when(created.as_deref()), ui),
        });
    }
}

fn size_text(size: f64) -> String {
    if size < 100.0 { format!("{size:.1}") } else { grouped(size) }
}

/// "2026-11-25T23:15:00.000Z" to the minute.
fn when(created: Option<&str>) -> String {
    created.and_then(|time| time.get(..16)).map_or_else(|| "–".to_owned(), |time| time.replacen('T', " ", 1))
}

fn cell(text: &str, ui: &mut Ui) {
    ui.add(Label::new(RichText::new(text).size(12.5)).truncate().selectable(false).sense(Sense::hover()));
}

fn heading(name: &str, ui: &mut Ui) {
    ui.add(Label::new(RichText::new(name).size(12.0).weak()).selectable(false));
}

/// What a click on a row selects: it alone, it too, or with Shift all from the first selected one to it.
fn click(project: &Project, rows: &[Of], at: usize, of: Of, keys: egui::Modifiers) -> Command {
    if keys.shift {
        let anchor = rows.iter().position(|row| project.selected.contains(row)).unwrap_or(at);
        let range = rows.get(anchor.min(at)..=anchor.max(at)).unwrap_or_default();
        return Command::SelectLabels(range.to_vec(), Keep::Selected);
    }
    Command::SelectLabels(vec![of], if keys.command { Keep::Toggled } else { Keep::Nothing })
}
