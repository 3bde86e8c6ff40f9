//! Phrases: what the words of a sentence mean and the tokens the networks read.

mod explain;
mod lexicon;
mod network;
mod parse;
mod phrase;
mod place;
mod render;
mod spelling;

pub use network::NetworkPhrase;
pub use parse::LONGEST_PHRASE;
pub use phrase::{
    ANYTHING, Attribute, AttributeKind, Description, Determiner, Distance, Grouping, NounPhrase, Number, Order,
    OrderKey, Phrase, Relation, RelationKind, Role, Span, Word,
};
pub use place::{Axes, Column, Extent, Place, Position, Row};
