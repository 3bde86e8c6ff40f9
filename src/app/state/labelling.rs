//! What is typed and chosen for labelling, whether a project is open or not.

use super::look::Place;
use crate::app::map::Shape;
use crate::app::work::ProjectEdit;

/// What a drawn shape becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Draws {
    /// A label.
    #[default]
    Label,
    /// An area in which something is not.
    Absence,
}

/// Smallest and largest radius of brush and eraser, in points.
const RADII: [f32; 2] = [2.0, 200.0];

/// What is typed and chosen for labelling.
#[derive(Debug, Clone)]
pub struct Labelling {
    /// What a drawn shape becomes.
    pub draws: Draws,
    /// A phrase being typed for what is selected.
    pub phrase: String,
    /// What is not to be seen in the next area: "a ship".
    pub absent: String,
    /// Radius of brush and eraser, in points.
    pub radius: f32,
    /// Whether labels and areas are drawn on the map.
    pub visible: bool,
    /// Whether their phrases are written on the map.
    pub names: bool,
    /// Words that must occur in the rows of the table.
    pub filter: String,
    /// What was drawn before a project was there; goes into the first one that is.
    pub waiting: Vec<ProjectEdit>,
    /// Strokes that came before the label they continue was there.
    pub(super) strokes: Vec<Shape>,
    /// Where the document was told that the map is.
    pub(super) told: Option<Place>,
    /// Orders given to the document that it has not answered yet.
    pub(super) orders: usize,
    /// Edits ordered so far: the number of the last one.
    pub(super) edits: u64,
}

impl Default for Labelling {
    fn default() -> Self {
        Self {
            draws: Draws::Label,
            phrase: String::new(),
            absent: String::new(),
            radius: 16.0,
            visible: true,
            names: false,
            filter: String::new(),
            waiting: Vec::new(),
            strokes: Vec::new(),
            told: None,
            orders: 0,
            edits: 0,
        }
    }
}

impl Labelling {
    /// Whether the document still has something to do.
    pub fn is_busy(&self) -> bool {
        self.orders > 0
    }

    pub(super) fn set_radius(&mut self, radius: f32) {
        if radius.is_finite() {
            self.radius = radius.clamp(RADII[0], RADII[1]);
        }
    }
}
