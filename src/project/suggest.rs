//! Phrases for labels on the map, written from geometry while they are drawn.

use geo::{Area, BooleanOps, Coord, MapCoords, MultiPolygon, Rect};

use super::document::Document;
use super::ids::LabelId;
use super::row::Label;
use crate::text::describe::{self, Thing};

/// Width of the frame that phrases speak of, in the pixels in which words such as "near" are meant.
const FRAME_PX: f64 = 480.0;

/// What the chosen labels could be called in a frame of the map, the most natural first: phrases that mean them and no
/// other label there. None where nothing plainly does, and for labels without a class.
///
/// `frame` is in the document's coordinates: what the map shows. Labels that are not drawn yet cannot be told apart from the
/// chosen ones, so that suggestions get better the more there are.
pub fn suggested_phrases(document: &Document, labels: &[Label], chosen: &[LabelId], frame: Rect<f64>) -> Vec<String> {
    let scale = FRAME_PX / frame.width();
    if !(scale.is_finite() && scale > 0.0 && frame.height() > 0.0) {
        return Vec::new();
    }
    // Maps grow upwards, pictures downwards.
    let y_up = document.crs().is_some();
    let place = |c: Coord<f64>| Coord {
        x: (c.x - frame.min().x) * scale,
        y: if y_up { frame.max().y - c.y } else { c.y - frame.min().y } * scale,
    };
    let (mut things, mut wanted) = (Vec::new(), Vec::new());
    for label in labels {
        let Some((class, shown)) = label.class.as_ref().zip(shown(&label.shape, frame)) else { continue };
        let kept = shown.unsigned_area() / label.shape.unsigned_area();
        let largest = shown.iter().max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()));
        let outline = largest.map(|polygon| polygon.exterior().map_coords(place));
        let outline: Vec<[f64; 2]> = outline.iter().flat_map(|line| line.0.iter().map(|c| [c.x, c.y])).collect();
        let Some(thing) = Thing::of_outline(class.as_str(), &outline) else { continue };
        if chosen.contains(&label.id) {
            wanted.push(things.len());
        }
        things.push(thing.with_kept(kept));
    }
    if wanted.is_empty() || wanted.len() < chosen.len() {
        return Vec::new();
    }
    let scene = describe::Scene::new(FRAME_PX, frame.height() * scale, things, &[]);
    describe::suggest(&scene, &wanted).into_iter().map(|described| described.text).collect()
}

/// The part of a shape in the frame.
fn shown(shape: &MultiPolygon<f64>, frame: Rect<f64>) -> Option<MultiPolygon<f64>> {
    let shown = shape.intersection(&frame.to_polygon());
    (shown.unsigned_area() > 0.0).then_some(shown)
}
