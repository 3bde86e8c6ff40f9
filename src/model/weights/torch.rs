//! Tensors in a torch pickle: which storage each one views, and how.
//!
//! Both the zip archive and the older plain file keep a pickle of the saved object, in which a tensor is a call of
//! `torch._utils._rebuild_tensor_v2` on a persistent reference to its storage.

use super::pickle::{Items, Node, Object, Value};
use super::tensor::{Dtype, Tensor, element_count};

/// Longest name of a storage. torch numbers them; a long name shared by many tensors would be copied for each.
const MAX_KEY: usize = 64;
/// Most axes a tensor may have.
const MAX_AXES: usize = 16;

/// A storage as a tensor refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Storage {
    /// Name of the record that holds it.
    pub key: String,
    /// Element type, `None` for an untyped storage.
    pub dtype: Option<Dtype>,
    /// Number of elements, of bytes for an untyped storage.
    pub length: usize,
    /// Where this storage begins in its record, in elements (only in old files, which knew views of storages).
    pub start: usize,
}

/// A view of a storage. Offset and strides count elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    pub storage: Storage,
    pub dtype: Dtype,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

impl View {
    /// The tensor that `node` builds: `Ok(None)` if it is no tensor, `Err` with the reason if it is one that cannot
    /// be read.
    pub(super) fn of(node: Node<'_>) -> Result<Option<Self>, String> {
        let Value::Object(object) = node.value() else { return Ok(None) };
        let (module, name) = object.class();
        match (module, name) {
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => view(object.args(), None).map(Some),
            ("torch._utils", "_rebuild_tensor_v3") => {
                let dtype = object.args().get(6).and_then(dtype_global).ok_or("its element type is not known")?;
                view(object.args(), Some(dtype)).map(Some)
            }
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => parameter(object).map(Some),
            ("torch._utils" | "torch._tensor", other) if other.starts_with("_rebuild") => {
                Err(format!("it is a tensor of a kind that holds no plain weights ({other})"))
            }
            _ => Ok(None),
        }
    }

    /// Elements of the record that the view reaches, counted from the record's start.
    fn reach(&self) -> Option<usize> {
        if self.shape.contains(&0) {
            return Some(0);
        }
        let mut last = self.storage.start.checked_add(self.offset)?;
        for (&size, &stride) in self.shape.iter().zip(&self.strides) {
            last = last.checked_add((size - 1).checked_mul(stride)?)?;
        }
        last.checked_add(1)
    }

    /// Bytes of the record that must be read for this view, after checking that it stays inside its storage and is
    /// not larger than it (an expanded view could stand for any size).
    pub(super) fn bytes_needed(&self) -> Result<usize, String> {
        let size = self.dtype.size();
        let held = match self.storage.dtype {
            Some(dtype) if dtype != self.dtype => return Err("its element type is not that of its storage".into()),
            Some(_) => self.storage.length,
            None => self.storage.length / size,
        };
        let count = element_count(&self.shape).ok_or("its shape overflows")?;
        let reach = self.reach().ok_or("its strides overflow")?;
        let end = self.storage.start.checked_add(held).ok_or("its storage overflows")?;
        if reach > end {
            return Err(format!("it reaches element {reach} of a storage of {end}"));
        }
        if count > held {
            return Err(format!("it has {count} elements but its storage only {held}"));
        }
        reach.checked_mul(size).ok_or_else(|| "its storage overflows".into())
    }

    /// The tensor, from the start of its record. `record` holds at least [`View::bytes_needed`] bytes.
    pub(super) fn gather(&self, record: &[u8], big_endian: bool) -> Result<Tensor, String> {
        let size = self.dtype.size();
        let count = element_count(&self.shape).ok_or("its shape overflows")?;
        let needed = self.bytes_needed()?;
        let record = record.get(..needed).ok_or("its storage is shorter than it says")?;
        if count == 0 {
            return Tensor::new(self.dtype, self.shape.clone(), Vec::new()).ok_or_else(|| "its shape overflows".into());
        }
        // Inside the record, since the view's last element is.
        let first = (self.storage.start + self.offset) * size;
        let mut data = Vec::with_capacity(count * size);
        if self.is_contiguous() {
            let whole = record.get(first..first + count * size).ok_or("its storage is shorter than it says")?;
            data.extend_from_slice(whole);
        } else {
            self.gather_axis(record, first, 0, &mut data);
        }
        if big_endian {
            data.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        }
        Tensor::new(self.dtype, self.shape.clone(), data).ok_or_else(|| "its data does not fill its shape".into())
    }

