//! The program as a user runs it: arguments in; files, lines and an exit code out.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use gdal::Dataset;
use gdal::vector::LayerAccess;
use geo::{Area, BooleanOps, BoundingRect, Centroid, Contains, LineString, Polygon};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "common/program.rs"]
mod program;

use program::{Run, names};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample/rotterdam_tanks.tif");
const TANKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample/rotterdam_tanks_objects.geojson");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
const BUNDLED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/models/lite.safetensors");
const PHRASE: &str = "the storage tanks";

fn command(arguments: &[&str]) -> Command {
    program::command(arguments, "cli_cache")
}

fn referent(arguments: &[&str]) -> Run {
    command(arguments).output().unwrap().into()
}

/// `segment` of the sample's storage tanks with more arguments, run in `folder`.
fn segment_in(folder: &Path, more: &[&str]) -> Run {
    let mut arguments = vec!["segment", SAMPLE, PHRASE, "--device", "cpu"];
    arguments.extend(more);
    command(&arguments).current_dir(folder).output().unwrap().into()
}

/// The same with `run.geojson` in the sample's coordinate system as output: its features.
#[track_caller]
fn objects(folder: &Path, more: &[&str]) -> Vec<Value> {
    let arguments: Vec<&str> = ["-o", "run.geojson", "--crs", "source"].iter().chain(more).copied().collect();
    segment_in(folder, &arguments).ends(0);
    features(&folder.join("run.geojson"))
}

/// `segment` ended by force when it takes longer than `limit`: `None` then.
fn segment_within(limit: Duration, folder: &Path, more: &[&str]) -> Option<Run> {
    let mut arguments = vec!["segment", SAMPLE, PHRASE, "--device", "cpu"];
    arguments.extend(more);
    let mut child =
        command(&arguments).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > limit {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(child.wait_with_output().unwrap().into())
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

fn features(path: &Path) -> Vec<Value> {
    read_json(path)["features"].as_array().unwrap().clone()
}

fn polygon(feature: &Value) -> Polygon<f64> {
    let rings: Vec<Vec<[f64; 2]>> = serde_json::from_value(feature["geometry"]["coordinates"].clone()).unwrap();
    let mut rings = rings.into_iter().map(LineString::from);
    Polygon::new(rings.next().unwrap(), rings.collect())
}

/// Intersection over union.
fn overlap(a: &Polygon<f64>, b: &Polygon<f64>) -> f64 {
    let both = a.intersection(b).unsigned_area();
    both / (a.unsigned_area() + b.unsigned_area() - both)
}

/// What `referent info --json` says of the sample.
fn sample_info() -> &'static Value {
    static INFO: OnceLock<Value> = OnceLock::new();
    INFO.get_or_init(|| referent(&["info", SAMPLE, "--json"]).ends(0).json())
}

/// A rectangle of the sample's pixels (left, top, width, height) in its coordinate system.
fn on_map([left, top, width, height]: [f64; 4]) -> Polygon<f64> {
    let t: [f64; 6] = serde_json::from_value(sample_info()["transform"].clone()).unwrap();
    let at = |x: f64, y: f64| (t[0] + x * t[1], t[3] + y * t[5]);
    let (right, bottom) = (left + width, top + height);
    Polygon::new(vec![at(left, top), at(right, top), at(right, bottom), at(left, bottom)].into(), vec![])
}

/// One run over the whole sample into every format.
struct Whole {
    folder: PathBuf,
    summary: Value,
}

impl Whole {
    fn features(&self) -> Vec<Value> {
        features(&self.folder.join("tanks.geojson"))
    }

    fn raster(&self, name: &str) -> (Dataset, Vec<f64>) {
        let dataset = Dataset::open(self.folder.join(name)).unwrap();
        let values = dataset.rasterband(1).unwrap().read_band_as::<f64>().unwrap().data().to_vec();
        (dataset, values)
    }
}

fn whole() -> &'static Whole {
    static WHOLE: OnceLock<Whole> = OnceLock::new();
    WHOLE.get_or_init(|| {
        // A static is never dropped, so the folder is one of the build's and made afresh.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli_whole_sample");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let outputs = ["-o", "tanks.geojson", "-o", "tanks.shp", "-o", "tanks.gpkg", "-o", "mask.tif"];
        let more: Vec<&str> = outputs.into_iter().chain(["--probability", "p.tif", "--json"]).collect();
        let summary = segment_in(&folder, &more).ends(0).json();
        Whole { folder, summary }
    })
}

