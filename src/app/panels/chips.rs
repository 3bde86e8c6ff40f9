//! How the phrase is read: a chip for each part, in the order of the sentence. A click on one says what it could say instead.

use egui::{Color32, CornerRadius, FontId, Response, Role as Widget, Sense, Stroke, Ui, Vec2, WidgetInfo};

use super::chip_menu;
use crate::app::command::Command;
use crate::app::state::State;
use crate::app::theme::{Colours, Icon, icon_label, role_colour, weak};
use crate::text::{Part, Role};

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    match &state.ask.phrase {
        None => {
            ui.label(weak(
                "Words of place, order, size and relation are understood: \"the two largest ships west of the bridge\"",
            ));
        }
        Some(Err(trouble)) => {
            icon_label(ui, Icon::Warning, colours.warning);
            ui.colored_label(colours.warning, format!("{}; {}", trouble.why, trouble.remedy));
        }
        Some(Ok(phrase)) => {
            ui.spacing_mut().item_spacing = Vec2::new(6.0, 4.0);
            for part in phrase.parts() {
                let response = chip(state, &part, &colours, ui);
                chip_menu::show(state, phrase, &part, &response, out);
            }
            if let (Err(missing), None) = (state.can(&Command::Ask), state.asking()) {
                ui.label(weak(missing));
            }
        }
    }
}

/// Whether the part names what the model was never taught.
pub(super) fn is_unknown(state: &State, part: &Part) -> bool {
    let is_noun = matches!(part.role, Role::Target | Role::Landmark);
    let about = part.about.as_deref().filter(|_| is_noun);
    about.is_some_and(|class| state.model().is_some_and(|model| !model.was_taught(class)))
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Target => "object",
        Role::Landmark => "landmark",
        Role::Attribute => "attribute",
        Role::Number => "number",
        Role::Position => "position",
        Role::Order => "order",
        Role::Relation => "relation",
        Role::Distance => "distance",
        Role::Negation => "not",
        Role::Determiner | Role::Filler => "",
        Role::Unused => "not understood",
    }
}

fn hint(part: &Part, unknown: bool) -> String {
    let base = match part.role {
        Role::Target => "What is looked for",
        Role::Landmark => "What the place is told by; it is looked for too",
        Role::Attribute => {
            "What the object is like: colour and material are the network's, size and shape are measured"
        }
        Role::Number => "How many are meant",
        Role::Position => "Where in the frame it lies",
        Role::Order => "Its place in an order among all that are found",
        Role::Relation => "How it lies to the landmark; measured on the ground",
        Role::Distance => "How far, on the ground",
        Role::Negation => "Turns around or takes away what follows",
        Role::Unused => "This word has no say in the answer",
        Role::Determiner | Role::Filler => "",
    };
    let mut text = base.to_owned();
    if let Some(corrected) = &part.corrected {
        text += &format!(". Read as \"{corrected}\"");
    }
    if unknown {
        text += ". The model was never taught this: trust what it finds less, or pick another model";
    }
    text
}

fn chip(state: &State, part: &Part, colours: &Colours, ui: &mut Ui) -> Response {
    let unknown = is_unknown(state, part);
    let colour = role_colour(part.role, colours);
    let words = part.corrected.as_ref().map_or_else(|| part.text.clone(), |read| format!("{} = {read}", part.text));
    let name = role_name(part.role);
    let painter = ui.painter();
    let caption = painter.layout_no_wrap(name.to_owned(), FontId::proportional(11.0), colours.weak);
    let galley = painter.layout_no_wrap(words.clone(), FontId::proportional(13.0), colours.text);
    let mark = if unknown { 18.0 } else { 0.0 };
    let size = Vec2::new(caption.size().x + galley.size().x + 22.0 + mark, 23.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Widget::Button, true, format!("{name}: {words}")));
    let (ground, line) = if part.role == Role::Unused {
        (Color32::TRANSPARENT, Stroke::new(1.0, colours.error))
    } else {
        let lit = response.hovered() || response.has_focus();
        let strength = if colours.dark { 0.22 } else { 0.13 } + if lit { 0.12 } else { 0.0 };
        (colour.gamma_multiply(strength), Stroke::new(1.0, colour.gamma_multiply(if lit { 0.9 } else { 0.45 })))
    };
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(11), ground, line, egui::StrokeKind::Inside);
    let mut at = rect.left_center() + Vec2::new(9.0, 0.0);
    painter.galley(at - Vec2::new(0.0, caption.size().y / 2.0), caption.clone(), colours.weak);
    at.x += caption.size().x + 5.0;
    let baseline = at - Vec2::new(0.0, galley.size().y / 2.0);
    let width = galley.size().x;
    painter.galley(baseline, galley, colours.text);
    if part.role == Role::Unused {
        painter.hline(at.x..=at.x + width, at.y + 1.0, Stroke::new(1.0, colours.error));
    }
    if unknown {
        let icon = egui::Rect::from_center_size(egui::pos2(at.x + width + 11.0, rect.center().y), Vec2::splat(13.0));
        Icon::Warning.paint(painter, icon, colours.warning);
    }
    response.on_hover_text(format!("{}. Click to change it", hint(part, unknown)))
}
