//! Polygons as a user gets them: written in every format, read back by OGR and GDAL, or refused with a reason.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use gdal::Dataset;
use gdal::vector::{FieldValue, LayerAccess};
use geo::{Area, BooleanOps, BoundingRect, CoordsIter, LineString, MultiPolygon, Polygon, Rect, Validation};
use proptest::prelude::*;
use referent::error::Kind;
use referent::job::{Event, Job};
use referent::raster::Crs;
use referent::vector::export::{self, Content, Depth, Options, OutputCrs, Placement};
use referent::vector::{
    AttributeField, Block, DenseField, Edges, Field, FieldKind, Row, Table, Tracing, Value, outline, read_polygons,
};
use tempfile::TempDir;

fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
    Rect::new((x, y), (x + side, y + side)).to_polygon()
}

fn ring_with_hole(x: f64, y: f64, side: f64) -> Polygon<f64> {
    let hole: LineString<f64> = square(x + side / 4.0, y + side / 4.0, side / 2.0).exterior().clone();
    Polygon::new(square(x, y, side).exterior().clone(), vec![hole])
}

fn fields() -> Vec<AttributeField> {
    let field =
        |name: &str, short_name: &str, kind| AttributeField { name: name.into(), short_name: short_name.into(), kind };
    vec![
        field("phrase", "phrase", FieldKind::Text),
        field("perimeter_m", "perim_m", FieldKind::Real),
        field("number", "number", FieldKind::Integer),
        field("touches_edge", "touches_ed", FieldKind::Bool),
    ]
}

fn values(text: &str, real: f64, integer: i64, yes: bool) -> Vec<Value> {
    vec![Value::Text(text.into()), Value::Real(real), Value::Integer(integer), Value::Bool(yes)]
}

fn crs(text: &str) -> Crs {
    Crs::from_user(text).unwrap()
}

/// Two objects in UTM 33N, one with a hole, one of two parts.
fn tanks() -> Table {
    let mut table = Table::new("the storage tank near the harbor", Some(crs("EPSG:32633")), fields()).unwrap();
    let shape = MultiPolygon(vec![ring_with_hole(458_000.0, 5_548_000.0, 40.0)]);
    table.push(Row { shape, values: values("Öltank “A” 🛰, 油罐", 240.25, -7, true) }).unwrap();
    let shape = MultiPolygon(vec![square(458_100.0, 5_548_000.0, 10.0), square(458_120.0, 5_548_000.0, 10.0)]);
    table.push(Row { shape, values: values("", 0.125, 9_007_199_254_740_993, false) }).unwrap();
    table
        .push(Row { shape: MultiPolygon(vec![square(458_200.0, 5_548_000.0, 1.0)]), values: vec![Value::Null; 4] })
        .unwrap();
    table
}

fn pixels() -> Table {
    let mut table = Table::new("photo", None, vec![]).unwrap();
    table.push(Row { shape: MultiPolygon(vec![square(3.5, 4.25, 2.0)]), values: vec![] }).unwrap();
    table
}

