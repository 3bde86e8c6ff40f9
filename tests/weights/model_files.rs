//! Model files of our own: the formula's weights, cards, hashes and descriptions.

use referent::model::config::{FiaNetConfig, NetworkConfig};
use referent::model::weights::card::{MetresPerPixel, Resolution};
use referent::model::weights::describe::{ParameterCounts, describe};
use referent::model::weights::schema::{self, Content};
use referent::model::weights::write::{Planned, write_model};
use referent::model::weights::{Card, ConfigHints, Dtype, ModelFile, Tensor};

use crate::synthetic;

#[test]
fn the_formula_gives_the_check_values_of_the_reference() {
    // reference/README.md, "fixtures/full".
    let schema = schema::fianet(&FiaNetConfig::base(12, 1));
    for (name, seed, bits) in [
        ("backbone.patch_embed.proj.weight", 0xad52_32ef_d311_577f, [0x3d70_f490, 0x3e14_c830, 0x3e67_b076]),
        (
            "backbone.layers.2.blocks.17.attn.relative_position_bias_table",
            0xa228_8a25_6fe9_77c2,
            [0xbedd_7aae, 0x3e13_b530, 0x3eff_9310],
        ),
        ("backbone.tmem.bn.running_var", 0xf825_0f65_29d8_c218, [0x3f69_fd4e, 0x3f2c_0bf8, 0x3f88_50f9]),
        (
            "backbone.layers.0.context_pixel_attn.image_lang_att.f_key.0.weight",
            0xdf68_2c41_50aa_3d12,
            [0x3e60_93ec, 0x3e55_5872, 0x3e4e_da52],
        ),
        (
            "text_encoder.encoder.layer.11.attention.output.dense.weight",
            0x4e20_0034_9600_cbe4,
            [0xbc5a_3208, 0x3a86_c920, 0x3ba5_1ea4],
        ),
        ("classifier.bn1_4.weight", 0x9585_49d7_d4cf_60a8, [0x3f47_5ffc, 0x3f46_159c, 0x3f40_1bb9]),
    ] {
        assert_eq!(synthetic::fnv1a(name), seed, "{name}");
        let param = schema.iter().find(|param| param.name == name).unwrap();
        let values = synthetic::values(name, &param.shape);
        assert_eq!([values[0], values[1], values[2]].map(f32::to_bits), bits, "{name}");
    }
}

#[test]
fn the_test_image_is_that_of_the_reference() {
    use sha2::{Digest, Sha256};
    let manifest = crate::json("full/manifest.json");
    let image = synthetic::test_image(480, 480, "input.image", 1);
    let first: Vec<f32> = serde_json::from_value(manifest["image"]["first8"].clone()).unwrap();
    assert_eq!(image[..8], first);
    let bytes: Vec<u8> = image.iter().flat_map(|value| value.to_le_bytes()).collect();
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, manifest["image"]["sha256_le_f32"].as_str().unwrap());
}

#[test]
fn a_model_file_gives_back_every_tensor_and_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    for case in ["w7_200x168", "w12_192x192", "edge_w7_97x131"] {
        let path = folder.path().join(case);
        let config = synthetic::tiny_config(case);
        let hash = synthetic::write(&config, &path);
        let model = ModelFile::open(&path).unwrap();
        assert_eq!(model.config(), &NetworkConfig::Fianet(config.clone()));
        assert_eq!((model.verify().unwrap(), model.card().unwrap().hash.clone()), (hash.clone(), hash));
        for param in schema::fianet(&config) {
            assert_eq!(model.tensor(&param.name).unwrap(), synthetic::tensor(&param), "{}", param.name);
            if param.content == Content::Parameter {
                let values = model.tensor_f32(&param.name).unwrap();
                assert_eq!(values, synthetic::values(&param.name, &param.shape));
            }
        }
        // Any reader of safetensors finds its way, and each tensor is aligned to its element.
        let bytes = std::fs::read(&path).unwrap();
        let read = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(read.len(), schema::fianet(&config).len());
        for (name, view) in read.tensors() {
            let offset = view.data().as_ptr() as usize - bytes.as_ptr() as usize;
            assert_eq!(offset % (view.dtype().bitsize() / 8), 0, "{name}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn the_tiny_cases_are_the_weights_of_the_official_files() {
    let archive =
        referent::model::weights::archive::Archive::open(&synthetic::fixture("official_layout/model_best_FIANet.pth"))
            .unwrap();
    // Ten steps of training later, what is never trained is as the formula made it.
    // Stage 3 has 26 such tensors, each other stage one, the embeddings five, each of the last two layers sixteen.
    let mut untrained = 0;
    for param in schema::fianet(&synthetic::tiny_config("edge_w7_97x131")) {
        if param.content == Content::Parameter && schema::role(&param.name) != schema::Role::Trained {
            let stored = archive.read(archive.entry(&param.name).unwrap()).unwrap();
            assert_eq!(stored, synthetic::tensor(&param), "{}", param.name);
            untrained += 1;
        }
    }
    assert_eq!(untrained, 26 + 3 + 5 + 2 * 16);
}

#[test]
fn a_changed_tensor_is_noticed_by_the_hash() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    synthetic::write(&synthetic::tiny_config("w7_200x168"), &path);
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let model = ModelFile::open(&path).unwrap();
    assert!(model.verify().unwrap_err().to_string().contains("the card says"));
    assert_eq!(describe(&model).unwrap().hash_agrees, Some(false));
    bytes[last - 1..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let error = ModelFile::open(&path).unwrap().verify().unwrap_err().to_string();
    assert!(error.contains("text_encoder.encoder.layer.1.output.LayerNorm.bias: it holds NaN"), "{error}");
}

#[test]
fn a_description_says_what_the_file_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let config = synthetic::tiny_config("edge_w7_97x131");
    let hash = synthetic::write(&config, &path);
    let description = describe(&ModelFile::open(&path).unwrap()).unwrap();
    assert_eq!(description.bytes, std::fs::metadata(&path).unwrap().len());
    assert_eq!((description.tensors, description.hash.as_str(), description.hash_agrees), (617, &*hash, Some(true)));
    assert_eq!(description.parameters, ParameterCounts::of(&schema::fianet(&config)));
    let text = description.to_string();
    for part in
        ["network       fianet", "depths 1-2-2-1", "window 7", "fusion heads  1-2-2-4", "TMEM blocks   2", &hash]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let json = serde_json::to_value(&description).unwrap();
    assert_eq!(json["config"]["network"], "fianet");
    assert_eq!(json["card"]["what"], "weights from a formula, for comparing implementations");
}

/// Writes a file of `lite` with zeros in it.
fn write_lite(path: &std::path::Path, card: &Card) {
    let plan: Vec<Planned> = schema::lite()
        .into_iter()
        .map(|param| {
            let dtype = if param.shape.len() > 1 { Dtype::F16 } else { Dtype::F32 };
            Planned { name: param.name, dtype, shape: param.shape }
        })
        .collect();
    write_model(path, card, &plan, |planned| {
        let count = planned.shape.iter().product::<usize>() * planned.dtype.size();
        Ok(Tensor::new(planned.dtype, planned.shape.clone(), vec![0; count]).unwrap())
    })
    .unwrap();
}

#[test]
fn a_card_travels_with_the_file_through_an_import() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("lite.safetensors"), folder.path().join("copy.safetensors"));
    let mut card = Card::new("lite start", NetworkConfig::Lite);
    card.metrics.insert("mIoU".into(), 0.439);
    let range = MetresPerPixel { min: 0.1, max: 2.0 };
    card.resolution = Some(Resolution { range, by_class: Default::default() });
    write_lite(&path, &card);
    let model = ModelFile::open(&path).unwrap();
    assert_eq!((model.config().kind(), model.params().len()), ("lite", 570));
    let read = model.card().unwrap().clone();
    assert_eq!(Card { hash: String::new(), ..read.clone() }, card);

    let options = referent::model::weights::ImportOptions { half: true, ..Default::default() };
    let imported = referent::model::weights::import(&path, &options).unwrap();
    let hash = imported.write(&copy, &imported.card().unwrap()).unwrap();
    assert_eq!(hash, read.hash);
    assert_eq!(ModelFile::open(&copy).unwrap().card(), Some(&read));
}

