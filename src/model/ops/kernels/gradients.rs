//! Kernels of training, on maps with the channels of a cell together: gradients of convolutions and of bilinear resize, and
//! BatchNorm both ways.
//!
//! Sums over all cells are cut into a fixed number of parts and added in their order, so that the result does not depend on
//! the number of threads: a run can be repeated to the last bit.

use std::ops::Range;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::Activation;
use super::cells::{Share, Walk};
use super::functions::gelu_slope;
use super::lanes::{Kernel, Lanes, WIDTH, at, at_mut, run};
use super::parallel::fill;

/// Parts of a sum over cells.
const PARTS: usize = 16;
/// Cells whose products are summed before they are added to the rest: both operands of so many stay in the cache.
const BLOCK: usize = 128;

/// `part` of each range of `count` things, added in order.
fn summed(length: usize, count: usize, part: impl Fn(Range<usize>, &mut [f32]) + Sync) -> Vec<f32> {
    let each = count.div_ceil(PARTS).max(1);
    let parts: Vec<Vec<f32>> = (0..PARTS)
        .into_par_iter()
        .map(|index| {
            let mut sums = vec![0.0; length];
            part((index * each).min(count)..((index + 1) * each).min(count), &mut sums);
            sums
        })
        .collect();
    let mut parts = parts.into_iter();
    let mut total = parts.next().unwrap_or_default();
    for part in parts {
        for (total, part) in total.iter_mut().zip(part) {
            *total += part;
        }
    }
    total
}

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

/// Mean and biased variance of each channel of `[cells, channels]`.
pub fn moments(x: &[f32], channels: usize) -> [Vec<f32>; 2] {
    let count = (x.len() / channels.max(1)).max(1) as f32;
    let zero = vec![0.0; channels];
    let mean: Vec<f32> = centred_sums(x, &zero, false).into_iter().map(|sum| sum / count).collect();
    let variance = centred_sums(x, &mean, true).into_iter().map(|sum| sum / count).collect();
    [mean, variance]
}

/// Sum of `x - centre`, or of its square, of each channel.
fn centred_sums(x: &[f32], centre: &[f32], square: bool) -> Vec<f32> {
    let channels = centre.len();
    summed(channels, x.len() / channels.max(1), |cells, out| {
        for start in cells.clone().step_by(BLOCK) {
            let x = &x[start * channels..(start + BLOCK).min(cells.end) * channels];
            let mut block = vec![0.0; channels];
            run(Centred { x, centre, square, out: &mut block });
            for (sum, block) in out.iter_mut().zip(block) {
                *sum += block;
            }
        }
    })
}

struct Centred<'a> {
    x: &'a [f32],
    centre: &'a [f32],
    square: bool,
    out: &'a mut [f32],
}

impl Kernel for Centred<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        for line in self.x.chunks_exact(self.centre.len()) {
            for ((sum, value), centre) in self.out.iter_mut().zip(line).zip(self.centre) {
                let apart = value - centre;
                *sum += if self.square { apart * apart } else { apart };
            }
        }
    }
}

/// `low.max(high.min(x · scale + shift))`, scale and shift by channel.
pub fn scaled(x: &[f32], scale: &[f32], shift: &[f32], limits: (f32, f32)) -> Vec<f32> {
    let piece = BLOCK * scale.len();
    fill(x.len(), piece, |start, out| {
        let length = out.len();
        run(Scaled { x: &x[start..start + length], scale, shift, limits, out });
    })
}

struct Scaled<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    limits: (f32, f32),
    out: &'a mut [f32],
}

impl Kernel for Scaled<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let channels = self.scale.len();
        let (low, high) = self.limits;
        for (x, out) in self.x.chunks_exact(channels).zip(self.out.chunks_exact_mut(channels)) {
            for (((x, out), scale), shift) in x.iter().zip(out).zip(self.scale).zip(self.shift) {
                let value = x * scale + shift;
                let value = if value < high { value } else { high };
                *out = if value > low { value } else { low };
            }
        }
    }
}

