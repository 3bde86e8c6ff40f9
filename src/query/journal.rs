//! What a run has done so far, in one file beside its output: a run that was stopped goes on from there.
//!
//! The file begins with what was asked, so that nothing goes on from the answer to something else. Then records follow, each
//! with its length and a checksum: which windows of which sweep are done and the tiles that changed since the record
//! before. Records are only ever added, so a run that is killed while it writes loses that one record. Windows add to a mosaic
//! as integers, in any order, so what goes on from a journal ends exactly as what was never stopped; and journals of several
//! machines that did a share of the windows each add up to the whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::mosaic::{Mosaic, TileKey};
use super::ranges::Ranges;
use super::sweep::{Report, Sweep};
use crate::error::{Error, Result};
use crate::files::write_whole;

const MAGIC: &[u8; 20] = b"referent journal 1\n\n";
/// Time between two records. A run shorter than this leaves nothing unless it is stopped.
const BETWEEN_RECORDS: Duration = Duration::from_secs(5);
/// Tiles that changed from which a record is due earlier, so that none grows large: 64 MB for one question.
const MOST_TILES: usize = 2048;
/// Longest record that is believed.
const LONGEST_RECORD: u64 = 1 << 34;
const CHECKSUM: usize = 8;

/// The journal of one run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    asked: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: Option<File>,
    last: Instant,
    /// Sweeps that earlier runs began, by number.
    before: BTreeMap<u32, Sweep>,
    next: u32,
    gave_up: bool,
}

/// The part of a record that is not tiles.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    sweep: u32,
    size: [i64; 2],
    done: Ranges,
    report: Report,
    presence: Vec<Option<f32>>,
}

impl Journal {
    /// The journal of a run from the beginning. Nothing is written before the first record. `asked` is everything that
    /// decides the answer.
    pub fn begin(path: &Path, asked: &str) -> Self {
        Self::with(path, asked, BTreeMap::new())
    }

    /// The journal of a run that goes on from what `path` and `shares`, journals of other machines, hold; `None` where
    /// there is nothing to go on from.
    ///
    /// # Errors
    /// When one of them is the journal of something else, or cannot be read or written.
    pub fn go_on(path: &Path, shares: &[PathBuf], asked: &str) -> Result<Option<Self>> {
        let mut all: Option<BTreeMap<u32, Sweep>> = None;
        let own = path.is_file().then_some(path);
        for source in own.into_iter().chain(shares.iter().map(PathBuf::as_path)) {
            let sweeps = read(source, asked)?;
            all = Some(match all {
                None => sweeps,
                Some(so_far) => united(so_far, sweeps),
            });
        }
        let Some(sweeps) = all else { return Ok(None) };
        let journal = Self::with(path, asked, sweeps);
        // Written anew: without a torn end, and with what the shares hold.
        journal.write_all()?;
        Ok(Some(journal))
    }

    fn with(path: &Path, asked: &str, before: BTreeMap<u32, Sweep>) -> Self {
        let state = State { file: None, last: Instant::now(), before, next: 0, gave_up: false };
        Self { path: path.to_owned(), asked: asked.to_owned(), state: Mutex::new(state) }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of the next sweep, and what earlier runs did of it.
    pub(super) fn next_sweep(&self) -> (u32, Option<Sweep>) {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        (number, state.before.remove(&number))
    }

    /// Whether it is time for a record, with so many tiles changed.
    pub(super) fn is_due(&self, changed: usize) -> bool {
        let state = self.state();
        !state.gave_up && (state.last.elapsed() >= BETWEEN_RECORDS || changed >= MOST_TILES)
    }

    /// Whether anything was written.
    pub(super) fn has_begun(&self) -> bool {
        self.state().file.is_some()
    }

    /// Adds a record: where the sweep is, and its tiles that changed since the last record.
    ///
    /// # Errors
    /// When the disk takes it not. The journal then keeps what it has and takes no more.
    pub(super) fn add(&self, number: u32, sweep: &Sweep, changed: &BTreeSet<TileKey>) -> Result<()> {
        let mut state = self.state();
        if state.gave_up {
            return Ok(());
        }
        let outcome = (|| {
            let file = match &mut state.file {
                Some(file) => file,
                none => none.insert(create(&self.path, &self.asked)?),
            };
            write_record(file, &head(number, sweep, sweep.done.clone()), sweep, changed)
        })();
        state.last = Instant::now();
        state.gave_up = outcome.is_err();
        outcome.map_err(|cause| self.refusal(&cause))
    }

    /// Removes it and the `shares` that it holds: the run is whole.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn finish(&self, shares: &[PathBuf]) -> Result<()> {
        self.state().file = None;
        let removed =
            std::iter::once(&self.path).chain(shares).filter(|path| path.exists()).try_for_each(fs::remove_file);
        removed.map_err(|cause| {
            let what = format!("cannot remove {}", self.path.display());
            Error::new(what, cause.to_string(), "remove it by hand: the result is whole").because(cause)
        })
    }

