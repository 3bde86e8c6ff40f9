//! What the readers share: files inside the data set's folder, records that may be bad, samples by picture.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::{Dataset, Fault, Sample, Skips, Split};
use crate::error::{Error, Result};
use crate::job::Job;

/// Gathers the samples of one data set while it is read.
pub(super) struct Builder<'j> {
    source: Arc<str>,
    /// Where file names of the data set start.
    folder: PathBuf,
    job: &'j Job,
    samples: Vec<Sample>,
    positions: HashMap<(String, Option<Split>), usize>,
    /// Files asked for so far, `None` for those that are not there: each is missed once.
    files: HashMap<String, Option<PathBuf>>,
    names: HashMap<String, Arc<str>>,
    skips: Skips,
}

impl<'j> Builder<'j> {
    /// For the data set at `path`, whose file names are relative to `folder`.
    pub(super) fn new(path: &Path, folder: &Path, job: &'j Job) -> Self {
        let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = absolute.file_name().unwrap_or(absolute.as_os_str()).to_string_lossy();
        Self {
            source: name.as_ref().into(),
            folder: folder.to_owned(),
            job,
            samples: Vec::new(),
            positions: HashMap::new(),
            files: HashMap::new(),
            names: HashMap::new(),
            skips: Skips::default(),
        }
    }

    /// The one shared copy of a category, kind or group.
    pub(super) fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = name.into();
        self.names.insert(name.to_owned(), Arc::clone(&shared));
        shared
    }

    /// Leaves something out.
    pub(super) fn skip(&mut self, fault: Fault, what: impl Into<String>, why: impl Into<String>) {
        self.skips.note(fault, what, why, self.job);
    }

    /// The value, or `None` once the failure is noted.
    pub(super) fn keep<T>(&mut self, result: Result<T>, fault: Fault, what: &str) -> Option<T> {
        self.skips.keep(result, fault, what, self.job)
    }

    /// The file called `name` in the data set, or `None` once its absence is noted as `missing`.
    pub(super) fn file(&mut self, name: &str, missing: Fault) -> Option<PathBuf> {
        if let Some(known) = self.files.get(name) {
            return known.clone();
        }
        let found = match inside(&self.folder, name) {
            Some(path) if path.is_file() => Some(path),
            Some(_) => {
                self.skip(missing, name, "there is no such file");
                None
            }
            None => {
                self.skip(missing, name, "the name leads out of the data set's folder");
                None
            }
        };
        self.files.insert(name.to_owned(), found.clone());
        found
    }

    /// The sample of the picture called `name` in `split`, made on first use; `None` when the file is missing.
    pub(super) fn sample(&mut self, name: &str, split: Option<Split>) -> Option<&mut Sample> {
        let image = self.file(name, Fault::MissingImage)?;
        let next = self.samples.len();
        let position = *self.positions.entry((name.to_owned(), split)).or_insert(next);
        if position == next {
            self.samples.push(Sample {
                source: Arc::clone(&self.source),
                id: name.to_owned(),
                image,
                size: None,
                split,
                group: None,
                extent: None,
                gsd_m: None,
                infrared: false,
                instances: Vec::new(),
                expressions: Vec::new(),
            });
        }
        self.samples.get_mut(position)
    }

    /// The data set, with the categories that it labels. Fails when it holds neither an object nor a phrase.
    pub(super) fn finish(self, labelled: Vec<Arc<str>>) -> Result<Dataset> {
        if self.samples.iter().all(|sample| sample.instances.is_empty() && sample.expressions.is_empty()) {
            let what = format!("cannot use the data set {}", self.folder.display());
            let why = format!("it has no usable object or phrase; left out: {}", self.skips);
            return Err(Error::new(what, why, "correct what the notices name"));
        }
        Ok(Dataset {
            name: self.source.to_string(),
            samples: self.samples,
            skips: self.skips,
            labelled: BTreeMap::from([(self.source, labelled)]),
        })
    }
}

/// `name` below `folder`, unless it leads out of it.
pub(super) fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    (plain && path.file_name().is_some()).then(|| folder.join(path))
}

/// The bytes of one of the data set's own files.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        let what = format!("cannot read {}", path.display());
        Error::new(what, error.to_string(), "check the data set's folder").because(error)
    })
}

/// A JSON file of the data set.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_slice(&read_bytes(path)?).map_err(|error| {
        let what = format!("cannot understand {}", path.display());
        Error::new(what, error.to_string(), "fetch or export the file again").because(error)
    })
}

/// The lines of a text file that are not blank, numbered from 1; a line that is not UTF-8 is `None`.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, Option<&str>)> {
    let lines = bytes.split(|&byte| byte == b'\n').zip(1..);
    lines.filter_map(|(line, number)| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (!line.trim_ascii().is_empty()).then(|| (number, std::str::from_utf8(line).ok()))
    })
}

/// Reads a file of JSON lines; the bad ones are left out.
pub(super) fn read_json_lines<T: DeserializeOwned>(path: &Path, builder: &mut Builder<'_>) -> Result<Vec<(usize, T)>> {
    let bytes = read_bytes(path)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut rows = Vec::new();
    for (number, line) in lines(&bytes) {
        let row = line.ok_or_else(|| "it is not UTF-8".to_owned());
        match row.and_then(|line| serde_json::from_str(line).map_err(|error| error.to_string())) {
            Ok(row) => rows.push((number, row)),
            Err(why) => builder.skip(Fault::BadRecord, format!("line {number} of {file}"), why),
        }
    }
    Ok(rows)
}

/// A record of a JSON list that may be bad without spoiling the list.
pub(super) enum Lenient<T> {
    Good(T),
    Bad(String),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(match T::deserialize(value) {
            Ok(record) => Self::Good(record),
            Err(error) => Self::Bad(error.to_string()),
        })
    }
}

impl<T> Lenient<T> {
    /// The good records of `list`; the bad ones are left out as "`role` 7 of `file`".
    pub(super) fn good(list: Vec<Self>, role: &str, builder: &mut Builder<'_>) -> Vec<T> {
        let mut good = Vec::with_capacity(list.len());
        for (number, record) in (1..).zip(list) {
            match record {
                Self::Good(record) => good.push(record),
                Self::Bad(why) => builder.skip(Fault::BadRecord, format!("{role} number {number}"), why),
            }
        }
        good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_out_of_the_folder_is_refused() {
        let folder = Path::new("data");
        for name in ["/etc/passwd", "../secret.png", "images/../../x.png", "", "..", "a/.."] {
            assert_eq!(inside(folder, name), None, "{name}");
        }
        assert_eq!(inside(folder, "images/a.png"), Some(PathBuf::from("data/images/a.png")));
    }

    #[test]
    fn lines_are_numbered_with_the_blank_ones_and_end_either_way() {
        let found: Vec<_> = lines(b"a b\r\n\n \nc\n\xff\n").collect();
        assert_eq!(found, [(1, Some("a b")), (4, Some("c")), (5, None)]);
    }
}
