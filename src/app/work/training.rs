//! Teaching a model: labels become triplets, the trainer learns them, the result is compared with what it came from and put
//! among the models.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::ThreadPoolBuilder;

use super::runs::{self, RunEnd, RunLock, RunNote, date};
use super::workers::Post;
use super::{News, Taught};
use crate::app::state::JobId;
use crate::error::{Error, Kind, Result};
use crate::files::refusal;
use crate::job::Job;
use crate::model::catalogue;
use crate::model::weights::ModelFile;
use crate::project::{Snapshot, TripletOptions, write_triplets};
use crate::query::DeviceChoice;
use crate::raster::{SceneHandle, Stretch};
use crate::train::compare::{Comparison, Scored, score, spread};
use crate::train::dataset::{Dataset, Sample, Split};
use crate::train::events::Stopped;
use crate::train::finish::complete;
use crate::train::mask::Size;
use crate::train::recipe::Recipe;
use crate::train::run::{Order, held_out, train};
use crate::train::trainer::{CHECKPOINT, Outcome};

/// Pictures on which the model is compared before and after; more take long and say little more.
const COMPARED: usize = 60;
/// Pictures of what must not be forgotten on which it is compared.
const REMEMBERED: usize = 40;
/// The triplets of a run's labels, in its folder.
const LABELS: &str = "labels";

/// Labels, and the scenes they lie on as the user sees them.
#[derive(Debug, Clone)]
pub struct LabelSource {
    /// Labels, areas, phrases.
    pub snapshot: Arc<Snapshot>,
    /// The open scenes.
    pub scenes: Vec<(SceneHandle, Stretch)>,
}

/// A run that is wanted.
#[derive(Debug, Clone)]
pub struct TrainRequest {
    /// Its job.
    pub job: JobId,
    /// The name of the new model.
    pub name: String,
    /// Where models and runs are kept.
    pub home: PathBuf,
    /// What is learned of the open project.
    pub labels: Option<LabelSource>,
    /// Data sets to learn.
    pub datasets: Vec<PathBuf>,
    /// Data sets not to forget.
    pub replay: Vec<PathBuf>,
    /// The model to start from by name, and its file.
    pub start: (String, PathBuf),
    /// How to train.
    pub recipe: Recipe,
    /// Where the network runs.
    pub device: DeviceChoice,
    /// Whether a processor core is left to the window.
    pub leaves_core: bool,
    /// The folder of a run that is taken up again.
    pub resumed: Option<PathBuf>,
}

/// What a data set holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Pictures.
    pub pictures: usize,
    /// Of them, those set apart to choose the best model.
    pub validation: usize,
    /// Phrases, written ones and those that labelled objects will get.
    pub phrases: usize,
    /// The longest side of a picture in pixels, where the data set says it.
    pub longest_side: Option<u32>,
}

/// Looks at a data set.
pub(super) fn look_at(path: &Path) -> Result<Facts> {
    let dataset = Dataset::open(path, &Job::unwatched())?;
    let speaks = |sample: &&Sample| !sample.expressions.is_empty() || !sample.instances.is_empty();
    let phrases = |sample: &Sample| sample.expressions.len().max(usize::from(!sample.instances.is_empty()));
    let sides = dataset.samples.iter().filter_map(|sample| sample.size);
    Ok(Facts {
        pictures: dataset.samples.iter().filter(speaks).count(),
        validation: dataset.split(Split::Val).filter(speaks).count(),
        phrases: dataset.samples.iter().map(phrases).sum(),
        longest_side: sides.map(Size::longest).max(),
    })
}

/// Trains as wanted. `whole` stops everything; `run` only the training itself, after which the best model is kept.
pub(super) fn teach(request: &TrainRequest, whole: &Job, run: &Job, post: &Post) -> Result<News> {
    let tell = |news: Taught| post.send(News::Taught(request.job, Box::new(news)));
    let folder = match &request.resumed {
        Some(folder) => folder.clone(),
        None => runs::new_folder(&request.home, &request.name)?,
    };
    tell(Taught::Began { folder: folder.clone() });
    let lock = RunLock::take(&folder)?;
    let known = request.resumed.as_ref().and_then(|_| RunNote::read(&folder));
    let mut note = RunNote {
        name: request.name.clone(),
        start: request.start.clone(),
        document: request.labels.as_ref().map(|labels| labels.snapshot.name.clone()),
        datasets: request.datasets.clone(),
        replay: request.replay.clone(),
        device: request.device,
        began: known.as_ref().map_or_else(runs::now, |known| known.began),
        ..known.unwrap_or_default()
    };
    (note.end, note.why) = (RunEnd::Open, String::new());
    let outcome = go(request, &folder, &mut note, [whole, run], &tell);
    match &outcome {
        Ok(()) => {}
        Err(error) if error.kind() == Kind::Cancelled => note.end = RunEnd::Stopped,
        Err(error) => (note.end, note.why) = (RunEnd::Failed, error.to_string()),
    }
    // What never made a step leaves nothing behind.
    let is_empty = request.resumed.is_none() && !folder.join(CHECKPOINT).is_file();
    let is_nothing = is_empty && matches!(note.end, RunEnd::Stopped | RunEnd::Failed);
    let noted = if is_nothing { Ok(()) } else { note.write(&folder) };
    drop(lock);
    if is_nothing {
        // Whoever started it is told the error; the folder was made for this run.
        let _ = fs::remove_dir_all(&folder);
    }
    match outcome {
        Err(error) if error.kind() != Kind::Cancelled => Err(error),
        _ => noted.map(|()| News::Taught(request.job, Box::new(Taught::Over { folder, note: Box::new(note) }))),
    }
}

