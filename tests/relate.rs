//! What a user gets who describes things by where they are: whole phrases over known instances, without a network.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail where it stands, and prints how well words do"
)]

#[path = "relate/laws.rs"]
mod laws;
#[path = "relate/scenes.rs"]
mod scenes;
#[path = "relate/words.rs"]
mod words;

use geo::{Polygon, Rect};
use referent::query::relate::{Candidate, FlatGround, Instances, Selection, Stage, relate};
use referent::text::Phrase;

/// A frame of 1000 by 800 m, north up.
fn frame() -> Rect<f64> {
    Rect::new((0.0, 0.0), (1000.0, 800.0))
}

/// An upright rectangle around a point.
fn block(x: f64, y: f64, width: f64, height: f64) -> Polygon<f64> {
    Rect::new((x - width / 2.0, y - height / 2.0), (x + width / 2.0, y + height / 2.0)).to_polygon()
}

/// Squares of 20 m around points.
fn squares(centres: &[(f64, f64)]) -> Vec<Polygon<f64>> {
    centres.iter().map(|&(x, y)| block(x, y, 20.0, 20.0)).collect()
}

fn certain(outlines: Vec<Polygon<f64>>) -> Vec<Candidate> {
    outlines.into_iter().map(Candidate::certain).collect()
}

/// The selection of a phrase with one target, in the frame above.
fn ask(sentence: &str, instances: &Instances) -> Selection {
    ask_on(sentence, instances, &Stage::new(frame(), &FlatGround::METRES))
}

fn ask_on(sentence: &str, instances: &Instances, stage: &Stage) -> Selection {
    let phrase = Phrase::parse(sentence).unwrap();
    let mut selections = relate(&phrase, instances, stage).unwrap();
    assert_eq!(selections.len(), 1, "{sentence}: one target");
    selections.remove(0)
}

/// The indices chosen, in ascending order.
fn indices(selection: &Selection) -> Vec<usize> {
    let mut indices: Vec<usize> = selection.chosen.iter().map(|chosen| chosen.index).collect();
    indices.sort_unstable();
    indices
}
