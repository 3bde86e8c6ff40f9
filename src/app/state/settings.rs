//! What is remembered from one start to the next.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::catalogue;
use crate::query::{FeatureCache, USUAL_BUDGET};

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// As the desktop is.
    #[default]
    System,
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

/// Files and phrases that are remembered.
const RECENT_FILES: usize = 12;
const PHRASES: usize = 200;
/// Smallest and largest size of text, as a factor.
const ZOOMS: [f32; 2] = [0.7, 2.5];

/// A place on disk for what the network saw, so that the next phrase on a scene is faster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePlace {
    /// Its folder.
    pub folder: PathBuf,
    /// Most bytes that it takes.
    pub budget: u64,
}

/// Largest cache that can be set, in gigabytes.
pub const MOST_CACHE_GB: f64 = 1000.0;

/// What is remembered. Fields unknown to this version are ignored, missing ones take their default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light or dark.
    pub theme: ThemeChoice,
    /// Size of text and controls, 1 is usual.
    pub zoom: f32,
    /// Rasters opened last, newest first.
    pub recent: Vec<PathBuf>,
    /// Phrases asked, oldest first.
    pub phrases: Vec<String>,
    /// The model asked last.
    pub model: String,
    /// Folder of the last export.
    pub export_folder: Option<PathBuf>,
    /// The project that was open last with a raster, by the raster's path.
    pub projects: BTreeMap<String, PathBuf>,
    /// Whether the list of layers is shown.
    pub layers_shown: bool,
    /// Where trained models and their runs are kept; `None`: the user's data folder.
    pub home: Option<PathBuf>,
    /// Seconds a window took with a model on a device: `lite on CPU (2 threads)`.
    pub pace: BTreeMap<String, f64>,
    /// Gigabytes on disk for what the network saw; 0 keeps nothing.
    pub cache_gb: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::System,
            zoom: 1.0,
            recent: Vec::new(),
            phrases: Vec::new(),
            model: "lite".into(),
            export_folder: None,
            projects: BTreeMap::new(),
            layers_shown: true,
            home: None,
            pace: BTreeMap::new(),
            cache_gb: USUAL_BUDGET as f64 / 1e9,
        }
    }
}

impl Settings {
    /// Reads what [`Self::to_text`] wrote; anything else is the default.
    pub fn from_text(text: &str) -> Self {
        let mut read: Self = serde_json::from_str(text).unwrap_or_default();
        read.set_zoom(read.zoom);
        read.set_cache(read.cache_gb);
        read
    }

    /// As text, for the next start.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Where trained models, their runs, and projects without another place are kept, where there is such a place.
    pub fn home(&self) -> Option<PathBuf> {
        self.home.clone().or_else(catalogue::home)
    }

    /// Where what the network saw is kept: beside the trained models where those have a place of their own, else where the
    /// command line keeps it too.
    pub fn cache_folder(&self) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join("features")).or_else(FeatureCache::usual_folder)
    }

    pub(super) fn cache(&self) -> Option<CachePlace> {
        let budget = (self.cache_gb * 1e9) as u64;
        self.cache_folder().filter(|_| budget > 0).map(|folder| CachePlace { folder, budget })
    }

    pub(super) fn set_cache(&mut self, gigabytes: f64) {
        self.cache_gb = if gigabytes.is_finite() { gigabytes.clamp(0.0, MOST_CACHE_GB) } else { 0.0 };
    }

    pub(super) fn set_zoom(&mut self, zoom: f32) {
        self.zoom = if zoom.is_finite() { zoom.clamp(ZOOMS[0], ZOOMS[1]) } else { 1.0 };
    }

    pub(super) fn opened(&mut self, path: &Path) {
        self.recent.retain(|known| known != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(RECENT_FILES);
    }

    pub(super) fn asked(&mut self, phrase: &str) {
        self.phrases.retain(|known| known != phrase);
        self.phrases.push(phrase.to_owned());
        let too_many = self.phrases.len().saturating_sub(PHRASES);
        self.phrases.drain(..too_many);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_restart_and_nonsense_becomes_the_default() {
        let mut settings = Settings { theme: ThemeChoice::Dark, ..Settings::default() };
        settings.opened(Path::new("a.tif"));
        settings.asked("the ships");
        assert_eq!(Settings::from_text(&settings.to_text()), settings);
        assert_eq!(Settings::from_text("{\"zoom\": 1e30, \"later\": 1}").zoom, ZOOMS[1]);
        assert_eq!(Settings::from_text("not json"), Settings::default());
    }

    #[test]
    fn a_file_opened_again_comes_first_once() {
        let mut settings = Settings::default();
        for name in ["a.tif", "b.tif", "a.tif"] {
            settings.opened(Path::new(name));
        }
        assert_eq!(settings.recent, [PathBuf::from("a.tif"), PathBuf::from("b.tif")]);
    }
}
