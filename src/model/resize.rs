//! Bilinear resize of maps as two matrix products, with a gradient on every backend.

use burn::tensor::{DType, Device, Tensor, TensorData};

/// Which points of the input the outermost output points lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corners {
    /// `align_corners = true`: corner pixels keep their values, `src = o · (in - 1) / (out - 1)`.
    Aligned,
    /// `align_corners = false`: pixel centres, `src = max(0, (o + ½) · in / out - ½)`.
    Centred,
}

/// Resizes `[B, C, H, W]` to `[B, C, size.0, size.1]`.
///
/// Burn's own bilinear has no gradient on wgpu; a product with a constant matrix per axis is the same linear map. The weights
/// are dense, which costs less than 1 % of the convolutions around it.
pub fn bilinear(x: Tensor<4>, size: [usize; 2], corners: Corners) -> Tensor<4> {
    let [b, c, h, w] = x.dims();
    if [h, w] == size {
        return x;
    }
    let [to_h, to_w] = size;
    let device = x.device();
    let columns = axis(w, to_w, corners, &device).transpose(); // [W, W']
    let rows = axis(h, to_h, corners, &device); // [H', H]
    let x = x.reshape([b * c * h, w]).matmul(columns); // [B C H, W']
    let x = x.reshape([b * c, h, to_w]); // [B C, H, W']
    let rows = rows.unsqueeze::<3>().expand([b * c, to_h, h]);
    rows.matmul(x).reshape([b, c, to_h, to_w])
}

/// Resizes a map whose channels are the last axis: `[B, H · W, C]` of size `from` to `[B, H' · W', C]` of size `to`.
pub fn bilinear_last(x: Tensor<3>, from: [usize; 2], to: [usize; 2], corners: Corners) -> Tensor<3> {
    if from == to {
        return x;
    }
    let [b, _, c] = x.dims();
    let ([h, w], [to_h, to_w]) = (from, to);
    let device = x.device();
    let columns = axis(w, to_w, corners, &device).unsqueeze::<3>().expand([b * h, to_w, w]);
    let rows = axis(h, to_h, corners, &device).unsqueeze::<3>().expand([b, to_h, h]);
    let x = columns.matmul(x.reshape([b * h, w, c])); // [B H, W', C]
    let x = rows.matmul(x.reshape([b, h, to_w * c])); // [B, H', W' C]
    x.reshape([b, to_h * to_w, c])
}

/// The weights of one axis: `[to, from]`, each row the two taps of an output point.
fn axis(from: usize, to: usize, corners: Corners, device: &Device) -> Tensor<2> {
    let weights = taps(from, to, corners);
    Tensor::from_data(TensorData::new(weights, [to, from]), (device, DType::F32))
}

fn taps(from: usize, to: usize, corners: Corners) -> Vec<f32> {
    let mut weights = vec![0.0; to * from];
    if from == 0 {
        return weights;
    }
    for (o, row) in weights.chunks_mut(from).enumerate() {
        // Single precision throughout, as PyTorch computes it for single-precision maps.
        let source = match corners {
            Corners::Aligned if to > 1 => o as f32 * ((from - 1) as f32 / (to - 1) as f32),
            Corners::Aligned => 0.0,
            Corners::Centred => ((o as f32 + 0.5) * (from as f32 / to as f32) - 0.5).max(0.0),
        };
        let left = (source as usize).min(from - 1);
        let share = source - left as f32;
        row[left] += 1.0 - share;
        row[(left + 1).min(from - 1)] += share;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_corners_keep_the_end_points() {
        assert_eq!(
            taps(3, 5, Corners::Aligned),
            [1.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 1.0]
        );
        assert_eq!(taps(3, 1, Corners::Aligned), [1.0, 0.0, 0.0]);
        assert_eq!(taps(1, 3, Corners::Aligned), [1.0, 1.0, 1.0]);
    }

    #[test]
    fn centred_pixels_are_clamped_at_the_edges() {
        assert_eq!(taps(2, 4, Corners::Centred), [1.0, 0.0, 0.75, 0.25, 0.25, 0.75, 0.0, 1.0]);
    }

    #[test]
    fn both_layouts_give_the_same_map() {
        let device = Device::flex();
        let x = Tensor::<1, burn::tensor::Int>::arange(0..2 * 3 * 4 * 5, &device).float().reshape([2, 3, 4, 5]);
        for corners in [Corners::Aligned, Corners::Centred] {
            let first = bilinear(x.clone(), [7, 9], corners);
            let last = x.clone().permute([0, 2, 3, 1]).reshape([2, 20, 3]);
            let last = bilinear_last(last, [4, 5], [7, 9], corners);
            let last = last.reshape([2, 7, 9, 3]).permute([0, 3, 1, 2]);
            let gap: f32 = (first - last).abs().max().into_scalar();
            assert!(gap < 1e-4, "{gap}");
        }
    }
}
