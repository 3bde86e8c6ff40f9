//! Results as files, one file of code a format. Every output appears whole or not at all.

mod antimeridian;
mod cog;
mod geojson;
mod geopackage;
mod layer;
mod shapefile;
mod staging;

use std::path::Path;

use geo::MultiPolygon;

pub(super) use geojson::is_in_pixels;

pub use cog::{Content, Depth, Placement, write_raster};

use super::features::Table;
use super::reproject::PolygonReprojection;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::raster::{Crs, CrsKind};

/// The CRS of an output.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum OutputCrs {
    /// What the format is meant for: WGS 84 for GeoJSON (RFC 7946), the table's own for all others.
    #[default]
    Usual,
    /// The table's own, whatever the format.
    Source,
    /// This one.
    Given(Crs),
}

/// How to write a table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// The CRS of the output.
    pub crs: OutputCrs,
}

/// A vector format that [`write()`] knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.geojson`, `.json`
    GeoJson,
    /// `.shp`
    Shapefile,
    /// `.gpkg`
    GeoPackage,
}

impl Format {
    /// The format that a file name asks for by its extension.
    ///
    /// # Errors
    /// Of kind usage for an extension that names none.
    pub fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("geojson" | "json") => Ok(Self::GeoJson),
            Some("shp") => Ok(Self::Shapefile),
            Some("gpkg") => Ok(Self::GeoPackage),
            _ => Err(Error::usage(
                format!("cannot write {}", path.display()),
                "its extension names no known vector format",
                "end it in .geojson, .shp or .gpkg",
            )),
        }
    }
}

/// Writes a table in the format that the extension of `path` names, replacing an output of that name. Notices go to
/// `job`, which can also stop it.
///
/// # Errors
/// Unknown extension (usage), a CRS that the table cannot be brought to, a place that cannot be written. The old output
/// is then still there and nothing else is.
pub fn write(table: &Table, path: &Path, options: &Options, job: &Job) -> Result<()> {
    let format = Format::of(path)?;
    let layer = Layer::of(table, format, &options.crs)?;
    job.check("writing")?;
    match format {
        Format::GeoJson => geojson::write(&layer, path, job),
        Format::Shapefile => shapefile::write(&layer, path, job),
        Format::GeoPackage => geopackage::write(&layer, path, job),
    }
}

/// A table with its shapes in the CRS of the output, exteriors counter-clockwise.
struct Layer<'a> {
    table: &'a Table,
    /// `None`: pixels.
    crs: Option<Crs>,
    shapes: Vec<MultiPolygon<f64>>,
    /// Whether the format's usual CRS was taken.
    usual: bool,
}

impl<'a> Layer<'a> {
    fn of(table: &'a Table, format: Format, crs: &OutputCrs) -> Result<Self> {
        use geo::orient::{Direction, Orient};
        let has_place = |crs: &&Crs| matches!(crs.kind(), CrsKind::Geographic | CrsKind::Projected);
        let wanted = match (crs, table.crs()) {
            (OutputCrs::Given(_), None) => {
                return Err(Error::usage(
                    format!("cannot write {} in another CRS", table.name()),
                    "the picture has no georeference",
                    "leave out --crs to get pixel coordinates",
                ));
            }
            (OutputCrs::Given(crs), Some(_)) => Some(crs.clone()),
            (OutputCrs::Usual, Some(source)) if format == Format::GeoJson && has_place(&source) => Some(Crs::wgs84()?),
            (_, source) => source.cloned(),
        };
        // Orientation first: which pole a ring encloses shows only by the side on which its inside is.
        let shapes = table.rows().iter().map(|row| row.shape.orient(Direction::Default));
        let shapes = match (table.crs(), &wanted) {
            (Some(from), Some(to)) if from != to => {
                let way = PolygonReprojection::new(from, to)?;
                shapes.map(|shape| way.shape(&shape)).collect::<Result<_>>()?
            }
            _ => shapes.collect(),
        };
        Ok(Self { table, crs: wanted, shapes, usual: *crs == OutputCrs::Usual })
    }
}
