//! The words the parser knows: classes with their synonyms, attributes, places, relations and the joints of a sentence.
//!
//! The words themselves are data, `assets/text/classes.tsv` and `assets/text/words.tsv`; this file gives them meanings.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};

use crate::text::constraint::{OrderKey, RelationKind};
use crate::text::noun_phrase::{AttributeKind, Determiner, Grouping};
use crate::text::place::{Column, Extent, Place, Row};
use crate::text::plural::{plural_of, singular_of};
use crate::text::spelling;

const CLASSES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/text/classes.tsv"));
const WORDS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/text/words.tsv"));

/// What a form of the lexicon can mean. A form may have several meanings; the grammar takes the one its place allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Meaning {
    /// A noun of class `class`, maybe by the narrower word `kind`.
    Noun {
        class: &'static str,
        kind: Option<&'static str>,
        plural: bool,
    },
    Attribute(AttributeKind, &'static str),
    Number(u32),
    /// "one", "ones", "those" standing for a noun.
    One {
        plural: bool,
    },
    Ordinal(u32),
    Last,
    Determiner(Determiner),
    Several,
    /// "a row" in "a row of tanks".
    Grouping(Grouping),
    /// "in a row".
    Arrangement(Grouping),
    Way(Place),
    Extent(Extent),
    /// "area": a word for a part that can stand for a thing.
    Area,
    /// "far" in "far left".
    Far,
    /// "image", "scene".
    Frame,
    Superlative(OrderKey),
    Comparative(OrderKey),
    /// "most" in "the most bottom-most".
    Most,
    Than,
    Relation(RelationKind),
    /// "nearest to": a relation that chooses by rank.
    Ranked(RelationKind),
    Without,
    Of,
    From,
    To,
    /// "facing": what follows is a direction, not a place.
    Heading,
    /// "in a sequence", "in the vertical line": says nothing or what "first" counts by.
    Sequence(Option<OrderKey>),
    Bound(Bound),
    DistanceFiller,
    /// A unit of length in metres.
    Unit(f64),
    And,
    Or,
    But,
    AsWellAs,
    Not,
    Except,
    Copula,
    Relative,
    Pronoun,
    Filler,
    /// "hue", "colour": a noun that carries attributes to what has it.
    Quality,
    /// A word of English without meaning here.
    Function,
}

/// Which side of a distance is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    AtMost,
    AtLeast,
    About,
}

/// What the lexicon says of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Class {
    /// 1 vehicle, 2 building, 3 compound, 4 line or area, 5 region.
    pub scale: u8,
    /// `None` for a mass noun.
    pub plural: Option<String>,
}

/// The words of relations that are one preposition, as they are written out.
pub(crate) const RELATION_WORDS: [(RelationKind, &str); 22] = [
    (RelationKind::Near, "near"),
    (RelationKind::NextTo, "next to"),
    (RelationKind::FarFrom, "far from"),
    (RelationKind::Between, "between"),
    (RelationKind::Inside, "inside"),
    (RelationKind::Outside, "outside"),
    (RelationKind::On, "on"),
    (RelationKind::At, "at"),
    (RelationKind::Under, "beneath"),
    (RelationKind::Along, "along"),
    (RelationKind::Across, "across"),
    (RelationKind::SurroundedBy, "surrounded by"),
    (RelationKind::Surrounding, "surrounding"),
    (RelationKind::Among, "among"),
    (RelationKind::InFrontOf, "in front of"),
    (RelationKind::Behind, "behind"),
    (RelationKind::Opposite, "opposite"),
    (RelationKind::Touching, "touching"),
    (RelationKind::With, "with"),
    (RelationKind::PartOf, "part of"),
    (RelationKind::Direction(Place::frame(Some(Row::Top), None)), "above"),
    (RelationKind::Direction(Place::frame(Some(Row::Bottom), None)), "below"),
];

/// The scale of a noun the lexicon does not know.
const UNKNOWN_SCALE: u8 = 3;

/// All words with their meanings.
pub(crate) struct Lexicon {
    forms: HashMap<String, Vec<Meaning>>,
    classes: HashMap<&'static str, Class>,
    /// Single words of the forms, sorted, for corrections.
    words: Vec<String>,
    longest: usize,
}

/// The lexicon, a constant that is worked out from the embedded tables when it is first looked at.
pub(crate) fn lexicon() -> &'static Lexicon {
    static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read(CLASSES, WORDS));
    &LEXICON
}

