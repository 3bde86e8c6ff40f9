//! Networks in Burn, and their weights.

pub mod config;
pub mod weights;
