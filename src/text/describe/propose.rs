//! What could be said: descriptions of a kind, whose meaning in the scene is still to be found out.

use crate::text::describe::kind::Kind;
use crate::text::describe::looks;
use crate::text::describe::random::Random;
use crate::text::describe::scene::Scene;
use crate::text::lexicon::lexicon;
use crate::text::{
    ANYTHING, Attribute, AttributeKind, Column, Description, Determiner, Extent, Grouping, NounPhrase, Number, Order,
    OrderKey, Place, Position, Relation, RelationKind, Row,
};

/// Landmarks that run through a picture are not located by a part of it; the parser would hang the place on the target.
const RUNS_THROUGH: u8 = 4;
/// Most landmarks that are tried for one phrase.
const LANDMARKS: usize = 6;
/// Highest rank that is written: "fourth from the left".
const HIGHEST_RANK: u32 = 4;

const SIDES: [Place; 4] = [
    Place::frame(None, Some(Column::Left)),
    Place::frame(None, Some(Column::Right)),
    Place::frame(Some(Row::Top), None),
    Place::frame(Some(Row::Bottom), None),
];
const CORNERS: [Place; 4] = [
    Place::frame(Some(Row::Top), Some(Column::Left)),
    Place::frame(Some(Row::Top), Some(Column::Right)),
    Place::frame(Some(Row::Bottom), Some(Column::Left)),
    Place::frame(Some(Row::Bottom), Some(Column::Right)),
];
const MIDDLES: [Place; 5] = [
    Place::frame(Some(Row::Middle), Some(Column::Middle)),
    Place::frame(Some(Row::Top), Some(Column::Middle)),
    Place::frame(Some(Row::Bottom), Some(Column::Middle)),
    Place::frame(Some(Row::Middle), Some(Column::Left)),
    Place::frame(Some(Row::Middle), Some(Column::Right)),
];
const ORDERS: [OrderKey; 4] = [OrderKey::Leftmost, OrderKey::Rightmost, OrderKey::Topmost, OrderKey::Bottommost];

impl Scene {
    /// The nouns that name things here, each once; with the class alone where a label says more ("small vehicle").
    pub(super) fn nouns_here(&self) -> Vec<NounPhrase> {
        let mut nouns: Vec<NounPhrase> = Vec::new();
        for own in self.nouns.iter().filter(|noun| noun.class != ANYTHING) {
            let general = NounPhrase { kind: None, attributes: Vec::new(), ..own.clone() };
            for noun in [own.clone(), general].map(open) {
                if !nouns.contains(&noun) {
                    nouns.push(noun);
                }
            }
        }
        nouns
    }

    /// Everything of a kind that could be said of a noun, in a fixed order. Landmarks are chosen by `random`.
    pub(super) fn proposals(&self, noun: &NounPhrase, kind: Kind, random: &mut Random) -> Vec<Description> {
        let bare = Description::of(open(noun.clone()));
        match kind {
            Kind::All => vec![bare],
            Kind::Position => with_positions(&bare, parts()),
            Kind::Half => with_positions(&bare, halves()),
            Kind::Corner => with_positions(&bare, CORNERS.map(|place| at(place, Extent::Corner))),
            Kind::Edge => with_positions(&bare, SIDES.map(|place| at(place, Extent::Edge))),
            Kind::Count => {
                let places = parts().chain(halves());
                with_positions(&bare, places).into_iter().chain([bare]).collect()
            }
            Kind::Group => {
                let grouped = NounPhrase { grouping: Some(Grouping::Group), number: Number::All, ..bare.noun.clone() };
                let grouped = Description::of(grouped);
                with_positions(&grouped, parts()).into_iter().chain([grouped]).collect()
            }
            Kind::Order => ORDERS.iter().flat_map(|key| ranks(&bare, *key)).collect(),
            Kind::Size => {
                let orders = [OrderKey::Largest, OrderKey::Smallest].into_iter().flat_map(|key| ranks(&bare, key));
                let words = ["large", "small", "tiny", "huge"];
                orders.chain(words.iter().filter_map(|word| with_attribute(&bare, AttributeKind::Size, word))).collect()
            }
            Kind::Color => {
                let extremes = [OrderKey::Darkest, OrderKey::Brightest].map(|key| with_order(&bare, key, 1, 1));
                let named =
                    looks::COLORS.into_iter().filter_map(|word| with_attribute(&bare, AttributeKind::Color, word));
                named.chain(extremes).collect()
            }
            Kind::Relation => self.with_relations(&bare, random),
            Kind::Nearest => {
                let nearest = |landmark| Relation { rank: Some(1), ..relation(RelationKind::Near, vec![landmark]) };
                self.landmarks_named(random)
                    .into_iter()
                    .map(|landmark| with_relation(&one(bare.clone()), nearest(landmark)))
                    .collect()
            }
            Kind::Between => self.with_between(&bare, random),
            Kind::Combined => self.combined(&bare, random),
            Kind::Absent => Vec::new(),
        }
    }

