//! What jobs tell.

use std::collections::HashSet;
use std::sync::Arc;

use super::apply_project::whole_path;
use super::job_list::{JobId, JobKind};
use super::layer::{Content, FileLayer, Layer, SceneLayer};
use super::look::{Look, Place};
use super::query_layer::{Overlay, QueryLayer};
use super::{Dialog, State, Tab};
use crate::app::command::Command;
use crate::app::map::{LayerId, RasterLayer};
use crate::app::theme::layer_colour;
use crate::app::work::{Answered, News, Opened, Picked};
use crate::job::Event;

impl State {
    pub(super) fn learn(&mut self, news: News) {
        match news {
            News::Models(models) => {
                self.ask.models = models;
                // A model that is gone since the last time makes room for the first one that works.
                if self.model().is_none_or(|model| !model.usable)
                    && let Some(usable) = self.ask.models.iter().find(|model| model.usable)
                {
                    self.ask.model.clone_from(&usable.name);
                }
            }
            News::Machine(machine) => self.machine = Some(machine),
            News::Told(job, event) => self.hear_of(job, event),
            News::Opened(job, opened) => {
                if self.finish(job).is_some() {
                    self.add_opened(opened);
                    self.open_next();
                }
            }
            News::Stretched { job, layer, choice, stretch } => {
                self.finish(job);
                if self.layer(layer).is_some() {
                    self.remember("Bands and stretch", Some(layer));
                }
                if let Some(scene) = self.layer_mut(layer).and_then(Layer::scene_mut) {
                    scene.choice = choice;
                    scene.raster.stretch = stretch;
                }
            }
            News::Sighted(seen) => self.show_sight(*seen),
            News::Glimpsed(job, grid) => {
                if let Some(job) = self.jobs.iter_mut().find(|each| each.id == job) {
                    job.grown = Some(grid);
                }
            }
            News::Answered(job, answered) => {
                if self.finish(job).is_some() {
                    self.add_answer(*answered);
                }
            }
            News::Explained { job, layer, attention } => {
                self.finish(job);
                self.attention.insert(layer, *attention);
            }
            News::Refined { job, layer, refine, drawn, edits } => {
                self.finish(job);
                if let Some(query) = self.layer_mut(layer).and_then(Layer::query_mut)
                    && query.edits.len() == edits
                {
                    query.drawn_with = refine;
                    query.drawn = drawn;
                    let there: HashSet<u64> = query.drawn.ids.iter().copied().collect();
                    query.selected.retain(|id| there.contains(id));
                    query.highlighted = None;
                }
                self.draw_stale();
            }
            News::Taught(..)
            | News::LookedAt(..)
            | News::Runs(_)
            | News::RunTold { .. }
            | News::ModelsChanged
            | News::Picked(Picked::Folder(..)) => self.learn_of_training(news),
            News::Exported { job, path, line, by_hand } => {
                self.finish(job);
                self.settings.export_folder = path.parent().map(std::path::Path::to_owned);
                self.tell_done(format!("wrote {}", path.display()));
                if by_hand {
                    self.note(
                        "the command line gives all objects as the model found them, without edits and selection",
                    );
                }
                self.done_last = Some((line, path));
            }
            News::Picked(Picked::Scenes(paths)) => paths.iter().for_each(|path| self.open(path)),
            News::Picked(Picked::Export(path)) => {
                self.export.path = path.display().to_string();
                self.dialog = Some(Dialog::Export);
            }
            News::Picked(Picked::NewProject(path)) => self.apply(Command::NewProject(path)),
            News::Picked(Picked::Project(path)) => self.apply(Command::OpenProject(path)),
            News::Picked(Picked::ProjectCopy(path)) => self.apply(Command::CopyProject(path)),
            News::Picked(Picked::NoDialog(pick)) => self.ask_for_path(&pick),
            News::Project(news) => self.hear_of_project(news),
            News::Failed(job, trouble) => {
                let failed = job.and_then(|job| self.finish(job));
                if failed.as_ref().is_some_and(|job| job.kind == JobKind::Train) {
                    self.training_failed(&trouble);
                }
                self.complain(trouble);
                match failed.map(|job| job.kind) {
                    // Limits that cannot be drawn are taken back, or they would be tried for ever.
                    Some(JobKind::Refine) => {
                        for query in self.layers.iter_mut().filter_map(Layer::query_mut) {
                            query.refine = query.drawn_with;
                        }
                    }
                    // The same for maps that cannot be made.
                    Some(JobKind::Explain(layer)) => {
                        if let Some(query) = self.layer_mut(layer).and_then(Layer::query_mut) {
                            query.attention = None;
                        }
                    }
                    Some(JobKind::Open) => {
                        self.open_next();
                        self.ask_if_waiting();
                        // Nothing is coming that could be asked.
                        self.ask.waiting &= self.jobs.iter().any(|job| job.kind == JobKind::Open);
                    }
                    Some(JobKind::Ask) => self.train.comparing = None,
                    _ => {}
                }
            }
        }
    }

