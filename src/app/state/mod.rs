//! All that the window shows, as plain data.

mod apply;
mod apply_ask;
mod apply_labels;
mod apply_layers;
mod apply_map;
mod apply_news;
mod apply_objects;
mod apply_phrases;
mod apply_project;
mod apply_train;
mod ask_form;
mod attention;
mod can;
mod can_train;
mod cost;
mod edits;
mod estimate;
mod export_form;
mod frame;
mod history;
mod job_list;
mod journal;
mod labelling;
mod layer;
mod look;
mod project;
mod query_layer;
mod run_view;
mod settings;
mod sight;
mod swipe;
mod table;
mod train;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

pub use apply_labels::is_labelling;
pub use ask_form::{AskForm, FramePick, ModelEntry};
pub use attention::{Attention, BranchMap, ShadeScale};
pub use cost::Cost;
pub use edits::edited;
pub use estimate::Estimate;
pub use export_form::{ExportForm, ExportFormat, ExportPlace, command_line};
pub use frame::{map_from_pixels, pixel_at, window_on};
pub use history::History;
pub use job_list::{JobId, JobKind, JobState};
pub use journal::{Entry, Journal, Level, Trouble};
pub use labelling::{Draws, Labelling};
pub use layer::{Content, FileLayer, Layer, SceneLayer};
pub use look::{Look, Place};
pub use project::{AREAS, Kept, LABELS, Project, Readiness, absence, part_id, part_of};
pub use query_layer::{Drawn, ObjectEdit, Overlay, QueryLayer, Question, Refine};
pub use run_view::{Curve, RunView};
pub use settings::{CachePlace, MOST_CACHE_GB, Settings, ThemeChoice};
pub use sight::{SightInset, SightOrder, Sighted};
pub use swipe::SwipePick;
pub use table::{Column, ResultsView, Row, row_at};
pub use train::{Looked, Teaching, TrainForm, TrainPage, TrainPart};

use super::map::{Bounds, Hover, LayerId, Measurement, Tool};
use super::work::{Machine, Task};

/// A dialog over the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialog {
    /// All commands, to search in.
    Palette,
    /// The path of a file, where the desktop has no file dialog.
    OpenPath(PathFor),
    /// Write results to a file.
    Export,
    /// Look, language of units, text size.
    Settings,
    /// Version, GPU, drivers, licences.
    About,
    /// All shortcuts.
    Shortcuts,
}

/// What a path is typed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathFor {
    /// A raster or polygons to open.
    Scene,
    /// A project to open.
    Project,
    /// Where a new project goes.
    NewProject,
    /// Where a copy of the project goes.
    ProjectCopy,
}

/// The tabs of the panel below the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// The objects of the selected query.
    Results,
    /// The labels of the project.
    Labels,
    /// Teaching a model what the labels show.
    Train,
    /// What was said and what went wrong.
    Log,
}

