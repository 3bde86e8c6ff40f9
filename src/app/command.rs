//! Everything a person, or the map, or a finished job can do to the state. Menus, shortcuts, the palette and tests speak it.

use std::path::PathBuf;

use super::map::{Camera, LayerId, MapEvent, Tool};
use super::state::{
    Column, Dialog, Draws, ExportForm, FramePick, JobId, Overlay, Refine, Tab, ThemeChoice, TrainForm, TrainPage,
};
use super::work::{FolderFor, News};
use crate::project::Of;
use crate::query::{Branch, DeviceChoice};
use crate::raster::StretchOptions;
use crate::train::dataset::Split;

/// One thing to do. Those with a line in the menu are shown in menus and in the palette.
#[derive(Debug, Clone)]
pub enum Command {
    // Files.
    /// Asks which rasters to open.
    OpenDialog,
    /// Opens rasters, and files of polygons, as layers.
    Open(Vec<PathBuf>),
    /// Opens the scene that comes with the program.
    OpenSample,
    /// Forgets the files opened last.
    ClearRecent,
    /// Opens the export dialog for the selected query.
    ShowExport,
    /// Changes the export dialog.
    SetExport(ExportForm),
    /// Asks where the export goes.
    PickExportFile,
    /// Writes what the export dialog says.
    Export,
    /// Shows the folder of what was exported last.
    OpenExportFolder,
    /// Puts the command line of the selected query on the clipboard.
    CopyCommandLine,
    /// Asks where a new project goes.
    NewProjectDialog,
    /// Asks which project to open.
    OpenProjectDialog,
    /// Asks where a copy of the project goes.
    CopyProjectDialog,
    /// Makes a project and opens it.
    NewProject(PathBuf),
    /// Opens a project.
    OpenProject(PathBuf),
    /// Writes a copy of the project.
    CopyProject(PathBuf),
    /// Closes the project; what it holds is in its file.
    CloseProject,
    /// Tries again to keep what was drawn and waits for a project.
    KeepWaiting,
    /// Gives up what was drawn and waits for a project.
    DropWaiting,
    /// Saves a picture of the window.
    SavePicture(PathBuf),
    /// Ends the program.
    Quit,

    // Edits.
    /// Takes the last change back.
    Undo,
    /// Does it again.
    Redo,
    /// Selects all objects of the selected query.
    SelectAll,
    /// Selects nothing.
    SelectNone,
    /// Deletes the selected objects.
    DeleteObjects,
    /// Makes one object of the selected ones.
    MergeObjects,
    /// Selects objects of a layer: alone, or added, or toggled.
    SelectObjects {
        /// The query.
        layer: LayerId,
        /// Its objects.
        ids: Vec<u64>,
        /// What happens to those selected before.
        keep: Keep,
    },
    /// Lets an object stand out, or none.
    Highlight(Option<(LayerId, u64)>),

    // What is seen.
    /// Closer, around the middle.
    ZoomIn,
    /// Farther.
    ZoomOut,
    /// All layers.
    ZoomFull,
    /// The selected layer.
    ZoomToLayer,
    /// A layer.
    ZoomTo(LayerId),
    /// The selected objects.
    ZoomToSelection,
    /// A pixel of the raster is a pixel of the screen.
    OneToOne,
    /// Shows or hides the list of layers.
    ToggleLayers,
    /// Shows or hides the table of results.
    ToggleResults,
    /// Shows or hides the labels.
    ToggleLabels,
    /// Shows or hides the tab that trains.
    ToggleTrain,
    /// Shows or hides the log.
    ToggleLog,
    /// Shows a tab below the map, or none.
    ShowTab(Option<Tab>),
    /// Light or dark.
    SetTheme(ThemeChoice),
    /// Gigabytes on disk for what the network saw; 0 keeps nothing.
    SetCache(f64),
    /// Forgets what the network saw.
    EmptyCache,
    /// The other of light and dark.
    ToggleTheme,
    /// Larger text.
    LargerText,
    /// Smaller text.
    SmallerText,
    /// Text as large as usual.
    UsualText,
    /// Shows or hides what the model sees.
    ToggleSight,
    /// The window covers the screen, or no longer.
    ToggleFullscreen,

    // Tools.
    /// Takes a tool of the map.
    UseTool(Tool),
    /// Forgets the drawn area.
    ClearArea,

    // Labels.
    /// Selects labels and areas.
    SelectLabels(Vec<Of>, Keep),
    /// Lets a label or area stand out, or none.
    HighlightLabel(Option<Of>),
    /// Takes the corner tool to the selected label.
    EditCorners,
    /// Fills the holes of the selected labels.
    FillHoles,
    /// Makes brush and eraser wider.
    WiderBrush,
    /// Makes brush and eraser narrower.
    NarrowerBrush,
    /// Shows or hides labels and areas on the map.
    ShowLabelLayer(bool),
    /// The other of both.
    ToggleLabelLayer,
    /// Writes phrases on the map, or no longer.
    ToggleLabelNames,
    /// Shows only rows with these words.
    FilterLabels(String),
    /// What a drawn shape becomes.
    SetDraws(Draws),
    /// What the selected labels are for; `None`: decided when a model is trained.
    UseFor(Option<Split>),
    /// Puts the cursor into the phrase of the selected labels.
    FocusLabelPhrase,
    /// What is typed there now.
    TypeLabelPhrase(String),
    /// Gives a phrase to what is selected: labels are called so, in areas there is none.
    AddPhrase(String),
    /// Takes a phrase away from what is selected.
    RemovePhrase(String),
    /// What the selected labels are; empty for nothing.
    SetClass(String),
    /// Asks for phrases that fit what the map shows now.
    Suggest,
    /// What is not to be seen in the next area.
    TypeAbsent(String),
    /// What the map shows becomes an area without that.
    AbsentInView,
    /// The selected objects of a result become labels.
    Accept,

