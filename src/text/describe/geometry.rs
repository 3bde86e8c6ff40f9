//! The little plane geometry that phrases need: areas, shortest ways, angles.

/// x to the right, y down.
pub type Point = [f64; 2];
/// Left, top, right, bottom.
pub type Bounds = [f64; 4];

pub(super) fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

pub(super) fn length(v: Point) -> f64 {
    v[0].hypot(v[1])
}

fn cross(a: Point, b: Point) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

/// Degrees between two vectors, in 0..=180; 180 where one has no length, so that it fits no direction.
pub(super) fn angle(a: Point, b: Point) -> f64 {
    if length(a) == 0.0 || length(b) == 0.0 {
        return 180.0;
    }
    cross(a, b).atan2(a[0] * b[0] + a[1] * b[1]).to_degrees().abs()
}

pub(super) fn bounds(points: &[Point]) -> Bounds {
    points.iter().fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |b, p| {
        [b[0].min(p[0]), b[1].min(p[1]), b[2].max(p[0]), b[3].max(p[1])]
    })
}

/// The corners of an outline with the next one, around.
fn sides(outline: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    outline.iter().copied().zip(outline.iter().copied().cycle().skip(1))
}

/// Area and middle by mass of a simple outline; `None` without area.
pub(super) fn area_and_centroid(outline: &[Point]) -> Option<(f64, Point)> {
    let origin = *outline.first()?;
    let (mut double, mut sum) = (0.0, [0.0; 2]);
    for (a, b) in sides(outline) {
        let (a, b) = (minus(a, origin), minus(b, origin));
        let part = cross(a, b);
        double += part;
        sum = [sum[0] + part * (a[0] + b[0]), sum[1] + part * (a[1] + b[1])];
    }
    (double.abs() > 1e-9)
        .then(|| (double.abs() / 2.0, [origin[0] + sum[0] / (3.0 * double), origin[1] + sum[1] / (3.0 * double)]))
}

/// Whether a point is inside, by the even-odd rule.
pub(super) fn contains(outline: &[Point], [x, y]: Point) -> bool {
    let crossed = sides(outline).filter(|(a, b)| {
        let between = (a[1] > y) != (b[1] > y);
        between && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]
    });
    crossed.count() % 2 == 1
}

/// The shortest way from one outline to another, as its ends; `None` where they touch or overlap.
pub(super) fn gap(from: &[Point], to: &[Point]) -> Option<(Point, Point)> {
    let overlap = from.first().is_some_and(|point| contains(to, *point))
        || to.first().is_some_and(|point| contains(from, *point))
        || sides(from).any(|(a, b)| sides(to).any(|(c, d)| cross_each_other(a, b, c, d)));
    if overlap {
        return None;
    }
    let outward = from.iter().flat_map(|&p| sides(to).map(move |(c, d)| (p, nearest_on(p, c, d))));
    let inward = to.iter().flat_map(|&p| sides(from).map(move |(a, b)| (nearest_on(p, a, b), p)));
    let way = |ends: &(Point, Point)| length(minus(ends.0, ends.1));
    let shortest = outward.chain(inward).min_by(|a, b| way(a).total_cmp(&way(b)))?;
    (way(&shortest) > 0.0).then_some(shortest)
}

/// The point of the side `a..b` that is nearest to `p`.
fn nearest_on(p: Point, a: Point, b: Point) -> Point {
    let (along, from) = (minus(b, a), minus(p, a));
    let squared = along[0] * along[0] + along[1] * along[1];
    let t = if squared > 0.0 { ((from[0] * along[0] + from[1] * along[1]) / squared).clamp(0.0, 1.0) } else { 0.0 };
    [a[0] + t * along[0], a[1] + t * along[1]]
}

fn cross_each_other(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |from: Point, to: Point, p: Point| cross(minus(to, from), minus(p, from));
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

/// Whether two upright rectangles share a point.
pub(super) fn meet(a: Bounds, b: Bounds) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [Point; 4] = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]];

    #[test]
    fn a_square_has_its_area_middle_and_inside() {
        assert_eq!(area_and_centroid(&SQUARE), Some((4.0, [1.0, 1.0])));
        assert!(contains(&SQUARE, [1.0, 0.5]) && !contains(&SQUARE, [3.0, 0.5]));
        assert_eq!(area_and_centroid(&[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]), None);
    }

    #[test]
    fn the_shortest_way_joins_the_nearest_points_and_is_none_where_outlines_meet() {
        let right = SQUARE.map(|[x, y]| [x + 5.0, y + 1.0]);
        let (from, to) = gap(&SQUARE, &right).unwrap();
        assert_eq!((from[0], to[0], from[1]), (2.0, 5.0, to[1]));
        assert_eq!(gap(&SQUARE, &SQUARE.map(|[x, y]| [x + 1.0, y + 1.0])), None);
        let cross = [[-1.0, 0.9], [3.0, 0.9], [3.0, 1.1], [-1.0, 1.1]];
        assert_eq!(gap(&SQUARE, &cross), None);
    }
}
