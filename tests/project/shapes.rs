//! The laws of drawing: what a stroke covers, what an eraser leaves, what a cut keeps.

use geo::{Area, Contains, Coord, Distance, Euclidean, Line, LineString, MultiPolygon, Point};
use proptest::prelude::*;
use referent::project::shape::{self, Vertex};

use crate::{square, with_hole};

/// A place as far from the origin as those of UTM.
const ORIGIN: Coord<f64> = Coord { x: 512_345.25, y: 5_412_345.75 };
/// Metres within which places of a shape are only known: edges are rounded to a grid of the shape's extent over 2^30.
const ROUNDED: f64 = 1e-5;

fn at(x: f64, y: f64) -> Coord<f64> {
    Coord { x: ORIGIN.x + x, y: ORIGIN.y + y }
}

fn places(count: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<Coord<f64>>> {
    prop::collection::vec((0.0..100.0, 0.0..100.0).prop_map(|(x, y)| at(x, y)), count)
}

fn shapes() -> impl Strategy<Value = MultiPolygon<f64>> {
    prop_oneof![
        places(3..9).prop_map(|corners| shape::polygon(&corners)),
        (places(1..6), 1.0..20.0).prop_map(|(points, radius)| shape::stroke(&points, radius)),
        (0.0..80.0, 0.0..80.0, 4.0..30.0).prop_map(|(x, y, side)| with_hole(ORIGIN.x + x, ORIGIN.y + y, side)),
    ]
    .prop_filter("encloses something", |shape| !shape.0.is_empty())
}

fn area(shape: &MultiPolygon<f64>) -> f64 {
    shape.unsigned_area()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_stroke_covers_just_what_is_within_its_radius(points in places(1..7), radius in 0.5..20.0, probes in places(60)) {
        let stroke = shape::stroke(&points, radius);
        prop_assert!(shape::is_valid(&stroke));
        let way = LineString::new(points.clone());
        for probe in probes {
            let point = Point(probe);
            let distance = if points.len() == 1 { Euclidean.distance(point, Point(points[0])) } else { Euclidean.distance(&point, &way) };
            // An arc is drawn by edges that lie within 0.2 % of it.
            if distance < 0.995 * radius - ROUNDED {
                prop_assert!(stroke.contains(&point), "{distance} of {radius}");
            }
            if distance > 1.001 * radius + ROUNDED {
                prop_assert!(!stroke.contains(&point), "{distance} of {radius}");
            }
        }
    }

    #[test]
    fn what_is_erased_and_what_is_left_add_up(one in shapes(), other in shapes()) {
        let (left, both, all) = (shape::erased(&one, &other), shape::clipped(&one, &other), shape::joined([&one, &other]));
        let slack = 1e-3;
        prop_assert!((area(&left) + area(&both) - area(&one)).abs() < slack);
        prop_assert!((area(&left) + area(&other) - area(&all)).abs() < slack);
        for shape in [&left, &both, &all] {
            prop_assert!(shape.0.is_empty() || shape::is_valid(shape));
        }
        // Erasing again takes nothing; joining what was erased brings it back.
        prop_assert!((area(&shape::erased(&left, &other)) - area(&left)).abs() < slack);
        prop_assert!((area(&shape::joined([&left, &both])) - area(&one)).abs() < slack);
    }

    #[test]
    fn the_parts_of_a_cut_shape_are_apart_and_add_up(one in shapes(), line in places(2..6)) {
        let parts = shape::split(&one, &line);
        let sum: f64 = parts.iter().map(area).sum();
        prop_assert!((sum - area(&one)).abs() < 1e-3, "{sum} of {}", area(&one));
        for (index, part) in parts.iter().enumerate() {
            prop_assert!(shape::is_valid(part));
            for other in &parts[index + 1..] {
                prop_assert!(area(&shape::clipped(part, other)) < 1e-3);
            }
        }
    }

    #[test]
    fn a_line_right_across_a_convex_shape_makes_two(x in 1.0..99.0, radius in 1.0..40.0, tilt in -0.5..0.5) {
        let circle = shape::circle(at(50.0, 50.0), radius);
        let line = [at(x - 300.0 * tilt, -250.0), at(x + 300.0 * tilt, 350.0)];
        let distance = Euclidean.distance(&Point(at(50.0, 50.0)), &Line::new(line[0], line[1]));
        prop_assume!((distance - radius).abs() > 0.02 * radius);
        prop_assert_eq!(shape::split(&circle, &line).len(), if distance < radius { 2 } else { 1 });
    }

    #[test]
    fn a_shape_that_ends_valid_is_mended_to_itself(one in shapes()) {
        prop_assert!(shape::is_valid(&one));
        prop_assert_eq!(shape::mended(&one), one);
    }

    #[test]
    fn an_outline_that_crosses_itself_keeps_what_an_odd_number_of_turns_encloses(corners in places(3..10), probes in places(40)) {
        let shape = shape::polygon(&corners);
        prop_assert!(shape.0.is_empty() || shape::is_valid(&shape));
        let ring = LineString::new(corners.iter().chain([&corners[0]]).copied().collect());
        for probe in probes {
            if Euclidean.distance(&Point(probe), &ring) < 1e-3 {
                continue;
            }
            let turns = ring.lines().filter(|edge| {
                (edge.start.y > probe.y) != (edge.end.y > probe.y)
                    && probe.x < edge.start.x + (probe.y - edge.start.y) / (edge.end.y - edge.start.y) * (edge.end.x - edge.start.x)
            });
            prop_assert_eq!(shape.contains(&Point(probe)), turns.count() % 2 == 1, "{:?} in {:?}", probe, shape);
        }
    }

    #[test]
    fn a_moved_vertex_is_where_it_was_put_or_the_move_is_refused(one in shapes(), pick: usize, to in places(1)) {
        let vertices = one.0[0].exterior().0.len() - 1;
        let vertex = Vertex { polygon: 0, ring: 0, corner: pick % vertices };
        if let Ok(moved) = shape::move_vertex(&one, vertex, to[0]) {
            prop_assert!(shape::is_valid(&moved));
            prop_assert_eq!(shape::nearest_vertex(&moved, to[0], 1e-9).map(|found| found.polygon), Some(0));
            let from = one.0[0].exterior().0[vertex.corner];
            prop_assert_eq!(shape::move_vertex(&moved, vertex, from).unwrap(), one, "and back again");
        }
    }

    #[test]
    fn a_vertex_put_in_and_taken_out_leaves_the_shape_as_it_was(one in shapes(), place in places(1)) {
        let edge = shape::nearest_edge(&one, place[0], f64::INFINITY).unwrap();
        if let Ok(more) = shape::insert_vertex(&one, edge, place[0]) {
            let put = Vertex { corner: edge.corner + 1, ..edge };
            prop_assert_eq!(shape::remove_vertex(&more, put).unwrap(), one);
        }
    }

    #[test]
    fn a_lighter_outline_stays_within_the_tolerance(one in shapes(), tolerance in 0.01..3.0) {
        let lighter = shape::simplified(&one, tolerance);
        prop_assert!(shape::is_valid(&lighter));
        let corners = |shape: &MultiPolygon<f64>| geo::CoordsIter::coords_count(shape);
        prop_assert!(corners(&lighter) <= corners(&one));
        for polygon in &lighter {
            for corner in &polygon.exterior().0 {
                let near = |other: &geo::Polygon<f64>| Euclidean.distance(&Point(*corner), other.exterior()) <= tolerance + ROUNDED;
                prop_assert!(one.iter().any(near));
            }
        }
    }
}

#[test]
fn a_circle_has_the_area_of_one() {
    for radius in [0.3, 10.0, 5_000.0] {
        let circle = shape::circle(ORIGIN, radius);
        assert!((area(&circle) / (std::f64::consts::PI * radius * radius) - 1.0).abs() < 0.003);
    }
    assert!(shape::circle(ORIGIN, 0.0).0.is_empty() && shape::circle(ORIGIN, f64::NAN).0.is_empty());
}

#[test]
fn an_eraser_inside_makes_a_hole_and_filling_closes_it() {
    let ring = with_hole(0.0, 0.0, 8.0);
    assert_eq!((ring.0[0].interiors().len(), area(&ring)), (1, 48.0));
    assert_eq!(area(&shape::holes_filled(&ring)), 64.0);
    assert_eq!(area(&shape::joined([&ring, &square(2.0, 2.0, 4.0)])), 64.0);
}

#[test]
fn a_line_that_ends_inside_cuts_nothing() {
    let whole = square(0.0, 0.0, 10.0);
    let line = [Coord { x: 5.0, y: -1.0 }, Coord { x: 5.0, y: 6.0 }];
    assert_eq!(shape::split(&whole, &line), [whole]);
}

#[test]
fn a_line_through_one_arm_leaves_the_other_where_it_is() {
    // A U: two arms on a base.
    let u = shape::erased(
        &square(0.0, 0.0, 30.0),
        &shape::rectangle(Coord { x: 10.0, y: 10.0 }, Coord { x: 20.0, y: 31.0 }),
    );
    let through_one = [Coord { x: -1.0, y: 20.0 }, Coord { x: 12.0, y: 20.0 }];
    let mut areas: Vec<f64> = shape::split(&u, &through_one).iter().map(|part| area(part).round()).collect();
    areas.sort_by(f64::total_cmp);
    assert_eq!(areas, [100.0, 600.0]);
    let through_both = [Coord { x: -1.0, y: 20.0 }, Coord { x: 31.0, y: 20.0 }];
    assert_eq!(shape::split(&u, &through_both).len(), 3);
}

#[test]
fn a_polygon_that_is_not_cut_stays_with_the_largest_part() {
    let two = shape::joined([&square(0.0, 0.0, 10.0), &square(50.0, 0.0, 2.0)]);
    let line = [Coord { x: 4.0, y: -1.0 }, Coord { x: 4.0, y: 11.0 }];
    let parts = shape::split(&two, &line);
    assert_eq!(parts.iter().map(|part| (part.0.len(), area(part).round())).collect::<Vec<_>>(), [(2, 64.0), (1, 40.0)]);
}

#[test]
fn a_vertex_dragged_across_the_outline_is_refused_with_the_reason() {
    let refused = shape::move_vertex(
        &square(0.0, 0.0, 10.0),
        Vertex { polygon: 0, ring: 0, corner: 0 },
        Coord { x: -5.0, y: 5.0 },
    );
    assert!(refused.unwrap_err().why().contains("cross itself"));
    let triangle = shape::polygon(&[Coord { x: 0.0, y: 0.0 }, Coord { x: 4.0, y: 0.0 }, Coord { x: 0.0, y: 4.0 }]);
    assert!(shape::remove_vertex(&triangle, Vertex { polygon: 0, ring: 0, corner: 1 }).is_err());
    for missing in [
        Vertex { polygon: 1, ring: 0, corner: 0 },
        Vertex { polygon: 0, ring: 1, corner: 0 },
        Vertex { polygon: 0, ring: 0, corner: 3 },
    ] {
        assert!(shape::remove_vertex(&triangle, missing).is_err());
    }
}

#[test]
fn taking_a_corner_of_a_triangular_hole_fills_it() {
    let hole = shape::polygon(&[Coord { x: 2.0, y: 2.0 }, Coord { x: 4.0, y: 2.0 }, Coord { x: 2.0, y: 4.0 }]);
    let ring = shape::erased(&square(0.0, 0.0, 10.0), &hole);
    let filled = shape::remove_vertex(&ring, Vertex { polygon: 0, ring: 1, corner: 0 }).unwrap();
    assert_eq!(area(&filled), 100.0);
}
