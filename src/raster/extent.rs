//! The extent of a raster in longitude and latitude.

use super::crs::{Crs, Reprojection};
use super::georeference::Georeference;
use crate::error::Result;

/// WGS 84 degrees. Where the extent crosses the antimeridian, `west` is greater than `east`, as in RFC 7946.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct LonLatBounds {
    /// Westernmost longitude, -180..=180.
    pub west: f64,
    /// Southernmost latitude.
    pub south: f64,
    /// Easternmost longitude, -180..=180.
    pub east: f64,
    /// Northernmost latitude.
    pub north: f64,
}

/// Points along each edge of the raster.
const POINTS: usize = 32;

/// `[min x, min y, max x, max y]` of a raster in its CRS.
pub(super) fn world_bounds(georeference: &Georeference, size: [u64; 2]) -> Option<[f64; 4]> {
    let [w, h] = size.map(|pixels| pixels as f64);
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for corner in [[0.0, 0.0], [w, 0.0], [0.0, h], [w, h]] {
        let [x, y] = georeference.world_from_pixel(corner)?;
        bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
    }
    Some(bounds)
}

/// `None` where the raster has no place on Earth or leaves the area of its CRS.
pub(super) fn lonlat_bounds(georeference: &Georeference, size: [u64; 2]) -> Option<LonLatBounds> {
    let crs = georeference.crs.as_ref()?;
    let wgs84 = Crs::wgs84().ok()?;
    let reprojection = Reprojection::new(crs, &wgs84).ok()?;
    let (lons, lats) = outline(georeference, size, &reprojection).ok().flatten()?;
    let (mut west, mut east) = (lons[0], lons[0]);
    let mut at = lons[0];
    for lon in &lons[1..] {
        // The shorter way from point to point: the outline does not jump at the antimeridian.
        let step = (lon - at + 180.0).rem_euclid(360.0) - 180.0;
        at += step;
        west = west.min(at);
        east = east.max(at);
    }
    let mut south = lats.iter().copied().fold(f64::INFINITY, f64::min);
    let mut north = lats.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let poles = [-90.0, 90.0].map(|lat| holds_pole(georeference, size, &wgs84, crs, lat));
    if poles[0] {
        south = -90.0;
    }
    if poles[1] {
        north = 90.0;
    }
    if poles[0] || poles[1] || east - west >= 360.0 - 1e-9 {
        (west, east) = (-180.0, 180.0);
    }
    let wrapped =
        |lon: f64| if (-180.0..=180.0).contains(&lon) { lon } else { (lon + 180.0).rem_euclid(360.0) - 180.0 };
    Some(LonLatBounds { west: wrapped(west), south, east: wrapped(east), north })
}

/// Longitudes and latitudes of points around the raster, in order.
fn outline(
    georeference: &Georeference,
    size: [u64; 2],
    reprojection: &Reprojection,
) -> Result<Option<(Vec<f64>, Vec<f64>)>> {
    let [w, h] = size.map(|pixels| pixels as f64);
    let corners = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h], [0.0, 0.0]];
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for pair in corners.windows(2) {
        for i in 0..POINTS {
            let t = i as f64 / POINTS as f64;
            let pixel = [0, 1].map(|axis| pair[0][axis] + t * (pair[1][axis] - pair[0][axis]));
            let Some([x, y]) = georeference.world_from_pixel(pixel) else { return Ok(None) };
            xs.push(x);
            ys.push(y);
        }
    }
    reprojection.transform(&mut xs, &mut ys)?;
    Ok(Some((xs, ys)))
}

fn holds_pole(georeference: &Georeference, size: [u64; 2], wgs84: &Crs, crs: &Crs, lat: f64) -> bool {
    // In degrees the outline itself reaches the pole.
    if crs.kind() != super::crs::CrsKind::Projected {
        return false;
    }
    let (mut xs, mut ys) = ([0.0], [lat]);
    let Ok(()) = Reprojection::new(wgs84, crs).and_then(|way| way.transform(&mut xs, &mut ys)) else { return false };
    // Where the pole is a line (Mercator's is far away, a cylinder's is an edge) it is not inside.
    let (mut other_xs, mut other_ys) = ([90.0], [lat]);
    let Ok(()) = Reprojection::new(wgs84, crs).and_then(|way| way.transform(&mut other_xs, &mut other_ys)) else {
        return false;
    };
    let is_point = (xs[0] - other_xs[0]).abs() < 1.0 && (ys[0] - other_ys[0]).abs() < 1.0;
    let inside = |pixel: [f64; 2]| (0..2).all(|axis| pixel[axis] > 0.0 && pixel[axis] < size[axis] as f64);
    is_point && georeference.pixel_from_world([xs[0], ys[0]]).is_some_and(inside)
}
