//! The Train tab: what is wanted of the next run, the run that is shown, and those of the past.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ask_form::ModelEntry;
use super::journal::Trouble;
use super::run_view::RunView;
use super::{JobKind, JobState, State};
use crate::app::map::LayerId;
use crate::app::work::{Facts, PastRun};
use crate::model::catalogue;
use crate::query::DeviceChoice;
use crate::train::freeze::Freeze;
use crate::train::recipe::Budget;

/// How much of a network learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrainPart {
    /// What joins picture and words, and what draws the mask.
    #[default]
    Heads,
    /// The last stages of the image encoder too.
    LastStages,
    /// All of it.
    All,
}

impl TrainPart {
    /// All of them, from the quickest to the slowest.
    pub const ALL: [Self; 3] = [Self::Heads, Self::LastStages, Self::All];

    /// As the panel says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Heads => "Heads",
            Self::LastStages => "Last stages",
            Self::All => "All",
        }
    }

    /// What it means.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Heads => "Quick, and best with few labels: how the network sees stays, how it answers is learned",
            Self::LastStages => "The last stages of the image encoder learn too: slower, for things that look new",
            Self::All => "The whole network learns: slowest, for hundreds of labels",
        }
    }

    /// What is not trained then.
    pub fn freeze(self) -> Freeze {
        match self {
            Self::Heads => Freeze::Heads,
            Self::LastStages => Freeze::Early,
            Self::All => Freeze::Nothing,
        }
    }
}

/// What is wanted of the next run.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainForm {
    /// Whether the labels of the open project are learned.
    pub labels: bool,
    /// Data sets to learn.
    pub datasets: Vec<PathBuf>,
    /// Data sets not to forget.
    pub replay: Vec<PathBuf>,
    /// Whether the model rehearses what it knows on the new pictures, where no data set is replayed.
    pub rehearses: bool,
    /// The model to start from; `None`: the one that is picked for asking.
    pub start: Option<String>,
    /// How much of it learns.
    pub part: TrainPart,
    /// How long.
    pub budget: Budget,
    /// Where the network runs.
    pub device: DeviceChoice,
    /// The name of the new model; empty: the proposed one.
    pub name: String,
    /// Whether a processor core is left to the window.
    pub leaves_core: bool,
    /// The path that is being typed of a data set to learn.
    pub typed: String,
    /// The same of one not to forget.
    pub typed_replay: String,
}

impl Default for TrainForm {
    fn default() -> Self {
        Self {
            labels: true,
            datasets: Vec::new(),
            replay: Vec::new(),
            rehearses: true,
            start: None,
            part: TrainPart::default(),
            budget: Budget::Minutes(3.0),
            device: DeviceChoice::Auto,
            name: String::new(),
            leaves_core: true,
            typed: String::new(),
            typed_replay: String::new(),
        }
    }
}

/// What is known of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// It is being read.
    Asked,
    /// What it holds.
    Known(Facts),
    /// It cannot be used.
    Refused(Trouble),
}

/// What the Train tab shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrainPage {
    /// The form and the runs of the past.
    #[default]
    Form,
    /// The run that was begun last.
    Run,
    /// A run of the past.
    Past,
}

/// The Train tab.
#[derive(Debug, Default)]
pub struct Teaching {
    /// What is wanted of the next run.
    pub form: TrainForm,
    /// What the tab shows.
    pub page: TrainPage,
    /// The run that was begun last in this window.
    pub run: Option<RunView>,
    /// A run of the past that is looked at.
    pub told: Option<RunView>,
    /// Runs of the past, newest first.
    pub past: Vec<PastRun>,
    /// What is known of data sets that were named.
    pub looked: BTreeMap<PathBuf, Looked>,
    /// The model that was picked before a trained one was used: where a roll back leads.
    pub previous: Option<String>,
    /// The answer beside which the next one of this model is to be shown.
    pub(super) comparing: Option<(LayerId, String)>,
    /// Whether the list of runs was looked at once.
    pub(super) greeted: bool,
}

impl State {
    /// The training that runs.
    pub fn training(&self) -> Option<&JobState> {
        self.jobs.iter().find(|job| job.kind == JobKind::Train)
    }

    /// The model that a run would start from.
    pub fn start_model(&self) -> Option<&ModelEntry> {
        let name = self.train.form.start.as_ref().unwrap_or(&self.ask.model);
        self.ask.models.iter().find(|model| model.name == *name)
    }

    /// The run that the Train tab shows.
    pub fn shown_run(&self) -> Option<&RunView> {
        match self.train.page {
            TrainPage::Form => None,
            TrainPage::Run => self.train.run.as_ref(),
            TrainPage::Past => self.train.told.as_ref(),
        }
    }

    /// The name that the new model will have.
    pub fn new_model_name(&self) -> String {
        let typed = self.train.form.name.trim();
        if !typed.is_empty() {
            return typed.to_owned();
        }
        let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let project = self.project.as_ref().filter(|_| self.train.form.labels).and_then(|project| stem(&project.path));
        let learned = project.or_else(|| self.train.form.datasets.first().and_then(|path| stem(path)));
        let clean = |name: String| name.chars().map(|c| if is_plain(c) { c } else { '-' }).collect::<String>();
        let name = learned.map_or_else(|| "my-model".to_owned(), clean);
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        std::iter::once(name.clone()).chain(numbered).find(|name| !self.is_model_name_taken(name)).unwrap_or(name)
    }

    pub(super) fn is_model_name_taken(&self, name: &str) -> bool {
        self.ask.models.iter().any(|model| model.name == name)
    }

    /// The model that the run shown has put into the list, while it is there.
    pub fn trained_model(&self) -> Option<&ModelEntry> {
        let path = self.shown_run()?.note.as_ref()?.model.as_ref()?;
        self.ask.models.iter().find(|model| model.path == *path)
    }

    /// Whether a model is the user's own and not one that came with the program.
    pub fn is_own_model(&self, model: &ModelEntry) -> bool {
        self.settings.home().is_some_and(|home| model.path.starts_with(catalogue::models_of(&home)))
    }
}

/// Whether a letter may stand in the name of a model: it becomes the name of a file.
pub(super) fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proposed_name_comes_from_what_is_learned_and_is_free() {
        let mut state = State::default();
        assert_eq!(state.new_model_name(), "my-model");
        state.train.form.datasets = vec!["/data/oil: spills".into()];
        assert_eq!(state.new_model_name(), "oil- spills");
        let taken = |name: &str| ModelEntry {
            name: name.into(),
            path: PathBuf::new(),
            what: String::new(),
            usable: true,
            card: None,
            bytes: 0,
        };
        state.ask.models = vec![taken("oil- spills"), taken("oil- spills-2")];
        assert_eq!(state.new_model_name(), "oil- spills-3");
        state.train.form.name = " mine ".into();
        assert_eq!(state.new_model_name(), "mine");
    }
}
