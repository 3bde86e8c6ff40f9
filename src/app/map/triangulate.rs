//! Triangles of a polygon with holes, by clipping ears.
//!
//! Meisters (1975) shows that every polygon has an ear; Eberly, "Triangulation by Ear Clipping" (2002), how holes are
//! joined to the ring around them. Only reflex corners can lie in an ear; they are kept in a grid of buckets, so that rings
//! of many thousand corners stay quick.

use geo::{LineString, Polygon};

type Point = [f64; 2];

/// Indices into the corners of `rings` laid one after the other (each ring without its closing corner), three for each
/// triangle. The rings may turn either way; whatever they are, this ends.
pub(super) fn triangulate(rings: &[Vec<Point>]) -> Vec<u32> {
    let Some(chain) = Chain::of(rings) else { return Vec::new() };
    chain.clip()
}

/// The rings of a polygon, outer first, without closing corners, each corner as its distance from `origin`. Rings of less
/// than three corners are left out; empty where the outer one is.
pub(super) fn rings(polygon: &Polygon<f64>, origin: Point) -> Vec<Vec<Point>> {
    let corners = |ring: &LineString<f64>| {
        let mut corners: Vec<Point> = ring.coords().map(|c| [c.x - origin[0], c.y - origin[1]]).collect();
        corners.dedup();
        while corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        corners
    };
    let outer = corners(polygon.exterior());
    let is_ring = |ring: &Vec<Point>| ring.len() >= 3 && ring.iter().flatten().all(|value| value.is_finite());
    if !is_ring(&outer) {
        return Vec::new();
    }
    let holes = polygon.interiors().iter().map(corners).filter(is_ring);
    std::iter::once(outer).chain(holes).collect()
}

/// A closed chain of corners. A corner where a hole was joined is there twice.
struct Chain {
    points: Vec<Point>,
    /// The corner of the rings.
    corners: Vec<u32>,
    next: Vec<usize>,
    previous: Vec<usize>,
    /// A corner of the outer ring, once holes are joined of the whole.
    start: usize,
}

/// Twice the signed area of a triangle; above 0 where it turns left.
fn cross(a: Point, b: Point, c: Point) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

fn in_triangle(a: Point, b: Point, c: Point, at: Point) -> bool {
    cross(a, b, at) >= 0.0 && cross(b, c, at) >= 0.0 && cross(c, a, at) >= 0.0
}

fn signed_area(ring: &[Point]) -> f64 {
    let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
    pairs.map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0
}

impl Chain {
    /// The outer ring turning left, and each hole, turning right, joined to it.
    fn of(rings: &[Vec<Point>]) -> Option<Self> {
        let mut chain =
            Self { points: Vec::new(), corners: Vec::new(), next: Vec::new(), previous: Vec::new(), start: 0 };
        let mut first_corner = 0;
        let mut holes = Vec::new();
        for (index, ring) in rings.iter().enumerate() {
            if ring.len() >= 3 {
                let node = chain.link(ring, first_corner, index == 0);
                if index > 0 {
                    holes.push(chain.leftmost(node));
                }
            } else if index == 0 {
                return None;
            }
            first_corner += ring.len() as u32;
        }
        if chain.points.is_empty() {
            return None;
        }
        let points = chain.points.clone();
        holes.sort_by(|a, b| points[*a][0].total_cmp(&points[*b][0]).then(points[*a][1].total_cmp(&points[*b][1])));
        for hole in holes {
            if let Some(bridge) = chain.bridge(hole) {
                chain.join(bridge, hole);
            }
        }
        Some(chain)
    }

    fn link(&mut self, ring: &[Point], first_corner: u32, left: bool) -> usize {
        let first = self.points.len();
        let count = ring.len();
        let is_left = signed_area(ring) > 0.0;
        for i in 0..count {
            let from = if is_left == left { i } else { count - 1 - i };
            self.points.push(ring[from]);
            self.corners.push(first_corner + from as u32);
            self.next.push(first + (i + 1) % count);
            self.previous.push(first + (i + count - 1) % count);
        }
        first
    }

