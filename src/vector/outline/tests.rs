//! Laws of outlines.

use geo::{Area, Contains, InteriorPoint, Point, Relate, Validation};
use proptest::prelude::*;

use super::*;
use crate::vector::DenseField;

/// The same values as a dense field, kept as several blocks.
struct Cut<'a> {
    field: &'a DenseField,
    blocks: Vec<Block>,
}

impl Field for Cut<'_> {
    fn value(&self, x: i64, y: i64) -> f32 {
        self.field.value(x, y)
    }

    fn blocks(&self) -> Vec<Block> {
        self.blocks.clone()
    }
}

fn dense(x: i64, y: i64, width: i64, values: &[f32]) -> DenseField {
    DenseField::new(Block { x, y, width, height: values.len() as i64 / width }, values.to_vec()).unwrap()
}

fn trace<F: Field>(field: &F, edges: Edges, frame: Option<Block>) -> Vec<Polygon<f64>> {
    trace_at(field, 0.5, edges, frame)
}

fn trace_at<F: Field>(field: &F, threshold: f32, edges: Edges, frame: Option<Block>) -> Vec<Polygon<f64>> {
    outline(field, &Tracing { threshold, edges, frame }).unwrap()
}

fn drawn(rows: &[&str]) -> DenseField {
    let values: Vec<f32> = rows.concat().bytes().map(|byte| if byte == b'#' { 1.0 } else { 0.0 }).collect();
    dense(0, 0, rows[0].len() as i64, &values)
}

fn shape(polygons: &[Polygon<f64>]) -> Vec<(f64, usize)> {
    polygons.iter().map(|polygon| (polygon.unsigned_area(), polygon.interiors().len())).collect()
}

fn assert_rings_are_simple(polygons: &[Polygon<f64>]) {
    for polygon in polygons {
        assert!(polygon.is_valid(), "{polygon:?}");
        assert!(polygon.exterior().is_closed());
        assert!(Polygon::new(polygon.exterior().clone(), vec![]).signed_area() > 0.0);
        for hole in polygon.interiors() {
            assert!(Polygon::new(hole.clone(), vec![]).signed_area() < 0.0);
        }
    }
}

fn coords(polygons: &[Polygon<f64>], dx: f64, dy: f64) -> Vec<(f64, f64)> {
    use geo::CoordsIter;
    polygons.iter().flat_map(|polygon| polygon.coords_iter().map(|c| (c.x + dx, c.y + dy))).collect()
}

#[test]
fn one_pixel_is_a_square_by_its_edges_and_a_diamond_by_its_iso_line() {
    let field = dense(3, 4, 1, &[1.0]);
    let square = trace(&field, Edges::Pixel, None);
    assert_eq!(square[0].exterior().0.len(), 5);
    assert_eq!(coords(&square, 0.0, 0.0)[0], (4.0, 4.0));
    let diamond = trace(&field, Edges::Smooth, None);
    assert_eq!(coords(&diamond, 0.0, 0.0), [(3.5, 4.0), (4.0, 4.5), (3.5, 5.0), (3.0, 4.5), (3.5, 4.0)]);
}

#[test]
fn the_iso_line_runs_where_the_threshold_is_met() {
    // Between 0.9 and 0 the value 0.5 is met at (0.9 - 0.5) / 0.9 = 4/9 of the way.
    let polygons = trace(&dense(0, 0, 1, &[0.9]), Edges::Smooth, None);
    let right = coords(&polygons, 0.0, 0.0).into_iter().map(|(x, _)| x).fold(f64::MIN, f64::max);
    assert!((right - (0.5 + 4.0 / 9.0)).abs() < 1.0 / 65536.0);
}

#[test]
fn holes_and_islands_in_holes_find_their_shells() {
    let field = drawn(&[
        "#########", //
        "#.......#",
        "#.#####.#",
        "#.#.#.#.#",
        "#.#####.#",
        "#.......#",
        "#########",
    ]);
    for edges in [Edges::Pixel, Edges::Smooth] {
        let polygons = trace(&field, edges, None);
        assert_eq!(polygons.iter().map(|p| p.interiors().len()).collect::<Vec<_>>(), [1, 2]);
        assert_rings_are_simple(&polygons);
    }
    assert_eq!(shape(&trace(&field, Edges::Pixel, None)), [(28.0, 1), (13.0, 2)]);
}

