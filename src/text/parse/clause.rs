//! What is said of a noun after it: constraints in a row, each hung on the noun it speaks of.
//!
//! Which noun that is, in "tanks west of the river near the harbor", English leaves open. The rules here:
//! - A position or relation speaks of the nearest noun before it that can carry it. A relation goes past landmarks that are
//!   larger than its own landmark (people locate the small by the large: not a river by a harbor, but a harbor by a river);
//!   a position goes past landmarks that run through a picture (roads, rivers, areas). The scales are those of `classes.tsv`.
//! - After "that is" it speaks of the noun just before; after "is" as main verb, a comma or "it", of the target.
//! - After "and" it speaks of what the constraint before "and" spoke of.
//! - In parentheses it speaks of the noun before the parenthesis. The written-out form uses commas and parentheses only.

use crate::text::constraint::OrderKey;
use crate::text::lexicon::{Meaning, lexicon};
use crate::text::parse::items::{Item, Sign};
use crate::text::parse::place::{self, How, PlaceWords};
use crate::text::parse::{DEEPEST, Parser};
use crate::text::phrase::Role;
use crate::text::place::{Extent, Position};

/// Landmarks of this scale and above run through a picture and are not located by a part of it.
const RUNS_THROUGH: u8 = 4;

/// Where the reading of one noun's constraints stands. Nouns are indices into the parser's nodes.
pub(super) struct Clause {
    /// The noun all this is about.
    pub base: usize,
    /// The nouns a next constraint may speak of, outermost first; never empty, starts with `base`.
    pub open: Vec<usize>,
    /// The noun read last.
    pub last: usize,
    /// What the last constraint spoke of.
    pub holder: usize,
    /// "not" was just read.
    pub negated: bool,
    /// "that is" was just read: what follows speaks of `last`.
    pub relative: bool,
    /// "and" was just read between constraints.
    pub joined: bool,
    /// How deep in parentheses.
    pub nesting: usize,
}

impl Clause {
    pub fn of(base: usize, nesting: usize) -> Self {
        Self {
            base,
            open: vec![base],
            last: base,
            holder: base,
            negated: false,
            relative: false,
            joined: false,
            nesting,
        }
    }

    /// What follows speaks of the base again.
    pub fn go_home(&mut self) {
        *self = Self { negated: self.negated, ..Self::of(self.base, self.nesting) };
    }

    /// Narrows the open nouns to those up to `noun`, which becomes the innermost.
    pub fn narrow_to(&mut self, noun: usize) {
        match self.open.iter().position(|open| *open == noun) {
            Some(place) => self.open.truncate(place + 1),
            None => self.open.push(noun),
        }
    }
}

impl Parser {
    /// Reads constraints of `base` to the end of the sentence, or in parentheses (`nesting` > 0) to the closing one.
    pub(super) fn constraints(&mut self, base: usize, nesting: usize) {
        let mut clause = Clause::of(base, nesting);
        while let Some(item) = self.items.get(self.at).cloned() {
            match item.mark {
                Some(Sign::Close) => {
                    self.at += 1;
                    if nesting > 0 {
                        return;
                    }
                }
                Some(Sign::Open) => {
                    self.at += 1;
                    self.in_parentheses(clause.last, nesting);
                }
                Some(Sign::Stop) => {
                    self.at += 1;
                    clause.go_home();
                    clause.negated = false;
                    self.listed_target(&mut clause);
                }
                None => self.constraint(&mut clause, &item),
            }
        }
    }

    pub(super) fn in_parentheses(&mut self, noun: usize, nesting: usize) {
        if nesting < DEEPEST {
            self.constraints(noun, nesting + 1);
        }
    }

    /// Reads one constraint, joint or word; always moves on.
    fn constraint(&mut self, clause: &mut Clause, item: &Item) {
        let read = self.heading(item)
            || self.counted_from(clause, item)
            || self.measure(clause)
            || self.relation(clause)
            || self.position(clause)
            || self.joint(clause, item)
            || self.attribute(clause, item)
            || self.predicate(clause);
        if !read {
            if item.is(Meaning::Filler) || item.is(Meaning::Pronoun) {
                self.mark(self.at..self.at + 1, Role::Filler, None);
            }
            self.at += 1;
        }
    }

