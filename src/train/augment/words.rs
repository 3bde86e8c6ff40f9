//! Words that stay true when a picture is mirrored, turned or cut.

use super::{Augmented, Motion};
use crate::text::describe::LEAST_KEPT;
use crate::text::{
    Attribute, AttributeKind, Axes, Column, Description, OrderKey, Phrase, Place, Position, Relation, RelationKind,
    Role, Row,
};

/// Pairs that a mirror swaps, and pairs that half a turn swaps too.
const ACROSS: [(&str, &str); 3] = [("left", "right"), ("leftmost", "rightmost"), ("lefthand", "righthand")];
const UPRIGHT: [(&str, &str); 6] = [
    ("top", "bottom"),
    ("upper", "lower"),
    ("topmost", "bottommost"),
    ("uppermost", "lowermost"),
    ("highest", "lowest"),
    ("above", "below"),
];
/// Words that point somewhere even where the parser has no use for them.
const POINTERS: [&str; 14] = [
    "left",
    "right",
    "top",
    "bottom",
    "upper",
    "lower",
    "north",
    "south",
    "east",
    "west",
    "horizontal",
    "vertical",
    "clockwise",
    "above",
];

/// A phrase that a person wrote, as it reads on a view of its picture; `None` if it need not be true there.
///
/// `kept` is the share of its targets that the view shows, `None` for a phrase whose target is not there. Of a part of the picture
/// only phrases without place, order and landmark stay: what they were counted or placed among may be gone.
pub fn carry(text: &str, kept: Option<f64>, view: &Augmented) -> Option<String> {
    if kept.is_some_and(|kept| kept < LEAST_KEPT) {
        return None;
    }
    let phrase = Phrase::parse(text).ok()?;
    let is_bound_to_the_picture = !phrase.is_plain() || phrase.unused().next().is_some();
    if !view.is_whole && is_bound_to_the_picture {
        return None;
    }
    rewrite(text, view.motion)
}

/// A phrase as it reads after its picture was mirrored and turned, in its own words where they allow it.
///
/// `None` if it speaks by compass, counts from an end it does not name, or points somewhere in words that are not understood.
pub fn rewrite(text: &str, motion: Motion) -> Option<String> {
    if motion == Motion::NONE {
        return Some(text.to_owned());
    }
    let phrase = Phrase::parse(text).ok()?;
    let points = |word: &str| POINTERS.iter().any(|pointer| word.to_lowercase().contains(pointer));
    if phrase.unused().any(|word| points(&word.text)) {
        return None;
    }
    let turned = Phrase {
        target: moved(&phrase.target, motion)?,
        alternatives: phrase.alternatives.iter().map(|target| moved(target, motion)).collect::<Option<_>>()?,
        ..phrase.clone()
    };
    let own_words = motion.quarter_turns.is_multiple_of(2).then(|| swapped(text, &phrase, motion));
    let reads = |text: &String| Phrase::parse(text).is_ok_and(|read| read.means_the_same_as(&turned));
    own_words.filter(reads).or_else(|| Some(turned.render()).filter(reads))
}

