//! "leftmost", "second largest": ranks that every reading agrees on.
//!
//! | key | measure | gap needed to the next |
//! |---|---|---|
//! | leftmost, topmost, ... | centroid, and the side of the box in the same order | 4 % of the picture's side |
//! | largest, smallest | area, of things that the picture shows to 70 % and more | 20 % |
//! | brightest, darkest | mean L* | 8 |
//! | nearest to a landmark | shortest way | 30 % and 2 % of the diagonal |

use crate::text::OrderKey;
use crate::text::describe::looks;
use crate::text::describe::relation;
use crate::text::describe::scene::{Scene, Thing};

const PLACE_GAP: f64 = 0.04;
const SIZE_GAP: f64 = 1.2;
const LIGHTNESS_GAP: f64 = 8.0;
const NEAREST_RATIO: f64 = 1.3;
const NEAREST_GAP: f64 = 0.02;
/// Sizes of things that are cut off more than this cannot be compared.
const WHOLE_ENOUGH: f64 = 0.7;

/// What a thing is ranked by: less comes first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// The main measure.
    value: f64,
    /// A second reading, which must not contradict.
    second: f64,
    /// The next must be at least this far off.
    gap: f64,
}

impl Measure {
    /// Whether this plainly comes before the other.
    pub fn is_before(self, next: Self) -> bool {
        next.value - self.value >= self.gap && next.second >= self.second
    }

    pub fn value(self) -> f64 {
        self.value
    }
}

/// A thing's measure by a key; `None` for keys that are never written and for what the thing does not show.
pub(super) fn measure(key: OrderKey, thing: &Thing, scene: &Scene) -> Option<Measure> {
    let along = |axis: usize, sign: f64| {
        let side = if axis == 0 { scene.width } else { scene.height };
        let leading = if sign > 0.0 { thing.bounds[axis] } else { thing.bounds[axis + 2] };
        Measure { value: sign * thing.centroid[axis], second: sign * leading, gap: PLACE_GAP * side }
    };
    let plain = |value: f64, gap: f64| Measure { value, second: 0.0, gap };
    let area = || is_whole(thing).then(|| thing.area.ln());
    let lightness = || thing.color.map(|color| looks::lab(color)[0]);
    Some(match key {
        OrderKey::Leftmost => along(0, 1.0),
        OrderKey::Rightmost => along(0, -1.0),
        OrderKey::Topmost => along(1, 1.0),
        OrderKey::Bottommost => along(1, -1.0),
        OrderKey::Largest => plain(-area()?, SIZE_GAP.ln()),
        OrderKey::Smallest => plain(area()?, SIZE_GAP.ln()),
        OrderKey::Brightest => plain(-lightness()?, LIGHTNESS_GAP),
        OrderKey::Darkest => plain(lightness()?, LIGHTNESS_GAP),
        _ => return None,
    })
}

/// Whether so much of a thing is shown that its size can be compared.
pub(super) fn is_whole(thing: &Thing) -> bool {
    thing.kept >= WHOLE_ENOUGH
}

/// A thing's measure by its way to a landmark; `None` where they touch.
pub(super) fn nearness(thing: &Thing, landmark: &Thing, scene: &Scene) -> Option<Measure> {
    let gap = relation::gap_length(thing, landmark);
    let margin = (gap * (NEAREST_RATIO - 1.0)).max(NEAREST_GAP * scene.diagonal());
    (gap > 0.0).then_some(Measure { value: gap, second: 0.0, gap: margin })
}
