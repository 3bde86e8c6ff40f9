//! How an edit changes the rows of a document.

use geo::MultiPolygon;
use rusqlite::types::Value;

use super::edit::{Edit, Of};
use super::geometry::{decode, encode};
use super::history::{EditStop, Log};
use super::ids::{AnswerId, AreaId, LabelId, QueryId};
use super::row::{NewAnswer, NewArea, NewLabel, NewQuery, Source};
use super::schema::Layer;
use super::{change, shape};
use crate::error::Error;
use crate::text::LONGEST_PHRASE;

type Outcome = Result<(), EditStop>;

/// The rows of an edit being made.
pub(super) struct Editor<'l, 't> {
    log: &'l mut Log<'t>,
    srs_id: i32,
}

impl<'l, 't> Editor<'l, 't> {
    /// For shapes of the system `srs_id`.
    pub(super) fn new(log: &'l mut Log<'t>, srs_id: i32) -> Self {
        Self { log, srs_id }
    }

    pub(super) fn apply(&mut self, edit: &Edit) -> Outcome {
        match edit {
            Edit::AddLabels(labels) => labels.iter().try_for_each(|label| self.add_label(label)),
            Edit::RemoveLabels(labels) => labels.iter().try_for_each(|label| self.remove(Of::Label(*label))),
            Edit::ChangeShape { label, shape } => {
                let shape = self.geometry(shape)?;
                Ok(self.log.update(Layer::Labels, label.0, &[("geom", shape)])?)
            }
            Edit::Split { label, parts } => self.split(*label, parts),
            Edit::Merge(labels) => self.merge(labels),
            Edit::SetClass { labels, class } => {
                let class = optional(class.as_deref().map(str::trim).filter(|class| !class.is_empty()));
                self.set(labels, "class", &class)
            }
            Edit::SetSplit { labels, split } => {
                let split = optional(split.map(|split| split.to_string()).as_deref());
                self.set(labels, "split", &split)
            }
            Edit::AddPhrase { of, text } => of.iter().try_for_each(|of| self.add_phrase(*of, text)),
            Edit::ChangePhrase { phrase, text } => {
                let text = Value::Text(worded(text)?);
                Ok(self.log.update(Layer::Phrases, phrase.0, &[("phrase", text)])?)
            }
            Edit::RemovePhrase(phrase) => Ok(self.log.delete(Layer::Phrases, phrase.0)?),
            Edit::AddAreas(areas) => areas.iter().try_for_each(|area| self.add_area(area)),
            Edit::ChangeArea { area, shape } => {
                let shape = self.geometry(shape)?;
                Ok(self.log.update(Layer::Areas, area.0, &[("geom", shape)])?)
            }
            Edit::RemoveAreas(areas) => areas.iter().try_for_each(|area| self.remove(Of::Area(*area))),
            Edit::KeepAnswers { query, answers } => self.keep_answers(query, answers),
            Edit::RenameQuery { query, title } => {
                Ok(self.log.update(Layer::Queries, query.0, &[("title", Value::Text(title.clone()))])?)
            }
            Edit::RemoveQueries(queries) => queries.iter().try_for_each(|query| {
                for answer in self.owned(Layer::Answers, "query", query.0)? {
                    self.log.delete(Layer::Answers, answer)?;
                }
                Ok(self.log.delete(Layer::Queries, query.0)?)
            }),
            Edit::AcceptAnswers { answers, class } => {
                answers.iter().try_for_each(|answer| self.accept(*answer, class.as_deref()))
            }
        }
    }

    fn add_label(&mut self, label: &NewLabel) -> Outcome {
        let shape = self.geometry(&label.shape)?;
        let class = label.class.as_deref().map(str::trim).filter(|class| !class.is_empty());
        let fid = self.log.insert(
            Layer::Labels,
            &[
                ("geom", shape),
                ("class", optional(class)),
                ("split", optional(label.split.map(|split| split.to_string()).as_deref())),
                ("scene", optional(label.scene.as_deref())),
                ("source", Value::Text(label.source.name().into())),
                ("query", label.found.map_or(Value::Null, |(query, _)| Value::Integer(query.0))),
                ("score", real(label.found.and_then(|(_, score)| score))),
                ("created", self.now()?),
            ],
        )?;
        label.phrases.iter().try_for_each(|text| self.add_phrase(Of::Label(LabelId(fid)), text))
    }

