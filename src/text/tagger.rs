//! A small part-of-speech tagger for referring expressions: Penn tags by lexicon, form and context.
//!
//! The official loaders use NLTK's averaged perceptron, whose weights name no licence to ship them under. This one
//! is written for sentences that point at things in pictures and follows NLTK's habits where the chunk rules of
//! [`official`](super::official) depend on them: nouns capitalised inside a sentence are names, "far" is an adverb,
//! "lower left" ends in a past tense.

use super::tag_lexicon::{is_side, is_verb_in_s, usual_tag};

/// Part of speech, in the Penn Treebank's names.
#[expect(missing_docs, reason = "the names are the Treebank's own; the groups say what they are")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tag {
    // Function words: conjunction, number, determiner, existential there, preposition, modal, possessive, particle, to.
    CC,
    CD,
    DT,
    EX,
    IN,
    MD,
    POS,
    RP,
    TO,
    // Adjectives: plain, comparative, superlative.
    JJ,
    JJR,
    JJS,
    // Nouns: singular, plural, name.
    NN,
    NNS,
    NNP,
    // Pronouns: personal, possessive.
    PRP,
    PRPS,
    // Adverbs: plain, comparative, superlative.
    RB,
    RBR,
    RBS,
    // Verbs: base, past, -ing, participle, present, present third person.
    VB,
    VBD,
    VBG,
    VBN,
    VBP,
    VBZ,
    // Relative and question words.
    WDT,
    WP,
    WPS,
    WRB,
    // Marks, among them the end of a sentence, colon and dash, any other sign.
    Comma,
    Stop,
    Colon,
    OpenBracket,
    CloseBracket,
    OpenQuote,
    CloseQuote,
    Sign,
}

/// Each tag as the Treebank writes it.
const PENN: [(Tag, &str); 38] = [
    (Tag::CC, "CC"),
    (Tag::CD, "CD"),
    (Tag::DT, "DT"),
    (Tag::EX, "EX"),
    (Tag::IN, "IN"),
    (Tag::MD, "MD"),
    (Tag::POS, "POS"),
    (Tag::RP, "RP"),
    (Tag::TO, "TO"),
    (Tag::JJ, "JJ"),
    (Tag::JJR, "JJR"),
    (Tag::JJS, "JJS"),
    (Tag::NN, "NN"),
    (Tag::NNS, "NNS"),
    (Tag::NNP, "NNP"),
    (Tag::PRP, "PRP"),
    (Tag::PRPS, "PRP$"),
    (Tag::RB, "RB"),
    (Tag::RBR, "RBR"),
    (Tag::RBS, "RBS"),
    (Tag::VB, "VB"),
    (Tag::VBD, "VBD"),
    (Tag::VBG, "VBG"),
    (Tag::VBN, "VBN"),
    (Tag::VBP, "VBP"),
    (Tag::VBZ, "VBZ"),
    (Tag::WDT, "WDT"),
    (Tag::WP, "WP"),
    (Tag::WPS, "WP$"),
    (Tag::WRB, "WRB"),
    (Tag::Comma, ","),
    (Tag::Stop, "."),
    (Tag::Colon, ":"),
    (Tag::OpenBracket, "("),
    (Tag::CloseBracket, ")"),
    (Tag::OpenQuote, "``"),
    (Tag::CloseQuote, "''"),
    (Tag::Sign, "SYM"),
];

impl Tag {
    /// As the Treebank writes it, `PRP$` for one.
    pub fn penn(self) -> &'static str {
        PENN.iter().find(|(tag, _)| *tag == self).map_or("", |(_, name)| name)
    }

    /// The tag that the Treebank writes so, if it is one of these.
    pub fn from_penn(name: &str) -> Option<Self> {
        PENN.iter().find(|(_, penn)| *penn == name).map(|&(tag, _)| tag)
    }

    /// JJ, JJR or JJS.
    pub fn is_adjective(self) -> bool {
        matches!(self, Self::JJ | Self::JJR | Self::JJS)
    }

    /// A common noun or a name.
    pub fn is_noun(self) -> bool {
        matches!(self, Self::NN | Self::NNS | Self::NNP)
    }

    /// A verb of any form, modals included.
    fn is_verb(self) -> bool {
        matches!(self, Self::VB | Self::VBD | Self::VBG | Self::VBN | Self::VBP | Self::VBZ | Self::MD)
    }

    /// What stands before a noun and belongs to it.
    fn opens_noun_phrase(self) -> bool {
        matches!(self, Self::DT | Self::PRPS | Self::POS | Self::CD) || self.is_adjective()
    }
}

