//! The whole of it in one function: a scene and a phrase in, an answer out.

use serde_json::json;

use super::answer::{Answer, Decided, sizes};
use super::decide::{Decision, decide};
use super::frame::Frame;
use super::instance::{Instance, mean_inside};
use super::keeping::Keeping;
use super::look::{Heard, Looker, Sentence};
use super::options::{FrameChoice, Options};
use super::relate::choose::is_mass;
use super::resolution::levels;
use super::segmenter::Segmenter;
use super::sweep::{Report, surer};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::raster::{Scene, Stretch, StretchOptions};
use crate::text::{AttributeKind, Description, Determiner, NetworkPhrase, Number, Phrase};

/// Side of a window in view pixels.
pub const WINDOW: usize = 480;
/// Pixels between the starts of neighbouring windows. A fifth of overlap gives every object's edge some context.
pub const STRIDE: usize = 384;
/// Presence probability below which the user is told that the object is probably not there.
pub const DOUBTFUL_PRESENCE: f32 = 0.25;
/// Weight of the sentence's support in an object's score, beside that of its noun phrase.
const SUPPORT: f32 = 1.0 / 3.0;

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
    // An answer needs all windows.
    let keeping = Keeping { share: None, ..keeping };
    let Hearing { frame, stretch, phrase, mut notices, mut report, mut found, mut heard } =
        Hearing::of(scene, phrase, segmenter, options, keeping, job)?;
    let looker = Looker { scene, stretch: &stretch, frame: &frame, segmenter, options, keeping, job };
    let asked: Vec<String> =
        phrase.network_phrases().into_iter().filter(|noun| noun.is_target).map(|noun| noun.text).collect();
    let is_one_of_many = means_one(&phrase) && !looker.fits_one_view(heard.lattice.level);
    let (instances, decided) = if decided_by_network_alone(&phrase) && !is_one_of_many {
        (found.into_iter().flat_map(|(_, instances)| instances).collect(), Decided::Network)
    } else {
        let sentence = match looker.sentence(heard.lattice.level, &phrase) {
            Sentence::Heard(sentence) => Some(*sentence),
            Sentence::NotAsked(why) => {
                notices.extend(why);
                None
            }
            Sentence::Failed(error) => {
                notices.push(format!("the sentence could not be asked as a whole: {error}"));
                None
            }
        };
        if let Some(sentence) = &sentence {
            report.windows += 1;
            report.done += 1;
            heard.presence = surer(heard.presence, sentence.presence);
            support(&mut found, &asked, sentence);
        }
        let nothing_found = found.iter().all(|(question, list)| !asked.contains(question) || list.is_empty());
        match sentence {
            Some(sentence) if nothing_found => {
                notices.push(format!(
                    "no single object was found for {}: the network's answer to the whole sentence is given",
                    asked.join(" and ")
                ));
                (heard.mosaic, heard.lattice) = (sentence.mosaic, sentence.lattice);
                (frame.clip(sentence.instances), Decided::Network)
            }
            _ => {
                let Decision { instances, decided, notices: said } = decide(&phrase, &found, scene, &stretch, &frame)?;
                notices.extend(said);
                (instances, decided)
            }
        }
    };

    let mut measured = Answer::measure(instances, scene.georeference())?;
    measured.retain(|found| sizes(found.measure.size).0 >= options.min_area);
    notices.extend(doubts(heard.presence, &report, measured.len(), &asked, &phrase));
    notices.dedup();
    Ok(Answer {
        scene: scene.source().to_owned(),
        phrase: phrase.sentence.clone(),
        asked,
        frame: frame.kind,
        decided,
        found: measured,
        presence: heard.presence,
        probability: heard.mosaic,
        lattice: heard.lattice,
        georeference: scene.georeference().clone(),
        report,
        notices,
        model: segmenter.label(),
    })
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
    Hearing::of(scene, phrase, segmenter, options, keeping, job).map(|hearing| hearing.report)
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
struct Hearing {
    frame: Frame,
    stretch: Stretch,
    /// Without the landmarks it does not know.
    phrase: Phrase,
    notices: Vec<String>,
    report: Report,
    /// Objects by question.
    found: Vec<(String, Vec<Instance>)>,
    /// Of the targets.
    heard: Heard,
}

