//! Kernels on maps with the channels of a cell together: linear, depthwise and dense convolution, resize.

use super::Activation;
use super::functions::{Gelu, Tanh, bend};
use super::lanes::{Kernel, Lanes, WIDTH, at, at_mut, run};
use super::matrix::{Matrix, ROWS};
use super::parallel::fill;

/// Rows of one piece of work: a multiple of what the product takes at once, and few enough to stay in the cache.
pub const PIECE: usize = 16 * ROWS;

/// What follows a kernel: limits that cost nothing, or a function of every value.
impl Activation {
    /// Least and greatest value let through.
    fn limits(self) -> (f32, f32) {
        match self {
            Self::Relu => (0.0, f32::INFINITY),
            Self::Relu6 => (0.0, 6.0),
            Self::Identity | Self::Gelu | Self::Tanh => (f32::NEG_INFINITY, f32::INFINITY),
        }
    }

    /// Its limits, if it does no more than limit.
    pub fn limits_alone(self) -> Option<(f32, f32)> {
        matches!(self, Self::Identity | Self::Relu | Self::Relu6).then(|| self.limits())
    }

    #[inline(always)]
    pub(super) fn curve<L: Lanes>(self, values: &mut [f32]) {
        match self {
            Self::Gelu => bend::<L, Gelu>(values),
            Self::Tanh => bend::<L, Tanh>(values),
            Self::Identity | Self::Relu | Self::Relu6 => {}
        }
    }
}

/// `activation(x · weight + bias)` of `[cells, inner]` to `[cells, columns]`.
pub fn linear(x: &[f32], inner: usize, weight: &Matrix, bias: &[f32], activation: Activation) -> Vec<f32> {
    let columns = weight.columns();
    let cells = x.len() / inner.max(1);
    fill(cells * columns, PIECE * columns, |start, out| {
        let x = &x[start / columns * inner..];
        run(LinearPiece { x, inner, weight, bias, activation, out });
    })
}

struct LinearPiece<'a> {
    x: &'a [f32],
    inner: usize,
    weight: &'a Matrix,
    bias: &'a [f32],
    activation: Activation,
    out: &'a mut [f32],
}

impl Kernel for LinearPiece<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { x, inner, weight, bias, activation, out } = self;
        let columns = weight.columns();
        weight.multiply::<L>(out.len() / columns, (x, inner), bias, activation.limits(), (out, columns));
        activation.curve::<L>(out);
    }
}

/// How a kernel moves over a map: sizes in cells, zeros outside.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    /// Height and width of the input.
    pub size: [usize; 2],
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps down and across.
    pub stride: [usize; 2],
}

impl Walk {
    /// Height and width of the output: one for each step that begins inside.
    pub fn out(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.size[axis].div_ceil(self.stride[axis]))
    }

    /// Cells of padding before the input, by TensorFlow's "same" rule: half of what is needed in all, rounded down.
    pub(super) fn before(&self) -> [usize; 2] {
        let out = self.out();
        [0, 1].map(|axis| {
            let covered = out[axis].saturating_sub(1) * self.stride[axis] + self.kernel[axis];
            covered.saturating_sub(self.size[axis]) / 2
        })
    }

    /// Along `axis`, taps of the kernel that fall inside for output `at`, and the input under the first of them.
    #[inline(always)]
    pub(super) fn taps(&self, axis: usize, at: usize) -> (std::ops::Range<usize>, usize) {
        let start = at * self.stride[axis]; // before padding is taken off
        let before = self.before()[axis];
        let first = before.saturating_sub(start);
        let last = (self.size[axis] + before).saturating_sub(start).min(self.kernel[axis]);
        (first..last.max(first), (start + first) - before)
    }
}

/// `activation(depthwise(x) + bias)` of `[B, H, W, channels]`; `weight` is `[kernel, kernel, channels]`.
pub fn depthwise(
    x: &[f32],
    channels: usize,
    walk: Walk,
    weight: &[f32],
    bias: &[f32],
    activation: Activation,
) -> Vec<f32> {
    let [height, width] = walk.size;
    let [out_height, out_width] = walk.out();
    let view = height * width * channels;
    let line = out_width * channels;
    let views = x.len() / view.max(1);
    fill(views * out_height * line, line, |start, out| {
        let (index, row) = (start / line / out_height, start / line % out_height);
        let x = &x[index * view..][..view];
        run(DepthwiseLine { x, channels, walk, weight, bias, activation, row, out });
    })
}

struct DepthwiseLine<'a> {
    x: &'a [f32],
    channels: usize,
    walk: Walk,
    weight: &'a [f32],
    bias: &'a [f32],
    activation: Activation,
    row: usize,
    out: &'a mut [f32],
}

/// Cells of a line whose sums are kept at once.
const SPAN: usize = 6;

impl Kernel for DepthwiseLine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let [_, width] = self.walk.size;
        let [_, kernel] = self.walk.kernel;
        let [_, stride] = self.walk.stride;
        let [_, out_width] = self.walk.out();
        let mut column = 0;
        while column < out_width {
            // Inside, several cells share each weight; at the edges one cell after the other, with the taps it has.
            let (taps, first) = self.walk.taps(1, column);
            let reach = first + (SPAN - 1) * stride + kernel;
            if taps.len() == kernel && reach <= width && column + SPAN <= out_width {
                self.cells::<L, SPAN>(column);
                column += SPAN;
            } else {
                self.cells::<L, 1>(column);
                column += 1;
            }
        }
        self.activation.curve::<L>(self.out);
    }
}

