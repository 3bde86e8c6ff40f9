//! The map's picture: a texture that frames are drawn into and that egui shows.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui_wgpu::{RenderState, Renderer};
use egui::TextureId;
use egui::mutex::RwLock;

use super::frame::{Frame, Step};
use super::pipelines::{FORMAT, Pipelines, UNIFORM_BYTES};

/// The picture and the buffers to draw it with.
pub(super) struct Picture {
    renderer: Arc<RwLock<Renderer>>,
    view: Option<wgpu::TextureView>,
    id: Option<TextureId>,
    shown: Frame,
    corners: Growing,
    uniforms: Growing,
    uniform_group: Option<wgpu::BindGroup>,
    /// By the number of cells along a side.
    meshes: HashMap<u32, wgpu::Buffer>,
}

/// A buffer that is made anew when it has to be larger.
struct Growing {
    label: &'static str,
    usage: wgpu::BufferUsages,
    buffer: Option<wgpu::Buffer>,
}

impl Growing {
    fn new(label: &'static str, usage: wgpu::BufferUsages) -> Self {
        Self { label, usage: usage | wgpu::BufferUsages::COPY_DST, buffer: None }
    }

    /// Fills it; whether it is another buffer now.
    fn fill(&mut self, gpu: &Pipelines, contents: &[u8]) -> bool {
        let needed = (contents.len() as u64).next_power_of_two().max(4096);
        let grows = self.buffer.as_ref().is_none_or(|buffer| buffer.size() < needed);
        if grows {
            self.buffer = Some(gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(self.label),
                size: needed,
                usage: self.usage,
                mapped_at_creation: false,
            }));
        }
        if let (Some(buffer), false) = (&self.buffer, contents.is_empty()) {
            gpu.queue.write_buffer(buffer, 0, contents);
        }
        grows
    }
}

impl Picture {
    pub(super) fn new(gpu: &RenderState) -> Self {
        Self {
            renderer: Arc::clone(&gpu.renderer),
            view: None,
            id: None,
            shown: Frame::default(),
            corners: Growing::new("map corners", wgpu::BufferUsages::VERTEX),
            uniforms: Growing::new("map uniforms", wgpu::BufferUsages::UNIFORM),
            uniform_group: None,
            meshes: HashMap::new(),
        }
    }

    /// Draws a frame, unless it is what the picture shows already, and returns the picture for egui.
    pub(super) fn draw(&mut self, gpu: &Pipelines, frame: Frame) -> Option<TextureId> {
        if frame.size != self.shown.size || self.view.is_none() {
            self.resize(gpu, frame.size);
        } else if frame == self.shown {
            return self.id;
        }
        let view = self.view.clone()?;
        self.corners.fill(gpu, bytemuck::cast_slice(&frame.corners));
        if self.uniforms.fill(gpu, &frame.uniforms) || self.uniform_group.is_none() {
            self.uniform_group = self.uniforms.buffer.as_ref().map(|buffer| uniform_group(gpu, buffer));
        }
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("map") });
        self.encode(gpu, &frame, &view, &mut encoder);
        gpu.queue.submit([encoder.finish()]);
        self.shown = frame;
        self.id
    }

    fn encode(&mut self, gpu: &Pipelines, frame: &Frame, view: &wgpu::TextureView, encoder: &mut wgpu::CommandEncoder) {
        let [r, g, b] = frame.background.map(f64::from);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("map"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a: 1.0 }),
                    store: wgpu::StoreOp::Store,
                },
            })],
            depth_stencil_attachment: None,
            timestamp_writes: None,
            occlusion_query_set: None,
            multiview_mask: None,
        });
        let (Some(uniforms), Some(corners)) = (&self.uniform_group, &self.corners.buffer) else { return };
        for draw in &frame.draws {
            let [x, y, width, height] = draw.scissor;
            pass.set_scissor_rect(x, y, width, height);
            match &draw.step {
                Step::Raster { texels, palette, first_corner, cells } => {
                    pass.set_pipeline(&gpu.raster);
                    pass.set_bind_group(2, palette, &[]);
                    let indices = mesh(&mut self.meshes, gpu, *cells);
                    draw_mesh(&mut pass, texels, [corners, indices], *first_corner, *cells, uniforms, draw.uniforms);
                }
                Step::Probability { texels, first_corner, cells } => {
                    pass.set_pipeline(&gpu.probability);
                    let indices = mesh(&mut self.meshes, gpu, *cells);
                    draw_mesh(&mut pass, texels, [corners, indices], *first_corner, *cells, uniforms, draw.uniforms);
                }
                Step::Fill { states, corners, indices, count } => {
                    pass.set_pipeline(&gpu.fill);
                    pass.set_bind_group(0, uniforms, &[draw.uniforms]);
                    pass.set_bind_group(1, states, &[]);
                    pass.set_vertex_buffer(0, corners.slice(..));
                    pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
                    pass.draw_indexed(0..*count, 0, 0..1);
                }
                Step::Lines { states, lines, count } => {
                    pass.set_pipeline(&gpu.line);
                    pass.set_bind_group(0, uniforms, &[draw.uniforms]);
                    pass.set_bind_group(1, states, &[]);
                    pass.set_vertex_buffer(0, lines.slice(..));
                    pass.draw(0..4, 0..*count);
                }
            }
        }
    }

    fn resize(&mut self, gpu: &Pipelines, [width, height]: [u32; 2]) {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("map"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let nearest = wgpu::FilterMode::Nearest;
        let mut renderer = self.renderer.write();
        match self.id {
            Some(id) => renderer.update_egui_texture_from_wgpu_texture(&gpu.device, &view, nearest, id),
            None => self.id = Some(renderer.register_native_texture(&gpu.device, &view, nearest)),
        }
        self.view = Some(view);
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.renderer.write().free_texture(&id);
        }
    }
}

fn uniform_group(gpu: &Pipelines, buffer: &wgpu::Buffer) -> wgpu::BindGroup {
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("map uniforms"),
        layout: &gpu.uniform_layout,
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer,
                offset: 0,
                size: std::num::NonZeroU64::new(UNIFORM_BYTES as u64),
            }),
        }],
    })
}

fn draw_mesh(
    pass: &mut wgpu::RenderPass<'_>,
    texels: &wgpu::BindGroup,
    [corners, indices]: [&wgpu::Buffer; 2],
    first_corner: u32,
    cells: u32,
    uniforms: &wgpu::BindGroup,
    uniforms_at: u32,
) {
    pass.set_bind_group(0, uniforms, &[uniforms_at]);
    pass.set_bind_group(1, texels, &[]);
    pass.set_vertex_buffer(0, corners.slice(..));
    pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint16);
    pass.draw_indexed(0..cells * cells * 6, first_corner as i32, 0..1);
}

/// Two triangles a cell of a mesh of `cells` by `cells`.
fn mesh<'a>(meshes: &'a mut HashMap<u32, wgpu::Buffer>, gpu: &Pipelines, cells: u32) -> &'a wgpu::Buffer {
    meshes.entry(cells).or_insert_with(|| {
        let side = cells as u16 + 1;
        let indices: Vec<u16> = (0..cells as u16)
            .flat_map(|row| (0..cells as u16).map(move |column| row * side + column))
            .flat_map(|corner| [corner, corner + 1, corner + side, corner + side, corner + 1, corner + side + 1])
            .collect();
        gpu.buffer("map mesh", bytemuck::cast_slice(&indices), wgpu::BufferUsages::INDEX)
    })
}
