//! Rasters as a user meets them: places, reads, damage, the network, very large mosaics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking")]

#[path = "raster/display.rs"]
mod display;
#[path = "raster/network.rs"]
mod network;
#[path = "raster/picture.rs"]
mod picture;
#[path = "raster/reads.rs"]
mod reads;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use referent::raster::{
    Access, Area, Crs, Description, Georeference, Grid, LevelRect, Scene, Stretch, StretchOptions, View,
};

use crate::picture::{FIXTURES, Picture, fixture, noise, open};

#[test]
fn rotated_south_up_and_geographic_rasters_are_measured_and_placed() {
    let folder = tempfile::tempdir().unwrap();
    let (sin, cos) = 30f64.to_radians().sin_cos();
    let cases = [
        ("rotated.tif", [5e5, 2.0 * cos, 3.0 * sin, 5e6, 2.0 * sin, -3.0 * cos], 32633, [2.0, 3.0], 1e-3),
        ("south_up.tif", [5e5, 0.5, 0.0, 5e6, 0.0, 0.5], 32633, [0.5, 0.5], 1e-3),
        // 1e-5 degrees at 60 north, WGS 84: 0.558 m along the parallel, 1.114 m along the meridian.
        ("degrees.tif", [25.0, 1e-5, 0.0, 60.0, 0.0, -1e-5], 4326, [0.55800, 1.11412], 1e-4),
    ];
    for (name, transform, epsg, metres, tolerance) in cases {
        let picture = Picture { transform: Some(transform), epsg: Some(epsg), ..Picture::default() };
        let scene = open(picture.write(&folder.path().join(name), |_, col, row| noise(col, row)));
        let description = Description::of(&scene);
        let found = description.metres_per_pixel.unwrap();
        // UTM's scale on the central meridian is 0.9996.
        assert!((0..2).all(|axis| (found[axis] / metres[axis] - 1.0).abs() < 5e-4 + tolerance), "{name}: {found:?}");
        assert_eq!(description.crs_code, Some(format!("EPSG:{epsg}")), "{name}");
        let world = scene.georeference().world_from_pixel([7.0, 9.0]).unwrap();
        let back = scene.georeference().pixel_from_world(world).unwrap();
        assert!((back[0] - 7.0).abs() < 1e-6 && (back[1] - 9.0).abs() < 1e-6, "{name}");
        let lonlat = description.lonlat.unwrap();
        assert!(lonlat.west < lonlat.east && lonlat.south < lonlat.north, "{name}: {lonlat:?}");
        assert!(description.to_string().contains("m on the ground"), "{name}");
    }
}

#[test]
fn an_extent_across_the_antimeridian_runs_from_west_to_east() {
    let folder = tempfile::tempdir().unwrap();
    // The zoo's antimeridian.tif ends 17 km east of the line; this one lies across it.
    let picture =
        Picture { transform: Some([150e3, 2e3, 0.0, 8.1e6, 0.0, -2e3]), epsg: Some(32701), ..Picture::default() };
    let across = open(picture.write(&folder.path().join("line.tif"), |_, col, row| noise(col, row)));
    let lonlat = Description::of(&across).lonlat.unwrap();
    assert!(lonlat.west > 179.0 && lonlat.east < -179.0, "{lonlat:?}");
    let picture =
        Picture { transform: Some([-2e5, 1e4, 0.0, 1.5e5, 0.0, -1e4]), epsg: Some(3031), ..Picture::default() };
    let polar = open(picture.write(&folder.path().join("pole.tif"), |_, col, row| noise(col, row)));
    let lonlat = Description::of(&polar).lonlat.unwrap();
    assert_eq!((lonlat.west, lonlat.east, lonlat.south), (-180.0, 180.0, -90.0));
    let picture =
        Picture { transform: Some([-180.0, 9.0, 0.0, 90.0, 0.0, -6.0]), epsg: Some(4326), ..Picture::default() };
    let world = open(picture.write(&folder.path().join("world.tif"), |_, col, row| noise(col, row)));
    let lonlat = Description::of(&world).lonlat.unwrap();
    assert_eq!((lonlat.west, lonlat.east, lonlat.south, lonlat.north), (-180.0, 180.0, -90.0, 90.0));
}

