//! Sliders and drop-down lists in the window's look.

use std::ops::RangeInclusive;

use egui::emath::Numeric;
use egui::style::HandleShape;
use egui::{ComboBox, DragValue, IdSalt, Rect, Slider, Stroke, Ui, Vec2};

use super::{Colours, Icon};

/// What a slider runs over.
#[derive(Debug, Clone)]
pub struct Scale {
    /// Smallest and largest value.
    pub range: RangeInclusive<f64>,
    /// Digits after the point.
    pub decimals: usize,
    /// Unit, with a space before it.
    pub unit: &'static str,
    /// Gives small values as much room as large ones, from this one on.
    pub logarithmic_from: Option<f64>,
}

impl Scale {
    /// A scale whose values lie evenly.
    pub fn even(range: RangeInclusive<f64>, decimals: usize, unit: &'static str) -> Self {
        Self { range, decimals, unit, logarithmic_from: None }
    }

    /// A scale that gives small values, from `smallest` on, as much room as large ones.
    pub fn logarithmic(range: RangeInclusive<f64>, smallest: f64, decimals: usize, unit: &'static str) -> Self {
        Self { range, decimals, unit, logarithmic_from: Some(smallest) }
    }
}

/// A slider with its number: `Some` where the user has changed the value.
pub fn slider(ui: &mut Ui, name: &str, hint: &str, value: f64, scale: &Scale) -> Option<f64> {
    // What is not a round number must not become one because it is shown.
    let step = 10f64.powi(-(scale.decimals as i32));
    let shown = (value / step).round() * step;
    let mut new = shown;
    ui.scope(|ui| {
        let colours = Colours::in_use(ui);
        let visuals = ui.visuals_mut();
        visuals.selection.bg_fill = colours.accent;
        visuals.handle_shape = HandleShape::Circle;
        for widget in [&mut visuals.widgets.inactive, &mut visuals.widgets.hovered, &mut visuals.widgets.active] {
            widget.fg_stroke = Stroke::new(2.0, colours.accent);
        }
        visuals.widgets.hovered.bg_fill = colours.surface;
        visuals.widgets.active.bg_fill = colours.selected;
        ui.spacing_mut().interact_size.y = 18.0;
        let mut slider = Slider::new(&mut new, scale.range.clone()).show_value(false).step_by(step);
        if let Some(smallest) = scale.logarithmic_from {
            slider = slider.logarithmic(true).smallest_positive(smallest);
        }
        ui.add(slider).accessible_name(name).on_hover_text(hint);
    });
    let speed = (scale.range.end() - scale.range.start()) / 400.0;
    let number = DragValue::new(&mut new)
        .range(f64::from_f64(*scale.range.start())..=*scale.range.end())
        .fixed_decimals(scale.decimals)
        .speed(speed.max(step))
        .suffix(scale.unit);
    ui.add(number).accessible_name(format!("{name}, number")).on_hover_text(hint);
    ((new - shown).abs() > step / 4.0).then_some(new)
}

/// A drop-down list.
pub fn combo(salt: &str, width: f32) -> ComboBox<'_> {
    ComboBox::from_id_salt(IdSalt::new(salt)).width(width).icon(|ui, rect, _, _| {
        let rect = Rect::from_center_size(rect.center(), Vec2::splat(11.0));
        Icon::ChevronDown.paint(ui.painter(), rect, Colours::in_use(ui).weak);
    })
}