fn write(table: &Table, path: &Path, crs: OutputCrs) {
    export::write(table, path, &Options { crs }, &Job::unwatched()).unwrap();
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The cells of every feature as OGR reads them.
fn cells(path: &Path) -> Vec<Vec<Option<FieldValue>>> {
    let dataset = Dataset::open(path).unwrap();
    let mut layer = dataset.layer(0).unwrap();
    layer.features().map(|f| (0..f.field_count()).map(|place| f.field(place).unwrap()).collect()).collect()
}

fn column_names(path: &Path) -> Vec<String> {
    let dataset = Dataset::open(path).unwrap();
    dataset.layer(0).unwrap().defn().fields().map(|field| field.name()).collect()
}

fn assert_same_shapes(found: &[MultiPolygon<f64>], expected: &Table, tolerance: f64) {
    assert_eq!(found.len(), expected.rows().len());
    for (found, row) in found.iter().zip(expected.rows()) {
        assert_eq!(found.0.len(), row.shape.0.len());
        assert!(found.xor(&row.shape).unsigned_area() <= tolerance, "{found:?} is not {:?}", row.shape);
        assert_eq!(found.coords_count(), row.shape.coords_count());
    }
}

#[test]
fn geojson_follows_rfc_7946() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tanks.geojson");
    write(&tanks(), &path, OutputCrs::Usual);
    let json = json(&path);
    assert_eq!((&json["type"], json.get("crs")), (&"FeatureCollection".into(), None));
    let properties = &json["features"][0]["properties"];
    assert_eq!(properties["phrase"], "Öltank “A” 🛰, 油罐");
    assert_eq!((&properties["perimeter_m"], &properties["number"]), (&240.25.into(), &(-7).into()));
    assert_eq!(properties["touches_edge"], true);
    assert_eq!(json["features"][1]["properties"]["number"].as_i64(), Some(9_007_199_254_740_993));
    assert!(json["features"][2]["properties"]["phrase"].is_null());
    assert_eq!(json["features"][0]["geometry"]["type"], "Polygon");
    assert_eq!(json["features"][1]["geometry"]["type"], "MultiPolygon");
    for number in fs::read_to_string(&path).unwrap().split(['[', ']', ',']).filter(|text| text.starts_with("14.")) {
        assert!(number.len() <= 10, "more than 7 decimals: {number}");
    }
    let (read_crs, shapes, _) = read_polygons(&path).unwrap();
    assert_eq!(read_crs.unwrap().code(), Some("EPSG:4326"));
    assert!(shapes[0].0[0].exterior().0.len() == 5 && shapes[0].signed_area() > 0.0);
    // Prague: 14.4 E, 50.1 N, within the figures of the UTM grid.
    let bounds = shapes[0].bounding_rect().unwrap();
    assert!((bounds.min().x - 14.41).abs() < 0.01 && (bounds.min().y - 50.08).abs() < 0.01, "{bounds:?}");
    // Back in UTM the corners are where they were, within the rounding to 1e-7 degrees.
    let back = referent::raster::Reprojection::new(&crs("EPSG:4326"), &crs("EPSG:32633")).unwrap();
    let mut table = tanks().rows()[0].shape.coords_iter().map(|c| (c.x, c.y)).collect::<Vec<_>>();
    for coord in shapes[0].coords_iter() {
        let (mut xs, mut ys) = ([coord.x], [coord.y]);
        back.transform(&mut xs, &mut ys).unwrap();
        table.retain(|(x, y)| (x - xs[0]).hypot(y - ys[0]) > 0.01);
    }
    assert!(table.is_empty(), "{table:?}");
}

#[test]
fn geojson_in_another_crs_says_so_as_gdal_does() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tanks.geojson");
    write(&tanks(), &path, OutputCrs::Source);
    assert_eq!(json(&path)["crs"]["properties"]["name"], "urn:ogc:def:crs:EPSG::32633");
    let (read_crs, shapes, _) = read_polygons(&path).unwrap();
    assert_eq!(read_crs.unwrap().code(), Some("EPSG:32633"));
    assert_same_shapes(&shapes, &tanks(), 1e-6);
    write(&tanks(), &path, OutputCrs::Given(crs("EPSG:3857")));
    assert_eq!(read_polygons(&path).unwrap().0.unwrap().code(), Some("EPSG:3857"));
}

#[test]
fn geojson_of_a_picture_says_that_it_is_in_pixels() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("photo.geojson");
    write(&pixels(), &path, OutputCrs::Usual);
    let json = json(&path);
    assert!(json["coordinate_space"].as_str().unwrap().starts_with("pixels"));
    assert_eq!(json["features"][0]["geometry"]["coordinates"][0][0], serde_json::json!([5.5, 4.25]));
    let (read_crs, shapes, _) = read_polygons(&path).unwrap();
    assert_eq!(read_crs, None, "pixels are not degrees");
    assert_same_shapes(&shapes, &pixels(), 0.0);
    let options = Options { crs: OutputCrs::Given(crs("EPSG:4326")) };
    let error = export::write(&pixels(), &path, &options, &Job::unwatched()).unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.why().contains("no georeference"));
}

#[test]
fn a_local_grid_keeps_its_coordinates_in_geojson() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("site.geojson");
    let mut table = Table::new("site", Some(crs("LOCAL_CS[\"site\",UNIT[\"foot\",0.3048]]")), vec![]).unwrap();
    table.push(Row { shape: MultiPolygon(vec![square(10.0, 20.0, 5.0)]), values: vec![] }).unwrap();
    write(&table, &path, OutputCrs::Usual);
    assert!(json(&path)["coordinate_space"].as_str().unwrap().contains("site"));
    assert_same_shapes(&read_polygons(&path).unwrap().1, &table, 1e-6);
}