/// A VRT of `side * side` pixels that repeats a small file. Only a coarse chessboard of sources, as real mosaics have.
fn giant(folder: &Path, side: usize, tile: usize) -> PathBuf {
    let picture = Picture {
        size: [1000, 1000],
        bands: 3,
        transform: Some([5e5, 0.5, 0.0, 5e6, 0.0, -0.5]),
        epsg: Some(32633),
        options: &["TILED=YES", "COMPRESS=DEFLATE"],
        ..Picture::default()
    };
    picture.write(&folder.join("tile.tif"), |band, col, row| noise(col, row) + 100 * band as u16);
    let mut text = format!(
        "<VRTDataset rasterXSize=\"{side}\" rasterYSize=\"{side}\"><SRS>EPSG:32633</SRS><GeoTransform>500000, 0.5, 0, 5000000, 0, -0.5</GeoTransform>"
    );
    for band in 1..=3 {
        write!(text, "<VRTRasterBand dataType=\"UInt16\" band=\"{band}\">").unwrap();
        for y in (0..side).step_by(tile) {
            for x in (0..side).step_by(tile) {
                write!(text, "<SimpleSource><SourceFilename relativeToVRT=\"1\">tile.tif</SourceFilename><SourceBand>{band}</SourceBand><SourceProperties RasterXSize=\"1000\" RasterYSize=\"1000\" DataType=\"UInt16\" BlockXSize=\"256\" BlockYSize=\"256\"/><SrcRect xOff=\"0\" yOff=\"0\" xSize=\"1000\" ySize=\"1000\"/><DstRect xOff=\"{x}\" yOff=\"{y}\" xSize=\"{tile}\" ySize=\"{tile}\"/></SimpleSource>").unwrap();
            }
        }
        text.push_str("</VRTRasterBand>");
    }
    text.push_str("</VRTDataset>");
    std::fs::write(folder.join("giant.vrt"), text).unwrap();
    folder.join("giant.vrt")
}

#[test]
fn a_mosaic_of_a_hundred_thousand_pixels_a_side_opens_and_reads_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = giant(folder.path(), 100_000, 1000);
    let timed = |what: &str, since: Instant| {
        let took = since.elapsed();
        println!("{what}: {took:?}");
        // A second on a quiet machine; the tests beside this one share its processors.
        assert!(took < Duration::from_secs(5), "{what} took {took:?}");
    };
    let begin = Instant::now();
    let scene = open(&path);
    timed("open", begin);
    assert_eq!(scene.size(), [100_000, 100_000]);
    let begin = Instant::now();
    let description = Description::of(&scene);
    timed("describe", begin);
    assert!(description.valid_fraction.is_some_and(|valid| valid.sampled && valid.fraction == 1.0));
    let begin = Instant::now();
    let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap();
    timed("stretch", begin);
    let begin = Instant::now();
    let grid = Grid::new(scene.size(), [1.3, 1.3], 480, 240).unwrap();
    let middle = grid.windows_touching(LevelRect { x: 40_000, y: 40_000, width: 1, height: 1 }).next().unwrap();
    let view = View::of_window(&scene, &grid, middle, &stretch).unwrap();
    assert!(view.valid.iter().all(|valid| *valid));
    timed("one window", begin);
    let begin = Instant::now();
    let view = View::read(&scene, Area::whole(scene.size()), [100, 100], &stretch).unwrap();
    assert!(view.valid.iter().all(|valid| *valid));
    println!("all of it: {:?}", begin.elapsed());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("memory unknown"));
}

