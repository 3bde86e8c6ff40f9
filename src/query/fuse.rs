//! What several levels say of the same place, weighed together.
//!
//! How large a thing appears at one level is seldom how large it appeared in training; seen at another level it is often clearer,
//! and what only one of them took for something is given up more easily. What a place gets does not depend on what else the frame
//! holds: the same pixels give the same objects from any frame.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::look::Heard;
use super::mosaic::{Mosaic, TileKey};
use super::sweep::surer;
use crate::vector::{Block, Field};

/// What was heard at levels of the same question, finest first, on the lattice of the finest: at each place the mean of the two
/// finest, or of more of them where that is higher, as the coarsest may be too far away to see what is small; the highest of all
/// where a query was stopped and not every level may have been looked at. `None` of no level.
pub(super) fn fuse(levels: Vec<Heard>, was_stopped: bool) -> Option<Heard> {
    let mut all = levels.into_iter();
    let finest = all.next()?;
    let coarser: Vec<Heard> = all.collect();
    if coarser.is_empty() {
        return Some(finest);
    }
    let size = finest.mosaic.size();
    let mut keys: BTreeSet<TileKey> = finest.mosaic.keys().collect();
    for heard in &coarser {
        keys.extend(
            heard.mosaic.blocks().into_iter().flat_map(|block| Mosaic::tiles_over(across(block, heard, &finest), size)),
        );
    }
    let mut mosaic = Mosaic::new(size[0], size[1]);
    for key in keys {
        let block = Mosaic::block_of(key, size);
        mosaic.add(block.x, block.y, block.width as usize, block.height as usize, |x, y| {
            let (x, y) = (block.x + x as i64, block.y + y as i64);
            let place = finest.lattice.scene_from_lattice([x as f64 + 0.5, y as f64 + 0.5]);
            let (first, others) = (finest.mosaic.value(x, y), coarser.iter().map(|heard| at(heard, place)));
            if was_stopped { others.fold(first, f32::max) } else { mean(first, others) }
        });
    }
    let presence = coarser.iter().fold(finest.presence, |best, heard| surer(best, heard.presence));
    Some(Heard { mosaic: Arc::new(mosaic), presence, ..finest })
}

/// The highest mean of the first two, three, ... probabilities.
fn mean(first: f32, others: impl Iterator<Item = f32>) -> f32 {
    let (mut sum, mut highest) = (first, 0.0f32);
    for (number, other) in others.enumerate() {
        sum += other;
        highest = highest.max(sum / (number + 2) as f32);
    }
    highest
}

/// The probability at a place of the scene, bilinear between the middles of pixels.
fn at(heard: &Heard, place: [f64; 2]) -> f32 {
    let [x, y] = heard.lattice.lattice_from_scene(place).map(|value| value - 0.5);
    let [width, height] = heard.mosaic.size();
    let (column, row) = (x.floor(), y.floor());
    let (u, v) = ((x - column) as f32, (y - row) as f32);
    let value = |right: i64, down: i64| {
        let (x, y) = (column as i64 + right, row as i64 + down);
        heard.mosaic.value(x.clamp(0, width - 1), y.clamp(0, height - 1))
    };
    let along = |down| value(0, down) * (1.0 - u) + value(1, down) * u;
    along(0) * (1.0 - v) + along(1) * v
}

/// The pixels of `onto` that a block of `heard` has a say in: left, top, right, bottom.
fn across(block: Block, heard: &Heard, onto: &Heard) -> [i64; 4] {
    let corner =
        |x: i64, y: i64| onto.lattice.lattice_from_scene(heard.lattice.scene_from_lattice([x as f64, y as f64]));
    let [left, top] = corner(block.x - 1, block.y - 1).map(|value| value.floor() as i64);
    let [right, bottom] =
        corner(block.x + block.width + 1, block.y + block.height + 1).map(|value| value.ceil() as i64);
    [left, top, right, bottom]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::lattice::Lattice;
    use crate::query::resolution::Level;

    /// A level of `step` scene pixels over a scene of 600 x 400, with this probability in a rectangle of the scene.
    fn heard(step: f64, [left, top, right, bottom]: [f64; 4], probability: f32, presence: f32) -> Heard {
        let [width, height] = [600.0, 400.0].map(|side: f64| (side / step).ceil() as i64);
        let mut mosaic = Mosaic::new(width, height);
        mosaic.add(0, 0, width as usize, height as usize, |x, y| {
            let [x, y] = [x, y].map(|value| (value as f64 + 0.5) * step);
            if left <= x && x < right && top <= y && y < bottom { probability } else { 0.0 }
        });
        let lattice = Lattice { origin: [0.0; 2], level: Level { step: [step; 2], gsd_m: None } };
        let block = Block { x: 0, y: 0, width, height };
        Heard { class: "tank".into(), mosaic: Arc::new(mosaic), lattice, block, presence: Some(presence) }
    }

    #[test]
    fn one_level_stays_as_it_is_and_equal_levels_too() {
        let area = [100.0, 60.0, 300.0, 200.0];
        let alone = heard(1.0, area, 0.7, 0.9);
        assert_eq!(fuse(vec![alone.clone()], false).unwrap().mosaic, alone.mosaic);
        let twice = fuse(vec![alone.clone(), heard(2.0, area, 0.7, 0.95)], false).unwrap();
        assert_eq!(twice.presence, Some(0.95));
        assert!((twice.mosaic.value(200, 100) - 0.7).abs() < 1e-3);
        assert_eq!(twice.mosaic.value(20, 20), 0.0);
        assert!(fuse(Vec::new(), false).is_none());
    }

    #[test]
    fn the_coarsest_look_helps_and_does_not_hide_what_is_small() {
        let close = |found: f32, expected: f32| assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        close(mean(0.8, [0.6, 0.0].into_iter()), 0.7);
        close(mean(0.3, [0.6, 0.9].into_iter()), 0.6);
        close(mean(0.8, [0.2].into_iter()), 0.5);
    }

    #[test]
    fn a_place_has_the_mean_of_what_is_said_of_it() {
        let small = heard(1.0, [10.0, 10.0, 40.0, 40.0], 0.9, 0.9);
        let large = heard(1.5, [30.0, 30.0, 600.0, 400.0], 0.6, 0.9);
        let fused = fuse(vec![small.clone(), large.clone()], false).unwrap();
        for ([x, y], expected) in [([20, 20], 0.45), ([35, 35], 0.75), ([500, 300], 0.3), ([100, 10], 0.0)] {
            let value = fused.mosaic.value(x, y);
            assert!((value - expected).abs() < 1e-3, "{value} at {x} {y}");
        }
        let stopped = fuse(vec![small, large], true).unwrap();
        assert!((stopped.mosaic.value(20, 20) - 0.9).abs() < 1e-3, "what was seen until then is kept");
    }

    #[test]
    fn an_edge_lies_at_the_same_place_at_both_levels() {
        let area = [128.0, 0.0, 600.0, 400.0];
        let fused = fuse(vec![heard(1.0, area, 1.0, 0.9), heard(2.0, area, 1.0, 0.9)], false).unwrap();
        let above = |x| fused.mosaic.value(x, 200) >= 0.5;
        assert!(!above(127) && above(128));
    }
}
