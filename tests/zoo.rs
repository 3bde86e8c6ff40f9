//! Every odd raster of `tests/fixtures/zoo` does what its index says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use referent::raster::{Access, Area, Description, Grid, Scene, Stretch, StretchOptions, View};
use serde_json::Value;

const ZOO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/zoo");

/// Entries whose number in the index is not ours: name, field, our number, and why.
const JUDGED_OTHERWISE: [(&str, &str, f64, &str); 2] = [
    (
        "nodata_nan_undeclared.tif",
        "valid_fraction",
        0.5208,
        "the index has GDAL's mask, which counts undeclared NaN as data; the entry itself says it is none",
    ),
    (
        "all_nan.tif",
        "valid_fraction",
        0.0,
        "the index has GDAL's mask, which counts undeclared NaN as data; the entry itself asks for a warning that nothing is valid",
    ),
];

fn entries() -> Vec<Value> {
    let text = std::fs::read_to_string(format!("{ZOO}/INDEX.json")).unwrap();
    serde_json::from_str::<Vec<Value>>(&text).unwrap()
}

fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry[field].as_str().unwrap_or_else(|| panic!("{entry} has no {field}"))
}

fn words(entry: &Value) -> Vec<&str> {
    entry.get("says").and_then(Value::as_array).into_iter().flatten().map(|word| word.as_str().unwrap()).collect()
}

/// What is wrong with one entry.
fn faults(entry: &Value) -> Vec<String> {
    let name = text(entry, "name");
    let opened = Scene::open(&format!("{ZOO}/{name}"), Access::LocalOnly);
    let mut faults = Vec::new();
    match (text(entry, "expect"), opened) {
        ("refused", Err(error)) => {
            let said = error.to_string();
            faults.extend(
                words(entry)
                    .iter()
                    .filter(|word| !said.contains(**word))
                    .map(|word| format!("does not say {word:?}: {said}")),
            );
            if error.why().is_empty() || error.remedy().is_empty() {
                faults.push(format!("gives no reason or no remedy: {said}"));
            }
        }
        ("refused", Ok(_)) => faults.push("opens".into()),
        ("no-crash", Err(error)) if error.why().is_empty() => faults.push("is refused without a reason".into()),
        ("no-crash", Err(_)) => {}
        ("no-crash", Ok(scene)) => {
            // Each of these may fail, none may crash or hang.
            let _ = Description::of(&scene).to_string();
            let _ = read_everything(&scene);
        }
        ("opens" | "opens-with-warning", Err(error)) => faults.push(format!("is refused: {error}")),
        (expect, Ok(scene)) => {
            let description = Description::of(&scene);
            let warned = description.warnings.join("; ");
            if expect == "opens" && !warned.is_empty() {
                faults.push(format!("warns: {warned}"));
            }
            if expect == "opens-with-warning" && warned.is_empty() {
                faults.push("does not warn".into());
            }
            faults.extend(
                words(entry)
                    .iter()
                    .filter(|word| !warned.contains(**word))
                    .map(|word| format!("does not say {word:?}: {warned:?}")),
            );
            faults.extend(wrong_fields(entry, &description));
            faults.extend(read_everything(&scene).err());
        }
        (other, _) => faults.push(format!("unknown expectation {other}")),
    }
    faults
}

fn wrong_fields(entry: &Value, description: &Description) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |field: &str, right: bool, ours: String| {
        if entry.get(field).is_some() && !right {
            faults.push(format!("{field} is {ours}, not {}", entry[field]));
        }
    };
    check("width", entry["width"] == description.width, description.width.to_string());
    check("height", entry["height"] == description.height, description.height.to_string());
    check("bands", entry["bands"] == description.bands.len(), description.bands.len().to_string());
    check("dtype", entry["dtype"] == *description.data_type, description.data_type.clone());
    check("crs", entry["crs"] == description.crs_name.is_some(), format!("{:?}", description.crs_name));
    let transform: Option<Vec<f64>> =
        entry["geotransform"].as_array().map(|numbers| numbers.iter().map(|number| number.as_f64().unwrap()).collect());
    let same_transform = match (&transform, &description.transform) {
        (None, None) => true,
        (Some(theirs), Some(ours)) => theirs.iter().zip(ours).all(|(a, b)| (a - b).abs() <= 1e-9 * a.abs().max(1e-3)),
        _ => false,
    };
    check("geotransform", same_transform, format!("{:?}", description.transform));
    let same_nodata = match (entry["nodata"].as_str(), description.bands[0].nodata.as_deref()) {
        (None, None) => true,
        (Some(theirs), Some(ours)) => {
            let [theirs, ours] = [theirs, ours].map(|text| text.to_lowercase().parse::<f64>().unwrap());
            theirs == ours || theirs.is_nan() && ours.is_nan()
        }
        _ => false,
    };
    check("nodata", same_nodata, format!("{:?}", description.bands[0].nodata));
    let metres = description.metres_per_pixel.map(|[x, y]| (x * y).sqrt());
    let same_metres = match (entry["metres_per_pixel"].as_f64(), metres) {
        (Some(theirs), Some(ours)) => (ours / theirs - 1.0).abs() < 0.005,
        (theirs, ours) => theirs.is_none() && ours.is_none(),
    };
    check("metres_per_pixel", same_metres, format!("{metres:?}"));
    if entry.get("metres_per_pixel").is_none() && metres.is_some() {
        faults.push(format!("metres_per_pixel is {metres:?} though nothing tells"));
    }
    let name = text(entry, "name");
    let fraction = description.valid_fraction.map(|valid| valid.fraction);
    let judged = JUDGED_OTHERWISE.iter().find(|(other, field, ..)| *other == name && *field == "valid_fraction");
    let expected = judged.map(|(_, _, number, _)| *number).or(entry["valid_fraction"].as_f64());
    // The index has four digits.
    let right = expected.is_none_or(|expected| fraction.is_some_and(|ours| (ours - expected).abs() < 1e-4));
    if !right {
        faults.push(format!("valid_fraction is {fraction:?}, not {expected:?}"));
    }
    faults
}

