//! The answer to a phrase as a layer: what was asked, what the network said, what is drawn from it, and what was edited by hand.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use egui::Color32;
use geo::Polygon;

use super::ask_form::FramePick;
use crate::app::map::{LayerId, Polygons, ProbabilityGrid, ProbabilityStyle};
use crate::query::{Answer, Branch, DeviceChoice, FrameChoice, Hearing, Options, Resolution};
use crate::raster::{SceneHandle, StretchOptions};

/// What is asked of what.
#[derive(Debug, Clone)]
pub struct Question {
    /// The raster's layer.
    pub layer: LayerId,
    /// The raster.
    pub scene: SceneHandle,
    /// The phrase as typed.
    pub phrase: String,
    /// The model by name or path.
    pub model: String,
    /// The file of that model, where the list of models has it.
    pub file: Option<PathBuf>,
    /// Where the network runs.
    pub device: DeviceChoice,
    /// How the frame was chosen.
    pub picked: FramePick,
    /// The frame.
    pub frame: FrameChoice,
    /// Metres on the ground a pixel of the network covers; `None` chooses.
    pub gsd_m: Option<f64>,
    /// Bands and percentiles.
    pub choice: StretchOptions,
}

/// What can be changed without asking the network again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refine {
    /// Probability from which a pixel belongs to an object.
    pub threshold: f32,
    /// Objects below this are left out, in m² (pixels² without georeference).
    pub min_area: f64,
    /// How far an outline may move, in metres (pixels without georeference); `None`: half a pixel of the network.
    pub simplify: Option<f64>,
    /// Holes below this are closed, in m² (pixels² without georeference).
    pub fill_holes: f64,
    /// Whether what was marked is shown where it is probably not there at all.
    pub even_if_absent: bool,
}

impl Default for Refine {
    fn default() -> Self {
        let Options { threshold, min_area, simplify, fill_holes, .. } = Options::default();
        Self { threshold, min_area, simplify, fill_holes, even_if_absent: false }
    }
}

impl Question {
    /// The options of the query.
    pub fn options(&self, refine: &Refine) -> Options {
        Options {
            frame: self.frame.clone(),
            resolution: self.gsd_m.map_or(Resolution::Auto, Resolution::Metres),
            bands: self.choice.bands,
            stretch: self.choice.percentiles,
            threshold: refine.threshold,
            absent_below: refine.even_if_absent.then_some(0.0),
            min_area: refine.min_area,
            simplify: refine.simplify,
            fill_holes: refine.fill_holes,
            coarse_first: false,
        }
    }
}

/// A change by hand. Kept by shape, so that it can be made again when thresholds change.
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectEdit {
    /// Whatever lies mostly inside is no object. Outline in the scene's coordinate system.
    Removed(Polygon<f64>),
    /// Whatever lies mostly inside is one object. Outline in the scene's coordinate system.
    Merged(Polygon<f64>),
}

/// What is drawn of an answer.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The answer; its objects are those that are shown.
    pub answer: Arc<Answer>,
    /// A number for each object of the answer.
    pub ids: Arc<Vec<u64>>,
    /// Their outlines in map coordinates, in the order of the answer.
    pub polygons: Arc<Polygons>,
    /// The probabilities, where they have a place in the map.
    pub grid: Option<ProbabilityGrid>,
}

/// How probabilities lie over the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlay {
    /// Not at all.
    #[default]
    Nothing,
    /// What is above the threshold.
    Fill,
    /// The edge at the threshold.
    Outline,
    /// As colours of a ramp.
    Heat,
}

impl Overlay {
    /// All of them, in the order menus show.
    pub const ALL: [Self; 4] = [Self::Nothing, Self::Fill, Self::Outline, Self::Heat];

    /// As menus say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "No probabilities",
            Self::Fill => "Fill",
            Self::Outline => "Outline",
            Self::Heat => "Heat map",
        }
    }

    /// How the map draws it.
    pub fn style(self) -> Option<ProbabilityStyle> {
        match self {
            Self::Nothing => None,
            Self::Fill => Some(ProbabilityStyle::Fill),
            Self::Outline => Some(ProbabilityStyle::Outline),
            Self::Heat => Some(ProbabilityStyle::Heat),
        }
    }
}

/// The answer to a phrase.
#[derive(Debug, Clone)]
pub struct QueryLayer {
    /// What was asked.
    pub question: Arc<Question>,
    /// What the network said.
    pub hearing: Arc<Hearing>,
    /// What is shown of it.
    pub drawn: Drawn,
    /// What the user wants of it now.
    pub refine: Refine,
    /// What `drawn` was drawn with; differs from `refine` while it is drawn anew.
    pub drawn_with: Refine,
    /// Changes by hand, in order.
    pub edits: Arc<Vec<ObjectEdit>>,
    /// Selected objects.
    pub selected: HashSet<u64>,
    /// The object under the cursor in the table.
    pub highlighted: Option<u64>,
    /// Of outlines and fill.
    pub colour: Color32,
    /// Whether outlines are drawn.
    pub outlines: bool,
    /// Whether scores are written on the map.
    pub labels: bool,
    /// How the probabilities are drawn.
    pub overlay: Overlay,
    /// The branch of the network whose attention lies over the map.
    pub attention: Option<Branch>,
    /// Where the network ran.
    pub device: String,
}

impl QueryLayer {
    /// Place of the object with this number.
    pub fn index_of(&self, id: u64) -> Option<usize> {
        // Numbers rise but for merged objects, which come last.
        self.drawn.ids.iter().position(|each| *each == id)
    }

    /// Sum of areas of the objects, with its unit.
    pub fn total_area(&self) -> (f64, &'static str) {
        self.drawn.answer.total_area()
    }
}
