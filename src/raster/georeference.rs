//! Where the pixels of a raster lie: its affine transform and its CRS.

use super::crs::Crs;
use super::ground::Ground;
use crate::error::Result;

/// Pixel coordinates are in pixels from the raster's outer corner: (0, 0) is the corner of the first pixel, its centre
/// is (0.5, 0.5). World coordinates are in the units of `crs`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Georeference {
    /// In GDAL's order: `x = t[0] + col * t[1] + row * t[2]`, `y = t[3] + col * t[4] + row * t[5]`. Never singular.
    /// `None`: the raster has no place, work is in pixels.
    pub transform: Option<[f64; 6]>,
    /// `None`: the numbers of `transform` have no known meaning.
    pub crs: Option<Crs>,
}

impl Georeference {
    /// Keeps `transform` only where it is finite and can be inverted.
    pub fn new(transform: Option<[f64; 6]>, crs: Option<Crs>) -> Self {
        Self { transform: transform.filter(|t| inverse(t).is_some()), crs }
    }

    /// World coordinates of a pixel position.
    pub fn world_from_pixel(&self, [col, row]: [f64; 2]) -> Option<[f64; 2]> {
        let t = self.transform?;
        Some([t[0] + col * t[1] + row * t[2], t[3] + col * t[4] + row * t[5]])
    }

    /// Pixel position of world coordinates.
    pub fn pixel_from_world(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let t = self.transform?;
        let [a, b, c, d] = inverse(&t)?;
        let (dx, dy) = (x - t[0], y - t[3]);
        Some([a * dx + b * dy, c * dx + d * dy])
    }

    /// What measures on the ground; make it once for many points.
    pub fn ground(&self) -> Result<Ground> {
        Ground::new(self)
    }

    /// Metres on the ground along a column step and along a row step at a pixel position; `None` where unknown.
    pub fn metres_per_pixel_at(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        self.ground().ok()?.metres_per_pixel_at(x, y)
    }

    /// Direction of true north in pixel space at a pixel position, of length 1: `[0, -1]` in a north-up raster. Grid
    /// north (growing y) where the CRS has no place on Earth; `None` without a transform.
    pub fn north_in_pixels_at(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        match self.ground() {
            Ok(ground) => ground.north_in_pixels_at(x, y),
            Err(_) => self.up_in_pixels(),
        }
    }

    /// Whether the picture shows the map as a mirror does, as a raster whose first row is its southernmost.
    pub fn is_mirrored(&self) -> bool {
        // Rows run against y in a picture that is not: the determinant is negative then, however it is turned.
        self.transform.is_some_and(|t| t[1] * t[5] - t[2] * t[4] > 0.0)
    }

    /// Direction of growing y of the CRS in pixel space, of length 1: "up" on a map drawn in that CRS.
    pub fn up_in_pixels(&self) -> Option<[f64; 2]> {
        let [_, b, _, d] = inverse(&self.transform?)?;
        let length = b.hypot(d);
        (length > 0.0).then(|| [b / length, d / length])
    }
}

/// The inverse of the linear part of a transform, row by row.
fn inverse(t: &[f64; 6]) -> Option<[f64; 4]> {
    let determinant = t[1] * t[5] - t[2] * t[4];
    let inverse = [t[5] / determinant, -t[2] / determinant, -t[4] / determinant, t[1] / determinant];
    let usable = determinant != 0.0 && t.iter().chain(&inverse).all(|value| value.is_finite());
    usable.then_some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_singular_or_infinite_transform_is_no_transform() {
        for t in [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 2.0, 0.0, 2.0, 4.0], [f64::NAN, 1.0, 0.0, 0.0, 0.0, 1.0]] {
            assert_eq!(Georeference::new(Some(t), None).transform, None);
        }
    }

    #[test]
    fn a_south_up_raster_is_a_mirror_and_a_turned_one_is_none() {
        let mirrored = |t| Georeference::new(Some(t), None).is_mirrored();
        assert!(!mirrored([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]) && !mirrored([0.0, -1.0, 0.0, 0.0, 0.0, 1.0]));
        assert!(mirrored([0.0, 1.0, 0.0, 0.0, 0.0, 1.0]) && !Georeference::default().is_mirrored());
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_pixel(
            angle in 0.0..std::f64::consts::TAU, size in 1e-6..1e4f64, aspect in 0.2..5.0f64, flip in any::<bool>(),
            origin in (-1e7..1e7f64, -1e7..1e7f64), pixel in (-1e6..1e6f64, -1e6..1e6f64),
        ) {
            let (sin, cos) = angle.sin_cos();
            let tall = size * aspect * if flip { 1.0 } else { -1.0 };
            let t = [origin.0, size * cos, -tall * sin, origin.1, size * sin, tall * cos];
            let place = Georeference::new(Some(t), None);
            let world = place.world_from_pixel([pixel.0, pixel.1]).unwrap();
            let back = place.pixel_from_world(world).unwrap();
            // The origin's magnitude limits what an f64 can tell apart.
            let tolerance = 1e-8 * (1.0 + pixel.0.abs().max(pixel.1.abs())) + 1e7 * 1e-15 / size * 8.0;
            prop_assert!((back[0] - pixel.0).abs() < tolerance && (back[1] - pixel.1).abs() < tolerance);
        }
    }
}
