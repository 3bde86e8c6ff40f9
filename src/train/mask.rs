//! Bit masks: which pixels of a picture belong to the thing meant.

pub mod polygon;

use std::fmt;

use crate::error::{Error, Result};

/// Longest side of a picture or mask, in pixels.
pub const MAX_SIDE: u32 = 1 << 16;
/// Most pixels of a picture or mask: an 8192 x 8192 square, 8 MB as a mask and 200 MB as RGB.
pub const MAX_PIXELS: u64 = 1 << 26;

/// Width and height in pixels, neither of them zero nor beyond [`MAX_SIDE`] and [`MAX_PIXELS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// Refuses a side of zero and what is too large for a training picture.
    pub fn new(width: u32, height: u32) -> Result<Self> {
        let what = || format!("cannot use a picture of {width} x {height} pixels");
        if width == 0 || height == 0 {
            return Err(Error::new(what(), "a side is zero", "check the file it came from"));
        }
        if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
            let why = format!("training pictures have at most {MAX_PIXELS} pixels");
            return Err(Error::new(what(), why, "cut it into smaller pictures"));
        }
        Ok(Self { width, height })
    }

    /// Columns.
    pub fn width(self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(self) -> u32 {
        self.height
    }

    /// The longer side.
    pub fn longest(self) -> u32 {
        self.width.max(self.height)
    }

    /// Columns times rows.
    pub fn pixels(self) -> usize {
        // At most MAX_PIXELS, so it fits.
        self.width as usize * self.height as usize
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.width, self.height)
    }
}

/// The smallest upright rectangle of whole pixels around something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelBox {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
}

/// A set of pixels, one bit each, row-major, 64 to a word.
#[derive(Clone, PartialEq, Eq)]
pub struct Mask {
    size: Size,
    /// Bits beyond the last pixel are 0, so that counting and comparing need no care.
    words: Vec<u64>,
}

impl Mask {
    /// A mask without any pixel.
    pub fn empty(size: Size) -> Self {
        Self { size, words: vec![0; size.pixels().div_ceil(64)] }
    }

    /// The pixels `(x, y)` for which `member` is true.
    pub fn from_fn(size: Size, mut member: impl FnMut(u32, u32) -> bool) -> Self {
        let mut mask = Self::empty(size);
        let mut index = 0;
        for y in 0..size.height {
            for x in 0..size.width {
                if member(x, y) {
                    mask.insert_index(index);
                }
                index += 1;
            }
        }
        mask
    }

    /// The pixels whose byte in the row-major `bytes` is above `threshold`. Fails when the count of bytes is wrong.
    pub fn from_bytes(size: Size, bytes: &[u8], threshold: u8) -> Result<Self> {
        if bytes.len() != size.pixels() {
            let why = format!("{} bytes are not {size} pixels", bytes.len());
            return Err(Error::new("cannot read a mask", why, "check the file it came from"));
        }
        let mut mask = Self::empty(size);
        for (word, chunk) in mask.words.iter_mut().zip(bytes.chunks(64)) {
            *word = chunk.iter().rev().fold(0, |bits, &byte| bits << 1 | u64::from(byte > threshold));
        }
        Ok(mask)
    }

