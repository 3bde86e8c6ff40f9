//! Words of containment and contact: inside, on, across, along, with, part of, at the edge of.
//!
//! `s` is the share of the thing's area that lies inside the landmark, holes filled; `c` the degree to which both touch.
//!
//! | word | degree |
//! |---|---|
//! | inside | `s` of all landmarks together |
//! | outside | `1 - s` |
//! | on, under | the greater of `s` and `0.6 c`: masks exclude each other, so what stands on a road may only border its mask |
//! | part of | the same |
//! | with | the greater of the landmark's share inside the thing and `0.8 / (1 + (d / 0.25 (a + b))⁴)`: "a house with a pool" |
//! | in that part of | `s` times the degree of the place within the landmark's bounds |
//! | at the edge of | `1 / (1 + (d / e)²)`, `d` from the thing to the landmark's outer boundary, `e = 0.5 a + 0.03 b` |
//! | across | how evenly the landmark cuts the thing in two (twice the smaller part over both), or lies along both its long sides |
//! | along | near as [`near`](crate::query::relate::near) grades beside, doubled in reach, times how parallel it runs |

use geo::{Area, BooleanOps, Coord, Line, LineString, Polygon};

use crate::query::relate::grade::falls;
use crate::query::relate::landmarks::{Grade, Landmarks, Subject};
use crate::query::relate::near::{beside, beside_bound, contact};
use crate::query::relate::neighbours::Neighbour;
use crate::query::relate::outline::{Gap, Outline, length};
use crate::query::relate::position::{Within, in_extent};
use crate::query::relate::stage::Stage;
use crate::text::{Extent, Place};

/// How much mere contact counts as being on.
const BORDERING: f64 = 0.6;
/// How much standing beside counts as belonging.
const BELONGING: f64 = 0.8;

/// "inside": the shares in all landmarks together, as a road found in pieces is one road.
pub fn inside(subject: &Subject, landmarks: &Landmarks) -> Option<Grade> {
    let around = landmarks.around(subject);
    let shares = around.iter().map(|&place| {
        let landmark = landmarks.get(place);
        (place, landmark.weight * subject.outline().share_inside(landmark.subject.outline()))
    });
    let shares: Vec<(usize, f64)> = shares.filter(|(_, share)| *share > 0.0).collect();
    let most = shares.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    let Some((place, _)) = most else {
        let nearest = landmarks.nearest(subject, 1, None);
        return nearest.first().map(|nearest| Grade { degree: 0.0, witness: Some(*nearest) });
    };
    let gap = Gap { distance: 0.0, from: subject.outline().centroid(), to: subject.outline().centroid() };
    let degree = shares.iter().map(|(_, share)| share).sum::<f64>().min(1.0);
    Some(Grade { degree, witness: Some(Neighbour { place, gap }) })
}

/// "outside": the complement of [`inside`].
pub fn outside(subject: &Subject, landmarks: &Landmarks) -> Option<Grade> {
    inside(subject, landmarks).map(|inside| Grade { degree: 1.0 - inside.degree, ..inside })
}

/// "on", "under", "part of": inside, or at least bordering.
pub fn on(subject: &Subject, landmarks: &Landmarks) -> Option<Grade> {
    let inside = inside(subject, landmarks)?;
    if inside.degree >= BORDERING {
        return Some(inside);
    }
    let bordering = landmarks.any(
        subject,
        |gap| BORDERING * beside_bound(subject.outline(), gap),
        |landmark, gap| BORDERING * contact(subject.outline(), landmark.subject.outline(), gap.distance),
    );
    bordering.filter(|bordering| bordering.degree > inside.degree).or(Some(inside))
}

/// "with": the landmark is inside the thing, or beside it by the measure of both.
pub fn with(subject: &Subject, landmarks: &Landmarks) -> Option<Grade> {
    let outline = subject.outline();
    let belongs = |size: f64, gap: f64| BELONGING * falls(gap, 0.25 * (outline.size() + size), 4);
    landmarks.any(
        subject,
        |gap| if gap > 0.0 { belongs(landmarks.largest(), gap) } else { 1.0 },
        |landmark, gap| {
            let landmark = landmark.subject.outline();
            let part = if gap.distance > 0.0 { 0.0 } else { landmark.share_inside(outline) };
            part.max(belongs(landmark.size(), gap.distance))
        },
    )
}

