//! Laws of simplification.

use geo::{Area, CoordsIter, Relate, Validation, polygon};
use proptest::prelude::*;

use super::*;
use crate::vector::{Block, DenseField, Edges, Tracing, outline};

fn corners(polygons: &[Polygon<f64>]) -> usize {
    polygons.iter().map(CoordsIter::coords_count).sum()
}

/// Greatest distance of points on `one` (vertices and nine points a segment) from `other`.
fn furthest(one: &LineString<f64>, other: &LineString<f64>) -> f64 {
    let points =
        one.lines().flat_map(|line| (0..10).map(move |i| line.start + (line.end - line.start) * (f64::from(i) / 10.0)));
    points
        .map(|point| other.lines().map(|line| distance(point, line.start, line.end)).fold(f64::INFINITY, f64::min))
        .fold(0.0, f64::max)
}

fn rings(polygons: &[Polygon<f64>]) -> Vec<&LineString<f64>> {
    polygons.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors())).collect()
}

#[test]
fn a_stair_becomes_a_line_within_the_tolerance_and_keeps_its_corners() {
    let mut stair: Vec<(f64, f64)> =
        (0..20).flat_map(|i| [(f64::from(i), f64::from(i)), (f64::from(i) + 1.0, f64::from(i))]).collect();
    stair.extend([(20.0, 20.0), (0.0, 20.0)]);
    let stair = Polygon::new(LineString::from(stair), vec![]);
    let light = simplify(std::slice::from_ref(&stair), 0.75);
    assert!(corners(&light) <= 6, "{light:?}");
    assert_eq!(simplify(std::slice::from_ref(&stair), 0.0), [stair]);
}

#[test]
fn a_ring_smaller_than_the_tolerance_does_not_collapse() {
    let square = polygon![(x: 0., y: 0.), (x: 1., y: 0.), (x: 1., y: 1.), (x: 0., y: 1.)];
    let light = simplify(&[square], 100.0);
    assert_eq!((corners(&light), light[0].signed_area()), (4, 0.5));
}

#[test]
fn a_bay_with_an_island_in_it_stays_open() {
    let bay = polygon![(x: 0., y: 0.), (x: 9., y: 0.), (x: 9., y: 9.), (x: 5., y: 9.), (x: 4.5, y: 1.), (x: 4., y: 9.), (x: 0., y: 9.)];
    let island = polygon![(x: 4.45, y: 5.), (x: 4.55, y: 5.), (x: 4.5, y: 5.1)];
    let light = simplify(&[bay, island], 20.0);
    assert!(light[0].relate(&light[1]).is_disjoint());
}

#[test]
fn a_corner_on_the_edge_of_a_neighbour_stays_on_it() {
    let long = polygon![(x: 0., y: 0.), (x: 4., y: 0.), (x: 4., y: 1.), (x: 0., y: 1.)];
    let left = polygon![(x: 0., y: 1.), (x: 2., y: 1.), (x: 2.1, y: 2.), (x: 2., y: 3.), (x: 0., y: 3.)];
    let right = polygon![(x: 2., y: 1.), (x: 4., y: 1.), (x: 4., y: 3.), (x: 2., y: 3.), (x: 2.1, y: 2.)];
    let light = simplify(&[long, left, right], 0.5);
    assert_eq!(light.iter().map(Area::unsigned_area).sum::<f64>(), 12.0);
    assert!(light.iter().all(|polygon| polygon.exterior().0.contains(&Coord { x: 2.0, y: 1.0 })));
    assert!(!light[1].exterior().0.contains(&Coord { x: 2.1, y: 2.0 }));
}

