//! Where the map is looked at, and what its coordinates are.

use std::sync::Arc;

use egui::Vec2;

use super::State;
use super::layer::{Content, Layer};
use super::project::{AREAS, LABELS};
use super::query_layer::{Overlay, Refine};
use crate::app::map::{
    self, Bounds, Camera, Content as Drawn, LayerId, Map, Polygons, ProbabilityLayer, ProbabilityStyle, VectorLayer,
    VectorStyle,
};
use crate::app::theme::{ABSENCE_COLOUR, LABEL_COLOUR, OVER_HEAT_COLOUR, layer_colour};
use crate::raster::{Crs, SceneHandle};

/// How much of what has been found so far covers the map.
const GROWING: f32 = 0.6;

/// What the coordinates of the map are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    /// The first raster's.
    pub crs: Option<Crs>,
    /// Columns and rows of a picture without georeference.
    pub in_pixels: bool,
}

impl Place {
    /// The place of a raster.
    pub fn of(scene: &SceneHandle) -> Self {
        let Map { crs, in_pixels, .. } = Map::like(scene);
        Self { crs, in_pixels }
    }

    /// A map without layers.
    pub fn map(&self) -> Map {
        Map { crs: self.crs.clone(), in_pixels: self.in_pixels, ..Map::default() }
    }
}

/// Where the map is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Look {
    /// All visible layers, whatever size the window has.
    #[default]
    Everything,
    /// A part of the map, whatever size the window has.
    At(Bounds),
    /// As the user left it.
    Camera(Camera),
}

impl State {
    /// The camera on a canvas of `size` points.
    pub fn camera(&self, size: Vec2) -> Camera {
        let fit = |bounds| Camera::fit(bounds, size, self.place.in_pixels);
        match self.look {
            Look::Camera(camera) => camera,
            Look::At(bounds) => fit(bounds),
            Look::Everything => fit(self.extent().unwrap_or(Bounds::of([0.0, 0.0], [1.0, 1.0]))),
        }
    }

    /// The camera on the canvas as it was last drawn.
    pub fn current_camera(&self) -> Camera {
        let [width, height] = self.canvas.0;
        self.camera(Vec2::new(width, height))
    }

    /// What all visible layers cover, else all layers.
    pub fn extent(&self) -> Option<Bounds> {
        let of = |layers: &mut dyn Iterator<Item = &Layer>| {
            layers.filter_map(|layer| self.bounds_of(layer)).reduce(Bounds::union)
        };
        of(&mut self.layers.iter().filter(|layer| layer.visible)).or_else(|| of(&mut self.layers.iter()))
    }

    /// What a layer covers.
    pub fn bounds_of(&self, layer: &Layer) -> Option<Bounds> {
        let bounds = match &layer.content {
            Content::Scene(scene) => self.place.map().bounds_of(&map::Layer {
                id: layer.id,
                name: String::new(),
                visible: true,
                opacity: 1.0,
                content: Drawn::Raster(scene.raster.clone()),
            }),
            Content::Query(query) => query.drawn.polygons.bounds(),
            Content::File(file) => file.polygons.bounds(),
        };
        bounds.filter(|bounds| bounds.min.iter().chain(&bounds.max).all(|value| value.is_finite()))
    }

