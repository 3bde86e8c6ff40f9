//! Seconds of `lite` on this machine's processor: `cargo test --test lite_speed -- --ignored --nocapture`.

use std::path::PathBuf;
use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};
use referent::model::lite::{Lite, LiteConfig, Text, TextFeatures};

const SIDE: usize = 480;
const TOKENS: usize = 24;
/// Tokens of a usual phrase and of its parts, with [CLS] and [SEP] in the sentence.
const USED: [usize; 3] = [9, 2, 4];

fn best<T>(tries: usize, mut work: impl FnMut() -> T) -> f64 {
    (0..tries)
        .map(|_| {
            let start = Instant::now();
            let result = work();
            let seconds = start.elapsed().as_secs_f64();
            drop(result);
            seconds
        })
        .fold(f64::INFINITY, f64::min)
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
    println!("encode: {:.4} s", best(10, || network.encode(view.clone()).unwrap()));
    let features = network.encode(view).unwrap();
    for phrases in [1, 4] {
        let (texts, index) = (texts(phrases), vec![0; phrases]);
        let seconds = best(8, || network.answer(&features, &texts, boxes.clone(), &index).unwrap());
        println!("answer {phrases}: {seconds:.4} s");
    }
}
