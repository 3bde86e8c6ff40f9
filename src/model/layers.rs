//! Layers as PyTorch starts them: linear maps and convolutions with the official initial values.

use burn::module::Initializer;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{LayerNorm, LayerNormConfig, Linear, PaddingConfig2d};
use burn::tensor::Device;

/// Standard deviation of the transformers' linear weights; PyTorch cuts at 2, which never happens.
pub const TRANSFORMER_STD: f64 = 0.02;

/// A transformer's linear map `[.., inputs] → [.., outputs]`: weights normal with 0.02, bias zero (FIANET.md section 9).
pub fn linear(inputs: usize, outputs: usize, bias: bool, device: &Device) -> Linear {
    let weights = Initializer::Normal { mean: 0.0, std: TRANSFORMER_STD };
    Linear {
        weight: weights.init([inputs, outputs], device),
        bias: bias.then(|| Initializer::Zeros.init([outputs], device)),
    }
}

/// A convolution of kernel 1 on the channel axis `[.., inputs] → [.., outputs]`, with bias: weights and bias uniform within
/// ±1/√inputs. Held as a linear map because the channels are the last axis here.
pub fn pointwise(inputs: usize, outputs: usize, device: &Device) -> Linear {
    let uniform = convolution_start(inputs);
    Linear { weight: uniform.init([inputs, outputs], device), bias: Some(uniform.init([outputs], device)) }
}

/// A 3x3 convolution without bias, padded by 1: `[B, inputs, H, W] → [B, outputs, H, W]`.
pub fn conv3x3(inputs: usize, outputs: usize, device: &Device) -> Conv2d {
    Conv2dConfig::new([inputs, outputs], [3, 3])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .with_bias(false)
        .with_initializer(convolution_start(inputs * 9))
        .init(device)
}

/// LayerNorm over `width` channels with the image side's epsilon, 1e-5.
pub fn layer_norm(width: usize, device: &Device) -> LayerNorm {
    LayerNormConfig::new(width).with_epsilon(1e-5).init(device)
}

/// PyTorch's start of a convolution with `fan_in` inputs to each output.
pub fn convolution_start(fan_in: usize) -> Initializer {
    let bound = 1.0 / (fan_in as f64).sqrt();
    Initializer::Uniform { min: -bound, max: bound }
}
