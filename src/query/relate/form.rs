//! The form of an outline: length, width and direction, and how round, rectangular or bent it is.

use std::f64::consts::PI;

use geo::{Area, ConvexHull, Coord, Euclidean, Length, MinimumRotatedRect, Polygon};

use crate::query::relate::grade::{both, exceeds, falls, rises};
use crate::query::relate::outline::length;

/// Measures of an outline's form. All but length and width are without unit, so they do not change with scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Form {
    /// Longer side of the smallest rectangle around it, turned as it needs.
    pub length: f64,
    /// Shorter side of that rectangle.
    pub width: f64,
    /// Unit vector along the longer side.
    pub axis: Coord<f64>,
    /// `4 π area / perimeter²` with the perimeter of the convex hull, which the stairs of a pixel mask do not lengthen: 1 for
    /// a circle, 0.785 for a square.
    pub roundness: f64,
    /// Share of the smallest rectangle that it fills: 1 for a rectangle, 0.785 for an ellipse, 0.5 for a triangle.
    pub fill: f64,
    /// Share of the smallest rectangle that its convex hull fills.
    pub hull_fill: f64,
}

impl Form {
    /// Measures a polygon. An outline without extent is a square of side 0.
    pub fn of(polygon: &Polygon<f64>) -> Self {
        let area = polygon.unsigned_area();
        let hull = polygon.convex_hull();
        let perimeter = Euclidean.length(hull.exterior());
        let (along, across) = sides(polygon);
        let (length, width) = (length(along), length(across));
        let rectangle = length * width;
        let share = |part: f64| if rectangle > 0.0 { (part / rectangle).clamp(0.0, 1.0) } else { 1.0 };
        Self {
            length,
            width,
            axis: if length > 0.0 { along / length } else { Coord { x: 1.0, y: 0.0 } },
            roundness: if perimeter > 0.0 { (4.0 * PI * area / (perimeter * perimeter)).min(1.0) } else { 0.0 },
            fill: share(area),
            hull_fill: share(hull.unsigned_area()),
        }
    }

    /// How far it has a direction: 0 for a square or circle, near 1 for a road.
    pub fn elongation(&self) -> f64 {
        if self.length > 0.0 { 1.0 - self.width / self.length } else { 0.0 }
    }

    /// The degree to which it is of a shape by the lexicon's name; `None` for shapes one view from above does not tell.
    ///
    /// | word | measure | half at |
    /// |---|---|---|
    /// | round | roundness | 0.86, between a square (0.785) and an octagon (0.95) |
    /// | rectangular | fill | 0.87, between an ellipse (0.785) and a rectangle (1) |
    /// | square | rectangular, and length over width | 1.3 |
    /// | oval | fill within 0.08 of an ellipse's, and length over width | 1.2 |
    /// | triangular | fill within 0.1 of one half, hull the same | |
    /// | L shaped | a corner is missing: the hull lacks half of what the outline lacks | one eighth missing |
    /// | U shaped | a notch is missing: the hull lacks nothing | one eighth missing |
    /// | curved | the hull is under two thirds filled | 0.67 |
    /// | straight | elongated, and not curved | length twice the width |
    /// | irregular | neither round, oval, rectangular nor triangular | |
    pub fn shape(&self, name: &str) -> Option<f64> {
        let aspect = if self.width > 0.0 { self.length / self.width } else { f64::INFINITY };
        let convexity = if self.hull_fill > 0.0 { self.fill / self.hull_fill } else { 1.0 };
        let (missing, hull_missing) = (1.0 - self.fill, 1.0 - self.hull_fill);
        Some(match name {
            "round" => exceeds(self.roundness, 0.86, 0.02),
            "rectangular" => exceeds(self.fill, 0.87, 0.02),
            "square shaped" => both(exceeds(self.fill, 0.87, 0.02), falls(aspect - 1.0, 0.3, 4)),
            "oval" => both(
                falls((self.fill - PI / 4.0).abs(), 0.08, 4),
                both(rises(aspect - 1.0, 0.2, 4), exceeds(convexity, 0.9, 0.02)),
            ),
            "triangular" => both(falls((self.fill - 0.5).abs(), 0.1, 4), exceeds(convexity, 0.9, 0.02)),
            "l shaped" => {
                both(rises(missing, 0.125, 4), falls((hull_missing - missing / 2.0).abs(), 0.25 * missing, 4))
            }
            "u shaped" => both(rises(missing, 0.125, 4), falls(hull_missing, 0.25 * missing, 4)),
            "curved" => falls(convexity, 0.67, 8),
            "straight" => both(rises(aspect - 1.0, 1.0, 4), 1.0 - falls(convexity, 0.67, 8)),
            "irregular" => {
                let regular = ["round", "oval", "rectangular", "triangular"].iter().filter_map(|name| self.shape(name));
                1.0 - regular.fold(0.0, f64::max)
            }
            _ => return None,
        })
    }

    /// The degree to which it lies "vertical" (up and down the frame) or "horizontal": `cos²` of the angle to that axis, as
    /// far as it has a direction; one half where it has none.
    pub fn orientation(&self, name: &str) -> Option<f64> {
        let along = match name {
            "vertical" => self.axis.y,
            "horizontal" => self.axis.x,
            _ => return None,
        };
        let certain = self.elongation();
        Some(certain * along * along + (1.0 - certain) / 2.0)
    }
}