    /// The nodes of a chain from one of them on, once around.
    fn around(&self, start: usize) -> impl Iterator<Item = usize> + '_ {
        let mut node = Some(start);
        std::iter::from_fn(move || {
            let this = node?;
            node = Some(self.next[this]).filter(|next| *next != start);
            Some(this)
        })
    }

    fn leftmost(&self, start: usize) -> usize {
        let order = |a: &usize, b: &usize| {
            let (a, b) = (self.points[*a], self.points[*b]);
            a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]))
        };
        self.around(start).min_by(order).unwrap_or(start)
    }

    /// The corner of the outer chain that a hole's leftmost corner sees.
    fn bridge(&self, hole: usize) -> Option<usize> {
        let [x, y] = self.points[hole];
        let mut nearest = f64::NEG_INFINITY;
        let mut candidate = None;
        for node in self.around(self.start) {
            let (a, b) = (self.points[node], self.points[self.next[node]]);
            if a == [x, y] && self.is_inside_at(node, [x, y]) {
                return Some(node);
            }
            if a[1] == b[1] || y < a[1].min(b[1]) || y > a[1].max(b[1]) {
                continue;
            }
            let crossing = a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1]);
            if crossing <= x && crossing > nearest {
                nearest = crossing;
                candidate = Some(if a[0] < b[0] { node } else { self.next[node] });
            }
        }
        let mut best = candidate?;
        // A corner inside of the triangle between the hole, the crossing and the candidate stands in the way: the one with
        // the smallest angle is seen.
        let end = self.points[best];
        let triangle = if y < end[1] { [[x, y], end, [nearest, y]] } else { [[nearest, y], end, [x, y]] };
        let triangle = if cross(triangle[0], triangle[1], triangle[2]) >= 0.0 {
            triangle
        } else {
            [triangle[2], triangle[1], triangle[0]]
        };
        let mut smallest = f64::INFINITY;
        for node in self.around(self.start) {
            let point = self.points[node];
            let is_between = point[0] <= x && point[0] >= end[0] && point[0] != x;
            if !is_between || !in_triangle(triangle[0], triangle[1], triangle[2], point) {
                continue;
            }
            let slope = (y - point[1]).abs() / (x - point[0]);
            let is_better = slope < smallest || slope == smallest && point[0] > self.points[best][0];
            if is_better && self.is_inside_at(node, [x, y]) {
                (best, smallest) = (node, slope);
            }
        }
        Some(best)
    }

    /// Whether the way from a corner to a point begins inside of the polygon.
    fn is_inside_at(&self, node: usize, to: Point) -> bool {
        let (before, at, after) = (self.points[self.previous[node]], self.points[node], self.points[self.next[node]]);
        let (left_of_next, left_of_previous) = (cross(at, after, to), cross(before, at, to));
        if cross(before, at, after) > 0.0 {
            left_of_next >= 0.0 && left_of_previous >= 0.0
        } else {
            left_of_next > 0.0 || left_of_previous > 0.0 || to == at
        }
    }

    /// Joins two chains by a way there and back.
    fn join(&mut self, outer: usize, hole: usize) {
        let copy = |chain: &mut Self, node: usize| {
            chain.points.push(chain.points[node]);
            chain.corners.push(chain.corners[node]);
            chain.next.push(0);
            chain.previous.push(0);
            chain.points.len() - 1
        };
        let (outer_again, hole_again) = (copy(self, outer), copy(self, hole));
        let (after_outer, before_hole) = (self.next[outer], self.previous[hole]);
        for (from, to) in
            [(outer, hole), (before_hole, hole_again), (hole_again, outer_again), (outer_again, after_outer)]
        {
            self.next[from] = to;
            self.previous[to] = from;
        }
    }

    fn is_convex(&self, node: usize) -> bool {
        cross(self.points[self.previous[node]], self.points[node], self.points[self.next[node]]) > 0.0
    }

    fn clip(mut self) -> Vec<u32> {
        let nodes: Vec<usize> = self.around(self.start).collect();
        let mut reflex = vec![false; self.points.len()];
        for &node in &nodes {
            reflex[node] = !self.is_convex(node);
        }
        let buckets = Buckets::of(&self.points, nodes.iter().copied().filter(|node| reflex[*node]));
        let mut triangles = Vec::with_capacity(nodes.len() * 3);
        let (mut left, mut node) = (nodes.len(), self.start);
        // How many corners in a row were no ear.
        let mut refused = 0;
        while left > 2 {
            let [before, after] = [self.previous[node], self.next[node]];
            let turn = cross(self.points[before], self.points[node], self.points[after]);
            let is_flat = turn == 0.0;
            let is_ear = turn > 0.0 && !self.holds_reflex([before, node, after], &reflex, &buckets);
            // Rounding, or rings that cross: after a whole turn without an ear any corner will do.
            let is_forced = refused > left;
            if !(is_flat || is_ear || is_forced) {
                refused += 1;
                node = after;
                continue;
            }
            if is_ear || is_forced && turn > 0.0 {
                triangles.extend([before, node, after].map(|node| self.corners[node]));
            }
            self.next[before] = after;
            self.previous[after] = before;
            reflex[node] = false;
            for neighbour in [before, after] {
                reflex[neighbour] = reflex[neighbour] && !self.is_convex(neighbour);
            }
            left -= 1;
            refused = 0;
            // The corner after next: ears side by side make slivers.
            node = self.next[after];
        }
        triangles
    }

    fn holds_reflex(&self, ear: [usize; 3], reflex: &[bool], buckets: &Buckets) -> bool {
        let [a, b, c] = ear.map(|node| self.points[node]);
        buckets.any([a, b, c], |node| {
            let point = self.points[node];
            reflex[node] && point != a && point != b && point != c && in_triangle(a, b, c, point)
        })
    }
}

