//! Orders: "leftmost", "second largest", "the two northernmost", "the largest tanks".
//!
//! Who is first depends on who is there at all, and that is a matter of degree: of scores and of the other words. So a rank is a
//! probability. With `q` the [`belief`](crate::query::relate::grade::belief) that a thing belongs to those that are ordered,
//!
//! ```text
//! degree of rank r = P(exactly r - 1 of the things before it belong)        (Poisson binomial)
//! ```
//!
//! With things that belong for certain this is plain counting: 1 for the r-th, 0 for all others.

use std::cmp::Ordering;

use crate::query::relate::appearance::Appearance;
use crate::query::relate::grade::exceeds;
use crate::query::relate::outline::{Outline, length};
use crate::query::relate::stage::Stage;
use crate::text::{Order, OrderKey};

/// What a key is measured on. Sizes are compared by ratio, so their values are logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Difference below which two values cannot be told apart with confidence.
    pub indistinct: f64,
}

/// A thing that is ordered or compared.
#[derive(Clone, Copy)]
pub struct Ordered<'a> {
    /// Its outline.
    pub outline: &'a Outline,
    /// Its area in m² or square units; all of one comparison in the same.
    pub area: f64,
    /// Its colours, where measured.
    pub appearance: Option<&'a Appearance>,
}

/// The value of a key, the greatest first in order; `None` if geometry cannot tell.
///
/// | key | value |
/// |---|---|
/// | leftmost, topmost, ... | coordinate of the centroid in the frame |
/// | northernmost, ... | coordinate of the centroid by true north |
/// | centermost | distance of the centroid to the frame's centre, negative |
/// | largest, smallest | ln area |
/// | longest, widest, ... | ln of the longer or shorter side of the smallest turned rectangle |
/// | roundest | [`Form::roundness`](crate::query::relate::form::Form::roundness) |
/// | brightest, darkest | mean CIE L* |
/// | first, last | as leftmost, rightmost: the phrase does not say from where, the reader is told |
/// | tallest | none: one view from above shows no height |
pub fn value(key: OrderKey, thing: Ordered, stage: &Stage) -> Option<f64> {
    let centroid = thing.outline.centroid();
    let compass = || stage.by_compass(centroid);
    let form = || thing.outline.form();
    Some(match key {
        OrderKey::Leftmost | OrderKey::First => -centroid.x,
        OrderKey::Rightmost | OrderKey::Last => centroid.x,
        OrderKey::Topmost => -centroid.y,
        OrderKey::Bottommost => centroid.y,
        OrderKey::Northernmost => -compass().y,
        OrderKey::Southernmost => compass().y,
        OrderKey::Easternmost => compass().x,
        OrderKey::Westernmost => -compass().x,
        OrderKey::Centermost => -length(centroid - stage.frame().center()),
        OrderKey::Largest => logarithm(thing.area),
        OrderKey::Smallest => -logarithm(thing.area),
        OrderKey::Longest => logarithm(form().length),
        OrderKey::Shortest => -logarithm(form().length),
        OrderKey::Widest => logarithm(form().width),
        OrderKey::Narrowest => -logarithm(form().width),
        OrderKey::Roundest => form().roundness,
        OrderKey::Brightest => thing.appearance?.lightness(),
        OrderKey::Darkest => -thing.appearance?.lightness(),
        OrderKey::Tallest => return None,
    })
}

/// How finely a key can be told: 2 % of a size, a thousandth of the frame's diagonal, 0.01 of roundness, 1 of lightness.
pub fn scale(key: OrderKey, stage: &Stage) -> Scale {
    let indistinct = match key {
        OrderKey::Largest
        | OrderKey::Smallest
        | OrderKey::Longest
        | OrderKey::Shortest
        | OrderKey::Widest
        | OrderKey::Narrowest
        | OrderKey::Tallest => 1.02_f64.ln(),
        OrderKey::Roundest => 0.01,
        OrderKey::Brightest | OrderKey::Darkest => 1.0,
        _ => 0.001 * stage.diagonal(),
    };
    Scale { indistinct }
}

/// "larger than", "darker than", "more to the left than": the degree to which one value exceeds another, one half where equal.
///
/// Logistic with a softness of five times what is [`Scale::indistinct`]: 10 % larger is larger to 0.72, 25 % to 0.90.
pub fn is_more(value: f64, than: f64, scale: Scale) -> f64 {
    exceeds(value, than, 5.0 * scale.indistinct)
}

/// Things in the order of a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Indices of the things, first in order first.
    order: Vec<usize>,
}

