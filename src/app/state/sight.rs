//! What the model sees: the window of the network around a place of the map, followed as the cursor moves.

use std::sync::Arc;

use super::State;
use super::journal::Trouble;
use super::look::Place;
use crate::app::work::Task;
use crate::model::weights::Card;
use crate::query::{Level, Trained};
use crate::raster::{SceneHandle, Stretch, StretchOptions, View};

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct SightOrder {
    /// The raster.
    pub scene: SceneHandle,
    /// Bands and percentiles, as a query takes them.
    pub choice: StretchOptions,
    /// The limits that these gave before, so that they are not measured again.
    pub stretch: Option<Arc<Stretch>>,
    /// The map's coordinates, and a point in them.
    pub place: Place,
    /// See `place`.
    pub at: [f64; 2],
    /// Metres on the ground a pixel of the network covers; `None` chooses as a query does.
    pub gsd_m: Option<f64>,
    /// The model's card.
    pub card: Option<Arc<Card>>,
    /// What is looked for, where a phrase says.
    pub class: Option<String>,
}

impl SightOrder {
    /// Whether both ask for the same picture.
    fn is_same(&self, other: &Self) -> bool {
        let card = |order: &Self| order.card.as_ref().map(Arc::as_ptr);
        self.scene.source() == other.scene.source()
            && self.choice == other.choice
            && self.at == other.at
            && self.place == other.place
            && self.gsd_m == other.gsd_m
            && card(self) == card(other)
            && self.class == other.class
    }
}

/// A window as the network gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighted {
    /// The pixels.
    pub view: Arc<View>,
    /// Corners of the window in map coordinates, around it.
    pub corners: Vec<[f64; 2]>,
    /// Its resolution.
    pub level: Level,
    /// At which resolutions the model knows what is looked for, where its card says.
    pub trained: Option<Trained>,
    /// What is looked for.
    pub class: Option<String>,
    /// The limits of the stretch.
    pub stretch: Arc<Stretch>,
    /// Bands and percentiles that gave them, and the raster.
    pub of: (StretchOptions, String),
}

impl Sighted {
    /// Whether the model saw such pixels in training; `None` where that cannot be told.
    pub fn is_known_scale(&self) -> Option<bool> {
        let ([finest, coarsest], gsd) = (self.trained?, self.level.gsd_m?);
        // A hair beside is not outside.
        Some((finest * 0.99..=coarsest * 1.01).contains(&gsd))
    }
}

/// The inset that shows it.
#[derive(Debug, Default)]
pub struct SightInset {
    /// Whether it is shown.
    pub shown: bool,
    /// What is seen, or why nothing is.
    pub seen: Option<Result<Sighted, Trouble>>,
    /// Whether a picture is being made.
    pub waits: bool,
    /// What was looked at last.
    asked: Option<SightOrder>,
}

impl State {
    pub(super) fn toggle_sight(&mut self) {
        self.sight = SightInset { shown: !self.sight.shown, ..SightInset::default() };
    }

    /// What is to be looked at now: around the cursor, else where it was last while that is on the map, else the middle of the map.
    fn sight_order(&self) -> Option<SightOrder> {
        let (_, layer) = self.asked_scene()?;
        let [width, height] = self.canvas.0;
        let camera = self.current_camera();
        let on_map = camera.bounds(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(width, height)));
        let last = self.sight.asked.as_ref().map(|order| order.at).filter(|at| on_map.contains(*at));
        let at = self.hover.as_ref().map(|hover| hover.at).or(last).unwrap_or(camera.center);
        if !at.iter().all(|value| value.is_finite()) {
            return None;
        }
        let (scene, choice) = (layer.raster.scene.clone(), layer.choice);
        let known = self.sight.seen.as_ref().and_then(|seen| seen.as_ref().ok());
        let stretch = known.filter(|seen| seen.of.0 == choice && seen.of.1 == scene.source());
        Some(SightOrder {
            stretch: stretch.map(|seen| Arc::clone(&seen.stretch)),
            scene,
            choice,
            place: self.place.clone(),
            at,
            gsd_m: self.ask.gsd_m,
            card: self.model().and_then(|model| model.card.clone()),
            class: self.ask.parsed().map(|phrase| phrase.target.noun.class.clone()),
        })
    }

    /// Looks anew where what is to be seen has changed; one picture at a time.
    pub(super) fn follow_sight(&mut self) {
        if !self.sight.shown || self.sight.waits {
            return;
        }
        let Some(order) = self.sight_order() else {
            self.sight.seen = None;
            return;
        };
        if self.sight.asked.as_ref().is_some_and(|asked| asked.is_same(&order)) {
            return;
        }
        self.sight.waits = true;
        self.sight.asked = Some(order.clone());
        self.tasks.push(Task::Sight(Box::new(order)));
    }

    pub(super) fn show_sight(&mut self, seen: Result<Sighted, Trouble>) {
        self.sight.waits = false;
        if self.sight.shown {
            self.sight.seen = Some(seen);
        }
    }
}
