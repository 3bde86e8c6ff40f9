//! Phrases from geometry: what people would call the labelled things of a picture, and cannot be taken for anything else.
//!
//! A phrase is written in three steps: something is proposed (`propose`), the scene says what it means (`reading`), and it is put
//! into words (`wording`). Nothing is said that is neither plainly true nor plainly false of any thing: each word has a margin, told
//! at the head of its file (`position`, `order`, `looks`, `relation`). What the parser does not read back as it was meant is thrown
//! away, so that a phrase, its parts and its meaning agree by construction.

mod geometry;
mod kind;
mod looks;
mod nouns;
mod order;
mod places;
mod position;
mod propose;
mod quantity;
mod random;
mod reading;
mod relation;
mod scene;
mod suggest;
mod truth;
mod voice;
mod wording;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;

pub use geometry::{Bounds, Point};
pub use kind::Kind;
pub use random::Random;
pub use scene::{LEAST_KEPT, Scene, Thing};
pub use suggest::suggest;

use crate::text::{Description, NounPhrase, Phrase, Span};
use voice::Voice;

/// Kinds that are tried for one phrase before it is given up.
const ATTEMPTS: usize = 12;
/// Proposals of one kind that are looked at.
const PROPOSALS: usize = 40;

/// A phrase and all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// The phrase.
    pub text: String,
    /// What the targets are, in bytes of `text`: [`Phrase::object_part`].
    pub object_part: Vec<Range<usize>>,
    /// Where they are, in bytes of `text`: [`Phrase::position_part`]. May be empty.
    pub position_part: Vec<Range<usize>>,
    /// What it goes by.
    pub kind: Kind,
    /// Indices of the things it means, ascending; empty for [`Kind::Absent`].
    pub targets: Vec<usize>,
    /// The class asked for.
    pub class: String,
    /// What it means.
    pub meaning: Description,
}

/// How many phrases, and how many of them in vain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// Phrases.
    pub count: usize,
    /// Share of phrases for what is not there, in 0..=1.
    pub absent: f64,
}

/// Writes phrases about a scene, no two alike, the same for the same seed.
///
/// Fewer than wanted where the scene does not give more: of twenty unordered, overlapping things little can be said.
pub fn describe(scene: &Scene, wanted: Wanted, seed: u64) -> Vec<Described> {
    let mut random = Random::new(seed);
    let nouns = scene.nouns_here();
    let mut written: Vec<Described> = Vec::new();
    let mut texts = BTreeSet::new();
    for _ in 0..wanted.count {
        let is_absent = random.chance(wanted.absent);
        let found = (0..ATTEMPTS).find_map(|attempt| {
            // Where nothing can be said in vain, something else is said, and the other way round.
            let kind = if is_absent == (attempt < ATTEMPTS / 2) { Kind::Absent } else { any_kind(&mut random) };
            let found = one_of_kind(scene, &nouns, kind, &mut random)?;
            texts.insert(found.text.clone()).then_some(found)
        });
        written.extend(found);
    }
    written
}

/// A kind by its weight.
fn any_kind(random: &mut Random) -> Kind {
    let total: f64 = Kind::ALL.iter().map(|kind| kind.weight()).sum();
    let mut left = random.between(0.0, total);
    let chosen = Kind::ALL.into_iter().find(|kind| {
        left -= kind.weight();
        left < 0.0
    });
    chosen.unwrap_or(Kind::All)
}

/// Some phrase of a kind, if there is one.
fn one_of_kind(scene: &Scene, nouns: &[NounPhrase], kind: Kind, random: &mut Random) -> Option<Described> {
    let mut proposals = if kind == Kind::Absent {
        scene.absent_proposals(random)
    } else {
        let mut proposals = scene.proposals(random.pick(nouns)?, kind, random);
        random.shuffle(&mut proposals);
        proposals
    };
    proposals.truncate(PROPOSALS);
    let (proposal, targets) = proposals.into_iter().find_map(|proposal| scene.accept(proposal, kind))?;
    scene.word(proposal, targets, kind, &mut Voice::Varied(random))
}

impl Scene {
    /// A proposal with what it means, if that is worth saying as this kind.
    fn accept(&self, proposal: Description, kind: Kind) -> Option<(Description, Vec<usize>)> {
        let targets = self.means(&proposal)?;
        // To rank the only one is true and silly; so is a place for what is alone anyway, but people do say that.
        let ranks = !proposal.orders.is_empty() || proposal.relations.iter().any(|relation| relation.rank.is_some());
        let is_silly = ranks && self.count_of(&proposal.noun) < 2;
        let fits = match kind {
            Kind::Absent => targets.is_empty(),
            Kind::Count => targets.len() > 1,
            _ => !targets.is_empty(),
        };
        (fits && (!is_silly || kind == Kind::Absent)).then_some((proposal, targets))
    }

    /// How many things the noun alone may mean.
    fn count_of(&self, noun: &NounPhrase) -> usize {
        (0..self.things.len()).filter(|&index| self.may_be(noun, index)).count()
    }

    /// Puts a description into words; `None` if the parser would read them otherwise.
    fn word(&self, proposal: Description, targets: Vec<usize>, kind: Kind, voice: &mut Voice) -> Option<Described> {
        let of_two = self.count_of(&proposal.noun) == 2;
        let meaning = quantity::counted(proposal, targets.len(), kind, voice);
        let text = wording::sentence(&meaning, of_two, voice);
        let phrase = Phrase::parse(&text).ok()?;
        let is_read = phrase.alternatives.is_empty()
            && phrase.target.means_the_same_as(&meaning)
            && phrase.unused().next().is_none();
        is_read.then(|| Described {
            object_part: ranges(&phrase.object_part),
            position_part: ranges(&phrase.position_part),
            class: meaning.noun.class.clone(),
            text,
            kind,
            targets,
            meaning,
        })
    }
}

fn ranges(spans: &[Span]) -> Vec<Range<usize>> {
    spans.iter().map(|span| span.start..span.end).collect()
}
