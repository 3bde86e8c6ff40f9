//! Polygons and probabilities on the map.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use egui::Color32;
use geo::{LineString, Polygon};
use referent::app::map::{
    Camera, Content, LayerId, Map, MapPolygon, Polygons, ProbabilityGrid, ProbabilityLayer, ProbabilityStyle, Swipe,
    VectorLayer, VectorStyle,
};
use referent::raster::Georeference;

use crate::picture::Picture;
use crate::stage::{Window, difference, layer, open};

const RED: Color32 = Color32::from_rgb(255, 0, 0);
const BLUE: Color32 = Color32::from_rgb(0, 0, 255);
const BACKGROUND: [u8; 3] = [30; 3];

/// The rectangle of these corners.
fn rectangle(x0: f64, y0: f64, x1: f64, y1: f64) -> LineString<f64> {
    LineString::from(vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
}

fn polygon(id: u64, outer: LineString<f64>, holes: Vec<LineString<f64>>) -> MapPolygon {
    MapPolygon { id, polygon: Polygon::new(outer, holes), label: format!("label {id}") }
}

/// A map of polygons, with opaque colours.
fn map_of(polygons: Vec<MapPolygon>) -> Map {
    let style = VectorStyle { fill: BLUE, outline: RED, width: 2.0, selected: Color32::from_rgb(0, 255, 0) };
    let vector = VectorLayer::new(Arc::new(Polygons::new(polygons)), style);
    Map { layers: vec![layer(1, Content::Vector(vector))], ..Map::default() }
}

/// A view whose point is one map unit wide, with the origin in its middle.
fn at_origin(map: Map, size: [f32; 2], pixels_per_point: f32) -> Window {
    let mut window = Window::new(map, size, pixels_per_point);
    window.harness.state_mut().camera = Camera { center: [0.0; 2], units_per_point: 1.0, y_down: false };
    window
}

fn vector(window: &mut Window) -> &mut VectorLayer {
    match &mut window.harness.state_mut().map.layers[0].content {
        Content::Vector(vector) => vector,
        _ => unreachable!(),
    }
}

fn colour_at(window: &mut Window, at: [f64; 2]) -> [u8; 3] {
    let [x, y] = window.pixel_at(at);
    let [r, g, b, _] = window.picture().get_pixel(x, y).0;
    [r, g, b]
}

#[test]
fn a_hole_is_seen_through_and_the_outline_has_its_width_at_any_zoom() {
    let with_hole = polygon(1, rectangle(-60.0, -60.0, 60.0, 60.0), vec![rectangle(-20.0, -20.0, 20.0, 20.0)]);
    for pixels_per_point in [1.0, 2.0] {
        let mut window = at_origin(map_of(vec![with_hole.clone()]), [200.0, 200.0], pixels_per_point);
        for units_per_point in [1.0, 0.7, 2.0] {
            window.harness.state_mut().camera.units_per_point = units_per_point;
            assert_eq!(colour_at(&mut window, [0.0, 0.0]), BACKGROUND);
            assert_eq!(colour_at(&mut window, [40.0, 40.0]), [0, 0, 255]);
            assert_eq!(colour_at(&mut window, [0.0, 40.0]), [0, 0, 255]);
            let picture = window.picture();
            let [x, y] = window.pixel_at([-20.0, 5.0]);
            // Across the hole's edge: the sum of red is the outline's width.
            let width: f32 = (x - 6..x + 6).map(|x| f32::from(picture.get_pixel(x, y).0[0])).sum::<f32>() / 255.0;
            // The background and the fading add a little.
            let expected = 2.0 * pixels_per_point;
            assert!((width - expected).abs() < 0.9, "{width} is not {expected}");
        }
    }
}

#[test]
fn selected_and_highlighted_polygons_stand_out() {
    let two = vec![
        polygon(7, rectangle(-80.0, -30.0, -10.0, 30.0), vec![]),
        polygon(9, rectangle(10.0, -30.0, 80.0, 30.0), vec![]),
    ];
    let mut window = at_origin(map_of(two), [200.0, 200.0], 1.0);
    assert_eq!(colour_at(&mut window, [-40.0, 0.0]), [0, 0, 255]);
    vector(&mut window).selected = HashSet::from([9]);
    assert_eq!(colour_at(&mut window, [-40.0, 0.0]), [0, 0, 255]);
    let edge = colour_at(&mut window, [45.0, 30.0]);
    assert!(edge[1] > 240 && edge[0] < 20, "{edge:?}");
    vector(&mut window).selected.clear();
    vector(&mut window).highlighted = Some(9);
    assert_ne!(colour_at(&mut window, [45.0, 0.0]), [0, 0, 255]);
    assert_eq!(colour_at(&mut window, [-40.0, 0.0]), [0, 0, 255]);
}

#[test]
fn opacity_and_visibility_are_the_layers() {
    let mut window =
        at_origin(map_of(vec![polygon(1, rectangle(-50.0, -50.0, 50.0, 50.0), vec![])]), [200.0, 200.0], 1.0);
    window.harness.state_mut().map.layers[0].opacity = 0.5;
    let half = colour_at(&mut window, [0.0, 0.0]);
    assert!(difference(&image::Rgba([half[0], half[1], half[2], 255]), [15, 15, 142]) <= 1, "{half:?}");
    window.harness.state_mut().map.layers[0].visible = false;
    assert_eq!(colour_at(&mut window, [0.0, 0.0]), BACKGROUND);
}

#[test]
fn on_a_picture_without_georeference_polygons_are_in_columns_and_rows() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture { size: [100, 80], ..Picture::default() };
    let bright =
        |_: usize, col: usize, row: usize| if (20..40).contains(&col) && (10..20).contains(&row) { 255u8 } else { 90 };
    let scene = open(picture.write(&folder.path().join("a.tif"), bright));
    let mut map = crate::stage::map_of(&scene);
    assert!(map.in_pixels);
    let mut layer = map_of(vec![polygon(1, rectangle(20.0, 10.0, 40.0, 20.0), vec![])]).layers.remove(0);
    layer.id = LayerId(2);
    map.layers.push(layer);
    let mut window = Window::new(map, [200.0, 160.0], 1.0);
    let shown = window.picture();
    assert!(shown.pixels().any(|pixel| pixel.0 == [0, 0, 255, 255]));
    // All of the bright pixels lie under the polygon; below is the scale bar.
    assert!(shown.enumerate_pixels().all(|(_, y, pixel)| y > 100 || pixel.0 != [255; 4]));
    let [x, y] = window.pixel_at([30.0, 15.0]);
    assert_eq!(shown.get_pixel(x, y).0, [0, 0, 255, 255]);
    assert!(y < 80, "rows grow down");
}

