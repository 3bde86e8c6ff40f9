//! MiniLM-L6, the text encoder `lite` reads with.

use std::path::Path;

use burn::tensor::Device;
use safetensors::SafeTensors;

use super::bert::Bert;
use super::config::BertConfig;
use super::load::load;
use super::names::FIANET;
use crate::error::{Error, Result};

/// all-MiniLM-L6-v2. Its vocabulary is that of bert-base-uncased.
const CONFIG: BertConfig =
    BertConfig { vocab: 30_522, width: 384, layers: 6, heads: 12, inner: 1536, positions: 512, types: 2 };

/// The text encoder from a safetensors file with Hugging Face's names.
///
/// # Errors
/// When the file cannot be read or holds another network.
pub fn minilm(path: &Path, device: &Device) -> Result<Bert> {
    let failed = |why: String| {
        let what = format!("cannot use the text encoder {}", path.display());
        Error::new(what, why, "restore the file that came with the program")
    };
    let bytes = std::fs::read(path).map_err(|cause| failed(cause.to_string()).because(cause))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|cause| failed(cause.to_string()).because(cause))?;
    load(Bert::new(&CONFIG, 0.0, device), &tensors, FIANET)
        .map_err(|cause| failed(cause.why().to_owned()).because(cause))
}
