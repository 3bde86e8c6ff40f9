//! What happens on the map.

use super::apply_labels::is_labelling;
use super::journal::Trouble;
use super::look::Look;
use super::project::{AREAS, LABELS};
use super::{FramePick, State, Tab};
use crate::app::command::Keep;
use crate::app::map::{Camera, LayerId, MapEvent, Shape, Tool};

impl State {
    pub(super) fn apply_map(&mut self, event: MapEvent) {
        match event {
            MapEvent::Camera(camera) => self.look_from(camera),
            MapEvent::Hovered(hover) => self.hover = hover,
            MapEvent::Clicked { modifiers, polygon, .. } => {
                let keep = if modifiers.command {
                    Keep::Toggled
                } else if modifiers.shift {
                    Keep::Selected
                } else {
                    Keep::Nothing
                };
                match polygon {
                    Some((layer, id)) if is_project(layer) => self.pick_labels(&[(layer, id)], keep),
                    Some((layer, id)) => self.pick_objects(layer, &[id], keep),
                    None if keep == Keep::Nothing => self.select_none(),
                    None => {}
                }
            }
            MapEvent::SecondaryClicked { polygon, .. } => match polygon {
                Some((layer, id)) if is_project(layer) => self.pick_labels(&[(layer, id)], Keep::Selected),
                Some((layer, id)) => self.pick_objects(layer, &[id], Keep::Selected),
                None => {}
            },
            MapEvent::Boxed { modifiers, polygons, .. } => {
                let keep = if modifiers.shift || modifiers.command { Keep::Selected } else { Keep::Nothing };
                let (labels, polygons): (Vec<_>, Vec<_>) =
                    polygons.into_iter().partition(|(layer, _)| is_project(*layer));
                if !labels.is_empty() && (self.tab == Some(Tab::Labels) || polygons.is_empty()) {
                    return self.pick_labels(&labels, keep);
                }
                // A box may hold objects of several layers; those of the selected one are meant, else the topmost's.
                let chosen = self.selected.filter(|id| polygons.iter().any(|(layer, _)| layer == id));
                let Some(layer) = chosen.or_else(|| polygons.last().map(|(layer, _)| *layer)) else {
                    self.select_none();
                    return;
                };
                let ids: Vec<u64> = polygons.iter().filter(|(of, _)| *of == layer).map(|(_, id)| *id).collect();
                self.pick_objects(layer, &ids, keep);
            }
            MapEvent::Drawn(shape) => match (self.tool, shape) {
                (Tool::Area, Shape::Rectangle(bounds))
                    if bounds.min.iter().chain(&bounds.max).all(|value| value.is_finite()) =>
                {
                    self.area = Some(bounds);
                    self.ask.frame = FramePick::Area;
                    self.tool = Tool::Pan;
                }
                (tool, shape) if is_labelling(tool) => self.draw(shape),
                _ => {}
            },
            MapEvent::Edited { layer, id, polygon } => self.move_corners(layer, id, polygon),
            MapEvent::Measured(measurement) => self.measurement = measurement,
            MapEvent::Failed { layer, message } => {
                let name = self.layer(layer).map_or_else(String::new, |layer| layer.name.clone());
                let remedy = "check that the file is still there and whole, then open it again".into();
                self.complain(Trouble { what: format!("cannot draw {name}"), why: message, remedy, cancelled: false });
            }
            MapEvent::SwipeMoved(position) => self.move_swipe(position),
        }
    }

    /// Looks at the map from somewhere on it.
    pub(super) fn look_from(&mut self, camera: Camera) {
        let numbers = camera.center.iter().chain([&camera.units_per_point]);
        if numbers.copied().all(f64::is_finite) && camera.units_per_point > 0.0 {
            self.look = Look::Camera(camera);
        }
    }

    /// Selects objects and the layer they belong to.
    fn pick_objects(&mut self, layer: LayerId, ids: &[u64], keep: Keep) {
        self.select_layer(Some(layer));
        self.select_objects(layer, ids, keep);
    }
}

/// Whether a layer of the map is the project's.
fn is_project(layer: LayerId) -> bool {
    [LABELS, AREAS].contains(&layer)
}
