//! Fine-grained image-text alignment of one scale: sentence, object part and position part, each with its own attention.
//!
//! Lei et al., "Exploring Fine-Grained Image-Text Alignment for Referring Remote Sensing Image Segmentation", section
//! III-B, without its normalisation over space: what a cell becomes must not depend on what else the window holds,
//! but for the channel modulation.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};

use super::TextFeatures;
use super::attention::TextAttention;
use crate::model::ops::{self, Activation, channels_first, channels_last};

/// The alignment at one scale.
#[derive(Module, Debug)]
pub struct Fiam {
    visual: Linear,
    mix: Linear,
    gate_in: Linear,
    gate_out: Linear,
    squeeze: Linear,
    excite: Linear,
    spatial: Conv2d,
    context: TextAttention,
    object: TextAttention,
    position: TextAttention,
}

impl Fiam {
    /// Cells `width` wide, words `text_width` wide.
    pub fn init(width: usize, text_width: usize, heads: usize, device: &Device) -> Self {
        let linear = |input, output| LinearConfig::new(input, output).init(device);
        let gate = || LinearConfig::new(width, width).with_bias(false).init(device);
        let attention = || TextAttention::init(width, text_width, heads, device);
        let narrow = width / 4;
        Self {
            visual: linear(width, width),
            mix: linear(width, width),
            gate_in: gate(),
            gate_out: gate(),
            squeeze: linear(width, narrow),
            excite: linear(narrow, width),
            spatial: Conv2dConfig::new([2, 1], [3, 3])
                .with_padding(PaddingConfig2d::Same)
                .with_bias(false)
                .init(device),
            context: attention(),
            object: attention(),
            position: attention(),
        }
    }

    /// `[M, H, W, width]` cells to the same shape, cells of view `m` aligned with phrase `m`.
    pub fn forward(&self, x: Tensor<4>, texts: &TextFeatures) -> Tensor<4> {
        let [phrases, height, width, channels] = x.dims();
        let t = x.reshape([phrases, height * width, channels]); // [M, N, C]

        let context = self.context.forward(t.clone(), &texts.sentence);
        let visual = ops::linear(t.clone(), &self.visual, Activation::Gelu);
        let aligned = ops::linear(visual * context, &self.mix, Activation::Gelu); // a

        let object = self.object.forward(t.clone(), &texts.object);
        let gate = ops::linear(object.clone(), &self.gate_in, Activation::Relu);
        let object = ops::linear(gate, &self.gate_out, Activation::Tanh) * object; // o

        let position = self.position.forward(t.clone(), &texts.position);
        let maps = Tensor::cat(vec![position.clone().mean_dim(2), position.max_dim(2)], 2); // [M, N, 2]
        let maps = channels_first(maps.reshape([phrases, height, width, 2]));
        let weight = channels_last(sigmoid(self.spatial.forward(maps))).reshape([phrases, height * width, 1]); // p

        let y = aligned + object * weight;
        let squeezed = ops::linear(y.clone().mean_dim(1), &self.squeeze, Activation::Relu); // [M, 1, C/4]
        let modulation = sigmoid(self.excite.forward(squeezed)); // [M, 1, C]
        (t + y * modulation).reshape([phrases, height, width, channels])
    }
}
