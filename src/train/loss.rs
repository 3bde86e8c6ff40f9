//! What training makes smaller: cross entropy, Dice and, for `lite`, whether the thing is there at all.
//!
//! Both networks answer with two logits a pixel. Their softmax is the sigmoid of the difference, so everything here is
//! computed from that margin.

use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Device, Tensor, TensorData};

use super::batch::Batch;
use super::mask::Mask;
use crate::model::ops::{PixelWeights, mask_sums};

/// Weights in the cross entropy: 0.9 of a background pixel, 1.1 of a target pixel.
const WEIGHTS: PixelWeights = PixelWeights { background: 0.9, beyond: 0.2 };
/// FIANET.md section 11: shares of cross entropy and of the Dice terms' sum, and Dice's smoothing.
const FIANET_ENTROPY: f64 = 0.9;
const FIANET_DICE: f64 = 0.1;
const FIANET_SMOOTH: f64 = 1e-6;
/// LITE.md, "Training": share of Dice and of presence beside the whole cross entropy, and Dice's smoothing.
const LITE_DICE: f64 = 0.5;
const LITE_PRESENCE: f64 = 0.1;
const LITE_SMOOTH: f64 = 1.0;

/// What `M` phrases mean in their pictures.
#[derive(Debug, Clone)]
pub struct Truth {
    /// 1 for a pixel of the target: `[M, H, W]`.
    pub inside: Tensor<3>,
    /// 1 for a phrase whose target is in the picture: `[M]`.
    pub present: Tensor<1>,
}

impl Truth {
    /// The truth of a batch's phrases.
    pub fn of(batch: &Batch, device: &Device) -> Self {
        let pixels = batch.height * batch.width;
        let phrases = batch.phrases.len();
        let mut inside = vec![0.0f32; phrases * pixels];
        for (plane, phrase) in inside.chunks_mut(pixels.max(1)).zip(&batch.phrases) {
            for (pixel, byte) in plane.iter_mut().zip(phrase.target.as_ref().map(Mask::to_bytes).unwrap_or_default()) {
                *pixel = f32::from(byte);
            }
        }
        let present: Vec<f32> =
            batch.phrases.iter().map(|phrase| f32::from(u8::from(phrase.target.is_some()))).collect();
        Self {
            inside: Tensor::from_data(TensorData::new(inside, [phrases, batch.height, batch.width]), device),
            present: Tensor::from_data(TensorData::new(present, [phrases]), device),
        }
    }
}

/// Target minus background of logits `[M, 2, H, W]`: `[M, H, W]`.
pub fn margin(logits: Tensor<4>) -> Tensor<3> {
    let [m, _, h, w] = logits.dims();
    (logits.clone().narrow(1, 1, 1) - logits.narrow(1, 0, 1)).reshape([m, h, w])
}

/// FIANet's loss as its program computes it (FIANET.md section 11): 0.9 of the weighted cross entropy over all pixels and
/// 0.1 of the **sum** of the Dice losses of every sample and both classes. Logits `[B, 2, H, W]`.
pub fn fianet(logits: Tensor<4>, truth: &Truth) -> Tensor<1> {
    let sums = Sums::of(logits, truth);
    let entropy = sums.entropy();
    // Background sums follow from the target's: Σ(1 - p), Σ(1 - y) and Σ(1 - p)(1 - y).
    let pixels = sums.pixels;
    let apart = (-sums.chance.clone() - sums.inside.clone() + pixels) + sums.both.clone();
    let background = dice(apart, -sums.chance.clone() + pixels, -sums.inside.clone() + pixels, FIANET_SMOOTH);
    let target = dice(sums.both, sums.chance, sums.inside, FIANET_SMOOTH);
    entropy * FIANET_ENTROPY + (background + target).sum() * FIANET_DICE
}

/// `lite`'s loss (LITE.md, "Training"): the weighted cross entropy, half the mean Dice loss of the targets that are there,
/// and a tenth of the binary cross entropy of presence. Logits `[M, 2, H, W]`, presence `[M]`.
pub fn lite(logits: Tensor<4>, presence: Tensor<1>, truth: &Truth) -> Tensor<1> {
    let sums = Sums::of(logits, truth);
    let entropy = sums.entropy();
    let dice = dice(sums.both, sums.chance, sums.inside, LITE_SMOOTH) * truth.present.clone();
    // With no target at all the sum is zero and so must the mean be.
    let there = truth.present.clone().sum().clamp_min(1.0);
    let said = -log_sigmoid(presence * (truth.present.clone() * 2.0 - 1.0)).mean();
    entropy + dice.sum() / there * LITE_DICE + said * LITE_PRESENCE
}

/// `1 - (2 Σpy + s) / (Σp + Σy + s)`, one a phrase.
fn dice(both: Tensor<1>, chance: Tensor<1>, inside: Tensor<1>, smooth: f64) -> Tensor<1> {
    -(both * 2.0 + smooth) / (chance + inside + smooth) + 1.0
}

/// Sums over the pixels of each phrase, each `[M]`.
struct Sums {
    /// Σ w·nll.
    entropy: Tensor<1>,
    /// Σ p.
    chance: Tensor<1>,
    /// Σ p y.
    both: Tensor<1>,
    /// Σ y.
    inside: Tensor<1>,
    /// Pixels of a phrase.
    pixels: f64,
}

impl Sums {
    fn of(logits: Tensor<4>, truth: &Truth) -> Self {
        let [phrases, _, height, width] = logits.dims();
        let sums = mask_sums(margin(logits), truth.inside.clone(), WEIGHTS); // [M, 3]
        let part = |index: usize| sums.clone().narrow(1, index, 1).reshape([phrases]);
        Self {
            entropy: part(0),
            chance: part(1),
            both: part(2),
            inside: truth.inside.clone().reshape([phrases, height * width]).sum_dim(1).reshape([phrases]),
            pixels: (height * width) as f64,
        }
    }

    /// Class-weighted cross entropy: Σ w·nll / Σ w over all pixels.
    fn entropy(&self) -> Tensor<1> {
        let [phrases] = self.entropy.dims();
        let weights =
            self.inside.clone().sum() * WEIGHTS.beyond + f64::from(WEIGHTS.background) * self.pixels * phrases as f64;
        self.entropy.clone().sum() / weights
    }
}