#[test]
fn a_swipe_shows_each_layer_on_its_side() {
    let mut map = map_of(vec![polygon(1, rectangle(-90.0, -30.0, 90.0, 30.0), vec![])]);
    let mut other = map_of(vec![polygon(1, rectangle(-90.0, -30.0, 90.0, 30.0), vec![])]).layers.remove(0);
    other.id = LayerId(2);
    if let Content::Vector(vector) = &mut other.content {
        vector.style.fill = RED;
    }
    map.layers.push(other);
    map.swipe = Some(Swipe { position: 0.25, left: vec![LayerId(1)], right: vec![LayerId(2)] });
    let mut window = at_origin(map, [200.0, 200.0], 1.0);
    assert_eq!(colour_at(&mut window, [-70.0, 0.0]), [0, 0, 255]);
    assert_eq!(colour_at(&mut window, [-30.0, 0.0]), [255, 0, 0]);
    assert_eq!(colour_at(&mut window, [70.0, 0.0]), [255, 0, 0]);
}

#[test]
fn a_hundred_thousand_polygons_appear_and_a_frame_without_change_costs_nothing() {
    let side = 320;
    let square = |i: u64| {
        let (x, y) = ((i % side) as f64 * 10.0 - 1600.0, (i / side) as f64 * 10.0 - 1600.0);
        polygon(i, rectangle(x, y, x + 6.0, y + 6.0), vec![])
    };
    let mut window = at_origin(map_of((0..100_000).map(square).collect()), [400.0, 400.0], 1.0);
    assert_eq!(colour_at(&mut window, [3.0, 3.0]), [0, 0, 255]);
    assert_eq!(colour_at(&mut window, [8.0, 8.0]), BACKGROUND);
    // All of them, about a pixel each.
    window.harness.state_mut().camera.units_per_point = 8.0;
    let shown = window.picture();
    let drawn = shown.pixels().filter(|pixel| difference(pixel, BACKGROUND) > 8).count();
    assert!(drawn > 140_000, "{drawn}");
    let start = Instant::now();
    for _ in 0..20 {
        window.harness.step();
    }
    let each = start.elapsed() / 20;
    println!("a still frame with 100 000 polygons: {each:?}");
    assert!(each.as_millis() < 100, "{each:?}");
}

/// A lattice of 200 x 160 pixels of one map unit around the origin, whose probability rises from left to right.
fn ramp() -> ProbabilityGrid {
    let place = Georeference::new(Some([-100.0, 1.0, 0.0, 80.0, 0.0, -1.0]), None);
    let mut grid = ProbabilityGrid::new(place, [200, 160]);
    for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        grid.set_tile([x, y], &tile(x)).unwrap();
    }
    grid
}

