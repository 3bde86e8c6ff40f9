//! The part of a scene a phrase speaks about, in scene pixels.

use std::path::Path;

use geo::algorithm::bool_ops::unary_union;
use geo::{Area, BooleanOps, BoundingRect, Contains, Intersects, MapCoords, MultiPolygon, Rect, coord};
use serde::Serialize;

use super::instance::Instance;
use super::options::FrameChoice;
use crate::error::{Error, Result};
use crate::raster::Scene;
use crate::vector::{PolygonReprojection, read_polygons};

/// A frame on a scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// What kind of frame it is.
    pub kind: FrameKind,
    /// Its bounding rectangle, within the scene: left, top, right, bottom.
    pub bounds: [f64; 4],
    /// What the user should know of it.
    pub notices: Vec<String>,
    /// Its shape: the rectangle, or the part of an area that lies on the scene.
    shape: MultiPolygon<f64>,
}

/// The kinds of frames, as results name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FrameKind {
    /// The whole scene.
    Scene,
    /// A rectangle of pixels.
    View,
    /// Polygons on the map.
    Area,
}

impl FrameKind {
    /// The word results use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scene => "scene",
            Self::View => "view",
            Self::Area => "area",
        }
    }
}

impl Frame {
    /// The frame `choice` means on `scene`.
    ///
    /// # Errors
    /// When it lies outside the scene or is empty, and when an area cannot be brought into the scene's CRS.
    pub fn on(scene: &Scene, choice: &FrameChoice) -> Result<Self> {
        let [width, height] = scene.size().map(|side| side as f64);
        match choice {
            FrameChoice::Scene => Ok(Self::rectangle(FrameKind::Scene, [0.0, 0.0, width, height])),
            FrameChoice::Window([left, top, wide, high]) => {
                let what = format!("cannot use the window {left},{top},{wide},{high} of {}", scene.source());
                let numbers = [*left, *top, *wide, *high];
                if !numbers.iter().all(|number| number.is_finite()) || *wide <= 0.0 || *high <= 0.0 {
                    return Err(Error::usage(what, "width and height must be positive", "give X,Y,W,H in pixels"));
                }
                let bounds = [left.max(0.0), top.max(0.0), (left + wide).min(width), (top + high).min(height)];
                if bounds[0] >= bounds[2] || bounds[1] >= bounds[3] {
                    let why = format!("it lies outside the scene, which has {width} x {height} pixels");
                    return Err(Error::new(what, why, "give X,Y,W,H in pixels, counted from the upper left corner"));
                }
                Ok(Self::rectangle(FrameKind::View, bounds))
            }
            FrameChoice::Area(path) => {
                let (shape, notices) = area_in_pixels(scene, path)?;
                match shape.bounding_rect() {
                    Some(r) if r.width() > 0.0 && r.height() > 0.0 => {
                        let bounds = [r.min().x, r.min().y, r.max().x, r.max().y];
                        Ok(Self { kind: FrameKind::Area, bounds, notices, shape })
                    }
                    _ => Err(Error::new(
                        format!("cannot use the area of interest {}", path.display()),
                        format!("it does not touch the scene {}", scene.source()),
                        "check that both are where they should be, for instance in QGIS",
                    )),
                }
            }
        }
    }

    fn rectangle(kind: FrameKind, bounds: [f64; 4]) -> Self {
        Self { kind, bounds, notices: Vec::new(), shape: MultiPolygon(vec![rect(bounds).to_polygon()]) }
    }

    /// Width and height of the bounding rectangle in scene pixels.
    pub fn size(&self) -> [f64; 2] {
        [self.bounds[2] - self.bounds[0], self.bounds[3] - self.bounds[1]]
    }

    /// Cuts objects at the frame's edge; those outside vanish. An object cut apart becomes several.
    pub fn clip(&self, instances: Vec<Instance>) -> Vec<Instance> {
        let parts = |instance: &Instance| {
            // What lies wholly inside keeps its very coordinates.
            if self.shape.contains(&instance.outline) {
                vec![instance.outline.clone()]
            } else if instance.outline.intersects(&self.shape) {
                instance.outline.intersection(&self.shape).0
            } else {
                Vec::new()
            }
        };
        instances
            .into_iter()
            .flat_map(|instance| {
                let parts = parts(&instance).into_iter().filter(|part| part.unsigned_area() > 0.0);
                parts.map(move |outline| Instance { outline, ..instance.clone() })
            })
            .collect()
    }
}

fn rect([left, top, right, bottom]: [f64; 4]) -> Rect<f64> {
    Rect::new(coord! { x: left, y: top }, coord! { x: right, y: bottom })
}

/// The polygons of a vector file in pixels of `scene`, cut at its edge, and what the user should know of them.
fn area_in_pixels(scene: &Scene, path: &Path) -> Result<(MultiPolygon<f64>, Vec<String>)> {
    let what = || format!("cannot use the area of interest {}", path.display());
    let (crs, polygons, mended) = read_polygons(path)?;
    let georeference = scene.georeference();
    // Areas may overlap; what any of them covers counts once.
    let polygons: MultiPolygon<f64> = unary_union(polygons.iter().flat_map(|shape| &shape.0));
    let in_scene_crs = match (crs, &georeference.crs) {
        (Some(from), Some(to)) => PolygonReprojection::new(&from, to)?.shape(&polygons).map_err(|cause| {
            Error::new(what(), cause.to_string(), "draw it in the scene's coordinate system").because(cause)
        })?,
        (Some(_), None) if georeference.transform.is_none() => {
            return Err(Error::new(
                what(),
                format!("it has map coordinates, but the scene is not georeferenced: {}", scene.source()),
                "use --window X,Y,W,H in pixels instead",
            ));
        }
        // Without a CRS on one side the coordinates can only be meant as they are.
        _ => polygons,
    };
    let pixels = in_scene_crs.map_coords(|c| georeference.pixel_from_world([c.x, c.y]).unwrap_or([c.x, c.y]).into());
    let [width, height] = scene.size().map(|side| side as f64);
    let mut notices = Vec::new();
    if mended > 0 {
        let which = if mended == 1 { "a polygon crosses".to_owned() } else { format!("{mended} polygons cross") };
        let ending = if mended == 1 { "itself" } else { "themselves" };
        notices
            .push(format!("in the area of interest {which} {ending}: what an odd number of its turns encloses counts"));
    }
    Ok((pixels.intersection(&rect([0.0, 0.0, width, height]).to_polygon()), notices))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Polygon;

    fn instance(left: f64, right: f64) -> Instance {
        let outline: Polygon<f64> = rect([left, 10.0, right, 20.0]).to_polygon();
        Instance { outline, score: 0.5, gsd_m: None, class: "tank".into(), evidence: String::new(), bearing: None }
    }

    #[test]
    fn objects_are_cut_at_the_frame_and_those_outside_vanish() {
        let frame = Frame::rectangle(FrameKind::View, [0.0, 0.0, 100.0, 100.0]);
        let kept = frame.clip(vec![instance(10.0, 20.0), instance(90.0, 110.0), instance(200.0, 210.0)]);
        let areas: Vec<f64> = kept.iter().map(|i| i.outline.unsigned_area().round()).collect();
        assert_eq!(areas, [100.0, 100.0]);
        assert_eq!(kept[0], instance(10.0, 20.0), "what lies inside keeps its coordinates");
    }
}
