//! Draws probabilities: the tiles that a view needs, with their neighbours' edges so that no seam shows.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

use super::frame::{Easel, Frame, Scissor, Step};
use super::layer::{Layer, LayerId, Map};
use super::lru::Lru;
use super::pipelines::{NewTexture, Pipelines};
use super::placement::Placements;
use super::probability::{ProbabilityGrid, ProbabilityLayer, ProbabilityStyle, TILE};
use super::pyramid::PixelRect;
use super::rasters::add_mesh;
use super::view::View;

/// Bytes of tiles kept on the GPU.
const BUDGET: usize = 96 << 20;
/// Half the width of the edge, in points.
const EDGE: f64 = 0.75;
/// A finer level is drawn until a texel is this much wider than a pixel of the screen (as a power of two).
const SHARPNESS: f64 = 0.2;
/// Texels along a side of a texture: the tile and one of each neighbour.
const SIDE: u32 = TILE + 2;

/// Uniforms of `probability.wgsl`.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Uniforms {
    colour: [f32; 4],
    threshold: f32,
    opacity: f32,
    style: u32,
    edge: f32,
    reduced: f32,
    unused: [f32; 3],
}

/// A tile and its eight neighbours, row after row; `None` where nothing was found.
type Around = [Option<Arc<[u8]>>; 9];

struct Loaded {
    texels: wgpu::BindGroup,
    made_of: Around,
}

/// Layer, level, column and row.
type Key = (LayerId, u32, [u32; 2]);

/// Tiles of all layers of probabilities on the GPU.
pub(super) struct Probabilities {
    tiles: Lru<Key, Loaded>,
    placements: Placements,
}

impl Probabilities {
    pub(super) fn new() -> Self {
        Self { tiles: Lru::new(BUDGET), placements: Placements::default() }
    }

    /// Lets go of what the map has no more.
    pub(super) fn begin_frame(&mut self, map: &Map) {
        self.tiles.begin_frame();
        self.tiles.retain(|(id, _, _)| map.layer(*id).is_some());
        self.placements.retain(map);
    }

    /// Adds a layer of probabilities to the frame. `Err` where it has no place in the map.
    pub(super) fn add(
        &mut self,
        frame: &mut Frame,
        easel: Easel<'_>,
        layer: &Layer,
        probability: &ProbabilityLayer,
        scissor: Scissor,
    ) -> Result<(), String> {
        let (grid, view) = (&probability.grid, easel.view);
        let Some(place) = self.placements.at(layer.id, grid.georeference(), grid.size().map(u64::from), easel.map)
        else {
            let why = "it has no coordinates that the map's system knows";
            return Err(format!("cannot place {} on the map: {why}", layer.name));
        };
        let Some(seen) = place.seen(view) else { return Ok(()) };
        let Some(pixel) = place.pixel_size(seen) else { return Ok(()) };
        let pixels = view.units_per_pixel() / pixel;
        let level = (pixels.log2() + SHARPNESS).floor().clamp(0.0, f64::from(grid.levels() - 1)) as u32;
        let texel = f64::from(1u32 << level);
        let side = texel * f64::from(TILE);
        let cells = place.cells(side, texel);
        let uniforms = frame.uniforms(&uniforms(layer, probability, view, pixels));
        let range = |axis: usize| {
            let last = f64::from(grid.size()[axis]) / side;
            let index = |pixels: f64| (pixels / side).clamp(0.0, last);
            index(seen.min[axis]).floor() as u32..index(seen.max[axis]).ceil() as u32
        };
        for at in range(1).flat_map(|y| range(0).map(move |x| [x, y])) {
            let around = around(grid, level, at);
            if around.iter().all(Option::is_none) {
                continue;
            }
            let texels = texels(&mut self.tiles, easel.gpu, (layer.id, level, at), around);
            let from = at.map(|index| f64::from(index) * side);
            let to = [0, 1].map(|axis| (from[axis] + side).min(f64::from(grid.size()[axis])));
            let texel_of = |pixel: [f64; 2]| [0, 1].map(|axis| ((pixel[axis] - from[axis]) / texel + 1.0) as f32);
            let first_corner = add_mesh(frame, place, view, PixelRect { min: from, max: to }, cells, &texel_of);
            frame.draw(Step::Probability { texels, first_corner, cells }, uniforms, scissor);
        }
        Ok(())
    }
}

