//! The parts of the window. Each reads the state and says what the user wants; none changes anything.

mod about;
mod attention;
mod bottom;
mod chip_menu;
mod chips;
mod dialog;
mod export;
mod label_words;
mod labels;
mod layers;
mod log;
mod map_view;
mod menu_bar;
mod open_path;
mod palette;
mod phrase_bar;
mod query_style;
mod results;
mod scene_style;
mod settings;
mod shortcuts;
mod sight;
mod status;
mod swipe_bar;
mod train;
mod train_form;
mod train_outcome;
mod train_plots;
mod train_run;
mod train_runs;
mod welcome;
mod words;

use egui::{CentralPanel, Frame, Margin, Panel, Stroke, Ui};

pub use label_words::label_phrase_id;
pub use phrase_bar::phrase_id;

use super::command::Command;
use super::map::Canvas;
use super::state::{Dialog, State, Tab};
use super::theme::Colours;

/// Smallest window in which the list of layers is shown beside the map.
const ROOM_FOR_LAYERS: f32 = 560.0;

/// Draws the whole window and returns what the user wants.
pub fn window(state: &State, canvas: Option<&mut Canvas>, ui: &mut Ui) -> Vec<Command> {
    let mut commands = Vec::new();
    let out = &mut commands;
    let colours = Colours::in_use(ui);
    let bar = |x: i8, y: i8| Frame::new().fill(colours.panel).inner_margin(Margin::symmetric(x, y));
    Panel::top("menu bar").frame(bar(8, 3)).show_separator_line(false).show(ui, |ui| menu_bar::show(state, ui, out));
    Panel::top("phrase bar").frame(bar(12, 8)).show(ui, |ui| phrase_bar::show(state, ui, out));
    Panel::bottom("status bar").frame(bar(12, 3)).show(ui, |ui| status::show(state, ui, out));
    if state.settings.layers_shown && ui.available_width() > ROOM_FOR_LAYERS && !state.layers.is_empty() {
        Panel::left("layers")
            .frame(bar(0, 0))
            .default_size(296.0)
            .size_range(240.0..=460.0)
            .resizable(true)
            .show(ui, |ui| layers::show(state, ui, out));
    }
    if let Some(tab) = state.tab {
        // The form and the curves of a training need more room than a table, and names of labels more than a line of the log.
        let (name, height, least) = match tab {
            Tab::Train => ("training", 352.0, 110.0),
            Tab::Labels => ("labels", 226.0, 176.0),
            Tab::Results | Tab::Log => ("results and log", 226.0, 110.0),
        };
        Panel::bottom(name)
            .frame(bar(0, 0))
            .default_size(height)
            .min_size(least)
            .resizable(true)
            .show(ui, |ui| bottom::show(state, tab, ui, out));
    }
    let ground = Frame::new().fill(colours.ground).stroke(Stroke::NONE);
    CentralPanel::default().frame(ground).show(ui, |ui| {
        if state.layers.is_empty() {
            welcome::show(state, ui, out);
        } else {
            map_view::show(state, canvas, ui, out);
        }
    });
    match state.dialog {
        None => {}
        Some(Dialog::Palette) => palette::show(state, ui, out),
        Some(Dialog::OpenPath(wanted)) => open_path::show(state, wanted, ui, out),
        Some(Dialog::Export) => export::show(state, ui, out),
        Some(Dialog::Settings) => settings::show(state, ui, out),
        Some(Dialog::About) => about::show(state, ui, out),
        Some(Dialog::Shortcuts) => shortcuts::show(ui, out),
    }
    commands
}
