//! How long a run of training will take, or how far it gets: from what was measured, else from a rough rate.

use super::State;
use super::ask_form::ModelEntry;
use super::train::{Looked, TrainPart};
use crate::app::work::Facts;
use crate::train::recipe::{Budget, Recipe};

/// Seconds that a phrase of `lite` takes on one core for heads, last stages and all; heads as measured on a 2.x GHz AVX2 server,
/// the others two and a half times that. A rough rate for other machines, until their own is known.
const ROUGH: [f64; 3] = [0.15, 0.375, 0.375];
/// How much longer FIANet's network takes.
const FIANET: f64 = 40.0;
/// Share of the labels that is learned from; the rest is held out.
const LEARNED: f64 = 0.8;
/// Validations in a run that has a time and no epochs.
const VALIDATIONS: f64 = 8.0;

/// What a run amounts to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Steps.
    pub steps: f64,
    /// Seconds, validation not counted.
    pub seconds: f64,
    /// How often each picture is seen, where their number is known.
    pub rounds: Option<f64>,
    /// Whether the pace was measured on this machine.
    pub measured: bool,
}

impl State {
    /// What the run in the form amounts to.
    pub fn estimate(&self) -> Estimate {
        let (pace, measured) = self.training_pace();
        let batch = self.base_recipe().pictures as f64;
        let pictures = self.pictures_to_learn();
        let per_round = pictures.map(|pictures| (pictures / batch).ceil().max(1.0));
        let steps = match self.train.form.budget {
            Budget::Steps(steps) => steps as f64,
            Budget::Minutes(minutes) => (minutes * 60.0 / pace).max(1.0),
            Budget::Epochs(epochs) => epochs * per_round.unwrap_or(1.0),
        };
        let rounds = per_round.map(|per_round| steps / per_round);
        Estimate { steps, seconds: steps * pace, rounds, measured }
    }

    /// The recipe of the run in the form.
    pub fn training_recipe(&self) -> Recipe {
        let form = &self.train.form;
        let mut recipe = self.base_recipe();
        recipe.freeze = form.part.freeze();
        recipe.rehearse = form.rehearses && form.replay.is_empty();
        let steps = self.estimate().steps;
        // A short run has a best model only where it is tried now and then.
        recipe.validate_every = recipe.validate_every.min((steps / VALIDATIONS) as u64).max(1);
        recipe.save_every = recipe.save_every.min(recipe.validate_every.max(10));
        match self.longest_side() {
            Some(longest) => recipe.for_small(longest),
            None => recipe,
        }
    }

    /// The recipe as the network's authors have it.
    fn base_recipe(&self) -> Recipe {
        let budget = self.train.form.budget;
        let recipe = if self.is_fianet() { Recipe::fianet(budget) } else { Recipe::lite(budget) };
        match self.pictures_to_learn() {
            Some(pictures) => recipe.for_few(pictures.ceil() as usize),
            None => recipe,
        }
    }

    fn is_fianet(&self) -> bool {
        self.start_model().is_some_and(ModelEntry::is_fianet)
    }

    /// Seconds a step takes, and whether that was measured.
    fn training_pace(&self) -> (f64, bool) {
        let recipe = self.base_recipe();
        let phrases = (recipe.pictures * recipe.phrases * recipe.accumulation) as f64;
        if let Some(measured) = self.settings.pace.get(&self.training_pace_key()) {
            return (phrases * measured.max(1e-6), true);
        }
        let part = TrainPart::ALL.iter().position(|part| *part == self.train.form.part).unwrap_or(0);
        let network = if self.is_fianet() { FIANET } else { 1.0 };
        (phrases * ROUGH[part] * network / self.training_cores(), false)
    }

    /// Processor cores that train.
    fn training_cores(&self) -> f64 {
        let cores = self.cores();
        if self.train.form.leaves_core { cores.saturating_sub(1).max(1) as f64 } else { cores as f64 }
    }

    /// Under which name the seconds a phrase takes in a run like that in the form are remembered.
    pub(super) fn training_pace_key(&self) -> String {
        let form = &self.train.form;
        let network = if self.is_fianet() { "fianet" } else { "lite" };
        format!("training {} of {network} on {:?}, {} cores", form.part.name(), form.device, self.training_cores())
    }

    /// What is known of the data sets to learn.
    pub(super) fn learned_facts(&self) -> impl Iterator<Item = &Facts> {
        self.train.form.datasets.iter().filter_map(|path| match self.train.looked.get(path) {
            Some(Looked::Known(facts)) => Some(facts),
            _ => None,
        })
    }

    /// Pictures that will be learned from, where that is known.
    fn pictures_to_learn(&self) -> Option<f64> {
        let of_labels = if self.train.form.labels { self.project.as_ref() } else { None };
        let labels = of_labels.map_or(0.0, |project| project.readiness().labels as f64 * LEARNED);
        let sets: f64 = self.learned_facts().map(|facts| (facts.pictures - facts.validation) as f64).sum();
        Some(labels + sets).filter(|pictures| *pictures >= 1.0)
    }

    fn longest_side(&self) -> Option<usize> {
        if self.train.form.labels && self.project.is_some() {
            return None;
        }
        self.learned_facts()
            .map(|facts| facts.longest_side)
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .max()
            .map(|s| s as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_pace_decides_how_many_steps_fit() {
        let mut state = State::default();
        state.train.form.budget = Budget::Minutes(2.0);
        assert!(!state.estimate().measured);
        let key = state.training_pace_key();
        state.settings.pace.insert(key, 0.5 / 24.0);
        let estimate = state.estimate();
        assert!(estimate.measured && (estimate.steps - 240.0).abs() < 1e-9, "{estimate:?}");
        let recipe = state.training_recipe();
        assert_eq!(recipe.validate_every, 30);
        assert!(recipe.check().is_ok());
    }

    #[test]
    fn epochs_are_counted_in_pictures_and_small_pictures_are_not_blown_up() {
        let mut state = State::default();
        let facts = Facts { pictures: 20, validation: 2, phrases: 40, longest_side: Some(70) };
        state.train.form.datasets = vec!["a".into()];
        state.train.looked.insert("a".into(), Looked::Known(facts));
        state.train.form.budget = Budget::Epochs(4.0);
        assert_eq!(state.estimate().steps, 12.0, "18 pictures are three batches of six");
        state.train.looked.insert("a".into(), Looked::Known(Facts { pictures: 5, validation: 1, ..facts }));
        let few = (state.training_recipe().pictures, state.estimate().steps);
        assert_eq!(few, (2, 8.0), "four pictures are two batches of two");
        state.train.looked.insert("a".into(), Looked::Known(facts));
        let recipe = state.training_recipe();
        assert_eq!((recipe.side, recipe.validation_side, recipe.validate_every), (96, 96, 1));
    }
}
