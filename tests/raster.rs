//! Rasters as a user meets them: places, reads, damage, the network, very large mosaics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking")]

use std::ffi::CString;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{DriverManager, Metadata};
use proptest::prelude::*;
use referent::raster::{
    Access, Area, Crs, Description, Georeference, Grid, LevelRect, Scene, Stretch, StretchOptions, StretchRule, View,
    Window,
};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

fn open(path: impl AsRef<Path>) -> Scene {
    Scene::open(path.as_ref().to_str().unwrap(), Access::LocalOnly).unwrap()
}

fn fixture(name: &str) -> Scene {
    open(format!("{FIXTURES}/{name}"))
}

/// A raster to be written.
struct Picture<'a> {
    size: [usize; 2],
    bands: usize,
    transform: Option<[f64; 6]>,
    epsg: Option<u32>,
    nodata: Option<f64>,
    options: &'a [&'a str],
}

impl Default for Picture<'_> {
    fn default() -> Self {
        Self { size: [40, 30], bands: 1, transform: None, epsg: None, nodata: None, options: &[] }
    }
}

impl Picture<'_> {
    /// Writes a GeoTIFF whose values are `value(band, column, row)`.
    fn write<T: GdalType + Copy>(&self, path: &Path, value: impl Fn(usize, usize, usize) -> T) -> PathBuf {
        let [width, height] = self.size;
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let options = self.options.iter().copied().collect::<RasterCreationOptions>();
        let mut set =
            driver.create_with_band_type_with_options::<T, _>(path, width, height, self.bands, &options).unwrap();
        if let Some(transform) = self.transform {
            set.set_geo_transform(&transform).unwrap();
        }
        if let Some(epsg) = self.epsg {
            set.set_spatial_ref(&SpatialRef::from_epsg(epsg).unwrap()).unwrap();
        }
        for band in 1..=self.bands {
            let values = (0..height)
                .flat_map(|row| (0..width).map(move |col| (col, row)))
                .map(|(col, row)| value(band, col, row));
            let mut buffer = Buffer::new((width, height), values.collect());
            let mut raster = set.rasterband(band).unwrap();
            raster.set_no_data_value(self.nodata).unwrap();
            raster.write((0, 0), (width, height), &mut buffer).unwrap();
        }
        set.close().unwrap();
        path.to_path_buf()
    }
}

fn noise(col: usize, row: usize) -> u16 {
    ((col * 7919 + row * 104_729 + col * row * 31) % 2000) as u16
}

