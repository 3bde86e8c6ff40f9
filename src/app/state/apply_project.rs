//! The project as a file: made, opened, closed; orders to its document and what comes back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::journal::Trouble;
use super::project::{Kept, Project};
use super::{PathFor, State, Tab};
use crate::app::command::Command;
use crate::app::map::{LayerId, Tool};
use crate::app::work::{Pick, ProjectEdit, ProjectNews, ProjectTask, Refused, Task};
use crate::assets;
use crate::files;
use crate::project::{Changed, Object, Of, SceneRecord};
use crate::raster::Crs;

/// What the name of a project ends with.
const ENDING: &str = "referent.gpkg";
/// Longest name of a folder that stands for a scene's folder.
const LONGEST_NAME: usize = 120;

impl State {
    pub(super) fn apply_to_project(&mut self, command: Command) {
        match command {
            Command::NewProjectDialog => self.tasks.push(Task::Pick(Pick::NewProject(self.proposed_project()))),
            Command::OpenProjectDialog => self.tasks.push(Task::Pick(Pick::Project)),
            Command::CopyProjectDialog => {
                if let Some(project) = &self.project {
                    let stem = project.path.file_stem().unwrap_or_default().to_string_lossy();
                    let copy = project.path.with_file_name(format!("{stem} copy.gpkg"));
                    self.tasks.push(Task::Pick(Pick::ProjectCopy(copy)));
                }
            }
            Command::NewProject(path) => {
                let path = with_ending(path);
                let (crs, place) = (self.map_crs(), self.place.clone());
                self.order(ProjectTask::Create { path, crs, place });
            }
            Command::OpenProject(path) => self.open_project(path, false),
            Command::CopyProject(path) => self.order(ProjectTask::SaveCopy(with_ending(path))),
            Command::CloseProject => self.order(ProjectTask::Close),
            Command::KeepWaiting => {
                if self.project.is_some() {
                    self.send_waiting();
                } else if !self.labelling.is_busy() {
                    self.find_project();
                }
            }
            Command::DropWaiting => self.labelling.waiting.clear(),
            _ => {}
        }
    }

    /// Gives the document an order.
    pub(super) fn order(&mut self, task: ProjectTask) {
        if let ProjectTask::Create { place, .. }
        | ProjectTask::Find { place, .. }
        | ProjectTask::Open { place, .. }
        | ProjectTask::Place(place) = &task
        {
            self.labelling.told = Some(place.clone());
        }
        self.labelling.orders += 1;
        self.tasks.push(Task::Project(task));
    }

    /// Tells the document where the map is, where that is news to it.
    pub(super) fn tell_place(&mut self) {
        if self.labelling.told.as_ref().is_some_and(|told| *told != self.place) {
            let place = self.place.clone();
            self.order(ProjectTask::Place(place));
        }
    }

    /// Edits the project. Where none is open, one is found or made first, and the edit waits for it.
    pub(super) fn edit_project(&mut self, edit: ProjectEdit) {
        if self.project.is_none() {
            self.labelling.waiting.push(edit);
            if !self.labelling.is_busy() {
                self.find_project();
            }
            return;
        }
        self.labelling.edits += 1;
        let number = self.labelling.edits;
        self.history.edited(number, edit.title());
        let scene = self.scene_under(&edit);
        self.order(ProjectTask::Edit { number, edit, scene });
    }

    fn send_waiting(&mut self) {
        for edit in std::mem::take(&mut self.labelling.waiting) {
            self.edit_project(edit);
        }
    }

    pub(super) fn open_project(&mut self, path: PathBuf, unasked: bool) {
        if self.project.as_ref().is_some_and(|project| project.path == path) {
            self.note(format!("{} is open already", path.display()));
            return;
        }
        let place = self.place.clone();
        self.order(ProjectTask::Open { path, place, unasked });
    }