#[test]
fn long_straight_runs_take_no_quadratic_time() {
    let top = (0..40_000).map(|i| (f64::from(i), 0.0)).chain([(40_000.0, 0.0), (20_000.0, -9.0)]);
    let start = std::time::Instant::now();
    assert_eq!(corners(&simplify(&[Polygon::new(top.collect(), vec![])], 1.0)), 4);
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
#[ignore = "measures; run alone with --ignored --nocapture"]
fn a_million_vertices_take_seconds() {
    let value = |x: i64, y: i64| ((x as f32 * 0.13).sin() * (y as f32 * 0.11).cos() + 1.0) / 2.0;
    let values: Vec<f32> = (0..4096 * 4096).map(|i| value(i % 4096, i / 4096)).collect();
    let field = DenseField::new(Block { x: 0, y: 0, width: 4096, height: 4096 }, values).unwrap();
    let polygons = outline(&field, &Tracing { threshold: 0.6, edges: Edges::Smooth, frame: None }).unwrap();
    let start = std::time::Instant::now();
    let light = simplify(&polygons, 1.0);
    println!("{} to {} vertices in {:?}", corners(&polygons), corners(&light), start.elapsed());
    assert!(corners(&light) * 3 < corners(&polygons));
}

const SIDE: i64 = 12;

fn traced(values: Vec<f32>, edges: Edges) -> Vec<Polygon<f64>> {
    let field = DenseField::new(Block { x: 0, y: 0, width: SIDE, height: SIDE }, values).unwrap();
    outline(&field, &Tracing { threshold: 0.5, edges, frame: None }).unwrap()
}

fn drawings() -> impl Strategy<Value = Vec<Polygon<f64>>> {
    let value = prop_oneof![Just(0.0f32), Just(1.0), 0.0f32..1.0, 0.3f32..1.0];
    (proptest::collection::vec(value, (SIDE * SIDE) as usize), prop_oneof![Just(Edges::Smooth), Just(Edges::Pixel)])
        .prop_map(|(values, edges)| traced(values, edges))
}

/// Areas that fill a square: each pixel has one of three labels.
fn parcels() -> impl Strategy<Value = Vec<Polygon<f64>>> {
    proptest::collection::vec(0u8..3, 16).prop_map(|labels| {
        let label = |i: i64| labels[((i / SIDE / 3) * 4 + (i % SIDE) / 3) as usize] ^ u8::from(i % 7 == 0);
        let of = |wanted: u8| (0..SIDE * SIDE).map(|i| if label(i) == wanted { 1.0 } else { 0.0 }).collect();
        (0..4).flat_map(|wanted| traced(of(wanted), Edges::Pixel)).collect()
    })
}

fn overlap(polygons: &[Polygon<f64>]) -> Option<(usize, usize)> {
    let pairs = (0..polygons.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    pairs.into_iter().find(|&(one, other)| {
        let relation = polygons[one].relate(&polygons[other]);
        !(relation.is_disjoint() || relation.is_touches())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn rings_stay_valid_within_the_tolerance_and_on_their_side(polygons in drawings(), tolerance in 0.05f64..4.0) {
        let light = simplify(&polygons, tolerance);
        prop_assert!(corners(&light) <= corners(&polygons));
        for polygon in &light {
            prop_assert!(polygon.is_valid(), "{:?}", polygon);
        }
        for (before, after) in rings(&polygons).into_iter().zip(rings(&light)) {
            let far = furthest(before, after).max(furthest(after, before));
            prop_assert!(far <= tolerance * (1.0 + 1e-12), "{} > {}", far, tolerance);
            let area = |ring: &LineString<f64>| Polygon::new(ring.clone(), vec![]).signed_area();
            prop_assert!(area(before) * area(after) > 0.0);
            prop_assert!(after.0.len() >= 4);
        }
        prop_assert_eq!(overlap(&light), None);
    }

    #[test]
    fn neighbours_keep_what_they_share_without_gap_or_overlap(polygons in parcels(), tolerance in 0.3f64..3.0) {
        let light = simplify(&polygons, tolerance);
        prop_assert_eq!(overlap(&light), None);
        // Every edge has its reverse in a neighbour, but for those of the square's border, which stays closed around.
        let edges: HashSet<[u64; 4]> = rings(&light).iter().flat_map(|ring| ring.lines())
            .map(|l| [l.start.x, l.start.y, l.end.x, l.end.y].map(f64::to_bits)).collect();
        let single = |line: &geo::Line<f64>| {
            !edges.contains(&[line.end.x, line.end.y, line.start.x, line.start.y].map(f64::to_bits))
        };
        let border: f64 = rings(&light).iter().flat_map(|ring| ring.lines()).filter(single)
            .map(|line| (line.start.x * line.end.y - line.end.x * line.start.y) / 2.0).sum();
        let total: f64 = light.iter().map(Area::unsigned_area).sum();
        prop_assert!((border - total).abs() < 1e-9);
        let side = SIDE as f64;
        for line in rings(&light).iter().flat_map(|ring| ring.lines()).filter(single) {
            let near = |value: f64| value.min(side - value) <= tolerance;
            prop_assert!(near(line.start.x) || near(line.start.y), "an edge inside has no partner: {:?}", line);
        }
    }
}
