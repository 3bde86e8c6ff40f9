//! A lattice of view pixels laid over a scene.

use geo::{Coord, MapCoords, Polygon};

use super::resolution::Level;
use crate::raster::Georeference;
use crate::vector::export::Placement;

/// Where the pixels of a mosaic lie on the scene: pixel `(x, y)` covers `origin + step * (x..x+1, y..y+1)` scene pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lattice {
    /// Scene pixel of the lattice's upper left corner.
    pub origin: [f64; 2],
    /// Scene pixels a lattice pixel covers.
    pub level: Level,
}

impl Lattice {
    /// Scene pixels of a point in lattice pixels.
    pub fn scene_from_lattice(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.origin[0] + x * self.level.step[0], self.origin[1] + y * self.level.step[1]]
    }

    /// Lattice pixels of a point in scene pixels.
    pub fn lattice_from_scene(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [(x - self.origin[0]) / self.level.step[0], (y - self.origin[1]) / self.level.step[1]]
    }

    /// A polygon in lattice pixels as one in scene pixels.
    pub fn scene_polygon(&self, polygon: &Polygon<f64>) -> Polygon<f64> {
        polygon.map_coords(|c| self.scene_from_lattice([c.x, c.y]).into())
    }

    /// A polygon in scene pixels as one in lattice pixels.
    pub fn lattice_polygon(&self, polygon: &Polygon<f64>) -> Polygon<f64> {
        polygon.map_coords(|c| self.lattice_from_scene([c.x, c.y]).into())
    }

    /// The geotransform of the lattice's pixels in the scene's coordinate system (GDAL's order).
    pub fn geotransform(&self, georeference: &Georeference) -> [f64; 6] {
        let corner = |lattice: [f64; 2]| world_from_pixel(georeference, self.scene_from_lattice(lattice));
        let [x0, y0] = corner([0.0, 0.0]);
        let ([x1, y1], [x2, y2]) = (corner([1.0, 0.0]), corner([0.0, 1.0]));
        [x0, x1 - x0, x2 - x0, y0, y1 - y0, y2 - y0]
    }

    /// Where a raster of the lattice's first `size` = `[columns, rows]` pixels lies, with what its file says of itself.
    pub fn placement(&self, size: [i64; 2], georeference: &Georeference, description: &serde_json::Value) -> Placement {
        let [width, height] = size.map(|side| side as usize);
        let geotransform = georeference.transform.map(|_| self.geotransform(georeference));
        let crs = georeference.crs.clone();
        Placement { width, height, geotransform, crs, description: Some(description.to_string()) }
    }
}

/// A scene pixel in the scene's coordinate system, which for a scene without georeference is its pixels.
fn world_from_pixel(georeference: &Georeference, pixel: [f64; 2]) -> [f64; 2] {
    georeference.world_from_pixel(pixel).unwrap_or(pixel)
}

/// A polygon in scene pixels as one in the scene's coordinate system, or as it is where there is none.
pub fn world_polygon(georeference: &Georeference, polygon: &Polygon<f64>) -> Polygon<f64> {
    polygon.map_coords(|Coord { x, y }| world_from_pixel(georeference, [x, y]).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lattice_and_scene_pixels_are_two_ways_to_say_the_same_point() {
        let lattice = Lattice { origin: [10.0, 20.0], level: Level { step: [2.0, 0.5], gsd_m: None } };
        assert_eq!(lattice.scene_from_lattice([3.0, 4.0]), [16.0, 22.0]);
        assert_eq!(lattice.lattice_from_scene([16.0, 22.0]), [3.0, 4.0]);
    }
}
