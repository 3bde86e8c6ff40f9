//! Folding BatchNorm into the convolution before it, for a network that only answers.

use burn::module::Param;
use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;

/// One convolution with bias that does what `conv` and then `norm` did with its running statistics:
/// `w' = w · γ / sqrt(var + ε)` for each output channel, `b' = β + (b - mean) · γ / sqrt(var + ε)`.
///
/// Parameters of the result are new ones: an optimiser of the old network does not know them.
pub fn fold_norm(conv: Conv2d, norm: &BatchNorm) -> Conv2d {
    let [out, ..] = conv.weight.dims();
    let scale = norm.gamma.val() / (norm.running_var.value() + norm.epsilon).sqrt(); // [out]
    let mean = norm.running_mean.value();
    let offset = match &conv.bias {
        Some(bias) => bias.val() - mean,
        None => mean.neg(),
    };
    let bias = norm.beta.val() + offset * scale.clone();
    let weight = conv.weight.val() * scale.reshape([out, 1, 1, 1]);
    Conv2d { weight: Param::from_tensor(weight.detach()), bias: Some(Param::from_tensor(bias.detach())), ..conv }
}
