//! A run of training as a person orders it: data sets and a model to start from in, a folder with a better model out.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use burn::tensor::Device;

use super::calibrate::Observations;
use super::checkpoint::Checkpoint;
use super::dataset::{Dataset, Sample, Split};
use super::evaluate::{Tried, evaluate};
use super::events::{Event, Stopped};
use super::examples::{Askable, Examples};
use super::fianet_learner::FiaNetLearner;
use super::finish::complete;
use super::judge::PHRASES;
use super::learner::Learner;
use super::lite_learner::LiteLearner;
use super::mask::Size;
use super::metrics::Summary;
use super::readings::Readings;
use super::recipe::Recipe;
use super::rehearsal::rehearsal;
use super::split::{Shares, Unit, assign, refuse_leaks};
use super::trainer::{BEST, CHECKPOINT, Outcome, Trainer, Watch};
use super::written::write_phrases;
use crate::error::{Error, Result};
use crate::files::refusal;
use crate::job::Job;
use crate::model::config::NetworkConfig;
use crate::model::fianet::Regularisation;
use crate::model::lite::{Lite, LiteConfig};
use crate::model::load::{collect, load};
use crate::model::names::{FIANET, LITE};
use crate::model::weights::{Card, ModelFile};
use crate::query::{Asked, Chosen, DeviceChoice, LITE_TOKENS, choose};
use crate::text::describe::Wanted;
use crate::text::official::Rule;
use crate::text::tokens::TokenViews;

/// The events of a run, a line of JSON each.
pub const LOG: &str = "events.jsonl";
/// The figures of each validation, a line of JSON each.
pub const VALIDATIONS: &str = "validations.jsonl";
/// Share of the pictures that choose the best model, where a data set is not split yet.
const VALIDATION_SHARE: f64 = 0.15;
/// Share of the pictures seen that come from the data sets to be remembered, where there are any.
const REPLAY_SHARE: f64 = 0.5;

/// What is ordered.
#[derive(Debug, Clone)]
pub struct Order {
    /// Data sets to learn.
    pub datasets: Vec<PathBuf>,
    /// Data sets that are known already and mixed in, so that they are not forgotten. They do not choose the best model.
    pub replay: Vec<PathBuf>,
    /// The model file to start from.
    pub start: PathBuf,
    /// How to train. Of a run that is taken up again the recipe of its folder counts, but for the budget.
    pub recipe: Recipe,
    /// Whether the recipe is first made to suit few or small pictures ([`Recipe::for_few`], [`Recipe::for_small`]).
    pub suits: bool,
    /// Where everything goes; made if need be.
    pub folder: PathBuf,
    /// Where the network runs.
    pub device: DeviceChoice,
    /// Whether a run in the folder is taken up again.
    pub resume: bool,
}

/// Trains as ordered.
///
/// # Errors
/// If a data set or the model cannot be used, splits share pictures or ground, the folder holds another run, or the training
/// itself fails ([`Trainer::run`]).
pub fn train(order: &Order, listener: &(dyn Fn(&Event) + Sync), job: &Job) -> Result<Outcome> {
    let checkpoint = checkpoint_of(order)?;
    let mut recipe = checkpoint.as_ref().map_or_else(|| order.recipe.clone(), |known| known.recipe.clone());
    recipe.budget = order.recipe.budget;
    recipe.check()?;
    let start = ModelFile::open(&order.start)?;
    let data = Data::open(order, &recipe, job)?;
    if order.suits && checkpoint.is_none() {
        recipe = data.suited(recipe);
    }
    let chosen = choose(order.device)?;
    let plain = chosen.device.clone();
    let device = chosen.device.clone().autodiff();
    let begin = Begin { order, recipe: &recipe, start: &start, chosen: &chosen, listener, job };
    match start.config() {
        NetworkConfig::Lite => {
            let readings = Readings::bundled(&plain)?;
            device.seed(recipe.seed);
            let blank = Lite::init(&LiteConfig::default(), &device);
            let network = match &checkpoint {
                Some(checkpoint) => load(blank, &checkpoint.weights, LITE)?,
                None => started(blank, &start, &recipe)?,
            };
            let words = Readings::word_piece()?;
            let is_askable = Box::new(move |asked: &Asked| {
                TokenViews::from_spans(&words, &asked.sentence, &asked.object, &asked.position, LITE_TOKENS).is_ok()
            });
            let learner = LiteLearner::new(readings, &network, recipe.freeze, recipe.rates);
            data.train(trainer(learner, network, checkpoint, recipe.clone(), device)?, is_askable, &begin)
        }
        NetworkConfig::Fianet(config) => {
            let rule = Rule::of_text_length(config.text_length);
            let words = Readings::word_piece()?;
            let learner =
                FiaNetLearner::new(config.clone(), Regularisation::default(), words, rule, recipe.freeze, recipe.rates);
            let network = load(learner.blank(&device), &start, FIANET)?;
            data.train(trainer(learner, network, checkpoint, recipe.clone(), device)?, Box::new(|_| true), &begin)
        }
        NetworkConfig::Swin(_) | NetworkConfig::Bert(_) => {
            Err(start.config().only_a_part(format!("cannot start from {}", order.start.display())))
        }
    }
}