    fn write_all(&self) -> Result<()> {
        let mut state = self.state();
        write_whole(&self.path, |beside| {
            let outcome = create(beside, &self.asked).and_then(|mut file| {
                for (number, sweep) in &state.before {
                    // In pieces that say nothing is done, which count for nothing before the last one: a record is held in memory.
                    let all: BTreeSet<TileKey> = sweep.mosaics.iter().flat_map(Mosaic::keys).collect();
                    let all: Vec<TileKey> = all.into_iter().collect();
                    for piece in all.chunks(MOST_TILES) {
                        let piece = piece.iter().copied().collect();
                        write_record(&mut file, &head(*number, sweep, Ranges::default()), sweep, &piece)?;
                    }
                    write_record(&mut file, &head(*number, sweep, sweep.done.clone()), sweep, &BTreeSet::new())?;
                }
                file.sync_all()
            });
            outcome.map_err(|cause| self.refusal(&cause))
        })?;
        let file = OpenOptions::new().append(true).open(&self.path).map_err(|cause| self.refusal(&cause))?;
        state.file = Some(file);
        Ok(())
    }

    fn refusal(&self, cause: &std::io::Error) -> Error {
        let what = format!("cannot write {}", self.path.display());
        Error::new(what, cause.to_string(), "the run goes on, but it cannot be resumed after this point")
    }
}

fn create(path: &Path, asked: &str) -> std::io::Result<File> {
    let mut file = File::create(path)?;
    file.write_all(MAGIC)?;
    file.write_all(&(asked.len() as u64).to_le_bytes())?;
    file.write_all(asked.as_bytes())?;
    Ok(file)
}

fn head(number: u32, sweep: &Sweep, done: Ranges) -> Head {
    Head {
        sweep: number,
        size: sweep.mosaics.first().map_or([0, 0], Mosaic::size),
        done,
        report: sweep.report.clone(),
        presence: sweep.presence.clone(),
    }
}

/// Length, content, checksum. The content is the head as JSON with its length, then for each question its tiles.
fn write_record(file: &mut File, head: &Head, sweep: &Sweep, changed: &BTreeSet<TileKey>) -> std::io::Result<()> {
    let head = serde_json::to_vec(head)?;
    let mut content = (head.len() as u64).to_le_bytes().to_vec();
    content.extend_from_slice(&head);
    for mosaic in &sweep.mosaics {
        let tiles: Vec<_> = changed.iter().filter_map(|key| Some((key, mosaic.tile_values(*key)?))).collect();
        content.extend_from_slice(&(tiles.len() as u64).to_le_bytes());
        for (&(row, column), values) in tiles {
            let packed = pack(values);
            content.extend_from_slice(&row.to_le_bytes());
            content.extend_from_slice(&column.to_le_bytes());
            content.extend_from_slice(&(packed.len() as u64).to_le_bytes());
            content.extend_from_slice(&packed);
        }
    }
    file.write_all(&(content.len() as u64).to_le_bytes())?;
    file.write_all(&content)?;
    file.write_all(&Sha256::digest(&content)[..CHECKSUM])?;
    file.flush()
}

/// The sweeps of a journal. What follows a damaged record is left out.
fn read(path: &Path, asked: &str) -> Result<BTreeMap<u32, Sweep>> {
    let what = || format!("cannot go on from {}", path.display());
    let unreadable = |cause: std::io::Error| {
        Error::new(what(), cause.to_string(), "remove it to start from the beginning").because(cause)
    };
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut file = BufReader::new(file);
    let remedy = "ask as that run asked, or leave out --resume and start from the beginning";
    let mut magic = [0; MAGIC.len()];
    if file.read_exact(&mut magic).is_err() || magic != *MAGIC {
        return Err(Error::new(what(), "it is no journal of this version", remedy));
    }
    let Some(theirs) = chunk(&mut file, length) else {
        return Err(Error::new(what(), "its beginning is damaged", "remove it to start from the beginning"));
    };
    if theirs != asked.as_bytes() {
        let why = difference(&String::from_utf8_lossy(&theirs), asked);
        return Err(Error::usage(what(), why, remedy));
    }
    let mut sweeps = BTreeMap::new();
    while let Some(content) = chunk(&mut file, LONGEST_RECORD.min(length)) {
        let mut checksum = [0; CHECKSUM];
        let is_whole = file.read_exact(&mut checksum).is_ok() && Sha256::digest(&content)[..CHECKSUM] == checksum;
        if !is_whole || replay(&content, &mut sweeps).is_none() {
            break;
        }
    }
    // Tiles without the record that says what they hold.
    sweeps.retain(|_, sweep: &mut Sweep| sweep.done.len() > 0);
    Ok(sweeps)
}

