// Samples of a raster as colours: limits, gamma, palette and no data, as raster::Stretch does it on the CPU.

struct Raster {
    low: vec4f,
    high: vec4f,
    inverse_gamma: f32,
    opacity: f32,
    // What 1 in the texture stands for.
    scale: f32,
    // Opacity of the grey where there is no data.
    grey: f32,
    // 1 or 3.
    bands: u32,
    // Colours of the palette, 0 for none.
    colours: u32,
    nearest: u32,
    unused: u32,
}

@group(0) @binding(0) var<uniform> raster: Raster;
@group(1) @binding(0) var texels: texture_2d<f32>;
@group(2) @binding(0) var palette: texture_2d<f32>;

// Values below are none: this band has no data where another has.
const NO_VALUE: f32 = -1.0e38;
const NO_DATA_GREY: f32 = 127.0 / 255.0;

// Three values, and whether they are data.
fn sample_at(at: vec2i) -> vec4f {
    let last = vec2i(textureDimensions(texels)) - 1;
    let stored = textureLoad(texels, clamp(at, vec2i(0), last), 0);
    if raster.bands == 1u {
        return vec4f(stored.rrr * raster.scale, stored.g);
    }
    return vec4f(stored.rgb * raster.scale, stored.a);
}

// Between the centres of four texels, over those that are data.
fn sample_between(texel: vec2f) -> vec4f {
    let origin = floor(texel - 0.5);
    let share = texel - 0.5 - origin;
    var sum = vec3f(0.0);
    var weights = vec3f(0.0);
    var coverage = 0.0;
    for (var i = 0; i < 4; i++) {
        let step = vec2i(i & 1, i >> 1);
        let along = mix(1.0 - share, share, vec2f(step));
        let texel_value = sample_at(vec2i(origin) + step);
        let weight = along.x * along.y * texel_value.a;
        let is_value = vec3f(texel_value.rgb > vec3f(NO_VALUE));
        coverage += weight;
        weights += weight * is_value;
        sum += weight * is_value * max(texel_value.rgb, vec3f(NO_VALUE));
    }
    let value = select(vec3f(-3.0e38), sum / max(weights, vec3f(1e-9)), weights > vec3f(0.0));
    return vec4f(value, coverage);
}

fn stretched(value: f32, low: f32, high: f32) -> f32 {
    if value < low {
        return 0.0;
    }
    if value > high {
        return 1.0;
    }
    if high <= low {
        return NO_DATA_GREY;
    }
    return (value - low) / (high - low);
}

@fragment
fn colour(in: Corner) -> @location(0) vec4f {
    if is_nowhere(in.texel) {
        discard;
    }
    var texel_value: vec4f;
    if raster.nearest == 1u {
        // One to one, the middle of a pixel may lie on the edge between two texels: always take the same one.
        texel_value = sample_at(vec2i(floor(in.texel + 0.01)));
    } else {
        texel_value = sample_between(in.texel);
    }
    var opaque = clamp(texel_value.a, 0.0, 1.0);
    var colour = vec3f(0.0);
    if raster.colours > 0u {
        let index = i32(round(clamp(texel_value.r, -1.0, 1.0e6)));
        if index >= 0 && index < i32(raster.colours) {
            let entry = textureLoad(palette, vec2i(index % 256, index / 256), 0);
            colour = entry.rgb;
            opaque *= select(0.0, 1.0, entry.a > 0.0);
        } else {
            opaque = 0.0;
        }
    } else {
        colour = vec3f(
            stretched(texel_value.r, raster.low.r, raster.high.r),
            stretched(texel_value.g, raster.low.g, raster.high.g),
            stretched(texel_value.b, raster.low.b, raster.high.b),
        );
    }
    if raster.inverse_gamma != 1.0 {
        colour = pow(colour, vec3f(raster.inverse_gamma));
    }
    let shown = vec4f(colour, 1.0) * opaque;
    let beneath = vec4f(vec3f(NO_DATA_GREY), 1.0) * raster.grey * (1.0 - opaque);
    return (shown + beneath) * raster.opacity;
}