#[test]
fn geojson_across_the_antimeridian_is_cut_there() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("taveuni.geojson");
    let mut table = Table::new("island", Some(crs("EPSG:32701")), vec![]).unwrap();
    // UTM zone 1 S begins at 180 degrees: at 17 degrees south its border lies at an easting of about 180 700 m.
    table
        .push(Row { shape: MultiPolygon(vec![ring_with_hole(175_000.0, 8_118_000.0, 12_000.0)]), values: vec![] })
        .unwrap();
    write(&table, &path, OutputCrs::Usual);
    let shape = &read_polygons(&path).unwrap().1[0];
    assert_eq!(shape.0.len(), 2, "each half is a bracket around its half of the hole");
    assert!(shape.is_valid() && shape.iter().all(|half| half.signed_area() > 0.0 && half.interiors().is_empty()));
    let bounds = shape.bounding_rect().unwrap();
    assert_eq!((bounds.min().x, bounds.max().x), (-180.0, 180.0));
    assert!(shape.iter().all(|half| half.bounding_rect().unwrap().width() < 0.1));
}

#[test]
fn polygons_of_centimetres_stay_valid_in_degrees() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("fine.geojson");
    let noise: Vec<f32> = (0..400u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 1.67e7).collect();
    let field = DenseField::new(Block { x: 0, y: 0, width: 20, height: 20 }, noise).unwrap();
    let polygons = outline(&field, &Tracing { threshold: 0.5, edges: Edges::Smooth, frame: None }).unwrap();
    let mut table = Table::new("fine", Some(crs("EPSG:32633")), vec![]).unwrap();
    let count = polygons.len();
    for polygon in polygons {
        use geo::MapCoords;
        let shape = polygon.map_coords(|c| geo::coord! { x: 458_000.0 + c.x * 0.01, y: 5_548_000.0 - c.y * 0.01 });
        table.push(Row { shape: shape.into(), values: vec![] }).unwrap();
    }
    write(&table, &path, OutputCrs::Usual);
    let written = json(&path);
    let rings = |feature: &serde_json::Value| -> Polygon<f64> {
        let mut rings = feature["geometry"]["coordinates"].as_array().unwrap().iter().map(|ring| {
            ring.as_array()
                .unwrap()
                .iter()
                .map(|c| (c[0].as_f64().unwrap(), c[1].as_f64().unwrap()))
                .collect::<LineString<f64>>()
        });
        Polygon::new(rings.next().unwrap(), rings.collect())
    };
    let features = written["features"].as_array().unwrap();
    assert_eq!(features.len(), count);
    assert!(features.iter().all(|feature| rings(feature).is_valid()));
}

#[test]
fn a_shapefile_keeps_shapes_crs_and_text_in_short_columns() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("öl tanks 油.shp");
    write(&tanks(), &path, OutputCrs::Usual);
    let extensions = ["cpg", "dbf", "prj", "shp", "shx"];
    assert_eq!(names(&folder), extensions.map(|extension| format!("öl tanks 油.{extension}")));
    assert_eq!(fs::read_to_string(path.with_extension("cpg")).unwrap().trim(), "UTF-8");
    let (read_crs, shapes, _) = read_polygons(&path).unwrap();
    assert_eq!(read_crs.unwrap().code(), Some("EPSG:32633"));
    assert_same_shapes(&shapes, &tanks(), 0.0);
    assert_eq!(column_names(&path), ["phrase", "perim_m", "number", "touches_ed"]);
    let cells = cells(&path);
    assert_eq!(cells[0][0], Some(FieldValue::StringValue("Öltank “A” 🛰, 油罐".into())));
    assert_eq!(cells[0][1], Some(FieldValue::RealValue(240.25)));
    assert_eq!(cells[1][2], Some(FieldValue::Integer64Value(9_007_199_254_740_993)));
    assert!(matches!(cells[0][3], Some(FieldValue::IntegerValue(1))), "{:?}", cells[0][3]);
}

