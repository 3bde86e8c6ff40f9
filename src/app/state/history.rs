//! What can be undone: the layers as they were before each change.

use std::time::{Duration, Instant};

use super::State;
use super::layer::Layer;
use crate::app::map::LayerId;

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

/// Undo and redo.
#[derive(Debug, Default)]
pub struct History {
    past: Vec<Snapshot>,
    future: Vec<Snapshot>,
    /// What was changed last, and when.
    last: Option<(String, Option<LayerId>, Instant)>,
}

impl History {
    /// What undo would take back.
    pub fn undoes(&self) -> Option<&str> {
        self.past.last().map(|snapshot| snapshot.what.as_str())
    }

    /// What redo would do again.
    pub fn redoes(&self) -> Option<&str> {
        self.future.last().map(|snapshot| snapshot.what.as_str())
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
        self.history.past.push(snapshot);
        let too_many = self.history.past.len().saturating_sub(DEPTH);
        self.history.past.drain(..too_many);
        self.history.future.clear();
    }

    /// Ends a gesture: what follows is a change of its own.
    pub(super) fn separate(&mut self) {
        self.history.last = None;
    }

    pub(super) fn undo(&mut self) {
        if let Some(snapshot) = self.history.past.pop() {
            let now = self.go_to(snapshot);
            self.history.future.push(now);
        }
    }

    pub(super) fn redo(&mut self) {
        if let Some(snapshot) = self.history.future.pop() {
            let now = self.go_to(snapshot);
            self.history.past.push(now);
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
