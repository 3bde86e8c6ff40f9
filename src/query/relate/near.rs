//! Words of distance: near, next to, far from, touching, within so many metres.
//!
//! All go by the gap `d` between outlines. What is near depends on what is spoken of and on how much is shown: a house near a
//! harbor may be farther away than a car near a house. With `a` and `b` the sizes (root of area) of thing and landmark and `F`
//! the diagonal of the frame,
//!
//! | word | degree | half at |
//! |---|---|---|
//! | near | `1 / (1 + (d / n)²)` | `n = 0.18 √((a + b) F)` |
//! | far from | `1 - 1 / (1 + (d / 3n)²)` of every landmark | `3n` |
//! | next to, at | `1 / (1 + (d / m)⁴)`, down to halved as another candidate lies between | `m = 0.75 min(a, b)` |
//! | touching | `1 / (1 + (d / t)⁴)` | `t = 0.1 min(a, b)` |
//! | at most X m | `1 / (1 + (d / X)⁴⁰)`, by exact metres | X |
//! | at least X m | its complement, of every landmark | X |
//! | about X m | `1 / (1 + (abs(d - X) / 0.15 X)⁴)` of the nearest | 15 % off |
//!
//! A tank of 20 m and a harbor of 300 m in a frame 1 km across are near by half at 100 m; two houses of 10 m in 700 m at 21 m.
//!
//! ```text
//!  1 ┤▇▇▆▅▃▂▂▁▁▁▁▁ near      ▁▁▁▂▂▃▄▅▅▆▆▇ far from      ▇▇▇▇▇▇▇▁▁▁▁▁ at most X
//!  0 ┤0 · n · · · 3n         0 · n · · · 3n             0 · · · · X
//! ```

use geo::Coord;

use crate::query::relate::grade::{falls, rises};
use crate::query::relate::landmarks::{Grade, Landmark, Landmarks, Subject};
use crate::query::relate::neighbours::{Neighbour, Neighbours};
use crate::query::relate::outline::{Gap, Outline};
use crate::query::relate::stage::Stage;
use crate::text::Distance;

const NEAR: f64 = 0.18;
const FAR: f64 = 3.0;
const NEXT_TO: f64 = 0.75;
const TOUCHING: f64 = 0.1;
const ABOUT: f64 = 0.15;
const NEGLIGIBLE: f64 = 0.01;
/// Steepness of a stated number of metres: it means what it says, and 5 % off is 0.88 or 0.12.
const STATED: i32 = 40;

/// The gap at which things of two sizes are near by half.
pub fn near_half(a: f64, b: f64, stage: &Stage) -> f64 {
    NEAR * ((a + b) * stage.diagonal()).sqrt()
}

/// "near".
pub fn near(subject: &Subject, landmarks: &Landmarks, stage: &Stage) -> Option<Grade> {
    let size = subject.outline().size();
    landmarks.any(
        subject,
        |gap| falls(gap, near_half(size, landmarks.largest(), stage), 2),
        |landmark, gap| nearness(size, landmark.subject.outline(), gap.distance, stage),
    )
}

/// The degree to which a thing of some size is near an outline.
pub fn nearness(size: f64, landmark: &Outline, gap: f64, stage: &Stage) -> f64 {
    falls(gap, near_half(size, landmark.size(), stage), 2)
}

/// "far from": from every landmark.
pub fn far_from(subject: &Subject, landmarks: &Landmarks, stage: &Stage) -> Option<Grade> {
    let size = subject.outline().size();
    landmarks.every(
        subject,
        |gap| falls(gap, FAR * near_half(size, landmarks.largest(), stage), 2),
        |landmark, gap| rises(gap.distance, FAR * near_half(size, landmark.subject.outline().size(), stage), 2),
    )
}

/// "next to": close by the measure of the smaller of both, and no other candidate between.
pub fn next_to(subject: &Subject, landmarks: &Landmarks, others: &Neighbours) -> Option<Grade> {
    landmarks.any(
        subject,
        |gap| beside_bound(subject.outline(), gap),
        |landmark, gap| {
            let beside = beside(subject.outline(), landmark.subject.outline(), gap.distance);
            // Of what is not beside it anyway it does not matter what lies between.
            if beside < NEGLIGIBLE { beside } else { beside * clear_way(subject, landmark, gap, others) }
        },
    )
}