#[test]
fn a_file_without_a_card_opens_when_its_tensors_say_enough() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bare.safetensors");
    let config = synthetic::tiny_config("w7_200x168");
    let tensors: Vec<(String, Tensor)> =
        schema::fianet(&config).iter().map(|param| (param.name.clone(), synthetic::tensor(param))).collect();
    let views = tensors.iter().map(|(name, tensor)| {
        let dtype = if tensor.dtype().is_float() { safetensors::Dtype::F32 } else { safetensors::Dtype::I64 };
        (name, safetensors::tensor::TensorView::new(dtype, tensor.shape().to_vec(), tensor.data()).unwrap())
    });
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    assert!(ModelFile::open(&path).unwrap_err().to_string().contains("--config"));
    let hints = ConfigHints::parse(r#"{"bert": {"heads": 4}}"#).unwrap();
    let model = ModelFile::open_with(&path, &hints).unwrap();
    assert_eq!(model.config(), &NetworkConfig::Fianet(config));
    assert!(model.card().is_none());
    assert!(model.notices().iter().any(|notice| notice.contains("cross attentions")));
    assert_eq!(describe(&model).unwrap().hash_agrees, None);
}

#[test]
fn a_card_that_contradicts_the_tensors_is_refused_by_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let config = FiaNetConfig { text_length: 12, window: 12, ..synthetic::tiny_config("w7_200x168") };
    let card = Card::new("wrong", NetworkConfig::Fianet(config));
    let schema = schema::fianet(&synthetic::tiny_config("w7_200x168"));
    let plan: Vec<Planned> = schema
        .iter()
        .map(|param| Planned {
            name: param.name.clone(),
            dtype: if param.content.is_float() { Dtype::F32 } else { Dtype::I64 },
            shape: param.shape.clone(),
        })
        .collect();
    write_model(&path, &card, &plan, |planned| {
        Ok(synthetic::tensor(schema.iter().find(|param| param.name == planned.name).unwrap()))
    })
    .unwrap();
    let error = ModelFile::open(&path).unwrap_err().to_string();
    assert!(error.contains("window = 12"), "{error}");
}

#[test]
fn lite_takes_no_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lite.safetensors");
    write_lite(&path, &Card::new("lite", NetworkConfig::Lite));
    let hints = ConfigHints::parse(r#"{"embed": 96}"#).unwrap();
    assert!(ModelFile::open_with(&path, &hints).unwrap_err().to_string().contains("sizes are fixed"));
    let hints = ConfigHints::parse(r#"{"network": "lite"}"#).unwrap();
    assert!(ModelFile::open_with(&path, &hints).is_ok());
}

#[test]
fn writing_into_a_folder_that_is_not_there_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no/such/model.safetensors");
    let card = Card::new("x", NetworkConfig::Lite);
    let error = write_model(&path, &card, &[], |_| unreachable!("nothing is planned")).unwrap_err().to_string();
    assert!(error.contains("cannot write") && error.contains("make the folder first"), "{error}");
}
