//! What can be said of a noun beside its position in the frame: its place in an order, and its relations to landmarks.

use serde::{Deserialize, Serialize};

use crate::text::phrase::Description;
use crate::text::place::Place;

/// A place in an order: ranks `first ..= first + count - 1` by `key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What is ordered by; rank 1 is the most leftmost, the largest, ...
    pub key: OrderKey,
    /// First rank taken, from 1: 2 in "second largest".
    pub first: u32,
    /// How many ranks: 2 in "two largest". `None` in "the largest tanks", where the gap in sizes must decide.
    pub count: Option<u32>,
}

/// What an order goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKey {
    /// From the left of the frame.
    Leftmost,
    /// From the right of the frame.
    Rightmost,
    /// From the top of the frame. "highest" is read so: heights are not seen from above, and the benchmarks mean it so.
    Topmost,
    /// From the bottom of the frame.
    Bottommost,
    /// By true north.
    Northernmost,
    /// By true south.
    Southernmost,
    /// By true east.
    Easternmost,
    /// By true west.
    Westernmost,
    /// By nearness to the frame's middle.
    Centermost,
    /// By area.
    Largest,
    /// By area, smallest first.
    Smallest,
    /// By length.
    Longest,
    /// By length, shortest first.
    Shortest,
    /// By width.
    Widest,
    /// By width, narrowest first.
    Narrowest,
    /// By height above ground, which one picture does not show.
    Tallest,
    /// By roundness.
    Roundest,
    /// By mean brightness.
    Brightest,
    /// By mean brightness, darkest first.
    Darkest,
    /// "the second tank": in an order the phrase does not state.
    First,
    /// "the last tank": from the end of an order the phrase does not state.
    Last,
}

/// A size in numbers: "larger than 500 m²", "at least 20 m long".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What is measured.
    pub of: Dimension,
    /// At least `value`; else at most.
    pub is_more: bool,
    /// Square metres of an area, metres of a length or width.
    pub value: f64,
}

/// What a size is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// The ground covered.
    Area,
    /// The longer side.
    Length,
    /// The shorter side.
    Width,
}

/// How something lies to its landmarks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// What sort of relation.
    pub kind: RelationKind,
    /// "not near the river".
    pub negated: bool,
    /// A distance to the landmark: "within 200 m of", "500 m north of".
    pub distance: Option<Distance>,
    /// 1 in "nearest the bridge" and "farthest from the bridge", 2 in "second nearest": the answer is chosen by rank
    /// among all candidates instead of by degree. How many are chosen is the noun's number.
    pub rank: Option<u32>,
    /// The landmarks. One, but for [`RelationKind::Between`] (the sides), [`RelationKind::SurroundedBy`] (which surround
    /// together) and "near a river **or** a lake" (any of them is enough).
    pub landmarks: Vec<Description>,
}

/// Sorts of relations between a thing and its landmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// "near", "close to", "towards".
    Near,
    /// "next to", "beside", "by", "adjacent to": nothing lies between.
    NextTo,
    /// "far from".
    FarFrom,
    /// Only a distance is said: "within 200 m of", "at least 50 m from". Always has `distance`.
    DistanceFrom,
    /// "between A and B", "flanked by A and B".
    Between,
    /// "in", "inside", "within".
    Inside,
    /// "outside".
    Outside,
    /// "on", "on top of".
    On,
    /// "at": touching, in, or right beside.
    At,
    /// "under", "beneath".
    Under,
    /// "along", "alongside".
    Along,
    /// "across", "over", "spanning".
    Across,
    /// "surrounded by".
    SurroundedBy,
    /// "surrounding".
    Surrounding,
    /// "among".
    Among,
    /// "in front of". A thing seen from above has no known front: read it as next to, and say so.
    InFrontOf,
    /// "behind". Like `InFrontOf`.
    Behind,
    /// "opposite", "across from", "on the other side of".
    Opposite,
    /// "touching", "connected to".
    Touching,
    /// "with a red roof": the landmark is a part of it or lies on it.
    With,
    /// "the roof **of the building**", "the ship's deck": it is a part of the landmark.
    PartOf,
    /// "on the left of", "above", "north of", "on the left side of": outside the landmark, in that direction.
    Direction(Place),
    /// "in the bottom section of the tarmac": inside the landmark, in that part of it.
    InPart(Place),
    /// "at the edge of the lake", "at the right edge of the runway" (then with a place).
    AtEdge(Option<Place>),
    /// "larger than the tank", "darker than the roof".
    MoreThan(OrderKey),
}

/// A distance over ground, in metres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// "within 200 m", "no more than 1 km", "less than".
    AtMost(f64),
    /// "at least 50 metres", "more than".
    AtLeast(f64),
    /// "100 m from", "about 100 m".
    About(f64),
    /// "between 100 and 200 m", smaller first.
    Between(f64, f64),
}