    fn add_area(&mut self, area: &NewArea) -> Outcome {
        let cells = [
            ("geom", self.geometry(&area.shape)?),
            ("scene", optional(area.scene.as_deref())),
            ("created", self.now()?),
        ];
        let fid = self.log.insert(Layer::Areas, &cells)?;
        area.phrases.iter().try_for_each(|text| self.add_phrase(Of::Area(AreaId(fid)), text))
    }

    fn remove(&mut self, of: Of) -> Outcome {
        let (layer, owner, fid) = place(of);
        for phrase in self.owned(Layer::Phrases, owner, fid)? {
            self.log.delete(Layer::Phrases, phrase)?;
        }
        Ok(self.log.delete(layer, fid)?)
    }

    fn split(&mut self, label: LabelId, parts: &[MultiPolygon<f64>]) -> Outcome {
        let [first, others @ ..] = parts else { return Err(refused("split a label", "it has no parts")) };
        if others.is_empty() {
            return Err(refused("split a label", "the line does not cut right through it"));
        }
        let phrases = self.phrases_of(Of::Label(label))?;
        let kept = change::read(self.log.db(), Layer::Labels, label.0)?.ok_or(EditStop::Gone)?;
        for part in others {
            let shape = self.geometry(part)?;
            let mut cells: Vec<(&str, Value)> =
                kept.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            cells.iter_mut().filter(|(name, _)| *name == "geom").for_each(|(_, value)| *value = shape.clone());
            let fid = self.log.insert(Layer::Labels, &cells)?;
            phrases.iter().try_for_each(|(_, text)| self.add_phrase(Of::Label(LabelId(fid)), text))?;
        }
        let shape = self.geometry(first)?;
        Ok(self.log.update(Layer::Labels, label.0, &[("geom", shape)])?)
    }

    fn merge(&mut self, labels: &[LabelId]) -> Outcome {
        let mut distinct: Vec<LabelId> = Vec::new();
        labels.iter().for_each(|label| {
            if !distinct.contains(label) {
                distinct.push(*label)
            }
        });
        let [first, others @ ..] = distinct.as_slice() else { return Err(refused("merge labels", "none is chosen")) };
        if others.is_empty() {
            return Err(refused("merge labels", "only one is chosen"));
        }
        let (mut shapes, mut class) = (Vec::new(), Value::Null);
        for label in &distinct {
            let cells = change::read(self.log.db(), Layer::Labels, label.0)?.ok_or(EditStop::Gone)?;
            for (name, value) in cells {
                match (name.as_str(), value) {
                    ("geom", Value::Blob(blob)) => {
                        shapes.push(decode(&blob).map_err(|why| refused("merge labels", why))?);
                    }
                    ("class", value) if class == Value::Null => class = value,
                    _ => {}
                }
            }
        }
        for other in others {
            for (_, text) in self.phrases_of(Of::Label(*other))? {
                self.add_phrase(Of::Label(*first), &text)?;
            }
            self.remove(Of::Label(*other))?;
        }
        let shape = self.geometry(&shape::joined(&shapes))?;
        Ok(self.log.update(Layer::Labels, first.0, &[("geom", shape), ("class", class)])?)
    }

    fn set(&mut self, labels: &[LabelId], name: &str, value: &Value) -> Outcome {
        labels.iter().try_for_each(|label| Ok(self.log.update(Layer::Labels, label.0, &[(name, value.clone())])?))
    }

    fn add_phrase(&mut self, of: Of, text: &str) -> Outcome {
        let (layer, owner, fid) = place(of);
        if change::read(self.log.db(), layer, fid)?.is_none() {
            return Err(EditStop::Gone);
        }
        let text = worded(text)?;
        if self.phrases_of(of)?.iter().any(|(_, said)| *said == text) {
            return Ok(());
        }
        self.log.insert(Layer::Phrases, &[(owner, Value::Integer(fid)), ("phrase", Value::Text(text))])?;
        Ok(())
    }

