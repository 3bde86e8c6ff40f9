//! Every window of a frame through the network: read, run and blend at the same time.

use std::collections::BTreeSet;
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use serde::{Deserialize, Serialize};

use super::blend::Ramp;
use super::cache::{Entry, Shelf};
use super::engine::Tile;
use super::journal::Journal;
use super::keeping::Keeping;
use super::mosaic::{Mosaic, TileKey};
use super::onlooker::{Unseen, Watch};
use super::ranges::Ranges;
use super::segmenter::Segmenter;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::raster::{Area, Grid, LevelRect, Scene, Stretch, View, Window};

/// Windows read ahead and tiles waiting to be blended: enough to keep all three stages busy, little enough to hold.
const IN_FLIGHT: usize = 2;

/// Failed windows whose reason is kept: a damaged scene can have millions.
const FAILURES_KEPT: usize = 20;

/// What became of the windows of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Windows in the frame, or in this run's share of it.
    pub windows: u64,
    /// Windows the network looked at.
    pub done: u64,
    /// Windows without a valid pixel.
    pub skipped: u64,
    /// Windows in which a coarse look saw nothing, so that the network was not asked.
    pub passed_over: u64,
    /// Windows of that coarse look.
    pub coarse: u64,
    /// Windows that could not be read or run.
    pub failed: u64,
    /// Those of `done` whose features were in the cache.
    pub from_cache: u64,
    /// Those that an earlier run did, or another machine.
    pub resumed: u64,
    /// The first windows that failed, with the reason.
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

    /// As one run would have met them: from the top down.
    fn sort_failures(&mut self) {
        let place = |failure: &Failure| [failure.window[1], failure.window[0]];
        self.failures.sort_by(|a, b| place(a).partial_cmp(&place(b)).unwrap_or(std::cmp::Ordering::Equal));
    }

    /// Adds the windows of another level.
    pub fn add(&mut self, other: Self) {
        self.windows += other.windows;
        self.done += other.done;
        self.skipped += other.skipped;
        self.passed_over += other.passed_over;
        self.coarse += other.coarse;
        self.failed += other.failed;
        self.from_cache += other.from_cache;
        self.resumed += other.resumed;
        self.failures.extend(other.failures);
        self.failures.truncate(FAILURES_KEPT);
        self.cancelled |= other.cancelled;
        self.seconds += other.seconds;
    }

    /// Windows of which it is known what became of them.
    pub fn seen(&self) -> u64 {
        self.done + self.skipped + self.passed_over + self.failed
    }
}

/// A window that gave no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Scene pixels of the window: left, top, width, height.
    pub window: [f64; 4],
    /// Why.
    pub reason: String,
}

/// Probabilities of each question over a frame, so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// One mosaic a question, on the grid's lattice.
    pub mosaics: Vec<Mosaic>,
    /// The highest presence probability of any window for each question, where the model says it.
    pub presence: Vec<Option<f32>>,
    /// The windows it holds, numbered row by row within the frame.
    pub done: Ranges,
    /// What became of them.
    pub report: Report,
}

impl Sweep {
    /// Nothing seen yet.
    pub fn new(width: i64, height: i64, questions: usize) -> Self {
        Self {
            mosaics: vec![Mosaic::new(width, height); questions],
            presence: vec![None; questions],
            done: Ranges::default(),
            report: Report::default(),
        }
    }

    /// Joins what was seen in other windows of the same frame.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.mosaics = self.mosaics.into_iter().zip(other.mosaics).map(|(a, b)| a.merge(b)).collect();
        self.presence = self.presence.into_iter().zip(other.presence).map(|(a, b)| surer(a, b)).collect();
        other.done.iter().for_each(|range| self.done.insert(range));
        self.report.add(other.report);
        self.report.sort_failures();
        self
    }
}

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Course<'a> {
    /// The scene.
    pub scene: &'a Scene,
    /// How it is shown.
    pub stretch: &'a Stretch,
    /// How it is cut into windows.
    pub grid: &'a Grid,
    /// The part of it that counts, in pixels of the grid.
    pub frame: LevelRect,
    /// Whether a window is worth looking at; `None`: all are.
    pub worth: Option<&'a (dyn Fn(Window) -> bool + Sync)>,
    /// What is kept on disk, and which share of the windows is this run's.
    pub keeping: Keeping<'a>,
    /// Who looks on.
    pub watch: Option<Watch<'a>>,
    /// Progress and cancel.
    pub job: &'a Job,
}

