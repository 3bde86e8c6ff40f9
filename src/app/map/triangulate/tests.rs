//! Triangles of made, random and traced polygons cover them and no more.

use super::*;
use crate::vector::{Block, DenseField, Edges, Tracing, outline};
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
        let radius = if i.is_multiple_of(2) { 10.0 } else { 9.5 };
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

    /// What queries give: outlines of masks, whose rings touch themselves and each other at corners.
    #[test]
    fn outlines_of_masks_are_covered(
        inside in prop::collection::vec(prop::bool::weighted(0.6), 24 * 17), smooth in any::<bool>(),
    ) {
        let block = Block { x: 0, y: 0, width: 24, height: 17 };
        let values = inside.iter().enumerate().map(|(i, inside)| if *inside { 0.6 + (i % 7) as f32 / 20.0 } else { 0.1 });
        let field = DenseField::new(block, values.collect()).unwrap();
        let edges = if smooth { Edges::Smooth } else { Edges::Pixel };
        for polygon in outline(&field, &Tracing { threshold: 0.5, edges, frame: None }).unwrap() {
            checked(&polygon);
        }
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
