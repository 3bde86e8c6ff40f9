//! What the parity tests share: fixtures, synthetic weights, comparison.
#![allow(dead_code)] // Each test binary uses its own part of this.

pub mod fixture;
pub mod part;
pub mod synthetic;
