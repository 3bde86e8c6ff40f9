//! Draws rasters: which tiles a view needs, what stands in for those still being read, and their colours.

use std::collections::{HashMap, HashSet};

use bytemuck::{Pod, Zeroable};

use super::camera::Bounds;
use super::frame::{Corner, Easel, Frame, Scissor, Step};
use super::layer::{Layer, LayerId, Map, RasterLayer};
use super::lru::Lru;
use super::pipelines::{NewTexture, Pipelines};
use super::placement::{Placement, Placements};
use super::pyramid::{PixelRect, Pyramid, TILE, TileAt};
use super::reader::{Reader, Texels, Tile, TileKey, are_bytes, texel_bytes};
use super::view::View;
use crate::raster::{SceneHandle, Stretch};

/// Bytes of tiles kept on the GPU.
const BUDGET: usize = 512 << 20;
/// Bytes of tiles sent to the GPU in one frame.
const SENT_AT_ONCE: usize = 12 << 20;
/// Most tiles of one layer in a frame; a coarser level is drawn where there were more.
const MOST_TILES: usize = 768;
/// Most tiles of one layer that are read though they are not seen yet.
const MOST_AROUND: usize = 64;
/// From this many pixels of the screen on, a pixel of the raster is drawn as a square.
const SQUARE_FROM: f64 = 3.0;
/// What stands in for tiles while they are read is so many levels coarser: all of the screen in a few reads.
const COARSER: usize = 3;
/// Texel of a corner that has no place in the map's projection; the shaders leave out what is near it.
const NOWHERE: f32 = -1.0e9;
/// A raster without overviews over this many pixels is not read as a whole unless it is seen as a whole.
const LARGE: u64 = 64 << 20;

/// Uniforms of `raster.wgsl`.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Uniforms {
    low: [f32; 4],
    high: [f32; 4],
    inverse_gamma: f32,
    opacity: f32,
    scale: f32,
    grey: f32,
    bands: u32,
    colours: u32,
    nearest: u32,
    unused: u32,
}

/// A tile on the GPU.
struct Loaded {
    texels: wgpu::BindGroup,
    /// The first texel's column and row in its level.
    first: [f64; 2],
}

/// Tiles of all rasters, on the way and on the GPU.
pub(super) struct Rasters {
    reader: Reader,
    tiles: Lru<TileKey, Loaded>,
    failed: HashSet<TileKey>,
    /// Layers of whose damage the user knows: once is enough.
    told: HashSet<LayerId>,
    placements: Placements,
    /// What each layer shows until other bands are there in full.
    shown: HashMap<LayerId, (SceneHandle, Stretch)>,
    palettes: HashMap<SceneHandle, (Stretch, wgpu::BindGroup)>,
    /// The most wanted first, by priority.
    wanted: Vec<(u32, f64, TileKey)>,
    waiting: bool,
    /// Bytes of tiles that one layer may show: together they stay within the budget.
    share: usize,
}

/// What a frame needs of one raster.
struct Needs {
    pyramid: Pyramid,
    /// The visible tiles, and how far each is from the middle of the screen.
    tiles: Vec<(TileAt, f64)>,
    /// The tiles around those, where the user may go next.
    around: Vec<TileAt>,
    nearest: bool,
    cells: u32,
}

