//! Rasters on the map, compared with what `raster` reads of the same place.

use std::path::{Path, PathBuf};

use gdal::Metadata as _;
use image::RgbaImage;
use referent::app::map::{Camera, Content, LayerId, Map, MapEvent, RasterLayer};
use referent::raster::{Area, Crs, Scene, Stretch, StretchOptions, View, transform_points};

use crate::picture::{FIXTURES, Picture, noise};
use crate::stage::{Window, difference, layer, map_of, open};

/// How the first layer is shown.
fn stretch_of(window: &Window) -> Stretch {
    match &window.harness.state().map.layers[0].content {
        Content::Raster(RasterLayer { stretch, .. }) => stretch.clone(),
        _ => unreachable!(),
    }
}

/// Changes how the first layer is shown.
fn change(window: &mut Window, how: impl FnOnce(&mut RasterLayer)) {
    match &mut window.harness.state_mut().map.layers[0].content {
        Content::Raster(raster) => how(raster),
        _ => unreachable!(),
    }
}

/// Looks at the pixel position `middle` of a raster, `scale` pixels of the raster a pixel of the screen.
fn look_at(window: &mut Window, scene: &Scene, middle: [f64; 2], scale: f64) {
    let place = scene.georeference();
    let camera = match place.world_from_pixel(middle) {
        Some(center) => Camera { center, units_per_point: place.transform.unwrap()[1] * scale, y_down: false },
        None => Camera { center: middle, units_per_point: scale, y_down: true },
    };
    window.harness.state_mut().camera = camera;
}

/// Largest difference, over pixels that hold data, of a picture from what `raster` reads of `area`; and how many were compared.
fn compare(shown: &RgbaImage, scene: &Scene, stretch: &Stretch, area: Area, pixels_per_point: f32) -> (u8, usize) {
    let bar = (60.0 * pixels_per_point) as usize;
    let (width, height) = (shown.width() as usize, shown.height() as usize);
    let read = View::read(scene, area, [width, height], stretch).unwrap();
    let (mut worst, mut compared) = (0, 0);
    for (x, y, pixel) in shown.enumerate_pixels() {
        let at = y as usize * width + x as usize;
        // The scale bar lies at the lower left.
        if read.valid[at] && y as usize + bar < height {
            worst = worst.max(difference(pixel, [0, 1, 2].map(|channel| read.rgb[at * 3 + channel])));
            compared += 1;
        }
    }
    (worst, compared)
}

/// A folder and a raster in it whose size a power of two divides, of 1 m a pixel.
fn smooth(folder: &Path) -> PathBuf {
    let picture = Picture {
        size: [1024, 768],
        bands: 3,
        transform: Some([500_000.0, 1.0, 0.0, 5e6, 0.0, -1.0]),
        epsg: Some(32633),
        ..Picture::default()
    };
    picture.write(&folder.join("smooth.tif"), |band, col, row| {
        let (x, y) = (col as f64 / 40.0, row as f64 / 33.0);
        (127.0 + 90.0 * (x + band as f64).sin() * y.cos()) as u8
    })
}

#[test]
fn one_to_one_each_pixel_is_what_the_file_holds() {
    for name in
        ["scenes/kampala_market/kampala_market.tif", "scenes/virginia_naip/virginia_naip.tif", "zoo/bands_13.tif"]
    {
        let scene = open(format!("{FIXTURES}/{name}"));
        let mut window = Window::new(map_of(&scene), [300.0, 200.0], 1.0);
        let middle = scene.size().map(|pixels| (pixels / 2) as f64);
        look_at(&mut window, &scene, middle, 1.0);
        let shown = window.picture();
        let area = Area { x: middle[0] - 150.0, y: middle[1] - 100.0, width: 300.0, height: 200.0 };
        let (worst, compared) = compare(&shown, &scene, &stretch_of(&window), area, 1.0);
        assert!(worst <= 1 && compared > 5_000, "{name}: {worst}, {compared} compared");
    }
}

