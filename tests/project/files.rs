//! Files that are made, opened, refused, copied and shared with other programs.

use std::fs;
use std::path::Path;

use referent::project::{Document, Edit, ModelRecord, NewArea, SceneRecord};
use referent::raster::Crs;
use referent::vector::read_polygons;
use rusqlite::Connection;

use crate::{add, label, square, utm, with_hole};

fn why(path: &Path) -> String {
    Document::open(path).unwrap_err().to_string()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn ogr_reads_labels_and_areas_with_their_coordinate_system() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("harbor.gpkg");
    let mut document = Document::create(&path, Some(&utm())).unwrap();
    let (first, second) = (with_hole(5e5, 5e6, 40.0), square(5e5 + 100.0, 5e6, 10.0));
    add(
        &mut document,
        vec![label(first.clone(), "storage tank", &["the round tank"]), label(second.clone(), "ship", &[])],
    );
    let area = square(5e5, 5e6 + 500.0, 300.0);
    let negative = NewArea { shape: area.clone(), scene: None, phrases: vec!["a ship".into()] };
    document.apply(&Edit::AddAreas(vec![negative])).unwrap();
    let (crs, shapes, mended) = read_polygons(&path).unwrap();
    assert_eq!(crs.unwrap().code(), Some("EPSG:32633"));
    assert_eq!((shapes, mended), (vec![first, second, area], 0), "while the document is open");
}

#[test]
fn a_coordinate_system_without_a_code_and_none_at_all_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let own = "+proj=lcc +lat_1=44 +lat_2=49 +lat_0=46 +lon_0=3 +ellps=GRS80 +units=us-ft";
    for (name, crs) in [
        ("own.gpkg", Some(Crs::from_user(own).unwrap())),
        ("degrees.gpkg", Some(Crs::wgs84().unwrap())),
        ("compound.gpkg", Some(Crs::from_user("EPSG:5972").unwrap())),
        ("pixels.gpkg", None),
    ] {
        let path = folder.path().join(name);
        drop(Document::create(&path, crs.as_ref()).unwrap());
        let mut document = Document::open(&path).unwrap();
        assert_eq!(document.crs().map(Crs::wkt), crs.as_ref().map(Crs::wkt), "{name}");
        add(&mut document, vec![label(square(1.0, 2.0, 3.0), "ship", &[])]);
        let (read, _, _) = read_polygons(&path).unwrap();
        // WKT 1 writes the unit with one digit less than there is.
        let kinds = [read, crs].map(|crs| crs.map(|crs| (crs.kind(), (crs.metres_per_unit() * 1e12).round())));
        if name == "pixels.gpkg" {
            // OGR knows the undefined cartesian system as an engineering system.
            assert_ne!(kinds[0].map(|(kind, _)| kind), Some(referent::raster::CrsKind::Projected));
        } else {
            assert_eq!(kinds[0], kinds[1], "{name}");
        }
    }
}

#[test]
fn what_is_no_document_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("text.gpkg"), "not a database, but long enough to look at").unwrap();
    fs::write(path("empty.gpkg"), "").unwrap();
    Connection::open(path("plain.db")).unwrap().execute_batch("CREATE TABLE document (key, value)").unwrap();
    // A GeoPackage of another program, written by GDAL, with a table that happens to have one of our names.
    let mut table = referent::vector::Table::new("labels", Some(utm()), vec![]).unwrap();
    table.push(referent::vector::Row { shape: square(5e5, 5e6, 10.0), values: vec![] }).unwrap();
    referent::vector::export::write(
        &table,
        &path("other.gpkg"),
        &referent::vector::export::Options::default(),
        &referent::job::Job::unwatched(),
    )
    .unwrap();
    let before: Vec<Vec<u8>> =
        ["text.gpkg", "empty.gpkg", "plain.db", "other.gpkg"].map(|name| fs::read(path(name)).unwrap()).to_vec();
    assert!(why(&path("text.gpkg")).contains("not a GeoPackage"));
    assert!(why(&path("empty.gpkg")).contains("empty"));
    assert!(why(&path("plain.db")).contains("not a GeoPackage"));
    assert!(why(&path("other.gpkg")).contains("no document of Referent"));
    assert!(why(&path("missing.gpkg")).contains("no such file"));
    assert!(why(folder.path()).contains("folder"));
    let after: Vec<Vec<u8>> =
        ["text.gpkg", "empty.gpkg", "plain.db", "other.gpkg"].map(|name| fs::read(path(name)).unwrap()).to_vec();
    assert_eq!(before, after);
    assert_eq!(names(folder.path()), ["empty.gpkg", "other.gpkg", "plain.db", "text.gpkg"]);
}

#[test]
fn a_document_of_a_newer_version_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.gpkg");
    drop(Document::create(&path, None).unwrap());
    Connection::open(&path).unwrap().execute("UPDATE document SET value = 2 WHERE key = 'format'", []).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(why(&path).contains("newer version"), "{}", why(&path));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_marked_read_only_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locked.gpkg");
    drop(Document::create(&path, None).unwrap());
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    assert!(why(&path).contains("read-only"), "{}", why(&path));
}

#[test]
fn one_document_is_open_in_one_window() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let first = Document::create(&path, None).unwrap();
    let refused = why(&folder.path().join(".").join("a.gpkg"));
    assert!(
        refused.contains("open in another window") && refused.contains(&std::process::id().to_string()),
        "{refused}"
    );
    drop(first);
    drop(Document::open(&path).unwrap());
    assert_eq!(names(folder.path()), ["a.gpkg"], "nothing stays beside it");
}