    fn hear_of(&mut self, job: JobId, event: Event) {
        match event {
            Event::Progress { stage, done, total } => {
                if let Some(job) = self.jobs.iter_mut().find(|each| each.id == job) {
                    job.step(stage, done, total);
                }
            }
            Event::Notice(text) => self.note(text),
        }
    }

    /// Draws the next query whose limits have changed since it was drawn.
    fn draw_stale(&mut self) {
        let stale = |layer: &&Layer| layer.query().is_some_and(|query| query.refine != query.drawn_with);
        if let Some(id) = self.layers.iter().find(stale).map(|layer| layer.id) {
            self.draw_anew(id);
        }
    }

    fn add_opened(&mut self, opened: Opened) {
        let first = self.layers.is_empty();
        let id = LayerId(self.next_id());
        let mut source = None;
        let (name, content) = match opened {
            Opened::Project(path) => return self.open_project(path, false),
            Opened::Scene { path, name, scene, stretch } => {
                if first {
                    self.place = Place::of(&scene);
                }
                for warning in scene.warnings() {
                    self.note(format!("{name}: {warning}"));
                }
                self.settings.opened(&path);
                source = Some(scene.source().to_owned());
                let raster = RasterLayer::new(scene, stretch.clone());
                let scene = SceneLayer { raster, proposed: stretch, choice: Default::default() };
                (name, Content::Scene(Box::new(scene)))
            }
            Opened::File { path, name, polygons, place } => {
                if first {
                    self.place = place;
                }
                let colour = layer_colour(self.coloured_layers());
                (name, Content::File(FileLayer { path, polygons, colour }))
            }
        };
        self.remember("Open", None);
        let layer = Layer { id, name, visible: true, opacity: 1.0, content };
        let unplaced = self.bounds_of(&layer).is_none();
        if unplaced && !first {
            self.note(format!("{}: it has no place in the coordinates of this map", layer.name));
        }
        // Rasters lie under everything else, over the rasters that are there.
        let above = self.layers.iter().position(|each| each.scene().is_none() && layer.scene().is_some());
        self.layers.insert(above.unwrap_or(self.layers.len()), layer);
        self.selected = Some(id);
        if first {
            self.look = Look::Everything;
            self.tell_place();
        }
        if let Some(source) = source {
            match &self.project {
                Some(project) => drop(self.settings.projects.insert(whole_path(&source), project.path.clone())),
                None => self.reopen_project(&source),
            }
        }
        self.ask_if_waiting();
    }

    pub(super) fn coloured_layers(&self) -> usize {
        self.layers.iter().filter(|layer| layer.colour().is_some()).count()
    }

    fn add_answer(&mut self, answered: Answered) {
        let Answered { question, refine, hearing, drawn, device } = answered;
        let answer = &drawn.answer;
        let report = &answer.report;
        // What was kept of earlier phrases says nothing about the device.
        if report.done > 0 && report.from_cache == 0 {
            let pace = report.seconds / report.done as f64;
            self.settings.pace.insert(pace_key(&question.model, &device), pace);
        }
        for notice in &answer.notices {
            self.note(format!("{}: {notice}", question.phrase));
        }
        let count = answer.found.len();
        let objects = if count == 1 { "object" } else { "objects" };
        let (area, unit) = answer.total_area();
        self.tell_done(format!("{count} {objects} for \"{}\" ({area:.0} {unit}) on {device}", question.phrase));
        self.remember("Find", None);
        let colour = layer_colour(self.coloured_layers());
        let id = LayerId(self.next_id());
        let layer = Layer {
            id,
            name: question.phrase.clone(),
            visible: true,
            opacity: 1.0,
            content: Content::Query(Box::new(QueryLayer {
                question,
                hearing,
                drawn,
                refine,
                drawn_with: refine,
                edits: Arc::default(),
                selected: HashSet::new(),
                highlighted: None,
                colour,
                outlines: true,
                labels: false,
                overlay: Overlay::Nothing,
                attention: None,
                device,
            })),
        };
        self.layers.push(layer);
        self.selected = Some(id);
        self.tab = Some(Tab::Results);
        self.compare_with_new(id);
    }
}

/// The key of a model's pace on a device.
pub(super) fn pace_key(model: &str, device: &str) -> String {
    format!("{model} on {device}")
}