/// Nodes by place.
struct Buckets {
    min: Point,
    cell: f64,
    columns: usize,
    rows: usize,
    /// Where the nodes of a cell begin in `nodes`.
    starts: Vec<u32>,
    nodes: Vec<u32>,
}

impl Buckets {
    fn of(points: &[Point], nodes: impl Iterator<Item = usize> + Clone) -> Self {
        let count = nodes.clone().count();
        let far = |point: Point, by: fn(f64, f64) -> f64, from: Point| [by(point[0], from[0]), by(point[1], from[1])];
        let min = nodes.clone().fold([f64::INFINITY; 2], |min, node| far(points[node], f64::min, min));
        let max = nodes.clone().fold([f64::NEG_INFINITY; 2], |max, node| far(points[node], f64::max, max));
        let size = [0, 1].map(|axis| (max[axis] - min[axis]).max(0.0));
        // About one node a cell.
        let cell = (size[0] * size[1] / count.max(1) as f64).sqrt().max(size[0].max(size[1]) / 4096.0);
        let cell = if cell > 0.0 && cell.is_finite() { cell } else { 1.0 };
        let cells = |length: f64| (length / cell) as usize + 1;
        let (columns, rows) = if count == 0 { (1, 1) } else { (cells(size[0]), cells(size[1])) };
        let mut buckets = Self { min, cell, columns, rows, starts: vec![0; columns * rows + 1], nodes: vec![0; count] };
        for node in nodes.clone() {
            let at = buckets.cell_of(points[node]);
            buckets.starts[at + 1] += 1;
        }
        for at in 0..columns * rows {
            buckets.starts[at + 1] += buckets.starts[at];
        }
        let mut filled = buckets.starts.clone();
        for node in nodes {
            let at = buckets.cell_of(points[node]);
            buckets.nodes[filled[at] as usize] = node as u32;
            filled[at] += 1;
        }
        buckets
    }

    fn index(&self, value: f64, axis: usize) -> usize {
        // A negative number, or none, becomes 0.
        let last = [self.columns, self.rows][axis] - 1;
        (((value - self.min[axis]) / self.cell) as usize).min(last)
    }

    fn cell_of(&self, point: Point) -> usize {
        self.index(point[1], 1) * self.columns + self.index(point[0], 0)
    }

