//! A network compared with logits that were computed elsewhere.

use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::Deserialize;

use super::config::NetworkConfig;
use super::fianet::{FiaNet, Regularisation, TextInput};
use super::lite::{Lite, LiteConfig, Text, TextFeatures};
use super::load::load;
use super::names::{FIANET, LITE};
use super::reference_picture::reference_picture;
use super::trace::Trace;
use super::weights::archive::Archive;
use super::weights::{ConfigHints, ModelFile};
use crate::error::{Error, Result};

/// How far a network is from a fixture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Check {
    /// Largest absolute difference of a logit.
    pub maximum_absolute: f64,
    /// The same as a share of the largest expected logit.
    pub maximum_relative: f64,
    /// Share of the pixels that get the same class; a tie is background.
    pub argmax_agreement: f64,
    /// Seconds of the forward pass.
    pub seconds: f64,
}

/// Runs the model file `model` on the inputs of the fixture folder `folder` and compares with its logits.
///
/// For FIANet the folder holds `input.image`, `input.ids`, `input.l_mask`, `input.t_mask` (object) and `input.p_mask` (position),
/// for `lite` `view`, `box` and `sentence`, `object`, `position` with their `_mask`s; and `logits`; in any of its safetensors files. A
/// fixture without picture means the reference picture ([`reference_picture`]). What shapes cannot tell of a model without
/// a card is taken from the folder's `manifest.json`.
///
/// # Errors
/// When model or fixture cannot be read, or do not belong together.
pub fn check(model: &Path, folder: &Path, device: &Device) -> Result<Check> {
    let mut fixture = Fixture::open(folder)?;
    // A model with a card knows its configuration; the fixture's would only contradict it.
    let file = match ModelFile::open(model) {
        Ok(file) if file.card().is_some() => file,
        _ => ModelFile::open_with(model, &fixture.hints()?)?,
    };
    fixture.prefer(if *file.config() == NetworkConfig::Lite { "view" } else { "input.ids" });
    let expected = fixture.floats("logits")?;
    let started;
    let logits = match file.config() {
        NetworkConfig::Lite => {
            let network = load(Lite::init(&LiteConfig::default(), device), &file, LITE)?;
            let texts = fixture.lite_texts(device)?;
            let index = vec![0; texts.phrases()];
            let (view, frame) = (fixture.tensor::<4>("view", device)?, fixture.tensor::<2>("box", device)?);
            started = Instant::now();
            network.answer(&network.encode(view)?, &texts, frame, &index)?.logits
        }
        NetworkConfig::Fianet(config) => {
            let network = load(FiaNet::new(config, Regularisation::NONE, device), &file, FIANET)?;
            let text = fixture.fianet_text(device)?;
            let image = match fixture.tensor::<4>("input.image", device) {
                Ok(image) => image,
                Err(_) => {
                    let size = [expected.shape[0], 3, expected.shape[2], expected.shape[3]];
                    reference_picture(size, "input.image", device)
                }
            };
            started = Instant::now();
            network.forward(image, &text, &Trace::off())
        }
        NetworkConfig::Swin(_) | NetworkConfig::Bert(_) => {
            return Err(file.config().only_a_part(format!("cannot check {}", model.display())));
        }
    };
    let shape = logits.dims().to_vec();
    let found = logits.into_data().try_to_vec::<f32>().map_err(|cause| {
        Error::new("cannot read the network's answer", format!("{cause:?}"), "this is a bug, please report it")
    })?;
    let seconds = started.elapsed().as_secs_f64();
    if shape != expected.shape {
        return Err(Error::new(
            format!("cannot compare with the fixture {}", folder.display()),
            format!("the network gives logits of shape {shape:?}, the fixture holds {:?}", expected.shape),
            "check that model and fixture belong together",
        ));
    }
    Ok(compare(&found, &expected.values, shape[2] * shape[3], seconds))
}

/// `plane` pixels of background, then as many of target, for each sample.
fn compare(found: &[f32], expected: &[f32], plane: usize, seconds: f64) -> Check {
    let (mut absolute, mut largest) = (0f64, 0f64);
    for (f, e) in found.iter().zip(expected) {
        let difference = f64::from((f - e).abs());
        // A NaN must not vanish in a maximum.
        absolute = if difference.is_nan() { f64::INFINITY } else { absolute.max(difference) };
        largest = largest.max(f64::from(e.abs()));
    }
    let target = |logits: &[f32]| -> Vec<bool> {
        logits
            .chunks_exact(2 * plane)
            .flat_map(|sample| {
                let (background, target) = sample.split_at(plane);
                background.iter().zip(target).map(|(b, t)| t > b).collect::<Vec<_>>()
            })
            .collect()
    };
    let (mine, theirs) = (target(found), target(expected));
    let same = mine.iter().zip(&theirs).filter(|(a, b)| a == b).count();
    Check {
        maximum_absolute: absolute,
        maximum_relative: absolute / largest.max(f64::MIN_POSITIVE),
        argmax_agreement: same as f64 / mine.len().max(1) as f64,
        seconds,
    }
}

