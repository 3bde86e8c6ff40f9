//! The whole of it in one function: a scene and a phrase in, an answer out.

use serde_json::json;

use super::answer::Answer;
use super::frame::Frame;
use super::hearing::Hearing;
use super::keeping::Keeping;
use super::look::{Heard, Looker, Sentence};
use super::onlooker::Onlooker;
use super::options::{FrameChoice, Options};
use super::relate::choose::is_mass;
use super::resolution::{Levels, levels_over};
use super::segmenter::Segmenter;
use super::sweep::Report;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::raster::{Scene, Stretch, StretchOptions};
use crate::text::{AttributeKind, Description, Determiner, NetworkPhrase, Number, Phrase};

/// Side of a window in view pixels.
pub const WINDOW: usize = 480;
/// Pixels between the starts of neighbouring windows. A fifth of overlap gives every object's edge some context.
pub const STRIDE: usize = 384;

/// Asks `phrase` of `scene`, keeping nothing.
///
/// The network is asked for noun phrases, the targets' and the landmarks', in every window of the scene's grid that the
/// frame touches; so the same pixels give the same objects from any frame. What else the phrase says is decided by geometry
/// among them ([`super::relate`]); a landmark the model was never taught is left out, and the answer says so. Where the frame fits
/// one view the network is also asked the whole sentence, as FIANet is: its support inside an object counts in the object's
/// score, and where no single object is found the sentence's own mask is the answer.
///
/// # Errors
/// When the frame is not on the scene, the scene cannot be read at all, or the phrase is longer than the network reads.
pub fn ask(scene: &Scene, phrase: &Phrase, segmenter: &impl Segmenter, options: &Options, job: &Job) -> Result<Answer> {
    ask_keeping(scene, phrase, segmenter, options, Keeping::default(), job)
}

/// [`ask`] with a cache of features and a journal of what is done. They change nothing of the answer.
///
/// # Errors
/// As [`ask`], and when the journal is of another way to cut the scene.
pub fn ask_keeping(
    scene: &Scene,
    phrase: &Phrase,
    segmenter: &impl Segmenter,
    options: &Options,
    keeping: Keeping<'_>,
    job: &Job,
) -> Result<Answer> {
    hear(scene, phrase, segmenter, options, keeping, None, job)?.answer(scene, options)
}

/// The network's part of [`ask_keeping`]: [`Hearing::answer`] is the rest, and costs no network. An onlooker sees the targets'
/// probabilities as they become known.
///
/// # Errors
/// As [`ask_keeping`].
pub fn hear(
    scene: &Scene,
    phrase: &Phrase,
    segmenter: &impl Segmenter,
    options: &Options,
    keeping: Keeping<'_>,
    onlooker: Option<Onlooker<'_>>,
    job: &Job,
) -> Result<Hearing> {
    // An answer needs all windows.
    let keeping = Keeping { share: None, ..keeping };
    let Swept { frame, stretch, phrase, mut notices, mut report, nouns } =
        swept(scene, phrase, segmenter, options, keeping, onlooker, job)?;
    let finest = nouns.iter().find(|(noun, _)| noun.is_target).and_then(|(_, levels)| levels.first());
    let Some(level) = finest.map(|heard| heard.lattice.level) else {
        return Err(Error::new("cannot ask the scene", "the phrase has no target", "name what to look for"));
    };
    let looker = looker(scene, &stretch, &frame, segmenter, options, keeping, job);
    let is_one_of_many = means_one(&phrase) && !looker.fits_one_view(level);
    let by_network_alone = decided_by_network_alone(&phrase) && !is_one_of_many;
    let mut sentence = None;
    if !by_network_alone {
        match looker.sentence(level, &phrase) {
            Sentence::Heard(heard) => {
                report.windows += 1;
                report.done += 1;
                sentence = Some(*heard);
            }
            Sentence::NotAsked(why) => notices.extend(why),
            Sentence::Failed(error) => {
                notices.push(format!("the sentence could not be asked as a whole: {error}"));
            }
        }
    }
    let model = segmenter.label();
    let absent_below = segmenter.absent_below();
    Ok(Hearing { phrase, by_network_alone, frame, stretch, nouns, sentence, report, notices, absent_below, model })
}

/// Looks at a share of the windows for [`ask_keeping`] on another machine, which goes on from the journals of all shares.
///
/// # Errors
/// As [`ask`], and when there is no journal.
pub fn look_at_share(
    scene: &Scene,
    phrase: &Phrase,
    segmenter: &impl Segmenter,
    options: &Options,
    keeping: Keeping<'_>,
    job: &Job,
) -> Result<Report> {
    if keeping.journal.is_none() {
        let remedy = "this is a bug, please report it";
        return Err(Error::new("cannot do a share of the windows", "nothing would be left of it", remedy));
    }
    swept(scene, phrase, segmenter, options, keeping, None, job).map(|swept| swept.report)
}

/// Everything that decides the answer, as JSON: what a journal is of. Equal for copies of the scene.
///
/// # Errors
/// When the frame is not on the scene.
pub fn request(scene: &Scene, phrase: &Phrase, segmenter: &impl Segmenter, options: &Options) -> Result<String> {
    let frame = Frame::on(scene, &options.frame)?;
    let request = json!({
        "scene": scene.identity().map(|identity| identity.content),
        "size": scene.size(),
        "phrase": phrase.sentence,
        "model": segmenter.hash(),
        "frame": format!("{frame:?}"),
        "options": format!("{:?}", Options { frame: FrameChoice::Scene, ..options.clone() }),
        "version": env!("CARGO_PKG_VERSION"),
    });
    Ok(request.to_string())
}

