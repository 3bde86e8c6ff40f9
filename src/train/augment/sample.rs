//! The part of a picture that a view shows, sampled in one pass.

use image::RgbImage;

use super::{Kept, LEAST_PIXELS, Motion};
use crate::train::mask::{Mask, Size};

/// Source pixels a view pixel must cover before four places in it are averaged.
const AVERAGE_FROM: f64 = 1.25;

/// Where the pixels of a view come from: `source = middle + steps · (view - side / 2)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    middle: [f64; 2],
    /// Step in the source for one step right and one step down in the view.
    right: [f64; 2],
    down: [f64; 2],
}

impl Window {
    /// Around `middle`, with source pixels per view pixel along the source's axes, turned by `tilt` radians, then moved.
    pub fn new(middle: [f64; 2], scale: [f64; 2], tilt: f64, motion: Motion) -> Self {
        let (sin, cos) = tilt.sin_cos();
        let step = |x: f64, y: f64| {
            let (x, y) = motion.undo(x, y);
            [scale[0] * (cos * x - sin * y), scale[1] * (sin * x + cos * y)]
        };
        Self { middle, right: step(1.0, 0.0), down: step(0.0, 1.0) }
    }

    /// The window so many view pixels further right and down.
    pub fn moved(self, x: f64, y: f64) -> Self {
        let middle = [0, 1].map(|axis| self.middle[axis] + x * self.right[axis] + y * self.down[axis]);
        Self { middle, ..self }
    }

    /// The place in the source of a place in a view of `side` pixels.
    fn source(&self, x: f64, y: f64, side: f64) -> [f64; 2] {
        let (x, y) = (x - side / 2.0, y - side / 2.0);
        [0, 1].map(|axis| self.middle[axis] + x * self.right[axis] + y * self.down[axis])
    }

    /// The place in a view of a place in the source.
    fn view(&self, [x, y]: [f64; 2], side: f64) -> [f64; 2] {
        let (x, y) = (x - self.middle[0], y - self.middle[1]);
        let determinant = self.determinant();
        [
            side / 2.0 + (x * self.down[1] - y * self.down[0]) / determinant,
            side / 2.0 + (y * self.right[0] - x * self.right[1]) / determinant,
        ]
    }

    fn determinant(&self) -> f64 {
        self.right[0] * self.down[1] - self.right[1] * self.down[0]
    }

    /// The view's pixels, interleaved RGB: bilinear where it enlarges, the mean of four places in each pixel where it reduces.
    pub fn image(&self, image: &RgbImage, side: u32) -> Vec<u8> {
        let source = Source::new(image);
        let averages = self.determinant().abs() > AVERAGE_FROM * AVERAGE_FROM;
        let count = side as usize;
        let mut pixels = vec![0; 3 * count * count];
        let [right, down] = [self.right, self.down].map(|step| step.map(|value| value as f32));
        for (y, row) in pixels.chunks_exact_mut(3 * count).enumerate() {
            let start = self.source(0.5, y as f64 + 0.5, f64::from(side)).map(|value| value as f32);
            for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let x = x as f32;
                let at = [start[0] + x * right[0], start[1] + x * right[1]];
                *pixel = if averages { source.mean_of_four(at, right, down) } else { source.bilinear(at) };
            }
        }
        pixels
    }

    /// What a view shows of a mask; `None` if it shows nothing.
    pub fn kept(&self, index: usize, mask: &Mask, view: Size) -> Option<Kept> {
        let around = mask.bounding_box()?;
        let side = f64::from(view.width());
        let (left, top) = (f64::from(around.x), f64::from(around.y));
        let (right, bottom) = (left + f64::from(around.width), top + f64::from(around.height));
        let corners =
            [[left, top], [right, top], [right, bottom], [left, bottom]].map(|corner| self.view(corner, side));
        let low = [0, 1].map(|axis| corners.iter().map(|c| c[axis]).fold(f64::INFINITY, f64::min).floor().max(0.0));
        let high =
            [0, 1].map(|axis| corners.iter().map(|c| c[axis]).fold(f64::NEG_INFINITY, f64::max).ceil().min(side));
        if low[0] >= high[0] || low[1] >= high[1] {
            return None;
        }
        let runs = self.runs(mask, low.map(|v| v as u32), high.map(|v| v as u32), side);
        let mut shown = Mask::empty(view);
        for &(row, from, to) in &runs {
            (from..to).for_each(|column| shown.insert(column, row));
        }
        let pixels = shown.area();
        let share = pixels as f64 * self.determinant().abs() / mask.area() as f64;
        let is_small = pixels < LEAST_PIXELS;
        // Its rectangle meets the view and it does not: it is beside it, unless it is too small to be hit at all.
        let may_be_missed = mask.area() as f64 <= 4.0 * self.determinant().abs();
        if pixels == 0 && !may_be_missed {
            return None;
        }
        let place = [low[0].min(side - 1.0), low[1].min(side - 1.0)];
        let kept = if is_small { 0.0 } else { share.min(1.0) };
        Some(Kept { source: index, mask: shown, kept, runs, place })
    }

    /// Runs of view pixels whose middle falls on the mask, between two corners of the view.
    fn runs(&self, mask: &Mask, low: [u32; 2], high: [u32; 2], side: f64) -> Vec<(u32, u32, u32)> {
        let mut runs = Vec::new();
        for y in low[1]..high[1] {
            let start = self.source(f64::from(low[0]) + 0.5, f64::from(y) + 0.5, side);
            let mut open: Option<u32> = None;
            for x in low[0]..high[0] {
                let along = f64::from(x - low[0]);
                let at = [start[0] + along * self.right[0], start[1] + along * self.right[1]];
                let inside = at[0] >= 0.0 && at[1] >= 0.0 && mask.contains(at[0] as u32, at[1] as u32);
                match (inside, open) {
                    (true, None) => open = Some(x),
                    (false, Some(from)) => {
                        runs.push((y, from, x));
                        open = None;
                    }
                    _ => {}
                }
            }
            runs.extend(open.map(|from| (y, from, high[0])));
        }
        runs
    }
}

