//! Draws polygons: made ready once on another thread, then left to the GPU, in chunks of which only those in view are drawn.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use egui::{Color32, Rgba};
use geo::{CoordsIter, Polygon};

use super::camera::Bounds;
use super::frame::{Easel, Frame, Scissor, Step};
use super::layer::{Content, Layer, LayerId, Map};
use super::pipelines::{NewTexture, Pipelines};
use super::polygons::{Polygons, VectorLayer, VectorStyle};
use super::prepare::{Chunk, Prepared, Preparing};
use super::view::View;

/// So few corners are made ready at once: an edited layer follows the hand.
const FEW_CORNERS: usize = 4000;
/// Below so many pixels a polygon is drawn as a dot, or without its outline.
const DOT_BELOW: f64 = 1.5;
const NO_OUTLINE_BELOW: f64 = 5.0;
/// From so many pixels on a polygon has its outline in full width.
const FULL_OUTLINE_FROM: f64 = 16.0;
/// Opacity of the inside of a polygon that stands out.
pub(super) const HIGHLIGHT: f32 = 0.35;
/// Half the width of a dot in points.
const DOT: f32 = 0.6;
/// Reach of the cursor to small polygons, in points.
const REACH: f64 = 4.0;
/// Corners of a polygon that the picture draws itself under the cursor.
const LARGE: usize = 1000;
/// Columns of the texture of states.
const STATES_ACROSS: u32 = 2048;
/// Bits of a state.
const SELECTED: u8 = 1;
const HIGHLIGHTED: u8 = 2;
const HIDDEN: u8 = 4;

/// Uniforms of `polygon.wgsl`.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Uniforms {
    scale: [f32; 2],
    offset: [f32; 2],
    pixel: [f32; 2],
    half_width: f32,
    strong_half_width: f32,
    fill: [f32; 4],
    outline: [f32; 4],
    selected_fill: [f32; 4],
    selected_outline: [f32; 4],
    highlighted_fill: [f32; 4],
    highlighted_outline: [f32; 4],
}

/// A chunk on the GPU.
struct Buffers {
    corners: wgpu::Buffer,
    indices: wgpu::Buffer,
    indices_count: u32,
    lines: wgpu::Buffer,
    lines_count: u32,
    dots: wgpu::Buffer,
    dots_count: u32,
}

/// Which polygons stand out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Marks {
    selected: HashSet<u64>,
    highlighted: [Option<u64>; 2],
    hidden: Option<u64>,
}

/// One layer.
#[derive(Default)]
struct Drawn {
    prepared: Option<Prepared>,
    preparing: Option<Preparing>,
    buffers: Vec<Option<Buffers>>,
    states: Option<(Marks, wgpu::BindGroup)>,
}

/// Polygons of all vector layers.
#[derive(Default)]
pub(super) struct Vectors {
    layers: HashMap<LayerId, Drawn>,
    /// Under the cursor.
    pub(super) hovered: Option<(LayerId, u64)>,
    /// Being edited, and drawn by the tool instead.
    pub(super) edited: Option<(LayerId, u64)>,
}

