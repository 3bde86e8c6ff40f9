//! The kernels: plain Rust on slices of floats, no tensors, so that they can be compiled and tested by themselves.
//!
//! They are worth their name only when optimised fully (`opt-level = 3`): inlining keeps sums in registers.

mod attention;
mod cells;
mod curves;
mod functions;
mod gradients;
mod lanes;
mod matrix;
mod norms;
mod parallel;

pub use attention::{NormedLinear, Words, attend};
pub use cells::{Walk, dense, depthwise, linear, resize};
pub use curves::{PixelWeights, curve_back, curved, mask_sums, mask_sums_back};
pub use gradients::{column_sums, depthwise_weight, outer, resize_back, spread};
pub use lanes::WIDTH;
pub use matrix::Matrix;
pub use norms::{Normed, moments, scaled};

/// LayerNorm's epsilon in all networks here.
pub const LAYER_NORM_EPSILON: f64 = 1e-5;

/// What follows a linear map or convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `x · ½ · (1 + erf(x / √2))`.
    Gelu,
    /// `tanh x`.
    Tanh,
}
