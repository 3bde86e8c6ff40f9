//! The parts of a sentence as a reader sees them: neighbouring words with the same use.

use std::ops::Range;

use crate::text::phrase::{Phrase, Role, Span, Word};

/// Neighbouring words with the same use. Articles and fillers belong to no part, but may lie inside one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What the words were used for.
    pub role: Role,
    /// The class of the noun they speak of.
    pub about: Option<String>,
    /// The words as typed, one space between them.
    pub text: String,
    /// How they were read, if a word was taken for a misspelling.
    pub corrected: Option<String>,
    /// Where they stand.
    pub span: Span,
    /// Which words of the phrase they are, from the first to the last.
    pub words: Range<usize>,
}

impl Part {
    fn of(at: usize, word: &Word) -> Self {
        Self {
            role: word.role,
            about: word.about.clone(),
            text: word.text.clone(),
            corrected: word.corrected.clone(),
            span: word.span,
            words: at..at + 1,
        }
    }

    fn push(&mut self, at: usize, word: &Word) {
        if self.corrected.is_some() || word.corrected.is_some() {
            let before = self.corrected.as_ref().unwrap_or(&self.text);
            self.corrected = Some(format!("{before} {}", word.corrected.as_ref().unwrap_or(&word.text)));
        }
        self.text = format!("{} {}", self.text, word.text);
        (self.span.end, self.words.end) = (word.span.end, at + 1);
    }
}

impl Phrase {
    /// The parts of the sentence, in its order.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for (at, word) in self.words.iter().enumerate() {
            if matches!(word.role, Role::Determiner | Role::Filler) {
                continue;
            }
            match parts.last_mut().filter(|part| part.role == word.role && part.about == word.about) {
                Some(part) => part.push(at, word),
                None => parts.push(Part::of(at, word)),
            }
        }
        parts
    }
}
