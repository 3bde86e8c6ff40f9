//! Cross attention: each pixel asks the words of the text.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};

use super::layers::pointwise;
use super::trace::Trace;

const MASKED: f64 = 10_000.0;
const EPSILON: f64 = 1e-5;

/// One reading of a sentence: the text encoder's states under one of the three masks.
#[derive(Debug, Clone)]
pub struct TextView {
    /// Hidden states `[B, T, D]`.
    pub features: Tensor<3>,
    /// 1 for the tokens that count, else 0: `[B, T]`.
    pub mask: Tensor<2>,
}

/// `XA(x, F, m)` (FIANET.md section 6.1; equations (1), (3) and (13) without the norms and the output projection).
#[derive(Module, Debug)]
pub struct CrossAttention {
    visual_query: Linear,
    text_key: Linear,
    text_value: Linear,
    projection: Linear,
    heads: usize,
}

impl CrossAttention {
    /// From `channels` of the image and `text` of the words to `channels`.
    pub fn new(channels: usize, text: usize, heads: usize, device: &Device) -> Self {
        Self {
            visual_query: pointwise(channels, channels, device),
            text_key: pointwise(text, channels, device),
            text_value: pointwise(text, channels, device),
            projection: pointwise(channels, channels, device),
            heads,
        }
    }

    /// `x` `[B, N, C]` and a text to `[B, N, C]`.
    ///
    /// With one or no token in use the answer is the same at every position, and its norm makes it zero (section 14.1).
    pub fn forward(&self, x: Tensor<3>, text: &TextView, trace: &Trace) -> Tensor<3> {
        let [b, n, c] = x.dims();
        let [_, t] = text.mask.dims();
        let width = c / self.heads;
        let shown = |x: &Tensor<3>| x.clone().swap_dims(1, 2); // [B, C, N]: the official layout

        let q = instance_norm(self.visual_query.forward(x)); // [B, N, C]
        let k = self.text_key.forward(text.features.clone()); // [B, T, C]
        let v = self.text_value.forward(text.features.clone()); // [B, T, C]
        trace.of("f_query").output(|| shown(&q));
        trace.of("f_key").output(|| shown(&k));
        trace.of("f_value").output(|| shown(&v));

        let used = text.mask.clone().unsqueeze_dim::<3>(2); // [B, T, 1]
        let split = |x: Tensor<3>, length| x.reshape([b, length, self.heads, width]).swap_dims(1, 2);
        let (q, k, v) = (split(q, n), split(k * used.clone(), t), split(v * used, t)); // [B, h, N or T, d]
        let penalty = text.mask.clone() * MASKED - MASKED; // [B, T]
        // The whole width scales the scores, however many heads there are.
        let scores = q.matmul(k.transpose()) * (c as f64).powf(-0.5); // [B, h, N, T]
        let weights = softmax(scores + penalty.unsqueeze_dims::<4>(&[1, 1]), 3);
        let heard = weights.matmul(v).swap_dims(1, 2).reshape([b, n, c]); // [B, N, C]
        trace.of("W").input(|| shown(&heard));
        let y = instance_norm(self.projection.forward(heard)); // [B, N, C]
        trace.output(|| y.clone());
        y
    }
}

/// Normalises each channel of each sample over the positions: `[B, N, C] → [B, N, C]`, biased variance, training or not.
///
/// The mean is taken twice: what is left of it after the first time is its own rounding, which a channel of equal values
/// would otherwise show magnified by 1/√ε, 300 times (section 14.1).
fn instance_norm(x: Tensor<3>) -> Tensor<3> {
    let centred = x.clone() - x.mean_dim(1); // [B, N, C]
    let centred = centred.clone() - centred.mean_dim(1);
    let variance = centred.clone().square().mean_dim(1); // [B, 1, C]
    centred / (variance + EPSILON).sqrt()
}
