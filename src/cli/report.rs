//! `--report`: what a run did, as one JSON file.

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::query::{Engine, Report};

/// Gathers what a run did.
#[derive(Debug)]
pub struct RunReport {
    started: Instant,
    began: SystemTime,
    runs: Vec<Value>,
    windows: Report,
}

impl RunReport {
    /// A run that begins now.
    pub fn begin() -> Self {
        Self { started: Instant::now(), began: SystemTime::now(), runs: Vec::new(), windows: Report::default() }
    }

    /// Adds one answer, or why there is none.
    pub fn add(&mut self, run: Value, windows: Option<&Report>) {
        self.runs.push(run);
        windows.cloned().into_iter().for_each(|windows| self.windows.add(windows));
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path, engine: &Engine, asked: &Value) -> Result<()> {
        let began = self.began.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let report = json!({
            "produced_by": {
                "program": format!("referent {}", env!("CARGO_PKG_VERSION")),
                "model": engine.card().name,
                "model_sha256": engine.model_hash(),
                "device": engine.device_name(),
                "options": asked,
            },
            "began_unix_seconds": began,
            "seconds": self.started.elapsed().as_secs_f64(),
            "peak_memory_bytes": peak_memory(),
            "windows": self.windows,
            "runs": self.runs,
        });
        write_whole(path, |beside| {
            std::fs::write(beside, format!("{report:#}\n")).map_err(|cause| {
                let what = format!("cannot write {}", path.display());
                Error::new(what, cause.to_string(), "check the free space of the disk").because(cause)
            })
        })
    }
}

/// The most memory this program has held so far, in bytes, where the system says it.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn memory_is_told_in_bytes() {
        let peak = super::peak_memory().unwrap();
        assert!((1 << 20..1 << 40).contains(&peak), "{peak}");
    }
}
