//! What a document holds: labels, areas, answers, phrases, queries, read as values.

use std::collections::HashMap;

use geo::MultiPolygon;
use rusqlite::Row;

use super::document::Document;
use super::geometry::decode;
use super::ids::{AnswerId, AreaId, LabelId, PhraseId, QueryId};
use super::refusal::refusal;
use crate::error::Result;
use crate::raster::Crs;
use crate::train::dataset::Split;

/// Where a label comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// A person drew it.
    #[default]
    Drawn,
    /// A query found it and a person accepted it.
    Query,
    /// It was read from another file.
    Imported,
}

impl Source {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Drawn => "drawn",
            Self::Query => "query",
            Self::Imported => "imported",
        }
    }

    fn named(name: Option<&str>) -> Self {
        match name {
            Some("query") => Self::Query,
            Some("imported") => Self::Imported,
            _ => Self::Drawn,
        }
    }
}

/// A phrase with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrasing {
    /// Its number.
    pub id: PhraseId,
    /// The words.
    pub text: String,
}

/// An object that a person vouches for.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its number.
    pub id: LabelId,
    /// Its outline, in the document's CRS.
    pub shape: MultiPolygon<f64>,
    /// What it is, in plain English singular: "storage tank".
    pub class: Option<String>,
    /// What it is for, if that is decided.
    pub split: Option<Split>,
    /// The raster that it was drawn on.
    pub scene: Option<String>,
    /// Where it comes from.
    pub source: Source,
    /// The query that found it, with the score in 0..=1 that it had.
    pub found: Option<(QueryId, Option<f64>)>,
    /// When it was made, in UTC.
    pub created: Option<String>,
    /// What it is called.
    pub phrases: Vec<Phrasing>,
}

/// A label to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLabel {
    /// Its outline, in the document's CRS.
    pub shape: MultiPolygon<f64>,
    /// What it is.
    pub class: Option<String>,
    /// What it is for.
    pub split: Option<Split>,
    /// The raster that it was drawn on.
    pub scene: Option<String>,
    /// Where it comes from.
    pub source: Source,
    /// The query that found it, with its score.
    pub found: Option<(QueryId, Option<f64>)>,
    /// What it is called.
    pub phrases: Vec<String>,
}

/// An area in which there is nothing that its phrases name.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its number.
    pub id: AreaId,
    /// Its outline, in the document's CRS.
    pub shape: MultiPolygon<f64>,
    /// The raster that it was drawn on.
    pub scene: Option<String>,
    /// When it was made, in UTC.
    pub created: Option<String>,
    /// What is not there: "a ship".
    pub phrases: Vec<Phrasing>,
}

/// An area to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewArea {
    /// Its outline, in the document's CRS.
    pub shape: MultiPolygon<f64>,
    /// The raster that it was drawn on.
    pub scene: Option<String>,
    /// What is not there.
    pub phrases: Vec<String>,
}

/// A query that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Its number.
    pub id: QueryId,
    /// What was asked.
    pub asked: NewQuery,
    /// When, in UTC.
    pub time: Option<String>,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewQuery {
    /// The layer's name; the phrase, until it is renamed.
    pub title: String,
    /// The phrase.
    pub phrase: String,
    /// The raster that was searched.
    pub scene: Option<String>,
    /// The model that answered, by its title and hash.
    pub model: Option<String>,
    /// The frame: "view", "area", "scene".
    pub frame: Option<String>,
    /// Probability from which pixels count.
    pub threshold: Option<f64>,
    /// Whatever else belongs to it, as JSON.
    pub details: Option<String>,
}

/// An object that a query found.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its number.
    pub id: AnswerId,
    /// The query.
    pub query: QueryId,
    /// Its outline, in the document's CRS.
    pub shape: MultiPolygon<f64>,
    /// In 0..=1.
    pub score: Option<f64>,
}

/// An object that a query found, to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAnswer {
    /// Its outline, in the document's CRS.
    pub shape: MultiPolygon<f64>,
    /// In 0..=1.
    pub score: Option<f64>,
}

/// Labels and areas as they are at one moment: plain values, for work on another thread while the document stays with its
/// window.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The document's name: its file without the ending.
    pub name: String,
    /// The system of all shapes; `None`: pixels of a picture.
    pub crs: Option<Crs>,
    /// All labels.
    pub labels: Vec<Label>,
    /// All areas in which something is not.
    pub areas: Vec<Area>,
    /// What could not be read: [`Document::faults`].
    pub faults: Vec<String>,
}

impl NewLabel {
    /// A label drawn by hand of which nothing is said yet.
    pub fn drawn(shape: MultiPolygon<f64>) -> Self {
        let source = Source::Drawn;
        Self { shape, class: None, split: None, scene: None, source, found: None, phrases: Vec::new() }
    }
}

