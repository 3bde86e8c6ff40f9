//! What commands do to the list of layers.

use std::path::Path;

use super::State;
use super::job_list::JobKind;
use super::layer::Layer;
use super::look::{Look, Place};
use crate::app::command::Command;
use crate::app::map::{Bounds, LayerId};
use crate::app::work::Task;
use crate::raster::StretchOptions;

/// A zoom to a single small object shows this much around it.
const ROOM: f64 = 0.6;

impl State {
    pub(super) fn open(&mut self, path: &Path) {
        if path.extension().is_some_and(|ending| ending == "safetensors") {
            self.note(format!("the next phrase is asked of the model {}", path.display()));
            return self.apply(Command::PickModel(path.display().to_string()));
        }
        self.to_open.push_back(path.to_owned());
        self.open_next();
    }

    /// Opens the next file, unless one is being opened.
    pub(super) fn open_next(&mut self) {
        if self.jobs.iter().any(|job| job.kind == JobKind::Open) {
            return;
        }
        let Some(path) = self.to_open.pop_front() else { return };
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        let job = self.start(JobKind::Open, format!("Opening {name}"));
        self.tasks.push(Task::Open { job, path, place: self.place_or_none() });
    }

    /// The map's place, `None` while nothing is on it.
    pub(super) fn place_or_none(&self) -> Option<Place> {
        (!self.layers.is_empty()).then(|| self.place.clone())
    }

    pub(super) fn apply_to_layers(&mut self, command: Command) {
        match command {
            Command::SelectLayer(layer) => self.select_layer(layer),
            Command::SetVisible(id, visible) => self.change(id, "Show or hide", |layer| layer.visible = visible),
            Command::SetOpacity(id, opacity) => {
                self.change(id, "Opacity", |layer| layer.opacity = within(opacity, 0.0, 1.0, 1.0));
            }
            Command::StartRenaming(layer) => self.renaming = layer,
            Command::RenameSelected => self.renaming = self.selected,
            Command::Rename(id, name) => {
                let name = name.trim().to_owned();
                if !name.is_empty() {
                    self.change(id, "Rename layer", |layer| layer.name = name);
                }
                self.renaming = None;
            }
            Command::MoveLayer(id, to) => self.move_layer(id, to),
            Command::RaiseLayer => self.move_selected(|place| place + 1),
            Command::LowerLayer => self.move_selected(|place| place.saturating_sub(1)),
            Command::RemoveLayer(id) => self.remove(id),
            Command::RemoveSelected => {
                if let Some(id) = self.selected {
                    self.remove(id);
                }
            }
            Command::SetStretch(id, choice) => self.set_stretch(id, choice),
            Command::SetLimits(id, limits) => self.change(id, "Limits", |layer| {
                if let Some(scene) = layer.scene_mut()
                    && limits.iter().flatten().all(|limit| limit.is_finite())
                {
                    let stretch = &mut scene.raster.stretch;
                    (stretch.low, stretch.high) = (limits.map(|[low, _]| low), limits.map(|[_, high]| high));
                }
            }),
            Command::SetGamma(id, gamma) => self.change(id, "Gamma", |layer| {
                if let Some(scene) = layer.scene_mut() {
                    scene.raster.gamma = within(gamma, 0.1, 10.0, 1.0);
                }
            }),
            Command::ShowNodata(id, shown) => self.change(id, "No data", |layer| {
                if let Some(scene) = layer.scene_mut() {
                    scene.raster.nodata_shown = shown;
                }
            }),
            Command::SetOverlay(id, overlay) => self.change(id, "Probabilities", |layer| {
                if let Some(query) = layer.query_mut() {
                    query.overlay = overlay;
                }
            }),
            Command::ShowOutlines(id, shown) => self.change(id, "Outlines", |layer| {
                if let Some(query) = layer.query_mut() {
                    query.outlines = shown;
                }
            }),
            Command::ShowLabels(id, shown) => self.change(id, "Labels", |layer| {
                if let Some(query) = layer.query_mut() {
                    query.labels = shown;
                }
            }),
            Command::ToggleAttention(branch) => {
                if let Some(id) = self.selected {
                    // However soon after another one, it is taken back by itself.
                    self.separate();
                    self.change(id, "Attention", |layer| {
                        if let Some(query) = layer.query_mut() {
                            query.attention = Some(branch).filter(|_| query.attention != Some(branch));
                        }
                    });
                }
            }
            _ => {}
        }
    }

    /// Changes one layer, as one step of undo.
    fn change(&mut self, id: LayerId, what: &str, how: impl FnOnce(&mut Layer)) {
        if self.layer(id).is_some() {
            self.remember(what, Some(id));
            if let Some(layer) = self.layer_mut(id) {
                how(layer);
            }
        }
    }

    pub(super) fn select_layer(&mut self, layer: Option<LayerId>) {
        self.selected = layer.and_then(|id| self.layer(id)).map(|layer| layer.id);
        if self.renaming.is_some_and(|renaming| Some(renaming) != self.selected) {
            self.renaming = None;
        }
    }

    fn move_layer(&mut self, id: LayerId, to: usize) {
        let Some(from) = self.layers.iter().position(|layer| layer.id == id) else { return };
        let to = to.min(self.layers.len() - 1);
        if from != to {
            self.remember("Move layer", None);
            let layer = self.layers.remove(from);
            self.layers.insert(to, layer);
        }
    }

    fn move_selected(&mut self, to: impl FnOnce(usize) -> usize) {
        if let Some(id) = self.selected {
            self.move_layer(id, to(self.place_of_selected()));
        }
    }

    fn remove(&mut self, id: LayerId) {
        let Some(place) = self.layers.iter().position(|layer| layer.id == id) else { return };
        self.remember("Remove layer", None);
        self.layers.remove(place);
        if self.selected == Some(id) {
            let neighbour = self.layers.get(place).or_else(|| self.layers.last());
            self.selected = neighbour.map(|layer| layer.id);
        }
        if self.layers.is_empty() {
            // The next raster gives the map its place.
            (self.look, self.area, self.hover) = (Look::Everything, None, None);
        }
    }

    fn set_stretch(&mut self, id: LayerId, choice: StretchOptions) {
        let Some(scene) = self.layer(id).and_then(Layer::scene) else { return };
        if scene.choice == choice {
            return;
        }
        let handle = scene.raster.scene.clone();
        let job = self.start(JobKind::Stretch, "Measuring the raster's values");
        self.tasks.push(Task::Stretch { job, layer: id, scene: handle, choice });
    }

    pub(super) fn zoom_to(&mut self, layer: Option<LayerId>) {
        let bounds = layer.and_then(|id| self.layer(id)).and_then(|layer| self.bounds_of(layer));
        if let Some(bounds) = bounds {
            self.look = Look::At(with_room(bounds));
        }
    }
}

/// Bounds with some room around, so that an object is seen in its surroundings.
pub(super) fn with_room(bounds: Bounds) -> Bounds {
    let room = bounds.size().map(|side| side * ROOM / 2.0);
    let corner = |sign: f64, of: [f64; 2]| [of[0] + sign * room[0], of[1] + sign * room[1]];
    Bounds::of(corner(-1.0, bounds.min), corner(1.0, bounds.max))
}

/// `value` within limits, or `otherwise` where it is no number.
fn within(value: f32, least: f32, most: f32, otherwise: f32) -> f32 {
    if value.is_finite() { value.clamp(least, most) } else { otherwise }
}
