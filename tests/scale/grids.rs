//! The same ground on every grid means the same objects.

use geo::{Area, Centroid};
use proptest::prelude::*;
use referent::job::Job;
use referent::query::{FeatureCache, Keeping, Options, Resolution, ask_keeping};
use referent::text::Phrase;

use crate::landscape::{Kind, Landscape, Lie, Object, Painted};
use crate::{answer, meant};

const LIES: [Lie; 7] =
    [Lie::Utm, Lie::SouthUp, Lie::Turned(30.0), Lie::Turned(180.0), Lie::Turned(-75.0), Lie::Geographic, Lie::Mercator];

/// A small port: tanks, two ships, a harbor in the north-east, a building.
fn port() -> Vec<Object> {
    vec![
        Object::tank(-180.0, 150.0, 30.0),
        Object::tank(-120.0, 150.0, 44.0),
        Object::tank(60.0, 120.0, 36.0),
        Object::tank(-20.0, -170.0, 52.0),
        Object::block(Kind::Harbor, 170.0, 130.0, 80.0, 120.0),
        Object::block(Kind::Ship, 170.0, -60.0, 16.0, 70.0),
        Object::block(Kind::Ship, -190.0, -120.0, 18.0, 40.0),
        Object::block(Kind::Building, 10.0, -20.0, 60.0, 40.0),
    ]
}

#[test]
fn compass_words_sizes_and_distances_mean_the_same_on_every_grid() {
    let folder = tempfile::tempdir().unwrap();
    for (number, lie) in LIES.into_iter().enumerate() {
        let landscape = Landscape { lie, ..Landscape::new([620, 600], port()) };
        let scene = landscape.open(&folder.path().join(format!("{number}.tif")));
        for (phrase, expected) in [
            ("the storage tanks", vec![0, 1, 2, 3]),
            ("the northernmost ship", vec![5]),
            ("the westernmost tank", vec![0]),
            ("the tanks north of the building", vec![1, 2]),
            ("the two largest tanks", vec![1, 3]),
            ("the tank nearest to the harbor", vec![2]),
            ("the tanks within 60 m of the harbor", vec![2]),
            ("the tanks at least 250 m from the harbor", vec![0, 3]),
            ("the ship south of the harbor", vec![5]),
            ("the largest tank west of the building", vec![0]),
            ("the tanks in the southern half", vec![3]),
        ] {
            assert_eq!(meant(&answer(&scene, phrase), &landscape), expected, "{lie:?}: {phrase}");
        }
    }
}

#[test]
fn left_and_upper_follow_the_picture_not_the_compass() {
    let folder = tempfile::tempdir().unwrap();
    for (lie, leftmost, upper) in
        [(Lie::Utm, 0, vec![0, 1, 2]), (Lie::SouthUp, 0, vec![3]), (Lie::Turned(180.0), 2, vec![3])]
    {
        let landscape = Landscape { lie, ..Landscape::new([620, 600], port()) };
        let scene = landscape.open(&folder.path().join("scene.tif"));
        assert_eq!(meant(&answer(&scene, "the leftmost tank"), &landscape), [leftmost], "{lie:?}");
        assert_eq!(meant(&answer(&scene, "the tanks in the upper half"), &landscape), upper, "{lie:?}");
    }
}

#[test]
fn areas_are_those_on_the_ground_on_every_grid() {
    let folder = tempfile::tempdir().unwrap();
    for lie in LIES {
        let landscape = Landscape { lie, ..Landscape::new([620, 600], port()) };
        let scene = landscape.open(&folder.path().join("scene.tif"));
        let found = answer(&scene, "the buildings").found;
        assert_eq!(found.len(), 1);
        let area = crate::work::area_m2(&found[0]);
        // Smooth outlines round the corners off: a pixel or two along the border of 60 by 40 m.
        assert!((area / 2400.0 - 1.0).abs() < 0.03, "{lie:?}: {area}");
    }
}

#[test]
fn without_georeference_everything_but_metres_still_holds() {
    let folder = tempfile::tempdir().unwrap();
    let landscape = Landscape { lie: Lie::Nowhere, ..Landscape::new([620, 600], port()) };
    let scene = landscape.open(&folder.path().join("scene.tif"));
    assert_eq!(meant(&answer(&scene, "the two largest tanks"), &landscape), [1, 3]);
    assert_eq!(meant(&answer(&scene, "the tank nearest to the harbor"), &landscape), [2]);
    let metres = answer(&scene, "the tanks within 60 m of the harbor");
    assert!(metres.notices.iter().any(|notice| notice.contains("georeferenced")), "{:?}", metres.notices);
}

