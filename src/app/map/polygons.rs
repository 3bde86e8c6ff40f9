//! Polygons as a map layer.

use std::collections::HashSet;
use std::sync::Arc;

use egui::Color32;
use geo::{CoordsIter, Polygon};

use super::camera::Bounds;

/// A polygon, its number and its label.
#[derive(Debug, Clone, PartialEq)]
pub struct MapPolygon {
    /// Unique in its layer.
    pub id: u64,
    /// In map coordinates; holes are not filled.
    pub polygon: Polygon<f64>,
    /// Shown inside it where labels are on; may be empty.
    pub label: String,
}

/// The polygons of a layer. They never change: other polygons are another `Polygons`, and until those are ready to be drawn the
/// old ones are seen.
#[derive(Debug, Default)]
pub struct Polygons {
    polygons: Vec<MapPolygon>,
    bounds: Option<Bounds>,
    corners: usize,
}

impl Polygons {
    /// Takes the polygons. Under the cursor the smallest comes first.
    pub fn new(polygons: Vec<MapPolygon>) -> Self {
        let corners = polygons.iter().flat_map(|each| each.polygon.exterior().coords().map(|c| [c.x, c.y]));
        let bounds = Bounds::around(corners);
        let corners = polygons.iter().map(|each| each.polygon.coords_count()).sum();
        Self { polygons, bounds, corners }
    }

    /// Corners of all of them together.
    pub(super) fn corners(&self) -> usize {
        self.corners
    }

    /// All of them, in order.
    pub fn all(&self) -> &[MapPolygon] {
        &self.polygons
    }

    /// What they cover together.
    pub fn bounds(&self) -> Option<Bounds> {
        self.bounds
    }
}

/// Colours and widths of a vector layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VectorStyle {
    /// Inside; transparent for none.
    pub fill: Color32,
    /// Along the rings.
    pub outline: Color32,
    /// Width of the outline in points, at any zoom; 0 for none.
    pub width: f32,
    /// Fill and outline of selected polygons.
    pub selected: Color32,
}

impl VectorStyle {
    /// A colour as outline, and nothing inside.
    pub fn line(colour: Color32) -> Self {
        Self { fill: Color32::TRANSPARENT, ..Self::of(colour) }
    }

    /// A colour as outline, and faintly as fill.
    pub fn of(colour: Color32) -> Self {
        let [r, g, b, _] = colour.to_array();
        Self {
            fill: Color32::from_rgba_unmultiplied(r, g, b, 56),
            outline: colour,
            width: 1.5,
            selected: Color32::from_rgb(255, 221, 64),
        }
    }
}

/// A layer of polygons.
#[derive(Debug, Clone)]
pub struct VectorLayer {
    /// What is drawn.
    pub polygons: Arc<Polygons>,
    /// How it is drawn.
    pub style: VectorStyle,
    /// Whether labels are shown where there is room.
    pub labels: bool,
    /// Ids of selected polygons.
    pub selected: HashSet<u64>,
    /// One more polygon to stand out, such as the table's row under the cursor.
    pub highlighted: Option<u64>,
}

impl VectorLayer {
    /// Polygons in a colour, without labels.
    pub fn new(polygons: Arc<Polygons>, style: VectorStyle) -> Self {
        Self { polygons, style, labels: false, selected: HashSet::new(), highlighted: None }
    }
}
