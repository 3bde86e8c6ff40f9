//! Which of a row of numbered things are done.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A set of numbers as rising ranges with gaps between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranges(Vec<Range<u64>>);

impl Ranges {
    /// How many numbers it holds.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|range| range.end.saturating_sub(range.start)).sum()
    }

    /// How many numbers of `range` it holds.
    pub fn len_within(&self, range: &Range<u64>) -> u64 {
        let within = |mine: &Range<u64>| mine.end.min(range.end).saturating_sub(mine.start.max(range.start));
        self.0.iter().map(within).sum()
    }

    /// Whether it holds `number`.
    pub fn contains(&self, number: u64) -> bool {
        let after = self.0.partition_point(|range| range.end <= number);
        self.0.get(after).is_some_and(|range| range.start <= number)
    }

    /// Adds all numbers of a range.
    pub fn insert(&mut self, new: Range<u64>) {
        if new.is_empty() {
            return;
        }
        let first = self.0.partition_point(|range| range.end < new.start);
        let end = self.0.partition_point(|range| range.start <= new.end);
        let merged =
            self.0[first..end].iter().fold(new, |all, range| all.start.min(range.start)..all.end.max(range.end));
        self.0.splice(first..end, [merged]);
    }

    /// The ranges, rising.
    pub fn iter(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.0.iter().cloned()
    }

    /// Whether any number is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().any(|a| other.0.iter().any(|b| a.start < b.end && b.start < a.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn of(ranges: &[(u64, u64)]) -> (Ranges, BTreeSet<u64>) {
        let mut set = Ranges::default();
        ranges.iter().for_each(|&(start, length)| set.insert(start..start + length));
        (set, ranges.iter().flat_map(|&(start, length)| start..start + length).collect())
    }

    proptest! {
        #[test]
        fn ranges_are_the_set_they_stand_for(
            a in prop::collection::vec((0u64..40, 0u64..9), 0..8), b in prop::collection::vec((0u64..40, 0u64..9), 0..4),
        ) {
            let ((a, all), (b, others)) = (of(&a), of(&b));
            prop_assert_eq!(a.len(), all.len() as u64);
            prop_assert_eq!(a.len_within(&(10..30)), all.range(10..30).count() as u64);
            prop_assert!((0..60).all(|number| a.contains(number) == all.contains(&number)));
            prop_assert_eq!(a.overlaps(&b), !all.is_disjoint(&others));
            let ranges: Vec<_> = a.iter().collect();
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start), "{:?}", ranges);
        }
    }
}
