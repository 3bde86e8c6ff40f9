//! A recipe: everything that decides how a run of training goes, but for the data and the weights it starts from.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::freeze::Freeze;
use super::labels::Labels;
use super::schedule::Schedule;
use crate::error::{Error, Result};
use crate::files::write_whole;

/// How long a run lasts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Budget {
    /// Steps of the optimizer. Such a run can be repeated to the last bit.
    Steps(u64),
    /// Times that every picture is seen.
    Epochs(f64),
    /// Minutes of training; validation does not count.
    Minutes(f64),
}

/// Learning rates at their peak and weight decays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Of all that is not said otherwise.
    pub rate: f64,
    /// Decoupled weight decay.
    pub decay: f64,
    /// Of `lite`'s image encoder.
    pub encoder_rate: f64,
    /// Decay of `lite`'s image encoder.
    pub encoder_decay: f64,
}

/// What is done to a picture before it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// The whole picture as it is, as the network is asked about it.
    None,
    /// Another part of it each time, turned and recoloured.
    Strong,
}

/// How pictures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Views {
    /// What is done to them.
    pub change: Change,
    /// Source pixels that a pixel of the view covers: from, to. For [`Change::Strong`].
    pub scale: [f64; 2],
}

/// A recipe. The defaults of the two networks are [`Recipe::lite`] and [`Recipe::fianet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Of everything that is drawn.
    pub seed: u64,
    /// How long it lasts.
    pub budget: Budget,
    /// Pictures of a batch.
    pub pictures: usize,
    /// Phrases asked of each picture of a batch.
    pub phrases: usize,
    /// Of the phrases written about labelled objects, the share that asks for something that is not there.
    pub absent: f64,
    /// Height and width of a picture, in pixels.
    pub side: usize,
    /// How pictures are shown.
    pub views: Views,
    /// What is known of the labels.
    #[serde(default)]
    pub labels: Labels,
    /// Groups (`data set: group`) that are cleanly divided between splits, as a town on two sides of a line.
    #[serde(default)]
    pub divided: BTreeSet<String>,
    /// Whether the classes of the model to start from are rehearsed on the new pictures, where nothing is replayed.
    pub rehearse: bool,
    /// Batches whose gradients are averaged for one step.
    pub accumulation: usize,
    /// Learning rates and decays.
    pub rates: Rates,
    /// How the rates change.
    pub schedule: Schedule,
    /// Longest gradient; longer ones are shortened.
    pub clip: Option<f64>,
    /// Share of the averaged weights that a step keeps; no averaging without it.
    pub average: Option<f64>,
    /// What is not trained.
    pub freeze: Freeze,
    /// Whether everything but `lite`'s image encoder starts from random weights.
    #[serde(default)]
    pub fresh_heads: bool,
    /// Parameters that are held at zero, by what their names contain: to see what a part is good for.
    #[serde(default)]
    pub zero: Vec<String>,
    /// Steps between validations.
    pub validate_every: u64,
    /// The longer side of a picture in a validation, in pixels; that at which questions are asked.
    pub validation_side: usize,
    /// Validations without a better figure after which the run stops.
    pub patience: Option<u32>,
    /// Steps between checkpoints to go on from.
    pub save_every: u64,
}

/// Fewest pictures of a batch for [`Recipe::for_few`], and steps that show each of few pictures once.
const SMALLEST_BATCH: usize = 2;
const STEPS_OF_FEW: usize = 3;
/// Shortest side of views for [`Recipe::for_small`].
const SMALLEST_SIDE: usize = 64;

impl Recipe {
    /// LITE.md, "Training".
    pub fn lite(budget: Budget) -> Self {
        Self {
            seed: 2401,
            budget,
            pictures: 6,
            phrases: 4,
            absent: 1.0 / 6.0,
            side: 320,
            views: Views { change: Change::Strong, scale: [0.6, 2.2] },
            labels: Labels::default(),
            divided: BTreeSet::new(),
            rehearse: true,
            accumulation: 1,
            rates: Rates { rate: 6e-4, decay: 0.02, encoder_rate: 2e-4, encoder_decay: 1e-4 },
            schedule: Schedule::LITE,
            clip: Some(5.0),
            average: Some(0.999),
            freeze: Freeze::Nothing,
            fresh_heads: false,
            zero: Vec::new(),
            validate_every: 200,
            validation_side: 480,
            patience: None,
            save_every: 50,
        }
    }

    /// FIANET.md section 11.
    pub fn fianet(budget: Budget) -> Self {
        let rates = Rates { rate: 5e-5, decay: 0.01, encoder_rate: 5e-5, encoder_decay: 0.01 };
        Self {
            pictures: 8,
            phrases: 1,
            side: 480,
            views: Views { change: Change::None, scale: [1.0, 1.0] },
            rates,
            schedule: Schedule::FIANET,
            clip: None,
            average: None,
            ..Self::lite(budget)
        }
    }

