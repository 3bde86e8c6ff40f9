//! Seconds of `lite` on this machine's processor: `cargo test --test lite_speed -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what went wrong by failing")]

use std::path::PathBuf;
use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};
use referent::model::lite::{Lite, LiteConfig, Text, TextFeatures};

const SIDE: usize = 480;
const TOKENS: usize = 24;
/// Tokens of a usual phrase and of its parts, with [CLS] and [SEP] in the sentence.
const USED: [usize; 3] = [9, 2, 4];

/// Least wall time and least processor time of all threads together, the figure to trust on a busy machine.
fn best<T>(tries: usize, mut work: impl FnMut() -> T) -> String {
    let (mut wall, mut processor) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..tries {
        let (start, used) = (Instant::now(), processor_seconds());
        drop(work());
        wall = wall.min(start.elapsed().as_secs_f64());
        processor = processor.min(processor_seconds() - used);
    }
    format!("{wall:.4} s, {processor:.4} s of processor")
}

/// Processor time of this process so far (Linux), or zero where it cannot be read.
fn processor_seconds() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() * 1e-9
}

fn text(phrases: usize, used: usize, device: &Device) -> Text {
    let mask: Vec<f32> = (0..phrases * TOKENS).map(|i| f32::from(u8::from(i % TOKENS < used))).collect();
    Text {
        hidden: Tensor::random([phrases, TOKENS, 384], Distribution::Normal(0.0, 0.5), device),
        mask: Tensor::<1>::from_floats(mask.as_slice(), device).reshape([phrases, TOKENS]),
    }
}

#[test]
#[ignore = "a measurement, not a check"]
fn seconds_of_a_view_and_of_phrases() {
    let device = Device::flex();
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/models/lite.safetensors");
    let path = std::env::var_os("REFERENT_LITE").map_or(default, PathBuf::from);
    let network = Lite::load(&path, &LiteConfig::default(), &device).unwrap().folded();
    let view = Tensor::<4>::random([1, 3, SIDE, SIDE], Distribution::Normal(0.0, 0.5), &device);
    let boxes = Tensor::<2>::from_floats([[0.0, 0.0, 1.0, 1.0]], &device);
    let texts = |phrases| {
        let [sentence, object, position] = USED.map(|used| text(phrases, used, &device));
        TextFeatures { sentence, object, position }
    };
    println!("encode: {}", best(20, || network.encode(view.clone()).unwrap()));
    let features = network.encode(view).unwrap();
    for phrases in [1, 4] {
        let (texts, index) = (texts(phrases), vec![0; phrases]);
        let time = best(8, || network.answer(&features, &texts, boxes.clone(), &index).unwrap());
        println!("answer {phrases}: {time}");
    }
}
