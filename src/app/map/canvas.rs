//! The canvas: draws a map and turns what the user does on it into events.

use eframe::egui_wgpu::RenderState;
use egui::{Color32, Rect, Response, Role, Sense, Ui, WidgetInfo};

use super::camera::Camera;
use super::desk::Desk;
use super::event::MapEvent;
use super::frame::{Easel, Frame, Scissor};
use super::furniture::{divider, scale_bar};
use super::ground::MapGround;
use super::hover::Hovering;
use super::labels::labels;
use super::layer::{Content, Layer, LayerId, Map};
use super::navigate::navigate;
use super::picture::Picture;
use super::pipelines::Pipelines;
use super::probabilities::Probabilities;
use super::rasters::Rasters;
use super::sketch::Sketch;
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
    sketch: Sketch,
    hovering: Option<Hovering>,
    ground: Option<MapGround>,
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
            sketch: Sketch::default(),
            hovering: None,
            ground: None,
            problems: Vec::new(),
            is_settled: false,
        }
    }

    /// Draws `map` in all the room that `ui` has left and returns what the user did, in order.
    pub fn show(&mut self, ui: &mut Ui, map: &Map, camera: &Camera, tool: &Tool) -> Vec<MapEvent> {
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let mut events = Vec::new();
        let largest = self.gpu.device.limits().max_texture_dimension_2d;
        let Some(view) = View::new(*camera, rect, ui.ctx().pixels_per_point(), largest) else { return events };
        let camera = navigate(ui, &response, &view, tool);
        if camera != view.camera {
            events.push(MapEvent::Camera(camera));
        }
        let view = View { camera, ..view };
        if !self.ground.as_ref().is_some_and(|ground| ground.is_of(map)) {
            self.ground = Some(MapGround::new(map));
            if let Some(hovering) = &mut self.hovering {
                hovering.forget();
            }
        }
        self.vectors.edited = match tool {
            Tool::Vertices(layer, id) if self.sketch.vertices.is_loaded() => Some((*layer, *id)),
            _ => None,
        };
        self.draw(ui, map, &view, &mut events);
        self.draw_over(ui, &response, map, &view, tool, &mut events);
        describe(ui, &response, map, &view, self.ground.as_ref());
        events
    }

    /// Whether a drawing is begun that is not finished: Esc ends it, before it ends anything else.
    pub fn is_drawing(&self) -> bool {
        self.sketch.is_busy()
    }

    /// Whether everything that the last frame showed was there in full: nothing is still being read.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// What cannot be drawn, one text for each layer and trouble.
    pub fn problems(&self) -> &[(LayerId, String)] {
        &self.problems
    }

    /// Labels, tools, what is under the cursor, and the furniture: over the picture, by egui.
    fn draw_over(
        &mut self,
        ui: &Ui,
        response: &Response,
        map: &Map,
        view: &View,
        tool: &Tool,
        events: &mut Vec<MapEvent>,
    ) {
        let Some(ground) = &self.ground else { return };
        labels(&ui.painter_at(view.rect), view, map, &self.vectors);
        let desk = Desk { ui, response, view, map, ground, vectors: &self.vectors };
        self.sketch.follow(&desk, tool, events);
        let context = ui.ctx().clone();
        let hovering = self.hovering.get_or_insert_with(|| Hovering::new(move || context.request_repaint()));
        let hovered = hovering.follow(response, view, map, ground, &self.vectors);
        if let Some(MapEvent::Hovered(hover)) = &hovered {
            let picks = matches!(tool, Tool::Pan | Tool::Select);
            let polygon = hover.as_ref().and_then(|hover| hover.polygon).filter(|_| picks);
            if self.vectors.hovered != polygon {
                self.vectors.hovered = polygon;
                // The picture was drawn before this was known.
                ui.ctx().request_repaint();
            }
        }
        events.extend(hovered);
        if let Some(swipe) = &map.swipe {
            divider(ui, view, swipe, events);
        }
        scale_bar(ui, view, map, ground);
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
        let easel = Easel { gpu: &self.gpu, view, map };
        for layer in map.layers.iter().filter(|layer| layer.visible && layer.opacity > 0.0) {
            let scissor = scissor(map, layer, view);
            let added = match &layer.content {
                Content::Raster(raster) => rasters.add(&mut frame, easel, layer, raster, scissor),
                Content::Probability(probability) => {
                    self.probabilities.add(&mut frame, easel, layer, probability, scissor)
                }
                Content::Vector(vector) => {
                    self.vectors.add(&mut frame, easel, layer, vector, scissor);
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

/// Tells screen readers and tests what the canvas is and where it looks.
fn describe(ui: &Ui, response: &Response, map: &Map, view: &View, ground: Option<&MapGround>) {
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Map"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        let [x, y] = view.camera.center;
        let crs = map.crs.as_ref().map_or("pixels", |crs| crs.name());
        let place = match ground.and_then(|ground| ground.lonlat(view.camera.center)) {
            Some([lon, lat]) => format!(", longitude {lon:.5}, latitude {lat:.5}"),
            None => String::new(),
        };
        node.set_value(format!("centre {x:.2}, {y:.2} ({crs}){place}"));
    });
}

/// What is seen where nothing lies: neutral, so that no colour of the map looks other than it is.
fn background(ui: &Ui) -> [f32; 3] {
    let grey = if ui.visuals().dark_mode { 30.0 } else { 232.0 } / 255.0;
    [grey; 3]
}

/// The part of the picture in which a layer is seen.
fn scissor(map: &Map, layer: &Layer, view: &View) -> Scissor {
    let [width, height] = view.size;
    let [from, to] = map.shown_range(layer.id).map(|share| (share * f64::from(width)).round() as u32);
    [from, 0, to - from, height]
}
