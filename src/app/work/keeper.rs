//! The thread that keeps the open document: orders come in, each is answered by one piece of news.

use std::collections::HashSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use geo::{BoundingRect, Intersects};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::editing::{has_changed, make};
use super::placing::{Drawing, Way};
use super::workers::Post;
use super::{News, ProjectEdit, ProjectNews, ProjectTask, Refused};
use crate::app::state::{Kept, Place, Trouble};
use crate::error::{Error, Kind, Result};
use crate::files;
use crate::project::{Changed, Document, LabelId, SceneRecord, suggested_phrases};
use crate::raster::Crs;

/// How often it is looked whether another program has changed the document.
const GLANCE: Duration = Duration::from_secs(2);

/// A handle on the thread. Dropping it closes the document.
pub(super) struct Keeper {
    orders: Option<Sender<ProjectTask>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(super) fn start(post: Post) -> Self {
        let (sender, orders) = unbounded();
        let thread = thread::spawn(move || keep(&orders, &post));
        Self { orders: Some(sender), thread: Some(thread) }
    }

    pub(super) fn give(&self, task: ProjectTask) {
        if let Some(orders) = &self.orders {
            // The thread lives as long as this sender.
            let _ = orders.send(task);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // What was ordered is done before the program ends; the document lets go of its lock.
            let _ = thread.join();
        }
    }
}

