//! A shape in a picture: which of its pixels it covers, and how much of it is shown.

use geo::{BooleanOps, Coord, LineString, MapCoords, MultiPolygon, Rect};

use crate::error::Result;
use crate::raster::Area;
use crate::train::mask::polygon::rasterise;
use crate::train::mask::{Mask, Size};

/// A shape in scene pixels as it lies in a picture of `size` pixels of the part `area` of the scene.
pub(super) fn in_view(shape: &MultiPolygon<f64>, area: Area, size: [usize; 2]) -> MultiPolygon<f64> {
    let scale = [size[0] as f64 / area.width, size[1] as f64 / area.height];
    let moved = shape.map_coords(|c| Coord { x: (c.x - area.x) * scale[0], y: (c.y - area.y) * scale[1] });
    let frame = Rect::new((0.0, 0.0), (size[0] as f64, size[1] as f64));
    moved.intersection(&frame.to_polygon())
}

/// The pixels that a shape in a picture covers, by the rule of COCO; holes are left out.
pub(super) fn mask(shape: &MultiPolygon<f64>, size: Size) -> Result<Mask> {
    let ring = |line: &LineString<f64>| -> Result<Mask> {
        let corners: Vec<[f64; 2]> = line.0.iter().map(|c| [c.x.max(0.0), c.y.max(0.0)]).collect();
        Ok(rasterise(&corners, size)?.to_mask())
    };
    let mut all = Mask::empty(size);
    for polygon in shape {
        let mut one = ring(polygon.exterior())?;
        for hole in polygon.interiors() {
            one = one.difference(&ring(hole)?)?;
        }
        all = all.union(&one)?;
    }
    Ok(all)
}
