//! The export dialog.

use egui::{Align, Button, Frame, Label, Layout, Margin, RichText, TextEdit, Ui};

use super::{dialog, query_style};
use crate::app::command::Command;
use crate::app::state::{ExportForm, ExportFormat, ExportPlace, QueryLayer, Refine, State};
use crate::app::theme::{Colours, Icon, icon_button, primary_button, weak};

pub(super) fn show(state: &State, ui: &Ui, out: &mut Vec<Command>) {
    let Some((layer, query)) = state.selected_query() else {
        out.push(Command::Show(None));
        return;
    };
    dialog::show(ui, "Export", 560.0, out, |ui, out| {
        let mut form = state.export.clone();
        ui.label(weak(format!("Result of \"{}\"", query.question.phrase)));
        ui.add_space(6.0);
        format(&mut form, ui);
        objects(query, &mut form, ui);
        if form.format.is_vector() {
            place(query, &mut form, ui);
            simplification(layer.id, query, ui, out);
        }
        dialog::row(ui, "File", |ui| {
            let width = ui.available_width() - 40.0;
            let edit = TextEdit::singleline(&mut form.path).desired_width(width);
            ui.add(edit).accessible_name("File");
            if icon_button(ui, Icon::Folder, "Choose where to save").clicked() {
                out.push(Command::PickExportFile);
            }
        });
        if form != state.export {
            if form.format != state.export.format {
                form.path = form.target().display().to_string();
            }
            out.push(Command::SetExport(form));
        }
        command_line(state, query, ui, out);
        ui.add_space(8.0);
        dialog::buttons(ui, |ui| {
            if primary_button(ui, "Export").clicked() {
                out.push(Command::Export);
            }
            if ui.button("Cancel").clicked() {
                out.push(Command::Show(None));
            }
        });
    });
}

fn format(form: &mut ExportForm, ui: &mut Ui) {
    dialog::row(ui, "Format", |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for each in ExportFormat::ALL {
            let short = each.name().split(" (").next().unwrap_or_default();
            let response = ui.add(Button::selectable(form.format == each, short).frame_when_inactive(true));
            if response.on_hover_text(each.hint()).clicked() {
                form.format = each;
            }
        }
    });
    dialog::row(ui, "", |ui| {
        ui.label(weak(form.format.hint()));
    });
}

fn objects(query: &QueryLayer, form: &mut ExportForm, ui: &mut Ui) {
    let (all, selected) = (query.drawn.ids.len(), query.selected.len());
    if form.format == ExportFormat::Probability {
        return;
    }
    dialog::row(ui, "Objects", |ui| {
        if ui.radio(!form.selected_only, format!("All {all}")).clicked() {
            form.selected_only = false;
        }
        ui.add_enabled_ui(selected > 0, |ui| {
            if ui.radio(form.selected_only, format!("The {selected} selected")).clicked() {
                form.selected_only = true;
            }
        });
    });
}

fn place(query: &QueryLayer, form: &mut ExportForm, ui: &mut Ui) {
    let Some(crs) = &query.question.scene.georeference().crs else {
        dialog::row(ui, "Coordinates", |ui| {
            ui.label(weak("Pixels: the picture has no coordinate system"));
        });
        return;
    };
    dialog::row(ui, "Coordinates", |ui| {
        let usual = if form.format == ExportFormat::GeoJson { "Longitude, latitude" } else { "As the scene" };
        let source = crs.code().unwrap_or("As the scene");
        if ui.radio(form.place == ExportPlace::Usual, usual).clicked() {
            form.place = ExportPlace::Usual;
        }
        if form.format == ExportFormat::GeoJson
            && ui.radio(form.place == ExportPlace::Source, source).on_hover_text(crs.name()).clicked()
        {
            form.place = ExportPlace::Source;
        }
        if ui.radio(form.place == ExportPlace::Given, "Other").clicked() {
            form.place = ExportPlace::Given;
        }
        ui.add_enabled_ui(form.place == ExportPlace::Given, |ui| {
            let edit = TextEdit::singleline(&mut form.crs).hint_text("EPSG:4326").desired_width(110.0);
            ui.add(edit).accessible_name("Coordinate system");
        });
    });
}

fn simplification(layer: crate::app::map::LayerId, query: &QueryLayer, ui: &mut Ui, out: &mut Vec<Command>) {
    dialog::row(ui, "Simplify", |ui| {
        ui.spacing_mut().slider_width = 200.0;
        let unit = if query.drawn.answer.georeference.crs.is_some() { " m" } else { " px" };
        if let Some(tolerance) = query_style::simplification(query, unit, ui) {
            out.push(Command::SetRefine(layer, Refine { simplify: Some(tolerance), ..query.refine }));
        }
    });
}

fn command_line(state: &State, query: &QueryLayer, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    ui.add_space(6.0);
    Frame::new().fill(colours.stripe).corner_radius(6).inner_margin(Margin::symmetric(10, 7)).show(ui, |ui| {
        ui.horizontal(|ui| {
            let line = crate::app::state::command_line(query, &state.export, &state.export.target());
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                if icon_button(ui, Icon::Copy, "Copy command line (Ctrl+Shift+C)").clicked() {
                    out.push(Command::CopyCommandLine);
                }
                ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                    ui.add(Label::new(RichText::new(line).monospace().size(11.5).color(colours.weak)).wrap());
                });
            });
        });
    });
}
