//! Opening files as layers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::map::{MapPolygon, Polygons};
use crate::app::state::Place;
use crate::error::{Error, Result};
use crate::project::Document;
use crate::raster::{Access, Scene, SceneHandle, Stretch, StretchOptions};
use crate::vector::{PolygonReprojection, read_polygons};

/// A file that was opened.
#[derive(Debug, Clone)]
pub enum Opened {
    /// A raster.
    Scene {
        /// The file.
        path: PathBuf,
        /// Its name without folders.
        name: String,
        /// The raster.
        scene: SceneHandle,
        /// How it is shown at first.
        stretch: Stretch,
    },
    /// Polygons.
    File {
        /// The file.
        path: PathBuf,
        /// Its name without folders.
        name: String,
        /// Its polygons in map coordinates.
        polygons: Arc<Polygons>,
        /// The map's place, or that of the polygons where nothing was on the map.
        place: Place,
    },
    /// A project, which the document's thread opens.
    Project(PathBuf),
}

/// Opens a raster, or polygons in the map's place.
pub(super) fn open(path: &Path, place: Option<&Place>) -> Result<Opened> {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "geojson" | "json" | "shp" | "kml" | "fgb" => polygons(path, name, place),
        "gpkg" if Document::is_one(path) => Ok(Opened::Project(path.to_owned())),
        "gpkg" => polygons(path, name.clone(), place).or_else(|error| raster(path, name).map_err(|_| error)),
        _ => raster(path, name),
    }
}

fn raster(path: &Path, name: String) -> Result<Opened> {
    let source = path.to_str().ok_or_else(|| {
        let what = format!("cannot open {}", path.display());
        Error::new(what, "its name is not valid Unicode", "give the file another name")
    })?;
    let scene = Scene::open(source, Access::LocalOnly)?;
    let stretch = Stretch::choose(&scene, &StretchOptions::default())?;
    Ok(Opened::Scene { path: path.to_owned(), name, scene: scene.handle(), stretch })
}

fn polygons(path: &Path, name: String, place: Option<&Place>) -> Result<Opened> {
    let (crs, shapes, _) = read_polygons(path)?;
    let place = place.cloned().unwrap_or_else(|| Place { crs: crs.clone(), in_pixels: false });
    let shapes = match (&crs, &place.crs) {
        (Some(from), Some(to)) if from != to => {
            let way = PolygonReprojection::new(from, to)?;
            shapes.iter().map(|shape| way.shape(shape)).collect::<Result<Vec<_>>>()?
        }
        _ => shapes,
    };
    let polygons = shapes.into_iter().flat_map(|shape| shape.0).zip(1..);
    let polygons = polygons.map(|(polygon, id)| MapPolygon { id, polygon, label: String::new() }).collect();
    Ok(Opened::File { path: path.to_owned(), name, polygons: Arc::new(Polygons::new(polygons)), place })
}