    /// Copies what lies under axis `axis`, from byte `from` on. [`View::of`] bounds the depth to [`MAX_AXES`].
    fn gather_axis(&self, record: &[u8], from: usize, axis: usize, data: &mut Vec<u8>) {
        let size = self.dtype.size();
        let (Some(&length), Some(&stride)) = (self.shape.get(axis), self.strides.get(axis)) else {
            data.extend_from_slice(record.get(from..from + size).unwrap_or_default());
            return;
        };
        for index in 0..length {
            self.gather_axis(record, from + index * stride * size, axis + 1, data);
        }
    }

    fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        for (&size, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if size != 1 && stride != expected {
                return false;
            }
            expected *= size;
        }
        true
    }
}

fn parameter(object: Object<'_>) -> Result<View, String> {
    let inner = object.args().get(0).ok_or("a parameter without its tensor")?;
    // One level only: a parameter of a parameter is no file torch writes.
    let Value::Object(tensor) = inner.value() else { return Err("a parameter without its tensor".into()) };
    match tensor.class() {
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => {
            View::of(inner)?.ok_or_else(|| "a parameter without its tensor".into())
        }
        (_, other) => Err(format!("a parameter made by {other}")),
    }
}

/// `(storage, offset, shape, strides, ...)`.
fn view(args: Items<'_>, dtype: Option<Dtype>) -> Result<View, String> {
    let reference = match args.get(0).map(Node::value) {
        Some(Value::Persistent(reference)) => reference,
        _ => return Err("it names no storage".into()),
    };
    let storage = storage(reference)?;
    let offset = args.get(1).and_then(Node::as_usize).ok_or("its offset is no size")?;
    let shape = sizes(args.get(2)).ok_or("its shape is no list of sizes")?;
    let strides = sizes(args.get(3)).ok_or("its strides are no list of sizes")?;
    if shape.len() != strides.len() || shape.len() > MAX_AXES {
        return Err(format!("it has {} axes and {} strides", shape.len(), strides.len()));
    }
    let dtype = dtype.or(storage.dtype).ok_or("its element type is not known")?;
    Ok(View { storage, dtype, offset, shape, strides })
}

/// `('storage', type, key, location, length)`, in old files with a sixth part `(view key, offset, length)` or None.
pub(super) fn storage(reference: Node<'_>) -> Result<Storage, String> {
    let parts = reference.items().ok_or("its storage reference is no tuple")?;
    if parts.get(0).and_then(Node::as_str) != Some("storage") {
        return Err("its storage reference is of an unknown kind".into());
    }
    let dtype = match parts.get(1).map(Node::value) {
        Some(Value::Global { module: "torch.storage", name: "UntypedStorage" }) => None,
        Some(Value::Global { name, .. }) => {
            Some(storage_dtype(name).ok_or_else(|| format!("its storage is a {name:.60}"))?)
        }
        _ => return Err("its storage has no type".into()),
    };
    let key = match parts.get(2).map(Node::value) {
        Some(Value::Str(key)) if key.len() <= MAX_KEY => key.to_owned(),
        Some(Value::Int(key)) => key.to_string(),
        _ => return Err("its storage has no name, or an endless one".into()),
    };
    let mut length = parts.get(4).and_then(Node::as_usize).ok_or("its storage has no length")?;
    let mut start = 0;
    if let Some(view) = parts.get(5).and_then(Node::items) {
        start = view.get(1).and_then(Node::as_usize).ok_or("its storage view has no offset")?;
        length = view.get(2).and_then(Node::as_usize).ok_or("its storage view has no length")?;
    }
    Ok(Storage { key, dtype, length, start })
}