impl Hearing {
    fn of(
        scene: &Scene,
        phrase: &Phrase,
        segmenter: &impl Segmenter,
        options: &Options,
        keeping: Keeping<'_>,
        job: &Job,
    ) -> Result<Self> {
        options.check()?;
        let frame = Frame::on(scene, &options.frame)?;
        let stretch = Stretch::choose(scene, &StretchOptions { bands: options.bands, percentiles: options.stretch })?;
        let looker = Looker { scene, stretch: &stretch, frame: &frame, segmenter, options, keeping, job };
        let mut notices: Vec<String> = scene.warnings().iter().chain(&frame.notices).cloned().collect();
        let (phrase, unknown) = without_unknown_landmarks(phrase, segmenter);
        let nouns = phrase.network_phrases();
        notices.extend(unknown);
        notices.extend(strangers(&nouns, segmenter));

        let mut report = Report::default();
        let mut found: Vec<(String, Vec<Instance>)> = Vec::new();
        let mut targets: Option<Heard> = None;
        // The scene's centre, not the frame's: the grid must not depend on the frame.
        let [x, y] = scene.size().map(|side| side as f64 / 2.0);
        let pixel_m = scene.georeference().metres_per_pixel_at(x, y);
        let levels_of = |noun: &NetworkPhrase| {
            levels(options.resolution, pixel_m, segmenter.trained_at(&noun.class), frame.size(), WINDOW)
        };
        // Nouns looked for at the same resolutions are asked together, so that a view is encoded once.
        let mut waiting: Vec<&NetworkPhrase> = nouns.iter().collect();
        while let Some(first) = waiting.first() {
            let levels = levels_of(first);
            let (now, later) = waiting.into_iter().partition(|noun| levels_of(noun) == levels);
            waiting = later;
            let (heard, run) = looker.windows(&levels, &now)?;
            report.add(run);
            for (noun, heard) in now.iter().zip(heard) {
                let instances = frame.clip(heard.instances.clone());
                if noun.is_target {
                    targets = Some(match targets {
                        None => heard,
                        Some(other) => other.joined(heard),
                    });
                }
                found.push((noun.text.clone(), instances));
            }
        }
        match targets {
            Some(heard) => Ok(Self { frame, stretch, phrase, notices, report, found, heard }),
            None => Err(Error::new("cannot ask the scene", "the phrase has no target", "name what to look for")),
        }
    }
}

/// Counts the sentence's support inside each target in its score.
fn support(found: &mut [(String, Vec<Instance>)], asked: &[String], sentence: &Heard) {
    for (_, instances) in found.iter_mut().filter(|(question, _)| asked.contains(question)) {
        for instance in instances {
            let inside = sentence.lattice.lattice_polygon(&instance.outline);
            let support = mean_inside(&sentence.mosaic, &inside);
            instance.score = (1.0 - SUPPORT) * instance.score + SUPPORT * support;
        }
    }
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

/// What the user should know about an answer with `found` objects.
fn doubts(presence: Option<f32>, report: &Report, found: usize, asked: &[String], phrase: &Phrase) -> Vec<String> {
    let mut doubts = Vec::new();
    let asked = asked.join(" and ");
    match presence.map(|presence| (presence, presence * 100.0)) {
        Some((presence, percent)) if presence < DOUBTFUL_PRESENCE => doubts.push(if found == 0 {
            format!("nothing found, probably not here: {asked} (presence {percent:.0} %)")
        } else {
            format!("probably not here: {asked} (presence {percent:.0} %); look at the result before using it")
        }),
        _ if report.done == 0 && report.skipped > 0 && !report.cancelled => {
            doubts.push("no window of the frame holds valid pixels, so nothing could be looked for".into());
        }
        _ if found == 0 => doubts.push(format!("nothing found for {asked}")),
        _ => {}
    }
    if report.cancelled {
        doubts.push(format!(
            "stopped after {} of {} windows: the result holds what was done until then",
            report.seen(),
            report.windows
        ));
    }
    if report.passed_over > 0 {
        doubts.push(format!(
            "{} of {} windows were passed over because a coarse look saw nothing in them",
            report.passed_over, report.windows
        ));
    }
    if let Some(first) = report.failures.first() {
        doubts.push(format!(
            "{} of {} windows failed and are missing from the result, the first because: {}",
            report.failed, report.windows, first.reason
        ));
    }
    let unused: Vec<&str> = phrase.unused().map(|word| word.text.as_str()).collect();
    if !unused.is_empty() {
        doubts.push(format!("not understood: {}", unused.join(", ")));
    }
    doubts
}
