//! FIAM, fine-grained image-text alignment: sentence, object and position read into one stage of the image.

use burn::module::Module;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::{gelu, relu, sigmoid};
use burn::tensor::{Device, Tensor};

use super::cross_attention::{CrossAttention, TextView};
use super::layers::{conv3x3, linear, pointwise};
use super::trace::Trace;

/// The three readings of one sentence (FIANET.md section 3).
#[derive(Debug, Clone)]
pub struct TextViews {
    /// The whole sentence.
    pub context: TextView,
    /// The words of the object.
    pub object: TextView,
    /// The words of its position.
    pub position: TextView,
}

/// FIANET.md section 6.
#[derive(Module, Debug)]
pub struct Fiam {
    context: Context,
    context_gate: TanhGate,
    object: Object,
    position: Position,
    modulation: Modulation,
}

impl Fiam {
    /// Alignment of `channels` of the image with `text` of the words.
    pub fn new(channels: usize, text: usize, heads: usize, device: &Device) -> Self {
        let attention = || CrossAttention::new(channels, text, heads, device);
        Self {
            context: Context {
                visual: pointwise(channels, channels, device),
                attention: attention(),
                mix: pointwise(channels, channels, device),
            },
            context_gate: TanhGate::new(channels, device),
            object: Object {
                attention: attention(),
                gate: TanhGate::new(channels, device),
                embedding: linear(channels, channels, false, device),
            },
            position: Position { attention: attention(), spatial: conv3x3(2, 1, device) },
            modulation: Modulation {
                squeeze: linear(channels, channels / 8, true, device),
                excite: linear(channels / 8, channels, true, device),
            },
        }
    }

    /// The context residual r `[B, N, C]` (section 6.2): what the stage shows to the rest of the network.
    pub fn residual(&self, x: Tensor<3>, context: &TextView, trace: &Trace) -> Tensor<3> {
        self.context.forward(x, context, &trace.of("context_pixel_attn"))
    }

    /// The aligned map x' `[B, N, C]` (sections 6.2 to 6.4, equations (4) to (10)) that the next stage goes on with.
    /// `x` is the stage's map of `size` (height, width), `residual` what [`Self::residual`] gave for it.
    pub fn align(
        &self,
        x: Tensor<3>,
        residual: Tensor<3>,
        text: &TextViews,
        size: [usize; 2],
        trace: &Trace,
    ) -> Tensor<3> {
        let context = self.context_gate.forward(residual, &trace.of("context_tanh_gate")); // [B, N, C]
        let here = trace.of("object_position_align_blk");
        let object = self.object.forward(x.clone(), &text.object, &here); // [B, N, C]
        let place = self.position.forward(x.clone(), &text.position, size, &here); // [B, N, 1]
        let both = object * place; // [B, N, C]
        here.output(|| both.clone());
        let weights = self.modulation.forward(x.clone(), trace); // [B, 1, C]
        x + (context + both) * weights
    }
}

/// Pixel-word attention: the image and what it hears of the sentence, multiplied and mixed.
#[derive(Module, Debug)]
struct Context {
    visual: Linear,
    attention: CrossAttention,
    mix: Linear,
}

impl Context {
    fn forward(&self, x: Tensor<3>, text: &TextView, trace: &Trace) -> Tensor<3> {
        let shown = |x: &Tensor<3>| x.clone().swap_dims(1, 2); // [B, C, N]: the official layout
        let visual = gelu(self.visual.forward(x.clone())); // [B, N, C]
        trace.of("vis_project").output(|| shown(&visual));
        let heard = self.attention.forward(x, text, &trace.of("image_lang_att")); // [B, N, C]
        let mixed = gelu(self.mix.forward(visual * heard)); // [B, N, C]
        trace.of("project_mm").output(|| shown(&mixed));
        trace.output(|| mixed.clone());
        mixed
    }
}

/// `tanh(outer · relu(inner · x)) ⊙ x`.
#[derive(Module, Debug)]
struct TanhGate {
    inner: Linear,
    outer: Linear,
}

impl TanhGate {
    fn new(channels: usize, device: &Device) -> Self {
        let map = || linear(channels, channels, false, device);
        Self { inner: map(), outer: map() }
    }

    fn forward(&self, x: Tensor<3>, trace: &Trace) -> Tensor<3> {
        let gate = self.outer.forward(relu(self.inner.forward(x.clone()))).tanh(); // [B, N, C]
        trace.output(|| gate.clone());
        gate * x
    }
}

/// What the object's words say at each pixel.
#[derive(Module, Debug)]
struct Object {
    attention: CrossAttention,
    gate: TanhGate,
    /// In every official checkpoint, used by nothing and never trained: kept so that a file survives the round trip.
    embedding: Linear,
}

impl Object {
    fn forward(&self, x: Tensor<3>, text: &TextView, trace: &Trace) -> Tensor<3> {
        let heard = self.attention.forward(x, text, &trace.of("go_cross_attn")); // [B, N, C]
        self.gate.forward(heard, &trace.of("go_tanh_gating"))
    }
}

/// One weight a pixel from what the position's words say.
#[derive(Module, Debug)]
struct Position {
    attention: CrossAttention,
    spatial: Conv2d,
}

impl Position {
    fn forward(&self, x: Tensor<3>, text: &TextView, size: [usize; 2], trace: &Trace) -> Tensor<3> {
        let [b, n, _] = x.dims();
        let [h, w] = size;
        let heard = self.attention.forward(x, text, &trace.of("sp_cross_attn")); // [B, N, C]
        let map = Tensor::cat(vec![heard.clone().mean_dim(2), heard.max_dim(2)], 2); // [B, N, 2]
        let map = map.swap_dims(1, 2).reshape([b, 2, h, w]); // [B, 2, H, W]
        trace.of("conv1").input(|| map.clone());
        let map = self.spatial.forward(map); // [B, 1, H, W]
        trace.of("conv1").output(|| map.clone());
        let map = sigmoid(map);
        trace.of("sigmoid").output(|| map.clone());
        map.reshape([b, n, 1])
    }
}

/// One weight a channel from the mean of the visual input (equation (9) pools the fused map; the code does not).
#[derive(Module, Debug)]
struct Modulation {
    squeeze: Linear,
    excite: Linear,
}

impl Modulation {
    fn forward(&self, x: Tensor<3>, trace: &Trace) -> Tensor<3> {
        let flat = |x: &Tensor<3>| x.clone().squeeze_dim::<2>(1); // [B, C]: the official layout
        let z = self.squeeze.forward(x.mean_dim(1)); // [B, 1, C/8]
        trace.of("fc1").output(|| flat(&z));
        let z = self.excite.forward(relu(z)); // [B, 1, C]
        trace.of("fc2").output(|| flat(&z));
        let z = sigmoid(z);
        trace.of("sigmoid").output(|| flat(&z));
        z
    }
}
