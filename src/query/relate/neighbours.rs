//! Which outlines lie nearest to one, by the gap between outlines, found through an index of their bounds.

use geo::Coord;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::query::relate::outline::{Gap, Outline};

/// Outlines by where they lie. Entries are named by their place in the list they were made from.
pub struct Neighbours<'a> {
    outlines: Vec<&'a Outline>,
    index: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

/// One outline near another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its place in the list.
    pub place: usize,
    /// The gap, from the one asked about to this one.
    pub gap: Gap,
}

impl<'a> Neighbours<'a> {
    /// Indexes outlines.
    pub fn new(outlines: impl IntoIterator<Item = &'a Outline>) -> Self {
        let outlines: Vec<_> = outlines.into_iter().collect();
        let bounds = |outline: &Outline| {
            let (min, max) = (outline.bounds().min(), outline.bounds().max());
            Rectangle::from_corners([min.x, min.y], [max.x, max.y])
        };
        let index = RTree::bulk_load(
            outlines.iter().enumerate().map(|(place, outline)| GeomWithData::new(bounds(outline), place)).collect(),
        );
        Self { outlines, index }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.outlines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.outlines.is_empty()
    }

    /// The outline at a place.
    pub fn outline(&self, place: usize) -> &'a Outline {
        self.outlines[place]
    }

    /// All of them with the least the gap from `from` can be, in that order.
    ///
    /// From the centroid of `from` the bounds of the other are `d` away; no point of `from` is farther than its radius from
    /// its centroid, so the gap is at least `d` less the radius.
    pub fn by_least_gap(&self, from: &Outline) -> impl Iterator<Item = (usize, f64)> {
        let (centre, radius) = (from.centroid(), from.radius());
        self.index
            .nearest_neighbor_iter_with_distance_2([centre.x, centre.y])
            .map(move |(entry, squared)| (entry.data, (squared.sqrt() - radius).max(0.0)))
    }

    /// The `count` nearest that `may` be meant, nearest first.
    pub fn nearest(&self, from: &Outline, count: usize, may: impl Fn(usize) -> bool) -> Vec<Neighbour> {
        let mut found: Vec<Neighbour> = Vec::with_capacity(count + 1);
        for (place, least) in self.by_least_gap(from) {
            if found.len() >= count && found.last().is_none_or(|last| last.gap.distance < least) {
                break;
            }
            if may(place) {
                let gap = from.gap_to(self.outlines[place]);
                let at = found.partition_point(|other| other.gap.distance <= gap.distance);
                found.insert(at, Neighbour { place, gap });
                found.truncate(count);
            }
        }
        found
    }

    /// Places of those whose bounds meet the bounds of two points.
    pub fn around(&self, p: Coord<f64>, q: Coord<f64>) -> impl Iterator<Item = usize> {
        self.index.locate_in_envelope_intersecting(AABB::from_corners([p.x, p.y], [q.x, q.y])).map(|entry| entry.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Rect;
    use proptest::prelude::*;

    fn outlines(corners: &[(f64, f64, f64, f64)]) -> Vec<Outline> {
        let outline =
            |&(x, y, w, h): &(f64, f64, f64, f64)| Outline::new(&Rect::new((x, y), (x + w, y + h)).to_polygon());
        corners.iter().filter_map(outline).collect()
    }

    proptest! {
        #[test]
        fn the_nearest_are_the_nearest_of_all(
            corners in prop::collection::vec((0.0..500.0f64, 0.0..500.0f64, 0.5..90.0f64, 0.5..90.0f64), 2..60),
            count in 1usize..5,
        ) {
            let all = outlines(&corners);
            let neighbours = Neighbours::new(&all[1..]);
            let found: Vec<f64> = neighbours.nearest(&all[0], count, |_| true).iter().map(|one| one.gap.distance).collect();
            let mut tried: Vec<f64> = all[1..].iter().map(|other| all[0].gap_to(other).distance).collect();
            tried.sort_by(f64::total_cmp);
            tried.truncate(count);
            prop_assert_eq!(found, tried);
        }
    }
}
