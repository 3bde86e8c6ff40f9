//! Which parts of a network stay as they are.

use serde::{Deserialize, Serialize};

/// The parts that are not trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Freeze {
    /// Everything is trained. `lite`'s text encoder never is.
    #[default]
    Nothing,
    /// The text encoder and the first stages of the image encoder, so that its last stages learn beside fusion and decoder.
    Early,
    /// The image encoder: `lite`'s EfficientNet, FIANet's Swin blocks.
    Encoder,
    /// The text encoder.
    Text,
    /// Both encoders, so that only fusion and decoder learn.
    Heads,
}

impl Freeze {
    /// Whether the first stages of the image encoder stay as they are.
    pub fn early_stages(self) -> bool {
        self == Self::Early || self.encoder()
    }

    /// Whether all of the image encoder stays as it is.
    pub fn encoder(self) -> bool {
        matches!(self, Self::Encoder | Self::Heads)
    }

    /// Whether the text encoder stays as it is.
    pub fn text(self) -> bool {
        matches!(self, Self::Text | Self::Heads | Self::Early)
    }
}
