//! Metres, and longitude and latitude, of places on the map.

use geo::{Coord, LineString, Polygon};

use super::event::Measurement;
use super::layer::Map;
use crate::raster::{Crs, CrsKind, Georeference, Ground, Reprojection};
use crate::vector::{Ruler, Size};

/// What is known of the ground under a map. Costly to make, so kept while the map's CRS stays.
pub(super) struct MapGround {
    crs: Option<Crs>,
    lonlat: Option<Reprojection>,
    ruler: Option<Ruler>,
    /// Measures a grid whose pixels are `unit` map units wide.
    ground: Option<Ground>,
    unit: f64,
}

impl MapGround {
    pub(super) fn new(map: &Map) -> Self {
        let crs = map.crs.clone();
        let is_degrees = crs.as_ref().is_some_and(|crs| crs.kind() == CrsKind::Geographic);
        // Small against any curvature.
        let unit = if is_degrees { 1e-5 } else { 1.0 };
        let lonlat = crs.as_ref().zip(Crs::wgs84().ok()).and_then(|(from, to)| Reprojection::new(from, &to).ok());
        let grid = Georeference::new(Some([0.0, unit, 0.0, 0.0, 0.0, unit]), crs.clone());
        Self { lonlat, ruler: Ruler::new(crs.as_ref()).ok(), ground: grid.ground().ok(), unit, crs }
    }

    /// Whether it was made for this map's CRS.
    pub(super) fn is_of(&self, map: &Map) -> bool {
        self.crs == map.crs
    }

    /// WGS 84 degrees; `None` where the map has no place on Earth or the point lies outside of its CRS.
    pub(super) fn lonlat(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let (mut xs, mut ys) = ([x], [y]);
        self.lonlat.as_ref()?.transform(&mut xs, &mut ys).ok()?;
        (ys[0].abs() <= 90.0).then(|| [(xs[0] + 180.0).rem_euclid(360.0) - 180.0, ys[0]])
    }

    /// Metres on the ground in one map unit along x at a place; `None` where unknown.
    pub(super) fn metres_per_unit(&self, [x, y]: [f64; 2]) -> Option<f64> {
        let [metres, _] = self.ground.as_ref()?.metres_per_pixel_at(x / self.unit, y / self.unit)?;
        Some(metres / self.unit)
    }

    /// Length along a line and, from three corners on, the area that it closes; `None` outside of the CRS.
    pub(super) fn measure(&self, points: &[[f64; 2]], finished: bool) -> Option<Measurement> {
        let ruler = self.ruler.as_ref()?;
        let corners = |points: &mut dyn Iterator<Item = &[f64; 2]>| -> Vec<Coord> {
            points.map(|[x, y]| Coord { x: *x, y: *y }).collect()
        };
        // There and back again: the rim of this polygon is twice the line.
        let there_and_back = corners(&mut points.iter().chain(points.iter().rev().skip(1)));
        let (_, rim, in_metres) = numbers(ruler.measure(&polygon(there_and_back)).ok()?.size);
        let area = if points.len() >= 3 {
            let closed = polygon(corners(&mut points.iter()));
            Some(numbers(ruler.measure(&closed).ok()?.size).0)
        } else {
            None
        };
        Some(Measurement { points: points.to_vec(), length: rim / 2.0, area, in_metres, finished })
    }
}

fn polygon(corners: Vec<Coord>) -> Polygon {
    Polygon::new(LineString::new(corners), Vec::new())
}

/// Area, rim, and whether they are in metres.
fn numbers(size: Size) -> (f64, f64, bool) {
    match size {
        Size::Metres { area_m2, perimeter_m } => (area_m2, perimeter_m, true),
        Size::Pixels { area_px, perimeter_px } => (area_px, perimeter_px, false),
    }
}

/// A length for people: "12.3 m", "4.56 km", "12 px".
pub(super) fn length_text(length: f64, in_metres: bool) -> String {
    if !in_metres {
        return format!("{length:.0} px");
    }
    match length {
        length if length >= 100_000.0 => format!("{:.0} km", length / 1000.0),
        length if length >= 1000.0 => format!("{:.2} km", length / 1000.0),
        length if length >= 100.0 => format!("{length:.0} m"),
        length if length >= 1.0 => format!("{length:.1} m"),
        length => format!("{:.1} cm", length * 100.0),
    }
}

/// An area for people: "12.3 m²", "4.56 ha", "7.89 km²", "12 px²".
pub(super) fn area_text(area: f64, in_metres: bool) -> String {
    if !in_metres {
        return format!("{area:.0} px²");
    }
    match area {
        area if area >= 1e6 => format!("{:.2} km²", area / 1e6),
        area if area >= 1e4 => format!("{:.2} ha", area / 1e4),
        area if area >= 100.0 => format!("{area:.0} m²"),
        area => format!("{area:.1} m²"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(crs: &str) -> Map {
        Map { crs: Some(Crs::from_user(crs).unwrap()), ..Map::default() }
    }

    #[test]
    fn a_line_along_the_equator_has_the_metres_of_the_ellipsoid() {
        // One degree of the equator of WGS 84: 6 378 137 m * pi / 180.
        let ground = MapGround::new(&map("EPSG:4326"));
        let measured = ground.measure(&[[10.0, 0.0], [11.0, 0.0]], false).unwrap();
        assert!((measured.length - 111_319.490_8).abs() < 0.01, "{}", measured.length);
        assert!(measured.in_metres && measured.area.is_none());
        assert!((ground.metres_per_unit([10.0, 0.0]).unwrap() - 111_319.490_8).abs() < 0.5);
    }

    #[test]
    fn a_square_of_web_mercator_is_smaller_on_the_ground() {
        let ground = MapGround::new(&map("EPSG:3857"));
        let y = 8_399_737.89; // 60 degrees north, where a metre of the map is half of one
        let square = [[0.0, y], [1000.0, y], [1000.0, y + 1000.0], [0.0, y + 1000.0]];
        let area = ground.measure(&square, true).unwrap().area.unwrap();
        assert!((area / 250_000.0 - 1.0).abs() < 0.01, "{area}");
        let [lon, lat] = ground.lonlat([0.0, y]).unwrap();
        assert!(lon.abs() < 1e-9 && (lat - 60.0).abs() < 1e-6);
    }

    #[test]
    fn a_picture_is_measured_in_pixels() {
        let ground = MapGround::new(&Map { in_pixels: true, ..Map::default() });
        let measured = ground.measure(&[[0.0, 0.0], [3.0, 4.0], [3.0, 0.0]], false).unwrap();
        assert_eq!((measured.length, measured.area, measured.in_metres), (9.0, Some(6.0), false));
        assert_eq!(ground.lonlat([0.0, 0.0]), None);
    }
}
