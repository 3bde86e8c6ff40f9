//! The about box: version, graphics, libraries, licences.

use egui::{RichText, ScrollArea, Ui};

use super::dialog;
use crate::app::command::Command;
use crate::app::state::State;
use crate::app::theme::weak;

/// What the bundled parts are under, in short; the files say it in full.
const LICENCES: &str = "Referent is free software under MIT or Apache-2.0, at your option. \
    The bundled model, text encoder and sample scene keep their own licences: see NOTICE. \
    Rasters are read and written by GDAL (MIT), coordinates converted by PROJ (MIT), the network runs on Burn (MIT or Apache-2.0), \
    the window is drawn by egui and wgpu (MIT or Apache-2.0).";

pub(super) fn show(state: &State, ui: &Ui, out: &mut Vec<Command>) {
    dialog::show(ui, "Referent", 500.0, out, |ui, _| {
        ui.label(RichText::new(format!("Version {}", env!("CARGO_PKG_VERSION"))).strong());
        ui.label("Find objects in satellite and aerial pictures by describing them.");
        ui.label(weak("Everything runs on this machine; no socket is opened."));
        ui.separator();
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            if let Some(gpu) = &state.gpu {
                dialog::row(ui, "Map drawn by", |ui| {
                    ui.label(gpu);
                });
            }
            let Some(machine) = &state.machine else {
                ui.label(weak("Looking at the machine…"));
                return;
            };
            for (n, adapter) in machine.adapters.iter().enumerate() {
                dialog::row(ui, if n == 0 { "Graphics" } else { "" }, |ui| {
                    ui.label(format!("{} ({}, {})", adapter.name, adapter.kind, adapter.api))
                        .on_hover_text(&adapter.driver);
                });
            }
            dialog::row(ui, "Processor", |ui| {
                ui.label(format!("{} threads", machine.threads));
            });
            dialog::row(ui, "Libraries", |ui| {
                ui.label(machine.libraries.to_string());
            });
            let models: Vec<&str> = state.ask.models.iter().map(|model| model.name.as_str()).collect();
            dialog::row(ui, "Models", |ui| {
                ui.label(models.join(", "));
            });
            ui.add_space(6.0);
            ui.label(weak(LICENCES));
        });
    });
}
