//! A sentence as a row of items: the longest forms the lexicon knows, unknown words, and separating marks.

use std::ops::Range;

use crate::text::constraint::{OrderKey, RelationKind};
use crate::text::lexicon::{Bound, Meaning, lexicon};
use crate::text::noun_phrase::{AttributeKind, Determiner, Grouping};
use crate::text::place::{Extent, Place};
use crate::text::spelling::{Mark, Token};

/// One item of the sentence.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::text) struct Item {
    /// The words it covers; empty for a mark.
    pub words: Range<usize>,
    /// The normalised words, joined by spaces; empty for a mark.
    pub form: String,
    /// What it may mean. Empty for an unknown word and for a mark.
    pub meanings: &'static [Meaning],
    /// "ship's": the owner of what follows.
    pub possessive: bool,
    /// Whether it stands in quotation marks.
    pub fenced: bool,
    /// Whether this is a mark.
    pub mark: Option<Sign>,
}

/// A separating mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::text) enum Sign {
    /// A comma or full stop: what follows speaks of the target again.
    Stop,
    /// "(": what follows speaks of the noun before it.
    Open,
    /// ")".
    Close,
}

/// Groups words into items; at each word the longest form wins, and no form crosses a mark
/// or the border of a quotation.
pub(in crate::text) fn items(tokens: &[Token]) -> Vec<Item> {
    let lexicon = lexicon();
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        items.extend(std::iter::repeat_n(Item::sign(Sign::Close), token.closes));
        items.extend(token.mark.map(|mark| {
            Item::sign(match mark {
                Mark::Stop => Sign::Stop,
                Mark::Open => Sign::Open,
            })
        }));
        let reach =
            tokens[at + 1..].iter().take_while(|next| next.mark.is_none() && next.closes == 0 && !next.fenced).count()
                + 1;
        let mut item = Item::word(at, &token.form, lexicon.meanings(&token.form), token.possessive);
        let mut form = token.form.clone();
        for end in at + 1..at + reach.min(lexicon.longest()) {
            if tokens[end - 1].possessive {
                break;
            }
            form.push(' ');
            form.push_str(&tokens[end].form);
            let meanings = lexicon.meanings(&form);
            // "right next to" is one relation, but not in "on the far right next to the road".
            let is_relation = meanings.iter().any(|meaning| matches!(meaning, Meaning::Relation(_)));
            let ends_a_place = item.way().is_some() && is_relation && items.last().is_some_and(precedes_a_way);
            if !meanings.is_empty() && !ends_a_place {
                item = Item { words: at..end + 1, ..Item::word(at, &form, meanings, tokens[end].possessive) };
            }
        }
        item.fenced = token.fenced;
        at = item.words.end;
        items.push(item);
    }
    items
}

fn precedes_a_way(item: &Item) -> bool {
    item.is(Meaning::Far) || item.way().is_some() || item.determiner().is_some()
}

/// For each kind of meaning a method that gives what the item means as that kind.
macro_rules! readings {
    ($($name:ident: $pattern:pat => $value:expr, $type:ty;)*) => {
        impl Item {
            $(pub fn $name(&self) -> Option<$type> {
                self.meanings.iter().find_map(|meaning| match *meaning {
                    $pattern => Some($value),
                    _ => None,
                })
            })*
        }
    };
}

readings! {
    noun: Meaning::Noun { class, kind, plural } => (class, kind, plural), (&'static str, Option<&'static str>, bool);
    attribute: Meaning::Attribute(kind, value) => (kind, value), (AttributeKind, &'static str);
    determiner: Meaning::Determiner(determiner) => determiner, Determiner;
    grouping: Meaning::Grouping(grouping) => grouping, Grouping;
    arrangement: Meaning::Arrangement(grouping) => grouping, Grouping;
    pronoun_plural: Meaning::One { plural } => plural, bool;
    superlative: Meaning::Superlative(key) | Meaning::Comparative(key) => key, OrderKey;
    comparative: Meaning::Comparative(key) => key, OrderKey;
    way: Meaning::Way(place) => place, Place;
    extent: Meaning::Extent(extent) => extent, Extent;
    relation: Meaning::Relation(kind) => kind, RelationKind;
    ranked: Meaning::Ranked(kind) => kind, RelationKind;
    sequence: Meaning::Sequence(key) => key, Option<OrderKey>;
    bound: Meaning::Bound(bound) => bound, Bound;
    unit: Meaning::Unit(metres) => metres, f64;
    number: Meaning::Number(number) => f64::from(number), f64;
    rank: Meaning::Ordinal(rank) => rank, u32;
}

impl Item {
    fn sign(sign: Sign) -> Self {
        Self { words: 0..0, form: String::new(), meanings: &[], possessive: false, fenced: false, mark: Some(sign) }
    }

    fn word(at: usize, form: &str, meanings: &'static [Meaning], possessive: bool) -> Self {
        Self { words: at..at + 1, form: form.into(), meanings, possessive, fenced: false, mark: None }
    }

    /// Whether it can mean exactly this.
    pub fn is(&self, meaning: Meaning) -> bool {
        self.meanings.contains(&meaning)
    }

    /// A word outside the lexicon, with a letter and no number.
    pub fn is_unknown(&self) -> bool {
        self.form.chars().any(char::is_alphabetic)
            && self.meanings.is_empty()
            && self.amount().is_none()
            && self.ordinal().is_none()
    }

    /// A number in digits or words; positive and finite.
    pub fn amount(&self) -> Option<f64> {
        let written =
            || self.form.parse::<f64>().ok().filter(|_| self.form.starts_with(|first: char| first.is_ascii_digit()));
        self.number().or_else(written).filter(|amount| amount.is_finite() && *amount > 0.0 && *amount < 1e9)
    }

    /// A whole number of things.
    pub fn count(&self) -> Option<u32> {
        self.amount().filter(|amount| amount.fract() == 0.0 && *amount < 1e6).map(|amount| amount as u32)
    }

    /// "second", "2nd".
    pub fn ordinal(&self) -> Option<u32> {
        let written = || {
            let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| self.form.strip_suffix(end))?;
            digits.parse().ok().filter(|rank| (1..1_000_000).contains(rank))
        };
        self.rank().or_else(written)
    }

    /// Whether it may be a verb that links the subject to what is said of it.
    pub fn is_copula(&self) -> bool {
        self.is(Meaning::Copula)
    }
}
