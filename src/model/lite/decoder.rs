//! The decoder: from stride 32 up to stride 4, taking in one gated scale at a time.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor};

use crate::model::fold::fold_norm;
use crate::model::ops::{self, Activation, channels_first, channels_last};
use crate::model::trace::Trace;

/// Background and target.
const CLASSES: usize = 2;

/// Depthwise 5x5, 1x1, BatchNorm, ReLU; once folded the BatchNorm is part of the 1x1.
#[derive(Module, Debug)]
pub struct DecoderUnit {
    depthwise: Conv2d,
    pointwise: Conv2d,
    norm: Option<BatchNorm>,
}

impl DecoderUnit {
    fn init(input: usize, width: usize, device: &Device) -> Self {
        Self {
            depthwise: Conv2dConfig::new([input, input], [5, 5])
                .with_groups(input)
                .with_padding(PaddingConfig2d::Same)
                .with_bias(false)
                .init(device),
            pointwise: Conv2dConfig::new([input, width], [1, 1]).with_bias(false).init(device),
            norm: Some(BatchNormConfig::new(width).init(device)),
        }
    }

    /// `[M, C, H, W]` to `[M, width, H, W]`.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = ops::convolve(x, &self.depthwise, Activation::Identity);
        match &self.norm {
            Some(norm) => ops::convolve_normed(x, &self.pointwise, norm, Activation::Relu),
            None => ops::convolve(x, &self.pointwise, Activation::Relu),
        }
    }

    fn folded(self) -> Self {
        let pointwise = match &self.norm {
            Some(norm) => fold_norm(self.pointwise, norm),
            None => self.pointwise,
        };
        Self { depthwise: self.depthwise, pointwise, norm: None }
    }
}

/// The decoder.
#[derive(Module, Debug)]
pub struct Decoder {
    start: Conv2d,
    stages: Vec<Vec<DecoderUnit>>,
    out: Conv2d,
}

impl Decoder {
    /// Scales `widths` wide (strides 4, 8, 16, 32), decoded `width` wide.
    pub fn init(widths: [usize; 4], width: usize, device: &Device) -> Self {
        let stage = |input: usize| {
            vec![DecoderUnit::init(width + input, width, device), DecoderUnit::init(width, width, device)]
        };
        Self {
            start: Conv2dConfig::new([widths[3], width], [1, 1]).init(device),
            stages: widths[..3].iter().rev().map(|&input| stage(input)).collect(),
            out: Conv2dConfig::new([width, CLASSES], [1, 1]).init(device),
        }
    }

    /// The gated scales (strides 4, 8, 16, 32), each `[M, H, W, C]`, to logits `[M, 2, height, width]`.
    pub fn forward(&self, scales: [Tensor<4>; 4], height: usize, width: usize, trace: &Trace) -> Tensor<4> {
        let [fine @ .., coarse] = scales;
        let mut d = channels_last(ops::convolve(channels_first(coarse), &self.start, Activation::Identity));
        for (index, (stage, scale)) in self.stages.iter().zip(fine.into_iter().rev()).enumerate() {
            let [_, rows, columns, _] = scale.dims();
            let joined = Tensor::cat(vec![ops::resize(d, rows, columns), scale], 3); // [M, H, W, width + C]
            let decoded = stage.iter().fold(channels_first(joined), |x, unit| unit.forward(x));
            trace.nth("decoder.stages", index).output(|| decoded.clone());
            d = channels_last(decoded);
        }
        let logits = ops::convolve(channels_first(d), &self.out, Activation::Identity); // [M, 2, H/4, W/4]
        let [phrases, _, rows, columns] = logits.dims();
        let planes = logits.reshape([phrases * CLASSES, rows, columns, 1]);
        ops::resize(planes, height, width).reshape([phrases, CLASSES, height, width])
    }

    /// The same decoder with every BatchNorm folded.
    pub fn folded(self) -> Self {
        let fold = |stage: Vec<DecoderUnit>| stage.into_iter().map(DecoderUnit::folded).collect();
        Self { start: self.start, stages: self.stages.into_iter().map(fold).collect(), out: self.out }
    }
}
