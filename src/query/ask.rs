//! The whole of it in one function: a scene and a phrase in, an answer out.

use super::answer::Answer;
use super::engine::Engine;
use super::frame::Frame;
use super::hearing::Hearing;
use super::look::{Heard, Looker, Sentence};
use super::options::Options;
use super::resolution::levels;
use super::sweep::Report;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::raster::{Scene, Stretch, StretchOptions};
use crate::text::{AttributeKind, Description, NetworkPhrase, Number, Phrase};

/// Side of a window in view pixels.
pub const WINDOW: usize = 480;
/// Pixels between the starts of neighbouring windows. A fifth of overlap gives every object's edge some context.
pub const STRIDE: usize = 384;

/// Asks `phrase` of `scene`.
///
/// The network is asked for noun phrases, the targets' and the landmarks', in every window of the scene's grid that the
/// frame touches; so the same pixels give the same objects from any frame. What else the phrase says is decided by geometry
/// among them ([`super::relate`]); a landmark the model was never taught is left out, and the answer says so. Where the frame fits
/// one view the network is also asked the whole sentence, as FIANet is: its support inside an object counts in the object's
/// score, and where no single object is found the sentence's own mask is the answer.
///
/// # Errors
/// When the frame is not on the scene, the scene cannot be read at all, or the phrase is longer than the network reads.
pub fn ask(scene: &Scene, phrase: &Phrase, engine: &Engine, options: &Options, job: &Job) -> Result<Answer> {
    hear(scene, phrase, engine, options, job)?.answer(scene, options)
}

/// The network's part of [`ask`]: [`Hearing::answer`] is the rest, and costs no network.
///
/// # Errors
/// As [`ask`].
pub fn hear(scene: &Scene, phrase: &Phrase, engine: &Engine, options: &Options, job: &Job) -> Result<Hearing> {
    options.check()?;
    let frame = Frame::on(scene, &options.frame)?;
    let stretch = Stretch::choose(scene, &StretchOptions { bands: options.bands, percentiles: options.stretch })?;
    let looker = Looker { scene, stretch: &stretch, frame: &frame, engine, job };
    let mut notices: Vec<String> = scene.warnings().to_vec();
    let (phrase, unknown) = without_unknown_landmarks(phrase, engine);
    let nouns = phrase.network_phrases();
    notices.extend(unknown);
    notices.extend(strangers(&nouns, engine));

    let mut report = Report::default();
    let mut heard: Vec<(NetworkPhrase, Vec<Heard>)> = Vec::new();
    // The scene's centre, not the frame's: the grid must not depend on the frame.
    let [x, y] = scene.size().map(|side| side as f64 / 2.0);
    let pixel_m = scene.georeference().metres_per_pixel_at(x, y);
    let levels_of = |noun: &NetworkPhrase| {
        levels(options.resolution, pixel_m, engine.trained_at(&noun.class), frame.size(), WINDOW)
    };
    // Nouns looked for at the same resolutions are asked together, so that a view is encoded once.
    let mut waiting: Vec<&NetworkPhrase> = nouns.iter().collect();
    while let Some(first) = waiting.first() {
        let levels = levels_of(first);
        let (now, later) = waiting.into_iter().partition(|noun| levels_of(noun) == levels);
        waiting = later;
        let (answers, run) = looker.windows(&levels, &now)?;
        report.add(run);
        heard.extend(now.into_iter().cloned().zip(answers));
    }
    let finest = heard.iter().find(|(noun, _)| noun.is_target).and_then(|(_, levels)| levels.first());
    let Some(level) = finest.map(|heard| heard.lattice.level) else {
        return Err(Error::new("cannot ask the scene", "the phrase has no target", "name what to look for"));
    };
    let mut sentence = None;
    if !decided_by_network_alone(&phrase) {
        match looker.sentence(level, &phrase) {
            Sentence::Heard(heard) => {
                report.windows += 1;
                report.done += 1;
                sentence = Some(*heard);
            }
            Sentence::NotAsked(why) => notices.extend(why),
            Sentence::Failed(error) => return Err(error),
        }
    }
    let by_network_alone = decided_by_network_alone(&phrase);
    let model = engine.label();
    Ok(Hearing { phrase, by_network_alone, frame, stretch, nouns: heard, sentence, report, notices, model })
}

/// The phrase without the relations whose landmarks the model was never taught, and a word to the user for each: what it
/// cannot know it cannot find, so that its absence says nothing.
fn without_unknown_landmarks(phrase: &Phrase, engine: &Engine) -> (Phrase, Vec<String>) {
    let (mut known, mut notices) = (phrase.clone(), Vec::new());
    let unknown = |description: &Description| {
        description.walk().into_iter().map(|d| &d.noun.class).find(|class| !engine.was_taught(class)).cloned()
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

/// A word to the user for each noun that the model was not trained on.
fn strangers(nouns: &[NetworkPhrase], engine: &Engine) -> Vec<String> {
    let unknown = nouns.iter().filter(|noun| !engine.was_taught(&noun.class));
    unknown
        .map(|noun| format!("not among the model's training classes: {}; trust what it finds less", noun.text))
        .collect()
}
