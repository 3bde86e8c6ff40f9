//! Metrics against the released test program's own figures, and the laws they must keep.

// Fixtures that cannot be read fail the test they are for.
#![allow(clippy::unwrap_used)]

use std::fs;

use proptest::prelude::*;
use referent::train::mask::{Mask, Size};
use referent::train::metrics::{Outcome, Overlap, Scores, THRESHOLDS, Traits};
use safetensors::SafeTensors;
use serde_json::Value;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reference/metrics");

/// The fixture's pairs of prediction and truth, 32 x 24.
fn pairs() -> Vec<(Mask, Mask)> {
    let bytes = fs::read(format!("{FIXTURE}/masks.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let size = Size::new(32, 24).unwrap();
    let masks = |name: &str| -> Vec<Mask> {
        let data = tensors.tensor(name).unwrap();
        data.data().chunks(size.pixels()).map(|bytes| Mask::from_bytes(size, bytes, 0).unwrap()).collect()
    };
    masks("pred").into_iter().zip(masks("target")).collect()
}

fn text() -> String {
    fs::read_to_string(format!("{FIXTURE}/metrics.json")).unwrap()
}

fn expected() -> Value {
    serde_json::from_str(&text()).unwrap()
}

/// Each number called `key`, read to its last bit: serde_json may be one unit off in the last place.
fn exactly(key: &str) -> Vec<f64> {
    let (text, key) = (text(), format!("\"{key}\": "));
    let after = text.split(&key).skip(1);
    after.map(|rest| rest.split([',', '\n', '}']).next().unwrap().parse().unwrap()).collect()
}

#[test]
fn every_pair_has_the_published_counts_iou_and_passes() {
    let expected = expected();
    let rows = expected["pairs"].as_array().unwrap();
    assert_eq!(rows.len(), pairs().len());
    for (((prediction, truth), row), iou) in pairs().iter().zip(rows).zip(exactly("iou")) {
        let overlap = Overlap::between(prediction, truth).unwrap();
        assert_eq!(overlap.intersection, row["intersection"], "{}", row["name"]);
        assert_eq!(overlap.union, row["union"], "{}", row["name"]);
        assert_eq!(overlap.iou(), iou, "{}", row["name"]);
        let passes: Vec<bool> = THRESHOLDS.iter().map(|&threshold| overlap.iou() >= threshold).collect();
        assert_eq!(serde_json::to_value(passes).unwrap(), row["passes"], "{}", row["name"]);
    }
}

#[test]
fn the_summary_is_the_published_one() {
    let expected = expected();
    let mut scores = Scores::default();
    for (prediction, truth) in pairs() {
        scores.add(Traits::default(), Outcome::judge(&prediction, Some(&truth), None).unwrap());
    }
    let figures = scores.summary().overall;
    assert_eq!(figures.phrases, expected["count"]);
    assert_eq!(figures.intersection, expected["cum_intersection"]);
    assert_eq!(figures.union, expected["cum_union"]);
    assert_eq!([figures.overall_iou.unwrap()], exactly("overall_iou")[..]);
    assert_eq!([figures.mean_iou.unwrap()], exactly("mean_iou")[..]);
    let counts: Vec<f64> = serde_json::from_value(expected["precision_counts"].clone()).unwrap();
    assert_eq!(figures.precision.unwrap().to_vec(), counts.iter().map(|count| count / 21.0).collect::<Vec<_>>());
}

#[test]
fn figures_over_nothing_are_left_open() {
    let figures = Scores::default().summary().overall;
    assert_eq!((figures.mean_iou, figures.overall_iou, figures.false_alarms), (None, None, None));
    let size = Size::new(8, 8).unwrap();
    let mut scores = Scores::default();
    // FIANET.md section 15: two empty masks have IoU 0, and the published oIoU divides by zero.
    scores.add(Traits::default(), Outcome::judge(&Mask::empty(size), Some(&Mask::empty(size)), None).unwrap());
    let figures = scores.summary().overall;
    assert_eq!((figures.mean_iou, figures.overall_iou), (Some(0.0), None));
}

#[test]
fn an_absent_thing_is_a_false_alarm_from_just_over_a_five_hundredth_of_the_picture() {
    let size = Size::new(100, 100).unwrap();
    for (marked, alarm) in [(0, 0.0), (20, 0.0), (21, 1.0)] {
        let prediction = Mask::from_fn(size, |x, y| y == 0 && x < marked);
        let mut scores = Scores::default();
        scores.add(Traits::default(), Outcome::judge(&prediction, None, Some(false)).unwrap());
        let figures = scores.summary().overall;
        assert_eq!(figures.false_alarms, Some(alarm), "{marked}");
        assert_eq!((figures.phrases, figures.absent), (0, 1));
        assert_eq!(figures.presence_accuracy, Some(1.0));
    }
}

#[test]
fn the_two_errors_of_saying_that_something_is_not_there_are_told_apart() {
    let size = Size::new(10, 10).unwrap();
    let something = Mask::from_fn(size, |x, _| x < 5);
    let mut scores = Scores::default();
    // Three of four that are there are affirmed, one of five that are not is.
    for (is_there, said, times) in [(true, true, 3), (true, false, 1), (false, true, 1), (false, false, 4)] {
        for _ in 0..times {
            let truth = is_there.then_some(&something);
            scores.add(Traits::default(), Outcome::judge(&something, truth, Some(said)).unwrap());
        }
    }
    let figures = scores.summary().overall;
    assert_eq!([figures.denied_wrongly, figures.absence_missed], [Some(1.0 / 4.0), Some(1.0 / 5.0)]);
    assert_eq!(figures.presence_accuracy, Some(7.0 / 9.0));
}

#[test]
fn tables_name_categories_and_kinds_and_say_percent() {
    let mut scores = Scores::default();
    for (index, (prediction, truth)) in pairs().iter().enumerate() {
        let category = ["ship", "bridge"][index % 2];
        let outcome = Outcome::judge(prediction, Some(truth), Some(index % 3 == 0)).unwrap();
        let kind = (index < 5).then_some("position");
        scores.add(Traits { category: Some(category), kind, things: Some(1) }, outcome);
    }
    let summary = scores.summary();
    assert_eq!(summary.by_category["ship"].phrases + summary.by_category["bridge"].phrases, 21);
    assert_eq!(summary.by_kind["position"].phrases, 5);
    let text = summary.to_string();
    assert!(text.lines().nth(1).unwrap().contains("45.94  54.12  52.38  47.62  38.10  28.57  19.05"), "{text}");
}

/// One outcome, of any kind.
fn outcome() -> impl Strategy<Value = Outcome> {
    let said = || prop::option::of(any::<bool>());
    prop_oneof![
        (0u64..5000, 0u64..5000, said()).prop_map(|(intersection, rest, said_present)| {
            Outcome::Present { overlap: Overlap { intersection, union: intersection + rest }, said_present }
        }),
        (0u64..2000, said()).prop_map(|(marked, said_present)| Outcome::Absent { marked, pixels: 4096, said_present }),
    ]
}

fn tagged() -> impl Strategy<Value = Vec<(Option<&'static str>, Option<&'static str>, Outcome)>> {
    let category = prop::option::of(prop::sample::select(vec!["ship", "bridge", "harbor"]));
    let kind = prop::option::of(prop::sample::select(vec!["position", "relation"]));
    prop::collection::vec((category, kind, outcome()), 0..60)
}

proptest! {
    #[test]
    fn figures_do_not_depend_on_the_order_nor_on_how_the_work_was_shared(rows in tagged(), turn in 0usize..60, cut in 0usize..60) {
        let scores = |rows: &[(Option<&str>, Option<&str>, Outcome)]| {
            let mut scores = Scores::default();
            for &(category, kind, outcome) in rows {
                scores.add(Traits { category, kind, things: None }, outcome);
            }
            scores
        };
        let whole = scores(&rows);
        let mut turned: Vec<_> = rows.iter().rev().copied().collect();
        turned.rotate_left(turn % rows.len().max(1));
        let (left, right) = turned.split_at(cut.min(turned.len()));
        let mut merged = scores(left);
        merged.merge(&scores(right));
        prop_assert_eq!(&merged, &whole);
        // Bit for bit, not nearly.
        prop_assert_eq!(merged.summary(), whole.summary());
    }

    #[test]
    fn stricter_thresholds_are_passed_by_fewer_and_all_figures_are_shares(rows in prop::collection::vec(outcome(), 1..40)) {
        let mut scores = Scores::default();
        rows.iter().for_each(|&outcome| scores.add(Traits::default(), outcome));
        let figures = scores.summary().overall;
        if let Some(precision) = figures.precision {
            prop_assert!(precision.windows(2).all(|pair| pair[0] >= pair[1]));
        }
        let shares = [
            figures.mean_iou,
            figures.overall_iou,
            figures.false_alarms,
            figures.presence_accuracy,
            figures.denied_wrongly,
            figures.absence_missed,
        ];
        prop_assert!(shares.into_iter().flatten().all(|share| (0.0..=1.0).contains(&share)));
    }
}
