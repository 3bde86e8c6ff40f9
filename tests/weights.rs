//! Files of weights: what they hold, how they are imported, and that no broken one does harm.

// Helpers of tests may fail loudly too; clippy excuses only the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "common/synthetic.rs"]
mod synthetic;
#[path = "common/torch_writer.rs"]
mod torch_writer;

#[path = "weights/formats.rs"]
mod formats;
#[path = "weights/hostile.rs"]
mod hostile;
#[path = "weights/model_files.rs"]
mod model_files;
#[path = "weights/official.rs"]
mod official;
#[path = "weights/pickles.rs"]
mod pickles;
#[path = "weights/pretrained.rs"]
mod pretrained;
#[path = "weights/refusals.rs"]
mod refusals;
#[path = "weights/schemas.rs"]
mod schemas;

/// A fixture's JSON.
fn json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(synthetic::fixture(name)).unwrap()).unwrap()
}

/// The strings of a JSON list.
fn strings(json: &serde_json::Value) -> Vec<String> {
    serde_json::from_value(json.clone()).unwrap()
}