    fn keep_answers(&mut self, query: &NewQuery, answers: &[NewAnswer]) -> Outcome {
        let phrase = worded(&query.phrase)?;
        let title = Some(query.title.trim()).filter(|title| !title.is_empty()).unwrap_or(&phrase);
        let fid = self.log.insert(
            Layer::Queries,
            &[
                ("title", Value::Text(title.to_owned())),
                ("phrase", Value::Text(phrase.clone())),
                ("scene", optional(query.scene.as_deref())),
                ("model", optional(query.model.as_deref())),
                ("frame", optional(query.frame.as_deref())),
                ("threshold", real(query.threshold)),
                ("details", optional(query.details.as_deref())),
                ("asked", self.now()?),
            ],
        )?;
        for answer in answers {
            let shape = self.geometry(&answer.shape)?;
            let cells = [("geom", shape), ("query", Value::Integer(fid)), ("score", real(answer.score))];
            self.log.insert(Layer::Answers, &cells)?;
        }
        Ok(())
    }

    fn accept(&mut self, answer: AnswerId, class: Option<&str>) -> Outcome {
        let cells = change::read(self.log.db(), Layer::Answers, answer.0)?.ok_or(EditStop::Gone)?;
        let cell = |name: &str| cells.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
        let (Some(Value::Blob(blob)), Some(Value::Integer(query))) = (cell("geom"), cell("query")) else {
            return Err(refused("accept an answer", "it has no outline or no query"));
        };
        let (phrase, scene): (String, Option<String>) =
            self.log.db().query_row("SELECT phrase, scene FROM queries WHERE fid = ?1", [query], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let score = if let Some(Value::Real(score)) = cell("score") { Some(score) } else { None };
        self.add_label(&NewLabel {
            shape: decode(&blob).map_err(|why| refused("accept an answer", why))?,
            class: class.map(str::to_owned),
            split: None,
            scene,
            source: Source::Query,
            found: Some((QueryId(query), score)),
            phrases: vec![phrase],
        })
    }

    fn phrases_of(&self, of: Of) -> rusqlite::Result<Vec<(i64, String)>> {
        let (_, owner, fid) = place(of);
        let sql = format!("SELECT fid, phrase FROM phrases WHERE {owner} = ?1 ORDER BY fid");
        let mut statement = self.log.db().prepare_cached(&sql)?;
        statement.query_map([fid], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }

    /// Rows that belong to another.
    fn owned(&self, layer: Layer, owner: &str, fid: i64) -> rusqlite::Result<Vec<i64>> {
        let sql = format!("SELECT fid FROM {} WHERE {owner} = ?1 ORDER BY fid", layer.name());
        self.log.db().prepare_cached(&sql)?.query_map([fid], |row| row.get(0))?.collect()
    }

    /// A valid shape as it is stored.
    fn geometry(&self, shape: &MultiPolygon<f64>) -> Result<Value, EditStop> {
        let mended = shape::mended(shape);
        if mended.0.is_empty() {
            return Err(refused("keep a shape", "it encloses nothing"));
        }
        Ok(Value::Blob(encode(&mended, self.srs_id)))
    }

    fn now(&self) -> rusqlite::Result<Value> {
        self.log.db().query_row("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", [], |row| row.get(0))
    }
}

/// The layer of what a phrase is said of, the column that names it, and its number.
fn place(of: Of) -> (Layer, &'static str, i64) {
    match of {
        Of::Label(label) => (Layer::Labels, "label", label.0),
        Of::Area(area) => (Layer::Areas, "area", area.0),
    }
}

fn refused(doing: &str, why: &str) -> EditStop {
    EditStop::Refused(Error::usage(format!("cannot {doing}"), why, "draw or choose again"))
}

/// A phrase in single spaces.
fn worded(text: &str) -> Result<String, EditStop> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let refuse =
        |why: String| EditStop::Refused(Error::usage("cannot keep the phrase", why, "write what it is called"));
    if text.is_empty() {
        return Err(refuse("it has no words".into()));
    }
    if text.chars().any(char::is_control) {
        return Err(refuse("it has characters that are no text".into()));
    }
    if text.chars().count() > LONGEST_PHRASE {
        return Err(refuse(format!("it is longer than {LONGEST_PHRASE} characters")));
    }
    Ok(text)
}

fn optional(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

fn real(number: Option<f64>) -> Value {
    number.filter(|number| number.is_finite()).map_or(Value::Null, Value::Real)
}
