//! Fewer vertices within a tolerance, with the topology kept.
//!
//! Vertices are taken out one at a time, ring by ring the least deviating first, from the planar graph that all rings
//! form together: a boundary shared by two polygons is one chain of that graph and stays shared. Vertex v between u and w
//! may go when every original vertex between u and w stays within the tolerance of the segment u-w, and when no vertex
//! lies in the closed triangle u-v-w: an edge that crossed u-w would have to end in that triangle, for it cannot cross
//! u-v or v-w. So nothing that was apart meets and no ring turns over. Orientation tests are exact.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap, HashSet};

use geo::kernels::{Kernel, RobustKernel};
use geo::{Coord, LineString, Orientation, Polygon};
use rstar::primitives::GeomWithData;
use rstar::{AABB, Envelope, RTree};

/// The polygons with vertices left out, none further than `tolerance` (unit of the coordinates) from what remains, and
/// what remains nowhere further from what was: the Hausdorff distance of each ring to the original is within it.
///
/// Valid polygons stay valid, keep their rings, the direction of these and at least three corners a ring; disjoint
/// polygons stay disjoint; vertices where three or more boundaries meet stay. A vertex exactly on the edge of a neighbour
/// becomes a vertex of the neighbour too, so that what they share stays shared. A tolerance that is not above 0 changes
/// nothing.
pub fn simplify(polygons: &[Polygon<f64>], tolerance: f64) -> Vec<Polygon<f64>> {
    if tolerance.is_nan() || tolerance <= 0.0 {
        return polygons.to_vec();
    }
    let (mut graph, rings) = Graph::of(polygons);
    rings.iter().for_each(|ring| graph.thin(ring, tolerance));
    let mut rings = rings.iter().map(|ring| graph.ring(ring));
    let mut next = || rings.next().unwrap_or_else(|| LineString::new(vec![]));
    polygons.iter().map(|polygon| Polygon::new(next(), polygon.interiors().iter().map(|_| next()).collect())).collect()
}

/// Index of a vertex.
type Vertex = usize;
type Indexed = GeomWithData<[f64; 2], Vertex>;

/// All rings as one planar graph.
struct Graph {
    places: Vec<Coord<f64>>,
    /// The two neighbours in the original rings of a vertex that one chain passes; `None` at junctions.
    original: Vec<Option<[Vertex; 2]>>,
    /// The two neighbours now.
    current: Vec<Option<[Vertex; 2]>>,
    alive: Vec<bool>,
    /// Edges that join two junctions directly, the smaller index first.
    between_junctions: HashSet<(Vertex, Vertex)>,
    /// All vertices, those that went too: passing over them costs less than taking them out.
    index: RTree<Indexed>,
}

/// A vertex that could go, with the state in which that was found.
struct Candidate {
    deviation: f64,
    /// Vertices already left out between its neighbours: of equals the shorter run goes first, which keeps runs short.
    run: usize,
    vertex: Vertex,
    neighbours: [Vertex; 2],
}

impl Graph {
    /// The graph of all rings, and each ring as its vertices (exterior first, polygon after polygon).
    fn of(polygons: &[Polygon<f64>]) -> (Self, Vec<Vec<Vertex>>) {
        let mut places = Vec::new();
        let mut vertex_at: HashMap<[u64; 2], Vertex> = HashMap::new();
        let mut vertex = |coord: &Coord<f64>| {
            // -0.0 + 0.0 is 0.0: one place, one key.
            *vertex_at.entry([(coord.x + 0.0).to_bits(), (coord.y + 0.0).to_bits()]).or_insert_with(|| {
                places.push(*coord);
                places.len() - 1
            })
        };
        let lines = polygons.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        let rings: Vec<Vec<Vertex>> = lines
            .map(|line| {
                let mut ring: Vec<Vertex> = line.0.iter().map(&mut vertex).collect();
                ring.dedup();
                if ring.len() > 1 && ring.first() == ring.last() {
                    ring.pop();
                }
                ring
            })
            .collect();
        let points = places.iter().enumerate().map(|(vertex, at)| Indexed::new([at.x, at.y], vertex)).collect();
        let index = RTree::bulk_load(points);
        let rings: Vec<Vec<Vertex>> = rings.iter().map(|ring| noded(ring, &places, &index)).collect();
        let mut original: Vec<Option<[Vertex; 2]>> = vec![None; places.len()];
        let mut junction = vec![false; places.len()];
        for (before, at, after) in rings.iter().flat_map(|ring| triples(ring)) {
            let neighbours = [before.min(after), before.max(after)];
            junction[at] |= original[at].is_some_and(|known| known != neighbours) || before == after;
            original[at] = Some(neighbours);
        }
        for (at, _) in junction.iter().enumerate().filter(|(_, junction)| **junction) {
            original[at] = None;
        }
        let between_junctions = rings
            .iter()
            .flat_map(|ring| triples(ring))
            .filter(|&(_, at, after)| junction[at] && junction[after])
            .map(|(_, at, after)| (at.min(after), at.max(after)))
            .collect();
        let (alive, current) = (vec![true; places.len()], original.clone());
        (Self { alive, current, original, between_junctions, index, places }, rings)
    }

    /// Takes vertices of one ring out until none of them may go. Ring by ring, so that the queue stays in the cache.
    fn thin(&mut self, ring: &[Vertex], tolerance: f64) {
        let mut queue: BinaryHeap<Candidate> = ring
            .iter()
            .filter(|&&vertex| self.alive[vertex])
            .filter_map(|&vertex| self.candidate(vertex))
            .filter(|candidate| candidate.deviation <= tolerance)
            .collect();
        while let Some(Candidate { vertex, neighbours, .. }) = queue.pop() {
            if !self.alive[vertex] || self.current[vertex] != Some(neighbours) || !self.may_go(vertex, neighbours) {
                continue;
            }
            self.remove(vertex, neighbours);
            let again = neighbours.into_iter().filter_map(|neighbour| self.candidate(neighbour));
            queue.extend(again.filter(|candidate| candidate.deviation <= tolerance));
        }
    }

