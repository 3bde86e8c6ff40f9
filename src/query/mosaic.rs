//! Probability over a whole scene, kept only where there is some.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::{Range, RangeInclusive};

use geo::Polygon;

use super::engine::Tile;
use super::scanline::runs;
use crate::vector::{Block, Field};

/// Side of a stored tile in pixels.
const TILE: i64 = 128;
/// Probability below which a window leaves a tile alone: the memory follows the answer, not the scene.
pub const FLOOR: f32 = 0.02;
/// Stored value of probability one. Below `u16::MAX`, so that the rounding of up to four windows cannot overflow.
const ONE: f32 = 65_528.0;

/// Row and column of a stored tile.
pub type TileKey = (i64, i64);

/// Blended probabilities on the lattice of a [`crate::raster::Grid`], sparse.
///
/// Contributions are added as integers, so that the order in which windows arrive cannot change a bit of the result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mosaic {
    width: i64,
    height: i64,
    tiles: BTreeMap<TileKey, Box<[u16]>>,
}

impl Mosaic {
    /// An empty mosaic of `width` x `height` pixels.
    pub fn new(width: i64, height: i64) -> Self {
        Self { width, height, tiles: BTreeMap::new() }
    }

    /// Size in pixels, `[width, height]`.
    pub fn size(&self) -> [i64; 2] {
        [self.width, self.height]
    }

    /// Adds the share of one window whose upper left pixel is `(left, top)`: `share(x, y)` is the window's probability
    /// times its blending weight at the window pixel `(x, y)`. What hangs over the mosaic's edge is dropped.
    pub fn add(&mut self, left: i64, top: i64, width: usize, height: usize, share: impl Fn(usize, usize) -> f32) {
        let (right, bottom) = ((left + width as i64).min(self.width), (top + height as i64).min(self.height));
        let (columns, rows) = (left.max(0)..right, top.max(0)..bottom);
        let value = |x: i64, y: i64| share((x - left) as usize, (y - top) as usize);
        for (row, column) in keys(columns.clone(), rows.clone()) {
            let (xs, ys) = (in_tile(&columns, column), in_tile(&rows, row));
            if !ys.clone().any(|y| xs.clone().any(|x| value(x, y) >= FLOOR)) {
                continue;
            }
            let tile = self.tile(column, row);
            for y in ys {
                for x in xs.clone() {
                    let at = offset(x, y);
                    let amount = (value(x, y).clamp(0.0, 1.0) * ONE).round() as u16;
                    tile[at] = tile[at].saturating_add(amount);
                }
            }
        }
    }

    /// Adds a view that no other overlaps, its upper left pixel at that of `block`.
    pub fn add_tile(&mut self, block: &Block, tile: &Tile) {
        self.add(block.x, block.y, tile.width, tile.height, |x, y| tile.probability[y * tile.width + x]);
    }

    /// Forgets what lies outside of `block`.
    pub fn crop(&mut self, block: &Block) {
        let size = self.size();
        self.tiles.retain(|key, tile| {
            let whole = Self::block_of(*key, size);
            let Some(kept) = whole.intersection(block) else { return false };
            if kept != whole {
                for (at, value) in (0..).zip(tile.iter_mut()) {
                    if !kept.contains(whole.x + at % TILE, whole.y + at / TILE) {
                        *value = 0;
                    }
                }
            }
            true
        });
    }

    /// The values below which the given `shares` (0..=1, rising) of the pixels above 0 lie; `None` where no pixel is.
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> Option<[f32; N]> {
        let mut counts = vec![0u64; usize::from(u16::MAX) + 1];
        self.tiles.values().flat_map(|tile| tile.iter()).for_each(|value| counts[usize::from(*value)] += 1);
        counts[0] = 0;
        let total = counts.iter().sum::<u64>();
        let value_at = |share: f64| {
            let wanted = (share * total as f64).ceil().max(1.0) as u64;
            let mut below = 0;
            let found = counts.iter().position(|count| {
                below += count;
                below >= wanted
            });
            (found.unwrap_or(0) as f32 / ONE).min(1.0)
        };
        (total > 0).then(|| shares.map(value_at))
    }

    /// Gives every pixel whose centre lies inside `polygon` (in this lattice's coordinates) probability one.
    pub fn fill(&mut self, polygon: &Polygon<f64>) {
        let (width, height) = (self.width, self.height);
        runs(polygon, |y, columns| {
            if (0..height).contains(&y) {
                for x in columns.start.max(0)..columns.end.min(width) {
                    self.tile(x.div_euclid(TILE), y.div_euclid(TILE))[offset(x, y)] = ONE as u16;
                }
            }
        });
    }

    /// The tiles that a window of `side` pixels with its upper left pixel at `(left, top)` may have touched.
    pub(super) fn touched(left: i64, top: i64, side: usize) -> impl Iterator<Item = TileKey> {
        let side = side as i64;
        keys(left..left + side, top..top + side)
    }

