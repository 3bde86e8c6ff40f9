//! Changes of colour: stretch, gamma, contrast, brightness, tint, haze and saturation in one pass, then a blur.

use super::Augment;
use crate::text::describe::Random;

/// How often each band is stretched to its own percentiles, as scenes of more than 8 bits are.
const STRETCH: f64 = 0.3;
const HAZE: f64 = 0.25;

/// Changes the colours of a square picture of interleaved RGB, as strongly as the recipe says.
pub(super) fn change(pixels: &mut [u8], side: usize, recipe: &Augment, random: &mut Random) {
    let strength = recipe.color.clamp(0.0, 1.0);
    if strength > 0.0 {
        let tables = tables(pixels, strength, random);
        let saturation = 1.0 + 0.45 * strength * random.between(-1.0, 1.0);
        recolor(pixels, &tables, (256.0 * saturation) as i32);
    }
    if random.chance(recipe.blur) {
        for _ in 0..1 + random.below(2) {
            blur(pixels, side);
        }
    }
}

/// One table a band: what becomes of each value.
fn tables(pixels: &[u8], strength: f64, random: &mut Random) -> [[u8; 256]; 3] {
    let mut spread = |amount: f64| strength * amount * random.between(-1.0, 1.0);
    let (gamma, contrast, brightness) = (spread(0.4).exp(), spread(0.3).exp(), spread(0.12));
    let tints = [spread(0.1), spread(0.1), spread(0.1)];
    let haze = if random.chance(HAZE) { strength * random.between(0.0, 0.4) } else { 0.0 };
    let stretches = if random.chance(STRETCH * strength) {
        let (low, high) = (random.between(0.0, 0.03), random.between(0.0, 0.03));
        percentiles(pixels, low, high)
    } else {
        [[0.0, 1.0]; 3]
    };
    // Haze is a little blue.
    let veil = [0.80, 0.82, 0.86];
    [0, 1, 2].map(|band| {
        let [low, high] = stretches[band];
        std::array::from_fn(|value| {
            let value = ((value as f64 / 255.0 - low) / (high - low)).clamp(0.0, 1.0).powf(gamma);
            let value = ((value - 0.5) * contrast + 0.5 + brightness) * (1.0 + tints[band]);
            let value = value.clamp(0.0, 1.0) * (1.0 - haze) + veil[band] * haze;
            (255.0 * value).round() as u8
        })
    })
}

/// For each band the values, 0 to 1, below and above which these shares of the pixels lie; never less than a tenth apart.
fn percentiles(pixels: &[u8], low: f64, high: f64) -> [[f64; 2]; 3] {
    let mut counts = [[0u32; 256]; 3];
    for pixel in pixels.as_chunks::<3>().0 {
        (0..3).for_each(|band| counts[band][usize::from(pixel[band])] += 1);
    }
    counts.map(|counts| {
        let total = f64::from(counts.iter().sum::<u32>());
        let place = |share: f64| {
            let mut seen = 0.0;
            let passes = |count: &u32| {
                seen += f64::from(*count);
                seen > share * total
            };
            counts.iter().position(passes).unwrap_or(255) as f64 / 255.0
        };
        let (low, high) = (place(low), place(1.0 - high - 1e-9));
        [low.min(0.9), high.max(low.min(0.9) + 0.1)]
    })
}

/// Applies the tables, then moves each pixel from or to its gray by `saturation` 256ths.
fn recolor(pixels: &mut [u8], tables: &[[u8; 256]; 3], saturation: i32) {
    for pixel in pixels.as_chunks_mut::<3>().0 {
        let [r, g, b] = [0, 1, 2].map(|band| i32::from(tables[band][usize::from(pixel[band])]));
        // Rec. 601 luma in 256ths.
        let gray = (77 * r + 150 * g + 29 * b) >> 8;
        *pixel = [r, g, b].map(|value| (gray + (((value - gray) * saturation) >> 8)).clamp(0, 255) as u8);
    }
}

/// Weights 1 2 1 along rows and columns; the border stays.
fn blur(pixels: &mut [u8], side: usize) {
    let width = 3 * side;
    let mean = |a: u8, b: u8, c: u8| ((u16::from(a) + 2 * u16::from(b) + u16::from(c) + 2) >> 2) as u8;
    let mut before = vec![0; width];
    for row in pixels.chunks_exact_mut(width) {
        before.copy_from_slice(row);
        for at in 3..width.saturating_sub(3) {
            row[at] = mean(before[at - 3], before[at], before[at + 3]);
        }
    }
    let mut above = pixels[..width].to_vec();
    for y in 1..side.saturating_sub(1) {
        let (upper, lower) = pixels.split_at_mut((y + 1) * width);
        let row = &mut upper[y * width..];
        before.copy_from_slice(row);
        for at in 0..width {
            row[at] = mean(above[at], before[at], lower[at]);
        }
        above.copy_from_slice(&before);
    }
}
