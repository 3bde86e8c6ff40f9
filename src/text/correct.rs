//! What a part of a phrase could say instead: other words at its place, each tried by reading the sentence again.
//!
//! There is no second grammar here. A correction is the sentence with other words in it; it is offered only if reading it gives
//! the new words the use that the old ones had and leaves the use of all other words as it was.

use std::ops::Range;

use crate::text::lexicon::{Meaning, lexicon};
use crate::text::noun_phrase::{NounPhrase, Number};
use crate::text::parse::items::{Item, items};
use crate::text::parts::Part;
use crate::text::phrase::{Description, Phrase, Role, Span};
use crate::text::place::{Axes, Column, Place, Row};
use crate::text::spelling;
use crate::text::vocabulary;

/// One thing that can be done with a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// What is said instead, as a menu shows it.
    pub name: String,
    /// The sentence with it.
    pub sentence: String,
}

/// Corrections of one sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// Of which sort.
    pub sort: Sort,
    /// At least one.
    pub corrections: Vec<Correction>,
}

/// Sorts of corrections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Thirds of the frame, row by row: up to nine, with the one that is said now.
    Places,
    /// Halves of the frame.
    Halves,
    /// Classes the model was trained on that come nearest to a word it was not.
    Nearest,
    /// Other words for the same class, and narrower ones.
    Synonyms,
    /// All classes the model was trained on.
    Classes,
    /// Other words of the same sort.
    Others,
    /// The sentence without the part.
    LeaveOut,
}

/// Nearest classes that are offered.
const NEAREST: usize = 3;

/// Relations that are offered, in the order of menus. Those that need two landmarks or a part of one are not.
const RELATIONS: [&str; 18] = [
    "near",
    "next to",
    "far from",
    "nearest",
    "farthest from",
    "left of",
    "right of",
    "above",
    "below",
    "north of",
    "south of",
    "east of",
    "west of",
    "inside",
    "outside",
    "on",
    "along",
    "across",
];
const SUPERLATIVES: [&str; 17] = [
    "largest",
    "smallest",
    "longest",
    "shortest",
    "widest",
    "narrowest",
    "roundest",
    "brightest",
    "darkest",
    "leftmost",
    "rightmost",
    "topmost",
    "bottommost",
    "northernmost",
    "southernmost",
    "easternmost",
    "westernmost",
];
const ORDINALS: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "last"];
const SIDES: [&str; 4] = ["left", "right", "top", "bottom"];
const NUMBERS: [&str; 7] = ["two", "three", "four", "five", "ten", "several", "all"];
const DISTANCES: [&str; 6] = ["20", "50", "100", "200", "500", "1000"];

impl Phrase {
    /// What can be done with `part`, which is one of [`Phrase::parts`]. `classes`: what the model was trained on, where it says.
    pub fn corrections(&self, part: &Part, classes: &[String]) -> Vec<Choices> {
        let mut found = Vec::new();
        let mut add = |sort, corrections: Vec<Correction>| {
            if !corrections.is_empty() {
                found.push(Choices { sort, corrections });
            }
        };
        match part.role {
            Role::Position => {
                add(Sort::Places, self.places(part));
                add(Sort::Halves, self.halves(part));
            }
            Role::Target | Role::Landmark => {
                for (sort, names) in self.nouns(part, classes) {
                    add(sort, self.replaced(part, part.span, &names));
                }
            }
            Role::Relation => {
                let names: Vec<_> = RELATIONS.iter().map(|word| ((*word).to_owned(), (*word).to_owned())).collect();
                add(Sort::Others, self.replaced(part, self.with_distance(part), &names));
            }
            Role::Order | Role::Attribute | Role::Number | Role::Distance => {
                for (span, words) in self.other_words(part) {
                    let names: Vec<_> = words.iter().map(|word| ((*word).to_owned(), (*word).to_owned())).collect();
                    add(Sort::Others, self.replaced(part, span, &names));
                }
            }
            Role::Negation | Role::Unused | Role::Determiner | Role::Filler => {}
        }
        add(Sort::LeaveOut, self.without(part).into_iter().collect());
        found
    }

    /// Thirds of the frame, by compass where the sentence speaks so.
    fn places(&self, part: &Part) -> Vec<Correction> {
        let by_compass = |description: &Description| {
            description.positions.iter().filter_map(|position| position.place).any(|place| place.axes == Axes::Compass)
        };
        let compass = self.described().iter().any(|description| by_compass(description));
        let rows = [Row::Top, Row::Middle, Row::Bottom];
        let columns = [Column::Left, Column::Middle, Column::Right];
        let cells = rows.into_iter().flat_map(|row| columns.map(|column| (row, column)));
        let place = |(row, column)| match (row, column) {
            (Row::Middle, Column::Middle) => "middle".to_owned(),
            (row, Column::Middle) if compass => Place::compass(Some(row), None).words(),
            (Row::Middle, column) if compass => Place::compass(None, Some(column)).words(),
            (row, Column::Middle) => Place::frame(Some(row), None).words(),
            (Row::Middle, column) => Place::frame(None, Some(column)).words(),
            (row, column) if compass => Place::compass(Some(row), Some(column)).words().replace(' ', ""),
            (row, column) => Place::frame(Some(row), Some(column)).words(),
        };
        cells.filter_map(|cell| self.moved(part, &place(cell))).collect()
    }

