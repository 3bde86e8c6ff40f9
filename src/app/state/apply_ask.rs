//! Asking, drawing anew, exporting.

use std::path::PathBuf;
use std::sync::Arc;

use super::export_form::{ExportPlace, command_line, file_name};
use super::journal::Trouble;
use super::layer::Layer;
use super::query_layer::{Question, Refine};
use super::{Dialog, FramePick, JobKind, JobState, State};
use crate::app::command::Command;
use crate::app::map::{LayerId, Tool};
use crate::app::work::{ExportRequest, Task};
use crate::error::Error;
use crate::query::{FrameChoice, Options};
use crate::raster::Crs;
use crate::vector::export::OutputCrs;

impl State {
    pub(super) fn pick_frame(&mut self, frame: FramePick) {
        self.ask.frame = frame;
        if frame == FramePick::Area && self.area.is_none() && !self.layers.is_empty() {
            self.tool = Tool::Area;
        }
    }

    pub(super) fn start_asking(&mut self) {
        let Some((layer, scene)) = self.asked_scene() else { return };
        let (layer, handle, choice) = (layer.id, scene.raster.scene.clone(), scene.choice);
        let frame = match self.frame_of(self.ask.frame, &handle) {
            Ok(frame) => frame,
            Err(error) => return self.complain((&error).into()),
        };
        let question = Question {
            layer,
            scene: handle,
            phrase: self.ask.text.trim().to_owned(),
            model: self.ask.model.clone(),
            file: self.model().map(|model| model.path.clone()),
            device: self.ask.device,
            picked: self.ask.frame,
            frame,
            gsd_m: self.ask.gsd_m,
            choice,
        };
        self.settings.asked(&question.phrase);
        self.ask_question(question, Refine::default());
    }

    /// The question of the selected query once more, with the model and the device of now.
    pub(super) fn ask_again(&mut self) {
        let Some((_, query)) = self.selected_query() else { return };
        let (model, device) = (self.ask.model.clone(), self.ask.device);
        let file = self.model().map(|model| model.path.clone());
        let question = Question { model, file, device, ..(*query.question).clone() };
        let refine = query.refine;
        self.ask_question(question, refine);
    }

    fn ask_question(&mut self, question: Question, refine: Refine) {
        let job = self.start(JobKind::Ask, question.phrase.clone());
        let place = self.place.clone();
        // What is on the screen comes first, where only a part of the frame is.
        let first = match self.frame_of(FramePick::View, &question.scene) {
            Ok(FrameChoice::Window([x, y, width, height])) => Some([x, y, x + width, y + height]),
            _ => None,
        };
        let cache = self.settings.cache();
        self.tasks.push(Task::Ask { job, question: Arc::new(question), refine, place, first, cache });
    }

    /// Asks a phrase of what is open, or of the bundled scene as soon as it is.
    pub(super) fn try_phrase(&mut self, phrase: String) {
        self.ask.type_text(phrase);
        self.ask.waiting = true;
        if self.layers.is_empty() && !self.jobs.iter().any(|job| job.kind == JobKind::Open) {
            self.apply(Command::OpenSample);
        }
        self.ask_if_waiting();
    }

    /// Asks what was to be asked as soon as a scene is there.
    pub(super) fn ask_if_waiting(&mut self) {
        if self.ask.waiting && self.asked_scene().is_some() {
            self.ask.waiting = false;
            match (self.can(&Command::Ask), self.ask.phrase.clone()) {
                (_, Some(Err(trouble))) => self.complain(trouble),
                (Ok(()), _) => self.start_asking(),
                (Err(_), _) => {}
            }
        }
    }

    pub(super) fn cancel(&mut self, which: impl Fn(&JobState) -> bool) {
        let chosen: Vec<_> = self.jobs.iter_mut().filter(|job| which(job)).collect();
        let mut tasks = Vec::new();
        for job in chosen {
            job.stopping = true;
            tasks.push(Task::Cancel(job.id));
        }
        self.tasks.extend(tasks);
    }

