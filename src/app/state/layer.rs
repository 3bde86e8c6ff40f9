//! A layer as the user sees it: a raster, the answer to a phrase, or the polygons of a file.

use std::path::PathBuf;
use std::sync::Arc;

use egui::Color32;

use super::query_layer::QueryLayer;
use crate::app::map::{LayerId, Polygons, RasterLayer};
use crate::app::theme::Icon;
use crate::raster::{Stretch, StretchOptions};

/// One layer. Clones share what is large.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Unique while the program runs; always a multiple of four.
    pub id: LayerId,
    /// As the user sees it.
    pub name: String,
    /// Whether it is drawn.
    pub visible: bool,
    /// 0 to 1.
    pub opacity: f32,
    /// What it holds.
    pub content: Content,
}

/// What a layer holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// A raster.
    Scene(Box<SceneLayer>),
    /// The answer to a phrase.
    Query(Box<QueryLayer>),
    /// The polygons of a file.
    File(FileLayer),
}

/// A raster and how it is shown.
#[derive(Debug, Clone)]
pub struct SceneLayer {
    /// What the map draws.
    pub raster: RasterLayer,
    /// What was chosen for it at the start.
    pub proposed: Stretch,
    /// What the user has set; the network sees the scene so too.
    pub choice: StretchOptions,
}

/// The polygons of a file.
#[derive(Debug, Clone)]
pub struct FileLayer {
    /// The file.
    pub path: PathBuf,
    /// In map coordinates.
    pub polygons: Arc<Polygons>,
    /// Of outline and fill.
    pub colour: Color32,
}

impl Layer {
    /// The raster, if it is one.
    pub fn scene(&self) -> Option<&SceneLayer> {
        match &self.content {
            Content::Scene(scene) => Some(scene),
            _ => None,
        }
    }

    /// The raster, if it is one, to change.
    pub(super) fn scene_mut(&mut self) -> Option<&mut SceneLayer> {
        match &mut self.content {
            Content::Scene(scene) => Some(scene),
            _ => None,
        }
    }

    /// The answer to a phrase, if it is one.
    pub fn query(&self) -> Option<&QueryLayer> {
        match &self.content {
            Content::Query(query) => Some(query),
            _ => None,
        }
    }

    /// The answer to a phrase, if it is one, to change.
    pub(super) fn query_mut(&mut self) -> Option<&mut QueryLayer> {
        match &mut self.content {
            Content::Query(query) => Some(query),
            _ => None,
        }
    }

    /// What stands before its name.
    pub fn icon(&self) -> Icon {
        match self.content {
            Content::Scene(_) => Icon::Raster,
            Content::Query(_) => Icon::Search,
            Content::File(_) => Icon::Polygons,
        }
    }

    /// The colour of its outlines.
    pub fn colour(&self) -> Option<Color32> {
        match &self.content {
            Content::Scene(_) => None,
            Content::Query(query) => Some(query.colour),
            Content::File(file) => Some(file.colour),
        }
    }
}
