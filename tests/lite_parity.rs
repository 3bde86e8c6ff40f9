//! `lite` gives the prototype's values, part by part, and answers each phrase by itself.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what went wrong by failing")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::store::{FloatCastAdapter, ModuleAdapter, ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use referent::model::efficientnet::EfficientNetLite0;
use referent::model::lite::{Answer, Features, Lite, LiteConfig, Precision, Text, TextFeatures, normalise};
use referent::model::trace::{Recorder, Trace};
use safetensors::SafeTensors;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The weights the reference was computed with, or those a developer names in `REFERENT_LITE`.
fn weights() -> PathBuf {
    std::env::var_os("REFERENT_LITE")
        .map_or_else(|| root().join("tests/fixtures/weights/lite_start.safetensors"), PathBuf::from)
}

fn network(device: &Device) -> Lite {
    Lite::load(&weights(), &LiteConfig::default(), device).unwrap()
}

type Values = BTreeMap<String, TensorData>;

fn read(path: &Path) -> Values {
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    file.iter()
        .map(|(name, view)| {
            let values: Vec<f32> =
                view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
            (name.to_owned(), TensorData::new(values, view.shape().to_vec()))
        })
        .collect()
}

/// The prototype's inputs and intermediate values, with the difference between its f32 and f64 runs.
struct Fixture {
    values: Values,
    floors: BTreeMap<String, f32>,
}

impl Fixture {
    fn read() -> Self {
        let folder = root().join("tests/fixtures/weights");
        let about: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join("lite.json")).unwrap()).unwrap();
        let floors = about["floor"].as_object().unwrap();
        Self {
            values: read(&folder.join("lite.safetensors")),
            floors: floors.iter().map(|(name, floor)| (name.clone(), floor.as_f64().unwrap() as f32)).collect(),
        }
    }

    fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        Tensor::from_data(self.values[name].clone(), device)
    }

    fn text(&self, name: &str, device: &Device) -> Text {
        Text { hidden: self.tensor(name, device), mask: self.tensor(&format!("{name}_mask"), device) }
    }

    fn texts(&self, device: &Device) -> TextFeatures {
        TextFeatures {
            sentence: self.text("sentence", device),
            object: self.text("object", device),
            position: self.text("position", device),
        }
    }

    /// Asserts that `found` is the prototype's `name` within four times its own rounding, or 1e-5 of its greatest value.
    fn agree(&self, name: &str, found: &TensorData) {
        let wanted = &self.values[name];
        assert_eq!(found.shape(), wanted.shape(), "{name}");
        let greatest = floats(wanted).iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        let floor = self.floors.get(name).copied().unwrap_or(0.0);
        let tolerance = (4.0 * floor).max(1e-5 * greatest);
        let gap = gap(found, wanted);
        println!("{name}: {gap:.2e} of {tolerance:.2e} (greatest {greatest:.1})");
        assert!(gap <= tolerance, "{name} is off by {gap:e}, more than {tolerance:e}");
    }
}

fn floats(data: &TensorData) -> Vec<f32> {
    data.clone().convert_dtype(DType::F32).try_to_vec().unwrap()
}

fn gap(a: &TensorData, b: &TensorData) -> f32 {
    assert_eq!(a.shape(), b.shape());
    floats(a).iter().zip(floats(b)).fold(0.0, |most, (a, b)| if (a - b).abs() <= most { most } else { (a - b).abs() })
}

fn compare_with_prototype(network: &Lite, device: &Device) {
    let fixture = Fixture::read();
    let features = network.encode(fixture.tensor("view", device)).unwrap();
    for (index, map) in features.maps().iter().enumerate() {
        fixture.agree(&format!("feature_{index}"), &map.to_data());
    }
    let recorder = Recorder::new();
    let boxes = fixture.tensor("box", device);
    let answer =
        network.answer_traced(&features, &fixture.texts(device), boxes, &[0, 0], &Trace::on(&recorder)).unwrap();
    let seen = recorder.into_values();
    let parts = [
        ("project", "project", 4),
        ("fiam", "fiam", 4),
        ("tmem.blocks", "tmem_block", 2),
        ("tmem.gates", "gate", 4),
        ("decoder.stages", "decoder_stage", 3),
    ];
    for (place, name, count) in parts {
        for index in 0..count {
            fixture.agree(&format!("{name}_{index}"), &seen[&format!("{place}.{index}:out")]);
        }
    }
    fixture.agree("logits", &answer.logits.to_data());
    fixture.agree("presence", &answer.presence.to_data());
}

