//! Weights go in and out of the network under the official names, and whatever does not fit is called by its name.

use std::collections::BTreeMap;

use crate::common::fixture::{self, Case};
use crate::common::synthetic;
use burn::store::{ModuleStore, PytorchStore};
use burn::tensor::Device;
use referent::model::config::FiaNetConfig;
use referent::model::fianet::{FiaNet, Regularisation};
use referent::model::load::{WeightMap, collect, load, parameters};
use referent::model::names::{FIANET, IGNORED};

fn tiny() -> (FiaNetConfig, WeightMap) {
    let config = Case::read("edge_w7_97x131").config;
    let weights = synthetic::weights(&config);
    (config, weights)
}

fn empty(config: &FiaNetConfig) -> FiaNet {
    FiaNet::new(config, Regularisation::default(), &Device::flex())
}

fn refusal(config: &FiaNetConfig, weights: &WeightMap) -> String {
    load(empty(config), weights, FIANET).expect_err("these weights do not fit").to_string()
}

#[test]
fn what_was_loaded_comes_out_bit_for_bit() {
    let (config, weights) = tiny();
    let network = load(empty(&config), &weights, FIANET).unwrap();
    assert!(collect(&network, FIANET) == weights);
}

#[test]
fn the_base_network_holds_the_853_official_entries_but_the_derived_ones() {
    #[derive(serde::Deserialize)]
    struct Entry {
        name: String,
        shape: Vec<usize>,
    }
    let entries: Vec<Entry> = serde_json::from_str(&fixture::text("reference/full/names_base_w12_tmem1.json")).unwrap();
    assert_eq!(entries.len(), 853);
    let derived = |name: &str| IGNORED.iter().any(|ignored| name.ends_with(ignored));
    let official: BTreeMap<_, _> =
        entries.into_iter().filter(|e| !derived(&e.name)).map(|e| (e.name, e.shape)).collect();
    let network = empty(&FiaNetConfig::base(12, 1));
    let ours: BTreeMap<_, _> = parameters(&network, FIANET).into_iter().map(|p| (p.name, p.shape)).collect();
    assert_eq!(ours, official);
    let statistics = |name: &str| name.ends_with("running_mean") || name.ends_with("running_var");
    let count: usize = ours.iter().filter(|(n, _)| !statistics(n)).map(|(_, s)| s.iter().product::<usize>()).sum();
    assert_eq!(count, 251_918_706);
}

#[test]
fn a_missing_array_is_called_by_its_official_name() {
    let (config, mut weights) = tiny();
    weights.remove("backbone.layers.1.context_pixel_attn.image_lang_att.f_query.0.weight");
    let text = refusal(&config, &weights);
    assert!(text.contains("backbone.layers.1.context_pixel_attn.image_lang_att.f_query.0.weight is missing"), "{text}");
}

#[test]
fn an_unknown_array_is_called_by_its_name_and_derived_tables_are_not() {
    let (config, mut weights) = tiny();
    for name in IGNORED {
        weights.insert(format!("backbone.layers.0.blocks.0.attn.{name}"), (vec![1], vec![0.0]));
    }
    assert!(load(empty(&config), &weights, FIANET).is_ok());
    weights.insert("text_encoder.pooler.dense.bias".to_owned(), (vec![1], vec![0.0]));
    let text = refusal(&config, &weights);
    assert!(text.contains("text_encoder.pooler.dense.bias belongs to no part of the network"), "{text}");
}

#[test]
fn another_shape_is_refused_with_both_shapes() {
    let (config, mut weights) = tiny();
    weights.insert("backbone.layers.0.fc2.weight".to_owned(), (vec![1, 8], vec![0.0; 8]));
    let text = refusal(&config, &weights);
    assert!(text.contains("backbone.layers.0.fc2.weight has shape [1, 8] where [8, 1] is needed"), "{text}");
}

#[test]
fn of_many_problems_the_first_are_named_and_the_rest_counted() {
    let (config, _) = tiny();
    let text = refusal(&config, &WeightMap::new());
    assert!(text.contains("backbone.patch_embed.proj.weight is missing") && text.contains("more"), "{text}");
    assert!(text.len() < 1200, "{text}");
}

#[test]
fn values_that_do_not_fill_their_shape_are_refused() {
    let (config, mut weights) = tiny();
    weights.insert("backbone.norm0.weight".to_owned(), (vec![8], vec![0.0; 7]));
    let text = refusal(&config, &weights);
    assert!(text.contains("backbone.norm0.weight"), "{text}");
}

#[test]
fn checkpoints_of_the_official_training_fill_the_network() {
    let (config, start) = tiny();
    for (file, prefix) in [("model_best_FIANet.pth", ""), ("model_last_FIANet_module_prefix.pth", "module.")] {
        let path = fixture::path(&format!("reference/official_layout/{file}"));
        let mut store = PytorchStore::from_file(path).with_top_level_key("model").map_indices_contiguous(false);
        let weights: WeightMap = store
            .get_all_tensors()
            .unwrap()
            .iter()
            .filter(|(name, _)| !IGNORED.iter().any(|ignored| name.ends_with(ignored)))
            .map(|(name, tensor)| {
                let data = burn::store::bridge::to_data(tensor).unwrap();
                let name = name.strip_prefix(prefix).unwrap().to_owned();
                (name, (data.shape().to_vec(), data.try_to_vec::<f32>().unwrap()))
            })
            .collect();
        assert!(weights.keys().eq(start.keys()));
        let network = load(empty(&config), &weights, FIANET).unwrap();
        assert!(collect(&network, FIANET) == weights);
    }
}