    fn candidate(&self, vertex: Vertex) -> Option<Candidate> {
        let neighbours = self.current[vertex]?;
        let [start, end] = neighbours.map(|vertex| self.places[vertex]);
        let (mut deviation, mut run) = (distance(self.places[vertex], start, end), 0);
        for first in self.original[vertex]? {
            let (mut before, mut at) = (vertex, first);
            while !self.alive[at] {
                deviation = deviation.max(distance(self.places[at], start, end));
                run += 1;
                let [one, other] = self.original[at]?;
                (before, at) = (at, if one == before { other } else { one });
            }
        }
        Some(Candidate { deviation, run, vertex, neighbours })
    }

    /// Whether the edge that would replace `vertex` leaves the topology as it is.
    fn may_go(&self, vertex: Vertex, [start, end]: [Vertex; 2]) -> bool {
        !self.are_joined(start, end) && {
            let corners = [start, vertex, end].map(|vertex| self.places[vertex]);
            self.index
                .locate_in_envelope_intersecting(envelope(&corners))
                .filter(|other| self.alive[other.data] && ![start, vertex, end].contains(&other.data))
                .all(|other| !covers(corners, self.places[other.data]))
        }
    }

    fn are_joined(&self, one: Vertex, other: Vertex) -> bool {
        match (self.current[one], self.current[other]) {
            (Some(neighbours), _) => neighbours.contains(&other),
            (None, Some(neighbours)) => neighbours.contains(&one),
            (None, None) => self.between_junctions.contains(&(one.min(other), one.max(other))),
        }
    }

    fn remove(&mut self, vertex: Vertex, [start, end]: [Vertex; 2]) {
        self.alive[vertex] = false;
        for (at, other) in [(start, end), (end, start)] {
            if let Some(neighbours) = &mut self.current[at] {
                let kept = if neighbours[0] == vertex { neighbours[1] } else { neighbours[0] };
                *neighbours = [kept.min(other), kept.max(other)];
            }
        }
        if self.current[start].is_none() && self.current[end].is_none() {
            self.between_junctions.insert((start.min(end), start.max(end)));
        }
    }

    /// What is left of a ring, closed.
    fn ring(&self, ring: &[Vertex]) -> LineString<f64> {
        let mut places: Vec<_> =
            ring.iter().filter(|&&vertex| self.alive[vertex]).map(|&vertex| self.places[vertex]).collect();
        places.extend(places.first().copied());
        LineString::new(places)
    }
}

/// Each vertex of a closed ring with the one before and the one after.
fn triples(ring: &[Vertex]) -> impl Iterator<Item = (Vertex, Vertex, Vertex)> {
    let count = ring.len();
    (0..count).map(move |place| (ring[(place + count - 1) % count], ring[place], ring[(place + 1) % count]))
}

/// The ring with the vertices of all rings that lie on its edges.
fn noded(ring: &[Vertex], places: &[Coord<f64>], index: &RTree<Indexed>) -> Vec<Vertex> {
    let mut all = Vec::with_capacity(ring.len());
    for (_, at, after) in triples(ring) {
        let (start, end) = (places[at], places[after]);
        let on_edge = |vertex: &Vertex| {
            ![at, after].contains(vertex)
                && RobustKernel::orient2d(start, end, places[*vertex]) == Orientation::Collinear
        };
        let inside = index.locate_in_envelope_intersecting(envelope(&[start, end]));
        let mut between: Vec<Vertex> = inside.map(|indexed| indexed.data).filter(on_edge).collect();
        between.sort_by(|&one, &other| {
            let from_start = |vertex: Vertex| (places[vertex] - start).x.hypot((places[vertex] - start).y);
            from_start(one).total_cmp(&from_start(other))
        });
        all.push(at);
        all.extend(between);
    }
    all
}

fn envelope(points: &[Coord<f64>]) -> AABB<[f64; 2]> {
    points.iter().fold(AABB::new_empty(), |envelope, point| envelope.merged(&AABB::from_point([point.x, point.y])))
}

/// Distance of a point to a segment.
fn distance(point: Coord<f64>, start: Coord<f64>, end: Coord<f64>) -> f64 {
    let (along, to) = (end - start, point - start);
    let length = along.x * along.x + along.y * along.y;
    let share = if length > 0.0 { ((to.x * along.x + to.y * along.y) / length).clamp(0.0, 1.0) } else { 0.0 };
    (to.x - share * along.x).hypot(to.y - share * along.y)
}

/// Whether a point lies in the closed triangle, exactly. A flat triangle covers the points of its longest side.
fn covers([a, b, c]: [Coord<f64>; 3], point: Coord<f64>) -> bool {
    let sides = [(a, b), (b, c), (c, a)].map(|(from, to)| RobustKernel::orient2d(from, to, point));
    let flat = RobustKernel::orient2d(a, b, c) == Orientation::Collinear;
    // Only asked for points in the triangle's envelope, which for a flat triangle is that of its longest side.
    if flat {
        return sides.contains(&Orientation::Collinear);
    }
    !(sides.contains(&Orientation::Clockwise) && sides.contains(&Orientation::CounterClockwise))
}

impl Ord for Candidate {
    /// The greatest is the one to go first.
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |candidate: &Self| (candidate.run, candidate.vertex, candidate.neighbours);
        other.deviation.total_cmp(&self.deviation).then_with(|| key(other).cmp(&key(self)))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

#[cfg(test)]
mod tests;
