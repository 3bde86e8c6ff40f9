//! One outline and what is measured of it: bounds, gap to another, share inside another.

use std::sync::OnceLock;

use geo::{Area, BooleanOps, Centroid, Coord, Intersects, Line, LineString, Polygon, Rect, coord};
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use crate::query::relate::form::Form;

/// Pairs of edges up to which trying all is faster than an index.
const FEW_PAIRS: usize = 2048;

/// Edges beyond which a polygon is cut to the other's bounds before their overlap is computed.
const FEW_EDGES: usize = 64;

/// A polygon with its measures, in units of the plane.
pub struct Outline {
    polygon: Polygon<f64>,
    /// The polygon without its holes: what stands in a hole of a road's mask stands on the road.
    filled: Polygon<f64>,
    bounds: Rect<f64>,
    centroid: Coord<f64>,
    area: f64,
    edges: Vec<Edge>,
    index: OnceLock<RTree<Edge>>,
    form: OnceLock<Form>,
}

/// The shortest way between two outlines; of no length where they touch or overlap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Length, in units of the plane.
    pub distance: f64,
    /// Its end on the first outline.
    pub from: Coord<f64>,
    /// Its end on the second outline.
    pub to: Coord<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Edge(Line<f64>);

impl Outline {
    /// Measures a polygon. `None` if it has no point or a coordinate is not finite.
    pub fn new(polygon: &Polygon<f64>) -> Option<Self> {
        let points = || std::iter::once(polygon.exterior()).chain(polygon.interiors()).flat_map(|ring| &ring.0);
        if points().any(|point| !point.x.is_finite() || !point.y.is_finite()) {
            return None;
        }
        let centroid: Coord<f64> = polygon.centroid()?.into();
        let bounds = super::stage::bounds_of(polygon.exterior().0.iter().copied());
        let lines = std::iter::once(polygon.exterior()).chain(polygon.interiors()).flat_map(LineString::lines);
        Some(Self {
            filled: Polygon::new(polygon.exterior().clone(), Vec::new()),
            area: polygon.unsigned_area(),
            edges: lines.map(Edge).collect(),
            polygon: polygon.clone(),
            bounds,
            centroid,
            index: OnceLock::new(),
            form: OnceLock::new(),
        })
    }

    /// The polygon itself.
    pub fn polygon(&self) -> &Polygon<f64> {
        &self.polygon
    }

    /// The smallest upright rectangle around it.
    pub fn bounds(&self) -> Rect<f64> {
        self.bounds
    }

    /// Its centre of mass.
    pub fn centroid(&self) -> Coord<f64> {
        self.centroid
    }

    /// Area in square units.
    pub fn area(&self) -> f64 {
        self.area
    }

    /// Side of the square of the same area: the size near and far are measured by.
    pub fn size(&self) -> f64 {
        self.area.sqrt()
    }

    /// Length, width, roundness and the like, measured when first asked for.
    pub fn form(&self) -> &Form {
        self.form.get_or_init(|| Form::of(&self.polygon))
    }

    /// How far the farthest corner of the bounds is from the centroid.
    pub fn radius(&self) -> f64 {
        let (min, max) = (self.bounds.min(), self.bounds.max());
        let reach = |low: f64, high: f64, at: f64| (at - low).max(high - at);
        reach(min.x, max.x, self.centroid.x).hypot(reach(min.y, max.y, self.centroid.y))
    }

    /// Whether a point is inside or on the boundary; holes are outside.
    pub fn covers(&self, point: Coord<f64>) -> bool {
        within(self.bounds, point) && self.polygon.intersects(&point)
    }

