//! What can be undone: the layers as they were before each change, and the edits of the project.

use std::time::{Duration, Instant};

use super::State;
use super::layer::Layer;
use crate::app::map::LayerId;
use crate::app::work::ProjectTask;

/// Changes that are kept.
const DEPTH: usize = 200;
/// Changes of the same kind to the same thing that follow each other within this time are one.
const ONE_GESTURE: Duration = Duration::from_millis(1500);

/// The layers at one moment. Clones of layers share what is large.
#[derive(Debug, Clone)]
struct Snapshot {
    /// What was done after it: "Delete objects".
    what: String,
    layers: Vec<Layer>,
    selected: Option<LayerId>,
}

/// One thing that can be taken back or done again.
#[derive(Debug, Clone)]
enum Step {
    /// The layers as they are on the other side of it.
    Layers(Snapshot),
    /// An edit of the project. The document keeps what it did.
    Project {
        /// Of this window, from 1; 0: made before the project was opened.
        number: u64,
        /// What it did: "add label".
        title: String,
    },
}

impl Step {
    fn title(&self) -> &str {
        match self {
            Self::Layers(snapshot) => &snapshot.what,
            Self::Project { title, .. } => title,
        }
    }

    fn is_edit(&self, wanted: u64) -> bool {
        matches!(self, Self::Project { number, .. } if *number == wanted)
    }
}

/// Undo and redo, of layers and of the project, in the order in which things were done.
#[derive(Debug, Default)]
pub struct History {
    past: Vec<Step>,
    future: Vec<Step>,
    /// What was changed last, and when.
    last: Option<(String, Option<LayerId>, Instant)>,
}

impl History {
    /// What undo would take back.
    pub fn undoes(&self) -> Option<&str> {
        self.past.last().map(Step::title)
    }

    /// What redo would do again.
    pub fn redoes(&self) -> Option<&str> {
        self.future.last().map(Step::title)
    }

    fn push(&mut self, step: Step) {
        self.past.push(step);
        let too_many = self.past.len().saturating_sub(DEPTH);
        self.past.drain(..too_many);
        self.future.clear();
    }

    /// An edit of the project was ordered.
    pub(super) fn edited(&mut self, number: u64, title: String) {
        self.last = None;
        self.push(Step::Project { number, title });
    }

    /// An edit was refused, or changed nothing: there is nothing to take back.
    pub(super) fn forget_edit(&mut self, number: u64) {
        for steps in [&mut self.past, &mut self.future] {
            steps.retain(|step| !step.is_edit(number));
        }
    }

    /// An edit could not be taken back: it is still done.
    pub(super) fn still_done(&mut self, number: u64) {
        if let Some(place) = self.future.iter().rposition(|step| step.is_edit(number)) {
            self.past.push(self.future.remove(place));
        }
    }

    /// An edit could not be made again: it is still undone.
    pub(super) fn still_undone(&mut self, number: u64) {
        if let Some(place) = self.past.iter().rposition(|step| step.is_edit(number)) {
            self.future.push(self.past.remove(place));
        }
    }

    /// Another project is open, or none: its edits are older than all that was done in this window.
    pub(super) fn set_project(&mut self, done: Vec<String>, undone: Vec<String>) {
        let step = |title| Step::Project { number: 0, title };
        for (steps, titles) in [(&mut self.past, done), (&mut self.future, undone.into_iter().rev().collect())] {
            steps.retain(|step| matches!(step, Step::Layers(_)));
            steps.splice(0..0, titles.into_iter().map(step));
        }
        let too_many = self.past.len().saturating_sub(DEPTH);
        self.past.drain(..too_many);
    }
}

impl State {
    /// Keeps the layers as they are, before `what` is done to `layer`.
    pub(super) fn remember(&mut self, what: impl Into<String>, layer: Option<LayerId>) {
        let (what, now) = (what.into(), Instant::now());
        let continues = self.history.last.as_ref().is_some_and(|(last, of, when)| {
            *last == what && *of == layer && layer.is_some() && now.duration_since(*when) < ONE_GESTURE
        });
        self.history.last = Some((what.clone(), layer, now));
        if continues {
            return;
        }
        let snapshot = Snapshot { what, layers: self.layers.clone(), selected: self.selected };
        self.history.push(Step::Layers(snapshot));
    }

    /// Ends a gesture: what follows is a change of its own.
    pub(super) fn separate(&mut self) {
        self.history.last = None;
    }

    pub(super) fn undo(&mut self) {
        match self.history.past.pop() {
            Some(Step::Layers(snapshot)) => {
                let now = self.go_to(snapshot);
                self.history.future.push(Step::Layers(now));
            }
            Some(Step::Project { number, title }) => {
                self.separate();
                self.history.future.push(Step::Project { number, title });
                self.order(ProjectTask::Undo(number));
            }
            None => {}
        }
    }

    pub(super) fn redo(&mut self) {
        match self.history.future.pop() {
            Some(Step::Layers(snapshot)) => {
                let now = self.go_to(snapshot);
                self.history.past.push(Step::Layers(now));
            }
            Some(Step::Project { number, title }) => {
                self.separate();
                self.history.past.push(Step::Project { number, title });
                self.order(ProjectTask::Redo(number));
            }
            None => {}
        }
    }

    /// Puts the layers of `snapshot` in place and returns those that were there.
    fn go_to(&mut self, Snapshot { what, layers, selected }: Snapshot) -> Snapshot {
        self.separate();
        let layers = std::mem::replace(&mut self.layers, layers);
        let selected = std::mem::replace(&mut self.selected, selected);
        self.renaming = None;
        // What was being drawn anew when the snapshot was taken is drawn now.
        let stale: Vec<LayerId> = self
            .layers
            .iter()
            .filter(|layer| layer.query().is_some_and(|query| query.refine != query.drawn_with))
            .map(|layer| layer.id)
            .collect();
        for id in stale {
            self.draw_anew(id);
        }
        Snapshot { what, layers, selected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::work::Task;

    fn titles(history: &History) -> Vec<String> {
        history.past.iter().map(|step| step.title().to_owned()).collect()
    }

    #[test]
    fn edits_of_layers_and_of_the_project_are_taken_back_in_the_order_they_were_made() {
        let mut state = State::default();
        state.history.set_project(vec!["add label".into()], vec![]);
        state.remember("Opacity", None);
        state.history.edited(1, "remove label".into());
        let mut undone = Vec::new();
        while let Some(title) = state.history.undoes().map(str::to_owned) {
            undone.push(title);
            state.undo();
        }
        assert_eq!(undone, ["remove label", "Opacity", "add label"]);
        let orders: Vec<u64> = std::mem::take(&mut state.tasks)
            .into_iter()
            .filter_map(|task| if let Task::Project(ProjectTask::Undo(n)) = task { Some(n) } else { None })
            .collect();
        assert_eq!(orders, [1, 0]);
        assert_eq!(state.history.redoes(), Some("add label"));
    }

    #[test]
    fn a_refused_edit_leaves_no_step_and_a_refused_undo_keeps_its_own() {
        let mut history = History::default();
        history.edited(1, "one".into());
        history.edited(2, "two".into());
        history.forget_edit(1);
        assert_eq!(titles(&history), ["two"]);
        let step = history.past.pop().unwrap();
        history.future.push(step);
        history.still_done(2);
        assert_eq!((history.undoes(), history.redoes()), (Some("two"), None));
        history.set_project(vec![], vec!["a".into(), "b".into()]);
        assert_eq!((history.undoes(), history.redoes()), (None, Some("a")));
    }
}
