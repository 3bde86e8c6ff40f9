//! What is given to decide on: the instances found for each noun phrase.

use std::collections::BTreeMap;

use geo::Polygon;

use crate::query::relate::appearance::Appearance;

/// One thing found, wherever it came from: a network's mask, a label, a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its outline in the plane of the [`Stage`](crate::query::relate::Stage).
    pub outline: Polygon<f64>,
    /// How probable it is that it is what its noun phrase says, in [0, 1].
    pub score: f64,
    /// Its exact area over ground in m²; taken from the outline where unknown.
    pub area_m2: Option<f64>,
    /// The colours of its pixels, where measured.
    pub appearance: Option<Appearance>,
}

impl Candidate {
    /// A thing known only by its outline, and known for certain.
    pub fn certain(outline: Polygon<f64>) -> Self {
        Self { outline, score: 1.0, area_m2: None, appearance: None }
    }
}

/// All things found, by the question they answer: [`NounPhrase::network_phrase`](crate::text::NounPhrase::network_phrase).
///
/// A question that found nothing has an empty list; a question without a list was not asked, and that is an error.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Instances {
    by_question: BTreeMap<String, Vec<Candidate>>,
}

impl Instances {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the answer to one question.
    #[must_use]
    pub fn with(mut self, question: impl Into<String>, candidates: Vec<Candidate>) -> Self {
        self.by_question.insert(question.into(), candidates);
        self
    }

    /// What was found for a question; `None` if it was not asked.
    pub fn of(&self, question: &str) -> Option<&[Candidate]> {
        self.by_question.get(question).map(Vec::as_slice)
    }

    /// Every question with its answer.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Candidate])> {
        self.by_question.iter().map(|(question, candidates)| (question.as_str(), candidates.as_slice()))
    }
}
