//! Fixtures: their files, their manifests, and comparison with what the network computed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use referent::model::config::{BertConfig, FiaNetConfig};
use referent::model::fianet::TextInput;
use safetensors::SafeTensors;
use serde::Deserialize;

/// A file under `tests/fixtures`.
pub fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(relative)
}

/// The whole of a file, as text.
pub fn text(relative: &str) -> String {
    std::fs::read_to_string(path(relative)).unwrap_or_else(|e| panic!("{relative}: {e}"))
}

/// The tensors of a safetensors fixture, floats as they are and integers as floats.
pub struct Tensors(BTreeMap<String, (Vec<usize>, Vec<f32>)>);

impl Tensors {
    /// Reads `relative` to `tests/fixtures`.
    pub fn read(relative: &str) -> Self {
        let bytes = std::fs::read(path(relative)).unwrap_or_else(|e| panic!("{relative}: {e}"));
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.iter().map(|(name, view)| {
            let data = view.data();
            let values = match view.dtype() {
                safetensors::Dtype::F32 => data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
                safetensors::Dtype::I64 => {
                    data.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b) as f32).collect()
                }
                safetensors::Dtype::I32 => {
                    data.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b) as f32).collect()
                }
                safetensors::Dtype::U8 => data.iter().map(|b| f32::from(*b)).collect(),
                other => panic!("{name} is of type {other:?}"),
            };
            (name.to_owned(), (view.shape().to_vec(), values))
        });
        Self(tensors.collect())
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The values of a tensor in rows.
    pub fn values(&self, name: &str) -> &[f32] {
        &self.entry(name).1
    }

    /// The shape of a tensor.
    pub fn shape(&self, name: &str) -> &[usize] {
        &self.entry(name).0
    }

    fn entry(&self, name: &str) -> &(Vec<usize>, Vec<f32>) {
        self.0.get(name).unwrap_or_else(|| panic!("the fixture has no {name}"))
    }

    /// A tensor on a device.
    pub fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let (shape, values) = self.entry(name);
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), (device, DType::F32))
    }

    /// A tensor of integers on a device.
    pub fn int<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D, Int> {
        let (shape, values) = self.entry(name);
        let values: Vec<i64> = values.iter().map(|v| *v as i64).collect();
        Tensor::from_data(TensorData::new(values, shape.clone()), device)
    }

    /// The sentence and its three masks.
    pub fn sentence(&self, device: &Device) -> TextInput {
        TextInput {
            ids: self.int("input.ids", device),
            context: self.tensor("input.l_mask", device),
            object: self.tensor("input.t_mask", device),
            position: self.tensor("input.p_mask", device),
        }
    }
}

/// What a manifest says of one tensor.
#[derive(Debug, Deserialize)]
pub struct Row {
    pub name: String,
    pub max_abs: f64,
    #[serde(rename = "f32_f64_max_diff")]
    pub floor: f64,
    #[serde(default)]
    pub same_as: Option<String>,
}

impl Row {
    /// How far a correct single-precision program may be off: four times the reference's own rounding, and never less than
    /// 1e-5 of the largest value.
    pub fn tolerance(&self) -> f64 {
        if self.name == "logits" { 5e-5 } else { (4.0 * self.floor).max(1e-5 * self.max_abs) }
    }
}

/// A tiny case: configuration, inputs, every intermediate.
pub struct Case {
    pub config: FiaNetConfig,
    pub inputs: Tensors,
    pub expected: Tensors,
    pub rows: Vec<Row>,
}

impl Case {
    /// Reads a folder of `tests/fixtures/reference/tiny`.
    pub fn read(name: &str) -> Self {
        #[derive(Deserialize)]
        struct Manifest {
            config: Sizes,
            tensors: Vec<Row>,
            image_hw: [usize; 2],
        }
        let folder = format!("reference/tiny/{name}");
        let manifest: Manifest = serde_json::from_str(&text(&format!("{folder}/manifest.json"))).unwrap();
        Self {
            config: manifest.config.into_config(manifest.image_hw[0]),
            inputs: Tensors::read(&format!("{folder}/inputs.safetensors")),
            expected: Tensors::read(&format!("{folder}/intermediates.safetensors")),
            rows: manifest.tensors,
        }
    }

    /// The recorded value of a tensor, through the name it is stored under.
    pub fn value<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        self.expected.tensor(self.stored(name), device)
    }

    /// Its values.
    pub fn values(&self, name: &str) -> &[f32] {
        self.expected.values(self.stored(name))
    }

    fn stored<'a>(&'a self, name: &'a str) -> &'a str {
        self.row(name).same_as.as_deref().unwrap_or(name)
    }

    /// What the manifest says of a tensor.
    pub fn row(&self, name: &str) -> &Row {
        self.rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("the manifest has no {name}"))
    }

    /// Panics unless `found` is the recorded tensor within its tolerance.
    pub fn check<const D: usize>(&self, name: &str, found: Tensor<D>) {
        self.check_values(name, &found.into_data().try_to_vec::<f32>().unwrap());
    }

    /// The same for values in rows.
    pub fn check_values(&self, name: &str, found: &[f32]) {
        let (gap, tolerance) = (largest_gap(found, self.values(name)), self.row(name).tolerance());
        assert!(gap <= tolerance, "{name} is off by {gap:.2e}, allowed are {tolerance:.2e}");
    }
}

/// The sizes as the reference manifests call them.
#[derive(Debug, Deserialize)]
struct Sizes {
    embed_dim: usize,
    depths: [usize; 4],
    num_heads: [usize; 4],
    window: usize,
    num_tmem: usize,
    mha: [usize; 4],
    vocab: usize,
    bert_hidden: usize,
    bert_layers: usize,
    bert_heads: usize,
    bert_intermediate: usize,
    bert_positions: usize,
    bert_types: usize,
    text_length: usize,
}

impl Sizes {
    fn into_config(self, image_size: usize) -> FiaNetConfig {
        FiaNetConfig {
            embed: self.embed_dim,
            depths: self.depths,
            heads: self.num_heads,
            window: self.window,
            tmem_blocks: self.num_tmem,
            fusion_heads: self.mha,
            bert: BertConfig {
                vocab: self.vocab,
                width: self.bert_hidden,
                layers: self.bert_layers,
                heads: self.bert_heads,
                inner: self.bert_intermediate,
                positions: self.bert_positions,
                types: self.bert_types,
            },
            text_length: self.text_length,
            image_size,
        }
    }
}

/// The largest absolute difference; infinite where a number is missing or not finite.
pub fn largest_gap(found: &[f32], expected: &[f32]) -> f64 {
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    let gap = |(a, b): (&f32, &f32)| {
        let gap = (f64::from(*a) - f64::from(*b)).abs();
        if gap.is_nan() { f64::INFINITY } else { gap }
    };
    found.iter().zip(expected).map(gap).fold(0.0, f64::max)
}