#[test]
fn a_text_too_long_for_a_shapefile_is_cut_at_a_character_and_that_is_said() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("long.shp");
    let mut table = Table::new("long", None, fields()[..1].to_vec()).unwrap();
    let text = format!("a{}", "ü".repeat(200));
    table.push(Row { shape: MultiPolygon(vec![square(0.0, 0.0, 1.0)]), values: vec![Value::Text(text)] }).unwrap();
    let notices = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&notices);
    let job = Job::new(move |event| {
        if let Event::Notice(text) = event {
            sink.lock().unwrap().push(text);
        }
    });
    export::write(&table, &path, &Options::default(), &job).unwrap();
    assert_eq!(cells(&path)[0][0], Some(FieldValue::StringValue(format!("a{}", "ü".repeat(126)))));
    assert!(notices.lock().unwrap()[0].contains("254 bytes"));
    assert!(!path.with_extension("prj").exists());
}

#[test]
fn a_number_too_long_for_a_shapefile_is_refused() {
    let folder = TempDir::new().unwrap();
    let mut table = Table::new("long", None, fields()[2..3].to_vec()).unwrap();
    table.push(Row { shape: MultiPolygon(vec![]), values: vec![Value::Integer(i64::MIN)] }).unwrap();
    let refused = export::write(&table, &folder.path().join("a.shp"), &Options::default(), &Job::unwatched());
    assert!(refused.unwrap_err().why().contains("too long a number"));
    assert!(names(&folder).is_empty());
}

#[test]
fn a_geopackage_has_one_indexed_layer_named_after_the_phrase() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tanks.gpkg");
    write(&tanks(), &path, OutputCrs::Usual);
    assert_eq!(names(&folder), ["tanks.gpkg"]);
    let (read_crs, shapes, _) = read_polygons(&path).unwrap();
    assert_eq!(read_crs.unwrap().code(), Some("EPSG:32633"));
    assert_same_shapes(&shapes, &tanks(), 0.0);
    let dataset = Dataset::open(&path).unwrap();
    assert_eq!(dataset.layer_count(), 1);
    assert_eq!(dataset.layer(0).unwrap().name(), "the_storage_tank_near_the_harbor");
    let sql = "SELECT count(*) FROM rtree_the_storage_tank_near_the_harbor_geom";
    let mut rows = dataset.execute_sql(sql, None, gdal::vector::sql::Dialect::DEFAULT).unwrap().unwrap();
    assert_eq!(rows.features().next().unwrap().field(0).unwrap().unwrap().into_int64(), Some(3));
    let sql = "SELECT type FROM pragma_table_info('the_storage_tank_near_the_harbor') WHERE name = 'touches_edge'";
    let mut rows = dataset.execute_sql(sql, None, gdal::vector::sql::Dialect::DEFAULT).unwrap().unwrap();
    assert_eq!(rows.features().next().unwrap().field_as_string(0).unwrap().as_deref(), Some("BOOLEAN"));
    assert_eq!(column_names(&path), ["phrase", "perimeter_m", "number", "touches_edge"]);
    assert_eq!(cells(&path)[0][0], Some(FieldValue::StringValue("Öltank “A” 🛰, 油罐".into())));
    assert_eq!(cells(&path)[2], [None, None, None, None]);
}

#[test]
fn another_output_of_the_same_name_is_replaced_with_its_side_files() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.shp");
    fs::write(folder.path().join("a.qix"), "an index of the old polygons").unwrap();
    fs::write(folder.path().join("a.txt"), "not ours").unwrap();
    write(&tanks(), &path, OutputCrs::Usual);
    write(&pixels(), &path, OutputCrs::Usual);
    // The .prj of the first is gone too: the second has no CRS.
    assert_eq!(names(&folder), ["a.cpg", "a.dbf", "a.shp", "a.shx", "a.txt"]);
    assert_eq!(read_polygons(&path).unwrap().1.len(), 1);
}

#[test]
fn an_empty_table_is_a_file_without_objects() {
    let folder = TempDir::new().unwrap();
    let table = Table::new("nothing", Some(crs("EPSG:32633")), fields()).unwrap();
    for name in ["e.geojson", "e.shp", "e.gpkg"] {
        let path = folder.path().join(name);
        write(&table, &path, OutputCrs::Usual);
        assert_eq!(cells(&path).len(), 0);
        assert!(read_polygons(&path).unwrap_err().why().contains("no polygon"));
    }
}

