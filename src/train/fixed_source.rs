//! Batches from pictures with fixed phrases: whole pictures, nothing turned or cropped, so that every word stays true.

use std::collections::HashMap;
use std::sync::Arc;

use super::batch::{Batch, BatchSource, Example, Picture};
use super::dataset::Sample;
use super::mask::Size;
use super::plain_phrases::asked;
use super::resample::{bilinear, nearest};
use crate::error::{Error, Result};
use crate::job::Job;

/// Prepared pictures kept in memory, in bytes; more are prepared anew each time.
const KEPT: usize = 512 << 20;

/// Pictures with their phrases, in an order drawn anew for every epoch.
pub struct FixedPhrases {
    samples: Vec<Sample>,
    size: Size,
    pictures: usize,
    phrases: usize,
    seed: u64,
    kept: HashMap<usize, Arc<Prepared>>,
    kept_bytes: usize,
}

/// A picture at the network's size and all its phrases.
struct Prepared {
    rgb: Vec<u8>,
    phrases: Vec<Example>,
}

impl FixedPhrases {
    /// Batches of `pictures` of the samples, `phrases` of each, resized to `side` x `side`.
    ///
    /// A sample whose picture or phrases cannot be read is told to `job` and left out.
    ///
    /// # Errors
    /// If no sample is left.
    pub fn new<'s>(
        samples: impl Iterator<Item = &'s Sample>,
        side: usize,
        pictures: usize,
        phrases: usize,
        seed: u64,
        job: &Job,
    ) -> Result<Self> {
        let size = Size::new(side as u32, side as u32)?;
        let usable = |sample: &&Sample| {
            let problem = match sample.expressions.is_empty() {
                true => Some("it has no phrase".to_owned()),
                false => prepare(sample, size).err().map(|error| error.to_string()),
            };
            problem.map(|why| job.notice(format!("{} is left out: {why}", sample.id))).is_none()
        };
        let samples: Vec<Sample> = samples.filter(usable).cloned().collect();
        if samples.is_empty() {
            let why = "no picture of it can be read and has a phrase";
            return Err(Error::new("cannot train on the data set", why, "see the notices before"));
        }
        Ok(Self { samples, size, pictures, phrases, seed, kept: HashMap::new(), kept_bytes: 0 })
    }

    fn prepared(&mut self, index: usize) -> Result<Arc<Prepared>> {
        if let Some(known) = self.kept.get(&index) {
            return Ok(Arc::clone(known));
        }
        let prepared = Arc::new(prepare(&self.samples[index], self.size)?);
        let bytes = prepared.rgb.len() + prepared.phrases.len() * self.size.pixels() / 8;
        if self.kept_bytes + bytes <= KEPT {
            self.kept_bytes += bytes;
            self.kept.insert(index, Arc::clone(&prepared));
        }
        Ok(prepared)
    }
}

impl BatchSource for FixedPhrases {
    fn steps_per_epoch(&self) -> u64 {
        self.samples.len().div_ceil(self.pictures) as u64
    }

    fn batch(&mut self, step: u64) -> Result<Batch> {
        let mut batch = Batch {
            height: self.size.height() as usize,
            width: self.size.width() as usize,
            pictures: Vec::new(),
            phrases: Vec::new(),
        };
        for place in 0..self.pictures as u64 {
            // The pictures of all steps are one endless row of shuffled epochs.
            let count = self.samples.len() as u64;
            let (epoch, at) =
                ((step * self.pictures as u64 + place) / count, (step * self.pictures as u64 + place) % count);
            let index = shuffled(self.samples.len(), self.seed, epoch)[at as usize];
            let prepared = self.prepared(index)?;
            let order = shuffled(prepared.phrases.len(), self.seed ^ 1, epoch * count + at);
            let picture = batch.pictures.len();
            let phrases = order.into_iter().take(self.phrases);
            batch.phrases.extend(phrases.map(|phrase| Example { picture, ..prepared.phrases[phrase].clone() }));
            batch.pictures.push(Picture::whole(prepared.rgb.clone()));
        }
        Ok(batch)
    }
}

fn prepare(sample: &Sample, size: Size) -> Result<Prepared> {
    let image = sample.read_image()?;
    let phrases = sample.expressions.iter().map(|expression| {
        let target = sample.read_target(expression)?.map(|mask| nearest(&mask, size));
        Ok(Example { picture: 0, asked: asked(&expression.text)?, target })
    });
    Ok(Prepared { phrases: phrases.collect::<Result<_>>()?, rgb: bilinear(&image, size).into_raw() })
}

/// The numbers below `count` in an order that depends on the seed and the round (Fisher and Yates).
fn shuffled(count: usize, seed: u64, round: u64) -> Vec<usize> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ round.wrapping_mul(0xd1b5_4a32_d192_ed03);
    let mut draw = || {
        // splitmix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        order.swap(last, (draw() % (last as u64 + 1)) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_has_every_number_once_in_an_order_of_its_own() {
        let rounds: Vec<Vec<usize>> = (0..3).map(|round| shuffled(50, 7, round)).collect();
        for round in &rounds {
            let mut sorted = round.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..50));
        }
        assert!(rounds[0] != rounds[1] && rounds[1] != rounds[2]);
        assert_eq!(rounds[1], shuffled(50, 7, 1));
    }
}