#[test]
fn a_read_of_whole_pixels_returns_them_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let scene = open(
        Picture { bands: 2, ..Picture::default() }
            .write(&folder.path().join("a.tif"), |band, col, row| noise(col, row) + band as u16),
    );
    let samples = scene.read(Area { x: 3.0, y: 4.0, width: 20.0, height: 10.0 }, [20, 10], &[2, 1]).unwrap();
    for (i, (second, first)) in samples.band(0).iter().zip(samples.band(1)).enumerate() {
        let expected = f32::from(noise(3 + i % 20, 4 + i / 20));
        assert_eq!((*second, *first), (expected + 2.0, expected + 1.0));
    }
    assert!(samples.valid.iter().all(|valid| *valid));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shrinking_is_the_mean_over_the_footprint(x in -4.0..30.0f64, y in -4.0..20.0f64, step in (1.0..9.0f64, 1.0..9.0f64)) {
        let folder = tempfile::tempdir().unwrap();
        let scene = open(Picture::default().write(&folder.path().join("a.tif"), |_, col, row| noise(col, row)));
        let out = [4, 3];
        let area = Area { x, y, width: step.0 * 4.0, height: step.1 * 3.0 };
        let samples = scene.read(area, out, &[1]).unwrap();
        for row in 0..out[1] {
            for col in 0..out[0] {
                let (x0, y0) = (x + col as f64 * step.0, y + row as f64 * step.1);
                let share = |from: f64, step: f64, pixel: usize| {
                    ((from + step).min(pixel as f64 + 1.0) - from.max(pixel as f64)).max(0.0)
                };
                let (mut sum, mut weight) = (0.0, 0.0);
                for source_row in 0..30 {
                    for source_col in 0..40 {
                        let part = share(x0, step.0, source_col) * share(y0, step.1, source_row);
                        sum += part * f64::from(noise(source_col, source_row));
                        weight += part;
                    }
                }
                let i = row * out[0] + col;
                let inside = weight / (step.0 * step.1);
                if (inside - 0.5).abs() > 1e-5 {
                    prop_assert_eq!(samples.valid[i], inside > 0.5);
                }
                if samples.valid[i] {
                    let expected = (sum / weight) as f32;
                    prop_assert!((samples.values[i] - expected).abs() < 0.02, "{} is not {}", samples.values[i], expected);
                }
            }
        }
    }

    #[test]
    fn a_part_of_a_read_is_the_read_of_that_part(step in (0.2..40.0f64, 0.2..40.0f64), col in 0usize..20, row in 0usize..20) {
        // With overviews, so that the same one must be chosen both times.
        let scene = fixture("zoo/overviews_internal.tif");
        let read = |left: usize, top: usize, out: [usize; 2]| {
            let area = Area { x: left as f64 * step.0, y: top as f64 * step.1, width: out[0] as f64 * step.0, height: out[1] as f64 * step.1 };
            scene.read(area, out, &[1, 3]).unwrap()
        };
        let (whole, part) = (read(0, 0, [32, 32]), read(col, row, [12, 12]));
        for i in 0..144 {
            let j = (row + i / 12) * 32 + col + i % 12;
            let sure = [&whole, &part].map(|samples| samples.band(0)[if samples.width == 32 { j } else { i }].is_nan());
            // A pixel exactly half outside may fall to either side by rounding; values never differ.
            if sure[0] == sure[1] && !sure[0] {
                prop_assert!((whole.band(0)[j] - part.band(0)[i]).abs() < 1e-3);
                prop_assert!((whole.band(1)[j] - part.band(1)[i]).abs() < 1e-3);
            }
            prop_assert_eq!(sure[0], !whole.valid[j]);
        }
    }
}

#[test]
fn windows_of_a_grid_agree_where_they_overlap() {
    let scene = fixture("scenes/virginia_naip/virginia_naip.tif");
    let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap();
    let grid = Grid::at_resolution(scene.size(), [1.0, 1.0], 1.7, 120, 60).unwrap();
    let view = |col| View::of_window(&scene, &grid, Window { row: 1, col }, &stretch).unwrap();
    let (left, right) = (view(0), view(1));
    for row in 0..120 {
        let at = |col: usize| (row * 120 + col) * 3;
        assert_eq!(left.rgb[at(60)..at(119) + 3], right.rgb[at(0)..at(59) + 3]);
    }
}

#[test]
fn enlarging_interpolates_between_pixel_centres() {
    let folder = tempfile::tempdir().unwrap();
    let scene = open(
        Picture { size: [2, 1], ..Picture::default() }
            .write(&folder.path().join("a.tif"), |_, col, _| 100 * col as u16),
    );
    let samples = scene.read(Area { x: 0.0, y: 0.0, width: 2.0, height: 1.0 }, [8, 1], &[1]).unwrap();
    assert_eq!(samples.values, [0.0, 0.0, 12.5, 37.5, 62.5, 87.5, 100.0, 100.0]);
}

#[test]
fn what_is_no_data_never_bleeds_into_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let hole = |col: usize| col % 4 == 3;
    for (name, nodata, value) in
        [("nodata.tif", Some(-9999.0), -9999.0f32), ("nan.tif", None, f32::NAN), ("inf.tif", None, f32::INFINITY)]
    {
        let picture = Picture { nodata, ..Picture::default() };
        let scene = open(picture.write(&folder.path().join(name), |_, col, _| if hole(col) { value } else { 50.0 }));
        let samples = scene.read(Area { x: 0.0, y: 0.0, width: 40.0, height: 28.0 }, [10, 7], &[1]).unwrap();
        assert!(samples.valid.iter().all(|valid| *valid), "{name}");
        assert!(samples.values.iter().all(|mean| (mean - 50.0).abs() < 1e-4), "{name}: {:?}", samples.values);
        let single = scene.read(Area { x: 3.0, y: 0.0, width: 1.0, height: 1.0 }, [1, 1], &[1]).unwrap();
        assert!(!single.valid[0] && single.values[0].is_nan(), "{name}");
    }
}

