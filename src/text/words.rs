//! Words: a sentence cut the way NLTK's `word_tokenize` cuts it, which the official rules count in.
//!
//! The rules are those of the Treebank: punctuation stands alone (a full stop only where a sentence ends),
//! `isn't` is `is n't`, `ship's` is `ship 's`, a double quote becomes `` `` `` or `''`. Hyphens do not cut.

/// The words of `text` in order; none is empty.
pub fn word_tokenize(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for sentence in sentences(text) {
        for piece in space_out(sentence).split_whitespace() {
            split_contraction(piece, &mut words);
        }
    }
    words
}

/// Cuts after `.`, `?` or `!` (and the quotes and brackets that close with it) before white space.
///
/// An initial ("N. side") and an abbreviation with an inner stop ("i.e. the quay") do not end a sentence; there is
/// no list of other abbreviations.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !matches!(c, '.' | '?' | '!') {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some(&(next_at, next)) = chars.peek() {
            if !is_closer(next) && !matches!(next, '.' | '?' | '!') {
                break;
            }
            end = next_at + next.len_utf8();
            chars.next();
        }
        let before_space = chars.peek().is_some_and(|&(_, next)| next.is_whitespace());
        if before_space && !(c == '.' && is_abbreviation(&text[start..at])) {
            found.push(&text[start..end]);
            start = end;
        }
    }
    found.push(&text[start..]);
    found
}

/// Whether the last word of `head`, which a full stop follows, is an initial or has a stop inside.
fn is_abbreviation(head: &str) -> bool {
    let word = head.rsplit(char::is_whitespace).next().unwrap_or_default().trim_start_matches(['(', '[', '"', '\'']);
    let mut chars = word.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) => only.is_alphabetic(),
        (Some(_), Some(_)) => word.chars().any(char::is_alphabetic) && word.trim_end_matches('.').contains('.'),
        (None, _) => false,
    }
}

/// What may close a sentence after its full stop.
fn is_closer(c: char) -> bool {
    matches!(c, ']' | ')' | '}' | '>' | '"' | '\'' | '»' | '”' | '’')
}

/// One sentence with white space around everything that is a word of its own, contractions apart.
fn space_out(sentence: &str) -> String {
    let chars: Vec<char> = sentence.chars().collect();
    // Past this place there are only closing marks and spaces: a full stop just before it ends the sentence.
    let tail = chars.iter().rposition(|&c| !is_closer(c) && !c.is_whitespace()).map_or(0, |last| last + 1);
    let mut out = String::with_capacity(sentence.len() + 16);
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let before = at.checked_sub(1).map(|i| chars[i]);
        let after = chars.get(at + 1).copied();
        let doubled = after == Some(c);
        let opens = before.is_none_or(|b| matches!(b, ' ' | '(' | '[' | '{' | '<'));
        let mut used = 1;
        match c {
            '«' | '“' | '‘' | '„' | '»' | '”' | '’' => stand_alone(&mut out, c),
            ';' | '@' | '#' | '$' | '%' | '&' | '?' | '!' | '*' => stand_alone(&mut out, c),
            '[' | ']' | '(' | ')' | '{' | '}' | '<' | '>' => stand_alone(&mut out, c),
            '`' if doubled => {
                used = 2;
                out.push_str(" `` ");
            }
            '`' => stand_alone(&mut out, c),
            '"' => out.push_str(if opens { " `` " } else { " '' " }),
            '\'' if doubled => {
                used = 2;
                out.push_str(if opens && before.is_some() { " `` " } else { " '' " });
            }
            '\'' if is_quoted_letter(after, chars.get(at + 2).copied()) => out.push_str("' "),
            ':' | ',' if after.is_none_or(|a| !a.is_numeric()) => stand_alone(&mut out, c),
            '.' if doubled => {
                used = chars[at..].iter().take_while(|&&other| other == c).count();
                out.push(' ');
                out.extend(std::iter::repeat_n(c, used));
                out.push(' ');
            }
            '.' if at + 1 == tail => stand_alone(&mut out, c),
            '-' if doubled => {
                used = 2;
                out.push_str(" -- ");
            }
            _ => out.push(c),
        }
        at += used;
    }
    out
}

