//! The published network, BERT and MiniLM agree with the official programs: as wholes, part by part, in training, and in how
//! their weights are called.
//!
//! Fixtures, tolerances and their reasons: `tests/fixtures/reference`. A tolerance is four times the difference between the
//! official program's own single and double precision runs, and at least 1e-5 of the tensor's largest value.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;
mod laws;
mod parts;
mod text;
mod training;
mod weights;
mod whole;
