//! The quick look at a shape: plainly valid, or to be looked at closely.
//!
//! Brush strokes have a thousand corners and are looked at in every frame; `geo`'s own validation compares all edges with
//! all others.

use geo::{Contains, Intersects, Line, LineString, MultiPolygon, Point, Polygon};

/// An edge with the ring it is of and its place there.
struct Edge {
    line: Line<f64>,
    ring: usize,
    place: usize,
}

impl Edge {
    fn span(&self) -> (f64, f64) {
        (self.line.start.x.min(self.line.end.x), self.line.start.x.max(self.line.end.x))
    }
}

/// Whether the shape is valid with room to spare: no two edges touch but neighbours at their common corner, holes lie in
/// their outline and not in each other, polygons apart. `false` says nothing.
pub(super) fn is_plainly_valid(shape: &MultiPolygon<f64>) -> bool {
    let rings = || shape.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    if rings().any(|ring| ring.0.len() < 4) || !edges_are_apart(rings()) {
        return false;
    }
    let filled = |ring: &LineString<f64>| Polygon::new(ring.clone(), vec![]);
    let holds = |outer: &Polygon<f64>, ring: &LineString<f64>| outer.contains(&Point(ring.0[0]));
    let outlines: Vec<Polygon<f64>> = shape.iter().map(|polygon| filled(polygon.exterior())).collect();
    let well_placed = |(polygon, outline): (&Polygon<f64>, &Polygon<f64>)| {
        let holes: Vec<Polygon<f64>> = polygon.interiors().iter().map(filled).collect();
        let apart = |index: usize, hole: &LineString<f64>| {
            holes.iter().enumerate().all(|(other, filled)| other == index || !holds(filled, hole))
        };
        polygon.interiors().iter().enumerate().all(|(index, hole)| holds(outline, hole) && apart(index, hole))
    };
    let apart = |index: usize, polygon: &Polygon<f64>| {
        outlines.iter().enumerate().all(|(other, outline)| other == index || !holds(outline, polygon.exterior()))
    };
    shape.iter().zip(&outlines).all(well_placed)
        && shape.iter().enumerate().all(|(index, polygon)| apart(index, polygon))
}

/// A sweep from left to right: only edges that share some x are compared.
fn edges_are_apart<'r>(rings: impl Iterator<Item = &'r LineString<f64>>) -> bool {
    let mut lengths = Vec::new();
    let mut edges: Vec<Edge> = Vec::new();
    for (ring, line) in rings.enumerate() {
        lengths.push(line.0.len() - 1);
        edges.extend(line.lines().enumerate().map(|(place, line)| Edge { line, ring, place }));
    }
    if edges.iter().any(|edge| edge.line.start == edge.line.end) {
        return false;
    }
    edges.sort_by(|a, b| a.span().0.total_cmp(&b.span().0));
    edges.iter().enumerate().all(|(index, edge)| {
        let end = edge.span().1;
        edges[index + 1..].iter().take_while(|other| other.span().0 <= end).all(|other| {
            let length = lengths[edge.ring];
            let follows = |a: &Edge, b: &Edge| a.ring == b.ring && (a.place + 1) % length == b.place;
            let (before, after) = match (follows(edge, other), follows(other, edge)) {
                (true, _) => (edge, other),
                (_, true) => (other, edge),
                _ => return !edge.line.intersects(&other.line),
            };
            // Neighbours meet at their corner; one must not run back over the other.
            !before.line.intersects(&Point(after.line.end)) && !after.line.intersects(&Point(before.line.start))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Validation, polygon};
    use proptest::prelude::*;

    fn ring(coarse: bool) -> impl Strategy<Value = LineString<f64>> {
        // On a coarse grid edges touch and run over each other all the time.
        let side = if coarse { 4.0 } else { 1000.0 };
        prop::collection::vec(
            (0.0..side, 0.0..side)
                .prop_map(move |(x, y): (f64, f64)| if coarse { (x.floor(), y.floor()) } else { (x, y) }),
            3..7,
        )
        .prop_map(LineString::from)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn what_is_plainly_valid_is_valid(
            rings in any::<bool>().prop_flat_map(|coarse| prop::collection::vec(ring(coarse), 1..4)), holes in 0usize..3,
        ) {
            let (first, rest) = rings.split_first().unwrap();
            let (holes, others) = rest.split_at(holes.min(rest.len()));
            let mut polygons = vec![Polygon::new(first.clone(), holes.to_vec())];
            polygons.extend(others.iter().map(|ring| Polygon::new(ring.clone(), vec![])));
            let shape = MultiPolygon(polygons);
            prop_assert!(!is_plainly_valid(&shape) || shape.is_valid());
        }
    }

    #[test]
    fn plain_shapes_are_seen_as_such_and_others_left_to_the_close_look() {
        let outer = polygon![(x: 0.0, y: 0.0), (x: 9.0, y: 0.0), (x: 9.0, y: 9.0), (x: 0.0, y: 9.0)];
        let inner = LineString::from(vec![(2.0, 2.0), (4.0, 2.0), (2.0, 4.0), (2.0, 2.0)]);
        let far = polygon![(x: 20.0, y: 0.0), (x: 29.0, y: 0.0), (x: 25.0, y: 9.0)];
        let with_hole = Polygon::new(outer.exterior().clone(), vec![inner.clone()]);
        assert!(is_plainly_valid(&MultiPolygon(vec![with_hole, far.clone()])));
        let hole_outside = Polygon::new(far.exterior().clone(), vec![inner]);
        assert!(!is_plainly_valid(&hole_outside.into()));
        let spike = polygon![(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 9.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0)];
        assert!(!is_plainly_valid(&spike.into()));
        assert!(!is_plainly_valid(&MultiPolygon(vec![outer.clone(), outer])));
    }
}
