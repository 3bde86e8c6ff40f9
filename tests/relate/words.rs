//! Each word on a small stage where the right answer can be seen, and the ends a phrase can come to.

use geo::{Polygon, Rect, polygon};
use referent::query::relate::{Appearance, Candidate, Decider, FlatGround, Instances, Outcome, Stage, relate};
use referent::text::Phrase;

use crate::{ask, ask_on, block, certain, frame, indices, squares};

fn tanks(centres: &[(f64, f64)]) -> Instances {
    Instances::new().with("the storage tanks", certain(squares(centres)))
}

/// A river 40 m wide from top to bottom through the middle of the frame.
fn river() -> Vec<Candidate> {
    certain(vec![block(500.0, 400.0, 40.0, 800.0)])
}

#[test]
fn the_phrase_of_the_first_page() {
    // Tanks west of the river: 0 to 3; near the harbor: 2 to 4; the two largest of those west of it and near the harbor: 1 is far.
    let sizes = [
        (100.0, 100.0, 10.0),
        (110.0, 150.0, 60.0),
        (300.0, 700.0, 40.0),
        (350.0, 640.0, 30.0),
        (700.0, 700.0, 50.0),
        (400.0, 700.0, 20.0),
    ];
    let instances = Instances::new()
        .with("the storage tanks", certain(sizes.map(|(x, y, side)| block(x, y, side, side)).to_vec()))
        .with("the rivers", river())
        .with("the harbors", certain(vec![block(400.0, 760.0, 400.0, 60.0)]));
    let selection = ask("the two largest tanks west of the river near the harbor", &instances);
    assert_eq!(indices(&selection), [2, 3]);
    assert_eq!(selection.outcome, Outcome::Found);
    assert_eq!(selection.decided_by, Decider::Geometry);
    let first = &selection.chosen[0];
    let west = first.evidence.iter().find(|evidence| evidence.words.starts_with("west of")).unwrap();
    let landmark = west.landmark.as_ref().unwrap();
    assert_eq!((landmark.question.as_str(), landmark.index), ("the rivers", 0));
    let distance = landmark.distance_m.unwrap();
    assert!((distance - (480.0 - 320.0)).abs() < 1e-9 || (distance - (480.0 - 365.0)).abs() < 1e-9, "{distance}");
    assert!((landmark.bearing_deg - 270.0).abs() < 1e-9);
    assert!(first.evidence.iter().any(|evidence| evidence.words == "largest" && evidence.rank == Some(1)));
}

#[test]
fn near_next_to_and_far_part_by_distance() {
    let instances =
        tanks(&[(535.0, 100.0), (590.0, 300.0), (990.0, 500.0), (445.0, 600.0)]).with("the rivers", river());
    assert_eq!(indices(&ask("the tanks next to the river", &instances)), [0]);
    assert_eq!(indices(&ask("the tanks near the river", &instances)), [0, 1, 3]);
    assert_eq!(indices(&ask("the tanks far from the river", &instances)), [2]);
    assert_eq!(indices(&ask("the tanks that are not near the river", &instances)), [2]);
    assert_eq!(indices(&ask("the tanks within 30 m of the river", &instances)), [0, 3]);
    assert_eq!(indices(&ask("the tanks at least 50 m from the river", &instances)), [1, 2]);
}

#[test]
fn something_between_is_in_the_way_of_next_to() {
    let (far, small) = (block(542.0, 100.0, 20.0, 20.0), block(526.0, 100.0, 6.0, 6.0));
    let of = |tanks: Vec<Polygon<f64>>| {
        Instances::new().with("the storage tanks", certain(tanks)).with("the rivers", river())
    };
    assert_eq!(indices(&ask("the tanks next to the river", &of(vec![far.clone()]))), [0]);
    assert_eq!(indices(&ask("the tanks next to the river", &of(vec![far, small]))), [1]);
}

#[test]
fn directions_part_the_ground_around_a_landmark() {
    let around = [(500.0, 100.0), (800.0, 400.0), (500.0, 700.0), (200.0, 400.0), (800.0, 100.0)];
    let instances = tanks(&around).with("the buildings", certain(vec![block(500.0, 400.0, 60.0, 60.0)]));
    for (sentence, expected) in [
        ("the tanks above the building", 0),
        ("the tanks on the right of the building", 1),
        ("the tanks below the building", 2),
        ("the tanks to the left of the building", 3),
        ("the tank northeast of the building", 4),
        ("the tank south of the building", 2),
    ] {
        assert!(indices(&ask(sentence, &instances)).contains(&expected), "{sentence}");
    }
    assert_eq!(indices(&ask("the tanks to the left of the building", &instances)), [3]);
    assert_eq!(indices(&ask("the tanks northeast of the building", &instances)), [4]);
}

