//! Ten steps of the official program: `tests/fixtures/reference/train`.

use std::collections::BTreeMap;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use referent::model::config::FiaNetConfig;
use referent::model::fianet::{FiaNet, Regularisation};
use referent::model::load::{WeightMap, collect, load, parameters};
use referent::model::names::FIANET;
use referent::model::trace::Trace;
use referent::train::fianet_learner::official_group;
use referent::train::loss::{self, Truth};
use referent::train::optimizer::AdamW;
use referent::train::schedule::Schedule;
use serde::Deserialize;

use crate::common::fixture::{self, Case, Tensors, largest_gap};
use crate::common::synthetic;

#[derive(Deserialize)]
struct Record {
    lr: f64,
    weight_decay: f64,
    total_iterations: u64,
    loss_f32: Vec<f64>,
    loss_f64: Vec<f64>,
    lr_used: Vec<f64>,
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
    class: String,
    group: Option<usize>,
    #[serde(default)]
    norm_f32: BTreeMap<u64, f64>,
    #[serde(default)]
    delta_f32: BTreeMap<u64, f64>,
}

fn distance(values: &[f32], from: Option<&[f32]>) -> f64 {
    let square = |(i, v): (usize, &f32)| (f64::from(*v) - from.map_or(0.0, |from| f64::from(from[i]))).powi(2);
    values.iter().enumerate().map(square).sum::<f64>().sqrt()
}

#[test]
fn ten_steps_of_fianet_are_those_of_the_official_program() {
    let device = Device::flex().autodiff();
    let config = FiaNetConfig { fusion_heads: [1; 4], ..Case::read("edge_w7_97x131").config };
    let mut network =
        load(FiaNet::new(&config, Regularisation::NONE, &device), &synthetic::weights(&config), FIANET).unwrap();
    let record: Record = serde_json::from_str(&fixture::text("reference/train/train.json")).unwrap();
    let batch = Tensors::read("reference/train/batch.safetensors");
    let statistics = Tensors::read("reference/train/gradients.safetensors");
    let image: Tensor<4> = batch.tensor("input.image", &device);
    let inside = batch.int::<3>("target", &device).float();
    let truth = Truth { inside, present: Tensor::ones([2], &device) };
    let sentence = batch.sentence(&device);
    let start: WeightMap = collect(&network, FIANET);
    let mut optimizer = AdamW::new(parameters(&network, FIANET), |parameter| {
        official_group(&parameter.name, record.lr, record.weight_decay)
    });

    let (mut worst_loss, mut worst_norm, mut worst_delta) = (0f64, 0f64, 0f64);
    let mut compared = 0;
    for (index, wanted) in record.loss_f32.iter().enumerate() {
        let step = index as u64;
        let logits = network.forward(image.clone(), &sentence, &Trace::off());
        let loss = loss::fianet(logits, &truth);
        let value = f64::from(loss.clone().into_scalar::<f32>());
        let gap = (value - record.loss_f64[index]).abs().min((value - wanted).abs());
        worst_loss = worst_loss.max(gap);
        assert!(
            gap <= if index == 0 { 1e-6 } else { 2e-3 },
            "the loss of step {} is {value}, should be {wanted}",
            index + 1
        );
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let factor = Schedule::FIANET.factor(step, index as f64 / record.total_iterations as f64);
        assert!((record.lr * factor - record.lr_used[index]).abs() < 1e-18);
        let (next, applied) = optimizer.step(network, gradients, 1.0, None, factor);
        assert!(applied.applied);
        network = next;

        let now = collect(&network, FIANET);
        if index == 0 {
            for name in
                statistics.names().filter(|name| name.ends_with("running_mean") || name.ends_with("running_var"))
            {
                let (_, found) = &now[name.strip_prefix("bn_after_1.").unwrap()];
                assert!(largest_gap(found, statistics.values(name)) <= 1e-5, "{name}");
            }
        }
        for parameter in &record.parameters {
            let name = parameter.name.as_str();
            let (_, values) = &now[name];
            let untouched = parameter.class == "no_gradient" || parameter.group.is_none();
            if untouched {
                assert!(values == &start[name].1, "{name} should stay as it is");
            }
            // README: the noise of the query bias's middle third, and of ReLUs that are off, is no measure.
            if parameter.class != "trained" || name.ends_with("attn.qkv.bias") {
                continue;
            }
            if let Some(&norm) = parameter.norm_f32.get(&(step + 1)) {
                let gap = (distance(values, None) - norm).abs() / norm.max(f64::MIN_POSITIVE);
                worst_norm = worst_norm.max(gap);
                compared += 1;
                assert!(gap <= 2e-4, "after step {} the norm of {name} is off by {gap:.1e}", step + 1);
            }
            if step < 3
                && !name.contains(".fc1.")
                && let Some(&delta) = parameter.delta_f32.get(&(step + 1))
            {
                let gap = (distance(values, Some(&start[name].1)) - delta).abs() / delta.max(f64::MIN_POSITIVE);
                worst_delta = worst_delta.max(gap);
                assert!(gap <= 2e-2, "after step {} {name} has moved another way, by {gap:.1e}", step + 1);
            }
        }
    }
    println!("losses are off by {worst_loss:.1e}, {compared} norms by {worst_norm:.1e}, ways by {worst_delta:.1e}");
    assert!(compared > 1000, "only {compared} norms were compared");
}
