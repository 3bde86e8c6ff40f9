//! Laws of the published network that need no reference: sizes, batches, what may not matter.

use crate::common::fixture::{Case, largest_gap};
use crate::common::synthetic;
use burn::tensor::{Device, Tensor};
use referent::model::fianet::{FiaNet, Masks, Regularisation, TextInput};
use referent::model::load::load;
use referent::model::names::FIANET;
use referent::model::trace::{Recorder, Trace};

fn network(case: &Case) -> FiaNet {
    let empty = FiaNet::new(&case.config, Regularisation::default(), &Device::flex());
    load(empty, &synthetic::weights(&case.config), FIANET).unwrap()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

#[test]
fn a_picture_of_any_size_gets_two_logits_for_each_pixel() {
    let (case, device) = (Case::read("w12_192x192"), Device::flex());
    let network = network(&case);
    let text = network.read(&case.inputs.sentence(&device), &Trace::off());
    for [h, w] in [[1, 1], [1, 70], [3, 5], [33, 4], [50, 49]] {
        let image = Tensor::<1>::from_floats(synthetic::test_image(h, w, "any", 1).as_slice(), &device);
        let logits = network.see(image.reshape([1, 3, h, w]), &text, &Trace::off());
        assert_eq!(logits.dims(), [1, 2, h, w]);
        assert!(values(logits).iter().all(|v| v.is_finite()), "{h} x {w}");
    }
}

#[test]
fn a_picture_gets_the_same_logits_alone_and_in_a_batch() {
    let (case, device) = (Case::read("edge_w7_97x131"), Device::flex());
    let network = network(&case);
    let (image, text) = (case.inputs.tensor::<4>("input.image", &device), case.inputs.sentence(&device));
    let together = network.forward(image.clone(), &text, &Trace::off());
    for sample in 0..3 {
        let text = TextInput {
            ids: text.ids.clone().narrow(0, sample, 1),
            context: text.context.clone().narrow(0, sample, 1),
            object: text.object.clone().narrow(0, sample, 1),
            position: text.position.clone().narrow(0, sample, 1),
        };
        let alone = network.forward(image.clone().narrow(0, sample, 1), &text, &Trace::off());
        let gap = largest_gap(&values(alone), &values(together.clone().narrow(0, sample, 1)));
        assert!(gap <= 5e-5, "sample {sample} differs by {gap:.2e}");
    }
}

#[test]
fn watching_the_network_changes_nothing() {
    // A trace also computes the branches of the last stage, which reach no logit.
    let (case, device) = (Case::read("w12_192x192"), Device::flex());
    let network = network(&case);
    let (image, text) = (case.inputs.tensor::<4>("input.image", &device), case.inputs.sentence(&device));
    let recorder = Recorder::new();
    let watched = network.forward(image.clone(), &text, &Trace::on(&recorder));
    assert!(values(watched) == values(network.forward(image, &text, &Trace::off())));
}

#[test]
fn a_sentence_that_does_not_fit_the_network_is_refused() {
    let (config, device) = (Case::read("w12_192x192").config.bert, Device::flex());
    let sentence = |ids: &[i64], mask: &[f32], batch: usize| {
        let masks = Masks { context: mask, object: mask, position: mask };
        TextInput::new(ids, masks, batch, &config, &device).map(|text| text.ids.dims())
    };
    assert_eq!(sentence(&[1, 2, 3, 1023], &[1.0, 1.0, 1.0, 0.0], 2).unwrap(), [2, 2]);
    for (ids, mask, batch, reason) in [
        (vec![1, 1024], vec![1.0; 2], 1, "token 1024 is not among the network's 1024 words"),
        (vec![1, -1], vec![1.0; 2], 1, "token -1"),
        (vec![1; 41], vec![1.0; 41], 1, "41 tokens and the network reads 40"),
        (vec![1; 5], vec![1.0; 5], 2, "5 tokens do not make 2 sentences"),
        (vec![], vec![], 0, "0 tokens"),
        (vec![1; 4], vec![1.0; 3], 1, "sentence mask"),
        (vec![1; 2], vec![1.0, 0.5], 1, "sentence mask"),
    ] {
        let text = sentence(&ids, &mask, batch).unwrap_err().to_string();
        assert!(text.contains(reason), "{text} should say {reason}");
    }
}
