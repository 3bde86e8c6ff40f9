//! Every tensor a network's file holds: name, shape, what it is for, and whether training ever changes it.

use crate::model::config::{BertConfig, FiaNetConfig, NetworkConfig, SwinConfig};

mod fianet;
mod lite;

/// What an entry of the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A parameter: floats that training may change.
    Parameter,
    /// Mean or variance that a BatchNorm has gathered: floats.
    Statistic,
    /// How many batches a BatchNorm has seen: one 64-bit integer. Older files lack it; it is then 0.
    BatchCount,
    /// Which row of the bias table each pair of window positions uses: 64-bit integers that follow from the window.
    RelativeIndex,
}

impl Content {
    /// Whether the entry holds floats.
    pub fn is_float(self) -> bool {
        matches!(self, Self::Parameter | Self::Statistic)
    }
}

/// What training does to a parameter (FIANET.md 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The optimizer changes it.
    Trained,
    /// It has a gradient, but no optimizer group holds it.
    Frozen,
    /// It has no influence on the result, so there never is a gradient.
    Dead,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Name in the file, that of the official program.
    pub name: String,
    /// Size of each axis, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// What it is.
    pub content: Content,
}

impl Param {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// All entries of a network's file, in the order of the official state dict (lite: of LITE.md).
pub fn of(config: &NetworkConfig) -> Vec<Param> {
    match config {
        NetworkConfig::Fianet(config) => fianet(config),
        NetworkConfig::Lite => lite(),
        NetworkConfig::Swin(config) => swin(config),
        NetworkConfig::Bert(config) => bert(config),
    }
}

/// All entries of FIANet (FIANET.md 9).
pub fn fianet(config: &FiaNetConfig) -> Vec<Param> {
    fianet::whole(config)
}

/// The entries of FIANet that a Swin classifier has too, under FIANet's names (FIANET.md 11.2).
pub fn swin(config: &SwinConfig) -> Vec<Param> {
    fianet::swin(config)
}

/// The entries of FIANet's text encoder (FIANET.md 9).
pub fn bert(config: &BertConfig) -> Vec<Param> {
    fianet::bert(config)
}

/// All entries of `lite` (LITE.md, "Names in the file").
pub fn lite() -> Vec<Param> {
    lite::whole()
}

/// What the official training does to the parameter called `name`.
pub fn role(name: &str) -> Role {
    fianet::role(name)
}

/// The group of the official optimizer that holds the parameter called `name`, counted from 0; `None` if none does.
/// Group 0 has no weight decay (FIANET.md 11).
pub fn optimizer_group(name: &str) -> Option<usize> {
    fianet::optimizer_group(name)
}

/// The part of its network a parameter belongs to, as a person would call it.
pub fn part(name: &str) -> &'static str {
    if name.starts_with("encoder.") {
        return "image encoder";
    }
    if let Some(rest) = name.strip_prefix("backbone.") {
        return match rest {
            _ if rest.starts_with("tmem.") => "TMEM",
            _ if rest.starts_with("patch_embed.") || rest.contains(".blocks.") || rest.contains(".downsample.") => {
                "image encoder"
            }
            _ => "alignment",
        };
    }
    match name.split('.').next() {
        Some("text_encoder") => "text encoder",
        Some("classifier" | "decoder") => "decoder",
        Some("tmem") => "TMEM",
        Some("presence") => "presence",
        _ => "alignment",
    }
}

/// A list of entries that grows by layers.
#[derive(Debug, Default)]
struct Layers(Vec<Param>);

impl Layers {
    fn push(&mut self, name: String, shape: &[usize], content: Content) {
        self.0.push(Param { name, shape: shape.to_vec(), content });
    }

    fn weight(&mut self, prefix: &str, shape: &[usize]) {
        self.push(format!("{prefix}.weight"), shape, Content::Parameter);
    }

    /// A weight whose first axis is the number of outputs, and a bias of that size.
    fn affine(&mut self, prefix: &str, shape: &[usize]) {
        self.weight(prefix, shape);
        self.push(format!("{prefix}.bias"), shape.get(..1).unwrap_or_default(), Content::Parameter);
    }

    /// Scale and shift of a LayerNorm.
    fn norm(&mut self, prefix: &str, width: usize) {
        self.affine(prefix, &[width]);
    }

    /// A BatchNorm without its counter.
    fn batch_norm(&mut self, prefix: &str, width: usize) {
        self.norm(prefix, width);
        self.push(format!("{prefix}.running_mean"), &[width], Content::Statistic);
        self.push(format!("{prefix}.running_var"), &[width], Content::Statistic);
    }

    /// A BatchNorm with its counter.
    fn counted_batch_norm(&mut self, prefix: &str, width: usize) {
        self.batch_norm(prefix, width);
        self.push(format!("{prefix}.num_batches_tracked"), &[], Content::BatchCount);
    }
}
