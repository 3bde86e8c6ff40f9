//! What the network attends to in a result: a toggle a branch, and over the map what its colours mean.

use egui::{
    Align2, Area, Color32, CornerRadius, Frame, Id, Label, Margin, Mesh, Rect, Sense, Stroke, StrokeKind, Ui, Vec2,
};

use super::layers::slider_row;
use crate::app::command::Command;
use crate::app::state::{BranchMap, Layer, QueryLayer, ShadeScale, State};
use crate::app::theme::{Colours, heading, heat_colour, weak};
use crate::query::Branch;

/// Width of the legend.
const WIDTH: f32 = 248.0;
/// From the corner of the map.
const MARGIN: f32 = 12.0;
/// Height of the ramp that says what colours mean.
const RAMP: f32 = 8.0;
/// Pieces that the ramp is drawn in: twice as many as its colours lie apart.
const PIECES: u32 = 16;

/// A toggle for each branch; the map of one hides that of another, so that at most one is shown.
pub(super) fn toggles(query: &QueryLayer, ui: &mut Ui, out: &mut Vec<Command>) {
    slider_row(ui, "Attention", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding.x = 5.0;
        for branch in Branch::ALL {
            let response = ui.selectable_label(query.attention == Some(branch), title(branch));
            if response.clicked() {
                out.push(Command::ToggleAttention(branch));
            }
            let hint = format!("{}. {}.", branch.about(), role(branch));
            response.on_hover_text(hint).accessible_name(format!("{} attention", title(branch)));
        }
    });
}

/// What the colours over the map mean: of the selected result, else of the topmost.
pub(super) fn legend(state: &State, rect: Rect, ui: &Ui) {
    let shown = |layer: &Layer| layer.query()?.attention.filter(|_| layer.visible);
    let selected = state.selected_layer().filter(|layer| shown(layer).is_some());
    let Some(layer) = selected.or_else(|| state.layers.iter().rev().find(|layer| shown(layer).is_some())) else {
        return;
    };
    let Some(branch) = shown(layer) else { return };
    let colours = Colours::in_use(ui);
    let frame = Frame::new()
        .fill(colours.surface)
        .stroke(Stroke::new(1.0, colours.line))
        .corner_radius(CornerRadius::same(9))
        .inner_margin(Margin::symmetric(10, 8));
    let corner = rect.right_bottom() - Vec2::splat(MARGIN);
    let area = Area::new(Id::unique("attention")).pivot(Align2::RIGHT_BOTTOM).fixed_pos(corner).interactable(false);
    area.constrain_to(rect).show(ui.ctx(), |ui| {
        frame.show(ui, |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 4.0;
            heading(ui, &format!("Attention of the {}", branch.name()));
            match state.attention(layer.id) {
                Some(attention) => meaning(branch, attention.of(branch), ui),
                None => {
                    ui.horizontal(|ui| {
                        ui.spinner();
                        ui.label(weak("The network is asked once more"));
                    });
                }
            }
        });
    });
}

fn title(branch: Branch) -> &'static str {
    match branch {
        Branch::Sentence => "Sentence",
        Branch::Object => "Object",
        Branch::Position => "Position",
    }
}

/// What the network does with it.
fn role(branch: Branch) -> &'static str {
    match branch {
        Branch::Sentence => "What it says is added to what the network sees",
        Branch::Object => "What they say is added to what the network sees, as far as the position lets it",
        Branch::Position => "1: they count in full, 0: not at all",
    }
}

/// What the colours of a map mean, and which words it is about.
fn meaning(branch: Branch, map: &BranchMap, ui: &mut Ui) {
    if map.grid.is_none() {
        ui.add(Label::new(weak("It cannot be shown: the raster has no place on this map")).wrap());
        return;
    }
    let [low, high] = map.scale.ends.map(|end| format!("{end:.2}"));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.label(weak(low));
        let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width() - 34.0, RAMP), Sense::hover());
        ramp(rect, ui);
        ui.label(weak(high));
    });
    let about = branch.about();
    let of_words = match &map.words {
        Some(words) => format!("{about}: \u{201c}{words}\u{201d}."),
        None => format!("{about}. The phrase has no words for this branch, so it reads the whole sentence."),
    };
    let even = if map.scale.is_even { " It is nearly the same everywhere." } else { "" };
    ui.add(Label::new(weak(format!("{of_words}{even}"))).wrap());
}

fn ramp(rect: Rect, ui: &Ui) {
    let mut mesh = Mesh::default();
    for piece in 0..=PIECES {
        let share = piece as f32 / PIECES as f32;
        let shade = ShadeScale::DARKEST + share * (1.0 - ShadeScale::DARKEST);
        let (x, colour) = (rect.left() + share * rect.width(), heat_colour(shade));
        mesh.colored_vertex(egui::pos2(x, rect.top()), colour);
        mesh.colored_vertex(egui::pos2(x, rect.bottom()), colour);
        if piece > 0 {
            let corner = 2 * piece;
            mesh.add_triangle(corner - 2, corner - 1, corner);
            mesh.add_triangle(corner - 1, corner, corner + 1);
        }
    }
    ui.painter().add(mesh);
    let line = Stroke::new(1.0, Color32::from_black_alpha(60));
    ui.painter().rect_stroke(rect, CornerRadius::ZERO, line, StrokeKind::Outside);
}
