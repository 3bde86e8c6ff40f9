//! What is said of a noun after it: constraints in a row, each hung on the noun it speaks of.
//!
//! Which noun that is, in "tanks west of the river near the harbor", English leaves open. The rules here:
//! - A position or relation speaks of the nearest noun before it that can carry it. A relation goes past landmarks that are
//!   larger than its own landmark (people locate the small by the large: not a river by a harbor, but a harbor by a river);
//!   a position goes past landmarks that run through a picture (roads, rivers, areas). The scales are those of `classes.tsv`.
//! - After "that is" it speaks of the noun just before; after "is" as main verb, a comma or "it", of the target.
//! - After "and" it speaks of what the constraint before "and" spoke of.
//! - In parentheses it speaks of the noun before the parenthesis. The written-out form uses commas and parentheses only.

use crate::text::lexicon::{Meaning, lexicon};
use crate::text::parse::items::{Item, Sign};
use crate::text::parse::noun::{self, NounWords};
use crate::text::parse::place::{self, How, PlaceWords};
use crate::text::parse::relation::{self, Head};
use crate::text::parse::{DEEPEST, Link, Parser};
use crate::text::phrase::{Attribute, AttributeKind, Grouping, Number, OrderKey, RelationKind, Role};
use crate::text::place::{Extent, Position};

/// Landmarks of this scale and above run through a picture and are not located by a part of it.
const RUNS_THROUGH: u8 = 4;

/// Where the reading of one noun's constraints stands. Nouns are indices into the parser's nodes.
struct Clause {
    /// The noun all this is about.
    base: usize,
    /// The nouns a next constraint may speak of, outermost first; never empty, starts with `base`.
    open: Vec<usize>,
    /// The noun read last.
    last: usize,
    /// What the last constraint spoke of.
    holder: usize,
    /// "not" was just read.
    negated: bool,
    /// "that is" was just read: what follows speaks of `last`.
    relative: bool,
    /// "and" was just read between constraints.
    joined: bool,
    /// How deep in parentheses.
    nesting: usize,
}

