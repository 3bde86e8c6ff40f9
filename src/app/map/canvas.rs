//! The canvas: draws a map and turns what the user does on it into events.

use eframe::egui_wgpu::RenderState;

use super::camera::Camera;
use super::event::MapEvent;
use super::layer::{LayerId, Map};
use super::tool::Tool;

/// What stays from frame to frame on the GPU: textures, buffers, pipelines; and a drawing that is not finished.
pub struct Canvas {
    problems: Vec<(LayerId, String)>,
}

impl Canvas {
    /// A canvas on the window's GPU.
    pub fn new(_gpu: &RenderState) -> Self {
        Self { problems: Vec::new() }
    }

    /// Draws `map` in all the room that `ui` has left and returns what the user did, in order.
    pub fn show(&mut self, ui: &mut egui::Ui, _map: &Map, camera: &Camera, _tool: &Tool) -> Vec<MapEvent> {
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), egui::Sense::click_and_drag());
        ui.painter().rect_filled(rect, 0.0, ui.visuals().extreme_bg_color);
        let mut events = Vec::new();
        if response.dragged() {
            events.push(MapEvent::Camera(camera.panned(response.drag_delta())));
        }
        events
    }

    /// Whether everything that the last frame showed was there in full: nothing is still being read.
    pub fn is_settled(&self) -> bool {
        true
    }

    /// What cannot be drawn, one text for each layer and trouble.
    pub fn problems(&self) -> &[(LayerId, String)] {
        &self.problems
    }
}
