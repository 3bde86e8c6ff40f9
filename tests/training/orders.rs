//! Whole runs as a person orders them: a folder of pictures in, a folder with a model out.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use image::{Rgb, RgbImage};
use referent::Result;
use referent::error::Kind;
use referent::job::{self, Job};
use referent::model::config::NetworkConfig;
use referent::model::fianet::{FiaNet, Regularisation};
use referent::model::load::collect;
use referent::model::names::FIANET;
use referent::model::weights::write::{Planned, write_model};
use referent::model::weights::{Calibration, Card, Dtype, ModelFile, Tensor};
use referent::query::DeviceChoice;
use referent::train::batch::BatchSource;
use referent::train::dataset::triplets::{About, Triplet, save, save_picture};
use referent::train::dataset::{Dataset, Split};
use referent::train::evaluate::Fit;
use referent::train::events::{Event, Stopped};
use referent::train::examples::Examples;
use referent::train::finish::recalibrate;
use referent::train::freeze::Freeze;
use referent::train::judge::{self, judge};
use referent::train::labels::Labels;
use referent::train::mask::{Mask, Size};
use referent::train::metrics::Overlap;
use referent::train::recipe::{Budget, Recipe};
use referent::train::rle::Rle;
use referent::train::run::{LOG, Order, VALIDATIONS, train};
use referent::train::trainer::{BEST, LAST, Outcome, RECIPE};
use serde_json::json;

use super::common::fixture::Case;
use super::runs::small;

const SIDE: u32 = 96;

/// Blue pools on grey ground, as a COCO folder: eight pictures to learn from, three to choose by, each its own group.
fn pools(folder: &Path) {
    fs::create_dir_all(folder.join("images")).unwrap();
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for id in 0..11u32 {
        let mut picture = RgbImage::from_fn(SIDE, SIDE, |x, y| Rgb([120 + ((x * 7 + y * 13) % 20) as u8, 118, 110]));
        for (number, at) in [(0, 8 + id * 3), (1, 60 - id)].into_iter().take(1 + id as usize % 2) {
            let (x, y) = (at, 20 + 40 * number);
            (x..x + 20).for_each(|x| (y..y + 16).for_each(|y| picture.put_pixel(x, y, Rgb([40, 140, 220]))));
            let ring = [x, y, x + 20, y, x + 20, y + 16, x, y + 16];
            annotations
                .push(json!({"id": annotations.len(), "image_id": id, "category_id": 1, "segmentation": [ring]}));
        }
        let name = format!("images/{id}.png");
        picture.save(folder.join(&name)).unwrap();
        let split = if id < 8 { "train" } else { "val" };
        let group = format!("g{id}");
        images
            .push(json!({"id": id, "file_name": name, "width": SIDE, "height": SIDE, "split": split, "group": group}));
    }
    let categories = json!([{"id": 1, "name": "swimming pool"}]);
    let file = json!({"images": images, "annotations": annotations, "categories": categories});
    fs::write(folder.join("annotations.json"), file.to_string()).unwrap();
}

fn order(dataset: &Path, folder: &Path, steps: u64) -> Order {
    Order {
        datasets: vec![dataset.to_owned()],
        replay: Vec::new(),
        start: Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/lite.safetensors"),
        recipe: Recipe { validate_every: 2, validation_side: 96, rehearse: false, ..small(steps) },
        folder: folder.to_owned(),
        device: DeviceChoice::Cpu,
        suits: false,
        resume: false,
    }
}

fn go(order: &Order) -> Result<Outcome> {
    train(order, &|_| {}, &Job::unwatched())
}

