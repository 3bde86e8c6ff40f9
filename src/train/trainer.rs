//! The trainer: steps, validations, checkpoints, and everything that may end a run.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::Device;
use crossbeam_channel::bounded;

use super::batch::{Batch, BatchSource};
use super::checkpoint::{Checkpoint, Progress};
use super::events::{Event, Step, Stopped, memory};
use super::learner::Learner;
use super::lite_learner::masks;
use super::loss::margin;
use super::metrics::Overlap;
use super::optimizer::AdamW;
use super::recipe::{Budget, Recipe};
use super::weight_average::moved;
use crate::error::{Error, Kind, Result};
use crate::job::Job;
use crate::model::load::{WeightMap, collect, load, parameters};
use crate::model::weights::Card;
use crate::model::weights::tensor::{Dtype, Tensor as FileTensor};
use crate::model::weights::write::{Planned, write_model};

/// The file in a run's folder from which it goes on.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// The model of the last step.
pub const LAST: &str = "last.safetensors";
/// The model of the best validation.
pub const BEST: &str = "best.safetensors";
/// The recipe of the run.
pub const RECIPE: &str = "recipe.json";
/// Steps over which speed is told.
const LATELY: usize = 20;
/// Batches made ahead, on a thread of their own.
const AHEAD: usize = 2;

/// A run of training.
pub struct Trainer<L: Learner> {
    learner: L,
    network: L::Network,
    average: Option<L::Network>,
    optimizer: AdamW,
    recipe: Recipe,
    progress: Progress,
    /// With gradients.
    device: Device,
}

/// What watches a run and where it leaves its files.
pub struct Watch<'a> {
    /// The folder for checkpoint and models; it exists.
    pub folder: &'a Path,
    /// What the model files say of themselves; figures are added.
    pub card: Card,
    /// Gets every event; must return at once.
    pub listener: &'a (dyn Fn(&Event) + Sync),
    /// Stops the run between two steps, or lets it wait there.
    pub job: &'a Job,
}

/// Gives the figure by which the best model is chosen, larger is better, of a network as [`Learner::answering`] made it.
pub type Validate<'v, L> = dyn FnMut(&mut L, &<L as Learner>::Network) -> Result<f64> + 'v;

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Why.
    pub why: Stopped,
    /// How far it came.
    pub progress: Progress,
    /// The model to use: that of the best validation, or of the last step if there was none.
    pub model: PathBuf,
}

impl<L: Learner> Trainer<L> {
    /// Trains `network`, which lies on `device`, a device with gradients.
    ///
    /// # Errors
    /// If the recipe contradicts itself.
    pub fn new(learner: L, network: L::Network, recipe: Recipe, device: Device) -> Result<Self> {
        recipe.check()?;
        let optimizer = AdamW::new(parameters(&network, L::NAMES), |parameter| {
            if recipe.holds_at_zero(&parameter.name) { None } else { learner.group(parameter) }
        });
        let average = recipe.average.map(|_| network.valid());
        let progress = Progress { step: 0, seconds: 0.0, best: None, stale: 0 };
        Ok(Self { learner, network, average, optimizer, recipe, progress, device })
    }

    /// Goes on with the run of which `checkpoint` tells. `learner` is made as for that run, of the checkpoint's weights: with
    /// a frozen encoder it holds a copy of them.
    ///
    /// # Errors
    /// If the checkpoint is of another network.
    pub fn resume(learner: L, checkpoint: Checkpoint, device: Device) -> Result<Self> {
        let Checkpoint { recipe, progress, weights, average, moments } = checkpoint;
        let network = load(learner.blank(&device), &weights, L::NAMES)?;
        let mut trainer = Self::new(learner, network, recipe, device)?;
        trainer.average = match (trainer.average.take(), average) {
            (Some(start), Some(average)) => Some(load(start, &average, L::NAMES)?),
            (start, _) => start,
        };
        trainer.optimizer.restore(moments, &trainer.device.clone().inner())?;
        trainer.progress = progress;
        Ok(trainer)
    }

    /// The network as it is now.
    pub fn network(&self) -> &L::Network {
        &self.network
    }

    /// How far the run is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What reads for the network.
    pub fn learner(&mut self) -> &mut L {
        &mut self.learner
    }

    /// The network that counts, without gradients: the averaged one, where the recipe averages.
    pub fn result(&self) -> L::Network {
        self.average.clone().unwrap_or_else(|| self.network.valid())
    }

