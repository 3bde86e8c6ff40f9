//! The colours of an object, as people name them.

use geo::{BoundingRect, Polygon};

use super::relate::{Appearance, Swatch};
use super::scanline::runs;
use crate::error::Result;
use crate::raster::{Area, Scene, Stretch, View};

/// Longest side of the picture an object's colours are taken from: enough for shares, little enough to read.
const LONGEST_SIDE: f64 = 64.0;
/// Number of swatches.
const SWATCHES: usize = 3;

/// The main colours of the pixels inside `outline` (in scene pixels); `None` where no pixel shows data.
///
/// # Errors
/// When the scene cannot be read there.
pub fn appearance(scene: &Scene, stretch: &Stretch, outline: &Polygon<f64>) -> Result<Option<Appearance>> {
    let Some(bounds) = outline.bounding_rect() else { return Ok(None) };
    let scale = (LONGEST_SIDE / bounds.width().max(bounds.height()).max(1.0)).min(1.0);
    let size = [bounds.width(), bounds.height()].map(|side| ((side * scale).ceil() as usize).max(1));
    let area =
        Area { x: bounds.min().x, y: bounds.min().y, width: size[0] as f64 / scale, height: size[1] as f64 / scale };
    let view = View::read(scene, area, size, stretch)?;
    let local = geo::MapCoords::map_coords(outline, |c| {
        ((c.x - bounds.min().x) * scale, (c.y - bounds.min().y) * scale).into()
    });
    let mut pixels = Vec::new();
    runs(&local, |y, columns| {
        for x in columns.filter(|x| *x >= 0 && y >= 0 && (*x as usize) < view.width && (y as usize) < view.height) {
            let at = y as usize * view.width + x as usize;
            if view.valid[at] {
                pixels.push(lab([view.rgb[at * 3], view.rgb[at * 3 + 1], view.rgb[at * 3 + 2]]));
            }
        }
    });
    Ok(swatches(&pixels))
}

/// A few colours that stand for many: k-means in Lab, started from the pixels at even ranks of lightness.
fn swatches(pixels: &[[f64; 3]]) -> Option<Appearance> {
    let mut by_lightness: Vec<[f64; 3]> = pixels.to_vec();
    by_lightness.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let count = SWATCHES.min(pixels.len());
    let mut centres: Vec<[f64; 3]> =
        (0..count).map(|k| by_lightness[(2 * k + 1) * pixels.len() / (2 * count)]).collect();
    let mut shares = vec![0.0; count];
    for _ in 0..8 {
        let mut sums = vec![[0.0; 3]; count];
        let mut members = vec![0usize; count];
        for pixel in pixels {
            let distance = |centre: &[f64; 3]| (0..3).map(|i| (centre[i] - pixel[i]).powi(2)).sum::<f64>();
            let nearest = (0..count).min_by(|a, b| distance(&centres[*a]).total_cmp(&distance(&centres[*b])))?;
            members[nearest] += 1;
            for (sum, value) in sums[nearest].iter_mut().zip(pixel) {
                *sum += value;
            }
        }
        for k in 0..count {
            shares[k] = members[k] as f64 / pixels.len() as f64;
            if members[k] > 0 {
                centres[k] = sums[k].map(|sum| sum / members[k] as f64);
            }
        }
    }
    let swatch = |([lightness, a, b], share): ([f64; 3], f64)| Swatch { lightness, a, b, share };
    let swatches: Vec<Swatch> = centres.into_iter().zip(shares).filter(|(_, share)| *share > 0.0).map(swatch).collect();
    (!swatches.is_empty()).then_some(Appearance { swatches })
}

/// CIE L*a*b* (D65) of an sRGB colour.
fn lab(rgb: [u8; 3]) -> [f64; 3] {
    let linear = rgb.map(|value| {
        let v = f64::from(value) / 255.0;
        if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    });
    // sRGB primaries to XYZ, each divided by the white point.
    let row = |r: f64, g: f64, b: f64, white: f64| (r * linear[0] + g * linear[1] + b * linear[2]) / white;
    let x = row(0.412_456_4, 0.357_576_1, 0.180_437_5, 0.950_47);
    let y = row(0.212_672_9, 0.715_152_2, 0.072_175, 1.0);
    let z = row(0.019_333_9, 0.119_192, 0.950_304_1, 1.088_83);
    let f = |t: f64| if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 };
    [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the sRGB primaries in CIE L*a*b*, from Lindbloom's tables (D65).
    #[test]
    fn known_colours_have_their_known_values() {
        for (rgb, expected) in [
            ([255, 255, 255], [100.0, 0.0, 0.0]),
            ([0, 0, 0], [0.0, 0.0, 0.0]),
            ([255, 0, 0], [53.24, 80.09, 67.20]),
            ([0, 0, 255], [32.30, 79.19, -107.86]),
        ] {
            let found = lab(rgb);
            assert!((0..3).all(|i| (found[i] - expected[i]).abs() < 0.05), "{rgb:?}: {found:?}");
        }
    }

    #[test]
    fn two_colours_become_two_swatches_with_their_shares() {
        let mut pixels = vec![lab([200, 30, 30]); 30];
        pixels.extend(vec![lab([240, 240, 240]); 10]);
        let swatches = swatches(&pixels).unwrap().swatches;
        let red: f64 = swatches.iter().filter(|s| s.a > 30.0).map(|s| s.share).sum();
        assert!((red - 0.75).abs() < 1e-9);
    }
}