/// A scene far larger than can be looked at in a test: the sample in the upper left of a mosaic of 30 000 pixels square.
fn vast_scene(folder: &Path) -> PathBuf {
    let band = |number: usize| {
        let sources: String = (0..20)
            .map(|i| {
                format!(
                    "<SimpleSource><SourceFilename relativeToVRT=\"0\">{SAMPLE}</SourceFilename><SourceBand>{number}</SourceBand>\
                     <SrcRect xOff=\"0\" yOff=\"0\" xSize=\"600\" ySize=\"600\"/>\
                     <DstRect xOff=\"{}\" yOff=\"{}\" xSize=\"600\" ySize=\"600\"/></SimpleSource>",
                    i % 10 * 600,
                    i / 10 * 600
                )
            })
            .collect();
        format!(
            "<VRTRasterBand dataType=\"UInt16\" band=\"{number}\"><NoDataValue>0</NoDataValue>{sources}</VRTRasterBand>"
        )
    };
    let bands: String = (1..=3).map(band).collect();
    let path = folder.join("vast.vrt");
    let text = format!(
        "<VRTDataset rasterXSize=\"30000\" rasterYSize=\"30000\"><SRS>EPSG:32631</SRS>\
         <GeoTransform>593011.9,0.5,0,5750441.6,0,-0.5</GeoTransform>{bands}</VRTDataset>"
    );
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn every_output_is_written_and_nothing_else_is_left() {
    let expected = "mask.tif p.tif tanks.cpg tanks.dbf tanks.geojson tanks.gpkg tanks.prj tanks.shp tanks.shx";
    assert_eq!(names(&whole().folder), expected.split(' ').map(String::from).collect());
    assert_eq!(whole().summary["outputs"], json!(["tanks.geojson", "tanks.shp", "tanks.gpkg", "mask.tif", "p.tif"]));
}

#[test]
fn every_format_holds_as_many_objects_as_the_summary_says() {
    let count = whole().summary["count"].as_u64().unwrap();
    assert!(count > 0);
    assert_eq!(whole().features().len() as u64, count);
    for name in ["tanks.shp", "tanks.gpkg"] {
        let dataset = Dataset::open(whole().folder.join(name)).unwrap();
        assert_eq!(dataset.layer(0).unwrap().feature_count(), count, "{name}");
    }
}

#[test]
fn the_areas_of_polygons_mask_and_summary_agree() {
    let area = whole().summary["area"].as_f64().unwrap();
    assert_eq!(whole().summary["area_unit"], "m²");
    let sum: f64 = whole().features().iter().map(|f| f["properties"]["area_m2"].as_f64().unwrap()).sum();
    assert!((sum - area).abs() < 0.01, "each area is rounded to a litre: {sum} {area}");
    let (mask, values) = whole().raster("mask.tif");
    assert_eq!(mask.raster_size(), (600, 600));
    assert!(values.iter().all(|value| *value == 0.0 || *value == 1.0));
    let pixel = sample_info()["metres_per_pixel"][0].as_f64().unwrap().powi(2);
    let covered = values.iter().sum::<f64>() * pixel;
    assert!((covered / area - 1.0).abs() < 0.02, "pixels by their centres: {covered} {area}");
}

#[test]
fn the_mask_is_where_the_probability_is_high() {
    let ((_, mask), (raster, probability)) = (whole().raster("mask.tif"), whole().raster("p.tif"));
    assert_eq!(raster.raster_size(), (600, 600));
    let scale = raster.rasterband(1).unwrap().scale().unwrap_or(1.0);
    let inside: Vec<f64> = mask.iter().zip(&probability).filter(|(m, _)| **m > 0.0).map(|(_, p)| p * scale).collect();
    let high = inside.iter().filter(|p| **p >= 0.5).count();
    assert!(
        high as f64 > 0.95 * inside.len() as f64,
        "outlines are simplified by half a pixel: {high} of {}",
        inside.len()
    );
    let elsewhere = mask.iter().zip(&probability).filter(|(m, p)| **m == 0.0 && **p * scale >= 0.5).count();
    assert!((elsewhere as f64) < 0.05 * inside.len() as f64, "{elsewhere} of {}", inside.len());
}

#[test]
fn what_the_network_attends_to_lies_on_the_probabilities() {
    let folder = TempDir::new().unwrap();
    let more = ["-o", "tanks.geojson", "--probability", "p.tif", "--explain", "why", "--window", "380,330,210,260"];
    let run = segment_in(folder.path(), &[&more[..], &["--json"]].concat()).ends(0);
    let files = ["sentence", "object", "position"].map(|branch| format!("why/{branch}.tif"));
    assert!(files.iter().all(|file| run.json()["outputs"].as_array().unwrap().contains(&json!(file))));
    assert_eq!(names(folder.path()), ["p.tif", "tanks.geojson", "why"].map(String::from).into());
    let probability = Dataset::open(folder.path().join("p.tif")).unwrap();
    for file in files {
        let map = Dataset::open(folder.path().join(&file)).unwrap();
        assert_eq!(map.geo_transform().unwrap(), probability.geo_transform().unwrap(), "{file}");
        assert_eq!(map.raster_size(), probability.raster_size(), "{file}");
        let band = map.rasterband(1).unwrap();
        assert_eq!(band.band_type(), gdal::raster::GdalDataType::Float32, "{file}");
        let (columns, rows) = map.raster_size();
        let values = band.read_as::<f32>((0, 0), (columns, rows), (columns, rows), None).unwrap();
        for (at, value) in values.data().iter().enumerate() {
            let (x, y) = (at % columns, at / columns);
            let inside = (380..590).contains(&x) && (330..590).contains(&y);
            assert!(if inside { *value > 0.0 && *value < 1.0 } else { *value == 0.0 }, "{file} {x} {y}: {value}");
        }
    }
}

#[test]
fn polygons_lie_within_the_scene() {
    let bounds = ["west", "east", "south", "north"].map(|side| sample_info()["lonlat"][side].as_f64().unwrap());
    for feature in whole().features() {
        let rect = polygon(&feature).bounding_rect().unwrap();
        let outside =
            [bounds[0] - rect.min().x, rect.max().x - bounds[1], bounds[2] - rect.min().y, rect.max().y - bounds[3]];
        assert!(outside.iter().all(|by| *by < 1e-6), "{outside:?}");
        let [x, y] = ["centroid_x", "centroid_y"].map(|axis| feature["properties"][axis].as_f64().unwrap());
        let own = polygon(&feature).centroid().unwrap();
        assert!((own.x() - x).abs() < 2e-6 && (own.y() - y).abs() < 2e-6, "{own:?} {x} {y}");
    }
}

#[test]
fn the_two_northern_tanks_are_found() {
    let found: Vec<Polygon<f64>> = whole().features().iter().map(polygon).collect();
    let northern: Vec<Polygon<f64>> = features(Path::new(TANKS))
        .iter()
        .filter(|f| [3, 4].contains(&f["properties"]["id"].as_i64().unwrap()))
        .map(polygon)
        .collect();
    assert_eq!(northern.len(), 2);
    for tank in northern {
        let (best, with) =
            found.iter().map(|object| (overlap(&tank, object), object)).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        assert!(tank.contains(&with.centroid().unwrap()));
        assert!(best > NORTHERN_OVERLAP, "{best}");
    }
}

/// Intersection over union with the tanks as drawn by hand: 0.46 and 0.41 when this was written. The scene ends inside both tanks
/// and what is left of each is 15 to 20 m across, so two pixels along the outline are a third of the area.
const NORTHERN_OVERLAP: f64 = 0.3;

#[test]
fn objects_inside_two_frames_have_the_same_outline_in_both() {
    let folder = TempDir::new().unwrap();
    let frames = [[300.0, 0.0, 300.0, 300.0], [350.0, 50.0, 250.0, 400.0]];
    let runs = frames
        .map(|[x, y, w, h]| objects(folder.path(), &["--presence", "0", "--window", &format!("{x},{y},{w},{h}")]));
    // What a frame cuts may differ; two pixels from its edge nothing is cut.
    let common = on_map([352.0, 52.0, 246.0, 246.0]);
    let inside = runs.map(|run| {
        let mut outlines: Vec<String> =
            run.iter().filter(|f| common.contains(&polygon(f))).map(|f| f["geometry"].to_string()).collect();
        outlines.sort();
        outlines
    });
    assert!(!inside[0].is_empty());
    assert_eq!(inside[0], inside[1], "same pixels, same answer");
}

/// Writes rectangles of the sample's pixels as the polygons of a GeoJSON file in its coordinate system.
fn write_areas(path: &Path, rectangles: &[[f64; 4]]) {
    let feature = |rectangle: &[f64; 4]| {
        let ring: Vec<[f64; 2]> = on_map(*rectangle).exterior().0.iter().map(|c| [c.x, c.y]).collect();
        json!({ "type": "Feature", "properties": {}, "geometry": { "type": "Polygon", "coordinates": [ring] } })
    };
    let areas = json!({
        "type": "FeatureCollection",
        "crs": { "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::32631" } },
        "features": rectangles.iter().map(feature).collect::<Vec<_>>(),
    });
    fs::write(path, areas.to_string()).unwrap();
}

