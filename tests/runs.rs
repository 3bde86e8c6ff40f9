//! Long, stopped, shared and many-scene runs of the program as a user starts them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "common/program.rs"]
mod program;

use program::{Run, names};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample/rotterdam_tanks.tif");
const ZOO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/zoo");
const TANKS: &str = "the storage tanks";

/// `referent segment` in `folder` on the processor; features are kept in the folder `cache` of the tests.
fn segment(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = program::command(&["segment"], "runs_cache");
    command.args(arguments).args(["--device", "cpu"]).current_dir(folder);
    command.output().unwrap().into()
}

fn bytes(folder: &Path, names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| fs::read(folder.join(name)).unwrap()).collect()
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// All outputs whose bytes say nothing of the time they were written.
const OUTPUTS: [&str; 3] = ["x.geojson", "mask.tif", "p.tif"];
const WRITE: [&str; 6] = ["-o", "x.geojson", "-o", "mask.tif", "--probability", "p.tif"];

#[test]
fn shares_put_together_are_byte_for_byte_the_single_run() {
    let (whole, parts) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let ask = [&[SAMPLE, TANKS][..], &WRITE].concat();
    segment(whole.path(), &ask).ends(0);
    assert_eq!(names(whole.path()), OUTPUTS.map(String::from).into(), "a whole run leaves its outputs only");
    for raster in ["mask.tif", "p.tif"] {
        use gdal::Metadata;
        let dataset = gdal::Dataset::open(whole.path().join(raster)).unwrap();
        let description = dataset.metadata_item("TIFFTAG_IMAGEDESCRIPTION", "").unwrap();
        let description: Value = serde_json::from_str(&description).unwrap();
        assert_eq!(
            (&description["phrase"], &description["scene"]),
            (&json!(TANKS), &json!("rotterdam_tanks.tif")),
            "{raster}"
        );
        assert!(description["model"].as_str().unwrap().starts_with("lite "), "{raster}: {description}");
    }
    for share in ["3/3", "1/3", "2/3"] {
        let run = segment(parts.path(), &[&ask[..], &["--shard", share, "--json"]].concat()).ends(0);
        assert_eq!(run.json()["share"], json!([share[..1].parse::<u64>().unwrap(), 3]));
    }
    let shares = [1, 2, 3].map(|number| format!("x.geojson.shard-{number}-of-3"));
    assert_eq!(names(parts.path()), shares.into(), "shares leave no outputs");
    let run = segment(parts.path(), &[&ask[..], &["--resume", "--json"]].concat()).ends(0).json();
    assert_eq!(run["windows"]["resumed"], run["windows"]["windows"]);
    assert_eq!(names(parts.path()), OUTPUTS.map(String::from).into());
    assert!(bytes(parts.path(), &OUTPUTS) == bytes(whole.path(), &OUTPUTS));
}

