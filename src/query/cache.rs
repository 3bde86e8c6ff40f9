//! What the network saw in the windows of scenes, kept on disk: the second phrase on a scene costs the heads only.
//!
//! A folder a scene, model, grid and stretch, named by a hash of all that decides what is seen; a file a window. Files
//! are written whole or not at all and carry a checksum: one that is damaged is as if it were not there. The budget
//! holds for the whole cache. When it is spent, windows that were not used since the run began go, least recently used
//! first; windows of the run itself stay, so that a scene larger than the budget is still kept in part.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::segmenter::Segmenter;
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::raster::{Grid, Scene, Stretch, Window};

/// First bytes of an entry. What a version of the program sees or keeps differently must change it.
const MAGIC: &[u8; 20] = b"referent features 1\n";
/// Ending of the files of entries.
const ENDING: &str = "features";
/// Bytes of a checksum, SHA-256.
const CHECKSUM: usize = 32;
/// Share of the budget to which the cache is cut down when it is spent, so that not every window cuts anew.
const AFTER_CUT: f64 = 0.9;
/// Other programs may use the cache too: after writing so many bytes its size is taken anew.
const RECOUNT_AFTER: u64 = 256 << 20;
/// An unfinished file this old was left by a program that was killed.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Features of windows on disk.
#[derive(Debug)]
pub struct FeatureCache {
    folder: PathBuf,
    budget: u64,
    began: SystemTime,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes in the cache, as far as this program knows.
    bytes: u64,
    written: u64,
    /// Nothing old is left to remove.
    is_full: bool,
    told: bool,
}

/// What is kept of one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `[width, height]` of the view.
    pub size: [usize; 2],
    /// Which pixels show data, row by row.
    pub valid: Vec<bool>,
    /// What [`Segmenter::keep`] gave.
    pub features: Vec<u8>,
}

/// The windows of one scene as one model sees them.
#[derive(Debug)]
pub struct Shelf<'a> {
    cache: &'a FeatureCache,
    folder: PathBuf,
}

/// A file of the cache.
struct Kept {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

/// Bytes that a cache may take where nobody says otherwise.
pub const USUAL_BUDGET: u64 = 2_000_000_000;

impl FeatureCache {
    /// The folder in the user's cache that all programs share, where there is such a place.
    pub fn usual_folder() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "referent").map(|folders| folders.cache_dir().join("features"))
    }

    /// Opens the cache in `folder`, which is made where it does not exist, and cuts it down to `budget` bytes.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(folder: &Path, budget: u64) -> Result<Self> {
        let cannot = |cause: std::io::Error| {
            let remedy = "check its permissions, choose another folder, or keep nothing";
            Error::new(format!("cannot use the cache {}", folder.display()), cause.to_string(), remedy).because(cause)
        };
        fs::create_dir_all(folder).map_err(cannot)?;
        fs::read_dir(folder).map_err(cannot)?;
        let cache = Self { folder: folder.to_owned(), budget, began: SystemTime::now(), state: Mutex::default() };
        let bytes = cache.cut(0);
        cache.state().bytes = bytes;
        Ok(cache)
    }

    /// The shelf for what `segmenter` sees of a scene; `None` where nothing can be known of the scene's files.
    pub fn shelf(
        &self,
        scene: &Scene,
        segmenter: &impl Segmenter,
        grid: &Grid,
        stretch: &Stretch,
    ) -> Option<Shelf<'_>> {
        let identity = scene.identity()?;
        let rule = serde_json::to_string(stretch).ok()?;
        let mut hash = Sha256::new();
        for part in [identity.exact.as_str(), segmenter.hash(), &rule, &format!("{grid:?} {:?}", stretch.palette)] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let name: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Some(Shelf { cache: self, folder: self.folder.join(name) })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what was not used since the run began, least recently used first, until `more` bytes fit; what is left.
    fn cut(&self, more: u64) -> u64 {
        let mut kept = self.files();
        let mut bytes: u64 = kept.iter().map(|file| file.bytes).sum();
        if bytes.saturating_add(more) <= self.budget {
            return bytes;
        }
        let aim = ((self.budget as f64 * AFTER_CUT) as u64).saturating_sub(more);
        kept.retain(|file| file.used < self.began);
        kept.sort_by(|a, b| a.used.cmp(&b.used).then_with(|| a.path.cmp(&b.path)));
        for file in kept {
            if bytes <= aim {
                break;
            }
            // Another program may have been faster; the bytes are gone either way.
            let _ = fs::remove_file(&file.path);
            bytes = bytes.saturating_sub(file.bytes);
            // The folder goes with its last file, and stays while it has one.
            let _ = file.path.parent().map(fs::remove_dir);
        }
        bytes
    }

    /// Everything in the cache but what was left half written, which goes.
    fn files(&self) -> Vec<Kept> {
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        let mut kept = Vec::new();
        for shelf in entries(&self.folder).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            for file in entries(&shelf.path()) {
                let Ok(meta) = file.metadata() else { continue };
                let (path, used) = (file.path(), meta.modified().unwrap_or(SystemTime::UNIX_EPOCH));
                if path.extension().is_some_and(|ending| ending == ENDING) && !is_hidden(&path) {
                    kept.push(Kept { path, bytes: meta.len(), used });
                } else if is_hidden(&path) && used.elapsed().is_ok_and(|age| age > ABANDONED) {
                    let _ = fs::remove_file(path);
                }
            }
        }
        kept
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