/// A window to look at, and its number in the frame.
#[derive(Clone, Copy)]
struct Stop {
    number: u64,
    window: Window,
}

enum Read {
    Seen(View),
    Known(Entry),
    Empty,
    PassedOver,
    Failed(String),
}

/// What became of a window.
enum Outcome {
    Answered { tiles: Vec<Tile>, keep: Option<Entry>, from_cache: bool },
    Empty,
    PassedOver,
    Failed(String),
}

/// Asks all `questions` of every window of the grid that touches the frame. A cancelled run returns what it has; a window that fails is reported and passed over.
///
/// # Errors
/// When the scene cannot be opened again for the reading thread, or when no window at all could be answered.
pub fn sweep<S: Segmenter>(course: &Course, segmenter: &S, questions: &[S::Question]) -> Result<Sweep> {
    let Course { scene, grid, frame, keeping, watch, job, .. } = *course;
    let started = Instant::now();
    let windows = grid.windows_touching(frame).count() as u64;
    let share = keeping.share.map_or(0..windows, |share| share.of(windows));
    let (number, before) = keeping.journal.map_or((0, None), Journal::next_sweep);
    let [width, height] = grid.level_size().map(|side| side as i64);
    let mut state = before.unwrap_or_else(|| Sweep::new(width, height, questions.len()));
    if state.mosaics.len() != questions.len() || state.mosaics.iter().any(|mosaic| mosaic.size() != [width, height]) {
        return Err(Error::usage(
            "cannot go on with an earlier run",
            "it cut the scene in another way",
            "leave out --resume and start from the beginning",
        ));
    }
    let seconds_before = state.report.seconds;
    let before = state.done.len_within(&share);
    state.report.resumed = before;
    let shelf = keeping.cache.and_then(|cache| cache.shelf(scene, segmenter, grid, course.stretch));
    let reader_scene = scene.reopen()?;
    let done = state.done.clone();

    let mut blender = Blender {
        grid,
        shelf: shelf.as_ref(),
        journal: keeping.journal,
        number,
        job,
        changed: BTreeSet::new(),
        unseen: watch.map(Unseen::new),
        state,
    };
    let blended = thread::scope(|scope| {
        let (views_in, views) = bounded::<(Stop, Read)>(IN_FLIGHT);
        let (tiles, tiles_out) = bounded::<(Stop, Outcome)>(IN_FLIGHT);
        let shelf = shelf.as_ref();
        let reader = Reader { scene: reader_scene, stretch: course.stretch, grid, worth: course.worth, shelf, job };
        let (done, from, until) = (&done, share.start, share.end);
        let left = move || {
            let all = grid.windows_touching(frame).enumerate();
            let all = all.map(|(number, window)| Stop { number: number as u64, window });
            let share = all.take_while(move |stop| stop.number < until).filter(move |stop| stop.number >= from);
            share.filter(move |stop| !done.contains(stop.number))
        };
        // The order of windows changes nothing of the answer: what is looked at comes first.
        let first = watch.and_then(|watch| watch.onlooker.first).map(|bounds| grid.rect_around(area_of(bounds)));
        let comes_first = move |stop: &Stop| first.is_none_or(|rect| meet(rect, grid.rect_of(stop.window)));
        let rest = first.into_iter().flat_map(move |_| left().filter(move |stop| !comes_first(stop)));
        let ordered = left().filter(comes_first).chain(rest);
        scope.spawn(move || reader.read(ordered, &views_in));
        let blending = scope.spawn(move || {
            blender.blend(&tiles_out);
            blender
        });
        for (seen, (stop, read)) in views.iter().enumerate() {
            job.progress("windows", before + seen as u64, share.end - share.start);
            let outcome = look(course, segmenter, questions, shelf.is_some(), stop, read);
            // The blender only stops when this loop is over.
            let _ = tiles.send((stop, outcome));
            if job.is_cancelled() {
                break;
            }
        }
        drop(views);
        drop(tiles);
        job.progress("windows", share.end - share.start, share.end - share.start);
        blending.join().map_err(|_| {
            Error::new("cannot join the windows", "the blending thread stopped", "this is a bug, please report it")
        })
    })?;

    let mut blended = blended;
    let report = &mut blended.state.report;
    if watch.is_some() {
        report.sort_failures();
    }
    report.windows = share.end - share.start;
    report.cancelled = job.is_cancelled() && report.seen() < report.windows;
    report.seconds = seconds_before + started.elapsed().as_secs_f64();
    blended.close(keeping.share.is_some());
    let Sweep { report, .. } = &blended.state;
    match report.failures.first() {
        Some(first) if report.done == 0 && !report.cancelled && keeping.share.is_none() => Err(Error::new(
            format!("no window of the scene could be answered: {}", scene.source()),
            format!("all {} failed, the first because: {}", report.failed, first.reason),
            "check that the file is whole, for instance with gdalinfo -checksum",
        )),
        _ => Ok(blended.state),
    }
}

