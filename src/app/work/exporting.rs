//! Writing results: the same functions as the command line's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::News;
use crate::app::state::{ExportFormat, JobId};
use crate::error::Result;
use crate::files;
use crate::job::Job;
use crate::query::Answer;
use crate::vector::export::{self, OutputCrs};

/// What is to be written.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// Its job.
    pub job: JobId,
    /// The objects and the probabilities.
    pub answer: Arc<Answer>,
    /// Places of the objects that are wanted; `None`: all.
    pub only: Option<Vec<usize>>,
    /// The format.
    pub format: ExportFormat,
    /// The coordinate system of polygons.
    pub crs: OutputCrs,
    /// The file.
    pub path: PathBuf,
    /// The raster, which must not be overwritten.
    pub scene: PathBuf,
    /// The command that writes the same.
    pub line: String,
    /// The file holds edits or a selection that the command does not know.
    pub by_hand: bool,
}

/// Writes the file.
pub(super) fn export(request: ExportRequest, job: &Job) -> Result<News> {
    let ExportRequest { job: id, answer, only, format, crs, path, scene, line, by_hand } = request;
    files::check_distinct([scene.as_path()], &[path.as_path()])?;
    let answer = match only {
        None => answer,
        Some(places) => {
            let found = places.into_iter().filter_map(|at| answer.found.get(at).cloned()).collect();
            Arc::new(Answer { found, ..(*answer).clone() })
        }
    };
    write(&answer, format, &path, crs, job)?;
    Ok(News::Exported { job: id, path, line, by_hand })
}

fn write(answer: &Answer, format: ExportFormat, path: &Path, crs: OutputCrs, job: &Job) -> Result<()> {
    match format {
        ExportFormat::Mask => answer.write_mask(path, job),
        ExportFormat::Probability => answer.write_probability(path, job),
        ExportFormat::GeoJson | ExportFormat::Shapefile | ExportFormat::GeoPackage => {
            export::write(&answer.table()?, path, &export::Options { crs }, job)
        }
    }
}
