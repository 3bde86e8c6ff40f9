//! Phrases: what the words of a sentence mean and the tokens the networks read.

mod explain;
mod lexicon;
mod network;
pub mod official;
mod parse;
mod phrase;
mod place;
mod render;
mod spelling;
mod tag_lexicon;
pub mod tagger;
pub mod tokens;
pub mod words;

pub use network::NetworkPhrase;
pub use parse::LONGEST_PHRASE;
pub use phrase::{
    ANYTHING, Attribute, AttributeKind, Description, Determiner, Distance, Grouping, NounPhrase, Number, Order,
    OrderKey, Phrase, Relation, RelationKind, Role, Span, Word,
};
pub use place::{Axes, Column, Extent, Place, Position, Row};
