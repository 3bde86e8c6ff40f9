//! What the user (`--config FILE.json`) and the training program (`args`) say about a file's configuration.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::model::config::{BertConfig, NetworkConfig, SwinConfig};

/// A configuration given by the user, as far as they know it. Every field is optional; what is given must agree with
/// the tensors.
///
/// The JSON has the names of [`FiaNetConfig`](crate::model::config::FiaNetConfig); the `config.json` of a Hugging Face
/// BERT is understood too, and so are the names of the official program (`OFFICIAL_NAMES`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigHints {
    /// `fianet`, `lite`, `swin` or `bert`.
    pub network: Option<String>,
    /// Channels of the first stage.
    pub embed: Option<usize>,
    /// Blocks of each stage.
    pub depths: Option<[usize; 4]>,
    /// Swin heads of each stage.
    pub heads: Option<[usize; 4]>,
    /// Side of an attention window.
    pub window: Option<usize>,
    /// Blocks of TMEM.
    pub tmem_blocks: Option<usize>,
    /// Heads of the cross attentions of each stage, which no shape shows.
    pub fusion_heads: Option<[usize; 4]>,
    /// The text encoder, whose heads no shape shows.
    #[serde(default)]
    pub bert: BertHints,
    /// Tokens of a text.
    pub text_length: Option<usize>,
    /// Side of the image in pixels.
    pub image_size: Option<usize>,
}

/// The part of [`ConfigHints`] about the text encoder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BertHints {
    /// Entries of the vocabulary.
    pub vocab: Option<usize>,
    /// Width of the hidden states.
    pub width: Option<usize>,
    /// Number of layers.
    pub layers: Option<usize>,
    /// Attention heads.
    pub heads: Option<usize>,
    /// Width inside the feed-forward part.
    pub inner: Option<usize>,
    /// Longest text in tokens.
    pub positions: Option<usize>,
    /// Token types.
    pub types: Option<usize>,
}

/// Names of the official program and of the published fixtures' manifests, and ours. Those of the text encoder go into
/// `bert`; an empty name is one that follows from the others.
const OFFICIAL_NAMES: [(&str, &str); 14] = [
    ("embed_dim", "embed"),
    ("num_heads", "heads"),
    ("num_tmem", "tmem_blocks"),
    ("mha", "fusion_heads"),
    ("img_size", "image_size"),
    ("vocab", "bert.vocab"),
    ("bert_hidden", "bert.width"),
    ("bert_layers", "bert.layers"),
    ("bert_heads", "bert.heads"),
    ("bert_intermediate", "bert.inner"),
    ("bert_positions", "bert.positions"),
    ("bert_types", "bert.types"),
    ("tmem_channels", ""),
    ("tmem_hidden", ""),
];

/// The same object with the official program's names replaced by ours.
fn with_our_names(json: Value) -> Value {
    let Value::Object(given) = json else { return json };
    let mut named = Map::new();
    let mut bert = Map::new();
    for (key, value) in given {
        // The official program writes the heads of the four stages as "1-2-2-4".
        let value = match value.as_str().map(|text| text.split('-').map(str::parse::<usize>).collect::<Vec<_>>()) {
            Some(numbers) if key == "mha" => numbers.into_iter().flatten().collect(),
            _ => value,
        };
        match OFFICIAL_NAMES.iter().find(|(official, _)| *official == key).map(|(_, ours)| *ours) {
            None if key == "bert" => bert.extend(value.as_object().cloned().unwrap_or_default()),
            None => drop(named.insert(key, value)),
            Some("") => {}
            Some(ours) => match ours.strip_prefix("bert.") {
                Some(ours) => drop(bert.insert(ours.to_owned(), value)),
                None => drop(named.insert(ours.to_owned(), value)),
            },
        }
    }
    if !bert.is_empty() {
        named.insert("bert".to_owned(), Value::Object(bert));
    }
    Value::Object(named)
}

/// The `config.json` beside a Hugging Face BERT.
#[derive(Debug, Deserialize)]
struct HuggingFace {
    vocab_size: Option<usize>,
    hidden_size: Option<usize>,
    num_hidden_layers: Option<usize>,
    num_attention_heads: Option<usize>,
    intermediate_size: Option<usize>,
    max_position_embeddings: Option<usize>,
    type_vocab_size: Option<usize>,
    hidden_act: Option<String>,
    layer_norm_eps: Option<f64>,
}

impl ConfigHints {
    /// Reads a configuration file.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |why: String| {
            Error::new(
                format!("cannot use the configuration {}", path.display()),
                why,
                "give a JSON object such as {\"fusion_heads\": [1, 2, 2, 4], \"bert\": {\"heads\": 12}}",
            )
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Self::parse(&text).map_err(failed)
    }

    /// Understands the text of a configuration file.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let foreign = ["model_type", "num_attention_heads", "hidden_size"].iter().any(|key| json.get(key).is_some());
        if !foreign {
            return serde_json::from_value(with_our_names(json)).map_err(|error| error.to_string());
        }
        if let Some(other) = json.get("model_type").and_then(|kind| kind.as_str()).filter(|kind| *kind != "bert") {
            return Err(format!("it describes a {other}, not a bert"));
        }
        let config: HuggingFace = serde_json::from_value(json).map_err(|error| error.to_string())?;
        if let Some(other) = config.hidden_act.filter(|name| name != "gelu") {
            return Err(format!("hidden_act is {other}, this BERT has gelu"));
        }
        // The value is written as a decimal, so it is compared with some room.
        if let Some(other) = config.layer_norm_eps.filter(|epsilon| (epsilon / 1e-12 - 1.0).abs() > 1e-6) {
            return Err(format!("layer_norm_eps is {other:e}, this BERT has 1e-12"));
        }
        let bert = BertHints {
            vocab: config.vocab_size,
            width: config.hidden_size,
            layers: config.num_hidden_layers,
            heads: config.num_attention_heads,
            inner: config.intermediate_size,
            positions: config.max_position_embeddings,
            types: config.type_vocab_size,
        };
        Ok(Self { bert, ..Self::default() })
    }
}

