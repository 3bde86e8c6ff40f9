//! The map: rasters, probabilities and polygons drawn on the GPU, and the tools to point and draw on it.
//!
//! The caller owns a [`Map`] and a [`Camera`] and gives both to [`Canvas::show`] in every frame; what the user did comes
//! back as [`MapEvent`]s. The canvas keeps only what can be made again: textures, buffers, a drawing not yet finished.

mod buckets;
mod camera;
mod canvas;
mod desk;
mod event;
mod frame;
mod furniture;
mod ground;
mod hover;
mod labels;
mod layer;
mod lru;
mod navigate;
mod picture;
mod pipelines;
mod placement;
mod polygons;
mod prepare;
mod preview;
mod probabilities;
mod probability;
mod pyramid;
mod rasters;
mod reader;
mod sketch;
mod tool;
mod triangulate;
mod vectors;
mod vertices;
mod view;

pub use camera::{Bounds, Camera};
pub use canvas::Canvas;
pub use event::{Hover, MapEvent, Measurement};
pub use layer::{Content, Layer, LayerId, Map, RasterLayer, Swipe};
pub use polygons::{MapPolygon, Polygons, VectorLayer, VectorStyle};
pub use probability::{ProbabilityGrid, ProbabilityLayer, ProbabilityStyle};
pub use tool::{Shape, Tool};