impl Vectors {
    /// Takes what has become ready and lets go of what the map has no more. Whether all polygons are ready.
    pub(super) fn begin_frame(&mut self, map: &Map, ready: &(impl Fn() + Send + Clone + 'static)) -> bool {
        self.layers.retain(|id, _| map.layer(*id).is_some_and(|layer| matches!(layer.content, Content::Vector(_))));
        let mut all = true;
        for layer in &map.layers {
            if let Content::Vector(vector) = &layer.content {
                let drawn = self.layers.entry(layer.id).or_default();
                all &= drawn.update(&vector.polygons, ready) || !layer.visible;
            }
        }
        all
    }

    /// Adds a vector layer to the frame.
    pub(super) fn add(
        &mut self,
        frame: &mut Frame,
        easel: Easel<'_>,
        layer: &Layer,
        vector: &VectorLayer,
        scissor: Scissor,
    ) {
        let Easel { gpu, view, .. } = easel;
        let Some(drawn) = self.layers.get_mut(&layer.id) else { return };
        let here = |which: Option<(LayerId, u64)>| which.filter(|(id, _)| *id == layer.id).map(|(_, id)| id);
        let marks = Marks {
            selected: HashSet::new(),
            highlighted: [vector.highlighted, here(self.hovered).filter(|id| drawn.is_large(*id))],
            hidden: here(self.edited),
        };
        let Some(states) = drawn.states(gpu, &vector.selected, marks) else { return };
        let Some(prepared) = &mut drawn.prepared else { return };
        let bounds = view.bounds();
        let mut lines = Vec::new();
        for (index, chunk) in prepared.chunks.iter_mut().enumerate() {
            if !chunk.bounds.meets(&bounds) {
                continue;
            }
            let Some(slot) = drawn.buffers.get_mut(index) else { continue };
            let size = chunk.typical_size / view.units_per_pixel();
            let uniforms = |frame: &mut Frame, style: &VectorStyle| {
                frame.uniforms(&uniforms(view, chunk.origin, style, layer.opacity))
            };
            if size < DOT_BELOW {
                let place = uniforms(frame, &VectorStyle { width: DOT * 2.0, ..vector.style });
                let buffers = slot.get_or_insert_with(|| upload(gpu, chunk));
                let (dots, count) = (buffers.dots.clone(), buffers.dots_count);
                lines.push((Step::Lines { states: states.clone(), lines: dots, count }, place));
                continue;
            }
            let style = at_size(&vector.style, size);
            let place = uniforms(frame, &style);
            let buffers = slot.get_or_insert_with(|| upload(gpu, chunk));
            let (corners, indices, count) = (buffers.corners.clone(), buffers.indices.clone(), buffers.indices_count);
            if count > 0 {
                frame.draw(Step::Fill { states: states.clone(), corners, indices, count }, place, scissor);
            }
            if style.width > 0.0 && buffers.lines_count > 0 {
                let (ends, count) = (buffers.lines.clone(), buffers.lines_count);
                lines.push((Step::Lines { states: states.clone(), lines: ends, count }, place));
            }
        }
        for (step, place) in lines {
            frame.draw(step, place, scissor);
        }
    }

    /// The polygons of a layer, where they are ready.
    pub(super) fn prepared(&self, id: LayerId) -> Option<&Prepared> {
        self.layers.get(&id)?.prepared.as_ref()
    }

    /// The topmost polygon seen at a place of the map.
    pub(super) fn pick(&self, map: &Map, view: &View, at: [f64; 2]) -> Option<(LayerId, u64)> {
        let reach = REACH * view.camera.units_per_point;
        map.shown_at(view.share_of(at)).rev().find_map(|layer| {
            let prepared = self.prepared(layer.id)?;
            let index = prepared.pick(at, reach)?;
            Some((layer.id, prepared.polygons.all().get(index as usize)?.id))
        })
    }

    /// Every visible polygon that reaches into `bounds`, in order.
    pub(super) fn within(&self, map: &Map, bounds: &Bounds) -> Vec<(LayerId, u64)> {
        use geo::Intersects;
        let [min, max] = [bounds.min, bounds.max].map(|[x, y]| geo::Coord { x, y });
        let rectangle = geo::Rect::new(min, max).to_polygon();
        let mut found = Vec::new();
        for layer in map.layers.iter().filter(|layer| layer.visible && layer.opacity > 0.0) {
            let Some(prepared) = self.prepared(layer.id) else { continue };
            let all = prepared.polygons.all();
            let mut indices: Vec<u32> = prepared.meeting(bounds).collect();
            indices.sort_unstable();
            let inside = indices.into_iter().filter_map(|index| all.get(index as usize));
            found.extend(inside.filter(|each| each.polygon.intersects(&rectangle)).map(|each| (layer.id, each.id)));
        }
        found
    }
}

impl Vectors {
    /// The polygon under the cursor, where it is small enough to be drawn over the picture: the picture itself need not be
    /// drawn anew while the cursor moves.
    pub(super) fn hovered_over(&self, map: &Map) -> Option<(&Polygon<f64>, VectorStyle)> {
        let (layer, id) = self.hovered?;
        let drawn = self.layers.get(&layer).filter(|drawn| !drawn.is_large(id))?;
        let Content::Vector(vector) = &map.layer(layer)?.content else { return None };
        let prepared = drawn.prepared.as_ref()?;
        let polygon = prepared.polygons.all().get(prepared.index_of(id)? as usize)?;
        Some((&polygon.polygon, vector.style))
    }
}

impl Drawn {
    /// Whether a polygon has too many corners to be drawn by egui in every frame.
    fn is_large(&self, id: u64) -> bool {
        let polygon =
            self.prepared.as_ref().and_then(|prepared| prepared.polygons.all().get(prepared.index_of(id)? as usize));
        polygon.is_some_and(|polygon| polygon.polygon.coords_count() > LARGE)
    }