    /// Runs to the end of the budget.
    ///
    /// Without `validate` the last model counts.
    ///
    /// # Errors
    /// If a batch cannot be had, a file cannot be written, or the loss or its gradient is no finite number any more. The files of
    /// the folder then hold the last state that was good.
    pub fn run(
        &mut self,
        source: &mut dyn BatchSource,
        validate: Option<&mut Validate<'_, L>>,
        watch: &Watch<'_>,
    ) -> Result<Outcome> {
        self.recipe.write(&watch.folder.join(RECIPE))?;
        let epoch = source.steps_per_epoch().max(1);
        let first = self.progress.step * self.recipe.accumulation as u64;
        let why = std::thread::scope(|scope| {
            let (send, batches) = bounded::<Result<Batch>>(AHEAD);
            // Ends when the receiver is dropped.
            scope.spawn(move || (first..).map(|number| source.batch(number)).all(|batch| send.send(batch).is_ok()));
            let mut next = || batches.recv().map_err(|_| no_batch()).flatten();
            self.go(&mut next, epoch, validate, watch)
        })?;
        self.save(watch)?;
        (watch.listener)(&Event::Finished { step: self.progress.step, why });
        let best = watch.folder.join(BEST);
        let model = if self.progress.best.is_some() && best.is_file() { best } else { watch.folder.join(LAST) };
        Ok(Outcome { why, progress: self.progress.clone(), model })
    }

    fn go(
        &mut self,
        next: &mut dyn FnMut() -> Result<Batch>,
        epoch: u64,
        mut validate: Option<&mut Validate<'_, L>>,
        watch: &Watch<'_>,
    ) -> Result<Stopped> {
        let mut speed = Speed::default();
        loop {
            watch.job.wait_while_paused();
            if watch.job.is_cancelled() {
                return Ok(Stopped::Cancelled);
            }
            let done = self.share_done(epoch);
            if done >= 1.0 {
                return Ok(Stopped::Done);
            }
            let start = Instant::now();
            let Some(mut step) = self.step(next, done, watch)? else { return Ok(Stopped::Cancelled) };
            self.progress.seconds += start.elapsed().as_secs_f64();
            step.1.samples_per_second = speed.after(step.0, start.elapsed());
            step.1.progress = self.share_done(epoch);
            step.1.remaining = self.remaining(step.1.progress);
            (watch.listener)(&Event::Step(step.1));
            let finished = step.1.progress >= 1.0;
            if let Some(validate) = validate.as_deref_mut()
                && (finished || self.progress.step.is_multiple_of(self.recipe.validate_every))
            {
                match self.validate(validate, watch) {
                    Ok(true) => return Ok(Stopped::Settled),
                    Ok(false) => {}
                    Err(error) if error.kind() == Kind::Cancelled => return Ok(Stopped::Cancelled),
                    Err(error) => return Err(error),
                }
            }
            if self.progress.step.is_multiple_of(self.recipe.save_every) && !finished {
                self.save(watch)?;
            }
        }
    }