impl Document {
    /// All labels, in the order in which they were made. Rows that another program left without a polygon are passed
    /// over: [`Document::faults`] names them.
    pub fn labels(&self) -> Result<Vec<Label>> {
        let mut phrases = self.phrases("label")?;
        let sql = "SELECT fid, geom, class, split, scene, source, query, score, created FROM labels ORDER BY fid";
        self.rows("labels", sql, [], |row| {
            let fid: i64 = row.get(0)?;
            let split = text(row, 3);
            let query: Option<i64> = row.get(6).ok().flatten();
            Ok(shape(row)?.map(|shape| Label {
                id: LabelId(fid),
                shape,
                class: text(row, 2),
                split: split.as_deref().and_then(Split::named),
                scene: text(row, 4),
                source: Source::named(text(row, 5).as_deref()),
                found: query.map(|query| (QueryId(query), row.get(7).ok().flatten())),
                created: text(row, 8),
                phrases: phrases.remove(&fid).unwrap_or_default(),
            }))
        })
    }

    /// All areas in which something is not, in the order in which they were made.
    pub fn areas(&self) -> Result<Vec<Area>> {
        let mut phrases = self.phrases("area")?;
        self.rows("areas", "SELECT fid, geom, scene, created FROM areas ORDER BY fid", [], |row| {
            let fid: i64 = row.get(0)?;
            Ok(shape(row)?.map(|shape| Area {
                id: AreaId(fid),
                shape,
                scene: text(row, 2),
                created: text(row, 3),
                phrases: phrases.remove(&fid).unwrap_or_default(),
            }))
        })
    }

    /// Labels and areas as they are now.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot {
            name: self.path().file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            crs: self.crs().cloned(),
            labels: self.labels()?,
            areas: self.areas()?,
            faults: self.faults()?,
        })
    }

    /// All queries that were kept, in the order in which they were asked.
    pub fn queries(&self) -> Result<Vec<Query>> {
        let sql = "SELECT fid, title, phrase, scene, model, frame, threshold, details, asked FROM queries ORDER BY fid";
        self.rows("queries", sql, [], |row| {
            Ok(Some(Query {
                id: QueryId(row.get(0)?),
                asked: NewQuery {
                    title: row.get(1)?,
                    phrase: row.get(2)?,
                    scene: row.get(3)?,
                    model: row.get(4)?,
                    frame: row.get(5)?,
                    threshold: row.get(6)?,
                    details: row.get(7)?,
                },
                time: row.get(8)?,
            }))
        })
    }

    /// What a query found, in the order in which it was kept.
    pub fn answers(&self, query: QueryId) -> Result<Vec<Answer>> {
        let sql = "SELECT fid, geom, score FROM answers WHERE query = ?1 ORDER BY fid";
        self.rows("answers", sql, [query.0], |row| {
            let fid = row.get(0)?;
            Ok(shape(row)?.map(|shape| Answer { id: AnswerId(fid), query, shape, score: row.get(2).ok().flatten() }))
        })
    }

    /// What other programs left in the layers and cannot be shown: "label 7: its geometry is no polygon".
    pub fn faults(&self) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        for (table, one) in [("labels", "label"), ("areas", "area"), ("answers", "answer")] {
            faults.extend(self.rows(table, &format!("SELECT fid, geom FROM {table} ORDER BY fid"), [], |row| {
                let fid: i64 = row.get(0)?;
                let fault = match row.get_ref(1)?.as_blob_or_null() {
                    Ok(Some(blob)) => decode(blob).err(),
                    Ok(None) => Some("it has no geometry"),
                    Err(_) => Some("its geometry is no blob"),
                };
                Ok(fault.map(|why| format!("{one} {fid}: {why}")))
            })?);
        }
        Ok(faults)
    }

    /// The phrases of each label or area.
    fn phrases(&self, owner: &str) -> Result<HashMap<i64, Vec<Phrasing>>> {
        let sql = format!("SELECT fid, {owner}, phrase FROM phrases WHERE {owner} IS NOT NULL ORDER BY fid");
        let all = self.rows("phrases", &sql, [], |row| {
            Ok(Some((row.get::<_, i64>(1)?, Phrasing { id: PhraseId(row.get(0)?), text: row.get(2)? })))
        })?;
        let mut phrases: HashMap<i64, Vec<Phrasing>> = HashMap::new();
        for (owner, phrase) in all {
            phrases.entry(owner).or_default().push(phrase);
        }
        Ok(phrases)
    }

    pub(super) fn rows<T>(
        &self,
        table: &str,
        sql: &str,
        parameters: impl rusqlite::Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<Option<T>>,
    ) -> Result<Vec<T>> {
        let refuse = |cause| refusal(&format!("cannot read the {table} of"), self.path(), cause);
        let mut statement = self.db().prepare_cached(sql).map_err(refuse)?;
        let mut rows = statement.query(parameters).map_err(refuse)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(refuse)? {
            found.extend(read(row).map_err(refuse)?);
        }
        Ok(found)
    }
}

/// The shape in the second column, if it is one.
fn shape(row: &Row<'_>) -> rusqlite::Result<Option<MultiPolygon<f64>>> {
    let blob = row.get_ref(1)?.as_blob_or_null().unwrap_or_default();
    Ok(blob.and_then(|blob| decode(blob).ok()).filter(|shape| !shape.0.is_empty()))
}

/// Text, or nothing where another program left something else.
fn text(row: &Row<'_>, column: usize) -> Option<String> {
    row.get_ref(column).ok()?.as_str_or_null().ok().flatten().map(str::to_owned)
}
