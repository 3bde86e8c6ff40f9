//! Phrases: what the words of a sentence mean and the tokens the networks read.

mod constraint;
mod correct;
pub mod describe;
mod explain;
mod lexicon;
mod network;
mod noun_phrase;
pub mod official;
mod parse;
mod parts;
mod phrase;
mod place;
mod plural;
mod render;
mod spelling;
mod tag_lexicon;
pub mod tagger;
pub mod tokens;
mod vocabulary;
pub mod words;

pub use constraint::{Dimension, Distance, Measure, Order, OrderKey, Relation, RelationKind};
pub use correct::{Choices, Correction, Sort};
pub use network::NetworkPhrase;
pub use noun_phrase::{ANYTHING, Attribute, AttributeKind, Determiner, Grouping, NounPhrase, Number};
pub use parse::LONGEST_PHRASE;
pub use parts::Part;
pub use phrase::{Description, Phrase, Role, Span, Word};
pub use place::{Axes, Column, Extent, Place, Position, Row};