/// What the network said to every noun phrase.
struct Swept {
    frame: Frame,
    stretch: Stretch,
    /// Without the landmarks it does not know.
    phrase: Phrase,
    notices: Vec<String>,
    report: Report,
    nouns: Vec<(NetworkPhrase, Vec<Heard>)>,
}

/// Asks every noun phrase of every window that is to be looked at.
fn swept(
    scene: &Scene,
    phrase: &Phrase,
    segmenter: &impl Segmenter,
    options: &Options,
    keeping: Keeping<'_>,
    onlooker: Option<Onlooker<'_>>,
    job: &Job,
) -> Result<Swept> {
    options.check()?;
    let frame = Frame::on(scene, &options.frame)?;
    let stretch = Stretch::choose(scene, &StretchOptions { bands: options.bands, percentiles: options.stretch })?;
    let looker = Looker { onlooker, ..looker(scene, &stretch, &frame, segmenter, options, keeping, job) };
    let mut notices: Vec<String> = scene.warnings().iter().chain(&frame.notices).cloned().collect();
    let (phrase, unknown) = without_unknown_landmarks(phrase, segmenter);
    let targets_and_landmarks = phrase.network_phrases();
    notices.extend(unknown);
    notices.extend(strangers(&targets_and_landmarks, segmenter));

    let mut report = Report::default();
    let mut nouns: Vec<(NetworkPhrase, Vec<Heard>)> = Vec::new();
    let levels_of = |noun: &NetworkPhrase| levels_of(&noun.class, scene, &frame, segmenter, options);
    // Nouns looked for at the same resolutions are asked together, so that a view is encoded once.
    let mut waiting: Vec<&NetworkPhrase> = targets_and_landmarks.iter().collect();
    while let Some(first) = waiting.first() {
        let levels = levels_of(first);
        let (now, later) = waiting.into_iter().partition(|noun| levels_of(noun) == levels);
        waiting = later;
        let (heard, run) = looker.windows(&levels, &now)?;
        report.add(run);
        nouns.extend(now.into_iter().cloned().zip(heard));
    }
    Ok(Swept { frame, stretch, phrase, notices, report, nouns })
}

/// The resolutions at which a class is looked for.
pub(super) fn levels_of(
    class: &str,
    scene: &Scene,
    frame: &Frame,
    segmenter: &impl Segmenter,
    options: &Options,
) -> Levels {
    let trained = segmenter.trained_at(class);
    levels_over(scene.size(), scene.georeference(), options.resolution, trained, frame.size())
}

pub(super) fn looker<'a, S: Segmenter>(
    scene: &'a Scene,
    stretch: &'a Stretch,
    frame: &'a Frame,
    segmenter: &'a S,
    options: &Options,
    keeping: Keeping<'a>,
    job: &'a Job,
) -> Looker<'a, S> {
    Looker { scene, stretch, frame, segmenter, coarse_first: options.coarse_first, keeping, onlooker: None, job }
}

/// The phrase without the relations whose landmarks the model was never taught, and a word to the user for each: what it
/// cannot know it cannot find, so that its absence says nothing.
fn without_unknown_landmarks(phrase: &Phrase, segmenter: &impl Segmenter) -> (Phrase, Vec<String>) {
    let (mut known, mut notices) = (phrase.clone(), Vec::new());
    let unknown = |description: &Description| {
        description.walk().into_iter().map(|d| &d.noun.class).find(|class| !segmenter.was_taught(class)).cloned()
    };
    for target in std::iter::once(&mut known.target).chain(&mut known.alternatives) {
        target.relations.retain(|relation| match relation.landmarks.iter().find_map(unknown) {
            None => true,
            Some(class) => {
                notices.push(format!("the model was never taught {class}: what the phrase says of it had no say"));
                false
            }
        });
    }
    (known, notices)
}

/// Whether nothing is said that geometry could decide: no place, order, landmark, and no size, shape or number to choose by.
fn decided_by_network_alone(phrase: &Phrase) -> bool {
    let geometric = [AttributeKind::Size, AttributeKind::Shape, AttributeKind::Orientation];
    phrase.is_plain()
        && phrase.targets().all(|target| {
            target.noun.attributes.iter().all(|attribute| !geometric.contains(&attribute.kind))
                && target.noun.grouping.is_none()
                && !matches!(target.noun.number, Number::Exactly(_))
        })
}

/// Whether the phrase speaks of one thing: "the tank". In a photo the network's mask is that thing, however many pieces it has;
/// on a scene there may be hundreds.
fn means_one(phrase: &Phrase) -> bool {
    phrase.targets().all(|target| {
        target.noun.number == Number::One && target.noun.determiner == Some(Determiner::The) && !is_mass(&target.noun)
    })
}

/// A word to the user for each noun that the model was not trained on.
fn strangers(nouns: &[NetworkPhrase], segmenter: &impl Segmenter) -> Vec<String> {
    let unknown = nouns.iter().filter(|noun| !segmenter.was_taught(&noun.class));
    unknown
        .map(|noun| format!("not among the model's training classes: {}; trust what it finds less", noun.text))
        .collect()
}