#[test]
fn an_area_of_interest_is_the_window_of_the_same_rectangle() {
    let folder = TempDir::new().unwrap();
    let rectangle = [300.0, 0.0, 300.0, 300.0];
    write_areas(&folder.path().join("area.geojson"), &[rectangle]);
    // The second rectangle lies inside the first and adds nothing.
    write_areas(&folder.path().join("overlapping.geojson"), &[rectangle, [400.0, 100.0, 200.0, 200.0]]);
    // All but the column that says which of the two it was.
    let objects = |more: &[&str], frame: &str| {
        let mut objects = objects(folder.path(), &[&["--presence", "0"], more].concat());
        for object in &mut objects {
            assert_eq!(object["properties"].as_object_mut().unwrap().remove("frame"), Some(json!(frame)));
        }
        objects
    };
    let by_window = objects(&["--window", "300,0,300,300"], "view");
    assert!(!by_window.is_empty());
    assert_eq!(objects(&["--aoi", "area.geojson"], "area"), by_window);
    assert_eq!(objects(&["--aoi", "overlapping.geojson"], "area"), by_window, "areas that overlap add up");
}

#[test]
fn an_area_outside_the_scene_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let area = json!({ "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]] });
    fs::write(folder.path().join("far.geojson"), area.to_string()).unwrap();
    let run = segment_in(folder.path(), &["-o", "x.geojson", "--aoi", "far.geojson"]).ends(1);
    assert!(run.message().contains("far.geojson"), "{}", run.err);
    assert_eq!(names(folder.path()), BTreeSet::from(["far.geojson".to_owned()]));
}

#[test]
fn wrong_usage_ends_with_2_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let output = ["-o", "x.geojson"];
    let cases: [(&[&str], &str); 20] = [
        (&[], "--output"),
        (&["-o", "x"], "x"),
        (&["-o", "x.txt"], ".geojson"),
        (&["-o", ""], "--output"),
        (&["-o", "x.geojson", "--probability", "p.png"], ".tif"),
        (&["-o", "same.tif", "--probability", "same.tif"], "same.tif"),
        (&["--bands", "1,2"], "found 2"),
        (&["--bands", "0,1,2"], "from 1"),
        (&["--bands", "1,2,9"], "1 to 4"),
        (&["--stretch", "98,2"], "percentiles"),
        (&["--stretch", "nan,2"], "percentiles"),
        (&["--threshold", "0"], "threshold"),
        (&["--threshold", "1"], "threshold"),
        (&["--threshold=-1"], "threshold"),
        (&["--threshold", "nan"], "threshold"),
        (&["--min-area", "nan"], "negative or no number"),
        (&["--gsd", "0"], "positive"),
        (&["--window", "0,0,0,5"], "positive"),
        (&["--window", "0,0,5,5", "--aoi", "a.geojson"], "--aoi"),
        (&["--crs", "EPSG:999999"], "EPSG:999999"),
    ];
    for (arguments, words) in cases {
        // Cases about the outputs name their own.
        let given = arguments.is_empty() || arguments[0] == "-o";
        let more: Vec<&str> = if given { &[] } else { &output[..] }.iter().chain(arguments).copied().collect();
        let run = segment_in(folder.path(), &more).ends(2);
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
        assert_eq!(run.out, "", "{arguments:?}");
    }
    assert_eq!(names(folder.path()), BTreeSet::new());
    referent(&["frobnicate"]).ends(2);
    referent(&["--help"]).ends(0);
    referent(&["segment", "--batch", "x.jsonl"]).ends(2);
    referent(&["parse", "tank", "--rule", "mine"]).ends(2);
}