impl ConfigHints {
    /// Adds what a card says, where nothing is given.
    pub(super) fn fill_from(&mut self, config: &NetworkConfig) {
        fn fill<T: Clone>(hint: &mut Option<T>, value: &T) {
            hint.get_or_insert_with(|| value.clone());
        }
        fill(&mut self.network, &config.kind().to_owned());
        match config {
            NetworkConfig::Fianet(config) => {
                self.fill_swin(&config.swin());
                self.fill_bert(&config.bert);
                fill(&mut self.tmem_blocks, &config.tmem_blocks);
                fill(&mut self.fusion_heads, &config.fusion_heads);
                fill(&mut self.text_length, &config.text_length);
                fill(&mut self.image_size, &config.image_size);
            }
            NetworkConfig::Swin(config) => self.fill_swin(config),
            NetworkConfig::Bert(config) => self.fill_bert(config),
            NetworkConfig::Lite => {}
        }
    }

    fn fill_swin(&mut self, config: &SwinConfig) {
        self.embed.get_or_insert(config.embed);
        self.depths.get_or_insert(config.depths);
        self.heads.get_or_insert(config.heads);
        self.window.get_or_insert(config.window);
    }

    fn fill_bert(&mut self, config: &BertConfig) {
        self.bert.vocab.get_or_insert(config.vocab);
        self.bert.width.get_or_insert(config.width);
        self.bert.layers.get_or_insert(config.layers);
        self.bert.heads.get_or_insert(config.heads);
        self.bert.inner.get_or_insert(config.inner);
        self.bert.positions.get_or_insert(config.positions);
        self.bert.types.get_or_insert(config.types);
    }
}

/// What the official training program wrote down about its run, as far as it matters here (FIANET.md 11.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrainingArgs {
    /// `--mha`: heads of the cross attentions.
    pub fusion_heads: Option<[usize; 4]>,
    /// `--img_size`, in pixels.
    pub image_size: Option<usize>,
    /// `--dataset`, in lower case without hyphens: `refsegrs` or `rrsisd`.
    pub dataset: Option<String>,
    /// `--num_tmem`.
    pub tmem_blocks: Option<usize>,
}

impl TrainingArgs {
    /// Takes the known keys out of the `args` of a checkpoint. Fails, saying why, on a `mha` that is not four numbers.
    pub fn from_json(args: &Value) -> std::result::Result<Self, String> {
        let size = |key: &str| args.get(key).and_then(|value| value.as_u64()).and_then(|n| usize::try_from(n).ok());
        let text = |key: &str| args.get(key).and_then(|value| value.as_str());
        Ok(Self {
            fusion_heads: text("mha").map(heads_of).transpose()?,
            image_size: size("img_size"),
            dataset: text("dataset").map(|name| name.to_lowercase().replace(['-', '_'], "")),
            tmem_blocks: size("num_tmem"),
        })
    }

    /// Tokens of a text on this data set.
    pub fn text_length(&self) -> Option<usize> {
        match self.dataset.as_deref() {
            Some("refsegrs") => Some(20),
            Some("rrsisd") => Some(22),
            _ => None,
        }
    }
}

/// `1-2-2-4`, or nothing for one head everywhere.
fn heads_of(mha: &str) -> std::result::Result<[usize; 4], String> {
    if mha.trim().is_empty() {
        return Ok([1; 4]);
    }
    let heads: Option<Vec<usize>> = mha.split('-').map(|part| part.trim().parse().ok()).collect();
    heads
        .and_then(|heads| <[usize; 4]>::try_from(heads).ok())
        .ok_or_else(|| format!("its saved argument mha = {mha:.40} is not four numbers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_names_only_what_it_knows() {
        let hints = ConfigHints::parse(r#"{"fusion_heads": [1, 2, 2, 4], "bert": {"heads": 2}}"#).unwrap();
        assert_eq!((hints.fusion_heads, hints.bert.heads, hints.embed), (Some([1, 2, 2, 4]), Some(2), None));
    }

    #[test]
    fn an_unknown_field_is_refused_by_name() {
        assert!(ConfigHints::parse(r#"{"fusion_head": 1}"#).unwrap_err().contains("fusion_head"));
        assert!(ConfigHints::parse(r#"{"bert": {"head": 1}}"#).unwrap_err().contains("head"));
    }

    #[test]
    fn a_hugging_face_config_gives_the_text_encoder() {
        let text = r#"{"model_type": "bert", "hidden_size": 24, "num_attention_heads": 2, "layer_norm_eps": 1e-12}"#;
        assert_eq!(ConfigHints::parse(text).unwrap().bert.heads, Some(2));
        let roberta = r#"{"model_type": "roberta", "hidden_size": 24}"#;
        assert!(ConfigHints::parse(roberta).unwrap_err().contains("roberta"));
        let other = r#"{"model_type": "bert", "layer_norm_eps": 1e-5}"#;
        assert!(ConfigHints::parse(other).unwrap_err().contains("layer_norm_eps"));
    }

    #[test]
    fn fusion_heads_are_read_as_the_program_writes_them() {
        assert_eq!(heads_of(""), Ok([1; 4]));
        assert_eq!(heads_of("1-2-2-4"), Ok([1, 2, 2, 4]));
        assert!(heads_of("1-2-2").is_err());
        assert!(heads_of("1-2-x-4").is_err());
    }
}
