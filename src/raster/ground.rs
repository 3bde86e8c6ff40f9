//! Metres and directions on the ground under the pixels of a raster.

use geo::{Bearing, Distance, GeodesicMeasure, Point};

use super::crs::{Crs, CrsKind, Reprojection};
use super::georeference::Georeference;
use crate::error::{Error, Result};

/// Metres and bearing (degrees clockwise from north) from one longitude and latitude to another.
type Geodesic = Box<dyn Fn(Point<f64>, Point<f64>) -> (f64, f64)>;

/// Measures a raster on the ground. Lengths are geodesics (Karney 2013) on the ellipsoid of the raster's own datum, so
/// degrees, feet, the scale of a projection (Web Mercator's above all), rotation and oblong pixels all come out right.
/// Costly to make; it stays on its thread.
pub struct Ground {
    georeference: Georeference,
    measure: Measure,
}

enum Measure {
    Ellipsoid { to_lonlat: Reprojection, degrees_per_unit: f64, geodesic: Geodesic },
    Plane { metres_per_unit: f64 },
}

impl Ground {
    /// `Err` where the raster has no transform or no CRS to measure in.
    pub(super) fn new(georeference: &Georeference) -> Result<Self> {
        let unknown = |why: &str| {
            Error::new("cannot measure on the ground", why, "give the raster a georeference, or work in pixels")
        };
        if georeference.transform.is_none() {
            return Err(unknown("the raster has no georeference"));
        }
        let crs = georeference.crs.as_ref().ok_or_else(|| unknown("the raster has no CRS"))?;
        let measure = match (crs.kind(), crs.own_geographic().zip(crs.ellipsoid())) {
            (CrsKind::Local, _) => Measure::Plane { metres_per_unit: crs.metres_per_unit() },
            (_, Some((lonlat, half_axes))) => on_ellipsoid(crs, &lonlat, half_axes)?,
            _ => return Err(unknown("its CRS is neither geographic, projected nor local")),
        };
        Ok(Self { georeference: georeference.clone(), measure })
    }

    /// Metres on the ground along a column step and along a row step at a pixel position; `None` outside the CRS.
    pub fn metres_per_pixel_at(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        let metres = self.steps_at(x, y)?.map(|[east, north]| east.hypot(north));
        metres.iter().all(|metres| metres.is_finite() && *metres > 0.0).then_some(metres)
    }

    /// Direction of true north in pixel space at a pixel position, of length 1; grid north in a local CRS.
    pub fn north_in_pixels_at(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        // Columns of the matrix from pixels to (east, north) metres; north in pixels solves M v = (0, 1).
        let [[e0, n0], [e1, n1]] = self.steps_at(x, y)?;
        let determinant = e0 * n1 - e1 * n0;
        let v = [-e1 / determinant, e0 / determinant];
        let length = v[0].hypot(v[1]);
        (length.is_finite() && length > 0.0).then(|| [v[0] / length, v[1] / length])
    }

    /// Longitude and latitude in degrees of a pixel position, on the raster's own datum.
    fn lonlat_at(&self, pixel: [f64; 2]) -> Option<Point<f64>> {
        let Measure::Ellipsoid { to_lonlat, degrees_per_unit, .. } = &self.measure else { return None };
        let [x, y] = self.georeference.world_from_pixel(pixel)?;
        let (mut xs, mut ys) = ([x], [y]);
        to_lonlat.transform(&mut xs, &mut ys).ok()?;
        let (lon, lat) = (xs[0] * degrees_per_unit, ys[0] * degrees_per_unit);
        (lat.abs() <= 90.0).then(|| Point::new(lon, lat))
    }

    /// East and north metres of one column step and of one row step, centred on a pixel position.
    fn steps_at(&self, x: f64, y: f64) -> Option<[[f64; 2]; 2]> {
        match &self.measure {
            Measure::Plane { metres_per_unit } => {
                let t = self.georeference.transform?;
                Some([[t[1], t[4]], [t[2], t[5]]].map(|step| step.map(|units| units * metres_per_unit)))
            }
            Measure::Ellipsoid { geodesic, .. } => {
                let step = |from: [f64; 2], to: [f64; 2]| {
                    let (from, to) = (self.lonlat_at(from)?, self.lonlat_at(to)?);
                    let (metres, bearing) = geodesic(from, to);
                    let (sin, cos) = bearing.to_radians().sin_cos();
                    Some([metres * sin, metres * cos])
                };
                Some([step([x - 0.5, y], [x + 0.5, y])?, step([x, y - 0.5], [x, y + 0.5])?])
            }
        }
    }
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("georeference", &self.georeference).finish_non_exhaustive()
    }
}

