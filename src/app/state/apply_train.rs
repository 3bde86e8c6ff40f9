//! What commands and news about teaching do to the state.

use std::path::PathBuf;

use super::journal::Trouble;
use super::layer::Layer;
use super::run_view::RunView;
use super::train::{Looked, TrainForm, TrainPage};
use super::{JobId, JobKind, State, SwipePick, Tab};
use crate::app::command::Command;
use crate::app::map::LayerId;
use crate::app::work::{
    FolderFor, LabelSource, News, PastRun, Pick, Picked, ProjectTask, RunEnd, RunNote, Task, Taught, TrainRequest,
};
use crate::project::ModelRecord;
use crate::train::events::Event;

impl State {
    pub(super) fn apply_to_training(&mut self, command: Command) {
        match command {
            Command::ShowTrainPage(page) => (self.train.page, self.tab) = (page, Some(Tab::Train)),
            Command::SetTrain(form) => self.set_train(*form),
            Command::PickFolder(wanted) => self.tasks.push(Task::Pick(Pick::Folder(wanted))),
            Command::AddTrainingData(wanted, path) => self.add_folder(wanted, path),
            Command::StartTraining => self.start_training(),
            Command::PauseTraining => self.pause_training(),
            Command::KeepBest => {
                if let Some(job) = self.training().map(|job| job.id) {
                    if let Some(run) = &mut self.train.run {
                        (run.keeping, run.paused) = (true, false);
                    }
                    self.tasks.push(Task::KeepBest(job));
                }
            }
            Command::CancelTraining => self.cancel(|job| job.kind == JobKind::Train),
            Command::ShowRun(folder) => self.show_run(folder),
            Command::ResumeRun(folder) => self.resume_run(folder),
            Command::OpenRunFolder => {
                let folder = self.shown_run().and_then(|run| run.folder.clone());
                self.tasks.extend(folder.map(Task::OpenFolder));
            }
            Command::PublishTrained => self.publish_trained(),
            Command::UseTrained => self.use_trained(),
            Command::AskWithTrained => {
                self.use_trained();
                self.train.comparing = self.selected_query().map(|(layer, _)| (layer.id, self.ask.model.clone()));
                self.ask_again();
            }
            Command::RollBack { removes } => self.roll_back(removes),
            _ => {}
        }
    }

    pub(super) fn list_runs(&mut self) {
        self.tasks.extend(self.settings.home().map(Task::ListRuns));
    }

    fn set_train(&mut self, form: TrainForm) {
        for path in form.datasets.iter().chain(&form.replay) {
            if !self.train.looked.contains_key(path) {
                self.train.looked.insert(path.clone(), Looked::Asked);
                self.tasks.push(Task::LookAt(path.clone()));
            }
        }
        // What is no longer named is looked at anew when it is named again: it may have changed.
        self.train.looked.retain(|path, _| form.datasets.contains(path) || form.replay.contains(path));
        self.train.form = form;
    }

    fn add_folder(&mut self, wanted: FolderFor, path: PathBuf) {
        let mut form = self.train.form.clone();
        match wanted {
            FolderFor::Learning => {
                form.typed.clear();
                form.datasets.retain(|known| *known != path);
                form.datasets.push(path);
            }
            FolderFor::Remembering => {
                form.typed_replay.clear();
                form.replay.retain(|known| *known != path);
                form.replay.push(path);
            }
            FolderFor::Home => {
                self.settings.home = Some(path);
                self.tasks.push(Task::ListModels(self.settings.home()));
                self.list_runs();
            }
        }
        self.set_train(form);
    }

    /// The labels of the open project, with the scenes they may lie on.
    fn label_source(&self) -> Option<LabelSource> {
        let project = self.project.as_ref().filter(|_| self.train.form.labels)?;
        let placed = self.layers.iter().filter(|layer| self.bounds_of(layer).is_some());
        let scenes = placed.filter_map(Layer::scene);
        let scenes = scenes.map(|scene| (scene.raster.scene.clone(), scene.raster.stretch.clone())).collect();
        Some(LabelSource { snapshot: project.snapshot().clone(), scenes })
    }

