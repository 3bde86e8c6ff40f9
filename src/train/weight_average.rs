//! The average of a network's weights over its last steps, which does better than any single one of them.
//!
//! Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992; here with exponential weights.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;

/// A copy of `network` without gradients whose weights and statistics moved towards those of `current`.
///
/// `kept` is the share that stays, once the run is old enough: the average of step `step` (from 0) never looks further back
/// than the run is long, so that the start is forgotten in time.
pub fn moved<M: Module>(average: M, current: &M, kept: f64, step: u64) -> M {
    let kept = kept.min((1.0 + step as f64) / (10.0 + step as f64));
    let mut seen = Seen { values: HashMap::new() };
    // Without gradients, and with the statistics that training holds back brought up to date.
    current.valid().visit(&mut seen);
    average.map(&mut Move { values: seen.values, kept })
}

struct Seen {
    /// Flat.
    values: HashMap<ParamId, Tensor<1>>,
}

impl ModuleVisitor for Seen {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let length = value.shape().num_elements();
        self.values.insert(param.id, value.reshape([length]));
    }
}

struct Move {
    values: HashMap<ParamId, Tensor<1>>,
    kept: f64,
}

impl ModuleMapper for Move {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(current) = self.values.remove(&param.id) else { return param };
        let kept = self.kept;
        param.map(|average| {
            let shape = average.dims();
            average * kept + current.reshape(shape) * (1.0 - kept)
        })
    }
}
