//! From raw samples to 8-bit RGB: which bands, and which values become black and white.

use std::sync::Arc;

use super::bands::{Band, Interpretation};
use super::samples::Samples;
use super::scene::Scene;
use super::survey::survey;
use super::view::View;
use crate::error::{Error, Result};

/// What a user may set; the rest is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StretchOptions {
    /// Red, green and blue band, numbers from 1.
    pub bands: Option<[usize; 3]>,
    /// Percentiles of the values that become black and white, each 0..=100, rising.
    pub percentiles: Option<[f64; 2]>,
}

/// How `low` and `high` were found.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum StretchRule {
    /// Values are shown as they are: 8-bit pictures.
    AsStored,
    /// Values are indices of the band's colour table.
    Palette,
    /// Percentiles of a sample of the scene.
    Percentiles {
        /// Percentile that becomes black.
        #[serde(rename = "percentile_low")]
        low: f64,
        /// Percentile that becomes white.
        #[serde(rename = "percentile_high")]
        high: f64,
    },
    /// No pixel holds data, so there was nothing to measure.
    NoData,
}

/// The mapping of one scene to RGB. Computed once a scene and kept, so that every window looks alike.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Stretch {
    /// Red, green and blue band, numbers from 1; three times the same for grey and palettes.
    pub bands: [usize; 3],
    /// Value of each that becomes 0.
    pub low: [f32; 3],
    /// Value of each that becomes 255.
    pub high: [f32; 3],
    /// How they were found.
    #[serde(flatten)]
    pub rule: StretchRule,
    /// Colours (red, green, blue, alpha) under `StretchRule::Palette`.
    #[serde(skip)]
    pub palette: Option<Arc<[[u8; 4]]>>,
}

/// Percentiles where the user gives none.
const PERCENTILES: [f64; 2] = [2.0, 98.0];

impl Stretch {
    /// Chooses bands and limits for `scene`.
    ///
    /// Bands: colour interpretation; else names (red, B4); else by count, see `bands_by_count`. Limits: 8-bit
    /// pictures of one to four bands as stored, palettes through their colours, all else the 2nd and 98th percentile
    /// of a fixed sample of the scene that leaves out what is no data. Statistics stored in the file are not believed.
    ///
    /// `Err` where the options are impossible or nothing of the scene can be read.
    pub fn choose(scene: &Scene, options: &StretchOptions) -> Result<Self> {
        let all = scene.bands();
        let bands = match options.bands {
            Some(bands) => checked_bands(scene, bands)?,
            None => default_bands(all),
        };
        let fixed = |limit: [f32; 2], rule, palette| {
            let [low, high] = limit.map(|value| [value; 3]);
            Self { bands, low, high, rule, palette }
        };
        if options.percentiles.is_none() {
            let first = &all[bands[0] - 1];
            if let (true, Some(palette)) = (is_one(bands), &first.palette) {
                return Ok(fixed([0.0, 255.0], StretchRule::Palette, Some(palette.as_slice().into())));
            }
            let pictured = all.iter().filter(|band| band.interpretation != Interpretation::Alpha).count();
            if pictured <= 4 && bands.iter().all(|&band| all[band - 1].data_type == "Byte") {
                let bits = first.bits.filter(|bits| (1..8).contains(bits)).unwrap_or(8);
                return Ok(fixed([0.0, ((1u32 << bits) - 1) as f32], StretchRule::AsStored, None));
            }
        }
        Self::by_percentiles(scene, bands, checked_percentiles(options.percentiles.unwrap_or(PERCENTILES))?)
    }

