//! What phrases are written about: the labelled things of one picture, measured.

use crate::text::describe::geometry::{self, Bounds, Point};
use crate::text::{NounPhrase, Phrase};

/// Of a thing that a crop cut, less than this share left makes it unlabelled: nobody can say what it is, nor that it is not there.
pub const LEAST_KEPT: f64 = 0.3;

/// Most corners of the outline that is kept of a thing.
const MOST_CORNERS: usize = 32;

/// One labelled thing, in pixels from the picture's upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    /// What it is, in plain English singular: "storage tank", "small vehicle".
    pub category: String,
    /// Its outline, closed by itself.
    pub outline: Vec<Point>,
    /// The upright rectangle around it.
    pub bounds: Bounds,
    /// Its middle by mass.
    pub centroid: Point,
    /// Its area in pixels.
    pub area: f64,
    /// Mean colour, sRGB.
    pub color: Option<[u8; 3]>,
    /// How much of it the picture shows, in 0..=1; below [`LEAST_KEPT`] it counts as unlabelled.
    pub kept: f64,
}

impl Thing {
    /// A thing by its outline; `None` for fewer than three corners, corners that are no numbers and an outline without area.
    pub fn of_outline(category: impl Into<String>, outline: &[Point]) -> Option<Self> {
        if outline.len() < 3 || outline.iter().flatten().any(|value| !value.is_finite()) {
            return None;
        }
        let (area, centroid) = geometry::area_and_centroid(outline)?;
        let step = outline.len().div_ceil(MOST_CORNERS);
        Some(Self {
            category: category.into(),
            outline: outline.iter().copied().step_by(step).collect(),
            bounds: geometry::bounds(outline),
            centroid,
            area,
            color: None,
            kept: 1.0,
        })
    }

    /// A thing by its box: left, top, right, bottom.
    pub fn of_box(category: impl Into<String>, [left, top, right, bottom]: Bounds) -> Option<Self> {
        Self::of_outline(category, &[[left, top], [right, top], [right, bottom], [left, bottom]])
    }

    /// A thing by its pixels, as runs `(row, first column, one past the last column)` sorted by row; `None` without pixels.
    ///
    /// The outline joins the outermost pixels of up to 16 rows, so that it is filled where the thing is hollow from the side.
    pub fn of_runs(category: impl Into<String>, runs: &[(u32, u32, u32)]) -> Option<Self> {
        let mut rows: Vec<(f64, f64, f64)> = Vec::new();
        let (mut area, mut sum) = (0.0, [0.0; 2]);
        for &(row, from, to) in runs.iter().filter(|(_, from, to)| from < to) {
            let (row, from, to) = (f64::from(row), f64::from(from), f64::from(to));
            area += to - from;
            sum[0] += (to - from) * (from + to) / 2.0;
            sum[1] += (to - from) * (row + 0.5);
            match rows.last_mut().filter(|last| last.0 == row) {
                Some(last) => *last = (row, last.1.min(from), last.2.max(to)),
                None => rows.push((row, from, to)),
            }
        }
        let (first, last) = (rows.first()?, rows.last()?);
        let (top, bottom) = (first.0, last.0 + 1.0);
        let step = rows.len().div_ceil(MOST_CORNERS / 2 - 1);
        let mut kept: Vec<_> = rows.iter().step_by(step).map(|&(row, from, to)| (row + 0.5, from, to)).collect();
        // The first row by its upper, the last by its lower border.
        kept[0].0 = top;
        kept.push((bottom, last.1, last.2));
        let down = kept.iter().map(|&(row, from, _)| [from, row]);
        let up = kept.iter().rev().map(|&(row, _, to)| [to, row]);
        let side = |pick: fn(&(f64, f64, f64)) -> f64, best: fn(f64, f64) -> f64, start: f64| {
            rows.iter().map(pick).fold(start, best)
        };
        Some(Self {
            category: category.into(),
            outline: down.chain(up).collect(),
            bounds: [
                side(|row| row.1, f64::min, f64::INFINITY),
                top,
                side(|row| row.2, f64::max, f64::NEG_INFINITY),
                bottom,
            ],
            centroid: sum.map(|sum| sum / area),
            area,
            color: None,
            kept: 1.0,
        })
    }

    /// With its mean colour.
    #[must_use]
    pub fn with_color(mut self, color: [u8; 3]) -> Self {
        self.color = Some(color);
        self
    }

    /// With the share of it that the picture shows.
    #[must_use]
    pub fn with_kept(mut self, kept: f64) -> Self {
        self.kept = kept;
        self
    }

    /// Root of its area: its size as a length.
    pub(super) fn size(&self) -> f64 {
        self.area.sqrt()
    }
}

/// A picture as phrases speak of it.
#[derive(Debug, Clone)]
pub struct Scene {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) things: Vec<Thing>,
    /// What each thing is, as the parser reads its category.
    pub(super) nouns: Vec<NounPhrase>,
    /// Nouns of things that are known not to be in the picture.
    pub(super) absent: Vec<NounPhrase>,
}

impl Scene {
    /// A picture of `width` by `height` pixels with everything that is labelled in it.
    ///
    /// `absent` are categories that may be asked for in vain: the caller knows that none is in the picture, or none beyond
    /// `things`. Categories that the parser cannot read as one plain noun are left out, from `things` too.
    pub fn new(width: f64, height: f64, things: Vec<Thing>, absent: &[&str]) -> Self {
        let noun = |category: &str| {
            let phrase = Phrase::parse(category).ok()?;
            let plain = phrase.is_plain() && phrase.alternatives.is_empty() && phrase.unused().next().is_none();
            plain.then_some(phrase.target.noun)
        };
        let nouns: Vec<Option<NounPhrase>> = things.iter().map(|thing| noun(&thing.category)).collect();
        // A thing without a noun would silently shift the indices of the targets: keep its place under a name nothing asks for.
        let nouns = nouns.into_iter().map(|noun| noun.unwrap_or_else(NounPhrase::anything)).collect();
        Self {
            width: width.max(1.0),
            height: height.max(1.0),
            things,
            nouns,
            absent: absent.iter().filter_map(|category| noun(category)).collect(),
        }
    }

    /// The canonical classes of the things, one a thing.
    pub fn nouns(&self) -> impl Iterator<Item = &str> {
        self.nouns.iter().map(|noun| noun.class.as_str())
    }

    /// The labelled things, as given.
    pub fn things(&self) -> &[Thing] {
        &self.things
    }

    pub(super) fn diagonal(&self) -> f64 {
        self.width.hypot(self.height)
    }
}
