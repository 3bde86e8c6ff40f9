//! Products of many short rows with one matrix: what 1x1 convolutions and linear layers are.

use super::lanes::{Lanes, WIDTH, at, at_mut};

/// Columns of a full panel: two vectors.
const PANEL: usize = 2 * WIDTH;
/// Rows multiplied at once: six rows by two vectors keep twelve sums in registers and leave room for the operands.
pub const ROWS: usize = 6;

/// A matrix `[inner, columns]`, cut into panels of columns whose rows lie one after the other.
#[derive(Debug)]
pub struct Matrix {
    inner: usize,
    columns: usize,
    panels: Vec<f32>,
}

impl Matrix {
    /// The matrix whose element at row `k`, column `n` is `at(k, n)`.
    pub fn new(inner: usize, columns: usize, at: impl Fn(usize, usize) -> f32) -> Self {
        let mut panels = Vec::with_capacity(inner * columns.next_multiple_of(WIDTH));
        for (start, width) in cuts(columns) {
            for k in 0..inner {
                panels.extend((start..start + width).map(|n| if n < columns { at(k, n) } else { 0.0 }));
            }
        }
        Self { inner, columns, panels }
    }

    /// From `[inner, columns]`, row by row.
    pub fn from_rows(values: &[f32], inner: usize, columns: usize) -> Self {
        Self::new(inner, columns, |k, n| values[k * columns + n])
    }

    /// From the transpose `[columns, inner]`, row by row.
    pub fn from_columns(values: &[f32], inner: usize, columns: usize) -> Self {
        Self::new(inner, columns, |k, n| values[n * inner + k])
    }

    /// Columns of the matrix.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Writes `low.max(high.min(a · self + bias))` of `rows` rows. Row `r` of `a` begins at `r · a_stride`, row `r` of
    /// `out` at `r · out_stride`; `bias` is empty for none.
    #[inline(always)]
    pub fn multiply<L: Lanes>(
        &self,
        rows: usize,
        (a, a_stride): (&[f32], usize),
        bias: &[f32],
        (low, high): (f32, f32),
        (out, out_stride): (&mut [f32], usize),
    ) {
        let mut panels = self.panels.as_slice();
        for (start, width) in cuts(self.columns) {
            let (panel, rest) = panels.split_at(self.inner * width);
            panels = rest;
            let used = width.min(self.columns - start);
            let mut sums = [0.0; PANEL];
            if !bias.is_empty() {
                sums[..used].copy_from_slice(&bias[start..start + used]);
            }
            let mut row = 0;
            while row < rows {
                let block =
                    Block { a: &a[row * a_stride..], a_stride, inner: self.inner, panel, sums: &sums, low, high };
                let out = &mut out[row * out_stride + start..];
                row += match (rows - row, width == PANEL) {
                    (ROWS.., true) => block.run::<L, ROWS, 2>(out, out_stride, used),
                    (ROWS.., false) => block.run::<L, ROWS, 1>(out, out_stride, used),
                    (3.., true) => block.run::<L, 3, 2>(out, out_stride, used),
                    (3.., false) => block.run::<L, 3, 1>(out, out_stride, used),
                    (_, true) => block.run::<L, 1, 2>(out, out_stride, used),
                    (_, false) => block.run::<L, 1, 1>(out, out_stride, used),
                };
            }
        }
    }
}

/// First column and width of each panel: full ones, and a narrow one where a vector is enough for the rest.
fn cuts(columns: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..columns).step_by(PANEL).map(move |start| (start, if columns - start > WIDTH { PANEL } else { WIDTH }))
}

/// A few rows times one panel.
struct Block<'a> {
    a: &'a [f32],
    a_stride: usize,
    inner: usize,
    panel: &'a [f32],
    sums: &'a [f32; PANEL],
    low: f32,
    high: f32,
}

impl Block<'_> {
    /// `R` rows by `V` vectors of columns, of which the first `used` are written. Gives back `R`.
    #[expect(clippy::needless_range_loop, reason = "constant bounds keep the sums in registers")]
    #[inline(always)]
    fn run<L: Lanes, const R: usize, const V: usize>(self, out: &mut [f32], out_stride: usize, used: usize) -> usize {
        // No closures here: one that is not inlined would be compiled without the processor's vector instructions.
        let mut sums = [[L::splat(0.0); V]; R];
        for line in &mut sums {
            for v in 0..V {
                line[v] = L::load(at(self.sums, v * WIDTH));
            }
        }
        let mut rows: [&[f32]; R] = [&[]; R];
        for r in 0..R {
            rows[r] = &self.a[r * self.a_stride..][..self.inner];
        }
        for k in 0..self.inner {
            let mut right = [L::splat(0.0); V];
            for v in 0..V {
                right[v] = L::load(at(self.panel, (k * V + v) * WIDTH));
            }
            for r in 0..R {
                // SAFETY: each row was cut to `inner` floats, and k is less.
                let left = L::splat(unsafe { *rows[r].get_unchecked(k) });
                for v in 0..V {
                    sums[r][v] = left.mul_add(right[v], sums[r][v]);
                }
            }
        }
        let (low, high) = (L::splat(self.low), L::splat(self.high));
        for r in 0..R {
            let line = &mut out[r * out_stride..][..used];
            if used == V * WIDTH {
                for v in 0..V {
                    sums[r][v].min(high).max(low).store(at_mut(line, v * WIDTH));
                }
            } else {
                let mut padded = [0.0; PANEL];
                for v in 0..V {
                    sums[r][v].min(high).max(low).store(at_mut(&mut padded, v * WIDTH));
                }
                line.copy_from_slice(&padded[..used]);
            }
        }
        R
    }
}

#[cfg(test)]
mod tests {
    use super::super::lanes::{Kernel, Plain, run};
    use super::*;

    struct Multiply<'a>(&'a Matrix, usize, &'a [f32], &'a [f32], &'a mut [f32]);

    impl Kernel for Multiply<'_> {
        type Output = ();

        #[inline(always)]
        fn run<L: Lanes>(self) {
            let Self(matrix, rows, a, bias, out) = self;
            let columns = matrix.columns();
            matrix.multiply::<L>(rows, (a, a.len() / rows), bias, (-2.0, 3.0), (out, columns));
        }
    }

    #[test]
    fn products_of_every_size_are_right_with_and_without_vector_instructions() {
        let mut state = 1_u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        for (rows, inner, columns) in
            [(1, 1, 1), (2, 3, 8), (6, 16, 16), (7, 5, 24), (13, 32, 40), (11, 9, 2), (9, 4, 19)]
        {
            let a: Vec<f32> = (0..rows * inner).map(|_| next()).collect();
            let b: Vec<f32> = (0..inner * columns).map(|_| next()).collect();
            let bias: Vec<f32> = (0..columns).map(|_| next()).collect();
            let matrix = Matrix::from_rows(&b, inner, columns);
            for plain in [false, true] {
                let mut out = vec![0.0; rows * columns];
                let kernel = Multiply(&matrix, rows, &a, &bias, &mut out);
                if plain {
                    kernel.run::<Plain>()
                } else {
                    run(kernel)
                }
                for (index, found) in out.into_iter().enumerate() {
                    let (r, n) = (index / columns, index % columns);
                    let dot: f64 =
                        (0..inner).map(|k| f64::from(a[r * inner + k]) * f64::from(b[k * columns + n])).sum();
                    let wanted = (dot + f64::from(bias[n])).clamp(-2.0, 3.0) as f32;
                    assert!((found - wanted).abs() < 1e-5, "{rows}x{inner}x{columns} at {index}: {found} for {wanted}");
                }
            }
        }
    }
}