#[test]
fn pixels_that_meet_at_a_corner_are_apart_and_a_loop_closed_by_a_corner_has_a_hole() {
    assert_eq!(shape(&trace(&drawn(&["#.", ".#"]), Edges::Pixel, None)), [(1.0, 0), (1.0, 0)]);
    let polygons = trace(&drawn(&["###.", "#.#.", "##.#", "####"]), Edges::Pixel, None);
    assert_eq!(shape(&polygons), [(12.0, 2)]);
    assert_rings_are_simple(&polygons);
    let open_at_a_corner = trace(&drawn(&["###", "#.#", "##."]), Edges::Pixel, None);
    assert_eq!(shape(&open_at_a_corner), [(7.0, 1)]);
    assert_rings_are_simple(&open_at_a_corner);
}

#[test]
fn a_saddle_is_joined_by_the_mean_of_its_cell() {
    assert_eq!(trace(&dense(0, 0, 2, &[1.0, 0.3, 0.3, 1.0]), Edges::Smooth, None).len(), 1);
    assert_eq!(trace(&dense(0, 0, 2, &[0.6, 0.3, 0.3, 0.6]), Edges::Smooth, None).len(), 2);
}

#[test]
fn an_object_cut_by_the_frame_ends_on_it() {
    let field = dense(0, 0, 6, &[0.8; 36]);
    let frame = Block { x: 0, y: 1, width: 6, height: 4 };
    for edges in [Edges::Pixel, Edges::Smooth] {
        let polygons = trace(&field, edges, Some(frame));
        assert_eq!(shape(&polygons), [(24.0, 0)]);
        assert_eq!(polygons[0].exterior().0.len(), 5, "{polygons:?}");
    }
}

#[test]
fn values_that_are_no_numbers_are_no_objects() {
    let field = dense(0, 0, 3, &[f32::NAN, f32::INFINITY, f32::NEG_INFINITY]);
    for edges in [Edges::Pixel, Edges::Smooth] {
        let polygons = trace(&field, edges, None);
        assert_eq!(polygons.len(), 1);
        assert_rings_are_simple(&polygons);
    }
}

#[test]
fn a_threshold_of_nothing_is_refused() {
    for threshold in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let tracing = Tracing { threshold, edges: Edges::Smooth, frame: None };
        assert!(outline(&drawn(&["#"]), &tracing).is_err());
    }
}

#[test]
fn a_field_with_values_outside_its_blocks_ends_without_outlines_there() {
    let field = dense(0, 0, 3, &[1.0; 9]);
    let blocks = vec![Block { x: 1, y: 1, width: 1, height: 1 }, Block { x: 2, y: 2, width: 1, height: 1 }];
    trace(&Cut { field: &field, blocks }, Edges::Smooth, None);
}

#[test]
#[ignore = "measures; run alone with --ignored --nocapture"]
fn a_field_of_4096_by_4096_pixels_with_thousands_of_objects_takes_a_second_or_two() {
    let value = |x: i64, y: i64| ((x as f32 * 0.13).sin() * (y as f32 * 0.11).cos() + 1.0) / 2.0;
    let values: Vec<f32> = (0..4096 * 4096).map(|i| value(i % 4096, i / 4096)).collect();
    let field = dense(0, 0, 4096, &values);
    for edges in [Edges::Pixel, Edges::Smooth] {
        let start = std::time::Instant::now();
        let polygons = trace_at(&field, 0.7, edges, None);
        println!("{edges:?}: {} polygons in {:?}", polygons.len(), start.elapsed());
        assert!(polygons.len() > 4000);
    }
}

const SIDE: i64 = 9;

/// Few distinct values, so that ties with the threshold and saddles are common.
fn values() -> impl Strategy<Value = Vec<f32>> {
    let value = prop_oneof![3 => Just(0.0f32), 3 => Just(1.0), 1 => Just(0.5), 1 => Just(0.25), 4 => 0.0f32..1.0];
    proptest::collection::vec(value, (SIDE * SIDE) as usize)
}

fn either() -> impl Strategy<Value = Edges> {
    prop_oneof![Just(Edges::Smooth), Just(Edges::Pixel)]
}