/// The two sides of the smallest rectangle around a polygon, the longer first.
fn sides(polygon: &Polygon<f64>) -> (Coord<f64>, Coord<f64>) {
    let rectangle = polygon.minimum_rotated_rect();
    let corners = rectangle.as_ref().map_or(&[][..], |rectangle| &rectangle.exterior().0);
    let (first, second) = match corners {
        [a, b, c, ..] => (*b - *a, *c - *b),
        // All points on one line: its ends, as far apart as any two.
        _ => (farthest_apart(&polygon.exterior().0), Coord::zero()),
    };
    if length(first) >= length(second) { (first, second) } else { (second, first) }
}

/// The way between the two ends of points that lie on one line.
fn farthest_apart(points: &[Coord<f64>]) -> Coord<f64> {
    let from = points.first().copied().unwrap_or(Coord::zero());
    let far = |from: Coord<f64>| {
        points
            .iter()
            .copied()
            .fold(from, |best, point| if length(point - from) > length(best - from) { point } else { best })
    };
    let end = far(from);
    far(end) - end
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{AffineOps, AffineTransform, LineString, Rect};
    use proptest::prelude::*;
    use std::f64::consts::SQRT_2;

    fn outline(points: &[(f64, f64)]) -> Polygon<f64> {
        Polygon::new(points.to_vec().into(), Vec::new())
    }

    fn ellipse(a: f64, b: f64) -> Polygon<f64> {
        let points: Vec<_> = (0..48).map(|i| f64::from(i) * PI / 24.0).map(|t| (a * t.cos(), b * t.sin())).collect();
        outline(&points)
    }

    fn l_shape() -> Polygon<f64> {
        outline(&[(0., 0.), (20., 0.), (20., 8.), (8., 8.), (8., 20.), (0., 20.)])
    }

    fn u_shape() -> Polygon<f64> {
        outline(&[(0., 0.), (20., 0.), (20., 20.), (14., 20.), (14., 6.), (6., 6.), (6., 20.), (0., 20.)])
    }

    #[test]
    fn each_shape_is_told_from_the_others() {
        let shapes = [
            ("round", ellipse(10., 10.)),
            ("rectangular", Rect::new((0., 0.), (30., 10.)).to_polygon()),
            ("oval", ellipse(20., 10.)),
            ("triangular", outline(&[(0., 0.), (10., 0.), (5., 9.)])),
            ("l shaped", l_shape()),
            ("u shaped", u_shape()),
        ];
        for (name, polygon) in &shapes {
            let form = Form::of(polygon);
            for (other, _) in &shapes {
                let degree = form.shape(other).unwrap();
                assert_eq!(degree > 0.5, name == other, "a {name} outline is {other} to {degree:.2}: {form:?}");
            }
        }
        assert!(Form::of(&Rect::new((0., 0.), (10., 10.)).to_polygon()).shape("square shaped").unwrap() > 0.9);
        assert!(Form::of(&Rect::new((0., 0.), (30., 10.)).to_polygon()).shape("straight").unwrap() > 0.9);
        assert_eq!(Form::of(&l_shape()).shape("cylindrical"), None);
    }

    #[test]
    fn a_square_has_the_roundness_of_a_square() {
        let square = Form::of(&Rect::new((0., 0.), (4., 4.)).to_polygon());
        assert!((square.roundness - PI / 4.0).abs() < 1e-9);
        assert_eq!(square.elongation(), 0.0);
    }

    #[test]
    fn a_long_thing_is_vertical_or_horizontal() {
        let upright = Form::of(&Rect::new((0., 0.), (1., 20.)).to_polygon());
        assert!(upright.orientation("vertical").unwrap() > 0.95);
        assert!(upright.orientation("horizontal").unwrap() < 0.05);
        let square = Form::of(&Rect::new((0., 0.), (4., 4.)).to_polygon());
        assert_eq!(square.orientation("vertical"), Some(0.5));
    }

    #[test]
    fn outlines_without_area_have_a_length() {
        let line = Form::of(&Polygon::new(LineString::from(vec![(0., 0.), (3., 4.), (0., 0.)]), Vec::new()));
        assert!((line.length - 5.0).abs() < 1e-9 && line.width.abs() < 1e-9, "{line:?}");
        assert!(line.shape("round").unwrap().is_finite());
    }

    proptest! {
        #[test]
        fn turning_and_scaling_change_no_shape(degrees in 0.0..360.0f64, scale in 0.01..100.0f64) {
            let turn = AffineTransform::rotate(degrees, (3.0, 4.0)).scaled(scale, scale, (0.0, 0.0));
            for name in ["round", "rectangular", "oval", "l shaped", "u shaped", "curved", "irregular"] {
                let before = Form::of(&l_shape()).shape(name).unwrap();
                let after = Form::of(&l_shape().affine_transform(&turn)).shape(name).unwrap();
                prop_assert!((before - after).abs() < 1e-6, "{}", name);
            }
        }
    }

    #[test]
    fn the_diagonal_of_a_square_is_the_square_root_of_two() {
        let tilted = Form::of(&outline(&[(0., 0.), (1., 1.), (0., 2.), (-1., 1.)]));
        assert!((tilted.length - SQRT_2).abs() < 1e-9 && (tilted.width - SQRT_2).abs() < 1e-9);
    }
}
