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
        let Branches { aligned, object, weight } = self.branches(&t, [height, width], texts);
        let y = aligned + object * weight;
        let squeezed = ops::linear(y.clone().mean_dim(1), &self.squeeze, Activation::Relu); // [M, 1, C/4]
        let modulation = sigmoid(self.excite.forward(squeezed)); // [M, 1, C]
        (t + y * modulation).reshape([phrases, height, width, channels])
    }

    /// How strongly each branch speaks in each cell: `[M, H, W, width]` cells to `[M, H, W, 3]`, as [`super::Lite::attention`]
    /// defines it.
    pub fn attention(&self, x: Tensor<4>, texts: &TextFeatures) -> Tensor<4> {
        let [phrases, height, width, channels] = x.dims();
        let t = x.reshape([phrases, height * width, channels]); // [M, N, C]
        let Branches { aligned, object, weight } = self.branches(&t, [height, width], texts);
        let strength = |vectors: Tensor<3>| {
            let length = vectors.square().mean_dim(2).sqrt(); // [M, N, 1]
            length.clone() / (length + 1.0)
        };
        Tensor::cat(vec![strength(aligned), strength(object), weight], 2).reshape([phrases, height, width, 3])
    }

    /// The branches in the cells `[M, N, C]` of views of `height` by `width` cells.
    fn branches(&self, t: &Tensor<3>, [height, width]: [usize; 2], texts: &TextFeatures) -> Branches {
        let [phrases, _, _] = t.dims();
        let context = self.context.forward(t.clone(), &texts.sentence);
        let visual = ops::linear(t.clone(), &self.visual, Activation::Gelu);
        let aligned = ops::linear(visual * context, &self.mix, Activation::Gelu); // a

        let object = self.object.forward(t.clone(), &texts.object);
        let gate = ops::linear(object.clone(), &self.gate_in, Activation::Relu);
        let object = ops::linear(gate, &self.gate_out, Activation::Tanh) * object; // o

        let position = self.position.forward(t.clone(), &texts.position);
        let maps = Tensor::cat(vec![position.clone().mean_dim(2), position.max_dim(2)], 2); // [M, N, 2]
        let maps = channels_first(maps.reshape([phrases, height, width, 2]));
        let weight = channels_last(sigmoid(self.spatial.forward(maps))).reshape([phrases, height * width, 1]);
        Branches { aligned, object, weight }
    }
}

/// What the three branches say in each cell.
struct Branches {
    /// The sentence's: `a`, `[M, N, C]`.
    aligned: Tensor<3>,
    /// The object part's: `o`, `[M, N, C]`.
    object: Tensor<3>,
    /// The position part's: `p` in 0..1, `[M, N, 1]`.
    weight: Tensor<3>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lite::Text;
    use burn::tensor::Distribution;

    fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
    }

    fn texts(device: &Device) -> TextFeatures {
        let text = || Text { hidden: random([1, 5, 24], device), mask: Tensor::ones([1, 5], device) };
        TextFeatures { sentence: text(), object: text(), position: text() }
    }

    fn silent(layer: &Linear) -> Linear {
        Linear { weight: layer.weight.clone().map(|w| w * 0.0), bias: None }
    }

    /// The map of branch `index`, row by row.
    fn map(attention: &Tensor<4>, index: usize) -> Vec<f32> {
        attention.clone().narrow(3, index, 1).into_data().try_to_vec().unwrap()
    }

    #[test]
    fn a_branch_without_weights_is_silent_and_leaves_the_others_as_they_are() {
        let device = Device::flex();
        let fiam = Fiam::init(32, 24, 1, &device);
        let (x, texts) = (random([1, 6, 7, 32], &device), texts(&device));
        let before = fiam.attention(x.clone(), &texts);
        let spatial = Conv2d { weight: fiam.spatial.weight.clone().map(|w| w * 0.0), ..fiam.spatial.clone() };
        let cases = [
            (0, Fiam { mix: silent(&fiam.mix), ..fiam.clone() }, 0.0), // gelu(0) = 0
            (1, Fiam { gate_out: silent(&fiam.gate_out), ..fiam.clone() }, 0.0), // tanh(0) = 0
            (2, Fiam { spatial, ..fiam.clone() }, 0.5),                // sigmoid(0) = 1/2
        ];
        for (branch, silenced, value) in cases {
            let after = silenced.attention(x.clone(), &texts);
            assert_eq!(after.dims(), [1, 6, 7, 3]);
            for other in 0..3 {
                let (found, usual) = (map(&after, other), map(&before, other));
                if other == branch {
                    assert!(found.iter().all(|v| *v == value), "branch {branch}: {found:?}");
                    assert!(usual.iter().all(|v| *v > 0.0 && *v < 1.0), "branch {branch}: {usual:?}");
                } else {
                    assert_eq!(found, usual, "branch {other} when {branch} is silent");
                }
            }
        }
    }

    #[test]
    fn where_no_branch_speaks_a_cell_stays_as_it_is() {
        let device = Device::flex();
        let fiam = Fiam::init(32, 24, 1, &device);
        let (x, texts) = (random([1, 6, 7, 32], &device), texts(&device));
        let moved = |fiam: &Fiam| (fiam.forward(x.clone(), &texts) - x.clone()).abs().max().into_scalar::<f32>();
        assert!(moved(&fiam) > 0.0);
        let mute = Fiam { mix: silent(&fiam.mix), gate_out: silent(&fiam.gate_out), ..fiam };
        assert_eq!(moved(&mute), 0.0);
    }
}