/// Pictures on which a run can be judged.
#[derive(Debug, Clone)]
pub struct HeldOut {
    /// Those that choose the best model.
    pub validation: Vec<Sample>,
    /// Those of the data sets to be remembered: their validation pictures, or all where none are set apart.
    pub replayed: Vec<Sample>,
}

/// The pictures on which the run `order` can be judged, as [`train`] divides its data sets.
///
/// # Errors
/// As [`train`], where a data set cannot be used.
pub fn held_out(order: &Order, job: &Job) -> Result<HeldOut> {
    let Data { validation, replayed, .. } = Data::open(order, &order.recipe, job)?;
    let apart = |dataset: &Dataset| {
        let has_validation = dataset.split(Split::Val).next().is_some();
        let samples = dataset.samples.iter();
        samples.filter(|sample| !has_validation || sample.split == Some(Split::Val)).cloned().collect::<Vec<_>>()
    };
    Ok(HeldOut { validation, replayed: replayed.iter().flat_map(apart).collect() })
}

/// `lite` as the recipe starts it.
fn started(blank: Lite, start: &ModelFile, recipe: &Recipe) -> Result<Lite> {
    let random = collect(&blank, LITE);
    let network = load(blank, start, LITE)?;
    if !recipe.fresh_heads && recipe.zero.is_empty() {
        return Ok(network);
    }
    let mut weights = collect(&network, LITE);
    for (name, (_, values)) in &mut weights {
        if recipe.fresh_heads
            && !name.starts_with("encoder.")
            && let Some((_, fresh)) = random.get(name)
        {
            values.clone_from(fresh);
        }
        if recipe.holds_at_zero(name) {
            values.fill(0.0);
        }
    }
    load(network, &weights, LITE)
}

fn trainer<L: Learner>(
    learner: L,
    network: L::Network,
    checkpoint: Option<Checkpoint>,
    recipe: Recipe,
    device: Device,
) -> Result<Trainer<L>> {
    match checkpoint {
        Some(checkpoint) => Trainer::resume(learner, Checkpoint { recipe, ..checkpoint }, device),
        None => Trainer::new(learner, network, recipe, device),
    }
}

/// The checkpoint to go on from. Refuses to write over another run.
fn checkpoint_of(order: &Order) -> Result<Option<Checkpoint>> {
    let folder = &order.folder;
    let path = folder.join(CHECKPOINT);
    match (order.resume, path.is_file()) {
        (true, _) => Checkpoint::read(&path).map(Some),
        (false, true) => Err(Error::usage(
            format!("cannot train into {}", folder.display()),
            "it holds a run already",
            "go on with that run (--resume), or choose another folder",
        )),
        (false, false) => Ok(None),
    }
}

/// What a run begins with.
#[derive(Clone, Copy)]
struct Begin<'a> {
    order: &'a Order,
    recipe: &'a Recipe,
    start: &'a ModelFile,
    chosen: &'a Chosen,
    listener: &'a (dyn Fn(&Event) + Sync),
    job: &'a Job,
}

/// What is learned from and what chooses.
struct Data {
    name: String,
    learned: Vec<Dataset>,
    replayed: Vec<Dataset>,
    /// Pictures with phrases that choose the best model; may be none.
    validation: Vec<Sample>,
}

