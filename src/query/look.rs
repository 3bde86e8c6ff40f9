//! Looking at a frame: what the network finds in its windows, or in one view of it.

use std::sync::Arc;

use super::ask::{STRIDE, WINDOW};
use super::engine::{Asked, Tile};
use super::frame::Frame;
use super::fuse::fuse;
use super::instance::{Drawing, Instance, instances, join_levels};
use super::keeping::Keeping;
use super::lattice::Lattice;
use super::mosaic::Mosaic;
use super::onlooker::{Onlooker, Watch};
use super::options::Options;
use super::resolution::{COARSER, Level, Levels};
use super::segmenter::Segmenter;
use super::sweep::{Course, Report, Sweep, answers, area_of, sweep};
use crate::error::{Error, Kind, Result};
use crate::job::Job;
use crate::raster::{Area, Grid, LevelRect, Scene, Stretch, View, Window};
use crate::text::{NetworkPhrase, Phrase};
use crate::vector::Block;

/// A frame whose sides are at most this many view pixels is also looked at in one view.
const ONE_VIEW: f64 = 736.0;
/// Windows from which the user is told that it will take long, and windows that are refused.
const MANY_WINDOWS: f64 = 2_000.0;
const MOST_WINDOWS: f64 = 2e7;
/// What view sides are multiples of: the encoder's coarsest stride.
const ALIGNMENT: usize = 32;
/// How far an outline may move by default when it is simplified, in view pixels.
const DEFAULT_TOLERANCE: f64 = 0.5;

/// What the network says to one question over a frame, at one resolution. Objects are drawn from it as often as thresholds change.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The canonical class that was asked for.
    pub class: String,
    /// Probabilities.
    pub mosaic: Arc<Mosaic>,
    /// Where they lie.
    pub lattice: Lattice,
    /// The part of the lattice that was looked at.
    pub block: Block,
    /// The highest presence probability of any view, where the model says it.
    pub presence: Option<f32>,
}

impl Heard {
    /// The objects in scene pixels: outlines at the threshold, simplified, small holes closed. Of `options` only these count.
    ///
    /// # Errors
    /// When the threshold is not above 0.
    pub fn instances(&self, options: &Options) -> Result<Vec<Instance>> {
        let level = &self.lattice.level;
        let tolerance = match (options.simplify, level.gsd_m) {
            (None, _) => DEFAULT_TOLERANCE,
            (Some(metres), Some(gsd)) => metres / gsd,
            (Some(pixels), None) => pixels / level.step[0],
        };
        let pixel_area = level.gsd_m.map_or(level.step[0] * level.step[1], |gsd| gsd * gsd);
        let smallest_hole = options.fill_holes / pixel_area;
        let drawing = Drawing { threshold: options.threshold, tolerance, smallest_hole, frame: self.block };
        instances(&*self.mosaic, &self.class, &self.lattice, drawing)
    }
}

/// The objects of one question that was asked at several resolutions, finest first.
///
/// # Errors
/// When the threshold is not above 0.
pub fn instances_of(levels: &[Heard], options: &Options) -> Result<Vec<Instance>> {
    let Some((finest, coarser)) = levels.split_first() else { return Ok(Vec::new()) };
    let window = finest.lattice.level.step.map(|step| step * WINDOW as f64);
    coarser
        .iter()
        .try_fold(finest.instances(options)?, |fine, heard| Ok(join_levels(fine, heard.instances(options)?, window)))
}

/// What became of the whole sentence.
#[derive(Debug)]
pub enum Sentence {
    /// The network answered it.
    Heard(Box<Heard>),
    /// It was not asked: the frame is larger than one view, or, with the reason, the sentence longer than the network reads.
    NotAsked(Option<String>),
    /// The view could not be read, or the network failed.
    Failed(Error),
}

/// Probability from which a window is worth a near look after a coarse one.
const WORTH_A_LOOK: f32 = 0.1;

/// A frame of a scene, and what looks at it.
pub struct Looker<'a, S> {
    /// The scene.
    pub scene: &'a Scene,
    /// How it is shown.
    pub stretch: &'a Stretch,
    /// The part of it that counts.
    pub frame: &'a Frame,
    /// The network.
    pub segmenter: &'a S,
    /// Whether a coarse look comes first ([`Options::coarse_first`]).
    pub coarse_first: bool,
    /// What is kept on disk.
    pub keeping: Keeping<'a>,
    /// Who looks on.
    pub onlooker: Option<Onlooker<'a>>,
    /// Progress and cancel.
    pub job: &'a Job,
}