#[test]
fn one_to_one_no_pixel_is_doubled_or_left_out_wherever_the_view_is() {
    let scene = open(format!("{FIXTURES}/scenes/kampala_market/kampala_market.tif"));
    // With an odd number of pixels the middle of each lies on an edge between two of the raster.
    let mut window = Window::new(map_of(&scene), [301.0, 201.0], 1.0);
    let [x, y] = scene.size().map(|pixels| (pixels / 2) as f64);
    for offset in [0.0, 0.25, 0.5, 0.75] {
        look_at(&mut window, &scene, [x + offset, y + offset], 1.0);
        let shown = window.picture();
        let area = |dx: f64, dy: f64| Area { x: x - 150.0 + dx, y: y - 100.0 + dy, width: 301.0, height: 201.0 };
        let shifts = [0.0, -1.0, 1.0].into_iter().flat_map(|dx| [0.0, -1.0, 1.0].map(|dy| (dx, dy)));
        let worst = |(dx, dy)| compare(&shown, &scene, &stretch_of(&window), area(dx, dy), 1.0).0;
        let best = shifts.map(worst).min().unwrap();
        assert!(best <= 1, "{offset}: {best}");
    }
}

#[test]
fn every_type_of_sample_is_shown_as_the_stretch_says() {
    for name in ["u8", "u16", "i16", "u32", "i32", "f32", "f64"] {
        let scene = open(format!("{FIXTURES}/zoo/type_{name}.tif"));
        let mut window = Window::new(map_of(&scene), [120.0, 140.0], 1.0);
        let middle = scene.size().map(|pixels| (pixels / 2) as f64);
        look_at(&mut window, &scene, middle, 1.0);
        let shown = window.picture();
        let area = Area { x: middle[0] - 60.0, y: middle[1] - 70.0, width: 120.0, height: 140.0 };
        let (worst, compared) = compare(&shown, &scene, &stretch_of(&window), area, 1.0);
        // Where a float lies within its last bit of a step of 1/255, CPU and GPU may round either way.
        assert!(worst <= 1 && compared > 1_000, "{name}: {worst}, {compared} compared");
    }
}

#[test]
fn enlarged_and_reduced_views_are_those_that_raster_reads() {
    let folder = tempfile::tempdir().unwrap();
    let scene = open(smooth(folder.path()));
    // Pixels of the raster a pixel of the screen: between pixels, and exactly at the levels of detail.
    for scale in [0.5, 2.0, 4.0] {
        for pixels_per_point in [1.0, 2.0] {
            let mut window = Window::new(map_of(&scene), [160.0, 120.0], pixels_per_point);
            let points = f64::from(pixels_per_point);
            look_at(&mut window, &scene, [512.0, 384.0], scale * points);
            let shown = window.picture();
            let size = [160.0 * points * scale, 120.0 * points * scale];
            let area = Area { x: 512.0 - size[0] / 2.0, y: 384.0 - size[1] / 2.0, width: size[0], height: size[1] };
            let (worst, compared) = compare(&shown, &scene, &stretch_of(&window), area, pixels_per_point);
            // The levels are kept in 8 bits, so a mean is rounded once more.
            assert!(worst <= 2 && compared > 5_000, "{scale} {pixels_per_point}: {worst}, {compared} compared");
        }
    }
}

#[test]
fn between_two_levels_there_is_neither_seam_nor_hole() {
    let folder = tempfile::tempdir().unwrap();
    let scene = open(smooth(folder.path()));
    for scale in [0.3, 0.77, 1.3, 1.7, 2.9] {
        let mut window = Window::new(map_of(&scene), [300.0, 260.0], 1.0);
        look_at(&mut window, &scene, [511.3, 380.9], scale);
        let shown = window.picture();
        let step = |a: &image::Rgba<u8>, b: &image::Rgba<u8>| difference(a, [b.0[0], b.0[1], b.0[2]]);
        // The picture is smooth: its steepest slope is 90 / 33 a pixel, in each direction.
        let steepest = (90.0 * scale / 33.0 + 2.0).ceil() as u8 * if scale < 1.0 / 3.0 { 4 } else { 1 };
        for y in 0..199 {
            for x in 0..299 {
                let here = shown.get_pixel(x, y);
                for (dx, dy) in [(1, 0), (0, 1)] {
                    let jump = step(here, shown.get_pixel(x + dx, y + dy));
                    assert!(jump <= steepest, "{scale}: {jump} at {x}, {y}");
                }
            }
        }
    }
}