    fn start_training(&mut self) {
        let (Some(home), Some(model)) = (self.settings.home(), self.start_model()) else { return };
        let start = (model.name.clone(), model.path.clone());
        let TrainForm { datasets, replay, device, leaves_core, .. } = self.train.form.clone();
        let request = TrainRequest {
            job: JobId(0),
            name: self.new_model_name(),
            home,
            labels: self.label_source(),
            datasets,
            replay,
            start,
            recipe: self.training_recipe(),
            device,
            leaves_core,
            resumed: None,
        };
        self.train(request);
    }

    fn resume_run(&mut self, folder: PathBuf) {
        let Some(PastRun { note, recipe: Some(recipe), .. }) =
            self.train.past.iter().find(|run| run.folder == folder).cloned()
        else {
            return;
        };
        let Some(home) = self.settings.home() else { return };
        let RunNote { name, start, datasets, replay, device, .. } = note;
        let leaves_core = self.train.form.leaves_core;
        let resumed = Some(folder);
        let job = JobId(0);
        let labels = None;
        self.train(TrainRequest {
            job,
            name,
            home,
            labels,
            datasets,
            replay,
            start,
            recipe,
            device,
            leaves_core,
            resumed,
        });
    }

    fn train(&mut self, mut request: TrainRequest) {
        request.job = self.start(JobKind::Train, format!("Training {}", request.name));
        let resumed = request.resumed.clone();
        let mut run = RunView {
            job: Some(request.job),
            name: request.name.clone(),
            start: request.start.0.clone(),
            ..RunView::default()
        };
        // What it did before it was stopped stays in sight.
        if let Some(told) = self.train.told.take_if(|told| resumed.is_some() && told.folder == resumed) {
            run = RunView { note: None, trouble: None, job: run.job, ..told };
        }
        // A run taken up again may have been ordered otherwise than the form says now.
        run.pace = resumed.is_none().then(|| self.training_pace_key());
        self.train.run = Some(run);
        (self.train.page, self.tab) = (TrainPage::Run, Some(Tab::Train));
        self.tasks.push(Task::Train(Box::new(request)));
    }

    fn pause_training(&mut self) {
        let Some(job) = self.training().map(|job| job.id) else { return };
        if let Some(run) = &mut self.train.run {
            run.paused = !run.paused;
            self.tasks.push(Task::Pause(job, run.paused));
        }
    }

    fn show_run(&mut self, folder: PathBuf) {
        let running = self.train.run.as_ref().is_some_and(|run| run.folder.as_ref() == Some(&folder));
        if running {
            self.train.page = TrainPage::Run;
        } else {
            self.tasks.push(Task::TellRun(folder));
        }
    }

    fn publish_trained(&mut self) {
        let Some(home) = self.settings.home() else { return };
        let wanted = self.shown_run().and_then(|run| Some((run.folder.clone()?, run.note.as_ref()?.name.clone())));
        if let Some((folder, name)) = wanted {
            self.tasks.push(Task::PublishModel { home, folder, name });
        }
    }

    fn use_trained(&mut self) {
        let Some(name) = self.trained_model().map(|model| model.name.clone()) else { return };
        if self.ask.model != name {
            self.train.previous = Some(self.ask.model.clone());
            self.apply(Command::PickModel(name));
        }
    }

    fn roll_back(&mut self, removes: bool) {
        let trained = self.trained_model().map(|model| model.name.clone());
        let start = self.shown_run().map(|run| run.start.clone());
        let previous = self.train.previous.take();
        let is_picked = previous.is_some() || trained.as_ref() == Some(&self.ask.model);
        if let Some(back) = previous.or(start).filter(|_| is_picked) {
            self.tell_done(format!("phrases are asked of {back} again"));
            self.apply(Command::PickModel(back));
        }
        if let (true, Some(name), Some(home)) = (removes, trained, self.settings.home()) {
            self.tell_done(format!("{name} is off the list of models; the folder of its run still has it"));
            self.tasks.push(Task::RemoveModel { home, name });
        }
    }

    /// Shows the new answer of a trained model beside the old one, where that was wanted.
    pub(super) fn compare_with_new(&mut self, new: LayerId) {
        let asked = self.layer(new).and_then(Layer::query).map(|query| query.question.model.clone());
        let Some((old, model)) = self.train.comparing.take_if(|(_, model)| Some(&*model) == asked.as_ref()) else {
            return;
        };
        if let Some(layer) = self.layer_mut(new) {
            layer.name = format!("{} ({model})", layer.name);
        }
        if self.layer(old).is_some() {
            self.pick_swipe(old, new);
        }
    }

