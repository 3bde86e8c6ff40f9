//! The window: what the user sees and does. No logic of its own.

pub mod map;
