//! Networks in Burn, and their weights.

pub mod efficientnet;
pub(crate) mod fold;
pub mod lite;
pub(crate) mod ops;
pub(crate) mod resize;
pub mod trace;
