//! BatchNorm both ways, on maps with the channels of a cell together.

use std::ops::Range;

use super::lanes::{Kernel, Lanes, run};
use super::parallel::{BLOCK, fill, summed};

/// Mean and biased variance of each channel of `[cells, channels]`.
pub fn moments(x: &[f32], channels: usize) -> [Vec<f32>; 2] {
    let count = (x.len() / channels.max(1)).max(1) as f32;
    let zero = vec![0.0; channels];
    let mean: Vec<f32> = centred_sums(x, &zero, false).into_iter().map(|sum| sum / count).collect();
    let variance = centred_sums(x, &mean, true).into_iter().map(|sum| sum / count).collect();
    [mean, variance]
}

/// Sum of `x - centre`, or of its square, of each channel.
fn centred_sums(x: &[f32], centre: &[f32], square: bool) -> Vec<f32> {
    let channels = centre.len();
    summed(channels, x.len() / channels.max(1), |cells, out| {
        for start in cells.clone().step_by(BLOCK) {
            let x = &x[start * channels..(start + BLOCK).min(cells.end) * channels];
            let mut block = vec![0.0; channels];
            run(Centred { x, centre, square, out: &mut block });
            for (sum, block) in out.iter_mut().zip(block) {
                *sum += block;
            }
        }
    })
}

struct Centred<'a> {
    x: &'a [f32],
    centre: &'a [f32],
    square: bool,
    out: &'a mut [f32],
}

impl Kernel for Centred<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        for line in self.x.chunks_exact(self.centre.len()) {
            for ((sum, value), centre) in self.out.iter_mut().zip(line).zip(self.centre) {
                let apart = value - centre;
                *sum += if self.square { apart * apart } else { apart };
            }
        }
    }
}

/// `low.max(high.min(x · scale + shift))`, scale and shift by channel.
pub fn scaled(x: &[f32], scale: &[f32], shift: &[f32], limits: (f32, f32)) -> Vec<f32> {
    let piece = BLOCK * scale.len();
    fill(x.len(), piece, |start, out| {
        let length = out.len();
        run(Scaled { x: &x[start..start + length], scale, shift, limits, out });
    })
}

struct Scaled<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    limits: (f32, f32),
    out: &'a mut [f32],
}

impl Kernel for Scaled<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let channels = self.scale.len();
        let (low, high) = self.limits;
        for (x, out) in self.x.chunks_exact(channels).zip(self.out.chunks_exact_mut(channels)) {
            for (((x, out), scale), shift) in x.iter().zip(out).zip(self.scale).zip(self.shift) {
                let value = x * scale + shift;
                let value = if value < high { value } else { high };
                *out = if value > low { value } else { low };
            }
        }
    }
}

/// What is known of a BatchNorm after its forward pass.
pub struct Normed<'a> {
    /// Its input, `[cells, channels]`.
    pub x: &'a [f32],
    /// What came out, after the limits of the activation.
    pub y: &'a [f32],
    /// Mean of each channel.
    pub mean: &'a [f32],
    /// One over the standard deviation of each channel.
    pub inverse: &'a [f32],
    /// Scale of each channel.
    pub gamma: &'a [f32],
    /// Limits of the activation.
    pub limits: (f32, f32),
}

impl Normed<'_> {
    /// Gradients of input, scale and shift from that of the output.
    pub fn back(&self, g: &[f32]) -> [Vec<f32>; 3] {
        let channels = self.mean.len();
        let cells = g.len() / channels.max(1);
        // Σ g of what the activation let through, and Σ g·x̂, side by side.
        let sums = summed(2 * channels, cells, |cells, out| {
            for start in cells.clone().step_by(BLOCK) {
                let mut block = vec![0.0; 2 * channels];
                let range = start * channels..(start + BLOCK).min(cells.end) * channels;
                let (beta, gamma) = block.split_at_mut(channels);
                run(NormSums { of: self, range: range.clone(), g: &g[range], beta, gamma });
                for (sum, block) in out.iter_mut().zip(block) {
                    *sum += block;
                }
            }
        });
        let (beta, gamma) = sums.split_at(channels);
        let count = cells.max(1) as f32;
        let input = fill(g.len(), BLOCK * channels, |start, out| {
            let range = start..start + out.len();
            run(NormBack { of: self, range: range.clone(), g: &g[range], beta, gamma, count, out });
        });
        [input, gamma.to_vec(), beta.to_vec()]
    }
}

struct NormSums<'a, 'n> {
    of: &'a Normed<'n>,
    range: Range<usize>,
    g: &'a [f32],
    beta: &'a mut [f32],
    gamma: &'a mut [f32],
}

impl Kernel for NormSums<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Normed { x, y, mean, inverse, limits: (low, high), .. } = *self.of;
        let channels = mean.len();
        let (x, y) = (&x[self.range.clone()], &y[self.range]);
        let lines = self.g.chunks_exact(channels).zip(x.chunks_exact(channels)).zip(y.chunks_exact(channels));
        for ((g, x), y) in lines {
            for c in 0..channels {
                let g = if y[c] > low && y[c] < high { g[c] } else { 0.0 };
                self.beta[c] += g;
                self.gamma[c] += g * (x[c] - mean[c]) * inverse[c];
            }
        }
    }
}

struct NormBack<'a, 'n> {
    of: &'a Normed<'n>,
    range: Range<usize>,
    g: &'a [f32],
    beta: &'a [f32],
    gamma: &'a [f32],
    count: f32,
    out: &'a mut [f32],
}

impl Kernel for NormBack<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Normed { x, y, mean, inverse, gamma, limits: (low, high) } = *self.of;
        let channels = mean.len();
        let (x, y) = (&x[self.range.clone()], &y[self.range]);
        let lines = self.g.chunks_exact(channels).zip(x.chunks_exact(channels)).zip(y.chunks_exact(channels));
        for (((g, x), y), out) in lines.zip(self.out.chunks_exact_mut(channels)) {
            for c in 0..channels {
                let g = if y[c] > low && y[c] < high { g[c] } else { 0.0 };
                let normed = (x[c] - mean[c]) * inverse[c];
                out[c] = gamma[c] * inverse[c] * (g - (self.beta[c] + normed * self.gamma[c]) / self.count);
            }
        }
    }
}
