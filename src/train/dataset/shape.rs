//! Where an object is: polygons, run lengths or a mask file, as the source gives it.

use std::path::PathBuf;

use super::picture;
use crate::error::{Error, Result};
use crate::train::mask::polygon::{self, Ring};
use crate::train::mask::{Mask, Size};
use crate::train::rle::Rle;

/// How the parts of an object make one mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joining {
    /// A pixel counts if it is in any part: COCO.
    Any,
    /// A pixel counts if it is in exactly one part, and an overlap is background: RRSIS-D.
    ExactlyOne,
}

/// The pixels of an object, not yet drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Outlines.
    Polygons(Vec<Ring>, Joining),
    /// Run-length masks.
    Runs(Vec<Rle>, Joining),
    /// A picture file whose values above `threshold` are inside.
    File {
        /// The file.
        path: PathBuf,
        /// The largest value that is still outside.
        threshold: u16,
    },
}

impl Shape {
    /// The size of picture that this shape was made for: of a file the one in its header, `None` for outlines.
    pub fn read_size(&self) -> Result<Option<Size>> {
        match self {
            Self::Polygons(..) => Ok(None),
            Self::Runs(parts, _) => Ok(parts.first().map(Rle::size)),
            Self::File { path, .. } => picture::read_size(path).map(Some),
        }
    }

    /// Draws the shape over a picture of `size`. Fails when it was made for another size or cannot be read.
    pub fn read(&self, size: Size) -> Result<Mask> {
        let (parts, joining) = match self {
            Self::File { path, threshold } => {
                let mask = picture::read_mask(path, *threshold)?;
                if mask.size() != size {
                    let what = format!("cannot use the mask {}", path.display());
                    return Err(wrong_size(what, mask.size(), size));
                }
                return Ok(mask);
            }
            Self::Runs(parts, joining) => {
                if let Some(part) = parts.iter().find(|part| part.size() != size) {
                    return Err(wrong_size("cannot use a run-length mask".into(), part.size(), size));
                }
                (parts.iter().map(Rle::to_mask).collect::<Vec<_>>(), joining)
            }
            Self::Polygons(rings, joining) => {
                let parts = rings.iter().map(|ring| Ok(polygon::rasterise(ring, size)?.to_mask()));
                (parts.collect::<Result<Vec<_>>>()?, joining)
            }
        };
        match joining {
            Joining::Any => parts.iter().try_fold(Mask::empty(size), |any, part| any.union(part)),
            Joining::ExactlyOne => Mask::in_exactly_one(size, &parts),
        }
    }
}

fn wrong_size(what: String, has: Size, size: Size) -> Error {
    Error::new(what, format!("it has {has} pixels and its picture {size}"), "make the mask again from this picture")
}
