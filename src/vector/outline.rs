//! Outlines of a thresholded field: polygons with holes, in lattice coordinates.
//!
//! Pixel (x, y) covers the square from (x, y) to (x + 1, y + 1); its centre is (x + 0.5, y + 0.5). Contours are followed
//! by the integer identity of the lattice edges they cross ([`super::crossings`]), so the answer does not depend on how
//! the field is stored, and moving the field by whole pixels moves the answer exactly. Memory follows the length of the
//! contours, not the size of the field.

use std::collections::HashMap;
use std::ops::Range;

use geo::{Coord, LineString, Polygon};

use super::crossings::{Axis, Crossing, Lattice, Side, UNITS_PER_PIXEL};
use super::field::{Block, Field};
use crate::error::{Error, Result};

/// What the outline follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edges {
    /// The iso-line of the values, linear between pixel centres. Where two opposite corners of a cell are inside, they
    /// are one object if the mean of the four values reaches the threshold, else two.
    Smooth,
    /// The edges of the pixels. Pixels that meet only at a corner are two objects.
    Pixel,
}

/// How to outline a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tracing {
    /// A pixel is inside from this value on; above 0.
    pub threshold: f32,
    /// What the outline follows.
    pub edges: Edges,
    /// Pixels outside are not looked at and polygons end exactly at its border, for instance the scene's.
    pub frame: Option<Block>,
}

/// Polygons of all places where `field` reaches the threshold.
///
/// Every ring is simple and closed; exteriors have a positive shoelace sum in lattice coordinates, holes a negative one;
/// vertices in the middle of a straight line are left out. Polygons come in the order of their topmost, then leftmost
/// crossing. Rings of one polygon may touch at single points (with [`Edges::Pixel`] only).
///
/// # Errors
/// A threshold that is not above 0, for then everything is inside and the answer has no end.
pub fn outline<F: Field + ?Sized>(field: &F, tracing: &Tracing) -> Result<Vec<Polygon<f64>>> {
    let Tracing { threshold, edges, frame } = *tracing;
    if !(threshold > 0.0 && threshold.is_finite()) {
        return Err(Error::usage(
            format!("cannot outline objects at the threshold {threshold}"),
            "a probability of 0 is everywhere",
            "give a threshold between 0 and 1",
        ));
    }
    let lattice = Lattice { field, threshold, frame, edges };
    let crossings = lattice.crossings();
    let mut rings = Vec::new();
    for contour in contours(&crossings) {
        match edges {
            Edges::Smooth => rings.push(contour),
            Edges::Pixel => split_at_corners(&crossings, contour, &mut rings),
        }
    }
    rings.sort_unstable_by_key(|ring| ring[0]);
    let vertices = |ring: &[usize]| -> LineString<f64> {
        let points = ring.iter().map(|&index| match edges {
            Edges::Smooth => lattice.position(&crossings[index]),
            Edges::Pixel => {
                let (x, y) = crossings[index].cell();
                ((x + 1) * UNITS_PER_PIXEL, (y + 1) * UNITS_PER_PIXEL)
            }
        });
        closed_ring(points.collect())
    };
    Ok(assemble(&crossings, &rings)
        .into_iter()
        .map(|(shell, holes)| {
            Polygon::new(vertices(&rings[shell]), holes.iter().map(|&hole| vertices(&rings[hole])).collect())
        })
        .collect())
}

/// The crossings of one row of lattice edges, as ranges of the sorted crossings.
struct Row {
    y: i64,
    across: Range<usize>,
    down: Range<usize>,
}

fn rows(crossings: &[Crossing]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut start = 0;
    for row in crossings.chunk_by(|a, b| a.y == b.y) {
        let (end, middle) = (start + row.len(), start + row.partition_point(|c| c.axis == Axis::Across));
        rows.push(Row { y: row[0].y, across: start..middle, down: middle..end });
        start = end;
    }
    rows
}

/// Looks for crossings in one sorted list of lattice edges, from where it last was: lists are walked side by side.
struct Walk<'a> {
    crossings: &'a [Crossing],
    start: usize,
    at: usize,
}

impl<'a> Walk<'a> {
    fn new(crossings: &'a [Crossing], range: Range<usize>) -> Self {
        Self { start: range.start, at: 0, crossings: &crossings[range] }
    }

    fn find(&mut self, x: i64) -> Option<usize> {
        while self.at > 0 && self.crossings[self.at - 1].x >= x {
            self.at -= 1;
        }
        while self.crossings.get(self.at).is_some_and(|crossing| crossing.x < x) {
            self.at += 1;
        }
        (self.crossings.get(self.at)?.x == x).then_some(self.start + self.at)
    }
}

/// The next crossing of each crossing's contour.
fn successors(crossings: &[Crossing]) -> Vec<Option<usize>> {
    let rows = rows(crossings);
    let mut next = vec![None; crossings.len()];
    for (place, row) in rows.iter().enumerate() {
        let row_at = |place: Option<usize>, y: i64| place.and_then(|place| rows.get(place)).filter(|row| row.y == y);
        let above = row_at(place.checked_sub(1), row.y - 1);
        let below = row_at(Some(place + 1), row.y + 1);
        // A contour leaves its cell through the edges above, below or beside it. Cells lie below this row's edges or,
        // for contours that go up, above.
        let walk = |range: Option<&Range<usize>>| Walk::new(crossings, range.cloned().unwrap_or_default());
        let cells_below = || [walk(Some(&row.across)), walk(below.map(|row| &row.across)), walk(Some(&row.down))];
        let cells_above =
            [walk(above.map(|row| &row.across)), walk(Some(&row.across)), walk(above.map(|row| &row.down))];
        let mut follow = |sources: Range<usize>, goes_up: bool, [mut top, mut bottom, mut sides]: [Walk<'_>; 3]| {
            for source in sources {
                let crossing = &crossings[source];
                let (_, cell_row) = crossing.cell();
                if (cell_row < row.y) == goes_up {
                    let x = crossing.next_x();
                    next[source] = match crossing.exit {
                        Side::Top => top.find(x),
                        Side::Bottom => bottom.find(x),
                        Side::Left | Side::Right => sides.find(x),
                    };
                }
            }
        };
        follow(row.across.clone(), false, cells_below());
        follow(row.down.clone(), false, cells_below());
        follow(row.across.clone(), true, cells_above);
    }
    next
}