#[test]
fn without_a_display_the_window_says_what_to_do() {
    let run: Run = command(&[]).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output().unwrap().into();
    assert!(run.ends(1).err.contains("referent segment --help"));
}

#[test]
fn data_sets_are_described_and_training_refuses_what_it_cannot_use() {
    let folder = tempfile::tempdir().unwrap();
    let set = "tests/fixtures/reference/datasets/RefSegRS";
    let told = referent(&["dataset", "info", set, "--json"]).ends(0);
    let report: Value = serde_json::from_str(&told.out).unwrap();
    assert!(report["total"]["phrases"] == 5, "{report}");
    assert!(referent(&["dataset", "info", set]).ends(0).out.contains("split"));
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let empty = folder.path().to_str().unwrap();
    for (arguments, code, words) in [
        (&["train", "--dataset", empty, "--out", out][..], 1, "triplets.jsonl"),
        (&["train", "--dataset", set, "--out", out, "--minutes", "0"][..], 2, "last no time"),
        (&["train", "--dataset", set, "--out", out, "--minutes", "1", "--epochs", "1"][..], 2, "cannot be used with"),
        (&["train", "--dataset", set, "--out", out, "--resume"][..], 1, "recipe.json"),
        (&["train", "--dataset", set][..], 2, "--out"),
        (&["eval", "--dataset", empty][..], 1, "triplets.jsonl"),
        (&["eval", "--dataset", set, "--model", "no-such-model"][..], 1, "no-such-model"),
        (&["eval", "--dataset", set, "--calibrated", "no/such/x.safetensors"][..], 1, "no/such"),
        (&["eval", "--dataset", set, "--model", BUNDLED, "--calibrated", BUNDLED][..], 2, "one of the inputs"),
    ] {
        let run = referent(arguments).ends(code);
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
    }
    assert_eq!(names(folder.path()), BTreeSet::new());
}