    /// What could be said of things that are not here: any noun of `absent`, with something said of it; and places of the
    /// frame where a noun that is here is not.
    pub(super) fn absent_proposals(&self, random: &mut Random) -> Vec<Description> {
        let mut nouns = self.absent.clone();
        random.shuffle(&mut nouns);
        let mut found = Vec::new();
        for noun in nouns.into_iter().map(open) {
            let kind = [Kind::All, Kind::Position, Kind::Corner, Kind::Half, Kind::Relation, Kind::Order, Kind::Color];
            let kind = if random.chance(0.4) { Kind::All } else { kind[random.below(kind.len())] };
            let proposals = self.proposals(&noun, kind, random);
            found.extend(random.pick(&proposals).cloned());
            if found.len() > 3 {
                break;
            }
        }
        let mut elsewhere: Vec<Description> =
            self.nouns_here().iter().flat_map(|noun| self.proposals(noun, Kind::Position, random)).collect();
        random.shuffle(&mut elsewhere);
        // A thing in the wrong place is the harder lesson, and often the only one where the labels do not say what is absent.
        let keep = if random.chance(0.3) { 0 } else { found.len() };
        found.truncate(keep);
        found.into_iter().chain(elsewhere).collect()
    }

    /// Landmarks with a name that means only them: by class alone or by a place or rank, one name each.
    fn landmarks_named(&self, random: &mut Random) -> Vec<Description> {
        let mut indices: Vec<usize> =
            (0..self.things.len()).filter(|&index| self.nouns[index].class != ANYTHING).collect();
        random.shuffle(&mut indices);
        indices.truncate(LANDMARKS);
        indices.into_iter().filter_map(|index| self.name_of(index, random)).collect()
    }

    /// A short name that means only this thing.
    fn name_of(&self, index: usize, random: &mut Random) -> Option<Description> {
        let bare = one(Description::of(open(self.nouns[index].clone())));
        let is_it = |name: &Description| self.means(name).is_some_and(|things| things == [index]);
        let article = if random.chance(0.2) { Determiner::A } else { Determiner::The };
        let with = |mut name: Description, article| {
            name.noun.determiner = Some(article);
            name
        };
        if is_it(&bare) {
            return Some(with(bare, article));
        }
        if lexicon().scale(&bare.noun.class) >= RUNS_THROUGH {
            return None;
        }
        let mut names = with_positions(&bare, parts());
        names.extend(ORDERS.map(|key| with_order(&bare, key, 1, 1)));
        names.push(with_order(&bare, OrderKey::Largest, 1, 1));
        names.extend(looks::COLORS.into_iter().filter_map(|word| with_attribute(&bare, AttributeKind::Color, word)));
        random.shuffle(&mut names);
        names.into_iter().find(is_it).map(|name| with(name, Determiner::The))
    }

    fn with_relations(&self, bare: &Description, random: &mut Random) -> Vec<Description> {
        let directions = SIDES.into_iter().chain(CORNERS).map(RelationKind::Direction);
        let kinds: Vec<RelationKind> = directions.chain([RelationKind::Near, RelationKind::NextTo]).collect();
        let landmarks = self.landmarks_named(random);
        let all = landmarks.iter().flat_map(|landmark| kinds.iter().map(move |kind| (landmark, kind)));
        all.map(|(landmark, kind)| with_relation(bare, relation(*kind, vec![landmark.clone()]))).collect()
    }