#[test]
fn above_one_end_of_a_long_hall_is_above_it() {
    let instances =
        tanks(&[(320.0, 330.0), (90.0, 395.0)]).with("the buildings", certain(vec![block(500.0, 400.0, 400.0, 40.0)]));
    assert_eq!(indices(&ask("the tanks above the building", &instances)), [0]);
    assert_eq!(indices(&ask("the tanks left of the building", &instances)), [1]);
}

#[test]
fn inside_outside_on_and_at_the_edge() {
    let lot = certain(vec![block(500.0, 400.0, 400.0, 300.0)]);
    let instances = Instances::new()
        .with(
            "the vehicles",
            certain(
                [(500.0, 400.0), (310.0, 300.0), (100.0, 100.0), (690.0, 530.0)]
                    .map(|(x, y)| block(x, y, 4.0, 2.0))
                    .to_vec(),
            ),
        )
        .with("the parking lots", lot);
    assert_eq!(indices(&ask("the vehicles inside the parking lot", &instances)), [0, 1, 3]);
    assert_eq!(indices(&ask("the vehicles outside the parking lot", &instances)), [2]);
    assert_eq!(indices(&ask("the vehicles on the parking lot", &instances)), [0, 1, 3]);
    assert_eq!(indices(&ask("the vehicles at the edge of the parking lot", &instances)), [1, 3]);
    assert_eq!(indices(&ask("the vehicle in the middle of the parking lot", &instances)), [0]);
    assert_eq!(indices(&ask("the vehicle in the bottom part of the parking lot", &instances)), [3]);
}

#[test]
fn a_vehicle_in_a_hole_of_the_road_mask_is_on_the_road() {
    let road = polygon![exterior: [(x: 0.0, y: 390.0), (x: 1000.0, y: 390.0), (x: 1000.0, y: 410.0), (x: 0.0, y: 410.0)],
        interiors: [[(x: 300.0, y: 398.0), (x: 305.0, y: 398.0), (x: 305.0, y: 401.0), (x: 300.0, y: 401.0)]]];
    let instances = Instances::new()
        .with(
            "the vehicles",
            certain(vec![Rect::new((300.0, 398.0), (305.0, 401.0)).to_polygon(), block(300.0, 600.0, 5.0, 3.0)]),
        )
        .with("the roads", certain(vec![road]));
    assert_eq!(indices(&ask("the vehicles on the road", &instances)), [0]);
}

#[test]
fn a_bridge_is_across_a_river_whether_its_mask_is_cut_or_not() {
    let bridges = certain(vec![block(500.0, 300.0, 80.0, 12.0), block(800.0, 300.0, 80.0, 12.0)]);
    let whole = Instances::new().with("the bridges", bridges.clone()).with("the rivers", river());
    assert_eq!(indices(&ask("the bridges across the river", &whole)), [0]);
    let banks = vec![block(500.0, 147.0, 40.0, 294.0), block(500.0, 553.0, 40.0, 494.0)];
    let cut = Instances::new().with("the bridges", bridges).with("the rivers", certain(banks));
    assert_eq!(indices(&ask("the bridges across the river", &cut)), [0]);
}

#[test]
fn along_is_beside_and_with_the_line() {
    let instances = Instances::new()
        .with(
            "the ships",
            certain(vec![
                block(540.0, 200.0, 10.0, 60.0),
                block(560.0, 500.0, 60.0, 10.0),
                block(900.0, 400.0, 10.0, 60.0),
            ]),
        )
        .with("the rivers", river());
    assert_eq!(indices(&ask("the ships along the river", &instances)), [0]);
}