/// What is known of a BatchNorm after its forward pass.
pub struct Normed<'a> {
    /// Its input, `[cells, channels]`.
    pub x: &'a [f32],
    /// What came out, after the limits of the activation.
    pub y: &'a [f32],
    /// Mean of each channel.
    pub mean: &'a [f32],
    /// One over the standard deviation of each channel.
    pub inverse: &'a [f32],
    /// Scale of each channel.
    pub gamma: &'a [f32],
    /// Limits of the activation.
    pub limits: (f32, f32),
}

impl Normed<'_> {
    /// Gradients of input, scale and shift from that of the output.
    pub fn back(&self, g: &[f32]) -> [Vec<f32>; 3] {
        let channels = self.mean.len();
        let cells = g.len() / channels.max(1);
        // Σ g of what the activation let through, and Σ g·x̂, side by side.
        let sums = summed(2 * channels, cells, |cells, out| {
            for start in cells.clone().step_by(BLOCK) {
                let mut block = vec![0.0; 2 * channels];
                let range = start * channels..(start + BLOCK).min(cells.end) * channels;
                let (beta, gamma) = block.split_at_mut(channels);
                run(NormSums { of: self, range: range.clone(), g: &g[range], beta, gamma });
                for (sum, block) in out.iter_mut().zip(block) {
                    *sum += block;
                }
            }
        });
        let (beta, gamma) = sums.split_at(channels);
        let count = cells.max(1) as f32;
        let input = fill(g.len(), BLOCK * channels, |start, out| {
            let range = start..start + out.len();
            run(NormBack { of: self, range: range.clone(), g: &g[range], beta, gamma, count, out });
        });
        [input, gamma.to_vec(), beta.to_vec()]
    }
}

struct NormSums<'a, 'n> {
    of: &'a Normed<'n>,
    range: Range<usize>,
    g: &'a [f32],
    beta: &'a mut [f32],
    gamma: &'a mut [f32],
}

impl Kernel for NormSums<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Normed { x, y, mean, inverse, limits: (low, high), .. } = *self.of;
        let channels = mean.len();
        let (x, y) = (&x[self.range.clone()], &y[self.range]);
        let lines = self.g.chunks_exact(channels).zip(x.chunks_exact(channels)).zip(y.chunks_exact(channels));
        for ((g, x), y) in lines {
            for c in 0..channels {
                let g = if y[c] > low && y[c] < high { g[c] } else { 0.0 };
                self.beta[c] += g;
                self.gamma[c] += g * (x[c] - mean[c]) * inverse[c];
            }
        }
    }
}

struct NormBack<'a, 'n> {
    of: &'a Normed<'n>,
    range: Range<usize>,
    g: &'a [f32],
    beta: &'a [f32],
    gamma: &'a [f32],
    count: f32,
    out: &'a mut [f32],
}

impl Kernel for NormBack<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Normed { x, y, mean, inverse, gamma, limits: (low, high) } = *self.of;
        let channels = mean.len();
        let (x, y) = (&x[self.range.clone()], &y[self.range]);
        let lines = self.g.chunks_exact(channels).zip(x.chunks_exact(channels)).zip(y.chunks_exact(channels));
        for (((g, x), y), out) in lines.zip(self.out.chunks_exact_mut(channels)) {
            for c in 0..channels {
                let g = if y[c] > low && y[c] < high { g[c] } else { 0.0 };
                let normed = (x[c] - mean[c]) * inverse[c];
                out[c] = gamma[c] * inverse[c] * (g - (self.beta[c] + normed * self.gamma[c]) / self.count);
            }
        }
    }
}

/// Values of one piece of work on plain values.
const PIECE: usize = 1 << 13;

/// `activation(x)`.
pub fn curved(x: &[f32], activation: Activation) -> Vec<f32> {
    fill(x.len(), PIECE, |start, out| {
        out.copy_from_slice(&x[start..start + out.len()]);
        run(Curved { activation, out });
    })
}

