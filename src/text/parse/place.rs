//! Places in a sentence: "in the upper left corner of the image", "on the far right", "north", and the heads of directions
//! ("to the left of", "in the bottom section of") whose landmark follows.

use crate::text::constraint::{OrderKey as Key, RelationKind};
use crate::text::lexicon::Meaning;
use crate::text::parse::items::{Item, Sign};
use crate::text::place::{Axes, Column, Extent, Place, Row};

/// What words about a place turned out to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum PlaceWords {
    /// In the frame.
    Position { place: Option<Place>, extent: Extent, how: How },
    /// Relative to the landmark that follows at `end`.
    Head(RelationKind),
}

/// How the preposition before a position changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// "in", "on", "at", "near", or no preposition.
    There,
    /// "far from the edge".
    NotThere,
    /// "closest to the left edge".
    Closest,
}

/// Reads a place from item `start`; gives what it is and the item after it.
///
/// ```text
/// place = [preposition] [article] [image's] [far] way+ [extent] ["of" (frame | landmark)]
///       | [preposition] [article] (edge | corner) "of" (frame | landmark)
/// ```
/// A way before a noun ("the upper storage tank", "on the left runway") is no place but part of that noun phrase.
pub(super) fn place(items: &[Item], start: usize) -> Option<(PlaceWords, usize)> {
    let mut at = start;
    let preposition = items.get(at).and_then(preposition);
    at += usize::from(preposition.is_some());
    at = skip(items, at, |item| item.is(Meaning::Filler) && item.words.len() == 1);
    at = skip(items, at, |item| item.determiner().is_some());
    let of_the_frame = items.get(at).is_some_and(|item| item.is(Meaning::Frame) && item.possessive);
    at += usize::from(of_the_frame);
    let far_from = at;
    at = skip(items, at, |item| item.is(Meaning::Far));
    let is_far = at > far_from;
    let (place, after_ways) = ways(items, at);
    let place_follows = after_ways > at;
    at = after_ways;
    let extent = items.get(at).and_then(|item| {
        let extent = item.extent()?;
        Some((extent, item.form.ends_with("side") || item.form == "sides"))
    });
    at += usize::from(extent.is_some());
    if !place_follows && !matches!(extent, Some((Extent::Edge | Extent::Corner, _))) {
        return None;
    }
    if place_follows && extent.is_none() && noun_follows(items, at, preposition.is_none()) {
        return None;
    }
    let (extent, is_side) = extent.unwrap_or((Extent::Part, false));
    let extent = if is_far && extent == Extent::Part { Extent::Far } else { extent };
    let how = match preposition {
        Some(Preposition::Closest) => How::Closest,
        Some(Preposition::FarFrom) => How::NotThere,
        _ => How::There,
    };
    let position = PlaceWords::Position { place, extent, how };
    if of_the_frame {
        return Some((position, at));
    }
    if let Some(end) = frame(items, at) {
        return Some((position, end));
    }
    let joins = |item: &Item| item.is(Meaning::Of) || (extent == Extent::Part && !is_side && item.form == "from");
    if items.get(at).is_some_and(joins) && how == How::There {
        let inside = preposition == Some(Preposition::In);
        let kind = match (extent, place) {
            (Extent::Edge, place) => RelationKind::AtEdge(place),
            (_, None) => RelationKind::AtEdge(None),
            (Extent::Part | Extent::Far, Some(place))
                if !place.is_middle() && (is_side || (items[at - 1].way().is_some() && !inside)) =>
            {
                RelationKind::Direction(place)
            }
            (_, Some(place)) => RelationKind::InPart(place),
        };
        return Some((PlaceWords::Head(kind), at + 1));
    }
    // A bare "edge" is a place only where something says so.
    (place_follows || preposition.is_some()).then_some((position, at))
}

