//! AdamW with decoupled decay, a rate and a decay for every parameter by its name.
//!
//! Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019. Burn's own AdamW has groups too, but its state
//! is filed under ids that are drawn anew for every network; this one is filed under names, so that a checkpoint finds it.

use std::collections::{BTreeMap, HashMap};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::error::{Error, Result};
use crate::model::load::Named;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;
/// PyTorch's guard against a norm of zero.
const NORM_EPSILON: f64 = 1e-6;

/// How a parameter is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// Learning rate at its peak.
    pub rate: f64,
    /// Decoupled weight decay.
    pub decay: f64,
}

/// The running means of one parameter's gradient and of its square, in rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Times this parameter was changed.
    pub steps: u32,
    /// Mean of the gradient.
    pub first: Vec<f32>,
    /// Mean of its square.
    pub second: Vec<f32>,
}

/// The optimizer of one network.
#[derive(Debug)]
pub struct AdamW {
    slots: HashMap<ParamId, Slot>,
}

#[derive(Debug)]
struct Slot {
    name: String,
    length: usize,
    group: Group,
    steps: u32,
    /// Flat, on the parameter's device without gradients.
    moments: Option<[Tensor<1>; 2]>,
}

/// What a step changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Applied {
    /// Norm of all gradients together, before clipping.
    pub norm: f64,
    /// Whether they were applied. They are not when the norm is not a finite number.
    pub applied: bool,
}

impl AdamW {
    /// Trains the `parameters` for which `group` gives one; the others stay as they are.
    pub fn new(parameters: Vec<Named>, group: impl Fn(&Named) -> Option<Group>) -> Self {
        let slot = |named: Named| {
            let group = group(&named)?;
            let length = named.shape.iter().product();
            Some((named.id, Slot { name: named.name, length, group, steps: 0, moments: None }))
        };
        Self { slots: parameters.into_iter().filter_map(slot).collect() }
    }

    /// The group of the parameter called `name`.
    pub fn group(&self, name: &str) -> Option<Group> {
        self.slots.values().find(|slot| slot.name == name).map(|slot| slot.group)
    }

    /// One step along `gradients`, each divided by `divisor`, all shortened together to the norm `clip`, with every rate
    /// multiplied by `factor`. A parameter without gradient is left alone, decay included, as in PyTorch.
    pub fn step<M: Module>(
        &mut self,
        network: M,
        gradients: GradientsParams,
        divisor: f64,
        clip: Option<f64>,
        factor: f64,
    ) -> (M, Applied) {
        let norm = self.norm(&network, &gradients) / divisor;
        if !norm.is_finite() {
            return (network, Applied { norm, applied: false });
        }
        let shorten = clip.map_or(1.0, |clip| (clip / (norm + NORM_EPSILON)).min(1.0));
        let mut update = Update { slots: &mut self.slots, gradients, scale: shorten / divisor, factor };
        (network.map(&mut update), Applied { norm, applied: true })
    }

    /// Euclidean norm of the gradients of all trained parameters.
    fn norm<M: Module>(&self, network: &M, gradients: &GradientsParams) -> f64 {
        let mut squares = Squares { slots: &self.slots, gradients, sums: Vec::new() };
        network.visit(&mut squares);
        if squares.sums.is_empty() {
            return 0.0;
        }
        let sum = Tensor::cat(squares.sums, 0).sum();
        // A device that lost the value has no norm, which stops the run like any other NaN.
        sum.try_into_scalar::<f32>().map_or(f64::NAN, |sum| f64::from(sum).sqrt())
    }

    /// The moments of every parameter that was changed so far, by name.
    ///
    /// # Errors
    /// If the device cannot give the values.
    pub fn moments(&self) -> Result<BTreeMap<String, Moments>> {
        let host = |x: &Tensor<1>| {
            x.clone().into_data().try_to_vec::<f32>().map_err(|cause| {
                Error::new("cannot keep the optimizer's state", format!("{cause:?}"), "start from the last checkpoint")
            })
        };
        let mut all = BTreeMap::new();
        for slot in self.slots.values() {
            if let Some([first, second]) = &slot.moments {
                let moments = Moments { steps: slot.steps, first: host(first)?, second: host(second)? };
                all.insert(slot.name.clone(), moments);
            }
        }
        Ok(all)
    }

    /// Goes on from `moments`, kept on `device` (without gradients). Those of parameters that are not trained here are passed
    /// over.
    ///
    /// # Errors
    /// If they are not as long as their parameters.
    pub fn restore(&mut self, mut moments: BTreeMap<String, Moments>, device: &Device) -> Result<()> {
        for slot in self.slots.values_mut() {
            slot.moments = None;
            slot.steps = 0;
            if let Some(Moments { steps, first, second }) = moments.remove(&slot.name) {
                if [first.len(), second.len()] != [slot.length; 2] {
                    let why = format!("{} has {} values and its moments {}", slot.name, slot.length, first.len());
                    let remedy = "start anew from the model file";
                    return Err(Error::new("cannot go on with the optimizer's state", why, remedy));
                }
                let tensor = |values: Vec<f32>| {
                    let length = values.len();
                    Tensor::from_data(TensorData::new(values, [length]), (device, DType::F32))
                };
                slot.steps = steps;
                slot.moments = Some([tensor(first), tensor(second)]);
            }
        }
        Ok(())
    }
}

struct Squares<'a> {
    slots: &'a HashMap<ParamId, Slot>,
    gradients: &'a GradientsParams,
    sums: Vec<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.slots.contains_key(&param.id)
            && let Some(gradient) = self.gradients.get::<D>(param.id)
        {
            self.sums.push(gradient.square().sum());
        }
    }
}

struct Update<'a> {
    slots: &'a mut HashMap<ParamId, Slot>,
    gradients: GradientsParams,
    scale: f64,
    factor: f64,
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(slot) = self.slots.get_mut(&param.id) else { return param };
        let Some(gradient) = self.gradients.remove::<D>(param.id) else { return param };
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.dims();
        let length = shape.iter().product::<usize>();
        let flat = tensor.inner().reshape([length]);
        let changed = slot.advance(flat, gradient.reshape([length]) * self.scale, self.factor);
        Param::from_mapped_value(id, Tensor::from_inner(changed.reshape(shape)).require_grad(), mapper)
    }
}

impl Slot {
    /// Algorithm 2 of the paper; the decay is scaled by the rate, as in PyTorch.
    fn advance(&mut self, value: Tensor<1>, gradient: Tensor<1>, factor: f64) -> Tensor<1> {
        let square = gradient.clone().square() * (1.0 - BETA_2);
        let gradient = gradient * (1.0 - BETA_1);
        let [first, second] = match self.moments.take() {
            Some([first, second]) => [first * BETA_1 + gradient, second * BETA_2 + square],
            None => [gradient, square],
        };
        self.moments = Some([first.clone(), second.clone()]);
        self.steps += 1;
        let rate = self.group.rate * factor;
        let correct = |beta: f64| 1.0 - beta.powf(f64::from(self.steps));
        let width = (second / correct(BETA_2)).sqrt() + EPSILON;
        value * (1.0 - rate * self.group.decay) - first / width * (rate / correct(BETA_1))
    }
}