fn on_ellipsoid(crs: &Crs, lonlat: &Crs, [major, minor]: [f64; 2]) -> Result<Measure> {
    // geo 0.33 calls its second argument the inverse flattening but hands it on as the flattening; the test below
    // notices if that is mended.
    let ellipsoid = GeodesicMeasure::new(major, (major - minor) / major);
    Ok(Measure::Ellipsoid {
        to_lonlat: Reprojection::new(crs, lonlat)?,
        degrees_per_unit: lonlat.radians_per_unit().to_degrees(),
        geodesic: Box::new(move |from, to| (ellipsoid.distance(from, to), ellipsoid.bearing(from, to))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(transform: [f64; 6], crs: &str) -> Georeference {
        Georeference::new(Some(transform), Some(Crs::from_user(crs).unwrap()))
    }

    fn near(found: Option<[f64; 2]>, expected: [f64; 2], tolerance: f64) {
        let found = found.unwrap();
        let close = (0..2).all(|axis| (found[axis] - expected[axis]).abs() <= tolerance);
        assert!(close, "{found:?} is not {expected:?}");
    }

    #[test]
    fn a_degree_at_sixty_north_has_the_metres_of_the_wgs84_ellipsoid() {
        // Radii of WGS 84 at 60 degrees: prime vertical times cosine 3 197 104.59 m, meridian 6 383 453.86 m.
        let step: f64 = 1e-5;
        let expected = [3_197_104.59, 6_383_453.86].map(|radius| radius * step.to_radians());
        near(place([24.9, step, 0.0, 60.0, 0.0, -step], "EPSG:4326").metres_per_pixel_at(0.0, 0.0), expected, 1e-6);
    }

    #[test]
    fn a_metre_of_web_mercator_shrinks_with_the_cosine_of_latitude() {
        let y = 8_399_737.889_818_36; // 60 degrees north
        let [x_metres, y_metres] =
            place([0.0, 1.0, 0.0, y, 0.0, -1.0], "EPSG:3857").metres_per_pixel_at(0.0, 0.0).unwrap();
        // Radii as above over the sphere's 6 378 137 m, times cosine 60 degrees along the meridian.
        assert!((x_metres - 3_197_104.59 / 6_378_137.0).abs() < 1e-6, "{x_metres}");
        assert!((y_metres - 0.5 * 6_383_453.86 / 6_378_137.0).abs() < 1e-6, "{y_metres}");
    }

    #[test]
    fn north_is_up_in_a_north_up_raster_and_down_in_a_south_up_one() {
        near(
            place([500_000.0, 1.0, 0.0, 5e6, 0.0, -1.0], "EPSG:32633").north_in_pixels_at(0.5, 0.5),
            [0.0, -1.0],
            1e-5,
        );
        near(place([500_000.0, 1.0, 0.0, 5e6, 0.0, 1.0], "EPSG:32633").north_in_pixels_at(0.5, 0.5), [0.0, 1.0], 1e-5);
    }

    #[test]
    fn true_north_differs_from_grid_north_by_the_convergence() {
        // UTM 33 at 18 degrees east, 60 north: convergence is atan(tan 3 deg * sin 60 deg) = 2.5983 degrees.
        let crs = Crs::from_user("EPSG:32633").unwrap();
        let (mut x, mut y) = ([18.0], [60.0]);
        crate::raster::transform_points(&Crs::wgs84().unwrap(), &crs, &mut x, &mut y).unwrap();
        let place = Georeference::new(Some([x[0], 1.0, 0.0, y[0], 0.0, -1.0]), Some(crs));
        let [across, down] = place.north_in_pixels_at(0.0, 0.0).unwrap();
        let degrees = across.atan2(-down).to_degrees();
        // East of the central meridian true north leans to the left of grid north.
        assert!((degrees + 2.5983).abs() < 0.003, "{degrees}");
        assert_eq!(place.up_in_pixels(), Some([0.0, -1.0]));
    }

    #[test]
    fn a_raster_across_the_antimeridian_measures_on() {
        let place = place([179.9995, 1e-3, 0.0, 0.0, 0.0, -1e-3], "EPSG:4326");
        near(place.metres_per_pixel_at(0.5, 0.0), [111.319_490_8, 110.574_275_8], 1e-3);
    }

    #[test]
    fn near_the_pole_north_points_at_it() {
        // Antarctic: the pole is the origin, so at (-500 km, 1500 km) north points away from it.
        let place = place([-500_000.0, 10.0, 0.0, 1_500_000.0, 0.0, -10.0], "EPSG:3031");
        let length = 500_000f64.hypot(1_500_000.0);
        near(place.north_in_pixels_at(0.0, 0.0), [-500_000.0 / length, -1_500_000.0 / length], 1e-4);
    }

    #[test]
    fn the_moon_is_measured_on_the_moon() {
        let place = place([0.0, 1.0, 0.0, 0.0, 0.0, -1.0], "+proj=longlat +a=1737400 +b=1737400 +no_defs");
        let expected = 1_737_400.0 * 1f64.to_radians();
        near(place.metres_per_pixel_at(0.0, 0.0), [expected, expected], 1.0);
    }

    #[test]
    fn without_a_crs_there_are_no_metres_but_grid_north() {
        let place = Georeference::new(Some([0.0, 2.0, 0.0, 0.0, 0.0, -2.0]), None);
        assert_eq!(place.metres_per_pixel_at(0.0, 0.0), None);
        assert_eq!(place.north_in_pixels_at(0.0, 0.0), Some([0.0, -1.0]));
        assert_eq!(Georeference::default().north_in_pixels_at(0.0, 0.0), None);
    }
}