/// A picture to be read at places that are no whole pixels. Places outside read the nearest pixel.
struct Source<'a> {
    pixels: &'a [[u8; 3]],
    width: usize,
    /// Largest column and row.
    last: [i32; 2],
}

impl<'a> Source<'a> {
    fn new(image: &'a RgbImage) -> Self {
        Self {
            pixels: image.as_raw().as_chunks::<3>().0,
            width: image.width() as usize,
            last: [image.width() as i32 - 1, image.height() as i32 - 1],
        }
    }

    fn pixel(&self, x: i32, y: i32) -> [u8; 3] {
        let (x, y) = (x.clamp(0, self.last[0]), y.clamp(0, self.last[1]));
        self.pixels[y as usize * self.width + x as usize]
    }

    fn bilinear(&self, at: [f32; 2]) -> [u8; 3] {
        let (x, y) = (at[0] - 0.5, at[1] - 0.5);
        let (column, row) = (x.floor(), y.floor());
        // Weights in 256ths: exact enough for 8 bits.
        let (u, v) = (((x - column) * 256.0) as u32, ((y - row) * 256.0) as u32);
        let (column, row) = (column as i32, row as i32);
        let [a, b] = [self.pixel(column, row), self.pixel(column + 1, row)];
        let [c, d] = [self.pixel(column, row + 1), self.pixel(column + 1, row + 1)];
        [0, 1, 2].map(|channel| {
            let value = |pixel: [u8; 3]| u32::from(pixel[channel]);
            let upper = value(a) * (256 - u) + value(b) * u;
            let lower = value(c) * (256 - u) + value(d) * u;
            ((upper * (256 - v) + lower * v + (1 << 15)) >> 16) as u8
        })
    }

    fn mean_of_four(&self, at: [f32; 2], right: [f32; 2], down: [f32; 2]) -> [u8; 3] {
        let place = |r: f32, d: f32| {
            let at = [0, 1].map(|axis| at[axis] + r * right[axis] + d * down[axis]);
            self.pixel(at[0].floor() as i32, at[1].floor() as i32)
        };
        let four = [place(-0.25, -0.25), place(0.25, -0.25), place(-0.25, 0.25), place(0.25, 0.25)];
        [0, 1, 2].map(|channel| ((four.iter().map(|pixel| u32::from(pixel[channel])).sum::<u32>() + 2) / 4) as u8)
    }
}
