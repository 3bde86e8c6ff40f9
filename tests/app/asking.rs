//! Asking: a phrase corrected by its chips, results that grow while a query runs, and what the network sees.

use egui::{Key, Modifiers};
use referent::app::command::Command;
use referent::app::map::{Content as MapContent, ProbabilityGrid};
use referent::app::state::{Dialog, State, ThemeChoice};
use referent::query::{Resolution, WINDOW, WindowAt};
use referent::raster::{Access, Scene, Stretch, StretchOptions, View};

use super::stage::{Window, sample};
use super::teach::picture;

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
    picture(&mut window, "chip_of_a_place");
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
    picture(&mut window, "chip_of_a_class");
    assert!(window.shows("The model was never taught \"zeppelin\"") || window.shows_part("never taught"));
    window.click("airplane");
    assert_eq!(window.state().ask.text, "the two airplanes");
    window.click("number: two");
    window.click("three");
    assert_eq!(window.state().ask.text, "the three airplanes");
}

#[test]
fn what_is_found_is_seen_while_the_query_runs() {
    let mut window = Window::new([1000.0, 700.0], ThemeChoice::Light);
    window.open(sample());
    window.apply(Command::TypePhrase("the storage tanks".into()));
    window.apply(Command::Ask);
    let highest = |grid: &ProbabilityGrid| {
        let [width, height] = grid.size().map(i64::from);
        let pixels = (0..height).step_by(4).flat_map(|y| (0..width).step_by(4).map(move |x| (x, y)));
        pixels.map(|(x, y)| grid.value(x, y)).fold(0.0, f32::max)
    };
    let grown = |state: &State| state.jobs.iter().find_map(|job| job.grown.clone());
    window.wait("something is seen", |state| grown(state).is_some_and(|grid| highest(&grid) > 0.1));
    let asking = window.state().asking().expect("it still runs");
    let (id, (_, total)) = (asking.id, asking.progress.unwrap());
    let seen = grown(window.state()).unwrap();
    assert!(total > 1, "{total} windows");
    picture(&mut window, "growing");
    let growing = |state: &State| {
        let layers = state.map().layers;
        layers.iter().filter(|layer| matches!(layer.content, MapContent::Probability(_))).count()
    };
    assert_eq!(growing(window.state()), 1, "it lies on the map");
    assert!(window.state().layers.iter().all(|layer| layer.query().is_none()), "it is no layer yet");
    window.apply(Command::Cancel(id));
    window.wait("it ends", |state| state.asking().is_none());
    window.settle();
    assert_eq!(growing(window.state()), 0, "the layer of the answer takes its place");
    let query = window.state().layers.iter().rev().find_map(|layer| layer.query()).unwrap();
    let [width, height] = query.drawn.grid.as_ref().unwrap().size();
    assert_eq!([width, height], seen.size());
    assert!(query.drawn.answer.probability.maximum() >= highest(&seen) - 0.01, "a stopped query keeps what was seen");
}

#[test]
fn the_inset_shows_the_window_at_the_cursor_as_the_network_gets_it() {
    let mut window = Window::new([1200.0, 900.0], ThemeChoice::Light);
    assert!(window.state().can(&Command::ToggleSight).is_err(), "nothing is there to see");
    window.open(sample());
    window.apply(Command::TypePhrase("the storage tanks".into()));
    window.press(Modifiers::NONE, Key::F3);
    window.settle();
    assert!(window.shows("The window of the network at this place"));
    let seen = |window: &Window| window.state().sight.seen.clone().unwrap().unwrap();
    let first = seen(&window);
    assert_eq!([first.view.width, first.view.height], [WINDOW, WINDOW]);
    assert!(window.shows_part("480 x 480 pixels of"));
    assert_eq!(first.is_known_scale(), Some(true), "{:?} {:?}", first.level, first.trained);

    let scene = Scene::open(&sample().display().to_string(), Access::LocalOnly).unwrap();
    let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap();
    let trained = first.trained.unwrap();
    let middle = scene.size().map(|side| side as f64 / 2.0);
    let at = |pixel| WindowAt::new(scene.size(), scene.georeference(), Resolution::Auto, trained, pixel).unwrap();
    let expected = at(middle);
    let view = View::of_window(&scene, &expected.grid, expected.window, &stretch).unwrap();
    assert!(*first.view == view, "the pixels are those of the query");

    let place = window.on_screen([580.0, 580.0]);
    window.harness.event(egui::Event::PointerMoved(place));
    window.harness.run_steps(3);
    window.settle();
    let corner = at([580.0, 580.0]);
    assert_ne!(corner.window, expected.window);
    let view = View::of_window(&scene, &corner.grid, corner.window, &stretch).unwrap();
    assert!(*seen(&window).view == view, "it follows the cursor");

    picture(&mut window, "what_the_model_sees");
    window.apply(Command::SetResolution(Some(30.0)));
    window.settle();
    assert_eq!(seen(&window).is_known_scale(), Some(false));
    assert!(window.shows_part("The model was not taught this scale"));
    picture(&mut window, "unknown_scale");
    window.click("Hide what the model sees");
    assert!(!window.state().sight.shown && !window.shows("The window of the network at this place"));
}

#[test]
fn the_second_phrase_on_a_scene_sees_what_the_first_has_seen() {
    let mut window = Window::new([1000.0, 700.0], ThemeChoice::Light);
    window.open(sample());
    let features = window.home.path().join("features");
    let ask = |window: &mut Window, phrase: &str| {
        window.apply(Command::TypePhrase(phrase.into()));
        window.apply(Command::Ask);
        window.wait("it is answered", |state| state.asking().is_none() && state.selected_query().is_some());
        window.settle();
        let (_, query) = window.state().selected_query().unwrap();
        (query.drawn.answer.report.from_cache, query.drawn.answer.report.windows)
    };
    let (from_cache, windows) = ask(&mut window, "the storage tanks");
    assert!(from_cache == 0 && windows > 1, "{from_cache} {windows}");
    let pace = window.state().settings.pace.clone();
    assert_eq!(ask(&mut window, "the ships"), (windows, windows));
    assert_eq!(window.state().settings.pace, pace, "what costs nothing says nothing of the device");
    // Emptied by its button; then with no room at all.
    let kept = || std::fs::read_dir(&features).unwrap().count();
    assert!(kept() > 0);
    window.apply(Command::Show(Some(Dialog::Settings)));
    window.settle();
    window.click("Empty");
    window.wait("the cache is empty", |_| kept() == 0);
    window.apply(Command::Show(None));
    window.apply(Command::SetCache(0.0));
    assert_eq!(ask(&mut window, "the storage tanks").0, 0);
    assert_eq!(kept(), 0);
}
