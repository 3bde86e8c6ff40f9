//! `Phrase::parse`: from a sentence to what it means.
//!
//! A sentence becomes items (`items`: the longest forms of the lexicon), a noun phrase is read for the target (`noun`), then
//! constraint after constraint is read and hung on the noun it speaks of (`clause`, with `place`, `landmark` and `joint`). Nouns are
//! nodes in a list while this goes on; at the end they become the tree of [`Description`](crate::text::Description)s (`build`). Nothing is an error but
//! a sentence without words or beyond all measure: words that fit nowhere stay [`Role::Unused`].

//!
//! What is understood, with the file that reads it:
//!
//! | construct | example | file |
//! |---|---|---|
//! | class, synonym, narrower word | "oil tanks", "vans" | `assets/text/classes.tsv` |
//! | misspelling, British spelling, possessive | "tenis court", "grey harbour", "the ship's deck" | `spelling.rs`, `noun` |
//! | article, number, group | "all", "two", "five or six", "a row of", "a pair of" | `modifier` |
//! | attribute | "large", "red and white", "parked"; after the noun "that is not white" | `modifier`, `joint` |
//! | order | "two largest", "second from the left", "the last", "the largest of the tanks" | `modifier`, `clause` |
//! | position | "in the upper left corner of the image", "on the far right", "the left ship" | `place` |
//! | direction, part, edge of a landmark | "to the left of", "in the north of", "at the edge of" | `place`, `relation` |
//! | relation | "near", "between A and B", "surrounded by A and B", "near A or B", "with", "without" | `relation`, `landmark` |
//! | rank by a landmark | "nearest the bridge", "the second closest ship to the quay" | `relation`, `modifier` |
//! | distance | "within 200 m of", "at least 1 km north of", "between 100 and 200 m from" | `relation` |
//! | comparison | "larger than the stadium" | `relation` |
//! | negation, exception | "not near", "isn't on", "neither red nor white", "except the largest one" | `joint` |
//! | several targets | "tanks and ships near the harbor", "tanks as well as ships" | `joint` |
//! | nesting | "the vehicle on the lower left", "the road (west of the river)" | `clause`, `landmark` |
//! | sentences | "show me", "there is a", "where is", "The court is on the right of" | here, `joint` |

mod build;
mod clause;
pub(super) mod items;
mod joint;
mod landmark;
mod measure;
mod modifier;
mod noun;
mod place;
mod relation;

use std::ops::Range;

use crate::error::{Error, Result};
use crate::text::constraint::{Distance, Measure, Order, OrderKey, RelationKind};
use crate::text::lexicon::{Meaning, lexicon};
use crate::text::noun_phrase::{ANYTHING, NounPhrase};
use crate::text::parse::items::Item;
use crate::text::parse::noun::NounWords;
use crate::text::phrase::{Phrase, Role, Span};
use crate::text::place::Position;
use crate::text::spelling::{self, Token};

/// Characters beyond which a sentence is refused.
pub const LONGEST_PHRASE: usize = 1000;

/// How deep landmarks nest; what lies deeper is hung on a noun further out.
const DEEPEST: usize = 8;

/// A sentence while it is read.
struct Parser {
    tokens: Vec<Token>,
    items: Vec<Item>,
    /// The item read next.
    at: usize,
    nodes: Vec<Node>,
    /// Indices of the targets in `nodes`; `true` if the target shares what is said of it with the bare ones before.
    targets: Vec<(usize, bool)>,
    /// For each word, what it was used for and the node it speaks of.
    uses: Vec<(Role, Option<usize>)>,
}

/// A noun while the sentence is read. What it is tied to are indices into the parser's nodes.
struct Node {
    noun: NounPhrase,
    orders: Vec<Order>,
    positions: Vec<Position>,
    measures: Vec<Measure>,
    relations: Vec<Link>,
    except: Vec<usize>,
    /// Steps from the target.
    depth: usize,
    /// How many positions and relations belong to the noun phrase itself ("the **left** ship") and are not shared.
    own: (usize, usize),
    /// No noun was found yet: "near the river".
    is_placeholder: bool,
    /// "the second **closest** building": the relation, its rank and its item, until "to the river" is read.
    ranked: Option<(RelationKind, u32, usize)>,
}