impl<S: Segmenter> Looker<'_, S> {
    /// Asks `nouns` of every window of every level; for each noun what was heard at the near levels, fused, and at the far one.
    ///
    /// # Errors
    /// When a phrase is longer than the network reads or no window can be answered.
    pub fn windows(&self, levels: &Levels, nouns: &[&NetworkPhrase]) -> Result<(Vec<Vec<Heard>>, Report)> {
        let (mut all, mut sum) = (vec![Vec::new(); nouns.len()], Report::default());
        for (place, level) in levels.all().enumerate() {
            // What is shown in the end is the finest level.
            let onlooker = self.onlooker.filter(|_| place == 0);
            let (heard, report) = self.level(level, nouns, onlooker)?;
            sum.add(report);
            for (levels, heard) in all.iter_mut().zip(heard) {
                levels.push(heard);
            }
        }
        let fused = all.into_iter().map(|mut heard| {
            let far = heard.split_off(levels.near().count());
            fuse(heard, sum.cancelled).into_iter().chain(far).collect()
        });
        Ok((fused.collect(), sum))
    }

    fn level(
        &self,
        level: Level,
        nouns: &[&NetworkPhrase],
        onlooker: Option<Onlooker<'_>>,
    ) -> Result<(Vec<Heard>, Report)> {
        let grid = Grid::new(self.scene.size(), level.step, WINDOW, STRIDE)?;
        let lattice = Lattice { origin: [0.0, 0.0], level };
        let rect = self.rect_on(&grid);
        self.check_effort(rect, level)?;
        let block = Block { x: rect.x, y: rect.y, width: rect.width as i64, height: rect.height as i64 };
        let asked = nouns.iter().map(|noun| Asked::noun_phrase(self.segmenter.in_its_words(&noun.text)));
        let questions = asked.map(|asked| self.segmenter.read(&asked)).collect::<Result<Vec<_>>>()?;
        let shown: Vec<bool> = nouns.iter().map(|noun| noun.is_target).collect();
        let watch = onlooker.map(|onlooker| Watch { onlooker, lattice, shown: &shown });
        let swept = if self.coarse_first {
            self.sweep_where_worth_it(&grid, level, &questions, watch)?
        } else {
            sweep(&Course { watch, ..self.course(&grid, None, self.keeping) }, self.segmenter, &questions)?
        };
        let heard = nouns.iter().zip(swept.mosaics).zip(swept.presence).map(|((noun, mosaic), presence)| Heard {
            class: noun.class.clone(),
            mosaic: Arc::new(mosaic),
            lattice,
            block,
            presence,
        });
        Ok((heard.collect(), swept.report))
    }

    /// Looks from farther away first and then near where that saw something.
    fn sweep_where_worth_it(
        &self,
        grid: &Grid,
        level: Level,
        questions: &[S::Question],
        watch: Option<Watch<'_>>,
    ) -> Result<Sweep> {
        let coarse_grid = Grid::new(self.scene.size(), level.step.map(|step| step * COARSER), WINDOW, STRIDE)?;
        // Every machine looks at all of it, as its own windows depend on it.
        let whole = Keeping { share: None, ..self.keeping };
        let coarse = sweep(&self.course(&coarse_grid, None, whole), self.segmenter, questions)?;
        let worth = |window: Window| {
            let LevelRect { x, y, width, height } = coarse_grid.rect_around(grid.area_of(window));
            let rect = [x, y, x + width as i64, y + height as i64];
            coarse.mosaics.iter().any(|mosaic| mosaic.reaches(rect, WORTH_A_LOOK))
        };
        let course = Course { watch, ..self.course(grid, Some(&worth), self.keeping) };
        let mut near = sweep(&course, self.segmenter, questions)?;
        near.report.coarse = coarse.report.done;
        near.report.seconds += coarse.report.seconds;
        near.report.cancelled |= coarse.report.cancelled;
        Ok(near)
    }

    fn rect_on(&self, grid: &Grid) -> LevelRect {
        grid.rect_around(area_of(self.frame.bounds))
    }

    fn course<'b>(
        &'b self,
        grid: &'b Grid,
        worth: Option<&'b (dyn Fn(Window) -> bool + Sync)>,
        keeping: Keeping<'b>,
    ) -> Course<'b> {
        let frame = self.rect_on(grid);
        Course { scene: self.scene, stretch: self.stretch, grid, frame, worth, keeping, watch: None, job: self.job }
    }

    /// Refuses what no machine finishes, and tells of what takes long.
    fn check_effort(&self, rect: LevelRect, level: Level) -> Result<()> {
        let [columns, rows] = [rect.width, rect.height].map(|side| side as f64 / STRIDE as f64 + 1.0);
        let windows = columns * rows;
        let gsd = level.gsd_m.map_or("its own pixels".to_owned(), |gsd| format!("{gsd:.3} m a pixel"));
        if windows > MOST_WINDOWS {
            return Err(Error::usage(
                format!("cannot look at {} at a resolution of {gsd}", self.scene.source()),
                format!("that makes about {windows:.0} windows"),
                "give a coarser --gsd, or a part of the scene with --window or --aoi",
            ));
        }
        if windows > MANY_WINDOWS {
            self.job.notice(format!(
                "about {windows:.0} windows at {gsd}: Ctrl-C keeps what is done, a coarser --gsd or a smaller frame is faster"
            ));
        }
        Ok(())
    }

    /// Whether the frame fits one view.
    pub fn fits_one_view(&self, level: Level) -> bool {
        (0..2).all(|axis| self.frame.size()[axis] / level.step[axis] <= ONE_VIEW)
    }

    /// Asks the whole sentence of the frame, where that fits one view and the sentence fits the network.
    pub fn sentence(&self, level: Level, phrase: &Phrase) -> Sentence {
        if !self.fits_one_view(level) {
            return Sentence::NotAsked(None);
        }
        match self.segmenter.read(&Asked::sentence(phrase)) {
            Ok(question) => match self.one_view(level, phrase, &question) {
                Ok(heard) => Sentence::Heard(Box::new(heard)),
                Err(error) => Sentence::Failed(error),
            },
            Err(error) if error.kind() == Kind::Usage => {
                Sentence::NotAsked(Some(format!("the sentence was not asked as a whole: {}", error.why())))
            }
            Err(error) => Sentence::Failed(error),
        }
    }

    fn one_view(&self, level: Level, phrase: &Phrase, question: &S::Question) -> Result<Heard> {
        let [left, top, _, _] = self.frame.bounds;
        let lattice = Lattice { origin: [left, top], level };
        let [width, height] = [0, 1].map(|axis| ((self.frame.size()[axis] / level.step[axis]).ceil() as i64).max(1));
        let block = Block { x: 0, y: 0, width, height };
        let (mut mosaic, mut presence) = (Mosaic::new(width, height), None);
        for tile in self.in_one_view(&lattice, &block, std::slice::from_ref(question))? {
            presence = tile.presence;
            mosaic.add_tile(&block, &tile);
        }
        let class = phrase.target.noun.class.clone();
        Ok(Heard { class, mosaic: Arc::new(mosaic), lattice, block, presence })
    }

    /// What the network says to each question of `block` in one view. The tiles hang over the block's right and lower edge to the
    /// next multiple of [`ALIGNMENT`].
    fn in_one_view(&self, lattice: &Lattice, block: &Block, questions: &[S::Question]) -> Result<Vec<Tile>> {
        let side = [block.width, block.height].map(|n| (n as usize).div_ceil(ALIGNMENT) * ALIGNMENT);
        let [x, y] = lattice.scene_from_lattice([block.x as f64, block.y as f64]);
        let [width, height] = [0, 1].map(|axis| side[axis] as f64 * lattice.level.step[axis]);
        let view = View::read(self.scene, Area { x, y, width, height }, side, self.stretch)?;
        answers(self.segmenter, &self.segmenter.see(&view)?, &view.valid, questions)
    }

    /// What the network says to each question everywhere in the frame, on the lattice of the scene, cut at the frame: in one view
    /// where the frame fits one, else in windows.
    ///
    /// # Errors
    /// When that is more than `most` pixels, the scene cannot be read, or no window can be answered.
    pub fn everywhere(&self, level: Level, questions: &[S::Question], most: u64) -> Result<(Vec<Mosaic>, Lattice)> {
        let grid = Grid::new(self.scene.size(), level.step, WINDOW, STRIDE)?;
        let rect = self.rect_on(&grid);
        if rect.width.saturating_mul(rect.height) > most {
            return Err(Error::usage(
                format!("cannot show all of {}", self.scene.source()),
                format!("{} x {} pixels of the network are more than are held at a time", rect.width, rect.height),
                "ask the phrase of the view or of an area",
            ));
        }
        let lattice = Lattice { origin: [0.0, 0.0], level };
        let block = Block { x: rect.x, y: rect.y, width: rect.width as i64, height: rect.height as i64 };
        let [width, height] = grid.level_size().map(|side| side as i64);
        let mut mosaics = if self.fits_one_view(level) {
            let tiles = self.in_one_view(&lattice, &block, questions)?;
            let mosaic = |tile: &Tile| {
                let mut mosaic = Mosaic::new(width, height);
                mosaic.add_tile(&block, tile);
                mosaic
            };
            tiles.iter().map(mosaic).collect()
        } else {
            sweep(&self.course(&grid, None, self.keeping), self.segmenter, questions)?.mosaics
        };
        mosaics.iter_mut().for_each(|mosaic| mosaic.crop(&block));
        Ok((mosaics, lattice))
    }
}
