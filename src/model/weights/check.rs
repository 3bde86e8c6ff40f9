//! Whether the tensors of a file are those its network has, and can be those of one that works.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::schema::{Content, Param};
use super::tensor::{Dtype, Tensor};
use crate::error::{Error, Result};

/// Most names one message lists of each kind.
const LISTED: usize = 8;

/// Refuses, by name, tensors that are missing, unknown, of another shape or of another kind of number.
///
/// Counters of BatchNorm and position indices may be missing: the first are zero and the second follow from the window.
pub(super) fn complete(path: &Path, found: &BTreeMap<String, (Dtype, Vec<usize>)>, expected: &[Param]) -> Result<()> {
    let (mut missing, mut reshaped, mut retyped) = (Vec::new(), Vec::new(), Vec::new());
    for param in expected {
        let Some((dtype, shape)) = found.get(&param.name) else {
            if matches!(param.content, Content::Parameter | Content::Statistic) {
                missing.push(param.name.clone());
            }
            continue;
        };
        if *shape != param.shape {
            reshaped.push(format!("{} has {shape:?}, not {:?}", param.name, param.shape));
        } else if dtype.is_float() != param.content.is_float() {
            retyped.push(format!("{} holds {}", param.name, dtype.name()));
        }
    }
    let known: HashSet<&str> = expected.iter().map(|param| param.name.as_str()).collect();
    let unknown: Vec<String> = found.keys().filter(|name| !known.contains(name.as_str())).cloned().collect();
    let faults: Vec<String> = [
        ("missing", missing),
        ("not part of the network", unknown),
        ("of another shape", reshaped),
        ("of the wrong kind of number", retyped),
    ]
    .into_iter()
    .filter(|(_, names)| !names.is_empty())
    .map(|(fault, names)| listed(fault, &names))
    .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        format!("the tensors are not those of the network in {}", path.display()),
        faults.join("; "),
        "check that it is a checkpoint of this network and, if you gave a configuration, that it is the right one",
    ))
}

/// Says what is wrong with the values of a tensor that no working network can have: not finite, a negative variance.
pub(super) fn values(param: &Param, tensor: &Tensor) -> std::result::Result<(), String> {
    if !param.content.is_float() {
        return Ok(());
    }
    let values = tensor.to_f32();
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        return Err(format!("it holds {value}"));
    }
    let variance = param.name.ends_with(".running_var");
    match values.iter().find(|value| variance && **value < 0.0) {
        Some(value) => Err(format!("it is a variance and holds {value}")),
        None => Ok(()),
    }
}

/// "3 are missing: a, b, c".
fn listed(fault: &str, names: &[String]) -> String {
    let shown = names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let verb = if names.len() == 1 { "is" } else { "are" };
    match names.len().saturating_sub(LISTED) {
        0 => format!("{} {verb} {fault}: {shown}", names.len()),
        more => format!("{} {verb} {fault}: {shown} and {more} more", names.len()),
    }
}
