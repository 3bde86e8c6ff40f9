//! The tools of the map and what they draw.

use geo::{Buffer, Coord, LineString, MultiPolygon, Polygon};

use super::camera::Bounds;
use super::layer::LayerId;

/// What the primary button does on the map. With any tool the middle button, or Space held down, pans.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Tool {
    /// Drags the map; a click picks.
    #[default]
    Pan,
    /// A click picks, a drag boxes.
    Select,
    /// A drag draws the rectangle to search in.
    Area,
    /// Clicks lay a line; its length, and the area it closes, are shown.
    Measure,
    /// A drag draws a rectangle.
    Rectangle,
    /// Clicks lay corners; a double click, Enter, the secondary button or a click on the first corner closes.
    Polygon,
    /// Clicks lay a line; a double click, Enter or the secondary button ends it.
    Line,
    /// A drag from the middle draws a circle.
    Circle,
    /// A drag draws an outline.
    Freehand,
    /// A drag paints.
    Brush {
        /// In points of the screen.
        radius: f32,
    },
    /// A drag takes away.
    Eraser {
        /// In points of the screen.
        radius: f32,
    },
    /// Moves the corners of one polygon: drag a corner, drag the middle of an edge for a new one, Delete or a double click
    /// on a corner removes it.
    Vertices(LayerId, u64),
}

/// Something drawn on the map, in map coordinates.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// By the tools for areas and rectangles.
    Rectangle(Bounds),
    /// By clicks or by freehand.
    Polygon(Polygon<f64>),
    /// By its middle and a point on its edge.
    Circle {
        /// Its middle.
        center: [f64; 2],
        /// In map units.
        radius: f64,
    },
    /// A line of at least two points, which covers nothing.
    Line(Vec<[f64; 2]>),
    /// The path of a brush or of an eraser.
    Stroke {
        /// At least one point.
        path: Vec<[f64; 2]>,
        /// In map units.
        radius: f64,
        /// By the eraser.
        erases: bool,
    },
}

/// Corners of a circle that is made a polygon.
const CIRCLE_CORNERS: u32 = 64;

impl Shape {
    /// The area it covers.
    pub fn polygons(&self) -> MultiPolygon<f64> {
        match self {
            Self::Rectangle(bounds) => {
                let corners = bounds.corners().map(|[x, y]| Coord { x, y });
                MultiPolygon::new(vec![Polygon::new(LineString::new(corners.to_vec()), Vec::new())])
            }
            Self::Polygon(polygon) => MultiPolygon::new(vec![polygon.clone()]),
            Self::Line(_) => MultiPolygon::new(Vec::new()),
            Self::Circle { center: [x, y], radius } => {
                let corner = |i: u32| {
                    let (sin, cos) = (f64::from(i) / f64::from(CIRCLE_CORNERS) * std::f64::consts::TAU).sin_cos();
                    Coord { x: x + radius * cos, y: y + radius * sin }
                };
                let ring = LineString::new((0..CIRCLE_CORNERS).map(corner).collect());
                MultiPolygon::new(vec![Polygon::new(ring, Vec::new())])
            }
            Self::Stroke { path, radius, .. } => match path.as_slice() {
                [] => MultiPolygon::new(Vec::new()),
                [only] => Self::Circle { center: *only, radius: *radius }.polygons(),
                _ => {
                    // Near the origin, where the buffer's integers have their digits.
                    let [x0, y0] = path[0];
                    let near = path.iter().map(|[x, y]| Coord { x: x - x0, y: y - y0 }).collect();
                    let mut around = LineString::new(near).buffer(*radius);
                    geo::Translate::translate_mut(&mut around, x0, y0);
                    around
                }
            },
        }
    }
}
