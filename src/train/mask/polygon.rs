//! Polygons to masks, pixel for pixel as the COCO tools do it.
//!
//! COCO walks the outline on a grid five times finer than the pixels, notes where it crosses the centre line of a pixel
//! column, and fills a column from one crossing to the next. Each rounding below is part of that rule: areas and metrics
//! of published data sets depend on it.

use super::Size;
use crate::error::{Error, Result};
use crate::train::rle::Rle;

/// Corners of an outline in pixels, x to the right and y down from the picture's upper left corner; closed by itself.
pub type Ring = Vec<[f64; 2]>;

/// Steps of the fine grid in a pixel.
const FINE: f64 = 5.0;
/// Farthest a corner may lie from the picture's origin, in pixels.
const MAX_COORDINATE: f64 = 1e6;
/// Longest outline in steps of the fine grid: many times around the largest picture, a fraction of a second to walk.
const MAX_STEPS: u64 = 1 << 25;

/// The pixels inside one ring.
///
/// Crossing parts cancel (even-odd rule). A ring that leaves the picture is cut at its border. Refuses fewer than three
/// corners, numbers that are not finite or lie absurdly far away, and an outline too long to walk.
pub fn rasterise(ring: &[[f64; 2]], size: Size) -> Result<Rle> {
    let refuse = |why: String| Err(Error::new("cannot fill a polygon", why, "correct or remove it"));
    if ring.len() < 3 {
        return refuse(format!("it has {} corners", ring.len()));
    }
    if let Some(corner) = ring.iter().find(|corner| corner.iter().any(|v| v.is_nan() || v.abs() > MAX_COORDINATE)) {
        return refuse(format!("its corner {}, {} is no place in a picture", corner[0], corner[1]));
    }
    // Truncation, not rounding down: it is what the C cast does to negative coordinates.
    let corners: Vec<[i64; 2]> = ring.iter().map(|corner| corner.map(|v| (FINE * v + 0.5) as i64)).collect();
    let edges = || corners.iter().zip(corners.iter().cycle().skip(1)).map(|(&from, &to)| Edge::new(from, to));
    if edges().map(|edge| edge.last_step as u64 + 1).sum::<u64>() > MAX_STEPS {
        return refuse(format!("its outline is longer than {} pixels", MAX_STEPS as f64 / FINE));
    }

    let mut crossings = Crossings::new(size);
    let mut before = None;
    for edge in edges() {
        for step in 0..=edge.last_step {
            let point = edge.point(step);
            if let Some(before) = before {
                crossings.visit(before, point);
            }
            before = Some(point);
        }
    }
    Rle::from_counts(size, crossings.into_counts())
}

/// One side of the ring on the fine grid.
struct Edge {
    start: [i64; 2],
    /// Whether it runs mostly along x, and so has one point a fine column.
    flat: bool,
    /// Whether it was turned around to run towards larger coordinates.
    flipped: bool,
    slope: f64,
    last_step: i64,
}

impl Edge {
    fn new(mut from: [i64; 2], mut to: [i64; 2]) -> Self {
        let (dx, dy) = ((to[0] - from[0]).abs(), (to[1] - from[1]).abs());
        let flat = dx >= dy;
        let flipped = if flat { from[0] > to[0] } else { from[1] > to[1] };
        if flipped {
            std::mem::swap(&mut from, &mut to);
        }
        let last_step = dx.max(dy);
        let rise = if flat { to[1] - from[1] } else { to[0] - from[0] };
        // A side without length is a single point, wherever its slope points.
        let slope = if last_step == 0 { 0.0 } else { rise as f64 / last_step as f64 };
        Self { start: from, flat, flipped, slope, last_step }
    }

    /// The point after `step` steps from where the ring enters the edge.
    fn point(&self, step: i64) -> [i64; 2] {
        let t = if self.flipped { self.last_step - step } else { step };
        let [x, y] = self.start;
        let across = |from: i64| (from as f64 + self.slope * t as f64 + 0.5) as i64;
        if self.flat { [x + t, across(y)] } else { [across(x), y + t] }
    }
}

/// Where the outline crosses the centre lines of pixel columns, as positions in column-major order.
struct Crossings {
    size: Size,
    positions: Vec<u64>,
}

impl Crossings {
    fn new(size: Size) -> Self {
        Self { size, positions: Vec::new() }
    }

