//! In training the network does what the official program does: logits, statistics, gradients, and what gets none.

use std::collections::BTreeMap;

use crate::common::fixture::{self, Case, Tensors, largest_gap};
use crate::common::synthetic;
use burn::module::{Module, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor};
use referent::model::config::FiaNetConfig;
use referent::model::fianet::{FiaNet, Regularisation};
use referent::model::load::{collect, load, parameters};
use referent::model::names::FIANET;
use referent::model::trace::Trace;

fn network(regularisation: Regularisation, device: &Device) -> (FiaNet, FiaNetConfig) {
    let config = FiaNetConfig { fusion_heads: [1; 4], ..Case::read("edge_w7_97x131").config };
    let empty = FiaNet::new(&config, regularisation, device);
    (load(empty, &synthetic::weights(&config), FIANET).unwrap(), config)
}

/// Class-weighted cross entropy and Dice, 0.9 to 0.1 (FIANET.md section 11), of logits `[B, 2, H, W]`.
fn loss(logits: Tensor<4>, target: Tensor<3, Int>) -> Tensor<1> {
    let [b, _, h, w] = logits.dims();
    let logs = log_softmax(logits, 1);
    let foreground = target.float().reshape([b, 1, h, w]);
    let truth = Tensor::cat(vec![-foreground.clone() + 1.0, foreground.clone()], 1); // [B, 2, H, W]
    let weight = foreground * 0.2 + 0.9; // [B, 1, H, W]
    let entropy = -(logs.clone() * truth.clone() * weight.clone()).sum() / weight.sum();
    let chance = logs.exp();
    let sum = |x: Tensor<4>| x.sum_dim(2).sum_dim(3); // [B, 2, 1, 1]
    let overlap = (sum(chance.clone() * truth.clone()) * 2.0 + 1e-6) / (sum(chance) + sum(truth) + 1e-6);
    entropy * 0.9 + (-overlap + 1.0).sum() * 0.1
}

#[derive(serde::Deserialize)]
struct Record {
    loss_f64: Vec<f64>,
    parameters: Vec<Parameter>,
}

#[derive(serde::Deserialize)]
struct Parameter {
    name: String,
    shape: Vec<usize>,
    class: String,
    #[serde(default)]
    grad: Option<Gradient>,
}

#[derive(serde::Deserialize)]
struct Gradient {
    l2_f64: f64,
    max_abs: f64,
}

#[test]
fn a_training_pass_gives_the_official_logits_statistics_and_gradients() {
    let device = Device::flex().autodiff();
    let (network, _) = network(Regularisation::NONE, &device);
    let batch = Tensors::read("reference/train/batch.safetensors");
    let expected = Tensors::read("reference/train/gradients.safetensors");
    let record: Record = serde_json::from_str(&fixture::text("reference/train/train.json")).unwrap();

    let image = batch.tensor("input.image", &device);
    let logits = network.forward(image, &batch.sentence(&device), &Trace::off());
    let found: Vec<f32> = logits.clone().into_data().try_to_vec().unwrap();
    let gap = largest_gap(&found, expected.values("logits"));
    println!("logits are off by {gap:.2e}");
    assert!(gap <= 5e-5, "logits are off by {gap:.2e}");

    let mut worst: f64 = 0.0;
    let after = collect(&network, FIANET);
    for name in expected.names().filter(|name| name.ends_with("running_mean") || name.ends_with("running_var")) {
        let (_, found) = &after[name.strip_prefix("bn_after_1.").unwrap()];
        let gap = largest_gap(found, expected.values(name));
        worst = worst.max(gap);
        assert!(gap <= 1e-5, "{name} is off by {gap:.2e}");
    }
    println!("BatchNorm statistics are off by {worst:.2e}");

    let loss = loss(logits, batch.int("target", &device));
    let value = f64::from(loss.clone().into_scalar::<f32>());
    assert!((value - record.loss_f64[0]).abs() <= 1e-6, "the loss is {value}, should be {}", record.loss_f64[0]);
    let gradients = GradientsParams::from_grads(loss.backward(), &network);
    let ids: BTreeMap<_, _> = parameters(&network, FIANET).into_iter().map(|p| (p.name, p.id)).collect();
    let (mut full, mut norms) = (0, 0);
    for parameter in &record.parameters {
        let name = &parameter.name;
        let id = ids[name];
        let found = gradient(&gradients, id, parameter);
        if parameter.class == "no_gradient" {
            assert!(found.is_none_or(|g| g.iter().all(|v| *v == 0.0)), "{name} should have no gradient");
            continue;
        }
        let (found, wanted) =
            (found.unwrap_or_else(|| panic!("{name} has no gradient")), parameter.grad.as_ref().unwrap());
        if parameter.class == "zero_gradient_noise" {
            continue;
        }
        let l2 = found.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        assert!((l2 - wanted.l2_f64).abs() <= 5e-4 * wanted.l2_f64, "{name}: norm {l2}, should be {}", wanted.l2_f64);
        norms += 1;
        let recorded = format!("grad.{name}");
        if expected.has(&recorded) {
            let gap = largest_gap(&found, expected.values(&recorded));
            assert!(gap <= 5e-4 * wanted.max_abs, "the gradient of {name} is off by {gap:.2e}");
            full += 1;
        }
    }
    println!("{full} gradients agree in full and {norms} in their norm");
    assert!(full >= 20 && norms == 444, "{full} and {norms} were compared");
}

