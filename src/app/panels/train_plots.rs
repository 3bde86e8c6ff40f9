//! The curves of a run of training: loss, IoU, learning rate, speed.

use egui::{Color32, FontId, RichText, Role, Stroke, TextStyle, Ui, WidgetInfo};
use egui_plot::{GridMark, HoverPosition, Line, LineStyle, Plot, PlotPoints, Points};

use crate::app::state::{Curve, RunView};
use crate::app::theme::{Colours, layer_colour};

/// Smallest width of a plot.
const NARROWEST: f32 = 180.0;
/// Height of a plot's title.
const TITLE: f32 = 20.0;
/// Between plots.
const GAP: f32 = 16.0;

/// One curve of a plot.
struct Series<'r> {
    name: &'static str,
    curve: &'r Curve,
    colour: Color32,
    /// Few values that are measured now and then, as dots on the line.
    dotted: bool,
}

/// One plot.
struct Shown<'r> {
    title: &'static str,
    series: Vec<Series<'r>>,
    /// The value that is compared with, as a level line.
    level: Option<f64>,
    /// A share: the axis begins at 0.
    share: bool,
    number: fn(f64) -> String,
}

/// Draws all plots in the room that is there, `height` points high in all.
pub(super) fn show(run: &RunView, height: f32, ui: &mut Ui) {
    let colours = Colours::in_use(ui);
    let one = |name, curve, colour, dotted| Series { name, curve, colour, dotted };
    let (first, second) = (colours.accent, layer_colour(0));
    let plots = [
        Shown {
            title: "Loss",
            series: vec![one("loss", &run.loss, first, false)],
            level: None,
            share: false,
            number: |value| format!("{value:.3}"),
        },
        Shown {
            title: "IoU",
            series: vec![
                one("training", &run.iou, colours.weak, false),
                one("held out", &run.validation, second, true),
            ],
            level: run.baseline,
            share: true,
            number: |value| format!("{value:.2}"),
        },
        Shown {
            title: "Learning rate",
            series: vec![one("rate", &run.rate, first, false)],
            level: None,
            share: true,
            number: |value| if value == 0.0 { "0".to_owned() } else { format!("{value:.1e}") },
        },
        Shown {
            title: "Phrases a second",
            series: vec![one("speed", &run.speed, first, false)],
            level: None,
            share: true,
            number: |value| format!("{value:.1}"),
        },
    ];
    let columns = match ui.available_width() {
        width if width >= 4.0 * NARROWEST + 3.0 * GAP && height < 260.0 => 4,
        width if width >= 2.0 * NARROWEST + GAP => 2,
        _ => 1,
    };
    let rows = plots.len().div_ceil(columns);
    let width = (ui.available_width() - GAP * (columns - 1) as f32) / columns as f32;
    let each = ((height - 8.0 * (rows - 1) as f32) / rows as f32 - TITLE).max(70.0);
    for row in plots.chunks(columns) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for plot in row {
                ui.vertical(|ui| {
                    ui.set_width(width);
                    ui.spacing_mut().item_spacing.y = 2.0;
                    title(plot, ui);
                    draw(plot, [width, each], ui);
                });
            }
        });
    }
}

/// The name of a plot and its last values, each in the colour of its curve.
fn title(plot: &Shown<'_>, ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.set_height(TITLE - 2.0);
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.label(RichText::new(plot.title).size(12.0).strong());
        for series in &plot.series {
            if let Some(last) = series.curve.last() {
                let name = if plot.series.len() > 1 { format!("{} ", series.name) } else { String::new() };
                let colours = Colours::in_use(ui);
                let ink = readable(series.colour, &colours);
                ui.label(RichText::new(format!("{name}{}", (plot.number)(last))).size(12.0).color(ink));
            }
        }
    });
}

/// A colour in which text can be read on a panel.
fn readable(colour: Color32, colours: &Colours) -> Color32 {
    let towards = if colours.dark { Color32::WHITE } else { Color32::BLACK };
    colour.lerp_to_gamma(towards, 0.3)
}

/// About so many round numbers within bounds: 1, 2 or 5 times a power of ten apart.
fn marks((from, to): (f64, f64), count: f64) -> Vec<GridMark> {
    let rough = (to - from) / count;
    if !(rough > 0.0 && rough.is_finite()) {
        return Vec::new();
    }
    let power = 10f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
    let (first, last) = ((from / step).ceil() as i64, (to / step).floor() as i64);
    (first..=last).map(|number| GridMark { value: number as f64 * step, step_size: step }).collect()
}

fn draw(plot: &Shown<'_>, [width, height]: [f32; 2], ui: &mut Ui) {
    let colours = Colours::in_use(ui);
    let number = plot.number;
    ui.style_mut().text_styles.insert(TextStyle::Body, FontId::proportional(11.0));
    ui.visuals_mut().override_text_color = Some(colours.weak);
    let mut drawn = Plot::new(("curve", plot.title))
        .width(width)
        .height(height)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_crosshair(false)
        .show_background(false)
        .show_grid([false, true])
        .grid_color(colours.line)
        .y_axis_min_width(30.0)
        .x_grid_spacer(|input| marks(input.bounds, 4.0))
        .y_grid_spacer(|input| marks(input.bounds, 3.0))
        .set_margin_fraction(egui::vec2(0.02, 0.08))
        .y_axis_formatter(move |mark, _| number(mark.value))
        .x_axis_formatter(
            |mark, _| if mark.value.fract() == 0.0 { format!("{:.0}", mark.value) } else { String::new() },
        )
        .label_formatter(move |hovered| match hovered {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name} {}\nstep {:.0}", number(position.y), position.x))
            }
            HoverPosition::Elsewhere { .. } => None,
        });
    if plot.share {
        drawn = drawn.include_y(0.0);
    }
    let points: usize = plot.series.iter().map(|series| series.curve.points().len()).sum();
    let first = plot.series.iter().filter_map(|series| series.curve.points().first()).map(|[x, _]| *x);
    let last = plot.series.iter().filter_map(|series| series.curve.points().last()).map(|[x, _]| *x);
    let range = [first.fold(f64::INFINITY, f64::min), last.fold(0.0, f64::max)];
    let response = drawn.show(ui, |ui| {
        if let (Some(level), true) = (plot.level, range[0] < range[1]) {
            let line = vec![[range[0], level], [range[1], level]];
            ui.line(
                Line::new("before", PlotPoints::from(line))
                    .style(LineStyle::dashed_loose())
                    .stroke(Stroke::new(1.0, colours.weak)),
            );
        }
        for series in &plot.series {
            let points = || PlotPoints::from(series.curve.points().to_vec());
            ui.line(Line::new(series.name, points()).stroke(Stroke::new(1.6, series.colour)));
            if series.dotted {
                ui.points(Points::new(series.name, points()).radius(2.6).color(series.colour));
            }
        }
    });
    let name = format!("Curve of {}: {points} points", plot.title.to_lowercase());
    response.response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    if points == 0 {
        let middle = response.response.rect.center();
        let font = FontId::proportional(11.5);
        ui.painter().text(middle, egui::Align2::CENTER_CENTER, "no steps yet", font, colours.weak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_carry_round_numbers() {
        let values = |bounds, count| marks(bounds, count).iter().map(|mark| mark.value).collect::<Vec<_>>();
        assert_eq!(values((0.0, 1.07), 3.0), [0.0, 0.5, 1.0]);
        assert_eq!(values((-3.0, 123.0), 4.0), [0.0, 50.0, 100.0]);
        assert!(values((1.0, 1.0), 4.0).is_empty() && values((0.0, f64::NAN), 4.0).is_empty());
    }
}
