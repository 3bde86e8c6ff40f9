//! The tiles of a raster at each level of detail, and which of them cover a view.

use std::ops::Range;

/// Side of a tile in texels.
pub(super) const TILE: u32 = 256;
/// A finer level is chosen until a texel is this much wider than a pixel of the screen (as a power of two).
const SHARPNESS: f64 = 0.2;
/// Where a tile is missing, finer ones are looked for so many levels down.
const DEPTH: u8 = 2;

/// A tile: level 0 has the raster's own pixels, each further one half as many along each axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TileAt {
    pub(super) level: u8,
    pub(super) x: u32,
    pub(super) y: u32,
}

/// A rectangle in pixels of the raster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PixelRect {
    pub(super) min: [f64; 2],
    pub(super) max: [f64; 2],
}

/// A part of the picture and the tile whose texels fill it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
    pub(super) area: PixelRect,
    pub(super) tile: TileAt,
}

/// The levels of one raster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pyramid {
    size: [u64; 2],
    top: u8,
}

impl Pyramid {
    /// For a raster of `size` pixels. The coarsest level fits one tile.
    pub(super) fn new(size: [u64; 2]) -> Self {
        let largest = size[0].max(size[1]).max(1);
        let top = largest.div_ceil(u64::from(TILE)).next_power_of_two().ilog2() as u8;
        Self { size: size.map(|pixels| pixels.max(1)), top }
    }

    /// The coarsest level.
    pub(super) fn top(&self) -> u8 {
        self.top
    }

    /// The tile of the coarsest level.
    pub(super) fn top_tile(&self) -> TileAt {
        TileAt { level: self.top, x: 0, y: 0 }
    }

    /// Columns and rows of texels of a level: those of GDAL's overviews.
    pub(super) fn texels(&self, level: u8) -> [u64; 2] {
        self.size.map(|pixels| pixels.div_ceil(1 << level))
    }

    /// Pixels of the raster in one texel of a level. A little under the power of two where that does not divide the size,
    /// so that the last texel ends with the raster.
    pub(super) fn step(&self, level: u8) -> [f64; 2] {
        let texels = self.texels(level);
        [0, 1].map(|axis| self.size[axis] as f64 / texels[axis] as f64)
    }

    /// Columns and rows of tiles of a level.
    pub(super) fn tiles(&self, level: u8) -> [u32; 2] {
        self.texels(level).map(|texels| texels.div_ceil(u64::from(TILE)) as u32)
    }

    /// The level to draw where one pixel of the screen is `pixels` pixels of the raster wide.
    pub(super) fn level_for(&self, pixels: f64) -> u8 {
        let level = (pixels.max(1e-12).log2() + SHARPNESS).floor();
        level.clamp(0.0, f64::from(self.top)) as u8
    }

    /// The texels of a tile along one axis.
    pub(super) fn texel_range(&self, tile: TileAt, axis: usize) -> Range<u64> {
        let index = u64::from([tile.x, tile.y][axis]);
        let side = u64::from(TILE);
        let texels = self.texels(tile.level)[axis];
        (index * side).min(texels)..((index + 1) * side).min(texels)
    }

    /// The pixels under a tile.
    pub(super) fn area(&self, tile: TileAt) -> PixelRect {
        let step = self.step(tile.level);
        let ranges = [0, 1].map(|axis| self.texel_range(tile, axis));
        PixelRect {
            min: [0, 1].map(|axis| ranges[axis].start as f64 * step[axis]),
            max: [0, 1].map(|axis| ranges[axis].end as f64 * step[axis]),
        }
    }

    /// Columns and rows of the tiles of a level that a rectangle of pixels touches.
    pub(super) fn touched(&self, level: u8, rect: PixelRect) -> [Range<u32>; 2] {
        let (step, tiles) = (self.step(level), self.tiles(level));
        [0, 1].map(|axis| {
            let side = step[axis] * f64::from(TILE);
            let index = |pixels: f64| (pixels / side).clamp(0.0, f64::from(tiles[axis]));
            let (first, last) = (index(rect.min[axis]).floor() as u32, index(rect.max[axis]).ceil() as u32);
            first..last.max(first)
        })
    }

    /// What fills the place of `tile`, given the tiles that are there (`has`): the tile itself, finer ones, or the nearest
    /// coarser one. The pieces do not overlap and leave nothing out, unless no coarser tile is there.
    pub(super) fn pieces(&self, tile: TileAt, has: &dyn Fn(TileAt) -> bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.fill(tile, self.area(tile), DEPTH, has, &mut pieces);
        pieces
    }

    fn fill(&self, tile: TileAt, area: PixelRect, depth: u8, has: &dyn Fn(TileAt) -> bool, pieces: &mut Vec<Piece>) {
        if has(tile) {
            pieces.push(Piece { area, tile });
        } else if self.has_finer(tile, depth, has) {
            for (child, part) in self.quarters(tile, area) {
                self.fill(child, part, depth - 1, has, pieces);
            }
        } else if let Some(tile) = self.coarser(tile).find(|tile| has(*tile)) {
            pieces.push(Piece { area, tile });
        }
    }

    /// The tiles above one, nearest first.
    pub(super) fn coarser(&self, tile: TileAt) -> impl Iterator<Item = TileAt> + use<> {
        let TileAt { level, x, y } = tile;
        (level + 1..=self.top).map(move |above| TileAt {
            level: above,
            x: x >> (above - level),
            y: y >> (above - level),
        })
    }

    fn has_finer(&self, tile: TileAt, depth: u8, has: &dyn Fn(TileAt) -> bool) -> bool {
        depth > 0
            && tile.level > 0
            && self.children(tile).any(|child| has(child) || self.has_finer(child, depth - 1, has))
    }

