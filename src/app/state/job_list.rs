//! What is running in the background, as the window shows it.

use std::time::{Duration, Instant};

use super::State;
use crate::app::map::{LayerId, ProbabilityGrid};

/// Names a job while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Sorts of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// A file is opened.
    Open,
    /// A phrase is asked.
    Ask,
    /// The network is asked what it attends to, for the query with this layer.
    Explain(LayerId),
    /// Objects are drawn anew from what the network said.
    Refine,
    /// Limits of a raster's display are measured.
    Stretch,
    /// A file is written.
    Export,
    /// A model is trained.
    Train,
}

/// One job.
#[derive(Debug, Clone)]
pub struct JobState {
    /// Its name for the program.
    pub id: JobId,
    /// What sort it is.
    pub kind: JobKind,
    /// Its name for people.
    pub name: String,
    /// What it is at: "windows".
    pub stage: &'static str,
    /// Steps done and in all, where it counts.
    pub progress: Option<(u64, u64)>,
    /// When it first told of a step.
    started: Option<(Instant, u64)>,
    /// The user asked it to stop.
    pub stopping: bool,
    /// What a query has found so far.
    pub grown: Option<Box<ProbabilityGrid>>,
}

impl JobState {
    /// Share that is done, where it counts.
    pub fn share(&self) -> Option<f32> {
        self.progress.filter(|(_, total)| *total > 0).map(|(done, total)| done as f32 / total as f32)
    }

    /// Time to the end, once it can be told.
    pub fn left(&self, now: Instant) -> Option<Duration> {
        let ((done, total), (started, first)) = (self.progress?, self.started?);
        let spent = now.checked_duration_since(started)?;
        if done <= first || spent < Duration::from_millis(300) {
            return None;
        }
        Some(spent.mul_f64(total.saturating_sub(done) as f64 / (done - first) as f64))
    }

    pub(super) fn step(&mut self, stage: &'static str, done: u64, total: u64) {
        // Another stage, or the same one over again, is timed anew.
        let again = self.stage != stage || self.progress.is_some_and(|(before, of)| done < before || total != of);
        if again || self.started.is_none() {
            self.started = Some((Instant::now(), done));
        }
        (self.stage, self.progress) = (stage, Some((done, total)));
    }
}

impl State {
    /// Lists a new job and names it.
    pub(super) fn start(&mut self, kind: JobKind, name: impl Into<String>) -> JobId {
        let id = JobId(self.next_id());
        let name = name.into();
        let (progress, started, grown) = (None, None, None);
        self.jobs.push(JobState { id, kind, name, stage: "", progress, started, stopping: false, grown });
        id
    }

    /// Takes a job off the list.
    pub(super) fn finish(&mut self, id: JobId) -> Option<JobState> {
        let place = self.jobs.iter().position(|job| job.id == id)?;
        Some(self.jobs.remove(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_the_pace() {
        let mut state = State::default();
        let id = state.start(JobKind::Ask, "ships");
        let job = state.jobs.iter_mut().find(|job| job.id == id).unwrap();
        job.step("windows", 0, 100);
        let start = job.started.unwrap().0;
        job.step("windows", 25, 100);
        let left = job.left(start + Duration::from_secs(10)).unwrap();
        assert_eq!(left.as_secs(), 30);
        assert_eq!(job.left(start), None, "nothing is known at once");
    }
}