/// The thread that reads.
struct Reader<'a> {
    scene: Scene,
    stretch: &'a Stretch,
    grid: &'a Grid,
    worth: Option<&'a (dyn Fn(Window) -> bool + Sync)>,
    shelf: Option<&'a Shelf<'a>>,
    job: &'a Job,
}

impl Reader<'_> {
    fn read(&self, stops: impl Iterator<Item = Stop>, out: &Sender<(Stop, Read)>) {
        for stop in stops {
            if self.job.is_cancelled() {
                return;
            }
            let is_worth_it = self.worth.is_none_or(|worth| worth(stop.window));
            let read = if is_worth_it { self.read_one(stop.window) } else { Read::PassedOver };
            if out.send((stop, read)).is_err() {
                return;
            }
        }
    }

    fn read_one(&self, window: Window) -> Read {
        if let Some(entry) = self.shelf.and_then(|shelf| shelf.load(window)) {
            return Read::Known(entry);
        }
        match View::of_window(&self.scene, self.grid, window, self.stretch) {
            Ok(view) if view.valid.iter().any(|valid| *valid) => Read::Seen(view),
            Ok(_) => Read::Empty,
            Err(error) => Read::Failed(error.to_string()),
        }
    }
}

/// What the network says of a window, on this thread.
fn look<S: Segmenter>(
    course: &Course,
    segmenter: &S,
    questions: &[S::Question],
    keeps: bool,
    stop: Stop,
    read: Read,
) -> Outcome {
    let outcome = match read {
        Read::Empty => return Outcome::Empty,
        Read::PassedOver => return Outcome::PassedOver,
        Read::Failed(reason) => return Outcome::Failed(reason),
        Read::Known(entry) => match segmenter.recall(entry.size, &entry.features) {
            Ok(sight) => answers(segmenter, &sight, &entry.valid, questions).map(|tiles| Outcome::Answered {
                tiles,
                keep: None,
                from_cache: true,
            }),
            // Whole, but not what this program keeps: as if it were not there.
            Err(_) => View::of_window(course.scene, course.grid, stop.window, course.stretch)
                .and_then(|view| see(segmenter, view, questions, keeps)),
        },
        Read::Seen(view) => see(segmenter, view, questions, keeps),
    };
    outcome.unwrap_or_else(|error| Outcome::Failed(error.to_string()))
}

fn see<S: Segmenter>(segmenter: &S, view: View, questions: &[S::Question], keeps: bool) -> Result<Outcome> {
    let sight = segmenter.see(&view)?;
    let tiles = answers(segmenter, &sight, &view.valid, questions)?;
    let features = if keeps { segmenter.keep(&sight) } else { None };
    let keep = features.map(|features| Entry { size: [view.width, view.height], valid: view.valid, features });
    Ok(Outcome::Answered { tiles, keep, from_cache: false })
}

/// The tiles of a view, 0 where it has no data.
pub(super) fn answers<S: Segmenter>(
    segmenter: &S,
    sight: &S::Sight,
    valid: &[bool],
    questions: &[S::Question],
) -> Result<Vec<Tile>> {
    let mut tiles = segmenter.answer(sight, questions)?;
    for tile in &mut tiles {
        for (probability, valid) in tile.probability.iter_mut().zip(valid) {
            if !valid {
                *probability = 0.0;
            }
        }
    }
    Ok(tiles)
}

/// The higher of two probabilities, where they are known.
pub(super) fn surer(a: Option<f32>, b: Option<f32>) -> Option<f32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

