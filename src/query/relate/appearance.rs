//! The colours of a thing and the colour words that hold of them.
//!
//! Colours are CIE L*a*b* (D65), where equal steps look equally different; lightness, chroma and hue are read from it as
//! people name them. What the words mean is one table, `NAMES`.

use serde::{Deserialize, Serialize};

use crate::query::relate::grade::{exceeds, falls, rises};

/// The colours of a thing's pixels, as a few swatches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Appearance {
    /// Its main colours; their shares add up to 1. One swatch, the mean, is enough where no more is known.
    pub swatches: Vec<Swatch>,
}

/// One colour and how much of a thing has it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Swatch {
    /// CIE L*, 0 (black) to 100 (white).
    pub lightness: f64,
    /// CIE a*, green to red.
    pub a: f64,
    /// CIE b*, blue to yellow.
    pub b: f64,
    /// Share of the pixels, in [0, 1].
    pub share: f64,
}

/// What a colour word means: a range of hue (degrees of CIE h, centre and half width), of chroma and of lightness.
struct Name {
    word: &'static str,
    /// Centre and half width in degrees; `None` if any hue will do.
    hue: Option<(f64, f64)>,
    /// Chroma at which the word holds by half: from, to.
    chroma: (f64, f64),
    /// Lightness at which the word holds by half: from, to.
    lightness: (f64, f64),
}

/// The colour words. Pictures from above are hazy, so a hue counts from a chroma of 10 on; gray is what stays below.
const NAMES: [Name; 15] = [
    Name { word: "red", hue: Some((30.0, 25.0)), chroma: (18.0, f64::INFINITY), lightness: (15.0, 75.0) },
    Name { word: "orange", hue: Some((63.0, 18.0)), chroma: (25.0, f64::INFINITY), lightness: (45.0, 90.0) },
    Name { word: "yellow", hue: Some((98.0, 20.0)), chroma: (25.0, f64::INFINITY), lightness: (55.0, f64::INFINITY) },
    Name { word: "golden", hue: Some((83.0, 20.0)), chroma: (25.0, f64::INFINITY), lightness: (40.0, 85.0) },
    Name { word: "green", hue: Some((140.0, 42.0)), chroma: (10.0, f64::INFINITY), lightness: (8.0, 95.0) },
    Name { word: "cyan", hue: Some((205.0, 30.0)), chroma: (10.0, f64::INFINITY), lightness: (30.0, f64::INFINITY) },
    Name { word: "blue", hue: Some((270.0, 45.0)), chroma: (10.0, f64::INFINITY), lightness: (8.0, 90.0) },
    Name { word: "purple", hue: Some((318.0, 25.0)), chroma: (12.0, f64::INFINITY), lightness: (8.0, 80.0) },
    Name { word: "pink", hue: Some((0.0, 35.0)), chroma: (12.0, f64::INFINITY), lightness: (55.0, f64::INFINITY) },
    Name { word: "brown", hue: Some((60.0, 32.0)), chroma: (10.0, 45.0), lightness: (12.0, 58.0) },
    Name { word: "beige", hue: Some((80.0, 28.0)), chroma: (6.0, 30.0), lightness: (60.0, f64::INFINITY) },
    Name { word: "black", hue: None, chroma: (f64::NEG_INFINITY, 20.0), lightness: (f64::NEG_INFINITY, 25.0) },
    Name { word: "white", hue: None, chroma: (f64::NEG_INFINITY, 14.0), lightness: (80.0, f64::INFINITY) },
    Name { word: "gray", hue: None, chroma: (f64::NEG_INFINITY, 12.0), lightness: (25.0, 80.0) },
    Name { word: "silver", hue: None, chroma: (f64::NEG_INFINITY, 12.0), lightness: (55.0, 90.0) },
];

/// Softness of the bounds of chroma and of lightness.
const CHROMA_SOFTNESS: f64 = 2.0;
const LIGHTNESS_SOFTNESS: f64 = 4.0;

impl Appearance {
    /// A thing of one colour.
    pub fn plain(lightness: f64, a: f64, b: f64) -> Self {
        Self { swatches: vec![Swatch { lightness, a, b, share: 1.0 }] }
    }

    /// Mean lightness, 0 to 100.
    pub fn lightness(&self) -> f64 {
        let shares: f64 = self.swatches.iter().map(|swatch| swatch.share).sum();
        if shares <= 0.0 {
            return 50.0;
        }
        self.swatches.iter().map(|swatch| swatch.share * swatch.lightness).sum::<f64>() / shares
    }

    /// The degree to which a thing said to have `of` colours has this one: twice its share times `of`, at most 1.
    ///
    /// So half a thing is enough for its only colour and a quarter for one of two. `None` for a word that is no known colour.
    pub fn has_color(&self, word: &str, of: usize) -> Option<f64> {
        let share =
            self.swatches.iter().map(|swatch| Some(swatch.share * swatch.is_named(word)?)).sum::<Option<f64>>()?;
        Some((2.0 * share * of.max(1) as f64).min(1.0))
    }
}

