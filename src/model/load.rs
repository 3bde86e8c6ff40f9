//! Loading and saving a network's weights under the official names.

use std::collections::{BTreeMap, BTreeSet};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{DType, Tensor, TensorData};
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use super::names::{IGNORED, Rename, official};
use super::weights::ModelFile;
use crate::error::{Error, Result};

/// Where weights come from: named arrays of numbers in rows.
pub trait Weights {
    /// All names.
    fn names(&self) -> Vec<String>;
    /// The shape of the array called `name`.
    fn shape(&self, name: &str) -> Option<Vec<usize>>;
    /// Its values in single precision.
    fn values(&self, name: &str) -> Result<Vec<f32>>;
}

/// Weights in memory: shape and values by name.
pub type WeightMap = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

impl Weights for WeightMap {
    fn names(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.get(name).map(|(shape, _)| shape.clone())
    }

    fn values(&self, name: &str) -> Result<Vec<f32>> {
        self.get(name).map(|(_, values)| values.clone()).ok_or_else(|| absent(name))
    }
}

impl Weights for ModelFile {
    fn names(&self) -> Vec<String> {
        self.params().iter().map(|param| param.name.clone()).collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.params().iter().find(|param| param.name == name).map(|param| param.shape.clone())
    }

    fn values(&self, name: &str) -> Result<Vec<f32>> {
        self.tensor_f32(name)
    }
}

/// A safetensors file in memory; 16-bit and 64-bit floats become single precision.
impl Weights for SafeTensors<'_> {
    fn names(&self) -> Vec<String> {
        self.names().into_iter().map(str::to_owned).collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.tensor(name).ok().map(|view| view.shape().to_vec())
    }

    fn values(&self, name: &str) -> Result<Vec<f32>> {
        let view = self.tensor(name).map_err(|e| absent(name).because(e))?;
        let numbers = || Error::new(format!("cannot use {name}"), format!("its numbers are {:?}", view.dtype()), "");
        floats(view.data(), view.dtype()).ok_or_else(numbers)
    }
}

fn absent(name: &str) -> Error {
    Error::new(format!("cannot read {name}"), "there is no array of this name", "")
}

/// Little-endian floats of any width as single precision; `None` for other types.
fn floats(bytes: &[u8], dtype: Dtype) -> Option<Vec<f32>> {
    fn each<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        bytes.as_chunks::<N>().0.iter().map(|chunk| read(*chunk)).collect()
    }
    match dtype {
        Dtype::F32 => Some(each(bytes, f32::from_le_bytes)),
        Dtype::F16 => Some(each(bytes, |b| f16::from_le_bytes(b).to_f32())),
        Dtype::BF16 => Some(each(bytes, |b| bf16::from_le_bytes(b).to_f32())),
        Dtype::F64 => Some(each(bytes, |b| f64::from_le_bytes(b) as f32)),
        _ => None,
    }
}

/// Fills every parameter and statistic of `module` from `weights`, called as `table` says.
///
/// An array that is missing, has another shape or belongs to nothing is an error that names it.
/// Derived tables and counters ([`IGNORED`]) are passed over.
pub fn load<M: Module>(module: M, weights: &impl Weights, table: &'static [Rename]) -> Result<M> {
    let (used, problems) = (BTreeSet::new(), Vec::new());
    let mut filler = Filler { place: Place::new(table), weights, used, problems, failure: None };
    let module = module.map(&mut filler);
    let Filler { used, mut problems, failure, .. } = filler;
    let ignored = |name: &str| IGNORED.contains(&name.rsplit('.').next().unwrap_or(name));
    problems.extend(
        weights
            .names()
            .into_iter()
            .filter(|name| !used.contains(name) && !ignored(name))
            .map(|name| format!("{name} belongs to no part of the network")),
    );
    match failure {
        Some(error) => Err(error),
        None if problems.is_empty() => Ok(module),
        None => Err(misfit(&problems)),
    }
}

/// Names the first problems and counts the rest.
fn misfit(problems: &[String]) -> Error {
    const SHOWN: usize = 8;
    let mut why = problems[..problems.len().min(SHOWN)].join("; ");
    if problems.len() > SHOWN {
        why.push_str(&format!("; and {} more", problems.len() - SHOWN));
    }
    Error::new("the weights do not fit the network", why, "check that file and configuration belong together")
}

/// Every parameter and statistic of `module` under its official name, in single precision.
///
/// Statistics that training still holds back are brought up to date first.
pub fn collect<M: Module>(module: &M, table: &'static [Rename]) -> WeightMap {
    let mut collector = Collector { place: Place::new(table), found: WeightMap::new() };
    module.valid().visit(&mut collector);
    collector.found
}

/// A parameter or statistic as a checkpoint calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its official name.
    pub name: String,
    /// Its shape in a checkpoint.
    pub shape: Vec<usize>,
    /// The id that optimizers and gradients know it by.
    pub id: ParamId,
}

/// Every parameter and statistic of `module`, in the order of its parts, without computing the initial values.
pub fn parameters<M: Module>(module: &M, table: &'static [Rename]) -> Vec<Named> {
    let mut register = Register { place: Place::new(table), found: Vec::new() };
    module.visit(&mut register);
    register.found
}

