//! Relations in a sentence with their landmarks, and the noun each relation speaks of.

use crate::text::constraint::RelationKind;
use crate::text::lexicon::{Meaning, lexicon};
use crate::text::parse::clause::Clause;
use crate::text::parse::items::Sign;
use crate::text::parse::noun::{self, NounWords};
use crate::text::parse::place;
use crate::text::parse::relation::{self, Head};
use crate::text::parse::{DEEPEST, Link, Parser};
use crate::text::phrase::Role;

impl Parser {
    /// A relation with its landmarks. "and" before the landmark gives two: "above and to the left of the tank".
    pub(super) fn relation(&mut self, clause: &mut Clause) -> bool {
        let Some(first) = self.ranked_head(clause).or_else(|| relation::head(&self.items, self.at)) else {
            return false;
        };
        let mut heads = vec![first];
        while let Some(last) = heads.last()
            && self.items.get(last.end).is_some_and(|item| item.is(Meaning::And))
            && let Some(mut next) = relation::head(&self.items, last.end + 1)
        {
            next.uses.insert(0, (last.end..last.end + 1, Role::Relation));
            heads.push(next);
        }
        let end = heads.last().map_or(self.at, |head| head.end);
        // "houses whose roofs are red": what follows speaks of the roofs.
        let relative = self.items[self.at].form == "whose";
        let Some(landmark) = noun::noun(&self.items, end, 0) else {
            return self.relation_without_landmark(clause, &heads[0]);
        };
        if landmark.is_quality {
            self.mark(self.at..end, Role::Attribute, Some(clause.base));
            self.merge(clause.base, landmark);
            return true;
        }
        let scale = landmark.class.as_deref().map_or(0, |class| lexicon().scale(class));
        let Some(holder) = self.holder(clause, heads[0].kind, scale) else {
            self.at = landmark.end;
            return true;
        };
        let kind = heads[0].kind;
        let distance = heads[0].distance;
        let negated = std::mem::take(&mut clause.negated);
        let landmark = self.landmark(clause, landmark, holder);
        for head in &heads {
            self.mark_all(&head.uses, holder);
            let link = Link {
                kind: head.kind,
                negated: negated ^ head.negated,
                distance: head.distance,
                rank: head.rank,
                landmarks: vec![landmark],
            };
            self.nodes[holder].relations.push(link.without_double_negation());
        }
        clause.narrow_to(holder);
        if kind != RelationKind::With {
            clause.open.push(landmark);
        }
        (clause.holder, clause.last, clause.relative, clause.joined) = (holder, landmark, relative, false);
        let link = Link { kind, negated, distance, rank: None, landmarks: Vec::new() };
        self.further_landmarks(clause, link);
        true
    }

    /// "to the river" after "the closest building".
    fn ranked_head(&mut self, clause: &Clause) -> Option<Head> {
        let item = self.items.get(self.at)?;
        let joins = item.is(Meaning::To) || item.form == "from";
        if !joins || noun::noun(&self.items, self.at + 1, 0).is_none() {
            return None;
        }
        let (kind, rank, _) = self.nodes[clause.last].ranked.take()?;
        Some(relation::ranked_head(kind, rank, self.at))
    }

    /// "near the image's edge" was a position; "inside the image" says nothing; anything else was not understood.
    fn relation_without_landmark(&mut self, clause: &mut Clause, head: &Head) -> bool {
        if let Some(end) = place::frame(&self.items, self.at) {
            self.mark(self.at..end, Role::Filler, None);
            self.at = end;
            return true;
        }
        // "touching", "nearby", "on", "by" with nothing after: left to the readings that follow.
        let reads_otherwise = place::place(&self.items, self.at).is_some() || self.items[self.at].attribute().is_some();
        if reads_otherwise {
            return false;
        }
        self.at = head.end;
        clause.joined = false;
        true
    }

