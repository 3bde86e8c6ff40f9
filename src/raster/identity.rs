//! Whether a scene is still the one it was: the files it is read from, when they changed, and a sample of their content.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use gdal::Dataset;
use sha2::{Digest, Sha256};

use super::library::listen;
use super::samples::Area;
use super::scene::{Scene, open_named};

/// Files whose content is sampled: a mosaic of more is told apart by their sizes and times alone.
const FILES_SAMPLED: usize = 64;
/// Bytes from the head and from the tail of a file, and pieces of [`PIECE`] bytes evenly spaced between.
const HEAD: u64 = 1 << 16;
const PIECES: u64 = 14;
const PIECE: u64 = 1 << 12;
/// A mosaic of mosaics is followed so deep.
const DEEPEST: usize = 8;
/// Side of the spots of pixels that stand for the content of what is no local file.
const SPOT: f64 = 64.0;

/// What tells a scene from another one, and from itself after an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A hash of the content sampled, wherever the files lie and whenever they were written: equal for copies.
    pub content: String,
    /// A hash of the content and of path, size and time of change of every file.
    pub exact: String,
}

impl Scene {
    /// What this scene is now. The hashes change with any edit that changes a file's size or time, or what is sampled of it.
    ///
    /// `None` where nothing can be known of its files, so that nothing may be kept about it.
    pub fn identity(&self) -> Option<Identity> {
        let _offline = self.offline();
        let mut files = BTreeSet::new();
        gather(&self.dataset, &mut files, 0);
        if files.is_empty() {
            return None;
        }
        let (mut content, mut exact) = (Sha256::new(), Sha256::new());
        let [width, height] = self.size();
        content.update(format!("{width} {height} {:?}", self.georeference().transform));
        let mut is_sampled = true;
        for (number, file) in files.iter().enumerate() {
            let path = Path::new(file);
            exact.update(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().as_bytes());
            match fs::metadata(path) {
                Ok(meta) => {
                    let modified = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
                    exact.update(format!(" {} {modified:?}\n", meta.len()));
                    content.update(format!("{}\n", meta.len()));
                    if number < FILES_SAMPLED {
                        sample(path, meta.len(), &mut content).ok()?;
                    }
                }
                Err(_) => is_sampled = false,
            }
        }
        // In an archive or on a server there is no time to go by: pixels speak for it.
        if !is_sampled {
            self.sample_pixels(&mut content)?;
        }
        let content = hexadecimal(&content.finalize());
        exact.update(&content);
        Some(Identity { content, exact: hexadecimal(&exact.finalize()) })
    }

    fn sample_pixels(&self, into: &mut Sha256) -> Option<()> {
        let bands: Vec<usize> = (1..=self.bands().len().min(3)).collect();
        let [width, height] = self.size().map(|side| side as f64);
        for (x, y) in [(0.5, 0.5), (0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)] {
            let area = Area { x: (x * width).floor(), y: (y * height).floor(), width: SPOT, height: SPOT };
            let samples = self.read(area, [SPOT as usize; 2], &bands).ok()?;
            samples.values.iter().for_each(|value| into.update(value.to_le_bytes()));
        }
        Some(())
    }
}

/// The files a data set is read from; those of a mosaic's mosaics too.
fn gather(dataset: &Dataset, files: &mut BTreeSet<String>, depth: usize) {
    for name in file_list(dataset) {
        let is_mosaic = Path::new(&name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("vrt"));
        if files.insert(name.clone()) && is_mosaic && depth < DEEPEST {
            let (inner, _messages) = listen(|| open_named(&name));
            if let Some(inner) = inner {
                gather(&inner, files, depth + 1);
            }
        }
    }
}

fn file_list(dataset: &Dataset) -> Vec<String> {
    let mut names = Vec::new();
    let (list, _messages) = listen(|| {
        // SAFETY: the handle is that of an open data set; the list is ours to free.
        unsafe { gdal_sys::GDALGetFileList(dataset.c_dataset()) }
    });
    if list.is_null() {
        return names;
    }
    for index in 0.. {
        // SAFETY: the list is an array of NUL-terminated strings that ends with a null pointer, where this loop ends.
        let name = unsafe { *list.add(index) };
        if name.is_null() {
            break;
        }
        // SAFETY: as above, and the string lives until the list is freed.
        names.push(unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned());
    }
    // SAFETY: the list came from GDAL, which wants it freed so, and nothing points into it any more.
    unsafe { gdal_sys::CSLDestroy(list) };
    names.retain(|name| CString::new(name.as_str()).is_ok());
    names
}

/// Hashes the head, the tail and pieces between of a file of `length` bytes.
fn sample(path: &Path, length: u64, into: &mut Sha256) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    let mut take = |start: u64, count: u64| -> std::io::Result<()> {
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut file).take(count).read_to_end(&mut bytes)?;
        into.update(&bytes);
        Ok(())
    };
    take(0, HEAD)?;
    take(length.saturating_sub(HEAD), HEAD)?;
    for piece in 1..=PIECES {
        take((u128::from(length) * u128::from(piece) / u128::from(PIECES + 1)) as u64, PIECE)?;
    }
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