impl Lexicon {
    fn read(classes: &'static str, words: &'static str) -> Self {
        let mut lexicon = Self { forms: HashMap::new(), classes: HashMap::new(), words: Vec::new(), longest: 1 };
        for columns in rows(words) {
            if let [category, canonical, forms] = columns[..] {
                for form in list(forms) {
                    if let Some(meaning) = meaning(category, canonical, form) {
                        lexicon.add(form.into(), meaning);
                    }
                }
                if let (
                    "color" | "tone" | "size" | "shape" | "material" | "state" | "orientation" | "use",
                    Some(meaning),
                ) = (category, meaning(category, canonical, canonical))
                {
                    lexicon.add(canonical.into(), meaning);
                }
            }
        }
        for columns in rows(classes) {
            if let [class, scale, plural, synonyms, kinds] = columns[..] {
                let plural = match plural {
                    "-" => None,
                    "" => Some(plural_of(class)),
                    irregular => Some(irregular.into()),
                };
                lexicon.add_noun(class, class, None, plural.as_deref());
                for word in list(synonyms) {
                    lexicon.add_noun(word, class, None, plural.is_some().then(|| plural_of(word)).as_deref());
                }
                for word in list(kinds) {
                    lexicon.add_noun(word, class, Some(word), Some(&plural_of(word)));
                }
                lexicon.classes.insert(class, Class { scale: scale.parse().unwrap_or(UNKNOWN_SCALE), plural });
            }
        }
        let words: std::collections::BTreeSet<String> =
            lexicon.forms.keys().flat_map(|form| form.split(' ')).map(str::to_owned).collect();
        lexicon.words = words.into_iter().collect();
        lexicon
    }

    fn add_noun(&mut self, word: &'static str, class: &'static str, kind: Option<&'static str>, plural: Option<&str>) {
        match plural {
            Some(plural) => {
                for plural in [plural, &plural_of(word)] {
                    self.add(plural.into(), Meaning::Noun { class, kind, plural: true });
                }
            }
            // "waters", "vegetations": no more than one of a mass.
            None if word.ends_with('s') => {}
            None => self.add(plural_of(word), Meaning::Noun { class, kind, plural: false }),
        }
        self.add(word.into(), Meaning::Noun { class, kind, plural: false });
    }

    fn add(&mut self, form: String, meaning: Meaning) {
        self.longest = self.longest.max(form.split(' ').count());
        let meanings = self.forms.entry(form).or_default();
        if !meanings.contains(&meaning) {
            meanings.push(meaning);
        }
    }

    /// The meanings of a normalised form of one or more words; empty if it is unknown.
    pub fn meanings(&self, form: &str) -> &[Meaning] {
        self.forms.get(form).map_or(&[], Vec::as_slice)
    }

    /// The class called `name`.
    pub fn class(&self, name: &str) -> Option<&Class> {
        self.classes.get(name)
    }

    /// How large things of this class are, 1 to 5; see `classes.tsv`.
    pub fn scale(&self, class: &str) -> u8 {
        self.class(class).map_or(UNKNOWN_SCALE, |class| class.scale)
    }

    /// The plural of a class or of one of its narrower words. A mass noun stays as it is, and so does an unknown word
    /// whose plural would not be recognised as one.
    pub fn plural(&self, word: &str) -> String {
        match self.class(word) {
            Some(class) => class.plural.clone().unwrap_or_else(|| word.into()),
            None => {
                let plural = plural_of(word);
                let meanings = self.meanings(&plural);
                let is_noun = meanings.iter().any(|meaning| matches!(meaning, Meaning::Noun { plural: true, .. }));
                let can_be = meanings.iter().all(|meaning| matches!(meaning, Meaning::Extent(_) | Meaning::Area));
                let goes_back = singular_of(&plural).as_deref() == Some(word) && spelling::correct(&plural).is_none();
                let is_read = is_noun || (can_be && goes_back);
                if is_read { plural } else { word.into() }
            }
        }
    }

    /// Whether there can be several of this by its word; not of "water".
    pub fn has_plural(&self, word: &str) -> bool {
        self.plural(word) != word
    }

    /// Whether this single word occurs in any form.
    pub fn has_word(&self, word: &str) -> bool {
        self.words.binary_search_by(|known| known.as_str().cmp(word)).is_ok()
    }

    /// Whether words at the end of `before` and at the start of `after` make up a form together: "low" and "vegetation".
    pub fn fuses(&self, before: &str, after: &str) -> bool {
        let (before, after): (Vec<&str>, Vec<&str>) = (before.split(' ').collect(), after.split(' ').collect());
        let mut splits = (0..before.len()).flat_map(|start| (1..=after.len()).map(move |end| (start, end)));
        splits.any(|(start, end)| self.forms.contains_key(&[&before[start..], &after[..end]].concat().join(" ")))
    }

    /// Every single word of every form, sorted.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Other words for a class and narrower ones, in the order of the table.
    pub fn nouns_of(&self, class: &str) -> impl Iterator<Item = &'static str> {
        let row = rows(CLASSES).find(|columns| columns.first() == Some(&class));
        row.into_iter().flat_map(|columns| columns.into_iter().skip(3)).flat_map(list)
    }

    /// The attributes of a sort, in the order of the table.
    pub fn attributes_of(&self, kind: AttributeKind) -> Vec<&'static str> {
        let words = rows(WORDS).filter_map(|columns| match columns[..] {
            [category, canonical, _] => match meaning(category, canonical, canonical)? {
                Meaning::Attribute(of, word) if of == kind => Some(word),
                _ => None,
            },
            _ => None,
        });
        words.collect()
    }

    /// How many words the longest form has.
    pub fn longest(&self) -> usize {
        self.longest
    }
}

/// The rows of a table, without comments, split into trimmed columns.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let rows = table.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    rows.map(|line| line.split('|').map(str::trim).collect())
}

