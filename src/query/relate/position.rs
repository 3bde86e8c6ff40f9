//! Absolute positions: "on the left", "in the upper right corner", "in the northern half".
//!
//! A thing is placed in a box (the frame, or the bounds of a landmark) by coordinates that run from 0 at the left or top to 1 at
//! the right or bottom. `u` is that of its centroid along one axis; `low..high` that of its bounds.
//!
//! | word | degree |
//! |---|---|
//! | left | `1 / (1 + (u / 0.42)⁴)`; right, upper and lower alike from their side |
//! | middle | `1 / (1 + (abs(u - 0.5) / 0.2)⁴)` |
//! | far left, very top | `1 / (1 + (u / 0.15)⁴)` |
//! | left half, third, quarter | share of `low..high` in it, so that halves add up to 1 |
//! | corner | `1 / (1 + (d / 0.3)⁴)`, `d` from the corner to the centroid in box sides |
//! | edge | `1 / (1 + (g / 0.05)²)`, `g` from the edge to the nearest of `low..high` |
//!
//! Row and column of one place are joined by the Hamacher product ([`both`]), shares by the product.
//!
//! ```text
//!  1 ┤▇▇▇▇▇▆▅▃▂▁▁▁▁▁▁▁ left      ▁▁▁▁▂▅▇▇▇▅▂▁▁▁▁▁ middle
//!  0 ┤0 ····· 0.5 ·· 1           0 ····· 0.5 ·· 1
//! ```

use geo::{Coord, coord};

use crate::query::relate::grade::{both, falls};
use crate::query::relate::outline::Outline;
use crate::query::relate::stage::{Stage, bounds_of};
use crate::text::{Axes, Column, Extent, Place, Position, Row};

const SIDE_HALF: f64 = 0.42;
const MIDDLE_HALF: f64 = 0.2;
const FAR_HALF: f64 = 0.15;
const CORNER_HALF: f64 = 0.3;
const EDGE_HALF: f64 = 0.05;

/// The box a place is told in.
#[derive(Clone, Copy)]
pub enum Within<'a> {
    /// The frame of the stage.
    Frame,
    /// The bounds of a landmark.
    Landmark(&'a Outline),
}

/// Where a thing is in a box: 0 to 1 from left to right and from top to bottom, beyond where it reaches out.
#[derive(Debug, Clone, Copy)]
struct Spot {
    centre: Coord<f64>,
    low: Coord<f64>,
    high: Coord<f64>,
}

/// An end of an axis, or its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stretch {
    Low,
    Middle,
    High,
}

/// The degree to which a thing is at a position of the frame.
pub fn at_position(position: &Position, thing: &Outline, stage: &Stage) -> f64 {
    let degree = in_extent(position.place, position.extent, thing, Within::Frame, stage);
    if position.negated { 1.0 - degree } else { degree }
}

/// The degree to which a thing is in a part of a box.
pub fn in_extent(place: Option<Place>, extent: Extent, thing: &Outline, within: Within, stage: &Stage) -> f64 {
    let axes = place.map_or(Axes::Frame, |place| place.axes);
    let spot = Spot::of(thing, within, axes, stage);
    let (row, column) = (place.and_then(|place| place.row), place.and_then(|place| place.column));
    let (row, column) = (row.map(Stretch::of_row), column.map(Stretch::of_column));
    match extent {
        Extent::Part => joined(column, row, both, |stretch, axis| spot.on_side(stretch, axis, SIDE_HALF)),
        Extent::Far => joined(column, row, both, |stretch, axis| spot.on_side(stretch, axis, FAR_HALF)),
        Extent::Half => joined(column, row, product, |stretch, axis| spot.share_of_part(stretch, axis, 2)),
        Extent::Third => joined(column, row, product, |stretch, axis| spot.share_of_part(stretch, axis, 3)),
        // A quarter named by a row and a column is a half of both.
        Extent::Quarter if row.is_some() && column.is_some() => {
            joined(column, row, product, |stretch, axis| spot.share_of_part(stretch, axis, 2))
        }
        Extent::Quarter => joined(column, row, product, |stretch, axis| spot.share_of_part(stretch, axis, 4)),
        Extent::Corner => spot.in_corner(column, row),
        Extent::Edge => spot.at_edge(column, row),
    }
}

/// Joins the degrees along both axes, of those that are said; 1 if none is.
fn joined(
    column: Option<Stretch>,
    row: Option<Stretch>,
    join: impl Fn(f64, f64) -> f64,
    degree: impl Fn(Stretch, Axis) -> f64,
) -> f64 {
    let column = column.map(|stretch| degree(stretch, Axis::X));
    let row = row.map(|stretch| degree(stretch, Axis::Y));
    match (column, row) {
        (Some(column), Some(row)) => join(column, row),
        (one, other) => one.or(other).unwrap_or(1.0),
    }
}

