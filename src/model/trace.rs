//! Trace: the values inside a forward pass, by the names the official program gives its modules.

use std::cell::RefCell;
use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};

/// Collects what a forward pass shows of itself: name to value.
#[derive(Debug, Default)]
pub struct Recorder {
    seen: RefCell<BTreeMap<String, TensorData>>,
}

impl Recorder {
    /// An empty recorder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything recorded, by name such as `backbone.layers.0.blocks.1.attn:out`.
    pub fn into_values(self) -> BTreeMap<String, TensorData> {
        self.seen.into_inner()
    }
}

/// Where in the network a value belongs, and whether anybody wants it.
///
/// A trace is a chain of borrowed names on the stack, so that a pass without a [`Recorder`] allocates nothing and reads
/// no value back from the device: the closures that would produce the values are never called.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    recorder: Option<&'a Recorder>,
    parent: Option<&'a Trace<'a>>,
    name: &'a str,
    index: Option<usize>,
    labels: &'a [&'a str],
}

impl<'a> Trace<'a> {
    /// Records nothing.
    pub fn off() -> Trace<'static> {
        Trace { recorder: None, parent: None, name: "", index: None, labels: &[] }
    }

    /// Records into `recorder`.
    pub fn on(recorder: &'a Recorder) -> Self {
        Self { recorder: Some(recorder), ..Trace::off() }
    }

    /// Whether values are recorded; guards work that only a trace wants.
    pub fn is_on(&self) -> bool {
        self.recorder.is_some()
    }

    /// The part called `name` of this place.
    pub fn of<'b>(&'b self, name: &'b str) -> Trace<'b> {
        Trace { recorder: self.recorder, parent: Some(self), name, index: None, labels: self.labels }
    }

    /// The part number `index` of the list called `name`.
    pub fn nth<'b>(&'b self, name: &'b str, index: usize) -> Trace<'b> {
        Trace { index: Some(index), ..self.of(name) }
    }

    /// Says that the batch holds one equal part per label: each is recorded by itself, with its label in its name.
    pub fn labelled<'b>(&'b self, labels: &'b [&'b str]) -> Trace<'b> {
        Trace { labels, ..self.of("") }
    }

    /// Records what enters this place.
    pub fn input<const D: usize>(&self, value: impl FnOnce() -> Tensor<D>) {
        self.record("in", value);
    }

    /// Records what leaves this place.
    pub fn output<const D: usize>(&self, value: impl FnOnce() -> Tensor<D>) {
        self.record("out", value);
    }

    fn record<const D: usize>(&self, side: &str, value: impl FnOnce() -> Tensor<D>) {
        let Some(recorder) = self.recorder else { return };
        let (path, value) = (self.path(), value());
        let mut seen = recorder.seen.borrow_mut();
        if self.labels.is_empty() {
            seen.insert(format!("{path}:{side}"), now(value));
        } else {
            for (label, part) in self.labels.iter().zip(value.chunk(self.labels.len(), 0)) {
                seen.insert(format!("{path}:{label}:{side}"), now(part));
            }
        }
    }

    /// `parent.name.index`; the root and label steps have no name and leave no dot.
    fn path(&self) -> String {
        let mut path = self.parent.map(Trace::path).unwrap_or_default();
        let index = self.index.map(|index| index.to_string());
        for part in [Some(self.name), index.as_deref()].into_iter().flatten().filter(|part| !part.is_empty()) {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(part);
        }
        path
    }
}

/// The values as they are at this moment.
///
/// On a GPU, Burn's data is copied from the device when it is first looked at; an operation that meanwhile works in place, such
/// as adding a residual, would show in it. Looking at once takes the copy before that.
fn now<const D: usize>(value: Tensor<D>) -> TensorData {
    let (shape, data) = (value.shape(), value.into_data());
    match data.try_to_vec::<f32>() {
        Ok(values) => TensorData::new(values, shape),
        Err(_) => data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn a_value_is_recorded_under_the_path_of_its_place() {
        let recorder = Recorder::new();
        let root = Trace::on(&recorder);
        let backbone = root.of("backbone");
        let block = backbone.nth("blocks", 3);
        block.of("attn").output(|| Tensor::<1>::from_floats([1.0, 2.0], &Device::flex()));
        assert_eq!(recorder.into_values().into_keys().collect::<Vec<_>>(), ["backbone.blocks.3.attn:out"]);
    }

    #[test]
    fn labels_split_the_batch() {
        let recorder = Recorder::new();
        let root = Trace::on(&recorder);
        let text = root.of("text");
        let text = text.labelled(&["object", "position"]);
        text.input(|| Tensor::<2>::from_floats([[1.0], [2.0]], &Device::flex()));
        let values = recorder.into_values();
        assert_eq!(values["text:object:in"].try_to_vec::<f32>().unwrap(), [1.0]);
        assert_eq!(values["text:position:in"].try_to_vec::<f32>().unwrap(), [2.0]);
    }

    #[test]
    fn a_trace_that_is_off_never_asks_for_the_value() {
        Trace::off().of("anything").output::<1>(|| unreachable!("nobody wants this"));
    }
}
