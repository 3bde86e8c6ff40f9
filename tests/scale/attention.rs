//! What the network attends to lies where the answer lies, whatever the frame.

use std::path::Path;
use std::sync::atomic::AtomicUsize;

use gdal::Metadata;
use referent::error::{Kind as Failing, Result};
use referent::job::Job;
use referent::query::{
    Asked, Branch, Explanation, FeatureCache, Keeping, Options, Resolution, Segmenter, Tile, Trained, ask_keeping,
    explain,
};
use referent::raster::{Scene, View};
use referent::text::Phrase;
use referent::vector::Field;

use crate::landscape::{Kind, Landscape, Lie, Object, Painted};
use crate::{answer_in, window};

const PHRASE: &str = "the tanks on the left";

/// 3 x 3 windows with objects on their borders.
fn yard(lie: Lie) -> Landscape {
    let mut objects = Vec::new();
    for place in 0..25 {
        let (column, row) = (f64::from(place % 5), f64::from(place / 5));
        let kind = if place % 2 == 0 { Kind::Building } else { Kind::Tank };
        objects.push(Object::block(kind, -480.0 + 240.0 * column, 440.0 - 220.0 * row, 70.0, 60.0));
    }
    Landscape { lie, ..Landscape::new([1200, 1100], objects) }
}

fn explained(scene: &Scene, options: &Options) -> Result<Explanation> {
    explain(scene, &Phrase::parse(PHRASE).unwrap(), &Painted::default(), options, None, &Job::unwatched())
}

/// The pixels of a scene, not all of them.
fn some_pixels() -> impl Iterator<Item = (i64, i64)> {
    (0..1100).step_by(3).flat_map(|y| (0..1200).step_by(7).map(move |x| (x, y)))
}

#[test]
fn attention_lies_on_the_probabilities_in_one_view_in_windows_and_without_any_place_on_earth() {
    let folder = tempfile::tempdir().unwrap();
    for (number, lie) in [Lie::Utm, Lie::Nowhere].into_iter().enumerate() {
        let scene = yard(lie).open(&folder.path().join(format!("{number}.tif")));
        for frame in [[130.0, 70.0, 300.0, 201.0], [40.0, 30.0, 1010.0, 1000.0]] {
            let [left, top, width, height] = frame;
            let options = window(left, top, width, height);
            let explanation = explained(&scene, &options).unwrap();
            let answer = answer_in(&scene, "the tanks", &options);
            assert_eq!(explanation.lattice, answer.lattice);
            let inside = |x: i64, y: i64| {
                let (x, y) = (x as f64 + 0.5, y as f64 + 0.5);
                (left..left + width).contains(&x) && (top..top + height).contains(&y)
            };
            for branch in Branch::ALL {
                let map = explanation.map(branch);
                assert_eq!(map.size(), answer.probability.size(), "{branch:?}");
                for (x, y) in some_pixels() {
                    let (value, probability) = (map.value(x, y), answer.probability.value(x, y));
                    let expected = match branch {
                        _ if !inside(x, y) => 0.0,
                        // The border of an object is the mean of several resolutions; the attention is that of the finest.
                        Branch::Sentence if (0.001..0.965).contains(&probability) => continue,
                        Branch::Sentence => 0.3 + 0.6 * probability,
                        Branch::Object => 0.4,
                        Branch::Position => continue,
                    };
                    assert!((value - expected).abs() < 1e-3, "{lie:?} {frame:?} {branch:?} {x} {y}: {value}");
                }
            }
            let [low, high] = explanation.range(Branch::Sentence).unwrap();
            assert!((low - 0.3).abs() < 1e-3 && (high - 0.882).abs() < 1e-3, "{low} {high}");
        }
    }
}

#[test]
fn the_same_place_is_attended_to_alike_from_any_frame() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard(Lie::Utm).open(&folder.path().join("scene.tif"));
    let [one_view, windows, all] =
        [window(300.0, 250.0, 500.0, 400.0), window(250.0, 200.0, 900.0, 850.0), Options::default()]
            .map(|options| explained(&scene, &options).unwrap());
    for branch in Branch::ALL {
        for (x, y) in some_pixels().filter(|(x, y)| (300..800).contains(x) && (250..650).contains(y)) {
            let [a, b, c] = [&one_view, &windows, &all].map(|explanation| explanation.map(branch).value(x, y));
            assert!((a - c).abs() < 1e-4 && b == c, "{branch:?} {x} {y}: {a} {b} {c}");
        }
    }
}