/// "in the bottom section of".
pub fn in_part(subject: &Subject, landmarks: &Landmarks, place: Place, stage: &Stage) -> Option<Grade> {
    landmarks.any(
        subject,
        |gap| if gap > 0.0 { 0.0 } else { 1.0 },
        |landmark, gap| {
            if gap.distance > 0.0 {
                return 0.0;
            }
            let landmark = landmark.subject.outline();
            let part = in_extent(Some(place), Extent::Part, subject.outline(), Within::Landmark(landmark), stage);
            subject.outline().share_inside(landmark) * part
        },
    )
}

/// "at the edge of", "at the right edge of".
pub fn at_edge(subject: &Subject, landmarks: &Landmarks, place: Option<Place>, stage: &Stage) -> Option<Grade> {
    let outline = subject.outline();
    let reach = |size: f64| 0.5 * outline.size() + 0.03 * size;
    landmarks.any(
        subject,
        |gap| falls(gap, reach(landmarks.largest()), 2),
        |landmark, gap| {
            let landmark = landmark.subject.outline();
            let inward = || (landmark.boundary_distance(outline.centroid()) - outline.form().width / 2.0).max(0.0);
            let distance = if gap.distance > 0.0 { gap.distance } else { inward() };
            let part = place
                .map_or(1.0, |place| in_extent(Some(place), Extent::Part, outline, Within::Landmark(landmark), stage));
            falls(distance, reach(landmark.size()), 2) * part
        },
    )
}

/// "across": a bridge across a river, whether the river's mask runs on below it or ends at its sides.
pub fn across(subject: &Subject, landmarks: &Landmarks) -> Option<Grade> {
    let outline = subject.outline();
    let cut = landmarks.any(
        subject,
        |gap| if gap > 0.0 { 0.0 } else { 1.0 },
        |landmark, gap| if gap.distance > 0.0 { 0.0 } else { evenness_of_cut(outline, landmark.subject.outline()) },
    )?;
    let flanked = flanked(subject, landmarks);
    Some(flanked.filter(|flanked| flanked.degree > cut.degree).unwrap_or(cut))
}

/// Twice the smaller of the two largest parts a landmark cuts a thing into, over both; 0 if it is not cut.
fn evenness_of_cut(thing: &Outline, landmark: &Outline) -> f64 {
    let mut parts: Vec<f64> =
        thing.polygon().difference(landmark.polygon()).iter().map(Polygon::unsigned_area).collect();
    parts.sort_by(|a, b| b.total_cmp(a));
    match parts[..] {
        [first, second, ..] if first > 0.0 => 2.0 * second / (first + second),
        _ => 0.0,
    }
}

/// The degree to which landmarks touch both long sides of a thing.
fn flanked(subject: &Subject, landmarks: &Landmarks) -> Option<Grade> {
    let (outline, form) = (subject.outline(), subject.outline().form());
    let across = Coord { x: -form.axis.y, y: form.axis.x } * (form.width / 2.0);
    // The middle of a side: its ends touch whatever borders the banks.
    let along = form.axis * (form.length / 6.0);
    let sides = [across, -across].map(|off| {
        let middle = outline.centroid() + off;
        Outline::new(&Polygon::new(LineString::from(Line::new(middle - along, middle + along)), Vec::new()))
    });
    let [Some(one), Some(other)] = sides else { return None };
    let reached = |side: &Outline| {
        let nearest = landmarks.nearest_to(side, subject)?;
        let weight = landmarks.get(nearest.place).weight;
        Some((weight * falls(nearest.gap.distance, 0.25 * form.width, 4), nearest))
    };
    let ((one, witness), (other, _)) = (reached(&one)?, reached(&other)?);
    Some(Grade { degree: one.min(other), witness: Some(witness) })
}

/// "along": beside a line, and with it where the thing itself has a direction.
pub fn along(subject: &Subject, landmarks: &Landmarks) -> Option<Grade> {
    let outline = subject.outline();
    landmarks.any(
        subject,
        |gap| beside_bound(outline, gap / 2.0),
        |landmark, gap| {
            let by = beside(outline, landmark.subject.outline(), gap.distance / 2.0);
            by * parallel(outline, gap)
        },
    )
}

/// How far a thing runs at right angles to the shortest way to its landmark, that is, with the landmark: `sin²` of the angle
/// between them as far as the thing has a direction.
fn parallel(thing: &Outline, gap: &Gap) -> f64 {
    if gap.distance == 0.0 {
        return 1.0;
    }
    let form = thing.form();
    let way = (gap.to - gap.from) / length(gap.to - gap.from);
    let cosine = way.x * form.axis.x + way.y * form.axis.y;
    1.0 - form.elongation() * cosine * cosine
}