    /// The tiles under the pixels from left and top up to right and bottom, as far as they lie on a mosaic of `[width, height]` pixels.
    pub(super) fn tiles_over(
        [left, top, right, bottom]: [i64; 4],
        [width, height]: [i64; 2],
    ) -> impl Iterator<Item = TileKey> {
        keys(left.max(0)..right.min(width), top.max(0)..bottom.min(height))
    }

    /// The pixels of a tile that lie on a mosaic of `[width, height]` pixels.
    pub(super) fn block_of((row, column): TileKey, [width, height]: [i64; 2]) -> Block {
        let (x, y) = (column * TILE, row * TILE);
        Block { x, y, width: TILE.min(width - x), height: TILE.min(height - y) }
    }

    /// The stored tiles.
    pub(super) fn keys(&self) -> impl Iterator<Item = TileKey> {
        self.tiles.keys().copied()
    }

    /// The values of a stored tile.
    pub(super) fn tile_values(&self, key: TileKey) -> Option<&[u16]> {
        self.tiles.get(&key).map(|tile| &**tile)
    }

    /// Stores a tile as [`Mosaic::tile_values`] gave it; `None` if it is no tile of this mosaic.
    pub(super) fn set_tile(&mut self, key: TileKey, values: Vec<u16>) -> Option<()> {
        let inside = |at: i64, length: i64| at >= 0 && at <= (length - 1).div_euclid(TILE);
        let fits = values.len() == (TILE * TILE) as usize && inside(key.0, self.height) && inside(key.1, self.width);
        fits.then(|| drop(self.tiles.insert(key, values.into_boxed_slice())))
    }

    fn tile(&mut self, tile_x: i64, tile_y: i64) -> &mut [u16] {
        self.tiles.entry((tile_y, tile_x)).or_insert_with(|| vec![0; (TILE * TILE) as usize].into_boxed_slice())
    }

    /// Joins the mosaic of other windows of the same grid: their shares add up.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.combine(other, u16::saturating_add)
    }

    /// Joins the mosaic of another question: a pixel keeps the higher probability.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.combine(other, u16::max)
    }

    fn combine(mut self, other: Self, both: impl Fn(u16, u16) -> u16) -> Self {
        for (key, values) in other.tiles {
            match self.tiles.entry(key) {
                Entry::Vacant(slot) => {
                    slot.insert(values);
                }
                Entry::Occupied(mut slot) => {
                    for (mine, theirs) in slot.get_mut().iter_mut().zip(values.iter()) {
                        *mine = both(*mine, *theirs);
                    }
                }
            }
        }
        self
    }

    /// Whether any pixel of `left..right`, `top..bottom` has at least this probability, which is above 0.
    pub fn reaches(&self, [left, top, right, bottom]: [i64; 4], probability: f32) -> bool {
        let least = (probability.clamp(0.0, 1.0) * ONE).ceil() as u16;
        let (columns, rows) = (left..right, top..bottom);
        let tile_reaches = |(row, column): TileKey, tile: &[u16]| {
            let xs = in_tile(&columns, column);
            in_tile(&rows, row).any(|y| xs.clone().any(|x| tile[offset(x, y)] >= least))
        };
        let (first, last) = tiles(columns.clone()).into_inner();
        tiles(rows.clone()).any(|row| {
            let mut stored = self.tiles.range((row, first)..=(row, last));
            stored.any(|(key, tile)| tile_reaches(*key, tile))
        })
    }

    /// Largest probability anywhere, 0..=1.
    pub fn maximum(&self) -> f32 {
        let largest = self.tiles.values().flat_map(|tile| tile.iter()).max().copied().unwrap_or(0);
        (f32::from(largest) / ONE).min(1.0)
    }

    /// Bytes held by the stored tiles.
    pub fn bytes(&self) -> usize {
        self.tiles.len() * (TILE * TILE) as usize * size_of::<u16>()
    }
}

/// The rows or columns of tiles that rows or columns of pixels lie in.
fn tiles(pixels: Range<i64>) -> RangeInclusive<i64> {
    pixels.start.div_euclid(TILE)..=(pixels.end - 1).div_euclid(TILE)
}

/// Of rows or columns of pixels those in one row or column of tiles.
fn in_tile(pixels: &Range<i64>, tile: i64) -> Range<i64> {
    pixels.start.max(tile * TILE)..pixels.end.min((tile + 1) * TILE)
}

/// The tiles in which columns and rows of pixels lie.
fn keys(columns: Range<i64>, rows: Range<i64>) -> impl Iterator<Item = TileKey> {
    let columns = tiles(columns);
    tiles(rows).flat_map(move |row| columns.clone().map(move |column| (row, column)))
}

