//! The whole program tried on the phrases of a data set: network and geometry, as a query asks them.

use super::calibrate::log_odds;
use super::dataset::Sample;
use super::evaluate::Tried;
use super::mask::{Mask, Size};
use super::metrics::{Outcome, Scores};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::query::{self, Engine, Options};
use crate::raster::{Access, Scene};
use crate::text::Phrase;

/// Asks every phrase of `samples` as `referent segment` does and compares with the mask, pixel by pixel of the picture.
///
/// A picture or phrase that fails is told to `job`; a phrase that fails marks nothing.
///
/// # Errors
/// If nothing was tried or the job was stopped.
pub fn evaluate_answers<'s>(
    engine: &Engine,
    samples: impl IntoIterator<Item = &'s Sample>,
    options: &Options,
    job: &Job,
    mut each: impl FnMut(&Tried<'_>) -> Result<()>,
) -> Result<Scores> {
    let samples: Vec<&Sample> = samples.into_iter().filter(|sample| !sample.expressions.is_empty()).collect();
    let (mut scores, mut tried) = (Scores::default(), 0);
    for (done, sample) in samples.iter().enumerate() {
        job.check("the evaluation")?;
        let opened = sample.read_image().and_then(|picture| {
            let size = Size::new(picture.width(), picture.height())?;
            Ok((picture, size, Scene::open(&sample.image.to_string_lossy(), Access::LocalOnly)?))
        });
        let (picture, size, scene) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                job.notice(format!("{} is left out: {error}", sample.id));
                continue;
            }
        };
        for expression in &sample.expressions {
            let truth = sample.read_target(expression)?;
            let Said { mask, presence, is_there } = match ask(engine, &scene, &expression.text, size, options, job) {
                Ok(answered) => answered,
                Err(error) => {
                    job.notice(format!("{}, \"{}\": {error}", sample.id, expression.text));
                    Said { mask: Mask::empty(size), presence: None, is_there: None }
                }
            };
            let outcome = Outcome::judge(&mask, truth.as_ref(), is_there)?;
            scores.add(expression.traits(), outcome);
            tried += 1;
            each(&Tried {
                sample,
                expression,
                picture: &picture,
                mask: &mask,
                marked: None,
                presence,
                truth: truth.as_ref(),
                outcome,
            })?;
        }
        job.progress("pictures", done as u64 + 1, samples.len() as u64);
    }
    if tried == 0 {
        let why = "there is no phrase, or no picture that can be read";
        return Err(Error::new("cannot evaluate on the data set", why, "choose another split or data set"));
    }
    Ok(scores)
}

/// What the program says to a phrase.
struct Said {
    mask: Mask,
    /// Log odds that it is there.
    presence: Option<f64>,
    is_there: Option<bool>,
}

/// What the program finds for a phrase, and how sure it is that something is there.
fn ask(engine: &Engine, scene: &Scene, text: &str, size: Size, options: &Options, job: &Job) -> Result<Said> {
    let answer = query::ask(scene, &Phrase::parse(text)?, engine, options, &job.unheard())?;
    let pixels = answer.pixel_mask(size.width() as usize, size.height() as usize);
    Ok(Said {
        mask: Mask::from_bytes(size, &pixels, 0)?,
        presence: answer.presence.map(|presence| log_odds(f64::from(presence))),
        is_there: answer.presence.map(|_| !answer.is_probably_absent),
    })
}
