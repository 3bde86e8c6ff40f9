//! What a read returns: means, interpolation, validity, overviews, damage.

use gdal::raster::Buffer;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata};
use proptest::prelude::*;
use referent::raster::{Area, Description, Grid, Stretch, StretchOptions, StretchRule, View, Window};

use crate::picture::{Picture, fixture, noise, open};

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
    let set = Dataset::open(&path).unwrap();
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
    assert!(description.valid_fraction.is_some_and(|valid| valid.sampled && valid.fraction == 1.0));
    assert!(description.stretch.is_some());
    assert!(description.warnings.iter().any(|warning| warning.contains("decoded")), "{:?}", description.warnings);
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

#[test]
fn an_overview_is_read_from_the_step_it_fits_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    Picture { size: [64, 64], ..Picture::default() }.write(&path, |_, _, _| 10u16);
    let options = DatasetOptions { open_flags: GdalOpenFlags::GDAL_OF_UPDATE, ..DatasetOptions::default() };
    let mut set = Dataset::open_ex(&path, options).unwrap();
    set.build_overviews("NEAREST", &[2, 4], &[]).unwrap();
    // Overviews that say which of them was read.
    for (index, size, value) in [(0, 32, 20u16), (1, 16, 40)] {
        let mut overview = set.rasterband(1).unwrap().overview(index).unwrap();
        overview.write((0, 0), (size, size), &mut Buffer::new((size, size), vec![value; size * size])).unwrap();
    }
    set.close().unwrap();
    let scene = open(&path);
    for (step, value) in [(0.5, 10.0), (1.9, 10.0), (2.0, 20.0), (3.9, 20.0), (4.0, 40.0), (8.0, 40.0)] {
        let area = Area { x: 8.0, y: 8.0, width: 4.0 * step, height: 4.0 * step };
        assert_eq!(scene.read(area, [4, 4], &[1]).unwrap().values, [value; 16], "step {step}");
    }
}

#[test]
fn a_large_read_is_put_together_from_strips_without_a_seam() {
    let scene = fixture("zoo/cog.tif");
    let area = Area { x: 0.0, y: 0.0, width: 1024.0, height: 800.0 };
    // Over a million pixels: several strips; the part below fits one.
    let large = scene.read(area, [2048, 1600], &[1, 2]).unwrap();
    let part = Area { x: 0.0, y: 200.0, width: 1024.0, height: 200.0 };
    let small = scene.read(part, [2048, 400], &[1, 2]).unwrap();
    assert!(large.valid.iter().all(|valid| *valid));
    assert_eq!(large.band(1)[400 * 2048..800 * 2048], *small.band(1));
}
