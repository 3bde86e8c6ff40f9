//! A look at a scene that costs the same whatever its size: which pixels hold data, and how the values spread.

use std::collections::VecDeque;

use super::samples::{Area, Samples};
use super::scene::Scene;
use crate::error::{Error, Result};

/// A raster, or its smallest overview of at least [`ENOUGH_PIXELS`], is read whole up to so many pixels.
const WHOLE_UP_TO: u64 = 1 << 22;
/// As many pixels as tell percentiles to a tenth of a percent.
const ENOUGH_PIXELS: u64 = 1 << 18;
/// A larger one is sampled in `LATTICE * LATTICE` windows of `SPOT * SPOT` pixels, evenly spaced.
const LATTICE: u64 = 12;
/// Where these all fall on no data, a denser lattice is tried: sparse mosaics hold their data in a few places.
const DENSE_LATTICE: u64 = 48;
const SPOT: u64 = 64;
/// Side of the windows in which a whole level is read.
const TILE: u64 = 512;
/// After so many places that cannot be read, and none that can, the survey gives up: each may have cost a second.
const FAILURES_BORNE: usize = 16;

/// What a survey saw.
#[derive(Debug)]
pub(super) struct Survey {
    /// Whether it was every pixel of the full raster, and not an overview or spots.
    pub(super) is_exact: bool,
    /// Why some of it could not be read.
    pub(super) damage: Option<Error>,
}

/// Calls `see` with the samples of `bands` at each place of the survey, in a fixed order. A place that cannot be read
/// is tried in quarters, and left out where they become small; `Err` where nothing can be read. `exactly` prefers the
/// full raster, where it is small enough, to an overview.
pub(super) fn survey(scene: &Scene, bands: &[usize], exactly: bool, mut see: impl FnMut(&Samples)) -> Result<Survey> {
    let full = scene.size();
    let pixels = |size: [u64; 2]| size[0].saturating_mul(size[1]);
    let level = if exactly && pixels(full) <= WHOLE_UP_TO {
        full
    } else {
        scene.overviews().filter(|size| pixels(*size) >= ENOUGH_PIXELS).last().unwrap_or(full)
    };
    let is_whole = pixels(level) <= WHOLE_UP_TO;
    // Whole places before quarters of damaged ones: what can be read is then met early.
    let mut waiting: VecDeque<[u64; 4]> = if is_whole { tiles(level) } else { spots(level, LATTICE) }.into();
    let factor = [0, 1].map(|axis| full[axis] as f64 / level[axis] as f64);
    let (mut damage, mut failures, mut seen) = (None, 0, false);
    let (mut has_data, mut looked_closer) = (false, is_whole);
    loop {
        let Some(place) = waiting.pop_front() else {
            if has_data || looked_closer || !seen {
                break;
            }
            looked_closer = true;
            waiting.extend(spots(level, DENSE_LATTICE));
            continue;
        };
        let [x, y, width, height] = place;
        let area = Area {
            x: x as f64 * factor[0],
            y: y as f64 * factor[1],
            width: width as f64 * factor[0],
            height: height as f64 * factor[1],
        };
        match scene.read(area, [width as usize, height as usize], bands) {
            Ok(samples) => {
                seen = true;
                has_data |= samples.valid.contains(&true);
                see(&samples);
            }
            Err(error) => {
                damage.get_or_insert(error);
                failures += 1;
                if failures >= FAILURES_BORNE && !seen {
                    break;
                }
                waiting.extend(quarters(place));
            }
        }
    }
    match damage {
        Some(error) if !seen => Err(error),
        damage => Ok(Survey { is_exact: is_whole && level == full && damage.is_none(), damage }),
    }
}

/// The quarters of a place; none where they would be smaller than half a spot.
fn quarters([x, y, width, height]: [u64; 4]) -> Vec<[u64; 4]> {
    if width.max(height) < SPOT {
        return Vec::new();
    }
    let (left, upper) = (width.div_ceil(2), height.div_ceil(2));
    let halves = |at: u64, first: u64, length: u64| [(at, first), (at + first, length - first)];
    let rows = halves(y, upper, height);
    rows.into_iter()
        .flat_map(|(y, height)| halves(x, left, width).map(|(x, width)| [x, y, width, height]))
        .filter(|[_, _, width, height]| *width > 0 && *height > 0)
        .collect()
}

fn tiles([width, height]: [u64; 2]) -> Vec<[u64; 4]> {
    let starts = |length: u64| (0..length).step_by(TILE as usize);
    let tile = |x: u64, y: u64| [x, y, TILE.min(width - x), TILE.min(height - y)];
    starts(height).flat_map(|y| starts(width).map(move |x| tile(x, y))).collect()
}

fn spots([width, height]: [u64; 2], lattice: u64) -> Vec<[u64; 4]> {
    // The middle of each cell of the lattice, cut to what the raster has.
    let place = |i: u64, length: u64| {
        let side = SPOT.min(length);
        let middle = (u128::from(length) * u128::from(2 * i + 1) / u128::from(2 * lattice)) as u64;
        (middle.saturating_sub(side / 2).min(length - side), side)
    };
    let mut spots: Vec<[u64; 4]> = (0..lattice)
        .flat_map(|row| (0..lattice).map(move |col| (col, row)))
        .map(|(col, row)| {
            let ((x, w), (y, h)) = (place(col, width), place(row, height));
            [x, y, w, h]
        })
        .collect();
    spots.dedup();
    spots
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn spots_lie_inside_whatever_the_size(width in 1u64..1 << 40, height in 1u64..1 << 40) {
            for [x, y, w, h] in spots([width, height], DENSE_LATTICE) {
                prop_assert!(w > 0 && h > 0 && x + w <= width && y + h <= height);
            }
        }

        #[test]
        fn quarters_cover_the_place_once(x in 0u64..9, width in 1u64..700, height in 1u64..700) {
            let quarters = quarters([x, 5, width, height]);
            let area: u64 = quarters.iter().map(|[_, _, w, h]| w * h).sum();
            prop_assert!(quarters.is_empty() == (width.max(height) < SPOT));
            prop_assert!(quarters.is_empty() || area == width * height);
            for [left, top, w, h] in quarters {
                prop_assert!(left >= x && top >= 5 && left + w <= x + width && top + h <= 5 + height);
            }
        }

        #[test]
        fn tiles_cover_each_pixel_once(width in 1u64..1500, height in 1u64..1500) {
            let area: u64 = tiles([width, height]).iter().map(|[_, _, w, h]| w * h).sum();
            prop_assert_eq!(area, width * height);
        }
    }
}
