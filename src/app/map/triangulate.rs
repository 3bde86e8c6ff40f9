//! Triangles of a polygon with holes, by clipping ears.
//!
//! Meisters (1975) shows that every polygon has an ear; Eberly, "Triangulation by Ear Clipping" (2002), how holes are
//! joined to the ring around them. Only reflex corners can lie in an ear; they are kept in a grid of buckets, so that rings
//! of many thousand corners stay quick.

use std::collections::HashMap;

use geo::{LineString, Polygon};

use super::buckets::Buckets;

pub(super) type Point = [f64; 2];

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
        chain.separate();
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

    /// Where rings touch at a corner, moves each of their corners there a hair into its own angle (of the two sides of a
    /// corner the one under 180 degrees). These angles do not overlap, so that afterwards nothing touches; and the same
    /// distance from the sides of each keeps an angle that lies within another there. The triangles have the true corners.
    fn separate(&mut self) {
        /// Of the shortest edge.
        const HAIR: f64 = 1e-6;
        let mut places: HashMap<[u64; 2], Vec<usize>> = HashMap::new();
        for (node, point) in self.points.iter().enumerate() {
            // Adding zero makes one of the two zeros.
            places.entry(point.map(|value| (value + 0.0).to_bits())).or_default().push(node);
        }
        let mut moved = Vec::new();
        for nodes in places.into_values().filter(|nodes| nodes.len() > 1) {
            let edges = nodes.iter().map(|node| {
                let at = self.points[*node];
                let edge = |to: usize| {
                    let [x, y] = [0, 1].map(|axis| self.points[to][axis] - at[axis]);
                    (x.hypot(y), [x, y])
                };
                (*node, edge(self.previous[*node]), edge(self.next[*node]))
            });
            let edges: Vec<_> = edges.filter(|(_, before, after)| before.0 > 0.0 && after.0 > 0.0).collect();
            let shortest = edges.iter().map(|(_, before, after)| before.0.min(after.0)).fold(f64::INFINITY, f64::min);
            for (node, before, after) in edges {
                let [u, v] = [before, after].map(|(length, edge)| edge.map(|value| value / length));
                let along = [u[0] + v[0], u[1] + v[1]];
                // |u x v| / |u + v| is the sine of half the angle between the two.
                let (width, sine) = (along[0].hypot(along[1]), (u[0] * v[1] - u[1] * v[0]).abs());
                if width > 1e-9 && sine > 1e-9 {
                    let step = HAIR * shortest / sine;
                    moved.push((node, [0, 1].map(|axis| self.points[node][axis] + along[axis] * step)));
                }
            }
        }
        for (node, point) in moved {
            self.points[node] = point;
        }
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
            left_of_next > 0.0 || left_of_previous > 0.0
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
        let buckets = Buckets::of(&self.points, nodes.iter().copied());
        let mut is_left = vec![true; self.points.len()];
        let mut triangles = Vec::with_capacity(nodes.len() * 3);
        let (mut left, mut node) = (nodes.len(), self.start);
        // How many corners in a row were no ear.
        let mut refused = 0;
        while left > 2 {
            let [before, after] = [self.previous[node], self.next[node]];
            let turn = cross(self.points[before], self.points[node], self.points[after]);
            let is_ear = turn > 0.0 && !self.holds_reflex([before, node, after], &is_left, &buckets);
            // Rounding, or rings that cross: after a whole turn without an ear any corner will do.
            if !is_ear && turn != 0.0 && refused <= left {
                refused += 1;
                node = after;
                continue;
            }
            if turn > 0.0 {
                triangles.extend([before, node, after].map(|node| self.corners[node]));
            }
            self.next[before] = after;
            self.previous[after] = before;
            is_left[node] = false;
            left -= 1;
            refused = 0;
            // The corner after next: ears side by side make slivers.
            node = self.next[after];
        }
        triangles
    }

    /// Whether another part of the chain reaches into an ear.
    fn holds_reflex(&self, ear: [usize; 3], is_left: &[bool], buckets: &Buckets) -> bool {
        let [a, b, c] = ear.map(|node| self.points[node]);
        buckets.any([a, b, c], |node| {
            let point = self.points[node];
            // The two ends of a way there and back lie at one place.
            let is_another = is_left[node] && point != a && point != b && point != c;
            is_another && in_triangle(a, b, c, point) && !self.is_convex(node)
        })
    }
}

#[cfg(test)]
mod tests;