    /// Opens the project that was open with this raster the last time, if none is open.
    pub(super) fn reopen_project(&mut self, scene: &str) {
        let known = self.settings.projects.get(&whole_path(scene)).filter(|path| path.is_file()).cloned();
        if let (Some(path), None, false) = (known, &self.project, self.labelling.is_busy()) {
            self.open_project(path, true);
        }
    }

    /// Opens or makes the project of the raster that is asked: beside it, or where that cannot be written, among the user's own.
    fn find_project(&mut self) {
        let (crs, place) = (self.map_crs(), self.place.clone());
        let paths = self.project_places();
        self.order(ProjectTask::Find { paths, crs, place });
    }

    fn project_places(&self) -> Vec<PathBuf> {
        let scene = self.asked_scene().map(|(_, scene)| whole_path(scene.raster.scene.source())).unwrap_or_default();
        let known = self.settings.projects.get(&scene).filter(|path| path.is_file()).cloned();
        let scene = Path::new(&scene);
        let stem = scene.file_stem().map_or_else(|| "labels".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let name = format!("{stem}.{ENDING}");
        let folder = scene.parent().filter(|folder| folder.is_dir() && scene.is_file());
        // What comes with the program stays as it came.
        let is_ours = |folder: &&Path| assets::folders().iter().any(|ours| folder.starts_with(files::place(ours)));
        let beside = folder.filter(|folder| !is_ours(folder)).map(|folder| folder.join(&name));
        let own = self.settings.home().map(|home| home.join("projects").join(folder_name(scene)).join(&name));
        known.into_iter().chain(beside).chain(own).collect()
    }

    /// Where a new project would go.
    pub fn proposed_project(&self) -> PathBuf {
        self.project_places().into_iter().next().unwrap_or_else(|| PathBuf::from(format!("labels.{ENDING}")))
    }

    /// The system of a new project's shapes.
    fn map_crs(&self) -> Option<Crs> {
        self.place.crs.clone().filter(|_| !self.place.in_pixels)
    }

    /// The raster that an edit was drawn on: the one that is asked if it lies there, else the topmost visible one that does.
    fn scene_under(&mut self, edit: &ProjectEdit) -> Option<SceneRecord> {
        let bounds = edit.new_bounds()?;
        let asked = self.asked_scene().map(|(layer, _)| layer.id);
        let visible = self.layers.iter().rev().filter(|layer| layer.visible);
        let candidates: Vec<LayerId> = asked.into_iter().chain(visible.map(|layer| layer.id)).collect();
        let found = candidates.into_iter().find_map(|id| {
            let layer = self.layer(id)?;
            let scene = layer.scene()?;
            let record = SceneRecord { path: whole_path(scene.raster.scene.source()), title: layer.name.clone() };
            self.bounds_of(layer).filter(|own| own.meets(&bounds)).map(|_| record)
        });
        if found.is_none() {
            self.note("what was drawn lies outside of every open raster: a model learns nothing from it until that raster is open");
        }
        found
    }

    pub(super) fn hear_of_project(&mut self, news: ProjectNews) {
        if !matches!(news, ProjectNews::ChangedElsewhere(_)) {
            self.labelling.orders = self.labelling.orders.saturating_sub(1);
        }
        match news {
            ProjectNews::Opened { path, made, kept, done, undone, scenes } => {
                self.tell_opened(&path, made, &kept);
                self.history.set_project(done, undone);
                self.project = Some(Project::new(path, kept));
                self.note_projects();
                self.leave_corners();
                self.labelling.visible = true;
                if self.layers.is_empty() {
                    self.open_scenes(scenes);
                }
                self.send_waiting();
            }
            ProjectNews::Changed { number, changed, kept, notes } => {
                if number > 0 && kept_nothing(&changed) {
                    self.history.forget_edit(number);
                }
                self.put(kept);
                self.select_made(&changed);
                notes.into_iter().for_each(|text| self.note(text));
                self.suggest();
            }
            ProjectNews::Placed(kept) => {
                if kept.unplaced > 0 {
                    self.note(unplaced(kept.unplaced));
                }
                self.put(kept);
            }
            ProjectNews::ChangedElsewhere(kept) => {
                self.put(kept);
                self.note("another program changed the project: what it wrote is shown");
            }
            ProjectNews::Copied(path) => self.tell_done(format!("wrote a copy of the project to {}", path.display())),
            ProjectNews::Suggested { labels, phrases } => {
                if let Some(project) = &mut self.project
                    && project.selected.iter().copied().eq(labels.into_iter().map(Of::Label))
                {
                    project.suggestions = phrases;
                }
            }
            ProjectNews::Done => {
                if self.project.is_some() {
                    self.send_waiting();
                }
            }
            ProjectNews::Closed => {
                self.project = None;
                self.history.set_project(Vec::new(), Vec::new());
                self.leave_corners();
            }
            ProjectNews::Refused { what, trouble, again } => self.project_refused(what, trouble, again),
        }
        self.draw_strokes();
    }

    fn tell_opened(&mut self, path: &Path, made: bool, kept: &Kept) {
        let shown = path.display();
        if made {
            self.tell_done(format!("made the project {shown}: labels are kept there, each edit at once"));
        } else {
            let labels = match kept.snapshot.labels.len() {
                1 => "1 label".to_owned(),
                count => format!("{count} labels"),
            };
            self.tell_done(format!("opened the project {shown} with {labels}"));
        }
        for fault in &kept.snapshot.faults {
            self.note(format!("left out: {fault}"));
        }
        if kept.unplaced > 0 && !self.layers.is_empty() {
            self.note(unplaced(kept.unplaced));
        }
    }

    /// Remembers which project goes with the rasters that are open.
    fn note_projects(&mut self) {
        let Some(project) = &self.project else { return };
        let scenes = self.layers.iter().filter_map(|layer| layer.scene());
        for scene in scenes {
            self.settings.projects.insert(whole_path(scene.raster.scene.source()), project.path.clone());
        }
    }

    /// Opens the rasters that a project was used with, as far as they are still there.
    fn open_scenes(&mut self, scenes: Vec<SceneRecord>) {
        let (there, gone): (Vec<_>, Vec<_>) = scenes.into_iter().partition(|scene| Path::new(&scene.path).exists());
        there.into_iter().for_each(|scene| self.open(Path::new(&scene.path)));
        for scene in gone {
            self.note(format!(
                "the project was drawn on {}, which is not there any more: open it where it is now",
                scene.path
            ));
        }
    }

    /// Shows what the document holds now.
    fn put(&mut self, kept: Kept) {
        let Some(project) = &mut self.project else { return };
        project.kept = kept;
        let selected = std::mem::take(&mut project.selected);
        project.selected = selected.into_iter().filter(|of| project.holds(*of)).collect();
        project.highlighted = project.highlighted.filter(|of| project.holds(*of));
        self.follow_corners();
    }

    /// Selects what an edit made, so that it can be named at once.
    fn select_made(&mut self, changed: &Changed) {
        let made = |object: &Object| match object {
            Object::Label(id) => Some(Of::Label(*id)),
            Object::Area(id) => Some(Of::Area(*id)),
            _ => None,
        };
        if !changed.made.iter().any(|object| made(object).is_some()) {
            return;
        }
        // Of a label that was split, all parts.
        let made: BTreeSet<Of> = changed.made.iter().chain(&changed.altered).filter_map(made).collect();
        self.select_none();
        if let Some(project) = &mut self.project {
            project.selected = made;
        }
        if self.tab != Some(Tab::Train) {
            self.tab = Some(Tab::Labels);
        }
        self.follow_corners();
    }

    fn project_refused(&mut self, what: Refused, trouble: Trouble, again: Option<ProjectEdit>) {
        match what {
            Refused::Edit(number) => self.history.forget_edit(number),
            Refused::Undo(number) => self.history.still_done(number),
            Refused::Redo(number) => self.history.still_undone(number),
            Refused::Reopen => {
                self.note(format!("{}: {}. {}", trouble.what, trouble.why, trouble.remedy));
                if !self.labelling.waiting.is_empty() {
                    self.find_project();
                }
                return;
            }
            Refused::Open | Refused::Other => {}
        }
        self.labelling.waiting.extend(again);
        self.complain(trouble);
        let waiting = self.labelling.waiting.len();
        if waiting > 0 && matches!(what, Refused::Open | Refused::Edit(_)) {
            let (drawings, wait) = if waiting == 1 { ("drawing", "waits") } else { ("drawings", "wait") };
            self.note(format!("{waiting} {drawings} {wait} for a project: the tab Labels tries again"));
        }
    }

    /// Puts the corner tool away.
    fn leave_corners(&mut self) {
        if matches!(self.tool, Tool::Vertices(..)) {
            self.tool = Tool::Pan;
        }
    }

    /// The dialog in which a path is typed, where the desktop has none of its own.
    pub(super) fn ask_for_path(&mut self, pick: &Pick) {
        let wanted = match pick {
            Pick::Scenes => PathFor::Scene,
            Pick::Project => PathFor::Project,
            Pick::NewProject(_) => PathFor::NewProject,
            Pick::ProjectCopy(_) => PathFor::ProjectCopy,
            Pick::Folder(_) => return self.note("this desktop has no file dialog: type the path in the Train panel"),
            Pick::Export(..) => return self.note("this desktop has no file dialog: type the file's name"),
        };
        self.dialog = Some(super::Dialog::OpenPath(wanted));
    }
}

/// A raster's file from the root on, so that it is the same wherever the program is started; other sources as they are.
pub(super) fn whole_path(source: &str) -> String {
    let path = Path::new(source);
    if path.exists() { files::place(path).display().to_string() } else { source.to_owned() }
}

fn kept_nothing(changed: &Changed) -> bool {
    changed.made.is_empty() && changed.altered.is_empty() && changed.gone.is_empty()
}

fn unplaced(count: usize) -> String {
    let labels = if count == 1 { "1 label or area has" } else { &format!("{count} labels and areas have") };
    format!("{labels} no place in the coordinates of this map: open a raster of the project first")
}

/// A file of a project ends so that QGIS knows it.
fn with_ending(path: PathBuf) -> PathBuf {
    match path.extension() {
        Some(ending) if ending.eq_ignore_ascii_case("gpkg") => path,
        _ => files::with_ending(&path, ".gpkg"),
    }
}

/// A folder's name that says where a scene lies: two scenes of one name in two folders have a project each.
fn folder_name(scene: &Path) -> String {
    let folder = scene.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let letters: Vec<char> = folder.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let name: String = letters[letters.len().saturating_sub(LONGEST_NAME)..].iter().collect();
    let name = name.trim_matches('_');
    if name.is_empty() { "scenes".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_ends_as_geopackages_do() {
        assert_eq!(with_ending("a/port".into()), Path::new("a/port.gpkg"));
        assert_eq!(with_ending("a/port.v2".into()), Path::new("a/port.v2.gpkg"));
        assert_eq!(with_ending("a/port.GPKG".into()), Path::new("a/port.GPKG"));
    }

    #[test]
    fn scenes_of_one_name_in_two_folders_have_a_project_each() {
        let [a, b] = ["/data/2023/harbor.tif", "/data/2024/harbor.tif"].map(|path| folder_name(Path::new(path)));
        assert_eq!((a.as_str(), b.as_str()), ("data_2023", "data_2024"));
        assert_eq!(folder_name(Path::new("harbor.tif")), "scenes");
        assert!(folder_name(Path::new(&format!("/{}/x.tif", "ü".repeat(400)))).chars().count() <= LONGEST_NAME);
    }
}
