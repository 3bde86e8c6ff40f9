//! A scene's handle: what is known of it and the way to open it again, free of GDAL, for any thread.

use std::fmt;
use std::sync::Arc;

use super::bands::Band;
use super::extent::world_bounds;
use super::georeference::Georeference;
use super::scene::{Header, Scene};
use crate::error::Result;

/// Speaks of an open [`Scene`] without holding it. Cheap to clone; two handles are equal where they come from one opening.
#[derive(Clone)]
pub struct SceneHandle(pub(super) Arc<Header>);

impl SceneHandle {
    /// The scene once more, for the calling thread, as [`Scene::reopen`].
    ///
    /// # Errors
    /// Where the file is gone or has changed since it was first opened.
    pub fn open(&self) -> Result<Scene> {
        Scene::open_again(&self.0)
    }

    /// What was asked for: a path or an address.
    pub fn source(&self) -> &str {
        self.0.source()
    }

    /// Columns and rows, each at least 1.
    pub fn size(&self) -> [u64; 2] {
        self.0.size()
    }

    /// The bands; band numbers count from 1, this slice from 0.
    pub fn bands(&self) -> &[Band] {
        self.0.bands()
    }

    /// Where its pixels lie.
    pub fn georeference(&self) -> &Georeference {
        self.0.georeference()
    }

    /// `[min x, min y, max x, max y]` in its CRS, `None` without a transform.
    pub fn extent(&self) -> Option<[f64; 4]> {
        world_bounds(self.georeference(), self.size())
    }

    /// Number of overviews that are used.
    pub fn overviews(&self) -> usize {
        self.0.levels.len().saturating_sub(1)
    }

    /// What the user should know of the file.
    pub fn warnings(&self) -> &[String] {
        self.0.warnings()
    }
}

impl PartialEq for SceneHandle {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SceneHandle {}

impl std::hash::Hash for SceneHandle {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl fmt::Debug for SceneHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SceneHandle").field("source", &self.source()).field("size", &self.size()).finish()
    }
}
