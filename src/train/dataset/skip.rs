//! What a data set holds that cannot be used: named, counted, never silent.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::job::Job;

/// What is wrong with a record or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A record that does not say what it should.
    BadRecord,
    /// A picture file that is not there.
    MissingImage,
    /// A mask file that is not there.
    MissingMask,
    /// A picture that cannot be decoded or is not of the stated size.
    BadImage,
    /// A mask that cannot be drawn or is not of its picture's size.
    BadMask,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadRecord => "bad records",
            Self::MissingImage => "missing pictures",
            Self::MissingMask => "missing masks",
            Self::BadImage => "unreadable pictures",
            Self::BadMask => "unreadable masks",
        })
    }
}

/// One thing that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// What is wrong with it.
    pub fault: Fault,
    /// Which record or file.
    pub what: String,
    /// The reason.
    pub why: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "skipped {}: {}", self.what, self.why)
    }
}

/// Everything that was left out, in the order in which it was met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Skips {
    list: Vec<Skipped>,
    counts: BTreeMap<Fault, usize>,
}

impl Skips {
    /// Most notices of one fault that a job is sent; the list keeps all.
    const MAX_NOTICES: usize = 20;

    /// Notes one thing left out, and tells it to `job`.
    pub fn note(&mut self, fault: Fault, what: impl Into<String>, why: impl Into<String>, job: &Job) {
        let skipped = Skipped { fault, what: what.into(), why: why.into() };
        let count = self.counts.entry(fault).or_default();
        *count += 1;
        match *count {
            ..=Self::MAX_NOTICES => job.notice(skipped.to_string()),
            count if count == Self::MAX_NOTICES + 1 => {
                job.notice(format!("there are more {fault}: they are counted and no longer named"));
            }
            _ => {}
        }
        self.list.push(skipped);
    }

    /// The value, or `None` once the failure is noted as a `fault` of `what`. This is how a trainer reads pictures.
    pub fn keep<T>(&mut self, result: Result<T>, fault: Fault, what: &str, job: &Job) -> Option<T> {
        result.map_err(|error| self.note(fault, what, reason(&error), job)).ok()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Skipped> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing was left out.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many have this fault.
    pub fn count(&self, fault: Fault) -> usize {
        self.counts.get(&fault).copied().unwrap_or(0)
    }

    /// Takes over all of `other`.
    pub fn extend(&mut self, other: Self) {
        self.list.extend(other.list);
        for (fault, count) in other.counts {
            *self.counts.entry(fault).or_default() += count;
        }
    }
}

/// "3 bad records, 1 missing masks", or "nothing".
impl fmt::Display for Skips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        let parts: Vec<String> = self.counts.iter().map(|(fault, count)| format!("{count} {fault}")).collect();
        f.write_str(&parts.join(", "))
    }
}

/// What failed and why, without the remedy, which one reader of many skips does not need.
pub(super) fn reason(error: &Error) -> String {
    format!("{}: {}", error.what(), error.why())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn everything_is_counted_and_the_first_of_each_fault_are_named() {
        static NOTICES: AtomicUsize = AtomicUsize::new(0);
        let job = Job::new(|_| {
            NOTICES.fetch_add(1, Ordering::Relaxed);
        });
        let mut skips = Skips::default();
        for number in 0..1000 {
            skips.note(Fault::BadImage, format!("{number}.png"), "it ends too early", &job);
        }
        skips.note(Fault::MissingMask, "7.png", "there is no such file", &job);
        assert_eq!(skips.len(), 1001);
        assert_eq!(skips.to_string(), "1 missing masks, 1000 unreadable pictures");
        // Twenty by name, one that there are more, and the missing mask.
        assert_eq!(NOTICES.load(Ordering::Relaxed), 22);
    }
}
