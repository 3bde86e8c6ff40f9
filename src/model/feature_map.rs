//! A feature map whose channels are the last axis, and the size of the picture its rows make.

use burn::tensor::Tensor;

/// Tokens `[B, H · W, C]` in rows, and (H, W).
#[derive(Debug, Clone)]
pub struct FeatureMap {
    /// `[B, H · W, C]`.
    pub tokens: Tensor<3>,
    /// Height and width.
    pub size: [usize; 2],
}

impl FeatureMap {
    /// From `[B, C, H, W]`.
    pub fn from_planes(planes: Tensor<4>) -> Self {
        let [b, c, h, w] = planes.dims();
        Self { tokens: planes.reshape([b, c, h * w]).swap_dims(1, 2), size: [h, w] }
    }

    /// As `[B, C, H, W]`.
    pub fn planes(&self) -> Tensor<4> {
        let [b, _, c] = self.tokens.dims();
        let [h, w] = self.size;
        self.tokens.clone().swap_dims(1, 2).reshape([b, c, h, w])
    }

    /// The same place with other tokens.
    pub fn with(&self, tokens: Tensor<3>) -> Self {
        Self { tokens, size: self.size }
    }
}
