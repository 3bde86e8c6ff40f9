//! Whole runs of `lite` on pictures of squares.

use std::path::Path;
use std::sync::Mutex;

use burn::tensor::Device;
use referent::Result;
use referent::error::Kind;
use referent::job::Job;
use referent::model::config::NetworkConfig;
use referent::model::lite::{Lite, LiteConfig};
use referent::model::load::{Named, WeightMap, collect};
use referent::model::minilm::minilm;
use referent::model::names::{LITE, Rename};
use referent::model::weights::{Card, ModelFile};
use referent::query::Asked;
use referent::train::batch::{Batch, BatchSource, Example, Picture};
use referent::train::checkpoint::Checkpoint;
use referent::train::evaluate::Fit;
use referent::train::events::{Event, Stopped};
use referent::train::freeze::Freeze;
use referent::train::learner::{Learner, Marked, Pass};
use referent::train::lite_learner::LiteLearner;
use referent::train::mask::{Mask, Size};
use referent::train::optimizer::Group;
use referent::train::readings::Readings;
use referent::train::recipe::{Budget, Recipe};
use referent::train::trainer::{BEST, CHECKPOINT, LAST, Trainer, Watch};

pub fn device() -> Device {
    Device::flex().autodiff()
}

pub fn lite(device: &Device) -> Lite {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/lite.safetensors");
    Lite::load(&path, &LiteConfig::default(), device).unwrap()
}

pub fn readings() -> Readings {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/text");
    let plain = Device::flex();
    let text = minilm(&folder.join("minilm_l6_f16.safetensors"), &plain).unwrap();
    let words = std::fs::read(folder.join("wordpiece.tokenizer.json")).unwrap();
    Readings::new(text, referent::text::tokens::WordPiece::from_bytes(&words).unwrap(), plain)
}

pub fn learner(network: &Lite, recipe: &Recipe) -> LiteLearner {
    LiteLearner::new(readings(), network, recipe.freeze, recipe.rates)
}

/// A red square on grey ground, somewhere else at each step; and the blue one that is not there.
pub struct Squares {
    pub side: usize,
    pub pictures: usize,
}

impl BatchSource for Squares {
    fn steps_per_epoch(&self) -> u64 {
        2
    }

    fn batch(&mut self, step: u64) -> Result<Batch> {
        let side = self.side;
        let size = Size::new(side as u32, side as u32)?;
        let mut batch = Batch { height: side, width: side, pictures: Vec::new(), phrases: Vec::new() };
        for picture in 0..self.pictures {
            let at = (step as usize * 13 + picture * 29) % (side / 2);
            let square = Mask::from_fn(size, |x, y| {
                let inside = |v: u32| (at..at + side / 3).contains(&(v as usize));
                inside(x) && inside(y)
            });
            let grain = |i: usize| ((i * 7 + i / side * 13) % 23) as u8;
            let bytes = square.to_bytes();
            let rgb = bytes.iter().enumerate().flat_map(|(i, &on)| match on {
                1 => [200 + grain(i), 30, 40],
                _ => [90 + grain(i), 95, 90],
            });
            batch.pictures.push(Picture::whole(rgb.collect()));
            let ask = |text: &str, target| Example { picture, asked: Asked::noun_phrase(text), target };
            batch.phrases.push(ask("the red square", Some(square)));
            batch.phrases.push(ask("the blue circle", None));
        }
        Ok(batch)
    }
}

pub fn small(steps: u64) -> Recipe {
    let mut recipe = Recipe { side: 64, pictures: 2, phrases: 2, ..Recipe::lite(Budget::Steps(steps)) };
    recipe.schedule.warm_up = 2;
    recipe
}

fn squares() -> Squares {
    Squares { side: 64, pictures: 2 }
}

struct Run {
    folder: tempfile::TempDir,
    events: Mutex<Vec<Event>>,
    job: Job,
}

/// Judges a network in the middle of training.
type Validate<'a, L> = dyn FnMut(&mut L, &<L as Learner>::Network) -> Result<f64> + 'a;

