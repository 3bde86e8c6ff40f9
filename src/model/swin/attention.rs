//! Window attention: every position of a window looks at all others of it.

use burn::module::{Initializer, Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::windows::Windows;
use crate::model::layers::{TRANSFORMER_STD, linear};

/// FIANET.md section 5.2, step 4.
#[derive(Module, Debug)]
pub struct WindowAttention {
    qkv: Linear,
    proj: Linear,
    /// One learned number per head and offset between two positions: `[(2 ws - 1)², heads]`.
    relative_position_bias_table: Param<Tensor<2>>,
    heads: usize,
    window: usize,
}

impl WindowAttention {
    /// Attention over `width` channels in windows of side `window`.
    pub fn new(width: usize, heads: usize, window: usize, device: &Device) -> Self {
        let offsets = (2 * window - 1).pow(2);
        let start = Initializer::Normal { mean: 0.0, std: TRANSFORMER_STD };
        Self {
            qkv: linear(width, 3 * width, true, device),
            proj: linear(width, width, true, device),
            relative_position_bias_table: start.init([offsets, heads], device),
            heads,
            window,
        }
    }

    /// Windows `[B · nW, ws², C] → [B · nW, ws², C]`, cut by `windows`.
    pub fn forward(&self, x: Tensor<3>, windows: &Windows) -> Tensor<3> {
        let [batches, n, c] = x.dims();
        let width = c / self.heads;
        let qkv = self.qkv.forward(x); // [B nW, n, 3 C]
        let qkv = qkv.reshape([batches, n, 3, self.heads, width]).permute([2, 0, 3, 1, 4]); // [3, B nW, h, n, d]
        let part = |at: usize| qkv.clone().narrow(0, at, 1).squeeze_dim::<4>(0); // [B nW, h, n, d]
        let (q, k, v) = (part(0) * (width as f64).powf(-0.5), part(1), part(2));
        let scores = q.matmul(k.transpose()) + self.bias(); // [B nW, h, n, n]
        let weights = softmax(windows.separate(scores), 3);
        let x = weights.matmul(v).swap_dims(1, 2).reshape([batches, n, c]);
        self.proj.forward(x)
    }

    /// The bias of each head and pair of positions: `[1, h, ws², ws²]`.
    fn bias(&self) -> Tensor<4> {
        let table = self.relative_position_bias_table.val();
        let n = self.window * self.window;
        let offsets = TensorData::new(relative_offsets(self.window), [n * n]);
        let offsets = Tensor::<1, Int>::from_data(offsets, &table.device());
        let bias = table.select(0, offsets); // [n n, h]
        bias.reshape([1, n, n, self.heads]).permute([0, 3, 1, 2])
    }
}

/// Row of the bias table for each pair of positions of a window, pair after pair: what checkpoints call
/// `relative_position_index`.
pub(crate) fn relative_offsets(window: usize) -> Vec<i64> {
    let side = 2 * window - 1;
    let place = |at: usize| (at / window, at % window);
    let n = window * window;
    (0..n * n)
        .map(|pair| {
            let ((ya, xa), (yb, xb)) = (place(pair / n), place(pair % n));
            ((ya + window - 1 - yb) * side + (xa + window - 1 - xb)) as i64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_of_a_window_of_two_follow_the_formula() {
        // (ya - yb + 1) · 3 + (xa - xb + 1) by hand.
        assert_eq!(relative_offsets(2), [4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4]);
    }
}
