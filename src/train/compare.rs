//! A model before and after training, phrase by phrase on the same pictures.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::calibrate::Observations;
use super::dataset::Sample;
use super::evaluate::Tried;
use super::evaluate_model::evaluate_model;
use super::metrics::{Outcome, Summary};
use super::recipe::Recipe;
use crate::error::Result;
use crate::job::Job;
use crate::model::weights::Calibration;
use crate::query::DeviceChoice;

/// How well a model answers.
#[derive(Debug, Clone)]
pub struct Scored {
    /// Each phrase of each picture, in their order.
    phrases: Vec<PhraseScore>,
    /// The figures.
    pub summary: Summary,
    /// The calibration that fits these pictures best.
    pub fitted: Calibration,
}

/// One phrase on one picture.
#[derive(Debug, Clone, PartialEq)]
struct PhraseScore {
    phrase: String,
    is_there: bool,
    /// IoU; of what is not there, the share of the picture that was rightly left alone.
    score: f64,
}

/// A phrase before and after, as a mean over the pictures it was asked of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The phrase.
    pub phrase: String,
    /// Whether what it names is there.
    pub is_there: bool,
    /// Pictures it was asked of.
    pub pictures: usize,
    /// IoU, 0..1; of what is not there, the share of the picture that was rightly left alone.
    pub before: f64,
    /// The same afterwards.
    pub after: f64,
}

/// Before and after, in all and phrase by phrase.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// The phrases, those that gained most first.
    pub rows: Vec<Row>,
    /// Mean IoU over phrases whose thing is there.
    pub mean_iou: Option<[f64; 2]>,
    /// The figure by which the best model is chosen ([`super::metrics::Figures::generalised_iou`]).
    pub figure: [f64; 2],
}

/// Tries the model `model` on every phrase of `samples`.
///
/// # Errors
/// If the model cannot be used, nothing could be tried, or the job was stopped.
pub fn score(model: &Path, samples: &[Sample], recipe: &Recipe, device: DeviceChoice, job: &Job) -> Result<Scored> {
    let (mut phrases, mut seen) = (Vec::new(), Observations::default());
    let each = |tried: &Tried<'_>| {
        seen.add(tried);
        let (is_there, score) = match tried.outcome {
            Outcome::Present { overlap, .. } => (true, overlap.iou()),
            Outcome::Absent { marked, pixels, .. } => (false, 1.0 - marked as f64 / pixels.max(1) as f64),
        };
        phrases.push(PhraseScore { phrase: tried.expression.text.clone(), is_there, score });
        Ok(())
    };
    let scores = evaluate_model(model, samples, recipe, device, job, each)?;
    Ok(Scored { phrases, summary: scores.summary(), fitted: seen.fit() })
}

impl Comparison {
    /// Compares two models that were tried on the same pictures.
    pub fn between(before: &Scored, after: &Scored) -> Self {
        let mut rows: BTreeMap<(&str, bool), (usize, f64, f64)> = BTreeMap::new();
        for (old, new) in before.phrases.iter().zip(&after.phrases) {
            let row = rows.entry((old.phrase.as_str(), old.is_there)).or_default();
            *row = (row.0 + 1, row.1 + old.score, row.2 + new.score);
        }
        let mut rows: Vec<Row> = rows
            .into_iter()
            .map(|((phrase, is_there), (pictures, before, after))| {
                let mean = |sum: f64| sum / pictures as f64;
                Row { phrase: phrase.to_owned(), is_there, pictures, before: mean(before), after: mean(after) }
            })
            .collect();
        rows.sort_by(|a, b| (b.after - b.before).total_cmp(&(a.after - a.before)));
        let [old, new] = [before, after].map(|scored| &scored.summary.overall);
        Self {
            rows,
            mean_iou: old.mean_iou.zip(new.mean_iou).map(|(old, new)| [old, new]),
            figure: [old.generalised_iou(), new.generalised_iou()],
        }
    }
}

/// At most `most` of `samples`, the same ones every time, spread over all of them.
pub fn spread(samples: Vec<Sample>, most: usize) -> Vec<Sample> {
    let step = samples.len().div_ceil(most.max(1)).max(1);
    samples.into_iter().step_by(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::metrics::{Overlap, Scores, Traits};

    fn scored(outcomes: &[(&str, Option<u64>)]) -> Scored {
        let mut scores = Scores::default();
        let phrases = outcomes
            .iter()
            .map(|(phrase, shared)| {
                let (outcome, score) = match shared {
                    Some(shared) => {
                        let overlap = Overlap { intersection: *shared, union: 10 };
                        (Outcome::Present { overlap, said_present: None }, overlap.iou())
                    }
                    None => (Outcome::Absent { marked: 0, pixels: 10, said_present: None }, 1.0),
                };
                scores.add(Traits::default(), outcome);
                PhraseScore { phrase: (*phrase).to_owned(), is_there: shared.is_some(), score }
            })
            .collect();
        Scored { phrases, summary: scores.summary(), fitted: Calibration::default() }
    }

    #[test]
    fn what_gained_most_comes_first_and_pictures_of_a_phrase_are_one_row() {
        let before = scored(&[("ship", Some(2)), ("tank", Some(4)), ("tank", Some(2)), ("a bridge", None)]);
        let after = scored(&[("ship", Some(1)), ("tank", Some(8)), ("tank", Some(6)), ("a bridge", None)]);
        let Comparison { rows, mean_iou, figure } = Comparison::between(&before, &after);
        let told: Vec<_> = rows.iter().map(|row| (row.phrase.as_str(), row.pictures)).collect();
        assert_eq!(told, [("tank", 2), ("a bridge", 1), ("ship", 1)]);
        assert!((rows[0].before - 0.3).abs() < 1e-12 && (rows[0].after - 0.7).abs() < 1e-12);
        let [old, new] = mean_iou.unwrap();
        assert!((old - 0.8 / 3.0).abs() < 1e-12 && (new - 0.5).abs() < 1e-12);
        assert!((figure[1] - 2.5 / 4.0).abs() < 1e-12);
    }
}