    /// The shortest way to another outline.
    pub fn gap_to(&self, other: &Self) -> Gap {
        if bounds_distance(self.bounds, other.bounds) == 0.0 {
            let touching = |inner: &Self, outer: &Self| {
                inner.polygon.exterior().0.first().copied().filter(|point| outer.covers(*point))
            };
            if let Some(point) = touching(self, other).or_else(|| touching(other, self)) {
                return Gap { distance: 0.0, from: point, to: point };
            }
        }
        if self.edges.len() * other.edges.len() <= FEW_PAIRS {
            return closest(self.edges.iter().flat_map(|edge| other.edges.iter().map(|theirs| edge.gap_to(theirs))));
        }
        if self.edges.len() > other.edges.len() {
            return other.gap_to_indexed(self).turned();
        }
        self.gap_to_indexed(other)
    }

    /// [`Outline::gap_to`] by the other's index: for each edge here, theirs in order of distance from its midpoint, until even
    /// the nearest of the rest is farther than the best gap.
    fn gap_to_indexed(&self, other: &Self) -> Gap {
        let index = other.index.get_or_init(|| RTree::bulk_load(other.edges.clone()));
        let mut best = closest(std::iter::empty());
        for edge in &self.edges {
            let middle = (edge.0.start + edge.0.end) / 2.0;
            let half = length(edge.0.delta()) / 2.0;
            for (theirs, squared) in index.nearest_neighbor_iter_with_distance_2([middle.x, middle.y]) {
                if squared.sqrt() - half >= best.distance {
                    break;
                }
                best = closest([best, edge.gap_to(theirs)]);
            }
            if best.distance == 0.0 {
                break;
            }
        }
        best
    }

    /// Share of this outline's area that lies inside the other, its holes filled, in [0, 1].
    ///
    /// Without area of its own: 1 if its centroid lies inside.
    pub fn share_inside(&self, other: &Self) -> f64 {
        if bounds_distance(self.bounds, other.bounds) > 0.0 {
            return 0.0;
        }
        if self.area <= 0.0 {
            return if other.filled.intersects(&self.centroid) { 1.0 } else { 0.0 };
        }
        let around =
            if other.edges.len() > FEW_EDGES { cut_to(&other.filled, self.bounds) } else { other.filled.clone() };
        if around.exterior().0.len() < 4 {
            return 0.0;
        }
        (self.polygon.intersection(&around).unsigned_area() / self.area).clamp(0.0, 1.0)
    }

    /// Distance of a point to the outer boundary, from either side.
    pub fn boundary_distance(&self, point: Coord<f64>) -> f64 {
        self.filled.exterior().lines().map(|line| length(closest_on(line, point) - point)).fold(f64::INFINITY, f64::min)
    }

    /// Whether both are most probably one and the same thing: their overlap is over half of what both cover.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let shared = self.share_inside(other) * self.area;
        shared > 0.5 * (self.area + other.area - shared)
    }
}

impl Gap {
    /// The same way walked from the other end.
    pub fn turned(self) -> Self {
        Self { distance: self.distance, from: self.to, to: self.from }
    }
}

impl Edge {
    /// The shortest way to another edge.
    fn gap_to(&self, other: &Self) -> Gap {
        let (ours, theirs) = (self.0, other.0);
        if let Some(crossing) = crossing(ours, theirs) {
            return Gap { distance: 0.0, from: crossing, to: crossing };
        }
        let from_ours = [ours.start, ours.end].map(|from| (from, closest_on(theirs, from)));
        let from_theirs = [theirs.start, theirs.end].map(|to| (closest_on(ours, to), to));
        closest(from_ours.into_iter().chain(from_theirs).map(|(from, to)| Gap {
            distance: length(to - from),
            from,
            to,
        }))
    }
}

impl RTreeObject for Edge {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        let (start, end) = (self.0.start, self.0.end);
        AABB::from_corners([start.x, start.y], [end.x, end.y])
    }
}

impl PointDistance for Edge {
    fn distance_2(&self, point: &[f64; 2]) -> f64 {
        let point = coord! { x: point[0], y: point[1] };
        let step = closest_on(self.0, point) - point;
        step.x * step.x + step.y * step.y
    }
}

