//! What a description means in a scene, if nobody could read it otherwise.
//!
//! This is the proof behind every phrase that is written: [`Scene::means`] gives targets only if each word plainly holds of each
//! of them and plainly fails on every other thing, unlabelled remains included.

use crate::text::describe::order::{self, Measure};
use crate::text::describe::scene::{LEAST_KEPT, Scene};
use crate::text::describe::truth::Truth;
use crate::text::describe::{looks, position, relation};
use crate::text::lexicon::lexicon;
use crate::text::{Attribute, AttributeKind, Description, Grouping, NounPhrase, Number, Relation, RelationKind};

/// In a group, the second nearest companion is at most this near, in gaps at which two things are near by half ...
const TOGETHER: f64 = 0.7;
/// ... and strangers of the same kind are at least this far.
const APART: f64 = 2.5;

impl Scene {
    /// Indices of the things a description means, ascending; empty if it speaks of something that is plainly not there.
    ///
    /// `None` if it is ambiguous, hangs on a word that is neither plainly true nor plainly false, says a wrong number, or
    /// says something that one picture's labels cannot decide (compass, distances, exceptions, materials).
    pub fn means(&self, description: &Description) -> Option<Vec<usize>> {
        if !description.except.is_empty() {
            return None;
        }
        let truths = self.ranked(description, self.truths(description)?)?;
        if truths.iter().all(|truth| *truth == Truth::Never) {
            return Some(Vec::new());
        }
        if truths.contains(&Truth::Unclear) {
            return None;
        }
        let chosen: Vec<usize> = (0..truths.len()).filter(|&index| truths[index] == Truth::Yes).collect();
        let fits = match description.noun.number {
            _ if chosen.is_empty() => false,
            Number::One => chosen.len() == 1 || !lexicon().has_plural(&description.noun.word(false)),
            Number::Exactly(count) => chosen.len() == count as usize,
            Number::Several => chosen.len() > 1,
            Number::All | Number::Unstated => true,
        };
        let lies = description.noun.grouping.is_none_or(|grouping| self.lie_together(grouping, &chosen));
        (fits && lies).then_some(chosen)
    }

    /// For every thing, whether noun, attributes, positions and relations hold of it.
    fn truths(&self, description: &Description) -> Option<Vec<Truth>> {
        let noun = &description.noun;
        let mut truths: Vec<Truth> = (0..self.things.len()).map(|index| self.is_a(noun, index)).collect();
        for attribute in &noun.attributes {
            self.narrow(&mut truths, |index| self.has_attribute(attribute, noun, index))?;
        }
        for position in &description.positions {
            self.narrow(&mut truths, |index| position::at_position(position, &self.things[index], self))?;
        }
        for said in description.relations.iter().filter(|relation| relation.rank.is_none()) {
            let landmarks = self.landmarks(said)?;
            self.narrow(&mut truths, |index| relation::related(said.kind, index, &landmarks, self))?;
        }
        Some(truths)
    }

    /// Joins one more word to the truths of the things that it is asked of.
    fn narrow(&self, truths: &mut [Truth], word: impl Fn(usize) -> Option<Truth>) -> Option<()> {
        for (index, truth) in truths.iter_mut().enumerate().filter(|(_, truth)| **truth != Truth::Never) {
            *truth = truth.and(word(index)?);
        }
        Some(())
    }

    /// Whether a noun may name a thing, its attributes apart; no for what is left of a thing that a crop cut.
    pub(super) fn may_be(&self, asked: &NounPhrase, index: usize) -> bool {
        self.things.get(index).is_some_and(|thing| thing.kept >= LEAST_KEPT) && self.is_a(asked, index) > Truth::No
    }

    /// Whether a thing is what a noun names, its attributes apart.
    fn is_a(&self, asked: &NounPhrase, index: usize) -> Truth {
        let own = &self.nouns[index];
        let is_kind_of =
            |general: &str, special: &str| special.rsplit(' ').next() == Some(general) && general != special;
        let same = match (&asked.kind, &own.kind) {
            _ if is_kind_of(&asked.class, &own.class) || is_kind_of(&own.class, &asked.class) => Truth::Unclear,
            _ if asked.class != own.class => Truth::Never,
            (None, _) => Truth::Yes,
            (Some(asked), Some(own)) if asked == own => Truth::Yes,
            // A ferry may be called a boat, and an unnamed vehicle may be a car.
            _ => Truth::Unclear,
        };
        if self.things[index].kept < LEAST_KEPT { same.min(Truth::Unclear) } else { same }
    }