    fn any(&self, triangle: [Point; 3], mut found: impl FnMut(usize) -> bool) -> bool {
        if self.nodes.is_empty() {
            return false;
        }
        let range = |axis: usize| {
            let values = triangle.map(|point| point[axis]);
            let low = values.into_iter().fold(f64::INFINITY, f64::min);
            let high = values.into_iter().fold(f64::NEG_INFINITY, f64::max);
            self.index(low, axis)..=self.index(high, axis)
        };
        let columns = range(0);
        range(1).any(|row| {
            let first = self.starts[row * self.columns + columns.start()] as usize;
            let last = self.starts[row * self.columns + columns.end() + 1] as usize;
            self.nodes[first..last].iter().any(|node| found(*node as usize))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Area;
    use proptest::prelude::*;

    fn area_of(rings: &[Vec<Point>], triangles: &[u32]) -> f64 {
        let corners: Vec<Point> = rings.iter().flatten().copied().collect();
        let corner = |index: u32| corners[index as usize];
        triangles.chunks_exact(3).map(|t| cross(corner(t[0]), corner(t[1]), corner(t[2])) / 2.0).sum()
    }

    fn checked(polygon: &Polygon<f64>) {
        let rings = rings(polygon, [0.0; 2]);
        let triangles = triangulate(&rings);
        let (found, expected) = (area_of(&rings, &triangles), polygon.unsigned_area());
        assert!((found - expected).abs() <= 1e-9 * expected.max(1e-12), "{found} is not {expected}");
    }

    fn ring(points: &[(f64, f64)]) -> LineString<f64> {
        LineString::from(points.to_vec())
    }

    #[test]
    fn a_square_with_two_holes_keeps_them() {
        let outer = ring(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]);
        let holes = vec![
            ring(&[(2.0, 2.0), (4.0, 2.0), (4.0, 4.0), (2.0, 4.0)]),
            ring(&[(6.0, 2.0), (6.0, 8.0), (8.0, 8.0), (8.0, 2.0)]),
        ];
        checked(&Polygon::new(outer, holes));
    }

    #[test]
    fn a_hole_that_touches_the_outer_ring_or_another_hole_is_kept() {
        let outer = ring(&[(0.0, 0.0), (8.0, 0.0), (8.0, 8.0), (0.0, 8.0)]);
        let touching = ring(&[(0.0, 4.0), (2.0, 2.0), (4.0, 4.0), (2.0, 6.0)]);
        let other = ring(&[(4.0, 4.0), (6.0, 3.0), (6.0, 5.0)]);
        checked(&Polygon::new(outer, vec![touching, other]));
    }

    #[test]
    fn a_comb_is_cut_into_its_teeth() {
        let mut points = vec![(0.0, 0.0)];
        for i in 0..40 {
            let x = f64::from(i);
            points.extend([(x, 5.0), (x + 0.4, 5.0), (x + 0.5, 1.0), (x + 0.9, 1.0)]);
        }
        points.push((40.0, 0.0));
        checked(&Polygon::new(ring(&points), Vec::new()));
    }

    #[test]
    fn nothing_comes_of_what_is_no_ring() {
        for points in
            [vec![], vec![(1.0, 1.0)], vec![(0.0, 0.0), (1.0, 1.0)], vec![(0.0, 0.0), (f64::NAN, 1.0), (2.0, 0.0)]]
        {
            let polygon = Polygon::new(ring(&points), Vec::new());
            assert!(triangulate(&rings(&polygon, [0.0; 2])).is_empty());
        }
        let flat = Polygon::new(ring(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)]), Vec::new());
        assert!(triangulate(&rings(&flat, [0.0; 2])).is_empty());
    }

    #[test]
    fn forty_thousand_corners_take_less_than_a_second() {
        let corner = |i: u32| {
            let angle = f64::from(i) / 40_000.0 * std::f64::consts::TAU;
            let radius = if i % 2 == 0 { 10.0 } else { 9.5 };
            (radius * angle.cos(), radius * angle.sin())
        };
        let polygon = Polygon::new(LineString::from((0..40_000).map(corner).collect::<Vec<_>>()), Vec::new());
        let start = std::time::Instant::now();
        checked(&polygon);
        assert!(start.elapsed().as_secs_f64() < 1.0, "{:?}", start.elapsed());
    }

    prop_compose! {
        /// A star around the origin and smaller stars as holes within it, none touching another.
        fn star()(
            radii in prop::collection::vec(4.0..9.0f64, 5..60),
            holes in prop::collection::vec((prop::collection::vec(0.1..0.9f64, 3..12), any::<bool>()), 0..4),
        ) -> Polygon<f64> {
            let around = |radii: &[f64], center: (f64, f64)| {
                let count = radii.len() as f64;
                let corner = |(i, radius): (usize, &f64)| {
                    let angle = i as f64 / count * std::f64::consts::TAU;
                    (center.0 + radius * angle.cos(), center.1 + radius * angle.sin())
                };
                radii.iter().enumerate().map(corner).collect::<Vec<_>>()
            };
            let centers = [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)];
            let holes = holes.iter().zip(centers).map(|((radii, turned), center)| {
                let mut points = around(radii, center);
                if *turned {
                    points.reverse();
                }
                LineString::from(points)
            });
            Polygon::new(LineString::from(around(&radii, (0.0, 0.0))), holes.collect())
        }
    }

    proptest! {
        #[test]
        fn triangles_cover_the_polygon_and_no_more(polygon in star()) {
            checked(&polygon);
        }

        #[test]
        fn any_corners_whatever_come_to_an_end(points in prop::collection::vec((-4i8..4, -4i8..4), 0..40)) {
            let points: Vec<(f64, f64)> = points.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect();
            let (outer, hole) = points.split_at(points.len() * 2 / 3);
            let polygon = Polygon::new(ring(outer), vec![ring(hole)]);
            let rings = rings(&polygon, [0.0; 2]);
            let corners = rings.iter().map(Vec::len).sum::<usize>() as u32;
            prop_assert!(triangulate(&rings).iter().all(|index| *index < corners));
        }
    }
}
