//! Valid polygons, and how others become valid.

use geo::orient::Direction;
use geo::{Area, BooleanOps, CoordsIter, MultiPolygon, Orient, Polygon, RemoveRepeatedPoints, Validation, unary_union};

use super::plain::is_plainly_valid;

/// Times a shape is mended before it is given up: coordinates are rounded each time, which may bring edges to cross anew.
const ATTEMPTS: usize = 3;

/// Whether a shape is valid and encloses something.
pub fn is_valid(shape: &MultiPolygon<f64>) -> bool {
    shape.unsigned_area() > 0.0 && (is_plainly_valid(shape) || shape.is_valid())
}

/// The shape itself if it is valid, outlines counter-clockwise and holes clockwise. Otherwise what an odd number of turns of each polygon's rings encloses, polygons that
/// overlap joined into one. Empty where nothing is enclosed or a coordinate is not a number.
pub fn mended(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    let nothing = MultiPolygon(vec![]);
    if !shape.coords_iter().all(|coord| coord.x.is_finite() && coord.y.is_finite()) {
        return nothing;
    }
    if is_valid(shape) {
        return shape.orient(Direction::Default);
    }
    let mut shape = shape.clone();
    for _ in 0..ATTEMPTS {
        let even_odd = |polygon: &Polygon<f64>| polygon.union(&MultiPolygon::<f64>(vec![])).0;
        // A union counts turns with their direction, and the rings of `even_odd` do not keep to one.
        let polygons: Vec<Polygon<f64>> =
            shape.iter().flat_map(even_odd).map(|polygon| polygon.orient(Direction::Default)).collect();
        shape = unary_union(&polygons).remove_repeated_points();
        shape.0.retain(|polygon| polygon.unsigned_area() > 0.0 && polygon.is_valid());
        if is_valid(&shape) {
            return shape.orient(Direction::Default);
        }
    }
    nothing
}
