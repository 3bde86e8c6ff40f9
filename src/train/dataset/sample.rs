//! One picture of a data set, the objects in it and the phrases about it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::picture;
use super::shape::Shape;
use crate::error::{Error, Result};
use crate::query::Asked;
use crate::text::Phrase;
use crate::train::mask::{Mask, Size};
use crate::train::metrics::Traits;

/// What a sample is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// To learn from.
    Train,
    /// To choose by.
    Val,
    /// To report on.
    Test,
}

impl Split {
    /// Every split.
    pub const ALL: [Self; 3] = [Self::Train, Self::Val, Self::Test];

    /// The split a data set means by `name`: `train` and `val` exactly, `test` anywhere in it, as RRSIS-D's loader.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "train" => Some(Self::Train),
            "val" => Some(Self::Val),
            _ if name.contains("test") => Some(Self::Test),
            _ => None,
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
        })
    }
}

/// Where a picture lies on the ground, in the plane coordinates of its group's scene, in metres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 4]", into = "[f64; 4]")]
pub struct Extent {
    /// West, south, east, north.
    sides: [f64; 4],
}

impl Extent {
    /// From west, south, east and north. Fails unless these are numbers and in order.
    pub fn new(sides: [f64; 4]) -> Result<Self> {
        let [west, south, east, north] = sides;
        if sides.iter().all(|side| side.is_finite()) && west < east && south < north {
            return Ok(Self { sides });
        }
        let why = format!("west {west}, south {south}, east {east}, north {north} enclose no ground");
        Err(Error::new("cannot use a picture's extent", why, "give west, south, east, north in metres"))
    }

    /// Whether both cover some of the same ground.
    pub fn overlaps(&self, other: &Self) -> bool {
        let ([w, s, e, n], [ow, os, oe, on]) = (self.sides, other.sides);
        w < oe && ow < e && s < on && os < n
    }

    /// East and north of the middle.
    pub fn centre(&self) -> [f64; 2] {
        let [west, south, east, north] = self.sides;
        [(west + east) / 2.0, (south + north) / 2.0]
    }

    /// West, south, east, north.
    pub fn sides(&self) -> [f64; 4] {
        self.sides
    }
}

impl TryFrom<[f64; 4]> for Extent {
    type Error = Error;

    fn try_from(sides: [f64; 4]) -> Result<Self> {
        Self::new(sides)
    }
}

impl From<Extent> for [f64; 4] {
    fn from(extent: Extent) -> Self {
        extent.sides
    }
}

/// A labelled object.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// What it is, in plain English singular.
    pub category: Arc<str>,
    /// Where it is.
    pub shape: Shape,
}

/// What a phrase means in its picture.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// These pixels.
    Present(Shape),
    /// Nothing: the thing is not there.
    Absent,
}

/// A phrase about a picture and what it means there.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// The phrase as its author wrote it.
    pub text: String,
    /// The thing meant, where the source says it.
    pub category: Option<Arc<str>>,
    /// The kind of phrase ("position", "relation"), where the source says it.
    pub kind: Option<Arc<str>>,
    /// How many objects it means, where the source says it; 0 for what is not there.
    pub things: Option<usize>,
    /// What it means.
    pub target: Target,
}

impl Expression {
    /// The phrase as a network is asked: with its object part and its position part.
    ///
    /// # Errors
    /// If it has no words or is too long.
    pub fn asked(&self) -> Result<Asked> {
        Ok(Asked::sentence(&Phrase::parse(&self.text)?))
    }

    /// What its outcome is counted under.
    pub fn traits(&self) -> Traits<'_> {
        Traits { category: self.category.as_deref(), kind: self.kind.as_deref(), things: self.things }
    }
}

/// A picture, the objects labelled in it and the phrases about it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The data set it comes from.
    pub source: Arc<str>,
    /// The picture's name in its data set.
    pub id: String,
    /// The picture's file.
    pub image: PathBuf,
    /// The size that the source states.
    pub size: Option<Size>,
    /// What it is for, if that is decided.
    pub split: Option<Split>,
    /// What it shares ground or origin with: samples of one group belong in one split.
    pub group: Option<Arc<str>>,
    /// Where it lies, if known.
    pub extent: Option<Extent>,
    /// Metres a pixel, if known.
    pub gsd_m: Option<f64>,
    /// Whether its colours are false: near infrared shown as red.
    pub infrared: bool,
    /// The labelled objects.
    pub instances: Vec<Instance>,
    /// The phrases.
    pub expressions: Vec<Expression>,
}

impl Sample {
    /// Decodes the picture. Fails when it cannot be read or is not of the stated size.
    pub fn read_image(&self) -> Result<RgbImage> {
        let image = picture::read_rgb(&self.image)?;
        if let Some(stated) = self.size
            && image.dimensions() != (stated.width(), stated.height())
        {
            let why = format!("it has {} x {} pixels and not {stated} as stated", image.width(), image.height());
            return Err(Error::new(self.what(), why, "correct the data set's entry or the file"));
        }
        Ok(image)
    }

    /// The size that the source states, or else the one in the picture's header.
    pub fn read_size(&self) -> Result<Size> {
        self.size.map_or_else(|| picture::read_size(&self.image), Ok)
    }

    /// What `expression` means as a mask over the picture, `None` when it means nothing there.
    pub fn read_target(&self, expression: &Expression) -> Result<Option<Mask>> {
        match &expression.target {
            Target::Present(shape) => self.read_mask(shape).map(Some),
            Target::Absent => Ok(None),
        }
    }

    /// A shape as a mask over the picture. Fails when a mask file cannot be read or is of another size.
    pub fn read_mask(&self, shape: &Shape) -> Result<Mask> {
        shape.read(self.read_size()?)
    }

    fn what(&self) -> String {
        format!("cannot use {}", self.image.display())
    }
}
