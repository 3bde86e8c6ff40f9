//! From a scene and a phrase to polygons.

mod answer;
mod ask;
mod blend;
mod colour;
mod decide;
mod device;
mod engine;
mod frame;
mod hearing;
mod instance;
mod lattice;
mod look;
mod mosaic;
mod options;
pub mod relate;
mod resolution;
mod scanline;
mod sweep;

pub use answer::{Answer, Decided, Found};
pub use ask::{STRIDE, WINDOW, ask, hear};
pub use device::{Adapter, DeviceChoice, adapters, choose};
pub use engine::{Asked, Engine, Question, Sight, Tile};
pub use frame::{Frame, FrameKind};
pub use hearing::Hearing;
pub use instance::{Bearing, Instance};
pub use lattice::Lattice;
pub use mosaic::Mosaic;
pub use options::{FrameChoice, Options};
pub use resolution::{Level, Resolution};
pub use sweep::{Failure, Report};
