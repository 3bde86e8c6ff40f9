//! Checkpoints whose tensors are not those of the network.

use std::collections::BTreeMap;

use referent::model::config::{BertConfig, FiaNetConfig, NetworkConfig};
use referent::model::weights::hints::BertHints;
use referent::model::weights::schema;
use referent::model::weights::{ConfigHints, ImportOptions, Imported, Tensor, import};

use crate::synthetic;

/// The smallest network of the right form.
fn config() -> FiaNetConfig {
    let bert = BertConfig { vocab: 32, width: 16, layers: 1, heads: 2, inner: 32, positions: 24, types: 2 };
    FiaNetConfig {
        embed: 8,
        depths: [1; 4],
        heads: [1, 2, 2, 4],
        window: 2,
        tmem_blocks: 1,
        fusion_heads: [1; 4],
        bert,
        text_length: 20,
        image_size: 480,
    }
}

type Tensors = BTreeMap<String, Tensor>;

fn import_changed(change: impl FnOnce(&mut Tensors), half: bool) -> Result<(Imported, tempfile::TempDir), String> {
    let mut tensors: Tensors = schema::of(&NetworkConfig::Fianet(config()))
        .into_iter()
        .map(|param| (param.name.clone(), synthetic::tensor(&param)))
        .collect();
    change(&mut tensors);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.safetensors");
    let views = tensors.iter().map(|(name, tensor)| {
        let dtype = if tensor.dtype().is_float() { safetensors::Dtype::F32 } else { safetensors::Dtype::I64 };
        (name, safetensors::tensor::TensorView::new(dtype, tensor.shape().to_vec(), tensor.data()).unwrap())
    });
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    let hints = ConfigHints { bert: BertHints { heads: Some(2), ..BertHints::default() }, ..ConfigHints::default() };
    let imported = import(&path, &ImportOptions { hints, half }).map_err(|error| error.to_string())?;
    Ok((imported, folder))
}

/// Imports and reads everything.
fn refused(change: impl FnOnce(&mut Tensors)) -> String {
    match import_changed(change, false) {
        Err(error) => error,
        Ok((imported, folder)) => {
            let target = folder.path().join("out.safetensors");
            let error = imported.write(&target, &imported.card().unwrap()).unwrap_err().to_string();
            assert!(!target.exists());
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
            error
        }
    }
}

fn zeros(shape: &[usize]) -> Tensor {
    Tensor::from_f32(shape.to_vec(), &vec![0.0; shape.iter().product()]).unwrap()
}

#[test]
fn missing_and_unknown_tensors_are_named() {
    let error = refused(|tensors| {
        tensors.remove("classifier.conv2_3.weight").unwrap();
        tensors.remove("backbone.norm2.bias").unwrap();
        tensors.insert("classifier.conv3_3.weight".into(), zeros(&[2]));
    });
    assert!(error.contains("2 are missing: backbone.norm2.bias, classifier.conv2_3.weight"), "{error}");
    assert!(error.contains("1 is not part of the network: classifier.conv3_3.weight"), "{error}");
}

#[test]
fn long_lists_of_names_are_cut_and_counted() {
    let error = refused(|tensors| (0..500).for_each(|n| drop(tensors.insert(format!("extra.{n}"), zeros(&[1])))));
    assert!(error.contains("500 are not part of the network: extra.0,") && error.contains("and 492 more"), "{error}");
    assert!(error.len() < 700, "{error}");
}

#[test]
fn a_wrong_shape_is_named_with_the_right_one() {
    let name = "backbone.tmem.fusion.2.global_act.weight";
    let error = refused(|tensors| drop(tensors.insert(name.into(), zeros(&[32, 32]))));
    assert!(error.contains(name) && error.contains("[32, 32]") && error.contains("[32, 32, 1, 1]"), "{error}");
    let name = "backbone.layers.1.blocks.0.attn.relative_position_bias_table";
    let error = refused(|tensors| drop(tensors.insert(name.into(), zeros(&[10, 2]))));
    assert!(error.contains(name) && error.contains("10 rows"), "{error}");
}

