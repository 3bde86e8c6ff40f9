//! Shapefile: .shp, .shx, .dbf, .prj and a .cpg that says UTF-8, with short names planned by the table.

use std::path::Path;

use gdal::DriverManager;
use gdal::vector::LayerOptions;
use gdal_sys::OGRwkbGeometryType;
use geo::{CoordsIter, MultiPolygon};

use super::staging::{Staging, gdal_refusal, refusal};
use super::{Layer, layer};
use crate::error::Result;
use crate::job::Job;
use crate::vector::features::{FieldKind, Value};
use crate::vector::library::{attempt, spatial_ref};

/// A text cell of dBase has at most this many bytes.
const TEXT_BYTES: usize = 254;
/// Characters of a whole number, its sign included: wider ones are read back as floating point.
const INTEGER_DIGITS: usize = 18;
/// Offsets in .shp and .dbf are signed 32-bit integers, as most programs read them.
const FILE_BYTES: u64 = (1 << 31) - 1;
/// Extensions of files that belong to a Shapefile and describe its content.
const COMPANIONS: [&str; 12] = ["shp", "shx", "dbf", "prj", "cpg", "qpj", "qix", "sbn", "sbx", "qmd", "idm", "ind"];

pub(super) fn write(content: &Layer<'_>, path: &Path, job: &Job) -> Result<()> {
    let table = content.table;
    refuse_what_does_not_fit(content, path)?;
    let staging = Staging::beside(path)?;
    let reference = content.crs.as_ref().map(spatial_ref).transpose()?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut shortened = 0usize;
    attempt(|| {
        let mut dataset = DriverManager::get_driver_by_name("ESRI Shapefile")?.create_vector_only(staging.path())?;
        let ogr = dataset.create_layer(LayerOptions {
            name: &stem,
            srs: reference.as_ref(),
            ty: OGRwkbGeometryType::wkbPolygon,
            options: Some(&["ENCODING=UTF-8", "2GB_LIMIT=YES"]),
        })?;
        for field in table.fields() {
            let width = Some(dbf_width(field.kind));
            layer::Column { name: &field.short_name, kind: field.kind, width }.add_to(&ogr)?;
        }
        for (row, shape) in table.rows().iter().zip(&content.shapes) {
            let values: Vec<Value> = row.values.iter().map(|value| shorten(value, &mut shortened)).collect();
            layer::add_row(&ogr, shape, &values)?;
        }
        dataset.close()
    })
    .map_err(|message| gdal_refusal(path, message))?;
    job.check("writing")?;
    let stale: Vec<String> = COMPANIONS.iter().map(|extension| format!("{stem}.{extension}")).collect();
    staging.publish(&stale)?;
    if shortened > 0 {
        job.notice(format!(
            "{shortened} texts were cut at {TEXT_BYTES} bytes, the most a Shapefile holds; GeoPackage and GeoJSON keep them"
        ));
    }
    Ok(())
}

/// Width and decimals of a column.
fn dbf_width(kind: FieldKind) -> (usize, usize) {
    match kind {
        FieldKind::Text => (TEXT_BYTES, 0),
        FieldKind::Real => (24, 9),
        FieldKind::Integer => (INTEGER_DIGITS, 0),
        FieldKind::Bool => (1, 0),
    }
}

/// Texts that are too long, cut between two characters.
fn shorten(value: &Value, shortened: &mut usize) -> Value {
    match value {
        Value::Text(text) if text.len() > TEXT_BYTES => {
            *shortened += 1;
            Value::Text(text[..text.floor_char_boundary(TEXT_BYTES)].to_owned())
        }
        value => value.clone(),
    }
}

/// Sizes follow from the format: said before anything is written.
fn refuse_what_does_not_fit(content: &Layer<'_>, path: &Path) -> Result<()> {
    let record = |shape: &MultiPolygon<f64>| {
        let rings: usize = shape.iter().map(|polygon| 1 + polygon.interiors().len()).sum();
        52 + 4 * rings as u64 + 16 * shape.coords_count() as u64
    };
    let fields = content.table.fields();
    let row: usize = 1 + fields.iter().map(|field| dbf_width(field.kind).0).sum::<usize>();
    let shp: u64 = 100 + content.shapes.iter().map(record).sum::<u64>();
    let dbf = 32 * (fields.len() as u64 + 1) + row as u64 * content.shapes.len() as u64;
    if shp.max(dbf) > FILE_BYTES {
        return Err(refusal(
            path,
            "it would be larger than 2 GB, the most a Shapefile holds",
            "write a GeoPackage (.gpkg)",
        ));
    }
    for value in content.table.rows().iter().flat_map(|row| &row.values) {
        if let Value::Integer(number) = value
            && number.to_string().len() > INTEGER_DIGITS
        {
            return Err(refusal(
                path,
                format!("{number} is too long a number for a Shapefile"),
                "write a GeoPackage (.gpkg)",
            ));
        }
    }
    Ok(())
}
