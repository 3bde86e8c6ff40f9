// Probabilities: filled above the threshold with an edge, the edge alone, or a heat map.

struct Probability {
    // Straight, not multiplied by its alpha.
    colour: vec4f,
    threshold: f32,
    opacity: f32,
    // 0 fill, 1 outline, 2 heat.
    style: u32,
    // Half the width of the edge in pixels.
    edge: f32,
    // 0 where a pixel of the screen shows at most one of the lattice, 1 where it shows several: then the largest counts.
    reduced: f32,
    unused0: f32,
    unused1: f32,
    unused2: f32,
}

@group(0) @binding(0) var<uniform> probability: Probability;
@group(1) @binding(0) var texels: texture_2d<f32>;

const FILL: f32 = 0.38;
const HEAT: f32 = 0.8;

fn value_at(at: vec2i) -> f32 {
    let last = vec2i(textureDimensions(texels)) - 1;
    return textureLoad(texels, clamp(at, vec2i(0), last), 0).r;
}

fn value_between(texel: vec2f) -> f32 {
    let origin = floor(texel - 0.5);
    let share = texel - 0.5 - origin;
    let at = vec2i(origin);
    let corners = vec4f(
        value_at(at), value_at(at + vec2i(1, 0)), value_at(at + vec2i(0, 1)), value_at(at + vec2i(1, 1)),
    );
    let between = mix(mix(corners.x, corners.y, share.x), mix(corners.z, corners.w, share.x), share.y);
    let largest = max(max(corners.x, corners.y), max(corners.z, corners.w));
    return mix(between, largest, probability.reduced);
}

// The ramp "inferno" of matplotlib (CC0) at nine places: even in brightness, so that it reads without colour.
fn ramp(value: f32) -> vec3f {
    var stops = array<vec3f, 9>(
        vec3f(0.13, 0.05, 0.33), vec3f(0.26, 0.04, 0.41), vec3f(0.42, 0.09, 0.43), vec3f(0.58, 0.15, 0.40),
        vec3f(0.74, 0.22, 0.33), vec3f(0.87, 0.32, 0.23), vec3f(0.96, 0.47, 0.10), vec3f(0.99, 0.68, 0.10),
        vec3f(0.99, 0.93, 0.55),
    );
    let place = clamp(value, 0.0, 1.0) * 8.0;
    let index = min(u32(place), 7u);
    return mix(stops[index], stops[index + 1u], place - f32(index));
}

@fragment
fn colour(in: Corner) -> @location(0) vec4f {
    let value = value_between(in.texel);
    // Pixels from the place where the value crosses the threshold; above 0 inside.
    let slope = max(length(vec2f(dpdx(value), dpdy(value))), 1e-4);
    if is_nowhere(in.texel) {
        discard;
    }
    let inside = (value - probability.threshold) / slope;
    let covered = clamp(inside + 0.5, 0.0, 1.0);
    if probability.style == 2u {
        let opaque = covered * HEAT * probability.opacity * select(1.0, 0.0, value <= 0.0);
        return vec4f(ramp(value), 1.0) * opaque;
    }
    let edge = clamp(probability.edge + 0.5 - abs(inside), 0.0, 1.0);
    let fill = select(covered * FILL, 0.0, probability.style == 1u);
    let opaque = max(edge, fill) * probability.colour.a * probability.opacity;
    return vec4f(probability.colour.rgb, 1.0) * opaque;
}
