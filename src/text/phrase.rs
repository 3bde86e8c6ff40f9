//! What a referring phrase means, as data: targets, constraints, and where every word went.

use serde::{Deserialize, Serialize};

use crate::text::constraint::{Measure, Order, Relation};
use crate::text::noun_phrase::NounPhrase;
use crate::text::place::Position;

/// A stretch of the sentence in bytes, `start..end`, on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A parsed sentence. "The two largest tanks west of the river" has one target with an order and a relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phrase {
    /// The sentence as it was typed.
    pub sentence: String,
    /// What is looked for, with everything that is said of it.
    pub target: Description,
    /// Further targets, whose answers are added to those of `target`: "tanks **and ships**".
    ///
    /// What follows the last of several bare targets holds for all of them: in "tanks and ships near the harbor" both
    /// are near it. "as well as" does not share: "tanks as well as ships near the harbor" asks for tanks anywhere.
    pub alternatives: Vec<Description>,
    /// The words that say what the targets are (noun, attributes, number), for the network's object view.
    /// With the article when the sentence says nothing else; it was trained that way.
    pub object_part: Vec<Span>,
    /// The words that say where the targets are: position, order, relations with their landmarks, negation. May be empty.
    pub position_part: Vec<Span>,
    /// Every word of the sentence, in order, and where it went.
    pub words: Vec<Word>,
}

/// A noun and what is said of it. Landmarks are descriptions too, so a phrase may nest:
/// "on the upper right of the vehicle on the lower left".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The noun phrase itself.
    pub noun: NounPhrase,
    /// Order and superlatives: "second from the left", "two largest". Several hold together.
    pub orders: Vec<Order>,
    /// Where in the frame: "in the upper left corner". Several hold together.
    pub positions: Vec<Position>,
    /// Its size in numbers: "larger than 500 m²". Several hold together.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// How it lies to landmarks. All hold together.
    pub relations: Vec<Relation>,
    /// What is taken out again: "all buildings **except the largest one**".
    pub except: Vec<Description>,
}

/// One word of the sentence and where it went. The words' spans cover every letter and digit once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The word as typed.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// What it was used for.
    pub role: Role,
    /// The class of the noun it speaks of; `None` for fillers and unused words.
    pub about: Option<String>,
    /// How it was read, if it was taken for a misspelling: "right" for "rght".
    pub corrected: Option<String>,
}

/// What a word was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The noun of a target.
    Target,
    /// The noun of a landmark.
    Landmark,
    /// An article.
    Determiner,
    /// "red", "large".
    Attribute,
    /// "two", "row of".
    Number,
    /// "in the upper left".
    Position,
    /// "largest", "second from the left".
    Order,
    /// "next to".
    Relation,
    /// "200 m".
    Distance,
    /// "not", "except".
    Negation,
    /// A word that joins or polishes: "is", "located", "show me".
    Filler,
    /// Not understood.
    Unused,
}

impl Phrase {
    /// All targets, the first one first.
    pub fn targets(&self) -> impl Iterator<Item = &Description> {
        std::iter::once(&self.target).chain(&self.alternatives)
    }

    /// The words nothing used, in order.
    pub fn unused(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().filter(|word| word.role == Role::Unused)
    }

    /// Whether both phrases mean the same, whatever their wording.
    pub fn means_the_same_as(&self, other: &Self) -> bool {
        self.alternatives.len() == other.alternatives.len()
            && self.targets().zip(other.targets()).all(|(a, b)| a.means_the_same_as(b))
    }

    /// Whether any target speaks of place, order or landmarks; if not, a network's answer is the whole answer.
    pub fn is_plain(&self) -> bool {
        self.targets().all(Description::is_bare)
    }
}

impl Description {
    /// A noun of which nothing is said yet.
    pub(crate) fn of(noun: NounPhrase) -> Self {
        Self {
            noun,
            orders: Vec::new(),
            positions: Vec::new(),
            measures: Vec::new(),
            relations: Vec::new(),
            except: Vec::new(),
        }
    }

    /// Whether nothing is said beyond the noun phrase.
    pub fn is_bare(&self) -> bool {
        self.orders.is_empty()
            && self.positions.is_empty()
            && self.measures.is_empty()
            && self.relations.is_empty()
            && self.except.is_empty()
    }

    /// Whether both mean the same, wherever their words stand.
    pub fn means_the_same_as(&self, other: &Self) -> bool {
        self.without_spans() == other.without_spans()
    }

    /// Every description inside this one, itself first, then those of its relations and exceptions in order.
    pub fn walk(&self) -> Vec<&Self> {
        let inner = self.relations.iter().flat_map(|relation| &relation.landmarks).chain(&self.except);
        std::iter::once(self).chain(inner.flat_map(Self::walk)).collect()
    }

    fn without_spans(&self) -> Self {
        let mut plain = self.clone();
        plain.clear_spans();
        plain
    }

    fn clear_spans(&mut self) {
        self.noun.span = Span { start: 0, end: 0 };
        let inner = self.relations.iter_mut().flat_map(|relation| &mut relation.landmarks).chain(&mut self.except);
        inner.for_each(Self::clear_spans);
    }
}
