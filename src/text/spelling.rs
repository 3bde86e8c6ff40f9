//! Splits a sentence into words and brings each to the form the lexicon uses: case, British spelling, misspellings.

use crate::text::lexicon::lexicon;
use crate::text::phrase::Span;

/// The vocabulary of the text network, as its JSON. Used as a list of real English words that are not misspellings.
const VOCABULARY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/text/wordpiece.tokenizer.json"));

/// British spellings and their American counterparts, wherever they stand in a word.
const BRITISH: [(&str, &str); 14] = [
    ("harbour", "harbor"),
    ("grey", "gray"),
    ("centre", "center"),
    ("metre", "meter"),
    ("colour", "color"),
    ("neighbour", "neighbor"),
    ("aeroplane", "airplane"),
    ("aluminium", "aluminum"),
    ("storey", "story"),
    ("storeyed", "story"),
    ("travelling", "traveling"),
    ("moulded", "molded"),
    ("sizeable", "sizable"),
    ("enquire", "inquire"),
];

/// Words longer than this are nobody's misspelling.
const LONGEST_CORRECTED: usize = 24;

/// One word of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// Where it stands.
    pub span: Span,
    /// Normal form: lower case, American, without a possessive "'s", corrected.
    pub form: String,
    /// The correction, if the word was taken for a misspelling.
    pub corrected: Option<String>,
    /// "ship's".
    pub possessive: bool,
    /// What stands between the word before and this one.
    pub mark: Option<Mark>,
    /// A quotation mark stands before it: it is not read together with the word before.
    pub fenced: bool,
    /// A closing parenthesis stands between the word before and this one (before `mark`).
    pub closes: usize,
}

/// Punctuation that separates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A comma, full stop, colon, dash.
    Stop,
    /// An opening parenthesis.
    Open,
}

/// Splits into words. Their spans cover every alphanumeric character exactly once, in order.
pub(crate) fn split(sentence: &str) -> Vec<Token> {
    let characters: Vec<(usize, char)> = sentence.char_indices().collect();
    let end_of = |at: usize| characters.get(at).map_or(sentence.len(), |(byte, _)| *byte);
    let mut tokens: Vec<Token> = Vec::new();
    let (mut mark, mut closes, mut fenced) = (None, 0, false);
    let mut at = 0;
    while at < characters.len() {
        let length = word_length(&characters[at..]);
        if length > 0 {
            let span = Span { start: characters[at].0, end: end_of(at + length) };
            let (form, corrected, possessive) = normalise(&sentence[span.start..span.end]);
            tokens.push(Token {
                span,
                form,
                corrected,
                possessive,
                mark: mark.take(),
                fenced: std::mem::take(&mut fenced),
                closes: std::mem::take(&mut closes),
            });
            at += length;
            continue;
        }
        match characters[at].1 {
            ',' | '.' | ';' | ':' | '!' | '?' | '–' | '—' if mark.is_none() => mark = Some(Mark::Stop),
            '(' | '[' => mark = Some(Mark::Open),
            ')' | ']' => closes += 1,
            '"' | '“' | '”' | '«' | '»' => fenced = true,
            _ => {}
        }
        at += 1;
    }
    tokens
}

/// How many characters the word at the start has: letters and digits, apostrophes between letters ("isn't"), points and
/// commas between digits ("1,000", "2.5"); "200m" is two words, "2nd" one.
fn word_length(characters: &[(usize, char)]) -> usize {
    let at = |index: usize| characters.get(index).map(|(_, character)| *character);
    let mut length = 0;
    while let Some(character) = at(length) {
        let next = at(length + 1);
        let joins = match character {
            '\'' | '’' => length > 0 && next.is_some_and(char::is_alphabetic),
            '.' | ',' => {
                length > 0
                    && at(length - 1).is_some_and(|before| before.is_ascii_digit())
                    && next.is_some_and(|after| after.is_ascii_digit())
            }
            _ => character.is_alphanumeric(),
        };
        if !joins {
            break;
        }
        length += 1;
        let number_ends = character.is_ascii_digit() && next.is_some_and(char::is_alphabetic);
        if number_ends
            && characters[..length].iter().all(|(_, c)| !c.is_alphabetic())
            && !is_ordinal_suffix(&characters[length..])
        {
            break;
        }
    }
    length
}