impl Shelf<'_> {
    /// What is kept of a window; `None` where nothing is or it is damaged.
    pub fn load(&self, window: Window) -> Option<Entry> {
        let path = self.path(window);
        let mut file = File::open(&path).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let entry = Entry::from_bytes(&bytes);
        if entry.is_none() {
            let _ = fs::remove_file(&path);
        }
        // A file system that keeps no times cannot tell what was used; everything else still works.
        let _ = file.set_modified(SystemTime::now());
        entry
    }

    /// Keeps a window where the budget allows. `Some` is what the user should hear, said once.
    pub fn store(&self, window: Window, entry: &Entry) -> Option<String> {
        let bytes = entry.to_bytes();
        let length = bytes.len() as u64;
        {
            let mut state = self.cache.state();
            if state.written >= RECOUNT_AFTER {
                (state.bytes, state.written) = (self.cache.files().iter().map(|file| file.bytes).sum(), 0);
            }
            if state.bytes + length > self.cache.budget && !state.is_full {
                state.bytes = self.cache.cut(length);
                state.is_full = state.bytes + length > self.cache.budget;
            }
            if state.is_full {
                let told = std::mem::replace(&mut state.told, true);
                return (!told).then(|| {
                    "the cache is full: not every window of this run is kept for the next phrase; give it more room"
                        .into()
                });
            }
            state.bytes += length;
            state.written += length;
        }
        let path = self.path(window);
        let written = fs::create_dir_all(&self.folder).and_then(|()| {
            write_whole(&path, |beside| {
                let outcome = File::create(beside).and_then(|mut file| file.write_all(&bytes));
                outcome.map_err(|cause| Error::new("", cause.to_string(), ""))
            })
            .map_err(|error| std::io::Error::other(error.why().to_owned()))
        });
        let told = |state: &mut State| std::mem::replace(&mut state.told, true);
        match written {
            Ok(()) => None,
            Err(_) if told(&mut self.cache.state()) => None,
            Err(cause) => Some(format!("nothing is kept in the cache {}: {cause}", self.cache.folder.display())),
        }
    }

    fn path(&self, window: Window) -> PathBuf {
        self.folder.join(format!("{}_{}.{ENDING}", window.row, window.col))
    }
}

impl Entry {
    /// Magic, sizes, one bit a pixel unless all are valid, features, checksum. Numbers are little-endian.
    fn to_bytes(&self) -> Vec<u8> {
        let bits = if self.valid.iter().all(|valid| *valid) { Vec::new() } else { packed(&self.valid) };
        let mut bytes = Vec::with_capacity(MAGIC.len() + 32 + bits.len() + self.features.len() + CHECKSUM);
        bytes.extend_from_slice(MAGIC);
        for number in [self.size[0], self.size[1], bits.len(), self.features.len()] {
            bytes.extend_from_slice(&(number as u64).to_le_bytes());
        }
        bytes.extend_from_slice(&bits);
        bytes.extend_from_slice(&self.features);
        bytes.extend_from_slice(&Sha256::digest(&bytes));
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
        let mut rest = content.strip_prefix(MAGIC)?;
        if Sha256::digest(content)[..] != *checksum {
            return None;
        }
        let mut number = || -> Option<usize> {
            let (number, after) = rest.split_first_chunk::<8>()?;
            rest = after;
            usize::try_from(u64::from_le_bytes(*number)).ok()
        };
        let (size, bits, length) = ([number()?, number()?], number()?, number()?);
        let pixels = size[0].checked_mul(size[1])?;
        let (bits, features) = rest.split_at_checked(bits)?;
        let valid = match bits.len() {
            0 => vec![true; pixels],
            length if length == pixels.div_ceil(8) => (0..pixels).map(|i| bits[i / 8] >> (i % 8) & 1 == 1).collect(),
            _ => return None,
        };
        (features.len() == length).then(|| Self { size, valid, features: features.to_vec() })
    }
}

