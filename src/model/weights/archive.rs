//! Tensors by name out of any file that weights come in: torch's zip archive and older plain file, and safetensors.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use super::pickle::{Entries, Node, Pickle, Value};
use super::safetensors_file::{SafetensorsFile, Span};
use super::tensor::{Dtype, Tensor};
use super::torch::View;
use super::torch_legacy::TorchLegacy;
use super::torch_zip::TorchZip;
use crate::error::{Error, Result};

/// Most values and text bytes that [`Archive::metadata`] writes.
const METADATA_BUDGET: usize = 4 << 20;
/// Most scalar tensors that [`Archive::metadata`] reads, and most bytes it reads for one.
const METADATA_SCALARS: usize = 10_000;
const METADATA_SCALAR_BYTES: usize = 1 << 16;
/// Longest tensor name accepted.
const MAX_NAME: usize = 1024;

/// The forms a file of weights can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The zip archive of `torch.save` since torch 1.6.
    TorchZip,
    /// The plain file of `torch.save` before that.
    TorchLegacy,
    /// safetensors.
    Safetensors,
}

/// One tensor in a file, not yet read.
#[derive(Debug, Clone)]
pub struct Entry {
    name: String,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    View(View),
    Span(Span),
}

impl Entry {
    /// Its name in the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Element type.
    pub fn dtype(&self) -> Dtype {
        match &self.place {
            Place::View(view) => view.dtype,
            Place::Span(span) => span.dtype,
        }
    }

    /// Size of each axis, outermost first; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        match &self.place {
            Place::View(view) => &view.shape,
            Place::Span(span) => &span.shape,
        }
    }
}

#[derive(Debug)]
enum Source {
    Zip(TorchZip, Pickle),
    Legacy(TorchLegacy, Pickle),
    Safetensors(SafetensorsFile),
}

/// An open file of weights. Tensors are read one at a time when asked for.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    source: Source,
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
    ignored: Vec<String>,
}

impl Archive {
    /// Opens `path` and lists its tensors: those of `state_dict` or else `model`, where the saved object has such a
    /// key, or else of the object itself (FIANET.md 11.1, 11.2).
    ///
    /// Nothing in the file is executed, and nothing is allocated because a header says so. Fails when the file is of
    /// another kind, is damaged or holds no tensors.
    pub fn open(path: &Path) -> Result<Self> {
        let broken = |why: String| unreadable(path, why);
        let (file, head, length) = open_file(path)?;
        let source = if SafetensorsFile::recognises(&head, length) {
            Source::Safetensors(SafetensorsFile::open(file).map_err(broken)?)
        } else if head.starts_with(b"PK") {
            let (records, bytes) = TorchZip::open(file).map_err(broken)?;
            let pickle = Pickle::read(&bytes).map_err(|error| broken(format!("its pickle is broken: {error}")))?;
            Source::Zip(records, pickle)
        } else if head.first() == Some(&0x80) {
            let (records, pickle) = TorchLegacy::open(file).map_err(broken)?;
            Source::Legacy(records, pickle)
        } else {
            return Err(broken("it is neither a file of torch.save nor safetensors".into()));
        };
        let (entries, ignored) = match &source {
            Source::Safetensors(file) => (span_entries(file), Vec::new()),
            Source::Zip(_, pickle) | Source::Legacy(_, pickle) => view_entries(pickle).map_err(broken)?,
        };
        let by_name = entries.iter().enumerate().map(|(index, entry)| (entry.name.clone(), index)).collect();
        Ok(Self { path: path.to_owned(), source, entries, by_name, ignored })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its form.
    pub fn format(&self) -> Format {
        match self.source {
            Source::Zip(..) => Format::TorchZip,
            Source::Legacy(..) => Format::TorchLegacy,
            Source::Safetensors(_) => Format::Safetensors,
        }
    }

    /// The tensors of the state dict, in the order of the file (by name for safetensors).
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The tensor called `name`.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).and_then(|&index| self.entries.get(index))
    }

    /// Keys of the state dict whose value is no tensor.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Reads the tensor of an entry of this archive.
    pub fn read(&self, entry: &Entry) -> Result<Tensor> {
        let tensor = match &entry.place {
            Place::View(view) => self.gather(view),
            Place::Span(span) => match &self.source {
                Source::Safetensors(file) => file.read(span),
                _ => Err("it belongs to another file".into()),
            },
        };
        tensor.map_err(|why| unreadable(&self.path, format!("tensor {}: {why}", entry.name)))
    }

    /// The saved object, in a file of torch: `args`, optimizer state and whatever else is beside the weights.
    pub fn root(&self) -> Option<Node<'_>> {
        match &self.source {
            Source::Zip(_, pickle) | Source::Legacy(_, pickle) => Some(pickle.root()),
            Source::Safetensors(_) => None,
        }
    }

    /// The tensor that `node` of this archive's object builds; `None` if it is none.
    pub fn tensor_at(&self, node: Node<'_>) -> Result<Option<Tensor>> {
        let read = View::of(node).and_then(|view| view.map(|view| self.gather(&view)).transpose());
        read.map_err(|why| unreadable(&self.path, format!("a tensor beside the weights: {why}")))
    }

    /// Everything in the file but the weights, as JSON: the texts of a safetensors header, or the saved object
    /// without its state dict. Scalar tensors become numbers, others a note of their type and shape.
    pub fn metadata(&self) -> serde_json::Value {
        let root = match &self.source {
            Source::Safetensors(file) => {
                return file.metadata().iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            }
            Source::Zip(_, pickle) | Source::Legacy(_, pickle) => pickle.root(),
        };
        let mut result = serde_json::Map::new();
        let Some((key, _)) = state_dict_key(root) else { return result.into() };
        // All keys share these, so that many keys cannot each spend them.
        let mut budget = METADATA_BUDGET;
        let mut scalars = METADATA_SCALARS;
        for (name, value) in root.entries().into_iter().flat_map(Entries::iter) {
            let Some(name) = name.as_str().filter(|name| *name != key && name.len() <= MAX_NAME) else { continue };
            let json = value.to_json(&mut budget, &mut |node| self.scalar_or_note(node, &mut scalars));
            let json = json.unwrap_or_else(|| "too large to show".into());
            result.insert(name.to_owned(), json);
        }
        result.into()
    }

    /// A tensor as JSON: its value if it is a scalar and `scalars` more may be read, else a note of what it is.
    fn scalar_or_note(&self, node: Node<'_>, scalars: &mut usize) -> Option<serde_json::Value> {
        let view = match View::of(node) {
            Ok(Some(view)) => view,
            Ok(None) => return None,
            Err(why) => return Some(why.into()),
        };
        let small = view.bytes_needed().is_ok_and(|needed| needed <= METADATA_SCALAR_BYTES);
        if !view.shape.is_empty() || !small || *scalars == 0 {
            return Some(format!("tensor {} {:?}", view.dtype.name(), view.shape).into());
        }
        *scalars -= 1;
        Some(match self.gather(&view) {
            Err(why) => why.into(),
            Ok(tensor) if tensor.dtype().is_float() => tensor.to_f64().first().copied().unwrap_or(0.0).into(),
            Ok(tensor) => tensor.to_i64().first().copied().unwrap_or(0).into(),
        })
    }

    fn gather(&self, view: &View) -> std::result::Result<Tensor, String> {
        let needed = view.bytes_needed()?;
        let (record, big_endian) = match &self.source {
            Source::Zip(records, _) => (records.storage(&view.storage.key, needed)?, records.big_endian()),
            Source::Legacy(records, _) => (records.storage(&view.storage.key, needed)?, records.big_endian()),
            Source::Safetensors(_) => return Err("it belongs to another file".into()),
        };
        view.gather(&record, big_endian)
    }
}

