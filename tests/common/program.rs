//! The program as a user starts it, and what a run leaves behind.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)] // Each test binary uses its own part of this.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What a run of the program left behind.
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }
}

impl Run {
    /// The run, which must have ended with `code` and without a panic.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert!(!self.err.contains("panicked"), "{}", self.err);
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// The lines of JSON on standard output.
    pub fn json_lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    /// The only line of JSON on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        let mut lines = self.json_lines();
        assert_eq!(lines.len(), 1, "{}", self.out);
        lines.remove(0)
    }

    /// The one message of a run that failed.
    #[track_caller]
    pub fn message(&self) -> &str {
        let mut errors = self.err.lines().filter(|line| line.starts_with("error: "));
        let first = errors.next().unwrap_or_else(|| panic!("no message in {:?}", self.err));
        assert_eq!(errors.next(), None, "one message is enough: {}", self.err);
        first
    }
}

/// The program with `arguments`. What it keeps of what it saw goes to a cache of the tests' own, called `cache`: what one test saw
/// helps the others, and no user's cache is touched.
pub fn command(arguments: &[&str], cache: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_referent"));
    command.args(arguments).env("REFERENT_ASSETS", concat!(env!("CARGO_MANIFEST_DIR"), "/assets"));
    command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join(cache));
    command.stdin(Stdio::null());
    command
}

/// The names in a folder.
pub fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
