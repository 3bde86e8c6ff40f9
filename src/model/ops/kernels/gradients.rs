//! Gradients of linear maps, convolutions and bilinear resize, on maps with the channels of a cell together.

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::cells::{Share, Walk};
use super::lanes::{Kernel, Lanes, WIDTH, at, at_mut, run};
use super::parallel::{BLOCK, fill, summed};

/// `aᵀ · b` of `[cells, rows]` and `[cells, columns]`, `columns` a multiple of [`WIDTH`].
pub fn outer(a: &[f32], rows: usize, b: &[f32], columns: usize) -> Vec<f32> {
    summed(rows * columns, a.len() / rows.max(1), |cells, out| {
        for start in cells.clone().step_by(BLOCK) {
            let block = start..(start + BLOCK).min(cells.end);
            let a = &a[block.start * rows..block.end * rows];
            let b = &b[block.start * columns..block.end * columns];
            run(Outer { a, rows, b, columns, out: &mut *out });
        }
    })
}

struct Outer<'a> {
    a: &'a [f32],
    rows: usize,
    b: &'a [f32],
    columns: usize,
    out: &'a mut [f32],
}

impl Kernel for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let mut column = 0;
        while column < self.columns {
            let wide = column + 2 * WIDTH <= self.columns;
            let mut row = 0;
            while row < self.rows {
                row += match (self.rows - row, wide) {
                    (6.., true) => self.tile::<L, 6, 2>(row, column),
                    (6.., false) => self.tile::<L, 6, 1>(row, column),
                    (2.., true) => self.tile::<L, 2, 2>(row, column),
                    (2.., false) => self.tile::<L, 2, 1>(row, column),
                    (_, true) => self.tile::<L, 1, 2>(row, column),
                    (_, false) => self.tile::<L, 1, 1>(row, column),
                };
            }
            column += if wide { 2 * WIDTH } else { WIDTH };
        }
    }
}

impl Outer<'_> {
    /// `R` rows by `V` vectors of columns of the product. Gives back `R`.
    #[expect(clippy::needless_range_loop, reason = "constant bounds keep the sums in registers")]
    #[inline(always)]
    fn tile<L: Lanes, const R: usize, const V: usize>(&mut self, row: usize, column: usize) -> usize {
        let mut sums = [[L::splat(0.0); V]; R];
        for (a, b) in self.a.chunks_exact(self.rows).zip(self.b.chunks_exact(self.columns)) {
            let a = &a[row..row + R];
            let mut right = [L::splat(0.0); V];
            for v in 0..V {
                right[v] = L::load(at(b, column + v * WIDTH));
            }
            for r in 0..R {
                let left = L::splat(a[r]);
                for v in 0..V {
                    sums[r][v] = left.mul_add(right[v], sums[r][v]);
                }
            }
        }
        for r in 0..R {
            for v in 0..V {
                let to = at_mut(self.out, (row + r) * self.columns + column + v * WIDTH);
                sums[r][v].add(L::load(to)).store(to);
            }
        }
        R
    }
}

/// Sum over the cells of `[cells, columns]`.
pub fn column_sums(a: &[f32], columns: usize) -> Vec<f32> {
    summed(columns, a.len() / columns.max(1), |cells, out| {
        for line in a[cells.start * columns..cells.end * columns].chunks_exact(columns) {
            for (sum, value) in out.iter_mut().zip(line) {
                *sum += value;
            }
        }
    })
}

/// Gradient of a depthwise convolution's weights `[kernel, kernel, channels]`, from its input `x` and the gradient `g` of its
/// output; channels a multiple of [`WIDTH`].
pub fn depthwise_weight(x: &[f32], g: &[f32], channels: usize, walk: Walk) -> Vec<f32> {
    let [height, width] = walk.size;
    let [out_height, out_width] = walk.out();
    let view = height * width * channels;
    let line = out_width * channels;
    let lines = g.len() / line.max(1);
    summed(walk.kernel[0] * walk.kernel[1] * channels, lines, |lines, out| {
        for index in lines {
            let x = &x[index / out_height * view..][..view];
            let row = index % out_height;
            run(DepthwiseWeight { x, g: &g[index * line..][..line], channels, walk, row, out: &mut *out });
        }
    })
}

struct DepthwiseWeight<'a> {
    x: &'a [f32],
    g: &'a [f32],
    channels: usize,
    walk: Walk,
    row: usize,
    out: &'a mut [f32],
}

impl Kernel for DepthwiseWeight<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        match self.walk.kernel[1] {
            3 => self.taps::<L, 3>(),
            5 => self.taps::<L, 5>(),
            kernel => {
                for tap in 0..kernel {
                    self.tap::<L, 1>(tap);
                }
            }
        }
    }
}

