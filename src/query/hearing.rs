//! What the network said to a phrase, kept: an answer is drawn from it as often as thresholds change, without the network.

use std::sync::Arc;

use super::answer::{Answer, Decided, sizes};
use super::decide::{Decision, decide};
use super::frame::Frame;
use super::instance::{Instance, mean_inside};
use super::lattice::Lattice;
use super::look::{Heard, instances_of};
use super::mosaic::Mosaic;
use super::options::Options;
use super::sweep::{Report, surer};
use crate::error::{Error, Result};
use crate::raster::{Scene, Stretch};
use crate::text::{NetworkPhrase, Phrase};

/// Weight of the sentence's support in an object's score, beside that of its noun phrase.
const SUPPORT: f32 = 1.0 / 3.0;

/// All that the network was asked for one phrase on one frame of one scene, and what it said.
#[derive(Debug, Clone)]
pub struct Hearing {
    pub(super) phrase: Phrase,
    /// Whether nothing is said that geometry could decide.
    pub(super) by_network_alone: bool,
    pub(super) frame: Frame,
    pub(super) stretch: Stretch,
    /// Each question, and what was heard at its resolutions, finest first.
    pub(super) nouns: Vec<(NetworkPhrase, Vec<Heard>)>,
    /// The answer to the whole sentence, where it was asked.
    pub(super) sentence: Option<Heard>,
    pub(super) report: Report,
    pub(super) notices: Vec<String>,
    /// Presence below which the model says that something is probably not there.
    pub(super) absent_below: f32,
    pub(super) model: String,
}

impl Hearing {
    /// What became of the windows.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Draws the objects and decides among them. `scene` is the one the network saw; of `options` only threshold, smallest
    /// area, simplification and hole filling count.
    ///
    /// # Errors
    /// When the options are impossible, an outline has no place on Earth, or the scene cannot be read for its colours.
    pub fn answer(&self, scene: &Scene, options: &Options) -> Result<Answer> {
        options.check()?;
        let mut notices = self.notices.clone();
        let mut found: Vec<(String, Vec<Instance>)> = Vec::new();
        let mut shown: Option<(Arc<Mosaic>, Lattice)> = None;
        let mut presence = None;
        for (noun, levels) in &self.nouns {
            found.push((noun.text.clone(), self.frame.clip(instances_of(levels, options)?)));
            if noun.is_target {
                presence = levels.iter().fold(presence, |best, heard| surer(best, heard.presence));
                shown = together(shown, levels.first());
            }
        }
        let Some((mut mosaic, mut lattice)) = shown else {
            return Err(Error::new("cannot answer", "the phrase has no target", "name what to look for"));
        };
        let targets = self.nouns.iter().filter(|(noun, _)| noun.is_target);
        let asked: Vec<String> = targets.map(|(noun, _)| noun.text.clone()).collect();
        let (instances, decided) = if self.by_network_alone {
            (found.into_iter().flat_map(|(_, instances)| instances).collect(), Decided::Network)
        } else {
            if let Some(sentence) = &self.sentence {
                presence = surer(presence, sentence.presence);
                support(&mut found, &asked, sentence);
            }
            let nothing_found = found.iter().all(|(question, list)| !asked.contains(question) || list.is_empty());
            match &self.sentence {
                Some(sentence) if nothing_found => {
                    notices.push(format!(
                        "no single object was found for {}: the network's answer to the whole sentence is given",
                        asked.join(" and ")
                    ));
                    (mosaic, lattice) = (Arc::clone(&sentence.mosaic), sentence.lattice);
                    (self.frame.clip(sentence.instances(options)?), Decided::Network)
                }
                _ => {
                    let decision = decide(&self.phrase, &found, scene, &self.stretch, &self.frame)?;
                    let Decision { instances, decided, notices: said } = decision;
                    notices.extend(said);
                    (instances, decided)
                }
            }
        };

        let mut measured = Answer::measure(instances, scene.georeference())?;
        measured.retain(|found| sizes(found.measure.size).0 >= options.min_area);
        let absent = presence.filter(|presence| *presence < self.absent_below);
        let limit = options.absent_below.unwrap_or(self.absent_below);
        let marked = measured.len();
        if presence.is_some_and(|presence| presence < limit) {
            measured.clear();
        }
        let count = Count { marked, shown: measured.len() };
        notices.extend(doubts(absent, &self.report, count, &asked, &self.phrase));
        notices.dedup();
        Ok(Answer {
            scene: scene.source().to_owned(),
            phrase: self.phrase.sentence.clone(),
            asked,
            frame: self.frame.kind,
            decided,
            found: measured,
            presence,
            is_probably_absent: absent.is_some(),
            probability: mosaic,
            lattice,
            georeference: scene.georeference().clone(),
            report: self.report.clone(),
            notices,
            model: self.model.clone(),
        })
    }
}

/// The probabilities of several targets as one. Those of another lattice cannot be shown with the first and are left out.
fn together(shown: Option<(Arc<Mosaic>, Lattice)>, heard: Option<&Heard>) -> Option<(Arc<Mosaic>, Lattice)> {
    match (shown, heard) {
        (None, heard) => heard.map(|heard| (Arc::clone(&heard.mosaic), heard.lattice)),
        (Some((mosaic, lattice)), Some(heard)) if lattice == heard.lattice => {
            Some((Arc::new(Arc::unwrap_or_clone(mosaic).union((*heard.mosaic).clone())), lattice))
        }
        (shown, _) => shown,
    }
}

/// Counts the sentence's support inside each target in its score.
fn support(found: &mut [(String, Vec<Instance>)], asked: &[String], sentence: &Heard) {
    for (_, instances) in found.iter_mut().filter(|(question, _)| asked.contains(question)) {
        for instance in instances {
            let inside = sentence.lattice.lattice_polygon(&instance.outline);
            let support = mean_inside(&*sentence.mosaic, &inside);
            instance.score = (1.0 - SUPPORT) * instance.score + SUPPORT * support;
        }
    }
}

/// Objects of an answer: those marked, and those not left out as probably not there.
#[derive(Clone, Copy)]
struct Count {
    marked: usize,
    shown: usize,
}

/// What the user should know about an answer; `absent` is the presence of what is probably not there.
fn doubts(absent: Option<f32>, report: &Report, count: Count, asked: &[String], phrase: &Phrase) -> Vec<String> {
    let mut doubts = Vec::new();
    let asked = asked.join(" and ");
    match absent.map(|presence| presence * 100.0) {
        Some(percent) => doubts.push(match count {
            Count { marked: 0, .. } => format!("nothing found, probably not here: {asked} (presence {percent:.0} %)"),
            Count { marked, shown: 0 } => format!(
                "probably not here: {asked} (presence {percent:.0} %); what was marked all the same is left out ({marked}), a \
                 limit of presence of 0 shows it"
            ),
            _ => format!("probably not here: {asked} (presence {percent:.0} %); look at the result before using it"),
        }),
        _ if report.done == 0 && report.skipped > 0 && !report.cancelled => {
            doubts.push("no window of the frame holds valid pixels, so nothing could be looked for".into());
        }
        _ if count.shown == 0 => doubts.push(format!("nothing found for {asked}")),
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
