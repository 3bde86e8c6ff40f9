//! What came of a run of training: before and after, in all and phrase by phrase.

use egui::{Align, Label, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};

use crate::app::theme::{Colours, weak};
use crate::app::work::RunNote;
use crate::train::compare::{Comparison, Row};

/// Height of a row.
const ROW: f32 = 22.0;
/// A change below this is no change.
const SAME: f64 = 0.005;

/// The gain in one line, and what was forgotten.
pub(super) fn summary(note: &RunNote, ui: &mut Ui) {
    if let Some(comparison) = &note.comparison {
        change(ui, "IoU held out", comparison.mean_iou.unwrap_or(comparison.figure));
    } else if note.model.is_some() {
        ui.add(Label::new(weak("Nothing was held out: how good it is shows only on the map.")).wrap());
    }
    if let Some(remembered) = note.remembered {
        change(ui, "Remembered", remembered);
    }
}

fn change(ui: &mut Ui, name: &str, [before, after]: [f64; 2]) {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        let size = egui::vec2(82.0, 18.0);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(size.x);
            ui.label(weak(name));
        });
        ui.label(RichText::new(format!("{before:.2}")).monospace());
        ui.label(weak("to"));
        ui.label(RichText::new(format!("{after:.2}")).monospace().strong().color(colour(ui, after - before)));
    });
}

fn colour(ui: &Ui, gain: f64) -> egui::Color32 {
    let colours = Colours::in_use(ui);
    match gain {
        gain if gain > SAME => colours.good,
        gain if gain < -SAME => colours.warning,
        _ => colours.text,
    }
}

/// Phrase by phrase, those that gained most first.
pub(super) fn table(comparison: &Comparison, height: f32, ui: &mut Ui) {
    ui.spacing_mut().item_spacing = egui::vec2(10.0, 0.0);
    TableBuilder::new(ui)
        .id_salt("before and after")
        .striped(true)
        .max_scroll_height(height - 30.0)
        .min_scrolled_height(height - 30.0)
        .auto_shrink([false, true])
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::remainder().clip(true))
        .columns(Column::exact(54.0), 3)
        .header(24.0, |mut header| {
            for name in ["Phrase held out", "Before", "After", "Change"] {
                header.col(|ui| {
                    ui.label(weak(name));
                });
            }
        })
        .body(|body| {
            body.rows(ROW, comparison.rows.len(), |mut line| {
                let Some(row) = comparison.rows.get(line.index()) else { return };
                line.col(|ui| phrase(row, ui));
                let gain = row.after - row.before;
                line.col(|ui| number(ui, format!("{:.2}", row.before), None));
                line.col(|ui| number(ui, format!("{:.2}", row.after), None));
                line.col(|ui| {
                    let ink = colour(ui, gain);
                    number(ui, signed(gain), Some(ink));
                });
            });
        });
}

fn phrase(row: &Row, ui: &mut Ui) {
    let text =
        if row.pictures > 1 { format!("{} ({} pictures)", row.phrase, row.pictures) } else { row.phrase.clone() };
    let hint = if row.is_there {
        "How well the marked pixels agree with the labels"
    } else {
        "It is not there: the share of the picture that was rightly left alone"
    };
    let text = RichText::new(text);
    let text = if row.is_there { text } else { text.weak() };
    ui.add(Label::new(text).truncate().selectable(false)).on_hover_text(hint);
}

fn number(ui: &mut Ui, text: String, ink: Option<egui::Color32>) {
    let text = RichText::new(text).monospace().size(12.0);
    ui.label(ink.map_or(text.clone(), |ink| text.color(ink)));
}

/// With its sign, and no change as such.
fn signed(gain: f64) -> String {
    if gain.abs() < SAME { "0.00".to_owned() } else { format!("{gain:+.2}") }
}