#[test]
fn limits_gamma_and_no_data_change_without_reading_anew() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture { size: [300, 200], nodata: Some(0.0), ..Picture::default() };
    let path =
        picture.write(&folder.path().join("a.tif"), |_, col, row| if col < 100 { 0u8 } else { (row + 20) as u8 });
    let scene = open(&path);
    let mut window = Window::new(map_of(&scene), [300.0, 200.0], 1.0);
    look_at(&mut window, &scene, [150.0, 100.0], 1.0);
    let before = window.picture();
    assert_eq!(before.get_pixel(200, 80).0[0], 100);
    let background = before.get_pixel(50, 20).0;
    // Nothing can be read any more.
    std::fs::remove_file(&path).unwrap();
    change(&mut window, |raster| {
        (raster.stretch.low, raster.stretch.high) = ([50.0; 3], [150.0; 3]);
    });
    // (100 - 50) / 100 of 255.
    assert!(difference(window.picture().get_pixel(200, 80), [128; 3]) <= 1);
    change(&mut window, |raster| raster.gamma = 2.0);
    assert!(difference(window.picture().get_pixel(200, 80), [180; 3]) <= 1);
    change(&mut window, |raster| raster.nodata_shown = true);
    let with_grey = window.picture();
    assert!(difference(with_grey.get_pixel(50, 20), [127; 3]) <= 1 && background != with_grey.get_pixel(50, 20).0);
    window.harness.state_mut().map.layers[0].opacity = 0.5;
    let half = (u16::from(background[0]) + 127) / 2;
    assert!(difference(window.picture().get_pixel(50, 20), [half as u8; 3]) <= 1);
    assert_eq!(window.harness.state().canvas.problems(), []);
}

#[test]
fn while_other_bands_are_read_the_old_ones_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture { size: [700, 600], bands: 3, ..Picture::default() };
    let path = picture.write(&folder.path().join("a.tif"), |band, _, _| (60 * band) as u8);
    let scene = open(&path);
    let mut window = Window::new(map_of(&scene), [300.0, 200.0], 1.0);
    look_at(&mut window, &scene, [350.0, 300.0], 1.0);
    window.picture();
    change(&mut window, |raster| raster.stretch.bands = [3, 3, 3]);
    window.harness.step();
    let during = window.shot();
    let seen = during.get_pixel(150, 60).0;
    assert!(seen[..3] == [60, 120, 180] || seen[..3] == [180; 3], "{seen:?}");
    assert!(difference(window.picture().get_pixel(150, 60), [180; 3]) <= 1);
}

#[test]
fn while_a_zoom_is_read_no_part_of_the_raster_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture { size: [3000, 2500], ..Picture::default() };
    let scene = open(picture.write(&folder.path().join("a.tif"), |_, _, _| 200u8));
    let mut window = Window::new(map_of(&scene), [300.0, 200.0], 1.0);
    window.picture();
    for (scale, middle) in
        [(1.0, [1500.0, 1200.0]), (0.2, [700.0, 900.0]), (3.0, [1500.0, 1200.0]), (7.0, [1500.0, 1200.0])]
    {
        look_at(&mut window, &scene, middle, scale);
        // One frame: too little to read anything.
        window.harness.step();
        let shown = window.shot();
        for (x, y, pixel) in shown.enumerate_pixels().filter(|(_, y, _)| *y < 140) {
            assert!(difference(pixel, [200; 3]) <= 1, "{scale}: {pixel:?} at {x}, {y}");
        }
    }
}

#[test]
fn rotated_and_south_up_rasters_lie_where_they_belong() {
    let folder = tempfile::tempdir().unwrap();
    let (sin, cos) = 30f64.to_radians().sin_cos();
    let cases = [
        ("rotated.tif", [5e5, 2.0 * cos, 3.0 * sin, 5e6, 2.0 * sin, -3.0 * cos]),
        ("south_up.tif", [5e5, 2.0, 0.0, 5e6, 0.0, 2.0]),
    ];
    for (name, transform) in cases {
        let picture = Picture { size: [300, 280], transform: Some(transform), epsg: Some(32633), ..Picture::default() };
        // Blocks of 20 pixels, each of its own grey.
        let value = |col: usize, row: usize| (col / 20 * 16 + row / 20) as u8;
        let scene = open(picture.write(&folder.path().join(name), |_, col, row| value(col, row)));
        let mut window = Window::new(map_of(&scene), [500.0, 460.0], 1.0);
        let shown = window.picture();
        let mut seen = 0;
        for (row, col) in (10..280).step_by(20).flat_map(|row| (10..300).step_by(20).map(move |col| (row, col))) {
            let place = scene.georeference().world_from_pixel([col as f64, row as f64]).unwrap();
            let [x, y] = window.pixel_at(place);
            if y < 400 {
                let pixel = shown.get_pixel(x, y);
                assert!(difference(pixel, [value(col, row); 3]) <= 1, "{name} {col} {row}: {pixel:?}");
                seen += 1;
            }
        }
        assert!(seen > 100, "{name}: {seen}");
    }
}