    fn by_percentiles(scene: &Scene, bands: [usize; 3], [low, high]: [f64; 2]) -> Result<Self> {
        let read = distinct(bands);
        let mut values: Vec<Vec<f32>> = vec![Vec::new(); read.len()];
        survey(scene, &read, false, |samples| {
            for (index, values) in values.iter_mut().enumerate() {
                let data = samples
                    .band(index)
                    .iter()
                    .zip(&samples.valid)
                    .filter(|(value, valid)| **valid && value.is_finite());
                values.extend(data.map(|(value, _)| *value));
            }
        })?;
        let limits: Vec<Option<[f32; 2]>> =
            values.iter_mut().map(|values| Some([percentile(values, low)?, percentile(values, high)?])).collect();
        if limits.iter().all(Option::is_none) {
            return Ok(Self { bands, low: [0.0; 3], high: [1.0; 3], rule: StretchRule::NoData, palette: None });
        }
        let of = |band: usize| {
            let index = read.iter().position(|&number| number == band).unwrap_or(0);
            limits[index].unwrap_or([0.0, 1.0])
        };
        let limits = bands.map(of);
        Ok(Self {
            bands,
            low: limits.map(|[low, _]| low),
            high: limits.map(|[_, high]| high),
            rule: StretchRule::Percentiles { low, high },
            palette: None,
        })
    }

    /// The bands to ask [`Scene::read`] for: each once, in the order of `bands`.
    pub fn bands_to_read(&self) -> Vec<usize> {
        distinct(self.bands)
    }

    /// Colours samples of [`Self::bands_to_read`]. Pixels without data become mid grey and invalid, a band without data
    /// in a valid pixel counts as black.
    pub fn apply(&self, samples: &Samples) -> View {
        let read = self.bands_to_read();
        let planes = self.bands.map(|band| samples.band(read.iter().position(|&number| number == band).unwrap_or(0)));
        let mut view = View::empty(samples.width, samples.height);
        let pixels = view.rgb.chunks_exact_mut(3).zip(&mut view.valid).zip(&samples.valid).enumerate();
        for (i, ((rgb, valid), data)) in pixels {
            if !data {
                continue;
            }
            let values = planes.map(|plane| plane.get(i).copied().unwrap_or(f32::NAN));
            let colour = match &self.palette {
                Some(palette) => match palette_colour(palette, values[0]) {
                    Some(colour) => colour,
                    None => continue,
                },
                None => [0, 1, 2].map(|c| to_byte(values[c], self.low[c], self.high[c])),
            };
            rgb.copy_from_slice(&colour);
            *valid = true;
        }
        view
    }
}

/// A value between `low` and `high` as 0..=255. Where the two are one value, that value is mid grey.
fn to_byte(value: f32, low: f32, high: f32) -> u8 {
    if value.is_nan() || value < low {
        return 0;
    }
    if value > high {
        return 255;
    }
    if high <= low {
        return 127;
    }
    // In f64: the difference of two f32 may overflow.
    let (value, low, high) = (f64::from(value), f64::from(low), f64::from(high));
    ((value - low) / (high - low) * 255.0).round() as u8
}

/// `None` for a transparent entry or an index beyond the table.
fn palette_colour(palette: &[[u8; 4]], index: f32) -> Option<[u8; 3]> {
    if index.is_nan() || index < 0.0 {
        return None;
    }
    let [r, g, b, a] = *palette.get(index.round() as usize)?;
    (a > 0).then_some([r, g, b])
}

/// The value below which `percent` of `values` lie, between two of them where it must be; `None` without values.
fn percentile(values: &mut [f32], percent: f64) -> Option<f32> {
    let last = values.len().checked_sub(1)?;
    let rank = percent / 100.0 * last as f64;
    let below = rank.floor() as usize;
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f32::total_cmp);
    let high = above.iter().copied().min_by(f32::total_cmp).unwrap_or(low);
    let (low, high) = (f64::from(low), f64::from(high));
    Some((low + (high - low) * (rank - below as f64)) as f32)
}

fn is_one(bands: [usize; 3]) -> bool {
    bands[0] == bands[1] && bands[1] == bands[2]
}

fn distinct(bands: [usize; 3]) -> Vec<usize> {
    let mut distinct = Vec::with_capacity(3);
    for band in bands {
        if !distinct.contains(&band) {
            distinct.push(band);
        }
    }
    distinct
}

