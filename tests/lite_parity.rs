//! `lite` gives the prototype's values, part by part, and answers each phrase by itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::{DType, Device, Tensor, TensorData};
use referent::model::efficientnet::EfficientNetLite0;
use referent::model::lite::{Answer, Features, Lite, LiteConfig, Precision, Text, TextFeatures, normalise};
use referent::model::trace::{Recorder, Trace};
use safetensors::SafeTensors;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The weights that ship, or those a developer names in `REFERENT_LITE`.
fn weights() -> PathBuf {
    std::env::var_os("REFERENT_LITE").map_or_else(|| root().join("assets/models/lite.safetensors"), PathBuf::from)
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
