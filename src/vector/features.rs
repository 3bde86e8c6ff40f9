//! Polygons with attributes, as every export takes them.

use geo::MultiPolygon;

use crate::error::{Error, Result};
use crate::raster::Crs;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// UTF-8 text.
    Text,
    /// A floating point number.
    Real,
    /// A whole number.
    Integer,
    /// Yes or no.
    Bool,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// UTF-8 text.
    Text(String),
    /// A floating point number; one that is not finite is written as nothing.
    Real(f64),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Bool(bool),
    /// Nothing known, in a column of any kind.
    Null,
}

impl Value {
    fn fits(&self, kind: FieldKind) -> bool {
        match (self, kind) {
            // No file format has a way to write NUL.
            (Self::Text(text), FieldKind::Text) => !text.contains('\0'),
            (Self::Null, _)
            | (Self::Real(_), FieldKind::Real)
            | (Self::Integer(_), FieldKind::Integer)
            | (Self::Bool(_), FieldKind::Bool) => true,
            _ => false,
        }
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeField {
    /// Its name where names may be long.
    pub name: String,
    /// Its name in a Shapefile: at most ten ASCII letters, digits and underscores.
    pub short_name: String,
    /// The type of its cells.
    pub kind: FieldKind,
}

/// One object: its shape and its cells, in the order of the table's fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// One polygon or several that are one object.
    pub shape: MultiPolygon<f64>,
    /// A cell for each field.
    pub values: Vec<Value>,
}

/// Objects of one kind. Made by [`Table::new`] and [`Table::push`], so that every row fits the fields.
#[derive(Debug, Clone)]
pub struct Table {
    name: String,
    crs: Option<Crs>,
    fields: Vec<AttributeField>,
    rows: Vec<Row>,
}

impl Table {
    /// An empty table. `name` says what the rows are in any words, for instance the phrase. Without `crs` coordinates
    /// are pixels of a picture: x to the right, y down, from its upper left corner.
    ///
    /// # Errors
    /// Names of fields that are empty, equal but for case, or too long for a Shapefile.
    pub fn new(name: impl Into<String>, crs: Option<Crs>, fields: Vec<AttributeField>) -> Result<Self> {
        let name = name.into();
        let refuse = |field: &AttributeField, why: &str| {
            Err(Error::new(
                format!("cannot make a table with the field {} ({})", field.name, field.short_name),
                why,
                "",
            ))
        };
        for (place, field) in fields.iter().enumerate() {
            let is_short = (1..=10).contains(&field.short_name.len())
                && field.short_name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && !field.short_name.starts_with(|first: char| first.is_ascii_digit());
            if !is_short || field.name.is_empty() || field.name.contains('\0') {
                return refuse(
                    field,
                    "a short name has 1 to 10 ASCII letters, digits or underscores, a name at least one",
                );
            }
            let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
            if fields[..place].iter().any(|f| same(&f.name, &field.name) || same(&f.short_name, &field.short_name)) {
                return refuse(field, "another field has this name");
            }
            // The names that GeoPackage gives to the two columns of its own.
            if same(&field.name, "fid") || same(&field.name, "geom") {
                return refuse(field, "fid and geom are columns of every GeoPackage");
            }
        }
        Ok(Self { name, crs, fields, rows: Vec::new() })
    }

    /// Adds an object.
    ///
    /// # Errors
    /// Cells that are not of the fields' number and kinds, or a shape with coordinates that are not finite.
    pub fn push(&mut self, row: Row) -> Result<()> {
        use geo::CoordsIter;
        let fits = row.values.len() == self.fields.len()
            && row.values.iter().zip(&self.fields).all(|(value, field)| value.fits(field.kind));
        if !fits {
            return Err(Error::new(
                format!("cannot add object {} to {}", self.rows.len() + 1, self.name),
                "its values do not have the fields' number and kinds",
                "",
            ));
        }
        if !row.shape.coords_iter().all(|coord| coord.x.is_finite() && coord.y.is_finite()) {
            return Err(Error::new(
                format!("cannot add object {} to {}", self.rows.len() + 1, self.name),
                "a coordinate is not a number",
                "",
            ));
        }
        self.rows.push(row);
        Ok(())
    }

    /// What the rows are.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the coordinates are; `None`: pixels.
    pub fn crs(&self) -> Option<&Crs> {
        self.crs.as_ref()
    }

    /// The columns.
    pub fn fields(&self) -> &[AttributeField] {
        &self.fields
    }

    /// The objects.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, short_name: &str, kind: FieldKind) -> AttributeField {
        AttributeField { name: name.into(), short_name: short_name.into(), kind }
    }

    #[test]
    fn names_that_some_format_cannot_hold_are_refused() {
        let refused = [
            vec![field("score", "", FieldKind::Real)],
            vec![field("score", "eleven_char", FieldKind::Real)],
            vec![field("score", "größe", FieldKind::Real)],
            vec![field("score", "a", FieldKind::Real), field("Score", "b", FieldKind::Real)],
            vec![field("score", "a", FieldKind::Real), field("area", "A", FieldKind::Real)],
            vec![field("FID", "a", FieldKind::Integer)],
        ];
        for fields in refused {
            assert!(Table::new("t", None, fields).is_err());
        }
    }

    #[test]
    fn rows_fit_the_fields() {
        let mut table = Table::new("t", None, vec![field("score", "score", FieldKind::Real)]).unwrap();
        let mut push = |values: Vec<Value>| table.push(Row { shape: MultiPolygon(vec![]), values });
        assert!(push(vec![]).is_err());
        assert!(push(vec![Value::Text("1".into())]).is_err());
        assert!(push(vec![Value::Real(1.0)]).is_ok());
        assert!(push(vec![Value::Null]).is_ok());
    }
}
