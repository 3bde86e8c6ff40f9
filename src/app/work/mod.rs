//! What takes long: tasks go out to threads, news come back.

mod asking;
mod dialogs;
mod drawing;
mod editing;
mod explaining;
mod exporting;
mod keeper;
mod machine;
mod opening;
mod placing;
mod project_task;
mod runs;
mod sighting;
mod training;
mod workers;

use std::path::PathBuf;
use std::sync::Arc;

pub use drawing::{drawn, on_map};
pub use exporting::ExportRequest;
pub use machine::Machine;
pub use opening::Opened;
pub use project_task::{ProjectEdit, ProjectNews, ProjectTask, Refused};
pub use runs::{PastRun, RunEnd, RunNote, date};
pub use training::{Facts, LabelSource, TrainRequest};
pub use workers::Workers;

use super::map::{LayerId, ProbabilityGrid};
use super::state::{
    Attention, CachePlace, Drawn, ExportFormat, JobId, ModelEntry, ObjectEdit, Place, Question, Refine, SightOrder,
    Sighted, Trouble,
};
use crate::job::Event;
use crate::query::Hearing;
use crate::raster::{SceneHandle, Stretch, StretchOptions};
use crate::train::events::Event as TrainEvent;

/// Something to be done outside of the state.
#[derive(Debug, Clone)]
pub enum Task {
    /// Opens a raster or a file of polygons, the latter in the map's place.
    Open {
        /// Its job.
        job: JobId,
        /// The file.
        path: PathBuf,
        /// The map's place, `None` while nothing is on it.
        place: Option<Place>,
    },
    /// Measures how a raster is to be shown.
    Stretch {
        /// Its job.
        job: JobId,
        /// The raster's layer.
        layer: LayerId,
        /// The raster.
        scene: SceneHandle,
        /// Bands and percentiles.
        choice: StretchOptions,
    },
    /// Asks the network.
    Ask {
        /// Its job.
        job: JobId,
        /// What.
        question: Arc<Question>,
        /// Limits the answer is drawn with.
        refine: Refine,
        /// The map's place.
        place: Place,
        /// Pixels of the raster that are answered first, `[left, top, right, bottom]`.
        first: Option<[f64; 4]>,
        /// Where what the network saw is kept.
        cache: Option<CachePlace>,
    },
    /// Asks the network what it attends to.
    Explain {
        /// Its job.
        job: JobId,
        /// The query's layer.
        layer: LayerId,
        /// What was asked.
        question: Arc<Question>,
        /// The map's place.
        place: Place,
        /// Where what the network saw is kept.
        cache: Option<CachePlace>,
    },
    /// Makes the picture of what the model sees.
    Sight(Box<SightOrder>),
    /// Draws objects anew from what the network said.
    Refine {
        /// Its job.
        job: JobId,
        /// The query's layer.
        layer: LayerId,
        /// What was asked.
        question: Arc<Question>,
        /// What the network said.
        hearing: Arc<Hearing>,
        /// The new limits.
        refine: Refine,
        /// Changes by hand.
        edits: Arc<Vec<ObjectEdit>>,
        /// The map's place.
        place: Place,
    },
    /// Writes a file.
    Export(ExportRequest),
    /// Asks the user for files.
    Pick(Pick),
    /// Looks for models, the user's own in this home.
    ListModels(Option<PathBuf>),
    /// Forgets what the network saw and was kept in this folder.
    EmptyCache(PathBuf),
    /// Looks at the machine.
    LookAround,
    /// Something for the document's thread.
    Project(ProjectTask),
    /// Looks at a data set to learn from.
    LookAt(PathBuf),
    /// Trains a model.
    Train(Box<TrainRequest>),
    /// Ends the training of a job and keeps the best model.
    KeepBest(JobId),
    /// Lets a job wait, or go on.
    Pause(JobId, bool),
    /// Lists the runs of training in a home.
    ListRuns(PathBuf),
    /// Tells the story of the run in a folder.
    TellRun(PathBuf),
    /// Puts the best model of a run among those that have names.
    PublishModel {
        /// Where models are kept.
        home: PathBuf,
        /// The run.
        folder: PathBuf,
        /// The name.
        name: String,
    },
    /// Takes a model of the user's own away.
    RemoveModel {
        /// Where models are kept.
        home: PathBuf,
        /// The name.
        name: String,
    },
    /// Stops a job.
    Cancel(JobId),
    /// Shows a folder in the desktop's file manager.
    OpenFolder(PathBuf),
    /// Puts text on the clipboard.
    Copy(String),
    /// Saves a picture of the window.
    Picture(PathBuf),
    /// Puts the cursor into the phrase.
    FocusPhrase,
    /// Puts the cursor into the phrase of the selected labels.
    FocusLabelPhrase,
    /// Covers the screen, or no longer.
    Fullscreen(bool),
    /// Closes the window.
    Quit,
}

