//! What the user did on the map.

use egui::Modifiers;
use geo::Polygon;

use super::camera::{Bounds, Camera};
use super::layer::LayerId;
use super::tool::Shape;

/// One thing that happened in a frame. The canvas changes nothing of the caller's: whoever gets these does.
#[derive(Debug, Clone, PartialEq)]
pub enum MapEvent {
    /// The user moved or zoomed; draw with this view from now on.
    Camera(Camera),
    /// The cursor is somewhere else, values under it have arrived, or (`None`) it has left.
    Hovered(Option<Hover>),
    /// The primary button was clicked.
    Clicked {
        /// Map coordinates.
        at: [f64; 2],
        /// Keys held down.
        modifiers: Modifiers,
        /// The topmost polygon under the cursor.
        polygon: Option<(LayerId, u64)>,
    },
    /// The secondary button was clicked: time for a menu.
    SecondaryClicked {
        /// Map coordinates.
        at: [f64; 2],
        /// The topmost polygon under the cursor.
        polygon: Option<(LayerId, u64)>,
    },
    /// A box was dragged with the select tool.
    Boxed {
        /// Map coordinates.
        bounds: Bounds,
        /// Keys held down.
        modifiers: Modifiers,
        /// Every visible polygon that reaches into it.
        polygons: Vec<(LayerId, u64)>,
    },
    /// A shape is finished.
    Drawn(Shape),
    /// A polygon has new corners.
    Edited {
        /// Its layer.
        layer: LayerId,
        /// Its number.
        id: u64,
        /// With the new corners.
        polygon: Polygon<f64>,
    },
    /// The line of the measure tool has changed, or (`None`) was given up.
    Measured(Option<Measurement>),
    /// The divider was dragged to this share of the canvas, 0 to 1.
    SwipeMoved(f32),
    /// A layer cannot be drawn, or a part of it cannot be read. Said once for each text.
    Failed {
        /// The layer.
        layer: LayerId,
        /// What, why, and what to do.
        message: String,
    },
}

/// What is under the cursor.
#[derive(Debug, Clone, PartialEq)]
pub struct Hover {
    /// Map coordinates.
    pub at: [f64; 2],
    /// WGS 84 degrees, where the map has a place on Earth.
    pub lonlat: Option<[f64; 2]>,
    /// For each visible raster under the cursor: all its bands at this pixel, `None` where a band has no data there or
    /// the file has not answered yet.
    pub rasters: Vec<(LayerId, Vec<Option<f32>>)>,
    /// For each visible layer of probabilities: the value, 0 to 1.
    pub probabilities: Vec<(LayerId, f32)>,
    /// The topmost polygon.
    pub polygon: Option<(LayerId, u64)>,
}

/// What the measure tool measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The corners, in map coordinates.
    pub points: Vec<[f64; 2]>,
    /// Along the line: metres on the ground, or pixels where the map has no place.
    pub length: f64,
    /// Of the area that the line closes, from three corners on: square metres or square pixels.
    pub area: Option<f64>,
    /// Whether `length` and `area` are metres on the ground.
    pub in_metres: bool,
    /// The line is finished.
    pub finished: bool,
}