fn lines(path: PathBuf) -> Vec<serde_json::Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_run_leaves_a_model_its_recipe_and_its_story_and_the_recipe_gives_the_same_model_again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out, again) = (folder.path().join("pools"), folder.path().join("out"), folder.path().join("again"));
    pools(&data);
    let first = go(&order(&data, &out, 4)).unwrap();
    assert_eq!((first.why, first.model.as_path()), (Stopped::Done, out.join(BEST).as_path()));

    let file = ModelFile::open(&first.model).unwrap();
    file.verify().unwrap();
    let card = file.card().unwrap();
    assert!((0.0..=1.0).contains(&card.metrics["validation mIoU"]), "{:?}", card.metrics);
    assert!(card.trained_on.ends_with("then pools") && card.name == "out", "{card:?}");
    let events = lines(out.join(LOG));
    assert_eq!(events[0]["event"], "started");
    assert_eq!(events.iter().filter(|event| event["event"] == "step").count(), 4);
    let validations = lines(out.join(VALIDATIONS));
    assert_eq!(validations.len(), 2);
    assert!(validations[1]["by_category"]["swimming pool"]["phrases"].as_u64() > Some(2), "{validations:?}");

    let recipe = Recipe::read(&out.join(RECIPE)).unwrap();
    go(&Order { recipe, ..order(&data, &again, 4) }).unwrap();
    let hash = |folder: &Path| ModelFile::open(&folder.join(LAST)).unwrap().hash().unwrap();
    assert_eq!(hash(&out), hash(&again));
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_end_and_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let [data, whole, parts] = ["pools", "whole", "parts"].map(|name| folder.path().join(name));
    pools(&data);
    go(&order(&data, &whole, 4)).unwrap();
    let job = Job::unwatched();
    let stop = |event: &Event| {
        if matches!(event, Event::Step(step) if step.step == 2) {
            job.cancel();
        }
    };
    let outcome = train(&order(&data, &parts, 4), &stop, &job).unwrap();
    assert_eq!((outcome.why, outcome.progress.step), (Stopped::Cancelled, 2));
    let refused = go(&order(&data, &parts, 4)).unwrap_err();
    assert!(refused.kind() == Kind::Usage && refused.to_string().contains("--resume"), "{refused}");
    go(&Order { resume: true, ..order(&data, &parts, 4) }).unwrap();
    let hash = |folder: &Path| ModelFile::open(&folder.join(LAST)).unwrap().hash().unwrap();
    assert_eq!(hash(&whole), hash(&parts));
}

#[test]
fn damaged_pictures_are_named_and_left_out_and_a_set_without_any_good_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("pools"), folder.path().join("out"));
    pools(&data);
    fs::write(data.join("images/3.png"), b"no picture").unwrap();
    let said = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&said);
    let job = Job::new(move |event| {
        if let job::Event::Notice(text) = event {
            sink.lock().unwrap().push(text);
        }
    });
    train(&order(&data, &out, 1), &|_| {}, &job).unwrap();
    assert!(said.lock().unwrap().iter().any(|text| text.contains("images/3.png is left out")), "{said:?}");
    assert_eq!(lines(out.join(LOG))[0]["pictures"], 7);

    (0..8).for_each(|id| fs::write(data.join(format!("images/{id}.png")), b"no picture").unwrap());
    let refused = go(&order(&data, &folder.path().join("none"), 1)).unwrap_err().to_string();
    assert!(refused.contains("no training picture"), "{refused}");
}

#[test]
fn splits_that_share_a_place_are_refused_unless_the_recipe_knows_that_it_is_divided() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("pools"), folder.path().join("out"));
    pools(&data);
    let path = data.join("annotations.json");
    let text = fs::read_to_string(&path).unwrap().replace("\"g10\"", "\"g0\"");
    fs::write(&path, text).unwrap();
    let mut order = order(&data, &out, 1);
    let refused = go(&order).unwrap_err().to_string();
    assert!(refused.contains("share the group pools: g0"), "{refused}");
    order.recipe.divided.insert("pools: g0".into());
    go(&order).unwrap();
}