    /// The map as it is to be drawn now.
    pub fn map(&self) -> Map {
        let mut map = self.place.map();
        let over_rasters = self.layers.iter().rposition(|layer| layer.scene().is_some()).map_or(0, |at| at + 1);
        for (at, layer) in self.layers.iter().enumerate() {
            if at == over_rasters {
                map.layers.extend(self.areas_on_map());
            }
            let with = |id, content| map::Layer {
                id,
                name: layer.name.clone(),
                visible: layer.visible,
                opacity: layer.opacity,
                content,
            };
            match &layer.content {
                Content::Scene(scene) => map.layers.push(with(layer.id, Drawn::Raster(scene.raster.clone()))),
                Content::Query(query) => {
                    let style = if layer.visible { query.overlay } else { Overlay::Nothing };
                    if let (Some(style), Some(grid)) = (style.style(), &query.drawn.grid) {
                        map.layers.push(with(
                            super::probability_id(layer.id),
                            Drawn::Probability(ProbabilityLayer {
                                grid: grid.clone(),
                                style,
                                threshold: query.refine.threshold,
                                colour: query.colour,
                            }),
                        ));
                    }
                    let attention = self.attention_on_map(layer.id, query);
                    let is_on_ramp = attention.is_some() || style == Overlay::Heat && query.drawn.grid.is_some();
                    if let Some(attention) = attention {
                        map.layers.push(with(super::attention_id(layer.id), Drawn::Probability(attention)));
                    }
                    if query.outlines {
                        let polygons = Arc::clone(&query.drawn.polygons);
                        let on_scene = VectorStyle::of(query.colour);
                        let style = if is_on_ramp { VectorStyle::line(OVER_HEAT_COLOUR) } else { on_scene };
                        let mut vector = VectorLayer::new(polygons, style);
                        vector.labels = query.labels;
                        vector.selected.clone_from(&query.selected);
                        vector.highlighted = query.highlighted;
                        map.layers.push(with(layer.id, Drawn::Vector(vector)));
                    }
                }
                Content::File(file) => {
                    let polygons = Arc::clone(&file.polygons);
                    let vector = VectorLayer::new(polygons, VectorStyle::of(file.colour));
                    map.layers.push(with(layer.id, Drawn::Vector(vector)));
                }
            }
        }
        if self.layers.len() <= over_rasters {
            map.layers.extend(self.areas_on_map());
        }
        map.layers.extend(self.growing_on_map());
        map.layers.extend(self.labels_on_map());
        map.swipe = self.swipe_on_map();
        map
    }

    /// What the running query has found so far, in the look that its layer will have.
    fn growing_on_map(&self) -> Option<map::Layer> {
        let job = self.jobs.iter().find(|job| job.grown.is_some())?;
        let content = Drawn::Probability(ProbabilityLayer {
            grid: job.grown.as_deref()?.clone(),
            style: ProbabilityStyle::Fill,
            threshold: Refine::default().threshold,
            colour: layer_colour(self.coloured_layers()),
        });
        let id = super::probability_id(LayerId(job.id.0));
        Some(map::Layer { id, name: job.name.clone(), visible: true, opacity: GROWING, content })
    }

    /// The project's labels, over everything else.
    fn labels_on_map(&self) -> Option<map::Layer> {
        let project = self.project.as_ref()?;
        Some(self.project_layer(LABELS, "Labels", &project.kept.labels, label_style()))
    }

    /// The project's areas in which something is not: under what was found, which would be hard to pick otherwise.
    fn areas_on_map(&self) -> Option<map::Layer> {
        let project = self.project.as_ref()?;
        Some(self.project_layer(AREAS, "Not here", &project.kept.areas, area_style()))
    }

    fn project_layer(&self, id: LayerId, name: &str, polygons: &Arc<Polygons>, style: VectorStyle) -> map::Layer {
        let mut vector = VectorLayer::new(Arc::clone(polygons), style);
        vector.labels = self.labelling.names;
        if let Some(project) = &self.project {
            vector.selected = project.selected.iter().flat_map(|of| project.polygons_of(id, *of)).collect();
            vector.highlighted = project.highlighted.and_then(|of| project.polygons_of(id, of).next());
        }
        let name = name.to_owned();
        map::Layer { id, name, visible: self.labelling.visible, opacity: 1.0, content: Drawn::Vector(vector) }
    }
}

fn label_style() -> VectorStyle {
    VectorStyle { width: 2.0, ..VectorStyle::of(LABEL_COLOUR) }
}

fn area_style() -> VectorStyle {
    VectorStyle { fill: ABSENCE_COLOUR.gamma_multiply(0.06), ..VectorStyle::of(ABSENCE_COLOUR) }
}