impl DepthwiseWeight<'_> {
    #[inline(always)]
    fn taps<L: Lanes, const K: usize>(&mut self) {
        self.tap::<L, K>(0);
    }

    /// `K` taps from `tap` on, of each row of the kernel that lies inside.
    #[expect(clippy::needless_range_loop, reason = "constant bounds keep the sums in registers")]
    #[inline(always)]
    fn tap<L: Lanes, const K: usize>(&mut self, tap: usize) {
        let (channels, walk) = (self.channels, self.walk);
        let [_, width] = walk.size;
        let [_, out_width] = walk.out();
        let (rows, first_row) = walk.taps(0, self.row);
        let (before, stride) = (walk.before()[1], walk.stride[1]);
        for (down, row) in rows.enumerate() {
            let line = &self.x[(first_row + down) * width * channels..][..width * channels];
            let mut channel = 0;
            while channel < channels {
                let mut sums = [L::splat(0.0); K];
                for column in 0..out_width {
                    let g = L::load(at(self.g, column * channels + channel));
                    let start = column * stride + tap; // before padding is taken off
                    if start >= before && start + K <= width + before {
                        let from = (start - before) * channels + channel;
                        for t in 0..K {
                            sums[t] = L::load(at(line, from + t * channels)).mul_add(g, sums[t]);
                        }
                    } else {
                        for t in 0..K {
                            if start + t >= before && start + t < width + before {
                                let from = (start + t - before) * channels + channel;
                                sums[t] = L::load(at(line, from)).mul_add(g, sums[t]);
                            }
                        }
                    }
                }
                for t in 0..K {
                    let to = at_mut(self.out, (row * walk.kernel[1] + tap + t) * channels + channel);
                    sums[t].add(L::load(to)).store(to);
                }
                channel += WIDTH;
            }
        }
    }
}

/// The gradient `g` of a strided convolution's output spread over a map of the input's size, zeros between, so placed that
/// the convolution of stride 1 with the turned kernel gives the gradient of the input. For stride 1, `g` itself.
pub fn spread(g: &[f32], channels: usize, walk: Walk) -> Vec<f32> {
    let [height, width] = walk.size;
    let [out_height, out_width] = walk.out();
    // Turning the kernel turns its padding; "same" of stride 1 has half of it before.
    let offset = [0, 1].map(|axis| {
        let turned = walk.kernel[axis] - 1 - walk.before()[axis];
        turned - (walk.kernel[axis] - 1) / 2
    });
    let views = g.len() / (out_height * out_width * channels).max(1);
    fill(views * height * width * channels, width * channels, |start, line| {
        let (view, row) = (start / (width * channels) / height, start / (width * channels) % height);
        let Some(row) = row.checked_sub(offset[0]).filter(|row| row.is_multiple_of(walk.stride[0])) else { return };
        let row = row / walk.stride[0];
        if row >= out_height {
            return;
        }
        let from = &g[(view * out_height + row) * out_width * channels..][..out_width * channels];
        for (column, cell) in from.chunks_exact(channels).enumerate() {
            let to = (column * walk.stride[1] + offset[1]) * channels;
            if let Some(to) = line.get_mut(to..to + channels) {
                to.copy_from_slice(cell);
            }
        }
    })
}

/// Gradient of [`super::resize`]: `g` `[B, to, channels]` to `[B, from, channels]`.
pub fn resize_back(g: &[f32], channels: usize, from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let [height, width] = from;
    let [out_height, out_width] = to;
    let view = height * width * channels;
    let line = width * channels;
    let views = g.len() / (out_height * out_width * channels).max(1);
    let columns: Vec<Share> = (0..out_width).map(|column| Share::new(column, width, out_width)).collect();
    let mut out = vec![0.0; views * view];
    out.par_chunks_mut(view.max(1)).enumerate().for_each(|(index, out)| {
        let mut across = vec![0.0; line];
        for row in 0..out_height {
            let from = &g[(index * out_height + row) * out_width * channels..][..out_width * channels];
            across.fill(0.0);
            for (cell, share) in from.chunks_exact(channels).zip(&columns) {
                run(Add { to: &mut across[share.low * channels..][..channels], from: cell, share: 1.0 - share.share });
                run(Add { to: &mut across[share.high * channels..][..channels], from: cell, share: share.share });
            }
            let share = Share::new(row, height, out_height);
            run(Add { to: &mut out[share.low * line..][..line], from: &across, share: 1.0 - share.share });
            run(Add { to: &mut out[share.high * line..][..line], from: &across, share: share.share });
        }
    });
    out
}

/// `to += from · share`.
struct Add<'a> {
    to: &'a mut [f32],
    from: &'a [f32],
    share: f32,
}

impl Kernel for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        for (to, from) in self.to.iter_mut().zip(self.from) {
            *to += from * self.share;
        }
    }
}
