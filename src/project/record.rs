//! What a document remembers beside the history: rasters it was used with, models that were used or trained.

use super::document::Document;
use super::refusal::refusal;
use crate::error::Result;

/// A raster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SceneRecord {
    /// Its path or address, as it was opened.
    pub path: String,
    /// Its name in the list of layers.
    pub title: String,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelRecord {
    /// Its name in the list of models.
    pub title: String,
    /// Its file.
    pub path: String,
    /// SHA-256 of the file.
    pub hash: Option<String>,
    /// Whatever else belongs to it, as JSON: what it was trained on and how it did.
    pub details: Option<String>,
}

impl Document {
    /// The rasters, in the order in which they were first noted.
    pub fn scenes(&self) -> Result<Vec<SceneRecord>> {
        self.rows("scenes", "SELECT path, title FROM scenes ORDER BY fid", [], |row| {
            Ok(Some(SceneRecord { path: row.get(0)?, title: row.get(1)? }))
        })
    }

    /// Notes a raster, or its new title. No edit: undo leaves it.
    pub fn note_scene(&mut self, scene: &SceneRecord) -> Result<()> {
        self.note(
            "INSERT INTO scenes (path, title, added) VALUES (?1, ?2, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
             ON CONFLICT (path) DO UPDATE SET title = excluded.title",
            (&scene.path, &scene.title),
        )
    }

    /// The models, in the order in which they were noted.
    pub fn models(&self) -> Result<Vec<ModelRecord>> {
        self.rows("models", "SELECT title, path, hash, details FROM models ORDER BY fid", [], |row| {
            Ok(Some(ModelRecord { title: row.get(0)?, path: row.get(1)?, hash: row.get(2)?, details: row.get(3)? }))
        })
    }

    /// Notes a model. No edit: undo leaves it.
    pub fn note_model(&mut self, model: &ModelRecord) -> Result<()> {
        self.note(
            "INSERT INTO models (title, path, hash, details, added)
             VALUES (?1, ?2, ?3, ?4, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
            (&model.title, &model.path, &model.hash, &model.details),
        )
    }

    fn note(&mut self, sql: &str, parameters: impl rusqlite::Params) -> Result<()> {
        let noted = self.db().execute(sql, parameters);
        noted.map(|_| ()).map_err(|cause| refusal("cannot change", self.path(), cause))
    }
}