/// The text with every word of place exchanged for its opposite, as far as the motion turns it round.
fn swapped(text: &str, phrase: &Phrase, motion: Motion) -> String {
    let (x, y) = motion.of(1, 1);
    let pairs = ACROSS.iter().filter(|_| x < 0).chain(UPRIGHT.iter().filter(|_| y < 0));
    let pairs: Vec<(&str, &str)> = pairs.flat_map(|&(a, b)| [(a, b), (b, a)]).collect();
    let mut out = String::with_capacity(text.len() + 8);
    let mut at = 0;
    for word in &phrase.words {
        out.push_str(&text[at..word.span.start]);
        let is_place = matches!(word.role, Role::Position | Role::Order | Role::Relation);
        let read = word.corrected.as_deref().unwrap_or(&word.text);
        out.push_str(&if is_place { each_part(read, &pairs) } else { word.text.clone() });
        at = word.span.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The word, or its parts between hyphens, exchanged; capitals stay.
fn each_part(word: &str, pairs: &[(&str, &str)]) -> String {
    let exchanged = word.split('-').map(|part| {
        let lower = part.to_lowercase();
        let Some((_, other)) = pairs.iter().find(|(own, _)| *own == lower) else { return part.to_owned() };
        match part.chars().next() {
            Some(first) if first.is_uppercase() => other[..1].to_uppercase() + &other[1..],
            _ => (*other).to_owned(),
        }
    });
    exchanged.collect::<Vec<_>>().join("-")
}

/// What a description means after the motion; `None` if that cannot be said.
fn moved(description: &Description, motion: Motion) -> Option<Description> {
    let mut moved = description.clone();
    moved.noun.attributes.iter_mut().for_each(|attribute| move_attribute(attribute, motion));
    for order in &mut moved.orders {
        order.key = move_key(order.key, motion)?;
    }
    for position in &mut moved.positions {
        *position = Position { place: move_maybe(position.place, motion)?, ..*position };
    }
    moved.relations = description
        .relations
        .iter()
        .map(|relation| {
            let landmarks =
                relation.landmarks.iter().map(|landmark| self::moved(landmark, motion)).collect::<Option<_>>()?;
            Some(Relation { kind: move_kind(relation.kind, motion)?, landmarks, ..relation.clone() })
        })
        .collect::<Option<_>>()?;
    moved.except = description.except.iter().map(|except| self::moved(except, motion)).collect::<Option<_>>()?;
    Some(moved)
}

fn move_attribute(attribute: &mut Attribute, motion: Motion) {
    if attribute.kind == AttributeKind::Orientation && motion.quarter_turns % 2 == 1 {
        attribute.value = match attribute.value.as_str() {
            "vertical" => "horizontal".into(),
            "horizontal" => "vertical".into(),
            other => other.into(),
        };
    }
}

fn move_kind(kind: RelationKind, motion: Motion) -> Option<RelationKind> {
    Some(match kind {
        RelationKind::Direction(place) => RelationKind::Direction(move_place(place, motion)?),
        RelationKind::InPart(place) => RelationKind::InPart(move_place(place, motion)?),
        RelationKind::AtEdge(place) => RelationKind::AtEdge(move_maybe(place, motion)?),
        RelationKind::MoreThan(key) => RelationKind::MoreThan(move_key(key, motion)?),
        other => other,
    })
}

fn move_key(key: OrderKey, motion: Motion) -> Option<OrderKey> {
    let (x, y) = match key {
        OrderKey::Leftmost => (-1, 0),
        OrderKey::Rightmost => (1, 0),
        OrderKey::Topmost => (0, -1),
        OrderKey::Bottommost => (0, 1),
        OrderKey::Northernmost | OrderKey::Southernmost | OrderKey::Easternmost | OrderKey::Westernmost => return None,
        OrderKey::First | OrderKey::Last => return None,
        other => return Some(other),
    };
    Some(match motion.of(x, y) {
        (-1, _) => OrderKey::Leftmost,
        (1, _) => OrderKey::Rightmost,
        (_, -1) => OrderKey::Topmost,
        _ => OrderKey::Bottommost,
    })
}

fn move_maybe(place: Option<Place>, motion: Motion) -> Option<Option<Place>> {
    match place {
        Some(place) => move_place(place, motion).map(Some),
        None => Some(None),
    }
}

fn move_place(place: Place, motion: Motion) -> Option<Place> {
    if place.axes == Axes::Compass {
        return None;
    }
    let x = Said(place.column.map(|column| match column {
        Column::Left => -1,
        Column::Middle => 0,
        Column::Right => 1,
    }));
    let y = Said(place.row.map(|row| match row {
        Row::Top => -1,
        Row::Middle => 0,
        Row::Bottom => 1,
    }));
    let (Said(x), Said(y)) = motion.of(x, y);
    let column = x.map(|x| match x {
        -1 => Column::Left,
        0 => Column::Middle,
        _ => Column::Right,
    });
    let row = y.map(|y| match y {
        -1 => Row::Top,
        0 => Row::Middle,
        _ => Row::Bottom,
    });
    Some(Place::frame(row, column))
}

/// A coordinate that a place may leave open.
struct Said(Option<i8>);

impl std::ops::Neg for Said {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.map(|value| -value))
    }
}
