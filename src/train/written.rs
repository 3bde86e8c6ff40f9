//! Phrases written about the labelled objects of pictures, to be judged by: the same for the same seed.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::dataset::{Dataset, Expression, Sample, Shape, Split, Target};
use super::labels::Labels;
use super::mask::{Mask, Size};
use super::rle::Rle;
use super::things::things;
use crate::error::Result;
use crate::job::Job;
use crate::text::describe::{Described, Kind, Scene, Wanted, describe};

/// The kind of a phrase in vain about a class that is in the picture, but not where or as the phrase says.
pub const ELSEWHERE: &str = "elsewhere";

/// Writes phrases about the pictures of `split` that have objects and no phrases. The phrases speak of the whole picture.
///
/// A picture that cannot be read is told to `job` and gets none.
///
/// # Errors
/// If the job was stopped.
pub fn write_phrases(
    dataset: &mut Dataset,
    split: Split,
    labels: &Labels,
    wanted: Wanted,
    seed: u64,
    job: &Job,
) -> Result<()> {
    let chosen = |sample: &Sample| sample.split == Some(split) && sample.expressions.is_empty();
    let places: Vec<usize> = (0..dataset.samples.len()).filter(|&place| chosen(&dataset.samples[place])).collect();
    for (done, &place) in places.iter().enumerate() {
        job.check("writing phrases")?;
        let sample = &dataset.samples[place];
        let decided = labels.decided(dataset, sample);
        match phrases_about(sample, labels, &decided, wanted, seed) {
            Ok(expressions) => dataset.samples[place].expressions = expressions,
            Err(error) => job.notice(format!("no phrases are written about {}: {error}", sample.id)),
        }
        job.progress("phrases", done as u64 + 1, places.len() as u64);
    }
    Ok(())
}

/// Phrases about one picture. `decided` are the classes that may be asked for in vain ([`Labels::decided`]).
///
/// # Errors
/// If the picture or a mask cannot be read.
pub fn phrases_about(
    sample: &Sample,
    labels: &Labels,
    decided: &[&str],
    wanted: Wanted,
    seed: u64,
) -> Result<Vec<Expression>> {
    let image = sample.read_image()?;
    let (things, masks) = things(sample, &image)?;
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let scene = Scene::new(width, height, things, decided);
    let size = Size::new(image.width(), image.height())?;
    let said = describe(&scene, wanted, seed ^ seed_of(sample)).into_iter().filter(|said| labels.bear_out(said));
    let is_here = |class: &str| scene.nouns().any(|noun| noun == class);
    said.map(|said| {
        // To say that there is none is one thing, to say that it is elsewhere another.
        let kind = if said.kind == Kind::Absent && is_here(&said.class) { ELSEWHERE } else { said.kind.name() };
        expression(said, kind, &masks, size)
    })
    .collect()
}

/// A phrase with the pixels it means.
fn expression(said: Described, kind: &str, masks: &[Mask], size: Size) -> Result<Expression> {
    let target = match said.targets.is_empty() {
        true => Target::Absent,
        false => {
            let mask = together(&said.targets, masks, size)?;
            Target::Present(Shape::Runs(vec![Rle::from_mask(&mask)], super::dataset::Joining::Any))
        }
    };
    Ok(Expression {
        text: said.text,
        category: Some(Arc::from(said.class)),
        kind: Some(Arc::from(kind)),
        things: Some(said.targets.len()),
        target,
    })
}

/// All pixels of some of the masks.
pub(super) fn together(targets: &[usize], masks: &[Mask], size: Size) -> Result<Mask> {
    targets.iter().filter_map(|&target| masks.get(target)).try_fold(Mask::empty(size), |all, mask| all.union(mask))
}

/// A seed of its own for each picture, whatever else is in the data set.
fn seed_of(sample: &Sample) -> u64 {
    let digest = Sha256::new().chain_update(&*sample.source).chain_update([0]).chain_update(&sample.id).finalize();
    digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}