fn go(
    request: &TrainRequest,
    folder: &Path,
    note: &mut RunNote,
    [whole, run]: [&Job; 2],
    tell: &(dyn Fn(Taught) + Sync),
) -> Result<()> {
    let TrainRequest { labels, recipe, device, .. } = request;
    if let Some(labels) = labels {
        whole.progress("writing the labels", 0, 0);
        note.datasets.insert(0, write_labels(labels, folder, whole)?);
    }
    note.write(folder)?;
    let order = Order {
        datasets: note.datasets.clone(),
        replay: note.replay.clone(),
        start: request.start.1.clone(),
        recipe: recipe.clone(),
        folder: folder.to_owned(),
        device: *device,
        suits: false,
        resume: request.resumed.is_some(),
    };
    whole.progress("reading the data sets", 0, 0);
    let held = held_out(&order, &whole.unheard())?;
    let [held, replayed] = [spread(held.validation, COMPARED), spread(held.replayed, REMEMBERED)];
    let judge = |model: &Path, samples: &[Sample], job: &Job| {
        let speaks = samples.iter().any(|sample| !sample.expressions.is_empty());
        if speaks { score(model, samples, recipe, *device, job).map(Some) } else { Ok(None) }
    };
    // The window paints meanwhile: the network leaves it a core if that is wanted.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = if request.leaves_core { (cores - 1).max(1) } else { cores };
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().map_err(|cause| {
        Error::new("cannot train", format!("no threads: {cause}"), "close other programs and try again").because(cause)
    })?;
    pool.install(|| {
        let before = judge(&order.start, &held, whole)?;
        if let Some(before) = &before {
            tell(Taught::Baseline(before.summary.overall.generalised_iou()));
        }
        let remembered = judge(&order.start, &replayed, whole)?;
        let outcome = train(&order, &|event| tell(Taught::Event(event.clone())), run)?;
        note.end = match outcome.why {
            Stopped::Cancelled if whole.is_cancelled() => RunEnd::Stopped,
            Stopped::Cancelled => RunEnd::Kept,
            Stopped::Done | Stopped::Settled => RunEnd::Done,
        };
        if note.end == RunEnd::Stopped {
            return Ok(());
        }
        whole.progress("comparing", 0, 0);
        let after = judge(&outcome.model, &held, whole)?;
        note.comparison = before.zip(after.as_ref()).map(|(before, after)| Comparison::between(&before, after));
        let after_replay = judge(&outcome.model, &replayed, whole)?;
        let figure = |scored: Scored| scored.summary.overall.generalised_iou();
        note.remembered = remembered.zip(after_replay).map(|(before, after)| [figure(before), figure(after)]);
        if let (RunEnd::Kept, Some(after)) = (note.end, &after) {
            complete(&outcome.model, &after.summary, after.fitted)?;
        }
        note.model = Some(publish(request, note, &outcome)?);
        Ok(())
    })
}

/// Writes the triplets of the labels and returns their folder.
fn write_labels(labels: &LabelSource, folder: &Path, job: &Job) -> Result<PathBuf> {
    let place = folder.join(LABELS);
    let scenes = labels.scenes.iter().map(|(scene, _)| scene.open()).collect::<Result<Vec<_>>>()?;
    let seen: Vec<_> = scenes.iter().zip(&labels.scenes).map(|(scene, (_, stretch))| (scene, stretch)).collect();
    let written = write_triplets(&labels.snapshot, &seen, &place, &TripletOptions::default(), job)?;
    for notice in written.notices {
        job.notice(format!("labels: {notice}"));
    }
    Ok(place)
}

/// Puts the model of a run among those that have names, with a card that says where it comes from.
fn publish(request: &TrainRequest, note: &RunNote, outcome: &Outcome) -> Result<PathBuf> {
    let target = catalogue::file_of(&request.home, &request.name);
    let models = catalogue::models_of(&request.home);
    fs::create_dir_all(&models).map_err(|cause| refusal(&models, cause))?;
    let learned = note.document.clone().into_iter().chain(request.datasets.iter().map(|path| name_of(path)));
    let learned = learned.collect::<Vec<_>>().join(", ");
    let when = date(note.began);
    let minutes = outcome.progress.seconds / 60.0;
    ModelFile::with_card(&outcome.model, &target, |card| {
        card.name.clone_from(&request.name);
        card.what = format!("{} fine-tuned on {learned}, {when} UTC", note.start.0);
        card.notes.push(format!("{} steps in {minutes:.1} minutes on {when} UTC.", outcome.progress.step));
    })?;
    Ok(target)
}

/// Puts the best model of a run back among those that have names.
pub(super) fn keep_again(home: &Path, folder: &Path, name: &str) -> Result<()> {
    let source = crate::train::run::model_of(folder);
    let models = catalogue::models_of(home);
    fs::create_dir_all(&models).map_err(|cause| refusal(&models, cause))?;
    ModelFile::with_card(&source, &catalogue::file_of(home, name), |card| card.name = name.to_owned())
}

/// Takes a model out of the list. What its run left stays.
pub(super) fn remove_model(home: &Path, name: &str) -> Result<()> {
    let path = catalogue::file_of(home, name);
    // Only what is a model: the name comes from a form.
    ModelFile::open(&path)?;
    fs::remove_file(&path).map_err(|cause| {
        Error::new(
            format!("cannot remove {}", path.display()),
            cause.to_string(),
            "check the permissions of its folder",
        )
        .because(cause)
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