fn checked_bands(scene: &Scene, bands: [usize; 3]) -> Result<[usize; 3]> {
    let count = scene.bands().len();
    match bands.iter().find(|&&band| band == 0 || band > count) {
        None => Ok(bands),
        Some(band) => Err(Error::usage(
            format!("cannot show band {band} of {}", scene.source()),
            format!("its bands are numbered 1 to {count}"),
            "name three of those",
        )),
    }
}

fn checked_percentiles([low, high]: [f64; 2]) -> Result<[f64; 2]> {
    if 0.0 <= low && low < high && high <= 100.0 {
        return Ok([low, high]);
    }
    let what = format!("cannot stretch from {low} to {high}");
    Err(Error::usage(what, "percentiles rise from 0 to 100", "give for example 2,98"))
}

/// Bands for red, green and blue, by what the file says, else by how many there are.
fn default_bands(bands: &[Band]) -> [usize; 3] {
    let find = |wanted: &dyn Fn(&Band) -> bool| bands.iter().position(wanted).map(|index| index + 1);
    let pictured: Vec<usize> =
        (1..=bands.len()).filter(|number| bands[number - 1].interpretation != Interpretation::Alpha).collect();
    let first = pictured.first().copied().unwrap_or(1);
    if pictured.len() < 3 || bands[first - 1].palette.is_some() {
        return [first; 3];
    }
    let interpreted = [Interpretation::Red, Interpretation::Green, Interpretation::Blue]
        .map(|colour| find(&|band: &Band| band.interpretation == colour));
    let named = ["red", "green", "blue"].map(|colour| find(&|band: &Band| is_named(&band.description, colour)));
    // Names such as B4 mean Landsat 8 or Sentinel-2, in both of which red, green and blue are bands 4, 3 and 2.
    let numbered = ["4", "3", "2"].map(|number| find(&|band: &Band| is_numbered(&band.description, number)));
    for found in [interpreted, named, numbered] {
        if let [Some(red), Some(green), Some(blue)] = found {
            return [red, green, blue];
        }
    }
    let narrow = pictured.iter().all(|number| bands[number - 1].data_type == "Byte");
    bands_by_count(pictured.len(), narrow).map(|index| pictured.get(index - 1).copied().unwrap_or(first))
}

/// Positions (from 1) of red, green and blue among `count` bands of which the file says nothing, as the usual products
/// order them: three, and four of 8 bits (aerial pictures, RGB + near infrared): 1, 2, 3. Four of more bits (WorldView,
/// GeoEye, PlanetScope), five (RapidEye) and six (HLS) begin with blue: 3, 2, 1. Eight are WorldView-2 and 3 (coastal,
/// blue, green, yellow, red): 5, 3, 2. Seven, and more than eight, are Landsat 8 or Sentinel-2, which begin with coastal
/// aerosol: 4, 3, 2.
pub(super) fn bands_by_count(count: usize, narrow: bool) -> [usize; 3] {
    match count {
        0..=2 => [1, 1, 1],
        3 => [1, 2, 3],
        4 if narrow => [1, 2, 3],
        4..=6 => [3, 2, 1],
        8 => [5, 3, 2],
        _ => [4, 3, 2],
    }
}

/// Whether a band's name is a colour: the word alone, or beside words that do not change it ("Band 4 red", "red_band").
fn is_named(description: &str, colour: &str) -> bool {
    let words: Vec<String> = words(description).collect();
    let is_other = |word: &str| {
        matches!(word, "edge" | "near" | "nir" | "infrared" | "shortwave" | "swir" | "coastal" | "to" | "ratio")
    };
    words.iter().any(|word| word == colour) && !words.iter().any(|word| is_other(word))
}

