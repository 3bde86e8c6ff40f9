//! Noun phrases: "the two largest white storage tanks", "a row of houses", "the ship's deck", "the second from".

use std::ops::Range;

use crate::text::lexicon::{Meaning, lexicon, plural_of, singular_of};
use crate::text::parse::items::{Item, Sign};
use crate::text::parse::place;
use crate::text::phrase::{
    ANYTHING, Attribute, AttributeKind, Determiner, Grouping, Number, Order, OrderKey, RelationKind, Role,
};
use crate::text::place::{Extent, Position};

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

/// What comes before the noun, as it is gathered.
#[derive(Default)]
struct Gathered {
    count: Option<u32>,
    several: bool,
    ordinal: Option<u32>,
    last: bool,
    superlatives: Vec<OrderKey>,
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
    let mut before = Gathered::default();
    let mut plural = None;
    let mut at = start;
    while let Some(item) = items.get(at) {
        let head = words.class.is_some();
        if head && !continues_compound(items, at, plural.unwrap_or(false)) {
            break;
        }
        let from = at;
        if let Some(next) = words.take_modifier(items, at, &mut before) {
            at = next;
            continue;
        }
        if let Some((class, kind, is_plural)) = item.find(noun_meaning) {
            if head {
                words.demote_head();
            }
            (words.class, words.kind) = (Some(class.into()), kind.map(Into::into));
            words.uses.push((from..from + 1, Role::Target));
            if item.possessive && depth < DEEPEST {
                words = words.becomes_owner(is_plural, from + 1);
            } else {
                plural = Some(is_plural);
            }
        } else if let Some(is_plural) = item.find(one) {
            let of = items.get(at + 1).is_some_and(|next| next.is(Meaning::Of));
            if at == start && (of || place::noun_follows(items, at + 1, true)) {
                before.count = Some(1);
                words.uses.push((from..from + 1, Role::Number));
            } else {
                plural = Some(is_plural);
                words.uses.push((from..from + 1, Role::Target));
                at += 1;
                break;
            }
        } else if item.is(Meaning::Quality) && !words.attributes.is_empty() {
            words.is_quality = true;
            words.uses.push((from..from + 1, Role::Filler));
            at += 1;
            break;
        } else if words.can_be_head(items, at) {
            let singular = singular_of(&item.form);
            plural = Some(singular.is_some());
            words.class = Some(singular.unwrap_or_else(|| item.form.clone()));
            words.uses.push((from..from + 1, Role::Target));
            at += 1;
            break;
        } else if item.is_unknown() {
            if unknown_is_head(items, at) {
                let singular = singular_of(&item.form).filter(|one| plural_of(one) == item.form);
                plural = Some(singular.is_some());
                words.class = Some(singular.unwrap_or_else(|| item.form.clone()));
                words.uses.push((from..from + 1, Role::Target));
                if item.possessive && depth < DEEPEST {
                    words = words.becomes_owner(plural.take().unwrap_or(false), from + 1);
                    at += 1;
                    continue;
                }
                at += 1;
                break;
            }
            words.attribute(AttributeKind::Other, &item.form);
            words.uses.push((from..from + 1, Role::Attribute));
        } else {
            break;
        }
        at += 1;
    }
    words.end = at;
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

