//! Labels: drawn on the map, named, painted, cut, joined, accepted from a result, taken back.

use egui::{Key, Modifiers, Pos2};
use egui_kittest::kittest::Queryable;
use geo::Area;
use referent::app::command::{Command, Keep};
use referent::app::state::{Project, State, Tab, ThemeChoice};
use referent::project::{Label, Of, Source};

use super::stage::{Window, own_sample};

/// Two places of the sample scene, in pixels, each with room for a label.
const FIRST: [[f64; 2]; 2] = [[400.0, 350.0], [480.0, 430.0]];
const SECOND: [[f64; 2]; 2] = [[520.0, 350.0], [560.0, 390.0]];

/// A window with a scene of its own and the tab of labels.
pub fn labelling() -> (tempfile::TempDir, Window) {
    let (folder, scene) = own_sample();
    let mut window = Window::new([1280.0, 860.0], ThemeChoice::Light);
    window.open(scene);
    window.click("Draw labels");
    window.settle();
    (folder, window)
}

pub fn project(state: &State) -> &Project {
    state.project.as_ref().expect("a project")
}

pub fn labels(state: &State) -> &[Label] {
    state.project.as_ref().map_or(&[], |project| &project.snapshot().labels)
}

fn phrases(label: &Label) -> Vec<&str> {
    label.phrases.iter().map(|phrase| phrase.text.as_str()).collect()
}

/// Square metres of all labels.
fn covered(window: &Window) -> f64 {
    project(window.state()).kept.sizes.values().sum()
}

impl Window {
    /// Draws a rectangle between two pixels of the scene and waits until it is kept.
    pub fn draw(&mut self, [from, to]: [[f64; 2]; 2]) {
        self.settle();
        let [from, to] = [from, to].map(|pixel| self.on_screen(pixel));
        self.drag(from, to);
        self.settle();
    }

    fn at(&self, pixels: &[[f64; 2]]) -> Vec<Pos2> {
        pixels.iter().map(|pixel| self.on_screen(*pixel)).collect()
    }

    fn undo(&mut self) {
        self.press(Modifiers::COMMAND, Key::Z);
        self.settle();
    }

    fn redo(&mut self) {
        self.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
        self.settle();
    }
}

#[test]
fn a_label_is_drawn_named_and_still_there_after_a_restart() {
    let (folder, mut window) = labelling();
    assert!(window.shows("What should be found?"), "the empty tab teaches");
    window.click("Rectangle tool");
    window.draw(FIRST);
    let file = folder.path().join("port.referent.gpkg");
    assert!(file.is_file(), "the first label makes a project beside the scene");
    assert_eq!(labels(window.state()).len(), 1);
    assert_eq!(window.state().tab, Some(Tab::Labels));
    assert!(window.shows("1 label"), "what was drawn is selected, to be named");
    let journal = window.state().journal.entries();
    assert!(journal.iter().any(|entry| entry.what.contains("made the project")), "{journal:?}");

    window.type_into("Another phrase", "the storage tank");
    window.press(Modifiers::NONE, Key::Enter);
    window.settle();
    let label = &labels(window.state())[0];
    assert_eq!((phrases(label), label.class.as_deref()), (vec!["the storage tank"], Some("storage tank")));
    assert!(label.scene.as_deref().unwrap().ends_with("port.tif"));
    assert!(window.shows("Remove phrase the storage tank"));

    window.draw(SECOND);
    window.type_into("Class of the labels", "storage tank");
    window.press(Modifiers::NONE, Key::Enter);
    window.settle();
    let suggested = project(window.state()).suggestions.clone();
    assert!(suggested.iter().any(|text| text.contains("storage tank")), "{suggested:?}");
    window.click(&format!("Add phrase {}", suggested[0]));
    window.settle();
    assert_eq!(phrases(&labels(window.state())[1]), [suggested[0].as_str()]);
    window.type_into("Another phrase", "the small tank");
    window.click("Add phrase");
    window.settle();
    assert_eq!(phrases(&labels(window.state())[1]), [suggested[0].as_str(), "the small tank"], "several phrases");
    window.click("Remove phrase the small tank");
    window.settle();
    assert_eq!(phrases(&labels(window.state())[1]), [suggested[0].as_str()]);
    let before = labels(window.state()).to_vec();
    drop(window);

    let mut window = Window::new([1000.0, 700.0], ThemeChoice::Light);
    window.apply(Command::Open(vec![file]));
    window.wait("the project is open", |state| state.project.is_some() && state.layers.len() == 1);
    window.settle();
    assert_eq!(labels(window.state()), before, "and its scene with it");
    assert_eq!(window.state().history.undoes(), Some("Open"), "the scene came last");
    window.undo();
    window.undo();
    assert_eq!(phrases(&labels(window.state())[1]).len(), 2, "what was done before the restart can be taken back");
    window.redo();
    window.redo();
    assert_eq!((labels(window.state()), window.state().layers.len()), (before.as_slice(), 1));
}