/// What the user is asked for.
#[derive(Debug, Clone)]
pub enum Pick {
    /// Rasters to open.
    Scenes,
    /// Where an export goes, and what it is.
    Export(PathBuf, ExportFormat),
    /// Where a new project goes, with a proposal.
    NewProject(PathBuf),
    /// A project to open.
    Project,
    /// Where a copy of the project goes, with a proposal.
    ProjectCopy(PathBuf),
    /// A folder, and what it is for.
    Folder(FolderFor),
}

/// What a folder is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderFor {
    /// A data set to learn.
    Learning,
    /// A data set not to forget.
    Remembering,
    /// The place of models and runs.
    Home,
}

/// What the user gave.
#[derive(Debug, Clone)]
pub enum Picked {
    /// Rasters to open.
    Scenes(Vec<PathBuf>),
    /// Where the export goes.
    Export(PathBuf),
    /// Where a new project goes.
    NewProject(PathBuf),
    /// A project to open.
    Project(PathBuf),
    /// Where a copy of the project goes.
    ProjectCopy(PathBuf),
    /// A folder.
    Folder(FolderFor, PathBuf),
    /// Nothing: this desktop has no file dialog.
    NoDialog(Pick),
}

/// The answer to a phrase.
#[derive(Debug, Clone)]
pub struct Answered {
    /// What was asked.
    pub question: Arc<Question>,
    /// Limits it was drawn with.
    pub refine: Refine,
    /// What the network said.
    pub hearing: Arc<Hearing>,
    /// What was drawn from it.
    pub drawn: Drawn,
    /// Where the network ran.
    pub device: String,
}

/// What the training of a model tells.
#[derive(Debug, Clone)]
pub enum Taught {
    /// It began, in this folder.
    Began {
        /// The run's folder.
        folder: PathBuf,
    },
    /// How good the model to start from is on the pictures held out.
    Baseline(f64),
    /// The trainer tells something.
    Event(TrainEvent),
    /// It is over.
    Over {
        /// The run's folder.
        folder: PathBuf,
        /// What was noted of it.
        note: Box<RunNote>,
    },
}

/// What a task tells.
#[derive(Debug, Clone)]
pub enum News {
    /// Models that can be picked.
    Models(Vec<ModelEntry>),
    /// What this machine has.
    Machine(Arc<Machine>),
    /// Progress or a notice of a job.
    Told(JobId, Event),
    /// A file is open.
    Opened(JobId, Opened),
    /// A raster is to be shown so.
    Stretched {
        /// The job.
        job: JobId,
        /// The raster's layer.
        layer: LayerId,
        /// Bands and percentiles.
        choice: StretchOptions,
        /// Limits.
        stretch: Stretch,
    },
    /// What the model sees, or why nothing.
    Sighted(Box<Result<Sighted, Trouble>>),
    /// What a query that still runs has found so far.
    Glimpsed(JobId, Box<ProbabilityGrid>),
    /// The answer to a phrase.
    Answered(JobId, Box<Answered>),
    /// What the network attends to.
    Explained {
        /// The job.
        job: JobId,
        /// The query's layer.
        layer: LayerId,
        /// The maps.
        attention: Box<Attention>,
    },
    /// Objects were drawn anew.
    Refined {
        /// The job.
        job: JobId,
        /// The query's layer.
        layer: LayerId,
        /// The limits.
        refine: Refine,
        /// The objects.
        drawn: Drawn,
        /// Changes by hand that are in them.
        edits: usize,
    },
    /// A file was written.
    Exported {
        /// The job.
        job: JobId,
        /// The file.
        path: PathBuf,
        /// The command that writes the same.
        line: String,
        /// The file holds edits or a selection that the command does not know.
        by_hand: bool,
    },
    /// The training of a model tells something.
    Taught(JobId, Box<Taught>),
    /// What a data set holds, or why it cannot be used.
    LookedAt(PathBuf, Result<Facts, Trouble>),
    /// The runs of the past, newest first.
    Runs(Vec<PastRun>),
    /// The story of a run.
    RunTold {
        /// Its folder.
        folder: PathBuf,
        /// What happened.
        story: Vec<TrainEvent>,
    },
    /// The list of models has changed.
    ModelsChanged,
    /// The document's thread tells something.
    Project(ProjectNews),
    /// The user chose files.
    Picked(Picked),
    /// A task failed, or was stopped.
    Failed(Option<JobId>, Trouble),
}
