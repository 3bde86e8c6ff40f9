//! Polygons: trace, simplify, measure, write.
//!
//! [`outline()`] turns a [`Field`] of probabilities into polygons on the pixel lattice; [`simplify()`] makes them lighter
//! within a tolerance; a [`Ruler`] measures them on the ground; a [`Table`] carries them with their attributes to
//! [`export`]; [`read_polygons`] reads areas of interest.

mod crossings;
pub mod export;
mod features;
mod field;
mod library;
mod measure;
mod outline;
mod read;
mod reproject;
mod simplify;

pub use features::{AttributeField, FieldKind, Row, Table, Value};
pub use field::{Block, DenseField, Field};
pub use measure::{Measure, Ruler, Size};
pub use outline::{Edges, Tracing, outline};
pub use read::read_polygons;
pub use reproject::PolygonReprojection;
pub use simplify::simplify;