#[test]
fn examples_are_the_same_for_the_same_step_and_say_in_vain_only_what_labels_decide() {
    let folder = tempfile::tempdir().unwrap();
    pools(folder.path());
    let dataset = Dataset::open(folder.path(), &Job::unwatched()).unwrap();
    let name = dataset.name.clone();
    let never = |labels: Labels| {
        let recipe = Recipe { labels, absent: 0.5, side: 64, ..small(1) };
        let examples =
            || Examples::new(&[(dataset.clone(), 1.0)], &recipe, Fit::Within(64), &Job::unwatched()).unwrap();
        let mut source = examples();
        let batches: Vec<_> = (0..20).map(|step| source.batch(step).unwrap()).collect();
        assert_eq!(batches[13], examples().batch(13).unwrap());
        assert_ne!(batches[13], batches[12]);
        let phrases = batches.into_iter().flat_map(|batch| batch.phrases);
        phrases.filter(|phrase| phrase.target.is_none()).map(|phrase| phrase.asked.sentence).collect::<Vec<_>>()
    };
    let bridges = [(name, ["bridge".to_owned()].into())].into();
    let in_vain = never(Labels { never: bridges, ..Labels::default() });
    assert!(in_vain.iter().any(|text| text.contains("bridge")), "{in_vain:?}");
    let in_part = Labels { in_part: ["swimming pool".to_owned()].into(), ..Labels::default() };
    // Every picture shows a pool, but a view need not; where labels are kept in part, nothing follows from that.
    assert_eq!(never(in_part), Vec::<String>::new());
    assert!(never(Labels::default()).iter().all(|text| !text.contains("bridge")));
}

/// A picture with eight kinds of marks, a phrase for each.
fn eight_triplets(folder: &Path) -> Vec<(String, Mask)> {
    let kinds: [(&str, [u8; 3]); 8] = [
        ("the red patch", [210, 40, 40]),
        ("the green patch", [40, 190, 60]),
        ("the blue patch", [40, 70, 220]),
        ("the yellow patch", [230, 220, 50]),
        ("the white patch", [245, 245, 245]),
        ("the black patch", [10, 10, 10]),
        ("the purple patch", [150, 40, 170]),
        ("the orange patch", [240, 140, 20]),
    ];
    let size = Size::new(128, 128).unwrap();
    let mut picture = RgbImage::from_fn(128, 128, |x, y| Rgb([100 + ((x * 5 + y * 11) % 13) as u8, 105, 98]));
    let mut masks = Vec::new();
    for (index, (phrase, color)) in kinds.into_iter().enumerate() {
        let (left, top) = (index as u32 % 4 * 32 + 6, index as u32 / 4 * 64 + 18);
        let mask = Mask::from_fn(size, |x, y| (left..left + 22).contains(&x) && (top..top + 30).contains(&y));
        picture.enumerate_pixels_mut().filter(|(x, y, _)| mask.contains(*x, *y)).for_each(|(_, _, p)| p.0 = color);
        masks.push((phrase.to_owned(), mask));
    }
    fs::create_dir_all(folder).unwrap();
    let image = save_picture(folder, "marks", &picture).unwrap();
    let triplet = |(phrase, mask): &(String, Mask)| Triplet {
        image: image.clone(),
        phrase: phrase.clone(),
        target: Some(Rle::from_mask(mask)),
        about: About { category: Some("patch".into()), split: Some(Split::Train), ..About::default() },
    };
    save(folder, &masks.iter().map(triplet).collect::<Vec<_>>()).unwrap();
    masks
}

fn judged(model: &Path, data: &Path) -> f64 {
    let order = judge::Order {
        model: model.to_owned(),
        datasets: vec![data.to_owned()],
        split: None,
        recipe: Recipe { validation_side: 128, ..small(1) },
        by_program: false,
        device: DeviceChoice::Cpu,
    };
    let sheet = data.join("worst");
    let judged = judge(&order, Some(&sheet), &Job::unwatched()).unwrap();
    assert!(sheet.join("worst.png").is_file() && sheet.join("worst.json").is_file());
    judged.summary.overall.mean_iou.unwrap()
}

