//! Suggestions for labelling: what a person would call the things that were chosen.

use crate::text::NounPhrase;
use crate::text::describe::kind::Kind;
use crate::text::describe::random::Random;
use crate::text::describe::scene::Scene;
use crate::text::describe::voice::Voice;
use crate::text::describe::{Described, PROPOSALS};

/// Suggestions that are worth reading.
const MOST: usize = 12;

/// Phrases that mean exactly the chosen things, the most natural first; none if nothing plainly does.
///
/// The same things give the same phrases, in whatever order they are chosen.
pub fn suggest(scene: &Scene, chosen: &[usize]) -> Vec<Described> {
    let mut wanted = chosen.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut random = Random::new(0);
    let mut found: Vec<Described> = Vec::new();
    let nouns: Vec<NounPhrase> = scene.nouns_here();
    for kind in Kind::ALL {
        if kind == Kind::Combined && !found.is_empty() {
            continue;
        }
        for noun in nouns.iter().filter(|noun| wanted.iter().all(|&index| scene.may_be(noun, index))) {
            let accepted =
                scene.proposals(noun, kind, &mut random).into_iter().filter_map(|said| scene.accept(said, kind));
            let fitting = accepted.filter(|(_, targets)| *targets == wanted).take(PROPOSALS);
            for (said, targets) in fitting {
                let phrase = scene.word(said, targets, kind, &mut Voice::Plain);
                found.extend(phrase.filter(|phrase| found.iter().all(|other| other.text != phrase.text)));
            }
        }
    }
    found.sort_by_key(effort);
    found.truncate(MOST);
    found
}

/// What a phrase asks of its reader: kinds in the order of [`Kind::ALL`], then words.
fn effort(phrase: &Described) -> (usize, usize) {
    let nested = phrase.meaning.walk().len() - 1;
    let place = Kind::ALL.iter().position(|kind| *kind == phrase.kind).unwrap_or(Kind::ALL.len());
    (place + 2 * nested, phrase.text.split(' ').count())
}
