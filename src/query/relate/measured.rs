//! The candidates of each question a phrase asks, measured once.

use geo::Coord;

use crate::error::{Error, Result};
use crate::query::relate::instances::{Candidate, Instances};
use crate::query::relate::landmarks::Subject;
use crate::query::relate::order::Ordered;
use crate::query::relate::outline::Outline;
use crate::text::Phrase;

/// The candidates of all questions of a phrase with their outlines.
pub struct Measured<'a> {
    questions: Vec<Question<'a>>,
    /// Whether every candidate has its exact area; otherwise all are compared by their outlines.
    exact_areas: bool,
}

struct Question<'a> {
    text: String,
    candidates: &'a [Candidate],
    outlines: Vec<Outline>,
}

impl<'a> Measured<'a> {
    /// Measures the candidates a phrase speaks of.
    ///
    /// # Errors
    /// If a question of the phrase was not asked, or an outline has no points or coordinates that are no numbers.
    pub fn new(phrase: &Phrase, instances: &'a Instances) -> Result<Self> {
        let mut questions: Vec<Question> = Vec::new();
        for description in phrase.targets().flat_map(|target| target.walk()) {
            let text = description.noun.network_phrase();
            if !questions.iter().any(|question| question.text == text) {
                questions.push(Question::new(text, instances)?);
            }
        }
        let exact_areas =
            questions.iter().flat_map(|question| question.candidates).all(|candidate| candidate.area_m2.is_some());
        Ok(Self { questions, exact_areas })
    }

    /// The number of a question.
    pub fn question(&self, text: &str) -> Option<usize> {
        self.questions.iter().position(|question| question.text == text)
    }

    /// The text of a question.
    pub fn text(&self, question: usize) -> &str {
        &self.questions[question].text
    }

    /// The centroid of a candidate.
    pub fn centroid(&self, question: usize, index: usize) -> Coord<f64> {
        self.questions[question].outlines[index].centroid()
    }

    /// The candidates of a question as instances of a class.
    pub fn subjects<'s>(&'s self, question: usize, class: &'s str) -> Vec<Subject<'s>> {
        let Question { candidates, outlines, .. } = &self.questions[question];
        let subjects = candidates.iter().zip(outlines).enumerate().map(|(index, (candidate, outline))| {
            let area = candidate.area_m2.filter(|_| self.exact_areas).unwrap_or(outline.area());
            let thing = Ordered { outline, area, appearance: candidate.appearance.as_ref() };
            Subject { thing, question, index, class }
        });
        subjects.collect()
    }

    /// The scores of a question's candidates, in [0, 1]; one that is no number counts as 0.
    pub fn scores(&self, question: usize) -> Vec<f64> {
        let score =
            |candidate: &Candidate| if candidate.score.is_nan() { 0.0 } else { candidate.score.clamp(0.0, 1.0) };
        self.questions[question].candidates.iter().map(score).collect()
    }
}

impl<'a> Question<'a> {
    fn new(text: String, instances: &'a Instances) -> Result<Self> {
        let Some(candidates) = instances.of(&text) else {
            return Err(Error::new(
                "cannot decide the phrase",
                format!("nobody looked for \"{text}\""),
                "give the instances of every question of the phrase, an empty list where nothing was found",
            ));
        };
        let outline = |(index, candidate): (usize, &Candidate)| {
            Outline::new(&candidate.outline).ok_or_else(|| {
                Error::new(
                    format!("cannot measure instance {index} of \"{text}\""),
                    "its outline has no points or coordinates that are no numbers",
                    "remove it from the instances",
                )
            })
        };
        let outlines = candidates.iter().enumerate().map(outline).collect::<Result<_>>()?;
        Ok(Self { text, candidates, outlines })
    }
}