#[test]
fn eight_labels_of_something_new_are_learned_with_the_encoder_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("marks"), folder.path().join("out"));
    let masks = eight_triplets(&data);
    assert!(masks.iter().all(|(_, mask)| Overlap::between(mask, mask).unwrap().iou() == 1.0));
    let mut order = order(&data, &out, 120);
    let recipe = Recipe { freeze: Freeze::Encoder, side: 128, pictures: 1, phrases: 8, ..order.recipe };
    order.recipe = Recipe { average: Some(0.95), views: none(recipe.views), ..recipe };
    let before = judged(&order.start, &data);
    let outcome = go(&order).unwrap();
    let after = judged(&outcome.model, &data);
    println!("mIoU of eight new labels: {before:.3} before, {after:.3} after");
    assert!(before < 0.6 && after > 0.9, "{before} {after}");
    // Too little was tried to say anything of probabilities.
    let card = ModelFile::open(&outcome.model).unwrap().card().unwrap().clone();
    let old = ModelFile::open(&order.start).unwrap().card().unwrap().calibration.unwrap_or_default();
    assert_eq!(card.calibration.unwrap_or_default(), Calibration { presence: None, absent_below: None, ..old });
    assert!(card.classes.contains(&"patch".to_owned()) && card.classes.contains(&"ship".to_owned()));
}

/// The pictures of [`pools`] with two phrases of what is there and two of what is not; in two pictures the pool is called a storage
/// tank too, so that no limit tells all of them apart.
fn what_is_there_and_what_is_not(pools: &Path, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let mut triplets = Vec::new();
    for id in 0..11u32 {
        let picture = image::open(pools.join(format!("images/{id}.png"))).unwrap().into_rgb8();
        let blue = |(_, _, pixel): (u32, u32, &Rgb<u8>)| u8::from(pixel.0[2] == 220);
        let blue: Vec<u8> = picture.enumerate_pixels().map(blue).collect();
        let pool = Mask::from_bytes(Size::new(SIDE, SIDE).unwrap(), &blue, 0).unwrap();
        let image = save_picture(folder, &format!("{id}"), &picture).unwrap();
        for phrase in ["the swimming pools", "the blue pools", "the airplane", "the storage tank"] {
            let is_said = phrase.contains("pools") || id < 2 && phrase.contains("tank");
            let target = is_said.then(|| Rle::from_mask(&pool));
            let (image, phrase) = (image.clone(), phrase.to_owned());
            triplets.push(Triplet { image, phrase, target, about: About::default() });
        }
    }
    save(folder, &triplets).unwrap();
}

#[test]
fn a_copy_calibrated_as_the_program_answers_says_what_is_so_and_holds_the_same_network() {
    let folder = tempfile::tempdir().unwrap();
    let [source, data, copy] = ["pools", "said", "calibrated.safetensors"].map(|name| folder.path().join(name));
    pools(&source);
    what_is_there_and_what_is_not(&source, &data);
    let model = order(&data, folder.path(), 1).start;
    let judged_by = |model: &Path| judge::Order {
        model: model.to_owned(),
        datasets: vec![data.clone()],
        split: None,
        recipe: small(1),
        by_program: true,
        device: DeviceChoice::Cpu,
    };
    let judge = |model: &Path| judge(&judged_by(model), None, &Job::unwatched()).unwrap();
    let before = judge(&model);
    let fitted = before.fitted;
    assert!(fitted.mask.is_none() && before.reliability[0].is_none(), "the program speaks of objects, not of pixels");
    recalibrate(&model, fitted, &copy).unwrap();
    let [old, new] = [&model, &copy].map(|path| ModelFile::open(path).unwrap());
    assert_eq!((old.hash().unwrap(), old.dtypes()), (new.verify().unwrap(), new.dtypes()));
    let stored = new.card().unwrap().calibration.unwrap();
    assert_eq!((stored.presence, stored.absent_below), (fitted.presence, fitted.absent_below));

    let after = judge(&copy);
    let [was, is] = [&before, &after].map(|judged| judged.reliability[1].as_ref().unwrap().error);
    println!("presence was off by {was:.3} and is by {is:.3}; {:?}", fitted.presence);
    assert!(is < was && after.summary.overall.denied_wrongly.unwrap() <= 0.03, "{was} {is}");
    // What was fitted needs no second fit.
    let (first, second) = (fitted.presence.unwrap(), after.fitted.presence.unwrap());
    assert!((first.scale / second.scale - 1.0).abs() < 0.05, "{first:?} {second:?}");
    let error = recalibrate(&model, Calibration::default(), &copy).unwrap_err();
    assert!(error.to_string().contains("too few phrases"), "{error}");
}