/// The area between `[left, top, right, bottom]`.
pub(super) fn area_of([left, top, right, bottom]: [f64; 4]) -> Area {
    Area { x: left, y: top, width: right - left, height: bottom - top }
}

/// Whether two rectangles share a pixel.
fn meet(a: LevelRect, b: LevelRect) -> bool {
    let overlap = |a: i64, a_length: u64, b: i64, b_length: u64| a < b + b_length as i64 && b < a + a_length as i64;
    overlap(a.x, a.width, b.x, b.width) && overlap(a.y, a.height, b.y, b.height)
}

/// An area as results write it: left, top, width, height.
fn pixels(area: Area) -> [f64; 4] {
    [area.x, area.y, area.width, area.height]
}

/// The thread that blends, keeps features and writes the journal.
struct Blender<'a> {
    grid: &'a Grid,
    shelf: Option<&'a Shelf<'a>>,
    journal: Option<&'a Journal>,
    /// Of this sweep in the journal.
    number: u32,
    job: &'a Job,
    /// Tiles that may have changed since the last record.
    changed: BTreeSet<TileKey>,
    /// What an onlooker has not seen yet, where there is one.
    unseen: Option<Unseen<'a>>,
    state: Sweep,
}

impl Blender<'_> {
    fn blend(&mut self, outcomes: &Receiver<(Stop, Outcome)>) {
        let started = Instant::now();
        let before = self.state.report.seconds;
        for (stop, outcome) in outcomes.iter() {
            match outcome {
                Outcome::Empty => self.state.report.skipped += 1,
                Outcome::PassedOver => self.state.report.passed_over += 1,
                Outcome::Failed(reason) => {
                    self.state.report.fail(Failure { window: pixels(self.grid.area_of(stop.window)), reason });
                }
                Outcome::Answered { tiles, keep, from_cache } => {
                    self.state.report.done += 1;
                    self.state.report.from_cache += u64::from(from_cache);
                    self.add(stop.window, tiles);
                    if let Some(unseen) = &mut self.unseen {
                        unseen.show_if_due(&self.state.mosaics);
                    }
                    let trouble = keep.and_then(|entry| self.shelf?.store(stop.window, &entry));
                    trouble.into_iter().for_each(|trouble| self.job.notice(trouble));
                }
            }
            self.state.done.insert(stop.number..stop.number + 1);
            if self.journal.is_some_and(|journal| journal.is_due(self.changed.len())) {
                self.state.report.seconds = before + started.elapsed().as_secs_f64();
                self.record();
            }
        }
        if let Some(unseen) = &mut self.unseen {
            unseen.show(&self.state.mosaics);
        }
    }

    fn add(&mut self, window: Window, tiles: Vec<Tile>) {
        let grid = self.grid;
        let [columns, rows] = grid.windows();
        let ramp = |index: u64, count: u64| Ramp::new(grid.window_px(), grid.stride(), index > 0, index + 1 < count);
        let (across, down) = (ramp(window.col, columns), ramp(window.row, rows));
        let LevelRect { x: left, y: top, .. } = grid.rect_of(window);
        if self.journal.is_some() {
            self.changed.extend(Mosaic::touched(left, top, grid.window_px()));
        }
        if let Some(unseen) = &mut self.unseen {
            unseen.extend(Mosaic::touched(left, top, grid.window_px()));
        }
        for (best, tile) in self.state.presence.iter_mut().zip(&tiles) {
            *best = surer(*best, tile.presence);
        }
        for (mosaic, tile) in self.state.mosaics.iter_mut().zip(tiles) {
            mosaic.add(left, top, tile.width, tile.height, |x, y| {
                tile.probability[y * tile.width + x] * across.at(x) * down.at(y)
            });
        }
    }

    fn record(&mut self) {
        let Some(journal) = self.journal else { return };
        if let Err(error) = journal.add(self.number, &self.state, &self.changed) {
            self.job.notice(error.to_string());
        }
        self.changed.clear();
    }

    /// The last record of the sweep: where one was written before, where it was stopped, and where another run needs it.
    fn close(&mut self, is_share: bool) {
        let wanted = |journal: &Journal| journal.has_begun() || journal.is_due(self.changed.len()) || is_share;
        if self.state.report.cancelled || self.journal.is_some_and(wanted) {
            self.record();
        }
    }
}
