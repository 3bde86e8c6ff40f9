//! FIANet in training.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::batch::{Batch, Picture};
use super::evaluate::Fit;
use super::freeze::Freeze;
use super::learner::{Learner, Marked, Pass};
use super::lite_learner::one_marked;
use super::loss::{self, Truth};
use super::optimizer::Group;
use super::recipe::Rates;
use crate::error::Result;
use crate::model::config::{FiaNetConfig, NetworkConfig};
use crate::model::fianet::{FiaNet, Masks, Regularisation, TextInput, normalise};
use crate::model::load::Named;
use crate::model::names::{FIANET, Rename};
use crate::model::trace::Trace;
use crate::query::Asked;
use crate::text::official::{Decoupled, Rule};
use crate::text::tokens::{TokenViews, WordPiece};

/// BERT layers that the official optimizer holds; it leaves the embeddings and the last two alone (FIANET.md section 11).
const TRAINED_TEXT_LAYERS: usize = 10;

/// What reads for FIANet, and how its parts are trained.
pub struct FiaNetLearner {
    config: FiaNetConfig,
    regularisation: Regularisation,
    word_piece: WordPiece,
    rule: Rule,
    freeze: Freeze,
    rates: Rates,
}

impl FiaNetLearner {
    /// A network of `config` whose sentences are taken apart by `rule`.
    pub fn new(
        config: FiaNetConfig,
        regularisation: Regularisation,
        word_piece: WordPiece,
        rule: Rule,
        freeze: Freeze,
        rates: Rates,
    ) -> Self {
        Self { config, regularisation, word_piece, rule, freeze, rates }
    }

    fn text<'a>(&self, asked: impl Iterator<Item = &'a Asked>, device: &Device) -> Result<TextInput> {
        let (mut ids, mut masks) = (Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
        let mut rows = 0;
        for Asked { sentence, .. } in asked {
            let parts = Decoupled::new(self.rule, sentence);
            let views = TokenViews::official(&self.word_piece, sentence, &parts, self.config.text_length)?;
            ids.extend(views.ids.iter().map(|id| i64::from(*id)));
            for (mask, view) in masks.iter_mut().zip([&views.sentence, &views.object, &views.position]) {
                mask.extend(view.iter().map(|on| f32::from(u8::from(*on))));
            }
            rows += 1;
        }
        let [context, object, position] = &masks;
        TextInput::new(&ids, Masks { context, object, position }, rows, &self.config.bert, device)
    }
}

/// The official optimizer's group of the parameter `name` (FIANET.md section 11), `None` for those it does not hold.
pub fn official_group(name: &str, rate: f64, decay: f64) -> Option<Group> {
    /// In the name of a backbone parameter without decay.
    const UNDECAYED: [&str; 3] = ["norm", "absolute_pos_embed", "relative_position_bias_table"];
    if name.starts_with("backbone.") {
        let decay = if UNDECAYED.iter().any(|part| name.contains(part)) { 0.0 } else { decay };
        return Some(Group { rate, decay });
    }
    if name.starts_with("classifier.") {
        return Some(Group { rate, decay });
    }
    let layer = name.strip_prefix("text_encoder.encoder.layer.")?.split('.').next()?.parse::<usize>().ok()?;
    (layer < TRAINED_TEXT_LAYERS).then_some(Group { rate, decay })
}

/// Whether a parameter belongs to the Swin part of the backbone.
fn is_swin(name: &str) -> bool {
    name.starts_with("backbone.patch_embed.") || name.contains(".blocks.") || name.contains(".downsample.")
}

/// Whether a parameter belongs to the first two stages of Swin.
fn is_early(name: &str) -> bool {
    let early = ["backbone.patch_embed.", "backbone.layers.0.", "backbone.layers.1."];
    is_swin(name) && early.iter().any(|start| name.starts_with(start))
}

impl Learner for FiaNetLearner {
    type Network = FiaNet;

    const NAMES: &'static [Rename] = FIANET;

    /// The published program shows every picture as one square (FIANET.md section 15).
    fn fit(side: u32) -> Fit {
        Fit::Square(side)
    }

    fn config(&self) -> NetworkConfig {
        NetworkConfig::Fianet(self.config.clone())
    }

    fn blank(&self, device: &Device) -> FiaNet {
        FiaNet::new(&self.config, self.regularisation, device)
    }

    fn group(&self, parameter: &Named) -> Option<Group> {
        let name = parameter.name.as_str();
        let image = self.freeze.encoder() && is_swin(name) || self.freeze.early_stages() && is_early(name);
        let text = self.freeze.text() && name.starts_with("text_encoder.");
        if image || text { None } else { official_group(name, self.rates.rate, self.rates.decay) }
    }

    /// Each phrase is a sample of its own: text and picture meet inside the backbone.
    fn pass(&mut self, network: &FiaNet, batch: &Batch, device: &Device) -> Result<Pass> {
        batch.check()?;
        let text = self.text(batch.phrases.iter().map(|phrase| &phrase.asked), device)?;
        let view = |picture: usize| normalise(&batch.pictures[picture].rgb, batch.height, batch.width, device);
        let images = batch.phrases.iter().map(|phrase| view(phrase.picture)).collect::<Result<Vec<_>>>()?;
        let logits = network.forward(Tensor::cat(images, 0), &text, &Trace::off()); // [M, 2, H, W]
        Ok(Pass { loss: loss::fianet(logits.clone(), &Truth::of(batch, device)), logits })
    }

    fn answering(&self, network: FiaNet) -> FiaNet {
        network
    }

    fn mark(
        &mut self,
        network: &FiaNet,
        picture: &Picture,
        [height, width]: [usize; 2],
        asked: &[Asked],
    ) -> Result<Vec<Marked>> {
        let device = network.devices().into_iter().next().unwrap_or_default();
        let image = normalise(&picture.rgb, height, width, &device)?;
        let mut marked = Vec::with_capacity(asked.len());
        for asked in asked {
            let text = self.text(std::iter::once(asked), &device)?;
            let logits = network.forward(image.clone(), &text, &Trace::off());
            marked.push(one_marked(logits)?);
        }
        Ok(marked)
    }
}