/// Whether a band's name is "B4", "B04", "band 4", "SR_B4", "Band4".
fn is_numbered(description: &str, number: &str) -> bool {
    let words: Vec<String> = words(description).collect();
    let is_number = |text: &str| !text.is_empty() && text.trim_start_matches('0') == number;
    words.iter().enumerate().any(|(i, word)| {
        let rest = word.strip_prefix("band").or_else(|| word.strip_prefix('b'));
        rest.is_some_and(|rest| {
            is_number(rest) || rest.is_empty() && words.get(i + 1).is_some_and(|next| is_number(next))
        })
    })
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bands(names: &[&str], data_type: &'static str) -> Vec<Band> {
        let band = |name: &&str| Band {
            data_type,
            bits: None,
            interpretation: Interpretation::Undefined,
            description: (*name).to_owned(),
            nodata: None,
            scale: None,
            offset: None,
            palette: None,
        };
        names.iter().map(band).collect()
    }

    #[test]
    fn names_of_bands_decide_where_nothing_is_interpreted() {
        let landsat = ["coastal aerosol", "blue", "green", "red", "near infrared", "shortwave infrared 1"];
        assert_eq!(default_bands(&bands(&landsat, "UInt16")), [4, 3, 2]);
        assert_eq!(default_bands(&bands(&["B02", "B03", "B04", "B08"], "UInt16")), [3, 2, 1]);
        assert_eq!(default_bands(&bands(&["SR_B4", "SR_B3", "SR_B2"], "UInt16")), [1, 2, 3]);
        assert_eq!(default_bands(&bands(&["red edge", "red", "green", "blue", "nir"], "UInt16")), [2, 3, 4]);
        assert_eq!(default_bands(&bands(&["band 2", "band 3", "band 4"], "UInt16")), [3, 2, 1]);
    }

    #[test]
    fn counts_decide_where_nothing_is_named() {
        assert_eq!(default_bands(&bands(&[""; 4], "Byte")), [1, 2, 3]);
        assert_eq!(default_bands(&bands(&[""; 4], "UInt16")), [3, 2, 1]);
        assert_eq!(default_bands(&bands(&[""; 8], "UInt16")), [5, 3, 2]);
        assert_eq!(default_bands(&bands(&[""; 13], "UInt16")), [4, 3, 2]);
        assert_eq!(default_bands(&bands(&[""; 2], "UInt16")), [1, 1, 1]);
    }

    #[test]
    fn an_alpha_band_is_no_colour() {
        let mut four = bands(&[""; 4], "UInt16");
        four[3].interpretation = Interpretation::Alpha;
        assert_eq!(default_bands(&four), [1, 2, 3]);
        let mut two = bands(&[""; 2], "Byte");
        two[0].interpretation = Interpretation::Alpha;
        assert_eq!(default_bands(&two), [2, 2, 2]);
    }

    #[test]
    fn percentiles_are_those_of_numpy() {
        // numpy.percentile([1, 2, 4, 8, 16], [0, 2, 50, 98, 100])
        let values = [16.0, 1.0, 8.0, 2.0, 4.0];
        for (percent, expected) in [(0.0, 1.0), (2.0, 1.08), (50.0, 4.0), (98.0, 15.36), (100.0, 16.0)] {
            let found = percentile(&mut values.clone(), percent).unwrap();
            assert!((found - expected).abs() < 1e-5, "{percent}: {found}");
        }
        assert_eq!(percentile(&mut [], 50.0), None);
    }

    proptest! {
        #[test]
        fn any_limits_map_any_value(value in any::<f32>(), low in any::<f32>(), high in any::<f32>()) {
            to_byte(value, low, high);
        }

        #[test]
        fn stored_bytes_are_shown_as_they_are(value in any::<u8>()) {
            prop_assert_eq!(to_byte(f32::from(value), 0.0, 255.0), value);
        }

        #[test]
        fn brighter_is_never_darker(a in -1e6..1e6f32, b in -1e6..1e6f32, low in -1e6..1e6f32, width in 0.0..1e6f32) {
            let (a, b) = if a <= b { (a, b) } else { (b, a) };
            prop_assert!(to_byte(a, low, low + width) <= to_byte(b, low, low + width));
        }
    }
}