/// Closed contours as indices of their crossings, each from its first crossing on, ordered by it.
fn contours(crossings: &[Crossing]) -> Vec<Vec<usize>> {
    let next = successors(crossings);
    let mut seen = vec![false; crossings.len()];
    let mut contours = Vec::new();
    for start in 0..crossings.len() {
        if seen[start] {
            continue;
        }
        let (mut at, mut contour) = (start, Vec::new());
        // A contour that does not come back belongs to a field with values outside its blocks: no outline.
        let closed = loop {
            seen[at] = true;
            contour.push(at);
            match next[at] {
                Some(next) if next == start => break true,
                Some(next) if !seen[next] => at = next,
                _ => break false,
            }
        };
        if closed {
            contours.push(contour);
        }
    }
    contours
}

/// Cuts a contour along pixel edges wherever it meets itself at a pixel corner, so that every ring is simple.
fn split_at_corners(crossings: &[Crossing], contour: Vec<usize>, rings: &mut Vec<Vec<usize>>) {
    let mut path: Vec<usize> = Vec::with_capacity(contour.len());
    let mut passed: HashMap<(i64, i64), usize> = HashMap::new();
    let saddle_cell = |index: usize| crossings[index].saddle.then(|| crossings[index].cell());
    for index in contour {
        path.push(index);
        let Some(corner) = saddle_cell(index) else { continue };
        match passed.get(&corner) {
            None => {
                passed.insert(corner, path.len());
            }
            Some(&since) => {
                let ring = path.split_off(since);
                for other in ring.iter().filter_map(|&index| saddle_cell(index)).filter(|&cell| cell != corner) {
                    passed.remove(&other);
                }
                rings.push(from_first(ring));
            }
        }
    }
    rings.push(from_first(path));
}

/// The same ring from its first crossing on.
fn from_first(mut ring: Vec<usize>) -> Vec<usize> {
    if let Some(start) = (0..ring.len()).min_by_key(|&place| ring[place]) {
        ring.rotate_left(start);
    }
    ring
}

/// Shells with the holes in them, as indices of rings.
///
/// A ring is a shell if the inside begins at its leftmost crossing, going right. If the inside ends there, the crossing
/// before it on the same row is where that inside began: on the hole's shell, or on another hole of it, whose leftmost
/// crossing lies further left. So owners are found from left to right without asking which polygon contains which.
fn assemble(crossings: &[Crossing], rings: &[Vec<usize>]) -> Vec<(usize, Vec<usize>)> {
    let mut ring_of = vec![usize::MAX; crossings.len()];
    let mut leftmost = Vec::with_capacity(rings.len());
    for (ring, indices) in rings.iter().enumerate() {
        indices.iter().for_each(|&index| ring_of[index] = ring);
        let across = indices.iter().copied().filter(|&index| crossings[index].axis == Axis::Across);
        leftmost.extend(across.min_by_key(|&index| (crossings[index].x, index)).map(|index| (index, ring)));
    }
    leftmost.sort_unstable_by_key(|&(index, ring)| (crossings[index].x, ring));
    let mut owner: Vec<Option<usize>> = vec![None; rings.len()];
    for (index, ring) in leftmost {
        owner[ring] = if crossings[index].first_inside {
            let before = index.checked_sub(1).and_then(|before| ring_of.get(before));
            before.and_then(|&before| owner.get(before).copied().flatten())
        } else {
            Some(ring)
        };
    }
    let mut place = vec![usize::MAX; rings.len()];
    let mut polygons = Vec::new();
    for ring in (0..rings.len()).filter(|&ring| owner[ring] == Some(ring)) {
        place[ring] = polygons.len();
        polygons.push((ring, Vec::new()));
    }
    for (hole, shell) in owner.iter().enumerate() {
        if let Some(shell) = shell.filter(|&shell| shell != hole) {
            polygons[place[shell]].1.push(hole);
        }
    }
    polygons
}

/// Corners of a closed ring given in units: neither repeated points nor points in the middle of a straight line.
fn closed_ring(mut points: Vec<(i64, i64)>) -> LineString<f64> {
    points.dedup();
    while points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    let count = points.len();
    let turns = |place: usize| {
        let (before, at, after) = (points[(place + count - 1) % count], points[place], points[(place + 1) % count]);
        let difference = |a: i64, b: i64| i128::from(b - a);
        difference(before.0, at.0) * difference(at.1, after.1) != difference(before.1, at.1) * difference(at.0, after.0)
    };
    let scale = 1.0 / UNITS_PER_PIXEL as f64;
    let coord = |(x, y): (i64, i64)| Coord { x: x as f64 * scale, y: y as f64 * scale };
    let mut corners: Vec<Coord<f64>> =
        (0..count).filter(|&place| turns(place)).map(|place| coord(points[place])).collect();
    corners.extend(corners.first().copied());
    LineString::new(corners)
}

#[cfg(test)]
mod tests;