/// A relation while the sentence is read.
#[derive(Debug, Clone)]
struct Link {
    kind: RelationKind,
    negated: bool,
    distance: Option<Distance>,
    rank: Option<u32>,
    landmarks: Vec<usize>,
}

impl Phrase {
    /// Reads an English referring phrase, however it is worded.
    ///
    /// # Errors
    /// If the phrase has no letter or is longer than [`LONGEST_PHRASE`] characters. Anything else has a reading; words that
    /// found no place in it are in [`Phrase::unused`].
    pub fn parse(sentence: &str) -> Result<Self> {
        if !sentence.chars().any(char::is_alphabetic) {
            return Err(Error::usage(
                "cannot read the phrase",
                "it has no words",
                "say what to look for, such as \"the storage tanks\"",
            ));
        }
        let characters = sentence.chars().count();
        if characters > LONGEST_PHRASE {
            let why = format!("it has {characters} characters, {LONGEST_PHRASE} is the limit");
            return Err(Error::usage("cannot read the phrase", why, "describe the object in one sentence"));
        }
        let tokens = spelling::split(sentence);
        let items = items::items(&tokens);
        let uses = vec![(Role::Unused, None); tokens.len()];
        let mut parser = Parser { tokens, items, at: 0, nodes: Vec::new(), targets: Vec::new(), uses };
        parser.read();
        Ok(parser.build(sentence))
    }
}

impl Parser {
    /// Reads the whole sentence: opening words, the target, its constraints.
    fn read(&mut self) {
        while self.items.get(self.at).is_some_and(opens) {
            self.mark(self.at..self.at + 1, Role::Filler, None);
            self.at += 1;
        }
        let target = match noun::noun(&self.items, self.at, 0) {
            Some(words) => {
                self.at = words.end;
                self.hang(words, Role::Target, 0, None)
            }
            None => self.placeholder(),
        };
        self.targets.push((target, false));
        self.constraints(target, 0);
    }

    /// A target for a sentence that starts without a noun.
    fn placeholder(&mut self) -> usize {
        self.nodes.push(Node { is_placeholder: true, ..Node::of(NounPhrase::anything(), 0) });
        self.nodes.len() - 1
    }

    /// Makes a node of a noun phrase, its owner a landmark of it. `role` is what its noun is: target or landmark.
    fn hang(&mut self, words: NounWords, role: Role, depth: usize, antecedent: Option<&str>) -> usize {
        let class = words.class_or(antecedent);
        let noun = NounPhrase {
            known: class != ANYTHING && lexicon().class(&class).is_some(),
            class,
            kind: words.kind.clone(),
            attributes: words.attributes.clone(),
            number: words.number,
            grouping: words.grouping,
            determiner: words.determiner,
            span: self.span_of(&words.uses),
        };
        self.nodes.push(Node::of(noun, depth));
        let node = self.nodes.len() - 1;
        self.nodes[node].orders = words.orders;
        self.nodes[node].positions = words.positions;
        self.nodes[node].ranked = words.ranked;
        let uses = words.uses.into_iter().map(|(items, used)| (items, if used == Role::Target { role } else { used }));
        self.mark_all(&uses.collect::<Vec<_>>(), node);
        if let Some(owner) = words.owner.filter(|_| depth < DEEPEST) {
            let owner = self.hang(*owner, Role::Landmark, depth + 1, None);
            let link =
                Link { kind: RelationKind::PartOf, negated: false, distance: None, rank: None, landmarks: vec![owner] };
            self.nodes[node].relations.push(link);
        }
        self.nodes[node].own = (self.nodes[node].positions.len(), self.nodes[node].relations.len());
        node
    }

    /// Adds what a later noun phrase says of the same noun: "is the **most bottom-most** vehicle", "has a **white** hue".
    fn merge(&mut self, node: usize, words: NounWords) {
        self.at = words.end;
        if self.nodes[node].is_placeholder && words.class.is_some() {
            let depth = self.nodes[node].depth;
            let named = self.hang(words, Role::Target, depth, None);
            // The nouns that belong to it keep their indices, so the emptied node stays in the list.
            let empty = Node::of(NounPhrase::anything(), depth);
            let named_node = std::mem::replace(&mut self.nodes[named], empty);
            let said = &mut self.nodes[node];
            said.noun = named_node.noun;
            said.is_placeholder = false;
            said.orders.extend(named_node.orders);
            said.positions.extend(named_node.positions);
            said.measures.extend(named_node.measures);
            said.relations.extend(named_node.relations);
            for (_, used) in &mut self.uses {
                if *used == Some(named) {
                    *used = Some(node);
                }
            }
            return;
        }
        self.mark_all(&words.uses, node);
        let said = &mut self.nodes[node];
        said.noun.attributes.extend(words.attributes);
        said.noun.kind = said.noun.kind.take().or(words.kind);
        for order in words.orders {
            said.rank_by(order.key, order.first);
        }
        for position in words.positions {
            said.place_at(position);
        }
    }

