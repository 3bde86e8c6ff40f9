//! How fast `lite` trains on this machine: `cargo test --test training -- --ignored --nocapture speed`.

use std::time::Instant;

use burn::optim::GradientsParams;
use burn::tensor::Device;
use referent::model::load::parameters;
use referent::model::names::LITE;
use referent::train::batch::{Batch, BatchSource, Example};
use referent::train::freeze::Freeze;
use referent::train::learner::Learner;
use referent::train::optimizer::AdamW;
use referent::train::recipe::{Budget, Recipe};

use super::runs::{Squares, learner, lite};

/// Processor seconds of this process (Linux).
fn processor_seconds() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() * 1e-9
}

/// Six pictures of 320 x 320, four phrases each.
fn batch(step: u64) -> Batch {
    let mut batch = Squares { side: 320, pictures: 6 }.batch(step).unwrap();
    let again: Vec<Example> = batch.phrases.clone();
    batch.phrases.extend(again);
    batch
}

#[test]
#[ignore = "a measurement, not a check"]
fn speed_of_a_step() {
    let device = Device::flex().autodiff();
    for freeze in [Freeze::Nothing, Freeze::Encoder] {
        let recipe = Recipe { freeze, ..Recipe::lite(Budget::Steps(10)) };
        let mut network = lite(&device);
        let mut learner = learner(&network, &recipe);
        let mut optimizer = AdamW::new(parameters(&network, LITE), |parameter| learner.group(parameter));
        for step in 0..4 {
            let batch = batch(step);
            let (start, used) = (Instant::now(), processor_seconds());
            let mut last = start;
            let mut lap = || {
                let lap = last.elapsed().as_secs_f64();
                last = Instant::now();
                lap
            };
            let pass = learner.pass(&network, &batch, &device).unwrap();
            let forward = lap();
            let gradients = GradientsParams::from_grads(pass.loss.backward(), &network);
            let backward = lap();
            network = optimizer.step(network, gradients, 1.0, recipe.clip, 1.0).0;
            let update = lap();
            let wall = start.elapsed().as_secs_f64();
            println!(
                "{freeze:?}: {wall:.2} s ({:.2} phrases/s), {:.2} s of processor; forward {forward:.2}, backward {backward:.2}, update {update:.2}",
                batch.phrases.len() as f64 / wall,
                processor_seconds() - used
            );
        }
    }
}
