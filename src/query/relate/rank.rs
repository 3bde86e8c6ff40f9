//! Orders and "nearest" over the candidates that the other words mean.

use crate::query::relate::choose::{ENOUGH, last_rank, nearest_count};
use crate::query::relate::grade::belief;
use crate::query::relate::landmarks::{Grade, Landmarks, Subject};
use crate::query::relate::order::{Ranking, Scale, order_words, scale, value};
use crate::query::relate::outline::{Gap, length};
use crate::query::relate::relation::rank_value;
use crate::query::relate::resolved::{Mark, Resolved, judge, relation_words};
use crate::query::relate::selection::Outcome;
use crate::query::relate::solve::Solver;
use crate::text::{Description, Order, OrderKey, Relation};

/// What orders go by: a value for each candidate, the greatest first.
struct Key {
    values: Vec<f64>,
    /// What orders those of equal value, the least first.
    ties: Vec<f64>,
    witnesses: Vec<Option<(usize, usize, Gap)>>,
    scale: Scale,
}

/// What orders leave open.
#[derive(Default)]
pub(super) struct Close {
    /// Candidates that hardly differ from the last chosen one.
    pub(super) calls: Vec<usize>,
    /// Set if a rank is asked that nobody can have.
    pub(super) no_such_rank: Option<Outcome>,
}

impl Close {
    fn add(&mut self, next: Self) {
        self.calls.extend(next.calls);
        self.no_such_rank = self.no_such_rank.take().or(next.no_such_rank);
    }
}

impl Solver<'_> {
    /// Orders and nearest-of-all, over those that the words so far mean.
    pub(super) fn orders(
        &self,
        description: &Description,
        ranked: &[(&Relation, Landmarks)],
        scores: &[f64],
        resolved: &mut Resolved,
    ) -> Close {
        let beliefs: Vec<f64> = judge(&resolved.columns, scores)
            .iter()
            .zip(scores)
            .map(|(judgement, score)| belief(judgement.weakest) * belief(*score))
            .collect();
        let mut close = Close::default();
        for order in &description.orders {
            let words = order_words(order);
            let Some(key) = self.key(order.key, resolved) else {
                resolved.undecidable.push(words);
                continue;
            };
            if matches!(order.key, OrderKey::First | OrderKey::Last) {
                resolved.notices.push(format!(
                    "the phrase does not say from where \"{words}\" is counted; it was counted from the left"
                ));
            }
            close.add(resolved.rank(words, &key, *order, &beliefs));
        }
        for (relation, landmarks) in ranked {
            let key = self.nearness_key(relation, landmarks, resolved);
            let count = nearest_count(&description.noun);
            let order = Order { key: OrderKey::First, first: relation.rank.unwrap_or(1), count };
            close.add(resolved.rank(relation_words(relation), &key, order, &beliefs));
        }
        close
    }

    /// The values of an order's key; `None` if geometry cannot tell them of any candidate.
    fn key(&self, key: OrderKey, resolved: &Resolved) -> Option<Key> {
        let values: Vec<_> = resolved.subjects.iter().map(|subject| value(key, subject.thing, self.stage)).collect();
        values.iter().any(Option::is_some).then(|| Key {
            ties: vec![0.0; values.len()],
            witnesses: vec![None; values.len()],
            values: values.into_iter().map(|value| value.unwrap_or(f64::NEG_INFINITY)).collect(),
            scale: scale(key, self.stage),
        })
    }

    /// The values of "nearest" or "farthest"; a landmark itself comes last.
    fn nearness_key(&self, relation: &Relation, landmarks: &Landmarks, resolved: &Resolved) -> Key {
        let grades: Vec<_> =
            resolved.subjects.iter().map(|subject| rank_value(relation, subject, landmarks, self.stage)).collect();
        let witness = |grade: &Grade| grade.witness.map(|witness| landmarks.witness(&witness));
        // Of those that touch a landmark the one nearer to its middle is nearer.
        let between_centres = |subject: &Subject, grade: &Option<Grade>| {
            let place = grade.and_then(|grade| grade.witness).map(|witness| witness.place);
            place.map_or(0.0, |place| {
                length(landmarks.get(place).subject.outline().centroid() - subject.outline().centroid())
            })
        };
        Key {
            ties: resolved
                .subjects
                .iter()
                .zip(&grades)
                .map(|(subject, grade)| between_centres(subject, grade))
                .collect(),
            values: grades.iter().map(|grade| grade.map_or(f64::NEG_INFINITY, |grade| grade.degree)).collect(),
            witnesses: grades.iter().map(|grade| grade.as_ref().and_then(witness)).collect(),
            scale: scale(OrderKey::Leftmost, self.stage),
        }
    }
}

impl Resolved<'_> {
    /// Adds the column of an order.
    fn rank(&mut self, words: String, key: &Key, order: Order, beliefs: &[f64]) -> Close {
        let mut beliefs = beliefs.to_vec();
        for (belief, value) in beliefs.iter_mut().zip(&key.values) {
            if *value == f64::NEG_INFINITY {
                *belief = 0.0;
            }
        }
        let ranking = Ranking::new(&key.values, |index| {
            let centroid = self.subjects[index].outline().centroid();
            [key.ties[index], centroid.y, centroid.x]
        });
        let mut degrees = match order.count {
            Some(count) => ranking.ranked(&beliefs, order.first, count),
            None => ranking.before_the_gap(&key.values, &beliefs),
        };
        for (degree, value) in degrees.iter_mut().zip(&key.values) {
            if *value == f64::NEG_INFINITY {
                *degree = 0.0;
            }
        }
        let positions = ranking.positions(&beliefs);
        let marks = (0..degrees.len())
            .map(|index| Mark { degree: degrees[index], witness: key.witnesses[index], rank: Some(positions[index]) })
            .collect();
        self.column(words, marks);
        let found = beliefs.iter().filter(|belief| **belief >= ENOUGH).count();
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        let rank = order.first.max(1);
        let no_such_rank = (rank > 1 && rank > found).then_some(Outcome::NoSuchRank { rank, found });
        let last = last_rank(&order);
        let calls =
            last.and_then(|last| ranking.close_call(&key.values, &beliefs, last, key.scale)).into_iter().collect();
        Close { calls, no_such_rank }
    }
}