/// 25 objects of random kinds, none touching. No two are alike in size, easting or northing by less than a metre, so that orders do
/// not hang on how edges fall into pixels.
fn objects() -> impl Strategy<Value = Vec<Object>> {
    prop::collection::vec(prop::sample::select(&Kind::ALL[..]), 25).prop_map(|kinds| {
        let object = |(place, kind): (usize, Kind)| {
            let spread = |factor: usize| ((place * factor) % 25) as f64 - 12.0;
            let side = 26.0 + spread(7);
            let (east, north) =
                ((place % 5) as f64 * 75.0 - 150.0 + spread(11), (place / 5) as f64 * 75.0 - 150.0 + spread(9));
            Object { kind, east, north, width: side, height: side, round: kind == Kind::Tank }
        };
        kinds.into_iter().enumerate().map(object).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn where_the_windows_fall_changes_no_object(objects in objects(), x in -60i32..60, y in -60i32..60) {
        let folder = tempfile::tempdir().unwrap();
        let here = Landscape::new([700, 600], objects);
        let there = Landscape { shift: [f64::from(x), f64::from(y)], ..here.clone() };
        let (a, b) = (here.open(&folder.path().join("a.tif")), there.open(&folder.path().join("b.tif")));
        for phrase in ["the tanks", "the buildings near a ship", "the largest tank"] {
            let (a, b) = (answer(&a, phrase), answer(&b, phrase));
            prop_assert_eq!(meant(&a, &here), meant(&b, &there), "{}", phrase);
            let sizes = |answer: &referent::query::Answer| {
                let mut sizes: Vec<f64> =
                    answer.found.iter().map(|found| found.instance.outline.unsigned_area()).collect();
                sizes.sort_by(f64::total_cmp);
                sizes
            };
            for (a, b) in sizes(&a).into_iter().zip(sizes(&b)) {
                prop_assert!((a - b).abs() < 1e-3 * a, "{}: {} {}", phrase, a, b);
            }
        }
    }

    #[test]
    fn turning_the_grid_under_the_ground_changes_no_answer_without_frame_words(objects in objects(), degrees in -180.0..180.0f64) {
        let folder = tempfile::tempdir().unwrap();
        // Wide enough that all objects stay inside however it is turned; one window, as cutting is the other test's matter.
        let straight = Landscape { pixel: 1.25, ..Landscape::new([440, 440], objects) };
        let turned = Landscape { lie: Lie::Turned(degrees), ..straight.clone() };
        let (a, b) = (straight.open(&folder.path().join("a.tif")), turned.open(&folder.path().join("b.tif")));
        for phrase in ["the tanks", "the northernmost tank", "the largest building", "the second easternmost ship"] {
            let (a, b) = (answer(&a, phrase), answer(&b, phrase));
            prop_assert_eq!(meant(&a, &straight), meant(&b, &turned), "{}", phrase);
        }
    }
}

#[test]
fn the_upper_left_tank_of_four_hundred_windows_is_one_object() {
    let folder = tempfile::tempdir().unwrap();
    // 2000 m at 0.25 m a pixel are 21 x 21 windows. The tank meant is larger than a window's overlap and lies on its borders.
    let mut objects = vec![Object::tank(-900.0, 895.0, 90.0)];
    for place in 0..60 {
        let (column, row) = (f64::from(place % 10), f64::from(place / 10));
        objects.push(Object::tank(-600.0 + 160.0 * column, 500.0 - 230.0 * row, 40.0 + column));
    }
    let landscape = Landscape::new([2000, 2000], objects);
    let scene = landscape.open(&folder.path().join("scene.tif"));
    let options = Options { resolution: Resolution::Metres(0.25), ..Options::default() };
    // The second phrase is answered from the cache, which makes it as cheap here as for a user.
    let cache = FeatureCache::open(&folder.path().join("cache"), 1 << 30).unwrap();
    let keeping = Keeping { cache: Some(&cache), ..Keeping::default() };
    let ask = |phrase: &str| {
        let phrase = Phrase::parse(phrase).unwrap();
        ask_keeping(&scene, &phrase, &Painted::default(), &options, keeping, &Job::unwatched()).unwrap()
    };
    let answer = ask("the upper left tank");
    assert_eq!(answer.report.windows, 441);
    assert_eq!(meant(&answer, &landscape), [0]);
    let found = &answer.found[0].instance.outline;
    let centre = found.centroid().unwrap();
    assert!((centre.x() - 100.0).abs() < 0.5 && (centre.y() - 105.0).abs() < 0.5, "{centre:?}");
    let circle = std::f64::consts::PI * 45.0 * 45.0;
    assert!((found.unsigned_area() / circle - 1.0).abs() < 0.02, "{}", found.unsigned_area());
    let all = ask("the tanks");
    assert_eq!(all.report.from_cache, 441);
    assert_eq!(meant(&all, &landscape), (0..=60).collect::<Vec<_>>(), "each once");
}
