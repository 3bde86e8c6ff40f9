//! The whole network: encoder, alignment, enhancement, decoder.

use burn::module::Module;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::decoder::Decoder;
use super::fiam::Fiam;
use super::presence::Presence;
use super::project;
use super::tmem::Tmem;
use super::values::{Answer, COARSEST, Features, TextFeatures};
use crate::error::{Error, Result};
use crate::model::efficientnet::{EfficientNetLite0, FEATURE_WIDTHS};
use crate::model::ops::{self, channels_first};
use crate::model::trace::Trace;

/// The sizes of the heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiteConfig {
    /// Width of the text encoder's hidden states.
    pub text_width: usize,
    /// Widths at strides 4, 8, 16 and 32.
    pub widths: [usize; 4],
    /// Attention heads of the alignment at each stride.
    pub heads: [usize; 4],
    /// Width in which the scales are mixed.
    pub tmem_width: usize,
    /// Rounds of mixing.
    pub tmem_blocks: usize,
    /// Attention heads of a round.
    pub tmem_heads: usize,
    /// Width of the decoder.
    pub decoder_width: usize,
}

impl Default for LiteConfig {
    /// The network that ships.
    fn default() -> Self {
        Self {
            text_width: 384,
            widths: [32, 48, 96, 160],
            heads: [1, 1, 4, 4],
            tmem_width: 160,
            tmem_blocks: 2,
            tmem_heads: 4,
            decoder_width: 64,
        }
    }
}

/// The network. Freshly made or loaded it has BatchNorms and trains; [`Lite::folded`] answers faster.
#[derive(Module, Debug)]
pub struct Lite {
    encoder: EfficientNetLite0,
    project: Vec<Conv2d>,
    coordinates: Vec<Linear>,
    fiam: Vec<Fiam>,
    tmem: Tmem,
    decoder: Decoder,
    presence: Presence,
}

impl Lite {
    /// A network with random weights.
    pub fn init(config: &LiteConfig, device: &Device) -> Self {
        let LiteConfig { text_width, widths, heads, tmem_width, tmem_blocks, tmem_heads, decoder_width } = *config;
        let scales = || widths.into_iter();
        Self {
            encoder: EfficientNetLite0::init(device),
            project: FEATURE_WIDTHS.into_iter().zip(scales()).map(|(c, w)| project::project(c, w, device)).collect(),
            coordinates: scales().map(|w| project::coordinates(w, device)).collect(),
            fiam: scales().zip(heads).map(|(w, heads)| Fiam::init(w, text_width, heads, device)).collect(),
            tmem: Tmem::init(widths, tmem_width, tmem_blocks, tmem_heads, text_width, device),
            decoder: Decoder::init(widths, decoder_width, device),
            presence: Presence::init(tmem_width, device),
        }
    }

    /// The same network with every BatchNorm folded into the convolution before it: it answers faster, equal but for
    /// rounding, and no longer trains.
    pub fn folded(self) -> Self {
        Self { encoder: self.encoder.folded(), decoder: self.decoder.folded(), ..self }
    }

    /// Looks at `[B, 3, H, W]` views, normalised as [`super::normalise`] does.
    ///
    /// # Errors
    /// If a side is no multiple of 32, or zero.
    pub fn encode(&self, view: Tensor<4>) -> Result<Features> {
        let [_, _, height, width] = view.dims();
        if [height, width].iter().any(|&side| side == 0 || !side.is_multiple_of(COARSEST)) {
            return Err(Error::usage(
                format!("cannot look at a view of {width} x {height} pixels"),
                format!("its sides are no multiples of {COARSEST}"),
                "pad or crop it",
            ));
        }
        Ok(Features::new(self.encoder.forward(view)))
    }

    /// Asks `M` phrases: phrase `m` of `texts` about view `index[m]` of `features`.
    ///
    /// `boxes` `[B, 4]` says where each view lies in the frame, `x0, y0, x1, y1` in 0..1 of its width and height.
    ///
    /// # Errors
    /// If the numbers of views or phrases disagree.
    pub fn answer(
        &self,
        features: &Features,
        texts: &TextFeatures,
        boxes: Tensor<2>,
        index: &[usize],
    ) -> Result<Answer> {
        self.answer_traced(features, texts, boxes, index, &Trace::off())
    }

