//! Referent finds objects in satellite and aerial pictures by describing them.
//!
//! A raster and a phrase go in, georeferenced polygons come out. The data goes one way:
//! [`raster`] reads windows, [`text`] reads the phrase, [`model`] sees and reads both, [`query`] joins
//! them over a whole scene, [`vector`] measures and writes; [`project`] keeps labels and answers. Each room knows only those before it;
//! `tests/rooms.rs` holds the arrows.

pub mod assets;
pub mod error;
pub mod files;
pub mod job;
pub mod model;
pub mod project;
pub mod query;
pub mod raster;
pub mod text;
pub mod train;
pub mod vector;

pub mod app;
mod classes;
pub mod cli;

pub use error::{Error, Result};
