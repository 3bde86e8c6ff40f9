//! Asking: a phrase corrected by its chips, results that grow while a query runs, and what the network sees.

use egui::{Key, Modifiers};
use referent::app::command::Command;
use referent::app::state::ThemeChoice;

use super::stage::Window;

/// A window in which this is typed.
fn with_phrase(phrase: &str) -> Window {
    let mut window = Window::new([1200.0, 800.0], ThemeChoice::Light);
    window.type_into("Phrase", phrase);
    window
}

#[test]
fn a_relation_is_corrected_by_its_chip_and_the_correction_taken_back_as_text() {
    let mut window = with_phrase("the storage tanks near the harbor");
    window.click("relation: near");
    window.click("next to");
    assert_eq!(window.state().ask.text, "the storage tanks next to the harbor");
    assert!(window.shows("relation: next to") && !window.shows("relation: near"), "chips say what the text says");
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.state().ask.text, "the storage tanks near the harbor");
    assert!(window.shows("relation: near"));
}

#[test]
fn a_place_is_picked_from_a_grid_and_left_out_again() {
    let mut window = with_phrase("the ship in the upper left corner");
    window.click("position: in the upper left corner");
    window.click("lower right");
    assert_eq!(window.state().ask.text, "the ship in the lower right");
    window.click("position: in the lower right");
    window.click("left half");
    assert_eq!(window.state().ask.text, "the ship in the left half");
    window.click("position: in the left half");
    window.click("Leave it out");
    assert_eq!(window.state().ask.text, "the ship");
}

#[test]
fn what_the_model_does_not_know_is_replaced_by_what_it_knows() {
    let mut window = with_phrase("the two zeppelins");
    window.click("object: zeppelins");
    assert!(window.shows("The model was never taught \"zeppelin\"") || window.shows_part("never taught"));
    window.click("airplane");
    assert_eq!(window.state().ask.text, "the two airplanes");
    window.click("number: two");
    window.click("three");
    assert_eq!(window.state().ask.text, "the three airplanes");
}
