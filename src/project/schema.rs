//! The tables of a document: those of GeoPackage 1.3 (OGC 12-128r17), and Referent's own.

use rusqlite::{Connection, Transaction};

use crate::raster::Crs;

/// "GPKG" in ASCII, in the header of every GeoPackage.
pub(super) const APPLICATION_ID: u32 = 0x4750_4B47;
/// GeoPackage 1.3.0.
const GEOPACKAGE_VERSION: u32 = 10_300;
/// Version of Referent's own tables. A document with a higher one is not opened.
pub(super) const FORMAT: i64 = 1;

/// A table whose rows edits change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Layer {
    Labels,
    Areas,
    Answers,
    Phrases,
    Queries,
}

impl Layer {
    pub(super) const ALL: [Self; 5] = [Self::Labels, Self::Areas, Self::Answers, Self::Phrases, Self::Queries];

    /// Name of the table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Areas => "areas",
            Self::Answers => "answers",
            Self::Phrases => "phrases",
            Self::Queries => "queries",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.name() == name)
    }

    /// Whether its rows have a shape.
    pub(super) fn has_shapes(self) -> bool {
        matches!(self, Self::Labels | Self::Areas | Self::Answers)
    }
}

/// The tables every GeoPackage has; `definition_12_063` is the extension for WKT 2.
const GEOPACKAGE: &str = "
CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL,
    definition TEXT NOT NULL,
    description TEXT,
    definition_12_063 TEXT NOT NULL
);
CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY,
    data_type TEXT NOT NULL,
    identifier TEXT UNIQUE,
    description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE,
    min_y DOUBLE,
    max_x DOUBLE,
    max_y DOUBLE,
    srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL,
    column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL,
    z TINYINT NOT NULL,
    m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_extensions (
    table_name TEXT,
    column_name TEXT,
    extension_name TEXT NOT NULL,
    definition TEXT NOT NULL,
    scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
INSERT INTO gpkg_extensions VALUES
    ('gpkg_spatial_ref_sys', 'definition_12_063', 'gpkg_crs_wkt',
     'http://www.geopackage.org/spec120/#extension_crs_wkt', 'read-write'),
    ('document', NULL, 'referent_document', 'Version and settings of a Referent document', 'read-write'),
    ('edits', NULL, 'referent_document', 'History of edits of a Referent document', 'read-write'),
    ('changes', NULL, 'referent_document', 'Cells that each edit changed, before and after', 'read-write');
";

/// Referent's own tables. `fid` never comes back once it was used, so that the history cannot mean another row.
const OWN: &str = "
CREATE TABLE labels (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    geom MULTIPOLYGON,
    class TEXT,
    split TEXT,
    scene TEXT,
    source TEXT,
    query INTEGER,
    score DOUBLE,
    created DATETIME
);
CREATE TABLE areas (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    geom MULTIPOLYGON,
    scene TEXT,
    created DATETIME
);
CREATE TABLE answers (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    geom MULTIPOLYGON,
    query INTEGER,
    score DOUBLE
);
CREATE TABLE phrases (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    label INTEGER,
    area INTEGER,
    phrase TEXT NOT NULL
);
CREATE INDEX phrases_label ON phrases(label);
CREATE INDEX phrases_area ON phrases(area);
CREATE INDEX answers_query ON answers(query);
CREATE TABLE queries (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    title TEXT NOT NULL,
    phrase TEXT NOT NULL,
    scene TEXT,
    model TEXT,
    frame TEXT,
    threshold DOUBLE,
    details TEXT,
    asked DATETIME
);
CREATE TABLE models (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    title TEXT NOT NULL,
    path TEXT NOT NULL,
    hash TEXT,
    details TEXT,
    added DATETIME
);
CREATE TABLE scenes (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    added DATETIME
);
CREATE TABLE document (
    key TEXT NOT NULL PRIMARY KEY,
    value
);
CREATE TABLE edits (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    title TEXT NOT NULL,
    made DATETIME NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE changes (
    edit INTEGER NOT NULL,
    step INTEGER NOT NULL,
    layer TEXT NOT NULL,
    fid INTEGER NOT NULL,
    kind TEXT NOT NULL,
    field TEXT NOT NULL,
    before,
    after,
    PRIMARY KEY (edit, step, field)
);
";

/// What the tables are, for people who open them elsewhere.
const CONTENTS: [(&str, &str); 7] = [
    ("labels", "Objects that were drawn or accepted, one row an object"),
    ("areas", "Areas in which nothing is that their phrases name"),
    ("answers", "Objects that queries found and that were kept"),
    ("phrases", "What labels are called, and what is not in an area"),
    ("queries", "What was asked, where and of which model"),
    ("models", "Models that were used or trained here"),
    ("scenes", "Rasters that labels were drawn on"),
];

/// Columns that must be there for the document to be read.
const COLUMNS: [(&str, &str); 10] = [
    ("labels", "fid, geom, class, split, scene, source, query, score, created"),
    ("areas", "fid, geom, scene, created"),
    ("answers", "fid, geom, query, score"),
    ("phrases", "fid, label, area, phrase"),
    ("queries", "fid, title, phrase, scene, model, frame, threshold, details, asked"),
    ("models", "fid, title, path, hash, details, added"),
    ("scenes", "fid, path, title, added"),
    ("edits", "id, title, made, undone"),
    ("changes", "edit, step, layer, fid, kind, field, before, after"),
    ("gpkg_geometry_columns", "table_name, srs_id"),
];

/// Makes every table of a new, empty file. Without `crs` coordinates are pixels of a picture.
pub(super) fn create(db: &mut Connection, crs: Option<&Crs>) -> rusqlite::Result<()> {
    db.pragma_update(None, "application_id", APPLICATION_ID)?;
    db.pragma_update(None, "user_version", GEOPACKAGE_VERSION)?;
    let transaction = db.transaction()?;
    transaction.execute_batch(GEOPACKAGE)?;
    let srs_id = add_systems(&transaction, crs)?;
    transaction.execute_batch(OWN)?;
    for (table, description) in CONTENTS {
        let has_shapes = Layer::named(table).is_some_and(Layer::has_shapes);
        let (data_type, srs) = if has_shapes { ("features", Some(srs_id)) } else { ("attributes", None) };
        transaction.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?1, ?2, ?1, ?3, ?4)",
            (table, data_type, description, srs),
        )?;
        if has_shapes {
            transaction.execute(
                "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', 'MULTIPOLYGON', ?2, 0, 0)",
                (table, srs_id),
            )?;
        }
    }
    transaction.execute("INSERT INTO document VALUES ('format', ?1)", [FORMAT])?;
    transaction.commit()
}

