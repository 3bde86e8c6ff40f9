//! BatchNorm as PyTorch keeps it: batch statistics in training, running statistics otherwise.

use burn::module::{Flag, Initializer, Module, Param, RunningState};
use burn::tensor::module::{batch_norm, batch_norm_train};
use burn::tensor::{Device, Tensor};

const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

/// Normalises each channel over the batch and all positions, then scales and shifts it.
///
/// On a device with gradients, and unless the module is frozen, the batch's own mean and biased variance are used, and the
/// running statistics move towards them by a tenth, the variance in its **unbiased** form as PyTorch does it (Burn's own
/// layer would keep the biased one). Elsewhere the running statistics are used.
#[derive(Module, Debug)]
pub struct BatchNorm {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
    running_mean: RunningState<Tensor<1>>,
    running_var: RunningState<Tensor<1>>,
    training: Param<Flag>,
}

impl BatchNorm {
    /// A norm over `channels` channels, with scale 1, shift 0, mean 0 and variance 1.
    pub fn new(channels: usize, device: &Device) -> Self {
        Self {
            gamma: Initializer::Ones.init([channels], device),
            beta: Initializer::Zeros.init([channels], device),
            running_mean: RunningState::new(Tensor::zeros([channels], device)),
            running_var: RunningState::new(Tensor::ones([channels], device)),
            training: Param::from_bool(true),
        }
    }

    /// `[B, C, ..] → [B, C, ..]`.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let device = x.device();
        let (gamma, beta) = (self.gamma.val(), self.beta.val());
        if !(device.is_autodiff() && self.training.is_enabled()) {
            let mean = self.running_mean.value().to_device(&device);
            let variance = self.running_var.value().to_device(&device);
            return batch_norm(x, gamma, beta, mean, variance, EPSILON);
        }
        let values = x.shape().num_elements() / self.gamma.dims()[0];
        let result = batch_norm_train(x, gamma, beta, EPSILON);
        // A single value has no unbiased variance; it leaves the biased one, zero.
        let unbiased = values as f64 / values.saturating_sub(1).max(1) as f64;
        advance(&self.running_mean, result.mean);
        advance(&self.running_var, result.variance * unbiased);
        result.output
    }

    /// Channel-last form: `[B, N, C] → [B, N, C]`, statistics over `B · N`.
    pub fn forward_last(&self, x: Tensor<3>) -> Tensor<3> {
        let [b, n, c] = x.dims();
        self.forward(x.reshape([b * n, c])).reshape([b, n, c])
    }
}

/// Moves a running statistic a tenth of the way to what the batch shows.
fn advance(running: &RunningState<Tensor<1>>, batch: Tensor<1>) {
    let old = running.value_sync().to_device(&batch.device());
    running.update((old * (1.0 - MOMENTUM) + batch.detach() * MOMENTUM).detach());
}
