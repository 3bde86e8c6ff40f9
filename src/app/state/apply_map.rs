//! What happens on the map.

use super::journal::Trouble;
use super::look::Look;
use super::{FramePick, State};
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
                    Some((layer, id)) => self.pick_objects(layer, &[id], keep),
                    None if keep == Keep::Nothing => self.select_none(),
                    None => {}
                }
            }
            MapEvent::SecondaryClicked { polygon, .. } => {
                if let Some((layer, id)) = polygon {
                    self.pick_objects(layer, &[id], Keep::Selected);
                }
            }
            MapEvent::Boxed { modifiers, polygons, .. } => {
                // A box may hold objects of several layers; those of the selected one are meant, else the topmost's.
                let chosen = self.selected.filter(|id| polygons.iter().any(|(layer, _)| layer == id));
                let Some(layer) = chosen.or_else(|| polygons.last().map(|(layer, _)| *layer)) else {
                    self.select_none();
                    return;
                };
                let ids: Vec<u64> = polygons.iter().filter(|(of, _)| *of == layer).map(|(_, id)| *id).collect();
                let keep = if modifiers.shift || modifiers.command { Keep::Selected } else { Keep::Nothing };
                self.pick_objects(layer, &ids, keep);
            }
            MapEvent::Drawn(shape) => {
                if let (Tool::Area, Shape::Rectangle(bounds)) = (self.tool, shape)
                    && bounds.min.iter().chain(&bounds.max).all(|value| value.is_finite())
                {
                    self.area = Some(bounds);
                    self.ask.frame = FramePick::Area;
                    self.tool = Tool::Pan;
                }
            }
            MapEvent::Measured(measurement) => self.measurement = measurement,
            MapEvent::Failed { layer, message } => {
                let name = self.layer(layer).map_or_else(String::new, |layer| layer.name.clone());
                let remedy = "check that the file is still there and whole, then open it again".into();
                self.complain(Trouble { what: format!("cannot draw {name}"), why: message, remedy, cancelled: false });
            }
            MapEvent::SwipeMoved(position) => self.move_swipe(position),
            // Editing of outlines comes with labelling.
            MapEvent::Edited { .. } => {}
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