/// What two runs were asked that is not the same.
fn difference(theirs: &str, ours: &str) -> String {
    type Fields = serde_json::Map<String, serde_json::Value>;
    let fields = |text: &str| serde_json::from_str::<Fields>(text).unwrap_or_default();
    let (theirs, ours) = (fields(theirs), fields(ours));
    let differs = |key: &&String| theirs.get(*key) != ours.get(*key);
    let names: BTreeSet<&str> = ours.keys().chain(theirs.keys()).filter(differs).map(String::as_str).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    format!("it is of a run with another {}", if names.is_empty() { "request" } else { &names })
}

/// The next length and as many bytes; `None` at the end or where it breaks off.
fn chunk(file: &mut impl Read, longest: u64) -> Option<Vec<u8>> {
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    let length = u64::from_le_bytes(length);
    if length > longest {
        return None;
    }
    let mut bytes = Vec::new();
    let read = file.by_ref().take(length).read_to_end(&mut bytes).ok()?;
    (read as u64 == length).then_some(bytes)
}

/// Brings `sweeps` to where a record is.
fn replay(content: &[u8], sweeps: &mut BTreeMap<u32, Sweep>) -> Option<()> {
    let mut rest = std::io::Cursor::new(content);
    let longest = content.len() as u64;
    let head: Head = serde_json::from_slice(&chunk(&mut rest, longest)?).ok()?;
    let [width, height] = head.size;
    let sweep = sweeps.entry(head.sweep).or_insert_with(|| Sweep::new(width, height, head.presence.len()));
    if sweep.mosaics.len() != head.presence.len() {
        return None;
    }
    (sweep.done, sweep.report, sweep.presence) = (head.done, head.report, head.presence);
    let number = |rest: &mut std::io::Cursor<&[u8]>| {
        let mut bytes = [0; 8];
        rest.read_exact(&mut bytes).ok().map(|()| i64::from_le_bytes(bytes))
    };
    for mosaic in &mut sweep.mosaics {
        for _ in 0..number(&mut rest)? {
            let key = (number(&mut rest)?, number(&mut rest)?);
            mosaic.set_tile(key, unpack(&chunk(&mut rest, longest)?))?;
        }
    }
    (rest.position() == longest).then_some(())
}

/// The sweeps of two journals as one. Where both did the same windows one of them counts.
fn united(mut one: BTreeMap<u32, Sweep>, other: BTreeMap<u32, Sweep>) -> BTreeMap<u32, Sweep> {
    for (number, theirs) in other {
        match one.remove(&number) {
            None => drop(one.insert(number, theirs)),
            Some(ours) if !ours.done.overlaps(&theirs.done) => drop(one.insert(number, ours.merge(theirs))),
            Some(ours) if theirs.done.len() > ours.done.len() => drop(one.insert(number, theirs)),
            Some(ours) => drop(one.insert(number, ours)),
        }
    }
    one
}

/// Values with runs of zeros as their length: number of zeros, number of other values, these values; and again.
fn pack(values: &[u16]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut rest = values;
    while !rest.is_empty() {
        let zeros = rest.iter().take(u16::MAX as usize).take_while(|value| **value == 0).count();
        rest = &rest[zeros..];
        let others = rest.iter().take(u16::MAX as usize).take_while(|value| **value != 0).count();
        packed.extend_from_slice(&(zeros as u16).to_le_bytes());
        packed.extend_from_slice(&(others as u16).to_le_bytes());
        packed.extend(rest[..others].iter().flat_map(|value| value.to_le_bytes()));
        rest = &rest[others..];
    }
    packed
}