    /// Says what the words of these items were used for.
    fn mark(&mut self, items: Range<usize>, role: Role, node: Option<usize>) {
        for item in items {
            let words = self.items[item].words.clone();
            self.uses[words].fill((role, node));
        }
    }

    fn mark_all(&mut self, uses: &[(Range<usize>, Role)], node: usize) {
        for (items, role) in uses {
            self.mark(items.clone(), *role, Some(node));
        }
    }

    /// From the first to the last word of these items.
    fn span_of(&self, uses: &[(Range<usize>, Role)]) -> Span {
        let words = uses.iter().flat_map(|(items, _)| items.clone()).flat_map(|item| self.items[item].words.clone());
        let (first, last) = words.fold((usize::MAX, 0), |(first, last), word| (first.min(word), last.max(word)));
        match (self.tokens.get(first), self.tokens.get(last)) {
            (Some(first), Some(last)) => Span { start: first.span.start, end: last.span.end },
            _ => Span { start: 0, end: 0 },
        }
    }
}

impl Link {
    /// "not far from" is near; "not within 200 m of" is at least that far away.
    fn without_double_negation(mut self) -> Self {
        if self.negated && self.rank.is_none() {
            let turned = match (self.kind, self.distance) {
                (RelationKind::FarFrom, None) => Some((RelationKind::Near, None)),
                (RelationKind::DistanceFrom, Some(Distance::AtMost(metres))) => {
                    Some((self.kind, Some(Distance::AtLeast(metres))))
                }
                (RelationKind::DistanceFrom, Some(Distance::AtLeast(metres))) => {
                    Some((self.kind, Some(Distance::AtMost(metres))))
                }
                _ => None,
            };
            if let Some((kind, distance)) = turned {
                (self.kind, self.distance, self.negated) = (kind, distance, false);
            }
        }
        self
    }
}

impl Node {
    fn of(noun: NounPhrase, depth: usize) -> Self {
        Self {
            noun,
            orders: Vec::new(),
            positions: Vec::new(),
            measures: Vec::new(),
            relations: Vec::new(),
            except: Vec::new(),
            depth,
            own: (0, 0),
            is_placeholder: false,
            ranked: None,
        }
    }

    /// Whether nothing was said of it after its noun phrase.
    fn is_bare(&self) -> bool {
        self.positions.len() == self.own.0
            && self.relations.len() == self.own.1
            && self.measures.is_empty()
            && self.except.is_empty()
    }

    /// Adds an order, once.
    fn rank_by(&mut self, key: OrderKey, first: u32) {
        if !self.orders.iter().any(|order| order.key == key && order.first == first) {
            self.orders.push(Order { key, first, count: None });
        }
    }

    /// Adds a position, once.
    fn place_at(&mut self, position: Position) {
        if !self.positions.contains(&position) {
            self.positions.push(position);
        }
    }
}

/// Whether an item only opens a sentence: "show me", "where is", "there is".
fn opens(item: &Item) -> bool {
    let opening =
        [Meaning::Filler, Meaning::Copula, Meaning::Relative, Meaning::Pronoun].iter().any(|meaning| item.is(*meaning));
    item.mark.is_none() && opening && item.noun().is_none()
}

impl OrderKey {
    /// The order from the other end.
    fn opposite(self) -> Self {
        match self {
            Self::Leftmost => Self::Rightmost,
            Self::Rightmost => Self::Leftmost,
            Self::Topmost => Self::Bottommost,
            Self::Bottommost => Self::Topmost,
            Self::Northernmost => Self::Southernmost,
            Self::Southernmost => Self::Northernmost,
            Self::Easternmost => Self::Westernmost,
            Self::Westernmost => Self::Easternmost,
            other => other,
        }
    }
}