#[test]
fn every_part_agrees_with_the_prototype() {
    let device = Device::flex();
    compare_with_prototype(&network(&device), &device);
}

#[test]
fn every_part_agrees_with_the_prototype_when_batch_norms_are_folded() {
    let device = Device::flex();
    compare_with_prototype(&network(&device).folded(), &device);
}

#[test]
fn the_encoder_agrees_with_efficientnet_lite0_where_its_weights_are_given() {
    let Some(path) = std::env::var_os("REFERENT_EFFICIENTNET") else { return };
    let device = Device::flex();
    let mut encoder = EfficientNetLite0::init(&device);
    // The file holds the classifier as well, which is no part of the encoder.
    let mut store = SafetensorsStore::from_file(PathBuf::from(path))
        .with_from_adapter(PyTorchToBurnAdapter.chain(FloatCastAdapter::to(DType::F32)));
    let loaded = encoder.load_from(&mut store).unwrap();
    assert!(loaded.unused.iter().all(|name| name.starts_with("head.") || name.starts_with("classifier.")));
    let wanted = read(&root().join("tests/fixtures/weights/efficientnet_lite0.safetensors"));
    let view = Tensor::from_data(wanted["input"].clone(), &device);
    for encoder in [encoder.clone(), encoder.folded()] {
        for (map, stride) in encoder.forward(view.clone()).into_iter().zip([4, 8, 16, 32]) {
            let gap = gap(&map.to_data(), &wanted[&format!("stride{stride}")]);
            println!("stride {stride}: {gap:.2e}");
            assert!(gap < 4.0 * 8.46e-5, "stride {stride} is off by {gap:e}"); // four times the f32 floor of the maps
        }
    }
}

/// The fixture's features and texts, and the network that answers.
fn scene(device: &Device) -> (Lite, Features, TextFeatures, Tensor<2>) {
    let fixture = Fixture::read();
    let network = network(device).folded();
    let features = network.encode(fixture.tensor("view", device)).unwrap();
    (network, features, fixture.texts(device), fixture.tensor("box", device))
}

fn chosen(texts: &TextFeatures, phrases: &[i32], device: &Device) -> TextFeatures {
    let index = Tensor::<1, Int>::from_ints(phrases, device);
    let pick = |text: &Text| Text {
        hidden: text.hidden.clone().select(0, index.clone()),
        mask: text.mask.clone().select(0, index.clone()),
    };
    TextFeatures { sentence: pick(&texts.sentence), object: pick(&texts.object), position: pick(&texts.position) }
}

/// Asserts that phrase `a` of one answer and phrase `b` of another have the same logits and presence, but for rounding.
fn same_answer(one: &Answer, a: usize, other: &Answer, b: usize) {
    let logits = |answer: &Answer, phrase| answer.logits.clone().narrow(0, phrase, 1).into_data();
    let presence = |answer: &Answer, phrase| answer.presence.clone().narrow(0, phrase, 1).into_data();
    assert!(gap(&logits(one, a), &logits(other, b)) < 1.5e-5); // four times the floor of the logits
    assert!(gap(&presence(one, a), &presence(other, b)) < 1.5e-5);
}

#[test]
fn a_phrase_is_answered_the_same_whoever_asks_beside_it() {
    let device = Device::flex();
    let (network, features, texts, boxes) = scene(&device);
    let ask = |phrases: &[i32]| {
        let index = vec![0; phrases.len()];
        network.answer(&features, &chosen(&texts, phrases, &device), boxes.clone(), &index).unwrap()
    };
    let both = ask(&[0, 1]);
    for (place, phrase) in [0, 1].into_iter().enumerate() {
        same_answer(&both, place, &ask(&[phrase]), 0);
    }
    let mixed = ask(&[1, 0, 1]);
    for (place, phrase) in [1, 0, 1].into_iter().enumerate() {
        same_answer(&mixed, place, &both, phrase);
    }
}