/// "at": next to, whatever lies between, or inside.
pub fn at(subject: &Subject, landmarks: &Landmarks) -> Option<Grade> {
    landmarks.any(
        subject,
        |gap| beside_bound(subject.outline(), gap),
        |landmark, gap| beside(subject.outline(), landmark.subject.outline(), gap.distance),
    )
}

/// The degree to which two outlines are side by side.
pub fn beside(a: &Outline, b: &Outline, gap: f64) -> f64 {
    falls(gap, NEXT_TO * a.size().min(b.size()), 4)
}

/// The greatest degree [`beside`] can have for a thing at a gap.
pub fn beside_bound(a: &Outline, gap: f64) -> f64 {
    falls(gap, NEXT_TO * a.size(), 4)
}

/// "touching".
pub fn touching(subject: &Subject, landmarks: &Landmarks) -> Option<Grade> {
    landmarks.any(
        subject,
        |gap| falls(gap, TOUCHING * subject.outline().size(), 4),
        |landmark, gap| contact(subject.outline(), landmark.subject.outline(), gap.distance),
    )
}

/// The degree to which two outlines touch. Masks of things that touch may leave a pixel between them.
pub fn contact(a: &Outline, b: &Outline, gap: f64) -> f64 {
    falls(gap, TOUCHING * a.size().min(b.size()), 4)
}

/// How free the way between a thing and a landmark is of other candidates: from 1 down to one half.
///
/// Another lies between by the ratio `r = (d(thing, other)² + d(other, landmark)²) / d(thing, landmark)²`, below 1 inside the
/// circle that has the way as its diameter (Gabriel and Sokal, 1969): `0.5 + 0.5 r`. It goes by gaps alone, as the shortest way
/// between two parallel walls is not one way but many.
fn clear_way(subject: &Subject, landmark: &Landmark, gap: &Gap, others: &Neighbours) -> f64 {
    let (thing, landmark, whole) = (subject.outline(), landmark.subject.outline(), gap.distance);
    if whole == 0.0 {
        return 1.0;
    }
    let margin = Coord { x: whole, y: whole };
    let within_reach = others.around(thing.bounds().min() - margin, thing.bounds().max() + margin);
    let ratios =
        within_reach.filter(|&place| place != subject.index).map(|place| others.outline(place)).filter_map(|other| {
            let (here, there) = (thing.gap_to(other).distance / whole, other.gap_to(landmark).distance / whole);
            // What touches the landmark may be the landmark itself, found as a candidate too.
            (there > 0.0 || !other.is_same_as(landmark)).then_some(here * here + there * there)
        });
    0.5 + 0.5 * ratios.fold(1.0, f64::min)
}

/// "within 200 m of", "at least 50 m from": the degree to which a stated distance holds. `None` where there are no metres.
pub fn at_distance(subject: &Subject, landmarks: &Landmarks, distance: Distance, stage: &Stage) -> Option<Grade> {
    let metres = |gap: &Gap| stage.distance_m(gap.from, gap.to);
    let mut near: Vec<(f64, Neighbour)> = landmarks
        .nearest(subject, NEAREST_BY_PLANE, None)
        .into_iter()
        .filter_map(|neighbour| Some((metres(&neighbour.gap)?, neighbour)))
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let Distance::About(_) | Distance::Between(..) = distance {
        near.truncate(1);
    }
    let grades = near.into_iter().map(|(metres, neighbour)| {
        let (weight, holds) = (landmarks.get(neighbour.place).weight, distance_degree(distance, metres));
        let degree = match distance {
            Distance::AtLeast(_) => 1.0 - weight * (1.0 - holds),
            _ => weight * holds,
        };
        Grade { degree, witness: Some(neighbour) }
    });
    // "at most" needs one landmark so near, "at least" none nearer.
    let decides = |one: &Grade, next: &Grade| match distance {
        Distance::AtLeast(_) => next.degree < one.degree,
        _ => next.degree > one.degree,
    };
    grades.reduce(|one, next| if decides(&one, &next) { next } else { one })
}

/// How many of the nearest landmarks by the plane are measured over ground: the two may order almost equal gaps differently.
const NEAREST_BY_PLANE: usize = 3;

/// The degree to which `metres` are the distance that was said.
pub fn distance_degree(distance: Distance, metres: f64) -> f64 {
    match distance {
        Distance::AtMost(most) => falls(metres, most, STATED),
        Distance::AtLeast(least) => rises(metres, least, STATED),
        Distance::About(about) => falls((metres - about).abs(), ABOUT * about, 4),
        Distance::Between(low, high) => rises(metres, low, STATED).min(falls(metres, high, STATED)),
    }
}