/// Opens an ordinary file; gives its first nine bytes and its length, and leaves it at its start.
pub(super) fn open_file(path: &Path) -> Result<(File, Vec<u8>, u64)> {
    let failed = |error: std::io::Error| {
        Error::new(format!("cannot open {}", path.display()), error.to_string(), "check the path").because(error)
    };
    // Asked before opening, since opening a pipe would wait for its other end.
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(unreadable(path, if metadata.is_dir() { "it is a folder" } else { "it is no ordinary file" }));
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut head = Vec::new();
    (&mut file).take(9).read_to_end(&mut head).map_err(failed)?;
    file.rewind().map_err(failed)?;
    Ok((file, head, metadata.len()))
}

/// The error of a file whose content is at fault.
pub(super) fn unreadable(path: &Path, why: impl Into<String>) -> Error {
    Error::new(
        format!("cannot read the weights in {}", path.display()),
        why,
        "get the file again, or save it again with torch.save or safetensors",
    )
}

/// Under which key of the saved object its state dict lies, with that dict.
fn state_dict_key(root: Node<'_>) -> Option<(&'static str, Node<'_>)> {
    ["state_dict", "model"].into_iter().find_map(|key| {
        let inner = root.get(key)?;
        inner.entries().map(|_| (key, inner))
    })
}

fn span_entries(file: &SafetensorsFile) -> Vec<Entry> {
    file.spans().iter().map(|(name, span)| Entry { name: name.clone(), place: Place::Span(span.clone()) }).collect()
}

/// The tensors of the state dict, and the keys of it that are none.
fn view_entries(pickle: &Pickle) -> std::result::Result<(Vec<Entry>, Vec<String>), String> {
    let root = pickle.root();
    if let Value::Object(object) = root.value()
        && !object.is_dictionary()
    {
        let (module, name) = object.class();
        return Err(format!("it holds a Python object ({module}.{name}) instead of a dictionary of weights"));
    }
    let dict = state_dict_key(root).map_or(root, |(_, dict)| dict);
    let entries =
        dict.entries().ok_or_else(|| format!("it holds {} instead of a dictionary of weights", root.kind()))?;
    let (mut found, mut ignored, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (key, value) in entries.iter() {
        let Some(name) = key.as_str() else {
            ignored.push(key.kind().to_owned());
            continue;
        };
        if name.len() > MAX_NAME {
            return Err(format!("it names a tensor with {} characters", name.len()));
        }
        if !seen.insert(name) {
            return Err(format!("it holds {name} twice"));
        }
        match View::of(value).map_err(|why| format!("tensor {name}: {why}"))? {
            Some(view) => {
                view.bytes_needed().map_err(|why| format!("tensor {name}: {why}"))?;
                found.push(Entry { name: name.to_owned(), place: Place::View(view) });
            }
            None => ignored.push(name.to_owned()),
        }
    }
    if found.is_empty() {
        let keys = ignored.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(format!("it holds no tensors (its keys: {keys})"));
    }
    Ok((found, ignored))
}