#[test]
fn phrases_find_their_own_view_among_several() {
    let device = Device::flex();
    let (network, features, texts, boxes) = scene(&device);
    let fixture = Fixture::read();
    let view: Tensor<4> = fixture.tensor("view", &device);
    let mirrored = view.clone().flip([3]);
    let both = network.encode(Tensor::cat(vec![mirrored, view], 0)).unwrap();
    let boxes_of_both = Tensor::cat(vec![boxes.clone(), boxes.clone()], 0);
    let alone = network.answer(&features, &texts, boxes, &[0, 0]).unwrap();
    let among = network.answer(&both, &texts, boxes_of_both, &[1, 1]).unwrap();
    for phrase in 0..2 {
        same_answer(&alone, phrase, &among, phrase);
    }
}

/// Strengths of the branches at three pixels (x, y), and their mean, for each phrase of the fixture and each branch: sentence, object,
/// position. Computed in f64 with NumPy from the formulas of the alignment, which gave `fiam_0` to `fiam_3` within 1e-5.
const SPOKEN_AT: [(usize, usize); 3] = [(0, 0), (112, 80), (200, 159)];
const SPOKEN: [[[f32; 4]; 3]; 2] = [
    [
        [0.609308, 0.581615, 0.542452, 0.621878],
        [0.408569, 0.407841, 0.408384, 0.407946],
        [0.600209, 0.643061, 0.576760, 0.631830],
    ],
    [
        [0.608717, 0.595567, 0.549396, 0.619664],
        [0.406993, 0.406993, 0.406993, 0.406993],
        [0.639177, 0.710371, 0.664558, 0.685856],
    ],
];

#[test]
fn how_strongly_the_branches_speak_is_what_the_formulas_say() {
    let device = Device::flex();
    let (network, features, texts, boxes) = scene(&device);
    let attention = network.attention(&features, &texts, boxes, &[0, 0]).unwrap();
    let [phrases, height, width, branches] = attention.dims();
    assert_eq!([phrases, height, width, branches], [2, 160, 224, 3]);
    let values = floats(&attention.into_data());
    for (phrase, branch) in (0..phrases).flat_map(|phrase| (0..branches).map(move |branch| (phrase, branch))) {
        let at = |x: usize, y: usize| values[((phrase * height + y) * width + x) * branches + branch];
        let mean = (0..height * width).map(|pixel| f64::from(at(pixel % width, pixel / width))).sum::<f64>();
        let found = SPOKEN_AT.map(|(x, y)| at(x, y)).into_iter().chain([(mean / (height * width) as f64) as f32]);
        for (found, wanted) in found.zip(SPOKEN[phrase][branch]) {
            assert!((found - wanted).abs() < 2e-5, "phrase {phrase}, branch {branch}: {found} for {wanted}");
        }
    }
}

#[test]
fn what_a_phrase_attends_to_does_not_depend_on_who_asks_beside_it_nor_on_padding() {
    let device = Device::flex();
    let (network, features, mut texts, boxes) = scene(&device);
    let ask = |texts: &TextFeatures| {
        let index = vec![0; texts.phrases()];
        network.attention(&features, texts, boxes.clone(), &index).unwrap()
    };
    let both = ask(&texts);
    for phrase in 0..2 {
        let alone = ask(&chosen(&texts, &[phrase], &device));
        assert!(gap(&both.clone().narrow(0, phrase as usize, 1).into_data(), &alone.into_data()) < 1e-5);
    }
    for text in [&mut texts.sentence, &mut texts.object, &mut texts.position] {
        let unused = text.mask.clone().equal_elem(0.0).unsqueeze_dim::<3>(2).expand(text.hidden.dims());
        text.hidden = text.hidden.clone().mask_fill(unused, 7.0);
    }
    assert_eq!(floats(&ask(&texts).into_data()), floats(&both.into_data()));
}

#[test]
fn kept_features_give_bit_equal_answers() {
    let device = Device::flex();
    let (network, features, texts, boxes) = scene(&device);
    let kept = Features::from_data(features.to_data(Precision::Full).unwrap(), &device).unwrap();
    assert_eq!((kept.views(), kept.size()), (1, (160, 224)));
    let ask = |features| network.answer(features, &texts, boxes.clone(), &[0, 0]).unwrap();
    let (fresh, again, from_cache) = (ask(&features), ask(&features), ask(&kept));
    for other in [again, from_cache] {
        assert_eq!(floats(&fresh.logits.to_data()), floats(&other.logits.to_data()));
        assert_eq!(floats(&fresh.presence.to_data()), floats(&other.presence.to_data()));
    }
    // Half precision keeps eleven bits: the maps differ by at most one part in two thousand.
    let half = Features::from_data(features.to_data(Precision::Half).unwrap(), &device).unwrap();
    for (map, half) in features.maps().iter().zip(half.maps()) {
        let greatest: f32 = map.clone().abs().max().into_scalar();
        assert!(gap(&map.to_data(), &half.to_data()) <= greatest / 2048.0);
    }
}

