//! Area, perimeter and centroid of a polygon: in metres on the ground where the CRS knows the ground.

use geo::{
    Area, Centroid, Coord, CoordsIter, Distance, Euclidean, GeodesicArea, Haversine, Length, LineString, Point,
    Polygon, Translate,
};

use crate::error::{Error, Result};
use crate::raster::{Crs, CrsKind, Reprojection};

/// Sizes of a polygon, in the unit that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Size {
    /// On the ground (or on the site, for a local grid).
    Metres {
        /// Square metres, holes left out.
        area_m2: f64,
        /// Metres along all rings, those of holes included.
        perimeter_m: f64,
    },
    /// In a picture without georeference.
    Pixels {
        /// Pixels, holes left out.
        area_px: f64,
        /// Pixel widths along all rings, those of holes included.
        perimeter_px: f64,
    },
}

/// What a [`Ruler`] finds of a polygon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Area and perimeter.
    pub size: Size,
    /// Centre of gravity, x and y in the polygon's own coordinates. It may lie outside of a bent polygon.
    pub centroid: [f64; 2],
    /// The centroid's WGS 84 longitude (−180 ≤ λ < 180) and latitude in degrees, where the CRS has a place on Earth.
    pub centroid_lonlat: Option<[f64; 2]>,
}

impl Measure {
    /// Square metres, `None` in a picture without georeference.
    pub fn area_m2(&self) -> Option<f64> {
        match self.size {
            Size::Metres { area_m2, .. } => Some(area_m2),
            Size::Pixels { .. } => None,
        }
    }

    /// Metres along all rings, `None` in a picture without georeference.
    pub fn perimeter_m(&self) -> Option<f64> {
        match self.size {
            Size::Metres { perimeter_m, .. } => Some(perimeter_m),
            Size::Pixels { .. } => None,
        }
    }
}

/// Edges are straight in the CRS, not on the ellipsoid. Pieces this short make the difference vanish (under one part in
/// a million of the area at any latitude where people build).
const PIECE_M: f64 = 2_000.0;
/// At most so many pieces of one edge.
const PIECES: f64 = 256.0;

/// Measures polygons of one CRS. Costly to make, so keep one.
#[derive(Debug)]
pub struct Ruler(Way);

#[derive(Debug)]
enum Way {
    /// Along the WGS 84 ellipsoid (Karney 2013).
    Geodesic(Box<Reprojection>),
    Plane {
        metres_per_unit: f64,
    },
    Pixels,
}

impl Ruler {
    /// A ruler for coordinates of `crs`, or for pixels where there is none.
    ///
    /// # Errors
    /// A CRS that is neither geographic nor projected nor a local grid with a unit of length.
    pub fn new(crs: Option<&Crs>) -> Result<Self> {
        let Some(crs) = crs else { return Ok(Self(Way::Pixels)) };
        match crs.kind() {
            CrsKind::Geographic | CrsKind::Projected => {
                Ok(Self(Way::Geodesic(Box::new(Reprojection::new(crs, &Crs::wgs84()?)?))))
            }
            CrsKind::Local if crs.metres_per_unit() > 0.0 && crs.metres_per_unit().is_finite() => {
                Ok(Self(Way::Plane { metres_per_unit: crs.metres_per_unit() }))
            }
            CrsKind::Local | CrsKind::Other => Err(Error::new(
                format!("cannot measure in {}", crs.name()),
                "its coordinates are neither degrees nor lengths on a map",
                "give the raster a geographic, projected or local CRS",
            )),
        }
    }