/// The systems that every GeoPackage lists, and the document's own; the number of the latter.
fn add_systems(transaction: &Transaction<'_>, crs: Option<&Crs>) -> rusqlite::Result<i32> {
    /// Numbers from here on are free for systems without an authority.
    const OWN_SYSTEM: i32 = 100_000;
    const UNDEFINED: &str = "undefined";
    let add = |name: &str, id: i32, authority: &str, code: i32, wkt1: &str, wkt2: &str| {
        transaction.execute(
            "INSERT OR REPLACE INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6)",
            (name, id, authority, code, wkt1, wkt2),
        )
    };
    add("Undefined cartesian SRS", -1, "NONE", -1, UNDEFINED, UNDEFINED)?;
    add("Undefined geographic SRS", 0, "NONE", 0, UNDEFINED, UNDEFINED)?;
    if let Ok(wgs84) = Crs::wgs84() {
        add(wgs84.name(), 4326, "EPSG", 4326, &wgs84.wkt1().unwrap_or_default(), wgs84.wkt())?;
    }
    let Some(crs) = crs else { return Ok(-1) };
    let code = crs.code().and_then(|code| code.strip_prefix("EPSG:")?.parse().ok()).filter(|code| *code > 0);
    let (id, authority) = code.map_or((OWN_SYSTEM, "NONE"), |code| (code, "EPSG"));
    add(crs.name(), id, authority, id, crs.wkt1().as_deref().unwrap_or(UNDEFINED), crs.wkt())?;
    Ok(id)
}

/// The system of the layers: its number and its definition, `None` for the undefined ones.
pub(super) fn system(db: &Connection) -> rusqlite::Result<(i32, Option<String>)> {
    let (id, old): (i32, String) = db.query_row(
        "SELECT srs_id, definition FROM gpkg_spatial_ref_sys
         WHERE srs_id = (SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'labels')",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    // Programs that rewrite the file may leave the extension out.
    let new = db.query_row("SELECT definition_12_063 FROM gpkg_spatial_ref_sys WHERE srs_id = ?1", [id], |row| {
        row.get::<_, String>(0)
    });
    let wkt = new.ok().filter(|wkt| wkt != "undefined").unwrap_or(old);
    Ok((id, Some(wkt).filter(|wkt| id > 0 && wkt != "undefined")))
}

/// The version of the document in an open GeoPackage; `None` where there is none: another program's file.
pub(super) fn format(db: &Connection) -> rusqlite::Result<Option<i64>> {
    let tables: i64 = db.query_row(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('document', 'edits')",
        [],
        |row| row.get(0),
    )?;
    if tables < 2 {
        return Ok(None);
    }
    let mut statement = db.prepare("SELECT value FROM document WHERE key = 'format'")?;
    let mut rows = statement.query([])?;
    // A table of this name with other columns or values is another program's.
    Ok(rows.next()?.and_then(|row| row.get(0).ok()))
}

/// The first table that lacks something.
pub(super) fn missing(db: &Connection) -> Option<&'static str> {
    let lacks = |table: &str, columns: &str| db.prepare(&format!("SELECT {columns} FROM {table} LIMIT 0")).is_err();
    COLUMNS.into_iter().find(|(table, columns)| lacks(table, columns)).map(|(table, _)| table)
}

/// Takes away spatial indices that other programs made of the layers: SQLite alone cannot keep them up to date.
///
/// Nothing is lost with them; the other program makes them again where they are wanted.
pub(super) fn drop_spatial_indices(db: &mut Connection) -> rusqlite::Result<()> {
    let mut indexed = Vec::new();
    for layer in Layer::ALL.into_iter().filter(|layer| layer.has_shapes()) {
        let mut statement = db.prepare_cached("SELECT 1 FROM sqlite_master WHERE name = ?1")?;
        if statement.exists([format!("rtree_{}_geom", layer.name())])? {
            indexed.push(layer.name());
        }
    }
    if indexed.is_empty() {
        return Ok(());
    }
    let transaction = db.transaction()?;
    for layer in indexed {
        let triggers: Vec<String> = {
            let mut statement = transaction.prepare(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?1 AND name LIKE 'rtree\\_%' ESCAPE '\\'",
            )?;
            statement.query_map([layer], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        for trigger in triggers {
            transaction.execute_batch(&format!("DROP TRIGGER \"{}\"", trigger.replace('"', "\"\"")))?;
        }
        transaction.execute_batch(&format!("DROP TABLE rtree_{layer}_geom"))?;
        transaction.execute(
            "DELETE FROM gpkg_extensions WHERE lower(table_name) = ?1 AND extension_name = 'gpkg_rtree_index'",
            [layer],
        )?;
    }
    transaction.commit()
}