#[test]
fn what_cannot_be_done_ends_with_1_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("folder.geojson")).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let before = names(folder.path());
    let cases: [(&[&str], &str); 6] = [
        (&["-o", "no/such/x.geojson"], "no/such"),
        (&["-o", "folder.geojson"], "folder"),
        (&["-o", "file/x.gpkg"], "file"),
        (&["-o", "x.geojson", "--model", "nope"], "lite"),
        (&["-o", "x.geojson", "--window", "900,0,5,5"], "600 x 600"),
        (&["-o", "x.geojson", "--aoi", "nowhere.geojson"], "nowhere.geojson"),
    ];
    for (arguments, words) in cases {
        let run = segment_in(folder.path(), arguments).ends(1);
        assert!(run.message().contains(words), "{arguments:?}: {}", run.err);
    }
    let run = referent(&["segment", "gone.tif", PHRASE, "-o", "x.geojson"]).ends(1);
    assert!(run.message().contains("gone.tif"), "{}", run.err);
    assert_eq!(names(folder.path()), before);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_to_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // An administrator writes everywhere, but not where there are no files.
    let place = if fs::write(folder.path().join("probe"), "").is_ok() { Path::new("/proc") } else { folder.path() };
    let output = place.join("x.geojson");
    let run = segment_in(Path::new("/"), &["-o", output.to_str().unwrap(), "--window", "500,200,32,32"]).ends(1);
    assert!(run.message().contains(output.to_str().unwrap()), "{}", run.err);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_phrase_without_words_or_with_too_many_is_refused() {
    let folder = TempDir::new().unwrap();
    for phrase in ["", "   ", "?!"] {
        let run: Run = command(&["segment", SAMPLE, phrase, "-o", "x.geojson"])
            .current_dir(folder.path())
            .output()
            .unwrap()
            .into();
        assert!(run.ends(2).message().contains("no words"));
    }
    assert_eq!(names(folder.path()), BTreeSet::new());
    // A noun phrase that does not fit cannot be asked at all: such a word becomes a piece for every few letters.
    let long = format!("the {}", "zqxv".repeat(20));
    let run: Run =
        command(&["segment", SAMPLE, &long, "-o", "x.geojson"]).current_dir(folder.path()).output().unwrap().into();
    assert!(run.ends(2).message().contains("24"));
    assert_eq!(names(folder.path()), BTreeSet::new());
    // Of a sentence that does not fit, the noun phrases are asked and geometry decides; the user hears of it.
    let long = "a tank near a ship near a bridge near a harbor near a tank near a ship near a bridge near a harbor";
    let run: Run =
        command(&["segment", SAMPLE, long, "-o", "x.geojson"]).current_dir(folder.path()).output().unwrap().into();
    assert!(run.ends(0).err.contains("the model reads 24"));
}

#[test]
fn a_picture_without_georeference_answers_in_pixels() {
    let folder = TempDir::new().unwrap();
    let photo = folder.path().join("photo.png");
    image::open(format!("{FIXTURES}/zoo/photo.jpg")).unwrap().save(&photo).unwrap();
    let photo = photo.to_str().unwrap();
    let segment = |more: &[&str]| -> Run {
        // The photo has no tanks: what is marked all the same is enough to measure.
        let marked = ["--threshold", "0.05", "--presence", "0", "--json"];
        let arguments = ["segment", photo, PHRASE, "-o", "x.geojson"];
        let arguments: Vec<&str> = arguments.iter().chain(&marked).chain(more).copied().collect();
        command(&arguments).current_dir(folder.path()).output().unwrap().into()
    };
    let run = segment(&[]).ends(0);
    assert!(run.err.contains("in pixels"), "{}", run.err);
    assert_eq!(run.json()["area_unit"], "pixels");
    let found = features(&folder.path().join("x.geojson"));
    assert!(!found.is_empty());
    assert!(found[0]["properties"]["area_px"].is_number() && found[0]["properties"]["area_m2"].is_null());
    let rect = polygon(&found[0]).bounding_rect().unwrap();
    assert!(rect.max().x <= 96.0 && rect.max().y.abs() <= 80.0, "{rect:?}");
    // Nothing found is no reason to speak of metres.
    let run = segment(&["--min-area", "1000000"]).ends(0);
    assert_eq!((&run.json()["count"], &run.json()["area_unit"]), (&json!(0), &json!("pixels")));
    let run = segment(&["--crs", "EPSG:4326"]).ends(1);
    assert!(run.message().contains("no coordinate system"), "{}", run.err);
}

#[test]
fn objects_left_out_for_their_size_are_not_said_to_be_absent() {
    let folder = TempDir::new().unwrap();
    let run = segment_in(folder.path(), &["-o", "x.geojson", "--min-area", "1e9", "--json"]).ends(0);
    assert_eq!(run.json()["count"], 0);
    assert!(!run.err.contains("not here"), "{}", run.err);
    assert!(!run.out.contains("-0.0"), "no area is negative: {}", run.out);
    assert_eq!(features(&folder.path().join("x.geojson")), Vec::<Value>::new());
}

#[test]
fn an_absurd_resolution_is_refused_before_it_takes_the_memory() {
    let folder = TempDir::new().unwrap();
    let run = segment_within(Duration::from_secs(5), folder.path(), &["-o", "x.geojson", "--gsd", "1e-9"]);
    let run = run.expect("it is refused at once");
    assert!(matches!(run.code, Some(1 | 2)), "{:?} {}", run.code, run.err);
    assert!(run.message().contains("resolution") || run.message().contains("gsd"), "{}", run.err);
}

