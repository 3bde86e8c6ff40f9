//! The document as its user meets it: files, edits, undo, crashes, drawing, and what a model learns from.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking")]

#[path = "project/crash.rs"]
mod crash;
#[path = "project/edits.rs"]
mod edits;
#[path = "project/files.rs"]
mod files;
#[path = "raster/picture.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod picture;
#[path = "project/shapes.rs"]
mod shapes;
#[path = "project/triplets.rs"]
mod triplets;

use geo::{MultiPolygon, Rect};
use referent::project::{Changed, Document, Edit, LabelId, NewLabel, Object};
use referent::raster::Crs;

/// UTM 33N.
fn utm() -> Crs {
    Crs::from_user("EPSG:32633").unwrap()
}

fn square(x: f64, y: f64, side: f64) -> MultiPolygon<f64> {
    Rect::new((x, y), (x + side, y + side)).to_polygon().into()
}

/// A square with a square hole in its middle.
fn with_hole(x: f64, y: f64, side: f64) -> MultiPolygon<f64> {
    referent::project::shape::erased(&square(x, y, side), &square(x + side / 4.0, y + side / 4.0, side / 2.0))
}

fn label(shape: MultiPolygon<f64>, class: &str, phrases: &[&str]) -> NewLabel {
    let phrases = phrases.iter().map(|phrase| (*phrase).to_owned()).collect();
    NewLabel { class: Some(class.to_owned()), phrases, ..NewLabel::drawn(shape) }
}

/// The labels that an edit made.
fn made(changed: &Changed) -> Vec<LabelId> {
    let label = |object: &Object| if let Object::Label(id) = object { Some(*id) } else { None };
    changed.made.iter().filter_map(label).collect()
}

fn add(document: &mut Document, labels: Vec<NewLabel>) -> Vec<LabelId> {
    made(&document.apply(&Edit::AddLabels(labels)).unwrap())
}
