//! Noun phrases: "the two largest white storage tanks", "a row of houses", "the ship's deck", "the second from".

use std::ops::Range;

use crate::text::constraint::{Order, OrderKey, RelationKind};
use crate::text::lexicon::Meaning;
use crate::text::noun_phrase::{ANYTHING, Attribute, AttributeKind, Determiner, Grouping, Number};
use crate::text::parse::items::Item;
use crate::text::parse::modifier::Before;
use crate::text::parse::place;
use crate::text::phrase::Role;
use crate::text::place::Position;
use crate::text::plural::singular_of;

/// Nested owners and "of" phrases deeper than this are left unread.
const DEEPEST: usize = 4;

/// A noun phrase as read from the sentence, before it is hung anywhere.
#[derive(Debug, Clone)]
pub(super) struct NounWords {
    /// Class, or `None` for "one", "the largest": whatever was spoken of before.
    pub class: Option<String>,
    /// The narrower word.
    pub kind: Option<String>,
    /// Whether this is "hue", "colour": attributes of something else.
    pub is_quality: bool,
    pub attributes: Vec<Attribute>,
    pub number: Number,
    pub grouping: Option<Grouping>,
    pub determiner: Option<Determiner>,
    pub orders: Vec<Order>,
    pub positions: Vec<Position>,
    /// "the **ship's** deck".
    pub owner: Option<Box<NounWords>>,
    /// "the **second closest** building **to** the river": the relation that must follow, by rank, and its item.
    pub ranked: Option<(RelationKind, u32, usize)>,
    /// Item ranges and what they were used for.
    pub uses: Vec<(Range<usize>, Role)>,
    /// The item after the phrase.
    pub end: usize,
}

/// Reads a noun phrase that starts at item `start`.
///
/// ```text
/// noun phrase = determiner* [grouping "of"] (number | order | way+ | attribute | "and" attribute | modifier)* noun
/// modifier    = an unknown word or a noun before the noun; an owner ("ship's")
/// ```
/// Without a noun it is one only if something picks: "the second", "the white one", "the largest of the tanks".
pub(super) fn noun(items: &[Item], start: usize, depth: usize) -> Option<NounWords> {
    let mut words = NounWords::empty(start);
    let mut before = Before::default();
    let mut plural = None;
    while let Some(item) = items.get(words.end) {
        let at = words.end;
        if words.class.is_some() && !continues_compound(items, at, plural.unwrap_or(false)) {
            break;
        }
        if let Some(end) = words.take_modifier(items, at, &mut before) {
            words.end = end;
            continue;
        }
        let is_head =
            item.noun().is_some() || words.can_be_head(items, at) || (item.is_unknown() && unknown_is_head(items, at));
        if is_head {
            plural = Some(words.take_head(item));
            if item.possessive && depth < DEEPEST {
                words = words.becomes_owner(plural.take().unwrap_or(false));
            } else if item.noun().is_none() {
                break;
            }
        } else if let Some(is_plural) = item.pronoun_plural() {
            let of = items.get(at + 1).is_some_and(|next| next.is(Meaning::Of));
            if at == start && (of || place::noun_follows(items, at + 1, true)) {
                before.count = Some(1);
                words.take(1, Role::Number);
            } else {
                plural = Some(is_plural);
                words.take(1, Role::Target);
                break;
            }
        } else if item.is(Meaning::Quality) && !words.attributes.is_empty() {
            words.is_quality = true;
            words.take(1, Role::Filler);
            break;
        } else if item.is_unknown() {
            words.describe(AttributeKind::Other, &item.form);
            words.take(1, Role::Attribute);
        } else {
            break;
        }
    }
    words.finish(items, before, plural, depth)
}

impl NounWords {
    fn empty(end: usize) -> Self {
        Self {
            class: None,
            kind: None,
            is_quality: false,
            attributes: Vec::new(),
            number: Number::Unstated,
            grouping: None,
            determiner: None,
            orders: Vec::new(),
            positions: Vec::new(),
            owner: None,
            ranked: None,
            uses: Vec::new(),
            end,
        }
    }

    /// "the area next to", "a small dark **part**": a word for a part that stands for a thing of its own.
    fn can_be_head(&self, items: &[Item], at: usize) -> bool {
        let is_area = items[at].is(Meaning::Area);
        let is_part = items[at].extent().is_some() && items[at].words.len() == 1;
        is_area || (is_part && (items[at].fenced || !self.attributes.is_empty()))
    }

    /// Takes the next `count` items for `role`.
    fn take(&mut self, count: usize, role: Role) {
        self.end = self.used(self.end, self.end + count, role);
    }

    /// Says what items were used for; gives the item after them.
    pub fn used(&mut self, from: usize, to: usize, role: Role) -> usize {
        self.uses.push((from..to, role));
        to
    }

    pub fn describe(&mut self, kind: AttributeKind, value: &str) {
        self.attributes.push(Attribute { kind, value: value.into(), negated: false });
    }