    /// Takes one item that stands before a noun; gives the item after it.
    fn take_modifier(&mut self, items: &[Item], at: usize, before: &mut Gathered) -> Option<usize> {
        let item = &items[at];
        let next = items.get(at + 1);
        if item.mark.is_some() || item.is(Meaning::And) {
            // "large, white tank", "green and orange field", "largest and roundest tank"
            let lists = |item: &Item| item.find(attribute).is_some() || item.find(superlative).is_some();
            let says = !self.attributes.is_empty() || !before.superlatives.is_empty();
            let between = at > 0 && lists(&items[at - 1]) && next.is_some_and(lists) && says;
            let joins = between && (item.mark == Some(Sign::Stop) || item.mark.is_none());
            return joins.then(|| self.used(at, at + 1, Role::Attribute));
        }
        if let Some(determiner) = item.find(place::determiner) {
            let first = self.uses.iter().all(|(_, role)| *role == Role::Determiner);
            let of_all = self.determiner == Some(Determiner::All) && determiner == Determiner::The;
            if !first || (self.determiner.is_some() && !of_all) {
                return None;
            }
            // "those near the river" stands alone, "those ships" does not.
            if item.find(one).is_some() && !noun(items, at + 1, 1).is_some_and(|next| next.class.is_some()) {
                return None;
            }
            self.determiner = self.determiner.or(Some(determiner));
            return Some(self.used(at, at + 1, Role::Determiner));
        }
        if let Some(grouping) =
            item.find(|meaning| if let Meaning::Grouping(grouping) = meaning { Some(grouping) } else { None })
        {
            let of = usize::from(next.is_some_and(|item| item.is(Meaning::Of)));
            if of == 0 && !item.form.ends_with(" of") {
                return None;
            }
            // "two rows of tanks", "the second row of tanks": they count rows, not tanks, and nothing here counts rows.
            *before = Gathered::default();
            self.uses.retain(|(_, role)| !matches!(role, Role::Number | Role::Order));
            self.grouping = Some(grouping);
            return Some(self.used(at, at + 1 + of, Role::Number));
        }
        if let Some(rank) = item.ordinal() {
            before.ordinal = Some(rank);
            return Some(self.used(at, at + 1, Role::Order));
        }
        if item.is(Meaning::Last) {
            before.last = true;
            return Some(self.used(at, at + 1, Role::Order));
        }
        if item.is(Meaning::Most) {
            let before_way = next.is_some_and(|next| next.find(superlative).is_some() || next.is_way());
            return before_way.then(|| self.used(at, at + 1, Role::Order));
        }
        if let Some(key) = item.find(superlative) {
            let compares = next.is_some_and(|next| next.is(Meaning::Than));
            let is_comparative =
                item.find(|meaning| matches!(meaning, Meaning::Comparative(_)).then_some(())).is_some();
            if compares && is_comparative {
                return None;
            }
            before.superlatives.push(key);
            return Some(self.used(at, at + 1, Role::Order));
        }
        if let Some(count) = item.count() {
            let measures = next
                .is_some_and(|next| next.find(|meaning| matches!(meaning, Meaning::Unit(_)).then_some(())).is_some());
            if measures || before.count.is_some() {
                return None;
            }
            // "five or six ships"
            let range = next.is_some_and(|next| next.is(Meaning::Or))
                && items.get(at + 2).is_some_and(|item| item.count().is_some());
            if range {
                before.several = true;
                return Some(self.used(at, at + 3, Role::Number));
            }
            before.count = Some(count);
            return Some(self.used(at, at + 1, Role::Number));
        }
        if item.is(Meaning::Several) {
            before.several = true;
            return Some(self.used(at, at + 1, Role::Number));
        }
        if let (Some(place), end) = place::ways(items, at) {
            if !place::noun_follows(items, end, true) {
                return None;
            }
            // "most northern tank": the way is an order.
            if at > 0
                && items[at - 1].is(Meaning::Most)
                && let Some(key) = place::order_from(place)
            {
                before.superlatives.push(key);
                return Some(self.used(at, end, Role::Order));
            }
            self.positions.push(Position { place: Some(place), extent: Extent::Part, negated: false });
            return Some(self.used(at, end, Role::Position));
        }
        if item.is(Meaning::Far)
            && let (Some(place), end) = place::ways(items, at + 1)
        {
            if !place::noun_follows(items, end, true) {
                return None;
            }
            self.positions.push(Position { place: Some(place), extent: Extent::Far, negated: false });
            return Some(self.used(at, end, Role::Position));
        }
        if let Some((kind, value)) = item.find(attribute).filter(|_| !item.is_noun()) {
            self.attribute(kind, value);
            return Some(self.used(at, at + 1, Role::Attribute));
        }
        if let Some(kind) = item.find(|meaning| if let Meaning::Ranked(kind) = meaning { Some(kind) } else { None }) {
            // "the closest building to the river", but not "nearest the river".
            if !place::noun_follows(items, at + 1, false) || self.determiner.is_none() {
                return None;
            }
            self.ranked = Some((kind, before.ordinal.take().unwrap_or(1), at));
            return Some(self.used(at, at + 1, Role::Relation));
        }
        let polishes = (item.is(Meaning::Filler) || item.is(Meaning::Function)) && item.words.len() == 1;
        let describes =
            place::noun_follows(items, at + 1, true) || next.is_some_and(|next| next.find(attribute).is_some());
        if polishes && !self.uses.is_empty() && describes {
            return Some(self.used(at, at + 1, Role::Filler));
        }
        None
    }