    /// Size and centre of a polygon, whatever the direction of its rings.
    ///
    /// # Errors
    /// A vertex where the CRS has no place on Earth.
    pub fn measure(&self, polygon: &Polygon<f64>) -> Result<Measure> {
        let centroid = centroid(polygon);
        let plain = || (polygon.unsigned_area(), rings(polygon).map(|ring| Euclidean.length(ring)).sum::<f64>());
        let (size, centroid_lonlat) = match &self.0 {
            Way::Pixels => {
                let (area_px, perimeter_px) = plain();
                (Size::Pixels { area_px, perimeter_px }, None)
            }
            Way::Plane { metres_per_unit } => {
                let (area, perimeter) = plain();
                let area_m2 = area * metres_per_unit * metres_per_unit;
                (Size::Metres { area_m2, perimeter_m: perimeter * metres_per_unit }, None)
            }
            Way::Geodesic(to_lonlat) => {
                let holes = polygon.interiors().iter().map(|hole| on_earth(hole, to_lonlat)).collect::<Result<_>>()?;
                let on_earth = Polygon::new(on_earth(polygon.exterior(), to_lonlat)?, holes);
                let (perimeter_m, area) = on_earth.geodesic_perimeter_area_signed();
                let [mut lon, mut lat] = centroid.map(|value| [value]);
                to_lonlat.transform(&mut lon, &mut lat)?;
                let lon = (lon[0] + 180.0).rem_euclid(360.0) - 180.0;
                (Size::Metres { area_m2: area.abs(), perimeter_m }, Some([lon, lat[0]]))
            }
        };
        Ok(Measure { size, centroid, centroid_lonlat })
    }
}

fn rings(polygon: &Polygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    std::iter::once(polygon.exterior()).chain(polygon.interiors())
}

/// Centre of gravity, computed near the origin: coordinates of millions would cost half the digits.
fn centroid(polygon: &Polygon<f64>) -> [f64; 2] {
    let Some(origin) = polygon.exterior_coords_iter().next() else { return [f64::NAN; 2] };
    let near = polygon.translate(-origin.x, -origin.y).centroid().unwrap_or_else(|| Point::new(0.0, 0.0));
    [near.x() + origin.x, near.y() + origin.y]
}

/// The ring in longitude and latitude, its edges cut so that geodesics between the vertices follow them.
fn on_earth(ring: &LineString<f64>, to_lonlat: &Reprojection) -> Result<LineString<f64>> {
    let ends = reprojected(&ring.0, to_lonlat)?;
    let mut cut = Vec::with_capacity(ring.0.len());
    for (place, edge) in ring.0.windows(2).enumerate() {
        let length_m = Haversine.distance(Point(ends[place]), Point(ends[place + 1]));
        let pieces = (length_m / PIECE_M).ceil().clamp(1.0, PIECES) as u32;
        cut.extend((0..pieces).map(|piece| edge[0] + (edge[1] - edge[0]) * (f64::from(piece) / f64::from(pieces))));
    }
    cut.extend(ring.0.last());
    Ok(LineString::new(if cut.len() == ends.len() { ends } else { reprojected(&cut, to_lonlat)? }))
}

