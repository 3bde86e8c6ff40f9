//! Phrases: what the words of a sentence mean and the tokens the networks read.

pub mod official;
mod tag_lexicon;
pub mod tagger;
pub mod tokens;
pub mod words;
