//! What is done to each value by itself in training: activations, and the sums that the loss of a mask is made of.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::Activation;
use super::functions::gelu_slope;
use super::lanes::{Kernel, Lanes, WIDTH, at, at_mut, run};
use super::parallel::fill;

/// Values of one piece of work on plain values.
const PIECE: usize = 1 << 13;

/// `activation(x)`.
pub fn curved(x: &[f32], activation: Activation) -> Vec<f32> {
    fill(x.len(), PIECE, |start, out| {
        out.copy_from_slice(&x[start..start + out.len()]);
        run(Curved { activation, out });
    })
}

struct Curved<'a> {
    activation: Activation,
    out: &'a mut [f32],
}

impl Kernel for Curved<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        self.activation.curve::<L>(self.out);
    }
}

/// Gradient of [`curved`] for GELU, from its input, and for tanh, from its output.
pub fn curve_back(x: &[f32], y: &[f32], g: &[f32], activation: Activation) -> Vec<f32> {
    fill(g.len(), PIECE, |start, out| {
        let range = start..start + out.len();
        run(CurveBack { x: &x[range.clone()], y: &y[range.clone()], g: &g[range], activation, out });
    })
}

struct CurveBack<'a> {
    x: &'a [f32],
    y: &'a [f32],
    g: &'a [f32],
    activation: Activation,
    out: &'a mut [f32],
}

impl Kernel for CurveBack<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        if self.activation == Activation::Tanh {
            for ((out, y), g) in self.out.iter_mut().zip(self.y).zip(self.g) {
                *out = g * (1.0 - y * y);
            }
            return;
        }
        let whole = self.x.len() - self.x.len() % WIDTH;
        for index in (0..whole).step_by(WIDTH) {
            let slope = gelu_slope(L::load(at(self.x, index)));
            slope.mul(L::load(at(self.g, index))).store(at_mut(self.out, index));
        }
        for index in whole..self.x.len() {
            let mut slope = [0.0; WIDTH];
            gelu_slope(L::splat(self.x[index])).store(&mut slope);
            self.out[index] = slope[0] * self.g[index];
        }
    }
}

/// Weight of a pixel in a cross entropy: `background`, and `beyond` more inside.
#[derive(Debug, Clone, Copy)]
pub struct PixelWeights {
    /// Of a background pixel.
    pub background: f32,
    /// What a target pixel has more.
    pub beyond: f32,
}

/// Of each plane of `pixels` margins and truths: weighted sum of the cross entropies, sum of the probabilities, and sum of
/// those inside. `[planes, 3]`.
pub fn mask_sums(margin: &[f32], inside: &[f32], pixels: usize, weights: PixelWeights) -> Vec<f32> {
    let planes = margin.len() / pixels.max(1);
    let sums = (0..planes).into_par_iter().map(|plane| {
        let range = plane * pixels..(plane + 1) * pixels;
        let mut sums = [0.0f64; 3];
        for (&m, &y) in margin[range.clone()].iter().zip(&inside[range]) {
            let (chance, apart) = chance(m);
            // softplus(m) - m y
            let entropy = m.max(0.0) - m * y + apart.ln_1p();
            sums[0] += f64::from(entropy * (weights.background + weights.beyond * y));
            sums[1] += f64::from(chance);
            sums[2] += f64::from(chance * y);
        }
        sums.map(|sum| sum as f32)
    });
    sums.collect::<Vec<_>>().into_flattened()
}

/// The sigmoid of a margin, and `e^-|m|`.
fn chance(m: f32) -> (f32, f32) {
    let apart = (-m.abs()).exp();
    (if m >= 0.0 { 1.0 } else { apart } / (1.0 + apart), apart)
}

/// Gradient of [`mask_sums`] for the margins, from that of the sums `[planes, 3]`.
pub fn mask_sums_back(g: &[f32], margin: &[f32], inside: &[f32], pixels: usize, weights: PixelWeights) -> Vec<f32> {
    fill(margin.len(), pixels, |start, out| {
        let g = &g[start / pixels.max(1) * 3..][..3];
        let values = margin[start..start + out.len()].iter().zip(&inside[start..]);
        for (out, (&m, &y)) in out.iter_mut().zip(values) {
            let (p, _) = chance(m);
            *out = g[0] * (weights.background + weights.beyond * y) * (p - y) + (g[1] + g[2] * y) * p * (1.0 - p);
        }
    })
}
