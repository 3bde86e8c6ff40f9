//! Properties of a raster: what it is, its bands, its limits, its gamma.

use egui::{Checkbox, DragValue, Ui};

use super::layers::slider_row;
use crate::app::command::Command;
use crate::app::state::{Layer, SceneLayer};
use crate::app::theme::{Scale, combo, slider, weak};
use crate::raster::{Band, Interpretation, StretchOptions, StretchRule};

/// Percentiles that can be picked.
const PERCENTILES: [(&str, Option<[f64; 2]>); 5] = [
    ("Automatic", None),
    ("All values", Some([0.0, 100.0])),
    ("0.5 to 99.5 %", Some([0.5, 99.5])),
    ("2 to 98 %", Some([2.0, 98.0])),
    ("5 to 95 %", Some([5.0, 95.0])),
];

pub(super) fn show(layer: &Layer, scene: &SceneLayer, ui: &mut Ui, out: &mut Vec<Command>) {
    facts(scene, ui);
    ui.add_space(4.0);
    bands(layer, scene, ui, out);
    percentiles(layer, scene, ui, out);
    limits(layer, scene, ui, out);
    slider_row(ui, "Gamma", |ui| {
        let scale = Scale::logarithmic(0.2..=5.0, 0.2, 2, "");
        let hint = "Above 1 brightens the middle tones";
        if let Some(gamma) = slider(ui, "Gamma", hint, f64::from(scene.raster.gamma), &scale) {
            out.push(Command::SetGamma(layer.id, gamma as f32));
        }
    });
    let mut shown = scene.raster.nodata_shown;
    if ui.add(Checkbox::new(&mut shown, "Paint pixels without data")).changed() {
        out.push(Command::ShowNodata(layer.id, shown));
    }
}

fn facts(scene: &SceneLayer, ui: &mut Ui) {
    let handle = &scene.raster.scene;
    let [width, height] = handle.size();
    let bands = handle.bands();
    let kind = bands.first().map_or("", |band| band.data_type);
    ui.label(weak(format!(
        "{width} × {height} pixels, {} {} of {kind}",
        bands.len(),
        if bands.len() == 1 { "band" } else { "bands" }
    )));
    let georeference = handle.georeference();
    let crs = georeference.crs.as_ref().map_or("no coordinate system", |crs| crs.name());
    // The ground size costs a look into PROJ's tables: it is made once and kept.
    let id = egui::Id::unique(("ground size", handle.source()));
    let cached = ui.data(|data| data.get_temp::<Option<[f64; 2]>>(id));
    let metres = cached.unwrap_or_else(|| {
        let metres = georeference.metres_per_pixel_at(width as f64 / 2.0, height as f64 / 2.0);
        ui.data_mut(|data| data.insert_temp(id, metres));
        metres
    });
    let ground = metres.map_or(String::new(), |[x, y]| format!(", {:.2} m a pixel", (x * y).sqrt()));
    ui.label(weak(format!("{crs}{ground}"))).on_hover_text(handle.source());
}

fn band_name(number: usize, band: &Band) -> String {
    let what = match band.interpretation {
        _ if !band.description.is_empty() => band.description.clone(),
        Interpretation::Red => "red".into(),
        Interpretation::Green => "green".into(),
        Interpretation::Blue => "blue".into(),
        Interpretation::Grey => "grey".into(),
        Interpretation::Alpha => "opacity".into(),
        Interpretation::Palette => "palette".into(),
        Interpretation::Undefined => String::new(),
    };
    if what.is_empty() { number.to_string() } else { format!("{number} {what}") }
}

fn bands(layer: &Layer, scene: &SceneLayer, ui: &mut Ui, out: &mut Vec<Command>) {
    let all = scene.raster.scene.bands();
    if all.len() < 2 {
        return;
    }
    let now = scene.raster.stretch.bands;
    slider_row(ui, "Bands", |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (channel, colour) in ["red", "green", "blue"].into_iter().enumerate() {
            let shown = now[channel].to_string();
            let list = combo(colour, 48.0).selected_text(shown);
            let response = list.show_ui(ui, |ui| {
                for (n, band) in all.iter().enumerate() {
                    if ui.selectable_label(now[channel] == n + 1, band_name(n + 1, band)).clicked() {
                        let mut bands = now;
                        bands[channel] = n + 1;
                        out.push(Command::SetStretch(layer.id, StretchOptions { bands: Some(bands), ..scene.choice }));
                    }
                }
            });
            response
                .response
                .on_hover_text(format!("Band shown as {colour}"))
                .accessible_name(format!("Band shown as {colour}"));
        }
    });
}

fn percentiles(layer: &Layer, scene: &SceneLayer, ui: &mut Ui, out: &mut Vec<Command>) {
    let now = scene.choice.percentiles;
    let rule = match scene.proposed.rule {
        StretchRule::AsStored => "as stored".to_owned(),
        StretchRule::Palette => "palette".into(),
        StretchRule::Percentiles { low, high } => format!("{low} to {high} %"),
        StretchRule::NoData => "no data".into(),
    };
    let name = |percentiles: Option<[f64; 2]>| match percentiles {
        None => format!("Automatic ({rule})"),
        Some(of) => PERCENTILES
            .iter()
            .find(|(_, known)| *known == Some(of))
            .map_or_else(|| format!("{} to {} %", of[0], of[1]), |(name, _)| (*name).to_owned()),
    };
    slider_row(ui, "Stretch", |ui| {
        let list = combo("stretch", ui.available_width() - 4.0).selected_text(name(now));
        let response = list.show_ui(ui, |ui| {
            for (_, percentiles) in PERCENTILES {
                if ui.selectable_label(now == percentiles, name(percentiles)).clicked() {
                    out.push(Command::SetStretch(layer.id, StretchOptions { percentiles, ..scene.choice }));
                }
            }
        });
        response.response.on_hover_text("Which part of the values becomes black to white").accessible_name("Stretch");
    });
}

fn limits(layer: &Layer, scene: &SceneLayer, ui: &mut Ui, out: &mut Vec<Command>) {
    let stretch = &scene.raster.stretch;
    if stretch.rule == StretchRule::Palette {
        return;
    }
    let mut limits = [0, 1, 2].map(|channel| [stretch.low[channel], stretch.high[channel]]);
    let grey = stretch.bands[0] == stretch.bands[1] && stretch.bands[1] == stretch.bands[2];
    let names: &[&str] = if grey { &["Values"] } else { &["Red", "Green", "Blue"] };
    let mut changed = false;
    for (channel, name) in names.iter().enumerate() {
        slider_row(ui, name, |ui| {
            let speed = f64::from((limits[channel][1] - limits[channel][0]).abs().max(1e-6)) / 200.0;
            for (side, what) in ["black", "white"].iter().enumerate() {
                let value = DragValue::new(&mut limits[channel][side]).speed(speed).max_decimals(3);
                let response = ui.add(value).on_hover_text(format!("Value that becomes {what}; drag or type"));
                changed |= response.accessible_name(format!("{name} value that becomes {what}")).changed();
            }
        });
    }
    if changed {
        if grey {
            limits = [limits[0]; 3];
        }
        out.push(Command::SetLimits(layer.id, limits));
    }
}
