//! What was edited: steps that can be taken back and made again, also after a restart.

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior};

use super::change::{Change, Stop, read};
use super::document::Document;
use super::ids::Object;
use super::refusal::refusal;
use super::schema::Layer;
use crate::error::{Error, Result};

/// One edit of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was done, as a menu says it: "Add 3 labels".
    pub title: String,
    /// When, in UTC: "2026-11-25T23:15:00.000Z".
    pub made: String,
    /// Whether it was taken back and waits to be made again.
    pub is_undone: bool,
}

/// What an edit, an undo or a redo did: enough to bring a map up to date without reading everything again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// The edit's title.
    pub title: String,
    /// Rows that are there now and were not.
    pub made: Vec<Object>,
    /// Rows with other cells.
    pub altered: Vec<Object>,
    /// Rows that are there no more.
    pub gone: Vec<Object>,
}

impl Changed {
    fn note(&mut self, change: &Change) {
        let object = Object::of(change.layer, change.fid);
        let list = match (&change.before, &change.after) {
            (None, _) => &mut self.made,
            (_, None) => &mut self.gone,
            _ => &mut self.altered,
        };
        if !list.contains(&object) {
            list.push(object);
        }
    }
}

/// What comes of one change.
type Made<T> = std::result::Result<T, Stop>;

/// An edit that is being made: every row it touches goes through here, so that nothing escapes the history.
pub(super) struct Log<'t> {
    db: &'t Transaction<'t>,
    edit: i64,
    step: i64,
    changed: Changed,
}

impl Log<'_> {
    /// The state that the edit sees.
    pub(super) fn db(&self) -> &Transaction<'_> {
        self.db
    }

    /// Adds a row and returns its number.
    pub(super) fn insert(&mut self, layer: Layer, cells: &[(&str, Value)]) -> Made<i64> {
        let names: Vec<&str> = cells.iter().map(|(name, _)| *name).collect();
        let marks = vec!["?"; cells.len()].join(", ");
        let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", layer.name(), names.join(", "));
        let values = rusqlite::params_from_iter(cells.iter().map(|(_, value)| value));
        let fid = self.db.prepare_cached(&sql)?.insert(values)?;
        let change = Change { layer, fid, before: None, after: read(self.db, layer, fid)? };
        self.keep(&change)?;
        Ok(fid)
    }

    /// Gives a row other cells. Cells that are as they were are no change.
    pub(super) fn update(&mut self, layer: Layer, fid: i64, cells: &[(&str, Value)]) -> Made<()> {
        let found = read(self.db, layer, fid)?.ok_or(Stop::Changed)?;
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (name, value) in cells {
            let old = found.iter().find(|(other, _)| other == name).map_or(&Value::Null, |(_, value)| value);
            if old != value {
                before.push(((*name).to_owned(), old.clone()));
                after.push(((*name).to_owned(), value.clone()));
            }
        }
        if after.is_empty() {
            return Ok(());
        }
        let change = Change { layer, fid, before: Some(before), after: Some(after) };
        change.make(self.db)?;
        self.keep(&change)?;
        Ok(())
    }

    /// Takes a row away.
    pub(super) fn delete(&mut self, layer: Layer, fid: i64) -> Made<()> {
        let before = Some(read(self.db, layer, fid)?.ok_or(Stop::Changed)?);
        let change = Change { layer, fid, before, after: None };
        change.make(self.db)?;
        self.keep(&change)?;
        Ok(())
    }

    fn keep(&mut self, change: &Change) -> rusqlite::Result<()> {
        change.record(self.db, self.edit, self.step)?;
        self.step += 1;
        self.changed.note(change);
        Ok(())
    }
}

