//! What stands before a noun: articles, numbers, orders, places, attributes.

use crate::text::constraint::OrderKey;
use crate::text::lexicon::Meaning;
use crate::text::noun_phrase::Determiner;
use crate::text::parse::items::{Item, Sign};
use crate::text::parse::noun::{NounWords, noun};
use crate::text::parse::place;
use crate::text::phrase::Role;
use crate::text::place::{Extent, Position};

/// Numbers and orders before a noun, as they are gathered.
#[derive(Default)]
pub(super) struct Before {
    pub count: Option<u32>,
    pub several: bool,
    pub ordinal: Option<u32>,
    pub last: bool,
    pub superlatives: Vec<OrderKey>,
}

impl NounWords {
    /// Takes the item at `at` if it stands before a noun; gives the item after what was taken.
    pub fn take_modifier(&mut self, items: &[Item], at: usize, before: &mut Before) -> Option<usize> {
        self.take_joint(items, at, before)
            .or_else(|| self.take_determiner(items, at))
            .or_else(|| self.take_grouping(items, at, before))
            .or_else(|| self.take_order(items, at, before))
            .or_else(|| self.take_number(items, at, before))
            .or_else(|| self.take_place(items, at, before))
            .or_else(|| self.take_attribute(items, at))
            .or_else(|| self.take_ranked(items, at, before))
            .or_else(|| self.take_polish(items, at))
    }

    /// "large**,** white tank", "green **and** orange field", "largest **and** roundest tank"
    fn take_joint(&mut self, items: &[Item], at: usize, before: &Before) -> Option<usize> {
        let joins = items[at].mark == Some(Sign::Stop) || items[at].is(Meaning::And);
        let lists = |item: &Item| item.attribute().is_some() || item.superlative().is_some();
        let says = !self.attributes.is_empty() || !before.superlatives.is_empty();
        let between = at > 0 && lists(&items[at - 1]) && items.get(at + 1).is_some_and(lists);
        (joins && says && between).then(|| self.used(at, at + 1, Role::Attribute))
    }

    /// "the", "all the", "those" where a noun follows.
    fn take_determiner(&mut self, items: &[Item], at: usize) -> Option<usize> {
        let determiner = items[at].determiner()?;
        let first = self.uses.iter().all(|(_, role)| *role == Role::Determiner);
        let of_all = self.determiner == Some(Determiner::All) && determiner == Determiner::The;
        if !first || (self.determiner.is_some() && !of_all) {
            return None;
        }
        // "those near the river" stands alone, "those ships" does not.
        let can_stand_alone = items[at].pronoun_plural().is_some();
        if can_stand_alone && noun(items, at + 1, 1).is_none_or(|next| next.class.is_none()) {
            return None;
        }
        self.determiner = self.determiner.or(Some(determiner));
        Some(self.used(at, at + 1, Role::Determiner))
    }

    /// "row of", "cluster of".
    fn take_grouping(&mut self, items: &[Item], at: usize, before: &mut Before) -> Option<usize> {
        let grouping = items[at].grouping()?;
        let of = usize::from(items.get(at + 1).is_some_and(|item| item.is(Meaning::Of)));
        if of == 0 && !items[at].form.ends_with(" of") {
            return None;
        }
        // "two rows of tanks", "the second row of tanks": they count rows, not tanks, and nothing here counts rows.
        *before = Before::default();
        self.uses.retain(|(_, role)| !matches!(role, Role::Number | Role::Order));
        self.grouping = Some(grouping);
        Some(self.used(at, at + 1 + of, Role::Number))
    }

    /// "second", "last", "largest", "most" before another.
    fn take_order(&mut self, items: &[Item], at: usize, before: &mut Before) -> Option<usize> {
        let (item, next) = (&items[at], items.get(at + 1));
        // A quoted "third" is a noun, see `can_be_head`.
        if let Some(rank) = item.ordinal().filter(|_| !item.fenced) {
            before.ordinal = Some(rank);
            // "second and third" are two ranks from the second.
            let joins = next.is_some_and(|next| next.is(Meaning::And));
            if joins && items.get(at + 2).and_then(Item::ordinal) == Some(rank + 1) {
                before.count = Some(2);
                return Some(self.used(at, at + 3, Role::Order));
            }
        } else if item.is(Meaning::Last) {
            before.last = true;
        } else if item.is(Meaning::Most) {
            next.filter(|next| next.superlative().is_some() || next.way().is_some())?;
        } else {
            let key = item.superlative()?;
            // "larger than the tank" is a relation.
            if item.comparative().is_some() && next.is_some_and(|next| next.is(Meaning::Than)) {
                return None;
            }
            before.superlatives.push(key);
        }
        Some(self.used(at, at + 1, Role::Order))
    }

    /// "two", "several", "five or six", but not "200 m".
    fn take_number(&mut self, items: &[Item], at: usize, before: &mut Before) -> Option<usize> {
        let next = items.get(at + 1);
        if let Some(count) = items[at].count() {
            if before.count.is_some() || next.is_some_and(|next| next.unit().is_some()) {
                return None;
            }
            let joins = next.is_some_and(|next| next.is(Meaning::Or));
            if joins && items.get(at + 2).is_some_and(|item| item.count().is_some()) {
                before.several = true;
                return Some(self.used(at, at + 3, Role::Number));
            }
            before.count = Some(count);
        } else if items[at].is(Meaning::Several) {
            before.several = true;
        } else {
            return None;
        }
        Some(self.used(at, at + 1, Role::Number))
    }

    /// "upper left", "far left"; after "most" an order: "most northern".
    fn take_place(&mut self, items: &[Item], at: usize, before: &mut Before) -> Option<usize> {
        let is_far = items[at].is(Meaning::Far);
        let (place, end) = place::ways(items, at + usize::from(is_far));
        let place = place.filter(|_| place::noun_follows(items, end, true))?;
        let after_most = at > 0 && items[at - 1].is(Meaning::Most);
        if let Some(key) = place::order_from(place).filter(|_| after_most) {
            before.superlatives.push(key);
            return Some(self.used(at, end, Role::Order));
        }
        let extent = if is_far { Extent::Far } else { Extent::Part };
        self.positions.push(Position { place: Some(place), extent, negated: false });
        Some(self.used(at, end, Role::Position))
    }

    /// "red", "parked".
    fn take_attribute(&mut self, items: &[Item], at: usize) -> Option<usize> {
        let (kind, value) = items[at].attribute().filter(|_| items[at].noun().is_none())?;
        self.describe(kind, value);
        Some(self.used(at, at + 1, Role::Attribute))
    }

    /// "the **closest** building to the river", but not "nearest the river".
    fn take_ranked(&mut self, items: &[Item], at: usize, before: &mut Before) -> Option<usize> {
        let kind =
            items[at].ranked().filter(|_| self.determiner.is_some() && place::noun_follows(items, at + 1, false))?;
        self.ranked = Some((kind, before.ordinal.take().unwrap_or(1), at));
        Some(self.used(at, at + 1, Role::Relation))
    }

    /// "the **only** ship", "a **predominantly** white hue".
    fn take_polish(&mut self, items: &[Item], at: usize) -> Option<usize> {
        let polishes = (items[at].is(Meaning::Filler) || items[at].is(Meaning::Function)) && items[at].words.len() == 1;
        let describes = items.get(at + 1).is_some_and(|next| next.attribute().is_some());
        let goes_on = describes || place::noun_follows(items, at + 1, true);
        (polishes && !self.uses.is_empty() && goes_on).then(|| self.used(at, at + 1, Role::Filler))
    }
}