#[test]
fn what_an_answer_looked_at_is_not_looked_at_again_for_its_attention() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard(Lie::Utm).open(&folder.path().join("scene.tif"));
    let cache = FeatureCache::open(&folder.path().join("cache"), 1 << 30).unwrap();
    let (phrase, options, job) = (Phrase::parse(PHRASE).unwrap(), Options::default(), Job::unwatched());
    let keeping = Keeping { cache: Some(&cache), ..Keeping::default() };
    ask_keeping(&scene, &phrase, &Painted::default(), &options, keeping, &job).unwrap();
    let network = Painted::default();
    let kept = explain(&scene, &phrase, &network, &options, Some(&cache), &job).unwrap();
    assert_eq!(network.looked_at(), 0);
    let anew = explained(&scene, &options).unwrap();
    for branch in Branch::ALL {
        assert!(kept.map(branch) == anew.map(branch), "{branch:?}");
    }
}

#[test]
fn the_maps_are_files_that_say_what_they_show() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard(Lie::Utm).open(&folder.path().join("scene.tif"));
    explained(&scene, &window(130.0, 70.0, 300.0, 201.0)).unwrap().write(folder.path(), &Job::unwatched()).unwrap();
    let says = |path: &Path| {
        let map = gdal::Dataset::open(path).unwrap();
        assert_eq!(map.geo_transform().unwrap(), scene.georeference().transform.unwrap());
        map.metadata_item("TIFFTAG_IMAGEDESCRIPTION", "").unwrap()
    };
    let words = ["the tanks on the left", "tanks", "on the left"];
    for (path, words) in Explanation::files(folder.path()).iter().zip(words) {
        let said: serde_json::Value = serde_json::from_str(&says(path)).unwrap();
        let branch = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!((said["branch"].as_str(), said["words"].as_str()), (Some(branch), Some(words)));
    }
}

/// A network without branches.
struct Plain(Painted);

impl Segmenter for Plain {
    type Question = [u8; 3];
    type Sight = View;

    fn label(&self) -> String {
        "plain 0".into()
    }

    fn hash(&self) -> &str {
        "plain"
    }

    fn trained_at(&self, class: &str) -> Trained {
        self.0.trained_at(class)
    }

    fn was_taught(&self, class: &str) -> bool {
        self.0.was_taught(class)
    }

    fn read(&self, asked: &Asked) -> Result<[u8; 3]> {
        self.0.read(asked)
    }

    fn see(&self, view: &View) -> Result<View> {
        self.0.see(view)
    }

    fn answer(&self, view: &View, questions: &[[u8; 3]]) -> Result<Vec<Tile>> {
        self.0.answer(view, questions)
    }
}

#[test]
fn what_cannot_be_explained_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard(Lie::Utm).open(&folder.path().join("scene.tif"));
    let phrase = Phrase::parse(PHRASE).unwrap();
    let (network, job) = (Painted::default(), Job::unwatched());
    let part = window(130.0, 70.0, 300.0, 201.0);
    let error = explain(&scene, &phrase, &Plain(Painted::default()), &part, None, &job).unwrap_err();
    assert!(error.to_string().contains("cannot show what plain 0 attends to"), "{error}");

    let fine = Options { resolution: Resolution::Metres(0.1), ..Options::default() };
    let error = explain(&scene, &phrase, &network, &fine, None, &job).unwrap_err();
    assert!(error.to_string().contains("more than are held at a time"), "{error}");
    assert_eq!(network.looked_at(), 0, "before any work");

    let job = Job::unwatched();
    let network = Painted { views: AtomicUsize::new(0), stop: Some((job.clone(), 2)), ..Painted::default() };
    let error = explain(&scene, &phrase, &network, &Options::default(), None, &job).unwrap_err();
    assert_eq!((error.kind(), network.looked_at()), (Failing::Cancelled, 2));
}