impl Document {
    /// Makes an edit called `title` in one transaction: `edit` does it all or nothing of it happens.
    ///
    /// What was undone before can then not be made again. An edit that changes nothing leaves no step.
    pub(super) fn edit(
        &mut self,
        title: String,
        edit: impl FnOnce(&mut Log<'_>) -> std::result::Result<(), EditStop>,
    ) -> Result<Changed> {
        let path = self.path().to_owned();
        let refuse = |cause| refusal("cannot change", &path, cause);
        let transaction = self.begin().map_err(refuse)?;
        transaction
            .execute_batch(
                "DELETE FROM changes WHERE edit IN (SELECT id FROM edits WHERE undone);
                 DELETE FROM edits WHERE undone;",
            )
            .map_err(refuse)?;
        let made = "INSERT INTO edits (title, made) VALUES (?1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))";
        transaction.execute(made, [&title]).map_err(refuse)?;
        let number = transaction.last_insert_rowid();
        let changed = Changed { title, ..Changed::default() };
        let mut log = Log { db: &transaction, edit: number, step: 0, changed };
        // A transaction that is dropped is rolled back.
        edit(&mut log).map_err(|stop| stop.into_error(&path))?;
        let (changed, steps) = (log.changed, log.step);
        if steps == 0 {
            return Ok(changed);
        }
        touch(&transaction, &changed).map_err(refuse)?;
        transaction.commit().map_err(refuse)?;
        Ok(changed)
    }

    /// Takes the last edit back; `None` when there is none.
    ///
    /// # Errors
    /// When another program changed what the edit touched: taking it back would lose that. Nothing is changed then.
    pub fn undo(&mut self) -> Result<Option<Changed>> {
        self.walk(Way::Back)
    }

    /// Makes the edit again that was taken back last; `None` when there is none.
    ///
    /// # Errors
    /// As for [`Document::undo`].
    pub fn redo(&mut self) -> Result<Option<Changed>> {
        self.walk(Way::Forth)
    }

    fn walk(&mut self, way: Way) -> Result<Option<Changed>> {
        let path = self.path().to_owned();
        let doing = match way {
            Way::Back => "cannot undo in",
            Way::Forth => "cannot redo in",
        };
        let refuse = |cause| refusal(doing, &path, cause);
        let transaction = self.begin().map_err(refuse)?;
        let next = match way {
            Way::Back => "SELECT id, title FROM edits WHERE NOT undone ORDER BY id DESC LIMIT 1",
            Way::Forth => "SELECT id, title FROM edits WHERE undone ORDER BY id LIMIT 1",
        };
        let next = transaction.query_row(next, [], |row| Ok((row.get(0)?, row.get(1)?))).optional();
        let Some((edit, title)): Option<(i64, String)> = next.map_err(refuse)? else { return Ok(None) };
        let mut changes = Change::of_edit(&transaction, edit).map_err(refuse)?;
        if way == Way::Back {
            changes = changes.into_iter().rev().map(Change::reversed).collect();
        }
        let mut changed = Changed { title, ..Changed::default() };
        for change in &changes {
            change.make(&transaction).map_err(|stop| match stop {
                Stop::Sqlite(cause) => refuse(cause),
                Stop::Changed => Error::new(
                    format!("{doing} {} “{}”", path.display(), changed.title),
                    "another program has changed since what it touched",
                    "what is there is kept; edit it by hand",
                ),
            })?;
            changed.note(change);
        }
        transaction
            .execute("UPDATE edits SET undone = ?1 WHERE id = ?2", (way == Way::Back, edit))
            .and_then(|_| touch(&transaction, &changed))
            .and_then(|()| transaction.commit())
            .map_err(refuse)?;
        Ok(Some(changed))
    }

    /// All edits, the oldest first; those that were taken back come last.
    pub fn history(&self) -> Result<Vec<Step>> {
        let refuse = |cause| refusal("cannot read the history of", self.path(), cause);
        let mut statement =
            self.db().prepare_cached("SELECT title, made, undone FROM edits ORDER BY id").map_err(refuse)?;
        let step = |row: &rusqlite::Row<'_>| Ok(Step { title: row.get(0)?, made: row.get(1)?, is_undone: row.get(2)? });
        statement.query_map([], step).and_then(Iterator::collect).map_err(refuse)
    }

    fn begin(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.db_mut().transaction_with_behavior(TransactionBehavior::Immediate)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Back,
    Forth,
}

/// Why an edit was not made.
pub(super) enum EditStop {
    /// It cannot be meant.
    Refused(Error),
    /// A row that it names is not there.
    Gone,
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for EditStop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Stop> for EditStop {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Changed => Self::Gone,
            Stop::Sqlite(error) => Self::Sqlite(error),
        }
    }
}

impl EditStop {
    fn into_error(self, path: &std::path::Path) -> Error {
        match self {
            Self::Refused(error) => error,
            Self::Gone => Error::new(
                format!("cannot change {}", path.display()),
                "what the edit speaks of is not there any more",
                "look at the map again",
            ),
            Self::Sqlite(cause) => refusal("cannot change", path, cause),
        }
    }
}

/// Tells other programs which layers changed; bounds that they kept of these are no longer true.
fn touch(db: &Transaction<'_>, changed: &Changed) -> rusqlite::Result<()> {
    let all = || changed.made.iter().chain(&changed.altered).chain(&changed.gone);
    for layer in Layer::ALL.into_iter().filter(|layer| all().any(|object| object.layer() == *layer)) {
        db.execute(
            "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
             min_x = NULL, min_y = NULL, max_x = NULL, max_y = NULL WHERE table_name = ?1",
            [layer.name()],
        )?;
    }
    Ok(())
}