impl Data {
    fn open(order: &Order, recipe: &Recipe, job: &Job) -> Result<Self> {
        let mut learned = open_all(&order.datasets, recipe, job)?;
        let replayed = open_all(&order.replay, recipe, job)?;
        for dataset in &mut learned {
            let wanted = Wanted { count: PHRASES, absent: recipe.absent };
            write_phrases(dataset, Split::Val, &recipe.labels, wanted, recipe.seed, job)?;
        }
        let validation = learned.iter().flat_map(|dataset| dataset.split(Split::Val)).cloned().collect();
        let name = learned.iter().map(|dataset| dataset.name.as_str()).collect::<Vec<_>>().join(" + ");
        Ok(Self { name, learned, replayed, validation })
    }

    /// The recipe for pictures so few or so small as those to be learned.
    fn suited(&self, recipe: Recipe) -> Recipe {
        let samples = || self.learned.iter().flat_map(|dataset| dataset.split(Split::Train));
        let recipe = recipe.for_few(samples().count());
        match samples().filter_map(|sample| sample.size.map(Size::longest)).max() {
            Some(longest) => recipe.for_small(longest as usize),
            None => recipe,
        }
    }

    /// The classes that are learned or replayed.
    fn classes(&self) -> BTreeSet<String> {
        self.learned.iter().chain(&self.replayed).flat_map(classes_of).collect()
    }

    /// The examples to learn from: half of them of what is known already, where there is such a thing.
    fn examples<L: Learner>(&self, learner: &mut L, begin: &Begin<'_>) -> Result<Examples> {
        let Begin { recipe, start, job, .. } = *begin;
        let mut replayed = self.replayed.clone();
        if replayed.is_empty() && recipe.rehearse {
            let taught = self.classes();
            let old = start.card().map_or(&[][..], |card| card.classes.as_slice());
            let old: Vec<String> = old.iter().filter(|class| !taught.contains(*class)).cloned().collect();
            if !old.is_empty() {
                let network = load(learner.blank(&begin.chosen.device), start, L::NAMES)?;
                let network = learner.answering(network);
                replayed = rehearsal(&self.learned, &old, learner, &network, job)?;
            }
        }
        let count = |datasets: &[Dataset]| datasets.iter().map(|d| d.split(Split::Train).count()).sum::<usize>() as f64;
        let (new, known) = (count(&self.learned), count(&replayed));
        let balance = if known > 0.0 { known * (1.0 - REPLAY_SHARE) / (new * REPLAY_SHARE).max(1.0) } else { 1.0 };
        let mut weighted: Vec<(Dataset, f64)> = Vec::new();
        weighted.extend(self.learned.iter().map(|dataset| (dataset.clone(), balance.max(1.0))));
        weighted.extend(replayed.into_iter().map(|dataset| (dataset, (1.0 / balance).max(1.0))));
        Examples::new(&weighted, recipe, L::fit(recipe.side as u32), job)
    }

    fn train<L: Learner>(self, mut trainer: Trainer<L>, is_askable: Askable, begin: &Begin<'_>) -> Result<Outcome> {
        let Begin { order, recipe, start, chosen, listener, job } = *begin;
        let mut examples = self.examples(trainer.learner(), begin)?;
        examples.keep_only(is_askable);
        // Made only now, so that what cannot begin leaves nothing.
        fs::create_dir_all(&order.folder).map_err(|cause| refusal(&order.folder, cause))?;
        let log = Log::open(&order.folder.join(LOG))?;
        let validations = Log::open(&order.folder.join(VALIDATIONS))?;
        let heard = |event: &Event| {
            log.write(event, job);
            listener(event);
        };
        heard(&Event::Started {
            pictures: examples.pictures(),
            validation: self.validation.len(),
            device: chosen.name.clone(),
        });
        let card = card(&order.folder, start, &self.name, &self.classes());
        let watch = Watch { folder: &order.folder, card, listener: &heard, job };
        let (samples, fit) = (&self.validation, L::fit(recipe.validation_side as u32));
        let mut step = 0;
        let mut validate = |learner: &mut L, network: &L::Network| {
            let scores = evaluate(learner, network, samples, fit, &job.unheard(), |_| Ok(()))?;
            let summary = scores.summary();
            step += 1;
            validations.write(&Validation { number: step, summary: &summary }, job);
            Ok(summary.overall.generalised_iou())
        };
        let has_validation = samples.iter().any(|sample| !sample.expressions.is_empty());
        if !has_validation {
            job.notice("there is nothing to validate with: the model of the last step counts");
        }
        let outcome = trainer.run(&mut examples, if has_validation { Some(&mut validate) } else { None }, &watch)?;
        // Who stops a run does not want to wait.
        if has_validation && outcome.why != Stopped::Cancelled {
            let learner = trainer.learner();
            let network = load(learner.blank(&chosen.device), &ModelFile::open(&outcome.model)?, L::NAMES)?;
            let network = learner.answering(network);
            let mut seen = Observations::default();
            let mut each = |tried: &Tried<'_>| {
                seen.add(tried);
                Ok(())
            };
            let scores = evaluate(learner, &network, samples, fit, &job.unheard(), &mut each)?;
            complete(&outcome.model, &scores.summary(), seen.fit())?;
        }
        Ok(outcome)
    }
}

