//! The landmarks of one relation, and how a degree over several of them becomes one degree.

use crate::query::relate::neighbours::{Neighbour, Neighbours};
use crate::query::relate::order::Ordered;
use crate::query::relate::outline::{Gap, Outline};
use crate::text::ANYTHING;

/// One instance that may be meant by a noun phrase.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// What is measured of it.
    pub thing: Ordered<'a>,
    /// Which question found it.
    pub question: usize,
    /// Its place among the candidates of that question.
    pub index: usize,
    /// Class of the noun.
    pub class: &'a str,
}

/// An instance that serves as landmark.
#[derive(Clone, Copy)]
pub struct Landmark<'a> {
    /// The instance.
    pub subject: Subject<'a>,
    /// How far it is the landmark that is meant, in (0, 1]; 1 for the best of its description.
    pub weight: f64,
    /// Which description of the relation it answers: 0 for A in "between A and B", 1 for B.
    pub side: usize,
}

/// The degree of a relation for one thing, and its witness.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grade {
    /// In [0, 1].
    pub degree: f64,
    /// The landmark that decided, if one did.
    pub witness: Option<Neighbour>,
}

/// All landmarks of one relation.
pub struct Landmarks<'a> {
    all: Vec<Landmark<'a>>,
    near: Neighbours<'a>,
    largest: f64,
    sides: usize,
}

impl<'a> Subject<'a> {
    /// Its outline.
    pub fn outline(&self) -> &'a Outline {
        self.thing.outline
    }

    /// Whether both are the same thing: found by the same question, or of one class and mostly the same ground.
    pub fn is_same_as(&self, other: &Subject) -> bool {
        if self.question == other.question {
            return self.index == other.index;
        }
        let kin = self.class == other.class || self.class == ANYTHING || other.class == ANYTHING;
        kin && self.outline().is_same_as(other.outline())
    }
}

impl<'a> Landmarks<'a> {
    /// Indexes landmarks; `sides` is how many descriptions the relation has.
    pub fn new(all: Vec<Landmark<'a>>, sides: usize) -> Self {
        let near = Neighbours::new(all.iter().map(|landmark| landmark.subject.outline()));
        let largest = all.iter().map(|landmark| landmark.subject.outline().size()).fold(0.0, f64::max);
        Self { all, near, largest, sides }
    }

    /// The landmark at a place.
    pub fn get(&self, place: usize) -> &Landmark<'a> {
        &self.all[place]
    }

    /// A neighbour as a witness: the question that found it, its place there and the gap to it.
    pub fn witness(&self, neighbour: &Neighbour) -> (usize, usize, Gap) {
        let subject = &self.all[neighbour.place].subject;
        (subject.question, subject.index, neighbour.gap)
    }

    /// How many descriptions the relation has.
    pub fn sides(&self) -> usize {
        self.sides
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Size of the largest; no landmark stretches "near" farther.
    pub fn largest(&self) -> f64 {
        self.largest
    }

    /// Any landmark is enough: the greatest of weight times degree, and the landmark it comes from.
    ///
    /// `bound` says how great a degree can be at a gap or beyond; it must not rise. `None` if there is no landmark but the
    /// subject itself.
    pub fn any(
        &self,
        subject: &Subject,
        bound: impl Fn(f64) -> f64,
        degree: impl Fn(&Landmark, &Gap) -> f64,
    ) -> Option<Grade> {
        let mut best: Option<Grade> = None;
        for (place, least) in self.near.by_least_gap(subject.outline()) {
            if best.is_some_and(|best| best.degree >= bound(least)) {
                break;
            }
            let landmark = &self.all[place];
            if subject.is_same_as(&landmark.subject) {
                continue;
            }
            let gap = subject.outline().gap_to(landmark.subject.outline());
            let degree = landmark.weight * degree(landmark, &gap);
            if best.is_none_or(|best| degree > best.degree) {
                best = Some(Grade { degree, witness: Some(Neighbour { place, gap }) });
            }
        }
        best
    }

    /// Every landmark counts: "far from the roads" is far from all of them. By De Morgan, one less that any is not.
    pub fn every(
        &self,
        subject: &Subject,
        bound: impl Fn(f64) -> f64,
        degree: impl Fn(&Landmark, &Gap) -> f64,
    ) -> Option<Grade> {
        let any_not = self.any(subject, bound, |landmark, gap| 1.0 - degree(landmark, gap))?;
        Some(Grade { degree: 1.0 - any_not.degree, ..any_not })
    }

    /// The nearest landmarks of one side, or of all, other than the subject itself.
    pub fn nearest(&self, subject: &Subject, count: usize, side: Option<usize>) -> Vec<Neighbour> {
        self.near.nearest(subject.outline(), count, |place| {
            let landmark = &self.all[place];
            side.is_none_or(|side| landmark.side == side) && !subject.is_same_as(&landmark.subject)
        })
    }

    /// The landmark nearest to a part of the subject, other than the subject itself.
    pub fn nearest_to(&self, part: &Outline, subject: &Subject) -> Option<Neighbour> {
        self.near.nearest(part, 1, |place| !subject.is_same_as(&self.all[place].subject)).first().copied()
    }

    /// Those whose bounds meet the bounds of the subject, other than itself.
    pub fn around(&self, subject: &Subject) -> Vec<usize> {
        let bounds = subject.outline().bounds();
        let touching = self.near.around(bounds.min(), bounds.max());
        touching.filter(|&place| !subject.is_same_as(&self.all[place].subject)).collect()
    }

    /// Every landmark but the subject itself, with its place.
    pub fn others(&self, subject: &Subject) -> impl Iterator<Item = (usize, &Landmark<'a>)> {
        self.all.iter().enumerate().filter(|(_, landmark)| !subject.is_same_as(&landmark.subject))
    }
}