impl Ranking {
    /// Orders things by value, greatest first. Those of equal value are ordered by the numbers of `tie`, smaller first, so that
    /// the answer does not depend on the order in which they were found.
    pub fn new(values: &[f64], tie: impl Fn(usize) -> [f64; 3]) -> Self {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| {
            let ties = tie(a).into_iter().zip(tie(b)).map(|(a, b)| a.total_cmp(&b));
            values[b].total_cmp(&values[a]).then_with(|| ties.fold(Ordering::Equal, Ordering::then))
        });
        Self { order }
    }

    /// The degree to which each thing has a rank in `first .. first + count`, given that it belongs; ranks start at 1.
    pub fn ranked(&self, beliefs: &[f64], first: u32, count: u32) -> Vec<f64> {
        let mut degrees = vec![0.0; beliefs.len()];
        let (first, last) = (first.max(1) as usize - 1, (first.max(1) as usize - 1).saturating_add(count as usize));
        // before[k]: the probability that exactly k of the things passed so far belong, for all k that matter.
        let mut before = vec![0.0; last.min(beliefs.len())];
        if let Some(none) = before.first_mut() {
            *none = 1.0;
        }
        for &index in &self.order {
            degrees[index] = before.iter().skip(first).sum::<f64>().clamp(0.0, 1.0);
            let belief = beliefs[index];
            for k in (0..before.len()).rev() {
                let one_less = if k == 0 { 0.0 } else { before[k - 1] };
                before[k] = before[k] * (1.0 - belief) + one_less * belief;
            }
        }
        degrees
    }

    /// The rank of each thing among those believed by at least half, from 1.
    pub fn positions(&self, beliefs: &[f64]) -> Vec<u32> {
        let mut positions = vec![0; beliefs.len()];
        let mut rank = 1;
        for &index in &self.order {
            positions[index] = rank;
            if beliefs[index] >= 0.5 {
                rank += 1;
            }
        }
        positions
    }

    /// Whether the value that comes after those of ranks up to `last` is hardly different from theirs: its index.
    pub fn close_call(&self, values: &[f64], beliefs: &[f64], last: u32, scale: Scale) -> Option<usize> {
        let mut believed =
            self.order.iter().copied().filter(|&index| beliefs[index] >= 0.5).skip((last as usize).checked_sub(1)?);
        let (inside, outside) = (believed.next()?, believed.next()?);
        ((values[inside] - values[outside]).abs() <= scale.indistinct).then_some(outside)
    }

    /// "the largest tanks": the degree to which each thing is before the widest gap.
    ///
    /// Among those believed by at least half, the widest gap between neighbours in order that leaves before it at least two and
    /// at most half of them, nor more than twice the root of their number: of ten thousand not thousands are "the largest",
    /// however evenly they are spread. A logistic curve through its middle, 0.9 and 0.1 at its ends.
    pub fn before_the_gap(&self, values: &[f64], beliefs: &[f64]) -> Vec<f64> {
        let believed: Vec<f64> =
            self.order.iter().filter(|&&index| beliefs[index] >= 0.5).map(|&index| values[index]).collect();
        let most = (believed.len() / 2).min(2 * believed.len().isqrt()).max(2);
        let gaps = (2..=most).filter_map(|count| Some((believed.get(count - 1)?, believed.get(count)?)));
        let widest = gaps.max_by(|a, b| (a.0 - a.1).total_cmp(&(b.0 - b.1)));
        match widest {
            Some((upper, lower)) => {
                let softness = (upper - lower) / (2.0 * 9.0_f64.ln());
                values.iter().map(|&value| exceeds(value, f64::midpoint(*upper, *lower), softness)).collect()
            }
            // One or two things: all of them are the largest.
            None => vec![1.0; values.len()],
        }
    }
}

/// Logarithm of a measure; of none, that of the smallest.
fn logarithm(measure: f64) -> f64 {
    measure.max(f64::MIN_POSITIVE).ln()
}

/// The words of an order for evidence: "second largest".
pub(super) fn order_words(order: &Order) -> String {
    match order.first {
        1 => order.key.word().into(),
        first => format!("{} number {first}", order.key.word()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(values: &[f64]) -> Ranking {
        Ranking::new(values, |_| [0.0; 3])
    }

    #[test]
    fn with_certain_things_ranks_are_counted() {
        let values = [3.0, 9.0, 5.0, 7.0];
        let ranking = plain(&values);
        assert_eq!(ranking.ranked(&[1.0; 4], 1, 1), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(ranking.ranked(&[1.0; 4], 2, 2), [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(ranking.ranked(&[1.0; 4], 5, 1), [0.0; 4]);
        assert_eq!(ranking.positions(&[1.0; 4]), [4, 1, 3, 2]);
    }

    #[test]
    fn a_doubtful_first_leaves_the_second_a_chance() {
        let degrees = plain(&[9.0, 5.0]).ranked(&[0.3, 1.0], 1, 1);
        assert!((degrees[0] - 1.0).abs() < 1e-12 && (degrees[1] - 0.7).abs() < 1e-12);
    }

    #[test]
    fn the_largest_are_those_before_the_widest_gap() {
        let values = [1.0, 1.1, 5.0, 5.3, 1.2, 0.9, 4.8];
        let degrees = plain(&values).before_the_gap(&values, &[1.0; 7]);
        for (value, degree) in values.iter().zip(degrees) {
            assert_eq!(*value > 4.0, degree >= 0.5, "{value}: {degree}");
        }
        assert_eq!(plain(&[1.0]).before_the_gap(&[1.0], &[1.0]), [1.0]);
    }

    #[test]
    fn values_too_close_to_tell_are_reported() {
        let ranking = plain(&[10.0, 9.99, 3.0]);
        let scale = Scale { indistinct: 0.1 };
        assert_eq!(ranking.close_call(&[10.0, 9.99, 3.0], &[1.0; 3], 1, scale), Some(1));
        assert_eq!(ranking.close_call(&[10.0, 9.99, 3.0], &[1.0; 3], 2, scale), None);
    }

    proptest! {
        #[test]
        fn the_ranks_of_a_thing_share_its_certainty(
            things in prop::collection::vec((0.0..100.0f64, 0.0..=1.0f64), 1..30),
        ) {
            let (values, beliefs): (Vec<f64>, Vec<f64>) = things.into_iter().unzip();
            let ranking = plain(&values);
            let mut sums = vec![0.0; values.len()];
            for rank in 1..=values.len() as u32 {
                let degrees = ranking.ranked(&beliefs, rank, 1);
                // Over all things, somebody has the rank as probably as there are enough of them.
                let somebody: f64 = degrees.iter().zip(&beliefs).map(|(degree, belief)| degree * belief).sum();
                prop_assert!(somebody <= 1.0 + 1e-9);
                sums.iter_mut().zip(degrees).for_each(|(sum, degree)| *sum += degree);
            }
            prop_assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-9));
        }
    }
}