impl Clause {
    fn of(base: usize, nesting: usize) -> Self {
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
    fn go_home(&mut self) {
        *self = Self { negated: self.negated, ..Self::of(self.base, self.nesting) };
    }

    /// Narrows the open nouns to those up to `noun`, which becomes the innermost.
    fn narrow_to(&mut self, noun: usize) {
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

    fn in_parentheses(&mut self, noun: usize, nesting: usize) {
        if nesting < DEEPEST {
            self.constraints(noun, nesting + 1);
        }
    }

    /// Reads one constraint, joint or word; always moves on.
    fn constraint(&mut self, clause: &mut Clause, item: &Item) {
        let read = self.heading(item)
            || self.counted_from(clause, item)
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
        let joins = |item: &Item| {
            item.is(Meaning::To) || item.form.starts_with("toward") || item.find(place::determiner).is_some()
        };
        let start = place::skip(&self.items, self.at + 1, joins);
        let (way, end) = place::ways(&self.items, start);
        self.at = if way.is_some() { end } else { self.at + 1 };
        true
    }

    /// "from the left", "from left to right", "in the vertical line" after "second", "last".
    fn counted_from(&mut self, clause: &Clause, item: &Item) -> bool {
        let sequence = |meaning| if let Meaning::Sequence(key) = meaning { Some(key) } else { None };
        if let Some(key) = item.find(sequence) {
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
        let article = |item: &Item| item.find(place::determiner).is_some();
        let start = place::skip(&self.items, self.at + 1, article);
        let (Some(from), mut end) = place::ways(&self.items, start) else { return false };
        if place::noun_follows(&self.items, end, false) || self.items.get(end).is_some_and(|item| item.is(Meaning::Of))
        {
            return false;
        }
        let extent = |item: &Item| item.find(|meaning| matches!(meaning, Meaning::Extent(_)).then_some(())).is_some();
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

    /// A relation with its landmarks. "and" before the landmark gives two: "above and to the left of the tank".
    fn relation(&mut self, clause: &mut Clause) -> bool {
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
        (clause.holder, clause.last, clause.relative, clause.joined) = (holder, landmark, false, false);
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
        let reads_otherwise = place::place(&self.items, self.at).is_some()
            || self.items[self.at].find(|meaning| matches!(meaning, Meaning::Attribute(..)).then_some(())).is_some();
        if reads_otherwise {
            return false;
        }
        self.at = head.end;
        clause.joined = false;
        true
    }

    /// Hangs up a landmark and reads what stands in parentheses after it.
    fn landmark(&mut self, clause: &Clause, words: NounWords, holder: usize) -> usize {
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
    fn other_side(&mut self, clause: &mut Clause) -> bool {
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

    /// "in the upper left corner of the image", "on the far right".
    fn position(&mut self, clause: &mut Clause) -> bool {
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

    /// Words that join: "is", "that", "and", "not", "except", "in a row".
    fn joint(&mut self, clause: &mut Clause, item: &Item) -> bool {
        let here = self.at..self.at + 1;
        let arrangement =
            item.find(|meaning| if let Meaning::Arrangement(grouping) = meaning { Some(grouping) } else { None });
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
            let constrains = relation::head(&self.items, next).is_some() || place::place(&self.items, next).is_some();
            if !constrains && item.is(Meaning::And) && self.other_side(clause) {
                return true;
            }
            if !constrains && !item.is(Meaning::But) && self.further_target(clause, true) {
                return true;
            }
            clause.joined = constrains;
            self.mark(here, Role::Filler, None);
        } else if let Some(grouping) = arrangement {
            let noun = *clause.open.last().unwrap_or(&clause.base);
            self.group(noun, grouping);
            self.mark(here, Role::Number, Some(noun));
        } else {
            return false;
        }
        self.at += 1;
        true
    }

    fn group(&mut self, noun: usize, grouping: Grouping) {
        self.nodes[noun].noun.grouping = Some(grouping);
    }

    /// "except the largest": the noun phrase at `start` is taken out of the base.
    fn exception(&mut self, clause: &mut Clause, start: usize) -> bool {
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
    fn further_target(&mut self, clause: &mut Clause, shares: bool) -> bool {
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
    fn listed_target(&mut self, clause: &mut Clause) {
        let node = &self.nodes[clause.base];
        if clause.nesting > 0 || node.is_placeholder || !node.is_bare() {
            return;
        }
        let constrains = relation::head(&self.items, self.at).is_some() || place::place(&self.items, self.at).is_some();
        if constrains {
            return;
        }
        if let Some(words) = noun::noun(&self.items, self.at, 0)
            && words
                .class
                .as_deref()
                .is_some_and(|class| lexicon().class(class).is_some() && class != self.nodes[clause.base].noun.class)
        {
            self.add_target(clause, words, true);
        }
    }

    /// "parked", "is white", "not white" after the noun.
    fn attribute(&mut self, clause: &mut Clause, item: &Item) -> bool {
        let attribute =
            |meaning| if let Meaning::Attribute(kind, value) = meaning { Some((kind, value)) } else { None };
        let Some((kind, value)) = item.find(attribute) else { return false };
        if place::noun_follows(&self.items, self.at, false) {
            return false;
        }
        let noun = if clause.relative { clause.last } else { *clause.open.last().unwrap_or(&clause.base) };
        self.describe(noun, kind, value, clause.negated);
        self.mark(self.at..self.at + 1, Role::Attribute, Some(noun));
        // "not red or white": the negation holds for the next attribute too.
        clause.negated &= self.items.get(self.at + 1).is_some_and(|next| next.is(Meaning::Or));
        self.at += 1;
        true
    }

    fn describe(&mut self, noun: usize, kind: AttributeKind, value: &str, negated: bool) {
        self.nodes[noun].noun.attributes.push(Attribute { kind, value: value.into(), negated });
    }

    /// A noun phrase that says more of the base ("is the most bottom-most vehicle"), or an exception after "not".
    /// Any other is not understood.
    fn predicate(&mut self, clause: &mut Clause) -> bool {
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
