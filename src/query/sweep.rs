//! Every window of a frame through the network: read, run and blend at the same time.

use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use serde::Serialize;

use super::blend::Ramp;
use super::engine::{Engine, Question, Tile};
use super::mosaic::Mosaic;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::raster::{Area, Grid, LevelRect, Scene, Stretch, View, Window};

/// Windows read ahead and tiles waiting to be blended: enough to keep all three stages busy, little enough to hold.
const IN_FLIGHT: usize = 2;

/// Failed windows whose reason is kept: a damaged scene can have millions.
const FAILURES_KEPT: usize = 20;

/// What became of the windows of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Windows in the frame.
    pub windows: u64,
    /// Windows the network looked at.
    pub done: u64,
    /// Windows without a valid pixel.
    pub skipped: u64,
    /// Windows that could not be read or run.
    pub failed: u64,
    /// The first of these, with the reason.
    pub failures: Vec<Failure>,
    /// Whether the run was stopped before its end.
    pub cancelled: bool,
    /// Seconds from start to end.
    pub seconds: f64,
}

impl Report {
    fn fail(&mut self, failure: Failure) {
        self.failed += 1;
        if self.failures.len() < FAILURES_KEPT {
            self.failures.push(failure);
        }
    }

    /// Adds the windows of another level.
    pub fn add(&mut self, other: Self) {
        self.windows += other.windows;
        self.done += other.done;
        self.skipped += other.skipped;
        self.failed += other.failed;
        self.failures.extend(other.failures);
        self.failures.truncate(FAILURES_KEPT);
        self.cancelled |= other.cancelled;
        self.seconds += other.seconds;
    }
}

/// A window that gave no answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    /// Scene pixels of the window: left, top, width, height.
    pub window: [f64; 4],
    /// Why.
    pub reason: String,
}

/// Probabilities of each question over a frame.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// One mosaic a question, on the grid's lattice.
    pub mosaics: Vec<Mosaic>,
    /// The highest presence probability of any window for each question, where the model says it.
    pub presence: Vec<Option<f32>>,
    /// What became of the windows.
    pub report: Report,
}

enum Read {
    Seen(Window, View),
    Empty,
    Failed(Failure),
}

/// Asks all `questions` of every window of `grid` that touches `frame`. A cancelled run returns what it has; a window that fails is reported and passed over.
///
/// # Errors
/// When the scene cannot be opened again for the reading thread, or when no window at all could be answered.
pub fn sweep(
    scene: &Scene,
    stretch: &Stretch,
    grid: &Grid,
    frame: LevelRect,
    engine: &Engine,
    questions: &[Question],
    job: &Job,
) -> Result<Sweep> {
    let started = Instant::now();
    let mut report = Report { windows: grid.windows_touching(frame).count() as u64, ..Report::default() };
    let [width, height] = grid.level_size().map(|side| side as i64);
    let mut presence = vec![None; questions.len()];
    let reader_scene = scene.reopen()?;
    let total = report.windows;

    let mosaics = thread::scope(|scope| {
        let (views_in, views) = bounded::<Read>(IN_FLIGHT);
        let (tiles, tiles_out) = bounded::<(Window, Vec<Tile>)>(IN_FLIGHT);
        scope.spawn(move || read_windows(&reader_scene, stretch, grid, frame, &views_in, job));
        let blender = scope.spawn(move || blend_tiles(grid, width, height, questions.len(), &tiles_out));

        for (seen, read) in views.iter().enumerate() {
            job.progress("windows", seen as u64, total);
            match read {
                Read::Empty => report.skipped += 1,
                Read::Failed(failure) => report.fail(failure),
                Read::Seen(window, view) => match answers(engine, &view, questions) {
                    Ok(answers) => {
                        report.done += 1;
                        for (best, tile) in presence.iter_mut().zip(&answers) {
                            *best = surer(*best, tile.presence);
                        }
                        // The blender only stops when this loop is over.
                        let _ = tiles.send((window, answers));
                    }
                    Err(error) => {
                        report.fail(Failure { window: pixels(grid.area_of(window)), reason: error.to_string() });
                    }
                },
            }
            if job.is_cancelled() {
                break;
            }
        }
        drop(views);
        drop(tiles);
        job.progress("windows", total, total);
        blender.join().map_err(|_| {
            Error::new("cannot join the windows", "the blending thread stopped", "this is a bug, please report it")
        })
    })?;

    let seen = report.done + report.skipped + report.failed;
    report.cancelled = job.is_cancelled() && seen < report.windows;
    report.seconds = started.elapsed().as_secs_f64();
    match report.failures.first() {
        Some(first) if report.done == 0 && !report.cancelled => Err(Error::new(
            format!("no window of the scene could be answered: {}", scene.source()),
            format!("all {} failed, the first because: {}", report.failed, first.reason),
            "check that the file is whole, for instance with gdalinfo -checksum",
        )),
        _ => Ok(Sweep { mosaics, presence, report }),
    }
}

fn read_windows(scene: &Scene, stretch: &Stretch, grid: &Grid, frame: LevelRect, out: &Sender<Read>, job: &Job) {
    for window in grid.windows_touching(frame) {
        if job.is_cancelled() {
            return;
        }
        let read = match View::of_window(scene, grid, window, stretch) {
            Ok(view) if view.valid.iter().any(|valid| *valid) => Read::Seen(window, view),
            Ok(_) => Read::Empty,
            Err(error) => Read::Failed(Failure { window: pixels(grid.area_of(window)), reason: error.to_string() }),
        };
        if out.send(read).is_err() {
            return;
        }
    }
}

/// The higher of two probabilities, where they are known.
pub(super) fn surer(a: Option<f32>, b: Option<f32>) -> Option<f32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

/// An area as results write it: left, top, width, height.
fn pixels(area: Area) -> [f64; 4] {
    [area.x, area.y, area.width, area.height]
}

fn answers(engine: &Engine, view: &View, questions: &[Question]) -> Result<Vec<Tile>> {
    let sight = engine.see(view)?;
    let mut tiles = engine.answer(&sight, questions)?;
    for tile in &mut tiles {
        for (probability, valid) in tile.probability.iter_mut().zip(&view.valid) {
            if !valid {
                *probability = 0.0;
            }
        }
    }
    Ok(tiles)
}

fn blend_tiles(
    grid: &Grid,
    width: i64,
    height: i64,
    questions: usize,
    tiles: &Receiver<(Window, Vec<Tile>)>,
) -> Vec<Mosaic> {
    let mut mosaics = vec![Mosaic::new(width, height); questions];
    let [columns, rows] = grid.windows();
    let ramp = |index: u64, count: u64| Ramp::new(grid.window_px(), grid.stride(), index > 0, index + 1 < count);
    for (window, answers) in tiles.iter() {
        let (across, down) = (ramp(window.col, columns), ramp(window.row, rows));
        let LevelRect { x: left, y: top, .. } = grid.rect_of(window);
        for (mosaic, tile) in mosaics.iter_mut().zip(answers) {
            mosaic.add(left, top, tile.width, tile.height, |x, y| {
                tile.probability[y * tile.width + x] * across.at(x) * down.at(y)
            });
        }
    }
    mosaics
}