    /// [`Lite::answer`], what leaves each part shown to `trace` under its name in the file: `project.I`, `fiam.I`,
    /// `tmem.gates.I` and `decoder.stages.K` as `[_, C, H, W]` maps, `tmem.blocks.J` as `[M, N, C]`.
    ///
    /// # Errors
    /// As [`Lite::answer`].
    pub fn answer_traced(
        &self,
        features: &Features,
        texts: &TextFeatures,
        boxes: Tensor<2>,
        index: &[usize],
        trace: &Trace,
    ) -> Result<Answer> {
        check(features, texts, &boxes, index)?;
        let (height, width) = features.size();
        let views = PhraseViews::new(index, features.views(), &boxes.device());

        let mut scale = 0;
        let aligned = features.maps().each_ref().map(|map| {
            let cells = self.cells(scale, map, &boxes, trace); // [B, H, W, C]
            let cells = self.fiam[scale].forward(views.of(cells), texts); // [M, H, W, C]
            show(trace.nth("fiam", scale), &cells);
            scale += 1;
            cells
        });
        let enhanced = self.tmem.forward(aligned, &texts.sentence, trace);
        for (scale, gated) in enhanced.scales.iter().enumerate() {
            show(trace.nth("tmem.gates", scale), gated);
        }
        let logits = self.decoder.forward(enhanced.scales, height, width, trace);
        Ok(Answer { logits, presence: self.presence.forward(enhanced.summary) })
    }

    /// How strongly sentence, object part and position part speak at each pixel when `M` phrases are asked as in
    /// [`Lite::answer`]: `[M, H, W, 3]` at the view's size, in 0..1.
    ///
    /// At each scale the position speaks by its weight `p`, the others by the length L of their vectors `a` and `o`, shown as
    /// L / (1 + L): what the attention to the words became after its gate. A length is a root mean square, so that one half is a
    /// vector as long as those that leave a LayerNorm. The scales are resized to the view and their mean is taken.
    ///
    /// # Errors
    /// As [`Lite::answer`].
    pub fn attention(
        &self,
        features: &Features,
        texts: &TextFeatures,
        boxes: Tensor<2>,
        index: &[usize],
    ) -> Result<Tensor<4>> {
        check(features, texts, &boxes, index)?;
        let (height, width) = features.size();
        let views = PhraseViews::new(index, features.views(), &boxes.device());
        let scales = features.maps().iter().enumerate().map(|(scale, map)| {
            let cells = self.cells(scale, map, &boxes, &Trace::off()); // [B, H, W, C]
            let attention = self.fiam[scale].attention(views.of(cells), texts); // [M, H, W, 3]
            ops::resize(attention, height, width)
        });
        let stacked: Tensor<5> = Tensor::stack(scales.collect(), 0); // [4, M, height, width, 3]
        Ok(stacked.mean_dim(0).squeeze_dim(0))
    }

    /// The cells of one scale of the views, before any phrase: `[B, H, W, C]`.
    fn cells(&self, scale: usize, map: &Tensor<4>, boxes: &Tensor<2>, trace: &Trace) -> Tensor<4> {
        let (project, coordinates) = (&self.project[scale], &self.coordinates[scale]);
        project::cells(map.clone(), boxes.clone(), project, coordinates, trace.nth("project", scale))
    }
}

/// The view each phrase asks; `None` where phrase `m` asks view `m`.
struct PhraseViews(Option<Tensor<1, Int>>);

impl PhraseViews {
    fn new(index: &[usize], views: usize, device: &Device) -> Self {
        if index.iter().copied().eq(0..views) {
            return Self(None);
        }
        let index: Vec<i32> = index.iter().map(|&view| view as i32).collect();
        let phrases = index.len();
        Self(Some(Tensor::from_data(TensorData::new(index, [phrases]), device)))
    }

    /// `[B, ...]` of views to `[M, ...]` of phrases.
    fn of(&self, cells: Tensor<4>) -> Tensor<4> {
        match &self.0 {
            None => cells,
            Some(index) => cells.select(0, index.clone()),
        }
    }
}

fn check(features: &Features, texts: &TextFeatures, boxes: &Tensor<2>, index: &[usize]) -> Result<()> {
    let views = features.views();
    let phrases = index.len();
    let refuse = |why: String| {
        let what = format!("cannot ask {phrases} phrases about {views} views");
        Err(Error::usage(what, why, "give one box a view and one text and view number a phrase"))
    };
    if boxes.dims() != [views, 4] {
        return refuse(format!("the boxes have shape {:?}", boxes.dims()));
    }
    if phrases == 0 {
        return refuse("there is no phrase".into());
    }
    if let Some(view) = index.iter().find(|&&view| view >= views) {
        return refuse(format!("there is no view {view}"));
    }
    for (name, text) in [("sentence", &texts.sentence), ("object", &texts.object), ("position", &texts.position)] {
        let [rows, tokens, _] = text.hidden.dims();
        if rows != phrases || text.mask.dims() != [rows, tokens] {
            let (hidden, mask) = (text.hidden.dims(), text.mask.dims());
            return refuse(format!("the texts of the {name} have shape {hidden:?} and masks {mask:?}"));
        }
    }
    Ok(())
}

/// Records `[_, H, W, C]` cells as the `[_, C, H, W]` map that leaves `place`.
fn show(place: Trace<'_>, cells: &Tensor<4>) {
    place.output(|| channels_first(cells.clone()));
}
