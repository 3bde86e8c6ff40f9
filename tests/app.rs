//! The window as a user works with it: driven by the names a screen reader says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking")]

#[path = "app/asking.rs"]
mod asking;
#[path = "app/attention.rs"]
mod attention;
#[path = "app/errors.rs"]
mod errors;
#[path = "app/frame_times.rs"]
mod frame_times;
#[path = "app/journey.rs"]
mod journey;
#[path = "app/label_files.rs"]
mod label_files;
#[path = "app/labels.rs"]
mod labels;
#[path = "app/monkey.rs"]
mod monkey;
#[path = "app/panels.rs"]
mod panels;
#[path = "app/pictures.rs"]
mod pictures;
#[path = "app/stage.rs"]
mod stage;
#[path = "app/teach.rs"]
mod teach;
#[path = "app/teaching.rs"]
mod teaching;
