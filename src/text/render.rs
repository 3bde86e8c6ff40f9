//! Writes a parsed phrase out again as one canonical English phrase.
//!
//! Law: what [`Phrase::render`] writes parses to the same meaning. Hence its commas and parentheses: after a comma the target
//! is spoken of again, in parentheses the noun before them ("the road (west of the river), near the harbor").

use crate::text::constraint::{Dimension, Distance, Measure, Order, OrderKey, Relation, RelationKind};
use crate::text::lexicon::{Meaning, RELATION_WORDS, lexicon};
use crate::text::noun_phrase::{Attribute, AttributeKind, Determiner, Grouping, NounPhrase, Number};
use crate::text::phrase::{Description, Phrase};
use crate::text::place::{Axes, Extent, Place, Position};

impl Phrase {
    /// The phrase in canonical words: "the 2 largest storage tanks west of the river, near the harbor".
    pub fn render(&self) -> String {
        self.targets().map(Description::render).collect::<Vec<_>>().join(" as well as ")
    }
}

impl Description {
    /// The description in canonical words.
    pub fn render(&self) -> String {
        let mut text = noun_phrase(&self.noun, &self.orders);
        let described_by = constraints(self);
        let (first_speaks_of_place, rest) = (described_by.places_from == 0, described_by.texts);
        for (place, constraint) in rest.iter().enumerate() {
            let follows = place == 0 && first_speaks_of_place && !lexicon().fuses(&text, constraint);
            text.push_str(if follows { " " } else { ", " });
            text.push_str(constraint);
        }
        text
    }

    /// As a landmark: what is said of it stands in parentheses.
    pub fn render_landmark(&self) -> String {
        let noun = noun_phrase(&self.noun, &self.orders);
        let constraints = constraints(self).texts;
        if constraints.is_empty() { noun } else { format!("{noun} ({})", constraints.join(", ")) }
    }
}

struct Constraints {
    texts: Vec<String>,
    /// How many of them, at the start, are no positions, relations or exceptions.
    places_from: usize,
}

fn constraints(description: &Description) -> Constraints {
    let mut texts: Vec<String> =
        orders_after(&description.orders).iter().map(|order| format!("the {}", order_words(*order))).collect();
    let negated = description.noun.attributes.iter().filter(|attribute| attribute.negated);
    texts.extend(negated.map(|attribute| format!("not {}", attribute.value)));
    let places_from = texts.len();
    texts.extend(description.positions.iter().map(position_words));
    texts.extend(description.measures.iter().map(|measure| measure.words()));
    texts.extend(description.relations.iter().map(relation_words));
    texts.extend(description.except.iter().map(|except| format!("except {}", except.render_landmark())));
    Constraints { texts, places_from }
}

fn noun_phrase(noun: &NounPhrase, orders: &[Order]) -> String {
    let mut words: Vec<String> = Vec::new();
    let is_pair = noun.grouping == Some(Grouping::Pair);
    words.extend(noun.grouping.map(|grouping| match grouping {
        Grouping::Pair => "pair of".to_owned(),
        Grouping::Group => "group of".to_owned(),
        Grouping::Row => "row of".to_owned(),
    }));
    match noun.number {
        Number::Exactly(2) if is_pair && lexicon().has_plural(&noun.word(false)) => {}
        Number::Exactly(count) => words.push(count.to_string()),
        Number::Several => words.push("several".into()),
        Number::One if matches!(noun.determiner, None | Some(Determiner::All)) => words.push("1".into()),
        Number::One | Number::All | Number::Unstated => {}
    }
    words.extend(orders[..orders.len() - orders_after(orders).len()].iter().map(|order| order_words(*order)));
    words.extend(attribute_words(&noun.attributes));
    let word = noun.word(is_plural(noun));
    let meanings = lexicon().meanings(&word);
    let is_part =
        meanings.iter().any(|meaning| matches!(meaning, Meaning::Extent(_))) && !meanings.contains(&Meaning::Area);
    let stands_alone = noun.attributes.iter().all(|attribute| attribute.negated);
    let reads_as_rank = meanings.iter().any(|meaning| matches!(meaning, Meaning::Ordinal(_)));
    words.push(if is_part && (stands_alone || reads_as_rank) { format!("\"{word}\"") } else { word });
    let phrase = in_a_row(&words);
    match noun.determiner {
        None => phrase,
        Some(Determiner::The) => format!("the {phrase}"),
        Some(Determiner::A) if phrase.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {phrase}"),
        Some(Determiner::A) => format!("a {phrase}"),
        Some(Determiner::This) if is_plural(noun) => format!("these {phrase}"),
        Some(Determiner::This) => format!("this {phrase}"),
        Some(Determiner::Other) => format!("the other {phrase}"),
        Some(Determiner::All) => format!("all {phrase}"),
    }
}

