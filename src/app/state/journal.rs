//! What was said and what went wrong. Errors stay until they are dismissed.

use super::State;
use crate::error::{Error, Kind};

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something was done.
    Done,
    /// Something to know.
    Notice,
    /// Something went wrong.
    Error,
}

/// An error as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What went wrong, with what.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// The user stopped it.
    pub cancelled: bool,
}

impl From<&Error> for Trouble {
    fn from(error: &Error) -> Self {
        Self {
            what: error.what().to_owned(),
            why: error.why().to_owned(),
            remedy: error.remedy().to_owned(),
            cancelled: error.kind() == Kind::Cancelled,
        }
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Unique; rises.
    pub id: u64,
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub what: String,
    /// Why; may be empty.
    pub why: String,
    /// What to do; may be empty.
    pub remedy: String,
    /// How often it happened in a row.
    pub times: u32,
}

/// Lines that are kept.
const LENGTH: usize = 500;

/// All lines, oldest first.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Vec<Entry>,
    count: u64,
}

impl Journal {
    /// All lines, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many errors nobody has dismissed yet.
    pub fn errors(&self) -> usize {
        self.entries.iter().filter(|entry| entry.level == Level::Error).count()
    }

    /// Takes a line off the list.
    pub(super) fn dismiss(&mut self, id: u64) {
        self.entries.retain(|entry| entry.id != id);
    }

    /// Takes all lines off the list.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    fn add(&mut self, level: Level, what: String, why: String, remedy: String) {
        if let Some(last) = self.entries.last_mut()
            && (last.level, &last.what, &last.why) == (level, &what, &why)
        {
            last.times += 1;
            return;
        }
        self.count += 1;
        self.entries.push(Entry { id: self.count, level, what, why, remedy, times: 1 });
        if self.entries.len() > LENGTH {
            // Errors stay; the oldest of the rest goes.
            let oldest = self.entries.iter().position(|entry| entry.level != Level::Error).unwrap_or(0);
            self.entries.remove(oldest);
        }
    }
}

impl State {
    /// Writes an error into the journal and shows it; what the user stopped is only noted.
    pub(super) fn complain(&mut self, trouble: Trouble) {
        let Trouble { what, why, remedy, cancelled } = trouble;
        if cancelled {
            self.journal.add(Level::Notice, format!("stopped: {what}"), String::new(), remedy);
            return;
        }
        self.journal.add(Level::Error, what, why, remedy);
        self.tab = Some(super::Tab::Log);
    }

    /// Writes down something to know.
    pub(super) fn note(&mut self, what: impl Into<String>) {
        self.journal.add(Level::Notice, what.into(), String::new(), String::new());
    }

    /// Writes down something that was done.
    pub(super) fn tell_done(&mut self, what: impl Into<String>) {
        self.journal.add(Level::Done, what.into(), String::new(), String::new());
    }
}
