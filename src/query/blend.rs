//! Smooth weights that join overlapping windows without a seam.

/// Weights of one axis of a window: a cosine ramp over each overlap with a neighbour, one elsewhere.
///
/// The ramps of two neighbours are sin² and cos² of the same angle, so the weights of all windows over a pixel
/// sum to one: blending needs no second pass and no record of what was summed, and a pixel's value depends on
/// nothing but the windows that cover it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ramp {
    weights: Vec<f32>,
}

impl Ramp {
    /// Weights for a window of `size` pixels that starts every `stride` pixels, `stride` in `size / 2 ..= size`.
    /// `before` and `after` say whether a neighbour overlaps on that side.
    pub fn new(size: usize, stride: usize, before: bool, after: bool) -> Self {
        let overlap = size.saturating_sub(stride);
        let angle = |i: usize| std::f32::consts::FRAC_PI_2 * (i as f32 + 0.5) / overlap as f32;
        let weights = (0..size)
            .map(|i| {
                let rising = if before && i < overlap { angle(i).sin().powi(2) } else { 1.0 };
                let falling = if after && i >= stride { angle(i - stride).cos().powi(2) } else { 1.0 };
                rising * falling
            })
            .collect();
        Self { weights }
    }

    /// The weight of the pixel `i` of the window, 0..=1.
    pub fn at(&self, i: usize) -> f32 {
        self.weights[i]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_over_every_pixel_sum_to_one() {
        for (size, stride) in [(480, 384), (480, 480), (64, 32), (97, 60)] {
            let windows = 4;
            let mut sums = vec![0f32; stride * (windows - 1) + size];
            for k in 0..windows {
                let ramp = Ramp::new(size, stride, k > 0, k + 1 < windows);
                for i in 0..size {
                    sums[k * stride + i] += ramp.at(i);
                }
            }
            assert!(sums.iter().all(|s| (s - 1.0).abs() < 1e-6), "{size} {stride}");
        }
    }
}
