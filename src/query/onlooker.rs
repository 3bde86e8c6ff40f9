//! Someone who looks on while a query runs: probabilities become known tile by tile. Looking on changes no bit of the answer.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::lattice::Lattice;
use super::mosaic::{Mosaic, TileKey};
use crate::vector::{Block, Field};

/// Least time between two glimpses.
const BETWEEN: Duration = Duration::from_millis(300);

/// Who looks on.
#[derive(Clone, Copy)]
pub struct Onlooker<'a> {
    /// Scene pixels `[left, top, right, bottom]` whose windows are answered first.
    pub first: Option<[f64; 4]>,
    /// Is shown now and then, and at the end, what has become known; on the thread that blends, so it should return soon.
    pub show: &'a (dyn Fn(&Glimpse<'_>) + Sync),
}

/// What has become known since the glimpse before, as a field: its blocks are the tiles that have changed, its values are those of
/// now, for each pixel the highest of all targets.
pub struct Glimpse<'a> {
    /// Where its pixels lie.
    pub lattice: Lattice,
    /// One a target, at least one.
    mosaics: Vec<&'a Mosaic>,
    changed: BTreeSet<TileKey>,
}

impl Glimpse<'_> {
    /// Columns and rows of the lattice.
    pub fn size(&self) -> [i64; 2] {
        self.mosaics.first().map_or([0; 2], |mosaic| mosaic.size())
    }
}

impl Field for Glimpse<'_> {
    fn value(&self, x: i64, y: i64) -> f32 {
        self.mosaics.iter().map(|mosaic| mosaic.value(x, y)).fold(0.0, f32::max)
    }

    fn blocks(&self) -> Vec<Block> {
        let stored = |key: &&TileKey| self.mosaics.iter().any(|mosaic| mosaic.tile_values(**key).is_some());
        let [width, height] = self.size();
        self.changed.iter().filter(stored).map(|key| Mosaic::block_of(*key, [width, height])).collect()
    }
}

/// An onlooker at one sweep.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    pub onlooker: Onlooker<'a>,
    pub lattice: Lattice,
    /// For each question whether it is a target: landmarks are not shown.
    pub shown: &'a [bool],
}

/// What a watched sweep still has to show.
pub(super) struct Unseen<'a> {
    watch: Watch<'a>,
    changed: BTreeSet<TileKey>,
    last: Option<Instant>,
}

impl<'a> Unseen<'a> {
    pub fn new(watch: Watch<'a>) -> Self {
        Self { watch, changed: BTreeSet::new(), last: None }
    }

    /// These tiles have changed.
    pub fn extend(&mut self, tiles: impl Iterator<Item = TileKey>) {
        self.changed.extend(tiles);
    }

    /// Shows what has changed, if that is some time ago.
    pub fn show_if_due(&mut self, mosaics: &[Mosaic]) {
        if self.last.is_none_or(|last| last.elapsed() >= BETWEEN) {
            self.show(mosaics);
        }
    }

    /// Shows what has changed.
    pub fn show(&mut self, mosaics: &[Mosaic]) {
        let Watch { onlooker, lattice, shown } = self.watch;
        let mosaics: Vec<&Mosaic> = mosaics.iter().zip(shown).filter(|(_, shown)| **shown).map(|(m, _)| m).collect();
        if mosaics.is_empty() || self.changed.is_empty() {
            return;
        }
        let glimpse = Glimpse { lattice, mosaics, changed: std::mem::take(&mut self.changed) };
        (onlooker.show)(&glimpse);
        self.last = Some(Instant::now());
    }
}