/// Where the pixel `(x, y)` lies in its tile.
fn offset(x: i64, y: i64) -> usize {
    (y.rem_euclid(TILE) * TILE + x.rem_euclid(TILE)) as usize
}

impl Field for Mosaic {
    fn value(&self, x: i64, y: i64) -> f32 {
        if x < 0 || y < 0 || x >= self.width || y >= self.height {
            return 0.0;
        }
        let tile = self.tiles.get(&(y.div_euclid(TILE), x.div_euclid(TILE)));
        tile.map_or(0.0, |tile| (f32::from(tile[offset(x, y)]) / ONE).min(1.0))
    }

    fn blocks(&self) -> Vec<Block> {
        self.tiles.keys().map(|key| Self::block_of(*key, self.size())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::blend::Ramp;

    fn blended(order: &[usize]) -> Mosaic {
        let mut mosaic = Mosaic::new(480 + 384 * 2, 300);
        for &k in order {
            let ramp = Ramp::new(480, 384, k > 0, k < 2);
            let left = 384 * k as i64;
            mosaic.add(left, 0, 480, 480, |x, y| {
                let (gx, gy) = (left as usize + x, y);
                let probability = if (gx / 50 + gy / 50) % 2 == 0 { 0.8 } else { 0.1 };
                probability * ramp.at(x)
            });
        }
        mosaic
    }

    #[test]
    fn the_order_of_windows_changes_no_bit() {
        assert_eq!(blended(&[0, 1, 2]), blended(&[2, 0, 1]));
    }

    #[test]
    fn what_all_windows_agree_on_survives_blending() {
        let mosaic = blended(&[0, 1, 2]);
        for (x, y) in [(0, 0), (400, 10), (430, 299), (800, 150), (1247, 1)] {
            let expected = if (x / 50 + y / 50) % 2 == 0 { 0.8 } else { 0.1 };
            assert!((mosaic.value(x, y) - expected).abs() < 1e-4, "{x} {y}: {}", mosaic.value(x, y));
        }
        assert_eq!(mosaic.value(0, 300), 0.0, "outside the scene there is nothing");
    }

    #[test]
    fn merged_parts_equal_the_whole() {
        assert_eq!(blended(&[1]).merge(blended(&[0, 2])), blended(&[0, 1, 2]));
    }

    #[test]
    fn a_look_for_probability_finds_it_where_it_is() {
        let mut mosaic = Mosaic::new(1000, 1000);
        mosaic.add(0, 0, 480, 480, |x, y| if (x, y) == (200, 300) { 0.5 } else { 0.0 });
        assert!(mosaic.reaches([0, 0, 1000, 1000], 0.4) && mosaic.reaches([200, 300, 201, 301], 0.4));
        assert!(!mosaic.reaches([0, 0, 1000, 1000], 0.6));
        for beside in [[0, 0, 200, 1000], [201, 0, 1000, 1000], [0, 0, 1000, 300], [0, 301, 1000, 1000]] {
            assert!(!mosaic.reaches(beside, 0.4), "{beside:?}");
        }
    }

    #[test]
    fn a_cropped_mosaic_keeps_what_lies_inside_and_nothing_else() {
        let mut mosaic = blended(&[0, 1, 2]);
        let whole = mosaic.clone();
        let block = Block { x: 130, y: 5, width: 300, height: 200 };
        mosaic.crop(&block);
        for (x, y) in (0..300).flat_map(|y| (0..1248).map(move |x| (x, y))) {
            let expected = if block.contains(x, y) { whole.value(x, y) } else { 0.0 };
            assert_eq!(mosaic.value(x, y), expected, "{x} {y}");
        }
        assert!(mosaic.bytes() < whole.bytes());
    }

    #[test]
    fn quantiles_count_the_pixels_that_hold_something() {
        let mut mosaic = Mosaic::new(400, 400);
        assert_eq!(mosaic.quantiles([0.5]), None);
        mosaic.add(50, 60, 100, 1, |x, _| (x + 1) as f32 / 200.0); // 0.005, 0.01 .. 0.5
        let [least, middle, most] = mosaic.quantiles([0.0, 0.5, 1.0]).unwrap();
        for (found, expected) in [(least, 0.005), (middle, 0.25), (most, 0.5)] {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }

    #[test]
    fn memory_follows_the_answer() {
        let mut mosaic = Mosaic::new(1_000_000, 1_000_000);
        mosaic.add(500_000, 700_000, 480, 480, |_, _| 0.01);
        assert_eq!(mosaic.bytes(), 0);
        mosaic.add(500_000, 700_000, 480, 480, |x, y| if x == 10 && y == 10 { 0.9 } else { 0.0 });
        assert_eq!(mosaic.blocks().len(), 1);
        assert!((mosaic.value(500_010, 700_010) - 0.9).abs() < 1e-4);
    }
}