impl Run {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), events: Mutex::default(), job: Job::unwatched() }
    }

    /// Runs to the end, cancelling once `cancel_after` steps are done.
    fn go<L: Learner>(
        &self,
        trainer: &mut Trainer<L>,
        validate: Option<&mut Validate<'_, L>>,
        cancel_after: Option<u64>,
    ) -> Result<referent::train::trainer::Outcome> {
        let listener = |event: &Event| {
            if let Event::Step(step) = event
                && Some(step.step) == cancel_after
            {
                self.job.cancel();
            }
            self.events.lock().unwrap().push(event.clone());
        };
        let card = Card::new("squares", NetworkConfig::Lite);
        let watch = Watch { folder: self.folder.path(), card, listener: &listener, job: &self.job };
        trainer.run(&mut squares(), validate, &watch)
    }

    fn losses(&self) -> Vec<f64> {
        let events = self.events.lock().unwrap();
        events.iter().filter_map(|event| if let Event::Step(step) = event { Some(step.loss) } else { None }).collect()
    }
}

fn start(recipe: Recipe) -> Trainer<LiteLearner> {
    let device = device();
    let network = lite(&device);
    Trainer::new(learner(&network, &recipe), network, recipe, device).unwrap()
}

fn weights(trainer: &Trainer<LiteLearner>) -> WeightMap {
    collect(trainer.network(), LITE)
}

#[test]
fn a_run_learns_and_leaves_a_model_that_opens() {
    let run = Run::new();
    let mut trainer = start(Recipe { validate_every: 10, ..small(20) });
    let mut figures = [0.2, 0.1].into_iter();
    let mut validate = |learner: &mut LiteLearner, network: &Lite| {
        let batch = squares().batch(0)?;
        let marked = learner.mark(network, &batch.pictures[0], [64, 64], &[batch.phrases[0].asked.clone()])?;
        assert_eq!(marked.len(), 1);
        Ok(figures.next().unwrap())
    };
    let outcome = run.go(&mut trainer, Some(&mut validate), None).unwrap();
    assert_eq!((outcome.why, outcome.progress.step), (Stopped::Done, 20));
    let losses = run.losses();
    println!("losses {losses:.3?}");
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    assert!(mean(&losses[15..]) < 0.6 * mean(&losses[..5]), "{losses:?}");
    // The first figure was the better one, and its model is the one to use.
    assert_eq!(outcome.model, run.folder.path().join(BEST));
    assert_eq!(outcome.progress.best, Some(0.2));
    for name in [BEST, LAST] {
        let file = ModelFile::open(&run.folder.path().join(name)).unwrap();
        file.verify().unwrap();
        assert_eq!(file.card().unwrap().metrics["validation"], 0.2);
    }
}

#[test]
fn a_run_taken_up_again_goes_where_it_would_have_gone() {
    let (whole, first, second) = (Run::new(), Run::new(), Run::new());
    let mut straight = start(small(6));
    whole.go(&mut straight, None, None).unwrap();

    let mut stopped = start(small(6));
    let outcome = first.go(&mut stopped, None, Some(3)).unwrap();
    assert_eq!((outcome.why, outcome.progress.step), (Stopped::Cancelled, 3));
    let checkpoint = Checkpoint::read(&first.folder.path().join(CHECKPOINT)).unwrap();
    let device = device();
    let reader = learner(&lite(&device), &checkpoint.recipe);
    let mut resumed = Trainer::resume(reader, checkpoint, device).unwrap();
    second.go(&mut resumed, None, None).unwrap();

    assert_eq!(whole.losses()[3..], second.losses());
    assert!(weights(&straight) == weights(&resumed), "the weights differ");
    let averages = [&straight, &resumed].map(|trainer| collect(&trainer.result(), LITE));
    assert!(averages[0] == averages[1], "the averaged weights differ");
}

#[test]
fn a_frozen_encoder_stays_as_it_is_and_the_heads_learn() {
    let recipe = Recipe { freeze: Freeze::Encoder, ..small(3) };
    let run = Run::new();
    let mut trainer = start(recipe);
    let before = weights(&trainer);
    run.go(&mut trainer, None, None).unwrap();
    for (name, (_, values)) in weights(&trainer) {
        let changed = values != before[&name].1;
        if name.starts_with("encoder.") {
            assert!(!changed, "{name} changed");
        } else if name.ends_with("decoder.out.weight") {
            assert!(changed, "{name} did not change");
        }
    }
}

