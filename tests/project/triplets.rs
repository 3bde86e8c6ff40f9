//! Labels as a model learns from them: pictures, masks, phrases, and splits that share no ground.

use std::collections::BTreeSet;
use std::path::Path;

use geo::{Contains, MapCoords, MultiPolygon, Point};
use proptest::prelude::*;
use referent::job::Job;
use referent::project::{Document, Edit, NewArea, NewLabel, TripletOptions, TripletsWritten, write_triplets};
use referent::raster::{Crs, Scene, Stretch, StretchOptions, transform_points};
use referent::train::dataset::{Dataset, Sample, Split, Target};
use referent::train::mask::Mask;
use referent::train::split::leaks;
use referent::vector::read_polygons;

use crate::picture::{Picture, open};
use crate::{add, label, square};

fn write(document: &Document, scene: &Scene, folder: &Path, options: &TripletOptions) -> TripletsWritten {
    let stretch = Stretch::choose(scene, &StretchOptions::default()).unwrap();
    write_triplets(&document.snapshot().unwrap(), &[(scene, &stretch)], folder, options, &Job::unwatched()).unwrap()
}

fn read(folder: &Path) -> Dataset {
    let dataset = Dataset::open(folder, &Job::unwatched()).unwrap();
    assert_eq!(dataset.skips.len(), 0, "{}", dataset.skips);
    dataset
}

/// The mask of each phrase of a picture; `None` for what is not there.
fn said(sample: &Sample) -> Vec<(&str, Option<Mask>)> {
    sample.expressions.iter().map(|said| (said.text.as_str(), sample.read_target(said).unwrap())).collect()
}

fn iou(one: &Mask, other: &Mask) -> f64 {
    let (both, either) = one.overlap_areas(other).unwrap();
    both as f64 / either.max(1) as f64
}

/// A grey noise of 8 bits in which shapes of the world are painted white.
fn painted(path: &Path, size: [usize; 2], transform: [f64; 6], epsg: u32, shapes: &[MultiPolygon<f64>]) -> Scene {
    let picture = Picture { size, bands: 3, transform: Some(transform), epsg: Some(epsg), ..Picture::default() };
    let t = transform;
    let bounds: Vec<_> = shapes.iter().map(|shape| geo::BoundingRect::bounding_rect(shape).unwrap()).collect();
    picture.write(path, |_, col, row| {
        let (x, y) = (col as f64 + 0.5, row as f64 + 0.5);
        let place = geo::Coord { x: t[0] + x * t[1] + y * t[2], y: t[3] + x * t[4] + y * t[5] };
        let inside = shapes
            .iter()
            .zip(&bounds)
            .any(|(shape, bounds)| geo::Intersects::intersects(bounds, &place) && shape.contains(&Point(place)));
        // A hash: a pattern that repeats would give two pictures the same pixels.
        let grain = (col * 73_856_093) ^ (row * 19_349_663);
        if inside { 250u8 } else { ((grain ^ (grain >> 13)) % 90) as u8 }
    });
    open(path)
}

/// The pixels of a picture that are painted white.
fn white(sample: &Sample) -> Mask {
    let picture = sample.read_image().unwrap();
    let size = sample.read_size().unwrap();
    Mask::from_fn(size, |x, y| picture.get_pixel(x, y).0[0] > 170)
}

