//! The project as a file: in other hands, damaged, in another coordinate system. Nothing that was drawn is lost.

use std::fs;
use std::path::Path;

use egui::{Key, Modifiers};
use referent::app::command::Command;
use referent::app::state::{Level, Settings, State, Tab};
use referent::project::{Document, Edit, NewLabel};
use referent::raster::Crs;

use super::labels::{labelling, labels, project};
use super::stage::{Window, own_sample};

const PLACE: [[f64; 2]; 2] = [[400.0, 350.0], [480.0, 430.0]];

fn last_error(state: &State) -> String {
    let entry = state.journal.entries().iter().rev().find(|entry| entry.level == Level::Error).expect("an error");
    format!("{}: {}. {}", entry.what, entry.why, entry.remedy)
}

fn utm() -> Crs {
    Crs::from_user("EPSG:32631").unwrap()
}

#[test]
fn a_drawing_waits_while_its_project_is_open_in_another_window() {
    let (folder, mut window) = labelling();
    let file = folder.path().join("port.referent.gpkg");
    let elsewhere = Document::create(&file, Some(&utm())).unwrap();
    window.click("Rectangle tool");
    window.draw(PLACE);
    assert!(window.state().project.is_none());
    let error = last_error(window.state());
    assert!(error.contains("open in another window") && error.contains("close it there first"), "{error}");
    assert_eq!(window.state().labelling.waiting.len(), 1, "the drawing is not lost");
    window.apply(Command::ShowTab(Some(Tab::Labels)));
    window.settle();
    assert!(window.shows("1 drawing is not kept yet"));
    drop(elsewhere);
    window.click("Try again");
    window.settle();
    assert_eq!(labels(window.state()).len(), 1);
    assert!(window.state().labelling.waiting.is_empty());
}