#[test]
fn places_that_cannot_be_written_are_refused_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let refusal = |path: PathBuf| export::write(&tanks(), &path, &Options::default(), &Job::unwatched()).unwrap_err();
    for name in ["no/such/a.shp", "no/such/a.gpkg", "no/such/a.geojson"] {
        assert!(refusal(folder.path().join(name)).why().contains("folder does not exist"));
    }
    let unknown = refusal(folder.path().join("a.dwg"));
    assert_eq!((unknown.kind(), unknown.remedy()), (Kind::Usage, "end it in .geojson, .shp or .gpkg"));
    fs::create_dir(folder.path().join("b.gpkg")).unwrap();
    assert!(refusal(folder.path().join("b.gpkg")).why().contains("it is a folder"));
    assert_eq!(names(&folder), ["b.gpkg"]);
}

#[test]
fn a_stopped_job_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let job = Job::unwatched();
    job.cancel();
    let error = export::write(&tanks(), &folder.path().join("a.gpkg"), &Options::default(), &job).unwrap_err();
    assert_eq!((error.kind(), names(&folder)), (Kind::Cancelled, vec![]));
}

/// Run by the test below in a process that may not write files of more than some kilobytes, as on a full disk.
#[test]
#[ignore = "run by a_write_that_fails_half_way_keeps_the_old_file_and_leaves_nothing_else"]
fn write_all_formats_into_the_folder_named_by_the_environment() {
    let Some(folder) = std::env::var_os("REFERENT_TEST_FOLDER").map(PathBuf::from) else { return };
    let mut table = Table::new("many", Some(crs("EPSG:32633")), fields()).unwrap();
    for i in 0..20_000 {
        let shape = MultiPolygon(vec![square(f64::from(i), 5_000_000.0, 0.5)]);
        table.push(Row { shape, values: values("a tank", 1.0, 1, true) }).unwrap();
    }
    for name in ["a.geojson", "a.shp", "a.gpkg"] {
        let error = export::write(&table, &folder.join(name), &Options::default(), &Job::unwatched()).unwrap_err();
        println!("REFUSED {error}");
    }
    let noise: Vec<f32> = (0..1 << 20u32).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 1.7e7).collect();
    let field = DenseField::new(Block { x: 0, y: 0, width: 1024, height: 1024 }, noise).unwrap();
    let placement = Placement { width: 1024, height: 1024, geotransform: None, crs: None, description: None };
    let content = Content::Probability(Depth::Float32);
    let error =
        export::write_raster(&field, content, &placement, &folder.join("a.tif"), &Job::unwatched()).unwrap_err();
    println!("REFUSED {error}");
}