/// The entries of a column, which commas separate.
fn list(column: &'static str) -> impl Iterator<Item = &'static str> {
    column.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

/// What a row of `words.tsv` gives to `form`. `None` for a row that makes no sense; a test keeps the table free of those.
fn meaning(category: &str, canonical: &'static str, form: &str) -> Option<Meaning> {
    let relation = || RELATION_WORDS.iter().find(|(_, word)| *word == canonical).map(|(kind, _)| *kind);
    Some(match category {
        "number" => Meaning::Number(canonical.parse().ok()?),
        "one" => Meaning::One { plural: form != "one" },
        "ordinal" => Meaning::Ordinal(canonical.parse().ok()?),
        "last" => Meaning::Last,
        "determiner" => Meaning::Determiner(named(canonical)?),
        "several" => Meaning::Several,
        "grouping" => Meaning::Grouping(named(canonical)?),
        "arrangement" => Meaning::Arrangement(named(canonical)?),
        "way" => Meaning::Way(way(canonical)?),
        "extent" => Meaning::Extent(named(canonical)?),
        "area" => Meaning::Area,
        "far" => Meaning::Far,
        "frame" => Meaning::Frame,
        "superlative" => Meaning::Superlative(named(canonical)?),
        "comparative" => Meaning::Comparative(named(canonical)?),
        "most" => Meaning::Most,
        "than" => Meaning::Than,
        "relation" if canonical == "without" => Meaning::Without,
        "relation" => Meaning::Relation(relation()?),
        "nearest" | "farthest" => Meaning::Ranked(relation()?),
        "of" => Meaning::Of,
        "from" => Meaning::From,
        "to" => Meaning::To,
        "heading" => Meaning::Heading,
        "sequence" if canonical == "sequence" => Meaning::Sequence(None),
        "sequence" => Meaning::Sequence(Some(named(canonical)?)),
        "bound" => Meaning::Bound(match canonical {
            "at most" => Bound::AtMost,
            "at least" => Bound::AtLeast,
            "about" => Bound::About,
            _ => return None,
        }),
        "distance filler" => Meaning::DistanceFiller,
        "unit" => Meaning::Unit(canonical.parse().ok()?),
        "and" => Meaning::And,
        "or" => Meaning::Or,
        "but" => Meaning::But,
        "as well as" => Meaning::AsWellAs,
        "not" => Meaning::Not,
        "except" => Meaning::Except,
        "copula" => Meaning::Copula,
        "relative" => Meaning::Relative,
        "pronoun" => Meaning::Pronoun,
        "filler" => Meaning::Filler,
        "quality" => Meaning::Quality,
        "function" => Meaning::Function,
        attribute => Meaning::Attribute(named(attribute)?, canonical),
    })
}

/// The variant of a plain enum that is called `name` in JSON.
fn named<'de, T: Deserialize<'de>>(name: &'de str) -> Option<T> {
    let name: StrDeserializer<'de, ValueError> = name.into_deserializer();
    T::deserialize(name).ok()
}

fn way(name: &str) -> Option<Place> {
    let (row, column) = match name {
        "top" => return Some(Place::frame(Some(Row::Top), None)),
        "bottom" => return Some(Place::frame(Some(Row::Bottom), None)),
        "left" => return Some(Place::frame(None, Some(Column::Left))),
        "right" => return Some(Place::frame(None, Some(Column::Right))),
        "middle" => return Some(Place::frame(Some(Row::Middle), Some(Column::Middle))),
        "north" => (Some(Row::Top), None),
        "south" => (Some(Row::Bottom), None),
        "west" => (None, Some(Column::Left)),
        "east" => (None, Some(Column::Right)),
        "northwest" => (Some(Row::Top), Some(Column::Left)),
        "northeast" => (Some(Row::Top), Some(Column::Right)),
        "southwest" => (Some(Row::Bottom), Some(Column::Left)),
        "southeast" => (Some(Row::Bottom), Some(Column::Right)),
        _ => return None,
    };
    Some(Place::compass(row, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_tables_has_its_columns_and_a_meaning() {
        for columns in rows(CLASSES) {
            assert_eq!(columns.len(), 5, "{columns:?}");
            assert!(columns[1].parse::<u8>().is_ok_and(|scale| (1..=5).contains(&scale)), "{columns:?}");
        }
        for columns in rows(WORDS) {
            assert_eq!(columns.len(), 3, "{columns:?}");
            assert!(meaning(columns[0], columns[1], columns[2]).is_some(), "{columns:?}");
        }
    }

    #[test]
    fn forms_are_written_as_words_are_normalised() {
        for form in lexicon().forms.keys() {
            let words: Vec<String> = spelling::split(form).into_iter().map(|word| word.form).collect();
            assert_eq!(&words.join(" "), form);
        }
    }

    #[test]
    fn no_noun_means_two_things() {
        for (form, meanings) in &lexicon().forms {
            let nouns = meanings.iter().filter(|meaning| matches!(meaning, Meaning::Noun { .. })).count();
            assert!(nouns <= 1, "{form}: {meanings:?}");
        }
    }
}
