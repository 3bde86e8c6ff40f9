//! Pre-trained parts: a Swin classifier and a BERT of the old naming.

use std::collections::BTreeSet;

use referent::model::config::{BertConfig, NetworkConfig, SwinConfig};
use referent::model::weights::archive::Archive;
use referent::model::weights::bias_table::relative_position_index;
use referent::model::weights::schema::Content;
use referent::model::weights::{ConfigHints, ImportOptions, Imported, ModelFile, import};

use crate::{json, strings, synthetic};

fn swin(window: Option<usize>) -> Imported {
    let hints = ConfigHints { window, ..ConfigHints::default() };
    import(&synthetic::fixture("pretrained/swin_micro_window7_cls.pth"), &ImportOptions { hints, half: false }).unwrap()
}

fn set(names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    names.into_iter().collect()
}

#[test]
fn a_swin_classifier_gives_its_encoder_unchanged() {
    let imported = swin(None);
    let expected = &json("pretrained/expected.json")["window7"];
    let report = imported.report();
    assert_eq!(set(report.taken.clone()), set(strings(&expected["taken_unchanged"])));
    assert_eq!(set(report.ignored.clone()), set(strings(&expected["ignored"])));
    assert!(report.resized.is_empty() && report.derived.is_empty() && report.notices.is_empty());
    assert_eq!(
        imported.config(),
        &NetworkConfig::Swin(SwinConfig { embed: 8, depths: [1, 2, 2, 1], heads: [1, 2, 2, 4], window: 7 })
    );
    for param in imported.params() {
        let tensor = imported.tensor(&param.name).unwrap();
        if param.content == Content::Parameter {
            // The fixture's values are the formula's under the name with a prefix.
            assert_eq!(tensor.to_f32(), synthetic::values(&format!("swin.{}", param.name), &param.shape));
        } else {
            assert_eq!(tensor.to_i64(), relative_position_index(7));
        }
    }
}

#[test]
fn for_another_window_bias_tables_are_resized_and_indices_made_anew() {
    let imported = swin(Some(12));
    let expected = &json("pretrained/expected.json")["window12"];
    let report = imported.report();
    assert_eq!(set(report.taken.clone()), set(strings(&expected["taken_unchanged"])));
    assert_eq!(set(report.resized.clone()), set(strings(&expected["taken_resized"])));
    assert_eq!(set(report.ignored.clone()), set(strings(&expected["ignored"])));
    assert!(report.notices.iter().any(|notice| notice.contains("windows of 7")));

    let reference = Archive::open(&synthetic::fixture("pretrained/swin_expected_resized.safetensors")).unwrap();
    let mut largest = 0f32;
    for entry in reference.entries() {
        let name = entry.name().replace("window12.", "backbone.");
        let (ours, theirs) = (imported.tensor(&name).unwrap(), reference.read(entry).unwrap());
        assert_eq!(ours.shape(), theirs.shape());
        for (ours, theirs) in ours.to_f32().iter().zip(theirs.to_f32()) {
            largest = largest.max((ours - theirs).abs());
        }
    }
    // Both are f32 and 7e-7 from the exact result, most of it from rounding the position; what is left between them is
    // the order in which a compiler fuses products and sums: four units in the last place of values near 0.6.
    assert!(largest <= 2.5e-7, "{largest:e}");
    let index = imported.tensor("backbone.layers.2.blocks.1.attn.relative_position_index").unwrap();
    assert_eq!(index.to_i64(), relative_position_index(12));

    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("swin.safetensors");
    imported.write(&target, &imported.card().unwrap()).unwrap();
    let model = ModelFile::open(&target).unwrap();
    model.verify().unwrap();
    assert_eq!(model.config(), imported.config());
    let NetworkConfig::Swin(config) = model.config() else { panic!("a swin") };
    assert_eq!(config.window, 12);
}

#[test]
fn an_old_bert_gives_the_text_encoder_under_its_new_names() {
    let hints = ConfigHints::read(&synthetic::fixture("pretrained/bert_micro_config.json")).unwrap();
    let path = synthetic::fixture("pretrained/bert_micro_old_names.bin");
    let imported = import(&path, &ImportOptions { hints, half: false }).unwrap();
    let expected = &json("pretrained/expected.json")["bert"];
    let config = BertConfig { vocab: 128, width: 24, layers: 2, heads: 2, inner: 48, positions: 16, types: 2 };
    assert_eq!(imported.config(), &NetworkConfig::Bert(config));
    assert_eq!(set(imported.report().ignored.clone()), set(strings(&expected["ignored"])));
    let mapping = expected["mapping"].as_object().unwrap();
    assert_eq!(imported.params().len(), mapping.len());
    for (param, taken) in imported.params().iter().zip(&imported.report().taken) {
        assert_eq!(mapping[&param.name], *taken);
        let values = imported.tensor(&param.name).unwrap().to_f32();
        assert_eq!(values, synthetic::values(&format!("bertfile.{}", param.name), &param.shape), "{}", param.name);
    }
}

#[test]
fn the_bundled_text_encoder_is_a_bert_whose_heads_are_in_doubt() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/text/minilm_l6_f16.safetensors");
    let imported = import(&path, &ImportOptions::default()).unwrap();
    let NetworkConfig::Bert(config) = imported.config() else { panic!("a bert") };
    assert_eq!((config.vocab, config.width, config.layers, config.inner), (30522, 384, 6, 1536));
    assert!(imported.report().notices.iter().any(|notice| notice.contains("heads")));
}
