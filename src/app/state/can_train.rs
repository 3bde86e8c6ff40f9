//! Whether a model can be trained now, and if not, what is missing.

use super::State;
use super::can::Reason;
use super::train::{Looked, TrainForm, is_plain};
use crate::app::command::Command;

impl State {
    /// Whether a command about teaching can be done now.
    pub(super) fn can_teach(&self, command: &Command) -> Reason {
        let when = |holds: bool, missing: &'static str| if holds { Ok(()) } else { Err(missing) };
        let is_training = || when(self.training().is_some_and(|job| !job.stopping), "No model is being trained");
        let has_trained = || when(self.trained_model().is_some(), "The run shown has no model in the list");
        match command {
            Command::StartTraining => self.can_train(),
            Command::PauseTraining | Command::CancelTraining => is_training(),
            Command::KeepBest => {
                is_training()?;
                let has_stepped = self.train.run.as_ref().is_some_and(|run| run.last.is_some());
                when(has_stepped, "No step is done yet: there is nothing to keep")
            }
            Command::ResumeRun(folder) => {
                self.is_free_to_train()?;
                let past = self.train.past.iter().find(|run| run.folder == *folder);
                when(past.is_some_and(|run| run.can_go_on()), "There is nothing to go on from")
            }
            Command::OpenRunFolder => {
                when(self.shown_run().is_some_and(|run| run.folder.is_some()), "No run is shown that has a folder")
            }
            Command::PublishTrained => {
                let name = self.shown_run().and_then(|run| Some(run.note.as_ref()?.name.as_str()));
                when(name.is_some(), "Show a run that is over first")?;
                when(self.trained_model().is_none(), "Its model is in the list")?;
                when(!name.is_some_and(|name| self.is_model_name_taken(name)), "Another model has its name now")
            }
            Command::UseTrained => {
                has_trained()?;
                let picked = self.trained_model().is_some_and(|model| model.name == self.ask.model);
                when(!picked, "It is picked already")
            }
            Command::AskWithTrained => {
                has_trained()?;
                when(self.selected_query().is_some(), "Select the result of a phrase first")?;
                self.can_ask_at_all()
            }
            Command::RollBack { removes: false } => {
                when(self.train.previous.is_some(), "No trained model was picked in this window")
            }
            Command::RollBack { removes: true } => {
                let own = self.trained_model().is_some_and(|model| self.is_own_model(model));
                when(own, "The run shown has no model in the list")
            }
            Command::AddTrainingData(_, path) => when(!path.as_os_str().is_empty(), "Type the path of a data set"),
            _ => Ok(()),
        }
    }

    fn is_free_to_train(&self) -> Reason {
        match self.training() {
            Some(_) => Err("A model is being trained already"),
            None if self.settings.home().is_none() => Err("Choose a folder for models and runs first"),
            None => Ok(()),
        }
    }

    fn can_train(&self) -> Reason {
        let when = |holds: bool, missing: &'static str| if holds { Ok(()) } else { Err(missing) };
        self.is_free_to_train()?;
        self.has_something_to_learn()?;
        let TrainForm { datasets, replay, .. } = &self.train.form;
        for path in datasets.iter().chain(replay) {
            match self.train.looked.get(path) {
                Some(Looked::Known(_)) => {}
                Some(Looked::Refused(_)) => return Err("A data set cannot be used: take it off the list"),
                Some(Looked::Asked) | None => return Err("The data sets are being read"),
            }
        }
        let speaks = datasets.is_empty() || self.learned_facts().any(|facts| facts.phrases > 0);
        when(speaks || self.learns_labels(), "The data sets hold no phrase and no labelled object")?;
        when(self.start_model().is_some_and(|model| model.usable), "Choose a model to start from")?;
        when(self.training_recipe().check().is_ok(), "Say how long to train")?;
        let name = self.new_model_name();
        let plain = name.chars().all(is_plain) && !name.starts_with('.') && !name.is_empty();
        when(plain, "The name may have letters, digits, spaces, - and _")?;
        when(!self.is_model_name_taken(&name), "A model has this name already: choose another")
    }

    /// Whether the labels of the open project are learned.
    pub fn learns_labels(&self) -> bool {
        self.train.form.labels && self.project.is_some()
    }

    fn has_something_to_learn(&self) -> Reason {
        let form = &self.train.form;
        let Some(project) = self.project.as_ref().filter(|_| form.labels) else {
            return match (form.datasets.is_empty(), &self.project) {
                (false, _) => Ok(()),
                (true, None) => Err("Draw labels, or add a data set to learn from"),
                (true, Some(_)) => Err("Tick the labels, or add a data set to learn from"),
            };
        };
        let ready = project.readiness();
        match (ready.labels, ready.missing) {
            (0, _) => Err("The project has no labels yet: draw some, or accept a result"),
            (_, Some(_)) => Err("No label says what it is: give each a phrase or a class"),
            _ if self.layers.iter().all(|layer| layer.scene().is_none()) => Err("Open the scene the labels lie on"),
            _ => Ok(()),
        }
    }

    /// What may go less well than hoped, though the training can start.
    pub fn training_caution(&self) -> Option<&'static str> {
        /// Fewer pictures than this leave hardly anything to choose the best model by.
        const FEW: usize = 5;
        self.can_train().ok()?;
        let labels = self.project.as_ref().filter(|_| self.learns_labels()).map(|project| project.readiness());
        let pictures: usize = self.learned_facts().map(|facts| facts.pictures).sum();
        let all = pictures + labels.as_ref().map_or(0, |ready| ready.labels);
        if all < FEW {
            return Some(
                "Very few pictures: perhaps none is left to choose the best model by, and it will know these only",
            );
        }
        if labels.is_some_and(|ready| ready.unnamed > 0) {
            return Some("Some labels have no phrase and no class: nothing is learned from them");
        }
        None
    }
}
