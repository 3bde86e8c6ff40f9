//! The GPU pipelines of the map: one for each shader, all drawing into the map's picture.

use eframe::egui_wgpu::RenderState;
use wgpu::util::DeviceExt as _;

/// Format of the map's picture: colours as egui mixes them, not linear.
pub(super) const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Bytes of one draw's uniforms; the largest alignment any GPU asks for.
pub(super) const UNIFORM_BYTES: usize = 256;
/// Bytes of a corner of a tile's mesh: place and texel.
const CORNER_BYTES: u64 = 16;
/// Bytes of a corner of a filled triangle: place and index of its polygon.
const FILL_BYTES: u64 = 12;
/// Bytes of a line: start, end and index of its polygon.
const LINE_BYTES: u64 = 20;

/// Device, queue and pipelines.
pub(super) struct Pipelines {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) raster: wgpu::RenderPipeline,
    pub(super) probability: wgpu::RenderPipeline,
    pub(super) fill: wgpu::RenderPipeline,
    pub(super) line: wgpu::RenderPipeline,
    pub(super) uniform_layout: wgpu::BindGroupLayout,
    texture_layout: wgpu::BindGroupLayout,
    state_layout: wgpu::BindGroupLayout,
    /// In place of a palette where there is none.
    pub(super) no_palette: wgpu::BindGroup,
}

impl Pipelines {
    pub(super) fn new(gpu: &RenderState) -> Self {
        let device = gpu.device.clone();
        let uniform_layout = layout(
            &device,
            "map uniforms",
            wgpu::ShaderStages::VERTEX_FRAGMENT,
            wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: true,
                min_binding_size: None,
            },
        );
        let texture = |sample_type| wgpu::BindingType::Texture {
            sample_type,
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        };
        // Texels are blended in the shader, where no data and 32-bit numbers are known; nothing need be filterable.
        let texels = texture(wgpu::TextureSampleType::Float { filterable: false });
        let texture_layout = layout(&device, "map texels", wgpu::ShaderStages::FRAGMENT, texels);
        let states = texture(wgpu::TextureSampleType::Uint);
        let state_layout = layout(&device, "polygon states", wgpu::ShaderStages::VERTEX, states);

        let tile = include_str!("../../../shaders/tile.wgsl");
        let raster = shader(&device, "raster", &[tile, include_str!("../../../shaders/raster.wgsl")]);
        let probability = shader(&device, "probability", &[tile, include_str!("../../../shaders/probability.wgsl")]);
        let polygon = shader(&device, "polygon", &[include_str!("../../../shaders/polygon.wgsl")]);

        let corner = [wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2]];
        let corner = buffer(CORNER_BYTES, wgpu::VertexStepMode::Vertex, &corner[0]);
        let filled = wgpu::vertex_attr_array![0 => Float32x2, 1 => Uint32];
        let filled = buffer(FILL_BYTES, wgpu::VertexStepMode::Vertex, &filled);
        let lines = wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Uint32];
        let lines = buffer(LINE_BYTES, wgpu::VertexStepMode::Instance, &lines);

        let of_tiles = [&uniform_layout, &texture_layout, &texture_layout];
        let of_polygons = [&uniform_layout, &state_layout];
        use wgpu::PrimitiveTopology::{TriangleList as List, TriangleStrip as Strip};
        let pipeline = |stages, module, layouts: &[&wgpu::BindGroupLayout], vertices, topology| {
            pipeline(&device, stages, module, layouts, vertices, topology)
        };
        let no_palette = texture_group(
            &device,
            &gpu.queue,
            &texture_layout,
            &NewTexture { size: [1, 1], format: wgpu::TextureFormat::Rgba8Unorm, bytes: &[0; 4] },
        );
        Self {
            raster: pipeline(["corner", "colour"], &raster, &of_tiles, corner.clone(), List),
            probability: pipeline(["corner", "colour"], &probability, &of_tiles[..2], corner, List),
            fill: pipeline(["inside", "fill"], &polygon, &of_polygons, filled, List),
            line: pipeline(["line", "stroke"], &polygon, &of_polygons, lines, Strip),
            uniform_layout,
            texture_layout,
            state_layout,
            no_palette,
            queue: gpu.queue.clone(),
            device,
        }
    }

    /// A texture of numbers, ready to be drawn from.
    pub(super) fn texture(&self, new: &NewTexture<'_>) -> wgpu::BindGroup {
        texture_group(&self.device, &self.queue, &self.texture_layout, new)
    }

    /// A texture of polygon states, one byte each, row after row.
    pub(super) fn states(&self, new: &NewTexture<'_>) -> wgpu::BindGroup {
        texture_group(&self.device, &self.queue, &self.state_layout, new)
    }

    /// A buffer with these contents.
    pub(super) fn buffer(&self, label: &str, contents: &[u8], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor { label: Some(label), contents, usage })
    }
}

/// A texture to be made.
pub(super) struct NewTexture<'a> {
    /// Columns and rows.
    pub(super) size: [u32; 2],
    pub(super) format: wgpu::TextureFormat,
    /// Row after row.
    pub(super) bytes: &'a [u8],
}

fn layout(
    device: &wgpu::Device,
    label: &str,
    visibility: wgpu::ShaderStages,
    ty: wgpu::BindingType,
) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some(label),
        entries: &[wgpu::BindGroupLayoutEntry { binding: 0, visibility, ty, count: None }],
    })
}

fn shader(device: &wgpu::Device, label: &str, parts: &[&str]) -> wgpu::ShaderModule {
    device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(parts.concat().into()),
    })
}

fn buffer(
    array_stride: u64,
    step_mode: wgpu::VertexStepMode,
    attributes: &[wgpu::VertexAttribute],
) -> wgpu::VertexBufferLayout<'_> {
    wgpu::VertexBufferLayout { array_stride, step_mode, attributes }
}

fn pipeline(
    device: &wgpu::Device,
    [vertex, fragment]: [&str; 2],
    module: &wgpu::ShaderModule,
    layouts: &[&wgpu::BindGroupLayout],
    vertices: wgpu::VertexBufferLayout<'_>,
    topology: wgpu::PrimitiveTopology,
) -> wgpu::RenderPipeline {
    let layouts: Vec<_> = layouts.iter().copied().map(Some).collect();
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(fragment),
        bind_group_layouts: &layouts,
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(fragment),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[Some(vertices)],
        },
        primitive: wgpu::PrimitiveState { topology, ..Default::default() },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format: FORMAT,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn texture_group(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    layout: &wgpu::BindGroupLayout,
    new: &NewTexture<'_>,
) -> wgpu::BindGroup {
    let [width, height] = new.size;
    let texture = device.create_texture_with_data(
        queue,
        &wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: new.format,
            usage: wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        },
        wgpu::util::TextureDataOrder::default(),
        new.bytes,
    );
    let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout,
        entries: &[wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&view) }],
    })
}
