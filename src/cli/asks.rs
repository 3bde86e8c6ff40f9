//! What a run over many scenes asks: a list of scenes and phrases, each with the name of its output.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::{phrases, scenes};
use crate::error::{Error, Result};

/// One phrase on one scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The name of its output without ending.
    pub id: String,
    /// The scene, as it is opened.
    pub scene: String,
    /// The phrase.
    pub phrase: String,
}

/// One line of the file of `--batch`.
#[derive(Debug, Deserialize)]
struct Line {
    id: String,
    image: PathBuf,
    phrase: String,
}

/// Every phrase on every scene, scene by scene, so that a scene is read and encoded once.
///
/// # Errors
/// When scenes or phrases cannot be read.
pub fn of_scenes_and_phrases(given: &[String], file: &Path) -> Result<Vec<Ask>> {
    let (scenes, phrases) = (scenes::expand(given)?, phrases::read(file)?);
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut asks = Vec::with_capacity(scenes.len() * phrases.len());
    for scene in &scenes {
        let stem = scenes::stem(scene);
        let count = names.entry(stem.to_lowercase()).and_modify(|count| *count += 1).or_insert(1);
        // Two scenes of one name in different folders.
        let stem = if *count > 1 { format!("{stem}-{count}") } else { stem };
        let ask = |phrase: &phrases::NamedPhrase| Ask {
            id: format!("{stem}__{}", phrase.name),
            scene: scene.clone(),
            phrase: phrase.text.clone(),
        };
        asks.extend(phrases.iter().map(ask));
    }
    Ok(asks)
}

/// The lines of the file of `--batch`; images are relative to it.
///
/// # Errors
/// When it cannot be read, holds no line, or a line is not as it should be.
pub fn of_list(list: &Path) -> Result<Vec<Ask>> {
    let what = || format!("cannot use the list {}", list.display());
    let text = fs::read_to_string(list).map_err(|cause| {
        Error::new(what(), cause.to_string(), "give a file of lines {\"id\", \"image\", \"phrase\"}").because(cause)
    })?;
    let base = list.parent().unwrap_or_else(|| Path::new("."));
    let mut ids = HashSet::new();
    let mut asks = Vec::new();
    for (number, line) in
        text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty())
    {
        let place = number + 1;
        let line: Line = serde_json::from_str(line).map_err(|cause| {
            let remedy = "each line is an object with the texts id, image and phrase";
            Error::new(what(), format!("line {place}: {cause}"), remedy)
        })?;
        // The id becomes a file name, so it must not lead out of the folder.
        let mut parts = Path::new(&line.id).components();
        let is_a_name =
            matches!((parts.next(), parts.next()), (Some(Component::Normal(name)), None) if name == line.id.as_str());
        if !is_a_name || line.id.chars().any(char::is_control) {
            let why = format!("line {place}: the id \"{}\" cannot be a file name", line.id);
            return Err(Error::new(what(), why, "use ids without slashes and control characters"));
        }
        if !ids.insert(line.id.clone()) {
            let why = format!("line {place}: the id \"{}\" was used before", line.id);
            return Err(Error::new(what(), why, "give every line an id of its own"));
        }
        let scene = base.join(&line.image).to_string_lossy().into_owned();
        asks.push(Ask { id: line.id, scene, phrase: line.phrase });
    }
    if asks.is_empty() {
        return Err(Error::new(
            what(),
            "it holds no line",
            "each line is an object with the texts id, image and phrase",
        ));
    }
    Ok(asks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_asked_of_every_scene_under_a_name_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("phrases.txt");
        fs::write(&file, "tanks = the storage tanks\nthe ships\n").unwrap();
        let asks = of_scenes_and_phrases(&["x/a.tif".into(), "y/A.tif".into()], &file).unwrap();
        let ids: Vec<&str> = asks.iter().map(|ask| ask.id.as_str()).collect();
        assert_eq!(ids, ["a__tanks", "a__the_ships", "A-2__tanks", "A-2__the_ships"]);
        assert_eq!((asks[3].scene.as_str(), asks[3].phrase.as_str()), ("y/A.tif", "the ships"));
    }
}
