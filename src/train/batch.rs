//! What a training step sees: pictures, phrases about them and what the phrases mean.

use super::mask::Mask;
use crate::error::{Error, Result};
use crate::query::Asked;

/// A picture of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// 8-bit RGB, row by row.
    pub rgb: Vec<u8>,
    /// Where it lies in the frame that its phrases speak of: `x0, y0, x1, y1` in 0..1 of the frame's width and height; beyond
    /// them where it shows more than the frame.
    pub place: [f32; 4],
}

impl Picture {
    /// A picture that is the frame itself.
    pub fn whole(rgb: Vec<u8>) -> Self {
        Self { rgb, place: [0.0, 0.0, 1.0, 1.0] }
    }
}

/// A phrase of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The picture it is about, by its number in the batch.
    pub picture: usize,
    /// What is asked.
    pub asked: Asked,
    /// What it means, `None` when nothing in the picture is meant.
    pub target: Option<Mask>,
}

/// Pictures of one size and the phrases about them. The image encoder runs once a picture, however many phrases it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Rows of every picture.
    pub height: usize,
    /// Columns of every picture.
    pub width: usize,
    /// The pictures.
    pub pictures: Vec<Picture>,
    /// The phrases.
    pub phrases: Vec<Example>,
}

impl Batch {
    /// Refuses a batch without phrases, and sizes and numbers that do not agree.
    pub fn check(&self) -> Result<()> {
        let refuse = |why: String| Err(Error::new("cannot train on a batch", why, "check the source of the examples"));
        if self.phrases.is_empty() {
            return refuse("it has no phrase".into());
        }
        let bytes = self.height * self.width * 3;
        if let Some(picture) = self.pictures.iter().find(|picture| picture.rgb.len() != bytes) {
            let (given, width, height) = (picture.rgb.len(), self.width, self.height);
            return refuse(format!("a picture of {width} x {height} pixels has {given} bytes"));
        }
        for phrase in &self.phrases {
            if phrase.picture >= self.pictures.len() {
                return refuse(format!("a phrase speaks of picture {} and there is none", phrase.picture));
            }
            let size = phrase.target.as_ref().map(Mask::size);
            if let Some(size) = size.filter(|s| [s.height() as usize, s.width() as usize] != [self.height, self.width])
            {
                return refuse(format!("a mask has {size} pixels and its picture {} x {}", self.width, self.height));
            }
        }
        Ok(())
    }
}

/// Where batches come from.
///
/// The batch of a step depends on the source's seed and the step's number alone. So a run that is taken up again sees what it
/// would have seen, and there is no state of random numbers to keep.
pub trait BatchSource: Send {
    /// Steps until every picture was seen once.
    fn steps_per_epoch(&self) -> u64;

    /// The batch of `step`, counted from 0.
    fn batch(&mut self, step: u64) -> Result<Batch>;
}
