//! Sizes in numbers: "larger than 500 m²", "at least 20 m long", "over 2 hectares".

use crate::text::constraint::{Dimension, Measure, OrderKey};
use crate::text::lexicon::{Bound, Meaning};
use crate::text::parse::Parser;
use crate::text::parse::clause::Clause;
use crate::text::parse::items::Item;
use crate::text::phrase::Role;

/// Sizes beyond which a number is none on Earth.
const LARGEST: f64 = 1e15;

/// Square metres of units that have a word of their own.
fn area_unit(form: &str) -> Option<f64> {
    Some(match form {
        "m²" | "m2" | "m^2" | "sqm" | "qm" => 1.0,
        "km²" | "km2" | "km^2" | "sqkm" => 1e6,
        "ha" | "hectare" | "hectares" => 1e4,
        "acre" | "acres" => 4_046.856_422_4,
        "ft²" | "ft2" | "ft^2" | "sqft" => 0.092_903_04,
        _ => return None,
    })
}

/// A unit at item `at`: its value in metres or square metres, whether it is of area, and the item after it.
fn unit(items: &[Item], at: usize) -> Option<(f64, bool, usize)> {
    let item = items.get(at)?;
    if let Some(square_metres) = area_unit(&item.form) {
        return Some((square_metres, true, at + 1));
    }
    if matches!(item.form.as_str(), "square" | "sq") {
        let side = items.get(at + 1)?.unit()?;
        return Some((side * side, true, at + 2));
    }
    Some((item.unit()?, false, at + 1))
}

/// Reads a size at item `start`.
///
/// ```text
/// measure = comparative "than" amount unit              larger than 500 m²
///         | ["of"] bound amount area ["in" "area"]      of at least 500 m², over 2 ha
///         | ["of"] bound amount unit ("long" | "wide")  at least 20 m long
/// ```
pub(super) fn measure(items: &[Item], start: usize) -> Option<(Measure, usize)> {
    let first = items.get(start)?;
    if let Some(key) = first.comparative().filter(|_| items.get(start + 1).is_some_and(|item| item.is(Meaning::Than))) {
        let amount = items.get(start + 2)?.amount()?;
        let (factor, is_area, end) = unit(items, start + 3)?;
        let of = match (key, is_area) {
            (OrderKey::Largest | OrderKey::Smallest, true) => Dimension::Area,
            (OrderKey::Largest | OrderKey::Smallest | OrderKey::Longest | OrderKey::Shortest, false) => {
                Dimension::Length
            }
            (OrderKey::Widest | OrderKey::Narrowest, false) => Dimension::Width,
            _ => return None,
        };
        let is_more = matches!(key, OrderKey::Largest | OrderKey::Longest | OrderKey::Widest);
        return checked(Measure { of, is_more, value: amount * factor }, end);
    }
    let at = start + usize::from(first.is(Meaning::Of));
    let is_more = match items.get(at)?.bound()? {
        Bound::AtLeast => true,
        Bound::AtMost => false,
        Bound::About => return None,
    };
    let amount = items.get(at + 1)?.amount()?;
    let (factor, is_area, end) = unit(items, at + 2)?;
    let follows = |words: &[&str]| items.get(end).is_some_and(|item| words.contains(&item.form.as_str()));
    let (of, end) = if is_area {
        let in_area =
            follows(&["in"]) && items.get(end + 1).is_some_and(|item| matches!(item.form.as_str(), "area" | "size"));
        let end = end + if in_area { 2 } else { usize::from(follows(&["large", "big"])) };
        (Dimension::Area, end)
    } else if follows(&["long"]) {
        (Dimension::Length, end + 1)
    } else if follows(&["wide", "broad", "across"]) {
        (Dimension::Width, end + 1)
    } else {
        return None;
    };
    checked(Measure { of, is_more, value: amount * factor }, end)
}

fn checked(measure: Measure, end: usize) -> Option<(Measure, usize)> {
    (measure.value > 0.0 && measure.value < LARGEST).then_some((measure, end))
}

impl Parser {
    /// A size of the noun just read.
    pub(super) fn measure(&mut self, clause: &mut Clause) -> bool {
        let Some((measure, end)) = measure(&self.items, self.at) else { return false };
        let holder = if clause.joined { clause.holder } else { clause.last };
        // "not larger than 500 m²" is at most so large.
        let is_more = measure.is_more ^ std::mem::take(&mut clause.negated);
        let measures = &mut self.nodes[holder].measures;
        let measure = Measure { is_more, ..measure };
        if !measures.contains(&measure) {
            measures.push(measure);
        }
        self.mark(self.at..end, Role::Distance, Some(holder));
        self.at = end;
        clause.narrow_to(holder);
        (clause.holder, clause.relative, clause.joined) = (holder, false, false);
        true
    }
}
