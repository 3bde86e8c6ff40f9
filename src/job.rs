//! Long work: its progress, its notices and the wish to stop it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::error::{Error, Result};

/// What a job tells whoever watches it.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// `done` of `total` steps of the stage called `stage` are finished.
    Progress {
        /// What is being done, as a person would say it: "windows", "phrases".
        stage: &'static str,
        /// Steps finished.
        done: u64,
        /// Steps in all.
        total: u64,
    },
    /// Something the user should know though the work goes on.
    Notice(String),
}

type Listener = dyn Fn(Event) + Send + Sync;

/// How soon work that waits sees that it may go on.
const GLANCE: Duration = Duration::from_millis(20);

/// A handle on one piece of long work. Clones speak of the same work.
#[derive(Clone)]
pub struct Job {
    cancelled: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
    listener: Arc<Listener>,
}

impl Job {
    /// A job whose events go to `listener`, which must return at once.
    pub fn new(listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self { cancelled: Arc::default(), paused: Arc::default(), listener: Arc::new(listener) }
    }

    /// A job nobody watches.
    pub fn unwatched() -> Self {
        Self::new(|_| {})
    }

    /// The same work, to be cancelled with it, whose events nobody watches.
    #[must_use]
    pub fn unheard(&self) -> Self {
        Self { listener: Arc::new(|_| {}), ..self.clone() }
    }

    /// Asks the work to stop at its next step.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether someone asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Asks the work to wait at its next step, or to go on.
    pub fn pause(&self, waits: bool) {
        self.paused.store(waits, Ordering::Relaxed);
    }

    /// Waits as long as someone wants the work to wait; a wish to stop ends that. Work that can wait calls it between steps.
    pub fn wait_while_paused(&self) {
        while self.paused.load(Ordering::Relaxed) && !self.is_cancelled() {
            thread::sleep(GLANCE);
        }
    }

    /// `Err` of kind `Cancelled` once someone asked to stop `what`.
    pub fn check(&self, what: &str) -> Result<()> {
        if self.is_cancelled() { Err(Error::cancelled(what, "nothing was written")) } else { Ok(()) }
    }

    /// Tells how far a stage is.
    pub fn progress(&self, stage: &'static str, done: u64, total: u64) {
        (self.listener)(Event::Progress { stage, done, total });
    }

    /// Tells the user something though the work goes on.
    pub fn notice(&self, text: impl Into<String>) {
        (self.listener)(Event::Notice(text.into()));
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}

/// So many seconds as a person would say them: `0.4 s`, `12 s`, `3 min`, `1.5 h`.
pub fn span(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{s:.1} s"),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use std::sync::Mutex;

    #[test]
    fn a_cancelled_job_says_so_to_every_clone() {
        let job = Job::unwatched();
        let other = job.clone();
        assert!(other.check("reading").is_ok());
        job.cancel();
        assert_eq!(other.check("reading").map_err(|e| e.kind()), Err(Kind::Cancelled));
    }

    #[test]
    fn paused_work_waits_until_it_may_go_on_or_is_to_stop() {
        for go_on in [|job: &Job| job.pause(false), Job::cancel] {
            let job = Job::unwatched();
            job.pause(true);
            let worker = thread::spawn({
                let job = job.clone();
                move || job.wait_while_paused()
            });
            thread::sleep(5 * GLANCE);
            assert!(!worker.is_finished());
            go_on(&job);
            worker.join().unwrap();
        }
    }

    #[test]
    fn events_reach_the_listener_in_order() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let job = Job::new(move |event| sink.lock().unwrap().push(event));
        job.progress("windows", 1, 2);
        job.notice("half of it is water");
        let seen = seen.lock().unwrap();
        assert_eq!(seen[0], Event::Progress { stage: "windows", done: 1, total: 2 });
        assert_eq!(seen[1], Event::Notice("half of it is water".into()));
    }

    #[test]
    fn durations_read_like_speech() {
        assert_eq!([0.4, 5.0, 120.0, 7200.0].map(span), ["0.4 s", "5 s", "2 min", "2.0 h"]);
    }
}