/// The item after "of the image", "in the whole picture", if those words stand here.
pub(super) fn frame(items: &[Item], at: usize) -> Option<usize> {
    let first = items.get(at)?;
    if first.is(Meaning::Filler) && (first.form.starts_with("of ") || first.form.starts_with("in ")) {
        return Some(at + 1);
    }
    let joins = first.is(Meaning::Of)
        || [RelationKind::Inside, RelationKind::On, RelationKind::At]
            .iter()
            .any(|kind| first.is(Meaning::Relation(*kind)));
    let noun = skip(items, at + 1, |item| item.determiner().is_some());
    let noun = skip(items, noun, |item| ["whole", "entire", "full"].contains(&item.form.as_str()));
    let is_frame = items.get(noun).is_some_and(|item| item.is(Meaning::Frame) && !item.possessive);
    (joins && is_frame).then_some(noun + 1)
}

/// Words of direction in a row, combined: "upper left", "middle right", "north west". Those that contradict are left.
pub(super) fn ways(items: &[Item], start: usize) -> (Option<Place>, usize) {
    let Some(mut place) = items.get(start).and_then(Item::way) else { return (None, start) };
    let mut at = start + 1;
    while let Some(next) = items.get(at).and_then(Item::way) {
        let Some(both) = place.and(next) else { break };
        place = both;
        at += 1;
    }
    (Some(place), at)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preposition {
    In,
    Closest,
    FarFrom,
    Other,
}

fn preposition(item: &Item) -> Option<Preposition> {
    use RelationKind as Kind;
    match (item.relation(), item.ranked()) {
        (Some(Kind::Inside), _) => Some(Preposition::In),
        (Some(Kind::FarFrom), _) => Some(Preposition::FarFrom),
        (Some(Kind::On | Kind::At | Kind::Near | Kind::NextTo | Kind::Along), _) => Some(Preposition::Other),
        (_, Some(Kind::Near)) => Some(Preposition::Closest),
        _ if item.is(Meaning::To) => Some(Preposition::Other),
        _ => None,
    }
}

/// Whether a noun phrase goes on here, so that the ways before are its modifiers. `unknown` nouns count if nothing but an
/// article came before.
pub(super) fn noun_follows(items: &[Item], start: usize, unknown: bool) -> bool {
    let mut at = start;
    while let Some(item) = items.get(at) {
        if item.noun().is_some() {
            return !item.is_copula();
        }
        if item.pronoun_plural().is_some() {
            return true;
        }
        if item.is_unknown() {
            return unknown && start == at && ends_a_noun_phrase(items.get(at + 1));
        }
        let modifies = item.count().is_some() || item.attribute().is_some() || item.superlative().is_some();
        if !modifies {
            return false;
        }
        at += 1;
    }
    false
}

/// Whether an unknown word before this item can be a noun: the sentence ends here or goes on with a joint.
fn ends_a_noun_phrase(next: Option<&Item>) -> bool {
    next.is_none_or(|item| {
        item.mark == Some(Sign::Stop) || item.is_copula() || item.is(Meaning::Relative) || preposition(item).is_some()
    })
}

/// The index after any items that `pass`.
pub(super) fn skip(items: &[Item], start: usize, pass: impl Fn(&Item) -> bool) -> usize {
    start + items.iter().skip(start).take_while(|item| pass(item)).count()
}

/// The order that goes by nearness to this side of the frame: "closest to the left edge", "second from the left".
pub(super) fn order_from(place: Place) -> Option<Key> {
    Some(match (place.axes, place.row, place.column) {
        (_, Some(Row::Middle), Some(Column::Middle)) => Key::Centermost,
        (Axes::Frame, None, Some(Column::Left)) => Key::Leftmost,
        (Axes::Frame, None, Some(Column::Right)) => Key::Rightmost,
        (Axes::Frame, Some(Row::Top), None) => Key::Topmost,
        (Axes::Frame, Some(Row::Bottom), None) => Key::Bottommost,
        (Axes::Compass, Some(Row::Top), None) => Key::Northernmost,
        (Axes::Compass, Some(Row::Bottom), None) => Key::Southernmost,
        (Axes::Compass, None, Some(Column::Left)) => Key::Westernmost,
        (Axes::Compass, None, Some(Column::Right)) => Key::Easternmost,
        _ => return None,
    })
}
