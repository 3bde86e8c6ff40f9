//! The report on a data set as a person reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Count, Report, Topic};

/// Findings of one topic that are named; the rest is counted.
const MAX_NAMED: usize = 5;

impl Topic {
    /// Every topic, the gravest first.
    pub const ALL: [Self; 8] = [
        Self::Leak,
        Self::BadImage,
        Self::BadMask,
        Self::SizeMismatch,
        Self::Contradiction,
        Self::EmptyMask,
        Self::DuplicatePhrase,
        Self::Unassigned,
    ];

    /// What is wrong and what comes of it.
    fn title(self) -> &'static str {
        match self {
            Self::Leak => "leaks between splits; training refuses them",
            Self::BadImage => "pictures that cannot be read; they are left out",
            Self::BadMask => "masks that cannot be drawn; they are left out",
            Self::SizeMismatch => "pictures and masks of different size; they are left out",
            Self::Contradiction => "phrases with two meanings in one picture",
            Self::EmptyMask => "empty masks; mark the phrase as absent if the thing is not there",
            Self::DuplicatePhrase => "repeated phrases",
            Self::Unassigned => "pictures without a split; nothing uses them until the data set is split",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Count { pictures, instances, phrases, absent } = self.total;
        writeln!(f, "{}: {pictures} pictures, {instances} objects, {phrases} phrases, {absent} absent", self.name)?;
        let names = self.by_split.keys().chain(self.by_category.keys()).chain(self.by_kind.keys());
        let width = names.map(|name| name.chars().count()).max().unwrap_or(0).max(12);

        writeln!(f, "\n{:width$} {:>9} {:>9} {:>9} {:>9}", "split", "pictures", "objects", "phrases", "absent")?;
        for (split, Count { pictures, instances, phrases, absent }) in &self.by_split {
            writeln!(f, "{split:width$} {pictures:>9} {instances:>9} {phrases:>9} {absent:>9}")?;
        }
        let splits: BTreeSet<&String> = self.by_split.keys().collect();
        for (title, table) in [("category", &self.by_category), ("phrase kind", &self.by_kind)] {
            write_table(f, title, table, &splits, width)?;
        }

        if !self.skips.is_empty() {
            writeln!(f, "\nleft out: {}", self.skips)?;
            for skipped in self.skips.iter().take(MAX_NAMED) {
                writeln!(f, "  {}: {}", skipped.what, skipped.why)?;
            }
            write_rest(f, self.skips.len())?;
        }
        for topic in Topic::ALL {
            let count = self.about(topic).count();
            if count == 0 {
                continue;
            }
            writeln!(f, "\n{}:", topic.title())?;
            for finding in self.about(topic).take(MAX_NAMED) {
                writeln!(f, "  {}", finding.text)?;
            }
            write_rest(f, count)?;
        }
        if self.skips.is_empty() && self.findings.is_empty() {
            writeln!(f, "\nnothing is wrong with it")?;
        }
        Ok(())
    }
}

/// Objects and phrases together, a column a split.
fn write_table(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    table: &BTreeMap<String, BTreeMap<String, Count>>,
    splits: &BTreeSet<&String>,
    width: usize,
) -> fmt::Result {
    if table.is_empty() {
        return Ok(());
    }
    write!(f, "\n{title:width$}")?;
    for split in splits {
        write!(f, " {split:>9}")?;
    }
    writeln!(f)?;
    for (name, row) in table {
        write!(f, "{name:width$}")?;
        for split in splits {
            let count = row.get(*split).map_or(0, |count| count.instances + count.phrases + count.absent);
            write!(f, " {count:>9}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}

fn write_rest(f: &mut fmt::Formatter<'_>, count: usize) -> fmt::Result {
    if count > MAX_NAMED { writeln!(f, "  and {} more", count - MAX_NAMED) } else { Ok(()) }
}