#[test]
fn a_damaged_or_foreign_file_in_the_projects_place_is_named_and_left_alone() {
    let (folder, mut window) = labelling();
    let file = folder.path().join("port.referent.gpkg");
    fs::write(&file, "no project at all").unwrap();
    window.click("Rectangle tool");
    window.draw(PLACE);
    let error = last_error(window.state());
    assert!(error.contains("port.referent.gpkg") && error.contains("not a GeoPackage"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "no project at all");
    let other = folder.path().join("other");
    window.apply(Command::NewProject(other.clone()));
    window.settle();
    assert_eq!(labels(window.state()).len(), 1, "the drawing goes into the project made instead");
    assert_eq!(project(window.state()).path, other.with_extension("gpkg"));
}

#[test]
fn a_read_only_project_is_refused_in_words() {
    let (folder, mut window) = labelling();
    let file = folder.path().join("port.referent.gpkg");
    drop(Document::create(&file, Some(&utm())).unwrap());
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    window.apply(Command::OpenProject(file));
    window.settle();
    let error = last_error(window.state());
    assert!(error.contains("read-only") && error.contains("open the copy"), "{error}");
}

#[test]
fn a_project_in_another_coordinate_system_is_drawn_where_it_belongs() {
    let (folder, mut window) = labelling();
    let file = folder.path().join("port.referent.gpkg");
    drop(Document::create(&file, Some(&Crs::from_user("EPSG:4326").unwrap())).unwrap());
    window.click("Rectangle tool");
    window.settle();
    let world = |window: &Window, pixel| {
        let (_, scene) = window.state().asked_scene().unwrap();
        scene.raster.scene.georeference().world_from_pixel(pixel).unwrap()
    };
    window.draw(PLACE);
    let label = &labels(window.state())[0];
    let corner = label.shape.0[0].exterior().0[0];
    assert!(corner.x.abs() < 10.0 && (50.0..54.0).contains(&corner.y), "kept in degrees: {corner:?}");
    let bounds = project(window.state()).kept.labels.bounds().unwrap();
    let [west, east] = [PLACE[0][0], PLACE[1][0]].map(|x| world(&window, [x, PLACE[0][1]])[0]);
    let pixel = (east - west) / 80.0;
    assert!((bounds.min[0] - west).abs() < 3.0 * pixel, "{} is not {west}", bounds.min[0]);
    assert!((bounds.max[0] - east).abs() < 3.0 * pixel, "{} is not {east}", bounds.max[0]);
}

#[test]
fn a_copy_holds_the_labels_and_another_program_may_change_the_project() {
    let (folder, mut window) = labelling();
    window.click("Rectangle tool");
    window.draw(PLACE);
    let copy = folder.path().join("copy.gpkg");
    window.apply(Command::CopyProject(copy.clone()));
    window.settle();
    assert_eq!(Document::open(&copy).unwrap().labels().unwrap(), labels(window.state()));
    window.apply(Command::CloseProject);
    window.settle();
    assert!(window.state().project.is_none() && !lock_of(&folder.path().join("port.referent.gpkg")).exists());
    assert_eq!(window.state().history.undoes(), Some("Open"), "its edits go with it");
}

fn lock_of(file: &Path) -> std::path::PathBuf {
    file.with_file_name(format!(".{}.lock", file.file_name().unwrap().to_string_lossy()))
}

#[test]
fn the_project_of_a_scene_is_open_again_with_it_the_next_time() {
    let (folder, scene) = own_sample();
    let file = folder.path().join("mine.gpkg");
    let mut document = Document::create(&file, Some(&utm())).unwrap();
    let square = geo::Rect::new((593_200.0, 5_750_100.0), (593_230.0, 5_750_130.0)).to_polygon();
    document.apply(&Edit::AddLabels(vec![NewLabel::drawn(square.into())])).unwrap();
    drop(document);
    let mut settings = Settings::default();
    settings.projects.insert(scene.display().to_string(), file.clone());
    let mut window = Window::with_settings([900.0, 600.0], settings);
    window.open(scene);
    window.settle();
    assert_eq!(project(window.state()).path, file);
    assert_eq!(labels(window.state()).len(), 1);
    window.apply(Command::NewProject(folder.path().join("new.gpkg")));
    window.settle();
    assert!(labels(window.state()).is_empty(), "a new project is opened instead");
    assert!(!lock_of(&file).exists(), "and the old one let go");
    assert!(window.state().settings.projects.values().all(|path| path.ends_with("new.gpkg")));
}

#[test]
fn a_label_outside_of_every_raster_is_kept_and_that_is_said() {
    let (_folder, mut window) = labelling();
    for _ in 0..3 {
        window.press(Modifiers::COMMAND, Key::Minus);
    }
    window.click("Circle tool");
    window.draw([[-900.0, 300.0], [-700.0, 300.0]]);
    assert_eq!(labels(window.state()).len(), 1);
    assert_eq!(labels(window.state())[0].scene, None);
    let said = window.state().journal.entries().iter().any(|entry| entry.what.contains("outside of every open raster"));
    assert!(said, "{:?}", window.state().journal.entries());
}

#[test]
fn a_drawing_that_cannot_be_written_waits_and_is_kept_later() {
    let (folder, mut window) = labelling();
    window.click("Rectangle tool");
    window.draw(PLACE);
    let file = folder.path().join("port.referent.gpkg");
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    window.draw([[520.0, 350.0], [560.0, 390.0]]);
    let error = last_error(window.state());
    assert!(error.contains("another program is writing it"), "{error}");
    assert_eq!((labels(window.state()).len(), window.state().labelling.waiting.len()), (1, 1));
    assert_eq!(window.state().history.undoes(), Some("add label"), "one step, of the label that is kept");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    window.apply(Command::KeepWaiting);
    window.settle();
    assert_eq!((labels(window.state()).len(), window.state().labelling.waiting.len()), (2, 0));
    window.press(Modifiers::COMMAND, Key::Z);
    window.settle();
    assert_eq!(labels(window.state()).len(), 1);
}

#[test]
fn what_another_program_writes_into_the_project_is_shown() {
    let (folder, mut window) = labelling();
    window.click("Rectangle tool");
    window.draw(PLACE);
    let file = folder.path().join("port.referent.gpkg");
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("UPDATE labels SET class = 'tank farm'").unwrap();
    drop(other);
    window.wait("the change is seen", |state| labels(state)[0].class.as_deref() == Some("tank farm"));
    assert!(window.state().journal.entries().iter().any(|entry| entry.what.contains("another program changed")));
}