    /// "the area next to", "a small dark **part**": a word for a part that stands for a thing of its own.
    fn can_be_head(&self, items: &[Item], at: usize) -> bool {
        let is_area = items[at].is(Meaning::Area);
        let is_part = items[at].find(extent).is_some() && items[at].words.len() == 1;
        is_area || (is_part && (items[at].fenced || !self.attributes.is_empty()))
    }

    fn used(&mut self, from: usize, to: usize, role: Role) -> usize {
        self.uses.push((from..to, role));
        to
    }

    fn attribute(&mut self, kind: AttributeKind, value: &str) {
        self.attributes.push(Attribute { kind, value: value.into(), negated: false });
    }

    /// The noun so far was a modifier of the next: "**harbor** dock".
    fn demote_head(&mut self) {
        if let Some(class) = self.class.take() {
            let word = self.kind.take().unwrap_or(class);
            self.attribute(AttributeKind::Other, &word);
            if let Some(last) = self.uses.iter_mut().rev().find(|(_, role)| *role == Role::Target) {
                last.1 = Role::Attribute;
            }
        }
    }

    /// All that was read so far owns what follows: "**the white ship's** deck".
    fn becomes_owner(mut self, plural: bool, end: usize) -> Self {
        let definite = self.determiner;
        self.number = if plural { Number::All } else { Number::One };
        if self.determiner.is_none() && !plural {
            self.number = Number::Unstated;
        }
        self.end = end;
        let owned = Self::empty(end);
        Self { determiner: definite.is_some().then_some(Determiner::The), owner: Some(Box::new(self)), ..owned }
    }

    /// Settles number and orders once the noun is known, or takes the noun of "the largest **of the tanks**".
    fn finish(mut self, items: &[Item], before: Gathered, plural: Option<bool>, depth: usize) -> Option<Self> {
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
            if items.get(self.end).is_some_and(|item| item.find(extent).is_some()) {
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

    fn number_of(&self, count: Option<u32>, several: bool, plural: bool) -> Number {
        let is_mass =
            self.class.as_deref().and_then(|class| lexicon().class(class)).is_some_and(|class| class.plural.is_none());
        match count {
            Some(1) => Number::One,
            Some(count) => Number::Exactly(count),
            None if several => Number::Several,
            None if self.grouping == Some(Grouping::Pair) && !is_mass => Number::Exactly(2),
            None if self.determiner == Some(Determiner::All) || plural || (self.grouping.is_some() && !is_mass) => {
                Number::All
            }
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
    let relates = item.find(|meaning| matches!(meaning, Meaning::Relation(_)).then_some(())).is_some()
        && items.get(at + 1).is_some_and(|next| next.find(place::determiner).is_some());
    item.is_noun() && !item.is_copula() && !plural && !relates
}

/// Whether an unknown word is the noun itself and not a word before it.
fn unknown_is_head(items: &[Item], at: usize) -> bool {
    items.get(at + 1).is_none_or(|next| {
        let goes_on = next.is_unknown()
            || next.find(extent).is_some()
            || (next.is_noun() && !next.is_copula())
            || next.find(attribute).is_some_and(|_| place::noun_follows(items, at + 1, true));
        items[at].possessive || !goes_on
    })
}

fn noun_meaning(meaning: Meaning) -> Option<(&'static str, Option<&'static str>, bool)> {
    if let Meaning::Noun { class, kind, plural } = meaning { Some((class, kind, plural)) } else { None }
}

fn attribute(meaning: Meaning) -> Option<(AttributeKind, &'static str)> {
    if let Meaning::Attribute(kind, value) = meaning { Some((kind, value)) } else { None }
}

fn superlative(meaning: Meaning) -> Option<OrderKey> {
    if let Meaning::Superlative(key) | Meaning::Comparative(key) = meaning { Some(key) } else { None }
}

fn extent(meaning: Meaning) -> Option<Extent> {
    if let Meaning::Extent(extent) = meaning { Some(extent) } else { None }
}

fn one(meaning: Meaning) -> Option<bool> {
    if let Meaning::One { plural } = meaning { Some(plural) } else { None }
}
