//! What a phrase selects, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What one target of a phrase selects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// The question whose candidates the indices below count.
    pub question: String,
    /// The description as it was read, in canonical words.
    pub reading: String,
    /// The candidates that are meant, best first.
    pub chosen: Vec<Chosen>,
    /// Whether that is an answer, and if not, why.
    pub outcome: Outcome,
    /// Who decided.
    pub decided_by: Decider,
    /// Words that geometry cannot decide here; they are left to the network's answer.
    pub undecidable: Vec<String>,
    /// What the user should know about how the phrase was read, in whole sentences.
    pub notices: Vec<String>,
    /// For every candidate, how far it is meant, in [0, 1]: the product of its words' degrees and its score.
    pub memberships: Vec<f64>,
}

/// A candidate that is meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// Its place among the candidates of the question.
    pub index: usize,
    /// How far it is meant, in [0, 1]: the product of its words' degrees and its score.
    pub membership: f64,
    /// The degree of its weakest word, in [0, 1]; 1 without words.
    pub weakest: f64,
    /// Its score as given.
    pub score: f64,
    /// One entry for each word that was decided.
    pub evidence: Vec<Evidence>,
}

/// What one word says of one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The word or constraint: "largest", "in the upper left part", "near the harbor".
    pub words: String,
    /// The degree to which it holds, in [0, 1].
    pub degree: f64,
    /// The landmark that decided, for relations.
    pub landmark: Option<LandmarkFound>,
    /// Rank among those that are ordered, from 1, for orders and "nearest".
    pub rank: Option<u32>,
}

/// The landmark a relation was decided by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LandmarkFound {
    /// The question that found it.
    pub question: String,
    /// Its place among the candidates of that question.
    pub index: usize,
    /// Gap between the outlines in ground metres; `None` in a scene without georeference.
    pub distance_m: Option<f64>,
    /// Direction from the landmark to the candidate, in degrees clockwise from true north, along the shortest way; from centroid
    /// to centroid where they touch.
    pub bearing_deg: f64,
}

/// How the selection of one target ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Outcome {
    /// As the phrase says.
    Found,
    /// The best is chosen, but these candidates are as good or hardly less; indices, best first.
    Ambiguous {
        /// The others.
        also: Vec<usize>,
    },
    /// There is no candidate at all.
    NoTarget {
        /// What was looked for.
        what: String,
    },
    /// A landmark is missing, so nothing can be said of places beside it.
    NoLandmark {
        /// What was looked for.
        what: String,
    },
    /// There are candidates, but what is said of them holds of none.
    NoneFits {
        /// The candidate it holds of most.
        closest: Option<usize>,
    },
    /// The phrase asks for a rank that nobody has: "the third tank" of two.
    NoSuchRank {
        /// The rank, from 1.
        rank: u32,
        /// How many there are.
        found: u32,
    },
    /// The phrase asks for more than there are: "the three tanks" of two. Those that exist are chosen.
    TooFew {
        /// How many it asks for.
        asked: u32,
        /// How many there are.
        found: u32,
    },
}

/// Who decided what is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decider {
    /// Nothing is said that geometry could decide.
    Network,
    /// Geometry, among the network's instances.
    Geometry,
    /// Geometry for some words, the network for others.
    Both,
}

impl Outcome {
    /// Whether the selection is an answer.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Found | Self::Ambiguous { .. } | Self::TooFew { .. })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found => write!(f, "found"),
            Self::Ambiguous { also } if also.len() == 1 => write!(f, "ambiguous: one more fits as well or nearly so"),
            Self::Ambiguous { also } => write!(f, "ambiguous: {} more fit as well or nearly so", also.len()),
            Self::NoTarget { what } | Self::NoLandmark { what } => write!(f, "no {what} found"),
            Self::NoneFits { .. } => write!(f, "none of them is as the phrase says"),
            Self::NoSuchRank { rank, found } => write!(f, "the phrase asks for number {rank}, there are {found}"),
            Self::TooFew { asked, found } => write!(f, "the phrase asks for {asked}, there are {found}"),
        }
    }
}