fn tile(column: u32) -> Vec<u8> {
    (0..128 * 128).map(|i| (column * 128 + i % 128).min(255) as u8).collect()
}

fn probability_map(style: ProbabilityStyle, threshold: f32) -> Map {
    let probability = ProbabilityLayer { grid: ramp(), style, threshold, colour: Color32::from_rgb(0, 255, 0) };
    Map { layers: vec![layer(1, Content::Probability(probability))], ..Map::default() }
}

fn probability(window: &mut Window) -> &mut ProbabilityLayer {
    match &mut window.harness.state_mut().map.layers[0].content {
        Content::Probability(probability) => probability,
        _ => unreachable!(),
    }
}

#[test]
fn the_threshold_moves_the_edge_and_reads_nothing() {
    let mut window = at_origin(probability_map(ProbabilityStyle::Fill, 0.4), [220.0, 180.0], 1.0);
    // The value of column c, whose middle is at c + 0.5 - 100, is c / 255.
    for threshold in [0.4f32, 0.2, 0.65] {
        probability(&mut window).threshold = threshold;
        let edge = f64::from(threshold) * 255.0 + 0.5 - 100.0;
        assert_eq!(colour_at(&mut window, [edge - 4.0, 10.0]), BACKGROUND, "{threshold}");
        assert!(colour_at(&mut window, [edge, 10.0])[1] > 200, "{threshold}");
        let inside = colour_at(&mut window, [edge + 5.0, 10.0]);
        assert!(inside[1] > 90 && inside[1] < 150, "{threshold} {inside:?}");
    }
    probability(&mut window).style = ProbabilityStyle::Outline;
    let edge = 0.65 * 255.0 + 0.5 - 100.0;
    assert!(colour_at(&mut window, [edge, 10.0])[1] > 200);
    assert_eq!(colour_at(&mut window, [edge + 5.0, 10.0]), BACKGROUND);
}

#[test]
fn no_seam_shows_where_two_tiles_of_probability_meet() {
    let mut window = at_origin(probability_map(ProbabilityStyle::Heat, 0.01), [220.0, 180.0], 1.0);
    for units_per_point in [0.3, 1.0, 1.4] {
        let camera = Camera { center: [28.0, 0.0], units_per_point, y_down: false };
        window.harness.state_mut().camera = camera;
        let picture = window.picture();
        // The tiles meet at column 128 of the lattice, in the middle of the canvas.
        for x in 100..120 {
            let (here, next) = (picture.get_pixel(x, 60), picture.get_pixel(x + 1, 60));
            assert!(difference(here, [next.0[0], next.0[1], next.0[2]]) <= 8, "{units_per_point} {x}");
        }
    }
}

#[test]
fn a_tile_that_arrives_while_a_query_runs_is_seen_in_the_next_frame() {
    let mut map = probability_map(ProbabilityStyle::Fill, 0.4);
    let place = Georeference::new(Some([-100.0, 1.0, 0.0, 80.0, 0.0, -1.0]), None);
    if let Content::Probability(probability) = &mut map.layers[0].content {
        probability.grid = ProbabilityGrid::new(place, [200, 160]);
    }
    let mut window = at_origin(map, [220.0, 180.0], 1.0);
    assert_eq!(colour_at(&mut window, [50.0, 10.0]), BACKGROUND);
    probability(&mut window).grid.set_tile([1, 0], &[255; 128 * 128]).unwrap();
    assert!(colour_at(&mut window, [50.0, 10.0])[1] > 90);
    probability(&mut window).grid.set_tile([1, 0], &[0; 128 * 128]).unwrap();
    assert_eq!(colour_at(&mut window, [50.0, 10.0]), BACKGROUND);
    assert!(probability(&mut window).grid.set_tile([2, 0], &[0; 128 * 128]).is_err());
}

#[test]
fn one_probable_pixel_is_seen_from_far_away() {
    let place = Georeference::new(Some([-5000.0, 1.0, 0.0, 5000.0, 0.0, -1.0]), None);
    let mut grid = ProbabilityGrid::new(place, [10_000, 10_000]);
    let mut tile = vec![0; 128 * 128];
    tile[60 * 128 + 50] = 255;
    grid.set_tile([40, 40], &tile).unwrap();
    let probability =
        ProbabilityLayer { grid, style: ProbabilityStyle::Fill, threshold: 0.5, colour: Color32::from_rgb(0, 255, 0) };
    let map = Map { layers: vec![layer(1, Content::Probability(probability))], ..Map::default() };
    let mut window = Window::new(map, [200.0, 200.0], 1.0);
    let picture = window.picture();
    let drawn = picture.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[1] > 60 && pixel.0[0] < 60).count();
    assert!((1..=16).contains(&drawn), "{drawn}");
}
