//! What a query may be told beside the phrase.

use std::path::PathBuf;

use super::mosaic::FLOOR;
use super::resolution::Resolution;
use crate::error::{Error, Result};

/// The part of a scene a phrase speaks about: "left", "largest" and "the only one" are meant inside it.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum FrameChoice {
    /// All of it.
    #[default]
    Scene,
    /// A rectangle of scene pixels: left, top, width, height.
    Window([f64; 4]),
    /// The polygons of a vector file, in any CRS.
    Area(PathBuf),
}

/// Everything that decides an answer beside scene, phrase and model.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The part of the scene the phrase speaks about.
    pub frame: FrameChoice,
    /// Ground resolution of the views.
    pub resolution: Resolution,
    /// Bands shown as red, green and blue, counted from 1; `None` chooses.
    pub bands: Option<[usize; 3]>,
    /// Percentiles of the values shown as black and white, 0..=100; `None` chooses.
    pub stretch: Option<[f64; 2]>,
    /// Probability from which a pixel belongs to an object, 0..1.
    pub threshold: f32,
    /// Presence below which nothing is shown, as what is asked for is probably not in the frame at all, 0..=1. `None`: as the
    /// model's card says.
    pub absent_below: Option<f32>,
    /// Objects smaller than this on the ground are left out, in m² (pixels² without georeference).
    pub min_area: f64,
    /// How far an outline may move when it is simplified, in metres (pixels without georeference).
    /// `None`: half a view pixel.
    pub simplify: Option<f64>,
    /// Whether a look from farther away comes first, and windows in which it sees nothing are passed over. Faster on empty
    /// scenes, and it loses what can only be seen from near.
    pub coarse_first: bool,
    /// Holes smaller than this on the ground are closed, in m² (pixels² without georeference).
    pub fill_holes: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            frame: FrameChoice::Scene,
            resolution: Resolution::Auto,
            bands: None,
            stretch: None,
            threshold: 0.5,
            absent_below: None,
            min_area: 0.0,
            simplify: None,
            coarse_first: false,
            fill_holes: 0.0,
        }
    }
}

impl Options {
    /// Refuses values that cannot be meant.
    ///
    /// # Errors
    /// Of kind usage, naming the value.
    pub fn check(&self) -> Result<()> {
        let what = "cannot ask the scene";
        if !(self.threshold > FLOOR && self.threshold < 1.0) {
            let why = format!("the threshold {} is not between {FLOOR} and 1", self.threshold);
            return Err(Error::usage(what, why, "0.5 is the default; lower finds more, higher finds surer"));
        }
        if !self.absent_below.is_none_or(|presence| (0.0..=1.0).contains(&presence)) {
            let why = "the presence below which nothing is shown is not between 0 and 1";
            return Err(Error::usage(what, why, "0 shows everything; without it the model's own limit counts"));
        }
        let not_negative = |number: f64| number >= 0.0 && number.is_finite();
        if !not_negative(self.min_area) || !not_negative(self.fill_holes) || !self.simplify.is_none_or(not_negative) {
            return Err(Error::usage(
                what,
                "an area or a tolerance is negative or no number",
                "give a number from 0 on",
            ));
        }
        Ok(())
    }
}
