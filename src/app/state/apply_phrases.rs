//! What labels are called, what is not there, and results that become labels.

use geo::Rect;

use super::State;
use super::apply_project::whole_path;
use super::query_layer::QueryLayer;
use crate::app::command::Command;
use crate::app::map::Bounds;
use crate::app::work::{ProjectEdit, ProjectTask, Task};
use crate::project::{Edit, NewAnswer, NewQuery, Of};
use crate::text::{ANYTHING, Phrase};

impl State {
    pub(super) fn apply_to_phrases(&mut self, command: Command) {
        match command {
            Command::FocusLabelPhrase => self.tasks.push(Task::FocusLabelPhrase),
            Command::TypeLabelPhrase(text) => self.labelling.phrase = text,
            Command::AddPhrase(text) => self.add_phrase(text),
            Command::RemovePhrase(text) => {
                let of = self.selected_items();
                self.edit_project(ProjectEdit::Unsay { of, text });
            }
            Command::SetClass(class) => {
                let labels = self.selected_labels();
                let class = Some(class.trim().to_owned()).filter(|class| !class.is_empty());
                if !labels.is_empty() {
                    self.edit_project(ProjectEdit::Edit(Edit::SetClass { labels, class }));
                    self.suggest();
                }
            }
            Command::Suggest => self.suggest(),
            Command::TypeAbsent(text) => self.labelling.absent = text,
            Command::AbsentInView => self.absent_in_view(),
            Command::Accept => self.accept(),
            _ => {}
        }
    }

    fn add_phrase(&mut self, text: String) {
        let of = self.selected_items();
        if of.is_empty() || text.trim().is_empty() {
            return;
        }
        let named = Phrase::parse(&text).ok().map(|phrase| phrase.target.noun.class);
        let class = named.filter(|class| class != ANYTHING && of.iter().any(|of| matches!(of, Of::Label(_))));
        self.labelling.phrase.clear();
        self.edit_project(ProjectEdit::Say { of, text, class });
    }

    /// Asks what the selected labels could be called in what the map shows.
    pub(super) fn suggest(&mut self) {
        let labels = self.selected_labels();
        let view = self.view_bounds();
        let only_labels = self.selected_items().len() == labels.len();
        let Some(project) = &mut self.project else { return };
        if labels.is_empty() || !only_labels {
            project.suggestions.clear();
            project.suggested_in = None;
            return;
        }
        project.suggested_in = Some(view);
        if view.size().iter().all(|side| side.is_finite() && *side > 0.0) {
            let frame = Rect::new(view.min, view.max);
            self.order(ProjectTask::Suggest { labels, frame });
        }
    }

    /// Asks anew where the map shows something else than what the suggestions are true of.
    pub(super) fn keep_suggestions_true(&mut self) {
        let asked = self.project.as_ref().and_then(|project| project.suggested_in);
        if asked.is_some_and(|asked| asked != self.view_bounds()) && !self.labelling.is_busy() {
            self.suggest();
        }
    }

    /// What the map shows.
    pub(super) fn view_bounds(&self) -> Bounds {
        let [width, height] = self.canvas.0;
        let rect = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(width, height));
        self.current_camera().bounds(rect)
    }

    /// What is seen of the raster becomes an area in which there is nothing of what is typed.
    fn absent_in_view(&mut self) {
        let view = self.view_bounds();
        let Some(own) = self.asked_scene().and_then(|(layer, _)| self.bounds_of(layer)) else { return };
        let min = [0, 1].map(|axis| view.min[axis].max(own.min[axis]));
        let max = [0, 1].map(|axis| view.max[axis].min(own.max[axis]));
        if min[0] >= max[0] || min[1] >= max[1] {
            return self.note("the raster is not in view: move the map to it first");
        }
        self.add_absence(Rect::new(min, max).to_polygon().into());
    }

    /// The selected objects of the selected result, or all of them, become labels that are called as was asked.
    fn accept(&mut self) {
        let Some((layer, query)) = self.selected_query() else { return };
        let chosen = |id: &u64| query.selected.is_empty() || query.selected.contains(id);
        let answers: Vec<NewAnswer> = query
            .drawn
            .polygons
            .all()
            .iter()
            .filter(|polygon| chosen(&polygon.id))
            .map(|drawn| NewAnswer { shape: drawn.polygon.clone().into(), score: score(query, drawn.id) })
            .collect();
        let question = &query.question;
        let class = query.drawn.answer.found.first().map(|found| found.instance.class.clone());
        let asked = NewQuery {
            title: layer.name.clone(),
            phrase: question.phrase.clone(),
            scene: Some(whole_path(question.scene.source())),
            model: Some(question.model.clone()),
            frame: Some(question.picked.name().to_lowercase()),
            threshold: Some(f64::from(query.refine.threshold)),
            details: None,
        };
        if answers.is_empty() {
            return self.note("the objects have no place in the coordinates of this map");
        }
        self.edit_project(ProjectEdit::Accept { query: asked, answers, class });
    }
}

fn score(query: &QueryLayer, id: u64) -> Option<f64> {
    let at = query.index_of(id)?;
    query.drawn.answer.found.get(at).map(|found| f64::from(found.instance.score))
}
