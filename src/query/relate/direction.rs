//! Words of direction: "left of", "north of", "on the upper right of".
//!
//! The direction from a landmark to a thing is that of the shortest way between their outlines, as people see it: what stands
//! above one end of a long hall is above it. Where the two almost touch, that way is short and says little, and the direction
//! from centroid to centroid takes over: with `t = d / (d + 0.1 (a + b) / 2)`, `t` of the one and `1 - t` of the other.
//! With `θ` the angle off the named axis,
//!
//! | word | degree | half at |
//! |---|---|---|
//! | left of, above, north of, ... | `cos² θ` | 45°: the four directions add up to 1 |
//! | upper left of, northeast of, ... | `cos² 1.5 θ` | 30° |
//!
//! times the share of the thing that is outside the landmark, and 0 where both have one centre. Frame words go by the plane, compass words by true bearings.
//! Of several landmarks the nearer ones speak first: the degree is multiplied by how near (as "near" is graded) the landmark is
//! compared with the nearest one.

use std::f64::consts::{FRAC_PI_4, FRAC_PI_6};

use geo::{Coord, coord};

use crate::query::relate::grade::{falls, points_along, rises};
use crate::query::relate::landmarks::{Grade, Landmarks, Subject};
use crate::query::relate::near::{distance_degree, near_half};
use crate::query::relate::outline::{Gap, Outline, length};
use crate::query::relate::stage::{Stage, angle_between};
use crate::text::{Axes, Column, Distance, Place, Row};

/// "left of", "500 m north of".
pub fn in_direction(
    subject: &Subject,
    landmarks: &Landmarks,
    place: Place,
    distance: Option<Distance>,
    stage: &Stage,
) -> Option<Grade> {
    let nearest = landmarks.nearest(subject, 1, None).first()?.gap.distance;
    let half = near_half(subject.outline().size(), landmarks.largest(), stage);
    let locality = |gap: f64| (falls(gap, half, 2) / falls(nearest, half, 2)).min(1.0);
    landmarks.any(subject, locality, |landmark, gap| {
        let metres =
            distance.map_or(Some(1.0), |said| Some(distance_degree(said, stage.distance_m(gap.from, gap.to)?)));
        let landmark = landmark.subject.outline();
        direction(subject.outline(), landmark, gap, place, stage) * locality(gap.distance) * metres.unwrap_or(1.0)
    })
}

/// The degree to which a thing lies in a direction from a landmark. `gap` runs from the thing to the landmark.
pub fn direction(thing: &Outline, landmark: &Outline, gap: &Gap, place: Place, stage: &Stage) -> f64 {
    let (Some(axis), Some(heading)) = (axis_of(place), heading(thing, landmark, gap, place.axes, stage)) else {
        return 0.0;
    };
    let half_angle = if axis.x != 0.0 && axis.y != 0.0 { FRAC_PI_6 } else { FRAC_PI_4 };
    let outside = if gap.distance > 0.0 { 1.0 } else { (1.0 - thing.share_inside(landmark)) * apart(thing, landmark) };
    points_along(angle_between(axis, heading), half_angle) * outside
}

/// How far two overlapping outlines are apart at all: of two around one centre neither is left of the other. Half at a tenth of
/// their sizes, 0.998 for two squares side by side.
fn apart(a: &Outline, b: &Outline) -> f64 {
    rises(length(a.centroid() - b.centroid()), 0.1 * (a.size() + b.size()), 4)
}

/// Unit vector from landmark to thing, in the frame's axes or as (east, south).
fn heading(thing: &Outline, landmark: &Outline, gap: &Gap, axes: Axes, stage: &Stage) -> Option<Coord<f64>> {
    let unit = |p: Coord<f64>, q: Coord<f64>| match axes {
        Axes::Frame => (p != q).then(|| (q - p) / length(q - p)),
        Axes::Compass => stage.heading(p, q),
    };
    let centres = unit(landmark.centroid(), thing.centroid());
    let shortest = if gap.distance > 0.0 { unit(gap.to, gap.from) } else { None };
    let (Some(shortest), Some(between)) = (shortest, centres) else { return shortest.or(centres) };
    let trust = gap.distance / (gap.distance + 0.05 * (thing.size() + landmark.size()));
    Some(shortest * trust + between * (1.0 - trust))
}

/// The named direction as a vector, x to the right or east, y down or south; `None` for the middle.
fn axis_of(place: Place) -> Option<Coord<f64>> {
    let x = match place.column {
        Some(Column::Left) => -1.0,
        Some(Column::Right) => 1.0,
        Some(Column::Middle) | None => 0.0,
    };
    let y = match place.row {
        Some(Row::Top) => -1.0,
        Some(Row::Bottom) => 1.0,
        Some(Row::Middle) | None => 0.0,
    };
    (x != 0.0 || y != 0.0).then_some(coord! { x: x, y: y })
}