#[test]
fn threads_with_a_handle_each_read_the_same() {
    let scene = fixture("scenes/rotterdam_quay/rotterdam_quay.tif");
    let area = Area { x: 10.5, y: 20.25, width: 500.0, height: 500.0 };
    let expected = scene.read(area, [200, 200], &[3, 2, 1]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let own = scene.reopen().unwrap();
            let expected = &expected;
            scope.spawn(move || {
                for _ in 0..3 {
                    let samples = own.read(area, [200, 200], &[3, 2, 1]).unwrap();
                    // By bits, since NaN (no data) is not equal to itself.
                    assert!(samples.values.iter().map(|v| v.to_bits()).eq(expected.values.iter().map(|v| v.to_bits())));
                    assert_eq!(samples.valid, expected.valid);
                }
            });
        }
    });
}

#[test]
fn a_scene_may_change_threads_and_a_place_may_be_shared() {
    fn may_move<T: Send>() {}
    fn may_be_shared<T: Send + Sync + Clone>() {}
    may_move::<Scene>();
    may_be_shared::<Crs>();
    may_be_shared::<Georeference>();
    may_be_shared::<Stretch>();
    may_be_shared::<Grid>();
}

#[test]
fn a_file_that_changed_is_not_reopened_as_if_it_had_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = Picture::default().write(&folder.path().join("a.tif"), |_, col, row| noise(col, row));
    let scene = open(&path);
    Picture { size: [9, 9], ..Picture::default() }.write(&path, |_, col, row| noise(col, row));
    assert!(scene.reopen().is_err_and(|error| error.why().contains("changed")));
}

#[test]
fn entities_of_a_side_file_are_neither_expanded_nor_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = Picture::default().write(&folder.path().join("a.tif"), |_, col, row| noise(col, row));
    let secret = folder.path().join("secret.txt");
    std::fs::write(&secret, "a-very-secret-word").unwrap();
    // Both end in a place that a description shows.
    let side = format!(
        "<!DOCTYPE x [<!ENTITY word \"expanded\"><!ENTITY file SYSTEM \"file://{}\">]><PAMDataset>\
         <PAMRasterBand band=\"1\"><Description>&word; &file;</Description></PAMRasterBand></PAMDataset>",
        secret.display()
    );
    std::fs::write(format!("{}.aux.xml", path.display()), side).unwrap();
    let said = serde_json::to_string(&Description::of(&open(&path))).unwrap();
    assert!(!said.contains("expanded") && !said.contains("a-very-secret-word"), "{said}");
}

#[test]
fn a_description_is_json_that_any_program_reads() {
    for name in ["zoo/nodata_nan.tif", "zoo/no_georeference.tif", "zoo/crs_local.tif", "zoo/palette.tif"] {
        let description = Description::of(&fixture(name));
        let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(&description).unwrap()).unwrap();
        assert_eq!(json["width"], 96, "{name}");
        assert_eq!(json["bands"][0]["number"], 1, "{name}");
    }
}

/// Numbers that look random and are the same at every run (Marsaglia's xorshift).
fn xorshift(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn a_flipped_header_never_brings_the_program_down() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 0x9E37_79B9_7F4A_7C15;
    for name in
        ["compress_lzw.tif", "bigtiff.tif", "palette.tif", "compress_jpeg_ycbcr.tif", "world_file.png", "cog.tif"]
    {
        let whole = std::fs::read(format!("{FIXTURES}/zoo/{name}")).unwrap();
        for round in 0..40 {
            let mut bytes = whole.clone();
            let reach = bytes.len().min(600) as u64;
            for _ in 0..=xorshift(&mut state) % 8 {
                let at = (xorshift(&mut state) % reach) as usize;
                bytes[at] = xorshift(&mut state) as u8;
            }
            let path = folder.path().join(format!("{round}_{name}"));
            std::fs::write(&path, bytes).unwrap();
            if let Ok(scene) = Scene::open(path.to_str().unwrap(), Access::LocalOnly) {
                let _ = scene.read(Area { x: 0.0, y: 0.0, width: 200.0, height: 200.0 }, [50, 50], &[1]);
                let _ = Description::of(&scene).to_string();
            }
        }
    }
}
