//! "near", "to the left of", "between": how a thing lies to its landmarks, with margins.
//!
//! Ways are the shortest between outlines; `n = 0.18 √((a + b) F)` with `a`, `b` the roots of both areas and `F` the frame's diagonal,
//! as in the geometry that answers.
//!
//! | word | holds | does not | plainly not |
//! |---|---|---|---|
//! | near | gap ≤ 0.6 n | ≥ 1.6 n | ≥ 3.5 n |
//! | next to | gap ≤ 0.45 of the smaller, nothing between | ≥ 1.1 | ≥ 1.7 |
//! | left of, above, ... | within 25° | 60° off | 100° off |
//! | upper left of, ... | within 17° | 40° off | 70° off |
//! | between A and B | ways to both ≥ 155° apart | ≤ 110° | ≤ 60° |
//!
//! A direction must hold along the shortest way and from centroid to centroid. What touches or overlaps its landmark lies in no
//! direction from it.

use crate::text::describe::geometry::{self, Point};
use crate::text::describe::scene::{Scene, Thing};
use crate::text::describe::truth::{Limits, Truth};
use crate::text::{Axes, Column, Place, RelationKind, Row};

const NEAR: Limits = Limits::new(0.6, 1.6, 3.5);
const NEXT_TO: Limits = Limits::new(0.45, 1.1, 1.7);
const CARDINAL: Limits = Limits::new(25.0, 60.0, 100.0);
const DIAGONAL: Limits = Limits::new(17.0, 40.0, 70.0);
/// By how far the angle falls short of 180 degrees.
const BETWEEN: Limits = Limits::new(25.0, 70.0, 120.0);

/// Whether a thing lies so to its landmarks: one, or the two of "between". `None` for relations that are never written.
pub(super) fn related(kind: RelationKind, thing: usize, landmarks: &[usize], scene: &Scene) -> Option<Truth> {
    let things = scene.things();
    let (subject, first) = (things.get(thing)?, things.get(*landmarks.first()?)?);
    if landmarks.contains(&thing) {
        // Nothing lies near itself; that it is no candidate is certain, but nothing to write "not there" about.
        return Some(Truth::No);
    }
    match (kind, landmarks) {
        (RelationKind::Near, [_]) => Some(match gap_length(subject, first) {
            // "near" for what lies in or on it: some say so.
            0.0 => Truth::Unclear,
            gap => NEAR.of(gap / near(subject, first, scene)),
        }),
        (RelationKind::NextTo, [landmark]) => Some(next_to(thing, *landmark, scene)),
        (RelationKind::Direction(place), [_]) => direction(place, subject, first),
        (RelationKind::Between, [_, second]) => Some(between(subject, first, things.get(*second)?)),
        _ => None,
    }
}

/// The gap at which two things are near by half.
fn near(a: &Thing, b: &Thing, scene: &Scene) -> f64 {
    0.18 * ((a.size() + b.size()) * scene.diagonal()).sqrt()
}

/// How near two things are, in units of the gap at which they are near by half.
pub(super) fn nearness(a: &Thing, b: &Thing, scene: &Scene) -> f64 {
    gap_length(a, b) / near(a, b, scene)
}

/// Length of the shortest way; 0 where they touch.
pub(super) fn gap_length(a: &Thing, b: &Thing) -> f64 {
    geometry::gap(&a.outline, &b.outline).map_or(0.0, |(from, to)| geometry::length(geometry::minus(to, from)))
}

fn next_to(thing: usize, landmark: usize, scene: &Scene) -> Truth {
    let (a, b) = (&scene.things()[thing], &scene.things()[landmark]);
    let Some((from, to)) = geometry::gap(&a.outline, &b.outline) else { return Truth::Unclear };
    let way = geometry::bounds(&[from, to]);
    let beside =
        NEXT_TO.of(geometry::length(geometry::minus(to, from)) / a.size().min(b.size()).max(f64::MIN_POSITIVE));
    let others = scene.things().iter().enumerate().filter(|(index, _)| *index != thing && *index != landmark);
    let blocked = others.map(|(_, other)| other).any(|other| geometry::meet(way, other.bounds));
    if blocked && beside == Truth::Yes { Truth::Unclear } else { beside }
}

fn direction(place: Place, thing: &Thing, landmark: &Thing) -> Option<Truth> {
    let (axis, limits) = axis(place)?;
    let middles = geometry::minus(thing.centroid, landmark.centroid);
    let Some((from, to)) = geometry::gap(&landmark.outline, &thing.outline) else {
        let opposite = limits.of(geometry::angle(axis, middles)) == Truth::Never;
        return Some(if opposite { Truth::No } else { Truth::Unclear });
    };
    let way = geometry::minus(to, from);
    let along = |v: Point| limits.of(geometry::angle(axis, v));
    // Two ways on different sides of the axis say nothing about what lies between them.
    if geometry::angle(way, middles) > limits.no {
        return Some(Truth::Unclear);
    }
    Some(along(way).agreed(along(middles)))
}

fn axis(place: Place) -> Option<(Point, Limits)> {
    if place.axes != Axes::Frame {
        return None;
    }
    let x = match place.column {
        Some(Column::Left) => -1.0,
        Some(Column::Right) => 1.0,
        None => 0.0,
        Some(Column::Middle) => return None,
    };
    let y = match place.row {
        Some(Row::Top) => -1.0,
        Some(Row::Bottom) => 1.0,
        None => 0.0,
        Some(Row::Middle) => return None,
    };
    Some(([x, y], if x != 0.0 && y != 0.0 { DIAGONAL } else { CARDINAL }))
}

fn between(thing: &Thing, a: &Thing, b: &Thing) -> Truth {
    let way =
        |landmark: &Thing| geometry::gap(&thing.outline, &landmark.outline).map(|(from, to)| geometry::minus(to, from));
    match (way(a), way(b)) {
        (Some(to_a), Some(to_b)) => BETWEEN.of(180.0 - geometry::angle(to_a, to_b)),
        _ => Truth::Unclear,
    }
}
