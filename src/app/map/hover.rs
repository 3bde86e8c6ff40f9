//! What is under the cursor. Values of rasters are read on a thread of its own, the last place asked for first.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};

use egui::Response;

use super::event::{Hover, MapEvent};
use super::ground::MapGround;
use super::layer::{Content, GridWay, LayerId, Map};
use super::reader::OpenScenes;
use super::vectors::Vectors;
use super::view::View;
use crate::raster::{Area, Georeference, SceneHandle};

/// A pixel of a layer's raster.
#[derive(Debug, Clone, PartialEq)]
struct Spot {
    layer: LayerId,
    scene: SceneHandle,
    pixel: [u64; 2],
}

type Values = Vec<Option<f32>>;

/// Follows the cursor.
pub(super) struct Hovering {
    asks: Sender<Vec<Spot>>,
    answers: Receiver<Vec<(Spot, Values)>>,
    /// What was asked for last.
    asked: Vec<Spot>,
    known: Vec<(Spot, Values)>,
    said: Option<Hover>,
    ways: HashMap<LayerId, (Georeference, Option<GridWay>)>,
}

impl Hovering {
    /// `ready` is called from another thread when values were read.
    pub(super) fn new(ready: impl Fn() + Send + 'static) -> Self {
        let (asks, asked) = channel();
        let (answer, answers) = channel();
        let thread = std::thread::Builder::new().name("values under the cursor".to_owned());
        // Without a thread no value is ever known; all else goes on.
        let _ = thread.spawn(move || answer_all(&asked, &answer, &ready));
        Self { asks, answers, asked: Vec::new(), known: Vec::new(), said: None, ways: HashMap::new() }
    }

    /// Looks under the cursor; says so where something has changed.
    pub(super) fn follow(
        &mut self,
        response: &Response,
        view: &View,
        map: &Map,
        ground: &MapGround,
        vectors: &Vectors,
    ) -> Option<MapEvent> {
        while let Ok(values) = self.answers.try_recv() {
            self.known = values;
        }
        let cursor = response.hover_pos().filter(|at| response.contains_pointer() && view.rect.contains(*at));
        let Some(at) = cursor else {
            return self.said.take().map(|_| MapEvent::Hovered(None));
        };
        let hover = self.look(view.camera.to_map(view.rect, at), view, map, ground, vectors);
        if self.said.as_ref() == Some(&hover) {
            return None;
        }
        self.said = Some(hover.clone());
        Some(MapEvent::Hovered(Some(hover)))
    }

    fn look(&mut self, at: [f64; 2], view: &View, map: &Map, ground: &MapGround, vectors: &Vectors) -> Hover {
        let mut spots = Vec::new();
        let mut probabilities = Vec::new();
        self.ways.retain(|id, _| map.layer(*id).is_some());
        for layer in map.shown_at(view.share_of(at)).rev() {
            match &layer.content {
                Content::Raster(raster) => {
                    let scene = &raster.scene;
                    let Some([x, y]) = self.pixel(layer.id, scene.georeference(), map, at) else { continue };
                    let [width, height] = scene.size().map(|pixels| pixels as f64);
                    if (0.0..width).contains(&x) && (0.0..height).contains(&y) {
                        spots.push(Spot { layer: layer.id, scene: scene.clone(), pixel: [x as u64, y as u64] });
                    }
                }
                Content::Probability(probability) => {
                    let grid = probability.grid.georeference();
                    if let Some([x, y]) = self.pixel(layer.id, grid, map, at) {
                        let value = probability.grid.value(x.floor() as i64, y.floor() as i64);
                        probabilities.push((layer.id, value));
                    }
                }
                Content::Vector(_) => {}
            }
        }
        if spots != self.asked {
            // Nobody answers once the thread is gone.
            let _ = self.asks.send(spots.clone());
            self.asked.clone_from(&spots);
        }
        let values = |spot: &Spot| {
            let known = self.known.iter().find(|(known, _)| known == spot).map(|(_, values)| values.clone());
            known.unwrap_or_else(|| vec![None; spot.scene.bands().len()])
        };
        Hover {
            at,
            lonlat: ground.lonlat(at),
            rasters: spots.iter().map(|spot| (spot.layer, values(spot))).collect(),
            probabilities,
            polygon: vectors.pick(map, view, at),
        }
    }

    /// The pixel of a layer's grid at a place of the map.
    fn pixel(&mut self, id: LayerId, grid: &Georeference, map: &Map, at: [f64; 2]) -> Option<[f64; 2]> {
        let (known, way) = self.ways.entry(id).or_insert_with(|| (grid.clone(), GridWay::new(grid, map)));
        if known != grid {
            *known = grid.clone();
            *way = GridWay::new(grid, map);
        }
        way.as_ref()?.pixel(at)
    }

    /// The map's CRS has changed: where rasters lie is to be found anew.
    pub(super) fn forget(&mut self) {
        self.ways.clear();
    }
}

fn answer_all(asked: &Receiver<Vec<Spot>>, answer: &Sender<Vec<(Spot, Values)>>, ready: &dyn Fn()) {
    let mut open = OpenScenes::default();
    while let Ok(mut spots) = asked.recv() {
        // Only the last place counts.
        while let Ok(later) = asked.try_recv() {
            spots = later;
        }
        let values = spots.into_iter().map(|spot| {
            let values = read(&mut open, &spot);
            (spot, values)
        });
        if answer.send(values.collect()).is_err() {
            return;
        }
        ready();
    }
}

fn read(open: &mut OpenScenes, spot: &Spot) -> Values {
    let bands: Vec<usize> = (1..=spot.scene.bands().len()).collect();
    let area = Area { x: spot.pixel[0] as f64, y: spot.pixel[1] as f64, width: 1.0, height: 1.0 };
    let samples = open.get(&spot.scene).and_then(|scene| scene.read(area, [1, 1], &bands));
    // What cannot be read is told of by the tiles.
    let Ok(samples) = samples else { return vec![None; bands.len()] };
    samples.values.iter().map(|value| Some(*value).filter(|value| !value.is_nan())).collect()
}
