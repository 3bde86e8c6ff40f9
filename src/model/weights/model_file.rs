//! A model file of our own: safetensors with official names and a card.

use std::path::{Path, PathBuf};

use super::archive::{open_file, unreadable};
use super::card::{CARD_KEY, Card};
use super::hash::ModelHash;
use super::hints::{ConfigHints, TrainingArgs};
use super::safetensors_file::{SafetensorsFile, Span};
use super::schema::Param;
use super::tensor::Tensor;
use super::write::{Planned, write_model};
use super::{check, infer, schema};
use crate::error::{Error, Result};
use crate::model::config::NetworkConfig;

/// An open model file whose header has been checked: the tensors are there, with the shapes the network needs.
#[derive(Debug)]
pub struct ModelFile {
    path: PathBuf,
    file: SafetensorsFile,
    config: NetworkConfig,
    card: Option<Card>,
    params: Vec<Param>,
    notices: Vec<String>,
}

impl ModelFile {
    /// Opens a model file. Only the header is read.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, &ConfigHints::default())
    }

    /// Opens a model file that may lack a card, with what is known of its configuration. Both must agree with the
    /// tensors.
    pub fn open_with(path: &Path, hints: &ConfigHints) -> Result<Self> {
        let (file, head, length) = open_file(path)?;
        if !SafetensorsFile::recognises(&head, length) {
            return Err(Error::new(
                format!("cannot use the model {}", path.display()),
                "it is no safetensors file, or a damaged one",
                "import a checkpoint first: referent model import FILE.pth -o MODEL.safetensors",
            ));
        }
        let file = SafetensorsFile::open(file).map_err(|why| unreadable(path, why))?;
        let card = match file.metadata().get(CARD_KEY) {
            Some(text) => Some(
                serde_json::from_str::<Card>(text)
                    .map_err(|error| unreadable(path, format!("its card is broken ({error})")))?,
            ),
            None => None,
        };
        let found = file.spans().iter().map(|(name, span)| (name.clone(), (span.dtype, span.shape.clone()))).collect();
        let shapes = file.spans().iter().map(|(name, span)| (name.clone(), span.shape.clone())).collect();
        let mut hints = hints.clone();
        if let Some(card) = &card {
            hints.fill_from(&card.config);
        }
        let inferred = infer::network(path, &shapes, &hints, &TrainingArgs::default())?;
        let params = schema::of(&inferred.config);
        check::complete(path, &found, &params)?;
        let (config, notices) = (inferred.config, inferred.notices);
        Ok(Self { path: path.to_owned(), file, config, card, params, notices })
    }

    /// The file. Its tensors lie in it as safetensors.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes in the file.
    pub fn length(&self) -> u64 {
        self.file.length()
    }

    /// The network and its sizes.
    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }

    /// The card, where the file has one.
    pub fn card(&self) -> Option<&Card> {
        self.card.as_ref()
    }

    /// All tensors the network has, in the order of the official state dict.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// What had to be assumed about the configuration.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The texts of the header.
    pub fn metadata(&self) -> impl Iterator<Item = (&str, &str)> {
        self.file.metadata().iter().map(|(key, text)| (key.as_str(), text.as_str()))
    }

    /// Element types in the file, most frequent first, with the number of tensors that have them.
    pub fn dtypes(&self) -> Vec<(&'static str, usize)> {
        let mut counts = std::collections::BTreeMap::new();
        for span in self.file.spans().values() {
            *counts.entry(span.dtype.name()).or_insert(0) += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// Reads one tensor as it is in the file.
    pub fn tensor(&self, name: &str) -> Result<Tensor> {
        let span = self.file.spans().get(name).ok_or_else(|| unreadable(&self.path, format!("{name} is missing")))?;
        self.file.read(span).map_err(|why| unreadable(&self.path, format!("tensor {name}: {why}")))
    }

    /// Reads one tensor as 32-bit floats, row-major.
    pub fn tensor_f32(&self, name: &str) -> Result<Vec<f32>> {
        Ok(self.tensor(name)?.to_f32())
    }

    /// Writes a copy of the model file `from` with its card changed, whole or not at all; `to` may be the same file. Every tensor keeps
    /// its element type. A file without a card gets one that says its name and network.
    ///
    /// # Errors
    /// If the file cannot be used or the copy not be written.
    pub fn with_card(from: &Path, to: &Path, change: impl FnOnce(&mut Card)) -> Result<()> {
        let model = Self::open(from)?;
        let name = from.file_stem().unwrap_or_default().to_string_lossy();
        let mut card = model.card.clone().unwrap_or_else(|| Card::new(name, model.config.clone()));
        change(&mut card);
        let planned = |(name, span): (&String, &Span)| Planned {
            name: name.clone(),
            dtype: span.dtype,
            shape: span.shape.clone(),
        };
        let plan: Vec<Planned> = model.file.spans().iter().map(planned).collect();
        write_model(to, &card, &plan, |planned| model.tensor(&planned.name)).map(drop)
    }

    /// Computes the hash of the tensors; reads the whole file.
    pub fn hash(&self) -> Result<String> {
        let mut hash = ModelHash::default();
        for name in self.file.spans().keys() {
            hash.add(name, &self.tensor(name)?);
        }
        Ok(hash.finish())
    }

    /// Reads the whole file and refuses it if its card says another hash or, by name, if a tensor has values that are
    /// not finite or a variance that is negative. Gives the hash.
    pub fn verify(&self) -> Result<String> {
        let mut hash = ModelHash::default();
        for param in &self.params {
            // Counters and indices may be missing.
            if self.file.spans().contains_key(&param.name) {
                let tensor = self.tensor(&param.name)?;
                check::values(param, &tensor)
                    .map_err(|why| unreadable(&self.path, format!("tensor {}: {why}", param.name)))?;
                hash.add(&param.name, &tensor);
            }
        }
        let hash = hash.finish();
        match self.card.as_ref().map(|card| card.hash.as_str()).filter(|said| !said.is_empty() && *said != hash) {
            None => Ok(hash),
            Some(said) => Err(Error::new(
                format!("the weights are not those its card speaks of in {}", self.path.display()),
                format!("their hash is {hash:.12}…, the card says {said:.12}…"),
                "get the file again",
            )),
        }
    }
}