/// The shortest of several ways.
fn closest(gaps: impl IntoIterator<Item = Gap>) -> Gap {
    let none = Gap { distance: f64::INFINITY, from: Coord::zero(), to: Coord::zero() };
    gaps.into_iter().fold(none, |best, gap| if gap.distance < best.distance { gap } else { best })
}

/// The point of a line segment nearest to `point`.
fn closest_on(line: Line<f64>, point: Coord<f64>) -> Coord<f64> {
    let (along, to) = (line.delta(), point - line.start);
    let squared = along.x * along.x + along.y * along.y;
    let share = if squared > 0.0 { ((to.x * along.x + to.y * along.y) / squared).clamp(0.0, 1.0) } else { 0.0 };
    line.start + along * share
}

/// Where two line segments that are not parallel cross.
fn crossing(a: Line<f64>, b: Line<f64>) -> Option<Coord<f64>> {
    let cross = |u: Coord<f64>, v: Coord<f64>| u.x * v.y - u.y * v.x;
    let (along_a, along_b, between) = (a.delta(), b.delta(), b.start - a.start);
    let turn = cross(along_a, along_b);
    if turn == 0.0 {
        return None;
    }
    let (share_a, share_b) = (cross(between, along_b) / turn, cross(between, along_a) / turn);
    ((0.0..=1.0).contains(&share_a) && (0.0..=1.0).contains(&share_b)).then(|| a.start + along_a * share_a)
}

/// The outer ring of a polygon cut to a rectangle (Sutherland and Hodgman, 1974).
///
/// A ring cut into several parts stays one ring with edges along the rectangle; they enclose no area inside it.
fn cut_to(polygon: &Polygon<f64>, bounds: Rect<f64>) -> Polygon<f64> {
    let (min, max) = (bounds.min(), bounds.max());
    let mut ring = polygon.exterior().0.clone();
    ring.pop();
    // How far inside each side a point is; negative outside.
    let depths: [&dyn Fn(Coord<f64>) -> f64; 4] =
        [&|p| p.x - min.x, &|p| max.x - p.x, &|p| p.y - min.y, &|p| max.y - p.y];
    for depth in depths {
        let mut kept = Vec::with_capacity(ring.len());
        for (place, &point) in ring.iter().enumerate() {
            let before = ring[if place == 0 { ring.len() - 1 } else { place - 1 }];
            let (was, is) = (depth(before), depth(point));
            if (was < 0.0) != (is < 0.0) {
                kept.push(before + (point - before) * (was / (was - is)));
            }
            if is >= 0.0 {
                kept.push(point);
            }
        }
        ring = kept;
    }
    Polygon::new(LineString(ring), Vec::new())
}

/// Length of a vector.
pub(super) fn length(vector: Coord<f64>) -> f64 {
    vector.x.hypot(vector.y)
}

/// Distance between two upright rectangles, 0 where they meet.
pub(super) fn bounds_distance(a: Rect<f64>, b: Rect<f64>) -> f64 {
    let apart = |min_a: f64, max_a: f64, min_b: f64, max_b: f64| (min_b - max_a).max(min_a - max_b).max(0.0);
    apart(a.min().x, a.max().x, b.min().x, b.max().x).hypot(apart(a.min().y, a.max().y, b.min().y, b.max().y))
}