fn is_plural(noun: &NounPhrase) -> bool {
    matches!(noun.number, Number::All | Number::Several | Number::Exactly(_))
}

impl NounPhrase {
    /// The noun, by its narrower word if it has one.
    pub(crate) fn word(&self, plural: bool) -> String {
        let word = self.kind.as_deref().unwrap_or(&self.class);
        if plural { lexicon().plural(word) } else { word.into() }
    }
}

/// Attributes as they stand before a noun: "and" joins colors, and words that would be read as one ("dark" and "blue").
pub(crate) fn attribute_words(attributes: &[Attribute]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before: Option<&Attribute> = None;
    for attribute in attributes.iter().filter(|attribute| !attribute.negated) {
        let joined = before.is_some_and(|before| {
            let both_colors = before.kind == AttributeKind::Color && attribute.kind == AttributeKind::Color;
            let both_known = before.kind != AttributeKind::Other && attribute.kind != AttributeKind::Other;
            both_colors || (both_known && lexicon().fuses(&before.value, &attribute.value))
        });
        words.extend(joined.then(|| "and".to_owned()));
        words.push(attribute.value.clone());
        before = Some(attribute);
    }
    words
}

/// Words in a row; one that would be read together with the word before stands in quotation marks.
fn in_a_row(words: &[String]) -> String {
    let mut text = String::new();
    for (place, word) in words.iter().enumerate() {
        match place.checked_sub(1).map(|before| lexicon().fuses(&words[before], word)) {
            None => text.push_str(word),
            Some(false) => text.extend([" ", word]),
            Some(true) => text.extend([" \"", word, "\""]),
        }
    }
    text
}

/// The orders that cannot stand before the noun: of several, all but the first, unless all are plain superlatives.
fn orders_after(orders: &[Order]) -> &[Order] {
    let plain = |order: &Order| order.first == 1 && !matches!(order.key, OrderKey::First | OrderKey::Last);
    if orders.iter().all(plain) { &[] } else { &orders[1..] }
}

/// "largest", "second largest", "second", "last".
pub(crate) fn order_words(order: Order) -> String {
    match (order.key, order.first) {
        (OrderKey::First, first) => ordinal(first),
        (key, 1) => key.word().into(),
        (key, first) => format!("{} {}", ordinal(first), key.word()),
    }
}

fn ordinal(rank: u32) -> String {
    const WORDS: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    let index = rank.checked_sub(1).and_then(|rank| usize::try_from(rank).ok());
    match index.and_then(|index| WORDS.get(index)) {
        Some(word) => (*word).into(),
        None => {
            let suffix = match (rank % 10, rank % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            };
            format!("{rank}{suffix}")
        }
    }
}

/// "in the upper left corner", "not on the far right".
pub(crate) fn position_words(position: &Position) -> String {
    let place = position.place.map(Place::words).unwrap_or_default();
    let (on, far) = match position.place {
        Some(Place { row: Some(_), column: None, axes: Axes::Frame }) => ("at", "very"),
        Some(Place { row: None, axes: Axes::Frame, .. }) => ("on", "far"),
        _ => ("in", "far"),
    };
    let text = match position.extent {
        Extent::Part => format!("{on} the {place}"),
        Extent::Far => format!("{on} the {far} {place}"),
        Extent::Half => format!("in the {place} half"),
        Extent::Third => format!("in the {place} third"),
        Extent::Quarter => format!("in the {place} quarter"),
        Extent::Corner if place.is_empty() => "in the corner".into(),
        Extent::Corner => format!("in the {place} corner"),
        Extent::Edge if place.is_empty() => "at the edge".into(),
        Extent::Edge => format!("at the {place} edge"),
    };
    if position.negated { format!("not {text}") } else { text }
}

fn relation_words(relation: &Relation) -> String {
    let joint = format!(" {} ", relation.kind.joint());
    let landmarks: Vec<String> = relation.landmarks.iter().map(Description::render_landmark).collect();
    format!("{} {}", relation.head_words(), landmarks.join(&joint))
}

