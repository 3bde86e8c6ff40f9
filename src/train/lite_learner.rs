//! `lite` in training.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::batch::{Batch, Picture};
use super::evaluate::Fit;
use super::freeze::Freeze;
use super::learner::{Learner, Marked, Pass};
use super::loss::{self, Truth, margin};
use super::mask::{Mask, Size};
use super::optimizer::Group;
use super::readings::Readings;
use super::recipe::Rates;
use crate::error::{Error, Result};
use crate::model::config::NetworkConfig;
use crate::model::lite::{Features, Lite, LiteConfig, Precision, TextFeatures, normalise};
use crate::model::load::Named;
use crate::model::names::{LITE, Rename};
use crate::query::Asked;

/// What reads for `lite`, and how its parts are trained.
pub struct LiteLearner {
    readings: Readings,
    rates: Rates,
    /// The image encoder when it is not trained: folded, on a device without gradients, where it runs several times faster.
    frozen: Option<Lite>,
    freeze: Freeze,
}

impl LiteLearner {
    /// Trains `network` but for what `freeze` says.
    pub fn new(readings: Readings, network: &Lite, freeze: Freeze, rates: Rates) -> Self {
        let frozen = freeze.encoder().then(|| network.valid().folded());
        Self { readings, rates, frozen, freeze }
    }

    /// Whether the image encoder stays as it is.
    pub fn is_encoder_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    fn encode(&self, network: &Lite, batch: &Batch, device: &Device) -> Result<Features> {
        match &self.frozen {
            Some(frozen) => {
                let features = frozen.encode(views(batch, &device.clone().inner())?)?;
                Features::from_data(features.to_data(Precision::Full)?, device)
            }
            None => network.encode(views(batch, device)?),
        }
    }
}

/// Blocks of the image encoder before those of its coarsest features.
const EARLY_BLOCKS: usize = 11;

/// Whether a parameter belongs to the image encoder's first stages: the stem and the blocks down to a stride of 16.
fn is_early(name: &str) -> bool {
    let block = name.strip_prefix("encoder.blocks.").and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    name.starts_with("encoder.") && block.is_none_or(|block| block < EARLY_BLOCKS)
}

/// `[B, 3, H, W]`.
fn views(batch: &Batch, device: &Device) -> Result<Tensor<4>> {
    let view = |picture: &Picture| normalise(&picture.rgb, batch.height, batch.width, device);
    Ok(Tensor::cat(batch.pictures.iter().map(view).collect::<Result<Vec<_>>>()?, 0))
}

/// `[B, 4]`.
fn places<'a>(pictures: impl Iterator<Item = &'a Picture>, device: &Device) -> Tensor<2> {
    let places: Vec<f32> = pictures.flat_map(|picture| picture.place).collect();
    let rows = places.len() / 4;
    Tensor::from_data(TensorData::new(places, [rows, 4]), device)
}

impl Learner for LiteLearner {
    type Network = Lite;

    const NAMES: &'static [Rename] = LITE;

    fn fit(side: u32) -> Fit {
        Fit::Within(side)
    }

    fn config(&self) -> NetworkConfig {
        NetworkConfig::Lite
    }

    fn blank(&self, device: &Device) -> Lite {
        Lite::init(&LiteConfig::default(), device)
    }

    /// LITE.md, "Training": no decay of vectors in the heads, little of anything in the encoder.
    fn group(&self, parameter: &Named) -> Option<Group> {
        if !parameter.name.starts_with("encoder.") {
            let decay = if parameter.shape.len() > 1 { self.rates.decay } else { 0.0 };
            return Some(Group { rate: self.rates.rate, decay });
        }
        let group = Group { rate: self.rates.encoder_rate, decay: self.rates.encoder_decay };
        let stays = self.freeze.encoder() || (self.freeze.early_stages() && is_early(&parameter.name));
        (!stays).then_some(group)
    }

    fn pass(&mut self, network: &Lite, batch: &Batch, device: &Device) -> Result<Pass> {
        batch.check()?;
        let features = self.encode(network, batch, device)?;
        let texts: TextFeatures = self.readings.of(batch.phrases.iter().map(|phrase| &phrase.asked), device)?;
        let index: Vec<usize> = batch.phrases.iter().map(|phrase| phrase.picture).collect();
        let answer = network.answer(&features, &texts, places(batch.pictures.iter(), device), &index)?;
        let loss = loss::lite(answer.logits.clone(), answer.presence, &Truth::of(batch, device));
        Ok(Pass { loss, logits: answer.logits })
    }

    fn answering(&self, network: Lite) -> Lite {
        network.folded()
    }

    fn mark(
        &mut self,
        network: &Lite,
        picture: &Picture,
        [height, width]: [usize; 2],
        asked: &[Asked],
    ) -> Result<Vec<Marked>> {
        let device = network.devices().into_iter().next().unwrap_or_default();
        let features = network.encode(normalise(&picture.rgb, height, width, &device)?)?;
        let mut marked = Vec::with_capacity(asked.len());
        for asked in asked {
            let text = self.readings.of(std::iter::once(asked), &device)?;
            let answer = network.answer(&features, &text, places(std::iter::once(picture), &device), &[0])?;
            let presence = answer.presence.try_into_scalar::<f32>().map_err(|cause| lost().because(cause))?;
            marked.push(Marked { presence: Some(presence), ..one_marked(answer.logits)? });
        }
        Ok(marked)
    }
}

/// What is marked by the logits `[1, 2, H, W]` of one phrase.
pub(super) fn one_marked(logits: Tensor<4>) -> Result<Marked> {
    let [_, _, height, width] = logits.dims();
    let margin = margin(logits).into_data().try_to_vec::<f32>().map_err(|_| lost())?;
    Ok(Marked { size: Size::new(width as u32, height as u32)?, margin, presence: None })
}

/// The pixels of each of `[M, H, W]` margins that are above zero.
pub(super) fn masks(margin: Tensor<3>) -> Result<Vec<Mask>> {
    let [_, height, width] = margin.dims();
    let size = Size::new(width as u32, height as u32)?;
    let values = margin.into_data().try_to_vec::<f32>().map_err(|_| lost())?;
    values
        .chunks(size.pixels())
        .map(|plane| {
            let inside: Vec<u8> = plane.iter().map(|value| u8::from(*value > 0.0)).collect();
            Mask::from_bytes(size, &inside, 0)
        })
        .collect()
}

fn lost() -> Error {
    Error::new("cannot read the network's answer", "the device lost it", "try again")
}