#[test]
fn between_among_and_surrounded() {
    let instances = tanks(&[(500.0, 400.0), (100.0, 700.0), (200.0, 400.0)])
        .with("the rivers", certain(vec![block(300.0, 400.0, 20.0, 700.0)]))
        .with("the roads", certain(vec![block(700.0, 400.0, 20.0, 700.0)]))
        .with(
            "the buildings",
            certain(squares(&[(470.0, 400.0), (530.0, 400.0), (500.0, 370.0), (500.0, 430.0), (225.0, 400.0)])),
        );
    assert_eq!(indices(&ask("the tank between the river and the road", &instances)), [0]);
    assert_eq!(indices(&ask("the tanks between the buildings", &instances)), [0]);
    assert_eq!(indices(&ask("the tanks surrounded by buildings", &instances)), [0]);
    assert_eq!(indices(&ask("the tanks among the buildings", &instances)), [0]);
}

#[test]
fn a_wall_surrounds_what_it_closes_in() {
    let wall = polygon![exterior: [(x: 100.0, y: 100.0), (x: 200.0, y: 100.0), (x: 200.0, y: 200.0), (x: 100.0, y: 200.0)],
        interiors: [[(x: 110.0, y: 110.0), (x: 190.0, y: 110.0), (x: 190.0, y: 190.0), (x: 110.0, y: 190.0)]]];
    let instances = Instances::new()
        .with("the fences", certain(vec![wall.clone(), block(600.0, 150.0, 100.0, 10.0)]))
        .with("the walls", certain(vec![wall, block(600.0, 150.0, 100.0, 10.0)]))
        .with("the buildings", certain(vec![block(150.0, 150.0, 20.0, 20.0), block(600.0, 190.0, 20.0, 20.0)]));
    let phrase = Phrase::parse("the walls surrounding the building").unwrap();
    let selection = relate(&phrase, &instances, &Stage::new(frame(), &FlatGround::METRES)).unwrap().remove(0);
    assert_eq!(indices(&selection), [0]);
    // Two buildings may be meant, and that is said.
    assert!(selection.notices.iter().any(|notice| notice.starts_with("2 instances")), "{:?}", selection.notices);
}

#[test]
fn with_and_touching() {
    let instances = Instances::new()
        .with(
            "the buildings",
            certain(vec![
                block(200.0, 200.0, 40.0, 40.0),
                block(240.0, 200.0, 39.0, 40.0),
                block(700.0, 200.0, 40.0, 40.0),
            ]),
        )
        .with("the swimming pools", certain(vec![block(705.0, 232.0, 10.0, 8.0)]))
        .with("the roofs", certain(vec![block(200.0, 200.0, 36.0, 36.0)]));
    assert_eq!(indices(&ask("the buildings with a swimming pool", &instances)), [2]);
    assert_eq!(indices(&ask("the buildings without a swimming pool", &instances)), [0, 1]);
    assert_eq!(indices(&ask("the building with a roof", &instances)), [0]);
    assert_eq!(indices(&ask("the buildings touching a building", &instances)), [0, 1]);
}

#[test]
fn comparisons_are_with_every_landmark() {
    let tanks = [10.0, 20.0, 30.0, 50.0]
        .into_iter()
        .enumerate()
        .map(|(i, side)| block(100.0 + 100.0 * i as f64, 100.0, side, side));
    let instances = Instances::new()
        .with("the storage tanks", certain(tanks.collect()))
        .with("the buildings", certain(vec![block(500.0, 500.0, 25.0, 25.0), block(700.0, 500.0, 40.0, 40.0)]));
    assert_eq!(indices(&ask("the tanks larger than the buildings", &instances)), [3]);
    assert_eq!(indices(&ask("the tanks smaller than the building on the left", &instances)), [0, 1]);
}

#[test]
fn colours_come_from_the_pixels_where_they_were_measured() {
    let colored = |x: f64, lab: (f64, f64, f64)| Candidate {
        appearance: Some(Appearance::plain(lab.0, lab.1, lab.2)),
        ..Candidate::certain(block(x, 100.0, 20.0, 20.0))
    };
    let tanks = vec![
        colored(100.0, (95.0, 0.0, 2.0)),
        colored(200.0, (45.0, 45.0, 28.0)),
        colored(300.0, (94.0, 1.0, 0.0)),
        colored(400.0, (50.0, 0.0, 0.0)),
    ];
    let instances = Instances::new().with("the white storage tanks", tanks.clone()).with("the storage tanks", tanks);
    assert_eq!(indices(&ask("the white tanks", &instances)), [0, 2]);
    assert_eq!(indices(&ask("the brightest tank", &instances)), [0]);
    assert_eq!(indices(&ask("the darkest tank", &instances)), [1]);
}

