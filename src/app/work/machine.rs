//! What this machine has: models, graphics adapters, libraries.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::app::state::ModelEntry;
use crate::model::catalogue;
use crate::model::weights::ModelFile;
use crate::query::{Adapter, adapters};
use crate::raster::Versions;

/// What the about box says.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Graphics adapters, best first.
    pub adapters: Vec<Adapter>,
    /// GDAL and PROJ.
    pub libraries: Versions,
    /// Processor threads.
    pub threads: usize,
}

/// Looks at the machine.
pub(super) fn look() -> Machine {
    Machine {
        adapters: adapters(),
        libraries: Versions::find(),
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
    }
}

/// The models that can be named, with their cards.
pub(super) fn models(home: Option<&Path>) -> Vec<ModelEntry> {
    let entry = |entry: catalogue::Entry| {
        let file = entry.usable.then(|| ModelFile::open(&entry.path).ok()).flatten();
        let card = file.and_then(|file| file.card().cloned().map(Arc::new));
        let bytes = fs::metadata(&entry.path).map_or(0, |file| file.len());
        ModelEntry { name: entry.name, path: entry.path, what: entry.what, usable: entry.usable, card, bytes }
    };
    catalogue::list_with(home).into_iter().map(entry).collect()
}
