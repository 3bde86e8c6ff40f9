//! Checkpoints as the official training program saves them.

use std::path::PathBuf;

use referent::model::config::NetworkConfig;
use referent::model::weights::archive::{Archive, Format};
use referent::model::weights::hash;
use referent::model::weights::hints::BertHints;
use referent::model::weights::pickle::Node;
use referent::model::weights::{ConfigHints, ImportOptions, ModelFile, import};

use crate::{json, strings, synthetic};

const BEST: &str = "official_layout/model_best_FIANet.pth";
const LAST: &str = "official_layout/model_last_FIANet_module_prefix.pth";

fn path(name: &str) -> PathBuf {
    synthetic::fixture(name)
}

/// The text encoder of the fixture is 24 wide, which does not tell its two heads.
fn two_heads() -> ImportOptions {
    let bert = BertHints { heads: Some(2), ..BertHints::default() };
    ImportOptions { hints: ConfigHints { bert, ..ConfigHints::default() }, half: false }
}

#[test]
fn every_tensor_is_read_as_torch_reads_it() {
    let expected = json("official_layout/expected.json");
    let best = Archive::open(&path(BEST)).unwrap();
    let last = Archive::open(&path(LAST)).unwrap();
    assert_eq!(best.format(), Format::TorchZip);
    let keys = expected["keys"].as_array().unwrap();
    assert_eq!((best.entries().len(), last.entries().len(), keys.len()), (617, 617, 617));
    for ((entry, prefixed), expected) in best.entries().iter().zip(last.entries()).zip(keys) {
        assert_eq!(entry.name(), expected["name"]);
        assert_eq!(serde_json::json!(entry.shape()), expected["shape"]);
        let tensor = best.read(entry).unwrap();
        let dtype = if tensor.dtype().is_float() { "float32" } else { "int64" };
        assert_eq!(dtype, expected["dtype"]);
        let values = tensor.to_f32();
        let first: Vec<f32> = serde_json::from_value(expected["first"].clone()).unwrap();
        assert_eq!(values[..first.len()], first, "{}", entry.name());
        let sum: f64 = values.iter().map(|value| f64::from(*value)).sum();
        let (wanted, scale) =
            (expected["sum_f64"].as_f64().unwrap(), values.iter().map(|v| v.abs() as f64).sum::<f64>());
        assert!((sum - wanted).abs() <= 1e-12 * (1.0 + scale), "{}: {sum} instead of {wanted}", entry.name());

        assert_eq!(prefixed.name(), format!("module.{}", entry.name()));
        assert_eq!(last.read(prefixed).unwrap(), tensor);
    }
}

#[test]
fn everything_beside_the_weights_is_plain_data() {
    let expected = json("official_layout/expected.json");
    let best = Archive::open(&path(BEST)).unwrap();
    let keys: Vec<_> = best.root().unwrap().entries().unwrap().iter().filter_map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, strings(&expected["top_level_keys"]));
    let facts = best.metadata();
    assert_eq!(facts["args"], expected["args"]);
    for key in ["base_lrs", "last_epoch", "_step_count", "_last_lr"] {
        assert_eq!(facts["lr_scheduler"][key], expected["lr_scheduler"][key], "{key}");
    }
    assert!(facts["epoch"].is_u64());
    assert!(facts["best_oIoU"].as_f64().unwrap() > 0.0, "{}", facts["best_oIoU"]);
    assert!(facts.get("model").is_none());

    let last = Archive::open(&path(LAST)).unwrap().metadata();
    assert_eq!(last["best_oIoU"], -0.1);
    assert_eq!(last["optimizer"]["state"], serde_json::json!({}));
}