fn keep(orders: &Receiver<ProjectTask>, post: &Post) {
    let mut desk = Desk::default();
    loop {
        let order = match &desk.open {
            None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(_) => orders.recv_timeout(GLANCE),
        };
        match order {
            Ok(task) => post.send(News::Project(desk.answer(task))),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(kept) = desk.glance() {
                    post.send(News::Project(ProjectNews::ChangedElsewhere(kept)));
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// With more labels in view nobody is told what one could be called: comparing all takes long, and edits would wait for it.
const MOST_IN_VIEW: usize = 200;

/// An open document.
struct Open {
    document: Document,
    way: Way,
    drawing: Drawing,
    /// Edits of this window that can be taken back, and in how many steps of the document.
    made: Vec<(u64, usize)>,
    /// Those that can be made again, the next one last.
    unmade: Vec<(u64, usize)>,
    /// Rasters that the document knows.
    noted: HashSet<SceneRecord>,
}

impl Open {
    fn kept(&mut self) -> Result<Kept> {
        self.drawing.of(&self.document, &self.way)
    }
}

#[derive(Default)]
struct Desk {
    open: Option<Open>,
    place: Place,
}

impl Desk {
    fn answer(&mut self, task: ProjectTask) -> ProjectNews {
        let what = match &task {
            ProjectTask::Create { .. } | ProjectTask::Find { .. } | ProjectTask::Open { unasked: false, .. } => {
                Refused::Open
            }
            ProjectTask::Open { unasked: true, .. } => Refused::Reopen,
            ProjectTask::Edit { number, .. } => Refused::Edit(*number),
            ProjectTask::Undo(number) => Refused::Undo(*number),
            ProjectTask::Redo(number) => Refused::Redo(*number),
            _ => Refused::Other,
        };
        let edit = if let ProjectTask::Edit { edit, .. } = &task { Some(edit.clone()) } else { None };
        let outcome = catch_unwind(AssertUnwindSafe(|| self.act(task)));
        let error = match outcome {
            Ok(Ok(news)) => return news,
            Ok(Err(error)) => error,
            // A transaction that was begun is taken back by SQLite.
            Err(_) => Error::new("the project could not do it", "it stopped without a message", "please report it"),
        };
        // What was meant and could not be written is worth trying again; what could not be meant is not.
        let again = edit.filter(|_| error.kind() == Kind::Failed);
        ProjectNews::Refused { what, trouble: Trouble::from(&error), again }
    }

    fn act(&mut self, task: ProjectTask) -> Result<ProjectNews> {
        match task {
            ProjectTask::Create { path, crs, place } => {
                self.place = place;
                let document = Document::create(&path, crs.as_ref())?;
                self.opened(document, true)
            }
            ProjectTask::Find { paths, crs, place } => {
                self.place = place;
                if paths.iter().any(|path| self.has_open(path)) {
                    return Ok(ProjectNews::Done);
                }
                let (document, made) = find(&paths, crs.as_ref())?;
                self.opened(document, made)
            }
            ProjectTask::Open { path, place, .. } => {
                self.place = place;
                if self.has_open(&path) {
                    return Ok(ProjectNews::Done);
                }
                let document = Document::open(&path)?;
                self.opened(document, false)
            }
            ProjectTask::Place(place) => {
                self.place = place;
                let Some(open) = &mut self.open else { return Ok(ProjectNews::Done) };
                open.way = Way::new(&self.place, open.document.crs());
                open.drawing.forget();
                open.kept().map(ProjectNews::Placed)
            }
            ProjectTask::Edit { number, edit, scene } => self.edit(number, &edit, scene),
            ProjectTask::Undo(number) => self.walk(number, Direction::Back),
            ProjectTask::Redo(number) => self.walk(number, Direction::Forth),
            ProjectTask::SaveCopy(path) => {
                self.document()?.document.save_copy(&path)?;
                Ok(ProjectNews::Copied(path))
            }
            ProjectTask::NoteModel(model) => {
                self.document()?.document.note_model(&model)?;
                Ok(ProjectNews::Done)
            }
            ProjectTask::Suggest { labels, frame } => {
                let open = self.document()?;
                let phrases = suggestions(open, &labels, frame).unwrap_or_default();
                Ok(ProjectNews::Suggested { labels, phrases })
            }
            ProjectTask::Close => {
                self.open = None;
                Ok(ProjectNews::Closed)
            }
        }
    }

    fn has_open(&self, path: &Path) -> bool {
        self.open.as_ref().is_some_and(|open| files::place(open.document.path()) == files::place(path))
    }

    fn document(&mut self) -> Result<&mut Open> {
        self.open.as_mut().ok_or_else(|| Error::new("cannot do that", "no project is open", "open or make one first"))
    }

    /// Takes a document instead of the one that is open, which is closed.
    fn opened(&mut self, document: Document, made: bool) -> Result<ProjectNews> {
        let way = Way::new(&self.place, document.crs());
        let noted = document.scenes()?.into_iter().collect();
        let mut open = Open { document, way, drawing: Drawing::default(), made: Vec::new(), unmade: Vec::new(), noted };
        let kept = open.kept()?;
        let (undone, done): (Vec<_>, Vec<_>) = open.document.history()?.into_iter().partition(|step| step.is_undone);
        let titles = |steps: Vec<crate::project::Step>| steps.into_iter().map(|step| step.title).collect();
        let news = ProjectNews::Opened {
            path: open.document.path().to_owned(),
            made,
            kept,
            done: titles(done),
            undone: titles(undone),
            scenes: open.document.scenes()?,
        };
        self.open = Some(open);
        Ok(news)
    }

    fn edit(&mut self, number: u64, edit: &ProjectEdit, scene: Option<SceneRecord>) -> Result<ProjectNews> {
        let open = self.document()?;
        let path = scene.as_ref().map(|scene| scene.path.as_str());
        let (steps, mut notes) = make(&mut open.document, edit, &open.way, path)?;
        if !steps.is_empty() {
            open.made.push((number, steps.len()));
            open.unmade.clear();
        }
        if let Some(scene) = scene.filter(|scene| !steps.is_empty() && !open.noted.contains(scene)) {
            // The label is kept; the list of rasters only saves a search.
            match open.document.note_scene(&scene) {
                Ok(()) => drop(open.noted.insert(scene)),
                Err(error) => notes.push(error.to_string()),
            }
        }
        Ok(ProjectNews::Changed { number, changed: together(steps), kept: open.kept()?, notes })
    }

    fn walk(&mut self, number: u64, direction: Direction) -> Result<ProjectNews> {
        let open = self.document()?;
        let list = match direction {
            Direction::Back => &open.made,
            Direction::Forth => &open.unmade,
        };
        let steps = match list.last() {
            _ if number == 0 => 1,
            Some((last, steps)) if *last == number => *steps,
            // It was refused, or changed nothing.
            _ => return Ok(ProjectNews::Done),
        };
        let mut done = Vec::new();
        for _ in 0..steps {
            match direction.walk(&mut open.document) {
                Ok(changed) => done.extend(changed),
                Err(error) => {
                    // All of it or nothing.
                    for _ in &done {
                        direction.turned().walk(&mut open.document)?;
                    }
                    return Err(error);
                }
            }
        }
        if number != 0 {
            let (from, to) = match direction {
                Direction::Back => (&mut open.made, &mut open.unmade),
                Direction::Forth => (&mut open.unmade, &mut open.made),
            };
            to.extend(from.pop());
        }
        Ok(ProjectNews::Changed { number, changed: together(done), kept: open.kept()?, notes: Vec::new() })
    }

    /// What the document holds, where another program has changed it.
    fn glance(&mut self) -> Option<Kept> {
        let open = self.open.as_mut()?;
        // A file that cannot be read now is looked at again the next time.
        open.document.was_changed_elsewhere().ok().filter(|changed| *changed)?;
        open.kept().ok()
    }
}

#[derive(Debug, Clone, Copy)]
enum Direction {
    Back,
    Forth,
}

impl Direction {
    fn walk(self, document: &mut Document) -> Result<Option<Changed>> {
        match self {
            Self::Back => document.undo(),
            Self::Forth => document.redo(),
        }
    }

    fn turned(self) -> Self {
        match self {
            Self::Back => Self::Forth,
            Self::Forth => Self::Back,
        }
    }
}

/// Opens the first of these files that is there, else makes the first that can be made; tells whether it was made.
fn find(paths: &[PathBuf], crs: Option<&Crs>) -> Result<(Document, bool)> {
    let mut refused = None;
    for path in paths {
        if path.symlink_metadata().is_ok() {
            return Document::open(path).map(|document| (document, false));
        }
        if let Some(folder) = path.parent() {
            // Where this fails, making the document says why.
            let _ = fs::create_dir_all(folder);
        }
        match Document::create(path, crs) {
            Ok(document) => return Ok((document, true)),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    Err(refused.unwrap_or_else(|| {
        Error::new("cannot make a project", "there is no place to put it", "choose one: File, New project")
    }))
}

fn suggestions(open: &Open, labels: &[LabelId], frame: geo::Rect<f64>) -> Result<Vec<String>> {
    let frame = open.way.frame_to_document(frame)?;
    let mut all = open.document.labels()?;
    all.retain(|label| label.shape.bounding_rect().is_some_and(|own| own.intersects(&frame)));
    if all.len() > MOST_IN_VIEW {
        return Ok(Vec::new());
    }
    Ok(suggested_phrases(&open.document, &all, labels, frame))
}

/// What several steps did together.
fn together(steps: Vec<Changed>) -> Changed {
    let mut all = Changed::default();
    for step in steps.into_iter().filter(has_changed) {
        all.title = if all.title.is_empty() { step.title } else { all.title };
        all.made.extend(step.made);
        all.altered.extend(step.altered);
        all.gone.extend(step.gone);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_goes_to_the_second_place_where_the_first_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let crs = Crs::from_user("EPSG:32631").unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let paths = [folder.path().join("file/a.gpkg"), folder.path().join("data/projects/a.gpkg")];
        let (document, made) = find(&paths, Some(&crs)).unwrap();
        assert!(made && document.path() == paths[1]);
        drop(document);
        let (document, made) = find(&paths, Some(&crs)).unwrap();
        assert!(!made && document.path() == paths[1], "the next time it is found there");
    }

    #[test]
    fn a_project_that_is_there_but_cannot_be_opened_is_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("a.gpkg"), folder.path().join("b.gpkg")];
        fs::write(&paths[0], "no project").unwrap();
        assert!(find(&paths, None).is_err());
        assert!(!paths[1].exists());
    }
}
