//! Sizes of the networks: everything that shapes, and the few things that shapes cannot tell.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Largest value any size may have; keeps products of sizes far from overflow.
const MAX_SIZE: usize = 1 << 20;
/// Most layers, blocks or heads.
const MAX_COUNT: usize = 1024;

/// A BERT encoder without pooler (FIANET.md 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BertConfig {
    /// Entries of the vocabulary.
    pub vocab: usize,
    /// Width of the hidden states.
    pub width: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads, which divide the width.
    pub heads: usize,
    /// Width inside the feed-forward part.
    pub inner: usize,
    /// Positions there are embeddings for: the longest text in tokens.
    pub positions: usize,
    /// Token types there are embeddings for.
    pub types: usize,
}

impl BertConfig {
    /// bert-base-uncased.
    pub fn base() -> Self {
        Self { vocab: 30522, width: 768, layers: 12, heads: 12, inner: 3072, positions: 512, types: 2 }
    }

    /// Refuses sizes that no network can have.
    pub fn validate(&self) -> Result<()> {
        for (name, value) in [
            ("vocab", self.vocab),
            ("width", self.width),
            ("inner", self.inner),
            ("positions", self.positions),
            ("types", self.types),
        ] {
            within(&format!("bert.{name}"), value, MAX_SIZE)?;
        }
        within("bert.layers", self.layers, MAX_COUNT)?;
        within("bert.heads", self.heads, MAX_COUNT)?;
        divides("bert.heads", self.heads, "bert.width", self.width)
    }
}

/// The Swin image encoder alone (FIANET.md 1, 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwinConfig {
    /// Channels E of the first stage; stage i has E · 2^i.
    pub embed: usize,
    /// Blocks of each stage.
    pub depths: [usize; 4],
    /// Attention heads of each stage.
    pub heads: [usize; 4],
    /// Side of an attention window, in patches.
    pub window: usize,
}

impl SwinConfig {
    /// Channels of stage `stage`, E · 2^stage.
    pub fn channels(&self, stage: usize) -> usize {
        self.embed << stage
    }

    /// Refuses sizes that no network can have.
    pub fn validate(&self) -> Result<()> {
        within("embed", self.embed, MAX_SIZE >> 3)?;
        within("window", self.window, 32)?;
        for stage in 0..4 {
            within(&format!("depths[{stage}]"), self.depths[stage], MAX_COUNT)?;
            within(&format!("heads[{stage}]"), self.heads[stage], MAX_COUNT)?;
            divides(&format!("heads[{stage}]"), self.heads[stage], "the stage's channels", self.channels(stage))?;
        }
        Ok(())
    }
}

/// FIANet (FIANET.md 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiaNetConfig {
    /// Channels E of the first stage; stage i has E · 2^i.
    pub embed: usize,
    /// Swin blocks of each stage.
    pub depths: [usize; 4],
    /// Swin attention heads of each stage.
    pub heads: [usize; 4],
    /// Side of an attention window, in patches: 7 or 12 in published models.
    pub window: usize,
    /// Blocks of TMEM: 1 for RefSegRS, 3 for RRSIS-D.
    pub tmem_blocks: usize,
    /// Heads of the cross attentions of each stage (`--mha`), one each by default.
    pub fusion_heads: [usize; 4],
    /// The text encoder.
    pub bert: BertConfig,
    /// Tokens a text is cut or padded to: 20 for RefSegRS, 22 for RRSIS-D.
    pub text_length: usize,
    /// Side of the square image the network was trained on, in pixels.
    pub image_size: usize,
}

impl FiaNetConfig {
    /// Swin-tiny with BERT base. `tmem_blocks` also sets the text length: 22 with three blocks, else 20.
    pub fn tiny(window: usize, tmem_blocks: usize) -> Self {
        Self::sized(96, [2, 2, 6, 2], [3, 6, 12, 24], window, tmem_blocks)
    }

    /// Swin-small with BERT base; see [`FiaNetConfig::tiny`].
    pub fn small(window: usize, tmem_blocks: usize) -> Self {
        Self::sized(96, [2, 2, 18, 2], [3, 6, 12, 24], window, tmem_blocks)
    }

    /// Swin-base with BERT base, the published size; see [`FiaNetConfig::tiny`].
    pub fn base(window: usize, tmem_blocks: usize) -> Self {
        Self::sized(128, [2, 2, 18, 2], [4, 8, 16, 32], window, tmem_blocks)
    }

    /// Swin-large with BERT base; see [`FiaNetConfig::tiny`].
    pub fn large(window: usize, tmem_blocks: usize) -> Self {
        Self::sized(192, [2, 2, 18, 2], [6, 12, 24, 48], window, tmem_blocks)
    }

