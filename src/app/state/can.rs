//! Which commands make sense now, and if not, why.

use super::apply_labels::is_labelling;
use super::{JobKind, JobState, State, Tab};
use crate::app::command::Command;

pub(super) type Reason = Result<(), &'static str>;

impl State {
    /// Whether a command of the menus can be done now; else what is missing.
    pub fn can(&self, command: &Command) -> Reason {
        let when = |holds: bool, missing: &'static str| if holds { Ok(()) } else { Err(missing) };
        let layer = || when(self.selected_layer().is_some(), "Select a layer first");
        let query = || when(self.selected_query().is_some(), "Select the result of a phrase first");
        let objects = |least: usize, missing: &'static str| {
            when(self.selected_query().is_some_and(|(_, query)| query.selected.len() >= least), missing)
        };
        let labels = |least: usize, missing: &'static str| {
            when(self.project.as_ref().is_some_and(|project| project.selected_labels().count() >= least), missing)
        };
        match command {
            Command::SelectAll if self.tab == Some(Tab::Labels) => {
                when(self.project.as_ref().is_some_and(|p| !p.rows("").is_empty()), "There are no labels yet")
            }
            Command::SelectNone | Command::DeleteObjects | Command::ZoomToSelection if self.means_labels() => Ok(()),
            Command::MergeObjects if self.means_labels() => labels(2, "Select two labels or more"),
            Command::CopyProjectDialog | Command::CopyProject(_) | Command::CloseProject => {
                when(self.project.is_some(), "No project is open")
            }
            Command::NewProjectDialog | Command::NewProject(_) => {
                when(!self.layers.is_empty(), "Open a raster first: a project is in its coordinates")
            }
            Command::KeepWaiting | Command::DropWaiting => {
                when(!self.labelling.waiting.is_empty(), "Nothing waits for a project")
            }
            Command::EditCorners | Command::FocusLabelPhrase | Command::AddPhrase(_) | Command::RemovePhrase(_) => {
                when(self.means_labels(), "Select a label first, on the map or in the table")
            }
            Command::FillHoles | Command::SetClass(_) | Command::UseFor(_) => {
                labels(1, "Select a label first, on the map or in the table")
            }
            Command::AbsentInView => when(self.asked_scene().is_some(), "Open a raster first"),
            Command::Accept => query().and(when(
                self.selected_query().is_some_and(|(_, query)| !query.drawn.ids.is_empty()),
                "The result has no objects",
            )),
            Command::Suggest => when(self.project.is_some(), "No project is open"),
            Command::UseTool(tool) if is_labelling(*tool) => when(self.asked_scene().is_some(), "Open a raster first"),
            Command::SetDraws(_) => when(self.asked_scene().is_some(), "Open a raster first"),
            Command::ClearRecent => when(!self.settings.recent.is_empty(), "The list is empty"),
            Command::ShowExport | Command::CopyCommandLine | Command::SelectAll | Command::ToggleAttention(_) => {
                query()
            }
            Command::AskAgain => query().and(self.can_ask_at_all()),
            Command::OpenExportFolder => when(self.done_last.is_some(), "Nothing was exported yet"),
            Command::Undo => when(self.history.undoes().is_some(), "Nothing was changed"),
            Command::Redo => when(self.history.redoes().is_some(), "Nothing was taken back"),
            Command::SelectNone | Command::DeleteObjects | Command::ZoomToSelection => {
                objects(1, "Select objects first, in the table or on the map")
            }
            Command::MergeObjects => objects(2, "Select two objects or more"),
            Command::ZoomIn | Command::ZoomOut | Command::ZoomFull => when(!self.layers.is_empty(), "Nothing is open"),
            Command::OneToOne => when(self.asked_scene().is_some(), "Open a raster first"),
            Command::ToggleSight => when(self.sight.shown || self.asked_scene().is_some(), "Open a raster first"),
            Command::ZoomToLayer | Command::RenameSelected | Command::RemoveSelected => layer(),
            Command::RaiseLayer => layer().and(when(self.place_of_selected() + 1 < self.layers.len(), "It is on top")),
            Command::LowerLayer => layer().and(when(self.place_of_selected() > 0, "It is at the bottom")),
            Command::Ask => self.can_ask(),
            Command::CancelAll => {
                let stops = |job: &JobState| !job.stopping && job.kind != JobKind::Train;
                when(self.jobs.iter().any(stops), "Nothing is running")
            }
            Command::ClearArea => when(self.area.is_some(), "No area is drawn"),
            Command::UseTool(_) => when(!self.layers.is_empty(), "Open a raster first"),
            Command::ToggleSwipe => when(self.swipe.is_some() || self.layers.len() > 1, "Two layers are needed"),
            _ => self.can_teach(command),
        }
    }

    pub(super) fn can_ask_at_all(&self) -> Reason {
        if self.asked_scene().is_none() {
            return Err("Open a raster first");
        }
        match self.model() {
            Some(model) if !model.usable => Err("This model cannot be used; pick another"),
            _ => Ok(()),
        }
    }

    fn can_ask(&self) -> Reason {
        self.can_ask_at_all()?;
        match &self.ask.phrase {
            None => Err("Type what to look for"),
            Some(Err(_)) => Err("The phrase is not understood"),
            Some(Ok(_)) => Ok(()),
        }
    }

    pub(super) fn place_of_selected(&self) -> usize {
        let selected = |id| self.layers.iter().position(|layer| layer.id == id);
        self.selected.and_then(selected).unwrap_or(0)
    }
}
