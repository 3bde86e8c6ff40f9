//! One change of one row, written so that it can be taken back: every cell before and after.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::schema::Layer;

/// Cells of a row by column, `fid` left out.
pub(super) type Cells = Vec<(String, Value)>;

/// A row that comes (`before` is none), goes (`after` is none) or gets other cells (both name the same columns).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) layer: Layer,
    pub(super) fid: i64,
    pub(super) before: Option<Cells>,
    pub(super) after: Option<Cells>,
}

/// Why a change was not made.
#[derive(Debug)]
pub(super) enum Stop {
    /// The row is not as the change expects it: something else changed it.
    Changed,
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Change {
    /// The change that takes this one back.
    pub(super) fn reversed(self) -> Self {
        Self { before: self.after, after: self.before, ..self }
    }

    /// Makes the change if the row is as `before` says.
    pub(super) fn make(&self, db: &Connection) -> Result<(), Stop> {
        let table = self.layer.name();
        let found = read(db, self.layer, self.fid)?;
        match (&self.before, &self.after, found) {
            (None, Some(after), None) => {
                let names: Vec<String> = after.iter().map(|(name, _)| quoted(name)).collect();
                let marks = vec!["?"; after.len() + 1].join(", ");
                let sql = format!("INSERT INTO {table} (fid, {}) VALUES ({marks})", names.join(", "));
                let fid = Value::Integer(self.fid);
                let values = std::iter::once(&fid).chain(after.iter().map(|(_, value)| value));
                db.prepare_cached(&sql)?.execute(params_from_iter(values))?;
            }
            // All cells count: what another program wrote into a column of its own goes with the row.
            (Some(before), None, Some(found)) if agree(&found, before) => {
                db.prepare_cached(&format!("DELETE FROM {table} WHERE fid = ?1"))?.execute([self.fid])?;
            }
            (Some(before), Some(after), Some(found)) if before.iter().all(|cell| holds(&found, cell)) => {
                if after.is_empty() {
                    return Ok(());
                }
                let cells: Vec<String> = after.iter().map(|(name, _)| format!("{} = ?", quoted(name))).collect();
                let fid = Value::Integer(self.fid);
                let values = after.iter().map(|(_, value)| value).chain(std::iter::once(&fid));
                let sql = format!("UPDATE {table} SET {} WHERE fid = ?", cells.join(", "));
                db.prepare_cached(&sql)?.execute(params_from_iter(values))?;
            }
            _ => return Err(Stop::Changed),
        }
        Ok(())
    }

    /// Writes the change to the history as step `step` of edit `edit`.
    pub(super) fn record(&self, db: &Connection, edit: i64, step: i64) -> rusqlite::Result<()> {
        let kind = match (&self.before, &self.after) {
            (None, _) => "insert",
            (_, None) => "delete",
            _ => "update",
        };
        let cells = self.after.as_ref().or(self.before.as_ref()).into_iter().flatten();
        let mut statement = db.prepare_cached("INSERT INTO changes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        for (name, _) in cells {
            let value = |side: &Option<Cells>| {
                let cell = side.as_ref().and_then(|cells| cells.iter().find(|(other, _)| other == name));
                cell.map_or(Value::Null, |(_, value)| value.clone())
            };
            let (before, after) = (value(&self.before), value(&self.after));
            statement.execute((edit, step, self.layer.name(), self.fid, kind, name, before, after))?;
        }
        Ok(())
    }

    /// The changes of edit `edit`, in the order in which they were made.
    pub(super) fn of_edit(db: &Connection, edit: i64) -> rusqlite::Result<Vec<Self>> {
        let mut statement = db.prepare_cached(
            "SELECT step, layer, fid, kind, field, before, after FROM changes WHERE edit = ?1 ORDER BY step, rowid",
        )?;
        let mut rows = statement.query([edit])?;
        let (mut changes, mut last): (Vec<Self>, Option<i64>) = (Vec::new(), None);
        while let Some(row) = rows.next()? {
            let step = row.get(0)?;
            let (layer, kind): (String, String) = (row.get(1)?, row.get(3)?);
            let Some(layer) = Layer::named(&layer) else {
                return Err(rusqlite::Error::InvalidColumnName(layer));
            };
            if last.replace(step) != Some(step) {
                let side = |is_there: bool| is_there.then(Vec::new);
                let (before, after) = (side(kind != "insert"), side(kind != "delete"));
                changes.push(Self { layer, fid: row.get(2)?, before, after });
            }
            let name: String = row.get(4)?;
            if let Some(change) = changes.last_mut() {
                if let Some(before) = &mut change.before {
                    before.push((name.clone(), row.get(5)?));
                }
                if let Some(after) = &mut change.after {
                    after.push((name, row.get(6)?));
                }
            }
        }
        Ok(changes)
    }
}

/// All cells of a row, `None` where there is no such row.
pub(super) fn read(db: &Connection, layer: Layer, fid: i64) -> rusqlite::Result<Option<Cells>> {
    let mut statement = db.prepare_cached(&format!("SELECT * FROM {} WHERE fid = ?1", layer.name()))?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let cells = |row: &rusqlite::Row<'_>| {
        let cells = names.iter().enumerate().filter(|(_, name)| *name != "fid");
        cells.map(|(place, name)| Ok((name.clone(), row.get(place)?))).collect()
    };
    statement.query_row([fid], cells).optional()
}

/// Whether a row has this cell; a column that it lacks holds nothing.
fn holds(cells: &Cells, (name, value): &(String, Value)) -> bool {
    let found = cells.iter().find(|(other, _)| other == name);
    found.map_or(*value == Value::Null, |(_, found)| found == value)
}

/// Whether both say the same of every column.
fn agree(one: &Cells, other: &Cells) -> bool {
    one.iter().all(|cell| holds(other, cell)) && other.iter().all(|cell| holds(one, cell))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
