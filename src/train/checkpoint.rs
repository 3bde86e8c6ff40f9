//! A checkpoint: one file from which a run goes on exactly as if it had never stopped.
//!
//! A safetensors file. `weights.NAME` and `average.NAME` hold parameters and statistics under their official names and in
//! their official layout, `first.NAME` and `second.NAME` the optimizer's moments in rows; the header holds the rest as JSON.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::optimizer::Moments;
use super::recipe::Recipe;
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::model::load::WeightMap;

/// Key of the JSON among the texts of the header.
const KEY: &str = "referent.training";

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Seconds of training, validation not counted.
    pub seconds: f64,
    /// The best figure of a validation so far.
    pub best: Option<f64>,
    /// Validations since then.
    pub stale: u32,
}

/// Everything a run needs to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// What it was started with.
    pub recipe: Recipe,
    /// How far it is.
    pub progress: Progress,
    /// The network.
    pub weights: WeightMap,
    /// The averaged network, if the recipe averages.
    pub average: Option<WeightMap>,
    /// The optimizer's state, by parameter.
    pub moments: BTreeMap<String, Moments>,
}

/// What stands in the header.
#[derive(Serialize, Deserialize)]
struct Header {
    recipe: Recipe,
    progress: Progress,
    /// Changes of each parameter.
    steps: BTreeMap<String, u32>,
}

impl Checkpoint {
    /// Writes the checkpoint; a file that is there is replaced once the new one is whole and on the disk.
    pub fn write(&self, path: &Path) -> Result<()> {
        let failed = |why: String| {
            let remedy = "free some space or choose another folder; the last checkpoint is untouched";
            Error::new(format!("cannot write the checkpoint {}", path.display()), why, remedy)
        };
        let header = Header {
            recipe: self.recipe.clone(),
            progress: self.progress.clone(),
            steps: self.moments.iter().map(|(name, moments)| (name.clone(), moments.steps)).collect(),
        };
        let header = serde_json::to_string(&header).map_err(|cause| failed(cause.to_string()).because(cause))?;
        let mut views = Vec::new();
        for (role, map) in [("weights", Some(&self.weights)), ("average", self.average.as_ref())] {
            for (name, (shape, values)) in map.into_iter().flatten() {
                views.push((format!("{role}.{name}"), shape.clone(), values.as_slice()));
            }
        }
        for (name, moments) in &self.moments {
            views.push((format!("first.{name}"), vec![moments.first.len()], moments.first.as_slice()));
            views.push((format!("second.{name}"), vec![moments.second.len()], moments.second.as_slice()));
        }
        let mut tensors = Vec::with_capacity(views.len());
        for (name, shape, values) in views {
            let view = TensorView::new(Dtype::F32, shape, bytemuck::cast_slice(values));
            tensors.push((name, view.map_err(|cause| failed(cause.to_string()).because(cause))?));
        }
        let texts = HashMap::from([(KEY.to_owned(), header)]);
        let bytes =
            safetensors::serialize(tensors, Some(texts)).map_err(|cause| failed(cause.to_string()).because(cause))?;
        write_whole(path, |beside| {
            let written = File::create(beside).and_then(|mut file| {
                file.write_all(&bytes)?;
                file.sync_all()
            });
            written.map_err(|cause| failed(cause.to_string()).because(cause))
        })
    }

    /// Reads a checkpoint.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |why: String| {
            let remedy = "start anew from a model file";
            Error::new(format!("cannot go on from the checkpoint {}", path.display()), why, remedy)
        };
        let bytes = std::fs::read(path).map_err(|cause| failed(cause.to_string()).because(cause))?;
        let (_, metadata) =
            SafeTensors::read_metadata(&bytes).map_err(|cause| failed(cause.to_string()).because(cause))?;
        let text = metadata.metadata().as_ref().and_then(|texts| texts.get(KEY));
        let text = text.ok_or_else(|| failed("it is no checkpoint of a training run".into()))?;
        let Header { recipe, progress, steps } =
            serde_json::from_str(text).map_err(|cause| failed(cause.to_string()).because(cause))?;
        recipe.check()?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|cause| failed(cause.to_string()).because(cause))?;
        let (mut weights, mut average) = (WeightMap::new(), WeightMap::new());
        let mut moments: BTreeMap<String, Moments> = BTreeMap::new();
        for (name, view) in tensors.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(failed(format!("{name} holds {:?} numbers", view.dtype())));
            }
            let values: Vec<f32> = view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
            let (role, name) = name.split_once('.').ok_or_else(|| failed(format!("{name} has no place in it")))?;
            match role {
                "weights" => drop(weights.insert(name.to_owned(), (view.shape().to_vec(), values))),
                "average" => drop(average.insert(name.to_owned(), (view.shape().to_vec(), values))),
                "first" | "second" => {
                    let steps = *steps.get(name).ok_or_else(|| failed(format!("the steps of {name} are missing")))?;
                    let empty = || Moments { steps, first: Vec::new(), second: Vec::new() };
                    let moments = moments.entry(name.to_owned()).or_insert_with(empty);
                    *(if role == "first" { &mut moments.first } else { &mut moments.second }) = values;
                }
                _ => return Err(failed(format!("{role}.{name} has no place in it"))),
            }
        }
        let average = (!average.is_empty()).then_some(average);
        Ok(Self { recipe, progress, weights, average, moments })
    }
}