#[test]
fn an_input_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let scene = folder.path().join("scene.tif");
    fs::copy(SAMPLE, &scene).unwrap();
    let before = fs::read(&scene).unwrap();
    for output in ["scene.tif", "./scene.tif", scene.to_str().unwrap()] {
        for option in ["-o", "--probability"] {
            let arguments = ["segment", "scene.tif", PHRASE, "-o", "x.geojson", option, output];
            let run: Run = command(&arguments).current_dir(folder.path()).output().unwrap().into();
            assert!(fs::read(&scene).unwrap() == before, "{option} {output} destroyed the scene");
            assert!(run.ends(2).message().contains(output), "{option} {output}");
        }
    }
    write_areas(&folder.path().join("area.geojson"), &[[300.0, 0.0, 300.0, 300.0]]);
    segment_in(folder.path(), &["--aoi", "area.geojson", "-o", "area.geojson"]).ends(2);
    assert_eq!(names(folder.path()), BTreeSet::from(["area.geojson".to_owned(), "scene.tif".to_owned()]));
}

#[test]
fn two_outputs_may_not_share_a_name() {
    let folder = TempDir::new().unwrap();
    let run = segment_in(folder.path(), &["-o", "x.geojson", "-o", "x.geojson"]).ends(2);
    assert!(run.message().contains("x.geojson"), "{}", run.err);
}

#[test]
fn broken_rasters_are_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let index = read_json(Path::new(&format!("{FIXTURES}/zoo/INDEX.json")));
    let refused: Vec<&str> = index
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["expect"] == "refused")
        .map(|entry| entry["name"].as_str().unwrap())
        .collect();
    assert!(refused.len() >= 5, "{refused:?}");
    for name in refused {
        let path = format!("{FIXTURES}/zoo/{name}");
        let run: Run =
            command(&["segment", &path, PHRASE, "-o", "x.geojson"]).current_dir(folder.path()).output().unwrap().into();
        assert!(run.ends(1).message().contains(name), "{name}");
    }
    assert_eq!(names(folder.path()), BTreeSet::new());
}

#[test]
fn a_reader_that_went_away_does_not_fail_the_work() {
    let mut child = command(&["info", SAMPLE, "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let run: Run = child.wait_with_output().unwrap().into();
    assert_eq!(run.ends(0).err, "");
}

#[test]
fn a_list_of_images_gives_a_mask_each_and_a_bad_line_does_not_stop_the_others() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("pictures")).unwrap();
    fs::copy(SAMPLE, folder.path().join("pictures/scene.tif")).unwrap();
    fs::copy(format!("{FIXTURES}/zoo/photo.jpg"), folder.path().join("photo ü.jpg")).unwrap();
    let lines = [
        json!({ "id": "tanks", "image": "pictures/scene.tif", "phrase": PHRASE }),
        json!({ "id": "gone", "image": "pictures/gone.tif", "phrase": PHRASE }),
        json!({ "id": "mute", "image": "pictures/scene.tif", "phrase": "" }),
        json!({ "id": "ü 1", "image": "photo ü.jpg", "phrase": PHRASE }),
    ];
    fs::write(folder.path().join("list.jsonl"), lines.map(|line| format!("{line}\n\n")).concat()).unwrap();
    // Run from elsewhere: image paths are relative to the list.
    let (list, masks) = (folder.path().join("list.jsonl"), folder.path().join("out/masks"));
    let run = referent(&["segment", "--batch", list.to_str().unwrap(), "--out-dir", masks.to_str().unwrap(), "--json"])
        .ends(1);
    assert!(run.message().contains("2 of 4"), "{}", run.err);
    assert!(run.err.contains("gone.tif") && run.err.contains("mute: "), "{}", run.err);
    assert_eq!(names(&masks), ["referent.resume", "tanks.png", "ü 1.png"].map(String::from).into());
    let said = run.json_lines();
    assert_eq!(
        said.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["tanks", "gone", "mute", "ü 1"]
    );
    assert_eq!(said[0]["objects"], whole().summary["count"], "as without --batch");

    for (name, size) in [("tanks.png", (600, 600)), ("ü 1.png", (96, 80))] {
        let mask = image::open(masks.join(name)).unwrap();
        assert_eq!((mask.color(), (mask.width(), mask.height())), (image::ColorType::L8, size), "{name}");
        assert!(mask.as_bytes().iter().all(|value| [0, 255].contains(value)), "{name}");
    }
    let mask = image::open(masks.join("tanks.png")).unwrap().into_luma8();
    let (_, alone) = whole().raster("mask.tif");
    let differing = mask.iter().zip(&alone).filter(|(a, b)| (**a > 0) != (**b > 0.0)).count();
    assert_eq!(differing, 0, "the same mask as without --batch");
}