#[test]
fn a_raster_in_another_crs_lies_where_its_coordinates_say() {
    let folder = tempfile::tempdir().unwrap();
    let map_picture = Picture {
        size: [64, 64],
        transform: Some([1_600_000.0, 2000.0, 0.0, 6_640_000.0, 0.0, -2000.0]),
        epsg: Some(3857),
        ..Picture::default()
    };
    let first = open(map_picture.write(&folder.path().join("map.tif"), |_, _, _| 0u8));
    let other = Picture {
        size: [400, 300],
        transform: Some([460_000.0, 200.0, 0.0, 5_700_000.0, 0.0, -200.0]),
        epsg: Some(32633),
        ..Picture::default()
    };
    let value = |col: usize, row: usize| (col / 20 * 12 + row / 20) as u8;
    let scene = open(other.write(&folder.path().join("other.tif"), |_, col, row| value(col, row)));
    let mut map = map_of(&first);
    let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap();
    map.layers = vec![layer(2, Content::Raster(RasterLayer::new(scene.handle(), stretch)))];
    let mut window = Window::new(map, [600.0, 500.0], 1.0);
    let shown = window.picture();
    let (from, to) = (Crs::from_user("EPSG:32633").unwrap(), Crs::from_user("EPSG:3857").unwrap());
    let mut seen = 0;
    for (row, col) in (10..300).step_by(20).flat_map(|row| (10..400).step_by(20).map(move |col| (row, col))) {
        let place = scene.georeference().world_from_pixel([col as f64, row as f64]).unwrap();
        let (mut xs, mut ys) = ([place[0]], [place[1]]);
        transform_points(&from, &to, &mut xs, &mut ys).unwrap();
        let [x, y] = window.pixel_at([xs[0], ys[0]]);
        if y < 430 {
            let pixel = shown.get_pixel(x, y);
            assert!(difference(pixel, [value(col, row); 3]) <= 1, "{col} {row}: {pixel:?}");
            seen += 1;
        }
    }
    assert!(seen > 150, "{seen}");
}

#[test]
fn what_is_not_damaged_is_shown_and_the_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"];
    let picture = Picture { size: [512, 384], options: &options, ..Picture::default() };
    let path = picture.write(&folder.path().join("a.tif"), |_, col, row| 128 | noise(col, row) as u8);
    let mut bytes = std::fs::read(&path).unwrap();
    let block = gdal::Dataset::open(&path).unwrap().rasterband(1).unwrap().metadata_item("BLOCK_OFFSET_3_2", "TIFF");
    let block: usize = block.unwrap().parse().unwrap();
    bytes[block..block + 64].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let scene = open(&path);
    let mut window = Window::new(map_of(&scene), [512.0, 384.0], 1.0);
    look_at(&mut window, &scene, [256.0, 192.0], 1.0);
    let shown = window.picture();
    let drawn = shown.pixels().filter(|pixel| pixel.0[0] >= 128).count();
    // One block of 48 is lost, and what shares a part of at least 32 pixels with it; the scale bar hides some.
    assert!((150_000..196_000).contains(&drawn), "{drawn}");
    // Once, however many tiles it is in.
    let told = window.events().into_iter().filter(|event| matches!(event, MapEvent::Failed { .. })).count();
    let problems = window.harness.state().canvas.problems();
    assert!(told == 1 && problems.len() == 1 && problems[0].1.contains("damaged"), "{problems:?}");
}

