//! GeoPackage: one layer named after the table, in one transaction, with its spatial index.

use std::path::Path;

use gdal::DriverManager;
use gdal::vector::LayerOptions;
use gdal_sys::OGRwkbGeometryType;

use super::staging::{Staging, gdal_refusal};
use super::{Layer, layer};
use crate::error::Result;
use crate::job::Job;
use crate::vector::library::{attempt, spatial_ref};

/// Names of tables longer than this are unhandy in every program.
const NAME_CHARS: usize = 60;

pub(super) fn write(content: &Layer<'_>, path: &Path, job: &Job) -> Result<()> {
    let table = content.table;
    let staging = Staging::beside(path)?;
    let reference = content.crs.as_ref().map(spatial_ref).transpose()?;
    attempt(|| {
        let mut dataset = DriverManager::get_driver_by_name("GPKG")?.create_vector_only(staging.path())?;
        let mut transaction = dataset.start_transaction()?;
        let ogr = transaction.create_layer(LayerOptions {
            name: &layer_name(table.name()),
            srs: reference.as_ref(),
            ty: OGRwkbGeometryType::wkbMultiPolygon,
            options: Some(&["GEOMETRY_NAME=geom", "FID=fid", "SPATIAL_INDEX=YES"]),
        })?;
        for field in table.fields() {
            layer::Column { name: &field.name, kind: field.kind, width: None }.add_to(&ogr)?;
        }
        for (row, shape) in table.rows().iter().zip(&content.shapes) {
            layer::add_row(&ogr, shape, &row.values)?;
        }
        transaction.commit()?;
        dataset.close()
    })
    .map_err(|message| gdal_refusal(path, message))?;
    job.check("writing")?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // What SQLite kept beside the old file would be played into the new one.
    staging.publish(&["-wal", "-shm", "-journal"].map(|suffix| format!("{name}{suffix}")))
}

/// The phrase as a table name: lower case, words joined by underscores, nothing that needs quoting.
pub(super) fn layer_name(phrase: &str) -> String {
    let words = phrase.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("_").to_lowercase();
    let name: String = joined.chars().take(NAME_CHARS).collect();
    let name = name.trim_end_matches('_');
    // Names that SQLite and GeoPackage keep for themselves, and names that begin with a digit.
    let reserved = ["gpkg", "sqlite", "rtree"].iter().any(|prefix| name.starts_with(prefix));
    match name.chars().next() {
        None => "objects".to_owned(),
        Some(first) if reserved || first.is_numeric() => format!("objects_{name}"),
        Some(_) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_becomes_a_plain_table_name() {
        assert_eq!(layer_name("the storage tank near the harbor"), "the_storage_tank_near_the_harbor");
        assert_eq!(layer_name("  \"Öltank\"; DROP TABLE x --"), "öltank_drop_table_x");
        assert_eq!(layer_name("2 ships"), "objects_2_ships");
        assert_eq!(layer_name("sqlite"), "objects_sqlite");
        assert_eq!(layer_name("🛰"), "objects");
        assert_eq!(layer_name(&"ship ".repeat(40)).chars().count(), 59);
    }
}
