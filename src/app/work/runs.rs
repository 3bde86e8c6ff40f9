//! Runs of training on disk: what the window notes of each, the list of them, and the story of one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::{refusal, write_whole};
use crate::query::DeviceChoice;
use crate::train::compare::Comparison;
use crate::train::events::Event;
use crate::train::recipe::Recipe;
use crate::train::run::LOG;
use crate::train::trainer::{CHECKPOINT, RECIPE};

/// What the window notes, in the folder of a run.
const NOTE: &str = "run.json";
/// Locked by whoever trains in the folder.
const LOCK: &str = "run.lock";
/// The folder of runs in the user's data.
const RUNS: &str = "runs";
/// Most bytes of a story that are read; of a longer one the end.
const STORY: usize = 16 << 20;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunEnd {
    /// It has not ended, or nobody was there to note it: the program was killed.
    #[default]
    Open,
    /// Its budget is spent, or it did not get better any more.
    Done,
    /// Somebody stopped it and kept its best model.
    Kept,
    /// Somebody stopped it.
    Stopped,
    /// It failed.
    Failed,
}

/// What the window notes of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunNote {
    /// The name of the new model.
    pub name: String,
    /// The model it started from, as lists name it, and its file.
    pub start: (String, PathBuf),
    /// The document whose labels it learned.
    pub document: Option<String>,
    /// All that it learned from, the written labels among it.
    pub datasets: Vec<PathBuf>,
    /// What it must not forget.
    pub replay: Vec<PathBuf>,
    /// Where the network ran.
    pub device: DeviceChoice,
    /// When it began, in seconds since 1970.
    pub began: u64,
    /// How it ended.
    pub end: RunEnd,
    /// Why it failed.
    pub why: String,
    /// The model in the list of models, where it was put there.
    pub model: Option<PathBuf>,
    /// Before and after on the pictures held out.
    pub comparison: Option<Comparison>,
    /// The figure before and after on what must not be forgotten.
    pub remembered: Option<[f64; 2]>,
}

impl RunNote {
    /// Writes the note into the folder of its run.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(NOTE);
        let failed = |cause: serde_json::Error| {
            Error::new(format!("cannot write {}", path.display()), cause.to_string(), "choose another folder")
        };
        let text = serde_json::to_string_pretty(self).map_err(failed)?;
        write_whole(&path, |beside| fs::write(beside, text + "\n").map_err(|cause| refusal(&path, cause)))
    }

    /// Reads the note of the run in `folder`, where the window made that run.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(NOTE)).ok()?).ok()
    }
}

/// A run of the past, as it stands in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRun {
    /// Its folder.
    pub folder: PathBuf,
    /// What was noted of it.
    pub note: RunNote,
    /// How it was trained, once that was decided.
    pub recipe: Option<Recipe>,
    /// Whether another window, or this one, trains it now.
    pub busy: bool,
    /// Whether there is a checkpoint to go on from.
    pub has_checkpoint: bool,
}

impl PastRun {
    /// Whether it can be taken up again.
    pub fn can_go_on(&self) -> bool {
        self.has_checkpoint && !self.busy && self.note.end != RunEnd::Done
    }

    /// Whether it was ended from outside, as by a power cut.
    pub fn was_killed(&self) -> bool {
        self.note.end == RunEnd::Open && !self.busy
    }
}

/// The runs kept in `home`, newest first.
pub(super) fn list(home: &Path) -> Vec<PastRun> {
    let folders = fs::read_dir(home.join(RUNS)).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut runs: Vec<PastRun> = folders.filter_map(|folder| past(&folder)).collect();
    runs.sort_by(|a, b| b.note.began.cmp(&a.note.began).then_with(|| a.folder.cmp(&b.folder)));
    runs
}

fn past(folder: &Path) -> Option<PastRun> {
    let note = RunNote::read(folder)?;
    Some(PastRun {
        note,
        recipe: Recipe::read(&folder.join(RECIPE)).ok(),
        busy: is_busy(folder),
        has_checkpoint: folder.join(CHECKPOINT).is_file(),
        folder: folder.to_owned(),
    })
}

/// What happened in the run of `folder`, as far as it was written down.
pub(super) fn story(folder: &Path) -> Vec<Event> {
    let bytes = fs::read(folder.join(LOG)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(STORY)..]);
    // The first line may be cut, and the last one may not have been finished.
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// A new folder for a run called `name`: an older run of that name keeps its own.
pub(super) fn new_folder(home: &Path, name: &str) -> Result<PathBuf> {
    let runs = home.join(RUNS);
    fs::create_dir_all(&runs).map_err(|cause| refusal(&runs, cause))?;
    let names = std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}-{number}")));
    for folder in names.map(|name| runs.join(name)) {
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(refusal(&folder, cause)),
        }
    }
    Err(Error::new(format!("cannot make a folder for {name}"), "all names are taken", "choose another name"))
}

/// The right to train in a folder; the system takes it back when the process ends, however that ends.
pub(super) struct RunLock(#[allow(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl RunLock {
    pub(super) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        let file = open_lock(&path).map_err(|cause| refusal(&path, cause))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(_) => Err(Error::new(
                format!("cannot go on with the run in {}", folder.display()),
                "another window is training it",
                "wait for it, or stop it there",
            )),
        }
    }
}

fn is_busy(folder: &Path) -> bool {
    let path = folder.join(LOCK);
    path.is_file() && open_lock(&path).is_ok_and(|file| file.try_lock().is_err())
}

fn open_lock(path: &Path) -> std::io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Day and time of day in UTC, as in `2026-03-01 17:05`.
pub fn date(seconds: u64) -> String {
    // Howard Hinnant, "chrono-compatible low-level date algorithms": days are counted from 1 March 0000, so that the leap day
    // ends a year.
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (era * 400 + year, month + 3) } else { (era * 400 + year + 1, month - 9) };
    let minutes = seconds % 86_400 / 60;
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // `date -u -d @N`.
        for (seconds, wanted) in [
            (0, "1970-01-01 00:00"),
            (951_782_399, "2000-02-28 23:59"),
            (951_868_800, "2000-03-01 00:00"),
            (1_709_208_000, "2024-02-29 12:00"),
            (4_102_444_799, "2099-12-31 23:59"),
        ] {
            assert_eq!(date(seconds), wanted, "{seconds}");
        }
    }

    #[test]
    fn a_run_is_listed_with_what_was_noted_and_one_that_was_killed_shows() {
        let home = tempfile::tempdir().unwrap();
        let first = new_folder(home.path(), "tanks").unwrap();
        let second = new_folder(home.path(), "tanks").unwrap();
        assert_ne!(first, second, "an older run keeps its folder");
        RunNote { name: "tanks".into(), began: 5, ..RunNote::default() }.write(&first).unwrap();
        RunNote { name: "tanks".into(), began: 9, end: RunEnd::Done, ..RunNote::default() }.write(&second).unwrap();
        let lock = RunLock::take(&first).unwrap();
        let listed = list(home.path());
        assert_eq!(listed.iter().map(|run| run.note.began).collect::<Vec<_>>(), [9, 5]);
        assert!(listed[1].busy && !listed[1].was_killed());
        assert!(RunLock::take(&first).is_err());
        drop(lock);
        assert!(list(home.path())[1].was_killed() && !list(home.path())[1].can_go_on());
        fs::write(second.join(NOTE), "{").unwrap();
        assert_eq!(list(home.path()).len(), 1, "a note that cannot be read hides its run and nothing else");
    }
}
