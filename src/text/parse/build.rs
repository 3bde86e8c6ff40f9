//! From nodes to the finished phrase: the tree of descriptions, the account of the words, the parts of the sentence.

use crate::text::constraint::{Order, Relation};
use crate::text::lexicon::lexicon;
use crate::text::noun_phrase::{Attribute, AttributeKind, Determiner, Grouping, NounPhrase, Number};
use crate::text::parse::{Node, Parser};
use crate::text::phrase::{Description, Phrase, Role, Span, Word};

impl Parser {
    /// The phrase, once everything is read.
    pub(super) fn build(mut self, sentence: &str) -> Phrase {
        self.share();
        for (_, _, item) in self.nodes.iter().filter_map(|node| node.ranked).collect::<Vec<_>>() {
            self.mark(item..item + 1, Role::Unused, None);
        }
        let mut targets =
            self.targets.iter().map(|(target, _)| self.describe_node(*target)).collect::<Vec<_>>().into_iter();
        let target = targets.next().unwrap_or_else(|| Description::of(NounPhrase::anything()));
        Phrase {
            sentence: sentence.into(),
            target,
            alternatives: targets.collect(),
            object_part: self.object_part(),
            position_part: self.part(|parser, word| parser.is_about_place(word)),
            words: self.words(sentence),
        }
    }

    /// In "tanks and ships near the harbor" the tanks get what is said of the ships.
    fn share(&mut self) {
        for last in (1..self.targets.len()).rev() {
            let ((before, _), (target, shares)) = (self.targets[last - 1], self.targets[last]);
            if !shares || !self.nodes[before].is_bare() || self.nodes[target].is_bare() {
                continue;
            }
            let said = &self.nodes[target];
            let positions = said.positions[said.own.0..].to_vec();
            let relations = said.relations[said.own.1..].to_vec();
            let (measures, except) = (said.measures.clone(), said.except.clone());
            let node = &mut self.nodes[before];
            node.positions.extend(positions);
            node.measures.extend(measures);
            node.relations.extend(relations);
            node.except.extend(except);
        }
    }

    fn describe_node(&self, node: usize) -> Description {
        let Node { noun, orders, positions, measures, relations, except, .. } = &self.nodes[node];
        let noun = settled(noun.clone());
        let count = match noun.number {
            Number::Exactly(count) => Some(count),
            Number::All | Number::Several => None,
            Number::One | Number::Unstated => Some(1),
        };
        let mut description = Description::of(noun);
        for order in orders {
            let order = Order { count, ..*order };
            if !description.orders.contains(&order) {
                description.orders.push(order);
            }
        }
        for position in positions {
            if !description.positions.contains(position) {
                description.positions.push(*position);
            }
        }
        description.measures.clone_from(measures);
        description.relations = relations
            .iter()
            .map(|link| Relation {
                kind: link.kind,
                negated: link.negated,
                distance: link.distance,
                rank: link.rank,
                landmarks: link.landmarks.iter().map(|landmark| self.describe_node(*landmark)).collect(),
            })
            .collect();
        description.except = except.iter().map(|node| self.describe_node(*node)).collect();
        description
    }

    fn words(&self, sentence: &str) -> Vec<Word> {
        let words = self.tokens.iter().zip(&self.uses);
        words
            .map(|(token, (role, node))| Word {
                text: sentence[token.span.start..token.span.end].into(),
                span: token.span,
                role: *role,
                about: node.map(|node| self.nodes[node].noun.class.clone()),
                corrected: token.corrected.clone(),
            })
            .collect()
    }

    /// Noun, attributes and number of the targets; with their articles if the sentence says nothing of place.
    fn object_part(&self) -> Vec<Span> {
        let says_place = (0..self.uses.len()).any(|word| self.is_about_place(word));
        self.part(|parser, word| {
            let (role, node) = parser.uses[word];
            let what = matches!(role, Role::Target | Role::Attribute | Role::Number)
                || (role == Role::Determiner && !says_place);
            what && node.is_some_and(|node| parser.is_target(node))
        })
    }

    /// Whether a word says where the target is: its place, order and relations, and all about its landmarks.
    fn is_about_place(&self, word: usize) -> bool {
        let (role, node) = self.uses[word];
        match role {
            Role::Position | Role::Order | Role::Relation | Role::Distance | Role::Negation => true,
            Role::Filler | Role::Unused => false,
            _ => node.is_some_and(|node| !self.is_target(node)),
        }
    }

    fn is_target(&self, node: usize) -> bool {
        self.targets.iter().any(|(target, _)| *target == node)
    }

    /// The spans of the words that `pick`; neighbours become one span.
    fn part(&self, pick: impl Fn(&Self, usize) -> bool) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let mut last = None;
        for (word, token) in self.tokens.iter().enumerate().filter(|(word, _)| pick(self, *word)) {
            match spans.last_mut().filter(|_| last.is_some_and(|last| last + 1 == word)) {
                Some(span) => span.end = token.span.end,
                None => spans.push(token.span),
            }
            last = Some(word);
        }
        spans
    }
}

/// The noun phrase with each attribute once, in the order they are written out (known ones, modifiers outside the lexicon,
/// nouns before the noun, negated ones), and with the number its grouping asks for.
fn settled(mut noun: NounPhrase) -> NounPhrase {
    let place = |attribute: &Attribute| {
        let is_noun = !lexicon().meanings(&attribute.value).is_empty();
        (attribute.negated, attribute.kind == AttributeKind::Other && !attribute.negated, is_noun)
    };
    let mut attributes: Vec<Attribute> = Vec::with_capacity(noun.attributes.len());
    for attribute in noun.attributes.drain(..) {
        if !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
    }
    attributes.sort_by_key(|attribute| match place(attribute) {
        (true, ..) => 3,
        (false, true, true) => 2,
        (false, true, false) => 1,
        _ => 0,
    });
    noun.attributes = attributes;
    let is_mass = !lexicon().has_plural(&noun.word(false));
    noun.number = match (noun.grouping, noun.number) {
        (_, Number::All) if is_mass && noun.determiner.is_none() => Number::Unstated,
        (_, Number::All) if is_mass && noun.determiner != Some(Determiner::All) => Number::One,
        (Some(Grouping::Pair), Number::One | Number::Unstated | Number::All) if !is_mass => Number::Exactly(2),
        (Some(_), Number::One | Number::Unstated) if !is_mass => Number::All,
        (_, number) => number,
    };
    noun
}
