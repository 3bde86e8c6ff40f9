//! The panel below the map: its tabs.

use egui::{Align, Frame, Layout, Margin, RichText, Ui};

use super::{labels, log, results, train};
use crate::app::command::Command;
use crate::app::state::{State, Tab};
use crate::app::theme::{Colours, Icon, icon_button};

pub(super) fn show(state: &State, tab: Tab, ui: &mut Ui, out: &mut Vec<Command>) {
    Frame::new().inner_margin(Margin { left: 12, right: 8, top: 5, bottom: 3 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let count = state.selected_query().map_or(0, |(_, query)| query.drawn.ids.len());
            let errors = state.journal.errors();
            let results = if count > 0 { format!("Results  {count}") } else { "Results".to_owned() };
            let drawn = state.project.as_ref().map_or(0, |project| project.snapshot().labels.len());
            let labels = if drawn > 0 { format!("Labels  {drawn}") } else { "Labels".to_owned() };
            let log = if errors > 0 { format!("Log  {errors}") } else { "Log".to_owned() };
            for (each, name) in
                [(Tab::Results, results), (Tab::Labels, labels), (Tab::Train, "Train".to_owned()), (Tab::Log, log)]
            {
                if title(ui, &name, each == tab) {
                    out.push(Command::ShowTab(Some(each)));
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                if icon_button(ui, Icon::ChevronDown, "Close this panel").clicked() {
                    out.push(Command::ShowTab(None));
                }
                match tab {
                    Tab::Results => results::tools(state, ui, out),
                    Tab::Labels => labels::tools(state, ui, out),
                    Tab::Train => train::tools(state, ui, out),
                    Tab::Log => log::tools(state, ui, out),
                }
            });
        });
    });
    match tab {
        Tab::Results => results::show(state, ui, out),
        Tab::Labels => labels::show(state, ui, out),
        Tab::Train => out.extend(train::train(state, ui)),
        Tab::Log => log::show(state, ui, out),
    }
}

fn title(ui: &mut Ui, name: &str, shown: bool) -> bool {
    let colours = Colours::in_use(ui);
    let text = RichText::new(name).color(if shown { colours.text } else { colours.weak });
    let text = if shown { text.strong() } else { text };
    let response = ui.add(egui::Button::new(text).frame(false));
    if shown {
        let line = response.rect.expand2(egui::vec2(0.0, 2.0));
        ui.painter().hline(line.x_range(), line.bottom(), egui::Stroke::new(2.0, colours.accent));
    }
    response.clicked()
}
