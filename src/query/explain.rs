//! What the network attends to: how strongly sentence, object part and position part speak at each place of a frame.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::json;

use super::answer::file_name;
use super::ask::{levels_of, looker};
use super::cache::FeatureCache;
use super::engine::{Asked, Tile};
use super::frame::Frame;
use super::keeping::Keeping;
use super::lattice::Lattice;
use super::mosaic::Mosaic;
use super::options::Options;
use super::resolution::Trained;
use super::segmenter::Segmenter;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::raster::{Georeference, Scene, Stretch, StretchOptions, View};
use crate::text::{Phrase, Span};
use crate::vector::export::{Content, Depth, write_raster};

/// Pixels of the network that are explained at a time. Unlike probabilities, attention is nowhere 0, so that memory follows the
/// frame: three maps of two bytes a pixel.
const MOST_PIXELS: u64 = 40_000_000;
/// Shares of the pixels that lie below the lower and the upper end of a map's range. The edge of a view, beyond which the network sees
/// nothing, is darker than all else; an object that speaks loudest may be small.
const WITHOUT_OUTLIERS: [f64; 2] = [0.05, 0.995];

/// The branches of the alignment of words and picture (FIAM): each reads its own part of the phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// Reads the whole sentence.
    Sentence,
    /// Reads the words that name the object.
    Object,
    /// Reads the words that say where it is.
    Position,
}

impl Branch {
    /// How many there are.
    pub const COUNT: usize = 3;
    /// All of them, in their order.
    pub const ALL: [Self; Self::COUNT] = [Self::Sentence, Self::Object, Self::Position];

    /// As file names and text say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sentence => "sentence",
            Self::Object => "object",
            Self::Position => "position",
        }
    }

    /// What its map shows, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Sentence => "How strongly the whole sentence answers to what is seen here",
            Self::Object => "How strongly the words of the object speak here",
            Self::Position => "How far the words of position let those of the object count here",
        }
    }

    /// The words of the phrase that it reads; `None` where the phrase has none for it, so that it reads the whole sentence.
    pub fn words(self, phrase: &Phrase) -> Option<String> {
        let text = |spans: &[Span]| {
            let words: Vec<&str> = spans.iter().filter_map(|s| phrase.sentence.get(s.start..s.end)).collect();
            (!words.is_empty()).then(|| words.join(" … "))
        };
        match self {
            Self::Sentence => Some(phrase.sentence.clone()),
            Self::Object => text(&phrase.object_part),
            Self::Position => text(&phrase.position_part),
        }
    }
}

/// What a network attends to when a phrase is asked of a frame.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The phrase.
    pub phrase: Phrase,
    /// The scene it was asked of.
    pub scene: String,
    /// Where the maps lie: as the probabilities of the phrase do.
    pub lattice: Lattice,
    /// Where the scene lies.
    pub georeference: Georeference,
    /// Name of the model, and the first digits of its hash.
    pub model: String,
    maps: [Mosaic; Branch::COUNT],
}

/// Shows what the network attends to when the whole sentence is asked of the frame: in one view where the frame fits one, else in
/// each window by itself, so that words of position speak of the window. Of `options` only frame, resolution, bands and stretch
/// count. What an answer has kept in `cache` is not looked at again.
///
/// # Errors
/// When the frame is not on the scene or too large to hold, the scene cannot be read, the phrase is longer than the network
/// reads, the network has no such branches, or the job was cancelled.
pub fn explain(
    scene: &Scene,
    phrase: &Phrase,
    segmenter: &impl Segmenter,
    options: &Options,
    cache: Option<&FeatureCache>,
    job: &Job,
) -> Result<Explanation> {
    options.check()?;
    let frame = Frame::on(scene, &options.frame)?;
    let stretch = Stretch::choose(scene, &StretchOptions { bands: options.bands, percentiles: options.stretch })?;
    let level = levels_of(&phrase.target.noun.class, scene, &frame, segmenter, options).finest;
    let attending = Attending(segmenter);
    let keeping = Keeping { cache, ..Keeping::default() };
    let looker = looker(scene, &stretch, &frame, &attending, options, keeping, job);
    let sentence = attending.read(&Asked::sentence(phrase))?;
    let (maps, lattice) = looker.everywhere(level, &Branch::ALL.map(|branch| sentence.of(branch)), MOST_PIXELS)?;
    job.check("explaining the answer")?;
    let maps = maps.try_into().map_err(|_| {
        Error::new("cannot explain the answer", "the network left a branch out", "this is a bug, please report it")
    })?;
    Ok(Explanation {
        phrase: phrase.clone(),
        scene: scene.source().to_owned(),
        lattice,
        georeference: scene.georeference().clone(),
        model: segmenter.label(),
        maps,
    })
}