fn none(views: referent::train::recipe::Views) -> referent::train::recipe::Views {
    referent::train::recipe::Views { change: referent::train::recipe::Change::None, ..views }
}

#[test]
fn what_the_old_model_sees_in_new_pictures_is_rehearsed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("marks"), folder.path().join("out"));
    eight_triplets(&data);
    let mut order = order(&data, &out, 1);
    let pictures = |order: &Order| {
        let seen = Mutex::new(0);
        let listener = |event: &Event| {
            if let Event::Started { pictures, .. } = event {
                *seen.lock().unwrap() = *pictures;
            }
        };
        train(order, &listener, &Job::unwatched()).unwrap();
        seen.into_inner().unwrap()
    };
    assert_eq!(pictures(&order), 1);
    order.recipe.rehearse = true;
    order.folder = folder.path().join("rehearsed");
    // The picture once with its own phrases, and once with what the old model says of it.
    assert_eq!(pictures(&order), 2);
}

/// A published network of small sizes and random weights that knows every word piece.
fn small_fianet(path: &Path) {
    let device = burn::tensor::Device::flex();
    let mut config = Case::read("edge_w7_97x131").config;
    config.bert.vocab = 30522;
    let weights = collect(&FiaNet::new(&config, Regularisation::NONE, &device), FIANET);
    let plan: Vec<Planned> = weights
        .iter()
        .map(|(name, (shape, _))| Planned { name: name.clone(), dtype: Dtype::F32, shape: shape.clone() })
        .collect();
    let card = Card::new("small", NetworkConfig::Fianet(config));
    let tensor = |planned: &Planned| Ok(Tensor::from_f32(planned.shape.clone(), &weights[&planned.name].1).unwrap());
    write_model(path, &card, &plan, tensor).unwrap();
}

#[test]
fn the_published_network_trains_for_the_minutes_given_with_gradients_of_several_batches() {
    let folder = tempfile::tempdir().unwrap();
    let [data, out, start] = ["pools", "out", "small.safetensors"].map(|name| folder.path().join(name));
    pools(&data);
    small_fianet(&start);
    let mut order = Order { start, ..order(&data, &out, 1) };
    // Less than a step takes: one step is made all the same.
    let budget = Budget::Minutes(1e-4);
    order.recipe = Recipe { budget, accumulation: 2, validation_side: 96, side: 96, ..Recipe::fianet(budget) };
    let outcome = go(&order).unwrap();
    assert_eq!((outcome.why, outcome.progress.step), (Stopped::Done, 1));
    assert_eq!(ModelFile::open(&outcome.model).unwrap().config().kind(), "fianet");
    let step = &lines(out.join(LOG))[1];
    assert!(step["event"] == "step" && step["loss"].as_f64().unwrap() > 0.0, "{step}");
}

#[test]
fn recipes_state_the_budget_in_one_of_three_ways() {
    let read = |text: &str| serde_json::from_str::<Budget>(text).unwrap();
    assert_eq!(read(r#"{"steps": 7}"#), Budget::Steps(7));
    assert_eq!(read(r#"{"epochs": 1.5}"#), Budget::Epochs(1.5));
    assert_eq!(read(r#"{"minutes": 3}"#), Budget::Minutes(3.0));
}