    /// Takes the next item as the noun; gives whether it is a plural.
    fn take_head(&mut self, item: &Item) -> bool {
        self.demote_head();
        let plural = match item.noun() {
            Some((class, kind, plural)) => {
                (self.class, self.kind) = (Some(class.into()), kind.map(Into::into));
                plural
            }
            None => {
                let singular = singular_of(&item.form);
                let plural = singular.is_some();
                self.class = Some(singular.unwrap_or_else(|| item.form.clone()));
                plural
            }
        };
        self.take(1, Role::Target);
        plural
    }

    /// The noun so far was a modifier of the next: "**harbor** dock".
    fn demote_head(&mut self) {
        if let Some(class) = self.class.take() {
            let word = self.kind.take().unwrap_or(class);
            self.describe(AttributeKind::Other, &word);
            if let Some(last) = self.uses.iter_mut().rev().find(|(_, role)| *role == Role::Target) {
                last.1 = Role::Attribute;
            }
        }
    }

    /// All that was read so far owns what follows: "**the white ship's** deck".
    fn becomes_owner(mut self, plural: bool) -> Self {
        let definite = self.determiner;
        self.number = if plural { Number::All } else { Number::One };
        if self.determiner.is_none() && !plural {
            self.number = Number::Unstated;
        }
        let owned = Self::empty(self.end);
        Self { determiner: definite.is_some().then_some(Determiner::The), owner: Some(Box::new(self)), ..owned }
    }

    /// Settles number and orders once the noun is known, or takes the noun of "the largest **of the tanks**".
    fn finish(mut self, items: &[Item], before: Before, plural: Option<bool>, depth: usize) -> Option<Self> {
        if self.class.is_none()
            && plural.is_none()
            && let Some(owner) = self.owner.take_if(|owner| owner.end == self.end)
        {
            return Some(*owner);
        }
        let picks = before.ordinal.is_some() || before.last || !before.superlatives.is_empty();
        let is_pronoun = self.class.is_none() && plural.is_some();
        let has_noun = self.class.is_some() || is_pronoun || self.is_quality;
        let mut plural = plural.unwrap_or(false);
        if !has_noun {
            // "on the fourth side" picks a side, not an object.
            if items.get(self.end).is_some_and(|item| item.extent().is_some()) {
                return None;
            }
            let chosen = picks || before.count.is_some();
            let of = items.get(self.end).is_some_and(|item| item.is(Meaning::Of));
            let group = (chosen && of && depth < DEEPEST).then(|| noun(items, self.end + 1, depth + 1)).flatten();
            if let Some(group) = group.filter(|group| group.number != Number::Unstated || group.class.is_some()) {
                self.uses.push((self.end..self.end + 1, Role::Order));
                plural = before.count.is_some_and(|count| count > 1);
                self.determiner = self.determiner.or(group.determiner);
                self = Self {
                    determiner: self.determiner,
                    attributes: [self.attributes, group.attributes].concat(),
                    positions: [self.positions, group.positions].concat(),
                    orders: group.orders,
                    uses: [self.uses, group.uses].concat(),
                    number: Number::Unstated,
                    ..group
                };
            } else if !picks && (self.attributes.is_empty() || self.determiner.is_none()) {
                return None;
            }
        }
        self.number = self.number_of(before.count, before.several, plural);
        let first = before.ordinal.unwrap_or(1);
        let mut keys = before.superlatives;
        if keys.is_empty() && before.last {
            keys.push(OrderKey::Last);
        } else if keys.is_empty() && before.ordinal.is_some() {
            keys.push(OrderKey::First);
        }
        // The number settles the count once the whole phrase is read.
        self.orders.extend(keys.into_iter().map(|key| Order { key, first, count: None }));
        Some(self)
    }

    /// The number the words say; what a grouping adds to it is settled with the finished noun phrase.
    fn number_of(&self, count: Option<u32>, several: bool, plural: bool) -> Number {
        match count {
            Some(1) => Number::One,
            Some(count) => Number::Exactly(count),
            None if several => Number::Several,
            None if self.determiner == Some(Determiner::All) || plural => Number::All,
            None if self.determiner.is_some() => Number::One,
            None => Number::Unstated,
        }
    }

    /// The class, or that of what was spoken of before.
    pub fn class_or(&self, antecedent: Option<&str>) -> String {
        self.class.clone().unwrap_or_else(|| antecedent.unwrap_or(ANYTHING).into())
    }
}

/// Whether the noun at `at` goes on with the noun before it: "harbor **dock**", but not "the bridge **crossing** the river".
fn continues_compound(items: &[Item], at: usize, plural: bool) -> bool {
    let item = &items[at];
    let relates = item.relation().is_some() && items.get(at + 1).is_some_and(|next| next.determiner().is_some());
    item.noun().is_some() && !item.is_copula() && !plural && !relates
}

/// Whether an unknown word is the noun itself and not a word before it.
fn unknown_is_head(items: &[Item], at: usize) -> bool {
    items.get(at + 1).is_none_or(|next| {
        let goes_on = next.is_unknown()
            || next.extent().is_some()
            || next.is(Meaning::Area)
            || (next.noun().is_some() && !next.is_copula())
            || next.attribute().is_some_and(|_| place::noun_follows(items, at + 1, true));
        items[at].possessive || !goes_on
    })
}