/// A gradient in the layout of the checkpoint. Linear maps, and convolutions of kernel 1, are held the other way round here.
fn gradient(gradients: &GradientsParams, id: ParamId, parameter: &Parameter) -> Option<Vec<f32>> {
    let table = parameter.name.ends_with("_table") || parameter.name.contains("_embeddings.");
    let data = match parameter.shape.as_slice() {
        [_] => gradients.get::<1>(id)?.into_data(),
        [_, _] if table => gradients.get::<2>(id)?.into_data(),
        [_, _, kernel @ ..] if kernel.iter().all(|side| *side == 1) => gradients.get::<2>(id)?.transpose().into_data(),
        _ => gradients.get::<4>(id)?.into_data(),
    };
    data.try_to_vec().ok()
}

#[test]
fn training_leaves_out_at_random_and_answering_does_not() {
    let batch = Tensors::read("reference/train/batch.safetensors");
    let logits = |network: &FiaNet, device: &Device| -> Vec<f32> {
        let image = batch.tensor("input.image", device);
        network.forward(image, &batch.sentence(device), &Trace::off()).into_data().try_to_vec().unwrap()
    };
    let device = Device::flex().autodiff();
    let (training, _) = network(Regularisation::default(), &device);
    assert!(largest_gap(&logits(&training, &device), &logits(&training, &device)) > 1e-2);
    let (answering, device) = (training.valid(), Device::flex());
    assert!(logits(&answering, &device) == logits(&answering, &device));
}

#[test]
fn the_three_readings_of_a_sentence_draw_their_dropout_apart() {
    let device = Device::flex().autodiff();
    let (training, _) = network(Regularisation { drop_path: 0.0, text_dropout: 0.1 }, &device);
    let batch = Tensors::read("reference/train/batch.safetensors");
    let mut text = batch.sentence(&device);
    (text.object, text.position) = (text.context.clone(), text.context.clone());
    let views = training.read(&text, &Trace::off());
    let gap = (views.context.features - views.object.features).abs().max().into_scalar::<f32>();
    assert!(gap > 1e-2, "{gap}");
}

#[test]
fn a_frozen_network_answers_alike_on_a_training_device() {
    let device = Device::flex().autodiff();
    let (training, _) = network(Regularisation::default(), &device);
    let batch = Tensors::read("reference/train/batch.safetensors");
    let pass = |network: &FiaNet, device: &Device| -> Vec<f32> {
        let image = batch.tensor("input.image", device);
        network.forward(image, &batch.sentence(device), &Trace::off()).into_data().try_to_vec().unwrap()
    };
    let plain = pass(&training.valid(), &Device::flex());
    let gap = largest_gap(&pass(&training.freeze(), &device), &plain);
    assert!(gap <= 5e-5, "{gap:.2e}");
}
