//! Places: a row and a column of the frame, or a compass direction.

use serde::{Deserialize, Serialize};

/// A place in the frame or a direction. At least one of `row` and `column` is set.
///
/// "left" is the column alone, "middle left" has both. With [`Axes::Compass`], top is north and left is west.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Upper, middle or lower third, if said.
    pub row: Option<Row>,
    /// Left, middle or right third, if said.
    pub column: Option<Column>,
    /// Whether rows and columns follow the frame or true north.
    pub axes: Axes,
}

/// A row of the frame, or north, the middle, south.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// Up in the frame, or north.
    Top,
    /// Neither.
    Middle,
    /// Down in the frame, or south.
    Bottom,
}

/// A column of the frame, or west, the middle, east.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Left in the frame, or west.
    Left,
    /// Neither.
    Middle,
    /// Right in the frame, or east.
    Right,
}

/// What rows and columns follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axes {
    /// The frame as it is shown: upper, left.
    Frame,
    /// True north, whatever the map's projection: north, west.
    Compass,
}

/// An absolute position: "in the upper left corner of the image".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Where. `None` only with [`Extent::Edge`] and [`Extent::Corner`]: "at the edge of the image".
    pub place: Option<Place>,
    /// How much of the frame is meant.
    pub extent: Extent,
    /// "not in the middle".
    pub negated: bool,
}

/// How much of the frame a position means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// "on the left", "in the upper right part".
    Part,
    /// "in the left half".
    Half,
    /// "in the upper third".
    Third,
    /// "in the upper left quarter".
    Quarter,
    /// "in the upper left corner".
    Corner,
    /// "at the right edge".
    Edge,
    /// "on the far left", "at the very top".
    Far,
}

impl Place {
    /// A place in the frame.
    pub const fn frame(row: Option<Row>, column: Option<Column>) -> Self {
        Self { row, column, axes: Axes::Frame }
    }

    /// A direction by compass.
    pub const fn compass(row: Option<Row>, column: Option<Column>) -> Self {
        Self { row, column, axes: Axes::Compass }
    }

    /// This place narrowed by one more word: "upper" then "left", "middle" then "right".
    ///
    /// `None` if the words contradict each other or mix frame and compass.
    pub fn and(self, next: Self) -> Option<Self> {
        if self.axes != next.axes && !self.is_middle() && !next.is_middle() {
            return None;
        }
        let axes = if self.is_middle() { next.axes } else { self.axes };
        let (row, column) = if self.is_middle() || next.is_middle() {
            let other = if self.is_middle() { next } else { self };
            // "middle" beside a row means the middle column, beside a column the middle row.
            match (other.row, other.column) {
                (Some(row), None) => (Some(row), Some(Column::Middle)),
                (None, Some(column)) => (Some(Row::Middle), Some(column)),
                _ => return other.is_middle().then_some(other),
            }
        } else {
            let row = one_of(self.row, next.row)?;
            let column = one_of(self.column, next.column)?;
            (row, column)
        };
        Some(Self { row, column, axes })
    }

    /// Whether this is the middle of both.
    pub fn is_middle(self) -> bool {
        self.row == Some(Row::Middle) && self.column == Some(Column::Middle)
    }

    /// The words of this place: "upper left", "middle right", "north", "middle".
    pub fn words(self) -> String {
        let row = self.row.map(|row| match (self.axes, row) {
            (Axes::Frame, Row::Top) if self.column.is_none() => "top",
            (Axes::Frame, Row::Top) => "upper",
            (Axes::Frame, Row::Bottom) if self.column.is_none() => "bottom",
            (Axes::Frame, Row::Bottom) => "lower",
            (Axes::Compass, Row::Top) => "north",
            (Axes::Compass, Row::Bottom) => "south",
            (_, Row::Middle) => "middle",
        });
        let column = self.column.map(|column| match (self.axes, column) {
            (Axes::Frame, Column::Left) => "left",
            (Axes::Frame, Column::Right) => "right",
            (Axes::Compass, Column::Left) => "west",
            (Axes::Compass, Column::Right) => "east",
            (_, Column::Middle) => "middle",
        });
        match (row, column) {
            (Some("middle"), Some("middle")) => "middle".into(),
            (Some(row), Some(column)) => format!("{row} {column}"),
            (Some(word), None) | (None, Some(word)) => word.into(),
            (None, None) => String::new(),
        }
    }
}

/// The one that is said, if they do not contradict each other.
fn one_of<T: PartialEq>(a: Option<T>, b: Option<T>) -> Option<Option<T>> {
    match (a, b) {
        (Some(a), Some(b)) if a != b => None,
        (Some(a), _) => Some(Some(a)),
        (None, b) => Some(b),
    }
}
