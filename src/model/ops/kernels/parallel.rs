//! Results filled, and sums taken, piece by piece on all threads.

use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Parts of a sum over cells.
const PARTS: usize = 16;
/// Cells whose products are summed before they are added to the rest: both operands of so many stay in the cache.
pub const BLOCK: usize = 128;

/// `length` floats, made in pieces of `piece` (the last may be shorter): `make` gets the place of a piece's first float
/// and the piece, all zeros, to fill.
///
/// Zeroing each piece on its own thread just before it is filled keeps it in that thread's cache, where zeroing all at
/// once would cost a pass through memory.
pub fn fill(length: usize, piece: usize, make: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f32> {
    let piece = piece.max(1);
    let mut floats: Vec<f32> = Vec::with_capacity(length);
    floats.spare_capacity_mut()[..length].par_chunks_mut(piece).enumerate().for_each(|(index, piece_of_floats)| {
        for float in piece_of_floats.iter_mut() {
            float.write(0.0);
        }
        let zeroed: *mut [MaybeUninit<f32>] = piece_of_floats;
        // SAFETY: every float of the piece was just written, the pointer comes from a unique borrow that is not used again.
        make(index * piece, unsafe { &mut *(zeroed as *mut [f32]) });
    });
    // SAFETY: the capacity is at least `length`, and the pieces, each written above, cover the first `length` floats.
    unsafe { floats.set_len(length) };
    floats
}

/// `part` of each range of `count` things, added in order.
///
/// There is a fixed number of parts, so that the result does not depend on the number of threads: a run can be repeated to the last
/// bit.
pub fn summed(length: usize, count: usize, part: impl Fn(Range<usize>, &mut [f32]) + Sync) -> Vec<f32> {
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

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn every_piece_is_filled_once_at_its_place() {
        let filled = fill(10, 4, |start, piece| {
            for (offset, float) in piece.iter_mut().enumerate() {
                *float += (start + offset) as f32;
            }
        });
        assert_eq!(filled, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        assert!(fill(0, 4, |_, _| ()).is_empty());
    }
}