    fn with_between(&self, bare: &Description, random: &mut Random) -> Vec<Description> {
        let landmarks = self.landmarks_named(random);
        let pairs = (0..landmarks.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        // "between A and B" with a place on either would leave open whose place it is.
        let plain = |landmark: &Description| landmark.is_bare() && landmark.noun.attributes.is_empty();
        let pairs = pairs.filter(|(a, b)| plain(&landmarks[*a]) && plain(&landmarks[*b]));
        let mut found: Vec<Description> = pairs
            .map(|(a, b)| {
                with_relation(bare, relation(RelationKind::Between, vec![landmarks[a].clone(), landmarks[b].clone()]))
            })
            .collect();
        for noun in self.nouns_here() {
            let two = NounPhrase { number: Number::Exactly(2), determiner: Some(Determiner::The), ..noun };
            let two = Description::of(two);
            if self.means(&two).is_some_and(|things| things.len() == 2) {
                found.push(with_relation(bare, relation(RelationKind::Between, vec![two])));
            }
        }
        found
    }

    /// Two words together: an attribute or an order with a place or a relation, or a place with a relation.
    fn combined(&self, bare: &Description, random: &mut Random) -> Vec<Description> {
        let places: Vec<Position> =
            parts().chain(halves()).chain(CORNERS.map(|place| at(place, Extent::Corner))).collect();
        let colors = looks::COLORS.map(|word| (AttributeKind::Color, word));
        let sizes = ["large", "small"].map(|word| (AttributeKind::Size, word));
        let mut found = Vec::new();
        for (kind, word) in colors.into_iter().chain(sizes) {
            let Some(described) = with_attribute(bare, kind, word) else { continue };
            if matches!(self.means(&described), Some(things) if things.is_empty()) {
                continue;
            }
            found.extend(with_positions(&described, places.iter().copied()));
            found.extend(ORDERS.iter().map(|key| with_order(&described, *key, 1, 1)));
            if kind == AttributeKind::Color {
                found.extend([OrderKey::Largest, OrderKey::Smallest].map(|key| with_order(&described, key, 1, 1)));
            }
        }
        for key in ORDERS.into_iter().chain([OrderKey::Largest, OrderKey::Smallest]) {
            found.extend(with_positions(&with_order(bare, key, 1, 1), places.iter().copied()));
        }
        let related = self.with_relations(bare, random);
        for _ in 0..4 * places.len() {
            if let (Some(related), Some(place)) = (random.pick(&related), random.pick(&places)) {
                let placed = with_positions(related, [*place]);
                // "the topmost ship in the top left that is above a building"
                let key = ORDERS[random.below(ORDERS.len())];
                found.extend(placed.iter().map(|placed| with_order(placed, key, 1, 1)));
                found.extend(placed);
            }
        }
        found
    }
}

/// The noun with nothing said about number and article yet.
fn open(noun: NounPhrase) -> NounPhrase {
    let span = crate::text::Span { start: 0, end: 0 };
    NounPhrase { number: Number::Unstated, determiner: None, grouping: None, span, ..noun }
}

fn one(mut description: Description) -> Description {
    description.noun.number = Number::One;
    description
}

fn at(place: Place, extent: Extent) -> Position {
    Position { place: Some(place), extent, negated: false }
}

/// "on the left", "in the upper left", "in the middle", "on the far left".
fn parts() -> impl Iterator<Item = Position> {
    let near = SIDES.into_iter().chain(CORNERS).chain(MIDDLES).map(|place| at(place, Extent::Part));
    near.chain(SIDES.map(|place| at(place, Extent::Far)))
}

fn halves() -> impl Iterator<Item = Position> {
    SIDES.into_iter().map(|place| at(place, Extent::Half)).chain(CORNERS.map(|place| at(place, Extent::Quarter)))
}

fn with_positions(bare: &Description, positions: impl IntoIterator<Item = Position>) -> Vec<Description> {
    let with = |position| Description { positions: vec![position], ..bare.clone() };
    positions.into_iter().map(with).collect()
}

/// `None` if the label itself says something of this kind: there is no "large small vehicle".
fn with_attribute(bare: &Description, kind: AttributeKind, value: &str) -> Option<Description> {
    let mut described = bare.clone();
    if described.noun.attributes.iter().any(|own| own.kind == kind) {
        return None;
    }
    described.noun.attributes.push(Attribute { kind, value: value.into(), negated: false });
    Some(described)
}

/// Ranks `first .. first + count`, with the number that says so.
fn with_order(bare: &Description, key: OrderKey, first: u32, count: u32) -> Description {
    let mut ordered = bare.clone();
    ordered.noun.number = if count == 1 { Number::One } else { Number::Exactly(count) };
    ordered.orders.push(Order { key, first, count: Some(count) });
    ordered
}

/// The first, the second, ...; the first two and three.
fn ranks(bare: &Description, key: OrderKey) -> Vec<Description> {
    let single = (1..=HIGHEST_RANK).map(|rank| with_order(bare, key, rank, 1));
    single.chain([2, 3].map(|count| with_order(bare, key, 1, count))).collect()
}

fn relation(kind: RelationKind, landmarks: Vec<Description>) -> Relation {
    Relation { kind, negated: false, distance: None, rank: None, landmarks }
}

fn with_relation(bare: &Description, relation: Relation) -> Description {
    let mut related = bare.clone();
    related.relations.push(relation);
    related
}
