//! EfficientNet-Lite0 without its classifier: a view goes in, feature maps at strides 4, 8, 16 and 32 come out.
//!
//! Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019; the "Lite" form has
//! no squeeze-excite and ReLU6 for swish. Padding is TensorFlow's "same": on an even side, a stride-2 layer pads more
//! after than before.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor};

use super::fold::fold_norm;
use super::ops::{self, Activation};

/// BatchNorm's epsilon as TensorFlow trained it.
const EPSILON: f64 = 1e-3;
/// Channels after the stem, at stride 2.
const STEM: usize = 32;

/// Blocks of one kind: only the first strides or changes the width.
struct Stage {
    width: usize,
    kernel: usize,
    stride: usize,
    expansion: usize,
    repeats: usize,
}

const fn stage(width: usize, kernel: usize, stride: usize, expansion: usize, repeats: usize) -> Stage {
    Stage { width, kernel, stride, expansion, repeats }
}

const STAGES: [Stage; 7] = [
    stage(16, 3, 1, 1, 1),
    stage(24, 3, 2, 6, 2),
    stage(40, 5, 2, 6, 2),
    stage(80, 3, 2, 6, 3),
    stage(112, 5, 1, 6, 3),
    stage(192, 5, 2, 6, 4),
    stage(320, 3, 1, 6, 1),
];

/// The block after which the map of each scale is taken.
const TAPS: [usize; 4] = [2, 4, 10, 15];

/// Channels of the maps at strides 4, 8, 16 and 32.
pub const FEATURE_WIDTHS: [usize; 4] = [24, 40, 112, 320];

/// A convolution without bias and the BatchNorm after it; once folded, a convolution with bias alone.
#[derive(Module, Debug)]
pub struct ConvNorm {
    conv: Conv2d,
    norm: Option<BatchNorm>,
}

impl ConvNorm {
    fn init(channels: [usize; 2], kernel: usize, stride: usize, groups: usize, device: &Device) -> Self {
        let conv = Conv2dConfig::new(channels, [kernel, kernel])
            .with_stride([stride, stride])
            .with_groups(groups)
            .with_padding(PaddingConfig2d::Same)
            .with_bias(false)
            .init(device);
        let norm = BatchNormConfig::new(channels[1]).with_epsilon(EPSILON).init(device);
        Self { conv, norm: Some(norm) }
    }

    fn forward(&self, x: Tensor<4>, activation: Activation) -> Tensor<4> {
        match &self.norm {
            Some(norm) => ops::convolve_normed(x, &self.conv, norm, activation),
            None => ops::convolve(x, &self.conv, activation),
        }
    }

    fn folded(self) -> Self {
        let conv = match &self.norm {
            Some(norm) => fold_norm(self.conv, norm),
            None => self.conv,
        };
        Self { conv, norm: None }
    }
}

/// Widen, look around channel by channel, narrow (MobileNetV2's block).
#[derive(Module, Debug)]
pub struct InvertedResidual {
    expand: Option<ConvNorm>,
    depthwise: ConvNorm,
    project: ConvNorm,
    /// Whether the input is added to the output.
    residual: bool,
}

impl InvertedResidual {
    fn init(input: usize, stage: &Stage, first: bool, device: &Device) -> Self {
        let stride = if first { stage.stride } else { 1 };
        let hidden = input * stage.expansion;
        let expand = (stage.expansion > 1).then(|| ConvNorm::init([input, hidden], 1, 1, 1, device));
        Self {
            expand,
            depthwise: ConvNorm::init([hidden, hidden], stage.kernel, stride, hidden, device),
            project: ConvNorm::init([hidden, stage.width], 1, 1, 1, device),
            residual: stride == 1 && input == stage.width,
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let hidden = match &self.expand {
            Some(expand) => expand.forward(x.clone(), Activation::Relu6), // [B, 6C, H, W]
            None => x.clone(),
        };
        let hidden = self.depthwise.forward(hidden, Activation::Relu6); // [B, 6C, H', W']
        let y = self.project.forward(hidden, Activation::Identity); // [B, C', H', W']
        if self.residual { ops::add(y, x) } else { y }
    }

    fn folded(self) -> Self {
        Self {
            expand: self.expand.map(ConvNorm::folded),
            depthwise: self.depthwise.folded(),
            project: self.project.folded(),
            residual: self.residual,
        }
    }
}

/// The encoder.
#[derive(Module, Debug)]
pub struct EfficientNetLite0 {
    stem: ConvNorm,
    blocks: Vec<InvertedResidual>,
}

impl EfficientNetLite0 {
    /// A network with random weights.
    pub fn init(device: &Device) -> Self {
        let mut blocks = Vec::new();
        let mut width = STEM;
        for stage in &STAGES {
            for repeat in 0..stage.repeats {
                blocks.push(InvertedResidual::init(width, stage, repeat == 0, device));
                width = stage.width;
            }
        }
        Self { stem: ConvNorm::init([3, STEM], 3, 2, 1, device), blocks }
    }

    /// `[B, 3, H, W]`, RGB as `(v - 127) / 128`, to the maps at strides 4, 8, 16 and 32 with [`FEATURE_WIDTHS`] channels.
    /// A side that is no multiple of 32 is rounded up at each stride.
    pub fn forward(&self, view: Tensor<4>) -> [Tensor<4>; 4] {
        let mut x = self.stem.forward(view, Activation::Relu6); // [B, 32, H/2, W/2]
        let mut next = self.blocks.iter();
        let mut done = 0;
        TAPS.map(|tap| {
            for block in next.by_ref().take(tap + 1 - done) {
                x = block.forward(x.clone());
            }
            done = tap + 1;
            x.clone()
        })
    }

    /// The same network with every BatchNorm folded into the convolution before it: it answers faster, and no longer trains.
    pub fn folded(self) -> Self {
        Self { stem: self.stem.folded(), blocks: self.blocks.into_iter().map(InvertedResidual::folded).collect() }
    }
}
