//! The whole of it in one function: a scene and a phrase in, an answer out.

use std::ops::Range;
use std::time::Instant;

use super::answer::{Answer, Decided, sizes};
use super::engine::{Asked, Engine, Question};
use super::frame::Frame;
use super::instance::{Drawing, Instance, instances, join_levels};
use super::lattice::Lattice;
use super::mosaic::{FLOOR, Mosaic};
use super::options::Options;
use super::resolution::{Level, levels};
use super::sweep::{Report, surer, sweep};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::raster::{Area, Grid, Scene, Stretch, StretchOptions, View};
use crate::text::{Phrase, Span};
use crate::vector::Block;

/// Side of a window in view pixels.
pub const WINDOW: usize = 480;
/// Pixels between the starts of neighbouring windows. A fifth of overlap gives every object's edge some context.
pub const STRIDE: usize = 384;
/// A frame whose sides are at most this many view pixels is looked at in one view, and asked the whole sentence.
const ONE_VIEW: usize = 736;
/// What view sides are multiples of: the encoder's coarsest stride.
const ALIGNMENT: usize = 32;
/// Presence probability below which the user is told that the object is probably not there.
const DOUBTFUL_PRESENCE: f32 = 0.25;

/// Asks `phrase` of `scene`.
///
/// A phrase that only names an object is asked of every window of the scene's grid that the frame touches; so the same
/// pixels give the same polygons from any frame. A phrase that also says where the object is needs to see the frame as
/// a whole: where it fits one view, the network is asked the sentence; where it does not, the network is asked for the object
/// and the answer says which words had no say.
///
/// # Errors
/// When the frame is not on the scene, the scene cannot be read at all, or the phrase is longer than the network reads.
pub fn ask(scene: &Scene, phrase: &Phrase, engine: &Engine, options: &Options, job: &Job) -> Result<Answer> {
    check(options)?;
    let frame = Frame::on(scene, &options.frame)?;
    let stretch = Stretch::choose(scene, &StretchOptions { bands: options.bands, percentiles: options.stretch })?;
    let georeference = scene.georeference();
    let [x, y] = [0, 1].map(|axis| (frame.bounds[axis] + frame.bounds[axis + 2]) / 2.0);
    let pixel_m = georeference.metres_per_pixel_at(x, y);
    let trained = engine.trained_at(&phrase.target.noun.class);
    let levels = levels(options.resolution, pixel_m, trained, frame.size(), WINDOW);
    let fits_one_view = (0..2).all(|axis| frame.size()[axis] / levels[0].step[axis] <= ONE_VIEW as f64);

    let asked = if phrase.is_plain() || !fits_one_view { nouns(phrase) } else { vec![sentence(phrase)] };
    let questions = asked.iter().map(|asked| engine.read(asked)).collect::<Result<Vec<_>>>()?;
    let looker = Looker { scene, stretch: &stretch, frame: &frame, engine, questions: &questions, options, job };
    let run =
        if phrase.is_plain() || !fits_one_view { looker.windows(&levels)? } else { looker.one_view(levels[0])? };

    let mut found = Answer::measure(frame.clip(run.instances), georeference)?;
    found.retain(|found| sizes(found.measure.size).0 >= options.min_area);
    let asked: Vec<String> = asked.into_iter().map(|asked| asked.sentence).collect();
    let mut notices: Vec<String> = scene.warnings().to_vec();
    if !phrase.is_plain() && !fits_one_view {
        notices.push(format!(
            "the frame is larger than one view, so {} was looked for everywhere in it: \
             words of position, order and relation had no say",
            asked.join(" and ")
        ));
    }
    notices.extend(doubts(run.presence, &run.report, found.len(), &asked, phrase));
    Ok(Answer {
        phrase: phrase.sentence.clone(),
        asked,
        frame: frame.kind,
        decided: Decided::Network,
        found,
        presence: run.presence,
        probability: run.mosaic,
        lattice: run.lattice,
        georeference: georeference.clone(),
        report: run.report,
        notices,
        model: engine.label(),
    })
}

/// The target noun phrases, each asked for itself.
fn nouns(phrase: &Phrase) -> Vec<Asked> {
    let targets = phrase.network_phrases().into_iter().filter(|noun| noun.is_target);
    targets.map(|noun| Asked::noun_phrase(noun.text)).collect()
}

/// The sentence as it stands.
fn sentence(phrase: &Phrase) -> Asked {
    let ranges = |spans: &[Span]| -> Vec<Range<usize>> { spans.iter().map(|span| span.start..span.end).collect() };
    Asked {
        sentence: phrase.sentence.clone(),
        object: ranges(&phrase.object_part),
        position: ranges(&phrase.position_part),
    }
}

/// What a run over the views of a frame gives.
struct Run {
    instances: Vec<Instance>,
    mosaic: Mosaic,
    lattice: Lattice,
    presence: Option<f32>,
    report: Report,
}

/// Questions about one frame of a scene. What answers any of them belongs to the answer.
struct Looker<'a> {
    scene: &'a Scene,
    stretch: &'a Stretch,
    frame: &'a Frame,
    engine: &'a Engine,
    questions: &'a [Question],
    options: &'a Options,
    job: &'a Job,
}

