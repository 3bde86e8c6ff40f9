//! A camera on a canvas of pixels: what a frame is drawn for.

use egui::{Pos2, Rect};

use super::camera::{Bounds, Camera};

/// A camera, the rectangle of the screen it fills, and the pixels of that rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct View {
    pub(super) camera: Camera,
    /// In points; begins and ends with a pixel.
    pub(super) rect: Rect,
    /// Columns and rows of pixels.
    pub(super) size: [u32; 2],
    pub(super) pixels_per_point: f64,
}

impl View {
    /// `rect` is widened or narrowed to whole pixels, `largest` along a side at most. `None` where no pixel is left.
    pub(super) fn new(camera: Camera, rect: Rect, pixels_per_point: f32, largest: u32) -> Option<Self> {
        let pixel = |value: f32| (value * pixels_per_point).round();
        let (min, max) = (rect.min, rect.max);
        let [left, top, right, bottom] = [min.x, min.y, max.x, max.y].map(pixel);
        let (width, height) = ((right - left).min(largest as f32), (bottom - top).min(largest as f32));
        if !(width >= 1.0 && height >= 1.0) {
            return None;
        }
        let point = |value: f32| value / pixels_per_point;
        let min = Pos2::new(point(left), point(top));
        let rect = Rect::from_min_max(min, Pos2::new(point(left + width), point(top + height)));
        let size = [width as u32, height as u32];
        Some(Self { camera, rect, size, pixels_per_point: f64::from(pixels_per_point) })
    }

    /// Map units in one pixel.
    pub(super) fn units_per_pixel(&self) -> f64 {
        self.camera.units_per_point / self.pixels_per_point
    }

    /// What is seen.
    pub(super) fn bounds(&self) -> Bounds {
        self.camera.bounds(self.rect)
    }

    /// How far from the left edge to the right one map coordinates lie, 0 to 1 on the canvas.
    pub(super) fn share_of(&self, at: [f64; 2]) -> f64 {
        self.camera.to_points(at)[0] / f64::from(self.rect.width()) + 0.5
    }

    /// Clip space of map coordinates.
    pub(super) fn to_clip(self, at: [f64; 2]) -> [f32; 2] {
        let [x, y] = self.camera.to_points(at);
        let [width, height] = self.size.map(f64::from);
        let pixels = self.pixels_per_point;
        [(2.0 * x * pixels / width) as f32, (-2.0 * y * pixels / height) as f32]
    }

    /// Clip units in one map unit along x and along y.
    pub(super) fn clip_scale(&self) -> [f32; 2] {
        let [width, height] = self.size.map(f64::from);
        let up = if self.camera.y_down { -1.0 } else { 1.0 };
        [2.0 / (width * self.units_per_pixel()), up * 2.0 / (height * self.units_per_pixel())].map(|scale| scale as f32)
    }
}