/// One tag for each of the words, which are those of [`word_tokenize`](super::words::word_tokenize).
pub fn tag(words: &[String]) -> Vec<Tag> {
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut tags: Vec<Tag> = (0..words.len()).map(|at| alone(&words[at], &lower[at], at == 0)).collect();
    for at in 0..tags.len() {
        tags[at] = Context { lower: &lower, tags: &tags, at }.decide();
    }
    tags
}

/// The tag of a word without regard to the others.
fn alone(word: &str, lower: &str, is_first: bool) -> Tag {
    mark(word)
        .or_else(|| capitalised(word, lower, is_first))
        .or_else(|| usual_tag(lower))
        .unwrap_or_else(|| by_form(lower))
}

/// The tag of a word that holds no letter and no digit.
fn mark(word: &str) -> Option<Tag> {
    if word.chars().any(char::is_alphanumeric) {
        return None;
    }
    Some(match word {
        "," => Tag::Comma,
        "." | "?" | "!" => Tag::Stop,
        ":" | ";" | "..." | "--" | "-" | "–" | "—" | "…" => Tag::Colon,
        "(" | "[" | "{" | "<" => Tag::OpenBracket,
        ")" | "]" | "}" | ">" => Tag::CloseBracket,
        "``" | "`" | "“" | "‘" | "«" | "„" => Tag::OpenQuote,
        "''" | "'" | "”" | "’" | "»" => Tag::CloseQuote,
        "&" => Tag::CC,
        _ => Tag::Sign,
    })
}

/// A capital inside the sentence makes a name, except of a function word written as in a title ("In The Middle").
fn capitalised(word: &str, lower: &str, is_first: bool) -> Option<Tag> {
    if is_first || !word.chars().next().is_some_and(char::is_uppercase) {
        return None;
    }
    let shouted = word.chars().count() > 1 && !word.chars().any(char::is_lowercase);
    let function = usual_tag(lower).filter(|tag| matches!(tag, Tag::DT | Tag::IN | Tag::TO | Tag::CC | Tag::VBZ));
    Some(function.filter(|_| !shouted).unwrap_or(Tag::NNP))
}

/// The tag that the form of an unknown word suggests: "12" and "2nd" count, "3-storey" and "two-storey" describe.
fn by_form(lower: &str) -> Tag {
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let length = lower.chars().count();
    if lower.starts_with(|c: char| c.is_numeric()) {
        let measures = lower.contains('-') && lower.contains(char::is_alphabetic);
        return if measures { Tag::JJ } else { Tag::CD };
    }
    if lower.trim_start_matches('-').contains('-') {
        return Tag::JJ;
    }
    match lower {
        "'ll" | "'d" => Tag::MD,
        _ if length > 4 && ends(&["ing"]) => Tag::VBG,
        _ if length > 3 && ends(&["ed"]) && !ends(&["eed"]) => Tag::VBN,
        _ if length > 4 && ends(&["est"]) => Tag::JJS,
        _ if length > 3 && ends(&["ly"]) => Tag::RB,
        _ if length > 4
            && ends(&["ous", "ful", "less", "able", "ible", "ish", "ic", "ive", "ial", "nal", "ral", "cal", "tal"]) =>
        {
            Tag::JJ
        }
        _ if length > 2 && ends(&["s"]) && !ends(&["ss", "us", "is"]) => Tag::NNS,
        _ => Tag::NN,
    }
}

/// A word among its neighbours: tags before `at` are settled, those after it are first guesses.
struct Context<'a> {
    lower: &'a [String],
    tags: &'a [Tag],
    at: usize,
}

