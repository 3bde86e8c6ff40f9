//! What commands and drawings do to labels and areas.

use geo::{BoundingRect, Coord, CoordsIter, MultiPolygon};

use super::apply_layers::with_room;
use super::labelling::Draws;
use super::layer::Layer;
use super::look::Look;
use super::project::{AREAS, LABELS, part_id, part_of};
use super::{State, Tab};
use crate::app::command::{Command, Keep};
use crate::app::map::{Bounds, LayerId, Shape, Tool};
use crate::app::work::ProjectEdit;
use crate::project::{Edit, LabelId, NewArea, NewLabel, Of};

/// How much wider one step makes the brush.
const WIDER: f32 = 1.25;

impl State {
    pub(super) fn apply_to_labels(&mut self, command: Command) {
        match command {
            Command::SelectLabels(items, keep) => self.select_labels(&items, keep),
            Command::HighlightLabel(of) => {
                if let Some(project) = &mut self.project {
                    project.highlighted = of.filter(|of| project.holds(*of));
                }
            }
            Command::EditCorners => self.edit_corners(),
            Command::FillHoles => {
                let labels = self.selected_labels();
                self.edit_project(ProjectEdit::FillHoles(labels));
            }
            Command::WiderBrush => self.set_radius(self.labelling.radius * WIDER),
            Command::NarrowerBrush => self.set_radius(self.labelling.radius / WIDER),
            Command::ShowLabelLayer(shown) => self.labelling.visible = shown,
            Command::ToggleLabelLayer => self.labelling.visible = !self.labelling.visible,
            Command::ToggleLabelNames => self.labelling.names = !self.labelling.names,
            Command::FilterLabels(filter) => self.labelling.filter = filter,
            Command::SetDraws(draws) => {
                self.labelling.draws = draws;
                if draws == Draws::Absence && !is_drawing_areas(self.tool) {
                    self.tool = Tool::Rectangle;
                }
            }
            Command::UseFor(split) => {
                let labels = self.selected_labels();
                self.edit_project(ProjectEdit::Edit(Edit::SetSplit { labels, split }));
            }
            other => self.apply_to_phrases(other),
        }
    }

    /// Takes a tool, the brush as wide as it was.
    pub(super) fn take_tool(&mut self, tool: Tool) {
        let radius = self.labelling.radius;
        self.tool = match tool {
            Tool::Brush { .. } => Tool::Brush { radius },
            Tool::Eraser { .. } => Tool::Eraser { radius },
            other => other,
        };
        // Areas are drawn with the tool at hand when that is asked for; whoever takes another one means a label.
        self.labelling.draws = Draws::Label;
        if is_labelling(self.tool) {
            self.labelling.visible = true;
            if self.tab.is_none() || self.tab == Some(Tab::Results) {
                self.tab = Some(Tab::Labels);
            }
        }
    }

    fn set_radius(&mut self, radius: f32) {
        self.labelling.set_radius(radius);
        if matches!(self.tool, Tool::Brush { .. } | Tool::Eraser { .. }) {
            self.take_tool(self.tool);
        }
    }

    /// What was drawn becomes a label, an area, a cut, or a part of a label.
    pub(super) fn draw(&mut self, shape: Shape) {
        match shape {
            Shape::Line(_) if self.has_no_labels() => self.note("there is no label to split: draw one first"),
            Shape::Line(points) => {
                let labels = self.selected_labels();
                let line = points.into_iter().map(Coord::from).collect();
                self.edit_project(ProjectEdit::Cut { labels, line });
            }
            Shape::Stroke { erases, .. } => {
                let stroke = shape.polygons();
                if !is_finite(&stroke) {
                    return;
                }
                let labels = self.selected_labels();
                if labels.is_empty() && !erases && self.labelling.is_busy() {
                    // It goes on with the label that the last stroke makes.
                    return self.labelling.strokes.push(shape);
                }
                if erases && self.has_no_labels() {
                    return self.note("there is no label to erase from: draw one first");
                }
                self.edit_project(ProjectEdit::Paint { labels, stroke, erases });
            }
            _ => {
                let drawn = shape.polygons();
                if !is_finite(&drawn) {
                    return;
                }
                match self.labelling.draws {
                    Draws::Label => {
                        self.edit_project(ProjectEdit::Edit(Edit::AddLabels(vec![NewLabel::drawn(drawn)])));
                    }
                    Draws::Absence => {
                        self.add_absence(drawn);
                        self.take_tool(Tool::Pan);
                    }
                }
            }
        }
    }