fn is_ordinal_suffix(rest: &[(usize, char)]) -> bool {
    let suffix: String = rest.iter().map(|(_, c)| *c).take_while(|c| c.is_alphanumeric()).take(3).collect();
    ["st", "nd", "rd", "th"].iter().any(|known| suffix.eq_ignore_ascii_case(known))
}

/// The normal form of a word, its correction if it was misspelt, and whether it is possessive.
fn normalise(word: &str) -> (String, Option<String>, bool) {
    let lower = word.replace('’', "'").to_lowercase();
    // Lower case may add marks that are no letters ("İ").
    let mut form: String = lower.chars().filter(|c| c.is_alphanumeric() || "'.,".contains(*c)).collect();
    for (british, american) in BRITISH {
        if form.contains(british) {
            form = form.replace(british, american);
        }
    }
    if form.bytes().next().is_some_and(|first| first.is_ascii_digit()) {
        return (form.replace(',', ""), None, false);
    }
    let mut possessive = false;
    if !lexicon().has_word(&form)
        && let Some(owner) = form.strip_suffix("'s")
    {
        (form, possessive) = (owner.into(), true);
    }
    let corrected = correct(&form);
    (corrected.clone().unwrap_or(form), corrected, possessive)
}

/// The lexicon's word that `word` is a misspelling of: at most one letter wrong, missing, added or swapped with its
/// neighbour, two in words of eight letters or more. Words of English are left alone, whether the lexicon has them or not.
pub(crate) fn correct(word: &str) -> Option<String> {
    let letters = word.len();
    let lexicon = lexicon();
    if !(4..=LONGEST_CORRECTED).contains(&letters)
        || !word.bytes().all(|byte| byte.is_ascii_lowercase())
        || lexicon.has_word(word)
    {
        return None;
    }
    let bound = if letters < 8 { 1 } else { 2 };
    let candidates = lexicon.words().iter().filter(|known| {
        known.len() >= 4
            && known.len().abs_diff(letters) <= bound
            && known.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    let best = candidates
        .map(|known| (edits(word.as_bytes(), known.as_bytes()), known.as_bytes()[0] != word.as_bytes()[0], known))
        .filter(|(edits, ..)| *edits <= bound)
        .min()?;
    (!is_english(word)).then(|| best.2.clone())
}

/// Whether the text network's vocabulary has the word, or its singular.
fn is_english(word: &str) -> bool {
    let listed = |word: &str| VOCABULARY.contains(&format!("\"{word}\":"));
    listed(word) || crate::text::plural::singular_of(word).is_some_and(|singular| listed(&singular))
}

/// Edit distance with insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let mut cost = (row[j] + usize::from(a[i] != b[j])).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                cost = cost.min(before[j - 1] + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(sentence: &str) -> Vec<String> {
        split(sentence).into_iter().map(|token| token.form).collect()
    }

    #[test]
    fn words_are_split_at_anything_but_letters_and_digits() {
        assert_eq!(
            forms("The top-right ship, 1,000.5m from A/B!"),
            ["the", "top", "right", "ship", "1000.5", "m", "from", "a", "b"]
        );
        assert_eq!(forms("2nd row isn't"), ["2nd", "row", "isn't"]);
    }

    #[test]
    fn british_words_become_american() {
        assert_eq!(forms("Grey harbours, metres centre"), ["gray", "harbors", "meters", "center"]);
    }

    #[test]
    fn a_possessive_is_the_owner() {
        let tokens = split("the ship’s deck");
        assert_eq!((tokens[1].form.as_str(), tokens[1].possessive), ("ship", true));
    }

    #[test]
    fn misspellings_are_corrected_and_real_words_are_not() {
        for (wrong, right) in [
            ("rght", "right"),
            ("tenis", "tennis"),
            ("harobr", "harbor"),
            ("brigde", "bridge"),
            ("storge", "storage"),
            ("buildngs", "buildings"),
        ] {
            assert_eq!(correct(wrong).as_deref(), Some(right), "{wrong}");
        }
        for real in
            ["with", "boot", "bride", "ridge", "sheep", "light", "than", "card", "route", "tents", "zzzz", "cargo"]
        {
            assert_eq!(correct(real), None, "{real}");
        }
    }

    #[test]
    fn edits_count_a_swap_once() {
        assert_eq!(edits(b"harobr", b"harbor"), 1);
        assert_eq!(edits(b"rght", b"right"), 1);
        assert_eq!(edits(b"", b"abc"), 3);
    }
}