#[test]
fn another_program_that_writes_is_waited_for_and_then_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let mut document = Document::create(&path, None).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = document.apply(&Edit::AddLabels(vec![label(square(0.0, 0.0, 1.0), "ship", &[])])).unwrap_err();
    assert!(refused.why().contains("another program"), "{refused}");
    other.execute_batch("ROLLBACK").unwrap();
    add(&mut document, vec![label(square(0.0, 0.0, 1.0), "ship", &[])]);
    assert_eq!(document.labels().unwrap().len(), 1);
}

#[test]
fn damage_is_told_wherever_it_lies_and_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let mut document = Document::create(&path, Some(&utm())).unwrap();
    let many = (0..60).map(|i| label(with_hole(5e5 + 50.0 * f64::from(i), 5e6, 40.0), "ship", &["a ship"])).collect();
    add(&mut document, many);
    drop(document);
    let whole = fs::read(&path).unwrap();
    let hurt = folder.path().join("hurt.gpkg");
    let mut refused = 0;
    for page in 0..whole.len() / 4096 {
        for fill in [0u8, 0xff, 0x5a] {
            let mut bytes = whole.clone();
            bytes[page * 4096 + 1..(page + 1) * 4096 - 1].fill(fill);
            fs::write(&hurt, &bytes).unwrap();
            match Document::open(&hurt) {
                Err(error) => {
                    assert!(!error.why().is_empty());
                    refused += 1;
                    assert_eq!(fs::read(&hurt).unwrap(), bytes, "page {page}");
                }
                Ok(mut document) => {
                    let _ =
                        (document.labels(), document.areas(), document.faults(), document.history(), document.undo());
                }
            }
        }
    }
    assert!(refused > 2 * whole.len() / 4096, "{refused} of {} pages", whole.len() / 4096);
    fs::write(&hurt, &whole[..whole.len() / 2]).unwrap();
    assert!(why(&hurt).contains("damaged"), "{}", why(&hurt));
}

#[test]
fn a_document_is_never_made_over_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    fs::write(&path, "precious").unwrap();
    assert!(Document::create(&path, None).unwrap_err().to_string().contains("already"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    assert!(Document::create(&folder.path().join("no/such/a.gpkg"), None).is_err());
    assert_eq!(names(folder.path()), ["a.gpkg"]);
}

#[test]
fn a_copy_holds_all_and_is_a_document_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("a.gpkg"), folder.path().join("b.gpkg"));
    let mut document = Document::create(&path, Some(&utm())).unwrap();
    add(&mut document, vec![label(with_hole(5e5, 5e6, 40.0), "ship", &["a ship", "the long ship"])]);
    document.note_scene(&SceneRecord { path: "/data/harbor.tif".into(), title: "Harbor".into() }).unwrap();
    document.note_scene(&SceneRecord { path: "/data/harbor.tif".into(), title: "The harbor".into() }).unwrap();
    document
        .note_model(&ModelRecord { title: "lite".into(), path: "lite.safetensors".into(), ..Default::default() })
        .unwrap();
    document.save_copy(&copy).unwrap();
    assert!(document.save_copy(&path).is_err(), "not onto itself");
    let mut copied = Document::open(&copy).unwrap();
    assert_eq!(copied.labels().unwrap(), document.labels().unwrap());
    assert_eq!(copied.crs(), document.crs());
    assert_eq!(copied.scenes().unwrap(), [SceneRecord { path: "/data/harbor.tif".into(), title: "The harbor".into() }]);
    assert_eq!(copied.models().unwrap().len(), 1);
    assert!(copied.undo().unwrap().is_some(), "with its history");
    assert_eq!((copied.labels().unwrap().len(), document.labels().unwrap().len()), (0, 1));
}

#[test]
fn edits_of_another_program_are_seen_and_a_bad_shape_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let mut document = Document::create(&path, Some(&utm())).unwrap();
    add(&mut document, vec![label(square(5e5, 5e6, 10.0), "ship", &[]), label(square(5e5, 5e6, 20.0), "ship", &[])]);
    assert!(!document.was_changed_elsewhere().unwrap());
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch(
            "ALTER TABLE labels ADD COLUMN remark TEXT;
             UPDATE labels SET geom = x'0102', split = 'nonsense', class = 7, remark = 'why' WHERE fid = 1;
             INSERT INTO labels (class) VALUES ('no shape');",
        )
        .unwrap();
    drop(other);
    assert!(document.was_changed_elsewhere().unwrap());
    assert!(!document.was_changed_elsewhere().unwrap());
    assert_eq!(document.labels().unwrap().len(), 1);
    let faults = document.faults().unwrap();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("label 1: ") && faults[1].starts_with("label 3: "));
}

#[test]
fn a_spatial_index_of_another_program_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let mut document = Document::create(&path, Some(&utm())).unwrap();
    add(&mut document, vec![label(square(5e5, 5e6, 10.0), "ship", &[])]);
    drop(document);
    // As GDAL makes it; the functions that its trigger calls are GDAL's own.
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "CREATE VIRTUAL TABLE rtree_labels_geom USING rtree(id, minx, maxx, miny, maxy);
             CREATE TRIGGER rtree_labels_geom_insert AFTER INSERT ON labels
               WHEN (new.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN
               INSERT OR REPLACE INTO rtree_labels_geom VALUES
               (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
             INSERT INTO gpkg_extensions VALUES ('labels', 'geom', 'gpkg_rtree_index', 'x', 'write-only');",
        )
        .unwrap();
    let mut document = Document::open(&path).unwrap();
    add(&mut document, vec![label(square(5e5, 5e6, 20.0), "ship", &[])]);
    assert_eq!(document.labels().unwrap().len(), 2);
    drop(document);
    assert_eq!(read_polygons(&path).unwrap().1.len(), 2);
}
