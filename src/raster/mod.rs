//! Rasters: open, describe, read windows, show them as RGB at a ground resolution.
//!
//! A [`Scene`] is an open raster, a [`Georeference`] says where its pixels lie on the ground, a [`Grid`] cuts it into
//! windows at a ground resolution, a [`Stretch`] turns its samples into the 8-bit RGB of a [`View`]. GDAL stays inside.

mod bands;
mod crs;
mod describe;
mod extent;
mod georeference;
mod grid;
mod ground;
mod handle;
mod identity;
mod library;
mod parts;
mod read;
mod resample;
mod samples;
mod scene;
mod source;
mod stretch;
mod survey;
mod versions;
mod view;

pub use bands::{Band, Interpretation};
pub use crs::{Crs, CrsKind, Reprojection, transform_points};
pub use describe::{BandDescription, Description, ValidFraction};
pub use extent::LonLatBounds;
pub use georeference::Georeference;
pub use grid::{Grid, LevelRect, Window};
pub use ground::Ground;
pub use handle::SceneHandle;
pub use identity::Identity;
pub use samples::{Area, Samples};
pub use scene::{Access, Scene};
pub use stretch::{Stretch, StretchOptions, StretchRule};
pub use versions::Versions;
pub use view::{NO_DATA_GREY, View};
