//! An RGB picture of a part of a scene: what a network sees and a map shows.

use super::grid::{Grid, Window};
use super::samples::Area;
use super::scene::Scene;
use super::stretch::Stretch;
use crate::error::Result;

/// Value of all three colours where there is no data.
pub const NO_DATA_GREY: u8 = 127;

/// Pixels in 8-bit RGB, row after row, and which of them are data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// `height * width * 3` bytes: red, green, blue of each pixel; 127 where it is not valid.
    pub rgb: Vec<u8>,
    /// `height * width`: whether the pixel shows data.
    pub valid: Vec<bool>,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl View {
    /// A picture without data.
    pub(super) fn empty(width: usize, height: usize) -> Self {
        let pixels = width * height;
        Self { rgb: vec![NO_DATA_GREY; pixels * 3], valid: vec![false; pixels], width, height }
    }

    /// Reads `area` of a scene as a picture of `out` = `[width, height]` pixels.
    pub fn read(scene: &Scene, area: Area, out: [usize; 2], stretch: &Stretch) -> Result<Self> {
        Ok(stretch.apply(&scene.read(area, out, &stretch.bands_to_read())?))
    }

    /// Reads one window of a grid over `scene`. What hangs over the raster's edge is not valid.
    pub fn of_window(scene: &Scene, grid: &Grid, window: Window, stretch: &Stretch) -> Result<Self> {
        Self::read(scene, grid.area_of(window), [grid.window_px(), grid.window_px()], stretch)
    }
}
