//! Decoder: from the coarsest map to the finest, each time joined with the finer one; two classes at the end.

use burn::module::Module;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::batch_norm::BatchNorm;
use super::feature_map::FeatureMap;
use super::layers::{conv3x3, pointwise};
use super::resize::{Corners, bilinear};
use super::trace::Trace;

/// FIANET.md section 8, without the resize to the image.
#[derive(Module, Debug)]
pub struct Decoder {
    stages: Vec<DecoderStage>,
    conv1_1: Linear,
}

impl Decoder {
    /// For a patch embedding of width `embed`; inside it is four times as wide.
    pub fn new(embed: usize, device: &Device) -> Self {
        let width = 4 * embed;
        // What enters each stage: the coarser map and the stage's own.
        let inputs = [8 * embed + 4 * embed, width + 2 * embed, width + embed];
        Self {
            stages: inputs.map(|inputs| DecoderStage::new(inputs, width, device)).into(),
            conv1_1: pointwise(width, 2, device),
        }
    }

    /// The gated maps, finest first, to logits `[B, 2, H₀, W₀]`: background, target.
    pub fn forward(&self, maps: [FeatureMap; 4], trace: &Trace) -> Tensor<4> {
        let [finest, fine, coarse, coarsest] = maps;
        let mut y = coarsest.planes(); // [B, 8 E, H₃, W₃]
        let names = [["relu1_4", "relu2_4"], ["relu1_3", "relu2_3"], ["relu1_2", "relu2_2"]];
        for ((stage, skip), names) in self.stages.iter().zip([coarse, fine, finest]).zip(names) {
            y = stage.forward(y, skip, names, trace); // [B, 4 E, H_i, W_i]
        }
        let y = FeatureMap::from_planes(y);
        let y = y.with(self.conv1_1.forward(y.tokens.clone())).planes(); // [B, 2, H₀, W₀]
        trace.output(|| y.clone());
        y
    }
}

/// Up to the size of the finer map, join with it, two convolutions.
#[derive(Module, Debug)]
struct DecoderStage {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
}

impl DecoderStage {
    fn new(inputs: usize, width: usize, device: &Device) -> Self {
        Self {
            conv1: conv3x3(inputs, width, device),
            bn1: BatchNorm::new(width, device),
            conv2: conv3x3(width, width, device),
            bn2: BatchNorm::new(width, device),
        }
    }

    fn forward(&self, y: Tensor<4>, skip: FeatureMap, names: [&str; 2], trace: &Trace) -> Tensor<4> {
        let y = bilinear(y, skip.size, Corners::Aligned);
        let y = Tensor::cat(vec![y, skip.planes()], 1);
        let y = relu(self.bn1.forward(self.conv1.forward(y)));
        trace.of(names[0]).output(|| y.clone());
        let y = relu(self.bn2.forward(self.conv2.forward(y)));
        trace.of(names[1]).output(|| y.clone());
        y
    }
}