    fn halves(&self, part: &Part) -> Vec<Correction> {
        ["left half", "right half", "upper half", "lower half"]
            .iter()
            .filter_map(|half| self.moved(part, half))
            .collect()
    }

    /// The part says another place: before its noun as one word, behind it with "in the".
    fn moved(&self, part: &Part, place: &str) -> Option<Correction> {
        let stands_before = part.words.end < self.words.len()
            && self.words[part.words.end..]
                .iter()
                .find(|word| word.role != Role::Attribute)
                .is_some_and(|next| matches!(next.role, Role::Target | Role::Landmark) && next.about == part.about);
        let behind = [format!("in the {place}"), format!("on the {place}")];
        let forms = if stands_before { vec![place.to_owned()] } else { behind.into() };
        let sentence = forms.iter().find_map(|form| self.with(part, part.span, form))?;
        Some(Correction { name: place.into(), sentence })
    }

    /// The noun by other names: those nearest to it, synonyms, and all that the model knows; each with the words for it.
    fn nouns(&self, part: &Part, classes: &[String]) -> Vec<(Sort, Vec<(String, String)>)> {
        let Some(noun) = self.noun_at(part.span) else { return Vec::new() };
        let is_plural = matches!(noun.number, Number::All | Number::Several | Number::Exactly(_));
        let word = |name: &str| if is_plural { lexicon().plural(name) } else { name.to_owned() };
        let named = |names: Vec<String>| names.into_iter().map(|name| (name.clone(), word(&name))).collect::<Vec<_>>();
        let is_it = |class: &String| vocabulary::class_of(class) == noun.class;
        let is_taught = classes.iter().any(is_it);
        let nearest = if is_taught { Vec::new() } else { vocabulary::nearest(&noun.class, classes, NEAREST) };
        let mut all = classes.to_vec();
        all.retain(|class| !is_it(class) && !nearest.contains(class));
        all.sort();
        let synonyms = vocabulary::words_for(&noun.class).into_iter().map(str::to_owned).collect();
        vec![(Sort::Nearest, named(nearest)), (Sort::Synonyms, named(synonyms)), (Sort::Classes, named(all))]
    }

    /// For each word of the part that has others of its sort: where it stands, and those.
    fn other_words(&self, part: &Part) -> Vec<(Span, Vec<&'static str>)> {
        let tokens = spelling::split(&self.sentence);
        let inside = |item: &&Item| !item.words.is_empty() && part.words.contains(&item.words.start);
        let items = items(&tokens);
        let items: Vec<&Item> = items.iter().filter(inside).collect();
        let others = items.iter().filter_map(|item| {
            let words = match part.role {
                Role::Order if item.superlative().is_some() => SUPERLATIVES.to_vec(),
                Role::Order if item.ordinal().is_some() || item.is(Meaning::Last) => ORDINALS.to_vec(),
                Role::Order if item.way().is_some() => SIDES.to_vec(),
                Role::Attribute => vocabulary::attributes(item.attribute()?.0),
                Role::Number => NUMBERS.to_vec(),
                Role::Distance => DISTANCES.iter().copied().filter(|_| item.amount().is_some()).collect(),
                _ => return None,
            };
            let (first, last) = (tokens.get(item.words.start)?, tokens.get(item.words.end.checked_sub(1)?)?);
            let span = Span { start: first.span.start, end: last.span.end };
            let said = self.sentence.get(span.start..span.end)?.to_lowercase();
            Some((span, words.into_iter().filter(|word| *word != said).collect()))
        });
        others.collect()
    }

    /// "within 200 m of": the distance belongs to a relation that says nothing without it.
    fn with_distance(&self, part: &Part) -> Span {
        let says_nothing = matches!(part.text.to_lowercase().as_str(), "of" | "from");
        let before = self.words[..part.words.start].iter().rev().take_while(|word| word.role == Role::Distance);
        let start = before.last().filter(|_| says_nothing).map_or(part.span.start, |word| word.span.start);
        Span { start, ..part.span }
    }

    /// The corrections that put other words at `span`, but not what is there already. Each has a name and the words.
    fn replaced(&self, part: &Part, span: Span, names: &[(String, String)]) -> Vec<Correction> {
        let corrected = names.iter().filter_map(|(name, words)| {
            let sentence = self.with(part, span, words)?;
            (sentence != self.sentence).then(|| Correction { name: name.clone(), sentence })
        });
        corrected.collect()
    }