#[test]
fn what_geometry_cannot_decide_is_named_and_left_to_the_network() {
    let instances = Instances::new()
        .with("the concrete buildings", certain(squares(&[(100.0, 100.0), (900.0, 100.0)])))
        .with("the buildings", certain(squares(&[(100.0, 100.0), (900.0, 100.0)])));
    let selection = ask("the concrete building on the left", &instances);
    assert_eq!(indices(&selection), [0]);
    assert_eq!(selection.undecidable, ["concrete"]);
    assert_eq!(selection.decided_by, Decider::Both);
    let tallest = ask("the tallest building", &instances);
    assert_eq!(tallest.undecidable, ["tallest"]);
    assert_eq!(tallest.decided_by, Decider::Network);
}

#[test]
fn a_missing_landmark_is_no_guess() {
    let instances = tanks(&[(100.0, 100.0), (300.0, 300.0)]).with("the harbors", Vec::new());
    let near = ask("the tank near the harbor", &instances);
    assert!(near.chosen.is_empty());
    assert_eq!(near.outcome.to_string(), "no harbor found");
    let without = ask("the tanks that are not near the harbor", &instances);
    assert_eq!(indices(&without), [0, 1]);
    assert_eq!(without.notices, ["no harbor found"]);
}

#[test]
fn a_landmark_of_a_landmark_that_is_missing_is_named() {
    let instances = tanks(&[(100.0, 100.0)])
        .with("the roads", certain(vec![block(200.0, 100.0, 10.0, 600.0)]))
        .with("the rivers", Vec::new());
    let selection = ask("the tank near the road along the river", &instances);
    assert!(!selection.outcome.is_answer());
    assert_eq!(selection.outcome.to_string(), "no river found");
}

#[test]
fn no_target_and_none_that_fits_are_told_apart() {
    let none = ask("the tank on the left", &tanks(&[]));
    assert_eq!(none.outcome, Outcome::NoTarget { what: "storage tank".into() });
    let unfit = ask("the tanks on the far left", &tanks(&[(900.0, 400.0), (950.0, 300.0)]));
    assert_eq!(unfit.outcome, Outcome::NoneFits { closest: Some(0) });
}

#[test]
fn the_third_of_two_is_too_many_asked() {
    let two = tanks(&[(100.0, 100.0), (300.0, 300.0)]);
    let third = ask("the third tank from the left", &two);
    assert_eq!(third.outcome, Outcome::NoSuchRank { rank: 3, found: 2 });
    assert!(third.chosen.is_empty() && third.outcome.to_string().contains("number 3, there are 2"));
    let three = ask("the three largest tanks", &two);
    assert_eq!(three.outcome, Outcome::TooFew { asked: 3, found: 2 });
    assert_eq!(indices(&three), [0, 1]);
}

#[test]
fn two_that_fit_as_well_are_ambiguous() {
    let selection = ask("the tank", &tanks(&[(100.0, 100.0), (300.0, 300.0)]));
    assert_eq!(selection.chosen.len(), 1);
    assert!(matches!(&selection.outcome, Outcome::Ambiguous { also } if also.len() == 1));
    let largest = ask("the largest tank", &tanks(&[(100.0, 100.0), (300.0, 300.0)]));
    assert!(matches!(largest.outcome, Outcome::Ambiguous { .. }), "equal sizes have no largest");
    assert_eq!(ask("a tank", &tanks(&[(100.0, 100.0), (300.0, 300.0)])).outcome, Outcome::Found);
}

#[test]
fn of_two_bridges_the_evidence_says_which_one() {
    let instances = tanks(&[(250.0, 400.0), (900.0, 100.0)])
        .with("the bridges", certain(squares(&[(300.0, 400.0), (700.0, 400.0)])));
    let selection = ask("the tank left of the bridge", &instances);
    assert_eq!(indices(&selection), [0]);
    let evidence = &selection.chosen[0].evidence[0];
    assert_eq!(evidence.landmark.as_ref().map(|landmark| landmark.index), Some(0));
    assert_eq!(selection.notices, ["2 instances may be meant by \"the bridge\"; the evidence says which one was used"]);
}

#[test]
fn nothing_is_beside_itself() {
    let alone = ask("the tank next to the tank", &tanks(&[(100.0, 100.0)]));
    assert_eq!(alone.outcome, Outcome::NoneFits { closest: Some(0) });
    // The same building, found once as a building and once as a building of concrete, is not next to itself.
    let instances = Instances::new()
        .with("the buildings", certain(squares(&[(100.0, 100.0), (130.0, 100.0), (800.0, 100.0)])))
        .with(
            "the concrete buildings",
            certain(vec![block(100.5, 100.0, 20.0, 20.0), block(800.0, 101.0, 20.0, 20.0)]),
        );
    assert_eq!(indices(&ask("the buildings next to a concrete building", &instances)), [1]);
}

