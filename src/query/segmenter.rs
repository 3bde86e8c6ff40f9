//! What a query needs of a network: it reads questions, looks at views and answers.

use super::engine::{Asked, Engine, Question, Sight, Tile};
use super::explain::Branch;
use super::resolution::Trained;
use crate::error::{Error, Result};
use crate::raster::View;

/// Answers noun phrases about views. [`Engine`] is the one that ships; tests put simpler ones in its place.
///
/// The same view and question must give the same tile, whatever was asked before.
pub trait Segmenter {
    /// A question as it was read.
    type Question;
    /// What was seen in a view, for all questions about it.
    type Sight;

    /// Name and short hash, as results carry it.
    fn label(&self) -> String;

    /// What tells it from every other one, in hexadecimal or any other letters that a file name may have.
    fn hash(&self) -> &str;

    /// Ground resolutions at which it knows objects of `class`, in metres a pixel.
    fn trained_at(&self, class: &str) -> Trained;

    /// Whether it knows `class` at all.
    fn was_taught(&self, class: &str) -> bool;

    /// Presence below which what is asked for is probably not there, 0..=1.
    fn absent_below(&self) -> f32 {
        0.0
    }

    /// A question in the words it knows.
    fn in_its_words(&self, question: &str) -> String {
        question.to_owned()
    }

    /// Reads a question, once for all views.
    ///
    /// # Errors
    /// When it is longer than can be read.
    fn read(&self, asked: &Asked) -> Result<Self::Question>;

    /// Looks at a view.
    ///
    /// # Errors
    /// When the view has a size it cannot look at, or the device fails.
    fn see(&self, view: &View) -> Result<Self::Sight>;

    /// One tile a question.
    ///
    /// # Errors
    /// When sight or question are another one's, or the device fails.
    fn answer(&self, sight: &Self::Sight, questions: &[Self::Question]) -> Result<Vec<Tile>>;

    /// How strongly each branch of its attention speaks, in the order of [`Branch::ALL`]: tiles of strengths 0..=1 in place of
    /// probabilities.
    ///
    /// # Errors
    /// When it has no such branches, and as [`Segmenter::answer`].
    fn attention(&self, _sight: &Self::Sight, _question: &Self::Question) -> Result<[Tile; Branch::COUNT]> {
        Err(no_branches(&self.label()))
    }

    /// What was seen as bytes, from which [`Segmenter::recall`] makes an equal sight; `None` where that saves nothing.
    fn keep(&self, _sight: &Self::Sight) -> Option<Vec<u8>> {
        None
    }

    /// A sight of a view of `[width, height]` pixels from bytes that [`Segmenter::keep`] made.
    ///
    /// # Errors
    /// When they are damaged.
    fn recall(&self, _size: [usize; 2], _bytes: &[u8]) -> Result<Self::Sight> {
        Err(Error::new("cannot recall a view", "nothing is ever kept of one", "this is a bug, please report it"))
    }
}

/// The refusal of a model that cannot tell what it attends to.
pub(super) fn no_branches(label: &str) -> Error {
    let why = "this kind of network does not tell apart what sentence, object and position say";
    Error::usage(format!("cannot show what {label} attends to"), why, "ask a model of the kind lite")
}

impl Segmenter for Engine {
    type Question = Question;
    type Sight = Sight;

    fn label(&self) -> String {
        Self::label(self)
    }

    fn hash(&self) -> &str {
        self.model_hash()
    }

    fn trained_at(&self, class: &str) -> Trained {
        Self::trained_at(self, class)
    }

    fn was_taught(&self, class: &str) -> bool {
        Self::was_taught(self, class)
    }

    fn absent_below(&self) -> f32 {
        Self::absent_below(self)
    }

    fn in_its_words(&self, question: &str) -> String {
        Self::in_its_words(self, question)
    }

    fn read(&self, asked: &Asked) -> Result<Question> {
        Self::read(self, asked)
    }

    fn see(&self, view: &View) -> Result<Sight> {
        Self::see(self, view)
    }

    fn answer(&self, sight: &Sight, questions: &[Question]) -> Result<Vec<Tile>> {
        Self::answer(self, sight, questions)
    }

    fn attention(&self, sight: &Sight, question: &Question) -> Result<[Tile; Branch::COUNT]> {
        Self::attention(self, sight, question)
    }

    fn keep(&self, sight: &Sight) -> Option<Vec<u8>> {
        sight.to_bytes()
    }

    fn recall(&self, size: [usize; 2], bytes: &[u8]) -> Result<Sight> {
        Self::recall(self, size, bytes)
    }
}
