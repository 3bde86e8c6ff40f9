//! What the parity tests share: fixtures, synthetic weights, comparison.
#![allow(dead_code, clippy::unwrap_used)] // Each test binary uses its own part of this.

pub mod blocks;
pub mod fixture;
pub mod part;
pub mod synthetic;