    fn sized(embed: usize, depths: [usize; 4], heads: [usize; 4], window: usize, tmem_blocks: usize) -> Self {
        Self {
            embed,
            depths,
            heads,
            window,
            tmem_blocks,
            fusion_heads: [1; 4],
            bert: BertConfig::base(),
            text_length: Self::usual_text_length(tmem_blocks),
            image_size: 480,
        }
    }

    /// The text length of the data set that this number of TMEM blocks was published for.
    pub fn usual_text_length(tmem_blocks: usize) -> usize {
        if tmem_blocks == 3 { 22 } else { 20 }
    }

    /// The image encoder.
    pub fn swin(&self) -> SwinConfig {
        SwinConfig { embed: self.embed, depths: self.depths, heads: self.heads, window: self.window }
    }

    /// Channels of stage `stage`, E · 2^stage.
    pub fn channels(&self, stage: usize) -> usize {
        self.embed << stage
    }

    /// Channels of all four stages together, S = 15 E (FIANET.md 7).
    pub fn pyramid_channels(&self) -> usize {
        15 * self.embed
    }

    /// Width of TMEM, h = S / 4 rounded down.
    pub fn tmem_width(&self) -> usize {
        self.pyramid_channels() / 4
    }

    /// Width of the decoder, 4 E.
    pub fn decoder_width(&self) -> usize {
        4 * self.embed
    }

    /// Refuses sizes that no network can have.
    pub fn validate(&self) -> Result<()> {
        self.swin().validate()?;
        self.bert.validate()?;
        if self.embed < 8 {
            return Err(refused("embed", self.embed, "the channel gate needs at least 8 channels"));
        }
        within("tmem_blocks", self.tmem_blocks, MAX_COUNT)?;
        for (stage, &heads) in self.fusion_heads.iter().enumerate() {
            within(&format!("fusion_heads[{stage}]"), heads, MAX_COUNT)?;
            divides(&format!("fusion_heads[{stage}]"), heads, "the stage's channels", self.channels(stage))?;
        }
        within("text_length", self.text_length, self.bert.positions)?;
        within("image_size", self.image_size, 1 << 16)
    }
}

/// Any network this program has weights for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "network", rename_all = "lowercase")]
pub enum NetworkConfig {
    /// The whole of FIANet.
    Fianet(FiaNetConfig),
    /// The small network that ships; its sizes are fixed (LITE.md).
    Lite,
    /// An image encoder to start training FIANet from.
    Swin(SwinConfig),
    /// A text encoder to start training FIANet from.
    Bert(BertConfig),
}

impl NetworkConfig {
    /// The network's name: `fianet`, `lite`, `swin` or `bert`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Fianet(_) => "fianet",
            Self::Lite => "lite",
            Self::Swin(_) => "swin",
            Self::Bert(_) => "bert",
        }
    }

    /// The refusal of a file that holds only a part of a network, where a whole one is needed; `what` cannot be done with it.
    pub fn only_a_part(&self, what: String) -> Error {
        let why = format!("it is only a part of a network ({})", self.kind());
        Error::new(what, why, "name a fianet or lite model; referent model list shows those at hand")
    }
}

fn within(name: &str, value: usize, limit: usize) -> Result<()> {
    if (1..=limit).contains(&value) {
        return Ok(());
    }
    Err(refused(name, value, &format!("it must be 1 to {limit}")))
}

fn divides(name: &str, value: usize, of: &str, whole: usize) -> Result<()> {
    if whole.is_multiple_of(value) {
        return Ok(());
    }
    Err(refused(name, value, &format!("it does not divide {of}, {whole}")))
}

fn refused(name: &str, value: usize, why: &str) -> Error {
    Error::new(format!("no network has {name} = {value}"), why, "correct the configuration")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_published_sizes_are_valid_and_have_heads_of_32_channels() {
        for config in
            [FiaNetConfig::tiny(7, 1), FiaNetConfig::small(7, 1), FiaNetConfig::base(12, 3), FiaNetConfig::large(12, 1)]
        {
            config.validate().unwrap();
            for stage in 0..4 {
                assert_eq!(config.channels(stage) / config.heads[stage], 32);
            }
        }
    }

    #[test]
    fn heads_that_do_not_divide_the_channels_are_refused_by_name() {
        let config = FiaNetConfig { fusion_heads: [1, 1, 3, 1], ..FiaNetConfig::base(12, 1) };
        assert!(config.validate().unwrap_err().to_string().contains("fusion_heads[2] = 3"));
    }

    #[test]
    fn a_configuration_survives_json() {
        let config = NetworkConfig::Fianet(FiaNetConfig::base(12, 3));
        let json = serde_json::to_string(&config).unwrap();
        assert!(json.starts_with(r#"{"network":"fianet","embed":128"#), "{json}");
        assert_eq!(serde_json::from_str::<NetworkConfig>(&json).unwrap(), config);
        assert_eq!(serde_json::to_string(&NetworkConfig::Lite).unwrap(), r#"{"network":"lite"}"#);
    }
}
