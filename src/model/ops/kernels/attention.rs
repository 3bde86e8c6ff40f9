//! The kernel of cells attending to a few words: query, scores, softmax, mixture, output and both norms in one go.

use super::LAYER_NORM_EPSILON;
use super::cells::PIECE;
use super::functions::exp;
use super::lanes::{Kernel, Lanes, WIDTH, at, at_mut, run};
use super::matrix::Matrix;
use super::parallel::fill;

/// No limits: what follows a product here is a norm or a softmax.
const FREE: (f32, f32) = (f32::NEG_INFINITY, f32::INFINITY);

/// A linear layer and the LayerNorm after it.
pub struct NormedLinear<'a> {
    /// `[C, C]`.
    pub weight: &'a Matrix,
    /// `[C]`.
    pub bias: &'a [f32],
    /// Scale of the norm, `[C]`.
    pub gamma: &'a [f32],
    /// Shift of the norm, `[C]`.
    pub beta: &'a [f32],
}

impl NormedLinear<'_> {
    #[inline(always)]
    fn apply<L: Lanes>(&self, x: &[f32], out: &mut [f32]) {
        let width = self.weight.columns();
        self.weight.multiply::<L>(out.len() / width, (x, width), self.bias, FREE, (out, width));
        for row in out.chunks_exact_mut(width) {
            normalise::<L>(row, self.gamma, self.beta);
        }
    }
}

/// The words of one phrase, those that count, head by head.
pub struct Words {
    /// Words that count.
    count: usize,
    /// `[C / heads, words]`, scaled by `1 / √(C / heads)`, of each head.
    keys: Vec<Matrix>,
    /// `[words, C / heads]` of each head.
    values: Vec<Matrix>,
}

impl Words {
    /// From keys and values `[T, width]` and the mask `[T]` of one phrase. A word that does not count has a score so far
    /// below the others that its share is exactly zero, so it is left out. Where none counts, all count alike.
    pub fn new(key: &[f32], value: &[f32], mask: &[f32], width: usize, heads: usize) -> Self {
        let mut used: Vec<usize> = (0..mask.len()).filter(|&word| mask[word] > 0.5).collect();
        if used.is_empty() {
            used = (0..mask.len()).collect();
        }
        let (count, depth) = (used.len(), width / heads);
        let padded = count.next_multiple_of(WIDTH);
        let scale = 1.0 / (depth as f32).sqrt();
        let of =
            |values: &[f32], word: usize, place: usize| used.get(word).map_or(0.0, |word| values[word * width + place]);
        let head = |head: usize| {
            let start = head * depth;
            let keys = Matrix::new(depth, padded, |d, word| of(key, word, start + d) * scale);
            let values = Matrix::new(padded, depth, |word, d| of(value, word, start + d));
            (keys, values)
        };
        let (keys, values) = (0..heads).map(head).unzip();
        Self { count, keys, values }
    }
}

/// `[M · cells, width]` to the same, the cells of phrase `m` attending to `words[m]`.
pub fn attend(x: &[f32], cells: usize, query: &NormedLinear<'_>, words: &[Words], out: &NormedLinear<'_>) -> Vec<f32> {
    let width = query.weight.columns();
    fill(x.len(), PIECE * width, |start, mut piece| {
        let mut cell = start / width;
        while !piece.is_empty() {
            // A piece may hold cells of two phrases.
            let rows = (piece.len() / width).min(cells - cell % cells);
            let (result, rest) = piece.split_at_mut(rows * width);
            run(AttendPiece { x: &x[cell * width..][..rows * width], query, words: &words[cell / cells], out, result });
            piece = rest;
            cell += rows;
        }
    })
}

struct AttendPiece<'a> {
    x: &'a [f32],
    query: &'a NormedLinear<'a>,
    words: &'a Words,
    out: &'a NormedLinear<'a>,
    result: &'a mut [f32],
}

impl Kernel for AttendPiece<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let width = self.query.weight.columns();
        let depth = width / self.words.keys.len();
        let padded = self.words.count.next_multiple_of(WIDTH);
        let rows = self.x.len() / width;
        let mut query = vec![0.0; rows * width];
        self.query.apply::<L>(self.x, &mut query);
        let mut mixed = vec![0.0; rows * width];
        let mut scores = vec![0.0; rows * padded];
        for (head, (key, value)) in self.words.keys.iter().zip(&self.words.values).enumerate() {
            let start = head * depth;
            key.multiply::<L>(rows, (&query[start..], width), &[], FREE, (&mut scores, padded));
            for row in scores.chunks_exact_mut(padded) {
                row[self.words.count..].fill(f32::NEG_INFINITY);
                softmax::<L>(row);
            }
            value.multiply::<L>(rows, (&scores, padded), &[], FREE, (&mut mixed[start..], width));
        }
        self.out.apply::<L>(&mixed, self.result);
    }
}

/// Softmax of a row whose length is a multiple of [`WIDTH`].
#[inline(always)]
fn softmax<L: Lanes>(row: &mut [f32]) {
    let vectors = row.len() / WIDTH;
    let mut greatest = L::load(at(row, 0));
    for index in 1..vectors {
        greatest = greatest.max(L::load(at(row, index * WIDTH)));
    }
    let greatest = L::splat(greatest.greatest());
    let mut total = L::splat(0.0);
    for index in 0..vectors {
        let vector = at_mut(row, index * WIDTH);
        let power = exp(L::load(vector).sub(greatest));
        total = total.add(power);
        power.store(vector);
    }
    let share = L::splat(1.0 / total.sum());
    for index in 0..vectors {
        let vector = at_mut(row, index * WIDTH);
        L::load(vector).mul(share).store(vector);
    }
}

/// LayerNorm of a row whose length is a multiple of [`WIDTH`].
#[inline(always)]
fn normalise<L: Lanes>(row: &mut [f32], gamma: &[f32], beta: &[f32]) {
    let vectors = row.len() / WIDTH;
    let count = row.len() as f32;
    let mut total = L::splat(0.0);
    for index in 0..vectors {
        total = total.add(L::load(at(row, index * WIDTH)));
    }
    let mean = L::splat(total.sum() / count);
    let mut squares = L::splat(0.0);
    for index in 0..vectors {
        let off = L::load(at(row, index * WIDTH)).sub(mean);
        squares = off.mul_add(off, squares);
    }
    let scale = L::splat(1.0 / (squares.sum() / count + LAYER_NORM_EPSILON as f32).sqrt());
    for index in 0..vectors {
        let (gamma, beta) = (L::load(at(gamma, index * WIDTH)), L::load(at(beta, index * WIDTH)));
        let vector = at_mut(row, index * WIDTH);
        L::load(vector).sub(mean).mul(scale).mul_add(gamma, beta).store(vector);
    }
}