#[test]
fn a_pixel_dark_in_one_band_only_is_data() {
    // No-data 0 in 8-bit pictures also hits shadows: one band at 0 does not make a hole.
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture { bands: 3, nodata: Some(0.0), ..Picture::default() };
    let scene = open(picture.write(&folder.path().join("a.tif"), |band, col, _| match (col, band) {
        (0, _) | (1, 1) => 0u8,
        _ => 90,
    }));
    let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap();
    let view = View::read(&scene, Area { x: 0.0, y: 0.0, width: 3.0, height: 1.0 }, [3, 1], &stretch).unwrap();
    assert_eq!(view.valid, [false, true, true]);
    assert_eq!(view.rgb, [127, 127, 127, 0, 90, 90, 90, 90, 90]);
}

#[test]
fn alpha_and_masks_hide_pixels_at_every_size() {
    for (name, share) in [("alpha_rgba.tif", 0.7917), ("alpha_grey.tif", 0.7917), ("mask_internal.tif", 0.625)] {
        let scene = fixture(&format!("zoo/{name}"));
        for out in [[96, 80], [48, 40], [24, 20], [192, 160]] {
            let samples = scene.read(Area::whole(scene.size()), out, &[1]).unwrap();
            let valid = samples.valid.iter().filter(|valid| **valid).count() as f64 / samples.valid.len() as f64;
            // An edge that cuts through a row or column of pixels moves to one side of them.
            let tolerance = 0.5 / out[0].min(out[1]) as f64 + 1e-4;
            assert!((valid - share).abs() <= tolerance, "{name} at {out:?}: {valid}");
        }
    }
}

#[test]
fn a_mask_with_overviews_is_read_through_them() {
    let scene = fixture("scenes/kampala_market/kampala_market.tif");
    assert_eq!(scene.overviews().collect::<Vec<_>>(), [[512, 512], [256, 256], [128, 128]]);
    let share = |out: usize| {
        let samples = scene.read(Area::whole(scene.size()), [out, out], &[1, 2, 3]).unwrap();
        samples.valid.iter().filter(|valid| **valid).count() as f64 / (out * out) as f64
    };
    let full = share(1024);
    for out in [512, 300, 128, 64] {
        assert!((share(out) - full).abs() < 0.01, "{out}: {} against {full}", share(out));
    }
}

#[test]
fn a_palette_is_shown_through_its_colours_and_never_mixed() {
    let scene = fixture("zoo/palette.tif");
    let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap();
    assert_eq!(stretch.rule, StretchRule::Palette);
    let colours: Vec<[u8; 3]> = stretch.palette.as_ref().unwrap().iter().map(|[r, g, b, _]| [*r, *g, *b]).collect();
    for out in [[96, 80], [37, 31], [200, 150]] {
        let view = View::read(&scene, Area::whole(scene.size()), out, &stretch).unwrap();
        assert!(view.rgb.chunks_exact(3).all(|rgb| colours.iter().any(|colour| colour == rgb)), "{out:?}");
    }
}

#[test]
fn a_damaged_tile_is_an_error_of_its_own_area_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.tif");
    let options = ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"];
    Picture { size: [256, 256], options: &options, ..Picture::default() }.write(&path, |_, col, row| noise(col, row));
    // The head of the compressed tile in column 1, row 2; damage further in may decode to other numbers unnoticed.
    let set = gdal::Dataset::open(&path).unwrap();
    let offset = set.rasterband(1).unwrap().metadata_item("BLOCK_OFFSET_1_2", "TIFF").unwrap();
    let offset: usize = offset.parse().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[offset..offset + 4].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let scene = open(&path);
    let (mut bad, mut good) = (0, 0);
    for y in [0.0, 64.0, 128.0, 192.0] {
        for x in [0.0, 64.0, 128.0, 192.0] {
            match scene.read(Area { x, y, width: 64.0, height: 64.0 }, [64, 64], &[1]) {
                Ok(_) => good += 1,
                Err(error) => {
                    bad += 1;
                    assert!(error.what().contains("damaged.tif") && error.why().contains("decoded"), "{error}");
                }
            }
        }
    }
    assert_eq!((bad, good), (1, 15));
    // What is left is still described, and the damage is not passed over.
    let description = Description::of(&scene);
    assert_eq!(description.valid_fraction, None);
    assert!(description.warnings.iter().any(|warning| warning.contains("decoded")), "{:?}", description.warnings);
}

