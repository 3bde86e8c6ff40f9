//! Weights of `lite` from a model file.

use std::path::Path;

use burn::tensor::Device;

use super::{Lite, LiteConfig};
use crate::error::Result;
use crate::model::load::load;
use crate::model::names::LITE;
use crate::model::weights::ModelFile;

impl Lite {
    /// A network with the weights of `path`, all in f32 whatever the file holds.
    ///
    /// # Errors
    /// If the file cannot be read, or its tensors are not exactly those of `config`; missing, unknown and misshapen
    /// ones are named.
    pub fn load(path: &Path, config: &LiteConfig, device: &Device) -> Result<Self> {
        load(Self::init(config, device), &ModelFile::open(path)?, LITE)
    }
}
