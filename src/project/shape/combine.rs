//! Shapes of several shapes: what is in any, in both, in one but not the other.

use geo::{BooleanOps, MultiPolygon, Polygon, unary_union};

use super::mend::mended;
use crate::vector;

/// What is in any of the shapes, as one.
pub fn joined<'s>(shapes: impl IntoIterator<Item = &'s MultiPolygon<f64>>) -> MultiPolygon<f64> {
    // A union counts turns with their direction: shapes that turn the other way would be taken away.
    let shapes: Vec<MultiPolygon<f64>> = shapes.into_iter().map(mended).collect();
    mended(&unary_union(&shapes))
}

/// What is in `shape` and not in `eraser`. An eraser inside the shape makes a hole.
pub fn erased(shape: &MultiPolygon<f64>, eraser: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    mended(&shape.difference(eraser))
}

/// What is in both.
pub fn clipped(shape: &MultiPolygon<f64>, frame: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    mended(&shape.intersection(frame))
}

/// The shape without its holes.
pub fn holes_filled(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    let filled: Vec<Polygon<f64>> =
        shape.iter().map(|polygon| Polygon::new(polygon.exterior().clone(), vec![])).collect();
    // A polygon may lie in the hole of another.
    joined(&[MultiPolygon(filled)])
}

/// The shape with fewer vertices, none of them farther than `tolerance` from the outline that remains:
/// [`vector::simplify`].
pub fn simplified(shape: &MultiPolygon<f64>, tolerance: f64) -> MultiPolygon<f64> {
    mended(&MultiPolygon(vector::simplify(&shape.0, tolerance)))
}
