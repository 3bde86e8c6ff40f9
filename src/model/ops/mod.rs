//! Operations of the networks that answer fast on a processor: several steps of a layer in one, channels last.
//!
//! Each is a function on tensors with one meaning everywhere. On the plain CPU device it runs a kernel of ours; on any
//! other device, and wherever gradients are wanted, it is composed of Burn's operations.
//!
//! Kernels hold the channels of a cell together, so a map that one of them made has the logical shape `[B, C, H, W]` over
//! memory in the order `[B, H, W, C]`. [`channels_last`] of such a map, and [`channels_first`] back, copy nothing.

use burn::nn::conv::Conv2d;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::activation::{gelu, relu, softmax, tanh};
use burn::tensor::Tensor;

use super::resize::{Corners, bilinear_last};

/// LayerNorm's epsilon in all networks here.
pub const LAYER_NORM_EPSILON: f64 = 1e-5;

/// What follows a linear map or convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `x · ½ · (1 + erf(x / √2))`.
    Gelu,
    /// `tanh x`.
    Tanh,
}

impl Activation {
    /// Applies it by Burn's operations.
    pub fn apply<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Identity => x,
            Self::Relu => relu(x),
            Self::Relu6 => x.clamp(0.0, 6.0),
            Self::Gelu => gelu(x),
            Self::Tanh => tanh(x),
        }
    }
}

/// `[B, C, H, W]` seen as `[B, H, W, C]`.
pub fn channels_last(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 2, 3, 1])
}

/// `[B, H, W, C]` seen as `[B, C, H, W]`.
pub fn channels_first(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 3, 1, 2])
}

/// `activation(layer(x))` of `[B, N, C]`.
pub fn linear(x: Tensor<3>, layer: &Linear, activation: Activation) -> Tensor<3> {
    activation.apply(layer.forward(x))
}

/// `activation(conv(x))` of `[B, C, H, W]`.
pub fn convolve(x: Tensor<4>, conv: &Conv2d, activation: Activation) -> Tensor<4> {
    activation.apply(conv.forward(x))
}

/// Sum of two maps of one shape.
pub fn add(a: Tensor<4>, b: Tensor<4>) -> Tensor<4> {
    a + b
}

/// Bilinear resize of `[B, H, W, C]` to `[B, height, width, C]`, pixel centres aligned (`align_corners` false).
pub fn resize(x: Tensor<4>, height: usize, width: usize) -> Tensor<4> {
    let [b, h, w, c] = x.dims();
    if [h, w] == [height, width] {
        return x;
    }
    let x = x.reshape([b, h * w, c]);
    bilinear_last(x, [h, w], [height, width], Corners::Centred).reshape([b, height, width, c])
}

/// The parts of an attention of cells to words.
pub struct TextAttention<'a> {
    /// Cells to queries.
    pub query: &'a Linear,
    /// After `query`.
    pub query_norm: &'a LayerNorm,
    /// `[M, T, C]`.
    pub key: Tensor<3>,
    /// `[M, T, C]`.
    pub value: Tensor<3>,
    /// `[M, T]`, 1 for a word that counts.
    pub mask: Tensor<2>,
    /// What was attended to, to cells.
    pub out: &'a Linear,
    /// After `out`.
    pub out_norm: &'a LayerNorm,
    /// Heads into which the width is cut.
    pub heads: usize,
}

/// `out_norm(out(softmax(q · keyᵀ / √d + mask) · value))` with `q = query_norm(query(x))`, of `[M, N, C]`.
pub fn attend(x: Tensor<3>, by: TextAttention<'_>) -> Tensor<3> {
    /// Added to the score of a word that does not count, as FIANet does it.
    const MASKED: f64 = -1e4;
    let [phrases, cells, width] = x.dims();
    let [_, words] = by.mask.dims();
    let depth = width / by.heads;
    let split = |x: Tensor<3>, count: usize| x.reshape([phrases, count, by.heads, depth]).swap_dims(1, 2);
    let query = split(by.query_norm.forward(by.query.forward(x)), cells); // [M, heads, N, depth]
    let key = split(by.key, words);
    let value = split(by.value, words);
    let mask = ((by.mask - 1.0) * -MASKED).reshape([phrases, 1, 1, words]);
    let scores = query.matmul(key.swap_dims(2, 3)).div_scalar((depth as f64).sqrt()) + mask; // [M, heads, N, T]
    let mixed = softmax(scores, 3).matmul(value).swap_dims(1, 2).reshape([phrases, cells, width]);
    by.out_norm.forward(by.out.forward(mixed))
}
