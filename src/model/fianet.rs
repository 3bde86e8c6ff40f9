//! FIANet: the published network, from a picture and a sentence to two logits a pixel.

use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::bert::Bert;
use super::config::{BertConfig, FiaNetConfig};
use super::cross_attention::TextView;
use super::decoder::Decoder;
use super::feature_map::FeatureMap;
use super::fiam::{Fiam, TextViews};
use super::layers::layer_norm;
use super::picture::picture;
use super::resize::{Corners, bilinear};
use super::swin::{PatchEmbed, PatchMerging, SwinBlock, Windows};
use super::tmem::Tmem;
use super::trace::Trace;
use crate::error::{Error, Result};

/// A picture as the network wants it, `[1, 3, height, width]`, from 8-bit RGB pixels row by row (FIANET.md 2.3).
///
/// # Errors
/// If `rgb` does not hold `height · width · 3` values.
pub fn normalise(rgb: &[u8], height: usize, width: usize, device: &Device) -> Result<Tensor<4>> {
    const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
    const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];
    picture(rgb, height, width, device, |value, channel| {
        (f32::from(value) / 255.0 - MEAN[channel]) / DEVIATION[channel]
    })
}

/// What training leaves out at random. Only a network on a device with gradients does so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regularisation {
    /// Drop path of the last Swin block; the first has none and those between lie on a line.
    pub drop_path: f64,
    /// Dropout inside BERT.
    pub text_dropout: f64,
}

impl Regularisation {
    /// Nothing is left out: for tests, and for training on a handful of labels.
    pub const NONE: Self = Self { drop_path: 0.0, text_dropout: 0.0 };
}

impl Default for Regularisation {
    /// The official rates.
    fn default() -> Self {
        Self { drop_path: 0.3, text_dropout: 0.1 }
    }
}

/// One sentence as token ids, and the three masks over its slots (FIANET.md section 3).
#[derive(Debug, Clone)]
pub struct TextInput {
    /// `[B, T]`, below the vocabulary's size.
    pub ids: Tensor<2, Int>,
    /// 1 for real tokens: `[B, T]`.
    pub context: Tensor<2>,
    /// 1 for the words of the object: `[B, T]`.
    pub object: Tensor<2>,
    /// 1 for the words of its position: `[B, T]`.
    pub position: Tensor<2>,
}

impl TextInput {
    /// `batch` sentences of equal length in rows, each mask as long as `ids`.
    ///
    /// Refuses ids outside the vocabulary of `config`, more tokens than it has positions, masks of another length and mask
    /// values other than 0 and 1.
    pub fn new(ids: &[i64], masks: Masks<'_>, batch: usize, config: &BertConfig, device: &Device) -> Result<Self> {
        let refused = |why: String| Error::new("cannot read the sentence", why, "tokenise it for this network");
        let length = ids.len().checked_div(batch).unwrap_or(0);
        if length == 0 || length * batch != ids.len() {
            return Err(refused(format!("{} tokens do not make {batch} sentences of equal length", ids.len())));
        }
        if length > config.positions {
            return Err(refused(format!("it has {length} tokens and the network reads {}", config.positions)));
        }
        if let Some(id) = ids.iter().find(|id| usize::try_from(**id).map_or(true, |id| id >= config.vocab)) {
            return Err(refused(format!("token {id} is not among the network's {} words", config.vocab)));
        }
        let mask = |name: &str, mask: &[f32]| {
            if mask.len() != ids.len() || mask.iter().any(|m| *m != 0.0 && *m != 1.0) {
                return Err(refused(format!("its {name} mask is not one 0 or 1 for each token")));
            }
            Ok(Tensor::from_data(TensorData::new(mask.to_vec(), [batch, length]), (device, DType::F32)))
        };
        Ok(Self {
            ids: Tensor::from_data(TensorData::new(ids.to_vec(), [batch, length]), device),
            context: mask("sentence", masks.context)?,
            object: mask("object", masks.object)?,
            position: mask("position", masks.position)?,
        })
    }
}

/// The three masks over a sentence's tokens, 0 or 1, in rows.
#[derive(Debug, Clone, Copy)]
pub struct Masks<'a> {
    /// Real tokens.
    pub context: &'a [f32],
    /// The words of the object.
    pub object: &'a [f32],
    /// The words of its position.
    pub position: &'a [f32],
}

/// The whole network. The fields are called as the official program calls its parts.
#[derive(Module, Debug)]
pub struct FiaNet {
    backbone: Backbone,
    classifier: Decoder,
    text_encoder: Bert,
}

impl FiaNet {
    /// A network with random weights, to be trained or filled by [`super::load::load`]. `config` is valid
    /// ([`FiaNetConfig::validate`]). The weights are drawn when they are first used, so filling them costs no draw.
    pub fn new(config: &FiaNetConfig, regularisation: Regularisation, device: &Device) -> Self {
        Self {
            backbone: Backbone::new(config, regularisation.drop_path, device),
            classifier: Decoder::new(config.embed, device),
            text_encoder: Bert::new(&config.bert, regularisation.text_dropout, device),
        }
    }

    /// The three readings of a sentence, which serve every picture it is asked about.
    ///
    /// They are one batch three times as long: each reading still draws its own dropout.
    pub fn read(&self, text: &TextInput, trace: &Trace) -> TextViews {
        let [b, _] = text.ids.dims();
        let ids = text.ids.clone().repeat_dim(0, 3); // [3 B, T]
        let masks = [&text.context, &text.object, &text.position].map(Tensor::clone);
        let here = trace.of("text_encoder");
        let here = here.labelled(&["context", "object", "position"]);
        let states = self.text_encoder.forward(ids, Tensor::cat(masks.to_vec(), 0), &here); // [3 B, T, D]
        let mut at = 0;
        let [context, object, position] = masks.map(|mask| {
            let features = states.clone().narrow(0, at, b); // [B, T, D]
            at += b;
            TextView { features, mask }
        });
        TextViews { context, object, position }
    }