    /// One byte a pixel, row-major: 1 inside, 0 outside.
    pub fn to_bytes(&self) -> Vec<u8> {
        (0..self.size.pixels()).map(|index| u8::from(self.contains_index(index))).collect()
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Whether pixel `(x, y)` is inside; what lies beyond the mask is not.
    pub fn contains(&self, x: u32, y: u32) -> bool {
        x < self.size.width && y < self.size.height && self.contains_index(self.index(x, y))
    }

    /// Adds pixel `(x, y)`; nothing happens beyond the mask.
    pub fn insert(&mut self, x: u32, y: u32) {
        if x < self.size.width && y < self.size.height {
            self.insert_index(self.index(x, y));
        }
    }

    /// How many pixels are inside.
    pub fn area(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether no pixel is inside.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Pixels of both. Fails when the sizes differ.
    pub fn intersection(&self, other: &Self) -> Result<Self> {
        self.combine(other, |a, b| a & b)
    }

    /// Pixels of either. Fails when the sizes differ.
    pub fn union(&self, other: &Self) -> Result<Self> {
        self.combine(other, |a, b| a | b)
    }

    /// Pixels of `self` that are not in `other`. Fails when the sizes differ.
    pub fn difference(&self, other: &Self) -> Result<Self> {
        self.combine(other, |a, b| a & !b)
    }

    /// Areas of intersection and union, without making either. Fails when the sizes differ.
    pub fn overlap_areas(&self, other: &Self) -> Result<(u64, u64)> {
        self.same_size(other)?;
        let count = |word: u64| u64::from(word.count_ones());
        let pairs = || self.words.iter().zip(&other.words);
        Ok((pairs().map(|(a, b)| count(a & b)).sum(), pairs().map(|(a, b)| count(a | b)).sum()))
    }

    /// The smallest rectangle around all pixels inside, or `None` if there is none.
    pub fn bounding_box(&self) -> Option<PixelBox> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        for y in 0..height {
            let (start, end) = (y * width, (y + 1) * width);
            let Some(first) = self.first_in(start, end) else { continue };
            let last = self.last_in(start, end).unwrap_or(first);
            (left, right) = (left.min(first - start), right.max(last - start));
            (top, bottom) = (top.min(y), y);
        }
        (top != usize::MAX).then(|| PixelBox {
            x: left as u32,
            y: top as u32,
            width: (right - left + 1) as u32,
            height: (bottom - top + 1) as u32,
        })
    }

    /// The pixels inside as runs, row by row: row, first column, one past the last column.
    pub fn runs(&self) -> Vec<(u32, u32, u32)> {
        let Some(around) = self.bounding_box() else { return Vec::new() };
        let mut runs = Vec::new();
        for y in around.y..around.y + around.height {
            let mut open: Option<u32> = None;
            for x in around.x..around.x + around.width {
                match (self.contains(x, y), open) {
                    (true, None) => open = Some(x),
                    (false, Some(from)) => {
                        runs.push((y, from, x));
                        open = None;
                    }
                    _ => {}
                }
            }
            runs.extend(open.map(|from| (y, from, around.x + around.width)));
        }
        runs
    }

    /// The pixels that are in exactly one of `parts`: RRSIS-D's way to join the parts of an object (FIANET.md 12.2).
    pub fn in_exactly_one<'m>(size: Size, parts: impl IntoIterator<Item = &'m Self>) -> Result<Self> {
        let (mut any, mut several) = (Self::empty(size), Self::empty(size));
        for part in parts {
            several = several.union(&any.intersection(part)?)?;
            any = any.union(part)?;
        }
        any.difference(&several)
    }

    fn combine(&self, other: &Self, op: impl Fn(u64, u64) -> u64) -> Result<Self> {
        self.same_size(other)?;
        let words = self.words.iter().zip(&other.words).map(|(&a, &b)| op(a, b)).collect();
        Ok(Self { size: self.size, words })
    }

    fn same_size(&self, other: &Self) -> Result<()> {
        if self.size == other.size {
            return Ok(());
        }
        let why = format!("one is {} and the other {}", self.size, other.size);
        Err(Error::new("cannot compare two masks", why, "resize one of them first"))
    }

    fn index(&self, x: u32, y: u32) -> usize {
        y as usize * self.size.width as usize + x as usize
    }

    fn contains_index(&self, index: usize) -> bool {
        self.words[index / 64] >> (index % 64) & 1 == 1
    }

    fn insert_index(&mut self, index: usize) {
        self.words[index / 64] |= 1 << (index % 64);
    }

    /// The bits of the word `at` that belong to pixels `start..end`.
    fn word_in(&self, at: usize, start: usize, end: usize) -> u64 {
        let mut word = self.words[at];
        if at == start / 64 {
            word &= u64::MAX << (start % 64);
        }
        if at == end / 64 {
            word &= !(u64::MAX << (end % 64));
        }
        word
    }

    fn first_in(&self, start: usize, end: usize) -> Option<usize> {
        (start / 64..end.div_ceil(64)).find_map(|at| {
            let word = self.word_in(at, start, end);
            (word != 0).then(|| at * 64 + word.trailing_zeros() as usize)
        })
    }

