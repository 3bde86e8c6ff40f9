//! The one error type: what went wrong, why, and what to do about it.

use std::error::Error as StdError;
use std::fmt;

/// What every fallible function of the crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// How an error ends a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The work could not be done (exit code 1).
    Failed,
    /// The command was asked for in a way that cannot be meant (exit code 2).
    Usage,
    /// The user stopped it (exit code 130).
    Cancelled,
}

/// A failure a person can act on.
///
/// `what` names the thing that failed, with its file last; `why` says the reason; `remedy` the next step.
/// The underlying error is kept as [`StdError::source`] and never repeated in the text.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    what: String,
    why: String,
    remedy: String,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A failure of the work itself. Each text is a phrase without a full stop at its end.
    pub fn new(what: impl Into<String>, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind: Kind::Failed, what: what.into(), why: why.into(), remedy: remedy.into(), cause: None }
    }

    /// A request that contradicts itself or names an impossible value.
    pub fn usage(what: impl Into<String>, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind: Kind::Usage, ..Self::new(what, why, remedy) }
    }

    /// The user stopped `what`; `kept` says what is left of it.
    pub fn cancelled(what: impl Into<String>, kept: impl Into<String>) -> Self {
        Self { kind: Kind::Cancelled, ..Self::new(what, "it was cancelled", kept) }
    }

    /// Keeps the error that led to this one.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// How this error ends a command.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What went wrong, with what.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Why it went wrong.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// What to do about it.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        for part in [&self.why, &self.remedy] {
            if !part.is_empty() {
                let joint = if std::ptr::eq(part, &self.why) { ": " } else { ". " };
                write!(f, "{joint}{part}")?;
            }
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_why_and_what_to_do() {
        let error = Error::new("cannot open a.tif", "there is no such file", "check the path");
        assert_eq!(error.to_string(), "cannot open a.tif: there is no such file. check the path");
    }

    #[test]
    fn the_cause_is_kept_beside_the_text() {
        let error = Error::new("cannot write", "the disk is full", "").because(std::io::Error::other("ENOSPC"));
        assert_eq!(error.to_string(), "cannot write: the disk is full");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("ENOSPC"));
    }
}
