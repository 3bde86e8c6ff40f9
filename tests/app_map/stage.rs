//! A canvas in a window of its own without a screen, drawn by the software driver.

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui_wgpu::{RenderState, RendererOptions};
use egui::{Pos2, Rect, Vec2};
use egui_kittest::Harness;
use egui_kittest::wgpu::{WgpuTestRenderer, create_render_state, default_wgpu_setup};
use image::{Rgba, RgbaImage};
use referent::app::map::{Camera, Canvas, Content, Layer, LayerId, Map, MapEvent, RasterLayer, Tool};
use referent::raster::{Access, Scene, Stretch, StretchOptions};

/// Around the canvas, in points: the harness leaves it free.
const MARGIN: f32 = 8.0;

/// What the window holds from frame to frame.
pub struct Stage {
    pub canvas: Canvas,
    pub map: Map,
    pub camera: Camera,
    pub tool: Tool,
    pub events: Vec<MapEvent>,
}

/// A window with nothing but a canvas.
pub struct Window {
    pub harness: Harness<'static, Stage>,
    pub gpu: RenderState,
    size: Vec2,
    pixels_per_point: f32,
}

impl Window {
    /// A canvas of `size` points that shows all of `map`.
    pub fn new(map: Map, size: [f32; 2], pixels_per_point: f32) -> Self {
        let size = Vec2::from(size);
        let camera = map.fit(size).unwrap_or(Camera { center: [0.0; 2], units_per_point: 1.0, y_down: false });
        let gpu = create_render_state(default_wgpu_setup(), RendererOptions::PREDICTABLE);
        let stage = Stage { canvas: Canvas::new(&gpu), map, camera, tool: Tool::Pan, events: Vec::new() };
        let show = |ui: &mut egui::Ui, stage: &mut Stage| {
            let events = stage.canvas.show(ui, &stage.map, &stage.camera, &stage.tool);
            for event in &events {
                match event {
                    MapEvent::Camera(camera) => stage.camera = *camera,
                    MapEvent::SwipeMoved(position) => {
                        if let Some(swipe) = &mut stage.map.swipe {
                            swipe.position = *position;
                        }
                    }
                    _ => {}
                }
            }
            stage.events.extend(events);
        };
        let harness = Harness::builder()
            .with_size(size + Vec2::splat(2.0 * MARGIN))
            .with_pixels_per_point(pixels_per_point)
            .with_max_steps(64)
            .with_step_dt(1.0 / 60.0)
            .renderer(WgpuTestRenderer::from_render_state(gpu.clone()))
            .build_ui_state(show, stage);
        Self { harness, gpu, size, pixels_per_point }
    }

    /// The canvas, in points.
    pub fn rect(&self) -> Rect {
        Rect::from_min_size(Pos2::new(MARGIN, MARGIN), self.size)
    }

    /// Runs frames until everything is there.
    pub fn settle(&mut self) {
        let start = Instant::now();
        loop {
            self.harness.step();
            if self.harness.state().canvas.is_settled() {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "the map does not settle");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What the canvas shows once everything is there, a pixel of the screen each.
    pub fn picture(&mut self) -> RgbaImage {
        self.settle();
        self.shot()
    }

    /// What the canvas shows now.
    pub fn shot(&mut self) -> RgbaImage {
        let whole = self.harness.render().unwrap();
        let pixel = |points: f32| (points * self.pixels_per_point).round() as u32;
        let (margin, size) = (pixel(MARGIN), [pixel(self.size.x), pixel(self.size.y)]);
        image::imageops::crop_imm(&whole, margin, margin, size[0], size[1]).to_image()
    }

    /// Where map coordinates are in the picture.
    pub fn pixel_at(&self, at: [f64; 2]) -> [u32; 2] {
        let point = self.harness.state().camera.to_screen(self.rect(), at) - self.rect().min;
        [point.x, point.y].map(|value| (value * self.pixels_per_point) as u32)
    }

    /// What happened since the last call.
    pub fn events(&mut self) -> Vec<MapEvent> {
        std::mem::take(&mut self.harness.state_mut().events)
    }
}

/// Opens a raster that must open.
pub fn open(path: impl AsRef<Path>) -> Scene {
    Scene::open(path.as_ref().to_str().unwrap(), Access::LocalOnly).unwrap()
}

/// A map with one raster, shown as the program would.
pub fn map_of(scene: &Scene) -> Map {
    let stretch = Stretch::choose(scene, &StretchOptions::default()).unwrap();
    let mut map = Map::like(&scene.handle());
    map.layers.push(layer(1, Content::Raster(RasterLayer::new(scene.handle(), stretch))));
    map
}

/// A layer that is visible.
pub fn layer(id: u64, content: Content) -> Layer {
    Layer { id: LayerId(id), name: format!("layer {id}"), visible: true, opacity: 1.0, content }
}

/// Largest difference of two colours in one channel.
pub fn difference(a: &Rgba<u8>, b: [u8; 3]) -> u8 {
    (0..3).map(|channel| a.0[channel].abs_diff(b[channel])).max().unwrap()
}
