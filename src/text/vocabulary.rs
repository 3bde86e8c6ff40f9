//! What the lexicon has to offer beside a word: synonyms of a class, attributes of the same sort, classes that come near.

use crate::text::lexicon::{Meaning, lexicon};
use crate::text::noun_phrase::AttributeKind;

/// Likeness from which a class is called near: as many letters in common, or the same size.
const ALIKE: f64 = 0.3;

/// Other words for a class, then narrower ones, in the order of the table; empty for a class the lexicon does not know.
pub(crate) fn words_for(class: &str) -> Vec<&'static str> {
    lexicon().nouns_of(class).collect()
}

/// The attributes of a sort, in the order of the table.
pub(crate) fn attributes(kind: AttributeKind) -> Vec<&'static str> {
    lexicon().attributes_of(kind)
}

/// The class that a word names, itself where the lexicon does not know it: "baseball field" for "baseball diamond".
pub(crate) fn class_of(word: &str) -> &str {
    let noun = |meaning: &Meaning| match meaning {
        Meaning::Noun { class, .. } => Some(*class),
        _ => None,
    };
    lexicon().meanings(word).iter().find_map(noun).unwrap_or(word)
}

/// The classes that come nearest to `word`, nearest first, `count` at most: by words they share, by their letters, and, where the
/// lexicon knows how large the thing is, by size. None where nothing speaks for any.
pub(crate) fn nearest(word: &str, classes: &[String], count: usize) -> Vec<String> {
    let scale = lexicon().class(class_of(word)).map(|class| class.scale);
    let likeness = |class: &String| {
        let shared = class.split(' ').filter(|part| word.split(' ').any(|mine| mine == *part)).count() as f64;
        let by_size =
            scale.map_or(0.0, |scale| ALIKE - 0.2 * f64::from(scale.abs_diff(lexicon().scale(class_of(class)))));
        shared + common_pairs(word, class) + by_size
    };
    let ranked = classes.iter().map(|class| (likeness(class), class)).filter(|(likeness, _)| *likeness >= ALIKE);
    let mut ranked: Vec<(f64, &String)> = ranked.collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().take(count).map(|(_, class)| class.clone()).collect()
}

/// Share of pairs of neighbouring letters that two words have in common, 0..=1 (Dice's coefficient).
fn common_pairs(a: &str, b: &str) -> f64 {
    let pairs = |word: &str| {
        let letters: Vec<char> = word.chars().filter(|letter| letter.is_alphabetic()).collect();
        letters.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    };
    let (first, mut second) = (pairs(a), pairs(b));
    let all = first.len() + second.len();
    let mut common = 0;
    for pair in first {
        if let Some(at) = second.iter().position(|other| *other == pair) {
            second.swap_remove(at);
            common += 2;
        }
    }
    common as f64 / all.max(1) as f64
}
