//! What a checkpoint of the training program says about where it comes from, as a card.

use serde_json::Value;

use super::card::{Card, Origin};
use super::hints::TrainingArgs;
use crate::classes::{REFSEGRS, RRSIS_D};
use crate::model::config::{FiaNetConfig, NetworkConfig, SwinConfig};

/// The card of an imported file.
pub(super) fn card(config: &NetworkConfig, facts: &Value, origin: Origin) -> Card {
    let stem = origin.file.rsplit_once('.').map_or(origin.file.as_str(), |(stem, _)| stem).to_owned();
    let args = TrainingArgs::from_json(facts.get("args").unwrap_or(&Value::Null)).unwrap_or_default();
    let mut card = Card { what: what(config), source: Some(origin), ..Card::new(stem, config.clone()) };
    card.licence = "not stated by the file".into();
    match args.dataset.as_deref() {
        Some("refsegrs") => {
            card.trained_on = "RefSegRS".into();
            card.classes = REFSEGRS.map(str::to_owned).to_vec();
        }
        Some("rrsisd") => {
            card.trained_on = "RRSIS-D".into();
            card.classes = RRSIS_D.map(str::to_owned).to_vec();
        }
        Some(other) => card.trained_on = other.to_owned(),
        None => {}
    }
    // -0.1 stands for "not evaluated yet". The unit is the program's own, so it is no metric of the card.
    if let Some(best) = facts.get("best_oIoU").and_then(Value::as_f64).filter(|best| *best >= 0.0) {
        card.notes.push(format!("best oIoU of its training as saved, chosen on the test split: {best:.4}"));
    }
    if let Some(epoch) = facts.get("epoch").and_then(Value::as_u64) {
        let planned = facts.pointer("/args/epochs").and_then(Value::as_u64);
        let of = planned.map(|planned| format!(" of {planned}")).unwrap_or_default();
        card.notes.push(format!("{} epochs{of} finished", epoch + 1));
    }
    if let Some(rate) = facts.pointer("/args/lr").and_then(Value::as_f64) {
        card.notes.push(format!("trained with a learning rate of {rate:e}"));
    }
    card
}

/// One sentence about a network.
fn what(config: &NetworkConfig) -> String {
    match config {
        NetworkConfig::Fianet(config) => {
            let blocks = if config.tmem_blocks == 1 { "block" } else { "blocks" };
            format!("FIANet with {} and {} TMEM {blocks}", swin(&config.swin()), config.tmem_blocks)
        }
        NetworkConfig::Lite => "the small network: EfficientNet-Lite0, MiniLM-L6 and late fusion".into(),
        NetworkConfig::Swin(config) => format!("{} to start training FIANet from", swin(config)),
        NetworkConfig::Bert(config) => format!("BERT of {} layers to start training FIANet from", config.layers),
    }
}

fn swin(config: &SwinConfig) -> String {
    let window = config.window;
    let sizes = [
        ("tiny", FiaNetConfig::tiny(window, 1)),
        ("small", FiaNetConfig::small(window, 1)),
        ("base", FiaNetConfig::base(window, 1)),
        ("large", FiaNetConfig::large(window, 1)),
    ];
    match sizes.iter().find(|(_, size)| size.swin() == *config) {
        Some((name, _)) => format!("Swin-{name}, window {window}"),
        None => format!("a Swin of width {}, window {window}", config.embed),
    }
}
