//! Text-aware multi-scale enhancement: all scales pooled to stride 32 and mixed under the sentence.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Device, Tensor};

use super::Text;
use super::attention::TextAttention;
use super::gate::ScaleGate;
use crate::model::ops::{self, Activation};
use crate::model::trace::Trace;

/// One round of mixing: cells among themselves, cells with words, each cell by itself.
#[derive(Module, Debug)]
pub struct TmemBlock {
    norm_self: LayerNorm,
    qkv: Linear,
    self_out: Linear,
    norm_text: LayerNorm,
    text: TextAttention,
    norm_mlp: LayerNorm,
    mlp_in: Linear,
    mlp_out: Linear,
    heads: usize,
}

impl TmemBlock {
    fn init(width: usize, text_width: usize, heads: usize, device: &Device) -> Self {
        let norm = || LayerNormConfig::new(width).with_epsilon(ops::LAYER_NORM_EPSILON).init(device);
        let linear = |input, output| LinearConfig::new(input, output).init(device);
        Self {
            norm_self: norm(),
            qkv: linear(width, 3 * width),
            self_out: linear(width, width),
            norm_text: norm(),
            text: TextAttention::init(width, text_width, heads, device),
            norm_mlp: norm(),
            mlp_in: linear(width, 2 * width),
            mlp_out: linear(2 * width, width),
            heads,
        }
    }

    /// `[M, N, width]` to the same shape.
    fn forward(&self, z: Tensor<3>, sentence: &Text) -> Tensor<3> {
        let mixed = self.mix_cells(self.norm_self.forward(z.clone()));
        let z = z + ops::linear(mixed, &self.self_out, Activation::Identity);
        let z = z.clone() + self.text.forward(self.norm_text.forward(z), sentence);
        let hidden = ops::linear(self.norm_mlp.forward(z.clone()), &self.mlp_in, Activation::Gelu);
        z + ops::linear(hidden, &self.mlp_out, Activation::Identity)
    }

    /// Self-attention of the cells, before its output map.
    fn mix_cells(&self, z: Tensor<3>) -> Tensor<3> {
        let [phrases, cells, width] = z.dims();
        let qkv = ops::linear(z, &self.qkv, Activation::Identity);
        let part = |index: usize| {
            qkv.clone()
                .narrow(2, index * width, width)
                .reshape([phrases, cells, self.heads, width / self.heads])
                .swap_dims(1, 2) // [M, heads, N, width / heads]
        };
        attention(part(0), part(1), part(2), None, None, AttentionModuleOptions::default())
            .swap_dims(1, 2)
            .reshape([phrases, cells, width])
    }
}

/// What the enhancement gives back.
pub struct Enhanced {
    /// All scales together, `[M, N, width]` at stride 32.
    pub summary: Tensor<3>,
    /// The gated maps of strides 4, 8, 16, 32, each `[M, H, W, its width]`.
    pub scales: [Tensor<4>; 4],
}

/// The enhancement.
#[derive(Module, Debug)]
pub struct Tmem {
    down: Linear,
    blocks: Vec<TmemBlock>,
    norm: LayerNorm,
    up: Linear,
    gates: Vec<ScaleGate>,
}

impl Tmem {
    /// Scales `widths` wide, mixed `width` wide.
    pub fn init(
        widths: [usize; 4],
        width: usize,
        blocks: usize,
        heads: usize,
        text_width: usize,
        device: &Device,
    ) -> Self {
        let all = widths.iter().sum();
        Self {
            down: LinearConfig::new(all, width).init(device),
            blocks: (0..blocks).map(|_| TmemBlock::init(width, text_width, heads, device)).collect(),
            norm: LayerNormConfig::new(width).with_epsilon(ops::LAYER_NORM_EPSILON).init(device),
            up: LinearConfig::new(width, all).init(device),
            gates: widths.map(|width| ScaleGate::init(width, device)).to_vec(),
        }
    }

    /// The aligned maps of strides 4, 8, 16, 32, each `[M, H, W, its width]`, mixed under the sentence.
    pub fn forward(&self, scales: [Tensor<4>; 4], sentence: &Text, trace: &Trace) -> Enhanced {
        let [phrases, height, width, _] = scales[3].dims();
        let cells = height * width;
        let pooled = scales.iter().map(|x| pool(x.clone(), height, width)).collect(); // 4 x [M, N, C_i]
        let mut z = ops::linear(Tensor::cat(pooled, 2), &self.down, Activation::Identity);
        for (index, block) in self.blocks.iter().enumerate() {
            z = block.forward(z, sentence);
            trace.nth("tmem.blocks", index).output(|| z.clone());
        }
        let summary = self.norm.forward(z);

        let spread = ops::linear(summary.clone(), &self.up, Activation::Identity); // [M, N, sum of widths]
        let mut start = 0;
        let mut gates = self.gates.iter();
        let scales = scales.map(|x| {
            let [_, _, _, channels] = x.dims();
            let seed = spread.clone().narrow(2, start, channels).reshape([phrases, height, width, channels]);
            start += channels;
            match gates.next() {
                Some(gate) => gate.forward(x, seed),
                None => x,
            }
        });
        debug_assert_eq!(spread.dims(), [phrases, cells, start]);
        Enhanced { summary, scales }
    }
}

/// Averages `[M, H, W, C]` over equal boxes to `[M, height · width, C]`.
fn pool(x: Tensor<4>, height: usize, width: usize) -> Tensor<3> {
    let [phrases, rows, columns, channels] = x.dims();
    if [rows, columns] == [height, width] {
        return x.reshape([phrases, height * width, channels]);
    }
    // First over the rows of a box, whole lines at a time, then over its columns.
    let lines = x.reshape([phrases * height, rows / height, columns * channels]).mean_dim(1);
    lines.reshape([phrases * height * width, columns / width, channels]).mean_dim(1).reshape([
        phrases,
        height * width,
        channels,
    ])
}
