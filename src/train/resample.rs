//! Pictures and masks to another size, bit for bit as Pillow does it (FIANET.md section 2).

use image::RgbImage;

use super::mask::{Mask, Size};

/// Bits after the binary point of the integer weights.
const PRECISION: u32 = 22;
/// Mean of each channel over ImageNet, in 0..1.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// Standard deviation of each channel over ImageNet, in 0..1.
const STD: [f32; 3] = [0.229, 0.224, 0.225];

/// What FIANet sees of a picture: resized to `size` without keeping its proportions, then `(v / 255 - mean) / std`.
///
/// Shape [3, height, width], channel by channel.
pub fn fianet_input(image: &RgbImage, size: Size) -> Vec<f32> {
    let resized = bilinear(image, size);
    (0..3)
        .flat_map(|channel| {
            resized
                .as_raw()
                .iter()
                .skip(channel)
                .step_by(3)
                .map(move |&value| (f32::from(value) / 255.0 - MEAN[channel]) / STD[channel])
        })
        .collect()
}

/// Resizes with a triangle filter that widens as the picture shrinks, so that it does not alias.
///
/// Two passes, each rounded to 8 bits, along the rows first: the order of Pillow up to 9.5, with which the published
/// figures were made. Later versions turn it around when the picture grows in width and shrinks in height.
pub fn bilinear(image: &RgbImage, size: Size) -> RgbImage {
    let pixels =
        Pixels { width: image.width() as usize, height: image.height() as usize, values: image.as_raw().clone() };
    let resized = pixels.with_width(size.width() as usize).with_height(size.height() as usize);
    // The count of values is right by construction; an empty picture stands for the impossible.
    RgbImage::from_raw(size.width(), size.height(), resized.values).unwrap_or_default()
}

/// Resizes by taking for each pixel the one it falls on.
///
/// Pillow adds the step up from pixel to pixel instead of multiplying, and where the exact position is a whole number
/// the rounding of that sum decides: the official 512 to 480 has 28 such places.
pub fn nearest(mask: &Mask, size: Size) -> Mask {
    let columns = nearest_indices(mask.size().width(), size.width());
    let rows = nearest_indices(mask.size().height(), size.height());
    Mask::from_fn(size, |x, y| mask.contains(columns[x as usize], rows[y as usize]))
}

/// The source index of each of `to` places along an axis of `from`.
fn nearest_indices(from: u32, to: u32) -> Vec<u32> {
    let step = f64::from(from) / f64::from(to);
    let mut position = step * 0.5;
    (0..to)
        .map(|_| {
            let index = position as u32;
            position += step;
            index
        })
        .collect()
}

/// Interleaved RGB of any size.
struct Pixels {
    width: usize,
    height: usize,
    values: Vec<u8>,
}

impl Pixels {
    fn with_width(self, width: usize) -> Self {
        if width == self.width {
            return self;
        }
        let taps = Taps::all(self.width, width);
        let mut values = Vec::with_capacity(width * self.height * 3);
        for row in self.values.chunks_exact(self.width * 3) {
            for taps in &taps {
                let window = row[taps.first * 3..].as_chunks::<3>().0;
                let sums = taps.weights.iter().zip(window).fold([0; 3], |sums, (&weight, pixel)| {
                    [0, 1, 2].map(|channel| sums[channel] + weight * i32::from(pixel[channel]))
                });
                values.extend(sums.map(to_byte));
            }
        }
        Self { width, height: self.height, values }
    }

    fn with_height(self, height: usize) -> Self {
        if height == self.height {
            return self;
        }
        let row_length = self.width * 3;
        let mut values = Vec::with_capacity(row_length * height);
        let mut sums = vec![0; row_length];
        for taps in Taps::all(self.height, height) {
            sums.fill(0);
            for (&weight, row) in
                taps.weights.iter().zip(self.values[taps.first * row_length..].chunks_exact(row_length))
            {
                for (sum, &value) in sums.iter_mut().zip(row) {
                    *sum += weight * i32::from(value);
                }
            }
            values.extend(sums.iter().copied().map(to_byte));
        }
        Self { width: self.width, height, values }
    }
}

/// Weights add up to 2^22, so a sum is at most 255 times that and fits.
fn to_byte(sum: i32) -> u8 {
    ((sum + (1 << (PRECISION - 1))) >> PRECISION).clamp(0, 255) as u8
}

/// The source pixels one result pixel is made of.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

impl Taps {
    /// The taps of each of `to` places along an axis of `from`.
    fn all(from: usize, to: usize) -> Vec<Self> {
        let scale = from as f64 / to as f64;
        let support = scale.max(1.0);
        // Pillow multiplies by the reciprocal; dividing would differ in the last bit.
        let narrow = 1.0 / support;
        (0..to)
            .map(|place| {
                let centre = (place as f64 + 0.5) * scale;
                let first = (centre - support + 0.5).max(0.0) as usize;
                let end = ((centre + support + 0.5) as usize).min(from);
                let weights: Vec<f64> =
                    (first..end).map(|tap| (1.0 - ((tap as f64 - centre + 0.5) * narrow).abs()).max(0.0)).collect();
                let sum: f64 = weights.iter().sum();
                let fixed = |weight: f64| (weight / sum * f64::from(1 << PRECISION) + 0.5) as i32;
                Self { first, weights: weights.into_iter().map(fixed).collect() }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_picture_stays_plain_at_any_size() {
        let image = RgbImage::from_pixel(37, 23, image::Rgb([200, 3, 255]));
        for (width, height) in [(1, 1), (480, 480), (36, 24), (64, 11), (37, 23)] {
            let resized = bilinear(&image, Size::new(width, height).unwrap());
            assert_eq!(resized.dimensions(), (width, height));
            assert!(resized.pixels().all(|pixel| pixel.0 == [200, 3, 255]));
        }
    }

    #[test]
    fn the_official_index_table_differs_from_the_multiplied_one() {
        let added = nearest_indices(512, 480);
        let multiplied = |place: u32| ((f64::from(place) + 0.5) * 512.0 / 480.0) as u32;
        assert!((0..480).any(|place| added[place as usize] != multiplied(place)));
    }
}
