//! The zip archive that `torch.save` writes since torch 1.6: `NAME/data.pkl` and a record `NAME/data/KEY` a storage.

use std::fs::File;
use std::io::{BufReader, Read};
use std::sync::{Mutex, PoisonError};

use zip::{CompressionMethod, ZipArchive};

/// Longest pickle accepted; a full checkpoint of the largest network has one of 0.5 MB.
const MAX_PICKLE: usize = 64 << 20;
/// Largest ratio of a compressed record. Weights do not compress, so more than this is no honest file.
const MAX_RATIO: u64 = 100;

/// The records of one archive.
#[derive(Debug)]
pub(super) struct TorchZip {
    archive: Mutex<ZipArchive<BufReader<File>>>,
    prefix: String,
    big_endian: bool,
    length: u64,
}

impl TorchZip {
    /// Opens the archive in `file`; also gives the pickle.
    pub(super) fn open(file: File) -> Result<(Self, Vec<u8>), String> {
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        let archive =
            ZipArchive::new(BufReader::new(file)).map_err(|error| format!("the archive is broken ({error})"))?;
        let pickles = (0..archive.len()).filter_map(|index| archive.name_for_index(index)?.ok());
        let prefix = pickles
            .filter_map(|name| name.strip_suffix("data.pkl").map(ToOwned::to_owned))
            .find(|prefix| prefix.is_empty() || prefix.ends_with('/') && prefix.matches('/').count() == 1)
            .ok_or("it is a zip archive, but not one that torch.save writes (there is no data.pkl)")?;
        let mut opened = Self { archive: Mutex::new(archive), prefix, big_endian: false, length };
        if opened.holds("constants.pkl") && opened.holds("code/") {
            return Err("it holds a TorchScript program, not a checkpoint".into());
        }
        if opened.holds("byteorder") {
            opened.big_endian = opened.record("byteorder", 16)?.starts_with(b"big");
        }
        let pickle = opened.record("data.pkl", MAX_PICKLE + 1)?;
        if pickle.len() > MAX_PICKLE {
            return Err(format!("its pickle is longer than {MAX_PICKLE} bytes"));
        }
        Ok((opened, pickle))
    }

    /// Whether the bytes of its storages have the most significant one first.
    pub(super) fn big_endian(&self) -> bool {
        self.big_endian
    }

    /// The first `needed` bytes of the storage called `key`.
    pub(super) fn storage(&self, key: &str, needed: usize) -> Result<Vec<u8>, String> {
        let record = self.record(&format!("data/{key}"), needed)?;
        if record.len() < needed {
            return Err(format!("storage {key} has {} of the {needed} bytes it should have", record.len()));
        }
        Ok(record)
    }

    fn holds(&self, name: &str) -> bool {
        let archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        archive.index_for_name(&format!("{}{name}", self.prefix)).is_some()
    }

    /// At most `limit` bytes of a record. Reading all of it also checks its checksum.
    fn record(&self, name: &str, limit: usize) -> Result<Vec<u8>, String> {
        let mut archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        let index = archive
            .index_for_name(&format!("{}{name}", self.prefix))
            .ok_or_else(|| format!("record {name} is missing from the archive"))?;
        let record = archive.by_index(index).map_err(|error| format!("record {name} is broken ({error})"))?;
        let (size, packed) = (record.size(), record.compressed_size());
        let plausible = match record.compression() {
            CompressionMethod::Stored => size <= self.length,
            _ => size <= (1 << 20) || size <= packed.min(self.length).saturating_mul(MAX_RATIO),
        };
        if !plausible {
            return Err(format!("record {name} claims {size} bytes out of {packed}"));
        }
        // One byte more than the record has, where the caller allows it, so that the end is reached and checked.
        let limit = limit as u64;
        let limit = if limit == size { limit.saturating_add(1) } else { limit };
        let mut bytes = Vec::with_capacity(usize::try_from(limit.min(size).min(self.length)).unwrap_or(0));
        record.take(limit).read_to_end(&mut bytes).map_err(|error| format!("record {name} is broken ({error})"))?;
        Ok(bytes)
    }
}
