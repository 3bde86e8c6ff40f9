//! Which bands and values a scene is shown in.

use referent::raster::{Area, Stretch, StretchOptions, StretchRule, View};

use crate::picture::fixture;

#[test]
fn the_scenes_are_shown_in_their_own_bands() {
    let percentiles = StretchRule::Percentiles { low: 2.0, high: 98.0 };
    for (name, bands, rule) in [
        ("rotterdam_housing", [3, 2, 1], percentiles),
        ("rotterdam_quay", [3, 2, 1], percentiles),
        ("elkton_landsat8", [4, 3, 2], percentiles),
        ("virginia_naip", [1, 2, 3], StretchRule::AsStored),
        ("kampala_market", [1, 2, 3], StretchRule::AsStored),
    ] {
        let stretch =
            Stretch::choose(&fixture(&format!("scenes/{name}/{name}.tif")), &StretchOptions::default()).unwrap();
        assert_eq!((stretch.bands, stretch.rule), (bands, rule), "{name}");
        assert!((0..3).all(|c| stretch.low[c] < stretch.high[c]), "{name}");
    }
}

#[test]
fn wrong_statistics_in_a_side_file_do_not_reach_the_stretch() {
    let scene = fixture("zoo/aux_wrong_statistics.tif");
    let options = StretchOptions { percentiles: Some([0.0, 100.0]), ..StretchOptions::default() };
    let stretch = Stretch::choose(&scene, &options).unwrap();
    let samples = scene.read(Area::whole(scene.size()), [96, 80], &[1]).unwrap();
    let least = samples.values.iter().copied().fold(f32::INFINITY, f32::min);
    let most = samples.values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    assert_eq!((stretch.low[0], stretch.high[0]), (least, most));
}

#[test]
fn infinities_and_one_value_everywhere_still_give_a_picture() {
    let scene = fixture("zoo/infinite_values.tif");
    let stretch = Stretch::choose(&scene, &StretchOptions::default()).unwrap();
    assert!(stretch.low.iter().chain(&stretch.high).all(|limit| limit.is_finite()));
    let scene = fixture("zoo/constant.tif");
    let options = StretchOptions { percentiles: Some([2.0, 98.0]), ..StretchOptions::default() };
    let stretch = Stretch::choose(&scene, &options).unwrap();
    let view = View::read(&scene, Area::whole(scene.size()), [10, 10], &stretch).unwrap();
    assert!(view.rgb.iter().all(|byte| *byte == 127) && view.valid.iter().all(|valid| *valid));
}

#[test]
fn the_user_may_choose_bands_and_percentiles_but_only_possible_ones() {
    let scene = fixture("scenes/virginia_naip/virginia_naip.tif");
    let choose = |bands, percentiles| Stretch::choose(&scene, &StretchOptions { bands, percentiles });
    let stretch = choose(Some([4, 1, 2]), Some([1.0, 99.0])).unwrap();
    assert_eq!((stretch.bands, stretch.rule), ([4, 1, 2], StretchRule::Percentiles { low: 1.0, high: 99.0 }));
    assert!(choose(Some([5, 1, 2]), None).is_err() && choose(Some([0, 1, 2]), None).is_err());
    for percentiles in [[50.0, 50.0], [-1.0, 99.0], [2.0, 101.0], [f64::NAN, 98.0]] {
        assert!(choose(None, Some(percentiles)).is_err(), "{percentiles:?}");
    }
}