#[test]
fn a_run_goes_on_from_what_a_killed_one_left() {
    let (whole, stopped) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let ask = [&[SAMPLE, TANKS][..], &WRITE].concat();
    segment(whole.path(), &ask).ends(0);
    // What a share leaves is what a run leaves that is killed after so many windows; the kill tears its last record.
    segment(stopped.path(), &[&ask[..], &["--shard", "1/2"]].concat()).ends(0);
    let kept = stopped.path().join("x.geojson.resume");
    let mut left = fs::read(stopped.path().join("x.geojson.shard-1-of-2")).unwrap();
    left.extend_from_slice(&[9, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
    fs::write(&kept, left).unwrap();
    fs::remove_file(stopped.path().join("x.geojson.shard-1-of-2")).unwrap();

    // Something else does not go on from it, and what is left stays.
    let other = [&[SAMPLE, "the ships"][..], &WRITE, &["--resume"]].concat();
    let run = segment(stopped.path(), &other).ends(2);
    assert!(run.err.contains("x.geojson.resume") && run.err.contains("another phrase"), "{}", run.err);
    let other = [&ask[..], &["--resume", "--threshold", "0.4"]].concat();
    assert!(segment(stopped.path(), &other).ends(2).err.contains("another options"));
    assert!(kept.is_file());

    let run =
        segment(stopped.path(), &[&ask[..], &["--resume", "--json", "--report", "r.json"]].concat()).ends(0).json();
    let (resumed, all) = (run["windows"]["resumed"].as_u64().unwrap(), run["windows"]["windows"].as_u64().unwrap());
    assert!(0 < resumed && resumed < all, "{run}");
    assert!(bytes(stopped.path(), &OUTPUTS) == bytes(whole.path(), &OUTPUTS));
    let mut left = names(stopped.path());
    assert!(left.remove("r.json"));
    assert_eq!(left, OUTPUTS.map(String::from).into());
    // With nothing to go on from it is a run like any other, and says so.
    let run = segment(stopped.path(), &[&ask[..], &["--resume"]].concat()).ends(0);
    assert!(run.err.contains("nothing to go on from"), "{}", run.err);
}

#[test]
fn the_second_phrase_comes_from_the_cache_and_changes_no_byte() {
    let folder = TempDir::new().unwrap();
    let ask =
        |more: &[&str]| segment(folder.path(), &[&[SAMPLE, TANKS, "--json"][..], &WRITE, more].concat()).ends(0).json();
    let without = ask(&["--cache", "off", "--cache-dir", "cache"]);
    assert_eq!(without["windows"]["from_cache"], 0);
    assert!(!folder.path().join("cache").exists(), "off is off");
    let expected = bytes(folder.path(), &OUTPUTS);
    assert_eq!(ask(&["--cache-dir", "cache"])["windows"]["from_cache"], 0);
    assert!(bytes(folder.path(), &OUTPUTS) == expected);
    let second = ask(&["--cache-dir", "cache"]);
    assert_eq!(second["windows"]["from_cache"], second["windows"]["windows"]);
    assert!(bytes(folder.path(), &OUTPUTS) == expected);
    // Less space than the scene needs: a part is kept, and the answer is the same.
    let little = ask(&["--cache-dir", "cache", "--cache", "2MB"]);
    assert!(little["windows"]["from_cache"].as_u64() < little["windows"]["windows"].as_u64(), "{little}");
    assert!(bytes(folder.path(), &OUTPUTS) == expected);
    let shelves = fs::read_dir(folder.path().join("cache")).unwrap().flatten();
    let files = shelves.flat_map(|shelf| fs::read_dir(shelf.path()).unwrap().flatten());
    assert!(files.map(|file| file.metadata().unwrap().len()).sum::<u64>() <= 2_000_000);
    for wrong in ["", "5 potatoes", "-1"] {
        segment(folder.path(), &[SAMPLE, TANKS, "-o", "y.geojson", "--cache", wrong]).ends(2);
    }
    fs::write(folder.path().join("file"), "").unwrap();
    let run = segment(folder.path(), &[SAMPLE, TANKS, "-o", "y.geojson", "--cache-dir", "file/in"]).ends(1);
    assert!(run.err.contains("file/in"), "{}", run.err);
}

/// A folder with the sample, a photo without georeference and a STAC item, and two phrases.
fn many(folder: &Path) {
    fs::create_dir(folder.join("scenes")).unwrap();
    fs::copy(SAMPLE, folder.join("scenes/port.tif")).unwrap();
    fs::copy(format!("{ZOO}/photo.jpg"), folder.join("scenes/photo.jpg")).unwrap();
    let asset = json!({ "href": "scenes/port.tif", "type": "image/tiff; application=geotiff", "roles": ["data"] });
    let item = json!({ "type": "Feature", "stac_version": "1.0.0", "id": "i", "assets": { "image": asset } });
    fs::write(folder.join("item.json"), item.to_string()).unwrap();
    fs::write(folder.join("phrases.txt"), "# port\ntanks = the storage tanks\nthe largest ship  # one\n").unwrap();
}

fn many_names(ending: &str) -> BTreeSet<String> {
    let scenes = ["photo", "port", "port-2"];
    scenes
        .iter()
        .flat_map(|scene| ["tanks", "the_largest_ship"].map(|phrase| format!("{scene}__{phrase}.{ending}")))
        .collect()
}

#[test]
fn every_phrase_is_asked_of_every_scene_and_shares_united_are_the_whole() {
    let folder = TempDir::new().unwrap();
    many(folder.path());
    let ask = |out: &str, more: &[&str]| {
        let all = ["--scenes", "scenes", "item.json", "--phrases", "phrases.txt", "--out-dir", out, "--json"];
        segment(folder.path(), &[&all[..], more].concat())
    };
    let run = ask("whole", &["--report", "report.json"]).ends(0);
    assert_eq!(run.json_lines().len(), 6);
    assert_eq!(names(&folder.path().join("whole")), many_names("geojson"));
    for share in ["2/4", "1/4", "4/4", "3/4"] {
        ask("shared", &["--shard", share]).ends(0);
    }
    assert_eq!(names(&folder.path().join("shared")), many_names("geojson"));
    for name in many_names("geojson") {
        let read = |out: &str| fs::read(folder.path().join(out).join(&name)).unwrap();
        assert!(read("whole") == read("shared"), "{name}");
    }
    // One scene in two ways is one scene.
    let read = |name: &str| read_json(&folder.path().join("whole").join(name))["features"].clone();
    assert_eq!(read("port__tanks.geojson"), read("port-2__tanks.geojson"));
    let feature = &read("port__tanks.geojson")[0]["properties"];
    assert_eq!(
        (&feature["scene"], &feature["phrase"], &feature["frame"]),
        (&json!("port.tif"), &json!(TANKS), &json!("scene"))
    );
    assert!(feature["model"].as_str().unwrap().starts_with("lite "));

    let report = read_json(&folder.path().join("report.json"));
    assert_eq!(report["runs"].as_array().unwrap().len(), 6);
    let sum = |field: &str| -> u64 {
        report["runs"].as_array().unwrap().iter().map(|run| run["windows"][field].as_u64().unwrap()).sum()
    };
    for field in ["windows", "done", "skipped", "failed", "from_cache"] {
        assert_eq!(report["windows"][field], sum(field), "{field}");
    }
    assert!(sum("from_cache") >= 4, "the second phrase and the second way to a scene cost the heads only");
    assert_eq!(report["produced_by"]["model"], "lite");
    assert_eq!(report["produced_by"]["options"]["phrases"], "phrases.txt");
    assert!(report["seconds"].as_f64().unwrap() > 0.0);
    if cfg!(target_os = "linux") {
        assert!(report["peak_memory_bytes"].as_u64().unwrap() > 10_000_000);
    }
}

#[test]
fn a_list_with_a_broken_scene_does_the_others_and_goes_on_with_what_is_missing() {
    let folder = TempDir::new().unwrap();
    many(folder.path());
    fs::remove_file(folder.path().join("scenes/photo.jpg")).unwrap();
    fs::copy(format!("{ZOO}/text.tif"), folder.path().join("scenes/broken.tif")).unwrap();
    let ask = |more: &[&str]| {
        let all = ["--scenes", "scenes", "--phrases", "phrases.txt", "--out-dir", "out", "--format", "tif", "--json"];
        segment(folder.path(), &[&all[..], more].concat())
    };
    let run = ask(&["--report", "report.json"]).ends(1);
    assert!(run.err.contains("2 of 4") && run.err.contains("broken.tif"), "{}", run.err);
    let out = folder.path().join("out");
    let done = ["port__tanks.tif", "port__the_largest_ship.tif", "referent.resume"];
    assert_eq!(names(&out), done.map(String::from).into());
    let report = read_json(&folder.path().join("report.json"));
    assert_eq!(report["runs"].as_array().unwrap().iter().filter(|run| run["error"].is_string()).count(), 2);
    let written = |name: &str| fs::metadata(out.join(name)).unwrap().modified().unwrap();
    let before = [written(done[0]), written(done[1])];

    fs::copy(format!("{ZOO}/type_u8.tif"), folder.path().join("scenes/broken.tif")).unwrap();
    fs::remove_file(out.join("port__tanks.tif")).unwrap();
    let run = ask(&["--resume"]).ends(0);
    assert_eq!(run.json_lines().len(), 4, "what was done before is told again");
    assert_eq!(written(done[1]), before[1], "what is there is not done again");
    assert_ne!(written(done[0]), before[0], "what is gone is");
    let mut left = names(&out);
    assert!(left.remove("broken__tanks.tif") && left.remove("broken__the_largest_ship.tif"));
    assert_eq!(left, [done[0], done[1]].map(String::from).into());
}

#[test]
fn what_cannot_be_meant_together_is_refused_before_any_work() {
    let folder = TempDir::new().unwrap();
    many(folder.path());
    fs::write(folder.path().join("none.txt"), "# nothing\n").unwrap();
    let cases: [(&[&str], &str); 10] = [
        (&["--scenes", "scenes", "--out-dir", "o"], "--phrases"),
        (&["--scenes", "scenes", "--phrases", "phrases.txt"], "--out-dir"),
        (&["--scenes", "scenes", "--phrases", "phrases.txt", "--out-dir", "o", "-o", "x.geojson"], "--output"),
        (&[SAMPLE, TANKS, "--phrases", "phrases.txt", "--out-dir", "o"], "--phrases"),
        (&[SAMPLE, TANKS, "--out-dir", "o"], "--out-dir"),
        (&[SAMPLE, TANKS, "-o", "x.geojson", "--shard", "4/3"], "between 1"),
        (&[SAMPLE, TANKS, "-o", "x.geojson", "--shard", "4"], "I/N"),
        (&[SAMPLE, TANKS, "-o", "x.geojson", "--report", "no/such/r.json"], "no/such"),
        (&["--scenes", "scenes", "--phrases", "none.txt", "--out-dir", "o"], "no phrase"),
        (&["--scenes", "gone/", "--phrases", "gone.txt", "--out-dir", "o"], "gone.txt"),
    ];
    for (arguments, words) in cases {
        let run = segment(folder.path(), arguments);
        assert!(matches!(run.code, Some(1 | 2)), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
    }
    assert!(!folder.path().join("o").exists() && !folder.path().join("x.geojson").exists());
    // Without --remote no address is opened, in a list either.
    let run = segment(
        folder.path(),
        &["--scenes", "/vsicurl/http://127.0.0.1:1/a.tif", "--phrases", "phrases.txt", "--out-dir", "o"],
    )
    .ends(1);
    assert!(run.err.contains("remote"), "{}", run.err);
}

#[test]
fn a_damaged_block_costs_its_windows_only() {
    let folder = TempDir::new().unwrap();
    let scene = format!("{ZOO}/truncated_tail.tif");
    let ask = [&scene, "the building on the left", "-o", "x.geojson", "--gsd", "0.05", "--json", "--report", "r.json"];
    let run = segment(folder.path(), &ask).ends(0);
    let windows = &run.json()["windows"];
    assert!(windows["failed"].as_u64().unwrap() > 0 && windows["done"].as_u64().unwrap() > 0, "{windows}");
    let failure = &read_json(&folder.path().join("r.json"))["windows"]["failures"][0];
    assert!(failure["reason"].as_str().unwrap().contains("truncated_tail.tif"), "{failure}");
    assert_eq!(failure["window"].as_array().unwrap().len(), 4);
}

/// A rectangle of the sample as GeoJSON in longitude and latitude, with its corners in the order given.
fn write_area(path: &Path, corners: [usize; 4]) {
    let place = referent::raster::Scene::open(SAMPLE, referent::raster::Access::LocalOnly).unwrap();
    let place = place.georeference();
    let utm = [[300.0, 0.0], [600.0, 0.0], [600.0, 300.0], [300.0, 300.0]]
        .map(|pixel| place.world_from_pixel(pixel).unwrap());
    let (mut x, mut y) = (utm.map(|point| point[0]), utm.map(|point| point[1]));
    let (from, to) = (place.crs.clone().unwrap(), referent::raster::Crs::wgs84().unwrap());
    referent::raster::transform_points(&from, &to, &mut x, &mut y).unwrap();
    let mut ring: Vec<[f64; 2]> = corners.iter().map(|&corner| [x[corner], y[corner]]).collect();
    ring.push(ring[0]);
    fs::write(path, json!({ "type": "Polygon", "coordinates": [ring] }).to_string()).unwrap();
}

#[test]
fn an_area_in_another_coordinate_system_or_crossing_itself_is_taken_for_what_it_can_mean() {
    let folder = TempDir::new().unwrap();
    write_area(&folder.path().join("area.geojson"), [0, 1, 2, 3]);
    write_area(&folder.path().join("bowtie.geojson"), [0, 2, 1, 3]);
    let count = |more: &[&str]| {
        let run = segment(
            folder.path(),
            &[&[SAMPLE, TANKS, "-o", "x.geojson", "--json", "--presence", "0"][..], more].concat(),
        )
        .ends(0);
        (run.json()["area"].as_f64().unwrap(), run.err)
    };
    let (window, _) = count(&["--window", "300,0,300,300"]);
    let (area, said) = count(&["--aoi", "area.geojson"]);
    assert!((area / window - 1.0).abs() < 0.01, "degrees are brought to the scene's metres: {area} {window}");
    assert!(!said.contains("crosses itself"), "{said}");
    let (half, said) = count(&["--aoi", "bowtie.geojson"]);
    assert!(half < window && said.contains("crosses itself"), "{half} {window}: {said}");
}

#[test]
fn one_tank_is_one_tank_however_many_there_are() {
    let folder = TempDir::new().unwrap();
    // 600 pixels at a quarter of a metre are more than one view.
    let ask = |phrase: &str| {
        segment(folder.path(), &[SAMPLE, phrase, "-o", "x.geojson", "--gsd", "0.25", "--json", "--presence", "0"])
            .ends(0)
    };
    assert!(ask("the storage tanks").json()["count"].as_u64().unwrap() > 1);
    let one = ask("the storage tank");
    assert_eq!(one.json()["count"], 1);
    assert!(one.err.contains("ambiguous"), "{}", one.err);
}

#[test]
fn words_that_were_not_understood_are_named() {
    let folder = TempDir::new().unwrap();
    let run = segment(folder.path(), &[SAMPLE, "the storage tanks frobnicating wildly", "-o", "x.geojson"]).ends(0);
    assert!(run.err.contains("not understood") && run.err.contains("frobnicating"), "{}", run.err);
}

#[test]
fn the_examples_use_options_that_exist() {
    /// Options of the other programs in the examples.
    const OTHERS: [&str; 8] =
        ["--parsable", "--array", "--cpus-per-task", "--mem", "--time", "--wrap", "--dependency", "--for"];
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"));
    let help = Command::new(env!("CARGO_BIN_EXE_referent")).args(["segment", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let known: BTreeSet<&str> = words(&help).chain(OTHERS).collect();
    for (name, least) in [
        ("one_machine.sh", 6),
        ("xargs.sh", 6),
        ("slurm_scenes.sbatch", 8),
        ("slurm_windows.sh", 4),
        ("kubernetes.yaml", 8),
    ] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(|line| [line, "\n"]).collect();
        let unknown: Vec<&str> = words(&code).filter(|word| !known.contains(word)).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
        assert!(words(&code).filter(|word| !OTHERS.contains(word)).count() >= least, "{name}");
    }
}

/// The long options in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_lowercase() && c != '-');
    words.filter(|word| word.starts_with("--") && word.len() > 2)
}

#[test]
fn the_example_phrases_are_phrases() {
    let folder = TempDir::new().unwrap();
    let phrases = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/phrases.txt");
    let scene = format!("{ZOO}/type_u8.tif");
    segment(folder.path(), &[&scene, "--phrases", phrases, "--out-dir", "out"]).ends(0);
    let expected = ["tanks", "largest_tanks", "the_storage_tanks_near_the_harbor", "the_ships"];
    assert_eq!(names(&folder.path().join("out")), expected.map(|name| format!("type_u8__{name}.geojson")).into());
}

#[test]
fn the_merge_example_joins_shares_of_all_scenes_by_phrase() {
    let folder = TempDir::new().unwrap();
    if Command::new("ogr2ogr").arg("--version").output().is_err() {
        return; // GDAL's programs are a package of their own.
    }
    many(folder.path());
    let all =
        ["--scenes", "scenes", "item.json", "--phrases", "phrases.txt", "--out-dir", "found", "--threshold", "0.3"];
    let sum: u64 = ["1/2", "2/2"]
        .iter()
        .flat_map(|share| {
            segment(folder.path(), &[&all[..], &["--json", "--shard", share]].concat()).ends(0).json_lines()
        })
        .filter(|run| !run["id"].as_str().unwrap().starts_with("photo"))
        .map(|run| run["objects"].as_u64().unwrap())
        .sum();
    assert!(sum > 0);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/merge.sh");
    let merged = Command::new("sh").args([script, "found", "all.gpkg"]).current_dir(folder.path()).output().unwrap();
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
    let dataset = gdal::Dataset::open(folder.path().join("all.gpkg")).unwrap();
    use gdal::vector::LayerAccess;
    assert_eq!(dataset.layers().map(|layer| layer.feature_count()).sum::<u64>(), sum);
    assert_eq!(
        dataset.layers().map(|layer| layer.name()).collect::<BTreeSet<_>>(),
        ["tanks", "the_largest_ship"].map(String::from).into()
    );
}