#[test]
fn a_brush_adds_to_the_selected_label_and_an_eraser_takes_away_until_nothing_is_left() {
    let (_folder, mut window) = labelling();
    window.click("Rectangle tool");
    window.draw(FIRST);
    let drawn = covered(&window);
    window.press(Modifiers::NONE, Key::B);
    let way = window.at(&[[470.0, 390.0], [520.0, 390.0], [400.0, 380.0], [380.0, 380.0]]);
    // Two strokes one after the other, without waiting for the first to be kept.
    window.drag(way[0], way[1]);
    window.drag(way[2], way[3]);
    window.settle();
    assert_eq!(labels(window.state()).len(), 1);
    let painted = covered(&window);
    assert!(painted > drawn * 1.05, "{painted} m² after {drawn} m²");
    window.undo();
    let once = covered(&window);
    assert!(drawn < once && once < painted, "each stroke is a step: {drawn} < {once} < {painted}");
    window.redo();
    assert!((covered(&window) - painted).abs() < 1e-6);

    window.press(Modifiers::NONE, Key::E);
    window.drag(way[0], way[3]);
    window.settle();
    let erased = covered(&window);
    assert!(erased < painted, "{erased} m² after {painted} m²");
    for _ in 0..12 {
        window.press(Modifiers::NONE, Key::CloseBracket);
    }
    window.drag(way[0], way[3]);
    window.settle();
    assert!(labels(window.state()).is_empty(), "{:?}", labels(window.state()));
    assert!(window.state().journal.entries().iter().any(|entry| entry.what.contains("erased altogether")));
    window.undo();
    assert!((covered(&window) - erased).abs() < 1e-6, "and it is back");
}

#[test]
fn strokes_that_follow_each_other_make_one_label() {
    let (_folder, mut window) = labelling();
    window.press(Modifiers::NONE, Key::B);
    window.settle();
    let way = window.at(&[[400.0, 390.0], [470.0, 390.0], [470.0, 440.0]]);
    // The second stroke comes before there is a project, let alone a label.
    window.drag(way[0], way[1]);
    window.drag(way[1], way[2]);
    window.settle();
    assert_eq!(labels(window.state()).len(), 1);
    assert_eq!(labels(window.state())[0].shape.0.len(), 1, "in one piece");
    window.undo();
    window.undo();
    assert!(labels(window.state()).is_empty());
    assert!(project(window.state()).selected.is_empty());
}

#[test]
fn a_hole_that_an_eraser_makes_is_filled_again() {
    let (_folder, mut window) = labelling();
    window.click("Rectangle tool");
    window.draw([[380.0, 330.0], [560.0, 480.0]]);
    let whole = covered(&window);
    window.press(Modifiers::NONE, Key::E);
    for _ in 0..5 {
        window.press(Modifiers::NONE, Key::OpenBracket);
    }
    let middle = window.at(&[[470.0, 400.0]])[0];
    window.click_at(middle);
    window.settle();
    assert_eq!(labels(window.state())[0].shape.0[0].interiors().len(), 1);
    assert!(covered(&window) < whole);
    window.press(Modifiers::NONE, Key::H);
    window.settle();
    assert!((covered(&window) - whole).abs() < whole * 1e-6);
    window.press(Modifiers::NONE, Key::H);
    window.settle();
    assert!(window.shows_part("cannot fill holes") || window.shows_part("Cannot fill holes"), "there is none left");
}