impl DepthwiseLine<'_> {
    /// `N` cells from `column` on, which all have the taps of the first.
    #[expect(clippy::needless_range_loop, reason = "constant bounds keep the sums in registers")]
    #[inline(always)]
    fn cells<L: Lanes, const N: usize>(&mut self, column: usize) {
        let [_, width] = self.walk.size;
        let [_, kernel] = self.walk.kernel;
        let step = self.walk.stride[1] * self.channels;
        let (rows, first_row) = self.walk.taps(0, self.row);
        let (taps, first) = self.walk.taps(1, column);
        let (low, high) = self.activation.limits();
        let (low, high) = (L::splat(low), L::splat(high));
        let mut channel = 0;
        while channel < self.channels {
            let start = if self.bias.is_empty() { L::splat(0.0) } else { L::load(at(self.bias, channel)) };
            let mut sums = [start; N];
            for row in rows.start..rows.end {
                let line = (first_row + row - rows.start) * width + first;
                for tap in taps.start..taps.end {
                    let weight = L::load(at(self.weight, (row * kernel + tap) * self.channels + channel));
                    let from = (line + tap - taps.start) * self.channels + channel;
                    for cell in 0..N {
                        sums[cell] = L::load(at(self.x, from + cell * step)).mul_add(weight, sums[cell]);
                    }
                }
            }
            for cell in 0..N {
                let to = at_mut(self.out, (column + cell) * self.channels + channel);
                sums[cell].min(high).max(low).store(to);
            }
            channel += WIDTH;
        }
    }
}

/// `activation(conv(x) + bias)` of `[B, H, W, channels]`; `weight` is `[kernel · kernel · channels, columns]`.
pub fn dense(
    x: &[f32],
    channels: usize,
    walk: Walk,
    weight: &Matrix,
    bias: &[f32],
    activation: Activation,
) -> Vec<f32> {
    let [height, width] = walk.size;
    let [out_height, out_width] = walk.out();
    let [_, kernel] = walk.kernel;
    let inner = walk.kernel[0] * kernel * channels;
    let view = height * width * channels;
    let columns = weight.columns();
    let line = out_width * columns;
    let views = x.len() / view.max(1);
    fill(views * out_height * line, line, |start, out| {
        let (index, row) = (start / line / out_height, start / line % out_height);
        let x = &x[index * view..][..view];
        // What lies under the kernel at each cell of the line, zeros outside.
        let mut patches = vec![0.0; out_width * inner];
        let (rows, first_row) = walk.taps(0, row);
        for (column, patch) in patches.chunks_exact_mut(inner).enumerate() {
            let (taps, first) = walk.taps(1, column);
            for (down, row) in rows.clone().enumerate() {
                let from = ((first_row + down) * width + first) * channels;
                let to = (row * kernel + taps.start) * channels;
                let length = taps.len() * channels;
                patch[to..to + length].copy_from_slice(&x[from..from + length]);
            }
        }
        run(LinearPiece { x: &patches, inner, weight, bias, activation, out });
    })
}

/// Bilinear resize of `[B, H, W, channels]`, centres of cells aligned.
pub fn resize(x: &[f32], channels: usize, from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let [height, width] = from;
    let [out_height, out_width] = to;
    let view = height * width * channels;
    let line = out_width * channels;
    let views = x.len() / view.max(1);
    let columns: Vec<Share> = (0..out_width).map(|column| Share::new(column, width, out_width)).collect();
    fill(views * out_height * line, line, |start, out| {
        let (index, row) = (start / line / out_height, start / line % out_height);
        let x = &x[index * view..][..view];
        run(ResizeLine { x, width, channels, row: Share::new(row, height, out_height), columns: &columns, out });
    })
}

/// The two inputs an output lies between along one axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub(super) low: usize,
    pub(super) high: usize,
    /// Weight of `high`; `low` has the rest.
    pub(super) share: f32,
}

impl Share {
    pub(super) fn new(at: usize, from: usize, to: usize) -> Self {
        let source = ((at as f32 + 0.5) * (from as f32 / to as f32) - 0.5).max(0.0);
        let low = (source as usize).min(from.saturating_sub(1));
        Self { low, high: (low + 1).min(from.saturating_sub(1)), share: source - low as f32 }
    }
}

struct ResizeLine<'a> {
    x: &'a [f32],
    width: usize,
    channels: usize,
    row: Share,
    columns: &'a [Share],
    out: &'a mut [f32],
}

impl Kernel for ResizeLine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let line = self.width * self.channels;
        let mut between = self.x[self.row.low * line..][..line].to_vec();
        mix::<L>(&mut between, &self.x[self.row.high * line..][..line], self.row.share);
        for (out, column) in self.out.chunks_exact_mut(self.channels).zip(self.columns) {
            let cell = |index: usize| &between[index * self.channels..][..self.channels];
            out.copy_from_slice(cell(column.low));
            mix::<L>(out, cell(column.high), column.share);
        }
    }
}

/// `low · (1 - share) + high · share` in place of `low`.
#[inline(always)]
fn mix<L: Lanes>(low: &mut [f32], high: &[f32], share: f32) {
    let whole = low.len() - low.len() % WIDTH;
    let (of_low, of_high) = (L::splat(1.0 - share), L::splat(share));
    for index in (0..whole).step_by(WIDTH) {
        let (low, high) = (at_mut(low, index), at(high, index));
        L::load(high).mul_add(of_high, L::load(low).mul(of_low)).store(low);
    }
    for index in whole..low.len() {
        low[index] = low[index] * (1.0 - share) + high[index] * share;
    }
}