impl Rasters {
    /// `ready` is called from another thread when a tile was read.
    pub(super) fn new(ready: &(impl Fn() + Send + Clone + 'static)) -> Self {
        Self {
            reader: Reader::start(ready),
            tiles: Lru::new(BUDGET),
            failed: HashSet::new(),
            told: HashSet::new(),
            placements: Placements::default(),
            shown: HashMap::new(),
            palettes: HashMap::new(),
            wanted: Vec::new(),
            waiting: false,
            share: BUDGET,
        }
    }

    /// Takes the tiles that were read since the last frame to the GPU. Whether more wait for the next frame; problems are
    /// told to `failed`.
    pub(super) fn begin_frame(&mut self, gpu: &Pipelines, map: &Map, mut failed: impl FnMut(LayerId, String)) -> bool {
        self.tiles.begin_frame();
        self.wanted.clear();
        self.waiting = false;
        let rasters: Vec<(LayerId, &RasterLayer)> = map.layers.iter().filter_map(as_raster).collect();
        self.share = BUDGET / 2 / rasters.len().max(1);
        let live = |scene: &SceneHandle| rasters.iter().any(|(_, raster)| raster.scene == *scene);
        self.tiles.retain(|key| live(&key.scene));
        self.failed.retain(|key| live(&key.scene));
        self.palettes.retain(|scene, _| live(scene));
        self.placements.retain(map);
        self.shown.retain(|id, _| rasters.iter().any(|(known, _)| known == id));
        self.told.retain(|id| rasters.iter().any(|(known, _)| known == id));
        let mut tell = |told: &mut HashSet<LayerId>, scene: &SceneHandle, trouble: String| {
            for (id, _) in rasters.iter().filter(|(_, raster)| raster.scene == *scene) {
                if told.insert(*id) {
                    failed(*id, trouble.clone());
                }
            }
        };
        let mut sent = 0;
        while sent < SENT_AT_ONCE {
            let Some((key, tile)) = self.reader.take() else { return false };
            match tile {
                Ok(tile) => {
                    if let Some(damage) = &tile.damage {
                        tell(&mut self.told, &key.scene, damage.clone());
                    }
                    if live(&key.scene) {
                        let (loaded, bytes) = load(gpu, &tile);
                        sent += bytes;
                        self.tiles.insert(key, loaded, bytes);
                    }
                }
                Err(error) => {
                    tell(&mut self.told, &key.scene, error.to_string());
                    self.failed.insert(key);
                }
            }
        }
        true
    }

    /// Adds a raster layer to the frame. `Err` where it has no place in the map.
    pub(super) fn add(
        &mut self,
        frame: &mut Frame,
        easel: Easel<'_>,
        layer: &Layer,
        raster: &RasterLayer,
        scissor: Scissor,
    ) -> Result<(), String> {
        let (scene, bands) = (&raster.scene, raster.stretch.bands);
        let Some(place) = self.placements.at(layer.id, scene.georeference(), scene.size(), easel.map) else {
            return Err(format!(
                "cannot place {} on the map: it has no coordinates that the map's system knows. open it alone, or give it a georeference",
                scene.source()
            ));
        };
        let Some(needs) = needs(place, scene, bands, easel.view, self.share) else { return Ok(()) };
        let is_complete = self.want(&needs, scene, bands);
        let looks = self.looks(easel.gpu, layer.id, raster, is_complete);
        let uniforms: Vec<u32> =
            looks.iter().map(|(look, _)| frame.uniforms(&uniforms(layer, raster, look, needs.nearest))).collect();
        let Some(place) = self.placements.at(layer.id, scene.georeference(), scene.size(), easel.map) else {
            return Ok(());
        };
        for (tile, _) in &needs.tiles {
            // The first look that has anything for this place.
            for ((look, palette), uniforms) in looks.iter().zip(&uniforms) {
                let key = |tile: TileAt| TileKey { scene: scene.clone(), bands: look.bands, tile };
                let pieces = needs.pyramid.pieces(*tile, &|tile| self.tiles.has(&key(tile)));
                for piece in &pieces {
                    let Some(loaded) = self.tiles.get(&key(piece.tile)) else { continue };
                    let step = needs.pyramid.step(piece.tile.level);
                    let texel =
                        |pixel: [f64; 2]| [0, 1].map(|axis| (pixel[axis] / step[axis] - loaded.first[axis]) as f32);
                    let first_corner = add_mesh(frame, place, easel.view, piece.area, needs.cells, &texel);
                    let (texels, palette) = (loaded.texels.clone(), palette.clone());
                    frame.draw(Step::Raster { texels, palette, first_corner, cells: needs.cells }, *uniforms, scissor);
                }
                if !pieces.is_empty() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Tells the readers what this frame lacked; whether all was there.
    pub(super) fn end_frame(&mut self) -> bool {
        self.wanted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        self.reader.want(std::mem::take(&mut self.wanted).into_iter().map(|(_, _, key)| key).collect());
        !self.waiting
    }

    /// Wants the tiles that are not there: coarse ones first where nothing stands in for the fine ones, and the coarsest
    /// as a stand-in for ever. Whether all are there, or never will be.
    fn want(&mut self, needs: &Needs, scene: &SceneHandle, bands: [usize; 3]) -> bool {
        let key = |tile: TileAt| TileKey { scene: scene.clone(), bands, tile };
        let has_overviews = scene.overviews() > 0;
        let mut is_complete = true;
        let mut coarse = HashSet::new();
        for (tile, distance) in &needs.tiles {
            let fine = key(*tile);
            if self.tiles.has(&fine) || self.failed.contains(&fine) {
                continue;
            }
            is_complete = false;
            self.wanted.push((1, *distance, fine));
            // Without overviews a coarse tile costs as much as all the fine ones under it.
            if has_overviews && needs.pyramid.pieces(*tile, &|tile| self.tiles.has(&key(tile))).is_empty() {
                let above = needs.pyramid.coarser(*tile).take(COARSER).last().map(key);
                if let Some(above) = above.filter(|above| !self.failed.contains(above))
                    && coarse.insert(above.clone())
                {
                    self.wanted.push((0, *distance, above));
                }
            }
        }
        self.waiting |= !is_complete;
        let top = key(needs.pyramid.top_tile());
        let [width, height] = scene.size();
        let is_cheap = has_overviews || width.saturating_mul(height) <= LARGE;
        if is_cheap && self.tiles.get(&top).is_none() && !self.failed.contains(&top) {
            self.wanted.push((2, 0.0, top));
        }
        if is_complete {
            let keys = needs.around.iter().map(|tile| key(*tile));
            let missing = keys.filter(|key| !self.tiles.has(key) && !self.failed.contains(key));
            self.wanted.extend(missing.map(|key| (3, 0.0, key)));
        }
        is_complete
    }

    /// How a layer is shown, the preferred way first. Other bands are shown once they are there in full; until then the old
    /// ones, as far as they go.
    fn looks(
        &mut self,
        gpu: &Pipelines,
        id: LayerId,
        raster: &RasterLayer,
        is_complete: bool,
    ) -> Vec<(Stretch, wgpu::BindGroup)> {
        let (scene, now) = (&raster.scene, &raster.stretch);
        let old = self.shown.get(&id).filter(|(of, old)| of == scene && old.bands != now.bands && !is_complete);
        let Some(old) = old.map(|(_, old)| old.clone()) else {
            self.shown.insert(id, (scene.clone(), now.clone()));
            return vec![(now.clone(), self.palette(gpu, scene, now))];
        };
        let palettes = [&old, now].map(|look| self.palette(gpu, scene, look));
        [old, now.clone()].into_iter().zip(palettes).collect()
    }

    fn palette(&mut self, gpu: &Pipelines, scene: &SceneHandle, look: &Stretch) -> wgpu::BindGroup {
        let Some(colours) = &look.palette else { return gpu.no_palette.clone() };
        if let Some((known, group)) = self.palettes.get(scene)
            && known.palette == look.palette
        {
            return group.clone();
        }
        let rows = colours.len().div_ceil(256).max(1);
        let mut bytes: Vec<u8> = colours.iter().flatten().copied().collect();
        bytes.resize(rows * 256 * 4, 0);
        let format = wgpu::TextureFormat::Rgba8Unorm;
        let group = gpu.texture(&NewTexture { size: [256, rows as u32], format, bytes: &bytes });
        self.palettes.insert(scene.clone(), (look.clone(), group.clone()));
        group
    }
}

fn as_raster(layer: &Layer) -> Option<(LayerId, &RasterLayer)> {
    match &layer.content {
        super::layer::Content::Raster(raster) => Some((layer.id, raster)),
        _ => None,
    }
}

/// `share`: bytes of tiles that may be shown at once.
fn needs(place: &mut Placement, scene: &SceneHandle, bands: [usize; 3], view: &View, share: usize) -> Option<Needs> {
    let pyramid = Pyramid::new(scene.size());
    let seen = place.seen(view)?;
    let pixel = place.pixel_size(seen)? / view.units_per_pixel();
    let tile_bytes = TILE as usize * TILE as usize * texel_bytes(scene, bands);
    let most = MOST_TILES.min(share / tile_bytes).max(1);
    let mut level = pyramid.level_for(1.0 / pixel);
    let mut tiles: Vec<(TileAt, f64)>;
    let mut cells;
    loop {
        let step = pyramid.step(level);
        cells = place.cells(f64::from(TILE) * step[0], step[0]);
        let [columns, rows] = pyramid.touched(level, seen);
        let touched = rows.len() * columns.len();
        let is_coarsest = level >= pyramid.top();
        // A turned raster may touch many that are not seen; each is looked at.
        if touched <= most * 8 || is_coarsest {
            let all = rows.flat_map(|y| columns.clone().map(move |x| TileAt { level, x, y }));
            tiles =
                all.filter_map(|tile| Some((tile, distance(&place.mesh(pyramid.area(tile), cells), view)?))).collect();
            if tiles.len() <= most || is_coarsest {
                break;
            }
        }
        level += 1;
    }
    let margin = [0, 1].map(|axis| pyramid.step(level)[axis] * f64::from(TILE) / 2.0);
    let wider = PixelRect {
        min: [0, 1].map(|axis| seen.min[axis] - margin[axis]),
        max: [0, 1].map(|axis| seen.max[axis] + margin[axis]),
    };
    let [columns, rows] = pyramid.touched(level, wider);
    let visible: HashSet<TileAt> = tiles.iter().map(|(tile, _)| *tile).collect();
    let around = rows.flat_map(|y| columns.clone().map(move |x| TileAt { level, x, y }));
    let around = around.filter(|tile| !visible.contains(tile)).take(MOST_AROUND).collect();
    // One to one, pixels of the screen are those of the file, untouched.
    let is_one_to_one = (pixel - 1.0).abs() < 1e-4 && place.is_upright();
    Some(Needs { pyramid, tiles, around, nearest: pixel > SQUARE_FROM || is_one_to_one, cells })
}

/// How far the middle of a mesh is from the middle of the screen, in clip units; `None` where it is not on the screen.
fn distance(mesh: &[Option<[f64; 2]>], view: &View) -> Option<f64> {
    let corners = mesh.iter().flatten().map(|at| view.to_clip(*at).map(f64::from));
    let bounds = Bounds::around(corners)?;
    let screen = Bounds { min: [-1.0; 2], max: [1.0; 2] };
    let [x, y] = bounds.center();
    bounds.meets(&screen).then(|| x.hypot(y))
}

/// Adds the corners of a mesh; returns the first one's index. What lies beyond the end of a projection is
/// left out.
pub(super) fn add_mesh(
    frame: &mut Frame,
    place: &mut Placement,
    view: &View,
    area: PixelRect,
    cells: u32,
    texel: &dyn Fn([f64; 2]) -> [f32; 2],
) -> u32 {
    let first = frame.corners.len() as u32;
    let mesh = place.mesh(area, cells);
    let side = f64::from(cells);
    for (index, at) in mesh.iter().enumerate() {
        let index = index as u32;
        let share = [f64::from(index % (cells + 1)) / side, f64::from(index / (cells + 1)) / side];
        let pixel = [0, 1].map(|axis| area.min[axis] + share[axis] * (area.max[axis] - area.min[axis]));
        frame.corners.push(match at {
            Some(at) => Corner { place: view.to_clip(*at), texel: texel(pixel) },
            None => Corner { place: [2.0; 2], texel: [NOWHERE; 2] },
        });
    }
    if cells == 1 && place.is_upright() {
        widen(&mut frame.corners[first as usize..], view, place.is_whole(area));
    }
    first
}

/// Makes a raster that is thinner than a pixel of the screen, and so might lie between two, a pixel wide. `is_whole`: whether
/// the corners are those of the whole raster, along each axis.
fn widen(corners: &mut [Corner], view: &View, is_whole: [bool; 2]) {
    for axis in (0..2).filter(|axis| is_whole[*axis]) {
        let pixel = 2.0 / view.size[axis] as f32;
        let low = corners.iter().map(|corner| corner.place[axis]).fold(f32::INFINITY, f32::min);
        let high = corners.iter().map(|corner| corner.place[axis]).fold(f32::NEG_INFINITY, f32::max);
        if high - low < pixel {
            let middle = (low + high) / 2.0;
            for corner in corners.iter_mut() {
                let side =
                    if corner.place[axis] < middle || high == low && corner.texel[axis] == 0.0 { -0.5 } else { 0.5 };
                corner.place[axis] = middle + side * pixel;
            }
        }
    }
}

fn uniforms(layer: &Layer, raster: &RasterLayer, look: &Stretch, nearest: bool) -> Uniforms {
    let grey = look.bands[0] == look.bands[1] && look.bands[1] == look.bands[2];
    let four = |[a, b, c]: [f32; 3]| [a, b, c, 0.0];
    let colours = look.palette.as_ref().map_or(0, |colours| colours.len() as u32);
    Uniforms {
        low: four(look.low),
        high: four(look.high),
        inverse_gamma: 1.0 / raster.gamma.clamp(0.01, 100.0),
        opacity: layer.opacity.clamp(0.0, 1.0),
        scale: if are_bytes(&raster.scene, look.bands) { 255.0 } else { 1.0 },
        grey: if raster.nodata_shown { 1.0 } else { 0.0 },
        bands: if grey { 1 } else { 3 },
        colours,
        nearest: u32::from(nearest || colours > 0),
        unused: 0,
    }
}

fn load(gpu: &Pipelines, tile: &Tile) -> (Loaded, usize) {
    let texels = tile.size[0] as usize * tile.size[1] as usize;
    let (bytes, one): (&[u8], usize) = match &tile.texels {
        Texels::Bytes(bytes) => (bytes, 1),
        Texels::Floats(floats) => (bytemuck::cast_slice(floats), size_of::<f32>()),
    };
    let format = match bytes.len() / texels.max(1) / one {
        2 if one == 1 => wgpu::TextureFormat::Rg8Unorm,
        2 => wgpu::TextureFormat::Rg32Float,
        _ if one == 1 => wgpu::TextureFormat::Rgba8Unorm,
        _ => wgpu::TextureFormat::Rgba32Float,
    };
    let group = gpu.texture(&NewTexture { size: tile.size, format, bytes });
    (Loaded { texels: group, first: tile.first.map(|texel| texel as f64) }, bytes.len())
}