#[test]
fn a_label_is_split_by_a_line_and_joined_again() {
    let (_folder, mut window) = labelling();
    window.click("Rectangle tool");
    window.draw(FIRST);
    window.apply(Command::AddPhrase("the tank".into()));
    window.settle();
    let whole = covered(&window);
    window.click("Split tool");
    for place in window.at(&[[380.0, 390.0], [500.0, 400.0]]) {
        window.click_at(place);
    }
    window.press(Modifiers::NONE, Key::Enter);
    window.settle();
    let parts = labels(window.state()).to_vec();
    assert_eq!(parts.len(), 2);
    assert!(parts.iter().all(|label| phrases(label) == ["the tank"]), "both are called so");
    assert_eq!(project(window.state()).selected.len(), 2, "both are selected");
    assert!((covered(&window) - whole).abs() < whole * 1e-3);

    window.press(Modifiers::COMMAND, Key::A);
    assert_eq!(project(window.state()).selected.len(), 2);
    window.press(Modifiers::COMMAND, Key::M);
    window.settle();
    assert_eq!(labels(window.state()).len(), 1);
    assert!((covered(&window) - whole).abs() < whole * 1e-3);
    for left in [2, 1, 1, 0] {
        window.undo();
        assert_eq!(labels(window.state()).len(), left);
    }

    window.click("Rectangle tool");
    window.draw(FIRST);
    window.click("Split tool");
    for place in window.at(&[[410.0, 390.0], [440.0, 400.0]]) {
        window.click_at(place);
    }
    window.press(Modifiers::NONE, Key::Enter);
    window.settle();
    assert_eq!(labels(window.state()).len(), 1, "a line that ends inside cuts nothing");
    assert!(window.shows_part("does not cut right through"), "and that is said");
    assert_eq!(window.state().history.undoes(), Some("add label"), "what was refused is no step");
}

#[test]
fn corners_are_moved_and_removed_without_losing_the_label() {
    let (_folder, mut window) = labelling();
    window.click("Rectangle tool");
    window.draw(FIRST);
    let drawn = covered(&window);
    window.click("Corner tool");
    let way = window.at(&[FIRST[1], [520.0, 470.0]]);
    window.drag(way[0], way[1]);
    window.settle();
    let moved = covered(&window);
    assert!(moved > drawn, "{moved} > {drawn}");
    window.harness.event(egui::Event::PointerMoved(way[1]));
    window.harness.run_steps(2);
    window.press(Modifiers::NONE, Key::Delete);
    window.settle();
    assert_eq!(labels(window.state()).len(), 1, "Delete means the corner");
    let corners = |window: &Window| labels(window.state())[0].shape.0[0].exterior().0.len() - 1;
    assert_eq!(corners(&window), 3);
    window.undo();
    assert_eq!(corners(&window), 4);
    window.click("Pan tool");
    window.press(Modifiers::NONE, Key::Delete);
    window.settle();
    assert!(labels(window.state()).is_empty(), "with another tool it means the label");
}

#[test]
fn an_outline_that_crosses_itself_becomes_what_it_encloses_and_that_is_said() {
    let (_folder, mut window) = labelling();
    window.press(Modifiers::NONE, Key::P);
    for place in window.at(&[[400.0, 350.0], [480.0, 430.0], [480.0, 350.0], [400.0, 430.0]]) {
        window.click_at(place);
    }
    window.press(Modifiers::NONE, Key::Enter);
    window.settle();
    let [label] = labels(window.state()) else { panic!("{:?}", labels(window.state())) };
    assert_eq!(label.shape.0.len(), 2, "two triangles");
    assert!(label.shape.unsigned_area() > 0.0);
    let said = window.state().journal.entries().iter().any(|entry| entry.what.contains("crossed itself"));
    assert!(said, "{:?}", window.state().journal.entries());
}