struct Curved<'a> {
    activation: Activation,
    out: &'a mut [f32],
}

impl Kernel for Curved<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        self.activation.curve::<L>(self.out);
    }
}

/// Gradient of [`curved`] for GELU, from its input, and for tanh, from its output.
pub fn curve_back(x: &[f32], y: &[f32], g: &[f32], activation: Activation) -> Vec<f32> {
    fill(g.len(), PIECE, |start, out| {
        let range = start..start + out.len();
        run(CurveBack { x: &x[range.clone()], y: &y[range.clone()], g: &g[range], activation, out });
    })
}

struct CurveBack<'a> {
    x: &'a [f32],
    y: &'a [f32],
    g: &'a [f32],
    activation: Activation,
    out: &'a mut [f32],
}

impl Kernel for CurveBack<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        if self.activation == Activation::Tanh {
            for ((out, y), g) in self.out.iter_mut().zip(self.y).zip(self.g) {
                *out = g * (1.0 - y * y);
            }
            return;
        }
        let whole = self.x.len() - self.x.len() % WIDTH;
        for index in (0..whole).step_by(WIDTH) {
            let slope = gelu_slope(L::load(at(self.x, index)));
            slope.mul(L::load(at(self.g, index))).store(at_mut(self.out, index));
        }
        for index in whole..self.x.len() {
            let mut slope = [0.0; WIDTH];
            gelu_slope(L::splat(self.x[index])).store(&mut slope);
            self.out[index] = slope[0] * self.g[index];
        }
    }
}

/// Weight of a pixel in a cross entropy: `background`, and `beyond` more inside.
#[derive(Debug, Clone, Copy)]
pub struct PixelWeights {
    /// Of a background pixel.
    pub background: f32,
    /// What a target pixel has more.
    pub beyond: f32,
}

/// Of each plane of `pixels` margins and truths: weighted sum of the cross entropies, sum of the probabilities, and sum of
/// those inside. `[planes, 3]`.
pub fn mask_sums(margin: &[f32], inside: &[f32], pixels: usize, weights: PixelWeights) -> Vec<f32> {
    let planes = margin.len() / pixels.max(1);
    let sums = (0..planes).into_par_iter().map(|plane| {
        let range = plane * pixels..(plane + 1) * pixels;
        let mut sums = [0.0f64; 3];
        for (&m, &y) in margin[range.clone()].iter().zip(&inside[range]) {
            let (chance, apart) = chance(m);
            // softplus(m) - m y
            let entropy = m.max(0.0) - m * y + apart.ln_1p();
            sums[0] += f64::from(entropy * (weights.background + weights.beyond * y));
            sums[1] += f64::from(chance);
            sums[2] += f64::from(chance * y);
        }
        sums.map(|sum| sum as f32)
    });
    sums.collect::<Vec<_>>().into_flattened()
}

/// The sigmoid of a margin, and `e^-|m|`.
fn chance(m: f32) -> (f32, f32) {
    let apart = (-m.abs()).exp();
    (if m >= 0.0 { 1.0 } else { apart } / (1.0 + apart), apart)
}

/// Gradient of [`mask_sums`] for the margins, from that of the sums `[planes, 3]`.
pub fn mask_sums_back(g: &[f32], margin: &[f32], inside: &[f32], pixels: usize, weights: PixelWeights) -> Vec<f32> {
    fill(margin.len(), pixels, |start, out| {
        let g = &g[start / pixels.max(1) * 3..][..3];
        let values = margin[start..start + out.len()].iter().zip(&inside[start..]);
        for (out, (&m, &y)) in out.iter_mut().zip(values) {
            let (p, _) = chance(m);
            *out = g[0] * (weights.background + weights.beyond * y) * (p - y) + (g[1] + g[2] * y) * p * (1.0 - p);
        }
    })
}
