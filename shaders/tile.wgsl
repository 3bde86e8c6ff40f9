// The corners of a tile's mesh, placed by the program in f64; put before the shader of what a tile shows.

struct Corner {
    @builtin(position) position: vec4f,
    // In texels of the tile's texture, from its first texel's outer corner.
    @location(0) texel: vec2f,
}

@vertex
fn corner(@location(0) place: vec2f, @location(1) texel: vec2f) -> Corner {
    return Corner(vec4f(place, 0.0, 1.0), texel);
}

// Whether a texel lies near a corner that has no place in the map's projection.
fn is_nowhere(texel: vec2f) -> bool {
    return texel.x < -1.0e5;
}
