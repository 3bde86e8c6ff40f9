//! One run of training as the window shows it: its curves, how far it is, how it ended.

use std::path::PathBuf;

use super::job_list::JobId;
use super::journal::Trouble;
use crate::app::work::{RunEnd, RunNote};
use crate::train::events::{Event, Step};

/// Points of a curve that are kept; of a longer one every second, then every fourth.
const POINTS: usize = 1200;

/// A curve over steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    points: Vec<[f64; 2]>,
    /// One of so many values is kept.
    stride: u64,
    seen: u64,
}

impl Default for Curve {
    fn default() -> Self {
        Self { points: Vec::new(), stride: 1, seen: 0 }
    }
}

impl Curve {
    /// Its points: step and value, both finite.
    pub fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    /// The last value.
    pub fn last(&self) -> Option<f64> {
        self.points.last().map(|[_, y]| *y)
    }

    pub(super) fn push(&mut self, step: u64, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.seen += 1;
        if !self.seen.is_multiple_of(self.stride) {
            return;
        }
        self.points.push([step as f64, value]);
        if self.points.len() > POINTS {
            let mut number = 0;
            self.points.retain(|_| {
                number += 1;
                number % 2 == 0
            });
            self.stride *= 2;
        }
    }
}

/// A run.
#[derive(Debug, Clone, Default)]
pub struct RunView {
    /// Its job while it runs.
    pub job: Option<JobId>,
    /// The name of the new model.
    pub name: String,
    /// The model it started from.
    pub start: String,
    /// Its folder, once there is one.
    pub folder: Option<PathBuf>,
    /// The user wants it to wait.
    pub paused: bool,
    /// The user wants it to end with the best model.
    pub keeping: bool,
    /// Pictures learned from and pictures held out, once they are counted.
    pub pictures: Option<[usize; 2]>,
    /// Where the network runs.
    pub device: Option<String>,
    /// The last step.
    pub last: Option<Step>,
    /// The figure of the model it started from.
    pub baseline: Option<f64>,
    /// The best validation so far: step and figure.
    pub best: Option<(u64, f64)>,
    /// Step at which there is a checkpoint.
    pub saved: Option<u64>,
    /// Loss.
    pub loss: Curve,
    /// IoU on what it learns from.
    pub iou: Curve,
    /// The figure on the pictures held out.
    pub validation: Curve,
    /// Learning rate of the heads.
    pub rate: Curve,
    /// Phrases a second.
    pub speed: Curve,
    /// What was noted of it at its end.
    pub note: Option<RunNote>,
    /// Why it failed.
    pub trouble: Option<Trouble>,
    /// Under which name its pace is remembered.
    pub(super) pace: Option<String>,
}

impl RunView {
    /// A run of the past from its story.
    pub(super) fn told(folder: PathBuf, note: RunNote, story: &[Event]) -> Self {
        let mut view =
            Self { name: note.name.clone(), start: note.start.0.clone(), folder: Some(folder), ..Self::default() };
        story.iter().for_each(|event| view.hear(event));
        if note.end == RunEnd::Failed {
            let (what, remedy) = (format!("the run {} failed", note.name), "start another one".to_owned());
            view.trouble = Some(Trouble { what, why: note.why.clone(), remedy, cancelled: false });
        }
        view.note = Some(note);
        view
    }

    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::Started { pictures, validation, device } => {
                self.pictures = Some([*pictures, *validation]);
                self.device = Some(device.clone());
            }
            Event::Step(step) => {
                self.loss.push(step.step, step.loss);
                self.iou.push(step.step, step.iou.unwrap_or(f64::NAN));
                self.rate.push(step.step, step.rate);
                self.speed.push(step.step, step.samples_per_second);
                self.last = Some(*step);
            }
            Event::Validated { step, figure, best } => {
                self.validation.push(*step, *figure);
                if *best {
                    self.best = Some((*step, *figure));
                }
            }
            Event::Saved { step } => self.saved = Some(*step),
            Event::Finished { .. } => {}
        }
    }

    pub(super) fn set_baseline(&mut self, figure: f64) {
        self.baseline = Some(figure);
        if self.validation.points().is_empty() {
            self.validation.push(0, figure);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_keeps_its_shape_in_few_points() {
        let mut curve = Curve::default();
        for step in 1..=100_000 {
            curve.push(step, step as f64);
        }
        curve.push(100_001, f64::NAN);
        assert!((POINTS / 2..=POINTS).contains(&curve.points().len()), "{}", curve.points().len());
        assert!(curve.points().windows(2).all(|pair| pair[0][0] < pair[1][0]));
        assert!(curve.last().unwrap() > 99_000.0);
    }
}