/// Learns as `lite` does until, at a step, the loss is no number.
struct Breaking {
    inner: LiteLearner,
    passes: u64,
    breaks_at: u64,
}

impl Learner for Breaking {
    type Network = Lite;
    const NAMES: &'static [Rename] = LITE;

    fn fit(side: u32) -> Fit {
        LiteLearner::fit(side)
    }

    fn config(&self) -> NetworkConfig {
        self.inner.config()
    }

    fn blank(&self, device: &Device) -> Lite {
        self.inner.blank(device)
    }

    fn group(&self, parameter: &Named) -> Option<Group> {
        self.inner.group(parameter)
    }

    fn pass(&mut self, network: &Lite, batch: &Batch, device: &Device) -> Result<Pass> {
        let mut pass = self.inner.pass(network, batch, device)?;
        self.passes += 1;
        if self.passes == self.breaks_at {
            pass.loss = pass.loss * f32::NAN;
        }
        Ok(pass)
    }

    fn answering(&self, network: Lite) -> Lite {
        self.inner.answering(network)
    }

    fn mark(&mut self, network: &Lite, picture: &Picture, size: [usize; 2], asked: &[Asked]) -> Result<Vec<Marked>> {
        self.inner.mark(network, picture, size, asked)
    }
}

#[test]
fn a_loss_that_is_no_number_stops_the_run_with_the_last_good_weights() {
    let run = Run::new();
    let recipe = small(9);
    let device = device();
    let network = lite(&device);
    let inner = learner(&network, &recipe);
    let breaking = Breaking { inner, passes: 0, breaks_at: 3 };
    let error = run.go(&mut Trainer::new(breaking, network, recipe, device).unwrap(), None, None).unwrap_err();
    assert!(error.to_string().contains("step 3"), "{error}");
    let checkpoint = Checkpoint::read(&run.folder.path().join(CHECKPOINT)).unwrap();
    assert_eq!(checkpoint.progress.step, 2);
    assert!(checkpoint.weights.values().all(|(_, values)| values.iter().all(|v| v.is_finite())));
    ModelFile::open(&run.folder.path().join(LAST)).unwrap().verify().unwrap();

    // Two steps of an unbroken run end in the same weights.
    let other = Run::new();
    let mut unbroken = start(small(9));
    other.go(&mut unbroken, None, Some(2)).unwrap();
    assert!(weights(&unbroken) == checkpoint.weights);
}

#[test]
fn a_run_that_does_not_get_better_stops_by_itself() {
    let run = Run::new();
    let mut trainer = start(Recipe { validate_every: 1, patience: Some(2), ..small(9) });
    let outcome = run.go(&mut trainer, Some(&mut |_: &mut LiteLearner, _: &Lite| Ok(0.5)), None).unwrap();
    assert_eq!((outcome.why, outcome.progress.step), (Stopped::Settled, 3));
}

#[test]
fn a_recipe_that_cannot_be_meant_and_a_broken_checkpoint_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.json");
    let recipe = small(5);
    recipe.write(&path).unwrap();
    assert_eq!(Recipe::read(&path).unwrap(), recipe);
    for text in [
        "{}".to_owned(),
        serde_json::to_string(&Recipe { side: 63, ..small(5) }).unwrap(),
        serde_json::to_string(&Recipe { budget: Budget::Minutes(0.0), ..small(5) }).unwrap(),
    ] {
        std::fs::write(&path, text).unwrap();
        assert!(Recipe::read(&path).is_err());
    }
    assert_eq!(Recipe { accumulation: 0, ..small(5) }.check().unwrap_err().kind(), Kind::Usage);
    for bytes in [&b""[..], b"\xff\xff\xff\xff\xff\xff\xff\x7f{}", b"\x02\0\0\0\0\0\0\0{}"] {
        std::fs::write(&path, bytes).unwrap();
        assert!(Checkpoint::read(&path).is_err());
    }
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/lite.safetensors");
    assert!(Checkpoint::read(&model).unwrap_err().to_string().contains("no checkpoint"));
}