/// A line of [`VALIDATIONS`].
#[derive(serde::Serialize)]
struct Validation<'a> {
    number: u64,
    #[serde(flatten)]
    summary: &'a Summary,
}

/// Opens data sets, splits those that are not split and refuses those whose splits share something.
fn open_all(paths: &[PathBuf], recipe: &Recipe, job: &Job) -> Result<Vec<Dataset>> {
    let open = |path: &PathBuf| {
        let mut dataset = Dataset::open(path, job)?;
        if dataset.samples.iter().all(|sample| sample.split.is_none()) {
            let shares = Shares { val: VALIDATION_SHARE, test: 0.0 };
            if let Err(error) = assign(&mut dataset, Unit::Group, shares, recipe.seed) {
                job.notice(format!("all of {} is learned from: {error}", dataset.name));
                dataset.samples.iter_mut().for_each(|sample| sample.split = Some(Split::Train));
            }
        }
        refuse_leaks(&dataset, &recipe.divided)?;
        Ok(dataset)
    };
    paths.iter().map(open).collect()
}

/// The classes that a data set teaches.
fn classes_of(dataset: &Dataset) -> BTreeSet<String> {
    let samples = || dataset.split(Split::Train);
    let objects = samples().flat_map(|sample| sample.instances.iter().map(|instance| instance.category.to_string()));
    let meant = samples().flat_map(|sample| sample.expressions.iter().filter_map(|e| e.category.as_deref()));
    objects.chain(meant.map(str::to_owned)).collect()
}

/// What the new model says of itself: what the old one said, and what it learned now.
fn card(folder: &Path, start: &ModelFile, learned: &str, classes: &BTreeSet<String>) -> Card {
    let name = folder.file_name().map_or_else(|| "trained".into(), |name| name.to_string_lossy().into_owned());
    let mut card = start.card().cloned().unwrap_or_else(|| Card::new(&name, start.config().clone()));
    let from = std::mem::replace(&mut card.name, name);
    card.trained_on = match card.trained_on.as_str() {
        "" => learned.to_owned(),
        before => format!("{before}; then {learned}"),
    };
    card.metrics.clear();
    // How sure the old model was, and had to be, says nothing about what is learned now.
    if let Some(calibration) = &mut card.calibration {
        (calibration.presence, calibration.absent_below) = (None, None);
    }
    card.source = None;
    // A list that is open stays open.
    if !card.classes.is_empty() {
        let new: Vec<String> = classes.iter().filter(|class| !card.classes.contains(class)).cloned().collect();
        card.classes.extend(new);
    }
    card.notes.push(format!("Trained from {from} on {learned}."));
    card
}

/// A file to which lines are added. That one cannot be written is told once and ends nothing.
struct Log {
    path: PathBuf,
    file: Mutex<Option<fs::File>>,
}

impl Log {
    fn open(path: &Path) -> Result<Self> {
        let file = fs::OpenOptions::new().create(true).append(true).open(path).map_err(|cause| refusal(path, cause))?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(Some(file)) })
    }

    fn write(&self, value: &impl serde::Serialize, job: &Job) {
        let mut slot = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(file) = slot.as_mut() else { return };
        let line = serde_json::to_string(value).map_err(|cause| cause.to_string());
        let written = line.and_then(|line| writeln!(file, "{line}").map_err(|cause| cause.to_string()));
        if let Err(why) = written {
            job.notice(format!("{} is not continued: {why}", self.path.display()));
            *slot = None;
        }
    }
}

/// The model that a run's folder offers: the best one, or the last.
pub fn model_of(folder: &Path) -> PathBuf {
    let best = folder.join(BEST);
    if best.is_file() { best } else { folder.join(super::trainer::LAST) }
}
