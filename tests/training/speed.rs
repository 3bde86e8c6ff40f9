//! How fast `lite` trains on this machine: `cargo test --test training -- --ignored --nocapture speed`.

use std::time::Instant;

use burn::optim::GradientsParams;
use burn::tensor::Device;
use referent::job::Job;
use referent::model::config::NetworkConfig;
use referent::model::lite::Lite;
use referent::model::load::parameters;
use referent::model::names::LITE;
use referent::model::weights::Card;
use referent::text::describe::Wanted;
use referent::train::batch::{Batch, BatchSource, Example};
use referent::train::dataset::{Dataset, Split};
use referent::train::evaluate::{Fit, evaluate};
use referent::train::examples::Examples;
use referent::train::freeze::Freeze;
use referent::train::labels::Labels;
use referent::train::learner::Learner;
use referent::train::lite_learner::LiteLearner;
use referent::train::optimizer::AdamW;
use referent::train::recipe::{Budget, Recipe};
use referent::train::schedule::Schedule;
use referent::train::trainer::{Trainer, Watch};
use referent::train::written::write_phrases;

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

/// A run on real pictures: `REFERENT_DATA` names a COCO folder; phrases are written from their masks.
#[test]
#[ignore = "takes minutes and needs data"]
fn a_data_set_is_learned() {
    let Some(folder) = std::env::var_os("REFERENT_DATA") else { return };
    let steps = std::env::var("REFERENT_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(10);
    let job = Job::unwatched();
    let mut dataset = Dataset::open(folder.as_ref(), &job).unwrap();
    let wanted = Wanted { count: 4, absent: 1.0 / 6.0 };
    write_phrases(&mut dataset, Split::Val, &Labels::default(), wanted, 1, &job).unwrap();
    let recipe = Recipe { freeze: Freeze::Encoder, pictures: 4, phrases: 1, ..Recipe::lite(Budget::Steps(steps)) };
    let recipe = Recipe { schedule: Schedule { warm_up: 5, power: 0.9 }, validate_every: steps, ..recipe };
    let device = Device::flex().autodiff();
    let network = lite(&device);
    let reader = learner(&network, &recipe);
    let mut source = Examples::new(&[(dataset.clone(), 1.0)], &recipe, Fit::Within(320), &job).unwrap();
    let mut trainer = Trainer::new(reader, network, recipe, device).unwrap();
    let mut validate = |learner: &mut LiteLearner, network: &Lite| {
        let scores = evaluate(learner, network, dataset.split(Split::Val), Fit::Square(320), &job, |_| Ok(()))?;
        let summary = scores.summary();
        println!("{summary}");
        Ok(summary.overall.mean_iou.unwrap_or(0.0))
    };
    let start = trainer.result();
    let start = trainer.learner().answering(start);
    let before = validate(trainer.learner(), &start).unwrap();
    let out = tempfile::tempdir().unwrap();
    let card = Card::new("learned", NetworkConfig::Lite);
    let watch = Watch { folder: out.path(), card, listener: &|event| println!("{event:?}"), job: &job };
    let outcome = trainer.run(&mut source, Some(&mut validate), &watch).unwrap();
    println!("mIoU on validation before {before:.3}, after {:.3}", outcome.progress.best.unwrap());
}
