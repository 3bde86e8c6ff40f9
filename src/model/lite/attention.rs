//! Attention of picture cells to the words of a phrase.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::Text;
use crate::model::ops;

/// Each cell asks the words of one text: `LN(out(softmax(LN(query(t)) · key(text) / √d + mask) · value(text)))`.
#[derive(Module, Debug)]
pub struct TextAttention {
    query: Linear,
    query_norm: LayerNorm,
    key: Linear,
    value: Linear,
    out: Linear,
    out_norm: LayerNorm,
    heads: usize,
}

impl TextAttention {
    /// Cells `width` wide, words `text_width` wide.
    pub fn init(width: usize, text_width: usize, heads: usize, device: &Device) -> Self {
        let linear = |input| LinearConfig::new(input, width).init(device);
        let norm = || LayerNormConfig::new(width).with_epsilon(ops::LAYER_NORM_EPSILON).init(device);
        Self {
            query: linear(width),
            query_norm: norm(),
            key: linear(text_width),
            value: linear(text_width),
            out: linear(width),
            out_norm: norm(),
            heads,
        }
    }

    /// `[M, N, width]` cells to the same shape, phrase `m` attending to the words of text `m`.
    pub fn forward(&self, cells: Tensor<3>, text: &Text) -> Tensor<3> {
        let attention = ops::TextAttention {
            query: &self.query,
            query_norm: &self.query_norm,
            key: self.key.forward(text.hidden.clone()),     // [M, T, width]
            value: self.value.forward(text.hidden.clone()), // [M, T, width]
            mask: text.mask.clone(),
            out: &self.out,
            out_norm: &self.out_norm,
            heads: self.heads,
        };
        ops::attend(cells, attention)
    }
}
