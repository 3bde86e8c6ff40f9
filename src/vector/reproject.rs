//! Polygons in another CRS, with vertices added where a straight edge would bend.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::measure::reprojected;
use crate::error::Result;
use crate::raster::{Crs, CrsKind, Reprojection};

/// An edge may lie this far from where it was, in metres (a degree has 111 km).
const BEND_M: f64 = 0.1;
const METRES_PER_DEGREE: f64 = 111_000.0;
/// An edge is halved at most so many times.
const HALVINGS: usize = 8;

/// The way of polygons from one CRS to another.
pub struct PolygonReprojection {
    way: Reprojection,
    bend: f64,
    /// Whether x has a period of 360.
    periodic: bool,
}

impl PolygonReprojection {
    /// The way from `from` to `to`.
    ///
    /// # Errors
    /// When PROJ knows none.
    pub fn new(from: &Crs, to: &Crs) -> Result<Self> {
        let periodic = to.kind() == CrsKind::Geographic;
        let metres = if periodic { METRES_PER_DEGREE } else { to.metres_per_unit() };
        Ok(Self { way: Reprojection::new(from, to)?, bend: BEND_M / metres, periodic })
    }

    /// Polygons in the other CRS.
    ///
    /// # Errors
    /// When a vertex has no place there.
    pub fn shape(&self, shape: &MultiPolygon<f64>) -> Result<MultiPolygon<f64>> {
        shape.iter().map(|polygon| self.polygon(polygon)).collect::<Result<Vec<_>>>().map(MultiPolygon)
    }

    fn polygon(&self, polygon: &Polygon<f64>) -> Result<Polygon<f64>> {
        let holes = polygon.interiors().iter().map(|hole| self.ring(hole)).collect::<Result<_>>()?;
        Ok(Polygon::new(self.ring(polygon.exterior())?, holes))
    }

    /// Halves all edges whose middle bends away, until none does. The two directions of an edge give the same points.
    fn ring(&self, ring: &LineString<f64>) -> Result<LineString<f64>> {
        let mut from = ring.0.clone();
        let mut to = reprojected(&from, &self.way)?;
        let mut open = vec![true; from.len().saturating_sub(1)];
        for _ in 0..HALVINGS {
            let edges: Vec<usize> = (0..open.len()).filter(|&edge| open[edge]).collect();
            let middles: Vec<Coord<f64>> = edges.iter().map(|&edge| (from[edge] + from[edge + 1]) / 2.0).collect();
            let bent = reprojected(&middles, &self.way)?;
            let mut halves = edges
                .iter()
                .zip(middles.iter().zip(&bent))
                .filter(|(edge, (_, middle))| self.bends(to[**edge], **middle, to[**edge + 1]));
            let mut next = halves.next();
            if next.is_none() {
                break;
            }
            let (mut more_from, mut more_to, mut more_open) = (Vec::new(), Vec::new(), Vec::new());
            for place in 0..from.len() {
                more_from.push(from[place]);
                more_to.push(to[place]);
                match next {
                    Some((&edge, (middle, bent))) if edge == place => {
                        more_from.push(*middle);
                        more_to.push(*bent);
                        more_open.extend([true, true]);
                        next = halves.next();
                    }
                    _ if place < open.len() => more_open.push(false),
                    _ => {}
                }
            }
            drop(halves);
            (from, to, open) = (more_from, more_to, more_open);
        }
        Ok(LineString::new(to))
    }

    fn bends(&self, start: Coord<f64>, middle: Coord<f64>, end: Coord<f64>) -> bool {
        let near = |x: f64, origin: f64| if self.periodic { x - 360.0 * ((x - origin) / 360.0).round() } else { x };
        let straight = Coord { x: (start.x + near(end.x, start.x)) / 2.0, y: (start.y + end.y) / 2.0 };
        (near(middle.x, straight.x) - straight.x).hypot(middle.y - straight.y) > self.bend
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Rect;

    fn way(from: &str, to: &str) -> PolygonReprojection {
        PolygonReprojection::new(&Crs::from_user(from).unwrap(), &Crs::from_user(to).unwrap()).unwrap()
    }

    fn square(x: f64, y: f64, side: f64) -> MultiPolygon<f64> {
        Rect::new((x, y), (x + side, y + side)).to_polygon().into()
    }

    #[test]
    fn a_small_polygon_keeps_its_vertices_and_a_large_one_gets_more() {
        let way = way("EPSG:32633", "EPSG:4326");
        assert_eq!(way.shape(&square(500_000.0, 5e6, 100.0)).unwrap().0[0].exterior().0.len(), 5);
        assert!(way.shape(&square(400_000.0, 5e6, 200_000.0)).unwrap().0[0].exterior().0.len() > 50);
    }

    #[test]
    fn neighbours_get_the_same_vertices_on_their_common_edge() {
        let way = way("EPSG:32633", "EPSG:4326");
        let points = |shape: MultiPolygon<f64>| -> Vec<[u64; 2]> {
            way.shape(&shape).unwrap().0[0].exterior().0.iter().map(|c| [c.x.to_bits(), c.y.to_bits()]).collect()
        };
        let (left, right) = (points(square(6e5, 5e6, 1e5)), points(square(7e5, 5e6, 1e5)));
        assert!(left.iter().filter(|point| right.contains(point)).count() > 10);
    }

    #[test]
    fn an_edge_across_the_antimeridian_is_no_bend() {
        assert_eq!(
            way("EPSG:3832", "EPSG:4326").shape(&square(3_339_000.0, 0.0, 1_000.0)).unwrap().0[0].exterior().0.len(),
            5
        );
    }
}
