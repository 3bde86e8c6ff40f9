//! MiniLM, the bundled text encoder, agrees with the Hugging Face model.

use crate::common::fixture::{self, Tensors};
use burn::tensor::Device;
use referent::model::bert::Bert;
use referent::model::config::BertConfig;
use referent::model::load::load;
use referent::model::names::FIANET;
use referent::model::trace::{Recorder, Trace};
use safetensors::SafeTensors;

#[test]
fn minilm_gives_the_recorded_hidden_states_for_every_token_in_use() {
    let config = BertConfig { vocab: 30522, width: 384, layers: 6, heads: 12, inner: 1536, positions: 512, types: 2 };
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/text/minilm_l6_f16.safetensors")).unwrap();
    let device = Device::flex();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let encoder = load(Bert::new(&config, 0.0, &device), &file, FIANET).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&fixture::text("weights/manifest.json")).unwrap();

    for case in ["minilm_l6", "minilm_l6_parts"] {
        let expected = Tensors::read(&format!("weights/{case}.safetensors"));
        let recorder = Recorder::new();
        let (ids, mask) = (expected.int("input_ids", &device), expected.tensor("attention_mask", &device));
        encoder.forward(ids, mask, &Trace::on(&recorder));
        let seen = recorder.into_values();
        let used = expected.values("attention_mask");
        for state in expected.names().filter_map(|name| name.strip_prefix("hidden_")) {
            let place = match state.parse::<usize>().unwrap() {
                0 => "embeddings:out".to_owned(),
                n => format!("encoder.layer.{}:out", n - 1),
            };
            let found: Vec<f32> = seen[&place].try_to_vec().unwrap();
            let recorded = expected.values(&format!("hidden_{state}"));
            let rows = found.chunks(384).zip(recorded.chunks(384)).zip(used).filter(|(_, used)| **used == 1.0);
            let gap = rows.map(|((a, b), _)| fixture::largest_gap(a, b)).fold(0.0, f64::max);
            let tolerance = manifest[case][format!("hidden_{state}")]["tolerance"].as_f64().unwrap();
            println!("{case} hidden_{state}: off by {gap:.2e}");
            assert!(gap <= tolerance, "{case} hidden_{state} is off by {gap:.2e}, allowed are {tolerance:.0e}");
        }
    }
}
