//! Pictures of the window, light and dark, compared with those that were looked at.

use egui_kittest::SnapshotOptions;
use referent::app::command::{Command, Keep};
use referent::app::map::Tool;
use referent::app::state::{Dialog, Draws, ThemeChoice};
use referent::app::work::{News, ProjectNews};
use referent::project::Of;

use super::stage::{Window, own_sample};

/// Other drivers round text differently: a pixel may differ a little, and a few may differ much.
fn tolerant() -> SnapshotOptions {
    SnapshotOptions::new().threshold(2.0).max_failed_pixels(1500)
}

/// A window with a phrase that is partly unknown, and a file that is not there.
fn with_an_error(theme: ThemeChoice) -> Window {
    let mut window = Window::new([760.0, 520.0], theme);
    window.apply(Command::TypePhrase("the two largest ships west of the purple zeppelin".into()));
    window.apply(Command::Open(vec!["harbor.tif".into()]));
    window.wait("the error is there", |state| state.journal.errors() == 1);
    window.settle();
    window
}

#[test]
fn the_window_with_an_error_looks_as_it_did() {
    with_an_error(ThemeChoice::Light).harness.snapshot_options("error_light", &tolerant());
}

#[test]
fn the_palette_in_the_dark_looks_as_it_did() {
    let mut window = with_an_error(ThemeChoice::Dark);
    window.apply(Command::Show(Some(Dialog::Palette)));
    window.settle();
    window.harness.snapshot_options("palette_dark", &tolerant());
}

/// The tab of labels with a named label, one without a name, and an area; without the raster, which is the map's affair.
fn with_labels(theme: ThemeChoice) -> (tempfile::TempDir, Window) {
    let (folder, scene) = own_sample();
    let mut window = Window::new([1180.0, 720.0], theme);
    window.open(scene);
    window.apply(Command::ToggleLabels);
    window.apply(Command::TypeAbsent("a ship".into()));
    let raster = window.state().layers[0].id;
    window.apply(Command::SetVisible(raster, false));
    window.apply(Command::UseTool(Tool::Rectangle));
    for place in [[[380.0, 330.0], [440.0, 390.0]], [[470.0, 440.0], [500.0, 470.0]], [[300.0, 520.0], [340.0, 545.0]]]
    {
        window.draw(place);
    }
    let ids: Vec<Of> = window.state().project.iter().flat_map(|project| project.rows("")).collect();
    for (of, phrase) in [(ids[1], "the small storage tank"), (ids[2], "the storage tank")] {
        window.apply(Command::SelectLabels(vec![of], Keep::Nothing));
        window.apply(Command::AddPhrase(phrase.into()));
    }
    window.apply(Command::SetDraws(Draws::Absence));
    window.draw([[120.0, 420.0], [240.0, 520.0]]);
    window.apply(Command::SelectLabels(vec![ids[2]], Keep::Nothing));
    window.settle();
    // Whenever the picture is taken, the labels were drawn at the same time.
    let mut kept = window.state().project.as_ref().unwrap().kept.clone();
    let snapshot = std::sync::Arc::make_mut(&mut kept.snapshot);
    let times = snapshot.labels.iter_mut().map(|label| &mut label.created);
    for time in times.chain(snapshot.areas.iter_mut().map(|area| &mut area.created)) {
        *time = Some("2026-11-25T23:15:00.000Z".into());
    }
    window.apply(Command::News(News::Project(ProjectNews::ChangedElsewhere(kept))));
    window.settle();
    (folder, window)
}

#[test]
fn labels_look_as_they_did() {
    let (_folder, mut window) = with_labels(ThemeChoice::Light);
    window.harness.snapshot_options("labels_light", &tolerant());
}

#[test]
fn labels_in_the_dark_look_as_they_did() {
    let (_folder, mut window) = with_labels(ThemeChoice::Dark);
    window.harness.snapshot_options("labels_dark", &tolerant());
}
