//! What the network attends to, as the map shows it.

use super::drawing::{empty_grid, fill};
use crate::app::state::{Attention, BranchMap, Place, ShadeScale};
use crate::query::{Branch, Explanation, Mosaic};
use crate::vector::{Block, Field};

/// The maps of all branches in shades.
pub(super) fn in_shades(explanation: &Explanation, place: &Place) -> Attention {
    Attention(Branch::ALL.map(|branch| {
        let map = explanation.map(branch);
        let scale = ShadeScale::over(explanation.range(branch).unwrap_or([0.0, 1.0]));
        let mut grid = empty_grid(&explanation.georeference, &explanation.lattice, map.size(), place);
        if let Some(grid) = &mut grid {
            fill(grid, &Shaded { map, scale });
        }
        BranchMap { grid, scale, words: branch.words(&explanation.phrase) }
    }))
}

/// Strengths as the shades that stand for them.
struct Shaded<'a> {
    map: &'a Mosaic,
    scale: ShadeScale,
}

impl Field for Shaded<'_> {
    fn value(&self, x: i64, y: i64) -> f32 {
        self.scale.shade(self.map.value(x, y))
    }

    fn blocks(&self) -> Vec<Block> {
        self.map.blocks()
    }
}