    fn children(&self, tile: TileAt) -> impl Iterator<Item = TileAt> + use<> {
        let level = tile.level.saturating_sub(1);
        let tiles = self.tiles(level);
        let index = move |i: u32| TileAt { level, x: tile.x * 2 + i % 2, y: tile.y * 2 + i / 2 };
        (0..4).map(index).filter(move |child| child.x < tiles[0] && child.y < tiles[1])
    }

    /// The children of a tile with their parts of `area`.
    fn quarters(&self, tile: TileAt, area: PixelRect) -> Vec<(TileAt, PixelRect)> {
        let step = self.step(tile.level - 1);
        let middle = [0, 1].map(|axis| {
            let odd = f64::from([tile.x, tile.y][axis] * 2 + 1);
            (odd * f64::from(TILE) * step[axis]).clamp(area.min[axis], area.max[axis])
        });
        let part = |child: TileAt| {
            let mut part = area;
            for (axis, index) in [child.x, child.y].into_iter().enumerate() {
                if index % 2 == 0 {
                    // Without a second child the first fills the whole side.
                    if [tile.x, tile.y][axis] * 2 + 1 < self.tiles(tile.level - 1)[axis] {
                        part.max[axis] = middle[axis];
                    }
                } else {
                    part.min[axis] = middle[axis];
                }
            }
            (child, part)
        };
        self.children(tile).map(part).collect()
    }
}

impl PixelRect {
    pub(super) fn width(&self) -> f64 {
        self.max[0] - self.min[0]
    }

    pub(super) fn height(&self) -> f64 {
        self.max[1] - self.min[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn contains(area: &PixelRect, at: [f64; 2]) -> bool {
        (0..2).all(|axis| area.min[axis] <= at[axis] && at[axis] < area.max[axis])
    }

    #[test]
    fn the_coarsest_level_is_one_tile() {
        for size in [[1, 1], [256, 256], [257, 3], [100_000, 1], [20_000, 33_333]] {
            let pyramid = Pyramid::new(size);
            assert_eq!(pyramid.tiles(pyramid.top()), [1, 1], "{size:?}");
        }
        assert_eq!(Pyramid::new([256, 256]).top(), 0);
        assert_eq!(Pyramid::new([257, 3]).top(), 1);
    }

    #[test]
    fn levels_follow_the_zoom() {
        let pyramid = Pyramid::new([20_000, 20_000]);
        for (pixels, level) in [(0.01, 0), (1.0, 0), (1.7, 0), (1.8, 1), (4.0, 2), (1e9, pyramid.top())] {
            assert_eq!(pyramid.level_for(pixels), level, "{pixels}");
        }
    }

    prop_compose! {
        fn raster()(width in 1u64..5000, height in 1u64..5000) -> Pyramid {
            Pyramid::new([width, height])
        }
    }

    proptest! {
        /// Whatever tiles happen to be there besides the coarsest one, each point of the raster is filled by exactly one
        /// piece, and by a tile that holds it (to within the texel at its edge that every tile carries of its neighbour).
        #[test]
        fn every_point_is_filled_once(
            pyramid in raster(), seed in any::<u64>(), level in 0u8..6, share in 0u64..100, at in (0.0..1.0f64, 0.0..1.0f64),
        ) {
            let level = level.min(pyramid.top());
            let there = |tile: TileAt| {
                let mix = (u64::from(tile.level) << 40 | u64::from(tile.x) << 20 | u64::from(tile.y)).wrapping_add(seed);
                let hash = mix.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                tile == pyramid.top_tile() || (hash >> 33) % 100 < share
            };
            let point = [at.0 * pyramid.size[0] as f64, at.1 * pyramid.size[1] as f64];
            let mut covering = Vec::new();
            let [columns, rows] = pyramid.touched(level, PixelRect { min: [0.0; 2], max: pyramid.size.map(|p| p as f64) });
            for y in rows {
                for x in columns.clone() {
                    let pieces = pyramid.pieces(TileAt { level, x, y }, &there);
                    covering.extend(pieces.into_iter().filter(|piece| contains(&piece.area, point)));
                }
            }
            prop_assert_eq!(covering.len(), 1, "{:?}", covering);
            let tile = covering[0].tile;
            prop_assert!(there(tile));
            let (area, step) = (pyramid.area(tile), pyramid.step(tile.level));
            for axis in 0..2 {
                let slack = step[axis];
                prop_assert!(area.min[axis] - slack <= point[axis] && point[axis] <= area.max[axis] + slack);
            }
        }

        #[test]
        fn what_is_there_is_drawn_from_itself(pyramid in raster(), level in 0u8..6) {
            let level = level.min(pyramid.top());
            let tile = TileAt { level, x: 0, y: 0 };
            let pieces = pyramid.pieces(tile, &|_| true);
            prop_assert_eq!(pieces, vec![Piece { area: pyramid.area(tile), tile }]);
        }

        #[test]
        fn the_tiles_of_a_level_share_no_pixel(pyramid in raster(), level in 0u8..6) {
            let level = level.min(pyramid.top());
            let [columns, rows] = pyramid.tiles(level);
            let mut seen = HashSet::new();
            let mut sum = 0.0;
            for (x, y) in (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))) {
                let area = pyramid.area(TileAt { level, x, y });
                prop_assert!(seen.insert(area.min.map(f64::to_bits)));
                sum += area.width() * area.height();
            }
            let whole = pyramid.size[0] as f64 * pyramid.size[1] as f64;
            prop_assert!((sum - whole).abs() < 1e-6 * whole);
        }
    }
}