/// Reads the whole, pieces over each edge, single pixels and views of a scene. The whole must have pixels of each band.
fn read_everything(scene: &Scene) -> Result<(), String> {
    let said = |error: referent::Error| format!("cannot be read: {error}");
    let [width, height] = scene.size();
    let [w, h] = [width as f64, height as f64];
    let bands: Vec<usize> = (1..=scene.bands().len().min(16)).collect();
    let whole = scene.read(Area::whole(scene.size()), [64, 48], &bands).map_err(said)?;
    if whole.values.len() != 64 * 48 * bands.len() || whole.valid.len() != 64 * 48 {
        return Err("the whole has not as many samples as asked for".into());
    }
    for band in 0..bands.len() {
        let lacks = whole.band(band).iter().zip(&whole.valid).any(|(value, valid)| !valid && !value.is_nan());
        if lacks {
            return Err("an invalid pixel has a value".into());
        }
    }
    for (x, y) in [(-10.5, -10.25), (w - 3.0, h - 3.0), (w / 2.0, -100.0), (w + 10.0, h + 10.0), (-1e9, 1e12)] {
        let samples = scene.read(Area { x, y, width: 20.0, height: 20.0 }, [40, 10], &bands).map_err(said)?;
        let outside = x >= w || y >= h || x + 20.0 <= 0.0 || y + 20.0 <= 0.0;
        if outside && samples.valid.iter().any(|valid| *valid) {
            return Err(format!("a pixel outside the raster at {x}, {y} is valid"));
        }
    }
    let stretch = Stretch::choose(scene, &StretchOptions::default()).map_err(said)?;
    let percentiles = StretchOptions { percentiles: Some([2.0, 98.0]), ..StretchOptions::default() };
    Stretch::choose(scene, &percentiles).map_err(said)?;
    let grid = Grid::new(scene.size(), [1.5, 1.5], 48, 24).map_err(said)?;
    let [cols, rows] = grid.windows();
    for (col, row) in [(0, 0), (cols - 1, rows - 1)] {
        let view = View::of_window(scene, &grid, referent::raster::Window { row, col }, &stretch).map_err(said)?;
        if view.rgb.len() != 48 * 48 * 3 || view.valid.len() != 48 * 48 {
            return Err("a view has not as many pixels as asked for".into());
        }
        let grey = view.rgb.chunks_exact(3).zip(&view.valid).all(|(rgb, valid)| *valid || rgb == [127; 3]);
        if !grey {
            return Err("an invalid pixel of a view is not mid grey".into());
        }
    }
    scene.reopen().map_err(said)?;
    Ok(())
}

#[test]
fn each_raster_of_the_zoo_does_what_its_index_says() {
    let entries = entries();
    assert_eq!(entries.len(), 101);
    let mut faults_of_all = Vec::new();
    for entry in &entries {
        let begin = Instant::now();
        faults_of_all.extend(faults(entry).into_iter().map(|fault| format!("{}: {fault}", text(entry, "name"))));
        let took = begin.elapsed();
        if took > Duration::from_secs(20) {
            faults_of_all.push(format!("{}: takes {took:?}", text(entry, "name")));
        }
    }
    if std::env::var_os("REFERENT_ZOO_MEMORY").is_some() {
        println!("{}", std::fs::read_to_string("/proc/self/status").unwrap());
    }
    assert!(faults_of_all.is_empty(), "{} faults:\n{}", faults_of_all.len(), faults_of_all.join("\n"));
}

#[test]
fn a_judgement_on_the_index_names_an_entry_of_it() {
    for (name, field, _, why) in JUDGED_OTHERWISE {
        assert!(entries().iter().any(|entry| entry["name"] == *name && entry.get(field).is_some()), "{name}");
        assert!(!why.is_empty());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_whole_zoo_is_opened_without_a_word_on_stderr_and_in_little_memory() {
    // In a process of its own: the other tests of this one write and allocate too.
    let run = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "each_raster_of_the_zoo_does_what_its_index_says", "--nocapture"])
        .env("REFERENT_ZOO_MEMORY", "1")
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
    assert_eq!(String::from_utf8_lossy(&run.stderr), "");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let peak = said.lines().find_map(|line| line.split_once("VmHWM:")).unwrap().1;
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    // The block cache may hold 256 MB; the headers of the zoo would like a terabyte.
    assert!(kilobytes < 512 * 1024, "{peak}");
}
