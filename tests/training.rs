//! Training does what the official program does step by step, learns, can be stopped and taken up again, and breaks nothing
//! when it goes wrong.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what went wrong by failing")]

mod common;
#[path = "training/finite_differences.rs"]
mod finite_differences;
#[path = "training/official.rs"]
mod official;
#[path = "training/orders.rs"]
mod orders;
#[path = "training/runs.rs"]
mod runs;
#[path = "training/speed.rs"]
mod speed;
