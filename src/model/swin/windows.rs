//! Windows: how a map is padded, shifted and cut for attention, as one gather there and one back.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

/// Added to the scores of two positions that the shift brought together from apart.
const APART: f32 = -100.0;

/// The cut of a map of one size into windows, unshifted or shifted (FIANET.md section 5.2, steps 1 to 3 and 5).
///
/// Padding to whole windows, rolling and cutting only move positions, so each direction is one gather along the position
/// axis. Positions that are padding point at a zero row after the map.
#[derive(Debug, Clone)]
pub struct Windows {
    /// Map position of each window slot, windows in rows: `[nW · ws²]`; the map's length stands for padding.
    gather: Tensor<1, Int>,
    /// Window slot of each map position: `[N]`.
    scatter: Tensor<1, Int>,
    /// What is added to the scores inside each window: `[nW, 1, ws², ws²]`; none without shift.
    mask: Option<Tensor<4>>,
    count: usize,
    area: usize,
    padded: bool,
}

impl Windows {
    /// Windows of side `window` over a map of `size` (height, width), moved by `shift` to the lower right.
    pub fn new(size: [usize; 2], window: usize, shift: usize, device: &Device) -> Self {
        let [h, w] = size;
        let [tall, wide] = size.map(|side| side.next_multiple_of(window));
        let (rows, columns) = (tall / window, wide / window);
        let (count, area) = (rows * columns, window * window);
        let mut gather = Vec::with_capacity(count * area);
        let mut scatter = vec![0_i64; h * w];
        let mut regions = Vec::with_capacity(count * area);
        for slot in 0..count * area {
            let (index, inside) = (slot / area, slot % area);
            // Place in the rolled map, and where the roll by -shift took it from.
            let y = index / columns * window + inside / window;
            let x = index % columns * window + inside % window;
            let (from_y, from_x) = ((y + shift) % tall, (x + shift) % wide);
            regions.push(3 * region(y, tall, window, shift) + region(x, wide, window, shift));
            if from_y < h && from_x < w {
                scatter[from_y * w + from_x] = slot as i64;
                gather.push((from_y * w + from_x) as i64);
            } else {
                gather.push((h * w) as i64);
            }
        }
        let mask = (shift > 0).then(|| {
            let mut pairs = vec![0.0; count * area * area];
            for (pairs, regions) in pairs.chunks_mut(area * area).zip(regions.chunks(area)) {
                // Windows in the middle of the map hold one region and need nothing.
                if regions.iter().any(|region| *region != regions[0]) {
                    for (row, a) in pairs.chunks_mut(area).zip(regions) {
                        row.iter_mut().zip(regions).filter(|(_, b)| a != *b).for_each(|(pair, _)| *pair = APART);
                    }
                }
            }
            Tensor::from_data(TensorData::new(pairs, [count, 1, area, area]), (device, DType::F32))
        });
        Self {
            gather: Tensor::from_data(TensorData::new(gather, [count * area]), device),
            scatter: Tensor::from_data(TensorData::new(scatter, [h * w]), device),
            mask,
            count,
            area,
            padded: [tall, wide] != size,
        }
    }

    /// `[B, N, C]` to windows `[B · nW, ws², C]`, the batch outermost.
    pub fn cut(&self, x: Tensor<3>) -> Tensor<3> {
        let [b, _, c] = x.dims();
        let x = if self.padded {
            let nothing = Tensor::zeros([b, 1, c], &x.device());
            Tensor::cat(vec![x, nothing], 1)
        } else {
            x
        };
        x.select(1, self.gather.clone()).reshape([b * self.count, self.area, c])
    }

    /// Windows `[B · nW, ws², C]` back to the map `[B, N, C]`, padding left out.
    pub fn join(&self, windows: Tensor<3>) -> Tensor<3> {
        let [batches, area, c] = windows.dims();
        let b = batches / self.count;
        windows.reshape([b, self.count * area, c]).select(1, self.scatter.clone())
    }

    /// Scores `[B · nW, heads, ws², ws²]` with the pairs that do not belong together pushed down by 100.
    pub fn separate(&self, scores: Tensor<4>) -> Tensor<4> {
        let Some(mask) = &self.mask else { return scores };
        let [batches, heads, a, b] = scores.dims();
        let scores = scores.reshape([batches / self.count, self.count, heads, a, b]);
        (scores + mask.clone().unsqueeze::<5>()).reshape([batches, heads, a, b])
    }
}

/// Label of a row or column of the rolled map: 0 up to the last window, then 1, and 2 for what the roll brought round.
fn region(at: usize, length: usize, window: usize, shift: usize) -> usize {
    usize::from(at >= length - window) + usize::from(at >= length - shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(b: usize, n: usize, c: usize) -> Tensor<3> {
        Tensor::<1, Int>::arange(1..(b * n * c) as i64 + 1, &Device::flex()).float().reshape([b, n, c])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn joining_what_was_cut_gives_the_map(h in 1..20_usize, w in 1..20_usize, ws in 1..9_usize, b in 1..3_usize) {
            for shift in [0, ws / 2] {
                let windows = Windows::new([h, w], ws, shift, &Device::flex());
                let x = numbers(b, h * w, 2);
                prop_assert_eq!(windows.join(windows.cut(x.clone())).into_data(), x.into_data());
            }
        }
    }

    #[test]
    fn a_shifted_cut_equals_pad_then_roll_then_cut() {
        let (h, w, ws, shift) = (5, 7, 4, 2);
        let x = numbers(2, h * w, 3);
        let padded =
            x.clone().reshape([2, h, w, 3]).pad([(0, 3), (0, 1), (0, 0)], burn::tensor::ops::PadMode::Constant(0.0));
        let rolled = padded.roll(&[-(shift as i64), -(shift as i64)], &[1, 2]);
        let expected = rolled.reshape([2, 2, ws, 2, ws, 3]).permute([0, 1, 3, 2, 4, 5]).reshape([8, ws * ws, 3]);
        let cut = Windows::new([h, w], ws, shift, &Device::flex()).cut(x);
        assert_eq!(cut.into_data(), expected.into_data());
    }

    #[test]
    fn a_map_of_one_window_is_shifted_too() {
        // 3x3 with shift 1: rows and columns 0, 1 belong together, 2 came round from the other side.
        let windows = Windows::new([3, 3], 3, 1, &Device::flex());
        let mask: Vec<f32> = windows.mask.unwrap().into_data().try_to_vec().unwrap();
        assert_eq!(mask[..9], [0.0, 0.0, APART, 0.0, 0.0, APART, APART, APART, APART]);
    }
}
