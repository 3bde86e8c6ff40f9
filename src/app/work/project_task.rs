//! What the thread that keeps the document is asked to do, and what it tells.

use std::path::PathBuf;

use geo::{Coord, MultiPolygon, Polygon, Rect};

use crate::app::state::{Kept, Place, Trouble};
use crate::project::{Changed, Edit, LabelId, ModelRecord, NewAnswer, NewQuery, Of, SceneRecord};
use crate::raster::Crs;

/// Something for the document's thread. Orders are done one after the other; each is answered by one [`ProjectNews`].
#[derive(Debug, Clone)]
pub enum ProjectTask {
    /// Makes a new document and opens it instead of the one that is open.
    Create {
        /// The file; nothing may be there.
        path: PathBuf,
        /// The system of its shapes.
        crs: Option<Crs>,
        /// The map's place.
        place: Place,
    },
    /// Opens the first of these that exists, or makes the first that can be made.
    Find {
        /// Files, first choice first.
        paths: Vec<PathBuf>,
        /// The system of the shapes of a new one.
        crs: Option<Crs>,
        /// The map's place.
        place: Place,
    },
    /// Opens a document instead of the one that is open.
    Open {
        /// The file.
        path: PathBuf,
        /// The map's place.
        place: Place,
        /// Nobody asked for it: where it fails that is only noted.
        unasked: bool,
    },
    /// The map is in another place now.
    Place(Place),
    /// Makes an edit.
    Edit {
        /// Counts edits of this window, from 1.
        number: u64,
        /// What is done.
        edit: ProjectEdit,
        /// The raster it was drawn on.
        scene: Option<SceneRecord>,
    },
    /// Takes back the edit with this number, which must be the last; 0: one made before the document was opened.
    Undo(u64),
    /// Makes the edit with this number again.
    Redo(u64),
    /// Writes a copy.
    SaveCopy(PathBuf),
    /// Notes a model that was trained.
    NoteModel(ModelRecord),
    /// Says what labels could be called.
    Suggest {
        /// The labels.
        labels: Vec<LabelId>,
        /// What the map shows, in map coordinates.
        frame: Rect<f64>,
    },
    /// Closes the document.
    Close,
}

/// What is done to a document. Shapes are in map coordinates.
#[derive(Debug, Clone, PartialEq)]
pub enum ProjectEdit {
    /// An edit of the document.
    Edit(Edit),
    /// A brush adds to the first of these labels, an eraser takes from all of them; what is left of none goes.
    Paint {
        /// The labels.
        labels: Vec<LabelId>,
        /// What was painted over.
        stroke: MultiPolygon<f64>,
        /// Whether by the eraser.
        erases: bool,
    },
    /// Labels are cut along a line.
    Cut {
        /// Those that may be cut.
        labels: Vec<LabelId>,
        /// The line.
        line: Vec<Coord<f64>>,
    },
    /// Labels and areas go.
    Remove(Vec<Of>),
    /// Labels lose their holes.
    FillHoles(Vec<LabelId>),
    /// A polygon of a label or area has other corners.
    Corners {
        /// The label or area.
        of: Of,
        /// Which of its polygons.
        part: usize,
        /// With the new corners.
        polygon: Polygon<f64>,
    },
    /// Labels or areas get a phrase, and labels without a class get one.
    Say {
        /// The labels and areas.
        of: Vec<Of>,
        /// The phrase.
        text: String,
        /// The class that the phrase names.
        class: Option<String>,
    },
    /// Labels or areas lose a phrase.
    Unsay {
        /// The labels and areas.
        of: Vec<Of>,
        /// The phrase.
        text: String,
    },
    /// What a query found is kept, and becomes labels that are called as was asked.
    Accept {
        /// What was asked.
        query: NewQuery,
        /// What was found.
        answers: Vec<NewAnswer>,
        /// What they are.
        class: Option<String>,
    },
}

/// What the document's thread tells.
#[derive(Debug, Clone)]
pub enum ProjectNews {
    /// A document is open.
    Opened {
        /// Its file.
        path: PathBuf,
        /// Whether it was made now.
        made: bool,
        /// What it holds.
        kept: Kept,
        /// Titles of edits that can be taken back, oldest first.
        done: Vec<String>,
        /// Titles of edits that can be made again, the next one first.
        undone: Vec<String>,
        /// Rasters it was used with.
        scenes: Vec<SceneRecord>,
    },
    /// An edit was made, taken back or made again.
    Changed {
        /// The edit.
        number: u64,
        /// Rows it touched; nothing where nothing was to be changed.
        changed: Changed,
        /// What the document holds now.
        kept: Kept,
        /// What to know of it.
        notes: Vec<String>,
    },
    /// What the document holds, in the map's place of now.
    Placed(Kept),
    /// Another program changed the document. Answers no order.
    ChangedElsewhere(Kept),
    /// A copy was written.
    Copied(PathBuf),
    /// What labels could be called.
    Suggested {
        /// The labels.
        labels: Vec<LabelId>,
        /// Phrases, the most natural first.
        phrases: Vec<String>,
    },
    /// It is done, and there is nothing to tell.
    Done,
    /// The document is closed.
    Closed,
    /// It could not be done. Nothing was changed.
    Refused {
        /// What.
        what: Refused,
        /// Why.
        trouble: Trouble,
        /// The edit, where it is worth trying again.
        again: Option<ProjectEdit>,
    },
}

/// What could not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// To open or make a document that the user asked for.
    Open,
    /// To open a document that was open the last time.
    Reopen,
    /// To make the edit with this number.
    Edit(u64),
    /// To take it back.
    Undo(u64),
    /// To make it again.
    Redo(u64),
    /// Something else.
    Other,
}