    /// Takes the step of the walk from `before` to `now`.
    fn visit(&mut self, before: [i64; 2], now: [i64; 2]) {
        if now[0] == before[0] {
            return;
        }
        let fine_column = if now[0] < before[0] { now[0] } else { now[0] - 1 };
        let column = (fine_column as f64 + 0.5) / FINE - 0.5;
        if column.floor() != column || column < 0.0 || column > f64::from(self.size.width()) - 1.0 {
            return;
        }
        let row = (now[1].min(before[1]) as f64 + 0.5) / FINE - 0.5;
        let row = row.clamp(0.0, f64::from(self.size.height())).ceil();
        self.positions.push(column as u64 * u64::from(self.size.height()) + row as u64);
    }

    /// Run lengths, outside first. Two crossings at the same place cancel.
    fn into_counts(mut self) -> Vec<u32> {
        self.positions.push(self.size.pixels() as u64);
        self.positions.sort_unstable();
        let mut counts: Vec<u32> = Vec::with_capacity(self.positions.len());
        let mut previous = 0;
        let mut lengths = self.positions.iter().map(|&position| {
            let length = (position - previous) as u32;
            previous = position;
            length
        });
        while let Some(length) = lengths.next() {
            match counts.last_mut() {
                // A run of no pixels is left out, and the one after it continues the one before.
                Some(last) if length == 0 => *last += lengths.next().unwrap_or(0),
                _ => counts.push(length),
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    #[test]
    fn a_square_on_pixel_edges_fills_its_pixels() {
        let ring = [[2.0, 3.0], [6.0, 3.0], [6.0, 8.0], [2.0, 8.0]];
        let mask = rasterise(&ring, size(10, 12)).unwrap().to_mask();
        assert_eq!(mask.area(), 20);
        assert!(mask.contains(2, 3) && mask.contains(5, 7) && !mask.contains(6, 7) && !mask.contains(5, 8));
    }

    #[test]
    fn too_few_corners_and_impossible_numbers_are_refused() {
        assert!(rasterise(&[[0.0, 0.0], [1.0, 1.0]], size(4, 4)).is_err());
        assert!(rasterise(&[[0.0, 0.0], [1.0, f64::NAN], [2.0, 2.0]], size(4, 4)).is_err());
        assert!(rasterise(&[[0.0, 0.0], [1e300, 1.0], [2.0, 2.0]], size(4, 4)).is_err());
        let zigzag: Vec<[f64; 2]> = (0..20_000).map(|i| [f64::from(i % 2) * 1e6, f64::from(i)]).collect();
        assert!(rasterise(&zigzag, size(4, 4)).is_err());
    }

    #[test]
    fn repeated_corners_change_nothing() {
        let plain = [[1.0, 1.0], [7.3, 2.0], [4.0, 8.8]];
        let repeated = [[1.0, 1.0], [1.0, 1.0], [7.3, 2.0], [7.3, 2.0], [4.0, 8.8], [4.0, 8.8], [1.0, 1.0]];
        assert_eq!(rasterise(&plain, size(10, 10)).unwrap(), rasterise(&repeated, size(10, 10)).unwrap());
    }

    proptest! {
        #[test]
        fn the_mask_differs_from_the_area_by_less_than_the_outline(
            corners in prop::array::uniform3(prop::array::uniform2(0.0f64..60.0)),
        ) {
            let [a, b, c] = corners;
            let area = 0.5 * ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).abs();
            let length = |p: [f64; 2], q: [f64; 2]| (p[0] - q[0]).hypot(p[1] - q[1]);
            let outline = length(a, b) + length(b, c) + length(c, a);
            let mask = rasterise(&corners, size(60, 60)).unwrap();
            // Each column is right but for less than a pixel at either crossing, and there are no more columns than
            // half the outline is long; the rest is for the rounding of the corners to the fine grid.
            prop_assert!((mask.area() as f64 - area).abs() <= outline + 4.0, "{} for {area}", mask.area());
        }

        #[test]
        fn the_order_of_the_corners_can_start_anywhere(
            ring in prop::collection::vec(prop::array::uniform2(-20.0f64..80.0), 3..12),
            start in 0usize..12,
        ) {
            let mut turned = ring.clone();
            turned.rotate_left(start % ring.len());
            // The walk has no step from its last point to its first: both are the same corner, so none is missing.
            prop_assert_eq!(rasterise(&ring, size(60, 50)).unwrap().area(), rasterise(&turned, size(60, 50)).unwrap().area());
        }
    }
}
