//! Longitudes brought to −180 … 180: polygons across the antimeridian are cut there, as RFC 7946 (3.1.9) asks.

use geo::{BooleanOps, BoundingRect, Coord, LineString, MultiPolygon, Polygon, Rect};

/// Vertices this near the antimeridian are on it: the cut is made in steps of 2⁻³⁰ of the polygon's width.
const ON_IT: f64 = 1e-6;

/// The same shape with every longitude in −180 … 180. Rings go from vertex to vertex the short way around; exteriors are
/// counter-clockwise as seen from above, so that a ring around a pole encloses the one at its left.
pub(super) fn cut(shape: MultiPolygon<f64>) -> MultiPolygon<f64> {
    let cut = |polygon: Polygon<f64>| {
        let rings = || std::iter::once(polygon.exterior()).chain(polygon.interiors());
        if rings().all(stays_within) {
            return vec![polygon];
        }
        let shell = region(polygon.exterior(), false);
        polygon.interiors().iter().fold(shell, |rest, hole| rest.difference(&region(hole, true))).0
    };
    MultiPolygon(shape.into_iter().flat_map(cut).collect())
}

fn stays_within(ring: &LineString<f64>) -> bool {
    ring.0.iter().all(|coord| coord.x.abs() <= 180.0)
        && ring.lines().all(|line| (line.end.x - line.start.x).abs() <= 180.0)
}

/// What a ring encloses, in pieces between −180 and 180.
fn region(ring: &LineString<f64>, clockwise: bool) -> MultiPolygon<f64> {
    let mut path: Vec<Coord<f64>> = ring.0.clone();
    if clockwise {
        path.reverse();
    }
    for place in 1..path.len() {
        let (before, at) = (path[place - 1].x, path[place].x);
        path[place].x = at - 360.0 * ((at - before) / 360.0).round();
    }
    if let (Some(&first), Some(&last)) = (path.first(), path.last())
        && (last.x - first.x).abs() > 180.0
    {
        let pole = if last.x > first.x { 90.0 } else { -90.0 };
        path.extend([Coord { x: last.x, y: pole }, Coord { x: first.x, y: pole }, first]);
    }
    let polygon = Polygon::new(LineString::new(path), vec![]);
    let Some(bounds) = polygon.bounding_rect() else { return MultiPolygon(vec![]) };
    let turns = |x: f64| ((x + 180.0) / 360.0).floor() as i32;
    let mut pieces = Vec::new();
    for turn in turns(bounds.min().x)..=turns(bounds.max().x) {
        let shift = f64::from(turn) * 360.0;
        // No wider than the polygon, or the cut would be as coarse as the Earth.
        let (west, east) = ((shift - 180.0).max(bounds.min().x), (shift + 180.0).min(bounds.max().x));
        if west < east {
            let strip = Rect::new((west, bounds.min().y - 1.0), (east, bounds.max().y + 1.0)).to_polygon();
            pieces.extend(polygon.intersection(&strip).0.into_iter().map(|piece| moved(piece, -shift)));
        }
    }
    MultiPolygon(pieces)
}

fn moved(polygon: Polygon<f64>, shift: f64) -> Polygon<f64> {
    use geo::MapCoords;
    polygon.map_coords(|Coord { x, y }| {
        let x = x + shift;
        let x = if (x.abs() - 180.0).abs() < ON_IT { 180f64.copysign(x) } else { x };
        Coord { x, y: y.clamp(-90.0, 90.0) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, polygon};

    fn bounds(shape: &MultiPolygon<f64>) -> (f64, f64) {
        let bounds = shape.bounding_rect().unwrap();
        (bounds.min().x, bounds.max().x)
    }

    #[test]
    fn a_polygon_elsewhere_stays_as_it_is() {
        let shape = MultiPolygon(vec![polygon![(x: -180., y: 0.), (x: -170., y: 0.), (x: -170., y: 5.)]]);
        assert_eq!(cut(shape.clone()), shape);
    }

    #[test]
    fn both_ways_of_writing_a_polygon_across_it_give_the_same_two_halves() {
        let hole = LineString::from(vec![(179.5, 1.), (179.5, 2.), (180.5, 2.), (180.5, 1.), (179.5, 1.)]);
        let beyond = polygon![(x: 179., y: 0.), (x: 181., y: 0.), (x: 181., y: 3.), (x: 179., y: 3.)];
        let beyond = Polygon::new(beyond.exterior().clone(), vec![hole]);
        let wrap = |ring: &LineString<f64>| -> LineString<f64> {
            ring.0.iter().map(|c| Coord { x: if c.x > 180.0 { c.x - 360.0 } else { c.x }, y: c.y }).collect()
        };
        let jumping = Polygon::new(wrap(beyond.exterior()), vec![wrap(&beyond.interiors()[0])]);
        for polygon in [beyond, jumping] {
            let shape = cut(MultiPolygon(vec![polygon]));
            assert_eq!((shape.0.len(), bounds(&shape)), (2, (-180.0, 180.0)));
            assert!((shape.unsigned_area() - 5.0).abs() < 1e-5, "{}", shape.unsigned_area());
            assert!(shape.0.iter().all(|half| half.interiors().is_empty()), "the hole is cut open");
        }
    }

    #[test]
    fn a_ring_around_a_pole_reaches_it() {
        let east = |latitude: f64| polygon![(x: 0., y: latitude), (x: 90., y: latitude), (x: 180., y: latitude), (x: -90., y: latitude)];
        let north = cut(MultiPolygon(vec![east(80.0)]));
        assert!((north.unsigned_area() - 3_600.0).abs() < 1e-2, "{}", north.unsigned_area());
        let mut west = east(-80.0).exterior().clone();
        west.0.reverse();
        let south = cut(MultiPolygon(vec![Polygon::new(west, vec![])]));
        assert!((south.unsigned_area() - 3_600.0).abs() < 1e-2);
        assert_eq!((bounds(&south), south.bounding_rect().unwrap().min().y), ((-180.0, 180.0), -90.0));
    }
}
