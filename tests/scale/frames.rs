//! The same pixels give the same objects from any frame.

use geo::{BoundingRect, Contains, Polygon, Rect};
use proptest::prelude::*;
use referent::query::{Answer, FrameKind};

use crate::landscape::{Kind, Landscape, Object};
use crate::{answer, answer_in, meant, window};

fn town() -> Landscape {
    let mut objects = Vec::new();
    for place in 0..63 {
        let (column, row) = (f64::from(place % 9), f64::from(place / 9));
        let kind = Kind::ALL[(place % 4) as usize];
        let (east, north) = (-420.0 + 105.0 * column, 330.0 - 110.0 * row);
        objects.push(Object::block(kind, east, north, 30.0 + column, 40.0 + row));
    }
    Landscape::new([1000, 800], objects)
}

/// The outlines wholly inside a rectangle of pixels, in a fixed order.
fn inside(answer: &Answer, rect: Rect<f64>) -> Vec<Polygon<f64>> {
    let mut inside: Vec<Polygon<f64>> = answer
        .found
        .iter()
        .map(|found| found.instance.outline.clone())
        .filter(|outline| rect.contains(outline) && rect.contains(&outline.bounding_rect().unwrap()))
        .collect();
    let corner = |outline: &Polygon<f64>| outline.exterior().0[0];
    inside.sort_by(|a, b| corner(a).y.total_cmp(&corner(b).y).then(corner(a).x.total_cmp(&corner(b).x)));
    inside
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_frames_agree_to_the_last_bit_where_they_overlap(
        left in 0i32..400, top in 0i32..300, width in 300i32..600, height in 300i32..500,
        right in 100i32..500, low in 100i32..400,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let scene = town().open(&folder.path().join("scene.tif"));
        let [left, top, width, height, right, low] = [left, top, width, height, right, low].map(f64::from);
        let (one, other) = ([left, top, width, height], [right, low, 500.0, 400.0]);
        let answers = [one, other].map(|[x, y, w, h]| answer_in(&scene, "the buildings", &window(x, y, w, h)));
        // Two pixels from a frame's edge nothing is cut.
        let (x0, y0) = (left.max(right) + 2.0, top.max(low) + 2.0);
        let (x1, y1) = ((left + width).min(right + 500.0) - 2.0, (top + height).min(low + 400.0) - 2.0);
        prop_assume!(x1 > x0 && y1 > y0);
        let common = Rect::new((x0, y0), (x1, y1));
        prop_assert_eq!(inside(&answers[0], common), inside(&answers[1], common));
    }
}

#[test]
fn a_phrase_without_place_words_gives_the_same_polygons_from_any_frame() {
    let folder = tempfile::tempdir().unwrap();
    let scene = town().open(&folder.path().join("scene.tif"));
    let whole = answer(&scene, "the tanks");
    for [x, y, w, h] in [[0.0, 0.0, 1000.0, 400.0], [137.0, 91.0, 700.0, 650.0], [500.0, 300.0, 500.0, 500.0]] {
        let part = answer_in(&scene, "the tanks", &window(x, y, w, h));
        let rect = Rect::new((x + 2.0, y + 2.0), (x + w - 2.0, y + h - 2.0));
        assert!(!inside(&part, rect).is_empty());
        assert_eq!(inside(&part, rect), inside(&whole, rect));
        assert_eq!(part.frame, FrameKind::View);
    }
}

#[test]
fn a_place_word_is_meant_within_its_frame_and_the_result_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let landscape = town();
    let scene = landscape.open(&folder.path().join("scene.tif"));
    let leftmost = |answer: &Answer| meant(answer, &landscape);
    let whole = answer(&scene, "the leftmost tank");
    let part = answer_in(&scene, "the leftmost tank", &window(400.0, 0.0, 600.0, 800.0));
    assert_ne!(leftmost(&whole), leftmost(&part));
    for (answer, word) in [(whole, "scene"), (part, "view")] {
        let table = answer.table().unwrap();
        let place = table.fields().iter().position(|field| field.name == "frame").unwrap();
        let expected = referent::vector::Value::Text(word.into());
        assert!(!table.rows().is_empty() && table.rows().iter().all(|row| row.values[place] == expected));
    }
}
