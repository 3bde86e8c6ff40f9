//! Swin block: window attention and a two-layer perceptron, each with norm, residual and drop path.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::activation::gelu;
use burn::tensor::{Device, Tensor};

use super::attention::WindowAttention;
use super::windows::Windows;
use crate::model::drop_path::DropPath;
use crate::model::layers::{layer_norm, linear};
use crate::model::trace::Trace;

/// FIANET.md section 5.2.
#[derive(Module, Debug)]
pub struct SwinBlock {
    norm1: LayerNorm,
    attn: WindowAttention,
    norm2: LayerNorm,
    mlp: Mlp,
    drop_path: DropPath,
}

impl SwinBlock {
    /// A block of `width` channels; `drop_path` is the rate at which training leaves a branch out.
    pub fn new(width: usize, heads: usize, window: usize, drop_path: f64, device: &Device) -> Self {
        Self {
            norm1: layer_norm(width, device),
            attn: WindowAttention::new(width, heads, window, device),
            norm2: layer_norm(width, device),
            mlp: Mlp { fc1: linear(width, 4 * width, true, device), fc2: linear(4 * width, width, true, device) },
            drop_path: DropPath::new(drop_path),
        }
    }

    /// `[B, N, C] → [B, N, C]`; `windows` are shifted in the odd blocks of a stage.
    pub fn forward(&self, x: Tensor<3>, windows: &Windows, trace: &Trace) -> Tensor<3> {
        let y = self.norm1.forward(x.clone()); // [B, N, C]
        trace.of("norm1").output(|| y.clone());
        let y = windows.cut(y); // [B nW, ws², C]
        trace.of("attn").input(|| y.clone());
        let y = self.attn.forward(y, windows); // [B nW, ws², C]
        trace.of("attn").output(|| y.clone());
        let x = x + self.drop_path.forward(windows.join(y)); // [B, N, C]
        let y = self.mlp.forward(self.norm2.forward(x.clone())); // [B, N, C]
        trace.of("mlp").output(|| y.clone());
        let x = x + self.drop_path.forward(y);
        trace.output(|| x.clone());
        x
    }
}

/// Two linear maps with GELU between, four times as wide inside.
#[derive(Module, Debug)]
struct Mlp {
    fc1: Linear,
    fc2: Linear,
}

impl Mlp {
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.fc2.forward(gelu(self.fc1.forward(x)))
    }
}
