//! Scenes on the plane of a document: where a shape lies in a scene's pixels, and a view's extent in metres.

use std::path::{Path, PathBuf};

use geo::{BoundingRect, Coord, CoordsIter, MapCoords, MultiPolygon};

use super::super::row::Label;
use crate::error::{Error, Result};
use crate::files::place;
use crate::raster::{Area, Crs, CrsKind, Reprojection, Scene, Stretch};
use crate::train::dataset::Extent;
use crate::vector::PolygonReprojection;

/// Mean radius of the Earth in metres (IUGG).
const EARTH_M: f64 = 6_371_008.8;

/// A scene with what is needed to go from the document to its pixels and back.
pub(super) struct Placed<'s> {
    pub(super) scene: &'s Scene,
    pub(super) stretch: &'s Stretch,
    /// Scene pixels a view pixel, along columns and rows.
    pub(super) step: [f64; 2],
    /// Metres a view pixel, where known.
    pub(super) gsd_m: Option<f64>,
    to_scene: Option<PolygonReprojection>,
    to_document: Option<Reprojection>,
    /// Metres a unit of the document, along x and y.
    metres: [f64; 2],
    /// The scene's file, whatever way it was named when it was opened.
    file: PathBuf,
}

impl<'s> Placed<'s> {
    /// Places a scene. `gsd_m`: metres a view pixel that are wanted.
    ///
    /// # Errors
    /// When one of scene and document has a CRS and the other has none, or no way leads from one to the other.
    pub(super) fn new(
        scene: &'s Scene,
        stretch: &'s Stretch,
        document: Option<&Crs>,
        labels: &[Label],
        gsd_m: Option<f64>,
    ) -> Result<Self> {
        let georeference = scene.georeference();
        let ways = match (document, &georeference.crs) {
            (Some(own), Some(its)) if own == its => None,
            (Some(own), Some(its)) => Some((PolygonReprojection::new(own, its)?, Reprojection::new(its, own)?)),
            (None, None) => None,
            (own, _) => {
                let who = if own.is_some() { ["the scene", "the document"] } else { ["the document", "the scene"] };
                return Err(Error::new(
                    format!("cannot cut pictures from {}", scene.source()),
                    format!("{} has no coordinate system and {} has one", who[0], who[1]),
                    "leave the scene out, or make a document for it alone",
                ));
            }
        };
        let (to_scene, to_document) = ways.unzip();
        let [width, height] = scene.size().map(|side| side as f64);
        let pixel_m = georeference.metres_per_pixel_at(width / 2.0, height / 2.0);
        let (step, gsd_m) = match (pixel_m, gsd_m) {
            (Some(pixel_m), Some(gsd)) => (pixel_m.map(|m| near_one(gsd / m)), Some(gsd)),
            (Some([x, y]), None) => {
                let gsd = (x * y).sqrt();
                ([near_one(gsd / x), near_one(gsd / y)], Some(gsd))
            }
            (None, _) => ([1.0, 1.0], None),
        };
        let (metres, file) = (metres(document, labels), place(Path::new(scene.source())));
        Ok(Self { scene, stretch, step, gsd_m, to_scene, to_document, metres, file })
    }

    /// A shape of the document in the scene's pixels.
    pub(super) fn in_pixels(&self, shape: &MultiPolygon<f64>) -> Result<MultiPolygon<f64>> {
        let place = self.scene.georeference();
        let pixel = |c: Coord<f64>| place.pixel_from_world([c.x, c.y]).map_or(c, Coord::from);
        match &self.to_scene {
            Some(way) => Ok(way.shape(shape)?.map_coords(pixel)),
            None => Ok(shape.map_coords(pixel)),
        }
    }

    /// Where a part of the scene lies on the document's plane, in metres: the upright rectangle around it.
    pub(super) fn extent(&self, area: Area) -> Result<Extent> {
        let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
            .map(|[x, y]| [area.x + x * area.width, area.y + y * area.height])
            .map(|pixel| self.scene.georeference().world_from_pixel(pixel).unwrap_or(pixel));
        let (mut xs, mut ys) = (corners.map(|corner| corner[0]), corners.map(|corner| corner[1]));
        if let Some(way) = &self.to_document {
            way.transform(&mut xs, &mut ys)?;
        }
        let side = |values: [f64; 4], scale: f64, best: fn(f64, f64) -> f64| {
            values.into_iter().map(|value| value * scale).reduce(best).unwrap_or_default()
        };
        let [x, y] = self.metres;
        Extent::new([side(xs, x, f64::min), side(ys, y, f64::min), side(xs, x, f64::max), side(ys, y, f64::max)])
    }

    /// Whether some of the rectangle around a shape in pixels lies in the scene.
    fn holds(&self, shape: &MultiPolygon<f64>) -> bool {
        let [width, height] = self.scene.size().map(|side| side as f64);
        shape.bounding_rect().is_some_and(|bounds| {
            bounds.min().x < width && bounds.min().y < height && bounds.max().x > 0.0 && bounds.max().y > 0.0
        })
    }
}

/// The scene that a shape belongs to, and the shape in its pixels: the scene that is named, or else the first that it lies in.
pub(super) fn home(
    placed: &[Placed<'_>],
    named: Option<&str>,
    shape: &MultiPolygon<f64>,
) -> Result<Option<(usize, MultiPolygon<f64>)>> {
    let mut candidates: Vec<usize> = (0..placed.len()).collect();
    let named = named.map(|named| place(Path::new(named)));
    if let Some(named) = named.as_ref().filter(|named| placed.iter().any(|on| on.file == **named)) {
        candidates.retain(|&index| placed[index].file == *named);
    } else if named.is_some() {
        // It was drawn on a scene that is not given: what another shows there may be something else.
        return Ok(None);
    }
    for index in candidates {
        let found = placed[index].in_pixels(shape)?;
        if placed[index].holds(&found) {
            return Ok(Some((index, found)));
        }
    }
    Ok(None)
}

/// Metres a unit of the document along x and y. Degrees are taken at the labels' mean latitude, the same for all scenes, so
/// that extents can be compared.
fn metres(document: Option<&Crs>, labels: &[Label]) -> [f64; 2] {
    let Some(crs) = document else { return [1.0, 1.0] };
    if crs.kind() != CrsKind::Geographic {
        return [crs.metres_per_unit(); 2];
    }
    let radians = crs.radians_per_unit();
    let (sum, count) = labels
        .iter()
        .filter_map(|label| label.shape.coords_iter().next())
        .fold((0.0, 0usize), |(sum, count), coord| (sum + coord.y, count + 1));
    let latitude = if count > 0 { sum / count as f64 * radians } else { 0.0 };
    [EARTH_M * radians * latitude.cos().max(1e-3), EARTH_M * radians]
}

/// A hair beside the scene's own pixels is the scene's own pixels.
fn near_one(step: f64) -> f64 {
    if (step - 1.0).abs() < 1e-3 { 1.0 } else { step }
}
