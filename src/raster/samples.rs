//! What a read asks for and what it returns: an area of the scene, its samples, and which of them are data.

/// A rectangle in scene pixels, from the raster's outer corner, in fractions of a pixel where it must. It may hang over
/// the edge of the raster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left edge in columns.
    pub x: f64,
    /// Upper edge in rows.
    pub y: f64,
    /// Columns.
    pub width: f64,
    /// Rows.
    pub height: f64,
}

impl Area {
    /// A whole raster of `[width, height]` pixels.
    pub fn whole(size: [u64; 2]) -> Self {
        Self { x: 0.0, y: 0.0, width: size[0] as f64, height: size[1] as f64 }
    }
}

/// Samples of some bands over an area, band after band, row after row.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Number of bands.
    pub bands: usize,
    /// `bands * height * width` raw values (no scale, no offset applied). NaN where this band has no data there.
    pub values: Vec<f32>,
    /// `height * width`: whether any of the bands has data there and no mask or alpha hides it.
    pub valid: Vec<bool>,
}

impl Samples {
    /// The `height * width` values of the `index`-th band asked for, from 0; empty beyond the last.
    pub fn band(&self, index: usize) -> &[f32] {
        let pixels = self.width * self.height;
        self.values.get(index * pixels..(index + 1) * pixels).unwrap_or_default()
    }
}
