//! Attributes that can be measured: colour, tone, size, shape, orientation.
//!
//! Size words compare with the things of the same noun phrase. With `r` a thing's area (length, width) over their median,
//!
//! | word | degree | half at |
//! |---|---|---|
//! | large, long, wide | `r³ / (r³ + h³)` | 1.5 for areas, 1.3 for lengths and widths |
//! | huge | the same | 4 |
//! | small, short, narrow; tiny | the same of `1 / r` | |
//! | medium | `1 / (1 + (ln r / ln h)⁴)` | 1.5 to either side |
//!
//! Sizes in numbers ("larger than 500 m²", "longer than 20 m") are graded as stated distances are.
//!
//! A thing alone of its kind has nothing to be compared with. Materials, states, uses and words outside the lexicon are not
//! geometry's: they are left to the network, and the answer names them.

use crate::query::relate::appearance::tone;
use crate::query::relate::grade::{falls, rises};
use crate::query::relate::near::distance_degree;
use crate::query::relate::order::Ordered;
use crate::text::{Attribute, AttributeKind, Dimension, Distance, Measure};

const LARGER_HALF: f64 = 1.5;
const LONGER_HALF: f64 = 1.3;
const HUGE_HALF: f64 = 4.0;

/// The degree to which a thing has a size that was said in numbers: one half at the number, 0.88 when 5 % beyond it, as stated
/// distances are graded. The plane's units are metres.
pub fn has_measure(measure: Measure, thing: Ordered) -> f64 {
    let value = match measure.of {
        Dimension::Area => thing.area,
        Dimension::Length => thing.outline.form().length,
        Dimension::Width => thing.outline.form().width,
    };
    let stated = if measure.is_more { Distance::AtLeast(measure.value) } else { Distance::AtMost(measure.value) };
    distance_degree(stated, value)
}

/// What is usual among things of one noun phrase: the medians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    area: f64,
    length: f64,
    width: f64,
    /// 50 where fewer than three have a colour: then "dark" is dark for a picture.
    lightness: f64,
    /// Whether there is more than one thing to compare.
    compares: bool,
}

impl Usual {
    /// The medians of things. Their forms are measured only if `with_forms`.
    pub fn of(things: &[Ordered], with_forms: bool) -> Self {
        let forms = |measure: fn(&Ordered) -> f64| if with_forms { median(things.iter().map(measure)) } else { None };
        let lights: Vec<f64> = things.iter().filter_map(|thing| Some(thing.appearance?.lightness())).collect();
        Self {
            area: median(things.iter().map(|thing| thing.area)).unwrap_or(0.0),
            length: forms(|thing| thing.outline.form().length).unwrap_or(0.0),
            width: forms(|thing| thing.outline.form().width).unwrap_or(0.0),
            lightness: if lights.len() < 3 { 50.0 } else { median(lights.into_iter()).unwrap_or(50.0) },
            compares: things.len() > 1,
        }
    }
}

/// Whether an attribute needs [`Usual`] with forms.
pub fn needs_forms(attribute: &Attribute) -> bool {
    attribute.kind == AttributeKind::Size && matches!(attribute.value.as_str(), "long" | "short" | "wide" | "narrow")
}

/// The degree to which a thing has an attribute; `None` if geometry and measured colours cannot tell.
///
/// `colors` is how many colours the phrase gives it.
pub fn has_attribute(attribute: &Attribute, thing: Ordered, usual: &Usual, colors: usize) -> Option<f64> {
    let word = attribute.value.as_str();
    let degree = match attribute.kind {
        AttributeKind::Color => thing.appearance?.has_color(word, colors),
        AttributeKind::Tone => tone(word, thing.appearance?.lightness(), usual.lightness),
        AttributeKind::Size if usual.compares => size(word, thing, usual),
        AttributeKind::Shape => thing.outline.form().shape(word),
        AttributeKind::Orientation => thing.outline.form().orientation(word),
        AttributeKind::Size
        | AttributeKind::Material
        | AttributeKind::State
        | AttributeKind::Use
        | AttributeKind::Other => None,
    }?;
    Some(if attribute.negated { 1.0 - degree } else { degree })
}

fn size(word: &str, thing: Ordered, usual: &Usual) -> Option<f64> {
    let area = ratio(thing.area, usual.area);
    let length = || ratio(thing.outline.form().length, usual.length);
    let width = || ratio(thing.outline.form().width, usual.width);
    Some(match word {
        "huge" => rises(area, HUGE_HALF, 3),
        "large" => rises(area, LARGER_HALF, 3),
        "medium" => falls(area.ln().abs(), LARGER_HALF.ln(), 4),
        "small" => rises(1.0 / area, LARGER_HALF, 3),
        "tiny" => rises(1.0 / area, HUGE_HALF, 3),
        "long" => rises(length(), LONGER_HALF, 3),
        "short" => rises(1.0 / length(), LONGER_HALF, 3),
        "wide" => rises(width(), LONGER_HALF, 3),
        "narrow" => rises(1.0 / width(), LONGER_HALF, 3),
        _ => return None,
    })
}

/// How many times the usual; 1 where nothing is usual.
fn ratio(measure: f64, usual: f64) -> f64 {
    if usual > 0.0 { (measure / usual).max(f64::MIN_POSITIVE) } else { 1.0 }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::relate::outline::Outline;
    use geo::Rect;

    fn squares(sides: &[f64]) -> Vec<Outline> {
        sides.iter().filter_map(|side| Outline::new(&Rect::new((0.0, 0.0), (*side, *side)).to_polygon())).collect()
    }

    fn degrees(word: &str, kind: AttributeKind, sides: &[f64]) -> Vec<Option<f64>> {
        let outlines = squares(sides);
        let things: Vec<_> =
            outlines.iter().map(|outline| Ordered { outline, area: outline.area(), appearance: None }).collect();
        let usual = Usual::of(&things, true);
        let attribute = Attribute { kind, value: word.into(), negated: false };
        things.iter().map(|thing| has_attribute(&attribute, *thing, &usual, 0)).collect()
    }

    #[test]
    fn sizes_compare_with_the_median() {
        let sides = [10.0, 10.0, 10.0, 20.0, 5.0];
        let large: Vec<_> = degrees("large", AttributeKind::Size, &sides).into_iter().flatten().collect();
        assert!(large[3] > 0.9 && large[0] < 0.3 && large[4] < 0.05);
        let small: Vec<_> = degrees("small", AttributeKind::Size, &sides).into_iter().flatten().collect();
        assert!(small[4] > 0.9 && small[0] < 0.3 && small[3] < 0.05);
        let medium: Vec<_> = degrees("medium", AttributeKind::Size, &sides).into_iter().flatten().collect();
        assert!(medium[0] == 1.0 && medium[3] < 0.05);
        let wide: Vec<_> = degrees("wide", AttributeKind::Size, &sides).into_iter().flatten().collect();
        assert!(wide[3] > 0.7 && wide[0] < 0.4);
    }

    #[test]
    fn what_geometry_cannot_tell_it_does_not_tell() {
        assert_eq!(degrees("large", AttributeKind::Size, &[10.0]), [None], "alone of its kind");
        assert_eq!(degrees("tall", AttributeKind::Size, &[10.0, 20.0]), [None, None]);
        assert_eq!(degrees("concrete", AttributeKind::Material, &[10.0, 20.0]), [None, None]);
        assert_eq!(degrees("red", AttributeKind::Color, &[10.0, 20.0]), [None, None], "no colours were measured");
    }
}
