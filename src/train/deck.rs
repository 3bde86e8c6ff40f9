//! In which order pictures are seen: shuffled rounds in which rare classes come up more often.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::describe::Random;

/// A class seen in a smaller share of the pictures than this is repeated.
const RARE: f64 = 0.25;
/// Repeats are counted in parts of a round, so that a picture may be seen three times in two rounds.
const PARTS: f64 = 2.0;

/// What decides how often a picture is seen.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The classes that it shows.
    pub classes: BTreeSet<&'a str>,
    /// How much oftener than by its classes.
    pub weight: f64,
}

/// An endless row of pictures, the same for the same seed.
///
/// A picture is repeated as its rarest class asks: `max(1, √(t / f))` times for a class in a share `f` of the pictures
/// (repeat factor sampling; Gupta, Dollár and Girshick, "LVIS", 2019).
#[derive(Debug, Clone)]
pub struct Deck {
    /// Two rounds' worth of pictures, in order.
    cards: Vec<usize>,
    seed: u64,
    /// The round that was shuffled last.
    round: Option<(u64, Vec<usize>)>,
}

impl Deck {
    /// A deck of the pictures `0..entries.len()`; every one is in it.
    pub fn new(entries: &[Entry<'_>], seed: u64) -> Self {
        let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
        for class in entries.iter().flat_map(|entry| &entry.classes) {
            *counts.entry(class).or_default() += 1.0;
        }
        let factor = |class: &&str| (RARE * entries.len() as f64 / counts[class]).sqrt();
        let copies = |entry: &Entry<'_>| {
            let by_class = entry.classes.iter().map(factor).fold(1.0, f64::max);
            (PARTS * by_class * entry.weight).round().max(1.0) as usize
        };
        let cards = entries.iter().enumerate().flat_map(|(index, entry)| std::iter::repeat_n(index, copies(entry)));
        Self { cards: cards.collect(), seed, round: None }
    }

    /// Pictures of a round.
    pub fn round(&self) -> f64 {
        self.cards.len() as f64 / PARTS
    }

    /// The picture at `position` of the row.
    pub fn at(&mut self, position: u64) -> usize {
        let length = self.cards.len() as u64;
        let (round, place) = (position / length, (position % length) as usize);
        match &self.round {
            Some((shuffled, cards)) if *shuffled == round => cards[place],
            _ => {
                let mut cards = self.cards.clone();
                Random::new(self.seed ^ round.wrapping_mul(0xd1b5_4a32_d192_ed03)).shuffle(&mut cards);
                let card = cards[place];
                self.round = Some((round, cards));
                card
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deck() -> Deck {
        let entry = |index: usize| Entry { classes: [if index == 0 { "dam" } else { "ship" }].into(), weight: 1.0 };
        Deck::new(&(0..100).map(entry).collect::<Vec<_>>(), 7)
    }

    #[test]
    fn every_round_holds_every_picture_and_rare_classes_more_often() {
        let mut deck = deck();
        // The only dam is in a hundredth of the pictures: √(0.25 / 0.01) = 5 times a round, ten times in the deck's two.
        assert_eq!(deck.round(), 104.0);
        let seen: Vec<usize> = (0..208).map(|position| deck.at(position)).collect();
        let count = |picture| seen.iter().filter(|&&other| other == picture).count();
        assert_eq!(count(0), 10);
        assert!((1..100).all(|picture| count(picture) == 2));
    }

    #[test]
    fn the_row_is_the_same_from_wherever_it_is_read() {
        let (mut straight, mut late) = (deck(), deck());
        let row: Vec<usize> = (0..500).map(|position| straight.at(position)).collect();
        assert_eq!(row[300..], (300..500).map(|position| late.at(position)).collect::<Vec<_>>());
        assert_ne!(row[..208], row[208..416]);
    }
}