    /// One step of the optimizer; phrases seen and what to tell, or `None` if somebody stopped it before it was done.
    fn step(
        &mut self,
        next: &mut dyn FnMut() -> Result<Batch>,
        done: f64,
        watch: &Watch<'_>,
    ) -> Result<Option<(usize, Step)>> {
        let step = self.progress.step;
        // What a network drops at random depends on the step alone, so that a run taken up again draws the same.
        self.device.seed(self.recipe.seed ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // Shares the values; only a step that goes wrong needs it.
        let before = self.network.valid();
        let mut sum = GradientsAccumulator::new();
        let (mut loss, mut phrases, mut agreement) = (0.0, 0, Agreement::default());
        for _ in 0..self.recipe.accumulation {
            let batch = next()?;
            if watch.job.is_cancelled() {
                self.network = load(self.learner.blank(&self.device), &collect(&before, L::NAMES), L::NAMES)?;
                return Ok(None);
            }
            let pass = self.learner.pass(&self.network, &batch, &self.device)?;
            let gradients = GradientsParams::from_grads(pass.loss.backward(), &self.network);
            let value = pass.loss.inner().try_into_scalar::<f32>().map_or(f64::NAN, f64::from);
            loss += value / self.recipe.accumulation as f64;
            agreement.add(masks(margin(pass.logits.inner()))?, &batch)?;
            phrases += batch.phrases.len();
            sum.accumulate(&self.network, gradients);
        }
        let factor = self.recipe.schedule.factor(step, done);
        let count = self.recipe.accumulation as f64;
        let (network, applied) =
            self.optimizer.step(self.network.clone(), sum.grads(), count, self.recipe.clip, factor);
        if !loss.is_finite() || !applied.applied {
            self.save_from(&before, watch)?;
            let what = format!("training stopped at step {}", step + 1);
            let why = format!("the loss is {loss} and the norm of its gradient {}", applied.norm);
            let kept = format!("the weights before it are in {}", watch.folder.join(LAST).display());
            return Err(Error::new(what, why, format!("{kept}; go on from them with a smaller learning rate")));
        }
        self.network = network;
        if let (Some(kept), Some(average)) = (self.recipe.average, self.average.take()) {
            self.average = Some(moved(average, &self.network, kept, step));
        }
        self.progress.step += 1;
        let told = Step {
            step: self.progress.step,
            progress: done,
            loss,
            iou: agreement.mean(),
            rate: self.recipe.rates.rate * factor,
            gradient: applied.norm,
            samples_per_second: 0.0,
            remaining: Duration::ZERO,
            memory: memory(),
        };
        Ok(Some((phrases, told)))
    }

    /// Tries the network; whether it has settled.
    fn validate(&mut self, validate: &mut Validate<'_, L>, watch: &Watch<'_>) -> Result<bool> {
        let network = self.learner.answering(self.result());
        let figure = validate(&mut self.learner, &network)?;
        // A NaN is never better.
        let best = self.progress.best.is_none_or(|best| figure > best) && figure.is_finite();
        if best {
            self.progress.best = Some(figure);
            self.progress.stale = 0;
            self.write_model(&watch.folder.join(BEST), &collect(&self.result(), L::NAMES), watch)?;
        } else {
            self.progress.stale += 1;
        }
        (watch.listener)(&Event::Validated { step: self.progress.step, figure, best });
        Ok(self.recipe.patience.is_some_and(|patience| self.progress.stale >= patience))
    }

    /// Writes checkpoint and last model.
    pub fn save(&self, watch: &Watch<'_>) -> Result<()> {
        self.save_from(&self.network, watch)
    }

    fn save_from(&self, network: &L::Network, watch: &Watch<'_>) -> Result<()> {
        let checkpoint = Checkpoint {
            recipe: self.recipe.clone(),
            progress: self.progress.clone(),
            weights: collect(network, L::NAMES),
            average: self.average.as_ref().map(|average| collect(average, L::NAMES)),
            moments: self.optimizer.moments()?,
        };
        checkpoint.write(&watch.folder.join(CHECKPOINT))?;
        let weights = checkpoint.average.as_ref().unwrap_or(&checkpoint.weights);
        self.write_model(&watch.folder.join(LAST), weights, watch)?;
        (watch.listener)(&Event::Saved { step: self.progress.step });
        Ok(())
    }

    fn write_model(&self, path: &Path, weights: &WeightMap, watch: &Watch<'_>) -> Result<()> {
        let plan: Vec<Planned> = weights
            .iter()
            .map(|(name, (shape, _))| Planned { name: name.clone(), dtype: Dtype::F32, shape: shape.clone() })
            .collect();
        let mut card = Card { config: self.learner.config(), ..watch.card.clone() };
        card.metrics.extend(self.progress.best.map(|best| ("validation".to_owned(), best)));
        write_model(path, &card, &plan, |planned| {
            let lost = || Error::new(format!("cannot write {}", path.display()), "its size overflows", "");
            let (shape, values) = weights.get(&planned.name).ok_or_else(lost)?;
            FileTensor::new(Dtype::F32, shape.clone(), bytemuck::cast_slice(values).to_vec()).ok_or_else(lost)
        })?;
        Ok(())
    }

    /// Share of the budget that is spent, 0..1 and beyond.
    fn share_done(&self, epoch: u64) -> f64 {
        let step = self.progress.step as f64;
        match self.recipe.budget {
            Budget::Steps(steps) => step / steps as f64,
            Budget::Epochs(epochs) => step * self.recipe.accumulation as f64 / (epochs * epoch as f64),
            Budget::Minutes(minutes) => self.progress.seconds / (minutes * 60.0),
        }
    }

    fn remaining(&self, progress: f64) -> Duration {
        let seconds = self.progress.seconds * (1.0 - progress) / progress.max(f64::MIN_POSITIVE);
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }
}

fn no_batch() -> Error {
    Error::new("cannot go on training", "the source of examples ended", "start again from the checkpoint")
}

/// Phrases a second over the last steps.
#[derive(Default)]
struct Speed(VecDeque<(usize, Duration)>);

impl Speed {
    fn after(&mut self, phrases: usize, took: Duration) -> f64 {
        if self.0.len() == LATELY {
            self.0.pop_front();
        }
        self.0.push_back((phrases, took));
        let (phrases, took) = self.0.iter().fold((0, Duration::ZERO), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        phrases as f64 / took.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// Mean IoU of the phrases of a step whose thing is there.
#[derive(Default)]
struct Agreement {
    sum: f64,
    count: usize,
}

impl Agreement {
    fn add(&mut self, found: Vec<super::mask::Mask>, batch: &Batch) -> Result<()> {
        for (found, phrase) in found.iter().zip(&batch.phrases) {
            if let Some(target) = &phrase.target {
                self.sum += Overlap::between(found, target)?.iou();
                self.count += 1;
            }
        }
        Ok(())
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}
