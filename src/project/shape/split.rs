//! Cutting a shape along a line.

use geo::{
    Area, BooleanOps, BoundingRect, Contains, Coord, Intersects, Line, LineString, MultiLineString, MultiPolygon,
    Point, Polygon,
};

use super::combine::joined;
use super::mend::mended;

/// How far beside a line its two sides are looked for, in parts of the shape's extent.
const BESIDE: f64 = 1e-6;

/// The parts into which a drawn line cuts a shape; the shape alone where the line does not cut right through.
///
/// Each connected piece of a polygon that is cut is a part. Polygons that are not cut stay with the largest part, which
/// comes first. The line is not lengthened: where it ends inside the shape, the shape holds together.
pub fn split(shape: &MultiPolygon<f64>, line: &[Coord<f64>]) -> Vec<MultiPolygon<f64>> {
    let mut line = line.to_vec();
    line.dedup();
    let whole = || vec![shape.clone()];
    let is_finite = |coord: &Coord<f64>| coord.x.is_finite() && coord.y.is_finite();
    if line.len() < 2 || !line.iter().all(is_finite) {
        return whole();
    }
    let drawn = LineString::new(line.clone());
    let (cut, mut kept): (Vec<&Polygon<f64>>, Vec<&Polygon<f64>>) =
        shape.iter().partition(|polygon| polygon.intersects(&drawn));
    let mut parts: Vec<MultiPolygon<f64>> = Vec::new();
    for polygon in cut {
        let pieces = pieces(polygon, &line);
        if pieces.len() < 2 {
            kept.push(polygon);
        } else {
            parts.extend(pieces);
        }
    }
    if parts.is_empty() {
        return whole();
    }
    parts.sort_by(|a, b| b.unsigned_area().total_cmp(&a.unsigned_area()));
    let kept = MultiPolygon(kept.into_iter().cloned().collect());
    if let Some(largest) = parts.first_mut().filter(|_| !kept.0.is_empty()) {
        // Joined, as polygons that touched where one was cut may now overlap by a rounding.
        *largest = joined([&*largest, &kept]);
    }
    parts
}

/// The connected pieces into which `line` cuts a polygon.
fn pieces(polygon: &Polygon<f64>, line: &[Coord<f64>]) -> Vec<MultiPolygon<f64>> {
    let Some((half_plane, [before, after])) = side_of(polygon, line) else { return vec![polygon.clone().into()] };
    let mut pieces: Vec<Polygon<f64>> = mended(&polygon.intersection(&half_plane)).0;
    pieces.extend(mended(&polygon.difference(&half_plane)).0);
    // The two sides also part along the lengthened ends; there they belong together.
    let mut piece_of: Vec<usize> = (0..pieces.len()).collect();
    let extent = polygon.bounding_rect().map_or(1.0, |bounds| bounds.width().max(bounds.height()));
    let seams = polygon.clip(&MultiLineString(vec![before, after]), false);
    for seam in seams.0.iter().flat_map(LineString::lines) {
        let [one, other] =
            beside(seam, extent * BESIDE).map(|point| pieces.iter().position(|piece| piece.contains(&point)));
        if let (Some(one), Some(other)) = (one, other) {
            let (from, to) = (piece_of[other], piece_of[one]);
            piece_of.iter_mut().filter(|piece| **piece == from).for_each(|piece| *piece = to);
        }
    }
    let mut groups: Vec<Vec<MultiPolygon<f64>>> = vec![Vec::new(); pieces.len()];
    for (piece, group) in pieces.into_iter().zip(piece_of) {
        groups[group].push(piece.into());
    }
    groups.into_iter().filter(|group| !group.is_empty()).map(|group| joined(&group)).collect()
}

/// What lies on one side of the line, far enough to cover the polygon, and the two straight ends that lengthen the line.
fn side_of(polygon: &Polygon<f64>, line: &[Coord<f64>]) -> Option<(Polygon<f64>, [LineString<f64>; 2])> {
    let bounds = LineString::new(line.to_vec()).bounding_rect()?;
    let around = polygon.bounding_rect()?;
    let (min, max) = (
        Coord { x: bounds.min().x.min(around.min().x), y: bounds.min().y.min(around.min().y) },
        Coord { x: bounds.max().x.max(around.max().x), y: bounds.max().y.max(around.max().y) },
    );
    let centre = (min + max) / 2.0;
    let reach = (max.x - min.x).hypot(max.y - min.y);
    let lengthened = |from: Coord<f64>, to: Coord<f64>| {
        let way = to - from;
        to + way * (4.0 * reach / way.x.hypot(way.y))
    };
    let [first, second, .., second_last, last] = [line.first()?, line.get(1)?, line.get(line.len() - 2)?, line.last()?];
    let (start, end) = (lengthened(*second, *first), lengthened(*second_last, *last));
    // Around the far side on a circle, from the end back to the start.
    let angle = |at: Coord<f64>| (at.y - centre.y).atan2(at.x - centre.x);
    let (from, to) = (angle(end), angle(start));
    let turn = (to - from).rem_euclid(std::f64::consts::TAU);
    let radius = 8.0 * reach;
    let arc = (0..=16).map(|step| {
        let (sin, cos) = (from + turn * f64::from(step) / 16.0).sin_cos();
        Coord { x: centre.x + radius * cos, y: centre.y + radius * sin }
    });
    let ring: Vec<Coord<f64>> = [start].into_iter().chain(line.iter().copied()).chain([end]).chain(arc).collect();
    let ends = [LineString::new(vec![start, *first]), LineString::new(vec![*last, end])];
    reach.is_normal().then(|| (Polygon::new(LineString::new(ring), vec![]), ends))
}

/// The two places beside the middle of a line.
fn beside(line: Line<f64>, distance: f64) -> [Point<f64>; 2] {
    let middle = (line.start + line.end) / 2.0;
    let way = line.end - line.start;
    let across = Coord { x: -way.y, y: way.x } * (distance / way.x.hypot(way.y).max(f64::MIN_POSITIVE));
    [Point(middle + across), Point(middle - across)]
}