/// The texture of a tile, made anew where the tile or one of its neighbours is another one now.
fn texels(tiles: &mut Lru<Key, Loaded>, gpu: &Pipelines, key: Key, around: Around) -> wgpu::BindGroup {
    let same = |a: &Option<Arc<[u8]>>, b: &Option<Arc<[u8]>>| match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    };
    if let Some(loaded) = tiles.get(&key)
        && loaded.made_of.iter().zip(&around).all(|(a, b)| same(a, b))
    {
        return loaded.texels.clone();
    }
    let bytes = with_edges(&around);
    let format = wgpu::TextureFormat::R8Unorm;
    let texels = gpu.texture(&NewTexture { size: [SIDE, SIDE], format, bytes: &bytes });
    tiles.insert(key, Loaded { texels: texels.clone(), made_of: around }, bytes.len());
    texels
}

fn around(grid: &ProbabilityGrid, level: u32, [x, y]: [u32; 2]) -> Around {
    std::array::from_fn(|index| {
        let index = index as u32;
        let at = [(x + index % 3).checked_sub(1)?, (y + index / 3).checked_sub(1)?];
        grid.tile(level, at).cloned()
    })
}

/// The middle tile and one texel of each neighbour.
fn with_edges(around: &Around) -> Vec<u8> {
    let mut bytes = Vec::with_capacity((SIDE * SIDE) as usize);
    // Which of three neighbours, and which of its texels.
    let place = |at: u32| match at {
        0 => (0, TILE - 1),
        at if at <= TILE => (1, at - 1),
        _ => (2, 0),
    };
    for row in 0..SIDE {
        let (row_tile, tile_row) = place(row);
        for column in 0..SIDE {
            let (column_tile, tile_column) = place(column);
            let tile = around.get(row_tile * 3 + column_tile).and_then(Option::as_ref);
            bytes.push(tile.map_or(0, |tile| tile[(tile_row * TILE + tile_column) as usize]));
        }
    }
    bytes
}

/// `pixels`: how many of the lattice one of the screen is wide.
fn uniforms(layer: &Layer, probability: &ProbabilityLayer, view: &View, pixels: f64) -> Uniforms {
    let [r, g, b, a] = probability.colour.to_srgba_unmultiplied().map(|value| f32::from(value) / 255.0);
    Uniforms {
        colour: [r, g, b, a],
        // At 0 even what was never looked at would belong to the answer.
        threshold: probability.threshold.clamp(0.5 / 255.0, 1.0),
        opacity: layer.opacity.clamp(0.0, 1.0),
        style: match probability.style {
            ProbabilityStyle::Fill => 0,
            ProbabilityStyle::Outline => 1,
            ProbabilityStyle::Heat => 2,
        },
        reduced: (pixels - 1.0).clamp(0.0, 1.0) as f32,
        unused: [0.0; 3],
        edge: (EDGE * view.pixels_per_point) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_carries_the_edges_of_its_neighbours() {
        let tile = |value: u8| Some(Arc::from(vec![value; (TILE * TILE) as usize]));
        let mut around: Around = std::array::from_fn(|index| tile(index as u8 + 1));
        around[8] = None;
        let bytes = with_edges(&around);
        let at = |column: u32, row: u32| bytes[(row * SIDE + column) as usize];
        let last = SIDE - 1;
        assert_eq!([at(0, 0), at(5, 0), at(last, 0)], [1, 2, 3]);
        assert_eq!([at(0, 5), at(1, 1), at(TILE, TILE), at(last, 5)], [4, 5, 5, 6]);
        assert_eq!([at(0, last), at(5, last), at(last, last)], [7, 8, 0]);
    }
}