/// The safetensors files of a folder.
struct Fixture {
    folder: PathBuf,
    archives: Vec<Archive>,
}

/// A float tensor of a fixture.
struct Floats {
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// The part of a manifest that says what network made the fixture.
#[derive(Deserialize)]
struct Manifest {
    config: Option<serde_json::Value>,
}

impl Fixture {
    fn open(folder: &Path) -> Result<Self> {
        let what = || format!("cannot use the fixture folder {}", folder.display());
        let entries = std::fs::read_dir(folder).map_err(|cause| {
            Error::new(what(), cause.to_string(), "give a folder with inputs.safetensors and logits").because(cause)
        })?;
        let mut paths: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "safetensors"))
            .collect();
        paths.sort();
        // Weights may lie beside a fixture; they hold none of its tensors, but would be searched for nothing.
        paths.retain(|path| path.file_stem().is_none_or(|stem| stem != "weights"));
        if paths.is_empty() {
            return Err(Error::new(what(), "it holds no safetensors file", "give a folder with inputs and logits"));
        }
        let archives = paths.iter().map(|path| Archive::open(path)).collect::<Result<Vec<_>>>()?;
        Ok(Self { folder: folder.to_owned(), archives })
    }

    /// Looks into the file that holds the input `marker` first: a folder may hold fixtures of several networks.
    fn prefer(&mut self, marker: &str) {
        self.archives.sort_by_key(|archive| archive.entry(marker).is_none());
    }

    /// What the manifest says of the network; nothing where there is no manifest or its configuration is a mere name.
    fn hints(&self) -> Result<ConfigHints> {
        let Ok(text) = std::fs::read_to_string(self.folder.join("manifest.json")) else {
            return Ok(ConfigHints::default());
        };
        let config = serde_json::from_str::<Manifest>(&text).ok().and_then(|manifest| manifest.config);
        match config.filter(serde_json::Value::is_object) {
            Some(config) => ConfigHints::parse(&config.to_string()).map_err(|why| {
                Error::new(
                    format!("cannot use {}", self.folder.join("manifest.json").display()),
                    why,
                    "its config must be an object such as {\"fusion_heads\": [1, 2, 2, 4]}",
                )
            }),
            None => Ok(ConfigHints::default()),
        }
    }

    fn floats(&self, name: &str) -> Result<Floats> {
        for archive in &self.archives {
            if let Some(entry) = archive.entry(name) {
                let tensor = archive.read(entry)?;
                return Ok(Floats { shape: tensor.shape().to_vec(), values: tensor.to_f32() });
            }
        }
        Err(Error::new(
            format!("cannot use the fixture folder {}", self.folder.display()),
            format!("none of its files holds {name}"),
            "give a folder made for this kind of network",
        ))
    }

    fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Result<Tensor<D>> {
        let Floats { shape, values } = self.floats(name)?;
        if shape.len() != D {
            return Err(Error::new(
                format!("cannot use the fixture folder {}", self.folder.display()),
                format!("{name} has {} axes where {D} are needed", shape.len()),
                "give a folder made for this kind of network",
            ));
        }
        Ok(Tensor::from_data(TensorData::new(values, shape), device))
    }

    fn fianet_text(&self, device: &Device) -> Result<TextInput> {
        let Floats { shape, values } = self.floats("input.ids")?;
        let ids: Vec<i32> = values.iter().map(|id| *id as i32).collect();
        Ok(TextInput {
            ids: Tensor::<2, Int>::from_data(TensorData::new(ids, shape), device),
            context: self.tensor("input.l_mask", device)?,
            object: self.tensor("input.t_mask", device)?,
            position: self.tensor("input.p_mask", device)?,
        })
    }

    fn lite_texts(&self, device: &Device) -> Result<TextFeatures> {
        let text = |part: &str| -> Result<Text> {
            let mask = self.tensor(&format!("{part}_mask"), device)?;
            Ok(Text { hidden: self.tensor(part, device)?, mask })
        };
        Ok(TextFeatures { sentence: text("sentence")?, object: text("object")?, position: text("position")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_is_the_largest_difference() {
        let check = compare(&[0.0, f32::NAN], &[0.0, 1.0], 1, 0.0);
        assert!(check.maximum_absolute.is_infinite());
    }

    #[test]
    fn classes_are_compared_pixel_by_pixel_and_a_tie_is_background() {
        // Two pixels: background 0 and 0, target 1 and 0 against target 1 and 0.5.
        let check = compare(&[0.0, 0.0, 1.0, 0.0], &[0.0, 0.0, 1.0, 0.5], 2, 0.0);
        assert_eq!((check.argmax_agreement, check.maximum_absolute), (0.5, 0.5));
    }
}
