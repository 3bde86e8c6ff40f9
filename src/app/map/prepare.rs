//! Polygons made ready for the GPU and for picking, on a thread of their own: triangles, lines, places of labels, an index.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use geo::{Contains, Point};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::camera::Bounds;
use super::frame::{FillCorner, LineEnds};
use super::polygons::{MapPolygon, Polygons};
use super::triangulate::{rings, triangulate};

/// Polygons in one chunk: drawn together, left out together.
const CHUNK: usize = 512;

/// Polygons near each other.
pub(super) struct Chunk {
    pub(super) origin: [f64; 2],
    pub(super) bounds: Bounds,
    /// Of one polygon, along its longer side: the middle one of the chunk.
    pub(super) typical_size: f64,
    pub(super) corners: Vec<FillCorner>,
    pub(super) indices: Vec<u32>,
    pub(super) lines: Vec<LineEnds>,
    /// A line without length for each polygon: a dot, for the view from far away.
    pub(super) dots: Vec<LineEnds>,
}

/// What is known of one polygon.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) bounds: Bounds,
    /// A place inside of it.
    pub(super) inside: [f64; 2],
}

type Entry = GeomWithData<Rectangle<[f64; 2]>, u32>;

/// Polygons ready to be drawn and picked.
pub(super) struct Prepared {
    pub(super) polygons: Arc<Polygons>,
    pub(super) chunks: Vec<Chunk>,
    /// In the order of the polygons; `None` for one without a corner that is a number.
    pub(super) items: Vec<Option<Item>>,
    tree: RTree<Entry>,
    /// By id.
    indices: HashMap<u64, u32>,
}

/// Polygons being made ready.
pub(super) struct Preparing {
    pub(super) polygons: Arc<Polygons>,
    done: Receiver<Prepared>,
}

impl Preparing {
    /// Starts; `ready` is called from the other thread at the end.
    pub(super) fn start(polygons: &Arc<Polygons>, ready: impl FnOnce() + Send + 'static) -> Self {
        let (sender, done) = channel();
        let theirs = Arc::clone(polygons);
        let thread = std::thread::Builder::new().name("polygons".to_owned());
        // Without a thread the channel closes, and `poll` does the work itself.
        let _ = thread.spawn(move || {
            // Nobody waits for it any more where the canvas is gone.
            let _ = sender.send(Prepared::of(&theirs));
            ready();
        });
        Self { polygons: Arc::clone(polygons), done }
    }

    /// What has become of it, once it is ready.
    pub(super) fn poll(&self) -> Option<Prepared> {
        match self.done.try_recv() {
            Ok(prepared) => Some(prepared),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Prepared::of(&self.polygons)),
        }
    }
}

impl Prepared {
    pub(super) fn of(polygons: &Arc<Polygons>) -> Self {
        let items: Vec<Option<Item>> = polygons.all().iter().map(item).collect();
        let entry = |(index, item): (usize, &Option<Item>)| {
            let bounds = item.as_ref()?.bounds;
            Some(GeomWithData::new(Rectangle::from_corners(bounds.min, bounds.max), index as u32))
        };
        let tree = RTree::bulk_load(items.iter().enumerate().filter_map(entry).collect());
        let whole = polygons.bounds().unwrap_or(Bounds::of([0.0; 2], [0.0; 2]));
        let mut order: Vec<(u64, u32, Item)> = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                item.map(|item| (along_curve(item.bounds.center(), &whole), index as u32, item))
            })
            .collect();
        order.sort_unstable_by_key(|(place, index, _)| (*place, *index));
        let chunks = order.chunks(CHUNK).filter_map(|members| chunk(polygons.all(), members)).collect();
        let indices = polygons.all().iter().enumerate().map(|(index, polygon)| (polygon.id, index as u32)).collect();
        Self { polygons: Arc::clone(polygons), chunks, items, tree, indices }
    }

    /// The index of the polygon with this id.
    pub(super) fn index_of(&self, id: u64) -> Option<u32> {
        self.indices.get(&id).copied()
    }

    /// Indices of the polygons whose rectangles meet `bounds`.
    pub(super) fn meeting(&self, bounds: &Bounds) -> impl Iterator<Item = u32> + '_ {
        let envelope = AABB::from_corners(bounds.min, bounds.max);
        self.tree.locate_in_envelope_intersecting(envelope).map(|entry| entry.data)
    }

    /// The polygon at a place: the smallest that holds it, else the nearest small one within `reach`.
    pub(super) fn pick(&self, at: [f64; 2], reach: f64) -> Option<u32> {
        let around = Bounds { min: at.map(|value| value - reach), max: at.map(|value| value + reach) };
        let point = Point::new(at[0], at[1]);
        let mut best: Option<(f64, u32)> = None;
        for index in self.meeting(&around) {
            let (Some(polygon), Some(Some(item))) =
                (self.polygons.all().get(index as usize), self.items.get(index as usize))
            else {
                continue;
            };
            let size = item.bounds.size();
            let holds = polygon.polygon.contains(&point);
            // What is smaller than a fingertip is hit by its surroundings.
            let is_tiny = size[0].max(size[1]) < 2.0 * reach;
            if holds || is_tiny {
                let area = size[0] * size[1];
                if best.is_none_or(|(smallest, known)| (area, index) < (smallest, known)) {
                    best = Some((area, index));
                }
            }
        }
        best.map(|(_, index)| index)
    }
}

fn item(polygon: &MapPolygon) -> Option<Item> {
    let corners = polygon.polygon.exterior().coords().map(|c| [c.x, c.y]);
    let bounds = Bounds::around(corners)?;
    Some(Item { bounds, inside: inside(polygon, &bounds) })
}