    /// The sentence with `words` at `span`, if they are used there as the part was and no other word's use is changed.
    fn with(&self, part: &Part, span: Span, words: &str) -> Option<String> {
        let (before, after) = (self.sentence.get(..span.start)?, self.sentence.get(span.end..)?);
        let sentence = format!("{before}{words}{after}");
        let read = Self::parse(&sentence).ok()?;
        let new = span.start..span.start + words.len();
        let inside = |at: &Span| new.contains(&at.start);
        let is_so_used = |role: Role| role == part.role || matches!(role, Role::Determiner | Role::Filler);
        let mut fresh = read.words.iter().filter(|word| inside(&word.span));
        let is_used = fresh.any(|word| word.role == part.role)
            && read.words.iter().filter(|word| inside(&word.span)).all(|word| is_so_used(word.role));
        let kept = self.words.iter().filter(|word| word.span.start < span.start || word.span.start >= span.end);
        let others = read.words.iter().filter(|word| !inside(&word.span));
        (is_used && kept.map(|word| word.role).eq(others.map(|word| word.role))).then_some(sentence)
    }

    /// The sentence without the part. A relation goes with its landmark, a landmark with its relation; a target stays.
    fn without(&self, part: &Part) -> Option<Correction> {
        let gone = match part.role {
            Role::Target => return None,
            Role::Relation | Role::Landmark => self.with_landmark(part)?,
            Role::Distance => self.bare_distance(part)?,
            _ => part.words.clone(),
        };
        let (first, last) = (self.words.get(gone.start)?, self.words.get(gone.end.checked_sub(1)?)?);
        let (before, after) = (self.sentence.get(..first.span.start)?, self.sentence.get(last.span.end..)?);
        let sentence = joined(before, after);
        let read = Self::parse(&sentence).ok()?;
        let kept = self.words.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, word)| word.role);
        let same = kept.eq(read.words.iter().map(|word| word.role));
        same.then(|| Correction { name: "Leave it out".into(), sentence })
    }

    /// The words of a size, which stand for themselves; `None` for the distance of a relation.
    fn bare_distance(&self, part: &Part) -> Option<Range<usize>> {
        let next = self.words.get(part.words.end);
        next.is_none_or(|word| word.role != Role::Relation).then(|| part.words.clone())
    }

    /// The words of a relation from "that lies" or "not" to the last word about its landmark.
    fn with_landmark(&self, part: &Part) -> Option<Range<usize>> {
        let nouns = self.described().into_iter().filter(|description| description.noun.span.end > 0);
        let landmark = if part.role == Role::Landmark {
            nouns.filter(|each| contains(each.noun.span, part.span)).min_by_key(|each| length(each.noun.span))?
        } else {
            nouns.filter(|each| each.noun.span.start >= part.span.end).min_by_key(|each| each.noun.span.start)?
        };
        let mut start = self.words.iter().position(|word| word.span.start >= landmark.noun.span.start)?;
        let leads = |role| matches!(role, Role::Relation | Role::Distance | Role::Negation | Role::Filler);
        while start > 0 && leads(self.words[start - 1].role) {
            start -= 1;
        }
        let spoken_of: Vec<&str> = landmark.walk().iter().map(|each| each.noun.class.as_str()).collect();
        let until = landmark.walk().iter().map(|each| each.noun.span.end).max()?;
        let mut end = self.words.iter().rposition(|word| word.span.end <= until)? + 1;
        let belongs = |at: usize| {
            let word = &self.words[at];
            word.role != Role::Target && word.about.as_deref().is_some_and(|class| spoken_of.contains(&class))
        };
        while end < self.words.len() && belongs(end) && self.target.noun.class != landmark.noun.class {
            end += 1;
        }
        Some(start..end)
    }

    /// All descriptions of the phrase.
    fn described(&self) -> Vec<&Description> {
        self.targets().flat_map(Description::walk).collect()
    }

    /// The noun phrase that stands around `span`, the shortest.
    fn noun_at(&self, span: Span) -> Option<&NounPhrase> {
        let nouns = self.described().into_iter().map(|description| &description.noun);
        nouns.filter(|noun| contains(noun.span, span)).min_by_key(|noun| length(noun.span))
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn length(span: Span) -> usize {
    span.end - span.start
}

/// What is left of a sentence when something in its middle is gone.
fn joined(before: &str, after: &str) -> String {
    let (before, after) = (before.trim_end(), after.trim_start());
    if after.is_empty() {
        return before.trim_end_matches([',', ' ']).to_owned();
    }
    if before.is_empty() {
        return after.trim_start_matches([',', ' ']).to_owned();
    }
    let closes = after.starts_with([',', '.', ')', ';', ':', '!', '?']) || before.ends_with('(');
    format!("{before}{}{after}", if closes { "" } else { " " })
}
