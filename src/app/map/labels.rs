//! Labels of polygons, where there is room: large polygons first, none over another.

use egui::{Color32, FontId, Painter, Pos2, Rect, Vec2};

use super::layer::{Content, Map};
use super::vectors::Vectors;
use super::view::View;

/// Labels drawn in one frame, at most.
const MOST: usize = 400;
/// Polygons looked at, at most: with more in view each is too small for a label.
const LOOKED_AT: usize = 20_000;
/// A polygon gets a label from this many points along its longer side.
const SMALLEST: f64 = 14.0;
/// Free room around a label, in points.
const ROOM: f32 = 3.0;

/// Draws the labels of all layers that show theirs.
pub(super) fn labels(painter: &Painter, view: &View, map: &Map, vectors: &Vectors) {
    let bounds = view.bounds();
    let smallest = SMALLEST * view.camera.units_per_point;
    let mut placed = Placed::new(view.rect);
    // The topmost layer comes first to the room there is.
    for layer in map.layers.iter().rev().filter(|layer| layer.visible && layer.opacity > 0.0) {
        let Content::Vector(vector) = &layer.content else { continue };
        let Some(prepared) = vectors.prepared(layer.id).filter(|_| vector.labels) else { continue };
        let [left, right] = map.shown_range(layer.id);
        let is_shown = |at: [f64; 2]| bounds.contains(at) && (left..=right).contains(&view.share_of(at));
        let mut candidates = Vec::new();
        for index in prepared.meeting(&bounds).take(LOOKED_AT) {
            let Some(Some(item)) = prepared.items.get(index as usize) else { continue };
            let size = item.bounds.size();
            let longest = size[0].max(size[1]);
            if longest >= smallest && is_shown(item.inside) {
                candidates.push((longest, index, item.inside));
            }
        }
        // Always in the same order, so that no label jumps while the map moves.
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, index, inside) in candidates {
            if placed.count() >= MOST {
                return;
            }
            let Some(polygon) = prepared.polygons.all().get(index as usize) else { continue };
            if !polygon.label.is_empty() {
                label(painter, view.camera.to_screen(view.rect, inside), &polygon.label, &mut placed);
            }
        }
    }
}

fn label(painter: &Painter, middle: Pos2, text: &str, placed: &mut Placed) {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(12.0), Color32::WHITE);
    let rect = Rect::from_center_size(middle, galley.size());
    if !placed.take(rect.expand(ROOM)) {
        return;
    }
    let dark = Color32::from_black_alpha(150);
    for offset in [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0], [-0.8, -0.8], [0.8, 0.8], [-0.8, 0.8], [0.8, -0.8]]
    {
        painter.galley_with_override_text_color(rect.min + Vec2::from(offset), galley.clone(), dark);
    }
    painter.galley(rect.min, galley, Color32::WHITE);
}

/// The rectangles taken so far, in buckets.
struct Placed {
    canvas: Rect,
    columns: usize,
    buckets: Vec<Vec<Rect>>,
    count: usize,
}

/// Side of a bucket in points.
const BUCKET: f32 = 96.0;

impl Placed {
    fn new(canvas: Rect) -> Self {
        let [columns, rows] = [canvas.width(), canvas.height()].map(|length| (length / BUCKET) as usize + 1);
        Self { canvas, columns, buckets: vec![Vec::new(); columns * rows], count: 0 }
    }

    fn count(&self) -> usize {
        self.count
    }

    /// Takes a rectangle, unless it meets one that is taken or leaves the canvas.
    fn take(&mut self, rect: Rect) -> bool {
        if !self.canvas.contains_rect(rect) {
            return false;
        }
        let index = |value: f32| (value / BUCKET) as usize;
        let (from, to) = (rect.min - self.canvas.min, rect.max - self.canvas.min);
        let cells =
            || (index(from.y)..=index(to.y)).flat_map(|row| (index(from.x)..=index(to.x)).map(move |x| (row, x)));
        let at = |(row, column): (usize, usize)| row * self.columns + column;
        let is_free =
            |cell| self.buckets.get(at(cell)).is_none_or(|taken| taken.iter().all(|other| !other.intersects(rect)));
        if !cells().all(is_free) {
            return false;
        }
        let columns = self.columns;
        for (row, column) in cells() {
            if let Some(bucket) = self.buckets.get_mut(row * columns + column) {
                bucket.push(rect);
            }
        }
        self.count += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_two_labels_meet(centers in prop::collection::vec((0.0..800.0f32, 0.0..600.0f32), 0..200)) {
            let canvas = Rect::from_min_size(Pos2::new(100.0, 50.0), Vec2::new(800.0, 600.0));
            let mut placed = Placed::new(canvas);
            let mut kept: Vec<Rect> = Vec::new();
            for (x, y) in centers {
                let rect = Rect::from_center_size(canvas.min + Vec2::new(x, y), Vec2::new(130.0, 14.0));
                let is_free = canvas.contains_rect(rect) && kept.iter().all(|other| !other.intersects(rect));
                prop_assert_eq!(placed.take(rect), is_free);
                if is_free {
                    kept.push(rect);
                }
            }
            prop_assert_eq!(placed.count(), kept.len());
        }
    }
}