/// Undoes [`pack`]; a damaged text of runs gives a wrong number of values.
fn unpack(packed: &[u8]) -> Vec<u16> {
    let mut values = Vec::new();
    let mut numbers = packed.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    while let (Some(zeros), Some(others)) = (numbers.next(), numbers.next()) {
        values.resize(values.len() + usize::from(zeros), 0);
        values.extend(numbers.by_ref().take(usize::from(others)));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sweep(windows: std::ops::Range<u64>) -> (Sweep, BTreeSet<TileKey>) {
        let mut sweep = Sweep::new(2000, 300, 2);
        for window in windows.clone() {
            for (question, mosaic) in sweep.mosaics.iter_mut().enumerate() {
                let shade = 0.1 * (window as f32 + 1.0) / (question as f32 + 1.0);
                mosaic.add(100 * window as i64, 0, 150, 150, |x, y| if (x + y) % 5 == 0 { shade } else { 0.0 });
            }
        }
        sweep.report.done = windows.end - windows.start;
        sweep.done.insert(windows);
        sweep.presence = vec![Some(0.123_456_79), None];
        let keys = sweep.mosaics.iter().flat_map(Mosaic::keys).collect();
        (sweep, keys)
    }

    fn open(path: &Path, shares: &[PathBuf]) -> Sweep {
        let journal = Journal::go_on(path, shares, "{\"phrase\":\"x\"}").unwrap().unwrap();
        assert_eq!(journal.next_sweep().0, 0);
        drop(journal);
        read(path, "{\"phrase\":\"x\"}").unwrap().remove(&0).unwrap()
    }

    #[test]
    fn a_journal_gives_back_what_was_done_and_survives_a_torn_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.geojson.resume");
        let journal = Journal::begin(&path, "{\"phrase\":\"x\"}");
        assert!(!path.exists(), "nothing is written before there is something to say");
        let (first, keys) = sweep(0..2);
        journal.add(0, &first, &keys).unwrap();
        let (second, keys) = sweep(0..5);
        let length = fs::metadata(&path).unwrap().len();
        journal.add(0, &second, &keys).unwrap();
        assert_eq!(open(&path, &[]), second);
        // Cut anywhere inside the second record the first one holds.
        let bytes = fs::read(&path).unwrap();
        for cut in [length, length + 3, length + 40, bytes.len() as u64 - 1] {
            let _ = journal.state().file.take();
            let journal = Journal::begin(&path, "{\"phrase\":\"x\"}");
            journal.add(0, &first, &sweep(0..2).1).unwrap();
            journal.add(0, &second, &keys).unwrap();
            OpenOptions::new().write(true).open(&path).unwrap().set_len(cut).unwrap();
            assert_eq!(open(&path, &[]), first, "cut at {cut}");
        }
    }

    #[test]
    fn shares_of_several_machines_add_up_and_count_once() {
        let folder = tempfile::tempdir().unwrap();
        let (path, shares) = (folder.path().join("out.resume"), ["b", "a", "c"].map(|name| folder.path().join(name)));
        for (share, windows) in shares.iter().zip([3..6, 0..3, 0..3]) {
            let (part, keys) = sweep(windows);
            Journal::begin(share, "{\"phrase\":\"x\"}").add(0, &part, &keys).unwrap();
        }
        let mut whole = sweep(0..6).0;
        whole.report.done = 6;
        assert_eq!(open(&path, &shares), whole);
        assert_eq!(open(&path, &shares), whole, "and again after the union was written");
    }

    #[test]
    fn a_journal_of_something_else_is_refused_by_what_differs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.resume");
        let (sweep, keys) = sweep(0..1);
        Journal::begin(&path, "{\"scene\":\"a\",\"phrase\":\"the ships\"}").add(0, &sweep, &keys).unwrap();
        let error = Journal::go_on(&path, &[], "{\"scene\":\"a\",\"phrase\":\"the tanks\"}").unwrap_err();
        assert!(error.why().ends_with("another phrase"), "{error}");
        fs::write(&path, "something else").unwrap();
        assert!(Journal::go_on(&path, &[], "{}").is_err());
        assert!(Journal::go_on(&folder.path().join("none"), &[], "{}").unwrap().is_none());
    }

    #[test]
    fn many_tiles_are_written_in_pieces_that_count_only_together() {
        let folder = tempfile::tempdir().unwrap();
        let (path, share) = (folder.path().join("out.resume"), folder.path().join("share"));
        let mut large = Sweep::new(128 * 100, 128 * 100, 1);
        for tile in 0..60 {
            large.mosaics[0].add(0, 128 * tile, 128 * 50, 128, |x, _| if x % 64 == 0 { 0.5 } else { 0.0 });
        }
        large.done.insert(0..7);
        let keys: BTreeSet<TileKey> = large.mosaics[0].keys().collect();
        assert!(keys.len() > MOST_TILES);
        Journal::begin(&share, "{\"phrase\":\"x\"}").add(0, &large, &keys).unwrap();
        assert_eq!(open(&path, &[share]), large);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(read(&path, "{\"phrase\":\"x\"}").unwrap().is_empty(), "without its end nothing is known to be done");
    }

    proptest! {
        #[test]
        fn packed_values_come_back(values in prop::collection::vec(prop_oneof![3 => Just(0u16), 1 => any::<u16>()], 0..400)) {
            prop_assert_eq!(unpack(&pack(&values)), values);
        }

        #[test]
        fn bytes_of_any_sort_are_unpacked_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            unpack(&bytes);
        }
    }
}
