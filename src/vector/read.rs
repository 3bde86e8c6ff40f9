//! Areas of interest from any vector file that OGR reads.

use std::path::Path;

use gdal::vector::{Geometry, LayerAccess};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use gdal_sys::OGRwkbGeometryType;
use geo::{CoordsIter, MultiPolygon};

use super::export;
use super::library::attempt;
use crate::error::{Error, Result};
use crate::raster::Crs;

/// The polygons of all layers, one multipolygon a feature, in the CRS that the file states (x or longitude first);
/// `None` for a file without one and for GeoJSON of this program that is in pixels.
///
/// Self-crossing polygons are mended: what an odd number of turns encloses is inside; the last value says how many were.
/// Heights are left out; features without geometry are skipped.
///
/// # Errors
/// No such file, a format OGR does not read, no polygon in it, geometries that are no polygons, layers of different CRS.
pub fn read_polygons(path: &Path) -> Result<(Option<Crs>, Vec<MultiPolygon<f64>>, usize)> {
    let what = || format!("cannot read areas from {}", path.display());
    let refuse = |why: String, remedy: &str| Error::new(what(), why, remedy);
    if let Err(error) = std::fs::metadata(path) {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
            _ => error.to_string(),
        };
        return Err(refuse(why, "check the path").because(error));
    }
    let options = DatasetOptions { open_flags: GdalOpenFlags::GDAL_OF_VECTOR, ..DatasetOptions::default() };
    let formats = "give a GeoJSON, Shapefile, GeoPackage or another vector file";
    let dataset = attempt(|| Dataset::open_ex(path, options)).map_err(|message| refuse(message, formats))?;
    let is_in_pixels = dataset.driver().short_name() == "GeoJSON" && export::is_in_pixels(path).unwrap_or(false);
    let mut crs: Option<Option<Crs>> = None;
    let (mut shapes, mut mended) = (Vec::new(), 0);
    for mut layer in dataset.layers() {
        let name = layer.name();
        let layer_crs = match layer.spatial_ref().filter(|_| !is_in_pixels) {
            Some(reference) => {
                let wkt =
                    attempt(|| reference.to_wkt()).map_err(|why| refuse(format!("its CRS has no form: {why}"), ""))?;
                Some(Crs::from_user(&wkt)?)
            }
            None => None,
        };
        // A read that breaks off inside the file ends the iterator as if nothing were wrong, but says so.
        let found = attempt(|| {
            Ok(layer.features().map(|f| (f.fid(), f.geometry_by_index(0).ok().cloned())).collect::<Vec<_>>())
        })
        .map_err(|message| refuse(format!("layer {name} breaks off: {message}"), "repair the file"))?;
        let before = shapes.len();
        for (fid, geometry) in found {
            let Some(geometry) = geometry.filter(|geometry| !geometry.is_empty()) else { continue };
            let number = fid.map_or_else(|| "one feature".to_owned(), |fid| format!("feature {fid}"));
            let (shape, was_mended) =
                polygons_of(geometry).map_err(|why| refuse(format!("{number} of {name} {why}"), "draw polygons"))?;
            shapes.push(shape);
            mended += usize::from(was_mended);
        }
        if shapes.len() > before {
            if crs.as_ref().is_some_and(|crs| *crs != layer_crs) {
                let why = "its layers have different coordinate systems".to_owned();
                return Err(refuse(why, "give a file with one layer"));
            }
            crs = Some(layer_crs);
        }
    }
    match crs {
        Some(crs) => Ok((crs, shapes, mended)),
        None => Err(refuse("it has no polygon".to_owned(), formats)),
    }
}

/// The geometry as valid polygons and whether it had to be mended, or what is wrong with it.
fn polygons_of(mut geometry: Geometry) -> std::result::Result<(MultiPolygon<f64>, bool), String> {
    geometry.flatten_to_2d();
    if !matches!(geometry.geometry_type(), OGRwkbGeometryType::wkbPolygon | OGRwkbGeometryType::wkbMultiPolygon) {
        let kind = gdal::vector::geometry_type_to_name(geometry.geometry_type()).to_lowercase();
        return Err(format!("is a {kind}, not a polygon"));
    }
    let finite = |shape: &MultiPolygon<f64>| shape.coords_iter().all(|c| c.x.is_finite() && c.y.is_finite());
    let shape = to_shape(&geometry).ok_or("is no polygon")?;
    if !finite(&shape) {
        return Err("has a coordinate that is not a number".to_owned());
    }
    let is_valid = attempt(|| Ok(geometry.is_valid())).unwrap_or(false);
    let shape = if is_valid {
        shape
    } else {
        let mended = attempt(|| geometry.make_valid(&gdal::cpl::CslStringList::new()));
        let mended = mended.map_err(|why| format!("crosses itself and cannot be mended ({why})"))?;
        to_shape(&mended).ok_or("crosses itself and cannot be mended")?
    };
    let has_area = shape.iter().any(|polygon| geo::Area::unsigned_area(polygon) > 0.0);
    if has_area { Ok((shape, !is_valid)) } else { Err("has no area".to_owned()) }
}

/// The polygons of a geometry; lines and points that mending left are dropped.
fn to_shape(geometry: &Geometry) -> Option<MultiPolygon<f64>> {
    fn polygons(geometry: geo::Geometry<f64>) -> Vec<geo::Polygon<f64>> {
        match geometry {
            geo::Geometry::Polygon(polygon) => vec![polygon],
            geo::Geometry::MultiPolygon(polygons) => polygons.0,
            geo::Geometry::GeometryCollection(parts) => parts.into_iter().flat_map(polygons).collect(),
            _ => vec![],
        }
    }
    geo::Geometry::try_from(geometry).ok().map(|geometry| MultiPolygon(polygons(geometry)))
}