#[test]
fn the_scenes_are_shown_in_their_own_bands() {
    let percentiles = StretchRule::Percentiles { low: 2.0, high: 98.0 };
    for (name, bands, rule) in [
        ("rotterdam_housing", [3, 2, 1], percentiles),
        ("rotterdam_quay", [3, 2, 1], percentiles),
        ("elkton_landsat8", [4, 3, 2], percentiles),
        ("virginia_naip", [1, 2, 3], StretchRule::AsStored),
        ("kampala_market", [1, 2, 3], StretchRule::AsStored),
    ] {
        let stretch =
            Stretch::choose(&fixture(&format!("scenes/{name}/{name}.tif")), &StretchOptions::default()).unwrap();
        assert_eq!((stretch.bands, stretch.rule), (bands, rule), "{name}");
        assert!((0..3).all(|c| stretch.low[c] < stretch.high[c]), "{name}");
    }
}

#[test]
fn wrong_statistics_in_a_side_file_do_not_reach_the_stretch() {
    let scene = fixture("zoo/aux_wrong_statistics.tif");
    let options = StretchOptions { percentiles: Some([0.0, 100.0]), ..StretchOptions::default() };
    let stretch = Stretch::choose(&scene, &options).unwrap();
    let samples = scene.read(Area::whole(scene.size()), [96, 80], &[1]).unwrap();
    let least = samples.values.iter().copied().fold(f32::INFINITY, f32::min);
    let most = samples.values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    assert_eq!((stretch.low[0], stretch.high[0]), (least, most));
}

#[test]
fn infinities_and_one_value_everywhere_still_give_a_picture() {
    let scene = fixture("zoo/infinite_values.tif");
    let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap();
    assert!(stretch.low.iter().chain(&stretch.high).all(|limit| limit.is_finite()));
    let scene = fixture("zoo/constant.tif");
    let options = StretchOptions { percentiles: Some([2.0, 98.0]), ..StretchOptions::default() };
    let stretch = Stretch::choose(&scene, &options).unwrap();
    let view = View::read(&scene, Area::whole(scene.size()), [10, 10], &stretch).unwrap();
    assert!(view.rgb.iter().all(|byte| *byte == 127) && view.valid.iter().all(|valid| *valid));
}

#[test]
fn the_user_may_choose_bands_and_percentiles_but_only_possible_ones() {
    let scene = fixture("scenes/virginia_naip/virginia_naip.tif");
    let choose = |bands, percentiles| Stretch::choose(&scene, &StretchOptions { bands, percentiles });
    let stretch = choose(Some([4, 1, 2]), Some([1.0, 99.0])).unwrap();
    assert_eq!((stretch.bands, stretch.rule), ([4, 1, 2], StretchRule::Percentiles { low: 1.0, high: 99.0 }));
    assert!(choose(Some([5, 1, 2]), None).is_err() && choose(Some([0, 1, 2]), None).is_err());
    for percentiles in [[50.0, 50.0], [-1.0, 99.0], [2.0, 101.0], [f64::NAN, 98.0]] {
        assert!(choose(None, Some(percentiles)).is_err(), "{percentiles:?}");
    }
}

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

#[test]
fn a_file_that_changed_is_not_reopened_as_if_it_had_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = Picture::default().write(&folder.path().join("a.tif"), |_, col, row| noise(col, row));
    let scene = open(&path);
    Picture { size: [9, 9], ..Picture::default() }.write(&path, |_, col, row| noise(col, row));
    assert!(scene.reopen().is_err_and(|error| error.why().contains("changed")));
}

