//! Rehearsal: what the model to start from sees in the new pictures, so that it is not forgotten while something else is learned.
//!
//! The old model answers for its own classes on the pictures at hand, and the new one learns these answers beside the new labels
//! (Li and Hoiem, "Learning without forgetting", 2016). No picture of the old training is needed.

use std::sync::Arc;

use super::batch::Picture;
use super::dataset::{Dataset, Expression, Joining, Sample, Shape, Split, Target};
use super::learner::{Learner, Marked};
use super::mask::{Mask, Size};
use super::resample::{bilinear, nearest};
use super::rle::Rle;
use crate::error::Result;
use crate::job::Job;
use crate::query::Asked;
use crate::text::Phrase;

/// Most pictures that are looked at: each costs a phrase a class.
const PICTURES: usize = 100;
/// Log odds beyond which the old model is believed; between, nothing is learned from it.
const SURE: f32 = 1.5;
/// Height and width at which the old model looks.
const SIDE: u32 = 480;

/// The training pictures of `datasets` with what `network` says of each of `classes` in them.
///
/// # Errors
/// If the job was stopped, or the network cannot be asked.
pub fn rehearsal<L: Learner>(
    datasets: &[Dataset],
    classes: &[String],
    learner: &mut L,
    network: &L::Network,
    job: &Job,
) -> Result<Vec<Dataset>> {
    let asked: Vec<(&String, String)> = classes
        .iter()
        .filter_map(|class| Some((class, Phrase::parse(class).ok()?.network_phrases().into_iter().next()?.text)))
        .collect();
    let total = datasets.iter().map(|dataset| dataset.split(Split::Train).count()).sum::<usize>();
    // The same pictures every time, spread over all of them.
    let step = total.div_ceil(PICTURES).max(1);
    let mut number = 0;
    let mut rehearsed = Vec::new();
    for dataset in datasets {
        let mut samples = Vec::new();
        for sample in dataset.split(Split::Train) {
            number += 1;
            if !(number - 1usize).is_multiple_of(step) {
                continue;
            }
            job.check("looking at the pictures with the old model")?;
            match remembered(sample, &asked, learner, network) {
                Ok(expressions) if expressions.is_empty() => {}
                Ok(expressions) => samples.push(Sample { instances: Vec::new(), expressions, ..sample.clone() }),
                // Whoever learns from the picture will say what is wrong with it.
                Err(_) => {}
            }
            job.progress("rehearsal", number as u64, total as u64);
        }
        rehearsed.push(dataset.with(samples));
    }
    job.progress("rehearsal", total as u64, total as u64);
    Ok(rehearsed)
}

/// What the network says of one picture, where it is sure.
fn remembered<L: Learner>(
    sample: &Sample,
    asked: &[(&String, String)],
    learner: &mut L,
    network: &L::Network,
) -> Result<Vec<Expression>> {
    let image = sample.read_image()?;
    let size = Size::new(image.width(), image.height())?;
    let shown = L::fit(SIDE).of(size)?;
    let view = bilinear(&image, shown);
    let phrases: Vec<Asked> = asked.iter().map(|(_, text)| Asked::noun_phrase(text.clone())).collect();
    let sides = [shown.height(), shown.width()].map(|side| side as usize);
    let marked = learner.mark(network, &Picture::whole(view.into_raw()), sides, &phrases)?;
    let said = asked.iter().zip(&marked).map(|((class, text), marked)| {
        Ok(believed(marked, size)?.map(|target| Expression {
            text: text.clone(),
            category: Some(Arc::from(class.as_str())),
            kind: Some(Arc::from("rehearsal")),
            things: None,
            target,
        }))
    });
    Ok(said.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// What the old model means, `None` where it is in doubt.
fn believed(marked: &Marked, size: Size) -> Result<Option<Target>> {
    let mask: Mask = nearest(&marked.mask()?, size);
    let surest = marked.margin.iter().copied().fold(f32::MIN, f32::max);
    Ok(match marked.presence.unwrap_or(surest) {
        presence if presence > SURE && !mask.is_empty() => {
            Some(Target::Present(Shape::Runs(vec![Rle::from_mask(&mask)], Joining::Any)))
        }
        presence if presence < -SURE => Some(Target::Absent),
        _ => None,
    })
}