#[test]
fn features_of_another_network_are_refused() {
    let device = Device::flex();
    let (_, features, ..) = scene(&device);
    let [a, b, c, d] = features.to_data(Precision::Full).unwrap();
    assert!(Features::from_data([b, a, c, d], &device).is_err());
}

#[test]
fn impossible_questions_are_refused_with_the_reason() {
    let device = Device::flex();
    let (network, features, texts, boxes) = scene(&device);
    let why = |index: &[usize], boxes: &Tensor<2>| {
        network.answer(&features, &texts, boxes.clone(), index).map(drop).unwrap_err().to_string()
    };
    assert!(why(&[0, 1], &boxes).contains("there is no view 1"));
    assert!(why(&[0], &boxes).contains("the sentence"));
    assert!(why(&[], &boxes).contains("there is no phrase"));
    assert!(why(&[0, 0], &Tensor::cat(vec![boxes.clone(), boxes.clone()], 0)).contains("the boxes"));
    let odd = network.encode(Tensor::zeros([1, 3, 100, 96], &device)).map(drop).unwrap_err();
    assert!(odd.to_string().contains("multiples of 32"));
    assert!(normalise(&[0; 11], 2, 2, &device).is_err());
}

#[test]
fn pixels_are_normalised_around_127() {
    let view = normalise(&[127, 0, 255, 63, 127, 191], 1, 2, &Device::flex()).unwrap();
    assert_eq!(view.dims(), [1, 3, 1, 2]);
    assert_eq!(floats(&view.into_data()), [0.0, -0.5, -127.0 / 128.0, 0.0, 1.0, 0.5]);
}

#[test]
fn a_file_that_is_not_this_network_is_refused_by_name() {
    let device = Device::flex();
    let other = LiteConfig { tmem_blocks: 3, ..LiteConfig::default() };
    let lacks = Lite::load(&weights(), &other, &device).map(drop).unwrap_err().to_string();
    assert!(lacks.contains("tmem.blocks.2") && lacks.contains("missing"), "{lacks}");
    let fewer = LiteConfig { tmem_blocks: 1, ..LiteConfig::default() };
    let unknown = Lite::load(&weights(), &fewer, &device).map(drop).unwrap_err().to_string();
    assert!(unknown.contains("tmem.blocks.1") && unknown.contains("belongs to no part"), "{unknown}");
    let wider = LiteConfig { decoder_width: 48, ..LiteConfig::default() };
    assert!(Lite::load(&weights(), &wider, &device).is_err());
    assert!(Lite::load(Path::new("no such file.safetensors"), &LiteConfig::default(), &device).is_err());
}

#[test]
fn gradients_reach_every_part_and_the_value_with_gradients_is_the_same() {
    let plain = Device::flex();
    let device = plain.clone().autodiff();
    let fixture = Fixture::read();
    let folded = network(&plain).folded();
    let tracked = network(&device).folded(); // folded, so that BatchNorm does not use this batch's statistics
    let view: Tensor<4> = fixture.tensor::<4>("view", &device).slice([0..1, 0..3, 0..32, 0..64]).require_grad();
    let ask = |network: &Lite, view: Tensor<4>, device: &Device| {
        let features = network.encode(view).unwrap();
        network.answer(&features, &fixture.texts(device), fixture.tensor("box", device), &[0, 0]).unwrap()
    };
    let answer = ask(&tracked, view.clone(), &device);
    let reference = ask(&folded, fixture.tensor::<4>("view", &plain).slice([0..1, 0..3, 0..32, 0..64]), &plain);
    assert!(gap(&answer.logits.to_data(), &reference.logits.to_data()) < 1.5e-5);
    let loss = answer.logits.powi_scalar(2).mean() + answer.presence.mean();
    let gradient: f32 = view.grad(&loss.backward()).unwrap().abs().max().into_scalar();
    assert!(gradient.is_finite() && gradient > 0.0, "{gradient}");
}
