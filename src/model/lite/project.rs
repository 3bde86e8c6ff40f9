//! The encoder's maps brought to the heads' widths, with the place of each cell in the frame.
//!
//! A window does not see where it lies in the frame, so position words would lose their meaning on a scene cut into
//! windows. Coordinates tell it: `sin` and `cos` of `(2 f - 1) · π · (0.5, 1, 2, 4)` for the frame's x of a cell's
//! centre, then for its y.

use std::f32::consts::PI;

use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};

use crate::model::ops::{self, Activation, channels_last};
use crate::model::trace::Trace;

/// Half waves across the frame of each coordinate function.
const FREQUENCIES: [f32; 4] = [0.5, 1.0, 2.0, 4.0];
/// Values that tell one axis: a sine and a cosine of each frequency.
const PER_AXIS: usize = 2 * FREQUENCIES.len();

/// `project.I`: 1x1 with bias.
pub fn project(input: usize, width: usize, device: &Device) -> Conv2d {
    Conv2dConfig::new([input, width], [1, 1]).init(device)
}

/// `coordinates.I`.
pub fn coordinates(width: usize, device: &Device) -> Linear {
    LinearConfig::new(2 * PER_AXIS, width).init(device)
}

/// The cells of one scale: `[B, C, H, W]` and the views' boxes `[B, 4]` in the frame to `[B, H, W, width]`.
pub fn cells(map: Tensor<4>, boxes: Tensor<2>, project: &Conv2d, coordinates: &Linear, trace: Trace<'_>) -> Tensor<4> {
    let [batch, _, height, width] = map.dims();
    let x = ops::convolve(map, project, Activation::Identity);
    trace.output(|| x.clone());
    let x = channels_last(x);
    // The linear map of [e_x, e_y] is a sum over the axes: no need to form e for every cell.
    let weight = coordinates.weight.val(); // [16, width]
    let [_, channels] = weight.dims();
    let side = |axis: usize, cells: usize| {
        let waves = waves(boxes.clone(), axis, cells); // [B, cells, 8]
        let weight = weight.clone().slice([axis * PER_AXIS..(axis + 1) * PER_AXIS, 0..channels]);
        waves.reshape([batch * cells, PER_AXIS]).matmul(weight)
    };
    let columns = side(0, width).reshape([batch, 1, width, channels]);
    let mut rows = side(1, height);
    if let Some(bias) = &coordinates.bias {
        rows = rows + bias.val().unsqueeze();
    }
    x + columns + rows.reshape([batch, height, 1, channels])
}

/// Coordinate functions of the cells' centres along one axis (0 for x, 1 for y): `[B, cells, 8]`.
fn waves(boxes: Tensor<2>, axis: usize, cells: usize) -> Tensor<3> {
    let device = boxes.device();
    let [batch, _] = boxes.dims();
    let low = boxes.clone().narrow(1, axis, 1); // [B, 1]
    let high = boxes.narrow(1, axis + 2, 1);
    let centres: Vec<f32> = (0..cells).map(|cell| (cell as f32 + 0.5) / cells as f32).collect();
    let centres = Tensor::<2>::from_data(TensorData::new(centres, [1, cells]), &device);
    let place = low.clone() + (high - low) * centres; // [B, cells], 0..1 of the frame
    let frequencies = Tensor::<3>::from_data(TensorData::new(FREQUENCIES.map(|f| f * PI).to_vec(), [1, 1, 4]), &device);
    let angle = (place * 2.0 - 1.0).reshape([batch, cells, 1]) * frequencies; // [B, cells, 4]
    Tensor::cat(vec![angle.clone().sin(), angle.cos()], 2)
}
