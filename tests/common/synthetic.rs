//! Weights and pictures of any size from a formula, so that two implementations can be compared without a download.
//!
//! The formula is that of the reference material: a value depends on the tensor's name and the element's row-major
//! index only. Nothing is trained; the numbers keep activations at a sensible scale.

// Every test that compares networks uses another part of this.
#![allow(dead_code, clippy::expect_used)]

use std::path::{Path, PathBuf};

use referent::model::config::{BertConfig, FiaNetConfig, NetworkConfig};
use referent::model::load::WeightMap;
use referent::model::weights::bias_table::relative_position_index;
use referent::model::weights::schema::{self, Content, Param};
use referent::model::weights::write::{Planned, write_model};
use referent::model::weights::{Card, Dtype, Tensor};

/// A file of the reference fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reference").join(name)
}

/// FNV-1a, 64 bits.
pub fn fnv1a(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `count` values in [-1, 1), exact in f32: splitmix64 of the name and the index, its upper 24 bits.
pub fn unit(name: &str, count: usize) -> impl Iterator<Item = f32> + use<> {
    let seed = fnv1a(name);
    (1..=count as u64).map(move |index| {
        let mut z = seed.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 40) as f32 * (1.0 / 8_388_608.0) - 1.0
    })
}

/// Centre and half-width of a float tensor's values; the first rule that fits the name decides.
fn rule(name: &str, shape: &[usize]) -> (f32, f32) {
    if name.ends_with(".running_var") {
        return (1.0, 0.5);
    }
    if name.ends_with(".running_mean") {
        return (0.0, 0.25);
    }
    if name.ends_with(".relative_position_bias_table") {
        return (0.0, 0.5);
    }
    if name.ends_with(".bias") {
        return (0.0, 0.125);
    }
    if shape.len() == 1 {
        return (1.0, 0.25);
    }
    if name.contains("_embeddings.") {
        return (0.0, 0.125);
    }
    let fan_in: usize = shape[1..].iter().product();
    let gain = if name.ends_with(".attention.output.dense.weight") {
        0.25
    } else if name.ends_with(".f_key.0.weight") {
        4.0
    } else {
        1.0
    };
    (0.0, (gain * (3.0 / fan_in as f64).sqrt()) as f32)
}

/// The float tensor called `name`, row-major.
pub fn values(name: &str, shape: &[usize]) -> Vec<f32> {
    let (centre, width) = rule(name, shape);
    unit(name, shape.iter().product()).map(|r| centre + r * width).collect()
}

/// The tensor of an entry, integers included.
pub fn tensor(param: &Param) -> Tensor {
    let shape = param.shape.clone();
    let tensor = match param.content {
        Content::Parameter | Content::Statistic => Tensor::from_f32(shape, &values(&param.name, &param.shape)),
        Content::RelativeIndex => Tensor::from_i64(shape, &relative_position_index(param.shape[0].isqrt())),
        Content::BatchCount => Tensor::from_i64(shape, &[0]),
    };
    tensor.expect("the formula fills the shape")
}

/// Name and shape of every float tensor of `config`.
pub fn tensors(config: &FiaNetConfig) -> impl Iterator<Item = (String, Vec<usize>)> {
    let params = schema::fianet(config).into_iter().filter(|param| param.content.is_float());
    params.map(|param| (param.name, param.shape))
}

/// Every float tensor of `config`.
pub fn weights(config: &FiaNetConfig) -> WeightMap {
    tensors(config).map(|(name, shape)| (name.clone(), (shape.clone(), values(&name, &shape)))).collect()
}

/// Writes the model file of `config`, one tensor in memory at a time; gives its hash.
pub fn write(config: &FiaNetConfig, path: &Path) -> String {
    let config = NetworkConfig::Fianet(config.clone());
    let params = schema::of(&config);
    let plan: Vec<Planned> = params
        .iter()
        .map(|param| Planned {
            name: param.name.clone(),
            dtype: if param.content.is_float() { Dtype::F32 } else { Dtype::I64 },
            shape: param.shape.clone(),
        })
        .collect();
    let mut card = Card::new("synthetic", config);
    card.what = "weights from a formula, for comparing implementations".into();
    write_model(path, &card, &plan, |planned| {
        Ok(tensor(params.iter().find(|param| param.name == planned.name).expect("it was planned")))
    })
    .expect("the file can be written")
}

/// A normalised picture `[batch, 3, height, width]` with values in [-2, 2): blocks of 16 x 16 pixels plus noise.
pub fn test_image(height: usize, width: usize, name: &str, batch: usize) -> Vec<f32> {
    let (coarse_height, coarse_width) = (height.div_ceil(16), width.div_ceil(16));
    let coarse: Vec<f32> = unit(&format!("{name}.coarse"), batch * 3 * coarse_height * coarse_width).collect();
    let mut fine = unit(&format!("{name}.fine"), batch * 3 * height * width);
    let mut image = Vec::with_capacity(batch * 3 * height * width);
    for plane in 0..batch * 3 {
        for y in 0..height {
            for x in 0..width {
                let block = coarse[(plane * coarse_height + y / 16) * coarse_width + x / 16];
                image.push(block * 1.5 + fine.next().expect("one value a pixel") * 0.5);
            }
        }
    }
    image
}

/// The configuration of one of the tiny reference cases, from its manifest.
pub fn tiny_config(case: &str) -> FiaNetConfig {
    let text = std::fs::read_to_string(fixture(&format!("tiny/{case}/manifest.json"))).expect("the manifest is there");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("the manifest is JSON");
    let config = &manifest["config"];
    let size = |key: &str| config[key].as_u64().expect("a size") as usize;
    let four = |key: &str| -> [usize; 4] { serde_json::from_value(config[key].clone()).expect("four sizes") };
    FiaNetConfig {
        embed: size("embed_dim"),
        depths: four("depths"),
        heads: four("num_heads"),
        window: size("window"),
        tmem_blocks: size("num_tmem"),
        fusion_heads: four("mha"),
        bert: BertConfig {
            vocab: size("vocab"),
            width: size("bert_hidden"),
            layers: size("bert_layers"),
            heads: size("bert_heads"),
            inner: size("bert_intermediate"),
            positions: size("bert_positions"),
            types: size("bert_types"),
        },
        text_length: size("text_length"),
        // The cases have pictures of their own sizes; the network takes any.
        image_size: 480,
    }
}