    fn has_attribute(&self, attribute: &Attribute, noun: &NounPhrase, index: usize) -> Option<Truth> {
        if attribute.negated {
            return None;
        }
        let thing = &self.things[index];
        // "small vehicle" may be what the label itself says.
        let labelled = self.nouns[index].attributes.iter().find(|own| own.kind == attribute.kind);
        if let Some(own) = labelled {
            return Some(if own.value == attribute.value { Truth::Yes } else { Truth::No });
        }
        match attribute.kind {
            AttributeKind::Color => {
                thing.color.map_or(Some(Truth::Unclear), |color| looks::is_colored(&attribute.value, color))
            }
            AttributeKind::Size => {
                let alike: Vec<usize> =
                    (0..self.things.len()).filter(|&other| self.is_a(noun, other) > Truth::No).collect();
                if alike.iter().any(|&other| !order::is_whole(&self.things[other])) {
                    return Some(Truth::Unclear);
                }
                let areas: Vec<f64> = alike.iter().map(|&other| self.things[other].area).collect();
                looks::is_sized(&attribute.value, thing.area, &areas, self.width * self.height)
            }
            _ => None,
        }
    }

    /// Keeps of the candidates those that orders and "nearest" rank first.
    fn ranked(&self, description: &Description, mut truths: Vec<Truth>) -> Option<Vec<Truth>> {
        let orders = &description.orders;
        let nearest: Vec<&Relation> = description.relations.iter().filter(|relation| relation.rank.is_some()).collect();
        match (orders.as_slice(), nearest.as_slice()) {
            ([], []) => Some(truths),
            ([order], []) => {
                let count = order.count?;
                self.rank(&mut truths, order.first, count, |index| {
                    order::measure(order.key, &self.things[index], self)
                })?;
                Some(truths)
            }
            ([], [said]) => {
                let landmarks = self.landmarks(said)?;
                let [landmark] = landmarks[..] else { return None };
                let count = match description.noun.number {
                    Number::One | Number::Unstated => 1,
                    Number::Exactly(count) => count,
                    Number::All | Number::Several => return None,
                };
                if said.kind != RelationKind::Near || said.negated || said.distance.is_some() {
                    return None;
                }
                truths[landmark] = truths[landmark].min(Truth::No);
                self.rank(&mut truths, said.rank?, count, |index| {
                    order::nearness(&self.things[index], &self.things[landmark], self)
                })?;
                Some(truths)
            }
            _ => None,
        }
    }

    /// Of the candidates, those of ranks `first .. first + count` stay. `None` if a candidate cannot be measured or stands too close
    /// to a border between ranks that are taken and ranks that are not.
    fn rank(
        &self,
        truths: &mut [Truth],
        first: u32,
        count: u32,
        measure: impl Fn(usize) -> Option<Measure>,
    ) -> Option<()> {
        let candidates = (0..truths.len()).filter(|&index| truths[index] >= Truth::Unclear);
        let mut order = candidates.map(|index| Some((index, measure(index)?))).collect::<Option<Vec<_>>>()?;
        if order.is_empty() {
            return Some(());
        }
        order.sort_by(|(_, a), (_, b)| a.value().total_cmp(&b.value()));
        let from = first.checked_sub(1)? as usize;
        let to = from + count as usize;
        let taken = order.get(from..to)?;
        let certain = order[..to].iter().all(|(index, _)| truths[*index] == Truth::Yes);
        // Everything before a border must plainly come before everything after it: the neighbours' second readings alone do not
        // say so.
        let clear = |border: usize| {
            order[..border].iter().all(|(_, before)| order[border..].iter().all(|(_, after)| before.is_before(*after)))
        };
        if !certain || !clear(from) || !clear(to) {
            return None;
        }
        let taken: Vec<usize> = taken.iter().map(|(index, _)| *index).collect();
        for (index, truth) in truths.iter_mut().enumerate().filter(|(_, truth)| **truth >= Truth::Unclear) {
            *truth = if taken.contains(&index) { Truth::Yes } else { Truth::No };
        }
        Some(())
    }

    /// The things that a relation's landmarks mean: one, or two for "between".
    fn landmarks(&self, relation: &Relation) -> Option<Vec<usize>> {
        if relation.negated || relation.distance.is_some() {
            return None;
        }
        let mut found = Vec::new();
        for landmark in &relation.landmarks {
            found.extend(self.means(landmark).filter(|things| !things.is_empty())?);
        }
        let count = if relation.kind == RelationKind::Between { 2 } else { 1 };
        (found.len() == count).then_some(found)
    }

    /// Whether the things lie together as a group, apart from all others of their kind.
    fn lie_together(&self, grouping: Grouping, chosen: &[usize]) -> bool {
        if grouping != Grouping::Group || chosen.len() < 3 {
            return false;
        }
        let near = |a: usize, b: usize| relation::nearness(&self.things[a], &self.things[b], self);
        let companions =
            chosen.iter().all(|&a| chosen.iter().filter(|&&b| b != a && near(a, b) <= TOGETHER).count() >= 2);
        let strangers = (0..self.things.len())
            .filter(|index| !chosen.contains(index) && self.nouns[*index].class == self.nouns[chosen[0]].class);
        companions && strangers.into_iter().all(|other| chosen.iter().all(|&one| near(one, other) >= APART))
    }
}
