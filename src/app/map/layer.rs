//! What a map consists of: layers from bottom to top, its CRS, its swipe.

use super::camera::{Bounds, Camera};
use super::polygons::VectorLayer;
use super::probability::ProbabilityLayer;
use crate::raster::{Crs, Georeference, Reprojection, SceneHandle, Stretch};

/// Names a layer for as long as the program runs; the caller counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerId(pub u64);

/// Everything the canvas draws. Plain data, owned by the caller.
#[derive(Debug, Clone, Default)]
pub struct Map {
    /// From bottom to top.
    pub layers: Vec<Layer>,
    /// The CRS all is drawn in: the first raster's. `None`: coordinates without a known meaning.
    pub crs: Option<Crs>,
    /// Map coordinates are columns and rows of a picture without georeference; y grows down.
    pub in_pixels: bool,
    /// Two sets of layers side by side, with a divider to drag.
    pub swipe: Option<Swipe>,
}

/// One thing to draw.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Unique in its map.
    pub id: LayerId,
    /// As the user sees it.
    pub name: String,
    /// Hidden layers cost nothing.
    pub visible: bool,
    /// 0 (invisible) to 1.
    pub opacity: f32,
    /// What it shows.
    pub content: Content,
}

/// What a layer shows.
#[derive(Debug, Clone)]
pub enum Content {
    /// Pixels of a file.
    Raster(RasterLayer),
    /// How probable a pixel is part of an answer.
    Probability(ProbabilityLayer),
    /// Polygons.
    Vector(VectorLayer),
}

/// A raster and how its samples become colours. A change of limits, gamma, or palette costs no reading; a change of bands
/// reads anew and shows the old ones until then.
#[derive(Debug, Clone, PartialEq)]
pub struct RasterLayer {
    /// The file.
    pub scene: SceneHandle,
    /// Bands, and the values that become black and white, as [`Stretch::choose`] proposes.
    pub stretch: Stretch,
    /// Exponent is its inverse: above 1 brightens the middle tones. 1 shows what `stretch` says.
    pub gamma: f32,
    /// Whether pixels without data are painted grey instead of left out.
    pub nodata_shown: bool,
}

/// Layers that are seen only left, or only right, of a divider. Layers in neither list are seen on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Swipe {
    /// Where the divider stands, 0 (left edge of the canvas) to 1.
    pub position: f32,
    /// Seen left of it only.
    pub left: Vec<LayerId>,
    /// Seen right of it only.
    pub right: Vec<LayerId>,
}

impl Map {
    /// A map without layers in the system of `scene`.
    pub fn like(scene: &SceneHandle) -> Self {
        let place = scene.georeference();
        let in_pixels = place.transform.is_none();
        let crs = place.crs.clone().filter(|_| !in_pixels);
        Self { crs, in_pixels, ..Self::default() }
    }

