//! The pixels inside a polygon, row by row.

use std::ops::Range;

use geo::{BoundingRect, Polygon};

/// Calls `visit(y, columns)` for every run of pixels whose centres lie inside `polygon`, in lattice coordinates where the
/// pixel `(x, y)` has its centre at `(x + 0.5, y + 0.5)`. Holes are left out; rows come from the top down.
///
/// A pixel whose centre lies on an edge belongs to the side right of or below it, so that polygons that share an edge
/// share no pixel.
pub fn runs(polygon: &Polygon<f64>, mut visit: impl FnMut(i64, Range<i64>)) {
    let Some(bounds) = polygon.bounding_rect() else { return };
    // Each edge is kept from the first row it crosses to its last, so that a row looks at its own edges only.
    let mut edges: Vec<(i64, i64, [f64; 4])> = std::iter::once(polygon.exterior())
        .chain(polygon.interiors())
        .flat_map(|ring| ring.lines())
        .filter(|line| line.start.y != line.end.y)
        .map(|line| {
            let (low, high) = (line.start.y.min(line.end.y), line.start.y.max(line.end.y));
            // Row y is crossed when low <= y + 0.5 < high.
            let (first, end) = ((low - 0.5).ceil() as i64, (high - 0.5).ceil() as i64);
            (first, end, [line.start.x, line.start.y, line.end.x, line.end.y])
        })
        .filter(|(first, end, _)| first < end)
        .collect();
    edges.sort_by_key(|(first, ..)| *first);
    let (mut waiting, mut active) = (edges.into_iter().peekable(), Vec::new());
    let mut crossings = Vec::new();
    for y in (bounds.min().y - 0.5).ceil() as i64..(bounds.max().y - 0.5).ceil() as i64 {
        active.retain(|(_, end, _): &(i64, i64, [f64; 4])| *end > y);
        while let Some(edge) = waiting.next_if(|(first, ..)| *first <= y) {
            active.push(edge);
        }
        let centre = y as f64 + 0.5;
        crossings.clear();
        crossings.extend(active.iter().map(|(.., [x0, y0, x1, y1])| x0 + (centre - y0) / (y1 - y0) * (x1 - x0)));
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let columns = (pair[0] - 0.5).ceil() as i64..(pair[1] - 0.5).ceil() as i64;
            if !columns.is_empty() {
                visit(y, columns);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, Contains, Point, polygon};
    use proptest::prelude::*;

    fn pixels(shape: &Polygon<f64>) -> Vec<(i64, i64)> {
        let mut found = Vec::new();
        runs(shape, |y, columns| found.extend(columns.map(|x| (x, y))));
        found
    }

    #[test]
    fn a_square_of_whole_pixels_holds_its_area() {
        let square = polygon![(x: 2.0, y: 3.0), (x: 6.0, y: 3.0), (x: 6.0, y: 5.0), (x: 2.0, y: 5.0)];
        assert_eq!(pixels(&square).len() as f64, square.unsigned_area());
    }

    #[test]
    fn a_hole_is_left_out() {
        let hole = polygon![(x: 1.0, y: 1.0), (x: 3.0, y: 1.0), (x: 3.0, y: 3.0), (x: 1.0, y: 3.0)];
        let outer = polygon![(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)];
        let ring = Polygon::new(outer.exterior().clone(), vec![hole.exterior().clone()]);
        assert_eq!(pixels(&ring).len(), 12);
    }

    proptest! {
        #[test]
        fn exactly_the_pixels_with_their_centre_inside_are_visited(corners in prop::collection::vec((0.0..20.0, 0.0..20.0), 3)) {
            let shape = Polygon::new(corners.into(), vec![]);
            let found = pixels(&shape);
            for y in -1..21 {
                for x in -1..21 {
                    let inside = shape.contains(&Point::new(x as f64 + 0.5, y as f64 + 0.5));
                    prop_assert_eq!(found.contains(&(x, y)), inside);
                }
            }
        }
    }
}
