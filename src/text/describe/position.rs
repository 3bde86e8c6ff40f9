//! "on the left", "in the upper right corner", "at the bottom edge": places of the frame, with margins.
//!
//! `u` is the centroid's place along an axis, 0 at the side that is named and 1 at the opposite one.
//!
//! | word | holds | does not | plainly not |
//! |---|---|---|---|
//! | left, upper, ... | u ≤ 0.33 | u ≥ 0.45 | u ≥ 0.75 |
//! | middle | off by ≤ 0.12 | ≥ 0.24 | ≥ 0.36 |
//! | far left, very top | u ≤ 0.11 | u ≥ 0.2 | u ≥ 0.5 |
//! | half, quarter | 85 % of the box in it | 15 % | nothing |
//! | corner | ≤ 0.24 of a side away | ≥ 0.36 | ≥ 0.6 |
//! | edge | gap ≤ 0.02 of a side | ≥ 0.09 | ≥ 0.25 |
//!
//! A row and a column together hold if both do.

use crate::text::describe::scene::{Scene, Thing};
use crate::text::describe::truth::{Limits, Truth};
use crate::text::{Axes, Column, Extent, Position, Row};

const SIDE: Limits = Limits::new(0.33, 0.45, 0.75);
const MIDDLE: Limits = Limits::new(0.12, 0.24, 0.36);
const FAR: Limits = Limits::new(0.11, 0.2, 0.5);
/// By the share outside.
const HALF: Limits = Limits::new(0.15, 0.85, 1.0);
const CORNER: Limits = Limits::new(0.24, 0.36, 0.6);
const EDGE: Limits = Limits::new(0.02, 0.09, 0.25);

/// An end of an axis, or its middle.
#[derive(Clone, Copy, PartialEq)]
enum Stretch {
    Low,
    Middle,
    High,
}

/// Whether a thing is at a position of the frame; `None` for compass words, negations and extents that are never written.
pub(super) fn at_position(position: &Position, thing: &Thing, scene: &Scene) -> Option<Truth> {
    let place = position.place.filter(|place| place.axes == Axes::Frame && !position.negated)?;
    let column = place.column.map(|column| match column {
        Column::Left => Stretch::Low,
        Column::Middle => Stretch::Middle,
        Column::Right => Stretch::High,
    });
    let row = place.row.map(|row| match row {
        Row::Top => Stretch::Low,
        Row::Middle => Stretch::Middle,
        Row::Bottom => Stretch::High,
    });
    let along = |index: usize| {
        let side = if index == 0 { scene.width } else { scene.height };
        Along {
            centre: thing.centroid[index] / side,
            low: thing.bounds[index] / side,
            high: thing.bounds[index + 2] / side,
        }
    };
    let (x, y) = (along(0), along(1));
    match position.extent {
        Extent::Part => joined(column, row, |stretch, axis| Some(axis(x, y).part(stretch, SIDE))),
        Extent::Far => joined(column, row, |stretch, axis| Some(axis(x, y).part(stretch, FAR))),
        Extent::Half if column.is_none() || row.is_none() => {
            joined(column, row, |stretch, axis| axis(x, y).half(stretch))
        }
        Extent::Quarter if column.is_some() && row.is_some() => {
            joined(column, row, |stretch, axis| axis(x, y).half(stretch))
        }
        Extent::Corner => {
            let (dx, dy) = (x.end_reach(column?)?, y.end_reach(row?)?);
            Some(CORNER.of(dx.hypot(dy)))
        }
        Extent::Edge if column.is_none() || row.is_none() => {
            joined(column, row, |stretch, axis| axis(x, y).edge(stretch))
        }
        _ => None,
    }
}

fn joined(
    column: Option<Stretch>,
    row: Option<Stretch>,
    truth: impl Fn(Stretch, fn(Along, Along) -> Along) -> Option<Truth>,
) -> Option<Truth> {
    let column = column.map(|stretch| truth(stretch, |x, _| x));
    let row = row.map(|stretch| truth(stretch, |_, y| y));
    match (column, row) {
        (Some(column), Some(row)) => Some(column?.and(row?)),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => None,
    }
}

/// Where a thing is along one axis, 0 to 1.
#[derive(Clone, Copy)]
struct Along {
    centre: f64,
    low: f64,
    high: f64,
}

impl Along {
    fn part(self, stretch: Stretch, side: Limits) -> Truth {
        match stretch {
            Stretch::Low => side.of(self.centre),
            Stretch::Middle => MIDDLE.of((self.centre - 0.5).abs()),
            Stretch::High => side.of(1.0 - self.centre),
        }
    }

    /// By the share of the box that lies in the other half.
    fn half(self, stretch: Stretch) -> Option<Truth> {
        let length = (self.high - self.low).max(f64::MIN_POSITIVE);
        let beyond = ((self.high - 0.5) / length).clamp(0.0, 1.0);
        match stretch {
            Stretch::Low => Some(HALF.of(beyond)),
            Stretch::High => Some(HALF.of(1.0 - beyond)),
            Stretch::Middle => None,
        }
    }

    fn end_reach(self, stretch: Stretch) -> Option<f64> {
        match stretch {
            Stretch::Low => Some(self.centre),
            Stretch::High => Some(1.0 - self.centre),
            Stretch::Middle => None,
        }
    }

    fn edge(self, stretch: Stretch) -> Option<Truth> {
        match stretch {
            Stretch::Low => Some(EDGE.of(self.low)),
            Stretch::High => Some(EDGE.of(1.0 - self.high)),
            Stretch::Middle => None,
        }
    }
}