fn stand_alone(out: &mut String, c: char) {
    out.extend([' ', c, ' ']);
}

/// Whether an apostrophe before `first` opens a quotation of one letter, as in `'A'`, and is no contraction.
fn is_quoted_letter(first: Option<char>, second: Option<char>) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    first.is_some_and(|c| in_word(c) && !matches!(c.to_ascii_lowercase(), 'm' | 't' | 's' | 'd' | 'n'))
        && !second.is_some_and(in_word)
}

/// Endings that become a word of their own, the longer ones looked for after the shorter.
const CLITICS: [&[&str]; 2] =
    [&["'s", "'S", "'m", "'M", "'d", "'D", "'"], &["'ll", "'LL", "'re", "'RE", "'ve", "'VE", "n't", "N'T"]];

/// Words that are two, and where the second one starts.
const PAIRS: [(&str, usize); 10] = [
    ("cannot", 3),
    ("d'ye", 1),
    ("gimme", 3),
    ("gonna", 3),
    ("gotta", 3),
    ("lemme", 3),
    ("more'n", 4),
    ("wanna", 3),
    ("'tis", 2),
    ("'twas", 2),
];

/// Adds `piece`, which holds no white space, as one word or cut at its contractions.
fn split_contraction(piece: &str, words: &mut Vec<String>) {
    let mut stem = piece;
    let mut endings = Vec::new();
    for group in CLITICS {
        let ending = group.iter().find(|ending| {
            stem.strip_suffix(**ending).is_some_and(|head| head.chars().next_back().is_some_and(|c| c != '\''))
        });
        if let Some(ending) = ending {
            stem = &stem[..stem.len() - ending.len()];
            endings.push((*ending).to_owned());
        }
    }
    match PAIRS.iter().find(|(word, _)| stem.eq_ignore_ascii_case(word)) {
        Some(&(_, cut)) => words.extend([stem[..cut].to_owned(), stem[cut..].to_owned()]),
        None => words.push(stem.to_owned()),
    }
    words.extend(endings.into_iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, words: &[&str]) {
        assert_eq!(word_tokenize(text), words, "{text:?}");
    }

    #[test]
    fn punctuation_stands_alone_but_not_inside_numbers_and_hyphens() {
        check(
            "a ship, on the left: 1,200.5 m (N.E.)",
            &["a", "ship", ",", "on", "the", "left", ":", "1,200.5", "m", "(", "N.E", ".", ")"],
        );
        check("the two-story hall -- left; right...", &["the", "two-story", "hall", "--", "left", ";", "right", "..."]);
        check("vehicle, parked", &["vehicle", ",", "parked"]);
        check("", &[]);
        check(" \t\n", &[]);
    }

    #[test]
    fn contractions_are_cut_as_in_the_treebank() {
        check("the car isn't the ship's", &["the", "car", "is", "n't", "the", "ship", "'s"]);
        check("cannot they'll ships' 'tis", &["can", "not", "they", "'ll", "ships", "'", "'t", "is"]);
    }

    #[test]
    fn double_quotes_turn_into_treebank_quotes() {
        check("the \"big\" ship", &["the", "``", "big", "''", "ship"]);
        check("\"dock\" 'A'", &["``", "dock", "''", "'", "A", "'"]);
    }

    #[test]
    fn a_long_run_of_one_mark_takes_no_longer_than_its_length() {
        assert_eq!(word_tokenize(&"(".repeat(200_000)).len(), 200_000);
        assert_eq!(word_tokenize(&"n".repeat(200_000)).len(), 1);
    }

    #[test]
    fn a_full_stop_is_a_word_where_a_sentence_ends_and_nowhere_else() {
        check("the dam. It is small.", &["the", "dam", ".", "It", "is", "small", "."]);
        check("the N. side of pier no.4", &["the", "N.", "side", "of", "pier", "no.4"]);
        check("i.e. the quay", &["i.e.", "the", "quay"]);
    }
}