#[test]
fn doubtful_instances_give_way_in_orders() {
    let candidates = [(100.0, 0.2), (200.0, 0.95), (300.0, 0.9)];
    let candidates =
        candidates.map(|(x, score)| Candidate { score, ..Candidate::certain(block(x, 100.0, 20.0, 20.0)) });
    let instances = Instances::new().with("the storage tanks", candidates.to_vec());
    assert_eq!(indices(&ask("the leftmost tank", &instances)), [1]);
}

#[test]
fn exceptions_are_of_those_that_are_meant() {
    let instances = Instances::new().with(
        "the storage tanks",
        certain(vec![
            block(100.0, 100.0, 20.0, 20.0),
            block(200.0, 300.0, 30.0, 30.0),
            block(900.0, 100.0, 60.0, 60.0),
        ]),
    );
    assert_eq!(indices(&ask("the tanks in the left half except the largest one", &instances)), [0]);
}

#[test]
fn alternatives_are_selected_apart() {
    let instances =
        tanks(&[(100.0, 100.0), (900.0, 100.0)]).with("the ships", certain(squares(&[(150.0, 500.0), (800.0, 500.0)])));
    let phrase = Phrase::parse("the tanks and ships on the left").unwrap();
    let selections = relate(&phrase, &instances, &Stage::new(frame(), &FlatGround::METRES)).unwrap();
    assert_eq!(selections.iter().map(indices).collect::<Vec<_>>(), [[0], [0]]);
    assert_eq!(
        selections.iter().map(|selection| selection.question.as_str()).collect::<Vec<_>>(),
        ["the storage tanks", "the ships"]
    );
}

#[test]
fn pairs_groups_and_rows_are_chosen_whole() {
    let pair = tanks(&[(100.0, 100.0), (400.0, 400.0), (430.0, 400.0), (800.0, 700.0)]);
    assert_eq!(indices(&ask("a pair of tanks", &pair)), [1, 2]);
    let row = tanks(&[(100.0, 100.0), (140.0, 100.0), (180.0, 100.0), (220.0, 100.0), (700.0, 600.0), (730.0, 640.0)]);
    assert_eq!(indices(&ask("the row of tanks", &row)), [0, 1, 2, 3]);
    let group = tanks(&[(100.0, 100.0), (700.0, 600.0), (730.0, 640.0), (700.0, 640.0), (730.0, 600.0)]);
    assert_eq!(indices(&ask("the group of four tanks", &group)), [1, 2, 3, 4]);
}

#[test]
fn without_georeference_metres_are_left_out_and_said() {
    let instances = tanks(&[(535.0, 100.0), (990.0, 500.0)]).with("the rivers", river());
    let stage = Stage::new(frame(), &FlatGround::PIXELS);
    let selection = ask_on("the tanks within 30 m of the river", &instances, &stage);
    assert_eq!(selection.undecidable, ["at most 30 m from the river"]);
    assert!(selection.notices[0].contains("georeferenced"), "{:?}", selection.notices);
    let near = ask_on("the tanks near the river", &instances, &stage);
    assert_eq!(indices(&near), [0]);
    assert_eq!(near.chosen[0].evidence[0].landmark.as_ref().unwrap().distance_m, None);
}

#[test]
fn what_was_not_looked_for_is_an_error_and_no_empty_answer() {
    let phrase = Phrase::parse("the tank near the harbor").unwrap();
    let error = relate(&phrase, &tanks(&[(1.0, 1.0)]), &Stage::new(frame(), &FlatGround::METRES)).unwrap_err();
    assert!(error.to_string().contains("the harbors"), "{error}");
    let broken =
        Candidate::certain(Polygon::new(vec![(0.0, 0.0), (f64::INFINITY, 1.0), (1.0, 1.0)].into(), Vec::new()));
    let instances = Instances::new().with("the storage tanks", vec![broken]);
    let phrase = Phrase::parse("the tanks").unwrap();
    assert!(relate(&phrase, &instances, &Stage::new(frame(), &FlatGround::METRES)).is_err());
}

