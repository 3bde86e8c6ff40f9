//! Whether what the phrase names is in view at all.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use crate::model::ops::{self, Activation};

/// Width of the hidden layer.
const HIDDEN: usize = 64;

/// `out(relu(hidden([mean over cells, maximum over cells])))`.
#[derive(Module, Debug)]
pub struct Presence {
    hidden: Linear,
    out: Linear,
}

impl Presence {
    /// Of summaries `width` wide.
    pub fn init(width: usize, device: &Device) -> Self {
        Self {
            hidden: LinearConfig::new(2 * width, HIDDEN).init(device),
            out: LinearConfig::new(HIDDEN, 1).init(device),
        }
    }

    /// The summary `[M, N, width]` to one logit a phrase, `[M]`: above zero means present.
    pub fn forward(&self, summary: Tensor<3>) -> Tensor<1> {
        let [phrases, _, _] = summary.dims();
        let pooled = Tensor::cat(vec![summary.clone().mean_dim(1), summary.max_dim(1)], 2); // [M, 1, 2 width]
        let hidden = ops::linear(pooled, &self.hidden, Activation::Relu);
        self.out.forward(hidden).reshape([phrases])
    }
}
