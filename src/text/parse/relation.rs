//! Heads of relations, up to the landmark: "next to", "to the left of", "within 200 m of", "second nearest to", "larger than".

use std::ops::Range;

use crate::text::constraint::{Distance, RelationKind};
use crate::text::lexicon::{Bound, Meaning};
use crate::text::parse::items::Item;
use crate::text::parse::place::{self, PlaceWords};
use crate::text::phrase::Role;

/// Metres beyond which a number is no distance on Earth.
const FARTHEST: f64 = 1e8;

/// The words of a relation before its landmark.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    pub kind: RelationKind,
    /// "without".
    pub negated: bool,
    pub distance: Option<Distance>,
    pub rank: Option<u32>,
    /// Item ranges and what they were used for.
    pub uses: Vec<(Range<usize>, Role)>,
    /// The item after the head, where the landmark should start.
    pub end: usize,
}

/// Reads the head of a relation at item `start`.
///
/// ```text
/// head = [distance] direction "of"       to the left of, 200 m north of
///      | distance ("of" | "from" | "to") within 200 m of
///      | [distance] preposition          next to, 10 m above
///      | [ordinal] nearest               second nearest to
///      | comparative "than"              larger than
///      | "of"                            the roof of
/// ```
pub(super) fn head(items: &[Item], start: usize) -> Option<Head> {
    if let Some((distance, end)) = distance(items, start) {
        let mut head = after_distance(items, end)?;
        head.uses.insert(0, (start..end, Role::Distance));
        head.distance = Some(distance);
        return Some(head);
    }
    direction(items, start).or_else(|| preposition(items, start))
}

/// The head "to" after a rank that was said before: "the closest building **to**".
pub(super) fn ranked_head(kind: RelationKind, rank: u32, at: usize) -> Head {
    Head { rank: Some(rank), ..plain(kind, at..at + 1) }
}

fn plain(kind: RelationKind, used: Range<usize>) -> Head {
    let end = used.end;
    Head { kind, negated: false, distance: None, rank: None, uses: vec![(used, Role::Relation)], end }
}

fn direction(items: &[Item], start: usize) -> Option<Head> {
    match place::place(items, start)? {
        (PlaceWords::Head(kind), end) => Some(plain(kind, start..end)),
        (PlaceWords::Position { .. }, _) => None,
    }
}

fn preposition(items: &[Item], start: usize) -> Option<Head> {
    let item = items.get(start)?;
    let next = items.get(start + 1);
    if let Some(rank) = item.ordinal() {
        let kind = next?.ranked()?;
        return Some(Head { rank: Some(rank), ..plain(kind, start..start + 2) });
    }
    if let Some(kind) = item.ranked() {
        return Some(Head { rank: Some(1), ..plain(kind, start..start + 1) });
    }
    if item.is(Meaning::Without) {
        return Some(Head { negated: true, ..plain(RelationKind::With, start..start + 1) });
    }
    if item.is(Meaning::Of) {
        return Some(plain(RelationKind::PartOf, start..start + 1));
    }
    // "larger than 500 square metres" compares with no landmark, understood or not.
    let measures = items.get(start + 3).is_some_and(|item| item.unit().is_some() || item.form == "square");
    if let Some(key) = item.comparative()
        && next.is_some_and(|next| next.is(Meaning::Than))
        && !measures
    {
        return Some(plain(RelationKind::MoreThan(key), start..start + 2));
    }
    if item.is(Meaning::To) {
        // "moored to the pier", "the road to the airport"
        return Some(plain(RelationKind::Touching, start..start + 1));
    }
    let kind = item.relation()?;
    Some(plain(kind, start..start + 1))
}

/// What follows a distance: "of", "from", "to", "away from", a direction or a preposition.
fn after_distance(items: &[Item], start: usize) -> Option<Head> {
    if let Some(head) = direction(items, start) {
        return Some(head);
    }
    let item = items.get(start)?;
    let from =
        [Meaning::Of, Meaning::To, Meaning::Relation(RelationKind::FarFrom)].iter().any(|meaning| item.is(*meaning));
    if from || item.form == "from" {
        return Some(plain(RelationKind::DistanceFrom, start..start + 1));
    }
    preposition(items, start).filter(|head| head.rank.is_none() && head.kind != RelationKind::PartOf)
}

/// Reads a distance: "within 200 m", "at least 50 metres", "between 100 and 200 m", "about a kilometre".
pub(super) fn distance(items: &[Item], start: usize) -> Option<(Distance, usize)> {
    let mut at = start;
    let filler = |item: &Item| item.is(Meaning::DistanceFiller);
    at = place::skip(items, at, filler);
    let first = items.get(at)?;
    if first.is(Meaning::Relation(RelationKind::Between)) {
        let low = items.get(at + 1)?.amount()?;
        let high = items.get(at + 2).filter(|item| item.is(Meaning::And)).and(items.get(at + 3))?.amount()?;
        let metres = items.get(at + 4)?.unit()?;
        let (low, high) = (low.min(high) * metres, low.max(high) * metres);
        if high >= FARTHEST {
            return None;
        }
        return Some((Distance::Between(low, high), at + 5));
    }
    let bound = first.bound();
    at += usize::from(bound.is_some());
    at = place::skip(items, at, filler);
    let amount = items.get(at)?;
    let (amount, next) = match amount.amount() {
        Some(amount) => (amount, at + 1),
        None if amount.form == "a" => (1.0, at + 1),
        None => return None,
    };
    let metres = amount * items.get(next)?.unit()?;
    if metres >= FARTHEST {
        return None;
    }
    let distance = match bound {
        Some(Bound::AtMost) => Distance::AtMost(metres),
        Some(Bound::AtLeast) => Distance::AtLeast(metres),
        Some(Bound::About) | None => Distance::About(metres),
    };
    Some((distance, next + 1))
}
