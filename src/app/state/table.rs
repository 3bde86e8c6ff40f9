//! The table of results: its columns, order and filter.

use std::cmp::Ordering;

use super::query_layer::QueryLayer;
use crate::query::Found;
use crate::vector::Size;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Column {
    /// The object's number.
    Number,
    /// What it is.
    Class,
    /// How sure the answer is.
    #[default]
    Score,
    /// On the ground.
    Area,
    /// Along all rings.
    Perimeter,
    /// To the landmark.
    Distance,
    /// From the landmark.
    Bearing,
    /// Longitude, or x.
    X,
    /// Latitude, or y.
    Y,
    /// Why it is meant.
    Evidence,
}

impl Column {
    /// All of them, from left to right.
    pub const ALL: [Self; 10] = [
        Self::Number,
        Self::Class,
        Self::Score,
        Self::Area,
        Self::Perimeter,
        Self::Distance,
        Self::Bearing,
        Self::X,
        Self::Y,
        Self::Evidence,
    ];

    /// Whether it holds text.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Class | Self::Evidence)
    }
}

/// An object as the table shows it.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its number.
    pub id: u64,
    /// The object.
    pub found: &'a Found,
}

impl Row<'_> {
    /// The number in a column, where there is one.
    pub fn number(&self, column: Column) -> Option<f64> {
        let measure = &self.found.measure;
        let [x, y] = measure.centroid_lonlat.unwrap_or(measure.centroid);
        let (area, perimeter) = match measure.size {
            Size::Metres { area_m2, perimeter_m } => (area_m2, perimeter_m),
            Size::Pixels { area_px, perimeter_px } => (area_px, perimeter_px),
        };
        match column {
            Column::Number => Some(self.id as f64),
            Column::Score => Some(f64::from(self.found.instance.score)),
            Column::Area => Some(area),
            Column::Perimeter => Some(perimeter),
            Column::Distance => self.found.instance.bearing.as_ref()?.distance_m,
            Column::Bearing => self.found.instance.bearing.as_ref().map(|bearing| bearing.degrees),
            Column::X => Some(x),
            Column::Y => Some(y),
            Column::Class | Column::Evidence => None,
        }
    }

    /// The text in a column of texts.
    pub fn text(&self, column: Column) -> &str {
        match column {
            Column::Class => &self.found.instance.class,
            Column::Evidence => &self.found.instance.evidence,
            _ => "",
        }
    }
}

/// Order and filter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultsView {
    /// The column it is sorted by.
    pub sort: Column,
    /// Smallest first.
    pub rising: bool,
    /// Words that must occur, and comparisons that must hold: `score>0.8 area<500 harbor`.
    pub filter: String,
}

impl ResultsView {
    /// Places of the objects that pass the filter, in order.
    pub fn order(&self, query: &QueryLayer) -> Vec<usize> {
        let terms: Vec<Term<'_>> = self.filter.split_whitespace().map(Term::of).collect();
        let row = |at: usize| row_at(query, at);
        let mut order: Vec<usize> = (0..query.drawn.ids.len())
            .filter(|at| row(*at).is_some_and(|row| terms.iter().all(|t| t.holds(&row))))
            .collect();
        order.sort_by(|a, b| {
            let (Some(a), Some(b)) = (row(*a), row(*b)) else { return Ordering::Equal };
            let by_column = if self.sort.is_text() {
                a.text(self.sort).cmp(b.text(self.sort))
            } else {
                match (a.number(self.sort), b.number(self.sort)) {
                    (Some(a), Some(b)) => a.total_cmp(&b),
                    // What has no value comes last in either order.
                    (Some(_), None) => return Ordering::Less,
                    (None, Some(_)) => return Ordering::Greater,
                    (None, None) => Ordering::Equal,
                }
            };
            let by_column = if self.rising { by_column } else { by_column.reverse() };
            by_column.then(a.id.cmp(&b.id))
        });
        order
    }
}

/// The object at a place of the answer.
pub fn row_at(query: &QueryLayer, at: usize) -> Option<Row<'_>> {
    Some(Row { id: *query.drawn.ids.get(at)?, found: query.drawn.answer.found.get(at)? })
}

/// One word of a filter.
enum Term<'a> {
    Word(&'a str),
    /// A column, which side of the number, and the number.
    Compare(Column, Ordering, f64),
}

impl<'a> Term<'a> {
    fn of(word: &'a str) -> Self {
        let compare = |sign: char, side: Ordering| {
            let (name, number) = word.split_once(sign)?;
            let column = match name.to_lowercase().as_str() {
                "score" => Column::Score,
                "area" => Column::Area,
                "perimeter" => Column::Perimeter,
                "distance" => Column::Distance,
                "bearing" => Column::Bearing,
                "id" | "number" => Column::Number,
                _ => return None,
            };
            Some(Self::Compare(column, side, number.parse().ok()?))
        };
        compare('>', Ordering::Greater).or_else(|| compare('<', Ordering::Less)).unwrap_or(Self::Word(word))
    }

    fn holds(&self, row: &Row<'_>) -> bool {
        match self {
            Self::Word(word) => {
                let word = word.to_lowercase();
                [Column::Class, Column::Evidence].iter().any(|column| row.text(*column).to_lowercase().contains(&word))
            }
            Self::Compare(column, side, number) => {
                row.number(*column).is_some_and(|value| value.total_cmp(number) == *side)
            }
        }
    }
}
