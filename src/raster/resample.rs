//! Resampling weights along one axis: area averages when shrinking, linear when enlarging.

/// How a band is resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// The mean over the footprint of the output pixel; between pixel centres where that is under one pixel.
    Mean,
    /// The pixel under the centre of the output pixel: for values that are names (palette entries).
    Pick,
}

/// The source pixels of one output pixel along one axis: `weights[i]` belongs to source pixel `first + i`. What lies
/// outside the source is left out, so the weights sum to at most 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taps {
    pub(super) first: usize,
    pub(super) weights: Vec<f64>,
}

impl Taps {
    /// One past the last source pixel.
    pub(super) fn end(&self) -> usize {
        self.first + self.weights.len()
    }
}

/// Weights of `outputs` pixels that divide `start..start + length` evenly over a source of `source` pixels.
/// Each depends only on where its own footprint lies.
pub(super) fn taps(start: f64, length: f64, outputs: usize, source: usize, kernel: Kernel) -> Vec<Taps> {
    let step = length / outputs as f64;
    (0..outputs)
        .map(|i| {
            let from = start + i as f64 * step;
            let spread = match kernel {
                Kernel::Pick => vec![((from + step / 2.0).floor(), 1.0)],
                Kernel::Mean if step < 1.0 => linear(from + step / 2.0),
                Kernel::Mean => mean(from, step, source),
            };
            inside(&spread, source)
        })
        .collect()
}

/// The two pixels whose centres are around `centre`.
fn linear(centre: f64) -> Vec<(f64, f64)> {
    let left = (centre - 0.5).floor();
    let t = centre - 0.5 - left;
    vec![(left, 1.0 - t), (left + 1.0, t)]
}

/// Shares of `from..from + step` that fall on each pixel of the source.
fn mean(from: f64, step: f64, source: usize) -> Vec<(f64, f64)> {
    // Sums of steps are off by a few ulps; a pixel touched by less than that is not touched.
    const NOTHING: f64 = 1e-7;
    let to = from + step;
    let mut pixel = (from + NOTHING).floor().max(0.0);
    let last = (to - NOTHING).min(source as f64);
    let mut spread = Vec::new();
    while pixel < last {
        let share = (to.min(pixel + 1.0) - from.max(pixel)) / step;
        spread.push((pixel, if (share * step - 1.0).abs() < NOTHING { 1.0 / step } else { share }));
        pixel += 1.0;
    }
    spread
}

fn inside(spread: &[(f64, f64)], source: usize) -> Taps {
    let mut kept = spread.iter().filter(|(pixel, weight)| *pixel >= 0.0 && *pixel < source as f64 && *weight > 0.0);
    let Some(&(first, weight)) = kept.next() else { return Taps { first: 0, weights: Vec::new() } };
    let weights = std::iter::once(weight).chain(kept.map(|&(_, weight)| weight)).collect();
    Taps { first: first as usize, weights }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_pixels_are_copied_exactly() {
        for (i, taps) in taps(3.0, 5.0, 5, 100, Kernel::Mean).into_iter().enumerate() {
            assert_eq!(taps, Taps { first: 3 + i, weights: vec![1.0] });
        }
    }

    #[test]
    fn a_footprint_of_two_and_a_half_pixels_takes_its_shares() {
        let taps = taps(1.0, 5.0, 2, 100, Kernel::Mean);
        assert_eq!(taps[0], Taps { first: 1, weights: vec![0.4, 0.4, 0.2] });
        assert_eq!(taps[1].first, 3);
    }

    #[test]
    fn what_hangs_over_the_edge_weighs_nothing() {
        let taps = taps(-2.0, 4.0, 2, 100, Kernel::Mean);
        assert!(taps[0].weights.is_empty());
        assert_eq!(taps[1].weights.iter().sum::<f64>(), 1.0);
    }

    proptest! {
        #[test]
        fn weights_inside_sum_to_one(start in 0.0..50.0f64, step in 0.05..9.0f64, outputs in 1usize..20) {
            for kernel in [Kernel::Mean, Kernel::Pick] {
                for taps in taps(start + 1.0, step * outputs as f64, outputs, 1000, kernel) {
                    prop_assert!((taps.weights.iter().sum::<f64>() - 1.0).abs() < 1e-6);
                }
            }
        }

        #[test]
        fn far_outside_nothing_is_touched_and_nothing_hangs(start in -1e15..1e15f64, length in 1e-3..1e12f64) {
            for taps in taps(start, length, 3, 50, Kernel::Mean) {
                prop_assert!(taps.end() <= 50);
            }
        }
    }
}
