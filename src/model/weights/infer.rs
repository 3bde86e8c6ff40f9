//! The configuration of a network, read off the shapes of its tensors (FIANET.md 1, last paragraph).

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use super::hints::{ConfigHints, TrainingArgs};
use crate::error::{Error, Result};
use crate::model::config::{BertConfig, FiaNetConfig, NetworkConfig, SwinConfig};

/// Shapes of the tensors of a file, by their official names.
pub type Shapes = BTreeMap<String, Vec<usize>>;

/// What was found, and what the user should know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inferred {
    /// The configuration, valid in itself.
    pub config: NetworkConfig,
    /// Assumptions and disagreements that do not stop the work.
    pub notices: Vec<String>,
}

/// The network that names of these kinds belong to: `fianet`, `lite`, `swin` or `bert`. `None` for no known one.
pub fn kind(shapes: &Shapes) -> Option<&'static str> {
    let any = |prefix: &str| shapes.range(prefix.to_owned()..).next().is_some_and(|(name, _)| name.starts_with(prefix));
    let only_text = !any("backbone.") && !any("classifier.conv1_4.");
    if any("encoder.stem.") || any("fiam.") {
        Some("lite")
    } else if any("text_encoder.embeddings.") && only_text {
        Some("bert")
    } else if any("text_encoder.")
        || any("classifier.conv1_4.")
        || any("backbone.tmem.")
        || any("backbone.layers.0.fc1.")
    {
        Some("fianet")
    } else if any("backbone.patch_embed.") {
        Some("swin")
    } else {
        None
    }
}

/// Infers the configuration of whichever network the names belong to. `path` is the file, for messages.
///
/// `hints` fill in what shapes cannot tell and must agree with what they do; `args` are used where `hints` are silent.
/// Fails by name when a tensor that tells a size is missing, when hints contradict tensors or `args`, and when nothing
/// says how many heads the text encoder has.
pub fn network(path: &Path, shapes: &Shapes, hints: &ConfigHints, args: &TrainingArgs) -> Result<Inferred> {
    Evidence { path, shapes, hints, args, notices: Vec::new() }.network()
}

/// Everything that speaks about a configuration.
struct Evidence<'a> {
    path: &'a Path,
    shapes: &'a Shapes,
    hints: &'a ConfigHints,
    args: &'a TrainingArgs,
    notices: Vec<String>,
}

