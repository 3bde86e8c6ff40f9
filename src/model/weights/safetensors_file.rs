//! A safetensors file: its header, checked, and its tensors, read one by one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use super::tensor::{Dtype, Tensor};

/// Longest header accepted. The largest network here has 853 tensors and a header of 110 kB.
const MAX_HEADER: u64 = 16 << 20;
/// Bytes before the header: its length.
const PREFIX: u64 = 8;

/// Where a tensor lies and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// First byte, from the start of the file.
    pub start: u64,
    /// Number of bytes.
    pub length: usize,
}

/// An open safetensors file. Its header agrees with itself and with the length of the file.
#[derive(Debug)]
pub(super) struct SafetensorsFile {
    file: Mutex<File>,
    spans: BTreeMap<String, Span>,
    metadata: BTreeMap<String, String>,
    length: u64,
}

impl SafetensorsFile {
    /// Whether a file that starts with `head` (at least nine bytes) and has `length` bytes looks like one.
    pub(super) fn recognises(head: &[u8], length: u64) -> bool {
        let Some((prefix, rest)) = head.split_first_chunk::<8>() else { return false };
        rest.first() == Some(&b'{') && u64::from_le_bytes(*prefix) <= length.saturating_sub(PREFIX)
    }

    /// Reads and checks the header of a file that stands at its start.
    pub(super) fn open(mut file: File) -> Result<Self, String> {
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        let mut prefix = [0; 8];
        file.read_exact(&mut prefix).map_err(|_| "it is too short for a safetensors file")?;
        let header_length = u64::from_le_bytes(prefix);
        if header_length > length.saturating_sub(PREFIX) {
            return Err(format!("its header claims {header_length} bytes, the file has {length}"));
        }
        if header_length > MAX_HEADER {
            return Err(format!("its header of {header_length} bytes is longer than any network needs"));
        }
        let mut header = Vec::new();
        (&mut file).take(header_length).read_to_end(&mut header).map_err(|error| error.to_string())?;
        let parsed: safetensors::tensor::Metadata =
            serde_json::from_slice(&header).map_err(|error| format!("its header is broken ({error})"))?;
        let data_start = PREFIX + header_length;
        if parsed.data_len() as u64 != length - data_start {
            let (claimed, held) = (parsed.data_len(), length - data_start);
            return Err(format!("its header describes {claimed} bytes of weights, the file holds {held}"));
        }
        let mut spans = BTreeMap::new();
        for (name, info) in parsed.tensors() {
            let dtype = Dtype::from_safetensors(info.dtype)
                .ok_or_else(|| format!("tensor {name} has the element type {}", info.dtype))?;
            let (start, end) = info.data_offsets;
            let span = Span { dtype, shape: info.shape.clone(), start: data_start + start as u64, length: end - start };
            spans.insert(name, span);
        }
        let metadata = parsed.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
        Ok(Self { file: Mutex::new(file), spans, metadata, length })
    }

    /// All tensors by name.
    pub(super) fn spans(&self) -> &BTreeMap<String, Span> {
        &self.spans
    }

    /// The texts under `__metadata__`.
    pub(super) fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// Bytes in the file.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Reads one tensor.
    pub(super) fn read(&self, span: &Span) -> Result<Tensor, String> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(span.start)).map_err(|error| error.to_string())?;
        // The header was checked against the length of the file, so this allocates no more than is there.
        let mut data = vec![0; span.length];
        file.read_exact(&mut data).map_err(|_| "the file has become shorter")?;
        Tensor::new(span.dtype, span.shape.clone(), data).ok_or_else(|| "its data does not fill its shape".into())
    }
}
