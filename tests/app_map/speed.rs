//! Frame times of the map, measured by hand:
//! `cargo test --test app_map -- --ignored --nocapture frame_times`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Color32, Pos2, Vec2};
use geo::{LineString, Polygon};
use referent::app::map::{Content, MapPolygon, Polygons, VectorLayer, VectorStyle};

use crate::picture::{Picture, noise};
use crate::stage::{Window, layer, map_of, open};

/// Runs frames, each until the GPU is done with it; median and 99th percentile.
fn times(window: &mut Window, frames: usize, mut before: impl FnMut(&mut Window, usize)) -> [Duration; 2] {
    let mut times = Vec::new();
    for frame in 0..frames {
        before(window, frame);
        let start = Instant::now();
        window.harness.step();
        window.gpu.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
        times.push(start.elapsed());
    }
    times.sort();
    [times[frames / 2], times[frames * 99 / 100]]
}

fn report(window: &mut Window, what: &str) {
    let still = times(window, 10, |_, _| {});
    let pan = |window: &mut Window, frame: usize| {
        let way = if (frame / 20).is_multiple_of(2) { 1.0 } else { -1.0 };
        let stage = window.harness.state_mut();
        stage.camera = stage.camera.panned(Vec2::new(7.0 * way, 3.0 * way));
    };
    let panning = times(window, 40, pan);
    let hover = |window: &mut Window, frame: usize| {
        window.harness.hover_at(Pos2::new(200.0 + 9.0 * frame as f32, 300.0));
    };
    let hovering = times(window, 40, hover);
    println!("{what:<44} still {still:.1?}   panning {panning:.1?}   cursor moves {hovering:.1?}");
}

#[test]
#[ignore = "measures; figures depend on the machine"]
fn frame_times() {
    println!("median and 99th percentile, canvas of 1280 x 800 pixels");
    let folder = tempfile::tempdir().unwrap();
    for (name, bands) in [("one band", 1), ("three bands", 3)] {
        let picture = Picture { size: [4000, 3000], bands, ..Picture::default() };
        let scene = open(picture.write(&folder.path().join("a.tif"), |band, col, row| noise(col + band, row)));
        let mut window = Window::new(map_of(&scene), [1280.0, 800.0], 1.0);
        window.settle();
        report(&mut window, &format!("raster, {name} of 8 bits"));
    }
    let side = 317;
    let shape = |i: u64| {
        let (x, y) = ((i % side) as f64 * 10.0, (i / side) as f64 * 10.0);
        let corners = [(0.0, 0.0), (7.0, 0.0), (7.0, 3.0), (4.0, 3.0), (4.0, 7.0), (0.0, 7.0)];
        let ring: Vec<(f64, f64)> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
        MapPolygon { id: i, polygon: Polygon::new(LineString::from(ring), Vec::new()), label: i.to_string() }
    };
    let polygons = Arc::new(Polygons::new((0..100_000).map(shape).collect()));
    let vector = VectorLayer::new(polygons, VectorStyle::of(Color32::from_rgb(255, 140, 0)));
    let map = referent::app::map::Map { layers: vec![layer(1, Content::Vector(vector))], ..Default::default() };
    let start = Instant::now();
    let mut window = Window::new(map, [1280.0, 800.0], 1.0);
    window.settle();
    println!("100 000 polygons of six corners are ready after {:.0?}", start.elapsed());
    for (units_per_point, what) in [
        (4.0, "100 000 in view, 2 pixels each"),
        (2.0, "65 000 in view, 4 pixels each"),
        (1.0, "10 000 in view, 7 pixels each"),
        (0.2, "400 in view, 35 pixels each"),
    ] {
        let stage = window.harness.state_mut();
        stage.camera = stage.camera.at_scale(units_per_point);
        window.settle();
        report(&mut window, what);
    }
}
