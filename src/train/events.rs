//! What a run of training tells while it goes on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Something that happened. One stream serves the command line's bar and the app's curves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Data sets and model are read; the first step comes next.
    Started {
        /// Pictures learned from.
        pictures: usize,
        /// Pictures that choose the best model.
        validation: usize,
        /// Where the network runs.
        device: String,
    },
    /// A step was done.
    Step(Step),
    /// The network was tried on what it does not learn from.
    Validated {
        /// Steps done.
        step: u64,
        /// The figure it is chosen by; larger is better.
        figure: f64,
        /// Whether it is the best so far; then the model file was written.
        best: bool,
    },
    /// A checkpoint to go on from was written.
    Saved {
        /// Steps done.
        step: u64,
    },
    /// The run is over.
    Finished {
        /// Steps done.
        step: u64,
        /// Why.
        why: Stopped,
    },
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Steps done, this one included.
    pub step: u64,
    /// Share of the run that is done.
    pub progress: f64,
    /// The loss before the step.
    pub loss: f64,
    /// Mean IoU of the phrases whose thing is there; `None` if there was none.
    pub iou: Option<f64>,
    /// Learning rate of the heads.
    pub rate: f64,
    /// Norm of the gradient before clipping.
    pub gradient: f64,
    /// Phrases a second, lately.
    pub samples_per_second: f64,
    /// Time the run still needs.
    pub remaining: Duration,
    /// Bytes of memory in use, where the system says it.
    pub memory: Option<u64>,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// Its budget is spent.
    Done,
    /// The figure had not become better for as long as the recipe allows.
    Settled,
    /// Somebody stopped it.
    Cancelled,
}

/// Memory of this process, in bytes (Linux).
pub fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
