//! A model file described, for a person and as data.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::card::Card;
use super::model_file::ModelFile;
use super::schema::{Content, Role, part, role};
use crate::error::Result;
use crate::model::config::NetworkConfig;

/// Everything `referent model info` says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// Path of the file.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The network and its sizes.
    pub config: NetworkConfig,
    /// Number of tensors, statistics and indices included.
    pub tensors: usize,
    /// Number of tensors of each element type.
    pub dtypes: BTreeMap<&'static str, usize>,
    /// How many parameters, and what training does with them.
    pub parameters: ParameterCounts,
    /// SHA-256 over the tensors.
    pub hash: String,
    /// Whether the card says the same hash; `None` without a card.
    pub hash_agrees: Option<bool>,
    /// The card.
    pub card: Option<Card>,
    /// What had to be assumed.
    pub notices: Vec<String>,
}

/// Numbers of parameters. BatchNorm statistics and indices are none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ParameterCounts {
    /// All of them.
    pub total: usize,
    /// By part of the network.
    pub by_part: BTreeMap<&'static str, usize>,
    /// Those without influence on the result (FIANET.md 10).
    pub dead: usize,
    /// Those that the official training leaves as they are.
    pub frozen: usize,
}

impl ParameterCounts {
    /// Counts the parameters among `params`.
    pub fn of(params: &[super::schema::Param]) -> Self {
        let mut counts = Self::default();
        for param in params.iter().filter(|param| param.content == Content::Parameter) {
            counts.total += param.len();
            *counts.by_part.entry(part(&param.name)).or_insert(0) += param.len();
            match role(&param.name) {
                Role::Dead => counts.dead += param.len(),
                Role::Frozen => counts.frozen += param.len(),
                Role::Trained => {}
            }
        }
        counts
    }
}

/// Describes a model file. Reads all of it for the hash.
pub fn describe(model: &ModelFile) -> Result<Description> {
    let hash = model.hash()?;
    let dtypes = model.dtypes();
    Ok(Description {
        file: model.path().display().to_string(),
        bytes: model.length(),
        config: model.config().clone(),
        tensors: dtypes.iter().map(|(_, count)| count).sum(),
        dtypes: dtypes.into_iter().collect(),
        parameters: ParameterCounts::of(model.params()),
        hash_agrees: model.card().filter(|card| !card.hash.is_empty()).map(|card| card.hash == hash),
        hash,
        card: model.card().cloned(),
        notices: model.notices().to_vec(),
    })
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.card.as_ref().map_or(self.config.kind(), |card| card.name.as_str());
        writeln!(f, "{title}: {}", self.file)?;
        if let Some(card) = &self.card {
            write_card(f, card)?;
        }
        write_config(f, &self.config)?;
        let counts = &self.parameters;
        writeln!(f, "parameters    {:>13}", grouped(counts.total))?;
        for (part, count) in &counts.by_part {
            writeln!(f, "              {:>13}  {part}", grouped(*count))?;
        }
        if counts.dead > 0 {
            writeln!(f, "              {:>13}  of them without influence", grouped(counts.dead))?;
        }
        if counts.frozen > 0 {
            writeln!(f, "              {:>13}  of them not trained", grouped(counts.frozen))?;
        }
        let types: Vec<String> = self.dtypes.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let bytes = grouped(usize::try_from(self.bytes).unwrap_or(usize::MAX));
        writeln!(f, "tensors       {} ({}), {bytes} bytes", self.tensors, types.join(", "))?;
        let verdict = match self.hash_agrees {
            Some(true) => " (as the card says)",
            Some(false) => " (NOT what the card says)",
            None => "",
        };
        writeln!(f, "hash          {}{verdict}", self.hash)?;
        self.notices.iter().try_for_each(|notice| writeln!(f, "note          {notice}"))
    }
}

fn write_card(f: &mut fmt::Formatter<'_>, card: &Card) -> fmt::Result {
    let metrics: Vec<String> = card.metrics.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
    let ground = card.metres_per_pixel(None).map(|range| format!("{} to {} m a pixel", range.min, range.max));
    let source = card.source.as_ref().map(|source| format!("{} (SHA-256 {})", source.file, source.sha256));
    for (label, text) in [
        ("what", card.what.clone()),
        ("trained on", card.trained_on.clone()),
        ("resolution", ground.unwrap_or_default()),
        ("classes", card.classes.join(", ")),
        ("metrics", metrics.join(", ")),
        ("licence", card.licence.clone()),
        ("imported from", source.unwrap_or_default()),
    ] {
        if !text.is_empty() {
            writeln!(f, "{label:<13} {text}")?;
        }
    }
    card.notes.iter().try_for_each(|note| writeln!(f, "note          {note}"))
}

fn write_config(f: &mut fmt::Formatter<'_>, config: &NetworkConfig) -> fmt::Result {
    match config {
        NetworkConfig::Fianet(config) => {
            writeln!(f, "network       fianet")?;
            write_swin(f, config.embed, config.depths, config.heads, config.window)?;
            writeln!(f, "fusion heads  {}", dashed(config.fusion_heads))?;
            writeln!(f, "TMEM blocks   {}", config.tmem_blocks)?;
            write_bert(f, &config.bert)?;
            writeln!(f, "input         {0} x {0} pixels, {1} tokens", config.image_size, config.text_length)
        }
        NetworkConfig::Lite => writeln!(f, "network       lite"),
        NetworkConfig::Swin(config) => {
            writeln!(f, "network       swin")?;
            write_swin(f, config.embed, config.depths, config.heads, config.window)
        }
        NetworkConfig::Bert(config) => {
            writeln!(f, "network       bert")?;
            write_bert(f, config)
        }
    }
}

fn write_swin(
    f: &mut fmt::Formatter<'_>,
    embed: usize,
    depths: [usize; 4],
    heads: [usize; 4],
    window: usize,
) -> fmt::Result {
    let (depths, heads) = (dashed(depths), dashed(heads));
    writeln!(f, "image encoder Swin, width {embed}, depths {depths}, heads {heads}, window {window}")
}

fn write_bert(f: &mut fmt::Formatter<'_>, config: &crate::model::config::BertConfig) -> fmt::Result {
    let crate::model::config::BertConfig { vocab, width, layers, heads, inner, positions, .. } = config;
    writeln!(
        f,
        "text encoder  BERT, {layers} layers of width {width}, {heads} heads, inner width {inner}, \
         {vocab} words, {positions} positions"
    )
}

fn dashed(numbers: [usize; 4]) -> String {
    numbers.map(|number| number.to_string()).join("-")
}

/// 251918706 as 251,918,706.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(251_918_706), "251,918,706");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1000), "1,000");
    }
}
