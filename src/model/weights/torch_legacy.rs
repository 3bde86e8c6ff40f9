//! The file that `torch.save` wrote before torch 1.6: five pickles, then the storages one after another.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use super::pickle::{Node, Pickle, Value};
use super::tensor::Dtype;
use super::torch;

/// What the first pickle holds: 0x1950a86a20f9469cfc6c, least significant byte first.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The only version of the format there ever was.
const PROTOCOL: i64 = 1001;
/// Longest run of pickles accepted.
const MAX_PICKLES: u64 = 64 << 20;

/// The storages of one file.
#[derive(Debug)]
pub(super) struct TorchLegacy {
    file: Mutex<File>,
    /// First byte and number of bytes of each storage.
    storages: HashMap<String, (u64, u64)>,
    big_endian: bool,
}

impl TorchLegacy {
    /// Opens `file`; also gives the pickled object.
    pub(super) fn open(mut file: File) -> Result<(Self, Pickle), String> {
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        let mut head = Vec::new();
        (&mut file).take(MAX_PICKLES).read_to_end(&mut head).map_err(|error| error.to_string())?;
        let mut pickles = Pickles { bytes: &head, position: 0 };

        let magic = pickles.next()?;
        if !matches!(magic.root().value(), Value::BigInt(bytes) if bytes == MAGIC) {
            return Err("it is a pickle, but not one that torch.save writes".into());
        }
        let protocol = pickles.next()?;
        if protocol.root().as_i64() != Some(PROTOCOL) {
            return Err("it is of an unknown version of torch's old format".into());
        }
        let system = pickles.next()?;
        let little_endian = system.root().get("little_endian").and_then(Node::as_i64);
        let object = pickles.next()?;
        let keys = pickles.next()?;

        let types = storage_types(&object)?;
        let mut storages = HashMap::new();
        let mut position = pickles.position as u64;
        for key in keys.root().items().ok_or("its list of storages is broken")?.iter() {
            let key = key.as_str().ok_or("its list of storages is broken")?;
            let dtype = types.get(key).ok_or_else(|| format!("nothing says what storage {key} holds"))?;
            let count = read_count(&mut file, position, little_endian == Some(0))?;
            let bytes = count.checked_mul(dtype.map_or(1, Dtype::size) as u64);
            let start = position + 8;
            let end = bytes.and_then(|bytes| start.checked_add(bytes)).filter(|&end| end <= length);
            let end = end.ok_or_else(|| format!("storage {key} claims {count} elements, more than the file has"))?;
            storages.insert(key.to_owned(), (start, end - start));
            position = end;
        }
        Ok((Self { file: Mutex::new(file), storages, big_endian: little_endian == Some(0) }, object))
    }

    /// Whether the bytes of its storages have the most significant one first.
    pub(super) fn big_endian(&self) -> bool {
        self.big_endian
    }

    /// The first `needed` bytes of the storage called `key`.
    pub(super) fn storage(&self, key: &str, needed: usize) -> Result<Vec<u8>, String> {
        let &(start, length) = self.storages.get(key).ok_or_else(|| format!("storage {key} is missing"))?;
        if needed as u64 > length {
            return Err(format!("storage {key} has {length} of the {needed} bytes it should have"));
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start)).map_err(|error| error.to_string())?;
        let mut bytes = vec![0; needed];
        file.read_exact(&mut bytes).map_err(|_| "the file has become shorter")?;
        Ok(bytes)
    }
}

/// Pickles one after another.
struct Pickles<'b> {
    bytes: &'b [u8],
    position: usize,
}

impl Pickles<'_> {
    fn next(&mut self) -> Result<Pickle, String> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let (pickle, length) = Pickle::read_prefix(rest).map_err(|error| {
            format!("its pickle is broken ({} at byte {})", error.why, self.position + error.offset)
        })?;
        self.position += length;
        Ok(pickle)
    }
}

/// The element type of every storage that the object refers to, `None` for one of bytes.
fn storage_types(object: &Pickle) -> Result<HashMap<String, Option<Dtype>>, String> {
    let mut types = HashMap::new();
    for reference in object.persistent_references() {
        let storage = torch::storage(reference)?;
        types.insert(storage.key, storage.dtype);
    }
    Ok(types)
}

/// The number of elements that stands before a storage.
fn read_count(file: &mut File, position: u64, big_endian: bool) -> Result<u64, String> {
    let mut bytes = [0; 8];
    file.seek(SeekFrom::Start(position)).map_err(|error| error.to_string())?;
    file.read_exact(&mut bytes).map_err(|_| "it ends before its last storage")?;
    let count = if big_endian { i64::from_be_bytes(bytes) } else { i64::from_le_bytes(bytes) };
    u64::try_from(count).map_err(|_| "a storage of negative length".into())
}
