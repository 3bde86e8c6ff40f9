//! Numbers of rows, each of its own kind.

use super::schema::Layer;

macro_rules! ids {
    ($($(#[$about:meta])* $name:ident),* $(,)?) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub(super) i64);

            impl $name {
                /// The number as the file and other programs show it: `fid`.
                pub fn fid(self) -> i64 {
                    self.0
                }
            }
        )*
    };
}

ids! {
    /// A label.
    LabelId,
    /// An area in which something is not.
    AreaId,
    /// An object that a query found.
    AnswerId,
    /// A phrase of a label or an area.
    PhraseId,
    /// A query.
    QueryId,
}

/// A row that an edit touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Object {
    /// A label.
    Label(LabelId),
    /// An area in which something is not.
    Area(AreaId),
    /// An object that a query found.
    Answer(AnswerId),
    /// A phrase of a label or an area.
    Phrase(PhraseId),
    /// A query.
    Query(QueryId),
}

impl Object {
    pub(super) fn of(layer: Layer, fid: i64) -> Self {
        match layer {
            Layer::Labels => Self::Label(LabelId(fid)),
            Layer::Areas => Self::Area(AreaId(fid)),
            Layer::Answers => Self::Answer(AnswerId(fid)),
            Layer::Phrases => Self::Phrase(PhraseId(fid)),
            Layer::Queries => Self::Query(QueryId(fid)),
        }
    }

    pub(super) fn layer(self) -> Layer {
        match self {
            Self::Label(_) => Layer::Labels,
            Self::Area(_) => Layer::Areas,
            Self::Answer(_) => Layer::Answers,
            Self::Phrase(_) => Layer::Phrases,
            Self::Query(_) => Layer::Queries,
        }
    }
}