#[test]
fn an_accepted_result_is_labels_and_one_undo_takes_back_whatever_was_last() {
    let (_folder, mut window) = labelling();
    window.settle();
    let tanks = [[380.0, 330.0], [590.0, 590.0]].map(|pixel| window.on_screen(pixel));
    window.click("Area tool");
    window.drag(tanks[0], tanks[1]);
    window.apply(Command::TypePhrase("the storage tanks".into()));
    window.apply(Command::Ask);
    window.wait("the answer is there", |state| state.layers.len() == 2);
    window.settle();
    let found = window.state().selected_query().map_or(0, |(_, query)| query.drawn.ids.len());
    assert!(found >= 1);
    let query = window.state().selected.unwrap();

    window.press(Modifiers::NONE, Key::A);
    window.settle();
    let accepted = labels(window.state()).to_vec();
    assert_eq!(accepted.len(), found);
    for label in &accepted {
        assert_eq!((label.source, phrases(label)), (Source::Query, vec!["the storage tanks"]));
        assert_eq!(label.class.as_deref(), Some("storage tank"));
        assert!(label.found.is_some_and(|(_, score)| score.is_some_and(|score| score > 0.0)), "its score is kept");
    }
    window.apply(Command::SelectLayer(Some(query)));
    window.press(Modifiers::NONE, Key::A);
    window.settle();
    assert_eq!(labels(window.state()), accepted, "what is a label already is not accepted twice");

    let opacity = |window: &Window| window.state().layer(query).unwrap().opacity;
    window.apply(Command::SetOpacity(query, 0.5));
    window.apply(Command::SelectLabels(vec![Of::Label(accepted[0].id)], Keep::Nothing));
    window.press(Modifiers::NONE, Key::Delete);
    window.settle();
    assert_eq!(labels(window.state()).len(), found - 1);
    window.undo();
    assert_eq!((labels(window.state()).len(), opacity(&window)), (found, 0.5), "first the label comes back");
    window.undo();
    assert_eq!((labels(window.state()).len(), opacity(&window)), (found, 1.0), "then the opacity");
    window.undo();
    assert_eq!((labels(window.state()).len(), window.state().layers.len()), (0, 2), "then the labels go, all at once");
    window.undo();
    assert_eq!(window.state().layers.len(), 1, "then the result");
    for _ in 0..4 {
        window.redo();
    }
    assert_eq!((labels(window.state()).len(), opacity(&window)), (found - 1, 0.5), "and all of it again");
}

#[test]
fn what_is_nowhere_in_view_or_in_a_drawn_area_is_kept_too() {
    let (_folder, mut window) = labelling();
    window.type_into("What is not here", "a ship");
    window.click("In view");
    window.settle();
    let areas = |window: &Window| project(window.state()).snapshot().areas.clone();
    assert_eq!(areas(&window).len(), 1);
    assert_eq!(areas(&window)[0].phrases[0].text, "a ship");
    window.click("Draw area");
    window.draw(FIRST);
    assert_eq!(areas(&window).len(), 2);
    assert!(labels(window.state()).is_empty(), "an area is no label");
    window.type_into("Another phrase", "a bridge");
    window.press(Modifiers::NONE, Key::Enter);
    window.settle();
    assert_eq!(areas(&window)[1].phrases.len(), 2, "several things are not there");
    assert!(window.shows_part("2 areas of absence"));
    window.click("Rectangle tool");
    window.draw(SECOND);
    assert_eq!(labels(window.state()).len(), 1, "the next drawing is a label again");
}

#[test]
fn a_row_of_the_table_and_a_click_on_the_map_select_the_same() {
    let (_folder, mut window) = labelling();
    window.click("Rectangle tool");
    window.draw(FIRST);
    window.draw(SECOND);
    window.click("Pan tool");
    let middle = window.at(&[[440.0, 390.0]])[0];
    window.click_at(middle);
    let first = Of::Label(labels(window.state())[0].id);
    assert!(project(window.state()).selected.iter().eq([&first]));
    window.type_into("Another phrase", "the first tank");
    window.press(Modifiers::NONE, Key::Enter);
    window.settle();
    window.type_into("Filter labels", "first");
    assert!(window.harness.query_all_by_label("the first tank").next().is_some());
    assert!(window.harness.query_all_by_label("not named yet").next().is_none(), "the filter hides the other");
    window.press(Modifiers::COMMAND, Key::J);
    let size = window.state().view();
    assert!(size < 200.0, "the label fills the view: {size} m wide");
}

trait View {
    /// Width of what the map shows.
    fn view(&self) -> f64;
}

impl View for State {
    fn view(&self) -> f64 {
        let camera = self.current_camera();
        f64::from(self.canvas.0[0]) * camera.units_per_point
    }
}