    pub(super) fn learn_of_training(&mut self, news: News) {
        match news {
            News::Taught(job, told) => self.hear_training(job, *told),
            News::LookedAt(path, found) => {
                if let Some(slot) = self.train.looked.get_mut(&path) {
                    *slot = match found {
                        Ok(facts) => Looked::Known(facts),
                        Err(trouble) => Looked::Refused(trouble.clone()),
                    };
                    if let Looked::Refused(trouble) = slot.clone() {
                        self.complain(trouble);
                        self.tab = Some(Tab::Train);
                    }
                }
            }
            News::Runs(runs) => self.greet(runs),
            News::RunTold { folder, story } => {
                let note = self.train.past.iter().find(|run| run.folder == folder).map(|run| run.note.clone());
                if let Some(note) = note {
                    self.train.told = Some(RunView::told(folder, note, &story));
                    self.train.page = TrainPage::Past;
                }
            }
            News::ModelsChanged => self.tasks.push(Task::ListModels(self.settings.home())),
            News::Picked(Picked::Folder(wanted, path)) => self.add_folder(wanted, path),
            _ => {}
        }
    }

    /// Takes the list of runs; at the start it says which were ended from outside.
    fn greet(&mut self, runs: Vec<PastRun>) {
        if !std::mem::replace(&mut self.train.greeted, true) {
            for run in runs.iter().filter(|run| run.was_killed() && run.has_checkpoint) {
                let name = &run.note.name;
                self.note(format!(
                    "the training of {name} was ended before it was done: the Train tab can go on with it"
                ));
            }
        }
        self.train.past = runs;
    }

    fn hear_training(&mut self, job: JobId, told: Taught) {
        let Some(run) = self.train.run.as_mut().filter(|run| run.job == Some(job)) else { return };
        match told {
            Taught::Began { folder } => {
                run.folder = Some(folder);
                self.list_runs();
            }
            Taught::Baseline(figure) => run.set_baseline(figure),
            Taught::Event(event) => {
                run.hear(&event);
                if let Event::Step(step) = event {
                    let total = (step.step as f64 / step.progress.max(1e-6)).round() as u64;
                    if let Some(job) = self.jobs.iter_mut().find(|each| each.id == job) {
                        job.step("steps", step.step, total.max(step.step));
                    }
                    if let Some(key) = run.pace.clone()
                        && step.samples_per_second > 0.0
                        && step.step > 1
                    {
                        self.settings.pace.insert(key, 1.0 / step.samples_per_second);
                    }
                }
            }
            Taught::Over { folder, note } => {
                run.job = None;
                (run.folder, run.note) = (Some(folder), Some((*note).clone()));
                self.finish(job);
                self.training_over(&note);
            }
        }
    }

    fn training_over(&mut self, note: &RunNote) {
        self.list_runs();
        let name = &note.name;
        let gain = note.comparison.as_ref().and_then(|comparison| comparison.mean_iou);
        let gain = gain.map_or(String::new(), |[before, after]| {
            format!(": IoU {before:.2} before, {after:.2} after, on what it did not learn from")
        });
        match (note.end, &note.model) {
            (RunEnd::Stopped, _) => {
                self.note(format!("the training of {name} is stopped; what it has learned is kept in its run"))
            }
            (_, Some(path)) => {
                self.tell_done(format!("the model {name} is in the list{gain}"));
                self.tasks.push(Task::ListModels(self.settings.home()));
                if self.project.is_some() {
                    let details = serde_json::to_string(note).ok();
                    let path = path.display().to_string();
                    let record = ModelRecord { title: name.clone(), path, hash: None, details };
                    self.tasks.push(Task::Project(ProjectTask::NoteModel(record)));
                }
            }
            _ => {}
        }
        if note.name == self.train.form.name.trim() {
            // The next run gets a name of its own.
            self.train.form.name.clear();
        }
    }

    pub(super) fn training_failed(&mut self, trouble: &Trouble) {
        if let Some(run) = self.train.run.as_mut() {
            run.job = None;
            run.trouble = Some(trouble.clone());
        }
        self.list_runs();
    }

    /// What is compared side by side, while both layers are there.
    pub fn swiping(&self) -> Option<SwipePick> {
        self.swipe.filter(|swipe| self.layer(swipe.left).is_some() && self.layer(swipe.right).is_some())
    }
}
