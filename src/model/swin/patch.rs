//! Patch embedding: 4x4 pixels become one token.

use burn::module::Module;
use burn::nn::LayerNorm;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Tensor};

use crate::model::layers::{convolution_start, layer_norm};

/// Side of a patch in pixels.
const PATCH: usize = 4;

/// FIANET.md section 5.1.
#[derive(Module, Debug)]
pub struct PatchEmbed {
    proj: Conv2d,
    norm: LayerNorm,
}

impl PatchEmbed {
    /// `embed` is the width of a token.
    pub fn new(embed: usize, device: &Device) -> Self {
        let proj = Conv2dConfig::new([3, embed], [PATCH, PATCH])
            .with_stride([PATCH, PATCH])
            .with_initializer(convolution_start(3 * PATCH * PATCH))
            .init(device);
        Self { proj, norm: layer_norm(embed, device) }
    }

    /// Normalised RGB `[B, 3, H, W]` of any size to tokens `[B, ⌈H/4⌉ · ⌈W/4⌉, E]` in rows, with the size of their map.
    ///
    /// What is missing for whole patches at the right and bottom is zero.
    pub fn forward(&self, image: Tensor<4>) -> (Tensor<3>, [usize; 2]) {
        let [_, _, h, w] = image.dims();
        let missing = [h, w].map(|side| side.next_multiple_of(PATCH) - side);
        let image = match missing {
            [0, 0] => image,
            [below, right] => image.pad([(0, below), (0, right)], PadMode::Constant(0.0)),
        };
        let x = self.proj.forward(image); // [B, E, H/4, W/4]
        let [b, e, h, w] = x.dims();
        let x = x.reshape([b, e, h * w]).swap_dims(1, 2); // [B, N, E]
        (self.norm.forward(x), [h, w])
    }
}
