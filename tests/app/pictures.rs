//! Pictures of the window, light and dark, compared with those that were looked at.

use egui_kittest::SnapshotOptions;
use referent::app::command::Command;
use referent::app::state::{Dialog, ThemeChoice};

use super::stage::Window;

/// Other drivers round text differently: a pixel may differ a little, and a few may differ much.
fn tolerant() -> SnapshotOptions {
    SnapshotOptions::new().threshold(2.0).failed_pixel_count_threshold(1500)
}

#[test]
fn the_first_screen_the_log_and_the_palette_look_as_they_did() {
    for (theme, name) in [(ThemeChoice::Light, "light"), (ThemeChoice::Dark, "dark")] {
        let mut window = Window::new([900.0, 600.0], theme);
        window.settle();
        window.harness.snapshot_options(format!("start_{name}"), &tolerant());
        window.apply(Command::TypePhrase("the two largest ships west of the purple zeppelin".into()));
        window.apply(Command::Open(vec!["harbor.tif".into()]));
        window.wait("the error is there", |state| state.journal.errors() == 1);
        window.settle();
        window.harness.snapshot_options(format!("error_{name}"), &tolerant());
        window.apply(Command::Show(Some(Dialog::Palette)));
        window.settle();
        window.harness.snapshot_options(format!("palette_{name}"), &tolerant());
    }
}
