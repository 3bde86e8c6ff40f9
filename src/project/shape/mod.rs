//! Drawing on the map: pure functions from polygons to polygons, in the map's coordinates.
//!
//! Every shape that comes out is valid in the sense of OGC Simple Features, or there is none.

mod brush;
mod combine;
mod mend;
mod plain;
mod split;
mod vertex;

pub use brush::{circle, polygon, rectangle, stroke};
pub use combine::{clipped, erased, holes_filled, joined, simplified};
pub use mend::{is_valid, mended};
pub use split::split;
pub use vertex::{Vertex, insert_vertex, move_vertex, nearest_edge, nearest_vertex, remove_vertex};