    // Layers.
    /// Shows the properties of a layer.
    SelectLayer(Option<LayerId>),
    /// Shows or hides a layer.
    SetVisible(LayerId, bool),
    /// How much of what is below shines through.
    SetOpacity(LayerId, f32),
    /// Lets the name be edited.
    StartRenaming(Option<LayerId>),
    /// Lets the name of the selected layer be edited.
    RenameSelected,
    /// Gives a layer a name.
    Rename(LayerId, String),
    /// Puts a layer at a place of the list, counted from the bottom.
    MoveLayer(LayerId, usize),
    /// One up.
    RaiseLayer,
    /// One down.
    LowerLayer,
    /// Takes a layer away.
    RemoveLayer(LayerId),
    /// Takes the selected layer away.
    RemoveSelected,
    /// Chooses bands and percentiles of a raster.
    SetStretch(LayerId, StretchOptions),
    /// Sets the values of a raster that become black and white, of red, green and blue.
    SetLimits(LayerId, [[f32; 2]; 3]),
    /// Brightens the middle tones of a raster.
    SetGamma(LayerId, f32),
    /// Paints pixels without data.
    ShowNodata(LayerId, bool),

    // Asking.
    /// Puts the cursor into the phrase.
    FocusPhrase,
    /// What is typed now.
    TypePhrase(String),
    /// The phrase before in history.
    OlderPhrase,
    /// The next one.
    NewerPhrase,
    /// Which part of the scene is asked.
    PickFrame(FramePick),
    /// Which model is asked.
    PickModel(String),
    /// Where the network runs.
    PickDevice(DeviceChoice),
    /// At which ground resolution, in metres; `None` chooses.
    SetResolution(Option<f64>),
    /// Asks the phrase.
    Ask,
    /// Asks the phrase of the selected query again.
    AskAgain,
    /// Asks a phrase of the bundled scene or of what is open.
    Try(String),
    /// Stops a job.
    Cancel(JobId),
    /// Stops all jobs.
    CancelAll,
    /// Draws the objects of a query with other limits.
    SetRefine(LayerId, Refine),
    /// How the probabilities of a query are drawn.
    SetOverlay(LayerId, Overlay),
    /// Whether the outlines of a query are drawn.
    ShowOutlines(LayerId, bool),
    /// Whether the scores of a query are written on the map.
    ShowLabels(LayerId, bool),
    /// Shows what a branch of the network attends to in the selected query, alone, or no longer.
    ToggleAttention(Branch),

    // Teaching.
    /// Shows the form, the last run, or a run of the past.
    ShowTrainPage(TrainPage),
    /// Changes the form.
    SetTrain(Box<TrainForm>),
    /// Asks for a folder.
    PickFolder(FolderFor),
    /// Adds the data set that is typed, or this one.
    AddTrainingData(FolderFor, PathBuf),
    /// Trains as the form says.
    StartTraining,
    /// Lets the training wait, or go on.
    PauseTraining,
    /// Ends the training and keeps the best model.
    KeepBest,
    /// Stops the training; it can be taken up again.
    CancelTraining,
    /// Shows a run of the past.
    ShowRun(PathBuf),
    /// Takes a run of the past up again.
    ResumeRun(PathBuf),
    /// Shows the folder of the run that is shown.
    OpenRunFolder,
    /// Puts the model of the run that is shown back into the list.
    PublishTrained,
    /// Picks the model that was trained.
    UseTrained,
    /// Asks the phrase of the selected query of the trained model, and compares both answers.
    AskWithTrained,
    /// Picks the model again that was picked before.
    RollBack {
        /// Takes the trained one out of the list.
        removes: bool,
    },
    /// Compares two layers side by side, or no longer.
    ToggleSwipe,
    /// Chooses what is seen left and right of the divider.
    PickSwipe {
        /// Left.
        left: LayerId,
        /// Right.
        right: LayerId,
    },

    // The table.
    /// Sorts by a column; by the same again turns the order around.
    SortBy(Column),
    /// Shows only what passes.
    Filter(String),

    // Dialogs and log.
    /// Opens a dialog, or closes it.
    Show(Option<Dialog>),
    /// Takes a line off the log.
    Dismiss(u64),
    /// Takes all lines off the log.
    DismissAll,

    // From the map and from jobs.
    /// Looks at the map from here.
    Look(Camera),
    /// The map is this large on the screen now, in points, and has so many pixels a point.
    CanvasSized([f32; 2], f32),
    /// Something happened on the map.
    Map(MapEvent),
    /// A job tells something.
    News(News),
}

/// What happens to what was selected before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It is selected no longer.
    Nothing,
    /// It stays selected.
    Selected,
    /// It stays, and what is selected twice is not.
    Toggled,
}