    fn has_no_labels(&self) -> bool {
        self.project.as_ref().is_none_or(|project| project.snapshot().labels.is_empty())
    }

    /// Draws the strokes that waited for their label.
    pub(super) fn draw_strokes(&mut self) {
        if self.means_labels() || !self.labelling.is_busy() {
            for stroke in std::mem::take(&mut self.labelling.strokes) {
                self.draw(stroke);
            }
        }
    }

    /// An area in which there is nothing of what is typed as absent.
    pub(super) fn add_absence(&mut self, shape: MultiPolygon<f64>) {
        let phrases = Some(self.labelling.absent.trim().to_owned()).filter(|text| !text.is_empty());
        let area = NewArea { shape, scene: None, phrases: phrases.into_iter().collect() };
        self.edit_project(ProjectEdit::Edit(Edit::AddAreas(vec![area])));
        self.labelling.draws = Draws::Label;
    }

    /// Gives a polygon of the map other corners.
    pub(super) fn move_corners(&mut self, layer: LayerId, id: u64, polygon: geo::Polygon<f64>) {
        let of = self.project.as_ref().and_then(|project| project.at(layer, id));
        if let Some(of) = of {
            let (_, part) = part_of(id);
            self.edit_project(ProjectEdit::Corners { of, part, polygon });
        }
    }

    /// The selected labels.
    pub(super) fn selected_labels(&self) -> Vec<LabelId> {
        self.project.iter().flat_map(|project| project.selected_labels().map(|label| label.id)).collect()
    }

    /// Everything of the project that is selected.
    pub(super) fn selected_items(&self) -> Vec<Of> {
        self.project.iter().flat_map(|project| project.selected.iter().copied()).collect()
    }

    /// Whether commands for what is selected mean labels or areas.
    pub fn means_labels(&self) -> bool {
        self.project.as_ref().is_some_and(|project| !project.selected.is_empty())
    }

    pub(super) fn select_labels(&mut self, items: &[Of], keep: Keep) {
        let before = self.selected_items();
        self.deselect_objects();
        let Some(project) = &mut self.project else { return };
        if keep == Keep::Nothing {
            project.selected.clear();
        }
        let there: Vec<Of> = items.iter().copied().filter(|of| project.holds(*of)).collect();
        for of in there {
            if !project.selected.insert(of) && keep == Keep::Toggled {
                project.selected.remove(&of);
            }
        }
        if self.selected_items() != before {
            self.selection_changed();
        }
    }

    /// What belongs to another selection goes with it.
    pub(super) fn selection_changed(&mut self) {
        self.labelling.phrase.clear();
        if let Some(project) = &mut self.project {
            project.suggestions.clear();
        }
        self.follow_corners();
        self.suggest();
    }

    pub(super) fn deselect_labels(&mut self) {
        if let Some(project) = &mut self.project
            && !project.selected.is_empty()
        {
            project.selected.clear();
            self.selection_changed();
        }
    }

    fn deselect_objects(&mut self) {
        for query in self.layers.iter_mut().filter_map(Layer::query_mut) {
            query.selected.clear();
        }
    }

    pub(super) fn delete_labels(&mut self) {
        let items = self.selected_items();
        self.edit_project(ProjectEdit::Remove(items));
    }

    pub(super) fn merge_labels(&mut self) {
        let labels = self.selected_labels();
        self.edit_project(ProjectEdit::Edit(Edit::Merge(labels)));
    }

    pub(super) fn zoom_to_labels(&mut self) {
        let Some(project) = &self.project else { return };
        let fids: Vec<(LayerId, i64)> = project
            .selected
            .iter()
            .map(|of| match of {
                Of::Label(id) => (LABELS, id.fid()),
                Of::Area(id) => (AREAS, id.fid()),
            })
            .collect();
        let layers = [(LABELS, &project.kept.labels), (AREAS, &project.kept.areas)];
        let polygons = layers.into_iter().flat_map(|(layer, polygons)| polygons.all().iter().map(move |p| (layer, p)));
        let chosen = polygons.filter(|(layer, polygon)| fids.contains(&(*layer, part_of(polygon.id).0)));
        let points = chosen.flat_map(|(_, each)| each.polygon.exterior().coords().map(|c| [c.x, c.y]));
        if let Some(bounds) = Bounds::around(points) {
            self.look = Look::At(with_room(bounds));
        }
    }

