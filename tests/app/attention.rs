//! What the network attends to: toggles of a result that lay a map over the scene.

use egui::{Key, Modifiers};
use referent::app::command::Command;
use referent::app::map::{Content, ProbabilityLayer, ProbabilityStyle};
use referent::app::state::{JobKind, State, ThemeChoice};
use referent::query::{Branch, FrameChoice};

use super::stage::{Window, sample};
use super::teach::picture;

/// Part of the sample scene that fits one view of the network, in pixels.
const PART: [[f64; 2]; 2] = [[300.0, 300.0], [590.0, 590.0]];

/// A window with the answer to a phrase in a part of the sample scene, selected.
fn with_answer(phrase: &str) -> Window {
    let mut window = Window::new([1200.0, 900.0], ThemeChoice::Light);
    window.open(sample());
    window.click("Area tool");
    let [from, to] = PART.map(|pixel| window.on_screen(pixel));
    window.drag(from, to);
    window.apply(Command::UseTool(referent::app::map::Tool::Pan));
    window.apply(Command::TypePhrase(phrase.into()));
    window.apply(Command::Ask);
    window.wait("the answer is there", |state| state.layers.len() == 2);
    window.settle();
    window
}

/// The heat maps that lie over the scene.
fn heat(state: &State) -> Vec<ProbabilityLayer> {
    let layers = state.map().layers.into_iter().filter(|layer| layer.visible);
    let heat = layers.filter_map(|layer| match layer.content {
        Content::Probability(map) if map.style == ProbabilityStyle::Heat => Some(map),
        _ => None,
    });
    heat.collect()
}

#[test]
fn each_branch_is_a_map_that_is_toggled_undone_and_gone_with_its_result() {
    let mut window = with_answer("the storage tank on the lower right");
    let (layer, _) = window.state().selected_query().map(|(layer, query)| (layer.id, query.clone())).unwrap();
    assert!(heat(window.state()).is_empty() && window.state().attention(layer).is_none(), "nothing is made unasked");

    window.click("Sentence attention");
    assert!(window.state().is_explaining(layer), "it is made in the background");
    window.settle();
    let [sentence] = <[_; 1]>::try_from(heat(window.state())).unwrap();
    assert!(window.shows_part("\u{201c}the storage tank on the lower right\u{201d}"), "the legend says of which words");
    let [low, high] = window.state().attention(layer).unwrap().of(Branch::Sentence).scale.ends;
    assert!(0.0 < low && low + 0.1 < high && high < 1.0, "{low} {high}");
    let FrameChoice::Window([x, y, width, height]) = window.state().selected_query().unwrap().1.question.frame else {
        panic!("the frame is a window");
    };
    let query = window.state().selected_query().unwrap().1;
    assert_eq!(sentence.grid.size(), query.drawn.grid.as_ref().unwrap().size(), "it lies on the probabilities");
    let seen = |x: f64, y: f64| sentence.grid.value(x as i64, y as i64) > 0.0;
    assert!(seen(x + 1.0, y + 1.0) && seen(x + width - 2.0, y + height - 2.0), "it covers the frame");
    assert!(!seen(x - 2.0, y - 2.0) && !seen(x - 2.0, y + 5.0), "and nothing else");
    picture(&mut window, "attention_sentence");

    let over = window.on_screen([580.0, 580.0]);
    window.harness.event(egui::Event::PointerMoved(over));
    window.harness.run_steps(3);
    assert!(window.shows_part("sentence 0."), "the value under the cursor is told by name");

    window.click("Object attention");
    window.settle();
    let [object] = <[_; 1]>::try_from(heat(window.state())).unwrap();
    assert!(window.shows_part("\u{201c}storage tank\u{201d}"));
    window.click("Position attention");
    window.settle();
    let [position] = <[_; 1]>::try_from(heat(window.state())).unwrap();
    assert!(window.shows_part("on the lower right\u{201d}"));
    let values = |map: &ProbabilityLayer| [310, 400, 500, 580].map(|at| map.grid.value(at, at));
    assert!(values(&sentence) != values(&object) && values(&object) != values(&position), "one at a time");
    picture(&mut window, "attention_position");

    window.press(Modifiers::COMMAND, Key::Z);
    let shown = |window: &Window| window.state().selected_query().and_then(|(_, query)| query.attention);
    assert_eq!((shown(&window), heat(window.state()).len()), (Some(Branch::Object), 1), "each toggle is a step");
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!((shown(&window), heat(window.state()).len()), (Some(Branch::Position), 1));
    window.click("Position attention");
    assert_eq!((shown(&window), heat(window.state()).len()), (None, 0));

    window.apply(Command::ToggleAttention(Branch::Object));
    window.apply(Command::RemoveLayer(layer));
    assert!(window.state().attention(layer).is_none() && heat(window.state()).is_empty(), "gone with the result");
    window.press(Modifiers::COMMAND, Key::Z);
    window.settle();
    assert_eq!((shown(&window), heat(window.state()).len()), (Some(Branch::Object), 1), "made anew");
}

#[test]
fn a_part_that_the_phrase_lacks_is_said_to_be_read_from_the_sentence_and_a_stopped_map_is_not_shown() {
    let mut window = with_answer("the storage tanks");
    window.click("Position attention");
    let job = window.state().jobs.iter().find(|job| matches!(job.kind, JobKind::Explain(_))).unwrap().id;
    window.apply(Command::Cancel(job));
    window.wait("it ends", |state| state.jobs.is_empty());
    let (layer, query) = window.state().selected_query().unwrap();
    let id = layer.id;
    if window.state().attention(id).is_none() {
        assert_eq!(query.attention, None, "a toggle that was stopped is off");
        assert_eq!(window.state().journal.errors(), 0, "to stop is no error");
        window.click("Position attention");
    }
    window.settle();
    assert_eq!(heat(window.state()).len(), 1);
    assert!(window.shows_part("The phrase has no words for this branch"));
    window.apply(Command::SelectLayer(None));
    assert!(window.state().can(&Command::ToggleAttention(Branch::Sentence)).is_err(), "it is of a result");
}
