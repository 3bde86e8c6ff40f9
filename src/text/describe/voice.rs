//! Plain or varied wording.

use crate::text::describe::random::Random;

/// How wordings are chosen among equals.
#[derive(Debug)]
pub(super) enum Voice<'a> {
    /// Always the first: for a person to read.
    Plain,
    /// By chance: for a network to learn from.
    Varied(&'a mut Random),
}

impl Voice<'_> {
    /// One of the options; the first when plain. Empty text for no options.
    pub fn pick<'t>(&mut self, options: &[&'t str]) -> &'t str {
        match self {
            Voice::Plain => options.first().copied().unwrap_or_default(),
            Voice::Varied(random) => random.pick(options).copied().unwrap_or_default(),
        }
    }

    /// Whether to do something out of the plain, with this probability.
    pub fn dares(&mut self, probability: f64) -> bool {
        match self {
            Voice::Plain => false,
            Voice::Varied(random) => random.chance(probability),
        }
    }
}