#[test]
fn masks_lie_on_what_the_raster_shows_whatever_its_grid_and_the_documents_coordinates() {
    let (sin, cos) = 25f64.to_radians().sin_cos();
    let cases = [
        ("north up", [500_000.0, 0.5, 0.0, 5_000_000.0, 0.0, -0.5], 32633, "EPSG:32633", 0.5),
        (
            "turned and oblong",
            [500_000.0, 0.5 * cos, 0.8 * sin, 5_000_000.0, 0.5 * sin, -0.8 * cos],
            32633,
            "EPSG:32633",
            0.8,
        ),
        ("in degrees", [14.0, 6e-6, 0.0, 46.0, 0.0, -4.5e-6], 4326, "EPSG:32633", 0.5),
        ("document in degrees", [500_000.0, 0.5, 0.0, 5_000_000.0, 0.0, -0.5], 32633, "EPSG:4326", 0.7),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, transform, epsg, crs, gsd) in cases {
        let t = transform;
        // In pixels of the raster, then in its world, then in the document's.
        let disc = |x: f64, y: f64, r: f64| referent::project::shape::circle(geo::Coord { x, y }, r);
        let ring = referent::project::shape::erased(&disc(420.0, 300.0, 60.0), &disc(420.0, 300.0, 25.0));
        let world = [disc(100.0, 90.0, 40.0), ring, square(250.0, 60.0, 55.0)].map(|shape| {
            shape.map_coords(|c| geo::Coord { x: t[0] + c.x * t[1] + c.y * t[2], y: t[3] + c.x * t[4] + c.y * t[5] })
        });
        let raster = folder.path().join(format!("{name}.tif"));
        let scene = painted(&raster, [600, 420], transform, epsg, &world);
        let (from, to) = (scene.georeference().crs.clone().unwrap(), Crs::from_user(crs).unwrap());
        let shapes = world.map(|shape| {
            shape.map_coords(|c| {
                let (mut xs, mut ys) = ([c.x], [c.y]);
                transform_points(&from, &to, &mut xs, &mut ys).unwrap();
                geo::Coord { x: xs[0], y: ys[0] }
            })
        });
        let mut document = Document::create(&folder.path().join(format!("{name}.gpkg")), Some(&to)).unwrap();
        add(&mut document, shapes.into_iter().map(|shape| label(shape, "storage tank", &["a white tank"])).collect());
        let out = folder.path().join(name);
        let options = TripletOptions { side_px: 240, gsd_m: Some(gsd), ..TripletOptions::default() };
        write(&document, &scene, &out, &options);
        let dataset = read(&out);
        assert!(!dataset.samples.is_empty());
        for sample in &dataset.samples {
            assert_eq!(sample.gsd_m, Some(gsd));
            let [(phrase, Some(mask))] = &said(sample)[..] else { panic!("{name}: {:?}", sample.expressions) };
            assert_eq!(*phrase, "a white tank");
            let overlap = iou(mask, &white(sample));
            assert!(overlap > 0.95, "{name} {}: {overlap}", sample.id);
            let [west, south, east, north] = sample.extent.unwrap().sides();
            // The rectangle around a turned picture is larger than the picture.
            let ground = f64::from(sample.read_size().unwrap().width()) * gsd;
            assert!(east - west > 0.97 * ground && east - west < 1.5 * ground, "{name}: {}", east - west);
            assert!(north - south > 0.0);
        }
    }
}

#[test]
fn the_sample_scene_becomes_triplets_with_phrases_from_geometry() {
    let folder = tempfile::tempdir().unwrap();
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
    let scene = open(assets.join("rotterdam_tanks.tif"));
    let (crs, shapes, _) = read_polygons(&assets.join("rotterdam_tanks_objects.geojson")).unwrap();
    let mut document = Document::create(&folder.path().join("a.gpkg"), crs.as_ref()).unwrap();
    let count = shapes.len();
    add(&mut document, shapes.into_iter().map(|shape| label(shape, "storage tank", &[])).collect());
    let out = folder.path().join("triplets");
    let written = write(&document, &scene, &out, &TripletOptions { side_px: 240, ..TripletOptions::default() });
    let dataset = read(&out);
    assert_eq!(dataset.samples.len(), written.pictures.values().sum::<usize>());
    assert_eq!(dataset.samples.iter().map(|sample| sample.expressions.len()).sum::<usize>(), written.present);
    assert_eq!(leaks(&dataset), []);
    let mut kinds = BTreeSet::new();
    for sample in &dataset.samples {
        assert!(sample.expressions.iter().any(|said| said.text == "storage tank"), "{:?}", sample.expressions);
        for said in &sample.expressions {
            assert_eq!(said.category.as_deref(), Some("storage tank"));
            kinds.extend(said.kind.clone());
            assert!(sample.read_target(said).unwrap().is_some_and(|mask| !mask.is_empty()), "{}", said.text);
        }
    }
    assert!(kinds.len() >= 3, "{kinds:?} of {count} tanks: {written:?}");
}

#[test]
fn a_phrase_means_all_that_carry_it_and_a_place_in_the_frame_only_where_it_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let world = [square(500_040.0, 4_999_860.0, 20.0), square(500_100.0, 4_999_870.0, 20.0)];
    let scene = painted(&folder.path().join("a.tif"), [400, 300], [5e5, 1.0, 0.0, 5e6, 0.0, -1.0], 32633, &world);
    let mut document = Document::create(&folder.path().join("a.gpkg"), Some(&crate::utm())).unwrap();
    add(
        &mut document,
        vec![
            label(
                world[0].clone(),
                "storage tank",
                &["a white tank", "the leftmost tank", "the tank in the lower right corner"],
            ),
            label(world[1].clone(), "storage tank", &["A white tank"]),
        ],
    );
    let out = folder.path().join("out");
    let written =
        write(&document, &scene, &out, &TripletOptions { side_px: 200, val: 0.0, ..TripletOptions::default() });
    let dataset = read(&out);
    let sample = &dataset.samples[0];
    let found = said(sample);
    let mask_of = |phrase: &str| found.iter().find(|(text, _)| *text == phrase).and_then(|(_, mask)| mask.clone());
    assert!(iou(&mask_of("a white tank").unwrap(), &white(sample)) > 0.95, "both, though one is written otherwise");
    let left = mask_of("the leftmost tank").unwrap();
    assert!((left.area() as f64 - 400.0).abs() < 45.0);
    assert!(mask_of("the tank in the lower right corner").is_none());
    assert!(written.notices.iter().any(|notice| notice.contains("in the frame")), "{:?}", written.notices);
}

