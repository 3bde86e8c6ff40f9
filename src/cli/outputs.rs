//! Outputs of answers: what their names must be, and what goes where.

use std::path::Path;

use crate::error::{Error, Result};
use crate::files;
use crate::job::Job;
use crate::query::Answer;
use crate::raster::{Crs, Scene};
use crate::vector::export::{self, Format, OutputCrs};

/// The CRS `--crs` names.
pub fn output_crs(request: Option<&str>, scene: &Scene) -> Result<OutputCrs> {
    match request {
        None => Ok(OutputCrs::Usual),
        Some(_) if scene.georeference().crs.is_none() => Err(Error::new(
            format!("cannot write polygons in another coordinate system: {}", scene.source()),
            "the scene has no coordinate system of its own",
            "leave --crs away, or assign one first, for instance with gdal_translate -a_srs",
        )),
        Some("source") => Ok(OutputCrs::Source),
        Some(name) => Crs::from_user(name).map(OutputCrs::Given),
    }
}

/// Whether the name ends as that of a GeoTIFF.
pub fn is_geotiff(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tif") || ending.eq_ignore_ascii_case("tiff"))
}

/// Refuses an output that could not be written anyway, before the network runs.
pub fn check_output(path: &Path, raster: bool) -> Result<()> {
    let what = || format!("cannot write {}", path.display());
    if !raster {
        Format::of(path).map_err(|_| {
            let remedy = "end the name in .geojson, .shp or .gpkg for polygons, or .tif for a mask";
            Error::usage(what(), "its ending names no known format", remedy)
        })?;
    } else if !is_geotiff(path) {
        return Err(Error::usage(what(), "probabilities are written as GeoTIFF only", "end the name in .tif"));
    }
    files::beside(path).map(drop)
}

/// Writes an answer in the format that the ending of `path` names.
pub fn write(answer: &Answer, path: &Path, crs: &OutputCrs, job: &Job) -> Result<()> {
    if is_geotiff(path) {
        return answer.write_mask(path, job);
    }
    export::write(&answer.table()?, path, &export::Options { crs: crs.clone() }, job)
}
