//! The menu of a chip: what that part of the phrase could say instead. Choosing rewrites the phrase itself.

use std::sync::Arc;

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{Button, Grid, Popup, PopupCloseBehavior, Response, ScrollArea, Ui, Vec2};

use super::chips::is_unknown;
use super::phrase_bar::phrase_id;
use crate::app::command::Command;
use crate::app::state::State;
use crate::app::theme::{Colours, weak};
use crate::text::{Choices, Correction, Part, Phrase, Sort};

/// Width of a menu and of one of the three columns of places.
const WIDTH: f32 = 216.0;
const CELL: f32 = 92.0;
/// Height from which a list is scrolled.
const TALLEST: f32 = 208.0;

pub(super) fn show(state: &State, phrase: &Phrase, part: &Part, chip: &Response, out: &mut Vec<Command>) {
    Popup::menu(chip).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_min_width(WIDTH);
        ui.spacing_mut().item_spacing.y = 1.0;
        if is_unknown(state, part) {
            let class = part.about.as_deref().unwrap_or_default();
            ui.colored_label(Colours::in_use(ui).warning, format!("The model was never taught \"{class}\""));
        }
        let all = corrections(state, phrase, part, ui);
        if all.is_empty() {
            ui.label(weak("Nothing else fits here"));
        }
        for choices in all.iter() {
            if let Some(chosen) = section(choices, &phrase.sentence, ui) {
                rewrite(ui, &phrase.sentence, &chosen.sentence);
                out.push(Command::TypePhrase(chosen.sentence.clone()));
                ui.close();
            }
        }
    });
}

/// What can be done with the part, worked out once for as long as the menu is open.
fn corrections(state: &State, phrase: &Phrase, part: &Part, ui: &Ui) -> Arc<Vec<Choices>> {
    let classes = state.model().and_then(|model| model.card.as_ref()).map_or(&[][..], |card| &card.classes);
    let key = egui::Id::unique("corrections");
    let of = (phrase.sentence.clone(), part.span, state.ask.model.clone());
    type Kept = ((String, crate::text::Span, String), Arc<Vec<Choices>>);
    if let Some((kept_of, kept)) = ui.data(|data| data.get_temp::<Kept>(key))
        && kept_of == of
    {
        return kept;
    }
    let fresh = Arc::new(phrase.corrections(part, classes));
    ui.data_mut(|data| data.insert_temp::<Kept>(key, (of, Arc::clone(&fresh))));
    fresh
}

fn section<'a>(choices: &'a Choices, now: &str, ui: &mut Ui) -> Option<&'a Correction> {
    let list = &choices.corrections;
    match choices.sort {
        Sort::Places => {
            ui.label(weak("Place in the frame"));
            // Where some places cannot be said, the others have no grid to lie in.
            cells(list, now, if list.len() == 9 { 3 } else { 2 }, ui)
        }
        Sort::Halves => cells(list, now, 2, ui),
        Sort::Nearest => {
            ui.label(weak("The nearest it knows"));
            rows(list, ui)
        }
        Sort::Synonyms => {
            ui.label(weak("Other words for it"));
            scrolled("synonyms", list, ui)
        }
        Sort::Classes => {
            ui.label(weak("What the model was taught"));
            scrolled("classes", list, ui)
        }
        Sort::Others => {
            ui.label(weak("Say instead"));
            scrolled("others", list, ui)
        }
        Sort::LeaveOut => {
            ui.add_space(2.0);
            ui.separator();
            rows(list, ui)
        }
    }
}

fn rows<'a>(list: &'a [Correction], ui: &mut Ui) -> Option<&'a Correction> {
    list.iter().filter(|each| button(each, "", WIDTH, ui)).last()
}

fn cells<'a>(list: &'a [Correction], now: &str, columns: usize, ui: &mut Ui) -> Option<&'a Correction> {
    let width = (3.0 * CELL + 2.0 * 4.0 - (columns as f32 - 1.0) * 4.0) / columns as f32;
    let mut chosen = None;
    Grid::new(("cells", list.len())).spacing(Vec2::splat(4.0)).show(ui, |ui| {
        for row in list.chunks(columns) {
            for each in row {
                if button(each, now, width, ui) {
                    chosen = Some(each);
                }
            }
            ui.end_row();
        }
    });
    chosen
}

fn scrolled<'a>(salt: &str, list: &'a [Correction], ui: &mut Ui) -> Option<&'a Correction> {
    let area = ScrollArea::vertical().id_salt(salt).max_height(TALLEST).min_scrolled_height(TALLEST);
    area.show(ui, |ui| rows(list, ui)).inner
}

/// What is said now stands out.
fn button(correction: &Correction, now: &str, width: f32, ui: &mut Ui) -> bool {
    let button = Button::selectable(correction.sentence == now, &correction.name).min_size(Vec2::new(width, 0.0));
    ui.add(button).on_hover_text(&correction.sentence).clicked()
}

/// Makes the sentence of before one step back in the field's own undo, and goes on typing at its end.
fn rewrite(ui: &Ui, before: &str, after: &str) {
    let ends = |text: &str| CCursorRange::one(CCursor::new(text.chars().count()));
    let mut field = TextEditState::load(ui.ctx(), phrase_id()).unwrap_or_default();
    let mut undoer = field.undoer();
    undoer.add_undo(&(ends(before), before.to_owned()));
    field.set_undoer(undoer);
    field.cursor.set_char_range(Some(ends(after)));
    field.store(ui.ctx(), phrase_id());
    ui.memory_mut(|memory| memory.request_focus(phrase_id()));
}
