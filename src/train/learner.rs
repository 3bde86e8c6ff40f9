//! What the trainer needs to know of a network that learns.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::batch::{Batch, Picture};
use super::evaluate::Fit;
use super::mask::{Mask, Size};
use super::optimizer::Group;
use crate::error::Result;
use crate::model::config::NetworkConfig;
use crate::model::load::Named;
use crate::model::names::Rename;
use crate::query::Asked;

/// What came out for a batch of `M` phrases.
#[derive(Debug)]
pub struct Pass {
    /// What to make smaller, one number.
    pub loss: Tensor<1>,
    /// `[M, 2, H, W]`.
    pub logits: Tensor<4>,
}

/// What a network says about one phrase.
#[derive(Debug, Clone, PartialEq)]
pub struct Marked {
    /// Rows and columns.
    pub size: Size,
    /// Log odds of every pixel to belong to the thing, row by row; it is marked where they are above 0.
    pub margin: Vec<f32>,
    /// Log odds that the thing is there, where the network says such things.
    pub presence: Option<f32>,
}

impl Marked {
    /// The pixels it marks.
    ///
    /// # Errors
    /// If size and pixels do not agree.
    pub fn mask(&self) -> Result<Mask> {
        let inside: Vec<u8> = self.margin.iter().map(|margin| u8::from(*margin > 0.0)).collect();
        Mask::from_bytes(self.size, &inside, 0)
    }

    /// Whether it says that the thing is there.
    pub fn says_present(&self) -> Option<bool> {
        self.presence.map(|presence| presence > 0.0)
    }

    /// Nothing is marked and nothing said.
    pub fn nothing(size: Size) -> Self {
        Self { size, margin: vec![f32::MIN; size.pixels()], presence: None }
    }
}

/// A network in training together with what reads pictures and phrases for it.
pub trait Learner {
    /// The network.
    type Network: Module;

    /// How its parameters are called in files.
    const NAMES: &'static [Rename];

    /// How a picture is shown when the network is judged, `side` pixels its longer side.
    fn fit(side: u32) -> Fit;

    /// The network's sizes, for the model's card.
    fn config(&self) -> NetworkConfig;

    /// A network of these sizes with random weights.
    fn blank(&self, device: &Device) -> Self::Network;

    /// How a parameter is trained, `None` if it stays as it is.
    fn group(&self, parameter: &Named) -> Option<Group>;

    /// Loss and logits of a batch, on a device with gradients.
    ///
    /// # Errors
    /// When the batch contradicts itself or a phrase cannot be read.
    fn pass(&mut self, network: &Self::Network, batch: &Batch, device: &Device) -> Result<Pass>;

    /// The network as it answers fastest, from one without gradients.
    fn answering(&self, network: Self::Network) -> Self::Network;

    /// What the network ([`Learner::answering`]) marks in a picture for each phrase.
    ///
    /// # Errors
    /// When picture or phrases cannot be read.
    fn mark(
        &mut self,
        network: &Self::Network,
        picture: &Picture,
        size: [usize; 2],
        asked: &[Asked],
    ) -> Result<Vec<Marked>>;
}
