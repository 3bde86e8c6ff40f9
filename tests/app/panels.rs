//! Pictures of every panel and dialog, light and dark, compared with those that were looked at.

use egui_kittest::SnapshotResults;
use referent::app::command::Command;
use referent::app::state::{Dialog, Tab, ThemeChoice};

use super::pictures::tolerant;
use super::stage::Window;

const THEMES: [(ThemeChoice, &str); 2] = [(ThemeChoice::Light, "light"), (ThemeChoice::Dark, "dark")];

/// Takes a picture of what `show` makes of a window in each look.
fn in_each_look(name: &str, show: impl Fn(ThemeChoice) -> Window) {
    let mut results = SnapshotResults::new();
    for (theme, look) in THEMES {
        let mut window = show(theme);
        window.settle();
        window.harness.snapshot_options(format!("{name}_{look}"), &tolerant());
        results.extend(window.harness.take_snapshot_results());
    }
}

/// The sample scene with an answer. The raster is hidden: it is the map's affair and differs between drivers.
fn answered(theme: ThemeChoice) -> Window {
    let mut window = Window::new([1180.0, 720.0], theme);
    // By a path that is the same everywhere, as it is shown.
    window.open("assets/sample/rotterdam_tanks.tif".into());
    window.apply(Command::TypePhrase("the storage tanks".into()));
    window.apply(Command::Ask);
    window.wait("it is answered", |state| state.asking().is_none() && state.layers.len() == 2);
    let raster = window.state().layers[0].id;
    window.apply(Command::SetVisible(raster, false));
    // How long it took is another each time.
    window.apply(Command::DismissAll);
    window
}

#[test]
fn the_first_screen_looks_as_it_did() {
    in_each_look("first_screen", |theme| Window::new([1000.0, 640.0], theme));
}

#[test]
fn results_look_as_they_did() {
    in_each_look("results", answered);
}

#[test]
fn the_style_of_a_scene_looks_as_it_did() {
    in_each_look("scene_style", |theme| {
        let mut window = answered(theme);
        let raster = window.state().layers[0].id;
        window.apply(Command::SelectLayer(Some(raster)));
        window
    });
}

#[test]
fn the_export_looks_as_it_did() {
    in_each_look("export", |theme| {
        let mut window = answered(theme);
        window.apply(Command::ShowExport);
        window
    });
}

#[test]
fn settings_look_as_they_did() {
    in_each_look("settings", |theme| {
        let mut window = Window::new([1000.0, 640.0], theme);
        window.apply(Command::Show(Some(Dialog::Settings)));
        window
    });
}

#[test]
fn shortcuts_look_as_they_did() {
    in_each_look("shortcuts", |theme| {
        let mut window = Window::new([1000.0, 640.0], theme);
        window.apply(Command::Show(Some(Dialog::Shortcuts)));
        window
    });
}

#[test]
fn the_log_looks_as_it_did() {
    in_each_look("log", |theme| {
        let mut window = Window::new([1000.0, 640.0], theme);
        window.apply(Command::Open(vec!["harbor.tif".into()]));
        window.wait("the error is there", |state| state.journal.errors() == 1);
        window.apply(Command::ShowTab(Some(Tab::Log)));
        window
    });
}