/// The middle of the widest stretch inside of the polygon at half its height.
fn inside(polygon: &MapPolygon, bounds: &Bounds) -> [f64; 2] {
    let [x, y] = bounds.center();
    let rings = std::iter::once(polygon.polygon.exterior()).chain(polygon.polygon.interiors());
    let mut crossings: Vec<f64> = rings
        .flat_map(|ring| ring.lines())
        .filter(|line| (line.start.y <= y) != (line.end.y <= y))
        .map(|line| line.start.x + (y - line.start.y) * (line.end.x - line.start.x) / (line.end.y - line.start.y))
        .collect();
    crossings.sort_by(f64::total_cmp);
    let stretches = crossings.chunks_exact(2).map(|pair| (pair[1] - pair[0], (pair[0] + pair[1]) / 2.0));
    let widest = stretches.max_by(|a, b| a.0.total_cmp(&b.0));
    [widest.map_or(x, |(_, middle)| middle), y]
}

/// Place along a curve that keeps neighbours together (Morton 1966).
fn along_curve(at: [f64; 2], whole: &Bounds) -> u64 {
    let spread = |value: f64| {
        let mut bits = (value.clamp(0.0, 1.0) * f64::from(u16::MAX)) as u64;
        for (shift, mask) in [(8, 0x00ff_00ff), (4, 0x0f0f_0f0f), (2, 0x3333_3333), (1, 0x5555_5555)] {
            bits = (bits | bits << shift) & mask;
        }
        bits
    };
    let share = |axis: usize| (at[axis] - whole.min[axis]) / whole.size()[axis].max(f64::MIN_POSITIVE);
    spread(share(0)) | spread(share(1)) << 1
}

fn chunk(polygons: &[MapPolygon], members: &[(u64, u32, Item)]) -> Option<Chunk> {
    let bounds = members.iter().map(|(_, _, item)| item.bounds).reduce(Bounds::union)?;
    let origin = bounds.center();
    let mut sizes: Vec<f64> = members.iter().map(|(_, _, item)| item.bounds.size()).map(|[w, h]| w.max(h)).collect();
    let middle = sizes.len() / 2;
    let typical_size = *sizes.select_nth_unstable_by(middle, f64::total_cmp).1;
    let mut chunk = Chunk {
        origin,
        bounds,
        typical_size,
        corners: Vec::new(),
        indices: Vec::new(),
        lines: Vec::new(),
        dots: Vec::new(),
    };
    for (_, index, item) in members {
        let rings = rings(&polygons[*index as usize].polygon, origin);
        let first = chunk.corners.len() as u32;
        chunk.indices.extend(triangulate(&rings).into_iter().map(|corner| first + corner));
        let single = |point: &[f64; 2]| point.map(|value| value as f32);
        let corners = rings.iter().flatten();
        chunk.corners.extend(corners.map(|point| FillCorner { place: single(point), polygon: *index }));
        for ring in &rings {
            let ends = ring.iter().zip(ring.iter().cycle().skip(1));
            let line = |(a, b)| LineEnds { start: single(a), end: single(b), polygon: *index };
            chunk.lines.extend(ends.map(line));
        }
        let center = item.bounds.center();
        let place = single(&[center[0] - origin[0], center[1] - origin[1]]);
        chunk.dots.push(LineEnds { start: place, end: place, polygon: *index });
    }
    Some(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{LineString, Polygon};

    fn square(id: u64, x: f64, y: f64, side: f64) -> MapPolygon {
        let ring = LineString::from(vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side)]);
        MapPolygon { id, polygon: Polygon::new(ring, Vec::new()), label: String::new() }
    }

    #[test]
    fn the_smallest_polygon_under_the_cursor_is_picked() {
        let polygons = Arc::new(Polygons::new(vec![square(1, 0.0, 0.0, 10.0), square(2, 4.0, 4.0, 2.0)]));
        let prepared = Prepared::of(&polygons);
        assert_eq!(prepared.pick([5.0, 5.0], 0.1), Some(1));
        assert_eq!(prepared.pick([1.0, 1.0], 0.1), Some(0));
        assert_eq!(prepared.pick([11.0, 1.0], 0.1), None);
        assert_eq!(prepared.pick([6.5, 5.0], 2.0), Some(1));
    }

    #[test]
    fn every_polygon_is_in_one_chunk() {
        let grid = |i: u64| square(i, (i % 60) as f64 * 3.0, (i / 60) as f64 * 3.0, 1.0);
        let polygons = Arc::new(Polygons::new((0..3000).map(grid).collect()));
        let prepared = Prepared::of(&polygons);
        let mut drawn: Vec<u32> =
            prepared.chunks.iter().flat_map(|chunk| chunk.dots.iter().map(|dot| dot.polygon)).collect();
        drawn.sort_unstable();
        assert_eq!(drawn, (0..3000).collect::<Vec<u32>>());
        let triangles: usize = prepared.chunks.iter().map(|chunk| chunk.indices.len() / 3).sum();
        assert_eq!(triangles, 6000);
    }

    #[test]
    fn a_label_stands_inside_of_a_bent_polygon() {
        let ring = LineString::from(vec![(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (8.0, 10.0), (8.0, 2.0), (0.0, 2.0)]);
        let bent = MapPolygon { id: 1, polygon: Polygon::new(ring, Vec::new()), label: String::new() };
        let [x, y] = item(&bent).unwrap().inside;
        assert!(bent.polygon.contains(&Point::new(x, y)), "{x} {y}");
    }
}