impl Relation {
    /// The relation without its landmarks: "not near", "at most 200 m from", "second nearest to".
    pub fn head_words(&self) -> String {
        let kind = match (self.rank, self.kind) {
            (Some(rank), kind) => {
                let nearest = if kind == RelationKind::FarFrom { "farthest from" } else { "nearest to" };
                if rank == 1 { nearest.into() } else { format!("{} {nearest}", ordinal(rank)) }
            }
            (None, RelationKind::With) if self.negated => "without".into(),
            (None, kind) => kind.words(),
        };
        let not = if self.negated && kind != "without" { "not " } else { "" };
        match self.distance {
            Some(distance) => format!("{not}{} {kind}", distance.words()),
            None => format!("{not}{kind}"),
        }
    }
}

impl RelationKind {
    /// What joins several landmarks: "and" where they act together, "or" where any of them is enough.
    pub fn joint(self) -> &'static str {
        if matches!(self, Self::Between | Self::SurroundedBy) { "and" } else { "or" }
    }

    /// The words of the relation before its landmark: "next to", "on the left of", "larger than".
    pub fn words(self) -> String {
        if let Some((_, words)) = RELATION_WORDS.iter().find(|(kind, _)| *kind == self && self != Self::PartOf) {
            return (*words).into();
        }
        match self {
            Self::DistanceFrom => "from".into(),
            Self::Direction(place) if place.axes == Axes::Compass => format!("{} of", place.words()),
            Self::Direction(place) => format!("on the {} of", place.words()),
            Self::InPart(place) => format!("in the {} part of", place.words()),
            Self::AtEdge(None) => "at the edge of".into(),
            Self::AtEdge(Some(place)) => format!("at the {} edge of", place.words()),
            Self::MoreThan(key) => format!("{} than", key.comparative()),
            _ => "of".into(),
        }
    }
}

impl Distance {
    /// "at most 200 m", "200 m", "between 100 and 200 m".
    pub fn words(self) -> String {
        match self {
            Self::AtMost(metres) => format!("at most {metres} m"),
            Self::AtLeast(metres) => format!("at least {metres} m"),
            Self::About(metres) => format!("{metres} m"),
            Self::Between(low, high) => format!("between {low} and {high} m"),
        }
    }
}

impl Measure {
    /// "larger than 500 m²", "shorter than 20 m".
    pub fn words(self) -> String {
        let (key, unit) = match (self.of, self.is_more) {
            (Dimension::Area, true) => (OrderKey::Largest, "m²"),
            (Dimension::Area, false) => (OrderKey::Smallest, "m²"),
            (Dimension::Length, true) => (OrderKey::Longest, "m"),
            (Dimension::Length, false) => (OrderKey::Shortest, "m"),
            (Dimension::Width, true) => (OrderKey::Widest, "m"),
            (Dimension::Width, false) => (OrderKey::Narrowest, "m"),
        };
        format!("{} than {} {unit}", key.comparative(), self.value)
    }
}

impl OrderKey {
    /// The superlative: "largest", "leftmost", "first".
    pub fn word(self) -> &'static str {
        self.words().0
    }

    /// The comparative: "larger".
    fn comparative(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Leftmost => ("leftmost", "left"),
            Self::Rightmost => ("rightmost", "right"),
            Self::Topmost => ("topmost", "above"),
            Self::Bottommost => ("bottommost", "below"),
            Self::Northernmost => ("northernmost", "north"),
            Self::Southernmost => ("southernmost", "south"),
            Self::Easternmost => ("easternmost", "east"),
            Self::Westernmost => ("westernmost", "west"),
            Self::Centermost => ("centermost", "middle"),
            Self::Largest => ("largest", "larger"),
            Self::Smallest => ("smallest", "smaller"),
            Self::Longest => ("longest", "longer"),
            Self::Shortest => ("shortest", "shorter"),
            Self::Widest => ("widest", "wider"),
            Self::Narrowest => ("narrowest", "narrower"),
            Self::Tallest => ("tallest", "taller"),
            Self::Roundest => ("roundest", "rounder"),
            Self::Brightest => ("brightest", "brighter"),
            Self::Darkest => ("darkest", "darker"),
            Self::First => ("first", "first"),
            Self::Last => ("last", "last"),
        }
    }
}
