// Polygons: triangles filled, and rings drawn as lines of the same width at any zoom.

struct Polygons {
    // From map units around the chunk's origin to clip space.
    scale: vec2f,
    offset: vec2f,
    // Clip units of one pixel.
    pixel: vec2f,
    // Half the width of a line in pixels, and that of a line to stand out.
    half_width: f32,
    strong_half_width: f32,
    // All multiplied by their alpha.
    fill: vec4f,
    outline: vec4f,
    selected_fill: vec4f,
    selected_outline: vec4f,
    highlighted_fill: vec4f,
    highlighted_outline: vec4f,
}

@group(0) @binding(0) var<uniform> polygons: Polygons;
// One number a polygon: 0 plain, 1 selected, 2 highlighted, 4 not drawn.
@group(1) @binding(0) var states: texture_2d<u32>;

fn state_of(index: u32) -> u32 {
    let width = textureDimensions(states).x;
    return textureLoad(states, vec2u(index % width, index / width), 0).r;
}

const NOWHERE: vec4f = vec4f(2.0, 2.0, 2.0, 1.0);

struct Inside {
    @builtin(position) position: vec4f,
    @location(0) @interpolate(flat) colour: vec4f,
}

@vertex
fn inside(@location(0) place: vec2f, @location(1) index: u32) -> Inside {
    let state = state_of(index);
    var colour = polygons.fill;
    if (state & 2u) != 0u {
        colour = polygons.highlighted_fill;
    } else if (state & 1u) != 0u {
        colour = polygons.selected_fill;
    }
    let position = vec4f(polygons.offset + place * polygons.scale, 0.0, 1.0);
    return Inside(select(position, NOWHERE, (state & 4u) != 0u), colour);
}

@fragment
fn fill(in: Inside) -> @location(0) vec4f {
    return in.colour;
}

struct Line {
    @builtin(position) position: vec4f,
    // Pixels along the line from its start, and across it.
    @location(0) place: vec2f,
    @location(1) @interpolate(flat) length: f32,
    @location(2) @interpolate(flat) half_width: f32,
    @location(3) @interpolate(flat) colour: vec4f,
}

@vertex
fn line(
    @builtin(vertex_index) vertex: u32,
    @location(0) start: vec2f,
    @location(1) end: vec2f,
    @location(2) index: u32,
) -> Line {
    let state = state_of(index);
    var colour = polygons.outline;
    var half_width = polygons.half_width;
    if (state & 3u) != 0u {
        colour = select(polygons.selected_outline, polygons.highlighted_outline, (state & 2u) != 0u);
        half_width = polygons.strong_half_width;
    }
    let origin = (polygons.offset + start * polygons.scale) / polygons.pixel;
    let to = (polygons.offset + end * polygons.scale) / polygons.pixel;
    let length = distance(origin, to);
    let along = select(vec2f(1.0, 0.0), (to - origin) / max(length, 1e-6), length > 1e-6);
    let across = vec2f(-along.y, along.x);
    // Round ends, and room for the smooth edge.
    let reach = half_width + 0.5;
    let place = vec2f(select(-reach, length + reach, (vertex & 1u) != 0u), select(-reach, reach, (vertex & 2u) != 0u));
    let pixel = origin + along * place.x + across * place.y;
    let position = vec4f(pixel * polygons.pixel, 0.0, 1.0);
    return Line(select(position, NOWHERE, (state & 4u) != 0u), place, length, half_width, colour);
}

@fragment
fn stroke(in: Line) -> @location(0) vec4f {
    let beyond = in.place.x - clamp(in.place.x, 0.0, in.length);
    let covered = clamp(in.half_width + 0.5 - length(vec2f(beyond, in.place.y)), 0.0, 1.0);
    return in.colour * covered;
}