/// Where a walk through the modules stands.
struct Place {
    table: &'static [Rename],
    path: Vec<String>,
    /// Type of the module around each step of the path, as `Struct:Linear`.
    around: Vec<String>,
}

/// How a parameter is stored in a checkpoint.
struct Stored {
    name: String,
    /// Whether it is a linear weight, stored `[outputs, inputs]` followed by so many axes of length 1.
    linear: Option<usize>,
}

impl Place {
    fn new(table: &'static [Rename]) -> Self {
        Self { table, path: Vec::new(), around: Vec::new() }
    }

    fn enter(&mut self, name: &str, around: &str) {
        self.path.push(name.to_owned());
        self.around.push(around.to_owned());
    }

    fn exit(&mut self) {
        self.path.pop();
        self.around.pop();
    }

    fn stored(&self) -> Stored {
        let mut path = self.path.clone();
        let around = self.around.last().map(String::as_str).unwrap_or_default();
        if let Some(last) = path.last_mut()
            && matches!(around, "Struct:LayerNorm" | "Struct:BatchNorm")
        {
            match last.as_str() {
                "gamma" => *last = "weight".to_owned(),
                "beta" => *last = "bias".to_owned(),
                _ => {}
            }
        }
        let (name, kernel_axes) = official(&path, self.table);
        let linear = around == "Struct:Linear" && name.ends_with(".weight");
        Stored { name, linear: linear.then_some(kernel_axes) }
    }
}

impl Stored {
    /// The shape in a checkpoint of what has `shape` here.
    fn shape(&self, shape: &[usize]) -> Vec<usize> {
        match (self.linear, shape) {
            (Some(axes), &[inputs, outputs]) => {
                let mut stored = vec![outputs, inputs];
                stored.resize(2 + axes, 1);
                stored
            }
            _ => shape.to_vec(),
        }
    }
}

struct Filler<'a, W> {
    place: Place,
    weights: &'a W,
    used: BTreeSet<String>,
    problems: Vec<String>,
    failure: Option<Error>,
}

impl<W: Weights> Filler<'_, W> {
    /// The values of the parameter at this place, laid out as this crate holds it, or a problem.
    fn values(&mut self, shape: &[usize]) -> Option<Vec<f32>> {
        let stored = self.place.stored();
        let wanted = stored.shape(shape);
        match self.weights.shape(&stored.name) {
            None => self.problems.push(format!("{} is missing", stored.name)),
            Some(found) if found != wanted => {
                self.problems.push(format!("{} has shape {found:?} where {wanted:?} is needed", stored.name));
            }
            Some(_) if self.failure.is_some() => {}
            Some(_) => match self.weights.values(&stored.name) {
                Ok(values) if values.len() != wanted.iter().product::<usize>() => {
                    self.problems.push(format!("{} holds {} values for shape {wanted:?}", stored.name, values.len()));
                }
                Ok(values) => {
                    self.used.insert(stored.name);
                    return Some(if stored.linear.is_some() { transposed(&values, wanted[1]) } else { values });
                }
                Err(error) => self.failure = Some(error),
            },
        }
        self.used.insert(stored.name);
        None
    }
}

impl<W: Weights> ModuleMapper for Filler<'_, W> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.place.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, device, shape) = (param.id, param.lazy_device(), param.lazy_shape());
        match self.values(shape.as_slice()) {
            Some(values) => {
                let values = Tensor::from_data(TensorData::new(values, shape), (&device, DType::F32));
                param.transform_for_load(values, id)
            }
            None => param,
        }
    }
}

struct Collector {
    place: Place,
    found: WeightMap,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.place.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let stored = self.place.stored();
        let tensor = param.val();
        let shape = tensor.dims();
        // A parameter of a Burn network is always made of floats, so the values can always be had.
        let values: Vec<f32> = tensor.into_data().convert::<f32>().try_to_vec().unwrap_or_default();
        let values = if stored.linear.is_some() { transposed(&values, shape[D - 1]) } else { values };
        self.found.insert(stored.name.clone(), (stored.shape(&shape), values));
    }
}

struct Register {
    place: Place,
    found: Vec<Named>,
}

impl ModuleVisitor for Register {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.place.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let stored = self.place.stored();
        let shape = stored.shape(param.lazy_shape().as_slice());
        self.found.push(Named { name: stored.name, shape, id: param.id });
    }
}

/// The rows of `columns` numbers as columns.
fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    if columns == 0 {
        return Vec::new();
    }
    let rows = values.len() / columns;
    let mut turned = vec![0.0; values.len()];
    // In tiles, so that neither side of the copy runs through the whole array at each step.
    const TILE: usize = 32;
    for top in (0..rows).step_by(TILE) {
        for left in (0..columns).step_by(TILE) {
            for row in top..(top + TILE).min(rows) {
                for column in left..(left + TILE).min(columns) {
                    turned[column * rows + row] = values[row * columns + column];
                }
            }
        }
    }
    turned
}