    /// The layer with this id.
    pub fn layer(&self, id: LayerId) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.id == id)
    }

    /// What a layer covers, in map coordinates; `None` where it is empty or has no place in this map.
    pub fn bounds_of(&self, layer: &Layer) -> Option<Bounds> {
        match &layer.content {
            Content::Raster(raster) => self.bounds_of_grid(raster.scene.georeference(), raster.scene.size()),
            Content::Probability(layer) => {
                self.bounds_of_grid(layer.grid.georeference(), layer.grid.size().map(|pixels| pixels as u64))
            }
            Content::Vector(layer) => layer.polygons.bounds(),
        }
    }

    /// What all visible layers cover.
    pub fn bounds(&self) -> Option<Bounds> {
        self.layers.iter().filter(|layer| layer.visible).filter_map(|layer| self.bounds_of(layer)).reduce(Bounds::union)
    }

    /// The view on everything visible in a canvas of `size` points.
    pub fn fit(&self, size: egui::Vec2) -> Option<Camera> {
        Some(Camera::fit(self.bounds()?, size, self.in_pixels))
    }

    /// The view in which a pixel of a raster is a pixel of the screen, its middle kept; `None` where the raster has no place
    /// there.
    pub fn one_to_one(&self, camera: Camera, scene: &SceneHandle, pixels_per_point: f32) -> Option<Camera> {
        Some(camera.at_scale(self.pixel_size(scene, camera.center)? * f64::from(pixels_per_point)))
    }

    /// Map units in one pixel of a raster (the mean of both sides) at a place on the map.
    pub fn pixel_size(&self, scene: &SceneHandle, at: [f64; 2]) -> Option<f64> {
        let way = GridWay::new(scene.georeference(), self)?;
        let [x, y] = way.pixel(at)?;
        let corners = [[x, y], [x + 1.0, y], [x, y + 1.0]].map(|pixel| way.map(pixel));
        let [Some(origin), Some(right), Some(below)] = corners else { return None };
        let length = |to: [f64; 2]| (to[0] - origin[0]).hypot(to[1] - origin[1]);
        Some((length(right) * length(below)).sqrt()).filter(|size| size.is_finite() && *size > 0.0)
    }

    /// The layers that are drawn at a place `share` of the way from the left edge of the canvas to the right one, from
    /// bottom to top.
    pub(super) fn shown_at(&self, share: f64) -> impl DoubleEndedIterator<Item = &Layer> {
        let is_shown = move |layer: &&Layer| {
            let [from, to] = self.shown_range(layer.id);
            layer.visible && layer.opacity > 0.0 && (from..=to).contains(&share)
        };
        self.layers.iter().filter(is_shown)
    }

    /// Between which shares of the canvas's width the swipe lets a layer be seen.
    pub(super) fn shown_range(&self, id: LayerId) -> [f64; 2] {
        let Some(swipe) = &self.swipe else { return [0.0, 1.0] };
        let divider = f64::from(swipe.position.clamp(0.0, 1.0));
        match (swipe.left.contains(&id), swipe.right.contains(&id)) {
            (true, false) => [0.0, divider],
            (false, true) => [divider, 1.0],
            _ => [0.0, 1.0],
        }
    }

    fn bounds_of_grid(&self, georeference: &Georeference, size: [u64; 2]) -> Option<Bounds> {
        /// Points along an edge: enough for the bulge of an edge in another projection.
        const POINTS: usize = 16;
        let way = GridWay::new(georeference, self)?;
        let [width, height] = size.map(|pixels| pixels as f64);
        let shares = (0..=POINTS).map(|i| i as f64 / POINTS as f64);
        let points =
            shares.flat_map(|t| [[t * width, 0.0], [t * width, height], [0.0, t * height], [width, t * height]]);
        Bounds::around(points.filter_map(|pixel| way.map(pixel)))
    }
}

impl RasterLayer {
    /// A raster as `stretch` shows it.
    pub fn new(scene: SceneHandle, stretch: Stretch) -> Self {
        Self { scene, stretch, gamma: 1.0, nodata_shown: false }
    }
}

/// The way between the pixels of a grid and the map.
pub(super) struct GridWay {
    georeference: Georeference,
    /// From the grid's CRS to the map's and back, where they differ.
    ways: Option<[Reprojection; 2]>,
}

impl GridWay {
    /// `None` where the grid has no place in the map.
    pub(super) fn new(georeference: &Georeference, map: &Map) -> Option<Self> {
        /// Pixels are their own coordinates.
        const PIXELS: [f64; 6] = [0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        let transform = match (georeference.transform, map.in_pixels) {
            (None, true) => Some(PIXELS),
            (Some(transform), false) => Some(transform),
            (None, false) | (Some(_), true) => return None,
        };
        let georeference = Georeference::new(transform, georeference.crs.clone());
        let ways = match (&georeference.crs, &map.crs) {
            (Some(from), Some(to)) if from != to => {
                Some([Reprojection::new(from, to).ok()?, Reprojection::new(to, from).ok()?])
            }
            // A grid whose CRS nobody knows is taken to be in the map's.
            _ => None,
        };
        Some(Self { georeference, ways })
    }

    /// Whether pixels are laid out in the map along straight lines.
    pub(super) fn is_affine(&self) -> bool {
        self.ways.is_none()
    }

    /// Map coordinates of a pixel position; `None` outside the area of a CRS.
    pub(super) fn map(&self, pixel: [f64; 2]) -> Option<[f64; 2]> {
        let [x, y] = self.georeference.world_from_pixel(pixel)?;
        self.through(0, [x, y])
    }

    /// Pixel position of map coordinates.
    pub(super) fn pixel(&self, at: [f64; 2]) -> Option<[f64; 2]> {
        self.georeference.pixel_from_world(self.through(1, at)?)
    }

    fn through(&self, way: usize, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let Some(ways) = &self.ways else { return Some([x, y]) };
        let (mut xs, mut ys) = ([x], [y]);
        ways[way].transform(&mut xs, &mut ys).ok()?;
        Some([xs[0], ys[0]])
    }
}