impl Context<'_> {
    fn word(&self, offset: isize) -> &str {
        self.at.checked_add_signed(offset).and_then(|at| self.lower.get(at)).map_or("", String::as_str)
    }

    fn tag(&self, offset: isize) -> Option<Tag> {
        self.at.checked_add_signed(offset).and_then(|at| self.tags.get(at)).copied()
    }

    fn before(&self, test: impl Fn(Tag) -> bool) -> bool {
        self.tag(-1).is_some_and(test)
    }

    fn after(&self, test: impl Fn(Tag) -> bool) -> bool {
        self.tag(1).is_some_and(test)
    }

    /// Whether the next word is a noun or describes one.
    fn noun_follows(&self) -> bool {
        self.after(|tag| tag.is_noun() || tag.is_adjective())
    }

    /// The tag of this word here.
    fn decide(&self) -> Tag {
        let word = self.word(0);
        let guess = self.tags[self.at];
        if guess == Tag::NNP {
            return guess;
        }
        match word {
            "that" => self.that(),
            "'s" if self.before(Tag::is_noun) => Tag::POS,
            "'" if self.before(|tag| tag == Tag::NNS) => Tag::POS,
            "there" if self.after(Tag::is_verb) => Tag::EX,
            "one" if self.before(|tag| tag == Tag::DT || tag.is_adjective()) && !self.noun_follows() => Tag::NN,
            "close" if self.after(|tag| matches!(tag, Tag::TO | Tag::IN)) => Tag::RB,
            "far" if self.noun_follows() && !is_side(self.word(1)) => Tag::JJ,
            "along" if self.before(Tag::is_verb) && self.after(|tag| tag == Tag::IN) => Tag::RB,
            "off" | "out" | "up" | "down" => self.particle(),
            _ if is_side(word) => self.side(word, guess),
            _ if is_verb_in_s(word) => self.verb_in_s(),
            _ => self.open_class(guess),
        }
    }

    /// After a noun "that" opens a clause; before one it points.
    fn that(&self) -> Tag {
        if self.before(Tag::is_noun) {
            Tag::WDT
        } else if self.noun_follows() {
            Tag::DT
        } else {
            Tag::IN
        }
    }

    /// "off the coast" governs a noun phrase, "cut off by the edge" belongs to its verb, "halfway down" stands alone.
    fn particle(&self) -> Tag {
        if self.after(Tag::opens_noun_phrase) {
            Tag::IN
        } else if self.before(Tag::is_verb) {
            Tag::RP
        } else {
            Tag::RB
        }
    }

    /// The sides of things: "the left", "the left side", "the upper left corner", "the lower left", "a ship left of".
    fn side(&self, word: &str, guess: Tag) -> Tag {
        let before_noun = self.after(Tag::is_noun) || is_side(self.word(1));
        let modifies = |tag| matches!(tag, Tag::DT | Tag::PRPS | Tag::IN | Tag::RB | Tag::RBS | Tag::RBR | Tag::TO);
        match word {
            "inside" | "outside" | "opposite" if self.after(|tag| matches!(tag, Tag::DT | Tag::PRPS)) => Tag::IN,
            "inside" | "outside" => guess,
            "left" if self.before(|tag| tag == Tag::JJR) && self.word(1) != "of" => Tag::VBD,
            "left" if self.before(|tag| matches!(tag, Tag::Comma | Tag::OpenBracket)) => Tag::VBD,
            "right" if self.before(|tag| tag == Tag::RB) => Tag::JJ,
            "right"
                if self.after(|tag| tag == Tag::IN) && self.word(1) != "of" && !self.before(Tag::opens_noun_phrase) =>
            {
                Tag::RB
            }
            _ if before_noun && (self.at == 0 || self.before(modifies)) => Tag::JJ,
            _ => Tag::NN,
        }
    }

    /// "the road crosses the river" and "which stands", against "the stands".
    fn verb_in_s(&self) -> Tag {
        let subject =
            |tag: Tag| tag.is_noun() || matches!(tag, Tag::WDT | Tag::WP | Tag::PRP | Tag::RB | Tag::CC | Tag::EX);
        if self.before(subject) { Tag::VBZ } else { Tag::NNS }
    }

    /// Words whose form leaves open whether they are verb, noun or adjective.
    fn open_class(&self, guess: Tag) -> Tag {
        let opened = self.before(Tag::opens_noun_phrase);
        match guess {
            Tag::NN if self.at == 0 && self.after(|tag| matches!(tag, Tag::DT | Tag::PRPS | Tag::PRP)) => Tag::VB,
            Tag::VBG if opened && !self.noun_follows() => Tag::NN,
            Tag::VBN if self.word(0).ends_with("ed") => self.participle(guess),
            Tag::NNS if self.before(|tag| matches!(tag, Tag::WDT | Tag::WP | Tag::PRP)) => Tag::VBZ,
            Tag::VBP if opened || (self.before(|tag| tag == Tag::IN) && !self.after(|tag| tag == Tag::DT)) => Tag::NN,
            Tag::VBP if self.before(|tag| matches!(tag, Tag::TO | Tag::MD)) => Tag::VB,
            Tag::RBR if !self.after(|tag| tag.is_adjective() || matches!(tag, Tag::RB | Tag::VBN)) => Tag::JJR,
            Tag::RBS if !self.after(|tag| tag.is_adjective() || matches!(tag, Tag::RB | Tag::VBN)) => Tag::JJS,
            _ => guess,
        }
    }

    /// "the parked row" is an adjective, "parked on" a participle, "the ship passed" a past tense.
    fn participle(&self, guess: Tag) -> Tag {
        let known = usual_tag(self.word(0)).is_some();
        let in_phrase = self.at == 0
            || self.before(|tag| tag.opens_noun_phrase() || matches!(tag, Tag::IN | Tag::CC | Tag::RB | Tag::RBS));
        if known {
            guess
        } else if self.noun_follows() && in_phrase {
            Tag::JJ
        } else if self.before(Tag::is_noun) && self.after(|tag| matches!(tag, Tag::DT | Tag::PRPS | Tag::PRP)) {
            Tag::VBD
        } else {
            guess
        }
    }
}