    /// Logits `[B, 2, H, W]` (background, target) of a normalised image `[B, 3, H, W]` of any size from 1x1, about a
    /// sentence read before.
    pub fn see(&self, image: Tensor<4>, text: &TextViews, trace: &Trace) -> Tensor<4> {
        let [_, _, h, w] = image.dims();
        let maps = self.backbone.forward(image, text, &trace.of("backbone"));
        let logits = self.classifier.forward(maps, &trace.of("classifier")); // [B, 2, H₀, W₀]
        let logits = bilinear(logits, [h, w], Corners::Aligned);
        trace.of("logits").output(|| logits.clone());
        logits
    }

    /// [`Self::read`], then [`Self::see`].
    pub fn forward(&self, image: Tensor<4>, text: &TextInput, trace: &Trace) -> Tensor<4> {
        self.see(image, &self.read(text, trace), trace)
    }
}

/// Swin with a fusion after each stage, and the module over all scales.
#[derive(Module, Debug)]
struct Backbone {
    patch_embed: PatchEmbed,
    layers: Vec<Stage>,
    norms: Vec<LayerNorm>,
    tmem: Tmem,
}

impl Backbone {
    fn new(config: &FiaNetConfig, drop_path: f64, device: &Device) -> Self {
        let channels = [0, 1, 2, 3].map(|i| config.embed << i);
        // The rate grows evenly over all blocks of all stages.
        let last = config.depths.iter().sum::<usize>().saturating_sub(1).max(1);
        let mut rates = (0..).map(|g| drop_path * g as f64 / last as f64);
        Self {
            patch_embed: PatchEmbed::new(config.embed, device),
            layers: (0..4).map(|i| Stage::new(config, i, &mut rates, device)).collect(),
            norms: channels.iter().map(|&c| layer_norm(c, device)).collect(),
            tmem: Tmem::new(channels, config.bert.width, config.tmem_blocks, device),
        }
    }

    /// `[B, 3, H, W]` to the four gated maps, finest first: `[B, H_i · W_i, E · 2^i]`.
    fn forward(&self, image: Tensor<4>, text: &TextViews, trace: &Trace) -> [FeatureMap; 4] {
        let (tokens, size) = self.patch_embed.forward(image);
        let mut x = FeatureMap { tokens, size };
        trace.of("patch_embed").output(|| x.planes());
        let mut parts = self.layers.iter().zip(&self.norms).enumerate();
        let features = ["norm0", "norm1", "norm2", "norm3"].map(|name| {
            // There are four stages, so there always is a next one.
            let Some((i, (stage, norm))) = parts.next() else { return x.clone() };
            let (residual, next) = stage.forward(x.clone(), text, &trace.nth("layers", i));
            x = next;
            let feature = residual.with(norm.forward(residual.tokens.clone())); // [B, N_i, C_i]
            trace.of(name).output(|| feature.tokens.clone());
            feature
        });
        self.tmem.forward(features, &text.context, &trace.of("tmem"))
    }
}

/// Swin blocks, fusion with the text, and the way to the next stage.
#[derive(Module, Debug)]
struct Stage {
    blocks: Vec<SwinBlock>,
    fiam: Fiam,
    downsample: Option<PatchMerging>,
    window: usize,
}

impl Stage {
    fn new(config: &FiaNetConfig, i: usize, rates: &mut impl Iterator<Item = f64>, device: &Device) -> Self {
        let width = config.embed << i;
        let blocks = rates.take(config.depths[i]);
        Self {
            blocks: blocks.map(|rate| SwinBlock::new(width, config.heads[i], config.window, rate, device)).collect(),
            fiam: Fiam::new(width, config.bert.width, config.fusion_heads[i], device),
            downsample: (i < 3).then(|| PatchMerging::new(width, device)),
            window: config.window,
        }
    }

    /// The context residual of this stage and the input of the next.
    ///
    /// After the last stage there is no next one: the object and position branches would reach nothing there (section 10)
    /// and are computed for a trace only.
    fn forward(&self, x: FeatureMap, text: &TextViews, trace: &Trace) -> (FeatureMap, FeatureMap) {
        let device = x.tokens.device();
        let windows = [0, self.window / 2].map(|shift| Windows::new(x.size, self.window, shift, &device));
        let mut tokens = x.tokens;
        for (j, block) in self.blocks.iter().enumerate() {
            tokens = block.forward(tokens, &windows[j % 2], &trace.nth("blocks", j)); // [B, N, C]
        }
        let residual = self.fiam.residual(tokens.clone(), &text.context, trace); // [B, N, C]
        trace.output(|| residual.clone());
        let residual = FeatureMap { tokens: residual, size: x.size };
        if self.downsample.is_none() && !trace.is_on() {
            return (residual, FeatureMap { tokens, size: x.size });
        }
        let aligned = self.fiam.align(tokens, residual.tokens.clone(), text, x.size, trace); // [B, N, C]
        let Some(downsample) = &self.downsample else {
            return (residual, FeatureMap { tokens: aligned, size: x.size });
        };
        let here = trace.of("downsample");
        here.input(|| aligned.clone());
        let (tokens, size) = downsample.forward(aligned, x.size); // [B, N/4, 2 C]
        here.output(|| tokens.clone());
        (residual, FeatureMap { tokens, size })
    }
}