#[test]
fn a_selection_travels_as_json() {
    let instances = tanks(&[(535.0, 100.0), (990.0, 500.0)]).with("the rivers", river());
    let selection = ask("the nearest tank to the river", &instances);
    let json = serde_json::to_string(&selection).unwrap();
    assert!(json.contains("\"rank\":1") && json.contains("\"kind\":\"found\""), "{json}");
    assert_eq!(serde_json::from_str::<referent::query::relate::Selection>(&json).unwrap(), selection);
}

#[test]
fn words_that_contradict_each_other_are_said_to() {
    let instances = Instances::new()
        .with("the storage tanks", certain(vec![block(100.0, 100.0, 20.0, 20.0), block(900.0, 100.0, 60.0, 60.0)]));
    let selection = ask("the largest tank is the leftmost tank", &instances);
    assert_eq!(selection.outcome.to_string(), "none of them is as the phrase says");
    assert_eq!(selection.notices, ["each of these holds of some, all of none: largest; leftmost"]);
}

#[test]
fn the_water_is_all_of_it() {
    let pieces = certain(vec![
        block(100.0, 100.0, 50.0, 50.0),
        block(200.0, 600.0, 80.0, 50.0),
        block(900.0, 100.0, 50.0, 50.0),
    ]);
    let instances = tanks(&[(240.0, 600.0)]).with("the water", pieces);
    let left = ask("the water on the left", &instances);
    assert_eq!((indices(&left), left.outcome), (vec![0, 1], Outcome::Found));
    assert!(ask("the tank near the water", &instances).notices.is_empty(), "pieces of one water are no question");
}

#[test]
fn the_one_with_an_attribute_is_the_best_even_if_its_outline_hardly_shows_it() {
    // An outline from a network may be coarse; that does not make a single tank none.
    let coarse = certain(vec![block(100.0, 100.0, 20.0, 20.0), block(300.0, 100.0, 20.0, 40.0)]);
    let selection = ask("the round tank", &Instances::new().with("the storage tanks", coarse));
    assert_eq!(indices(&selection), [0]);
    assert!(selection.chosen[0].weakest < 0.1);
    assert_eq!(
        selection.notices,
        ["the chosen round storage tank does not fit every word by half, but no other fits better"]
    );
}

#[test]
fn sizes_in_numbers_choose_by_ground_metres() {
    let sizes = [(10.0, 10.0), (20.0, 20.0), (30.0, 10.0), (60.0, 30.0)];
    let blocks = sizes.iter().enumerate().map(|(i, &(w, h))| block(100.0 + 200.0 * i as f64, 300.0, w, h)).collect();
    let instances = Instances::new().with("the buildings", certain(blocks)).with("the rivers", river());
    for (phrase, expected) in [
        ("the buildings larger than 350 m²", vec![1, 3]),
        ("the buildings smaller than 350 m²", vec![0, 2]),
        ("the buildings longer than 25 m", vec![2, 3]),
        ("the buildings at least 15 m wide", vec![1, 3]),
        ("the buildings larger than 250 m² and shorter than 40 m", vec![1, 2]),
        ("the largest building smaller than 1000 m²", vec![1]),
        ("the buildings larger than 350 m² near the river", vec![]),
    ] {
        let selection = ask(phrase, &instances);
        if expected.is_empty() {
            assert!(selection.chosen.iter().all(|chosen| [1, 3].contains(&chosen.index)), "{phrase}");
        } else {
            assert_eq!(indices(&selection), expected, "{phrase}");
        }
    }
    let none = ask("the buildings larger than 1 ha", &instances);
    assert!(matches!(none.outcome, Outcome::NoneFits { .. }), "{:?}", none.outcome);
    // At the number itself it holds by half, and nothing flips.
    let near = |area: f64| {
        let instances = Instances::new().with("the buildings", certain(vec![block(100.0, 100.0, area / 10.0, 10.0)]));
        ask("the buildings larger than 400 m²", &instances).memberships[0]
    };
    assert!((near(400.0) - 0.5).abs() < 1e-9 && near(380.0) < 0.2 && near(420.0) > 0.8);
    let pixels = ask_on("the buildings larger than 350 m²", &instances, &Stage::new(frame(), &FlatGround::PIXELS));
    assert_eq!(pixels.undecidable, ["larger than 350 m²"]);
    assert!(pixels.notices[0].contains("georeferenced"), "{:?}", pixels.notices);
}
