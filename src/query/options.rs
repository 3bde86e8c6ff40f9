//! What a query may be told beside the phrase.

use std::path::PathBuf;

use super::resolution::Resolution;

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
    /// Objects smaller than this on the ground are left out, in m² (pixels² without georeference).
    pub min_area: f64,
    /// How far an outline may move when it is simplified, in metres (pixels without georeference).
    /// `None`: half a view pixel.
    pub simplify: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            frame: FrameChoice::Scene,
            resolution: Resolution::Auto,
            bands: None,
            stretch: None,
            threshold: 0.5,
            min_area: 0.0,
            simplify: None,
        }
    }
}
