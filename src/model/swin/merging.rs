//! Patch merging: four neighbours become one token of twice the width.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Tensor};

use crate::model::layers::{layer_norm, linear};

/// FIANET.md section 5.3.
#[derive(Module, Debug)]
pub struct PatchMerging {
    reduction: Linear,
    norm: LayerNorm,
}

impl PatchMerging {
    /// From `width` to twice as many channels.
    pub fn new(width: usize, device: &Device) -> Self {
        Self { reduction: linear(4 * width, 2 * width, false, device), norm: layer_norm(4 * width, device) }
    }

    /// `[B, H · W, C]` of `size` (H, W) to `[B, ⌈H/2⌉ · ⌈W/2⌉, 2 C]` and its size; an odd side is padded with zeros.
    pub fn forward(&self, x: Tensor<3>, size: [usize; 2]) -> (Tensor<3>, [usize; 2]) {
        let [b, _, c] = x.dims();
        let [h, w] = size;
        let mut x = x.reshape([b, h, w, c]);
        if h % 2 == 1 || w % 2 == 1 {
            x = x.pad([(0, h % 2), (0, w % 2), (0, 0)], PadMode::Constant(0.0));
        }
        let [h, w] = size.map(|side| side.div_ceil(2));
        // Row parity inside column parity: [even, even], [odd, even], [even, odd], [odd, odd] of (row, column).
        let x = x.reshape([b, h, 2, w, 2, c]).permute([0, 1, 3, 4, 2, 5]); // [B, H/2, W/2, column, row, C]
        let x = x.reshape([b, h * w, 4 * c]);
        (self.reduction.forward(self.norm.forward(x)), [h, w])
    }
}