#[cfg(unix)]
#[test]
fn a_write_that_fails_half_way_keeps_the_old_file_and_leaves_nothing_else() {
    let folder = TempDir::new().unwrap();
    let old = ["a.dbf", "a.geojson", "a.gpkg", "a.shp", "a.shx", "a.tif"];
    for name in old {
        fs::write(folder.path().join(name), "old").unwrap();
    }
    // 512 blocks of 512 bytes; without the signal a write past them is an error, as on a full disk.
    let limited = "trap '' XFSZ; ulimit -f 512; exec \"$0\" \"$@\"";
    let test = "write_all_formats_into_the_folder_named_by_the_environment";
    let output = Command::new("sh")
        .args(["-c", limited])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("REFERENT_TEST_FOLDER", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for name in ["a.geojson", "a.shp", "a.gpkg", "a.tif"] {
        assert!(said.lines().any(|line| line.contains("REFUSED cannot write") && line.contains(name)), "{said}");
    }
    assert_eq!(names(&folder), old);
    assert!(old.iter().all(|name| fs::read_to_string(folder.path().join(name)).unwrap() == "old"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_row_comes_back_from_any_format(
        text in "\\PC{0,60}", real in -1e9f64..1e9, integer in any::<i64>(), yes in any::<bool>(),
        x in -1_000_000i32..1_000_000, side in 1i32..1_000,
    ) {
        let folder = TempDir::new().unwrap();
        let (integer, side) = (integer / 100, f64::from(side) / 8.0);
        let mut table = Table::new(text.clone(), Some(crs("EPSG:32633")), fields()).unwrap();
        let shape = MultiPolygon(vec![ring_with_hole(500_000.0 + f64::from(x) / 8.0, 5_000_000.0, side)]);
        table.push(Row { shape, values: values(&text, real, integer, yes) }).unwrap();
        for name in ["a.geojson", "a.shp", "a.gpkg"] {
            let path = folder.path().join(name);
            write(&table, &path, OutputCrs::Source);
            let row = &cells(&path)[0];
            // dBase pads texts with spaces and cannot tell an empty one from none; GDAL's reader drops spaces before them too.
            let found = row[0].clone().and_then(FieldValue::into_string).unwrap_or_default();
            if name == "a.shp" {
                prop_assert_eq!(found, text.trim_matches(' '));
            } else {
                prop_assert_eq!(&found, &text);
            }
            prop_assert!((row[1].clone().and_then(FieldValue::into_real).unwrap() - real).abs() <= 1e-9 * real.abs().max(1.0));
            let number = row[2].clone().map(|value| match value {
                FieldValue::IntegerValue(number) => i64::from(number),
                FieldValue::Integer64Value(number) => number,
                other => panic!("{other:?}"),
            });
            prop_assert_eq!(number, Some(integer));
            prop_assert_eq!(row[3].clone().and_then(FieldValue::into_int), Some(i32::from(yes)));
            assert_same_shapes(&read_polygons(&path).unwrap().1, &table, side * 2e-3);
        }
    }
}

/// A field of one square block of a constant probability.
struct Spot(Block, f32);

impl Field for Spot {
    fn value(&self, x: i64, y: i64) -> f32 {
        if self.0.contains(x, y) { self.1 } else { 0.0 }
    }

    fn blocks(&self) -> Vec<Block> {
        vec![self.0]
    }
}

fn read_pixels(path: &Path, x: isize, y: isize, width: usize, height: usize) -> Vec<f64> {
    let dataset = Dataset::open(path).unwrap();
    dataset
        .rasterband(1)
        .unwrap()
        .read_as::<f64>((x, y), (width, height), (width, height), None)
        .unwrap()
        .data()
        .to_vec()
}

#[test]
fn a_mask_is_a_cog_with_the_scene_s_place_and_ones_where_the_threshold_is_reached() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mask ü.tif");
    let geotransform = [500_000.0, 0.5, 0.0, 5_000_000.0, 0.0, -0.5];
    let placement = Placement {
        width: 1_300,
        height: 900,
        geotransform: Some(geotransform),
        crs: Some(crs("EPSG:32633")),
        description: None,
    };
    let values: Vec<f32> = (0..20 * 10).map(|i| if i % 20 < 8 { 0.9 } else { 0.3 }).collect();
    let field = DenseField::new(Block { x: 1_285, y: 505, width: 20, height: 10 }, values).unwrap();
    export::write_raster(&field, Content::Mask { threshold: 0.5 }, &placement, &path, &Job::unwatched()).unwrap();
    assert_eq!(names(&folder), ["mask ü.tif"]);
    let dataset = Dataset::open(&path).unwrap();
    assert_eq!(dataset.raster_size(), (1_300, 900));
    assert_eq!(dataset.geo_transform().unwrap(), geotransform);
    assert_eq!(dataset.spatial_ref().unwrap().authority().unwrap(), "EPSG:32633");
    use gdal::Metadata;
    assert_eq!(dataset.metadata_item("LAYOUT", "IMAGE_STRUCTURE").as_deref(), Some("COG"));
    let band = dataset.rasterband(1).unwrap();
    assert_eq!((band.no_data_value(), band.overview_count().unwrap() > 0), (None, true));
    assert_eq!(read_pixels(&path, 0, 0, 1_300, 900).iter().sum::<f64>(), 80.0);
    assert_eq!(read_pixels(&path, 1_284, 505, 2, 1), [0.0, 1.0]);
}

#[test]
fn pixels_without_data_are_told_from_pixels_without_objects() {
    let folder = TempDir::new().unwrap();
    let placement = Placement { width: 1_100, height: 600, geotransform: None, crs: None, description: None };
    let field = DenseField::new(Block { x: 0, y: 0, width: 3, height: 1 }, vec![0.25, f32::NAN, 1.0]).unwrap();
    let contents = [
        ("mask", Content::Mask { threshold: 0.5 }, [0.0, 255.0, 1.0], 1.0),
        ("byte", Content::Probability(Depth::Byte), [64.0, 255.0, 254.0], 1.0 / 254.0),
        ("uint16", Content::Probability(Depth::UInt16), [16_384.0, 65_535.0, 65_534.0], 1.0 / 65_534.0),
        ("float", Content::Probability(Depth::Float32), [0.25, f64::NAN, 1.0], 1.0),
    ];
    for (name, content, expected, scale) in contents {
        let path = folder.path().join(name).with_extension("tif");
        export::write_raster(&field, content, &placement, &path, &Job::unwatched()).unwrap();
        let found = read_pixels(&path, 0, 0, 3, 1);
        let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        assert!(found.iter().zip(&expected).all(same), "{name}: {found:?}");
        assert_eq!(read_pixels(&path, 1_000, 500, 1, 1), [0.0], "{name}: what is absent is 0, not without data");
        let dataset = Dataset::open(&path).unwrap();
        let band = dataset.rasterband(1).unwrap();
        let nodata = band.no_data_value().unwrap();
        assert!(nodata == expected[1] || (nodata.is_nan() && expected[1].is_nan()));
        assert!((band.scale().unwrap_or(1.0) - scale).abs() < 1e-15, "{name}: {:?}", band.scale());
    }
}

/// Prints time and peak memory: `cargo test --test vector hundred -- --ignored --nocapture`.
#[test]
#[ignore = "measures; takes a minute and more"]
fn a_mask_of_a_hundred_thousand_pixels_squared_fits_in_memory() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("huge.tif");
    let placement = Placement {
        width: 100_000,
        height: 100_000,
        geotransform: None,
        crs: Some(crs("EPSG:32633")),
        description: None,
    };
    let field = Spot(Block { x: 70_000, y: 70_000, width: 100, height: 100 }, 0.8);
    let start = std::time::Instant::now();
    export::write_raster(&field, Content::Mask { threshold: 0.5 }, &placement, &path, &Job::unwatched()).unwrap();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    println!("{:?}, {} bytes, {peak}", start.elapsed(), fs::metadata(&path).unwrap().len());
}

#[test]
fn a_mask_of_a_huge_scene_costs_what_is_in_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("huge.tif");
    let placement = Placement { width: 40_000, height: 40_000, geotransform: None, crs: None, description: None };
    let field = Spot(Block { x: 30_000, y: 30_000, width: 100, height: 100 }, 0.8);
    export::write_raster(&field, Content::Mask { threshold: 0.5 }, &placement, &path, &Job::unwatched()).unwrap();
    assert_eq!(read_pixels(&path, 29_990, 29_990, 120, 120).iter().sum::<f64>(), 10_000.0);
    assert!(fs::metadata(&path).unwrap().len() < 1_000_000);
}

