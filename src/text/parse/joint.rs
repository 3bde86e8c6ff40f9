//! What else a sentence says after a noun: joints ("is", "that", "and", "not"), further targets, exceptions, attributes.

use crate::text::lexicon::{Meaning, lexicon};
use crate::text::noun_phrase::{Attribute, Number};
use crate::text::parse::clause::Clause;
use crate::text::parse::items::Item;
use crate::text::parse::noun::{self, NounWords};
use crate::text::parse::place::{self, PlaceWords};
use crate::text::parse::relation;
use crate::text::parse::{DEEPEST, Parser};
use crate::text::phrase::Role;

impl Parser {
    /// Words that join: "is", "that", "and", "not", "except", "in a row".
    pub(super) fn joint(&mut self, clause: &mut Clause, item: &Item) -> bool {
        let here = self.at..self.at + 1;
        if item.is_copula() || item.is(Meaning::Pronoun) {
            if !clause.relative {
                clause.go_home();
            }
            clause.negated |= item.is(Meaning::Not);
            self.mark(here, if item.is(Meaning::Not) { Role::Negation } else { Role::Filler }, None);
        } else if item.is(Meaning::Relative) {
            clause.narrow_to(clause.last);
            clause.relative = true;
            self.mark(here, Role::Filler, None);
        } else if item.is(Meaning::Not) {
            clause.negated = true;
            self.mark(here, Role::Negation, Some(clause.base));
        } else if item.is(Meaning::Except) {
            return self.exception(clause, self.at + 1);
        } else if item.is(Meaning::AsWellAs) {
            return self.further_target(clause, false);
        } else if item.is(Meaning::And) || item.is(Meaning::Or) || item.is(Meaning::But) {
            let next = self.at + 1;
            // "on the left or right": all positions hold together here, so another choice is not understood.
            if item.is(Meaning::Or)
                && let Some((PlaceWords::Position { .. }, end)) = place::place(&self.items, next)
            {
                self.at = end;
                return true;
            }
            let constrains = relation::head(&self.items, next).is_some() || place::place(&self.items, next).is_some();
            if !constrains && item.is(Meaning::And) && self.other_side(clause) {
                return true;
            }
            if !constrains && !item.is(Meaning::But) && self.further_target(clause, true) {
                return true;
            }
            clause.joined = constrains;
            self.mark(here, Role::Filler, None);
        } else if let Some(grouping) = item.arrangement() {
            let noun = *clause.open.last().unwrap_or(&clause.base);
            self.nodes[noun].noun.grouping = Some(grouping);
            self.mark(here, Role::Number, Some(noun));
        } else {
            return false;
        }
        self.at += 1;
        true
    }

    /// "except the largest": the noun phrase at `start` is taken out of the base.
    pub(super) fn exception(&mut self, clause: &mut Clause, start: usize) -> bool {
        let Some(words) = noun::noun(&self.items, start, 0) else { return false };
        if self.nodes[clause.base].depth >= DEEPEST {
            return false;
        }
        self.mark(self.at..start, Role::Negation, Some(clause.base));
        let exception = self.landmark(clause, words, clause.base);
        self.nodes[clause.base].except.push(exception);
        clause.open = vec![clause.base, exception];
        (clause.last, clause.holder, clause.negated, clause.relative) = (exception, clause.base, false, false);
        true
    }

    /// "and ships", "as well as ships": a further target, whose constraints are read next.
    pub(super) fn further_target(&mut self, clause: &mut Clause, shares: bool) -> bool {
        if clause.nesting > 0 {
            return false;
        }
        let Some(words) = noun::noun(&self.items, self.at + 1, 0) else { return false };
        self.mark(self.at..self.at + 1, Role::Filler, None);
        // "is nearest to the river and largest"
        if words.class.is_none() && words.determiner.is_none() && words.number == Number::Unstated {
            self.merge(clause.base, words);
            return true;
        }
        self.add_target(clause, words, shares);
        true
    }

    fn add_target(&mut self, clause: &mut Clause, words: NounWords, shares: bool) {
        self.at = words.end;
        let antecedent = self.nodes[clause.base].noun.class.clone();
        let target = self.hang(words, Role::Target, 0, Some(&antecedent));
        self.targets.push((target, shares));
        *clause = Clause::of(target, 0);
    }

    /// After a comma: "tanks, **ships** and cars near the harbor".
    pub(super) fn listed_target(&mut self, clause: &mut Clause) {
        let node = &self.nodes[clause.base];
        if clause.nesting > 0 || node.is_placeholder || !node.is_bare() {
            return;
        }
        let constrains = relation::head(&self.items, self.at).is_some() || place::place(&self.items, self.at).is_some();
        if constrains {
            return;
        }
        let Some(words) = noun::noun(&self.items, self.at, 0) else { return };
        let base = &self.nodes[clause.base].noun;
        let is_other = words.class.as_ref().is_some_and(|class| *class != base.class || words.kind != base.kind);
        if is_other && words.class.as_deref().is_some_and(|class| lexicon().class(class).is_some()) {
            self.add_target(clause, words, true);
        }
    }

    /// "parked", "is white", "not white" after the noun.
    pub(super) fn attribute(&mut self, clause: &mut Clause, item: &Item) -> bool {
        let Some((kind, value)) = item.attribute() else { return false };
        if place::noun_follows(&self.items, self.at, false) {
            return false;
        }
        let noun = if clause.relative { clause.last } else { *clause.open.last().unwrap_or(&clause.base) };
        let attribute = Attribute { kind, value: value.into(), negated: clause.negated };
        self.nodes[noun].noun.attributes.push(attribute);
        self.mark(self.at..self.at + 1, Role::Attribute, Some(noun));
        // "not red or white": the negation holds for the next attribute too.
        clause.negated &= self.items.get(self.at + 1).is_some_and(|next| next.is(Meaning::Or));
        self.at += 1;
        true
    }

    /// A noun phrase that says more of the base ("is the most bottom-most vehicle"), or an exception after "not".
    /// Any other is not understood.
    pub(super) fn predicate(&mut self, clause: &mut Clause) -> bool {
        if clause.negated && self.exception(clause, self.at) {
            return true;
        }
        let Some(words) = noun::noun(&self.items, self.at, 0) else { return false };
        let node = &self.nodes[clause.base];
        let same = words.class.as_ref().is_none_or(|class| *class == node.noun.class);
        if same || node.is_placeholder {
            self.merge(clause.base, words);
            clause.go_home();
        } else {
            self.at = words.end;
        }
        true
    }
}
