//! The one place that changes the state: a command in, the state after it.

use super::{Dialog, FramePick, JobKind, Look, State, Tab, ThemeChoice};
use crate::app::command::Command;
use crate::app::map::Camera;
use crate::app::work::{Pick, Task};
use crate::assets;

/// How much closer one step of zoom is.
const ZOOM_STEP: f64 = 1.6;
/// How much larger text becomes in a step.
const TEXT_STEP: f32 = 1.1;
/// The scene that comes with the program.
const SAMPLE: &str = "sample/rotterdam_tanks.tif";

impl State {
    /// Does `command`. Whatever it is, the state stays whole: what makes no sense now is not done.
    pub fn apply(&mut self, command: Command) {
        if self.can(&command).is_err() {
            return;
        }
        self.act(command);
        self.keep_suggestions_true();
        self.follow_sight();
        self.follow_attention();
    }

    fn act(&mut self, command: Command) {
        match command {
            Command::OpenDialog => self.tasks.push(Task::Pick(Pick::Scenes)),
            Command::Open(paths) => paths.into_iter().for_each(|path| self.open(&path)),
            Command::OpenSample => match assets::find(SAMPLE) {
                Ok(path) => self.open(&path),
                Err(error) => self.complain((&error).into()),
            },
            Command::ClearRecent => self.settings.recent.clear(),
            Command::ShowExport => self.show_export(),
            Command::SetExport(form) => self.export = form,
            Command::PickExportFile => {
                self.tasks.push(Task::Pick(Pick::Export(self.export.target(), self.export.format)));
            }
            Command::Export => self.start_export(),
            Command::OpenExportFolder => {
                if let Some(folder) = self.done_last.as_ref().and_then(|(_, path)| path.parent()) {
                    self.tasks.push(Task::OpenFolder(folder.to_owned()));
                }
            }
            Command::CopyCommandLine => self.copy_command_line(),
            Command::SavePicture(path) => self.tasks.push(Task::Picture(path)),
            Command::Quit => self.tasks.push(Task::Quit),

            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::SelectAll => self.select_all(),
            Command::SelectNone => self.select_none(),
            Command::DeleteObjects => self.delete_objects(),
            Command::MergeObjects => self.merge_objects(),
            Command::SelectObjects { layer, ids, keep } => self.select_objects(layer, &ids, keep),
            Command::Highlight(object) => self.highlight(object),

            Command::ZoomIn => self.zoom(ZOOM_STEP),
            Command::ZoomOut => self.zoom(1.0 / ZOOM_STEP),
            Command::ZoomFull => self.look = Look::Everything,
            Command::ZoomToLayer => self.zoom_to(self.selected),
            Command::ZoomTo(layer) => self.zoom_to(Some(layer)),
            Command::ZoomToSelection => self.zoom_to_selection(),
            Command::OneToOne => self.one_to_one(),
            Command::ToggleLayers => self.settings.layers_shown = !self.settings.layers_shown,
            Command::ToggleResults => self.toggle(Tab::Results),
            Command::ToggleLabels => self.toggle(Tab::Labels),
            Command::ToggleTrain => self.toggle(Tab::Train),
            Command::ToggleLog => self.toggle(Tab::Log),
            Command::ShowTab(tab) => self.tab = tab,
            Command::SetTheme(theme) => self.settings.theme = theme,
            Command::SetCache(gigabytes) => self.settings.set_cache(gigabytes),
            Command::EmptyCache => self.tasks.extend(self.settings.cache_folder().map(Task::EmptyCache)),
            Command::ToggleTheme => {
                self.settings.theme =
                    if self.settings.theme == ThemeChoice::Dark { ThemeChoice::Light } else { ThemeChoice::Dark };
            }
            Command::LargerText => self.settings.set_zoom(self.settings.zoom * TEXT_STEP),
            Command::SmallerText => self.settings.set_zoom(self.settings.zoom / TEXT_STEP),
            Command::UsualText => self.settings.set_zoom(1.0),
            Command::ToggleFullscreen => {
                self.fullscreen = !self.fullscreen;
                self.tasks.push(Task::Fullscreen(self.fullscreen));
            }

            Command::UseTool(tool) => self.take_tool(tool),
            Command::ClearArea => {
                self.area = None;
                if self.ask.frame == FramePick::Area {
                    self.ask.frame = FramePick::Scene;
                }
            }

            Command::SelectLayer(_)
            | Command::SetVisible(..)
            | Command::SetOpacity(..)
            | Command::StartRenaming(_)
            | Command::RenameSelected
            | Command::Rename(..)
            | Command::MoveLayer(..)
            | Command::RaiseLayer
            | Command::LowerLayer
            | Command::RemoveLayer(_)
            | Command::RemoveSelected
            | Command::SetStretch(..)
            | Command::SetLimits(..)
            | Command::SetGamma(..)
            | Command::ShowNodata(..)
            | Command::SetOverlay(..)
            | Command::ShowOutlines(..)
            | Command::ShowLabels(..)
            | Command::ToggleAttention(_) => self.apply_to_layers(command),

            Command::NewProjectDialog
            | Command::OpenProjectDialog
            | Command::CopyProjectDialog
            | Command::NewProject(_)
            | Command::OpenProject(_)
            | Command::CopyProject(_)
            | Command::CloseProject
            | Command::KeepWaiting
            | Command::DropWaiting => self.apply_to_project(command),

            Command::SelectLabels(..)
            | Command::HighlightLabel(_)
            | Command::EditCorners
            | Command::FillHoles
            | Command::WiderBrush
            | Command::NarrowerBrush
            | Command::ShowLabelLayer(_)
            | Command::ToggleLabelLayer
            | Command::ToggleLabelNames
            | Command::FilterLabels(_)
            | Command::SetDraws(_)
            | Command::UseFor(_)
            | Command::FocusLabelPhrase
            | Command::TypeLabelPhrase(_)
            | Command::AddPhrase(_)
            | Command::RemovePhrase(_)
            | Command::SetClass(_)
            | Command::Suggest
            | Command::TypeAbsent(_)
            | Command::AbsentInView
            | Command::Accept => self.apply_to_labels(command),

            Command::FocusPhrase => self.tasks.push(Task::FocusPhrase),
            Command::TypePhrase(text) => self.ask.type_text(text),
            Command::OlderPhrase => self.ask.older(&self.settings.phrases),
            Command::NewerPhrase => self.ask.newer(&self.settings.phrases),
            Command::PickFrame(frame) => self.pick_frame(frame),
            Command::PickModel(model) => {
                self.settings.model.clone_from(&model);
                self.ask.model = model;
            }
            Command::PickDevice(device) => self.ask.device = device,
            Command::SetResolution(metres) => {
                self.ask.gsd_m = metres.filter(|metres| metres.is_finite() && *metres > 0.0);
            }
            Command::Ask => self.start_asking(),
            Command::AskAgain => self.ask_again(),
            Command::Try(phrase) => self.try_phrase(phrase),
            Command::Cancel(job) => self.cancel(|each| each.id == job),
            // Hours of training are not lost to a key that stops a phrase: it has buttons of its own.
            Command::CancelAll => self.cancel(|each| !matches!(each.kind, JobKind::Refine | JobKind::Train)),
            Command::SetRefine(layer, refine) => self.set_refine(layer, refine),

            Command::ShowTrainPage(_)
            | Command::SetTrain(_)
            | Command::PickFolder(_)
            | Command::AddTrainingData(..)
            | Command::StartTraining
            | Command::PauseTraining
            | Command::KeepBest
            | Command::CancelTraining
            | Command::ShowRun(_)
            | Command::ResumeRun(_)
            | Command::OpenRunFolder
            | Command::PublishTrained
            | Command::UseTrained
            | Command::AskWithTrained
            | Command::RollBack { .. } => self.apply_to_training(command),
            Command::ToggleSwipe => self.toggle_swipe(),
            Command::ToggleSight => self.toggle_sight(),
            Command::PickSwipe { left, right } => self.pick_swipe(left, right),

            Command::SortBy(column) => {
                let again = self.results.sort == column;
                self.results.rising = if again { !self.results.rising } else { column.is_text() };
                self.results.sort = column;
            }
            Command::Filter(filter) => self.results.filter = filter,

            Command::Show(dialog) => {
                self.dialog = dialog;
                if dialog == Some(Dialog::Export) {
                    self.show_export();
                }
            }
            Command::Dismiss(entry) => self.journal.dismiss(entry),
            Command::DismissAll => self.journal.clear(),

            Command::Look(camera) => self.look_from(camera),
            Command::CanvasSized(size, pixels_per_point) => self.canvas = (size, pixels_per_point),
            Command::Map(event) => self.apply_map(event),
            Command::News(news) => self.learn(news),
        }
    }

    pub(super) fn toggle(&mut self, tab: Tab) {
        self.tab = if self.tab == Some(tab) { None } else { Some(tab) };
    }

    fn zoom(&mut self, factor: f64) {
        let Camera { units_per_point, .. } = self.current_camera();
        self.look = Look::Camera(self.current_camera().at_scale(units_per_point / factor));
    }

    fn one_to_one(&mut self) {
        let camera = self.current_camera();
        let map = self.place.map();
        let size = self.asked_scene().and_then(|(_, scene)| map.pixel_size(&scene.raster.scene, camera.center));
        if let Some(size) = size {
            self.look = Look::Camera(camera.at_scale(size * f64::from(self.canvas.1)));
        }
    }
}
