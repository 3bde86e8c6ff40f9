//! Weights of `lite` from a safetensors file.

use std::path::Path;

use burn::store::{FloatCastAdapter, ModuleAdapter, ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};
use burn::tensor::{DType, Device};

use super::{Lite, LiteConfig};
use crate::error::{Error, Result};

impl Lite {
    /// A network with the weights of `path`, all in f32 whatever the file holds.
    ///
    /// # Errors
    /// If the file cannot be read, or its tensors are not exactly those of `config`; missing, unknown and misshapen
    /// ones are named.
    pub fn load(path: &Path, config: &LiteConfig, device: &Device) -> Result<Self> {
        let what = || format!("cannot load the network from {}", path.display());
        let remedy = "give a file written by `referent train` or `referent model import`";
        let mut network = Self::init(config, device);
        // Linear weights are transposed and norms renamed from PyTorch's conventions.
        let adapter = PyTorchToBurnAdapter.chain(FloatCastAdapter::to(DType::F32));
        let mut store =
            SafetensorsStore::from_file(path).with_from_adapter(adapter).allow_partial(true).validate(false);
        let result = network
            .load_from(&mut store)
            .map_err(|cause| Error::new(what(), "it cannot be read", remedy).because(cause))?;
        let missing: Vec<&str> = result.missing.iter().map(|(name, _)| name.as_str()).collect();
        let unknown: Vec<&str> = result.unused.iter().map(String::as_str).collect();
        for (kind, names) in [("lacks", missing), ("has unknown tensors", unknown)] {
            if !names.is_empty() {
                return Err(Error::new(what(), format!("it {kind} {}", list(&names)), remedy));
            }
        }
        match result.errors.first() {
            Some(first) => Err(Error::new(what(), first.to_string(), remedy)),
            None => Ok(network),
        }
    }
}

/// The first few names and how many more there are.
fn list(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