/// Coordinates in another CRS.
pub(super) fn reprojected(coords: &[Coord<f64>], way: &Reprojection) -> Result<Vec<Coord<f64>>> {
    let (mut xs, mut ys): (Vec<f64>, Vec<f64>) = coords.iter().map(|coord| (coord.x, coord.y)).unzip();
    way.transform(&mut xs, &mut ys)?;
    Ok(xs.into_iter().zip(ys).map(|(x, y)| Coord { x, y }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Rect;

    /// WGS 84: half axes and first eccentricity squared.
    const A: f64 = 6_378_137.0;
    const B: f64 = 6_356_752.314_245;
    const E2: f64 = 1.0 - (B / A) * (B / A);

    fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
        Rect::new((x, y), (x + side, y + side)).to_polygon()
    }

    fn measure(crs: &str, polygon: &Polygon<f64>) -> Measure {
        Ruler::new(Some(&Crs::from_user(crs).unwrap())).unwrap().measure(polygon).unwrap()
    }

    fn assert_near(found: Option<f64>, expected: f64, relative: f64) {
        let found = found.unwrap();
        assert!((found / expected - 1.0).abs() <= relative, "{found} is not {expected}");
    }

    /// Area between the equator and latitude φ (radians) over one radian, closed form for the ellipsoid.
    fn zone(latitude: f64) -> f64 {
        let (sine, e) = (latitude.sin(), E2.sqrt());
        B * B / 2.0 * (sine / (1.0 - E2 * sine * sine) + (e * sine).atanh() / e)
    }

    #[test]
    fn a_degree_cell_has_the_area_of_its_zone_at_any_latitude() {
        for latitude in [0.0f64, 45.0, 80.0, -61.0] {
            let expected = (zone((latitude + 1.0).to_radians()) - zone(latitude.to_radians())) * 1f64.to_radians();
            assert_near(measure("EPSG:4326", &square(7.0, latitude, 1.0)).area_m2(), expected, 2e-6);
        }
        // Degrees on the equator and on the parallel of 1°, and two meridian arcs of 110 574.389 m.
        let parallel = |latitude: f64| latitude.cos() * A / (1.0 - E2 * latitude.sin().powi(2)).sqrt();
        let around = (parallel(0.0) + parallel(1f64.to_radians())) * 1f64.to_radians() + 2.0 * 110_574.389;
        assert_near(measure("EPSG:4326", &square(7.0, 0.0, 1.0)).perimeter_m(), around, 1e-8);
    }

    #[test]
    fn a_utm_square_on_the_central_meridian_is_larger_on_the_ground_by_its_scale() {
        let found = measure("EPSG:32633", &square(499_500.0, 5_000_000.0, 1_000.0));
        assert_near(found.area_m2(), 1e6 / (0.9996 * 0.9996), 1e-8);
        assert_near(found.perimeter_m(), 4e3 / 0.9996, 1e-8);
        assert_eq!(found.centroid, [500_000.0, 5_000_500.0]);
        assert!((found.centroid_lonlat.unwrap()[0] - 15.0).abs() < 1e-9);
    }

    #[test]
    fn web_mercator_at_sixty_degrees_north_is_about_a_quarter() {
        let latitude = 60f64.to_radians();
        let north = A * (latitude / 2.0 + std::f64::consts::FRAC_PI_4).tan().ln();
        let w2 = 1.0 - E2 * latitude.sin().powi(2);
        let (across, along) = (latitude.cos() / w2.sqrt(), latitude.cos() * (1.0 - E2) / w2.powf(1.5));
        let found = measure("EPSG:3857", &square(1e6 - 50.0, north - 50.0, 100.0));
        assert_near(found.area_m2(), 1e4 * across * along, 1e-6);
        assert_near(found.perimeter_m(), 200.0 * (across + along), 1e-6);
    }

    #[test]
    fn feet_are_not_metres() {
        let found = measure("LOCAL_CS[\"site\",UNIT[\"foot\",0.3048]]", &square(5.0, 5.0, 100.0));
        assert_near(found.area_m2(), 929.0304, 1e-12);
        assert_near(found.perimeter_m(), 121.92, 1e-12);
        assert_eq!(found.centroid_lonlat, None);
        // New York, US survey feet; the projection's scale is within 2e-4 of 1 there.
        let found = measure("EPSG:2263", &square(1_000_000.0, 200_000.0, 1_000.0));
        assert_near(found.area_m2(), (1_000.0f64 * 1_200.0 / 3_937.0).powi(2), 4e-4);
    }

    #[test]
    fn pixels_do_not_pretend_to_be_metres() {
        let found = Ruler::new(None).unwrap().measure(&square(2.0, 3.0, 4.0)).unwrap();
        assert_eq!(found.size, Size::Pixels { area_px: 16.0, perimeter_px: 16.0 });
        assert_eq!((found.area_m2(), found.centroid, found.centroid_lonlat), (None, [4.0, 5.0], None));
    }

    #[test]
    fn holes_count_against_the_area_and_for_the_perimeter_whatever_the_direction_of_rings() {
        let outer = square(500_000.0, 0.0, 100.0);
        let mut hole = square(500_010.0, 10.0, 50.0).exterior().clone();
        for _ in 0..2 {
            let found = measure("EPSG:32633", &Polygon::new(outer.exterior().clone(), vec![hole.clone()]));
            assert_near(found.area_m2(), 7_500.0 / (0.9996 * 0.9996), 1e-8);
            assert_near(found.perimeter_m(), 600.0 / 0.9996, 1e-8);
            hole.0.reverse();
        }
    }

    #[test]
    fn a_polygon_across_the_antimeridian_is_small() {
        let found = measure("EPSG:4326", &square(179.5, 0.0, 1.0));
        assert_near(found.area_m2(), zone(1f64.to_radians()) * 1f64.to_radians(), 2e-6);
        assert!((found.centroid_lonlat.unwrap()[0].abs() - 180.0).abs() < 1e-9);
    }
}