#[test]
fn impossible_requests_are_refused_before_anything_is_allocated() {
    let scene = fixture("zoo/type_u8.tif");
    let whole = Area::whole(scene.size());
    for (area, out, bands) in [
        (whole, [0, 10], vec![1]),
        (whole, [usize::MAX, 2], vec![1]),
        (whole, [1 << 20, 1 << 20], vec![1]),
        (whole, [10, 10], vec![]),
        (whole, [10, 10], vec![4]),
        (whole, [10, 10], vec![0]),
        (Area { width: 0.0, ..whole }, [10, 10], vec![1]),
        (Area { x: f64::NAN, ..whole }, [10, 10], vec![1]),
        (Area { height: f64::INFINITY, ..whole }, [10, 10], vec![1]),
    ] {
        assert!(scene.read(area, out, &bands).is_err(), "{area:?} {out:?} {bands:?}");
    }
}

/// A server of one file that counts who comes.
struct Server {
    address: String,
    visits: Arc<AtomicUsize>,
}

impl Server {
    fn of(body: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/scene.tif", listener.local_addr().unwrap());
        let visits = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&visits);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let body = body.clone();
                std::thread::spawn(move || answer(stream, &body));
            }
        });
        Self { address, visits }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: std::net::TcpStream, body: &[u8]) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut first, mut range) = (String::new(), None);
        reader.read_line(&mut first).ok().filter(|count| *count > 0)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(asked) = line.to_lowercase().trim().strip_prefix("range: bytes=") {
                let (from, to) = asked.split_once('-')?;
                let to = to.parse::<usize>().unwrap_or(usize::MAX).min(body.len() - 1);
                range = Some((from.parse::<usize>().ok()?, to));
            }
        }
        let found = first.contains("/scene.tif ");
        let (status, part) = match range {
            _ if !found => ("404 Not Found".to_owned(), &body[..0]),
            Some((from, to)) if from <= to => {
                (format!("206 Partial Content\r\nContent-Range: bytes {from}-{to}/{}", body.len()), &body[from..=to])
            }
            _ => ("200 OK".to_owned(), body),
        };
        write!(stream, "HTTP/1.1 {status}\r\nAccept-Ranges: bytes\r\nContent-Length: {}\r\n\r\n", part.len()).ok()?;
        if !first.starts_with("HEAD") {
            stream.write_all(part).ok()?;
        }
    }
}

/// Writes a zip archive of one file, through GDAL.
fn zip_of(archive: &Path, name: &str, content: &[u8]) {
    let _ = std::fs::remove_file(archive);
    let memory = format!("/vsimem/{name}");
    gdal::vsi::create_mem_file(&memory, content.to_vec()).unwrap();
    let target = format!("/vsizip/{}/{name}", archive.display());
    let (from, to) = (CString::new(memory.as_str()).unwrap(), CString::new(target).unwrap());
    // SAFETY: both are NUL-terminated names that outlive the call.
    assert_eq!(unsafe { gdal_sys::CPLCopyFile(to.as_ptr(), from.as_ptr()) }, 0);
    gdal::vsi::unlink_mem_file(&memory).unwrap();
}

