//! Changes by hand to the objects of an answer: done once, and done again when the objects are drawn anew.

use geo::algorithm::bool_ops::unary_union;
use geo::{Area, BooleanOps, BoundingRect, Intersects, Polygon};

use super::query_layer::ObjectEdit;
use crate::error::Result;
use crate::query::{Answer, Found, Instance};
use crate::raster::Georeference;

/// Share of an object's area that must lie inside a changed outline for the change to mean it.
const MOSTLY: f64 = 0.5;

/// The objects after all changes.
///
/// # Errors
/// When a merged outline has no place on Earth.
pub fn edited(mut found: Vec<Found>, edits: &[ObjectEdit], georeference: &Georeference) -> Result<Vec<Found>> {
    for edit in edits {
        match edit {
            ObjectEdit::Removed(outline) => found.retain(|object| !mostly_inside(outline, &object.outline)),
            ObjectEdit::Merged(outline) => {
                let (parts, mut rest): (Vec<Found>, Vec<Found>) =
                    found.into_iter().partition(|object| mostly_inside(outline, &object.outline));
                match merged(&parts, georeference)? {
                    Some(one) if parts.len() > 1 => rest.push(one),
                    _ => rest.extend(parts),
                }
                found = rest;
            }
        }
    }
    Ok(found)
}

/// Several objects as one; `None` where they do not touch.
///
/// # Errors
/// When the outline has no place on Earth.
pub fn merged(parts: &[Found], georeference: &Georeference) -> Result<Option<Found>> {
    let Some(first) = parts.first() else { return Ok(None) };
    let mut union = unary_union(parts.iter().map(|part| &part.instance.outline)).0;
    let (Some(outline), true) = (union.pop(), union.is_empty()) else { return Ok(None) };
    let areas: Vec<f64> = parts.iter().map(|part| part.instance.outline.unsigned_area()).collect();
    let total: f64 = areas.iter().sum();
    let weighted: f64 = parts.iter().zip(&areas).map(|(part, area)| f64::from(part.instance.score) * area).sum();
    let score = if total > 0.0 { (weighted / total) as f32 } else { first.instance.score };
    let evidence = match first.instance.evidence.as_str() {
        "" => format!("merged by hand from {}", parts.len()),
        said => format!("{said}; merged by hand from {}", parts.len()),
    };
    let instance = Instance { outline, score, evidence, ..first.instance.clone() };
    Ok(Answer::measure(vec![instance], georeference)?.pop())
}

/// Whether more than half of `inner` lies inside `outer`.
fn mostly_inside(outer: &Polygon<f64>, inner: &Polygon<f64>) -> bool {
    let (Some(a), Some(b)) = (outer.bounding_rect(), inner.bounding_rect()) else { return false };
    a.intersects(&b) && outer.intersection(inner).unsigned_area() > MOSTLY * inner.unsigned_area()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Rect, coord};

    fn square(left: f64, side: f64) -> Polygon<f64> {
        Rect::new(coord! { x: left, y: 0.0 }, coord! { x: left + side, y: side }).to_polygon()
    }

    fn objects(lefts: &[f64]) -> Vec<Found> {
        let instance = |left: &f64| Instance {
            outline: square(*left, 10.0),
            score: 0.5,
            gsd_m: None,
            class: "tank".into(),
            evidence: String::new(),
            bearing: None,
        };
        Answer::measure(lefts.iter().map(instance).collect(), &Georeference::default()).unwrap()
    }

    #[test]
    fn what_was_removed_stays_removed_when_its_outline_changes_a_little() {
        let edits = [ObjectEdit::Removed(square(0.5, 9.0))];
        let left = edited(objects(&[0.0, 50.0]), &edits, &Georeference::default()).unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].measure.centroid, [55.0, 5.0]);
    }

    #[test]
    fn touching_objects_become_one_and_others_do_not() {
        let one = merged(&objects(&[0.0, 10.0]), &Georeference::default()).unwrap().unwrap();
        assert_eq!(one.instance.outline.unsigned_area(), 200.0);
        assert!(merged(&objects(&[0.0, 30.0]), &Georeference::default()).unwrap().is_none());
    }
}
