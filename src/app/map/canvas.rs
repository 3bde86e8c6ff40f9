//! The canvas: draws a map and turns what the user does on it into events.

use eframe::egui_wgpu::RenderState;
use egui::{Color32, Rect, Sense, Ui};

use super::camera::Camera;
use super::event::MapEvent;
use super::frame::{Frame, Scissor};
use super::layer::{Content, Layer, LayerId, Map};
use super::navigate::navigate;
use super::picture::Picture;
use super::pipelines::Pipelines;
use super::probabilities::Probabilities;
use super::rasters::Rasters;
use super::tool::Tool;
use super::vectors::Vectors;
use super::view::View;

/// What stays from frame to frame on the GPU: textures, buffers, pipelines; and a drawing that is not finished.
pub struct Canvas {
    gpu: Pipelines,
    picture: Picture,
    rasters: Option<Rasters>,
    probabilities: Probabilities,
    vectors: Vectors,
    problems: Vec<(LayerId, String)>,
    is_settled: bool,
}

impl Canvas {
    /// A canvas on the window's GPU.
    pub fn new(gpu: &RenderState) -> Self {
        Self {
            gpu: Pipelines::new(gpu),
            picture: Picture::new(gpu),
            rasters: None,
            probabilities: Probabilities::new(),
            vectors: Vectors::default(),
            problems: Vec::new(),
            is_settled: false,
        }
    }

    /// Draws `map` in all the room that `ui` has left and returns what the user did, in order.
    pub fn show(&mut self, ui: &mut Ui, map: &Map, camera: &Camera, tool: &Tool) -> Vec<MapEvent> {
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let mut events = Vec::new();
        let Some(view) = View::new(*camera, rect, ui.ctx().pixels_per_point()) else { return events };
        let camera = navigate(ui, &response, &view, tool);
        if camera != view.camera {
            events.push(MapEvent::Camera(camera));
        }
        let view = View { camera, ..view };
        self.draw(ui, map, &view, &mut events);
        events
    }

    /// Whether everything that the last frame showed was there in full: nothing is still being read.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// What cannot be drawn, one text for each layer and trouble.
    pub fn problems(&self) -> &[(LayerId, String)] {
        &self.problems
    }

    fn draw(&mut self, ui: &Ui, map: &Map, view: &View, events: &mut Vec<MapEvent>) {
        let mut troubles = Vec::new();
        let context = ui.ctx().clone();
        let ready = move || context.request_repaint();
        let rasters = self.rasters.get_or_insert_with(|| Rasters::new(&ready));
        let more = rasters.begin_frame(&self.gpu, map, |id, trouble| troubles.push((id, trouble)));
        self.probabilities.begin_frame(map);
        let polygons_ready = self.vectors.begin_frame(map, &ready);
        let background = background(ui);
        let mut frame = Frame::new(view.size, background);
        for layer in map.layers.iter().filter(|layer| layer.visible && layer.opacity > 0.0) {
            let scissor = scissor(map, layer, view);
            let added = match &layer.content {
                Content::Raster(raster) => rasters.add(&mut frame, &self.gpu, view, map, layer, raster, scissor),
                Content::Probability(probability) => {
                    self.probabilities.add(&mut frame, &self.gpu, view, map, layer, probability, scissor)
                }
                Content::Vector(vector) => {
                    self.vectors.add(&mut frame, &self.gpu, view, layer, vector, scissor);
                    Ok(())
                }
            };
            if let Err(trouble) = added {
                troubles.push((layer.id, trouble));
            }
        }
        self.is_settled = rasters.end_frame() && !more && polygons_ready;
        if more {
            ui.ctx().request_repaint();
        }
        self.problems.retain(|(id, _)| map.layer(*id).is_some());
        for trouble in troubles {
            if !self.problems.contains(&trouble) {
                self.problems.push(trouble.clone());
                events.push(MapEvent::Failed { layer: trouble.0, message: trouble.1 });
            }
        }
        if let Some(picture) = self.picture.draw(&self.gpu, frame) {
            let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            ui.painter().image(picture, view.rect, whole, Color32::WHITE);
        }
    }
}

/// What is seen where nothing lies: neutral, so that no colour of the map looks other than it is.
fn background(ui: &Ui) -> [f32; 3] {
    let grey = if ui.visuals().dark_mode { 30.0 } else { 232.0 } / 255.0;
    [grey; 3]
}

/// The part of the picture in which a layer is seen.
fn scissor(map: &Map, layer: &Layer, view: &View) -> Scissor {
    let [width, height] = view.size;
    let Some(swipe) = &map.swipe else { return [0, 0, width, height] };
    let divider = (swipe.position.clamp(0.0, 1.0) * width as f32).round() as u32;
    match (swipe.left.contains(&layer.id), swipe.right.contains(&layer.id)) {
        (true, false) => [0, 0, divider, height],
        (false, true) => [divider, 0, width - divider, height],
        _ => [0, 0, width, height],
    }
}
