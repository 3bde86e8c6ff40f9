//! "white", "large": attributes that the labels and the mean colour show, with margins.
//!
//! Colours are CIE L*a*b* (D65). A hue is said where it is strong, and white, black and gray where there is none:
//!
//! | word | holds | does not |
//! |---|---|---|
//! | red, yellow, green, blue | within 18° of the hue, chroma ≥ 28 | 50° off, or chroma ≤ 10 |
//! | white | L* ≥ 86, chroma ≤ 10 | L* ≤ 70 or chroma ≥ 20 |
//! | black | L* ≤ 18, chroma ≤ 12 | L* ≥ 35 or chroma ≥ 24 |
//! | gray | L* 38..=68, chroma ≤ 6 | L* ≤ 24 or ≥ 82 or chroma ≥ 16 |
//!
//! Sizes compare with the median of all of the same noun: large from twice it (not up to 1.2 times), small down to half (not from
//! 0.83 times), huge from six times, tiny from a sixth. A thing alone of its kind is large from 12 % of the picture, tiny up to 0.15 %.

use crate::text::describe::truth::{Limits, Truth};

struct Hue {
    word: &'static str,
    degrees: f64,
    /// Range of L* in which the word is used.
    lightness: (f64, f64),
}

/// Centres of the hues as people name them.
const HUES: [Hue; 4] = [
    Hue { word: "red", degrees: 32.0, lightness: (22.0, 65.0) },
    Hue { word: "yellow", degrees: 98.0, lightness: (65.0, 100.0) },
    Hue { word: "green", degrees: 140.0, lightness: (20.0, 85.0) },
    Hue { word: "blue", degrees: 280.0, lightness: (20.0, 80.0) },
];

/// The colours that are written.
pub(super) const COLORS: [&str; 7] = ["white", "black", "gray", "red", "yellow", "green", "blue"];

/// Off the hue, in degrees.
const HUE: Limits = Limits::new(18.0, 50.0, 120.0);
/// Chroma a hue lacks below 28, and what it may have where the word is for no hue.
const LACKS_CHROMA: Limits = Limits::new(0.0, 18.0, 26.0);
const PLAIN: f64 = 28.0;

/// Larger than the median: by how much it falls short of six times, twice.
const LARGE: Limits = Limits::new(-2.0, -1.2, -0.5);
const HUGE: Limits = Limits::new(-6.0, -3.0, -1.0);
const SMALL: Limits = Limits::new(0.5, 1.0 / 1.2, 2.0);
const TINY: Limits = Limits::new(1.0 / 6.0, 1.0 / 3.0, 1.0);

/// L*, a*, b* of an sRGB colour.
pub(super) fn lab(color: [u8; 3]) -> [f64; 3] {
    let linear = color.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    // sRGB to XYZ over the D65 white (IEC 61966-2-1), then CIE 1976.
    let dot = |row: [f64; 3]| row.iter().zip(linear).map(|(a, b)| a * b).sum::<f64>();
    let [x, y, z] = [
        dot([0.412_456, 0.357_576, 0.180_437]) / 0.950_47,
        dot([0.212_673, 0.715_152, 0.072_175]),
        dot([0.019_334, 0.119_192, 0.950_304]) / 1.088_83,
    ]
    .map(|v| if v > 216.0 / 24389.0 { v.cbrt() } else { (24389.0 / 27.0 * v + 16.0) / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Whether a colour bears a name; `None` for names that are never written.
pub(super) fn is_colored(word: &str, color: [u8; 3]) -> Option<Truth> {
    let [lightness, a, b] = lab(color);
    let chroma = a.hypot(b);
    let at_least = |value: f64, yes: f64, no: f64| Limits::new(-yes, -no, f64::INFINITY).of(-value);
    let at_most = |value: f64, yes: f64, no: f64| Limits::new(yes, no, f64::INFINITY).of(value);
    Some(match word {
        "white" => at_least(lightness, 86.0, 70.0).and(at_most(chroma, 10.0, 20.0)),
        "black" => at_most(lightness, 18.0, 35.0).and(at_most(chroma, 12.0, 24.0)),
        "gray" => at_most((lightness - 53.0).abs(), 15.0, 29.0).and(at_most(chroma, 6.0, 16.0)),
        _ => {
            let hue = HUES.iter().find(|hue| hue.word == word)?;
            let off = ((b.atan2(a).to_degrees() - hue.degrees + 180.0).rem_euclid(360.0) - 180.0).abs();
            let (dark, light) = hue.lightness;
            let shade = at_least(lightness, dark, dark - 14.0).and(at_most(lightness, light, light + 14.0));
            HUE.of(off).and(LACKS_CHROMA.of((PLAIN - chroma).max(0.0))).and(shade)
        }
    })
}

/// Whether a thing of area `area` bears a size word among things of the areas `all`, itself among them, in a frame of area `frame`.
pub(super) fn is_sized(word: &str, area: f64, all: &[f64], frame: f64) -> Option<Truth> {
    if all.len() < 2 {
        return match word {
            "large" => Some(Limits::new(-0.12, -0.04, f64::INFINITY).of(-area / frame)),
            "tiny" => Some(Limits::new(0.0015, 0.006, f64::INFINITY).of(area / frame)),
            _ => None,
        };
    }
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Both middles of an even count: the word must hold beside either.
    let (low, high) = (area / sorted[sorted.len() / 2], area / sorted[(sorted.len() - 1) / 2]);
    let limits = |limits: Limits, sign: f64| limits.of(sign * low).agreed(limits.of(sign * high));
    Some(match word {
        "large" => limits(LARGE, -1.0),
        "huge" => limits(HUGE, -1.0),
        "small" => limits(SMALL, 1.0),
        "tiny" => limits(TINY, 1.0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(color: [u8; 3]) -> Vec<&'static str> {
        COLORS.into_iter().filter(|word| is_colored(word, color) == Some(Truth::Yes)).collect()
    }

    #[test]
    fn plain_colors_have_their_one_name_and_others_none() {
        for (color, expected) in [
            ([250, 250, 248], "white"),
            ([20, 20, 22], "black"),
            ([128, 128, 128], "gray"),
            ([200, 30, 30], "red"),
            ([40, 140, 40], "green"),
            ([240, 220, 30], "yellow"),
            ([40, 80, 200], "blue"),
        ] {
            assert_eq!(names(color), [expected], "{color:?} {:?}", lab(color));
        }
        for color in [[150, 140, 110], [220, 190, 170], [190, 190, 190]] {
            assert!(names(color).is_empty(), "{color:?} {:?}", names(color));
        }
    }

    #[test]
    fn a_size_word_needs_a_margin_to_the_median() {
        let sizes =
            |area: f64| ["huge", "large", "small", "tiny"].map(|word| is_sized(word, area, &[10.0, 10.0, area], 1e4));
        use Truth::{Never, No, Unclear, Yes};
        assert_eq!(sizes(25.0), [No, Yes, Never, Never].map(Some));
        assert_eq!(sizes(15.0), [No, Unclear, No, Never].map(Some));
        assert_eq!(sizes(4.0), [Never, Never, Yes, No].map(Some));
    }
}