    /// Hangs up a landmark and reads what stands in parentheses after it.
    pub(super) fn landmark(&mut self, clause: &Clause, words: NounWords, holder: usize) -> usize {
        let antecedent = self.nodes[clause.base].noun.class.clone();
        self.at = words.end;
        let depth = self.nodes[holder].depth + 1;
        let landmark = self.hang(words, Role::Landmark, depth, Some(&antecedent));
        if self.items.get(self.at).is_some_and(|item| item.mark == Some(Sign::Open)) {
            self.at += 1;
            self.in_parentheses(landmark, clause.nesting);
        }
        landmark
    }

    /// "between the river **and the road**", "surrounded by trees **and houses**": more landmarks of the same relation;
    /// "near a river **or a lake**": any of them; "near the river **and the road**": one more relation of the same kind.
    /// A noun that resembles the target more than the landmark is a further target: "cars on the road **and vans** ...".
    fn further_landmarks(&mut self, clause: &mut Clause, link: Link) {
        while let Some(joint) = self.items.get(self.at) {
            let any = joint.is(Meaning::Or);
            let starts_otherwise =
                relation::head(&self.items, self.at + 1).is_some() || place::place(&self.items, self.at + 1).is_some();
            if !(any || joint.is(Meaning::And)) || starts_otherwise {
                return;
            }
            let Some(words) = noun::noun(&self.items, self.at + 1, 0) else { return };
            let together = matches!(link.kind, RelationKind::Between | RelationKind::SurroundedBy);
            if !together && !any && self.resembles_target(&words, clause.holder, clause.last) {
                return;
            }
            self.mark(self.at..self.at + 1, Role::Relation, Some(clause.holder));
            let landmark = self.landmark(clause, words, clause.holder);
            let relations = &mut self.nodes[clause.holder].relations;
            match relations.last_mut() {
                Some(last) if together || any => last.landmarks.push(landmark),
                _ => relations.push(Link { landmarks: vec![landmark], ..link.clone() }),
            }
            clause.narrow_to(clause.holder);
            clause.open.push(landmark);
            clause.last = landmark;
        }
    }

    /// "flanked by trees on the left **and a shed** on the right": the other side of a relation that lacks it.
    pub(super) fn other_side(&mut self, clause: &mut Clause) -> bool {
        let base = clause.base;
        let lacks = |link: &Link| link.kind == RelationKind::Between && link.landmarks.len() == 1;
        if !self.nodes[base].relations.last().is_some_and(lacks) {
            return false;
        }
        let Some(words) = noun::noun(&self.items, self.at + 1, 0) else { return false };
        self.mark(self.at..self.at + 1, Role::Relation, Some(base));
        let landmark = self.landmark(clause, words, base);
        if let Some(link) = self.nodes[base].relations.last_mut() {
            link.landmarks.push(landmark);
        }
        clause.open = vec![base, landmark];
        (clause.last, clause.holder) = (landmark, base);
        true
    }

    fn resembles_target(&self, words: &NounWords, target: usize, landmark: usize) -> bool {
        let Some(class) = words.class.as_deref() else { return true };
        let (target, landmark) = (&self.nodes[target].noun.class, &self.nodes[landmark].noun.class);
        let scale = |class: &str| lexicon().scale(class);
        let to_target = scale(class).abs_diff(scale(target));
        let to_landmark = scale(class).abs_diff(scale(landmark));
        (class == target && class != landmark) || to_target < to_landmark
    }

    /// The noun a relation to a landmark of this scale speaks of; `None` if the phrase nests too deep.
    fn holder(&self, clause: &Clause, kind: RelationKind, scale: u8) -> Option<usize> {
        let too_deep = |noun: usize| self.nodes[noun].depth >= DEEPEST;
        let nearest = if clause.relative { Some(clause.last) } else { clause.joined.then_some(clause.holder) };
        let fits = |noun: &&usize| {
            let own = lexicon().scale(&self.nodes[**noun].noun.class);
            **noun == clause.base
                || matches!(kind, RelationKind::PartOf | RelationKind::With)
                || own <= scale
                || scale == 0
        };
        nearest
            .filter(|noun| !too_deep(*noun))
            .or_else(|| clause.open.iter().rev().filter(|noun| !too_deep(**noun)).find(fits).copied())
    }
}