    /// "facing north": where a thing points is not understood, and must not be taken for where it is.
    fn heading(&mut self, item: &Item) -> bool {
        if !item.is(Meaning::Heading) {
            return false;
        }
        let joins =
            |item: &Item| item.is(Meaning::To) || item.form.starts_with("toward") || item.determiner().is_some();
        let start = place::skip(&self.items, self.at + 1, joins);
        let (way, end) = place::ways(&self.items, start);
        self.at = if way.is_some() { end } else { self.at + 1 };
        true
    }

    /// "from the left", "from left to right", "in the vertical line" after "second", "last".
    fn counted_from(&mut self, clause: &Clause, item: &Item) -> bool {
        if let Some(key) = item.sequence() {
            let found = key.is_none_or(|key| self.settle_order(clause, key));
            self.mark(
                self.at..self.at + 1,
                if found { Role::Order } else { Role::Unused },
                found.then_some(clause.base),
            );
            self.at += 1;
            return true;
        }
        if item.form != "from" {
            return false;
        }
        let article = |item: &Item| item.determiner().is_some();
        let start = place::skip(&self.items, self.at + 1, article);
        let (Some(from), mut end) = place::ways(&self.items, start) else { return false };
        if place::noun_follows(&self.items, end, false) || self.items.get(end).is_some_and(|item| item.is(Meaning::Of))
        {
            return false;
        }
        let extent = |item: &Item| item.extent().is_some();
        end = place::skip(&self.items, end, extent);
        let to = |item: &Item| item.is(Meaning::To) || item.form.starts_with("toward");
        if self.items.get(end).is_some_and(to) {
            let start = place::skip(&self.items, end + 1, article);
            let (way, after) = place::ways(&self.items, start);
            end = if way.is_some() { place::skip(&self.items, after, extent) } else { end };
        }
        end = place::frame(&self.items, end).unwrap_or(end);
        let found = place::order_from(from).is_some_and(|key| self.settle_order(clause, key));
        self.mark(self.at..end, if found { Role::Order } else { Role::Unused }, found.then_some(clause.base));
        self.at = end;
        true
    }

    /// Gives the innermost order that says "second" or "last" without a key the key it counts by.
    fn settle_order(&mut self, clause: &Clause, key: OrderKey) -> bool {
        let nodes = &mut self.nodes;
        let unsettled = |noun: &usize| {
            nodes[*noun].orders.iter().position(|order| matches!(order.key, OrderKey::First | OrderKey::Last))
        };
        let Some((noun, order)) = clause.open.iter().rev().find_map(|noun| Some((*noun, unsettled(noun)?))) else {
            return false;
        };
        let order = &mut nodes[noun].orders[order];
        order.key = if order.key == OrderKey::Last { key.opposite() } else { key };
        true
    }

    /// "in the upper left corner of the image", "on the far right".
    pub(super) fn position(&mut self, clause: &mut Clause) -> bool {
        let Some((PlaceWords::Position { place, extent, how }, end)) = place::place(&self.items, self.at) else {
            return false;
        };
        let runs_through = |noun: usize| lexicon().scale(&self.nodes[noun].noun.class) >= RUNS_THROUGH;
        let holder = if clause.relative {
            clause.last
        } else if clause.joined {
            clause.holder
        } else {
            clause
                .open
                .iter()
                .rev()
                .find(|noun| **noun == clause.base || !runs_through(**noun))
                .copied()
                .unwrap_or(clause.base)
        };
        let negated = std::mem::take(&mut clause.negated) ^ (how == How::NotThere);
        let key =
            (how == How::Closest && extent != Extent::Corner).then(|| place.and_then(place::order_from)).flatten();
        let node = &mut self.nodes[holder];
        let role = match key {
            Some(key) => {
                node.rank_by(key, 1);
                Role::Order
            }
            None => {
                node.place_at(Position { place, extent, negated });
                Role::Position
            }
        };
        self.mark(self.at..end, role, Some(holder));
        self.at = end;
        clause.narrow_to(holder);
        (clause.holder, clause.relative, clause.joined) = (holder, false, false);
        true
    }
}