fn packed(flags: &[bool]) -> Vec<u8> {
    flags
        .chunks(8)
        .map(|eight| eight.iter().enumerate().fold(0, |byte, (i, flag)| byte | u8::from(*flag) << i))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seed: u8) -> Entry {
        Entry { size: [5, 3], valid: (0..15).map(|i| i % 4 != 1).collect(), features: vec![seed; 1000] }
    }

    fn shelf<'a>(cache: &'a FeatureCache, name: &str) -> Shelf<'a> {
        Shelf { cache, folder: cache.folder.join(name) }
    }

    fn window(col: u64) -> Window {
        Window { row: 7, col }
    }

    /// Lets the files look as if a run before this one had used them last, `ago` seconds ago.
    fn age(shelf: &Shelf, col: u64, ago: u64) {
        let file = File::options().append(true).open(shelf.path(window(col))).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(ago)).unwrap();
    }

    #[test]
    fn a_window_comes_back_as_it_went() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FeatureCache::open(folder.path(), 1 << 20).unwrap();
        let shelf = shelf(&cache, "a");
        assert_eq!(shelf.load(window(1)), None);
        for entry in [entry(1), Entry { valid: vec![true; 15], ..entry(2) }] {
            assert_eq!(shelf.store(window(1), &entry), None);
            assert_eq!(shelf.load(window(1)), Some(entry));
        }
        assert_eq!(shelf.load(window(2)), None);
    }

    #[test]
    fn a_damaged_entry_is_no_entry_wherever_the_damage_is() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FeatureCache::open(folder.path(), 1 << 20).unwrap();
        let shelf = shelf(&cache, "a");
        let whole = entry(1).to_bytes();
        fs::create_dir_all(&shelf.folder).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            assert_eq!(Entry::from_bytes(&bytes), None, "byte {at}");
            assert_eq!(Entry::from_bytes(&whole[..at]), None, "cut at {at}");
        }
        fs::write(shelf.path(window(1)), &whole[..500]).unwrap();
        assert_eq!(shelf.load(window(1)), None);
        assert!(!shelf.path(window(1)).exists(), "what is damaged goes");
        shelf.store(window(1), &entry(1));
        assert_eq!(shelf.load(window(1)), Some(entry(1)));
    }

    #[test]
    fn the_least_recently_used_windows_of_earlier_runs_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let size = entry(0).to_bytes().len() as u64;
        {
            let cache = FeatureCache::open(folder.path(), 10 * size).unwrap();
            let old = shelf(&cache, "old");
            for col in 0..10 {
                old.store(window(col), &entry(col as u8));
                age(&old, col, 1000 - col);
            }
            age(&old, 2, 1);
        }
        let cache = FeatureCache::open(folder.path(), 10 * size).unwrap();
        let (old, new) = (shelf(&cache, "old"), shelf(&cache, "new"));
        assert!(old.load(window(1)).is_some(), "used by this run");
        new.store(window(0), &entry(0));
        let left: Vec<u64> = (0..10).filter(|&col| old.path(window(col)).exists()).collect();
        assert_eq!(left, [1, 2, 4, 5, 6, 7, 8, 9], "one for the new window, one so that not every window cuts");
    }

    #[test]
    fn a_scene_larger_than_the_budget_is_kept_in_part() {
        let folder = tempfile::tempdir().unwrap();
        let size = entry(0).to_bytes().len() as u64;
        let cache = FeatureCache::open(folder.path(), 3 * size + 5).unwrap();
        let shelf = shelf(&cache, "a");
        let told = (0..10).filter_map(|col| shelf.store(window(col), &entry(1))).count();
        assert_eq!(told, 1, "said once");
        let kept: Vec<u64> = (0..10).filter(|&col| shelf.load(window(col)).is_some()).collect();
        assert_eq!(kept, [0, 1, 2]);
        // A smaller budget holds from the next run on.
        for col in 0..3 {
            age(&shelf, col, 100 - col);
        }
        FeatureCache::open(folder.path(), size + 5).unwrap();
        assert_eq!((0..10).filter(|&col| shelf.load(window(col)).is_some()).count(), 0, "nine tenths of it hold none");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_said_once_and_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FeatureCache::open(folder.path(), 1 << 20).unwrap();
        fs::write(folder.path().join("a"), "a file where a folder should be").unwrap();
        let shelf = shelf(&cache, "a");
        let told: Vec<String> = (0..3).filter_map(|col| shelf.store(window(col), &entry(1))).collect();
        assert_eq!((told.len(), shelf.load(window(0))), (1, None));
        assert!(FeatureCache::open(&folder.path().join("a"), 1).is_err());
    }
}
