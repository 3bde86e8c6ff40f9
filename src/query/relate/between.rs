//! Words of several landmarks at once: between, among, surrounded by, surrounding.
//!
//! | word | degree |
//! |---|---|
//! | between A and B | `sin⁸(θ / 2)`, `θ` the angle between the shortest ways to A and to B: 1 at 180°, half at 133°, 0.06 at 90°; times the shares of the thing outside both |
//! | among | how near the second nearest landmark is |
//! | surrounded by | how far landmarks leave no gap around the thing: `1 / (1 + (g / 120°)⁶)`, `g` the widest free angle; with the least nearness of those it takes |
//! | surrounding | the same with the roles changed |

use std::f64::consts::{PI, TAU};

use geo::Coord;

use crate::query::relate::grade::falls;
use crate::query::relate::landmarks::{Grade, Landmarks, Subject};
use crate::query::relate::near::{near_half, nearness};
use crate::query::relate::neighbours::Neighbour;
use crate::query::relate::outline::{Gap, Outline};
use crate::query::relate::stage::{Stage, angle_between};

/// How many landmarks of a side are tried for a pair.
const TRIED_FOR_A_PAIR: usize = 8;
/// How many landmarks can surround one thing.
const TRIED_AROUND: usize = 24;
/// Free angle at which a thing is surrounded by half.
const HALF_FREE: f64 = TAU / 3.0;

/// "between A and B" with two descriptions, "between the buildings" with one.
pub fn between(subject: &Subject, landmarks: &Landmarks) -> Option<Grade> {
    let pairs: Vec<(Neighbour, Neighbour)> = if landmarks.sides() >= 2 {
        let sides: Vec<_> = (0..2).map(|side| landmarks.nearest(subject, TRIED_FOR_A_PAIR, Some(side))).collect();
        sides[0].iter().flat_map(|a| sides[1].iter().map(|b| (*a, *b))).collect()
    } else {
        let near = landmarks.nearest(subject, TRIED_FOR_A_PAIR, None);
        (0..near.len()).flat_map(|b| (0..b).map(move |a| (a, b))).map(|(a, b)| (near[a], near[b])).collect()
    };
    let grades = pairs.into_iter().map(|(a, b)| {
        let degree = landmarks.get(a.place).weight * landmarks.get(b.place).weight * amid(subject, landmarks, &a, &b);
        Grade { degree, witness: Some(a) }
    });
    grades.reduce(|best, grade| if grade.degree > best.degree { grade } else { best })
}

/// How far two landmarks lie on opposite sides of a thing. What lies inside one of them is not between them.
fn amid(subject: &Subject, landmarks: &Landmarks, a: &Neighbour, b: &Neighbour) -> f64 {
    let centre = subject.outline().centroid();
    // Where they touch, the shortest way has no direction; the landmark's centroid has.
    let way = |neighbour: &Neighbour| {
        let outline = landmarks.get(neighbour.place).subject.outline();
        if neighbour.gap.distance > 0.0 { neighbour.gap.to - neighbour.gap.from } else { outline.centroid() - centre }
    };
    let outside = |neighbour: &Neighbour| {
        let outline = landmarks.get(neighbour.place).subject.outline();
        if neighbour.gap.distance > 0.0 { 1.0 } else { 1.0 - subject.outline().share_inside(outline) }
    };
    let (to_a, to_b) = (way(a), way(b));
    if to_a == Coord::zero() || to_b == Coord::zero() {
        return 0.0;
    }
    (angle_between(to_a, to_b) / 2.0).sin().powi(8) * outside(a) * outside(b)
}

/// "among".
pub fn among(subject: &Subject, landmarks: &Landmarks, stage: &Stage) -> Option<Grade> {
    let near = landmarks.nearest(subject, 2, None);
    let degree = |neighbour: &Neighbour| {
        let landmark = landmarks.get(neighbour.place);
        landmark.weight * nearness(subject.outline().size(), landmark.subject.outline(), neighbour.gap.distance, stage)
    };
    match near[..] {
        [] => None,
        [only] => Some(Grade { degree: 0.0, witness: Some(only) }),
        [first, second, ..] => Some(Grade { degree: degree(&first).min(degree(&second)), witness: Some(first) }),
    }
}

/// "surrounded by": over the nearest landmarks, one more at a time, the best of how closed the ring is and how near its farthest.
pub fn surrounded_by(subject: &Subject, landmarks: &Landmarks, stage: &Stage) -> Option<Grade> {
    let near = landmarks.nearest(subject, TRIED_AROUND, None);
    let mut best = Grade { degree: 0.0, witness: Some(*near.first()?) };
    let (mut hidden, mut nearest) = (Vec::new(), 1.0_f64);
    for neighbour in &near {
        let landmark = landmarks.get(neighbour.place);
        let outline = landmark.subject.outline();
        nearest =
            nearest.min(landmark.weight * nearness(subject.outline().size(), outline, neighbour.gap.distance, stage));
        if nearest <= best.degree {
            break;
        }
        hide(&mut hidden, subject.outline().centroid(), outline);
        best.degree = best.degree.max(nearest.min(falls(widest_free(&mut hidden), HALF_FREE, 6)));
    }
    Some(best)
}

/// "surrounding": the thing closes a ring around the landmark.
pub fn surrounding(subject: &Subject, landmarks: &Landmarks, stage: &Stage) -> Option<Grade> {
    let size = subject.outline().size();
    landmarks.any(
        subject,
        |gap| falls(gap, near_half(size, landmarks.largest(), stage), 2),
        |landmark, gap: &Gap| {
            let mut hidden = Vec::new();
            let landmark = landmark.subject.outline();
            hide(&mut hidden, landmark.centroid(), subject.outline());
            let closed = falls(widest_free(&mut hidden), HALF_FREE, 6);
            closed
                .min(nearness(size, landmark, gap.distance, stage))
                .min(1.0 - subject.outline().share_inside(landmark))
        },
    )
}

/// Adds the angles that an outline hides as seen from a point: an interval for each edge, within [-π, π].
fn hide(hidden: &mut Vec<(f64, f64)>, from: Coord<f64>, outline: &Outline) {
    if outline.covers(from) {
        hidden.push((-PI, PI));
        return;
    }
    for edge in outline.polygon().exterior().lines() {
        let (start, end) = (edge.start - from, edge.end - from);
        let (first, turn) = (start.y.atan2(start.x), angle_between(start, end));
        let (low, high) = if turn >= 0.0 { (first, first + turn) } else { (first + turn, first) };
        // Cut at the seam behind the observer.
        if high > PI {
            hidden.extend([(low, PI), (-PI, high - TAU)]);
        } else if low < -PI {
            hidden.extend([(low + TAU, PI), (-PI, high)]);
        } else {
            hidden.push((low, high));
        }
    }
}

/// The widest angle that nothing hides; the whole circle if nothing is there.
fn widest_free(hidden: &mut [(f64, f64)]) -> f64 {
    hidden.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some(&(first, _)) = hidden.first() else { return TAU };
    let (widest, last) =
        hidden.iter().fold((0.0_f64, first), |(widest, seen), &(low, high)| (widest.max(low - seen), seen.max(high)));
    widest.max(first + TAU - last)
}
