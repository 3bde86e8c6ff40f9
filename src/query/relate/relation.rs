//! One relation of a phrase: which function grades it, and the graded rank "nearest".

use crate::query::relate::between::{among, between, surrounded_by, surrounding};
use crate::query::relate::contain::{across, along, at_edge, in_part, inside, on, outside, with};
use crate::query::relate::direction::in_direction;
use crate::query::relate::grade::{both, falls};
use crate::query::relate::landmarks::{Grade, Landmarks, Subject};
use crate::query::relate::near::{at, at_distance, beside, far_from, near, near_half, nearness, next_to, touching};
use crate::query::relate::neighbours::{Neighbour, Neighbours};
use crate::query::relate::order::{is_more, scale, value};
use crate::query::relate::stage::Stage;
use crate::text::{OrderKey, Relation, RelationKind};

/// Why a relation cannot be decided, or is decided by a reading of its own; said once for all candidates.
pub fn remark(relation: &Relation, stage: &Stage) -> Option<String> {
    let words = relation.kind.words();
    match relation.kind {
        _ if relation.distance.is_some() && !stage.has_metres() => {
            Some(format!("\"{}\" needs a georeferenced scene; the distance was left out", relation.head_words()))
        }
        RelationKind::InFrontOf | RelationKind::Behind => {
            Some(format!("\"{words}\" was read as next to: seen from above a thing has no front"))
        }
        RelationKind::Opposite => Some(format!("\"{words}\" was read as near, with a gap between")),
        _ => None,
    }
}

/// Whether geometry can decide a relation on this stage at all.
pub fn is_decidable(relation: &Relation, subjects: &[Subject], stage: &Stage) -> bool {
    match relation.kind {
        RelationKind::DistanceFrom => stage.has_metres(),
        RelationKind::MoreThan(key) => subjects.iter().any(|subject| value(key, subject.thing, stage).is_some()),
        _ => true,
    }
}

/// The degree to which a thing stands in a relation, before negation. `None` if there is no landmark but the thing itself, or
/// nothing to measure by.
pub fn grade(
    relation: &Relation,
    subject: &Subject,
    landmarks: &Landmarks,
    others: &Neighbours,
    stage: &Stage,
) -> Option<Grade> {
    let distance = relation.distance.filter(|_| stage.has_metres());
    let grade = match relation.kind {
        RelationKind::Near | RelationKind::NextTo | RelationKind::FarFrom | RelationKind::DistanceFrom
            if distance.is_some() =>
        {
            return at_distance(subject, landmarks, distance?, stage);
        }
        RelationKind::Direction(place) if !place.is_middle() => {
            return in_direction(subject, landmarks, place, distance, stage);
        }
        RelationKind::Near => near(subject, landmarks, stage),
        RelationKind::NextTo | RelationKind::InFrontOf | RelationKind::Behind => next_to(subject, landmarks, others),
        RelationKind::FarFrom => far_from(subject, landmarks, stage),
        RelationKind::DistanceFrom => None,
        RelationKind::Between => between(subject, landmarks),
        RelationKind::Inside => inside(subject, landmarks),
        RelationKind::Outside => outside(subject, landmarks),
        RelationKind::On | RelationKind::Under | RelationKind::PartOf => on(subject, landmarks),
        RelationKind::At => at(subject, landmarks),
        RelationKind::Along => along(subject, landmarks),
        RelationKind::Across => across(subject, landmarks),
        RelationKind::SurroundedBy => surrounded_by(subject, landmarks, stage),
        RelationKind::Surrounding => surrounding(subject, landmarks, stage),
        RelationKind::Among => among(subject, landmarks, stage),
        RelationKind::Opposite => opposite(subject, landmarks, stage),
        RelationKind::Touching => touching(subject, landmarks),
        RelationKind::With => with(subject, landmarks),
        RelationKind::Direction(place) | RelationKind::InPart(place) => in_part(subject, landmarks, place, stage),
        RelationKind::AtEdge(place) => at_edge(subject, landmarks, place, stage),
        RelationKind::MoreThan(key) => more_than(subject, landmarks, key, stage),
    }?;
    let Some(distance) = distance else { return Some(grade) };
    let metres = at_distance(subject, landmarks, distance, stage)?;
    Some(Grade { degree: both(grade.degree, metres.degree), ..grade })
}

/// "opposite": near, but not beside.
fn opposite(subject: &Subject, landmarks: &Landmarks, stage: &Stage) -> Option<Grade> {
    let outline = subject.outline();
    let bound = |gap: f64| falls(gap, near_half(outline.size(), landmarks.largest(), stage), 2);
    landmarks.any(subject, bound, |landmark, gap| {
        let landmark = landmark.subject.outline();
        nearness(outline.size(), landmark, gap.distance, stage) * (1.0 - beside(outline, landmark, gap.distance))
    })
}

/// "larger than": than every landmark.
fn more_than(subject: &Subject, landmarks: &Landmarks, key: OrderKey, stage: &Stage) -> Option<Grade> {
    let (own, scale) = (value(key, subject.thing, stage)?, scale(key, stage));
    let grades = landmarks.others(subject).map(|(place, landmark)| {
        let more = value(key, landmark.subject.thing, stage).map_or(0.5, |theirs| is_more(own, theirs, scale));
        (place, 1.0 - landmark.weight * (1.0 - more))
    });
    let (place, degree) = grades.min_by(|a, b| a.1.total_cmp(&b.1))?;
    let gap = subject.outline().gap_to(landmarks.get(place).subject.outline());
    Some(Grade { degree, witness: Some(Neighbour { place, gap }) })
}

/// What "nearest" and "farthest" rank by, the greatest first: the gap to the nearest landmark. `None` for a landmark itself.
pub fn rank_value(relation: &Relation, subject: &Subject, landmarks: &Landmarks, stage: &Stage) -> Option<Grade> {
    let nearest = landmarks.nearest(subject, 1, None).first().copied()?;
    let gap = stage.distance_m(nearest.gap.from, nearest.gap.to).unwrap_or(nearest.gap.distance);
    let value = if relation.kind == RelationKind::FarFrom { gap } else { -gap };
    Some(Grade { degree: value, witness: Some(nearest) })
}