    /// The recipe for so many pictures: of few, many small steps teach more in the same time than few large ones.
    pub fn for_few(self, pictures: usize) -> Self {
        let few = pictures.div_ceil(STEPS_OF_FEW).max(SMALLEST_BATCH);
        Self { pictures: self.pictures.min(few), ..self }
    }

    /// The recipe for pictures whose longest side has so many pixels: nothing is gained by blowing small ones up. Pictures that are
    /// always shown whole are asked about at the size at which they are shown.
    pub fn for_small(self, longest: usize) -> Self {
        let fit = |most: usize| longest.next_multiple_of(32).clamp(SMALLEST_SIDE.min(most), most);
        let side = fit(self.side);
        let validation_side = if self.views.change == Change::None { side } else { fit(self.validation_side) };
        Self { side, validation_side, ..self }
    }

    /// Whether the parameter `name` is held at zero.
    pub fn holds_at_zero(&self, name: &str) -> bool {
        self.zero.iter().any(|part| name.contains(part.as_str()))
    }

    /// Refuses numbers with which no training is possible.
    pub fn check(&self) -> Result<()> {
        let amount = match self.budget {
            Budget::Steps(steps) => steps as f64,
            Budget::Epochs(amount) | Budget::Minutes(amount) => amount,
        };
        let Rates { rate, decay, encoder_rate, encoder_decay } = self.rates;
        let problem = if !(amount > 0.0 && amount.is_finite()) {
            "the run would last no time, or for ever"
        } else if self.pictures == 0 || self.phrases == 0 || self.accumulation == 0 {
            "a batch needs pictures and phrases"
        } else if ![self.side, self.validation_side].iter().all(|side| (1..=128).any(|units| *side == 32 * units)) {
            "a side is no multiple of 32 between 32 and 4096"
        } else if !(0.0..=1.0).contains(&self.absent) {
            "the share of phrases in vain lies between 0 and 1"
        } else if !matches!(self.views.scale, [from, to] if 0.0 < from && from <= to && to <= 100.0) {
            "the scale of views does not go from a positive number to a larger one up to 100"
        } else if [rate, decay, encoder_rate, encoder_decay].iter().any(|x| !(0.0..=1.0).contains(x)) {
            "rates and decays lie between 0 and 1"
        } else if self.clip.is_some_and(|clip| clip.is_nan() || clip <= 0.0) {
            "gradients cannot be clipped to nothing"
        } else if self.average.is_some_and(|kept| !(0.0..1.0).contains(&kept)) {
            "the averaged weights keep between 0 and 1 of themselves"
        } else if !(self.schedule.power >= 0.0 && self.schedule.power.is_finite()) {
            "the schedule's power is negative"
        } else if self.validate_every == 0 || self.save_every == 0 {
            "validations and checkpoints need at least one step between them"
        } else {
            return Ok(());
        };
        Err(Error::usage("cannot train by this recipe", problem, "correct the recipe"))
    }

    /// Reads a recipe file (JSON).
    pub fn read(path: &Path) -> Result<Self> {
        let what = || format!("cannot read the recipe {}", path.display());
        let text = std::fs::read_to_string(path)
            .map_err(|cause| Error::new(what(), cause.to_string(), "check the path").because(cause))?;
        let recipe: Self = serde_json::from_str(&text)
            .map_err(|cause| Error::new(what(), cause.to_string(), "correct the recipe").because(cause))?;
        recipe.check()?;
        Ok(recipe)
    }

    /// Writes the recipe, whole or not at all.
    pub fn write(&self, path: &Path) -> Result<()> {
        let failed = |why: String| Error::new(format!("cannot write {}", path.display()), why, "check the folder");
        let text = serde_json::to_string_pretty(self).map_err(|cause| failed(cause.to_string()).because(cause))?;
        write_whole(path, |beside| {
            std::fs::write(beside, text + "\n").map_err(|cause| failed(cause.to_string()).because(cause))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_is_cut_to_few_and_small_pictures() {
        let recipe = Recipe::lite(Budget::Minutes(3.0));
        assert_eq!([2, 9, 18, 900].map(|pictures| recipe.clone().for_few(pictures).pictures), [2, 3, 6, 6]);
        let sides = |recipe: &Recipe, longest| {
            let recipe = recipe.clone().for_small(longest);
            recipe.check().unwrap();
            (recipe.side, recipe.validation_side)
        };
        assert_eq!(
            [10, 200, 370, 2000].map(|longest| sides(&recipe, longest)),
            [(64, 64), (224, 224), (320, 384), (320, 480)]
        );
        let unchanged = Recipe { views: Views { change: Change::None, ..recipe.views }, ..recipe };
        assert_eq!([200, 370, 2000].map(|longest| sides(&unchanged, longest)), [(224, 224), (320, 320), (320, 320)]);
    }
}
