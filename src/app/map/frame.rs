//! One frame of the map as a list of draws, so that a frame like the last one is not drawn again.

use bytemuck::{Pod, Zeroable};

use super::layer::Map;
use super::pipelines::{Pipelines, UNIFORM_BYTES};
use super::view::View;

/// A corner of a tile's mesh.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Corner {
    /// Clip space.
    pub(super) place: [f32; 2],
    /// Texels of the tile's texture.
    pub(super) texel: [f32; 2],
}

/// A corner of a filled triangle.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct FillCorner {
    /// Map units around the chunk's origin.
    pub(super) place: [f32; 2],
    /// Index of its polygon.
    pub(super) polygon: u32,
}

/// A line of a ring.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct LineEnds {
    /// Map units around the chunk's origin.
    pub(super) start: [f32; 2],
    pub(super) end: [f32; 2],
    /// Index of its polygon.
    pub(super) polygon: u32,
}

/// Columns, rows, width and height in pixels of the picture.
pub(super) type Scissor = [u32; 4];

/// What one draw call draws.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// A mesh of `cells` by `cells` with a tile's texture.
    Raster { texels: wgpu::BindGroup, palette: wgpu::BindGroup, first_corner: u32, cells: u32 },
    /// The same, of probabilities.
    Probability { texels: wgpu::BindGroup, first_corner: u32, cells: u32 },
    /// Filled triangles.
    Fill { states: wgpu::BindGroup, corners: wgpu::Buffer, indices: wgpu::Buffer, count: u32 },
    /// Lines.
    Lines { states: wgpu::BindGroup, lines: wgpu::Buffer, count: u32 },
}

/// What the layers of a frame are drawn with and for.
#[derive(Clone, Copy)]
pub(super) struct Easel<'a> {
    pub(super) gpu: &'a Pipelines,
    pub(super) view: &'a View,
    pub(super) map: &'a Map,
}

/// One draw call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draw {
    pub(super) step: Step,
    /// Place of its uniforms in [`Frame::uniforms`].
    pub(super) uniforms: u32,
    pub(super) scissor: Scissor,
}

/// All of one frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Frame {
    /// Columns and rows of the picture.
    pub(super) size: [u32; 2],
    /// Behind everything: red, green, blue 0..=1.
    pub(super) background: [f32; 3],
    pub(super) corners: Vec<Corner>,
    pub(super) uniforms: Vec<u8>,
    pub(super) draws: Vec<Draw>,
}

impl Frame {
    /// An empty frame.
    pub(super) fn new(size: [u32; 2], background: [f32; 3]) -> Self {
        Self { size, background, ..Self::default() }
    }

    /// Keeps the uniforms of a draw; returns their place.
    pub(super) fn uniforms<T: Pod>(&mut self, uniforms: &T) -> u32 {
        const { assert!(size_of::<T>() <= UNIFORM_BYTES) }
        let place = self.uniforms.len();
        self.uniforms.extend_from_slice(bytemuck::bytes_of(uniforms));
        self.uniforms.resize(place + UNIFORM_BYTES, 0);
        place as u32
    }

    /// Draws `step` with the uniforms at `uniforms`, within `scissor`.
    pub(super) fn draw(&mut self, step: Step, uniforms: u32, scissor: Scissor) {
        if scissor[2] > 0 && scissor[3] > 0 {
            self.draws.push(Draw { step, uniforms, scissor });
        }
    }
}