#[test]
fn a_list_that_cannot_be_meant_is_refused_before_any_work() {
    let folder = TempDir::new().unwrap();
    fs::copy(SAMPLE, folder.path().join("s.tif")).unwrap();
    let line = |id: Value| json!({ "id": id, "image": "s.tif", "phrase": PHRASE }).to_string();
    let cases = [
        (line(json!("../x")), "line 1"),
        (line(json!("a/b")), "line 1"),
        (line(json!("/x")), "line 1"),
        (line(json!("..")), "line 1"),
        (line(json!("a/")), "line 1"),
        (line(json!("")), "line 1"),
        (line(json!("a\u{0}b")), "line 1"),
        (line(json!(1)), "line 1"),
        (format!("{}\n{}", line(json!("a")), line(json!("a"))), "line 2"),
        ("no json".into(), "line 1"),
        ("{\"id\":\"a\"}".into(), "line 1"),
        ("\n \n".into(), "no line"),
    ];
    for (text, words) in cases {
        fs::write(folder.path().join("list.jsonl"), &text).unwrap();
        let run: Run = command(&["segment", "--batch", "list.jsonl", "--out-dir", "masks"])
            .current_dir(folder.path())
            .output()
            .unwrap()
            .into();
        let run = run.ends(1);
        assert!(run.message().contains("list.jsonl") && run.message().contains(words), "{text}: {}", run.err);
        assert_eq!(names(folder.path()), BTreeSet::from(["list.jsonl".to_owned(), "s.tif".to_owned()]), "{text}");
    }
}

#[test]
fn info_describes_the_sample() {
    /// Reading into fields refuses a name that stands there twice.
    #[derive(Deserialize)]
    struct Info {
        width: u64,
        height: u64,
        crs_code: String,
        metres_per_pixel: [f64; 2],
        stretch: Stretch,
    }
    #[derive(Deserialize)]
    struct Stretch {
        bands: [usize; 3],
        #[serde(rename = "low")]
        _low: Value,
        #[serde(rename = "high")]
        _high: Value,
    }
    let run = referent(&["info", SAMPLE, "--json"]).ends(0);
    let info: Info = serde_json::from_str(&run.out).unwrap();
    assert_eq!((info.width, info.height, info.crs_code.as_str()), (600, 600, "EPSG:32631"));
    assert!(info.metres_per_pixel.iter().all(|m| (m / 0.5 - 1.0).abs() < 0.005));
    assert_eq!(info.stretch.bands, [3, 2, 1], "the bands are stored blue first");
    let text = referent(&["info", SAMPLE]).ends(0).out;
    assert!(text.contains("600 x 600") && text.contains("EPSG:32631"), "{text}");
}

#[test]
fn a_phrase_is_shown_as_each_rule_reads_it() {
    let phrase = "the vehicle on the left";
    let own = referent(&["parse", phrase, "--json"]).ends(0).json();
    assert_eq!(own["target"]["noun"]["class"], "vehicle");
    assert_eq!(own["words"].as_array().unwrap().len(), 5, "no word is lost");
    for (rule, tokens) in [("official-refsegrs", 20), ("official-rrsisd", 22)] {
        let official = referent(&["parse", phrase, "--rule", rule, "--json"]).ends(0).json();
        for field in ["ids", "sentence_mask", "object_mask", "position_mask"] {
            assert_eq!(official[field].as_array().unwrap().len(), tokens, "{rule} {field}");
        }
        assert_eq!(official["dropped_tokens"], 0);
        assert!(official["object_words"].as_array().unwrap().contains(&json!("vehicle")), "{official}");
    }
    let long = "tank ".repeat(50);
    let run = referent(&["parse", &long, "--rule", "official-rrsisd"]).ends(0);
    assert!(run.err.contains("30 tokens too long"), "{}", run.err);
    referent(&["parse", ""]).ends(2);
}

#[test]
fn the_bundled_model_is_listed_and_described() {
    let list = referent(&["model", "list", "--json"]).ends(0).json();
    assert_eq!(list[0]["name"], "lite");
    let info = referent(&["model", "info", "lite", "--json"]).ends(0).json();
    assert_eq!(info["config"]["network"], "lite");
    assert_eq!(info["hash"], whole().summary["model"]["sha256"], "results name the model by the same hash");
    assert!(info["card"]["metrics"]["program: mIoU"].as_f64().is_some_and(|figure| figure > 0.5), "{info}");
}

#[test]
fn a_model_is_checked_against_a_reference_computed_elsewhere() {
    let fixture = format!("{FIXTURES}/weights");
    let model = format!("{fixture}/lite_start.safetensors");
    let check = referent(&["model", "check", &model, &fixture]).ends(0).json();
    assert!(check["max_abs_error"].as_f64().unwrap() < 1e-3 && check["within"] == true, "{check}");
    assert_eq!(check["argmax_agreement"], 1.0);
    let run = referent(&["model", "check", &model, &fixture, "--tolerance", "1e-12"]).ends(1);
    assert_eq!(run.json()["within"], false);
    assert!(run.message().contains("differ"), "{}", run.err);
    let run = referent(&["model", "check", "lite", "no/such/folder"]).ends(1);
    assert!(run.message().contains("no/such/folder"), "{}", run.err);
}

