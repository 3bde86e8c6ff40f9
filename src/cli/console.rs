//! What the command line prints: results on standard output, everything else on standard error.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::files;
use crate::job::{Event, Job, span};

/// Prints `text` and a line end on standard output. A reader that went away ends the output, not the program.
///
/// # Errors
/// When standard output takes nothing for another reason, such as a full disk.
pub fn say(text: impl AsRef<str>) -> Result<()> {
    match writeln!(std::io::stdout().lock(), "{}", text.as_ref()) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::new("cannot write to standard output", cause.to_string(), "check where it goes").because(cause))
        }
        _ => Ok(()),
    }
}

/// Prints `value` as one line of JSON.
pub fn say_json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(value).map_err(|cause| {
        Error::new("cannot write the result as JSON", cause.to_string(), "this is a bug, please report it")
    })?;
    say(text)
}

/// Prints something the user should know though the work goes on.
pub fn warn(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "warning: {}", text.as_ref());
}

/// Prints an error, its cause below it where that says more.
pub fn complain(error: &Error) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "error: {error}");
    if let Some(cause) = std::error::Error::source(error) {
        let cause = cause.to_string();
        if !cause.is_empty() && !error.to_string().contains(&cause) {
            let _ = writeln!(out, "  cause: {cause}");
        }
    }
}

/// A job whose progress is shown on standard error: a bar on a terminal, a line now and then elsewhere.
pub fn job() -> Job {
    let bar = std::io::stderr().is_terminal().then(|| {
        let bar = ProgressBar::no_length();
        bar.set_style(style());
        bar
    });
    let stage_now = Mutex::new(Stage { name: "", started: Instant::now(), told: None });
    Job::new(move |event| match (event, &bar) {
        (Event::Progress { stage, done, total }, Some(bar)) => {
            if bar.is_finished() || bar.message() != stage {
                bar.reset();
                bar.set_message(stage);
            }
            bar.set_length(total);
            bar.set_position(done);
            if done >= total {
                bar.finish_and_clear();
            }
        }
        (Event::Progress { stage, done, total }, None) => {
            let mut now = stage_now.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if now.name != stage || done == 0 {
                *now = Stage { name: stage, started: Instant::now(), told: None };
            }
            let due = now.told.unwrap_or(now.started).elapsed() >= BETWEEN_LINES;
            if due && done > 0 && done < total {
                let left = now.started.elapsed().mul_f64((total - done) as f64 / done as f64);
                let _ = writeln!(
                    std::io::stderr().lock(),
                    "{stage}: {done} of {total}, about {} left",
                    span(left.as_secs_f64())
                );
                now.told = Some(Instant::now());
            }
        }
        (Event::Notice(text), Some(bar)) => bar.suspend(|| warn(text)),
        (Event::Notice(text), None) => warn(text),
    })
}

/// Where the work stands, for output that is no terminal.
struct Stage {
    name: &'static str,
    started: Instant,
    told: Option<Instant>,
}

/// Time between two lines of progress.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// How progress looks on a terminal.
const TEMPLATE: &str = "{msg:>10} {bar:40} {pos}/{len}, {eta} left";

fn style() -> ProgressStyle {
    ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The first Ctrl-C asks the job to stop and keep what it has, the second ends the program; what is half written in `folders`
/// goes then.
pub fn stop_on_ctrl_c(job: &Job, folders: Vec<PathBuf>) -> Result<()> {
    let job = job.clone();
    ctrlc::set_handler(move || {
        if job.is_cancelled() {
            folders.iter().for_each(|folder| files::remove_unfinished(folder));
            std::process::exit(130);
        }
        warn("stopping: what is done will be written; press Ctrl-C again to leave at once");
        job.cancel();
    })
    .map_err(|cause| {
        Error::new("cannot listen for Ctrl-C", cause.to_string(), "this is a bug, please report it").because(cause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_template_is_valid() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
