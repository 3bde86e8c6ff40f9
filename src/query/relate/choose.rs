//! From degrees to a choice: how many are meant, and whether the choice is clear.

use crate::query::relate::selection::Outcome;
use crate::text::{Description, Determiner, NounPhrase, Number, Order};

/// A word holds well enough to be said of one of several: it holds at least as much as not.
///
/// "the tanks near the harbor" are those of which every word holds to this degree.
pub const ENOUGH: f64 = 0.5;

/// A word of place may hold this little of the one that is meant: "the tank on the left" may stand right of the middle if no other
/// does. An attribute may hold even less: the network was asked for "the round tanks" and found them so, whatever their outlines.
pub const LEAST: f64 = 0.1;

/// The next best is as good as the chosen one if its membership is this share of the chosen one's.
pub const AS_GOOD: f64 = 0.9;

/// How far each candidate is meant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// Product of the degrees of all words and the score: what the best is chosen by.
    pub membership: f64,
    /// Degree of the weakest word: what decides whether the words hold at all.
    pub weakest: f64,
    /// Degree of the weakest word that is no attribute of the noun.
    pub weakest_of_place: f64,
}

impl Judgement {
    /// Nothing holds.
    pub const NONE: Self = Self { membership: 0.0, weakest: 0.0, weakest_of_place: 0.0 };
}

/// How many are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// So many, the best.
    Best(u32),
    /// All of which every word holds by [`ENOUGH`].
    All,
    /// The same, but more than one.
    Several,
}

/// The candidates that are meant, best first, and how the choice went.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Their indices.
    pub chosen: Vec<usize>,
    /// Whether it is an answer.
    pub outcome: Outcome,
}

impl Wanted {
    /// How many a description means. An order with a number says it; else the noun does; "nearest" alone means
    /// one, and of a mass noun all is meant.
    pub fn by(description: &Description) -> Self {
        let counts = || description.orders.iter().map(|order| order.count);
        if let Some(count) = counts().flatten().min() {
            return Self::Best(count);
        }
        let is_ranked = description.relations.iter().any(|relation| relation.rank.is_some());
        match description.noun.number {
            Number::One if is_mass(&description.noun) => Self::All,
            Number::One => Self::Best(1),
            Number::Exactly(count) => Self::Best(count),
            Number::Several => Self::Several,
            Number::Unstated if is_ranked => Self::Best(1),
            Number::Unstated | Number::All => Self::All,
        }
    }
}

/// Whether a noun has no plural: "the water" is all of it, in however many pieces it is found.
///
/// The question for the network is in the plural where there is one.
pub fn is_mass(noun: &NounPhrase) -> bool {
    noun.network_phrase().strip_suffix(&noun.class).is_some_and(|before| before.ends_with(' '))
}

/// How many ranks "nearest" takes: as many as are meant; `None` for a plural without a number, where the gap decides.
pub fn nearest_count(noun: &NounPhrase) -> Option<u32> {
    match noun.number {
        Number::One | Number::Unstated => Some(1),
        Number::Exactly(count) => Some(count),
        Number::All | Number::Several => None,
    }
}

/// The highest rank an order takes; `None` where the gap decides.
pub fn last_rank(order: &Order) -> Option<u32> {
    order.count.map(|count| order.first.max(1).saturating_add(count).saturating_sub(1))
}

/// Chooses. `order` lists all candidates so that equal ones stand in an order that does not depend on how they were given.
pub fn choose(judged: &[Judgement], order: &[usize], wanted: Wanted, determiner: Option<Determiner>) -> Choice {
    let mut best_first: Vec<usize> = order.to_vec();
    best_first.sort_by(|&a, &b| judged[b].membership.total_cmp(&judged[a].membership));
    let closest = best_first.first().copied();
    let fits = |index: &usize| {
        let Judgement { membership, weakest, weakest_of_place } = judged[*index];
        let holds = if matches!(wanted, Wanted::Best(_)) { weakest_of_place >= LEAST } else { weakest >= ENOUGH };
        holds && membership > 0.0
    };
    let mut chosen: Vec<usize> = best_first.into_iter().filter(fits).collect();
    let found = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
    let outcome = match wanted {
        _ if chosen.is_empty() => Outcome::NoneFits { closest },
        Wanted::Best(asked) if found < asked => Outcome::TooFew { asked, found },
        Wanted::Several if found < 2 => Outcome::TooFew { asked: 2, found },
        Wanted::Best(asked) => {
            let rest = chosen.split_off(asked as usize);
            let last = chosen.last().map_or(0.0, |&index| judged[index].membership);
            let also: Vec<usize> =
                rest.into_iter().take_while(|&index| judged[index].membership >= AS_GOOD * last).collect();
            // "a tank" means any of them, so that others are as good is no question.
            if also.is_empty() || determiner == Some(Determiner::A) {
                Outcome::Found
            } else {
                Outcome::Ambiguous { also }
            }
        }
        Wanted::All | Wanted::Several => Outcome::Found,
    };
    Choice { chosen, outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(memberships: &[f64], wanted: Wanted) -> Choice {
        let judged: Vec<_> = memberships
            .iter()
            .map(|&membership| Judgement { membership, weakest: membership, weakest_of_place: membership })
            .collect();
        choose(&judged, &(0..judged.len()).collect::<Vec<_>>(), wanted, Some(Determiner::The))
    }

    #[test]
    fn the_one_is_the_best_even_if_it_hardly_fits() {
        assert_eq!(chosen(&[0.1, 0.3, 0.2], Wanted::Best(1)), Choice { chosen: vec![1], outcome: Outcome::Found });
        assert_eq!(
            chosen(&[0.05, 0.01], Wanted::Best(1)),
            Choice { chosen: vec![], outcome: Outcome::NoneFits { closest: Some(0) } }
        );
    }

    #[test]
    fn nearly_as_good_is_ambiguous() {
        let choice = chosen(&[0.8, 0.79, 0.3], Wanted::Best(1));
        assert_eq!(choice, Choice { chosen: vec![0], outcome: Outcome::Ambiguous { also: vec![1] } });
    }

    #[test]
    fn all_are_those_that_hold_at_least_as_much_as_not() {
        assert_eq!(chosen(&[0.5, 0.9, 0.49], Wanted::All).chosen, [1, 0]);
        assert_eq!(chosen(&[0.9, 0.2], Wanted::Several).outcome, Outcome::TooFew { asked: 2, found: 1 });
    }

    #[test]
    fn three_of_two_are_too_few() {
        let choice = chosen(&[0.8, 0.9], Wanted::Best(3));
        assert_eq!(choice, Choice { chosen: vec![1, 0], outcome: Outcome::TooFew { asked: 3, found: 2 } });
    }
}