    pub(super) fn set_refine(&mut self, layer: LayerId, refine: Refine) {
        let Some(query) = self.layer(layer).and_then(Layer::query) else { return };
        let options: Options = query.question.options(&refine);
        if query.refine == refine || options.check().is_err() {
            return;
        }
        self.remember("Change limits", Some(layer));
        if let Some(query) = self.layer_mut(layer).and_then(Layer::query_mut) {
            query.refine = refine;
        }
        self.draw_anew(layer);
    }

    /// Starts drawing the objects of a query with its limits of now, unless that is being done: then it starts when that ends.
    pub(super) fn draw_anew(&mut self, layer: LayerId) {
        if self.jobs.iter().any(|job| job.kind == JobKind::Refine) {
            return;
        }
        let Some(query) = self.layer(layer).and_then(Layer::query) else { return };
        let (question, hearing) = (Arc::clone(&query.question), Arc::clone(&query.hearing));
        let (refine, edits) = (query.refine, Arc::clone(&query.edits));
        let job = self.start(JobKind::Refine, "Drawing objects");
        let place = self.place.clone();
        self.tasks.push(Task::Refine { job, layer, question, hearing, refine, edits, place });
    }

    pub(super) fn show_export(&mut self) {
        let Some((_, query)) = self.selected_query() else { return };
        let name = file_name(&query.question.phrase);
        let has_selection = !query.selected.is_empty();
        let beside = PathBuf::from(query.question.scene.source()).parent().map(PathBuf::from);
        let folder = self.settings.export_folder.clone().filter(|folder| folder.is_dir());
        let folder = folder.or(beside).unwrap_or_default();
        self.export.path = folder.join(name).display().to_string();
        self.export.path = self.export.target().display().to_string();
        self.export.selected_only &= has_selection;
        self.dialog = Some(Dialog::Export);
    }

    pub(super) fn start_export(&mut self) {
        let Some((_, query)) = self.selected_query() else { return };
        let target = self.export.target();
        if target.as_os_str().is_empty() {
            let error = Error::new("cannot export", "no file is named", "type a file name, or choose one");
            return self.complain((&error).into());
        }
        let crs = match self.output_crs(query.question.scene.georeference().crs.is_some()) {
            Ok(crs) => crs,
            Err(trouble) => return self.complain(trouble),
        };
        let answer = Arc::clone(&query.drawn.answer);
        let only = self.export.selected_only.then(|| {
            let chosen = |id: &u64| query.selected.contains(id);
            query.drawn.ids.iter().enumerate().filter(|(_, id)| chosen(id)).map(|(at, _)| at).collect::<Vec<_>>()
        });
        let by_hand = only.is_some() || !query.edits.is_empty();
        let line = command_line(query, &self.export, &target);
        let scene = PathBuf::from(query.question.scene.source());
        let format = self.export.format;
        let job = self.start(JobKind::Export, format!("Writing {}", target.display()));
        self.tasks.push(Task::Export(ExportRequest {
            job,
            answer,
            only,
            format,
            crs,
            path: target,
            scene,
            line,
            by_hand,
        }));
        self.dialog = None;
    }

    fn output_crs(&self, has_crs: bool) -> Result<OutputCrs, Trouble> {
        match self.export.place {
            _ if !self.export.format.is_vector() || !has_crs => Ok(OutputCrs::Usual),
            ExportPlace::Usual => Ok(OutputCrs::Usual),
            ExportPlace::Source => Ok(OutputCrs::Source),
            ExportPlace::Given => Crs::from_user(&self.export.crs).map(OutputCrs::Given).map_err(|e| (&e).into()),
        }
    }

    pub(super) fn copy_command_line(&mut self) {
        if let Some((_, query)) = self.selected_query() {
            let line = command_line(query, &self.export, &self.export.target_or(&query.question.phrase));
            self.tasks.push(Task::Copy(line));
            self.tell_done("the command line is on the clipboard");
        }
    }
}