    /// Whether what is ready is what is asked for.
    fn update(&mut self, polygons: &Arc<Polygons>, ready: &(impl Fn() + Send + Clone + 'static)) -> bool {
        if let Some(prepared) = self.preparing.as_ref().and_then(Preparing::poll) {
            self.preparing = None;
            self.take(prepared);
        }
        if self.prepared.as_ref().is_some_and(|prepared| Arc::ptr_eq(&prepared.polygons, polygons)) {
            return true;
        }
        if polygons.corners() <= FEW_CORNERS {
            self.preparing = None;
            self.take(Prepared::of(polygons));
            return true;
        }
        if self.preparing.is_none() {
            self.preparing = Some(Preparing::start(polygons, ready.clone()));
        }
        false
    }

    fn take(&mut self, prepared: Prepared) {
        self.buffers = prepared.chunks.iter().map(|_| None).collect();
        self.states = None;
        self.prepared = Some(prepared);
    }

    /// The texture of states, made anew where it changed. `marks` comes without its selection.
    fn states(&mut self, gpu: &Pipelines, selected: &HashSet<u64>, marks: Marks) -> Option<wgpu::BindGroup> {
        let prepared = self.prepared.as_ref()?;
        if let Some((known, group)) = &self.states
            && known.selected == *selected
            && known.highlighted == marks.highlighted
            && known.hidden == marks.hidden
        {
            return Some(group.clone());
        }
        let marks = Marks { selected: selected.clone(), ..marks };
        let count = prepared.polygons.all().len() as u32;
        let rows = count.div_ceil(STATES_ACROSS).max(1);
        let mut bytes = vec![0; (rows * STATES_ACROSS) as usize];
        let mut mark = |id: u64, bit: u8| {
            if let Some(state) = prepared.index_of(id).and_then(|index| bytes.get_mut(index as usize)) {
                *state |= bit;
            }
        };
        marks.selected.iter().for_each(|id| mark(*id, SELECTED));
        marks.highlighted.iter().flatten().for_each(|id| mark(*id, HIGHLIGHTED));
        marks.hidden.iter().for_each(|id| mark(*id, HIDDEN));
        let format = wgpu::TextureFormat::R8Uint;
        let group = gpu.states(&NewTexture { size: [STATES_ACROSS, rows], format, bytes: &bytes });
        self.states = Some((marks, group.clone()));
        Some(group)
    }
}

/// Sends a chunk to the GPU; this machine's copy is let go of.
fn upload(gpu: &Pipelines, chunk: &mut Chunk) -> Buffers {
    use wgpu::BufferUsages as Usage;
    let [corners, indices, lines, dots] = [
        gpu.buffer("polygon corners", bytemuck::cast_slice(&chunk.corners), Usage::VERTEX),
        gpu.buffer("polygon triangles", bytemuck::cast_slice(&chunk.indices), Usage::INDEX),
        gpu.buffer("polygon lines", bytemuck::cast_slice(&chunk.lines), Usage::VERTEX),
        gpu.buffer("polygon dots", bytemuck::cast_slice(&chunk.dots), Usage::VERTEX),
    ];
    let buffers = Buffers {
        corners,
        indices,
        indices_count: chunk.indices.len() as u32,
        lines,
        lines_count: chunk.lines.len() as u32,
        dots,
        dots_count: chunk.dots.len() as u32,
    };
    (chunk.corners, chunk.indices) = (Vec::new(), Vec::new());
    (chunk.lines, chunk.dots) = (Vec::new(), Vec::new());
    buffers
}

/// Colour of a polygon that stands out.
pub(super) fn highlight(style: &VectorStyle) -> Color32 {
    style.outline.lerp_to_gamma(Color32::WHITE, 0.55)
}

/// The style of polygons so many pixels large: small ones have a thinner outline, smaller ones none, and their fill takes on
/// its colour, so that the ground between them stays seen and no zoom makes a jump.
fn at_size(style: &VectorStyle, pixels: f64) -> VectorStyle {
    if pixels >= NO_OUTLINE_BELOW {
        let share = (pixels / FULL_OUTLINE_FROM).min(1.0) as f32;
        return VectorStyle { width: style.width * share, ..*style };
    }
    let (fill, outline) = (Rgba::from(style.fill), Rgba::from(style.outline));
    let fill = if style.width > 0.0 { fill * 0.45 + outline * 0.55 } else { fill };
    VectorStyle { fill: Color32::from(fill), width: 0.0, ..*style }
}

fn uniforms(view: &View, origin: [f64; 2], style: &VectorStyle, opacity: f32) -> Uniforms {
    let pixels = view.pixels_per_point as f32;
    let opacity = opacity.clamp(0.0, 1.0);
    // As egui mixes: colours as they are stored, multiplied by their alpha.
    let colour = |colour: Color32| colour.to_array().map(|value| f32::from(value) / 255.0 * opacity);
    let faint = |strong: Color32, share: f32| strong.gamma_multiply(share);
    let highlight = highlight(style);
    let half_width = style.width.max(0.0) / 2.0 * pixels;
    Uniforms {
        scale: view.clip_scale(),
        offset: view.to_clip(origin),
        pixel: view.size.map(|pixels| 2.0 / pixels as f32),
        half_width,
        strong_half_width: half_width + 0.75 * pixels,
        fill: colour(style.fill),
        outline: colour(style.outline),
        selected_fill: colour(faint(style.selected, 0.3)),
        selected_outline: colour(style.selected),
        highlighted_fill: colour(faint(highlight, HIGHLIGHT)),
        highlighted_outline: colour(highlight),
    }
}
