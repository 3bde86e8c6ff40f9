//! Laws of the writing itself, which need its inside: no wording is lost to the parser.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

use super::*;

/// Scenes of boxes: up to nine things of a few classes, in a picture 400 by 300.
fn scenes() -> impl Strategy<Value = Scene> {
    let class =
        select(vec!["ship", "storage tank", "harbor", "small vehicle", "large vehicle", "car", "water", "airplane"]);
    let color =
        prop::option::of(select(vec![[250, 250, 250], [20, 20, 20], [200, 30, 30], [128, 128, 128], [60, 70, 40]]));
    let thing = (class, 0.0..380.0f64, 0.0..280.0f64, 4.0..60.0f64, 4.0..60.0f64, color).prop_map(
        |(class, x, y, w, h, color)| {
            let thing = Thing::of_box(class, [x, y, (x + w).min(400.0), (y + h).min(300.0)]).unwrap();
            match color {
                Some(color) => thing.with_color(color),
                None => thing,
            }
        },
    );
    prop::collection::vec(thing, 1..9)
        .prop_map(|things| Scene::new(400.0, 300.0, things, &["tennis court", "chimney", "golf field", "bridge"]))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn the_parser_reads_every_wording_as_it_was_meant(scene in scenes(), seed in any::<u64>()) {
        let mut random = Random::new(seed);
        for kind in Kind::ALL {
            let mut proposals: Vec<_> = if kind == Kind::Absent {
                scene.absent_proposals(&mut random)
            } else {
                scene.nouns_here().iter().flat_map(|noun| scene.proposals(noun, kind, &mut random)).collect()
            };
            random.shuffle(&mut proposals);
            for (proposal, targets) in proposals.into_iter().filter_map(|said| scene.accept(said, kind)).take(12) {
                let meaning = quantity::counted(proposal, targets.len(), kind, &mut Voice::Varied(&mut random));
                let text = wording::sentence(&meaning, false, &mut Voice::Varied(&mut random));
                let phrase = Phrase::parse(&text).unwrap();
                prop_assert!(phrase.target.means_the_same_as(&meaning), "{kind:?}: {text}\n{phrase}\n{:#?}\n{meaning:#?}", phrase.target);
                prop_assert_eq!(phrase.unused().count(), 0, "{}", text);
                prop_assert!(phrase.alternatives.is_empty(), "{}", text);
                prop_assert_eq!(scene.means(&phrase.target), Some(targets), "{}", text);
            }
        }
    }
}