fn areas(folder: &TempDir, name: &str, geometry: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#)).unwrap();
    path
}

#[test]
fn areas_that_cross_themselves_are_mended() {
    let folder = TempDir::new().unwrap();
    let bowtie = r#"{"type":"Polygon","coordinates":[[[0,0],[0,10],[10,0],[10,10],[0,0]]]}"#;
    let shape = &read_polygons(&areas(&folder, "bowtie.geojson", bowtie)).unwrap().1[0];
    assert!(shape.is_valid());
    assert_eq!((shape.0.len(), shape.unsigned_area()), (2, 50.0));
}

#[test]
fn files_that_are_no_areas_are_refused_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let why = |path: &Path| read_polygons(path).unwrap_err().why().to_owned();
    assert_eq!(why(&folder.path().join("none.geojson")), "there is no such file");
    let line = r#"{"type":"LineString","coordinates":[[0,0],[1,1]]}"#;
    assert!(why(&areas(&folder, "line.geojson", line)).contains("is a line string, not a polygon"));
    let flat = r#"{"type":"Polygon","coordinates":[[[0,0],[1,1],[2,2],[0,0]]]}"#;
    assert!(why(&areas(&folder, "flat.geojson", flat)).contains("no area"));
    assert_eq!(why(&areas(&folder, "null.geojson", "null")), "it has no polygon");
    fs::write(folder.path().join("text.geojson"), "good morning").unwrap();
    fs::write(folder.path().join("empty.geojson"), "").unwrap();
    for name in ["text.geojson", "empty.geojson"] {
        assert!(!why(&folder.path().join(name)).is_empty());
    }
}
