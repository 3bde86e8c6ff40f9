//! The official decoupling rules: which words of a sentence FIANet's loaders put under which mask.
//!
//! Section 13 of the specification, oddities included: a class is found as a substring, a repeated preposition
//! always marks its first place, phrases with the letters "of" are dropped, and slots count words although they
//! lie over WordPieces. [`TokenViews::official`](super::tokens::TokenViews::official) lays the slots over tokens.

use super::tagger::{self, Tag};
use super::words::word_tokenize;
use crate::classes::{REFSEGRS, RRSIS_D};

/// Whose loader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// RefSegRS: 14 classes, 20 tokens.
    RefSegRS,
    /// RRSIS-D: 20 classes, 22 tokens.
    RrsisD,
}

impl Rule {
    /// The rule of a model that reads so many tokens: the two published data sets have texts of different lengths, and each its
    /// rule.
    pub fn of_text_length(tokens: usize) -> Self {
        if tokens == Self::RefSegRS.max_tokens() { Self::RefSegRS } else { Self::RrsisD }
    }

    /// The names looked for in a sentence.
    pub fn classes(self) -> &'static [&'static str] {
        match self {
            Self::RefSegRS => &REFSEGRS,
            Self::RrsisD => &RRSIS_D,
        }
    }

    /// T, the number of token slots the network was trained with.
    pub fn max_tokens(self) -> usize {
        match self {
            Self::RefSegRS => 20,
            Self::RrsisD => 22,
        }
    }
}

/// A word of the sentence and its part of speech.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As written, but for double quotes (see [`word_tokenize`]).
    pub text: String,
    /// Its Penn tag.
    pub tag: Tag,
}

/// A preposition and what it governs, as the chunk grammar found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionPhrase {
    /// Its words with one space between them.
    pub text: String,
    /// False when the letters "of" occur in it: the loader drops it then.
    pub kept: bool,
}

/// A sentence taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoupled {
    /// All words, tagged.
    pub words: Vec<Word>,
    /// The classes whose name occurs in the sentence, in the order of [`Rule::classes`].
    pub classes: Vec<&'static str>,
    /// The prepositional phrases in the order of the sentence.
    pub phrases: Vec<PositionPhrase>,
    /// Slots of the object mask, ascending. Slot s lies over word s - 1; slot 0 is `[CLS]`. May run past the sentence.
    pub object: Vec<usize>,
    /// Slots of the position mask, likewise. Empty: the whole sentence is the position part.
    pub position: Vec<usize>,
}

impl Decoupled {
    /// Takes `sentence` apart with the built-in [`tagger`].
    pub fn new(rule: Rule, sentence: &str) -> Self {
        let words = word_tokenize(sentence);
        let tags = tagger::tag(&words);
        let words = words.into_iter().zip(tags).map(|(text, tag)| Word { text, tag }).collect();
        Self::from_tagged(rule, sentence, words)
    }

    /// Takes `sentence` apart by words and tags from elsewhere: with NLTK's own, the masks are the official ones.
    pub fn from_tagged(rule: Rule, sentence: &str, words: Vec<Word>) -> Self {
        let classes: Vec<_> = rule.classes().iter().copied().filter(|class| sentence.contains(class)).collect();
        let object = classes.iter().flat_map(|class| class_slots(&words, class));
        let phrases: Vec<_> = position_phrases(&words);
        let position =
            phrases.iter().filter(|phrase| phrase.kept).flat_map(|phrase| phrase_slots(&words, &phrase.text));
        let (object, position) = (ascending(object), ascending(position));
        Self { words, classes, phrases, object, position }
    }

    /// The words under an object mask of `max_tokens` slots.
    pub fn object_words(&self, max_tokens: usize) -> Vec<&str> {
        self.words_at(&self.object, max_tokens)
    }

    /// The words under a position mask of `max_tokens` slots; none when it is the whole sentence.
    pub fn position_words(&self, max_tokens: usize) -> Vec<&str> {
        self.words_at(&self.position, max_tokens)
    }

    fn words_at(&self, slots: &[usize], max_tokens: usize) -> Vec<&str> {
        let seen = slots.iter().take_while(|&&slot| slot < max_tokens);
        seen.filter_map(|slot| self.words.get(slot.checked_sub(1)?)).map(|word| word.text.as_str()).collect()
    }
}

fn ascending(slots: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut slots: Vec<usize> = slots.collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}

/// As many slots as the class has words, from the first word that contains the class's first one
/// (from the start of the sentence if the name only occurs across words).
fn class_slots(words: &[Word], class: &str) -> std::ops::Range<usize> {
    let mut parts = class.split(' ');
    let first = parts.next().unwrap_or(class);
    let at = words.iter().position(|word| word.text.contains(first)).unwrap_or(0);
    at + 1..at + 2 + parts.count()
}

/// As many slots as the phrase has words when it is cut again, from the first place in the sentence where its
/// first word stands, which need not be its own place.
fn phrase_slots(words: &[Word], phrase: &str) -> std::ops::Range<usize> {
    let first = phrase.split(' ').next().unwrap_or(phrase);
    let at = words.iter().position(|word| word.text == first).unwrap_or(0);
    at + 1..at + 1 + word_tokenize(phrase).len()
}

/// All chunks, one at most for each preposition.
///
/// The loader runs its three rules over the sentence one after the other. A chunk has a single preposition, its
/// first word, so chunks cannot overlap, and asking the rules at each preposition in turn finds the same ones.
fn position_phrases(words: &[Word]) -> Vec<PositionPhrase> {
    let chunk = |start: usize| {
        let length = chunk_length(&words[start..])?;
        let text = words[start..start + length].iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        let kept = !text.contains("of");
        Some(PositionPhrase { text, kept })
    };
    (0..words.len()).filter_map(chunk).collect()
}

/// How many of the words form a chunk, by the first of the three rules that fits:
/// `IN DT? JJ*? NN`, `IN DT? JJ*? JJ`, `IN DT? JJ* VBD`, where `JJ*` is any adjective and `?` is greedy.
fn chunk_length(words: &[Word]) -> Option<usize> {
    let tag = |at: usize| words.get(at).map(|word| word.tag);
    if tag(0) != Some(Tag::IN) {
        return None;
    }
    let determiner = usize::from(tag(1) == Some(Tag::DT));
    let head = 1 + determiner;
    let adjective = tag(head).is_some_and(Tag::is_adjective);
    let ends_in = |last: Tag, bare: bool| {
        if adjective && tag(head + 1) == Some(last) {
            Some(head + 2)
        } else {
            (bare && tag(head) == Some(last)).then_some(head + 1)
        }
    };
    ends_in(Tag::NN, true).or_else(|| ends_in(Tag::JJ, true)).or_else(|| ends_in(Tag::VBD, false))
}
