//! The scale gate: what all scales agreed on decides how much of one scale passes.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::hard_sigmoid;
use burn::tensor::{Device, Tensor};

use crate::model::ops::{self, Activation, channels_first, channels_last};

/// `local(x) ⊙ up(hardsigmoid(act(s))) + up(global(s))`, three 1x1 convolutions.
#[derive(Module, Debug)]
pub struct ScaleGate {
    local: Conv2d,
    act: Conv2d,
    global: Conv2d,
}

impl ScaleGate {
    /// A gate of one scale.
    pub fn init(width: usize, device: &Device) -> Self {
        let conv = || Conv2dConfig::new([width, width], [1, 1]).init(device);
        Self { local: conv(), act: conv(), global: conv() }
    }

    /// `x` of one scale `[M, H, W, C]`, `seed` at stride 32 `[M, h, w, C]`, to `x`'s shape.
    pub fn forward(&self, x: Tensor<4>, seed: Tensor<4>) -> Tensor<4> {
        let [_, height, width, _] = x.dims();
        let pointwise =
            |x: Tensor<4>, conv: &Conv2d| channels_last(ops::convolve(channels_first(x), conv, Activation::Identity));
        let gate = hard_sigmoid(pointwise(seed.clone(), &self.act), 1.0 / 6.0, 0.5);
        let global = pointwise(seed, &self.global);
        pointwise(x, &self.local) * ops::resize(gate, height, width) + ops::resize(global, height, width)
    }
}