#[test]
fn what_is_not_in_an_area_is_asked_for_in_vain_only_where_the_area_fills_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let tank = square(500_050.0, 4_999_900.0, 20.0);
    let scene = painted(
        &folder.path().join("a.tif"),
        [900, 700],
        [5e5, 1.0, 0.0, 5e6, 0.0, -1.0],
        32633,
        std::slice::from_ref(&tank),
    );
    let mut document = Document::create(&folder.path().join("a.gpkg"), Some(&crate::utm())).unwrap();
    add(&mut document, vec![label(tank, "storage tank", &["the tank"])]);
    let negative = |shape, phrase: &str| NewArea { shape, scene: None, phrases: vec![phrase.into()] };
    document
        .apply(&Edit::AddAreas(vec![
            // Two pictures side by side, one as large as fits, one over the tank, one too small for any.
            negative(
                referent::project::shape::rectangle(
                    geo::Coord { x: 500_300.0, y: 4_999_600.0 },
                    geo::Coord { x: 500_560.0, y: 4_999_730.0 },
                ),
                "a ship",
            ),
            negative(square(500_700.0, 4_999_500.0, 80.0), "an airplane"),
            negative(square(500_000.0, 4_999_820.0, 180.0), "The tank"),
            negative(square(500_800.0, 4_999_800.0, 9.0), "a bridge"),
        ]))
        .unwrap();
    let out = folder.path().join("out");
    let written =
        write(&document, &scene, &out, &TripletOptions { side_px: 128, val: 0.0, ..TripletOptions::default() });
    let dataset = read(&out);
    let mut absent: Vec<(&str, [u32; 2])> = Vec::new();
    for sample in &dataset.samples {
        let size = sample.read_size().unwrap();
        for said in sample.expressions.iter().filter(|said| said.target == Target::Absent) {
            assert_eq!((said.things, white(sample).is_empty()), (Some(0), true));
            absent.push((&said.text, [size.width(), size.height()]));
        }
    }
    absent.sort();
    assert_eq!(absent.len(), 3, "{absent:?}");
    assert_eq!(absent[..2], [("a ship", [128, 128]), ("a ship", [128, 128])]);
    assert!(absent[2].0 == "an airplane" && absent[2].1[0] <= 80 && absent[2].1[0] >= 60, "{absent:?}");
    // The picture over the tank was cut for the area that is wrong about it; the tank itself has another.
    assert_eq!((written.present, written.absent), (2, 3));
}

#[test]
fn a_few_neighbours_get_smaller_pictures_so_that_one_can_be_held_out() {
    let folder = tempfile::tempdir().unwrap();
    let world: Vec<_> = (0..8).map(|i| square(500_020.0 + 45.0 * f64::from(i), 4_999_800.0, 12.0)).collect();
    let scene = painted(&folder.path().join("a.tif"), [450, 400], [5e5, 1.0, 0.0, 5e6, 0.0, -1.0], 32633, &world);
    let mut document = Document::create(&folder.path().join("a.gpkg"), Some(&crate::utm())).unwrap();
    let ids = add(&mut document, world.iter().map(|shape| label(shape.clone(), "building", &["a building"])).collect());
    let written = write(&document, &scene, &folder.path().join("eight"), &TripletOptions::default());
    assert!(written.pictures.contains_key(&Split::Val) && written.pictures.contains_key(&Split::Train), "{written:?}");
    assert!(written.notices.iter().any(|notice| notice.contains("larger ones overlap")), "{written:?}");
    let dataset = read(&folder.path().join("eight"));
    assert_eq!(leaks(&dataset), []);
    // One alone cannot be divided.
    document.apply(&Edit::RemoveLabels(ids[1..].to_vec())).unwrap();
    let written = write(&document, &scene, &folder.path().join("one"), &TripletOptions::default());
    assert_eq!(written.pictures.keys().copied().collect::<Vec<_>>(), [Split::Train]);
    assert!(written.notices.iter().any(|notice| notice.contains("none is held out")), "{written:?}");
    assert_eq!(read(&folder.path().join("one")).samples[0].read_size().unwrap().width(), 450, "as wide as the scene");
}

