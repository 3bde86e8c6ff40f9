//! The status bar: where the cursor is, what lies there, the scale, and what is running.

use std::time::{Duration, Instant};

use egui::{Align, Layout, ProgressBar, RichText, Ui};

use crate::app::command::Command;
use crate::app::state::{Content, JobKind, JobState, State, Tab};
use crate::app::theme::{Colours, Icon, icon_button, icon_label, weak};
use crate::job::span;

/// Bands of a raster whose values are shown.
const BANDS_SHOWN: usize = 8;

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        cursor(state, ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            errors(state, ui, out);
            if let Some(crs) = &state.place.crs {
                let name = crs.code().unwrap_or(crs.name());
                ui.label(weak(name)).on_hover_text(format!("Coordinates of the map: {}", crs.name()));
            } else if state.place.in_pixels && !state.layers.is_empty() {
                ui.label(weak("pixels")).on_hover_text("The picture has no georeference");
            }
            for job in state.jobs.iter().filter(|job| job.kind != JobKind::Refine).rev() {
                running(state, job, ui, out);
            }
        });
    });
}

fn cursor(state: &State, ui: &mut Ui) {
    let Some(hover) = &state.hover else {
        let hint =
            if state.layers.is_empty() { "" } else { "Drag to move, scroll to zoom, click an object to select it" };
        ui.label(weak(hint));
        return;
    };
    let fixed = |text: String| RichText::new(text).monospace().size(12.0);
    let [x, y] = hover.at;
    ui.label(fixed(coordinates(state, x, y)));
    if let Some([lon, lat]) = hover.lonlat {
        let (ns, ew) = (if lat < 0.0 { "S" } else { "N" }, if lon < 0.0 { "W" } else { "E" });
        ui.label(fixed(format!("{:.6}° {ns} {:.6}° {ew}", lat.abs(), lon.abs())).weak());
    }
    for (layer, values) in hover.rasters.iter().rev().take(1) {
        let name = state.layer(*layer).map_or("", |layer| layer.name.as_str());
        let shown: Vec<String> =
            values.iter().take(BANDS_SHOWN).map(|value| value.map_or("–".into(), number)).collect();
        let more = if values.len() > BANDS_SHOWN { " …" } else { "" };
        ui.label(fixed(format!("[{}{more}]", shown.join(" ")))).on_hover_text(format!("Values of the bands of {name}"));
    }
    for (layer, probability) in &hover.probabilities {
        if let Some((branch, strength)) = state.attention_at(*layer, *probability) {
            ui.label(fixed(format!("{} {strength:.2}", branch.name()))).on_hover_text(branch.about());
            continue;
        }
        let name = state.layer(*layer).map_or("what is looked for", |layer| layer.name.as_str());
        ui.label(fixed(format!("p {probability:.2}"))).on_hover_text(format!("Probability of {name}"));
    }
}

fn coordinates(state: &State, x: f64, y: f64) -> String {
    let degrees = state.place.crs.as_ref().is_some_and(|crs| crs.kind() == crate::raster::CrsKind::Geographic);
    if degrees { format!("{x:.6}  {y:.6}") } else { format!("{x:.1}  {y:.1}") }
}

fn number(value: f32) -> String {
    if value.fract() == 0.0 && value.abs() < 1e7 { format!("{value:.0}") } else { format!("{value:.4}") }
}

fn running(state: &State, job: &JobState, ui: &mut Ui, out: &mut Vec<Command>) {
    let asks = matches!(job.kind, JobKind::Ask | JobKind::Explain(_));
    if asks && !job.stopping && icon_button(ui, Icon::Close, &format!("Stop {}", job.name)).clicked() {
        out.push(Command::Cancel(job.id));
    }
    let left = job.left(Instant::now()).map(|left| span(left.as_secs_f64()));
    let text = match (job.progress, left) {
        _ if job.stopping => "stopping".to_owned(),
        _ if is_paused(state, job) => "paused".to_owned(),
        (Some((done, total)), Some(left)) if total > 0 => format!("{done} of {total} {}, {left} left", job.stage),
        (Some((done, total)), None) if total > 0 => format!("{done} of {total} {}", job.stage),
        (Some(_), _) => job.stage.to_owned(),
        (None, _) if asks => "waiting".to_owned(),
        (None, _) => String::new(),
    };
    match job.share() {
        Some(share) => {
            ui.add(ProgressBar::new(share).desired_width(120.0).desired_height(8.0))
                .accessible_name(format!("Progress of {}", job.name));
        }
        None => {
            ui.spinner();
        }
    }
    ui.label(weak(text));
    let name: String = job.name.chars().take(40).collect();
    ui.label(RichText::new(name).size(12.0));
    // The time left changes though nothing happens.
    ui.ctx().request_repaint_after(Duration::from_millis(500));
}

fn is_paused(state: &State, job: &JobState) -> bool {
    state.train.run.as_ref().is_some_and(|run| run.paused && run.job == Some(job.id))
}

fn errors(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    let errors = state.journal.errors();
    let (icon, colour, text) = match errors {
        0 => (Icon::Log, colours.weak, "Log".to_owned()),
        1 => (Icon::Warning, colours.error, "1 error".to_owned()),
        n => (Icon::Warning, colours.error, format!("{n} errors")),
    };
    let button = ui.add(egui::Button::new(RichText::new(text).color(colour).size(12.0)).frame(false));
    icon_label(ui, icon, colour);
    if button.on_hover_text("Show the log (F7)").clicked() {
        out.push(Command::ToggleLog);
    }
    if let Some((_, query)) = state.selected_query()
        && state.tab != Some(Tab::Results)
    {
        let count = query.drawn.ids.len();
        let button = ui.add(egui::Button::new(RichText::new(format!("{count} objects")).size(12.0)).frame(false));
        if button.on_hover_text("Show the table of results (F6)").clicked() {
            out.push(Command::ToggleResults);
        }
    }
    let drawing = state.jobs.iter().any(|job| job.kind == JobKind::Refine);
    if drawing && matches!(state.selected_layer().map(|layer| &layer.content), Some(Content::Query(_))) {
        ui.spinner();
    }
}