/// Everything the window shows.
#[derive(Debug, Default)]
pub struct State {
    /// From bottom to top.
    pub layers: Vec<Layer>,
    /// The layer whose properties and results are shown.
    pub selected: Option<LayerId>,
    /// What the map is drawn in: the first raster's place.
    pub place: Place,
    /// Where the map is looked at.
    pub look: Look,
    /// Size of the map on the screen in points, and pixels a point.
    pub canvas: ([f32; 2], f32),
    /// The tool in use.
    pub tool: Tool,
    /// The area drawn to search in, in map coordinates.
    pub area: Option<Bounds>,
    /// What is under the cursor.
    pub hover: Option<Hover>,
    /// What the measure tool shows.
    pub measurement: Option<Measurement>,
    /// The phrase and what it is asked of.
    pub ask: AskForm,
    /// Order and filter of the table of results.
    pub results: ResultsView,
    /// The labels and what is known of them, where a project is open.
    pub project: Option<Project>,
    /// What is typed and chosen for labelling.
    pub labelling: Labelling,
    /// Teaching models.
    pub train: Teaching,
    /// Which layers are compared side by side, if any.
    pub swipe: Option<SwipePick>,
    /// What the model sees.
    pub sight: SightInset,
    /// What the network attends to, of the queries for which that was wanted.
    attention: BTreeMap<LayerId, Attention>,
    /// What is to be written, and how.
    pub export: ExportForm,
    /// Files to open one after the other, so that layers lie in their order and the first raster gives the map its place.
    pub to_open: VecDeque<PathBuf>,
    /// What is running.
    pub jobs: Vec<JobState>,
    /// What was said and what went wrong.
    pub journal: Journal,
    /// What can be undone.
    pub history: History,
    /// What is remembered from one start to the next.
    pub settings: Settings,
    /// The dialog that is open.
    pub dialog: Option<Dialog>,
    /// The tab shown below the map, if any.
    pub tab: Option<Tab>,
    /// The layer whose name is being edited.
    pub renaming: Option<LayerId>,
    /// Whether the window covers the whole screen.
    pub fullscreen: bool,
    /// What this machine has, once it was looked at.
    pub machine: Option<Arc<Machine>>,
    /// What draws the map.
    pub gpu: Option<String>,
    /// The command line of what was done last, and its file.
    pub done_last: Option<(String, PathBuf)>,
    /// What is to be done outside: emptied by whoever does it.
    pub tasks: Vec<Task>,
    /// Ids given out so far.
    ids: u64,
}

impl State {
    /// The state at the start, with what is remembered from the last time.
    pub fn new(settings: Settings) -> Self {
        let mut state = Self { ask: AskForm::with(&settings), settings, ..Self::default() };
        state.canvas = ([800.0, 600.0], 1.0);
        state.tasks = vec![Task::ListModels(state.settings.home()), Task::LookAround];
        state.list_runs();
        state
    }

    /// A new multiple of four: the numbers after it name the probabilities and the attention of the same layer.
    fn next_id(&mut self) -> u64 {
        self.ids += 4;
        self.ids
    }

    /// The layer with this id, or the one whose probabilities or attention have it.
    pub fn layer(&self, id: LayerId) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.id == owner(id))
    }

    fn layer_mut(&mut self, id: LayerId) -> Option<&mut Layer> {
        self.layers.iter_mut().find(|layer| layer.id == owner(id))
    }

    /// The selected layer.
    pub fn selected_layer(&self) -> Option<&Layer> {
        self.selected.and_then(|id| self.layer(id))
    }

    /// The selected layer, where it holds the answer to a phrase.
    pub fn selected_query(&self) -> Option<(&Layer, &QueryLayer)> {
        let layer = self.selected_layer()?;
        layer.query().map(|query| (layer, query))
    }

    /// The raster that a phrase is asked of: the selected one, that of the selected query, else the topmost visible, else any.
    pub fn asked_scene(&self) -> Option<(&Layer, &SceneLayer)> {
        let scene = |layer: &&Layer| layer.scene().is_some();
        let selected = self.selected_layer().and_then(|layer| match &layer.content {
            Content::Scene(_) => Some(layer),
            Content::Query(query) => self.layer(query.question.layer),
            Content::File(_) => None,
        });
        let topmost = || self.layers.iter().rev().find(|layer| layer.visible && scene(layer));
        let any = || self.layers.iter().rev().find(scene);
        let layer = selected.or_else(topmost).or_else(any)?;
        layer.scene().map(|scene| (layer, scene))
    }

    /// Whether a phrase is being asked.
    pub fn asking(&self) -> Option<&JobState> {
        self.jobs.iter().find(|job| job.kind == JobKind::Ask)
    }

    /// The model the next phrase is asked of, once the list is there.
    pub fn model(&self) -> Option<&ModelEntry> {
        self.ask.models.iter().find(|model| model.name == self.ask.model)
    }
}

/// The layer an id of the map belongs to.
fn owner(id: LayerId) -> LayerId {
    LayerId(id.0 & !3)
}

/// The id of a layer's probabilities on the map.
pub fn probability_id(id: LayerId) -> LayerId {
    LayerId(id.0 | 1)
}

/// The id of the map of a layer's attention.
fn attention_id(id: LayerId) -> LayerId {
    LayerId(id.0 | 2)
}