#[test]
fn a_folder_that_holds_something_is_refused_and_a_stopped_export_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let world = [square(500_040.0, 4_999_860.0, 20.0)];
    let scene = painted(&folder.path().join("a.tif"), [200, 200], [5e5, 1.0, 0.0, 5e6, 0.0, -1.0], 32633, &world);
    let mut document = Document::create(&folder.path().join("a.gpkg"), Some(&crate::utm())).unwrap();
    let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap();
    let scenes = [(&scene, &stretch)];
    let options = TripletOptions::default();
    let out = folder.path().join("out");
    let none = write_triplets(&document.snapshot().unwrap(), &scenes, &out, &options, &Job::unwatched()).unwrap_err();
    assert!(none.why().contains("no label"), "{none}");
    let elsewhere = NewLabel { scene: Some("other.tif".into()), ..NewLabel::drawn(world[0].clone()) };
    add(&mut document, vec![elsewhere]);
    assert!(
        write_triplets(&document.snapshot().unwrap(), &scenes, &out, &options, &Job::unwatched()).is_err(),
        "drawn on another scene"
    );
    add(&mut document, vec![label(world[0].clone(), "storage tank", &[])]);
    let job = Job::unwatched();
    job.cancel();
    assert!(write_triplets(&document.snapshot().unwrap(), &scenes, &out, &options, &job).is_err());
    assert!(
        write_triplets(&document.snapshot().unwrap(), &scenes, folder.path(), &options, &Job::unwatched())
            .unwrap_err()
            .why()
            .contains("already")
    );
    assert!(
        write_triplets(
            &document.snapshot().unwrap(),
            &scenes,
            &folder.path().join("no/such"),
            &options,
            &Job::unwatched()
        )
        .is_err()
    );
    for options in [
        TripletOptions { val: 1.0, ..options.clone() },
        TripletOptions { side_px: 0, ..options.clone() },
        TripletOptions { gsd_m: Some(0.0), ..options.clone() },
    ] {
        assert!(write_triplets(&document.snapshot().unwrap(), &scenes, &out, &options, &Job::unwatched()).is_err());
    }
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, [".a.gpkg.lock", "a.gpkg", "a.tif"]);
    std::fs::create_dir(&out).unwrap();
    write(&document, &scene, &out, &options);
    assert_eq!(read(&out).samples.len(), 1, "an empty folder is no obstacle");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn no_ground_is_in_two_splits_and_a_labels_own_split_is_kept(
        places in prop::collection::vec((10.0..1480.0, 10.0..1080.0, 4.0..40.0, 0u8..6), 2..40), val in 0.1..0.5, seed: u64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let shape = |x: f64, y: f64, side: f64| square(5e5 + x, 5e6 - y - side, side);
        let world: Vec<_> = places.iter().map(|&(x, y, side, _)| shape(x, y, side)).collect();
        let scene = painted(&folder.path().join("a.tif"), [1500, 1100], [5e5, 1.0, 0.0, 5e6, 0.0, -1.0], 32633, &world);
        let mut document = Document::create(&folder.path().join("a.gpkg"), Some(&crate::utm())).unwrap();
        let own = |number: u8| [None, None, None, Some(Split::Train), Some(Split::Val), Some(Split::Test)][usize::from(number)];
        let labels = places.iter().zip(&world).map(|(&(.., number), shape)| {
            let phrase = own(number).map_or("open", |split| match split { Split::Train => "to learn", Split::Val => "to choose", Split::Test => "to report" });
            NewLabel { split: own(number), ..label(shape.clone(), "building", &[phrase]) }
        });
        add(&mut document, labels.collect());
        let out = folder.path().join("out");
        write(&document, &scene, &out, &TripletOptions { side_px: 96, val, seed, ..TripletOptions::default() });
        let dataset = read(&out);
        prop_assert_eq!(leaks(&dataset), []);
        for (index, one) in dataset.samples.iter().enumerate() {
            for other in &dataset.samples[index + 1..] {
                if one.split != other.split {
                    prop_assert!(!one.extent.unwrap().overlaps(&other.extent.unwrap()), "{} {}", one.id, other.id);
                }
            }
        }
        // What people reserved is never left out for the sake of what they gave for training.
        for (number, phrase, split) in [(5, "to report", Split::Test), (4, "to choose", Split::Val)] {
            let has = places.iter().any(|place| place.3 == number);
            let shown = dataset.split(split).any(|sample| sample.expressions.iter().any(|said| said.text == phrase));
            prop_assert!(shown || !has || (number == 4 && places.iter().any(|place| place.3 == 5)));
        }
    }
}