fn product(a: f64, b: f64) -> f64 {
    a * b
}

#[derive(Debug, Clone, Copy)]
enum Axis {
    X,
    Y,
}

impl Axis {
    fn of(self, point: Coord<f64>) -> f64 {
        match self {
            Self::X => point.x,
            Self::Y => point.y,
        }
    }
}

impl Stretch {
    fn of_row(row: Row) -> Self {
        match row {
            Row::Top => Self::Low,
            Row::Middle => Self::Middle,
            Row::Bottom => Self::High,
        }
    }

    fn of_column(column: Column) -> Self {
        match column {
            Column::Left => Self::Low,
            Column::Middle => Self::Middle,
            Column::Right => Self::High,
        }
    }
}

impl Spot {
    fn of(thing: &Outline, within: Within, axes: Axes, stage: &Stage) -> Self {
        let compass =
            |outline: &Outline| bounds_of(outline.polygon().exterior().0.iter().map(|point| stage.by_compass(*point)));
        let (space, bounds, centre) = match (axes, within) {
            (Axes::Frame, Within::Frame) => (stage.frame(), thing.bounds(), thing.centroid()),
            (Axes::Frame, Within::Landmark(landmark)) => (landmark.bounds(), thing.bounds(), thing.centroid()),
            (Axes::Compass, Within::Frame) => {
                (stage.compass_bounds(), compass(thing), stage.by_compass(thing.centroid()))
            }
            (Axes::Compass, Within::Landmark(landmark)) => {
                (compass(landmark), compass(thing), stage.by_compass(thing.centroid()))
            }
        };
        let scaled = |point: Coord<f64>| {
            coord! {
                x: fraction(point.x, space.min().x, space.width()),
                y: fraction(point.y, space.min().y, space.height()),
            }
        };
        Self { centre: scaled(centre), low: scaled(bounds.min()), high: scaled(bounds.max()) }
    }

    /// "left", "middle": by the centroid.
    fn on_side(&self, stretch: Stretch, axis: Axis, half: f64) -> f64 {
        let u = axis.of(self.centre);
        match stretch {
            Stretch::Low => falls(u, half, 4),
            Stretch::Middle => falls((u - 0.5).abs(), half.min(MIDDLE_HALF), 4),
            Stretch::High => falls(1.0 - u, half, 4),
        }
    }

    /// "left half": the share of the thing in the first, the middle or the last of `parts` equal parts.
    fn share_of_part(&self, stretch: Stretch, axis: Axis, parts: u8) -> f64 {
        let width = 1.0 / f64::from(parts);
        let (from, to) = match stretch {
            Stretch::Low => (f64::NEG_INFINITY, width),
            Stretch::Middle => (0.5 - width / 2.0, 0.5 + width / 2.0),
            Stretch::High => (1.0 - width, f64::INFINITY),
        };
        let (low, high) = (axis.of(self.low), axis.of(self.high));
        if high > low {
            ((high.min(to) - low.max(from)) / (high - low)).clamp(0.0, 1.0)
        } else {
            f64::from(u8::from((from..to).contains(&low)))
        }
    }

    /// The nearest of the corners that are meant.
    fn in_corner(&self, column: Option<Stretch>, row: Option<Stretch>) -> f64 {
        let ends = |said: Option<Stretch>| match said {
            Some(Stretch::Low) => &[0.0][..],
            Some(Stretch::High) => &[1.0],
            _ => &[0.0, 1.0],
        };
        let corners = ends(column).iter().flat_map(|&x| ends(row).iter().map(move |&y| (x, y)));
        corners.map(|(x, y)| falls((self.centre.x - x).hypot(self.centre.y - y), CORNER_HALF, 4)).fold(0.0, f64::max)
    }

    /// The edges that are said, all of them; the nearest where none is.
    fn at_edge(&self, column: Option<Stretch>, row: Option<Stretch>) -> f64 {
        let at = |stretch: Stretch, axis: Axis| match stretch {
            Stretch::Low => falls(axis.of(self.low), EDGE_HALF, 2),
            Stretch::High => falls(1.0 - axis.of(self.high), EDGE_HALF, 2),
            Stretch::Middle => self.on_side(Stretch::Middle, axis, MIDDLE_HALF),
        };
        if column.is_none() && row.is_none() {
            let ends = [Stretch::Low, Stretch::High];
            return ends.into_iter().flat_map(|end| [at(end, Axis::X), at(end, Axis::Y)]).fold(0.0, f64::max);
        }
        joined(column, row, both, at)
    }
}

/// Where `value` lies in a stretch from `start`; the middle of a stretch without length.
fn fraction(value: f64, start: f64, length: f64) -> f64 {
    if length > 0.0 { (value - start) / length } else { 0.5 }
}