#[test]
fn an_official_checkpoint_is_imported_described_and_never_panics() {
    let folder = TempDir::new().unwrap();
    let checkpoint = format!("{FIXTURES}/reference/official_layout/model_best_FIANet.pth");
    let import = |more: &[&str]| -> Run {
        let arguments: Vec<&str> = ["model", "import", &checkpoint].iter().chain(more).copied().collect();
        command(&arguments).current_dir(folder.path()).output().unwrap().into()
    };
    let run = import(&["-o", "x.safetensors"]).ends(1);
    assert!(run.message().contains("--config") && run.message().contains("heads"), "{}", run.err);
    fs::write(folder.path().join("heads.json"), r#"{"bert": {"heads": 2}}"#).unwrap();
    let before = names(folder.path());
    import(&["-o", "no/such/x.safetensors", "--config", "heads.json"]).ends(1);
    assert_eq!(names(folder.path()), before);

    import(&["-o", "x.safetensors", "--config", "heads.json"]).ends(0);
    let model = folder.path().join("x.safetensors");
    let model = model.to_str().unwrap();
    let config = referent(&["model", "info", model, "--json"]).ends(0).json()["config"].clone();
    assert_eq!(
        (&config["embed"], &config["bert"]["heads"], &config["depths"]),
        (&json!(8), &json!(2), &json!([1, 2, 2, 1]))
    );
    // The fixture belongs to a network with other fusion heads: the check runs and says that they differ.
    let fixture = format!("{FIXTURES}/reference/tiny/edge_w7_97x131");
    assert_eq!(referent(&["model", "check", model, &fixture]).ends(1).json()["within"], false);
    // Its vocabulary has 1024 entries, the bundled one 30522: it cannot read this phrase, and says so.
    let run = segment_in(folder.path(), &["-o", "x.geojson", "--model", model]).ends(1);
    assert!(run.message().contains("x.safetensors") && run.message().contains("1024"), "{}", run.err);
}

#[test]
fn broken_weights_are_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let whole = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/models/lite.safetensors")).unwrap();
    let noise: Vec<u8> = (0u32..50_000).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let huge_header = [u64::MAX.to_le_bytes().to_vec(), b"{}".to_vec()].concat();
    let broken = [("half", &whole[..whole.len() / 2]), ("noise", &noise), ("header", &huge_header), ("empty", &[])];
    for (name, bytes) in broken {
        let name = format!("{name}.safetensors");
        fs::write(folder.path().join(&name), bytes).unwrap();
        let run = segment_in(folder.path(), &["-o", "x.geojson", "--model", &name]).ends(1);
        assert!(run.message().contains(&name), "{}", run.err);
        let path = folder.path().join(&name);
        let run = referent(&["model", "info", path.to_str().unwrap()]).ends(1);
        assert!(run.message().contains(&name), "{}", run.err);
    }
    assert!(!folder.path().join("x.geojson").exists());
}

#[test]
fn doctor_says_what_would_be_used_and_why() {
    let doctor = referent(&["doctor", "--json"]).ends(0).json();
    assert_eq!(doctor["version"], env!("CARGO_PKG_VERSION"));
    assert!(["device", "device_reason"].iter().all(|field| !doctor[field].as_str().unwrap().is_empty()));
    assert_eq!(doctor["gdal"]["proj_database"], true);
    assert!(doctor["models"].as_array().unwrap().iter().any(|model| model["name"] == "lite"));
    assert_eq!(doctor["problems"], json!([]));
    assert!(referent(&["doctor"]).ends(0).out.contains("no problem found"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_done_and_says_so() {
    let folder = TempDir::new().unwrap();
    let scene = vast_scene(folder.path());
    let before = names(folder.path());
    let arguments =
        ["segment", scene.to_str().unwrap(), PHRASE, "-o", "x.geojson", "-o", "m.tif", "--probability", "p.tif"];
    let child = command(&arguments)
        .args(["--json", "--device", "cpu"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(6));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let run: Run = child.wait_with_output().unwrap().into();
    let run = run.ends(130);
    assert!(run.err.contains("stopped after") && run.message().contains("x.geojson"), "{}", run.err);
    let left: BTreeSet<String> = names(folder.path()).difference(&before).cloned().collect();
    assert_eq!(left, ["m.tif", "p.tif", "x.geojson", "x.geojson.resume"].map(String::from).into());
    let summary = run.json();
    assert_eq!(summary["windows"]["cancelled"], true);
    let done = summary["windows"]["done"].as_u64().unwrap();
    assert!(done > 0 && done < summary["windows"]["windows"].as_u64().unwrap(), "{summary}");
    assert_eq!(features(&folder.path().join("x.geojson")).len() as u64, summary["count"].as_u64().unwrap());
}
