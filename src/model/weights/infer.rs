//! The configuration of a network, read off the shapes of its tensors (FIANET.md 1, last paragraph).

use std::collections::BTreeMap;
use std::fmt::Debug;

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
    let only_text = !any("backbone.") && !any("classifier.");
    if any("encoder.stem.") || any("fiam.") {
        Some("lite")
    } else if any("text_encoder.embeddings.") && only_text {
        Some("bert")
    } else if any("text_encoder.") || any("classifier.") || any("backbone.tmem.") || any("backbone.layers.0.fc1.") {
        Some("fianet")
    } else if any("backbone.patch_embed.") {
        Some("swin")
    } else {
        None
    }
}

/// Infers the configuration of whichever network the names belong to.
///
/// `hints` fill in what shapes cannot tell and must agree with what they do; `args` are used where `hints` are silent.
/// Fails by name when a tensor that tells a size is missing, when hints contradict tensors or `args`, and when nothing
/// says how many heads the text encoder has.
pub fn network(shapes: &Shapes, hints: &ConfigHints, args: &TrainingArgs) -> Result<Inferred> {
    let kind = kind(shapes).ok_or_else(|| {
        let first = shapes.keys().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
        unknown(format!("its tensors belong to no network this program has (it begins with {first})"))
    })?;
    agree("network", hints.network.as_deref(), kind)?;
    let mut notices = Vec::new();
    let config = match kind {
        "lite" => NetworkConfig::Lite,
        "swin" => NetworkConfig::Swin(swin(shapes, hints)?),
        "bert" => NetworkConfig::Bert(bert(shapes, hints, &mut notices)?),
        _ => NetworkConfig::Fianet(fianet(shapes, hints, args, &mut notices)?),
    };
    Ok(Inferred { config, notices })
}

fn fianet(
    shapes: &Shapes,
    hints: &ConfigHints,
    args: &TrainingArgs,
    notices: &mut Vec<String>,
) -> Result<FiaNetConfig> {
    let SwinConfig { embed, depths, heads, window } = swin(shapes, hints)?;
    let tmem_blocks = count(shapes, |block| format!("backbone.tmem.block.{block}.norm1.weight"));
    if tmem_blocks == 0 {
        return Err(unknown("backbone.tmem.block.0.norm1.weight is missing"));
    }
    agree("tmem_blocks", hints.tmem_blocks, tmem_blocks)?;
    if let Some(said) = args.tmem_blocks.filter(|said| *said != tmem_blocks) {
        notices.push(format!("the saved arguments say {said} TMEM blocks, the tensors have {tmem_blocks}"));
    }
    let bert = bert(shapes, hints, notices)?;
    let fusion_heads = match (hints.fusion_heads, args.fusion_heads) {
        (Some(given), Some(saved)) if given != saved => {
            return Err(contradiction("fusion_heads", &given, &saved, "the saved arguments say"));
        }
        (given, saved) => given.or(saved).unwrap_or_else(|| {
            notices.push("nothing says how many heads the cross attentions have: one each is assumed".into());
            [1; 4]
        }),
    };
    let text_length = hints.text_length.or(args.text_length()).unwrap_or_else(|| {
        let usual = FiaNetConfig::usual_text_length(tmem_blocks).min(bert.positions);
        notices.push(format!("nothing says how long a text is: {usual} tokens are assumed"));
        usual
    });
    let image_size = hints.image_size.or(args.image_size).unwrap_or(480);
    let config =
        FiaNetConfig { embed, depths, heads, window, tmem_blocks, fusion_heads, bert, text_length, image_size };
    config.validate()?;
    Ok(config)
}