fn sizes(node: Option<Node<'_>>) -> Option<Vec<usize>> {
    let node = node?;
    let items = match node.value() {
        // torch.Size((2, 3))
        Value::Object(object) if object.class() == ("torch", "Size") => object.args().get(0)?.items()?,
        _ => node.items()?,
    };
    if items.len() > MAX_AXES {
        return None;
    }
    items.iter().map(Node::as_usize).collect()
}

fn storage_dtype(name: &str) -> Option<Dtype> {
    Some(match name {
        "DoubleStorage" => Dtype::F64,
        "FloatStorage" => Dtype::F32,
        "HalfStorage" => Dtype::F16,
        "BFloat16Storage" => Dtype::Bf16,
        "LongStorage" => Dtype::I64,
        "IntStorage" => Dtype::I32,
        "ShortStorage" => Dtype::I16,
        "CharStorage" => Dtype::I8,
        "ByteStorage" => Dtype::U8,
        "BoolStorage" => Dtype::Bool,
        _ => return None,
    })
}

fn dtype_global(node: Node<'_>) -> Option<Dtype> {
    let Value::Global { module: "torch", name } = node.value() else { return None };
    Some(match name {
        "float64" | "double" => Dtype::F64,
        "float32" | "float" => Dtype::F32,
        "float16" | "half" => Dtype::F16,
        "bfloat16" => Dtype::Bf16,
        "int64" | "long" => Dtype::I64,
        "int32" | "int" => Dtype::I32,
        "int16" | "short" => Dtype::I16,
        "int8" => Dtype::I8,
        "uint8" => Dtype::U8,
        "bool" => Dtype::Bool,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(offset: usize, shape: &[usize], strides: &[usize], length: usize) -> View {
        let storage = Storage { key: "0".into(), dtype: Some(Dtype::U8), length, start: 0 };
        View { storage, dtype: Dtype::U8, offset, shape: shape.into(), strides: strides.into() }
    }

    #[test]
    fn a_transposed_view_is_gathered_row_by_row() {
        let record: Vec<u8> = (0..6).collect();
        let tensor = view(0, &[3, 2], &[1, 3], 6).gather(&record, false).unwrap();
        assert_eq!(tensor.data(), [0, 3, 1, 4, 2, 5]);
    }

    #[test]
    fn an_offset_view_begins_where_it_says() {
        let record: Vec<u8> = (0..6).collect();
        assert_eq!(view(4, &[2], &[1], 6).gather(&record, false).unwrap().data(), [4, 5]);
        assert_eq!(view(5, &[], &[], 6).gather(&record, false).unwrap().data(), [5]);
    }

    #[test]
    fn a_big_endian_storage_is_turned_round() {
        let storage = Storage { key: "0".into(), dtype: Some(Dtype::I16), length: 2, start: 0 };
        let view = View { storage, dtype: Dtype::I16, offset: 0, shape: vec![2], strides: vec![1] };
        assert_eq!(view.gather(&[0, 1, 255, 255], true).unwrap().to_i64(), [1, -1]);
    }

    #[test]
    fn a_view_of_nothing_is_empty_wherever_it_begins() {
        let tensor = view(usize::MAX, &[3, 0], &[usize::MAX, usize::MAX], 0).gather(&[], false).unwrap();
        assert_eq!((tensor.shape(), tensor.data()), (&[3, 0][..], &[][..]));
    }

    #[test]
    fn a_view_larger_than_its_storage_is_refused() {
        assert!(view(0, &[1 << 40], &[0], 1).bytes_needed().is_err());
        assert!(view(0, &[7], &[1], 6).bytes_needed().is_err());
        assert!(view(usize::MAX, &[2], &[1], 6).bytes_needed().is_err());
        assert!(view(0, &[2, 2], &[usize::MAX, 1], 6).bytes_needed().is_err());
        assert!(view(0, &[usize::MAX, usize::MAX], &[0, 0], 6).bytes_needed().is_err());
    }
}
