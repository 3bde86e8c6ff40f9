//! What a referring phrase means, as data: targets, constraints, and where every word went.

use serde::{Deserialize, Serialize};

use crate::text::place::{Place, Position};

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
    /// How it lies to landmarks. All hold together.
    pub relations: Vec<Relation>,
    /// What is taken out again: "all buildings **except the largest one**".
    pub except: Vec<Description>,
}

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

impl Description {
    /// A noun of which nothing is said yet.
    pub(crate) fn of(noun: NounPhrase) -> Self {
        Self { noun, orders: Vec::new(), positions: Vec::new(), relations: Vec::new(), except: Vec::new() }
    }

    /// Whether nothing is said beyond the noun phrase.
    pub fn is_bare(&self) -> bool {
        self.orders.is_empty() && self.positions.is_empty() && self.relations.is_empty() && self.except.is_empty()
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
