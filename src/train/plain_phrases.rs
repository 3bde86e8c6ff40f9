//! Phrases as they stand in a data set, and the plainest ones for a set of labelled objects: all of a class.

use std::sync::Arc;

use super::dataset::{Dataset, Expression, Joining, Sample, Shape, Target};
use crate::error::Result;
use crate::query::Asked;
use crate::text::{Phrase, Span};

/// A written phrase taken apart as `lite` is asked: its object part and its position part.
///
/// # Errors
/// If it has no words or is too long.
pub fn asked(text: &str) -> Result<Asked> {
    let phrase = Phrase::parse(text)?;
    let ranges = |spans: &[Span]| spans.iter().map(|span| span.start..span.end).collect();
    Ok(Asked {
        object: ranges(&phrase.object_part),
        position: ranges(&phrase.position_part),
        sentence: phrase.sentence,
    })
}

/// Adds to every picture of a set of objects one phrase for each class labelled in it ("the swimming pools"), and one for
/// each other class that the set labels, which is not there.
///
/// `exhaustive` says for a class whether every object of it is labelled; of the others nothing is said to be absent.
pub fn name_classes(dataset: &mut Dataset, exhaustive: impl Fn(&str) -> bool) {
    let kind: Arc<str> = "all".into();
    for index in 0..dataset.samples.len() {
        let labelled = dataset.labelled(&dataset.samples[index]).to_vec();
        let sample = &dataset.samples[index];
        let expressions: Vec<Expression> = labelled
            .into_iter()
            .filter_map(|category| {
                let is_there = sample.instances.iter().any(|instance| instance.category == category);
                let target = match is_there {
                    true => Target::Present(all_of(sample, &category)?),
                    false if exhaustive(&category) => Target::Absent,
                    false => return None,
                };
                // In the words in which a query asks for a class.
                let text = Phrase::parse(&category).ok()?.network_phrases().into_iter().next()?.text;
                Some(Expression { text, category: Some(category), kind: Some(Arc::clone(&kind)), target })
            })
            .collect();
        dataset.samples[index].expressions.extend(expressions);
    }
}

/// All objects of a class as one shape, `None` if their outlines are of different kinds.
fn all_of(sample: &Sample, category: &str) -> Option<Shape> {
    let of_class = || sample.instances.iter().filter(|instance| &*instance.category == category);
    let mut rings = Vec::new();
    let mut runs = Vec::new();
    for instance in of_class() {
        match &instance.shape {
            Shape::Polygons(parts, Joining::Any) => rings.extend(parts.iter().cloned()),
            Shape::Runs(parts, Joining::Any) => runs.extend(parts.iter().cloned()),
            _ => return None,
        }
    }
    match (rings.is_empty(), runs.is_empty()) {
        (false, true) => Some(Shape::Polygons(rings, Joining::Any)),
        (true, false) => Some(Shape::Runs(runs, Joining::Any)),
        _ => None,
    }
}
