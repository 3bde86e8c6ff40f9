//! Properties of an answer: who decided, and the limits its objects are drawn with.

use egui::{Button, Checkbox, RichText, Ui};

use super::attention;
use super::layers::slider_row;
use crate::app::command::Command;
use crate::app::state::{Layer, Overlay, QueryLayer, Refine, State};
use crate::app::theme::{Colours, Scale, card, combo, primary_button, slider, weak};

pub(super) fn show(state: &State, layer: &Layer, query: &QueryLayer, ui: &mut Ui, out: &mut Vec<Command>) {
    summary(query, ui);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        if primary_button(ui, "Export…").clicked() {
            out.push(Command::ShowExport);
        }
        let again = state.can(&Command::AskAgain);
        let button = ui.add_enabled(again.is_ok(), Button::new("Find again"));
        if button.on_hover_text("Ask once more, with the model and device picked above (Ctrl+R)").clicked() {
            out.push(Command::AskAgain);
        }
    });
    ui.add_space(4.0);
    refine(layer, query, ui, out);
    ui.add_space(2.0);
    slider_row(ui, "Overlay", |ui| {
        ui.add_enabled_ui(query.drawn.grid.is_some(), |ui| {
            let list = combo("overlay", ui.available_width() - 4.0).selected_text(query.overlay.name());
            let response = list.show_ui(ui, |ui| {
                for overlay in Overlay::ALL {
                    if ui.selectable_label(query.overlay == overlay, overlay.name()).clicked() {
                        out.push(Command::SetOverlay(layer.id, overlay));
                    }
                }
            });
            response
                .response
                .on_hover_text("How the network's probabilities lie over the map")
                .accessible_name("Overlay");
        });
    });
    attention::toggles(query, ui, out);
    ui.horizontal(|ui| {
        let (mut outlines, mut labels) = (query.outlines, query.labels);
        if ui.add(Checkbox::new(&mut outlines, "Outlines")).changed() {
            out.push(Command::ShowOutlines(layer.id, outlines));
        }
        if ui.add(Checkbox::new(&mut labels, "Scores on the map")).changed() {
            out.push(Command::ShowLabels(layer.id, labels));
        }
    });
}

fn summary(query: &QueryLayer, ui: &mut Ui) {
    let colours = Colours::in_use(ui);
    let answer = &query.drawn.answer;
    let (area, unit) = query.total_area();
    let count = answer.found.len();
    let objects = if count == 1 { "object" } else { "objects" };
    ui.horizontal(|ui| {
        ui.label(RichText::new(format!("{count} {objects}")).strong());
        ui.label(format!("{} {unit}", grouped(area)));
    });
    let device = query.device.split(" (").next().unwrap_or_default();
    ui.label(weak(format!("decided by {}, {:.1} s on {device}", answer.decided.as_str(), answer.report.seconds)))
        .on_hover_text(format!("Asked: {}\nModel: {}", answer.asked.join("; "), answer.model));
    match answer.presence {
        Some(presence) if answer.is_probably_absent => {
            card(ui, colours.warning_ground, |ui| {
                ui.colored_label(colours.warning, format!("Probably not here (presence {:.0} %)", presence * 100.0));
            });
        }
        Some(presence) => {
            ui.label(weak(format!("presence {:.0} %", presence * 100.0)))
                .on_hover_text("How sure the model is that there is any at all");
        }
        None => {}
    }
}

fn refine(layer: &Layer, query: &QueryLayer, ui: &mut Ui, out: &mut Vec<Command>) {
    let mut refine: Refine = query.refine;
    let metric = query.drawn.answer.georeference.crs.is_some();
    let (area, length) = if metric { (" m²", " m") } else { (" px²", " px") };
    let areas = Scale::logarithmic(0.0..=10_000.0, 1.0, 0, area);
    slider_row(ui, "Threshold", |ui| {
        let hint = "Lower finds more, higher finds surer";
        let scale = Scale::even(0.05..=0.95, 2, "");
        if let Some(threshold) = slider(ui, "Threshold", hint, f64::from(refine.threshold), &scale) {
            refine.threshold = threshold as f32;
        }
    });
    slider_row(ui, "Min. area", |ui| {
        let changed = slider(ui, "Smallest area", "Smaller objects are left out", refine.min_area, &areas);
        refine.min_area = changed.unwrap_or(refine.min_area);
    });
    slider_row(ui, "Simplify", |ui| {
        refine.simplify = simplification(query, length, ui).or(refine.simplify);
    });
    slider_row(ui, "Fill holes", |ui| {
        let changed = slider(ui, "Filled holes", "Smaller holes are closed", refine.fill_holes, &areas);
        refine.fill_holes = changed.unwrap_or(refine.fill_holes);
    });
    if query.drawn.answer.is_probably_absent {
        ui.checkbox(&mut refine.even_if_absent, "Show what was marked all the same");
    }
    if refine != query.refine {
        out.push(Command::SetRefine(layer.id, refine));
    }
    if query.refine != Refine::default() && ui.small_button("Back to the usual limits").clicked() {
        out.push(Command::SetRefine(layer.id, Refine::default()));
    }
}

/// How far outlines may move: half a pixel of the network unless said otherwise.
pub(super) fn simplification(query: &QueryLayer, unit: &'static str, ui: &mut Ui) -> Option<f64> {
    let usual = query.drawn.answer.lattice.level.gsd_m.unwrap_or(1.0) * 0.5;
    let scale = Scale::even(0.0..=(usual * 20.0).max(1.0), 2, unit);
    let hint = "How far an outline may move to have fewer corners";
    slider(ui, "Simplification", hint, query.refine.simplify.unwrap_or(usual), &scale)
}

/// A number with its thousands apart.
pub(super) fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if value < 0.0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(1_234_567.4), "1\u{202f}234\u{202f}567");
        assert_eq!(grouped(999.0), "999");
    }
}