fn maybe_frame() -> impl Strategy<Value = Option<Block>> {
    proptest::option::of((-1i64..5, -1i64..5, 1i64..9, 1i64..9))
        .prop_map(|frame| frame.map(|(x, y, width, height)| Block { x, y, width, height }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_area_by_pixel_edges_is_the_number_of_pixels(values in values(), frame in maybe_frame()) {
        let field = dense(0, 0, SIDE, &values);
        let inside = |x: i64, y: i64| field.value(x, y) >= 0.5 && frame.is_none_or(|frame| frame.contains(x, y));
        let pixels = (0..SIDE * SIDE).filter(|i| inside(i % SIDE, i / SIDE)).count();
        let area: f64 = trace(&field, Edges::Pixel, frame).iter().map(Area::unsigned_area).sum();
        prop_assert_eq!(area, pixels as f64);
    }

    #[test]
    fn a_pixel_centre_is_in_a_polygon_if_and_only_if_its_value_reaches_the_threshold(
        values in values(), edges in either(), frame in maybe_frame(),
    ) {
        let field = dense(0, 0, SIDE, &values);
        let polygons = trace(&field, edges, frame);
        for (x, y) in (-1..=SIDE).flat_map(|y| (-1..=SIDE).map(move |x| (x, y))) {
            let centre = Point::new(x as f64 + 0.5, y as f64 + 0.5);
            let inside = field.value(x, y) >= 0.5 && frame.is_none_or(|frame| frame.contains(x, y));
            prop_assert_eq!(polygons.iter().filter(|p| p.contains(&centre)).count(), usize::from(inside));
        }
    }

    #[test]
    fn every_ring_is_simple_and_no_two_polygons_overlap(values in values(), edges in either(), frame in maybe_frame()) {
        let polygons = trace(&dense(0, 0, SIDE, &values), edges, frame);
        assert_rings_are_simple(&polygons);
        for (place, polygon) in polygons.iter().enumerate() {
            for other in &polygons[..place] {
                let relation = polygon.relate(other);
                prop_assert!(relation.is_disjoint() || relation.is_touches());
            }
        }
    }

    #[test]
    fn blocks_never_show(
        values in values(), edges in either(), frame in maybe_frame(), cuts in (1i64..8, 1i64..8), shuffle in any::<bool>(),
    ) {
        let field = dense(0, 0, SIDE, &values);
        let (width, height) = cuts;
        let starts = |step: i64| (0..SIDE).step_by(step as usize);
        let mut blocks: Vec<Block> = starts(height)
            .flat_map(|y| starts(width).map(move |x| (x, y)))
            .map(|(x, y)| Block { x, y, width: width.min(SIDE - x), height: height.min(SIDE - y) })
            .filter(|b| (b.y..b.y + b.height).any(|y| (b.x..b.x + b.width).any(|x| field.value(x, y) != 0.0)))
            .collect();
        if shuffle {
            blocks.reverse();
        }
        prop_assert_eq!(trace(&Cut { field: &field, blocks }, edges, frame), trace(&field, edges, frame));
    }

    #[test]
    fn moving_the_field_by_whole_pixels_moves_the_outline_exactly(
        values in values(), edges in either(), dx in -3_000_000i64..3_000_000, dy in -1_000_000i64..1_000_000,
    ) {
        let here = trace(&dense(0, 0, SIDE, &values), edges, None);
        let there = trace(&dense(dx, dy, SIDE, &values), edges, None);
        prop_assert_eq!(coords(&here, dx as f64, dy as f64), coords(&there, 0.0, 0.0));
    }

    #[test]
    fn a_higher_threshold_gives_a_part_of_the_outline(
        values in values(), edges in either(), frame in maybe_frame(), low in 0.05f32..0.9, more in 0.01f32..0.5,
    ) {
        let field = dense(0, 0, SIDE, &values);
        let (large, small) = (trace_at(&field, low, edges, frame), trace_at(&field, low + more, edges, frame));
        let area = |polygons: &[Polygon<f64>]| polygons.iter().map(Area::unsigned_area).sum::<f64>();
        prop_assert!(area(&small) <= area(&large));
        for polygon in &small {
            let point = polygon.interior_point().unwrap();
            prop_assert!(large.iter().any(|outer| outer.contains(&point) || outer.relate(&point).is_covers()));
        }
    }
}