impl Evidence<'_> {
    fn network(mut self) -> Result<Inferred> {
        let kind = kind(self.shapes).ok_or_else(|| {
            let first = self.shapes.keys().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
            self.unknown(format!("they belong to no network this program has (it begins with {first})"))
        })?;
        self.agree("network", self.hints.network.as_deref(), kind)?;
        let config = match kind {
            "lite" => self.lite()?,
            "swin" => NetworkConfig::Swin(self.swin()?),
            "bert" => NetworkConfig::Bert(self.bert()?),
            _ => NetworkConfig::Fianet(self.fianet()?),
        };
        Ok(Inferred { config, notices: self.notices })
    }

    /// `lite` has one size; a field that would change it is a mistake of the user's.
    fn lite(&self) -> Result<NetworkConfig> {
        let sizes = ConfigHints { network: None, ..self.hints.clone() };
        if sizes == ConfigHints::default() {
            return Ok(NetworkConfig::Lite);
        }
        Err(Error::new(
            format!("the configuration does not fit the weights in {}", self.path.display()),
            "they are those of lite, whose sizes are fixed",
            "leave the configuration out",
        ))
    }

    fn fianet(&mut self) -> Result<FiaNetConfig> {
        let (hints, args) = (self.hints, self.args);
        let SwinConfig { embed, depths, heads, window } = self.swin()?;
        let tmem_blocks = self.count(|block| format!("backbone.tmem.block.{block}.norm1.weight"));
        if tmem_blocks == 0 {
            return Err(self.unknown("backbone.tmem.block.0.norm1.weight is missing"));
        }
        self.agree("tmem_blocks", hints.tmem_blocks, tmem_blocks)?;
        if let Some(said) = args.tmem_blocks.filter(|said| *said != tmem_blocks) {
            self.notices.push(format!("the saved arguments say {said} TMEM blocks, the tensors have {tmem_blocks}"));
        }
        let bert = self.bert()?;
        let fusion_heads = match (hints.fusion_heads, args.fusion_heads) {
            (Some(given), Some(saved)) if given != saved => {
                return Err(self.contradiction("fusion_heads", &given, &saved, "the saved arguments say"));
            }
            (given, saved) => given.or(saved).unwrap_or_else(|| {
                let notice = "nothing says how many heads the cross attentions have: one each is assumed";
                self.notices.push(notice.into());
                [1; 4]
            }),
        };
        let text_length = hints.text_length.or(args.text_length()).unwrap_or_else(|| {
            let usual = FiaNetConfig::usual_text_length(tmem_blocks).min(bert.positions);
            self.notices.push(format!("nothing says how long a text is: {usual} tokens are assumed"));
            usual
        });
        let image_size = hints.image_size.or(args.image_size).unwrap_or(480);
        let config =
            FiaNetConfig { embed, depths, heads, window, tmem_blocks, fusion_heads, bert, text_length, image_size };
        config.validate()?;
        Ok(config)
    }

    fn swin(&self) -> Result<SwinConfig> {
        let embed = self.axis("backbone.patch_embed.proj.weight", 0)?;
        let mut config = SwinConfig { embed, depths: [0; 4], heads: [0; 4], window: 0 };
        for stage in 0..4 {
            let table = |block| format!("backbone.layers.{stage}.blocks.{block}.attn.relative_position_bias_table");
            config.depths[stage] = self.count(table);
            config.heads[stage] = self.axis(&table(0), 1)?;
            let rows = self.axis(&table(0), 0)?;
            let window = window_of(rows)
                .ok_or_else(|| self.unknown(format!("{} has {rows} rows, which fit no window", table(0))))?;
            if stage > 0 && window != config.window {
                let why = format!("{} is for windows of {window}, that of stage 0 of {}", table(0), config.window);
                return Err(self.unknown(why));
            }
            config.window = window;
        }
        self.agree("embed", self.hints.embed, config.embed)?;
        self.agree("depths", self.hints.depths, config.depths)?;
        self.agree("heads", self.hints.heads, config.heads)?;
        self.agree("window", self.hints.window, config.window)?;
        config.validate()?;
        Ok(config)
    }

    fn bert(&mut self) -> Result<BertConfig> {
        let table = |name: &str| format!("text_encoder.embeddings.{name}_embeddings.weight");
        let (vocab, width) = (self.axis(&table("word"), 0)?, self.axis(&table("word"), 1)?);
        let layers = self.count(|layer| format!("text_encoder.encoder.layer.{layer}.attention.self.query.weight"));
        let config = BertConfig {
            vocab,
            width,
            layers,
            heads: self.bert_heads(width)?,
            inner: self.axis("text_encoder.encoder.layer.0.intermediate.dense.weight", 0)?,
            positions: self.axis(&table("position"), 0)?,
            types: self.axis(&table("token_type"), 0)?,
        };
        let given = &self.hints.bert;
        self.agree("bert.vocab", given.vocab, config.vocab)?;
        self.agree("bert.width", given.width, config.width)?;
        self.agree("bert.layers", given.layers, config.layers)?;
        self.agree("bert.inner", given.inner, config.inner)?;
        self.agree("bert.positions", given.positions, config.positions)?;
        self.agree("bert.types", given.types, config.types)?;
        config.validate()?;
        Ok(config)
    }

    /// The heads given, or heads of 64 channels as in every BERT of Google's.
    fn bert_heads(&mut self, width: usize) -> Result<usize> {
        if let Some(heads) = self.hints.bert.heads {
            return Ok(heads);
        }
        if width == 0 || !width.is_multiple_of(64) {
            return Err(Error::new(
                format!("cannot tell how many attention heads the text encoder has in {}", self.path.display()),
                format!("its width {width} is no multiple of 64, the usual width of a head"),
                "say it with --config FILE.json: {\"bert\": {\"heads\": N}}",
            ));
        }
        let heads = width / 64;
        // bert-base-uncased is what the official program loads; only another width leaves a doubt.
        if width != BertConfig::base().width {
            self.notices.push(format!("nothing says how many heads the text encoder has: {heads} are assumed"));
        }
        Ok(heads)
    }

    /// How many of `name(0)`, `name(1)`, ... there are without a gap.
    fn count(&self, name: impl Fn(usize) -> String) -> usize {
        (0..).take_while(|&index| self.shapes.contains_key(&name(index))).count()
    }

    fn axis(&self, name: &str, axis: usize) -> Result<usize> {
        let shape = self.shapes.get(name).ok_or_else(|| self.unknown(format!("{name} is missing")))?;
        shape.get(axis).copied().ok_or_else(|| self.unknown(format!("{name} has the shape {shape:?}")))
    }

    fn agree<T: PartialEq + Debug>(&self, field: &str, given: Option<T>, found: T) -> Result<()> {
        match given {
            Some(given) if given != found => Err(self.contradiction(field, &given, &found, "the tensors have")),
            _ => Ok(()),
        }
    }

    fn contradiction(&self, field: &str, given: &dyn Debug, found: &dyn Debug, who: &str) -> Error {
        Error::new(
            format!("the configuration {field} = {given:?} does not fit the weights in {}", self.path.display()),
            format!("{who} {found:?}"),
            "correct that field, or leave it out",
        )
    }

    fn unknown(&self, why: impl Into<String>) -> Error {
        Error::new(
            format!("cannot tell the network from the tensors in {}", self.path.display()),
            why,
            "give a whole checkpoint of FIANet or lite, a Swin classifier or a Hugging Face BERT",
        )
    }
}

/// The window whose bias table has `rows` rows, (2 window - 1)².
fn window_of(rows: usize) -> Option<usize> {
    let side = rows.isqrt();
    (side * side == rows && side % 2 == 1).then_some(side.div_ceil(2))
}