#[test]
fn integers_where_floats_belong_are_refused() {
    let name = "backbone.norm0.weight";
    let error = refused(|tensors| drop(tensors.insert(name.into(), Tensor::from_i64(vec![8], &[1; 8]).unwrap())));
    assert!(error.contains("wrong kind of number: backbone.norm0.weight holds I64"), "{error}");
}

#[test]
fn values_that_no_working_network_has_are_refused() {
    let with = |name: &'static str, value: f32| {
        refused(move |tensors| {
            let shape = tensors[name].shape().to_vec();
            let mut values = tensors[name].to_f32();
            values[3] = value;
            tensors.insert(name.into(), Tensor::from_f32(shape, &values).unwrap());
        })
    };
    for (name, value, why) in [
        ("backbone.norm0.weight", f32::NAN, "NaN"),
        ("classifier.conv1_4.weight", f32::INFINITY, "inf"),
        ("backbone.tmem.bn.running_var", -0.5, "variance"),
    ] {
        let error = with(name, value);
        assert!(error.contains(name) && error.contains(why), "{error}");
    }
}

#[test]
fn an_index_that_does_not_follow_from_the_window_is_refused() {
    let name = "backbone.layers.0.blocks.0.attn.relative_position_index";
    let error = refused(|tensors| drop(tensors.insert(name.into(), Tensor::from_i64(vec![4, 4], &[4; 16]).unwrap())));
    assert!(error.contains(name) && error.contains("index of its window"), "{error}");
}

#[test]
fn what_old_programs_save_besides_is_ignored_and_what_they_lack_is_made() {
    let (imported, folder) = import_changed(
        |tensors| {
            tensors
                .insert("text_encoder.embeddings.position_ids".into(), Tensor::from_i64(vec![1, 2], &[0, 1]).unwrap());
            tensors.insert("text_encoder.pooler.dense.weight".into(), zeros(&[16, 16]));
            tensors.retain(|name, _| !name.ends_with("num_batches_tracked") && !name.ends_with("position_index"));
        },
        false,
    )
    .unwrap();
    let report = imported.report();
    assert_eq!(report.ignored, ["text_encoder.embeddings.position_ids", "text_encoder.pooler.dense.weight"]);
    // Four blocks, and nineteen BatchNorms: one in TMEM, twelve in its gates, six in the decoder.
    assert_eq!(report.derived.len(), 4 + 19);
    let target = folder.path().join("out.safetensors");
    imported.write(&target, &imported.card().unwrap()).unwrap();
    let model = referent::model::weights::ModelFile::open(&target).unwrap();
    let param = &schema::fianet(&config())[5..8];
    for param in param {
        assert_eq!(model.tensor(&param.name).unwrap(), synthetic::tensor(param), "{}", param.name);
    }
}

#[test]
fn half_size_keeps_one_axis_exact_and_rounds_the_rest() {
    let (imported, folder) = import_changed(|_| {}, true).unwrap();
    let target = folder.path().join("half.safetensors");
    imported.write(&target, &imported.card().unwrap()).unwrap();
    let model = referent::model::weights::ModelFile::open(&target).unwrap();
    for param in schema::fianet(&config()) {
        let (exact, stored) = (synthetic::tensor(&param), model.tensor(&param.name).unwrap());
        if param.shape.len() < 2 || !param.content.is_float() {
            assert_eq!(exact, stored, "{}", param.name);
        } else {
            // Half an unit in the last place of eleven bits.
            let near = |a: f32, b: f32| (a - b).abs() <= a.abs() * 2f32.powi(-11) + 2f32.powi(-25);
            assert!(exact.to_f32().iter().zip(stored.to_f32()).all(|(a, b)| near(*a, b)), "{}", param.name);
        }
    }
    let large = |tensors: &mut Tensors| {
        let shape = tensors["classifier.conv1_1.weight"].shape().to_vec();
        tensors.insert("classifier.conv1_1.weight".into(), Tensor::from_f32(shape, &[70000.0; 64]).unwrap());
    };
    let (imported, _folder) = import_changed(large, true).unwrap();
    let error = imported.tensor("classifier.conv1_1.weight").unwrap_err().to_string();
    assert!(error.contains("too large for 16 bits"), "{error}");
}
