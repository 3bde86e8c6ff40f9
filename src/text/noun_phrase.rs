//! A noun phrase as data: class, attributes, number, determiner.

use serde::{Deserialize, Serialize};

use crate::text::phrase::Span;

/// A noun with its attributes and number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NounPhrase {
    /// Canonical class, singular: "storage tank" for "oil tanks". A noun outside the lexicon is its own class.
    /// [`ANYTHING`] where the phrase has no noun ("the largest").
    pub class: String,
    /// Whether the lexicon knows the class; not [`ANYTHING`].
    pub known: bool,
    /// A narrower word the sentence used, singular: "car" for a vehicle, "warehouse" for a building.
    pub kind: Option<String>,
    /// Attributes in the order of the sentence.
    pub attributes: Vec<Attribute>,
    /// How many are meant.
    pub number: Number,
    /// Whether they are meant as a pair, a group or a row.
    pub grouping: Option<Grouping>,
    /// The article or its like.
    pub determiner: Option<Determiner>,
    /// The noun phrase as written, from determiner to noun.
    pub span: Span,
}

/// The class of a phrase that names none.
pub const ANYTHING: &str = "object";

/// One attribute: "red", "not white".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// What sort of attribute.
    pub kind: AttributeKind,
    /// Canonical word: "large" for "big", "gray" for "grey"; for [`AttributeKind::Other`] the word itself.
    pub value: String,
    /// "that is **not** white".
    pub negated: bool,
}

/// Sorts of attributes. All but `Other` come from the lexicon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    /// A hue, black, white or gray. "Red and white" is two attributes.
    Color,
    /// "dark" or "light".
    Tone,
    /// "large", "tiny", "long", "narrow", "tall" without comparison.
    Size,
    /// "round", "l shaped".
    Shape,
    /// "concrete", "metal".
    Material,
    /// "parked", "abandoned", "under construction".
    State,
    /// "vertical", "horizontal" in the picture.
    Orientation,
    /// "residential", "industrial": what it serves for.
    Use,
    /// A modifier that is no attribute of the lexicon ("**harbor** dock", "**paddle** steamer"); only a network can judge it.
    Other,
}

/// How many objects are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Number {
    /// "storage tank" without article: whatever there is.
    Unstated,
    /// "the tank", "a tank", "one tank".
    One,
    /// "tanks", "all tanks", "every tank".
    All,
    /// "several tanks", "some tanks": more than one, not necessarily all.
    Several,
    /// "three tanks".
    Exactly(u32),
}

/// How the objects lie together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// "a pair of ships".
    Pair,
    /// "a cluster of tanks".
    Group,
    /// "a row of houses", "tanks in a line".
    Row,
}

/// The article or its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Determiner {
    /// "the".
    The,
    /// "a", "an".
    A,
    /// "this", "those".
    This,
    /// "another", "the other": not the one spoken of before.
    Other,
    /// "all", "every", "each", "any".
    All,
}

impl NounPhrase {
    /// The noun phrase of a sentence that has none.
    pub(crate) fn anything() -> Self {
        Self {
            class: ANYTHING.into(),
            known: false,
            kind: None,
            attributes: Vec::new(),
            number: Number::Unstated,
            grouping: None,
            determiner: None,
            span: Span { start: 0, end: 0 },
        }
    }
}