impl Swatch {
    /// The degree to which this colour bears a name: the least of its hue, chroma and lightness.
    pub fn is_named(&self, word: &str) -> Option<f64> {
        let chroma = self.a.hypot(self.b);
        if word == "colorful" {
            return Some(rises(chroma, 25.0, 4));
        }
        let name = NAMES.iter().find(|name| name.word == word)?;
        let hue = name.hue.map_or(1.0, |(centre, half)| {
            let off = (self.b.atan2(self.a).to_degrees() - centre + 180.0).rem_euclid(360.0) - 180.0;
            falls(off.abs(), half, 6)
        });
        let between = |value: f64, (from, to): (f64, f64), softness: f64| {
            exceeds(value, from, softness).min(1.0 - exceeds(value, to, softness))
        };
        let chroma = between(chroma, name.chroma, CHROMA_SOFTNESS);
        Some(hue.min(chroma).min(between(self.lightness, name.lightness, LIGHTNESS_SOFTNESS)))
    }
}

/// The degree to which a thing is "light" or "dark" beside a `usual` lightness; one half at the usual one.
pub(super) fn tone(word: &str, lightness: f64, usual: f64) -> Option<f64> {
    let light = exceeds(lightness, usual, 6.0);
    match word {
        "light" => Some(light),
        "dark" => Some(1.0 - light),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// sRGB in 0..=255 to L*a*b*, by IEC 61966-2-1 and CIE 15, D65.
    fn appearance(rgb: [u8; 3]) -> Appearance {
        let [r, g, b] = rgb
            .map(|v| f64::from(v) / 255.0)
            .map(|v| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) });
        let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
        let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
        Appearance::plain(116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z))
    }

    #[test]
    fn colours_have_the_names_people_give_them() {
        // Web colours of these names (CSS Color 4), and roofs, water and trees as they look from above.
        let named = [
            ("red", [255, 0, 0]),
            ("red", [160, 60, 50]),
            ("orange", [255, 140, 0]),
            ("yellow", [250, 230, 60]),
            ("green", [60, 90, 50]),
            ("green", [0, 128, 0]),
            ("cyan", [64, 200, 200]),
            ("blue", [40, 80, 160]),
            ("blue", [0, 0, 255]),
            ("purple", [128, 0, 128]),
            ("pink", [255, 192, 203]),
            ("brown", [110, 75, 45]),
            ("beige", [215, 200, 165]),
            ("black", [20, 20, 22]),
            ("white", [245, 245, 240]),
            ("gray", [128, 128, 128]),
            ("silver", [192, 192, 192]),
            ("golden", [212, 175, 55]),
            ("colorful", [255, 0, 0]),
        ];
        for (name, rgb) in named {
            let degree = appearance(rgb).has_color(name, 1).unwrap();
            assert!(degree >= 0.5, "{rgb:?} is {name} to {degree:.2}");
        }
    }

    #[test]
    fn colours_do_not_have_the_names_of_others() {
        let misnamed = [
            ("red", [60, 90, 50]),
            ("red", [128, 128, 128]),
            ("green", [160, 60, 50]),
            ("blue", [128, 128, 128]),
            ("white", [128, 128, 128]),
            ("white", [250, 230, 60]),
            ("black", [128, 128, 128]),
            ("gray", [255, 0, 0]),
            ("gray", [245, 245, 240]),
            ("yellow", [40, 80, 160]),
            ("brown", [215, 200, 165]),
            ("colorful", [128, 128, 128]),
        ];
        for (name, rgb) in misnamed {
            let degree = appearance(rgb).has_color(name, 1).unwrap();
            assert!(degree < 0.5, "{rgb:?} is {name} to {degree:.2}");
        }
        assert_eq!(appearance([0, 0, 0]).has_color("plaid", 1), None);
    }

    #[test]
    fn a_red_and_white_thing_is_both() {
        let (red, white) = (appearance([200, 30, 30]).swatches[0], appearance([250, 250, 250]).swatches[0]);
        let both = Appearance { swatches: vec![Swatch { share: 0.3, ..red }, Swatch { share: 0.7, ..white }] };
        assert!(both.has_color("red", 2).unwrap() > 0.9 && both.has_color("white", 2).unwrap() > 0.9);
        assert!(both.has_color("red", 1).unwrap() < 0.65);
    }

    #[test]
    fn dark_and_light_are_beside_the_usual() {
        assert_eq!(tone("dark", 40.0, 40.0), Some(0.5));
        assert!(tone("dark", 20.0, 40.0).unwrap() > 0.9 && tone("light", 60.0, 40.0).unwrap() > 0.9);
    }
}
