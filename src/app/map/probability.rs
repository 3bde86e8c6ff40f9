//! Probabilities as a map layer: sparse tiles that may still arrive while a query runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::Color32;

use crate::error::{Error, Result};
use crate::raster::Georeference;

/// Side of a tile in pixels.
pub(super) const TILE: u32 = 128;

/// Probabilities on a lattice of pixels, sparse: where no tile is set it is 0. A clone shares the tiles.
///
/// Coarser levels are kept along with it, each pixel the largest of the four below it, so that a small object is still seen
/// from far away.
#[derive(Debug, Clone)]
pub struct ProbabilityGrid {
    georeference: Georeference,
    size: [u32; 2],
    /// Level 0 is the lattice itself; each tile `TILE * TILE` values, row after row.
    levels: Vec<BTreeMap<[u32; 2], Arc<[u8]>>>,
}

impl ProbabilityGrid {
    /// Side of a tile in pixels of the lattice.
    pub const TILE: u32 = TILE;

    /// An empty lattice of `[width, height]` pixels, each at least 1; `georeference` is the lattice's own.
    pub fn new(georeference: Georeference, size: [u32; 2]) -> Self {
        let largest = size[0].max(size[1]).max(1);
        let levels = 1 + largest.div_ceil(TILE).next_power_of_two().ilog2();
        Self { georeference, size, levels: vec![BTreeMap::new(); levels as usize] }
    }

    /// Sets the tile in column `x` and row `y` of tiles. `values`: `TILE * TILE` of them, row after row, 255 for probability
    /// one; what hangs over the lattice's edge is not looked at.
    ///
    /// # Errors
    /// Where there is no such tile, or there are not as many values.
    pub fn set_tile(&mut self, [x, y]: [u32; 2], values: &[u8]) -> Result<()> {
        let tiles = self.size.map(|pixels| pixels.div_ceil(TILE));
        if x >= tiles[0] || y >= tiles[1] || values.len() != (TILE * TILE) as usize {
            let what = format!("cannot show the probabilities of tile {x}, {y}");
            let why = format!("there are {} x {} tiles of {TILE} x {TILE} pixels", tiles[0], tiles[1]);
            return Err(Error::new(what, why, ""));
        }
        let mut tile: Arc<[u8]> = values.into();
        let mut at = [x, y];
        for level in 0..self.levels.len() {
            self.levels[level].insert(at, Arc::clone(&tile));
            let parent_at = at.map(|index| index / 2);
            let Some(above) = self.levels.get(level + 1) else { break };
            let mut parent: Vec<u8> = match above.get(&parent_at) {
                Some(parent) => parent.to_vec(),
                None => vec![0; (TILE * TILE) as usize],
            };
            let half = TILE / 2;
            let corner = at.map(|index| index % 2 * half);
            for row in 0..half {
                for column in 0..half {
                    let from = (2 * row * TILE + 2 * column) as usize;
                    let below = [from, from + 1, from + TILE as usize, from + TILE as usize + 1];
                    let largest = below.iter().map(|&index| tile[index]).max().unwrap_or(0);
                    parent[((corner[1] + row) * TILE + corner[0] + column) as usize] = largest;
                }
            }
            (tile, at) = (parent.into(), parent_at);
        }
        Ok(())
    }

    /// Where the lattice lies.
    pub fn georeference(&self) -> &Georeference {
        &self.georeference
    }

    /// Columns and rows.
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Probability 0..=1 of the pixel in column `x` and row `y`; 0 outside.
    pub fn value(&self, x: i64, y: i64) -> f32 {
        let inside = |value: i64, axis: usize| u32::try_from(value).ok().filter(|value| *value < self.size[axis]);
        let (Some(x), Some(y)) = (inside(x, 0), inside(y, 1)) else { return 0.0 };
        let tile = self.levels[0].get(&[x / TILE, y / TILE]);
        tile.map_or(0.0, |tile| f32::from(tile[(y % TILE * TILE + x % TILE) as usize]) / 255.0)
    }

    /// Number of levels, at least one.
    pub(super) fn levels(&self) -> u32 {
        self.levels.len() as u32
    }

    /// A tile of a level, where any was set below it.
    pub(super) fn tile(&self, level: u32, at: [u32; 2]) -> Option<&Arc<[u8]>> {
        self.levels.get(level as usize)?.get(&at)
    }
}

/// How probabilities are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbabilityStyle {
    /// What lies above the threshold, in one colour, with an edge.
    Fill,
    /// The edge at the threshold only.
    Outline,
    /// Every probability in a colour of a ramp that colour-blind people can read; the threshold is where it begins.
    Heat,
}

/// A layer of probabilities. Style, threshold and colour cost nothing to change.
#[derive(Debug, Clone)]
pub struct ProbabilityLayer {
    /// The probabilities.
    pub grid: ProbabilityGrid,
    /// How they are drawn.
    pub style: ProbabilityStyle,
    /// 0 to 1: from here on a pixel belongs to the answer.
    pub threshold: f32,
    /// Of fill and outline.
    pub colour: Color32,
}
