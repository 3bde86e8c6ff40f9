//! How many: a description that turned out to mean so many things gets its number and its article.

use crate::text::describe::kind::Kind;
use crate::text::describe::voice::Voice;
use crate::text::lexicon::lexicon;
use crate::text::{Description, Determiner, Number};

/// Highest number that is written.
const HIGHEST_COUNT: usize = 12;

/// The description with number and article for `count` things, 0 for what is not there.
pub(super) fn counted(mut description: Description, count: usize, kind: Kind, voice: &mut Voice) -> Description {
    let noun = &mut description.noun;
    let is_ranked = !description.orders.is_empty() || description.relations.iter().any(|said| said.rank.is_some());
    let article = |voice: &mut Voice| if voice.dares(0.22) { Determiner::A } else { Determiner::The };
    (noun.number, noun.determiner) = if is_ranked {
        (noun.number, Some(Determiner::The))
    } else if !lexicon().has_plural(&noun.word(false)) {
        if voice.dares(0.3) { (Number::Unstated, None) } else { (Number::One, Some(Determiner::The)) }
    } else if kind == Kind::Group {
        let said =
            if count <= HIGHEST_COUNT && !voice.dares(0.3) { Number::Exactly(count as u32) } else { Number::All };
        (said, Some(article(voice)))
    } else if kind == Kind::Count && (2..=HIGHEST_COUNT).contains(&count) {
        // "all two ships": one says "both".
        let article = match voice.pick(if count == 2 { &["the", ""] } else { &["the", "", "all"] }) {
            "the" => Some(Determiner::The),
            "all" => Some(Determiner::All),
            _ => None,
        };
        (Number::Exactly(count as u32), article)
    } else if count == 1 || (count == 0 && !voice.dares(0.3)) {
        if voice.dares(0.06) { (Number::Unstated, None) } else { (Number::One, Some(article(voice))) }
    } else if description.positions.is_empty() && description.relations.is_empty() && voice.dares(0.1) {
        // "vehicle" for all vehicles, as in RefSegRS.
        (Number::Unstated, None)
    } else {
        let article = match voice.pick(&["all", "the", "the", ""]) {
            "all" => Some(Determiner::All),
            "the" => Some(Determiner::The),
            _ => None,
        };
        (Number::All, article)
    };
    description
}