impl Explanation {
    /// The map of a branch: strengths 0..1, and 0 where nothing was looked at.
    pub fn map(&self, branch: Branch) -> &Mosaic {
        &self.maps[branch as usize]
    }

    /// The values between which the map of a branch lies, but for outliers; `None` where nothing was looked at.
    pub fn range(&self, branch: Branch) -> Option<[f32; 2]> {
        self.map(branch).quantiles(WITHOUT_OUTLIERS)
    }

    /// The files that [`Explanation::write`] makes in a folder.
    pub fn files(folder: &Path) -> [PathBuf; Branch::COUNT] {
        Branch::ALL.map(|branch| folder.join(format!("{}.tif", branch.name())))
    }

    /// Writes each map as a Cloud Optimized GeoTIFF of 32-bit floats into a folder that is there.
    ///
    /// # Errors
    /// When a file cannot be written; the old one is then still there.
    pub fn write(&self, folder: &Path, job: &Job) -> Result<()> {
        for (branch, path) in Branch::ALL.into_iter().zip(Self::files(folder)) {
            let map = self.map(branch);
            let description = json!({
                "program": concat!("referent ", env!("CARGO_PKG_VERSION")),
                "scene": file_name(&self.scene),
                "phrase": self.phrase.sentence,
                "model": self.model,
                "branch": branch.name(),
                "words": branch.words(&self.phrase).unwrap_or_else(|| self.phrase.sentence.clone()),
                "shows": branch.about(),
            });
            let placement = self.lattice.placement(map.size(), &self.georeference, &description);
            write_raster(map, Content::Probability(Depth::Float32), &placement, &path, job)?;
        }
        Ok(())
    }
}

/// A network that answers with its attention, so that the windows of a frame are read, blended and put together as those of an answer
/// are.
struct Attending<'a, S>(&'a S);

/// What one branch is asked.
struct Part<Q> {
    question: Rc<Q>,
    branch: Branch,
}

impl<Q> Part<Q> {
    fn of(&self, branch: Branch) -> Self {
        Self { question: Rc::clone(&self.question), branch }
    }
}

impl<S: Segmenter> Segmenter for Attending<'_, S> {
    type Question = Part<S::Question>;
    type Sight = S::Sight;

    fn label(&self) -> String {
        self.0.label()
    }

    fn hash(&self) -> &str {
        self.0.hash()
    }

    fn trained_at(&self, class: &str) -> Trained {
        self.0.trained_at(class)
    }

    fn was_taught(&self, class: &str) -> bool {
        self.0.was_taught(class)
    }

    /// The sentence's part; the other branches read the same question.
    fn read(&self, asked: &Asked) -> Result<Self::Question> {
        Ok(Part { question: Rc::new(self.0.read(asked)?), branch: Branch::Sentence })
    }

    fn see(&self, view: &View) -> Result<S::Sight> {
        self.0.see(view)
    }

    fn keep(&self, sight: &S::Sight) -> Option<Vec<u8>> {
        self.0.keep(sight)
    }

    fn recall(&self, size: [usize; 2], bytes: &[u8]) -> Result<S::Sight> {
        self.0.recall(size, bytes)
    }

    /// Strengths in place of probabilities. All `questions` are parts of one.
    fn answer(&self, sight: &S::Sight, questions: &[Self::Question]) -> Result<Vec<Tile>> {
        let Some(first) = questions.first() else { return Ok(Vec::new()) };
        let maps = self.0.attention(sight, &first.question)?;
        Ok(questions.iter().map(|part| maps[part.branch as usize].clone()).collect())
    }
}
