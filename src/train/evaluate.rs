//! A network tried on the phrases of a data set.

use image::RgbImage;

use super::batch::Picture;
use super::dataset::{Expression, Sample};
use super::learner::{Learner, Marked};
use super::mask::{Mask, Size};
use super::metrics::{Outcome, Scores};
use super::resample::{bilinear, nearest};
use crate::error::{Error, Kind, Result};
use crate::job::Job;
use crate::query::Asked;

/// The size at which a network looks at a picture. Masks are compared at this size, as the published program does
/// (FIANET.md section 15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// A square of so many pixels, whatever the picture's proportions: the published way.
    Square(u32),
    /// As large as fits in such a square with the picture's proportions, to a multiple of 32 pixels.
    Within(u32),
}

impl Fit {
    /// Most pixels of a side, and of a `Within` the unit of sides.
    const UNIT: u32 = 32;

    /// The size at which a picture is shown.
    pub(super) fn of(self, picture: Size) -> Result<Size> {
        match self {
            Self::Square(side) => Size::new(side, side),
            Self::Within(side) => {
                let scale = f64::from(side) / f64::from(picture.longest());
                let fit = |length: u32| {
                    let units = (f64::from(length) * scale / f64::from(Self::UNIT)).round() as u32;
                    units.max(1) * Self::UNIT
                };
                Size::new(fit(picture.width()), fit(picture.height()))
            }
        }
    }
}

/// A phrase that was tried.
pub struct Tried<'a> {
    /// The picture's entry in its data set.
    pub sample: &'a Sample,
    /// The phrase.
    pub expression: &'a Expression,
    /// The picture as the network saw it.
    pub picture: &'a RgbImage,
    /// The pixels that were marked.
    pub mask: &'a Mask,
    /// What the network said, where it was asked directly.
    pub marked: Option<&'a Marked>,
    /// Log odds that what is asked for is there, as the network or the whole program says it.
    pub presence: Option<f64>,
    /// What is meant, `None` if nothing.
    pub truth: Option<&'a Mask>,
    /// How good that is.
    pub outcome: Outcome,
}

/// Tries `network` ([`Learner::answering`]) on every phrase of `samples`; `each` sees them one by one.
///
/// A picture that cannot be read is told to `job` and left out.
///
/// # Errors
/// If nothing was tried, the job was stopped or the network cannot read a phrase.
pub fn evaluate<'s, L: Learner>(
    learner: &mut L,
    network: &L::Network,
    samples: impl IntoIterator<Item = &'s Sample>,
    fit: Fit,
    job: &Job,
    mut each: impl FnMut(&Tried<'_>) -> Result<()>,
) -> Result<Scores> {
    let samples: Vec<&Sample> = samples.into_iter().filter(|sample| !sample.expressions.is_empty()).collect();
    let (mut scores, mut tried) = (Scores::default(), 0);
    for (done, sample) in samples.iter().enumerate() {
        job.wait_while_paused();
        job.check("the evaluation")?;
        match prepare(sample, fit) {
            Ok((picture, size, truths)) => {
                tried += truths.len();
                let texts: Vec<_> = sample.expressions.iter().map(|e| e.asked()).collect::<Result<_>>()?;
                let view = Picture::whole(picture.as_raw().clone());
                let sides = [size.height() as usize, size.width() as usize];
                let marked = mark(learner, network, &view, sides, &texts, job)?;
                for ((expression, marked), truth) in sample.expressions.iter().zip(&marked).zip(&truths) {
                    let mask = marked.mask()?;
                    let outcome = Outcome::judge(&mask, truth.as_ref(), marked.says_present())?;
                    scores.add(expression.traits(), outcome);
                    let picture = &picture;
                    each(&Tried {
                        sample,
                        expression,
                        picture,
                        mask: &mask,
                        marked: Some(marked),
                        presence: marked.presence.map(f64::from),
                        truth: truth.as_ref(),
                        outcome,
                    })?;
                }
            }
            Err(error) => job.notice(format!("{} is left out: {error}", sample.id)),
        }
        job.progress("pictures", done as u64 + 1, samples.len() as u64);
    }
    if tried == 0 {
        let why = "there is no phrase, or no picture that can be read";
        return Err(Error::new("cannot evaluate on the data set", why, "choose another split or data set"));
    }
    Ok(scores)
}

/// What the network marks for each phrase. A phrase that it cannot be asked (it is too long) marks nothing.
fn mark<L: Learner>(
    learner: &mut L,
    network: &L::Network,
    view: &Picture,
    sides: [usize; 2],
    asked: &[Asked],
    job: &Job,
) -> Result<Vec<Marked>> {
    if let Ok(marked) = learner.mark(network, view, sides, asked) {
        return Ok(marked);
    }
    let one = |asked: &Asked| match learner.mark(network, view, sides, std::slice::from_ref(asked)) {
        Ok(marked) => Ok(marked),
        Err(error) if error.kind() == Kind::Usage => {
            job.notice(error.to_string());
            Ok(vec![Marked::nothing(Size::new(sides[1] as u32, sides[0] as u32)?)])
        }
        Err(error) => Err(error),
    };
    Ok(asked.iter().map(one).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Picture and truths at the size the network sees.
fn prepare(sample: &Sample, fit: Fit) -> Result<(RgbImage, Size, Vec<Option<Mask>>)> {
    let image = sample.read_image()?;
    let size = fit.of(Size::new(image.width(), image.height())?)?;
    let truth = |expression| Ok(sample.read_target(expression)?.map(|mask| nearest(&mask, size)));
    let truths = sample.expressions.iter().map(truth).collect::<Result<_>>()?;
    Ok((bilinear(&image, size), size, truths))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_proportions_to_half_a_unit() {
        let fit = |width, height| {
            let size = Fit::Within(480).of(Size::new(width, height).unwrap()).unwrap();
            (size.width(), size.height())
        };
        assert_eq!(fit(800, 800), (480, 480));
        assert_eq!(fit(1000, 600), (480, 288));
        assert_eq!(fit(100, 5000), (32, 480));
        assert_eq!(Fit::Square(320).of(Size::new(10, 900).unwrap()).unwrap().width(), 320);
    }
}
