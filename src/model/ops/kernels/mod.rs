//! The kernels: plain Rust on slices of floats, no tensors, so that they can be compiled and tested by themselves.
//!
//! They are worth their name only when optimised fully (`opt-level = 3`): inlining keeps sums in registers.

mod attention;
mod cells;
mod functions;
mod gradients;
mod lanes;
mod matrix;
mod parallel;

pub use attention::{NormedLinear, Words, attend};
pub use cells::{Walk, dense, depthwise, linear, resize};
pub use gradients::{
    Normed, PixelWeights, column_sums, curve_back, curved, depthwise_weight, mask_sums, mask_sums_back, moments, outer,
    resize_back, scaled, spread,
};
pub use lanes::WIDTH;
pub use matrix::Matrix;

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
