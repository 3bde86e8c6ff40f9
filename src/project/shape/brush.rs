//! Shapes from the motions of a pointer: brush strokes, circles, rectangles, outlines.

use geo::algorithm::buffer::{Buffer, BufferStyle, LineCap, LineJoin};
use geo::{Coord, LineString, MultiPolygon, Polygon, Rect};

use super::mend::mended;

/// Radians of an arc that one edge spans: the edge lies within 0.2 % of the radius from the arc.
const ARC: f64 = 0.12;

/// What a round brush of `radius` covers along `points`: all places no farther than `radius` from the way.
///
/// One point gives a circle. Nothing without points, with a radius that is not above 0, or with a coordinate that is not a
/// number.
pub fn stroke(points: &[Coord<f64>], radius: f64) -> MultiPolygon<f64> {
    let mut way = points.to_vec();
    way.dedup();
    if radius <= 0.0 || !radius.is_finite() || !points.iter().all(is_finite) {
        return MultiPolygon(vec![]);
    }
    match way.as_slice() {
        [] => MultiPolygon(vec![]),
        [point] => circle(*point, radius),
        _ => {
            let style = BufferStyle::new(radius).line_cap(LineCap::Round(ARC)).line_join(LineJoin::Round(ARC));
            mended(&LineString::new(way).buffer_with_style(style))
        }
    }
}

/// A circle, as a polygon whose corners lie on it. Nothing with a radius that is not above 0.
pub fn circle(centre: Coord<f64>, radius: f64) -> MultiPolygon<f64> {
    if radius <= 0.0 || !radius.is_finite() || !is_finite(&centre) {
        return MultiPolygon(vec![]);
    }
    let corners = (std::f64::consts::TAU / ARC).ceil() as usize;
    let corner = |number: usize| {
        let (sin, cos) = (std::f64::consts::TAU * number as f64 / corners as f64).sin_cos();
        Coord { x: centre.x + radius * cos, y: centre.y + radius * sin }
    };
    polygon(&(0..corners).map(corner).collect::<Vec<_>>())
}

/// The upright rectangle between two opposite corners. Nothing where it has no area.
pub fn rectangle(one: Coord<f64>, other: Coord<f64>) -> MultiPolygon<f64> {
    if !(is_finite(&one) && is_finite(&other)) {
        return MultiPolygon(vec![]);
    }
    mended(&Rect::new(one, other).to_polygon().into())
}

/// What an outline encloses, closed by itself; where it crosses itself, what an odd number of turns encloses.
pub fn polygon(corners: &[Coord<f64>]) -> MultiPolygon<f64> {
    mended(&Polygon::new(LineString::new(corners.to_vec()), vec![]).into())
}

fn is_finite(coord: &Coord<f64>) -> bool {
    coord.x.is_finite() && coord.y.is_finite()
}