    /// Takes the corner tool to the selected label or area.
    fn edit_corners(&mut self) {
        if let Some(tool) = self.corners_of_selected() {
            self.take_tool(tool);
        }
    }

    /// Lets the corner tool follow the selection.
    pub(super) fn follow_corners(&mut self) {
        if let Tool::Vertices(layer, id) = self.tool {
            let selected = self.selected_items();
            let at = self.project.as_ref().and_then(|project| project.at(layer, id));
            if at.is_none_or(|of| !selected.contains(&of)) {
                self.tool = self.corners_of_selected().unwrap_or(Tool::Pan);
            }
        }
    }

    fn corners_of_selected(&self) -> Option<Tool> {
        Some(match self.project.as_ref()?.selected.first()? {
            Of::Label(id) => Tool::Vertices(LABELS, part_id(id.fid(), 0)),
            Of::Area(id) => Tool::Vertices(AREAS, part_id(id.fid(), 0)),
        })
    }

    /// Selects what was picked on the map; with the corner tool, the very polygon.
    pub(super) fn pick_labels(&mut self, polygons: &[(LayerId, u64)], keep: Keep) {
        let Some(project) = &self.project else { return };
        let items: Vec<Of> = polygons.iter().filter_map(|(layer, id)| project.at(*layer, *id)).collect();
        self.select_labels(&items, keep);
        if let (Tool::Vertices(..), [(layer, id)]) = (self.tool, polygons)
            && keep == Keep::Nothing
        {
            self.tool = Tool::Vertices(*layer, *id);
        }
        if self.tab == Some(Tab::Results) {
            self.tab = Some(Tab::Labels);
        }
    }
}

/// Whether a tool draws or changes labels.
pub fn is_labelling(tool: Tool) -> bool {
    is_drawing_areas(tool) || matches!(tool, Tool::Line | Tool::Brush { .. } | Tool::Eraser { .. } | Tool::Vertices(..))
}

fn is_drawing_areas(tool: Tool) -> bool {
    matches!(tool, Tool::Rectangle | Tool::Polygon | Tool::Circle | Tool::Freehand)
}

fn is_finite(shape: &MultiPolygon<f64>) -> bool {
    shape.coords_count() > 0 && shape.coords_iter().all(|at| at.x.is_finite() && at.y.is_finite())
}

impl ProjectEdit {
    /// What it does, as a menu says it after "Undo".
    pub fn title(&self) -> String {
        match self {
            Self::Edit(edit) => edit.title(),
            Self::Paint { erases: true, .. } => "erase".into(),
            Self::Paint { labels, .. } if labels.is_empty() => "add label".into(),
            Self::Paint { .. } => "paint".into(),
            Self::Cut { .. } => "split label".into(),
            Self::FillHoles(_) => "fill holes".into(),
            Self::Remove(items) => {
                let is_area = |of: &Of| matches!(of, Of::Area(_));
                let what = if items.iter().all(is_area) { "area" } else { "label" };
                match items.len() {
                    1 => format!("remove {what}"),
                    count => format!("remove {count} {what}s"),
                }
            }
            Self::Corners { .. } => "move corner".into(),
            Self::Say { text, .. } => format!("add phrase “{}”", text.trim()),
            Self::Unsay { text, .. } => format!("remove phrase “{text}”"),
            Self::Accept { answers, .. } if answers.len() == 1 => "accept object".into(),
            Self::Accept { answers, .. } => format!("accept {} objects", answers.len()),
        }
    }

    /// What new labels and areas cover, in map coordinates.
    pub(super) fn new_bounds(&self) -> Option<Bounds> {
        let of = |shape: &MultiPolygon<f64>| {
            shape.bounding_rect().map(|rect| Bounds::of(rect.min().into(), rect.max().into()))
        };
        match self {
            Self::Edit(Edit::AddLabels(labels)) => {
                labels.iter().filter_map(|label| of(&label.shape)).reduce(Bounds::union)
            }
            Self::Edit(Edit::AddAreas(areas)) => areas.iter().filter_map(|area| of(&area.shape)).reduce(Bounds::union),
            Self::Paint { labels, stroke, erases: false } if labels.is_empty() => of(stroke),
            Self::Accept { answers, .. } => answers.iter().filter_map(|answer| of(&answer.shape)).reduce(Bounds::union),
            _ => None,
        }
    }
}
