//! Single vertices: found, moved, put in, taken out.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::mend::is_valid;
use crate::error::{Error, Result};

/// Which vertex of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vertex {
    /// Which polygon.
    pub polygon: usize,
    /// Which ring: 0 is the outline, the holes follow.
    pub ring: usize,
    /// Which corner of the ring; its last, which repeats the first, does not count.
    pub corner: usize,
}

/// The vertex nearest to a place, if one is within `reach`.
pub fn nearest_vertex(shape: &MultiPolygon<f64>, place: Coord<f64>, reach: f64) -> Option<Vertex> {
    let distance = |corner: Coord<f64>| (corner.x - place.x).hypot(corner.y - place.y);
    let all = corners(shape).map(|(vertex, from, _)| (distance(from), vertex));
    nearest(all, reach)
}

/// The edge nearest to a place, by the vertex at which it starts, if one is within `reach`: where a vertex can be put in.
pub fn nearest_edge(shape: &MultiPolygon<f64>, place: Coord<f64>, reach: f64) -> Option<Vertex> {
    let all = corners(shape).map(|(vertex, from, to)| {
        let (way, off) = (to - from, place - from);
        let length = way.x * way.x + way.y * way.y;
        let along = if length > 0.0 { ((way.x * off.x + way.y * off.y) / length).clamp(0.0, 1.0) } else { 0.0 };
        let rest = off - way * along;
        (rest.x.hypot(rest.y), vertex)
    });
    nearest(all, reach)
}

/// The shape with a vertex moved.
///
/// # Errors
/// When an edge would then cross another, or nothing would be enclosed.
pub fn move_vertex(shape: &MultiPolygon<f64>, vertex: Vertex, to: Coord<f64>) -> Result<MultiPolygon<f64>> {
    changed(shape, vertex, "move", |ring, corner| ring[corner] = to)
}

/// The shape with a vertex put in on the edge that starts at `edge`.
///
/// # Errors
/// When an edge would then cross another.
pub fn insert_vertex(shape: &MultiPolygon<f64>, edge: Vertex, at: Coord<f64>) -> Result<MultiPolygon<f64>> {
    changed(shape, edge, "put in", |ring, corner| ring.insert(corner + 1, at))
}

/// The shape with a vertex taken out. A ring of three corners goes with it: a hole is filled, a polygon removed.
///
/// # Errors
/// When an edge would then cross another, or nothing would be left.
pub fn remove_vertex(shape: &MultiPolygon<f64>, vertex: Vertex) -> Result<MultiPolygon<f64>> {
    changed(shape, vertex, "take out", |ring, corner| {
        ring.remove(corner);
    })
}

/// Every vertex with its place and that of the next.
fn corners(shape: &MultiPolygon<f64>) -> impl Iterator<Item = (Vertex, Coord<f64>, Coord<f64>)> {
    shape.iter().enumerate().flat_map(|(polygon, shape)| {
        let rings = std::iter::once(shape.exterior()).chain(shape.interiors()).enumerate();
        rings.flat_map(move |(ring, line)| {
            line.lines().enumerate().map(move |(corner, edge)| (Vertex { polygon, ring, corner }, edge.start, edge.end))
        })
    })
}

fn nearest(all: impl Iterator<Item = (f64, Vertex)>, reach: f64) -> Option<Vertex> {
    let near = all.filter(|(distance, _)| *distance <= reach);
    near.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, vertex)| vertex)
}

/// Changes the corners of one ring, the repeated last one left out, and takes out what is then no ring.
fn changed(
    shape: &MultiPolygon<f64>,
    Vertex { polygon, ring, corner }: Vertex,
    doing: &str,
    change: impl FnOnce(&mut Vec<Coord<f64>>, usize),
) -> Result<MultiPolygon<f64>> {
    let refuse = |why: &str| Err(Error::usage(format!("cannot {doing} the vertex"), why, "choose another place"));
    let mut polygons = shape.0.clone();
    let Some(found) = polygons.get_mut(polygon) else { return refuse("there is no such polygon") };
    let (outline, mut holes) = std::mem::replace(found, Polygon::new(LineString::new(vec![]), vec![])).into_inner();
    let mut rings = vec![outline];
    rings.append(&mut holes);
    let Some(line) = rings.get_mut(ring) else { return refuse("there is no such ring") };
    line.0.pop();
    if corner >= line.0.len() {
        return refuse("there is no such vertex");
    }
    change(&mut line.0, corner);
    if line.0.len() < 3 {
        rings.remove(ring);
        if ring == 0 {
            rings.clear();
        }
    }
    let mut rings = rings.into_iter();
    match rings.next() {
        Some(outline) => *found = Polygon::new(outline, rings.collect()),
        None => drop(polygons.remove(polygon)),
    }
    let shape = MultiPolygon(polygons);
    if shape.0.is_empty() {
        return refuse("nothing of the shape would be left");
    }
    if !is_valid(&shape) {
        return refuse("the outline would cross itself or enclose nothing");
    }
    Ok(shape)
}
