//! Four-valued truth: a word that is neither plainly true nor plainly false of a thing is not said in a phrase.

/// How far a word holds of a thing. Words are joined by the least of their truths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    /// Nobody would say it: the opposite holds. Only what holds of nothing this plainly is written as "not there".
    Never,
    /// It does not hold.
    No,
    /// People may disagree.
    Unclear,
    /// It holds.
    Yes,
}

/// The limits of a word on one measure that grows as the word holds less.
///
/// What lies between `yes` and `no` is the margin: no phrase whose meaning hangs on it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Up to here it holds.
    pub yes: f64,
    /// From here on it does not.
    pub no: f64,
    /// From here on nobody would say it.
    pub never: f64,
}

impl Limits {
    pub const fn new(yes: f64, no: f64, never: f64) -> Self {
        Self { yes, no, never }
    }

    /// The truth at `value`.
    pub fn of(self, value: f64) -> Truth {
        match value {
            value if value <= self.yes => Truth::Yes,
            value if value >= self.never => Truth::Never,
            value if value >= self.no => Truth::No,
            _ => Truth::Unclear,
        }
    }
}

impl Truth {
    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Two readings of one word: where they disagree, it is unclear.
    pub fn agreed(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Never, Self::No) | (Self::No, Self::Never) => Self::No,
            _ => Self::Unclear,
        }
    }
}
