//! What a run keeps on disk while it works, and which share of the work is its own. Nothing of it changes an answer.

use std::ops::Range;
use std::str::FromStr;

use super::cache::FeatureCache;
use super::journal::Journal;

/// What a run keeps.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keeping<'a> {
    /// Features of windows, for the next phrase.
    pub cache: Option<&'a FeatureCache>,
    /// What is done, for a run that goes on after this one.
    pub journal: Option<&'a Journal>,
    /// The share of the windows that is looked at; `None`: all.
    pub share: Option<Share>,
}

/// One of several equal shares of the work: blocks that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// From 1.
    pub number: u64,
    /// How many there are.
    pub count: u64,
}

impl Share {
    /// The numbers of this share among `0..all`. The shares of all machines are disjoint and together everything.
    pub fn of(self, all: u64) -> Range<u64> {
        let border = |number: u64| (u128::from(all) * u128::from(number) / u128::from(self.count.max(1))) as u64;
        border(self.number.saturating_sub(1))..border(self.number)
    }
}

impl FromStr for Share {
    type Err = String;

    /// Reads "2/8".
    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
        match numbers {
            Some((number, count)) if (1..=count).contains(&number) => Ok(Self { number, count }),
            Some(_) => Err("the first number must lie between 1 and the second".into()),
            None => Err("expected I/N, for instance 2/8 for the second of eight shares".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shares_are_disjoint_equal_and_everything(all in 0u64..10_000, count in 1u64..100) {
            let shares: Vec<_> = (1..=count).map(|number| Share { number, count }.of(all)).collect();
            prop_assert_eq!((shares[0].start, shares[shares.len() - 1].end), (0, all));
            prop_assert!(shares.windows(2).all(|pair| pair[0].end == pair[1].start));
            let sizes = shares.iter().map(|share| share.end - share.start);
            prop_assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1);
        }
    }

    #[test]
    fn a_share_is_written_as_a_fraction() {
        assert_eq!("2/8".parse(), Ok(Share { number: 2, count: 8 }));
        for wrong in ["0/8", "9/8", "2", "a/b", "1/0", "-1/2", "2/8/3"] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong}");
        }
    }
}
