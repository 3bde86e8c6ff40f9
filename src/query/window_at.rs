//! The window of a query around a place of a scene: what the network gets to see there.

use super::ask::{STRIDE, WINDOW};
use super::lattice::Lattice;
use super::resolution::{Level, Resolution, Trained, levels_over};
use crate::error::Result;
use crate::raster::{Georeference, Grid, Window};

/// A window of a query at its finest resolution.
#[derive(Debug, Clone)]
pub struct WindowAt {
    /// The grid of the query over the scene.
    pub grid: Grid,
    /// The resolution.
    pub level: Level,
    /// Which window of the grid.
    pub window: Window,
}

impl WindowAt {
    /// The window whose middle is nearest to `pixel` of a scene of `size` pixels. `trained`: at which resolutions the model knows
    /// what is looked for.
    ///
    /// # Errors
    /// As [`Grid::new`].
    pub fn new(
        size: [u64; 2],
        georeference: &Georeference,
        resolution: Resolution,
        trained: Trained,
        pixel: [f64; 2],
    ) -> Result<Self> {
        let level = finest(size, georeference, resolution, trained);
        let grid = Grid::new(size, level.step, WINDOW, STRIDE)?;
        let count = grid.windows();
        let place = Lattice { origin: [0.0; 2], level }.lattice_from_scene(pixel);
        let nearest = |axis: usize| {
            let index = ((place[axis] - WINDOW as f64 / 2.0) / STRIDE as f64).round().max(0.0);
            (index as u64).min(count[axis].saturating_sub(1))
        };
        let window = Window { col: nearest(0), row: nearest(1) };
        Ok(Self { grid, level, window })
    }
}

/// The finest resolution at which a query looks at a scene.
fn finest(size: [u64; 2], georeference: &Georeference, resolution: Resolution, trained: Trained) -> Level {
    levels_over(size, georeference, resolution, trained, size.map(|side| side as f64)).finest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(pixel: [f64; 2]) -> [u64; 2] {
        let nowhere = Georeference::new(None, None);
        let at = WindowAt::new([2000, 900], &nowhere, Resolution::Auto, [0.3, 2.5], pixel).unwrap();
        [at.window.col, at.window.row]
    }

    #[test]
    fn the_window_whose_middle_is_nearest_is_taken() {
        assert_eq!(window([0.0, 0.0]), [0, 0]);
        assert_eq!(window([240.0 + 384.0, 240.0]), [1, 0]);
        assert_eq!(window([240.0 + 384.0 * 1.6, 0.0]), [2, 0]);
        let last = window([1999.0, 899.0]);
        assert_eq!(window([1e9, 1e9]), last, "there is none beyond the last");
        assert_eq!(window([-50.0, f64::NAN]), [0, 0]);
    }
}
