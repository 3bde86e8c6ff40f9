//! Sorts of phrases: what figures are broken down by.

use serde::{Deserialize, Serialize};

/// What a phrase goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing: the only one, or all of a class.
    All,
    /// A part of the frame: "on the left", "in the upper middle", "on the far right".
    Position,
    /// "in the upper half", "in the lower left quarter".
    Half,
    /// "in the upper left corner".
    Corner,
    /// "at the right edge".
    Edge,
    /// "leftmost", "second from the top".
    Order,
    /// "largest", "small".
    Size,
    /// "white", "darkest".
    Color,
    /// How it lies to a landmark: "near", "to the left of".
    Relation,
    /// "nearest to the harbor".
    Nearest,
    /// "between the court and the pool".
    Between,
    /// "the three ships on the left".
    Count,
    /// "the group of four vehicles at the top".
    Group,
    /// Two of these together.
    Combined,
    /// Something that is not there.
    Absent,
}

impl Kind {
    /// Every kind, from the plainest to the most elaborate.
    pub const ALL: [Self; 15] = [
        Self::All,
        Self::Color,
        Self::Order,
        Self::Size,
        Self::Position,
        Self::Corner,
        Self::Half,
        Self::Count,
        Self::Relation,
        Self::Nearest,
        Self::Edge,
        Self::Between,
        Self::Group,
        Self::Combined,
        Self::Absent,
    ];

    /// The kind in JSON and tables: "position".
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Position => "position",
            Self::Half => "half",
            Self::Corner => "corner",
            Self::Edge => "edge",
            Self::Order => "order",
            Self::Size => "size",
            Self::Color => "color",
            Self::Relation => "relation",
            Self::Nearest => "nearest",
            Self::Between => "between",
            Self::Count => "count",
            Self::Group => "group",
            Self::Combined => "combined",
            Self::Absent => "absent",
        }
    }

    /// How often it is written where it can be, beside the others. "Not there" has its own share.
    pub(super) fn weight(self) -> f64 {
        match self {
            // Finding all of a class is what everything else rests on.
            Self::All => 9.0,
            Self::Order => 2.0,
            Self::Position => 4.0,
            Self::Relation => 3.0,
            Self::Combined => 2.5,
            Self::Size => 1.5,
            Self::Half | Self::Corner | Self::Color | Self::Nearest | Self::Count => 1.0,
            Self::Edge | Self::Between | Self::Group => 0.6,
            Self::Absent => 0.0,
        }
    }
}
