//! Swin's relative position bias: the index that follows from the window, and tables made for another window.

/// A of the cubic convolution kernel, as PyTorch has it.
const CUBIC_A: f32 = -0.75;

/// The row of the bias table for each pair of positions in a window of side `window`, row-major
/// (window², window²): (ya − yb + window − 1) · (2 window − 1) + (xa − xb + window − 1) (FIANET.md 5.2).
pub fn relative_position_index(window: usize) -> Vec<i64> {
    let cells = window * window;
    let side = 2 * window - 1;
    let mut index = Vec::with_capacity(cells * cells);
    for a in 0..cells {
        for b in 0..cells {
            let row = a / window + window - 1 - b / window;
            let column = a % window + window - 1 - b % window;
            index.push((row * side + column) as i64);
        }
    }
    index
}

/// Resizes a bias table `(from², heads)` to `(to², heads)`: bicubic, corners not aligned, edge-clamped taps, no
/// antialiasing (FIANET.md 11.2). Positions and weights are computed in 32 bits as PyTorch does, whose rounding of the
/// position is larger than that of all the rest. `None` when `table` is not `from² · heads` long or a side is zero.
pub fn resize_bias_table(table: &[f32], heads: usize, from: usize, to: usize) -> Option<Vec<f32>> {
    if from == 0 || to == 0 || table.len() != from.checked_mul(from)?.checked_mul(heads)? {
        return None;
    }
    let taps: Vec<[(usize, f32); 4]> = (0..to).map(|output| cubic_taps(output, from, to)).collect();
    let mut resized = Vec::with_capacity(to * to * heads);
    for rows in &taps {
        for columns in &taps {
            for head in 0..heads {
                let mut sum = 0f32;
                for (row, row_weight) in rows {
                    let mut line = 0f32;
                    for (column, weight) in columns {
                        line = weight.mul_add(table[(row * from + column) * heads + head], line);
                    }
                    sum = row_weight.mul_add(line, sum);
                }
                resized.push(sum);
            }
        }
    }
    Some(resized)
}

/// The four source positions that output position `output` mixes, with their weights.
fn cubic_taps(output: usize, from: usize, to: usize) -> [(usize, f32); 4] {
    let scale = from as f32 / to as f32;
    let source = scale.mul_add(output as f32 + 0.5, -0.5);
    let (first, t) = (source.floor(), source - source.floor());
    let near = |x: f32| ((CUBIC_A + 2.0).mul_add(x, -(CUBIC_A + 3.0)) * x).mul_add(x, 1.0);
    let far = |x: f32| CUBIC_A.mul_add(x, -5.0 * CUBIC_A).mul_add(x, 8.0 * CUBIC_A).mul_add(x, -4.0 * CUBIC_A);
    let weights = [far(t + 1.0), near(t), near(1.0 - t), far((1.0 - t) + 1.0)];
    let mut taps = [(0, 0.0); 4];
    for (number, (tap, weight)) in taps.iter_mut().zip(weights).enumerate() {
        let position = (first + number as f32 - 1.0).clamp(0.0, (from - 1) as f32);
        *tap = (position as usize, weight);
    }
    taps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_a_window_of_two_is_that_of_the_paper() {
        assert_eq!(relative_position_index(2), [4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4]);
    }

    #[test]
    fn a_table_of_the_same_size_is_unchanged() {
        let table: Vec<f32> = (0..18).map(|value| value as f32).collect();
        assert_eq!(resize_bias_table(&table, 2, 3, 3), Some(table));
    }

    #[test]
    fn a_constant_table_stays_constant() {
        let resized = resize_bias_table(&[0.5; 169], 1, 13, 23).unwrap();
        // The outer weights are differences of numbers up to 6, whose 32-bit rounding is 2.4e-7.
        assert!(resized.iter().all(|value| (value - 0.5).abs() < 1e-6));
    }

    #[test]
    fn a_table_of_the_wrong_length_is_refused() {
        assert!(resize_bias_table(&[0.0; 5], 1, 2, 3).is_none());
    }
}