#[test]
fn the_optimizer_state_is_there_to_go_on_training_from() {
    let expected = &json("official_layout/expected.json")["optimizer"];
    let best = Archive::open(&path(BEST)).unwrap();
    let optimizer = best.root().unwrap().get("optimizer").unwrap();
    let state = optimizer.get("state").unwrap().entries().unwrap();
    assert_eq!(state.len() as u64, expected["state_entries"].as_u64().unwrap());
    let (_, first) = state.iter().find(|(index, _)| index.as_i64() == Some(0)).unwrap();
    let moments = |key: &str| best.tensor_at(first.get(key).unwrap()).unwrap().unwrap().to_f32();
    for (key, wanted) in [("exp_avg", "exp_avg_first"), ("exp_avg_sq", "exp_avg_sq_first")] {
        let wanted: Vec<f32> = serde_json::from_value(expected["example"][wanted].clone()).unwrap();
        assert_eq!(moments(key)[..wanted.len()], wanted);
    }
    assert_eq!(moments("step"), [10.0]);
    let groups = optimizer.get("param_groups").unwrap().items().unwrap();
    assert_eq!(groups.len(), 4);
    let mut counted = 0;
    for (group, wanted) in groups.iter().zip(expected["groups"].as_array().unwrap()) {
        assert_eq!(group.get("lr").and_then(Node::as_f64), wanted["lr"].as_f64());
        assert_eq!(group.get("weight_decay").and_then(Node::as_f64), wanted["weight_decay"].as_f64());
        let count = group.get("params").unwrap().items().unwrap().len();
        assert_eq!(count, wanted["parameters"].as_array().unwrap().len());
        counted += count as u64;
    }
    assert_eq!(counted, expected["param_count"].as_u64().unwrap());
}

#[test]
fn both_files_import_to_the_same_model_with_the_configuration_of_its_tensors() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = synthetic::tiny_config("edge_w7_97x131");
    // The file was trained with one head a stage and says so in its arguments, where `mha` is empty.
    config.fusion_heads = [1; 4];
    let mut hashes = Vec::new();
    for (number, name) in [BEST, LAST].into_iter().enumerate() {
        let imported = import(&path(name), &two_heads()).unwrap();
        assert_eq!(imported.config(), &NetworkConfig::Fianet(config.clone()));
        assert!(imported.report().ignored.is_empty() && imported.report().derived.is_empty());
        // Its arguments are those of another network: one TMEM block instead of two.
        assert!(imported.report().notices.iter().any(|notice| notice.contains("TMEM")));
        let card = imported.card().unwrap();
        assert_eq!(card.trained_on, "RefSegRS");
        let target = folder.path().join(format!("{number}.safetensors"));
        hashes.push(imported.write(&target, &card).unwrap());

        let model = ModelFile::open(&target).unwrap();
        assert_eq!(model.config(), imported.config());
        assert_eq!(model.verify().unwrap(), hashes[number]);
        let origin = model.card().unwrap().source.clone().unwrap();
        assert_eq!(path(name).file_name().unwrap().to_str().unwrap(), origin.file);
        assert_eq!(hash::of_file(&path(name)).unwrap(), origin.sha256);
        let archive = Archive::open(&path(BEST)).unwrap();
        for entry in archive.entries() {
            assert_eq!(model.tensor(entry.name()).unwrap(), archive.read(entry).unwrap(), "{}", entry.name());
        }
    }
    assert_eq!(hashes[0], hashes[1]);
}

#[test]
fn an_import_says_what_it_needs_to_be_told() {
    let error = import(&path(BEST), &ImportOptions::default()).unwrap_err().to_string();
    assert!(error.contains("attention heads") && error.contains("--config"), "{error}");
}

#[test]
fn a_configuration_that_contradicts_the_file_is_refused_by_field() {
    for (hints, field) in [
        (r#"{"embed": 16}"#, "embed = 16"),
        (r#"{"depths": [1, 2, 2, 2]}"#, "depths = [1, 2, 2, 2]"),
        (r#"{"window": 12}"#, "window = 12"),
        (r#"{"tmem_blocks": 1}"#, "tmem_blocks = 1"),
        (r#"{"fusion_heads": [1, 2, 2, 4]}"#, "fusion_heads = [1, 2, 2, 4]"),
        (r#"{"bert": {"layers": 2}}"#, "bert.layers = 2"),
        (r#"{"network": "lite"}"#, r#"network = "lite""#),
    ] {
        let mut hints = ConfigHints::parse(hints).unwrap();
        hints.bert.heads = Some(2);
        let error = import(&path(BEST), &ImportOptions { hints, half: false }).unwrap_err().to_string();
        assert!(error.contains(field), "{error}");
    }
    let hints = ConfigHints::parse(r#"{"bert": {"heads": 5}}"#).unwrap();
    let error = import(&path(BEST), &ImportOptions { hints, half: false }).unwrap_err().to_string();
    assert!(error.contains("bert.heads = 5"), "{error}");
}