fn swin(shapes: &Shapes, hints: &ConfigHints) -> Result<SwinConfig> {
    let embed = axis(shapes, "backbone.patch_embed.proj.weight", 0)?;
    let mut config = SwinConfig { embed, depths: [0; 4], heads: [0; 4], window: 0 };
    for stage in 0..4 {
        let table = |block| format!("backbone.layers.{stage}.blocks.{block}.attn.relative_position_bias_table");
        config.depths[stage] = count(shapes, table);
        config.heads[stage] = axis(shapes, &table(0), 1)?;
        let window = window_of(&table(0), axis(shapes, &table(0), 0)?)?;
        if stage > 0 && window != config.window {
            return Err(unknown(format!("{} is for window {window}, stage 0 for {}", table(0), config.window)));
        }
        config.window = window;
    }
    agree("embed", hints.embed, config.embed)?;
    agree("depths", hints.depths, config.depths)?;
    agree("heads", hints.heads, config.heads)?;
    agree("window", hints.window, config.window)?;
    config.validate()?;
    Ok(config)
}

fn bert(shapes: &Shapes, hints: &ConfigHints, notices: &mut Vec<String>) -> Result<BertConfig> {
    let table = |name: &str| format!("text_encoder.embeddings.{name}_embeddings.weight");
    let (vocab, width) = (axis(shapes, &table("word"), 0)?, axis(shapes, &table("word"), 1)?);
    let layers = count(shapes, |layer| format!("text_encoder.encoder.layer.{layer}.attention.self.query.weight"));
    let config = BertConfig {
        vocab,
        width,
        layers,
        heads: match hints.bert.heads {
            Some(heads) => heads,
            None if width.is_multiple_of(64) && width > 0 => {
                // bert-base-uncased is what the official program loads; only another width leaves a doubt.
                if width != BertConfig::base().width {
                    notices.push(format!("nothing says how many heads the text encoder has: {} are assumed", width / 64));
                }
                width / 64
            }
            None => {
                return Err(Error::new(
                    "cannot tell how many attention heads the text encoder has",
                    format!("its width {width} is no multiple of 64, the usual width of a head"),
                    "say it with --config FILE.json: {\"bert\": {\"heads\": N}}",
                ));
            }
        },
        inner: axis(shapes, "text_encoder.encoder.layer.0.intermediate.dense.weight", 0)?,
        positions: axis(shapes, &table("position"), 0)?,
        types: axis(shapes, &table("token_type"), 0)?,
    };
    let given = &hints.bert;
    agree("bert.vocab", given.vocab, config.vocab)?;
    agree("bert.width", given.width, config.width)?;
    agree("bert.layers", given.layers, config.layers)?;
    agree("bert.inner", given.inner, config.inner)?;
    agree("bert.positions", given.positions, config.positions)?;
    agree("bert.types", given.types, config.types)?;
    config.validate()?;
    Ok(config)
}

/// How many of `name(0)`, `name(1)`, ... there are without a gap.
fn count(shapes: &Shapes, name: impl Fn(usize) -> String) -> usize {
    (0..).take_while(|&index| shapes.contains_key(&name(index))).count()
}

fn axis(shapes: &Shapes, name: &str, axis: usize) -> Result<usize> {
    let shape = shapes.get(name).ok_or_else(|| unknown(format!("{name} is missing")))?;
    shape.get(axis).copied().ok_or_else(|| unknown(format!("{name} has the shape {shape:?}")))
}

/// The window whose bias table has `rows` rows, (2 window - 1)².
fn window_of(name: &str, rows: usize) -> Result<usize> {
    let side = rows.isqrt();
    if side * side == rows && side % 2 == 1 {
        Ok(side.div_ceil(2))
    } else {
        Err(unknown(format!("{name} has {rows} rows, which fit no window")))
    }
}

fn agree<T: PartialEq + Debug>(field: &str, given: Option<T>, found: T) -> Result<()> {
    match given {
        Some(given) if given != found => Err(contradiction(field, &given, &found, "the tensors have")),
        _ => Ok(()),
    }
}

fn contradiction(field: &str, given: &dyn Debug, found: &dyn Debug, who: &str) -> Error {
    Error::new(
        format!("the configuration does not fit the weights: {field} = {given:?}"),
        format!("{who} {found:?}"),
        "correct that field, or leave it out",
    )
}

fn unknown(why: impl Into<String>) -> Error {
    Error::new(
        "cannot tell the network from its tensors",
        why,
        "give a whole checkpoint of FIANet or lite, a Swin classifier or a Hugging Face BERT",
    )
}