    fn last_in(&self, start: usize, end: usize) -> Option<usize> {
        (start / 64..end.div_ceil(64)).rev().find_map(|at| {
            let word = self.word_in(at, start, end);
            (word != 0).then(|| at * 64 + 63 - word.leading_zeros() as usize)
        })
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({}, {} inside)", self.size, self.area())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Masks of one size, `count` of them.
    fn masks(count: usize) -> impl Strategy<Value = Vec<Mask>> {
        (1u32..40, 1u32..40).prop_flat_map(move |(width, height)| {
            let size = Size::new(width, height).unwrap();
            let one = prop::collection::vec(0u8..2, size.pixels())
                .prop_map(move |bytes| Mask::from_bytes(size, &bytes, 0).unwrap());
            prop::collection::vec(one, count)
        })
    }

    proptest! {
        #[test]
        fn areas_of_union_and_intersection_add_up(pair in masks(2)) {
            let (a, b) = (&pair[0], &pair[1]);
            let (both, either) = a.overlap_areas(b).unwrap();
            prop_assert_eq!(a.intersection(b).unwrap().area(), both);
            prop_assert_eq!(a.union(b).unwrap().area(), either);
            prop_assert_eq!(both + either, a.area() + b.area());
            prop_assert_eq!(a.difference(b).unwrap().area(), a.area() - both);
        }

        #[test]
        fn union_and_intersection_commute_distribute_and_absorb(three in masks(3)) {
            let (a, b, c) = (&three[0], &three[1], &three[2]);
            prop_assert_eq!(a.union(b).unwrap(), b.union(a).unwrap());
            prop_assert_eq!(a.intersection(b).unwrap(), b.intersection(a).unwrap());
            let left = a.intersection(&b.union(c).unwrap()).unwrap();
            let right = a.intersection(b).unwrap().union(&a.intersection(c).unwrap()).unwrap();
            prop_assert_eq!(left, right);
            prop_assert_eq!(&a.union(&a.intersection(b).unwrap()).unwrap(), a);
        }

        #[test]
        fn in_exactly_one_is_the_sum_that_equals_one(parts in masks(4)) {
            let size = parts[0].size();
            let joined = Mask::in_exactly_one(size, &parts).unwrap();
            let sums = Mask::from_fn(size, |x, y| parts.iter().filter(|part| part.contains(x, y)).count() == 1);
            prop_assert_eq!(joined, sums);
        }

        #[test]
        fn bytes_there_and_back_are_the_same_mask(one in masks(1)) {
            prop_assert_eq!(&Mask::from_bytes(one[0].size(), &one[0].to_bytes(), 0).unwrap(), &one[0]);
        }

        #[test]
        fn the_bounding_box_touches_a_pixel_on_each_side(one in masks(1)) {
            let mask = &one[0];
            let inside: Vec<(u32, u32)> = (0..mask.size().height())
                .flat_map(|y| (0..mask.size().width()).map(move |x| (x, y)))
                .filter(|&(x, y)| mask.contains(x, y))
                .collect();
            let expected = inside.first().map(|_| {
                let x = inside.iter().map(|p| p.0).min().unwrap();
                let y = inside.iter().map(|p| p.1).min().unwrap();
                let width = inside.iter().map(|p| p.0).max().unwrap() - x + 1;
                let height = inside.iter().map(|p| p.1).max().unwrap() - y + 1;
                PixelBox { x, y, width, height }
            });
            prop_assert_eq!(mask.bounding_box(), expected);
        }
    }

    #[test]
    fn a_size_of_zero_or_beyond_the_limit_is_refused() {
        assert!(Size::new(0, 5).is_err());
        assert!(Size::new(MAX_SIDE, MAX_SIDE).is_err());
        assert!(Size::new(8192, 8192).is_ok());
    }

    #[test]
    fn masks_of_two_sizes_are_not_compared() {
        let (a, b) = (Mask::empty(Size::new(4, 6).unwrap()), Mask::empty(Size::new(6, 4).unwrap()));
        assert!(a.overlap_areas(&b).is_err());
    }
}