#[test]
fn no_file_however_crafted_makes_the_program_speak_to_the_network() {
    let server = Server::of(std::fs::read(format!("{FIXTURES}/zoo/type_u8.tif")).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let curl = format!("/vsicurl/{}", server.address);
    let vrt = |file: &str| {
        format!(
            "<VRTDataset rasterXSize=\"96\" rasterYSize=\"80\"><VRTRasterBand dataType=\"Byte\" band=\"1\"><SimpleSource><SourceFilename>{file}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
        )
    };
    write("direct.vrt", &vrt(&curl));
    write("disguised.tif", &vrt(&curl.replace('/', "&#x2F;")));
    write("outer.vrt", &vrt(folder.path().join("disguised.tif").to_str().unwrap()));
    write("http.vrt", &vrt(&server.address));
    write(
        "wms.xml",
        &format!("<GDAL_WMS><Service name=\"TMS\"><ServerUrl>{}</ServerUrl></Service></GDAL_WMS>", server.address),
    );
    write(
        "inline.vrt",
        &vrt(&format!(
            "&lt;GDAL_WMS&gt;&lt;Service name=\"TMS\"&gt;&lt;ServerUrl&gt;{}&lt;/ServerUrl&gt;&lt;/Service&gt;&lt;/GDAL_WMS&gt;",
            server.address
        )),
    );
    write(
        "a.mrf",
        &format!(
            "<MRF_META><CachedSource><Source>{curl}</Source></CachedSource><Raster><Size x=\"96\" y=\"80\" c=\"3\"/></Raster></MRF_META>"
        ),
    );
    let mut sources: Vec<String> =
        ["direct.vrt", "disguised.tif", "outer.vrt", "http.vrt", "wms.xml", "inline.vrt", "a.mrf"]
            .iter()
            .map(|name| folder.path().join(name).to_str().unwrap().to_owned())
            .collect();
    sources.extend([
        server.address.clone(),
        curl.clone(),
        vrt(&curl),
        format!("vrt://{curl}?bands=1"),
        format!("/vsizip/{{{curl}}}/a.tif"),
    ]);
    for source in &sources {
        let error = Scene::open(source, Access::LocalOnly).expect_err(source);
        assert!(error.to_string().contains("remote"), "{source}: {error}");
    }
    // In an archive as well, and for the drivers that have an own way to the network.
    let archive = folder.path().join("archive.zip");
    for inner in [vrt(&curl), vrt(&format!("NETCDF:&quot;{}&quot;:x", server.address))] {
        write("inner.vrt", &inner);
        zip_of(&archive, "inner.vrt", inner.as_bytes());
        let source = format!("/vsizip/{}/inner.vrt", archive.display());
        let error = Scene::open(&source, Access::LocalOnly).expect_err(&source);
        assert!(error.to_string().contains("remote"), "{source}: {error}");
        write("of_archive.vrt", &vrt(&source));
        let error = Scene::open(folder.path().join("of_archive.vrt").to_str().unwrap(), Access::LocalOnly).unwrap_err();
        assert!(error.to_string().contains("remote"), "{error}");
    }
    // A tag or a side file may name overviews elsewhere: what does not speak of them opens, and still stays at home.
    for (i, named) in [curl.as_str(), server.address.as_str()].into_iter().enumerate() {
        let path = Picture { size: [600, 500], ..Picture::default() }
            .write(&folder.path().join(format!("o{i}.tif")), |_, col, row| noise(col, row));
        let side = format!(
            "<PAMDataset><Metadata domain=\"OVERVIEWS\"><MDI key=\"OVERVIEW_FILE\">{named}</MDI></Metadata></PAMDataset>"
        );
        std::fs::write(format!("{}.aux.xml", path.display()), side).unwrap();
        let error = Scene::open(path.to_str().unwrap(), Access::LocalOnly).unwrap_err();
        assert!(error.to_string().contains("remote"), "{error}");
        // Hidden one step deeper, it is not refused but not followed either.
        write("around.vrt", &vrt(path.to_str().unwrap()).replace("96", "600").replace("80", "500"));
        if let Ok(scene) = Scene::open(folder.path().join("around.vrt").to_str().unwrap(), Access::LocalOnly) {
            let _ = scene.read(Area::whole(scene.size()), [20, 20], &[1]);
            let _ = Description::of(&scene);
        }
    }
    assert_eq!(server.visits(), 0);
}

#[test]
fn an_address_is_read_in_pieces_once_that_is_allowed() {
    let server = Server::of(std::fs::read(format!("{FIXTURES}/zoo/type_u8.tif")).unwrap());
    let remote = Scene::open(&server.address, Access::AllowRemote).unwrap();
    assert!(server.visits() > 0);
    let local = fixture("zoo/type_u8.tif");
    let read = |scene: &Scene| scene.read(Area::whole(scene.size()), [96, 80], &[1, 2, 3]).unwrap();
    assert_eq!(read(&remote), read(&local));
}

#[test]
fn entities_of_a_side_file_are_neither_expanded_nor_read() {
    let path = format!("{FIXTURES}/zoo/aux_entity.tif");
    if let Ok(scene) = Scene::open(&path, Access::LocalOnly) {
        let text = format!("{}{}", Description::of(&scene), serde_json::to_string(&Description::of(&scene)).unwrap());
        let mut host = String::new();
        std::fs::File::open("/etc/hostname").and_then(|mut file| file.read_to_string(&mut host)).unwrap();
        assert!(!text.contains("aaaaaaaaaa") && !text.contains(host.trim()), "{text}");
    }
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