#[test]
fn a_raster_without_a_place_is_refused_in_words_on_a_map_with_one() {
    let scene = open(format!("{FIXTURES}/zoo/no_georeference.tif"));
    let placed = open(format!("{FIXTURES}/zoo/type_u8.tif"));
    let mut map = map_of(&placed);
    let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap();
    map.layers.push(layer(2, Content::Raster(RasterLayer::new(scene.handle(), stretch))));
    let mut window = Window::new(map, [200.0, 200.0], 1.0);
    window.settle();
    let problems = window.harness.state().canvas.problems().to_vec();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].0 == LayerId(2) && problems[0].1.contains("georeference"), "{problems:?}");
}

#[test]
fn every_file_of_the_zoo_ends_in_a_picture_or_in_words() {
    let folder = PathBuf::from(format!("{FIXTURES}/zoo"));
    let mut names: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut map = Map::default();
    // So low that no scale bar is drawn.
    let size = [160.0, 70.0];
    let mut window = Window::new(map.clone(), size, 1.0);
    let (mut shown, mut refused) = (0, 0);
    for path in names {
        let Ok(scene) = Scene::open(path.to_str().unwrap(), referent::raster::Access::LocalOnly) else {
            refused += 1;
            continue;
        };
        map = Map::like(&scene.handle());
        // Where nothing can be read there is no stretch, and yet the shell may want to show the layer.
        let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap_or(Stretch {
            bands: [1; 3],
            low: [0.0; 3],
            high: [255.0; 3],
            rule: referent::raster::StretchRule::NoData,
            palette: None,
        });
        map.layers.push(layer(1, Content::Raster(RasterLayer::new(scene.handle(), stretch))));
        let camera = map.fit(size.into()).unwrap();
        let stage = window.harness.state_mut();
        (stage.map, stage.camera) = (map, camera);
        window.settle();
        let background = [30, 30, 30];
        let picture = window.shot();
        let drawn = picture.pixels().filter(|pixel| difference(pixel, background) > 0).count();
        let problems = window.harness.state().canvas.problems().len();
        let is_empty = path
            .file_name()
            .is_some_and(|name| ["all_nan", "all_nodata"].iter().any(|empty| name.to_string_lossy().contains(empty)));
        assert!(drawn > 0 || problems > 0 || is_empty, "{}", path.display());
        shown += 1;
    }
    assert!(shown > 70 && refused > 10, "{shown} shown, {refused} refused");
    println!("{shown} shown, {refused} refused");
}

#[test]
fn every_file_of_the_zoo_beside_a_raster_in_another_crs_ends_in_a_picture_or_in_words() {
    let folder = PathBuf::from(format!("{FIXTURES}/zoo"));
    let mut names: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for first in ["crs_4326.tif", "crs_polar.tif", "crs_3857_north.tif"] {
        let first = open(folder.join(first));
        let mut window = Window::new(map_of(&first), [160.0, 120.0], 1.0);
        for path in &names {
            let Ok(scene) = Scene::open(path.to_str().unwrap(), referent::raster::Access::LocalOnly) else { continue };
            let Ok(stretch) = Stretch::choose(&scene, &StretchOptions::default()) else { continue };
            let mut map = map_of(&first);
            map.layers.push(layer(2, Content::Raster(RasterLayer::new(scene.handle(), stretch))));
            let camera = map.bounds_of(&map.layers[1]).map(|bounds| Camera::fit(bounds, [160.0, 120.0].into(), false));
            let both = map.fit([160.0, 120.0].into());
            window.harness.state_mut().map = map;
            for camera in [camera, both].into_iter().flatten() {
                window.harness.state_mut().camera = camera;
                window.settle();
            }
            let problems = window.harness.state().canvas.problems();
            assert!(camera.is_some() || !problems.is_empty(), "{}", path.display());
        }
    }
}

#[test]
fn a_still_map_is_settled_and_asks_for_no_more_frames() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture { size: [64, 64], ..Picture::default() };
    let scene = open(picture.write(&folder.path().join("a.tif"), |_, col, row| noise(col, row)));
    let mut window = Window::new(map_of(&scene), [200.0, 200.0], 1.0);
    window.settle();
    // `run` fails where each frame asks for another.
    window.harness.run();
    assert!(window.harness.state().canvas.is_settled());
}
