//! The window: what the user sees and does. No logic of its own.
//!
//! [`State`](state::State) is plain data, read by [`panels`], which answer with [`Command`](command::Command)s;
//! `State::apply` is the only place that changes it. What takes long leaves it as a [`Task`](work::Task), runs on another thread and
//! comes back as [`News`](work::News). The [`Shell`] turns that circle once a frame; `window` hangs it into a window.

pub mod command;
pub mod map;
mod menu;
pub mod panels;
mod shell;
pub mod state;
pub mod theme;
mod window;
pub mod work;

pub use shell::Shell;
pub use window::{Launch, run};
