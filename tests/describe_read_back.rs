//! The geometry that answers phrases picks, of every phrase that is written, the things it was written about.

// A fixture that cannot be read fails its test.
#![allow(clippy::unwrap_used)]

#[path = "common/described.rs"]
mod described;

use std::collections::BTreeMap;

use described::{HEIGHT, WIDTH, scene, things};
use geo::{Coord, LineString, Polygon, Rect};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use referent::query::relate::{Appearance, Candidate, FlatGround, Instances, Outcome, Stage, relate};
use referent::text::Phrase;
use referent::text::describe::{Kind, Thing, Wanted, describe};

/// CIE L*a*b* of an sRGB colour over D65.
fn lab(color: [u8; 3]) -> (f64, f64, f64) {
    let linear = color.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    let dot = |row: [f64; 3]| row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2];
    let root = |v: f64| if v > 0.008856 { v.cbrt() } else { 7.787 * v + 16.0 / 116.0 };
    let x = root(dot([0.4124, 0.3576, 0.1805]) / 0.9505);
    let y = root(dot([0.2126, 0.7152, 0.0722]));
    let z = root(dot([0.0193, 0.1192, 0.9505]) / 1.089);
    (116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z))
}

fn candidate(thing: &Thing) -> Candidate {
    let ring = LineString::new(thing.outline.iter().map(|&[x, y]| Coord { x, y }).collect());
    let appearance = thing.color.map(|color| {
        let (lightness, a, b) = lab(color);
        Appearance::plain(lightness, a, b)
    });
    Candidate { appearance, ..Candidate::certain(Polygon::new(ring, Vec::new())) }
}

/// What is chosen for a phrase among the labelled things: indices of things, ascending, and how it went.
fn chosen(phrase: &Phrase, things: &[Thing]) -> (Vec<usize>, Outcome) {
    let mut instances = Instances::new();
    let mut of_question: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for question in phrase.network_phrases() {
        let indices: Vec<usize> = (0..things.len()).filter(|&index| things[index].category == question.class).collect();
        instances = instances.with(&question.text, indices.iter().map(|&index| candidate(&things[index])).collect());
        of_question.insert(question.text, indices);
    }
    let frame = Rect::new(Coord { x: 0.0, y: 0.0 }, Coord { x: WIDTH, y: HEIGHT });
    let selection = relate(phrase, &instances, &Stage::new(frame, &FlatGround::PIXELS)).unwrap().remove(0);
    let indices = &of_question[&selection.question];
    let mut found: Vec<usize> = selection.chosen.iter().map(|chosen| indices[chosen.index]).collect();
    found.sort_unstable();
    (found, selection.outcome)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, rng_seed: RngSeed::Fixed(3), ..ProptestConfig::default() })]

    #[test]
    fn what_was_meant_is_what_is_picked(things in things(), seed in any::<u64>()) {
        for phrase in describe(&scene(things.clone()), Wanted { count: 30, absent: 0.2 }, seed) {
            let (found, outcome) = chosen(&Phrase::parse(&phrase.text).unwrap(), &things);
            prop_assert_eq!(&found, &phrase.targets, "{} ({:?}): {:?}", phrase.text, phrase.kind, outcome);
            prop_assert_eq!(phrase.kind != Kind::Absent, outcome == Outcome::Found, "{}: {:?}", phrase.text, outcome);
        }
    }
}
