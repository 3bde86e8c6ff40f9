//! The models that can be named: those that came with the program and those the user keeps.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::assets;
use crate::error::{Error, Result};
use crate::model::weights::ModelFile;

/// Ending of model files.
const ENDING: &str = "safetensors";

/// A model with a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// What `--model` calls it.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// What its card says it is, or why the file cannot be used.
    pub what: String,
    /// Whether the file can be used.
    pub usable: bool,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.name, self.what, self.path.display())
    }
}

/// The folders models are looked for in, first choice first: the user's own, then the bundled ones.
pub fn folders() -> Vec<PathBuf> {
    folders_of(home().as_deref())
}

/// The folder that keeps what the user has taught: models in `models`, runs of training in `runs`.
pub fn home() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "referent").map(|dirs| dirs.data_dir().to_owned())
}

/// The folder of a `home` in which models have names.
pub fn models_of(home: &Path) -> PathBuf {
    home.join("models")
}

/// The file of the model `name` in a `home`.
pub fn file_of(home: &Path, name: &str) -> PathBuf {
    models_of(home).join(format!("{name}.{ENDING}"))
}

fn folders_of(home: Option<&Path>) -> Vec<PathBuf> {
    home.map(models_of).into_iter().chain(assets::folders().into_iter().map(|folder| folder.join("models"))).collect()
}

/// All models that can be named, by name. Where two have the same name the first folder wins.
pub fn list() -> Vec<Entry> {
    list_with(home().as_deref())
}

/// The same with the user's own models from `home`.
pub fn list_with(home: Option<&Path>) -> Vec<Entry> {
    let mut entries = BTreeMap::new();
    for folder in folders_of(home) {
        let Ok(files) = std::fs::read_dir(folder) else { continue };
        for path in files.flatten().map(|file| file.path()) {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            if let (Some(name), true) = (name, path.extension().is_some_and(|ending| ending == ENDING)) {
                entries.entry(name.clone()).or_insert_with(|| {
                    let (what, usable) = what(&path);
                    Entry { name, path, what, usable }
                });
            }
        }
    }
    entries.into_values().collect()
}

fn what(path: &Path) -> (String, bool) {
    match ModelFile::open(path) {
        Ok(file) => match file.card() {
            Some(card) if !card.what.is_empty() => (card.what.clone(), true),
            _ => (format!("a {} model without a card", file.config().kind()), true),
        },
        Err(error) => (format!("cannot be used: {}", error.why()), false),
    }
}

/// The file of the model `name`: a known name, or the path of a file.
pub fn find(name: &str) -> Result<PathBuf> {
    let path = Path::new(name);
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let entries = list();
    if let Some(entry) = entries.iter().find(|entry| entry.name == name) {
        return Ok(entry.path.clone());
    }
    let known: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let remedy = if known.is_empty() {
        "no model was found at all; referent doctor says where they are looked for".to_owned()
    } else {
        format!("name one of: {}; or give the path of a file", known.join(", "))
    };
    Err(Error::new(format!("cannot find the model {name}"), "it is neither a known name nor a file", remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_model_is_refused_with_the_known_names() {
        let error = find("no-such-model").unwrap_err();
        assert!(error.remedy().contains("lite"), "{error}");
    }

    #[test]
    fn the_bundled_model_is_known_by_name() {
        assert!(find("lite").unwrap().ends_with("lite.safetensors"));
    }
}