impl Looker<'_> {
    /// Looks at every window of every level.
    fn windows(&self, levels: &[Level]) -> Result<Run> {
        let mut run: Option<Run> = None;
        for level in levels {
            let level_run = self.level(*level)?;
            run = Some(match run {
                None => level_run,
                Some(mut fine) => {
                    let window = fine.lattice.level.step.map(|step| step * WINDOW as f64);
                    fine.instances = join_levels(fine.instances, level_run.instances, window);
                    fine.presence = surer(fine.presence, level_run.presence);
                    fine.report.add(level_run.report);
                    fine
                }
            });
        }
        run.ok_or_else(|| {
            Error::new("cannot look at the scene", "no level was chosen", "this is a bug, please report it")
        })
    }

    fn level(&self, level: Level) -> Result<Run> {
        let grid = Grid::new(self.scene.size(), level.step, WINDOW, STRIDE)?;
        let lattice = Lattice { origin: [0.0, 0.0], level };
        let [left, top, right, bottom] = self.frame.bounds;
        let rect = grid.rect_around(Area { x: left, y: top, width: right - left, height: bottom - top });
        let swept = sweep(self.scene, self.stretch, &grid, rect, self.engine, self.questions, self.job)?;
        let block = Block { x: rect.x, y: rect.y, width: rect.width as i64, height: rect.height as i64 };
        self.run(swept.mosaics, lattice, block, swept.presence, swept.report)
    }

    /// Looks at the frame in one view.
    fn one_view(&self, level: Level) -> Result<Run> {
        let started = Instant::now();
        let [left, top, _, _] = self.frame.bounds;
        let lattice = Lattice { origin: [left, top], level };
        let pixels = [0, 1].map(|axis| ((self.frame.size()[axis] / level.step[axis]).ceil() as usize).max(1));
        let side = pixels.map(|n| n.div_ceil(ALIGNMENT) * ALIGNMENT);
        self.job.progress("views", 0, 1);
        let area =
            Area { x: left, y: top, width: side[0] as f64 * level.step[0], height: side[1] as f64 * level.step[1] };
        let view = View::read(self.scene, area, side, self.stretch)?;
        let tiles = self.engine.answer(&self.engine.see(&view)?, self.questions)?;
        let presence = tiles.iter().map(|tile| tile.presence).collect();
        let mosaics = tiles.iter().map(|tile| {
            let mut mosaic = Mosaic::new(pixels[0] as i64, pixels[1] as i64);
            mosaic.add(0, 0, tile.width, tile.height, |x, y| {
                let at = y * tile.width + x;
                if view.valid[at] { tile.probability[at] } else { 0.0 }
            });
            mosaic
        });
        self.job.progress("views", 1, 1);
        let block = Block { x: 0, y: 0, width: pixels[0] as i64, height: pixels[1] as i64 };
        let report = Report { windows: 1, done: 1, seconds: started.elapsed().as_secs_f64(), ..Report::default() };
        self.run(mosaics.collect(), lattice, block, presence, report)
    }

    /// The instances of all mosaics, and the union of these.
    fn run(
        &self,
        mosaics: Vec<Mosaic>,
        lattice: Lattice,
        frame: Block,
        presence: Vec<Option<f32>>,
        report: Report,
    ) -> Result<Run> {
        let level = lattice.level;
        let tolerance = match (self.options.simplify, level.gsd_m) {
            (None, _) => DEFAULT_TOLERANCE,
            (Some(metres), Some(gsd)) => metres / gsd,
            (Some(pixels), None) => pixels / level.step[0],
        };
        let drawing = Drawing { threshold: self.options.threshold, tolerance, frame };
        let mut found = Vec::new();
        for mosaic in &mosaics {
            found.extend(instances(mosaic, &lattice, drawing)?);
        }
        let mosaic = mosaics.into_iter().reduce(Mosaic::union).unwrap_or_default();
        Ok(Run { instances: found, mosaic, lattice, presence: presence.into_iter().fold(None, surer), report })
    }
}

/// How far an outline may move by default when it is simplified, in view pixels.
const DEFAULT_TOLERANCE: f64 = 0.5;

fn check(options: &Options) -> Result<()> {
    let what = "cannot ask the scene";
    if !(options.threshold > FLOOR && options.threshold < 1.0) {
        let why = format!("the threshold {} is not between {FLOOR} and 1", options.threshold);
        return Err(Error::usage(what, why, "0.5 is the default; lower finds more, higher finds surer"));
    }
    let not_negative = |number: f64| number >= 0.0 && number.is_finite();
    if !not_negative(options.min_area) || !options.simplify.is_none_or(not_negative) {
        return Err(Error::usage(what, "an area or a tolerance is negative or no number", "give a number from 0 on"));
    }
    Ok(())
}

/// What the user should know about an answer with `found` objects.
fn doubts(presence: Option<f32>, report: &Report, found: usize, asked: &[String], phrase: &Phrase) -> Vec<String> {
    let mut doubts = Vec::new();
    let asked = asked.join(" and ");
    match presence.map(|presence| (presence, presence * 100.0)) {
        Some((_, percent)) if found == 0 => {
            doubts.push(format!("nothing found: {asked} is probably not here (presence {percent:.0} %)"));
        }
        Some((presence, percent)) if presence < DOUBTFUL_PRESENCE => doubts.push(format!(
            "the model doubts that {asked} is here at all (presence {percent:.0} %): look at the result before using it"
        )),
        None if found == 0 => doubts.push(format!("nothing found for {asked}")),
        _ => {}
    }
    if report.cancelled {
        doubts.push(format!(
            "stopped after {} of {} windows: the result holds what was done until then",
            report.done + report.skipped + report.failed.len() as u64,
            report.windows
        ));
    }
    if let Some(first) = report.failed.first() {
        doubts.push(format!(
            "{} of {} windows failed and are missing from the result, the first because: {}",
            report.failed.len(),
            report.windows,
            first.reason
        ));
    }
    let unused: Vec<&str> = phrase.unused().map(|word| word.text.as_str()).collect();
    if !unused.is_empty() {
        doubts.push(format!("not understood: {}", unused.join(", ")));
    }
    doubts
}