/// The words of a position for evidence: "in the upper left corner".
pub(super) fn position_words(position: &Position) -> String {
    let extent = match position.extent {
        Extent::Part => "part",
        Extent::Half => "half",
        Extent::Third => "third",
        Extent::Quarter => "quarter",
        Extent::Corner => "corner",
        Extent::Edge => "edge",
        Extent::Far => "end",
    };
    let far = if position.extent == Extent::Far { "far " } else { "" };
    let not = if position.negated { "not " } else { "" };
    match position.place {
        Some(place) => format!("{not}in the {far}{} {extent}", place.words()),
        None => format!("{not}in the {extent}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::relate::stage::FlatGround;
    use geo::Rect;

    const FRAME: (f64, f64) = (300.0, 200.0);

    fn degree(place: Option<Place>, extent: Extent, x: f64, y: f64, ground: &FlatGround) -> f64 {
        let stage = Stage::new(Rect::new((0.0, 0.0), FRAME), ground);
        let thing = Outline::new(&Rect::new((x - 2.0, y - 2.0), (x + 2.0, y + 2.0)).to_polygon()).unwrap();
        at_position(&Position { place, extent, negated: false }, &thing, &stage)
    }

    fn frame(row: Option<Row>, column: Option<Column>) -> Option<Place> {
        Some(Place::frame(row, column))
    }

    #[test]
    fn left_holds_by_half_at_forty_two_hundredths() {
        let left = |x| degree(frame(None, Some(Column::Left)), Extent::Part, x, 100.0, &FlatGround::PIXELS);
        assert!((left(0.42 * 300.0) - 0.5).abs() < 1e-9);
        assert!(left(30.0) > 0.99 && left(150.0) < 0.4 && left(290.0) < 0.05);
        assert!(left(10.0) > left(20.0), "of two on the left the one farther left is more so");
    }

    #[test]
    fn each_of_nine_cells_is_strongest_in_its_own_centre() {
        let rows = [Row::Top, Row::Middle, Row::Bottom];
        let columns = [Column::Left, Column::Middle, Column::Right];
        for (r, row) in rows.into_iter().enumerate() {
            for (c, column) in columns.into_iter().enumerate() {
                let here = |x: usize, y: usize| {
                    let (x, y) = (50.0 + 100.0 * x as f64, 33.3 + 66.7 * y as f64);
                    degree(frame(Some(row), Some(column)), Extent::Part, x, y, &FlatGround::PIXELS)
                };
                assert!(here(c, r) > 0.9, "{row:?} {column:?}");
                for other in (0..9).filter(|cell| *cell != 3 * r + c) {
                    assert!(here(other % 3, other / 3) < 0.35, "{row:?} {column:?} in cell {other}");
                }
            }
        }
    }

    #[test]
    fn halves_and_thirds_share_what_lies_on_their_line() {
        let ground = &FlatGround::PIXELS;
        let left = |extent, x| degree(frame(None, Some(Column::Left)), extent, x, 50.0, ground);
        let corner = degree(frame(Some(Row::Top), Some(Column::Left)), Extent::Quarter, 150.0, 100.0, ground);
        for (degree, expected) in [
            (left(Extent::Half, 150.0), 0.5),
            (left(Extent::Half, 149.0), 0.75),
            (left(Extent::Third, 100.0), 0.5),
            (left(Extent::Quarter, 60.0), 1.0),
            (corner, 0.25),
        ] {
            assert!((degree - expected).abs() < 1e-9, "{degree} is not {expected}");
        }
    }

    #[test]
    fn corners_edges_and_far_sides_hold_where_they_are() {
        let ground = &FlatGround::PIXELS;
        let corner = frame(Some(Row::Top), Some(Column::Left));
        assert!(degree(corner, Extent::Corner, 20.0, 20.0, ground) > 0.9);
        assert!(degree(corner, Extent::Corner, 280.0, 20.0, ground) < 0.05);
        assert!(degree(None, Extent::Corner, 280.0, 20.0, ground) > 0.9);
        assert!(degree(None, Extent::Edge, 150.0, 3.0, ground) > 0.9);
        assert!(degree(None, Extent::Edge, 150.0, 100.0, ground) < 0.05);
        assert!(degree(frame(None, Some(Column::Right)), Extent::Far, 290.0, 100.0, ground) > 0.9);
        assert!(degree(frame(None, Some(Column::Right)), Extent::Far, 220.0, 100.0, ground) < 0.2);
    }

    #[test]
    fn north_is_at_the_bottom_of_a_south_up_picture_and_left_stays_left() {
        let ground = &FlatGround { north_deg: 180.0, mirrored: true, ..FlatGround::METRES };
        let north = Some(Place::compass(Some(Row::Top), None));
        assert!(degree(north, Extent::Part, 150.0, 190.0, ground) > 0.9);
        assert!(degree(north, Extent::Half, 150.0, 10.0, ground) < 0.01);
        assert!(degree(frame(Some(Row::Top), None), Extent::Part, 150.0, 10.0, ground) > 0.9);
    }
}