fn within(bounds: Rect<f64>, point: Coord<f64>) -> bool {
    let (min, max) = (bounds.min(), bounds.max());
    (min.x..=max.x).contains(&point.x) && (min.y..=max.y).contains(&point.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;
    use proptest::prelude::*;

    fn rectangle(x: f64, y: f64, width: f64, height: f64) -> Outline {
        Outline::new(&Rect::new((x, y), (x + width, y + height)).to_polygon()).unwrap()
    }

    /// A polygon of many corners around a centre.
    fn wheel(x: f64, y: f64, radius: f64, corners: u32) -> Outline {
        let corner = |i: u32| {
            let angle = f64::from(i) * std::f64::consts::TAU / f64::from(corners);
            coord! { x: x + radius * angle.cos(), y: y + radius * angle.sin() }
        };
        Outline::new(&Polygon::new((0..corners).map(corner).collect(), Vec::new())).unwrap()
    }

    #[test]
    fn the_gap_of_two_squares_is_between_their_sides() {
        let gap = rectangle(0.0, 0.0, 10.0, 10.0).gap_to(&rectangle(13.0, 4.0, 5.0, 5.0));
        assert_eq!(gap.distance, 3.0);
        assert_eq!((gap.from.x, gap.to.x), (10.0, 13.0));
    }

    #[test]
    fn overlapping_and_nested_outlines_have_no_gap() {
        let large = rectangle(0.0, 0.0, 10.0, 10.0);
        assert_eq!(large.gap_to(&rectangle(8.0, 8.0, 10.0, 10.0)).distance, 0.0);
        assert_eq!(large.gap_to(&rectangle(4.0, 4.0, 1.0, 1.0)).distance, 0.0);
        assert_eq!(rectangle(4.0, 4.0, 1.0, 1.0).gap_to(&large).distance, 0.0);
        assert_eq!(
            rectangle(-5.0, 4.0, 20.0, 2.0).gap_to(&large).distance,
            0.0,
            "a bar across without a corner inside"
        );
    }

    #[test]
    fn the_gap_to_a_ring_is_measured_inside_its_hole_too() {
        let ring = polygon![exterior: [(x: 0.0, y: 0.0), (x: 30.0, y: 0.0), (x: 30.0, y: 30.0), (x: 0.0, y: 30.0)],
            interiors: [[(x: 10.0, y: 10.0), (x: 20.0, y: 10.0), (x: 20.0, y: 20.0), (x: 10.0, y: 20.0)]]];
        let ring = Outline::new(&ring).unwrap();
        let inner = rectangle(14.0, 14.0, 2.0, 2.0);
        assert_eq!(inner.gap_to(&ring).distance, 4.0);
        assert_eq!(inner.share_inside(&ring), 1.0, "holes count as inside");
    }

    #[test]
    fn the_share_inside_is_by_area() {
        let half = rectangle(5.0, 0.0, 10.0, 10.0).share_inside(&rectangle(0.0, 0.0, 10.0, 10.0));
        assert!((half - 0.5).abs() < 1e-6, "{half}");
    }

    #[test]
    fn cutting_to_the_bounds_does_not_change_the_share() {
        let wheel_of_many = wheel(0.0, 0.0, 100.0, 500);
        let bar = rectangle(60.0, -5.0, 80.0, 10.0);
        let whole = bar.polygon.intersection(&wheel_of_many.filled).unsigned_area() / bar.area;
        assert!((bar.share_inside(&wheel_of_many) - whole).abs() < 1e-4);
        assert!((0.49..0.51).contains(&whole));
    }

    #[test]
    fn points_that_are_no_numbers_are_refused() {
        assert!(Outline::new(&polygon![(x: 0.0, y: 0.0), (x: f64::NAN, y: 1.0), (x: 1.0, y: 1.0)]).is_none());
        assert!(Outline::new(&Polygon::new(LineString(Vec::new()), Vec::new())).is_none());
    }

    proptest! {
        #[test]
        fn the_index_finds_the_gap_that_trying_all_finds(x in -200.0..200.0f64, y in -200.0..200.0f64, corners in 60u32..200) {
            let (a, b) = (wheel(0.0, 0.0, 40.0, corners), wheel(x, y, 25.0, 77));
            let all = closest(a.edges.iter().flat_map(|edge| b.edges.iter().map(|theirs| edge.gap_to(theirs))));
            prop_assume!(all.distance > 0.0 && (x * x + y * y).sqrt() > 66.0);
            prop_assert!((a.gap_to(&b).distance - all.distance).abs() < 1e-9);
            prop_assert!((b.gap_to(&a).distance - all.distance).abs() < 1e-9);
        }
    }
}
