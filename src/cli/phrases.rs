//! `--phrases`: a file with a phrase a line.

use std::collections::HashSet;
use std::path::Path;

use crate::error::{Error, Result};
use crate::text::Phrase;

/// A phrase and the name its outputs have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPhrase {
    /// Letters, digits, `_` and `-`.
    pub name: String,
    /// The phrase.
    pub text: String,
}

/// Longest name, so that a file name with scene and phrase fits every system.
const LONGEST_NAME: usize = 80;

/// Reads a file of phrases: one a line, `#` begins a comment, `NAME = PHRASE` names the outputs.
///
/// # Errors
/// When the file cannot be read, holds no phrase, or a line is no phrase or has the name of another one.
pub fn read(path: &Path) -> Result<Vec<NamedPhrase>> {
    let what = || format!("cannot use the phrases {}", path.display());
    let remedy = "give a text file with one phrase a line; # begins a comment, NAME = PHRASE names the output";
    let text =
        std::fs::read_to_string(path).map_err(|cause| Error::new(what(), cause.to_string(), remedy).because(cause))?;
    parse(&text).map_err(|why| Error::usage(what(), why, remedy))
}

fn parse(text: &str) -> std::result::Result<Vec<NamedPhrase>, String> {
    let mut names = HashSet::new();
    let mut phrases: Vec<NamedPhrase> = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let place = number + 1;
        let (given, phrase) = match line.split_once('=') {
            Some((name, phrase)) => (Some(name.trim()), phrase.trim()),
            None => (None, line),
        };
        Phrase::parse(phrase).map_err(|error| format!("line {place}: {}", error.why()))?;
        let name = slug(given.unwrap_or(phrase));
        if given.is_some_and(|given| given != name) || name.is_empty() {
            return Err(format!(
                "line {place}: \"{}\" is no name; use letters, digits, _ and -",
                given.unwrap_or(phrase)
            ));
        }
        if !names.insert(name.to_lowercase()) {
            return Err(format!("line {place}: the name {name} was used before"));
        }
        phrases.push(NamedPhrase { name, text: phrase.to_owned() });
    }
    if phrases.is_empty() { Err("it holds no phrase".into()) } else { Ok(phrases) }
}

/// A text as part of a file name: words joined by `_`.
pub fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_phrase_with_or_without_a_name() {
        let phrases =
            parse("\u{feff}# tanks first\n\nthe storage tanks\n big = the two largest tanks # of them\r\n").unwrap();
        let expected = [("the_storage_tanks", "the storage tanks"), ("big", "the two largest tanks")];
        let expected = expected.map(|(name, text)| NamedPhrase { name: name.into(), text: text.into() });
        assert_eq!(phrases, expected);
    }

    #[test]
    fn lines_that_cannot_be_meant_are_refused_by_number() {
        for (text, words) in [
            ("", "no phrase"),
            ("# nothing\n", "no phrase"),
            ("the ships\n?!", "line 2"),
            ("../x = the ships", "line 1"),
            ("= the ships", "line 1"),
            ("a = the ships\nA = the tanks", "line 2"),
            ("the ships\nthe ships", "line 2"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(words), "{text}: {why}");
        }
    }
}
