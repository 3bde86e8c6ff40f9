//! Pictures of the window, light and dark, compared with those that were looked at.

use egui_kittest::SnapshotOptions;
use referent::app::command::Command;
use referent::app::state::{Dialog, ThemeChoice};

use super::stage::Window;

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
