//! The card of a model: what it is, what it was trained on, how good it is, and where it comes from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::config::NetworkConfig;

/// Key of the card among the texts of a safetensors header.
pub const CARD_KEY: &str = "referent.card";

/// What a model file says about itself. Kept as JSON in the file's header under [`CARD_KEY`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Short name, as lists show it.
    pub name: String,
    /// The network and its sizes.
    pub config: NetworkConfig,
    /// What it is, in a sentence.
    #[serde(default)]
    pub what: String,
    /// Data it was trained on.
    #[serde(default)]
    pub trained_on: String,
    /// Licence of the weights.
    #[serde(default)]
    pub licence: String,
    /// Measured figures by name, such as `mIoU`, as fractions of 1.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
    /// Ground resolution of the pictures it was trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Classes it was trained on, where they are a closed list.
    #[serde(default)]
    pub classes: Vec<String>,
    /// Words of a question as the model knows them from training: "baseball fields" and "baseball diamonds".
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, String>,
    /// How its numbers become probabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// The file it was imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Origin>,
    /// Anything else worth knowing, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Hash of the tensors when the file was written ([`ModelHash`](super::hash::ModelHash)).
    #[serde(default)]
    pub hash: String,
}

/// How the network's log odds become probabilities that mean what they say; fitted on pictures it did not learn from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Those of a pixel are divided by this temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<f64>,
    /// Those of presence are put through this line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Line>,
    /// Presence, once corrected, below which what is asked for is probably not there, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_below: Option<f64>,
}

impl Calibration {
    /// This one, but for what `fitted` says better.
    #[must_use]
    pub fn updated(self, fitted: Self) -> Self {
        // The limit belongs to the line that was fitted with it.
        let of_presence = if fitted.presence.is_some() { fitted } else { self };
        Self { mask: fitted.mask.or(self.mask), ..of_presence }
    }
}

/// A line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its slope.
    pub scale: f64,
    /// Its height at 0.
    pub offset: f64,
}

impl Line {
    /// The line that changes nothing.
    pub const IDENTITY: Self = Self { scale: 1.0, offset: 0.0 };

    /// Its height at `x`.
    pub fn of(self, x: f64) -> f64 {
        self.scale * x + self.offset
    }

    /// The line that does what `first` and then this one do.
    #[must_use]
    pub fn after(self, first: Self) -> Self {
        Self { scale: self.scale * first.scale, offset: self.of(first.offset) }
    }
}

/// Ground size of a pixel, in metres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// Finest and coarsest, over all classes.
    pub range: MetresPerPixel,
    /// Finest and coarsest for single classes.
    #[serde(default)]
    pub by_class: BTreeMap<String, MetresPerPixel>,
}

/// A range of ground sizes of a pixel, in metres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MetresPerPixel {
    /// Finest.
    pub min: f64,
    /// Coarsest.
    pub max: f64,
}

/// A file that weights were taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its name, without folders.
    pub file: String,
    /// SHA-256 of the whole file, in hexadecimal.
    pub sha256: String,
}

impl Card {
    /// Takes over what was fitted.
    pub fn calibrate(&mut self, fitted: Calibration) {
        self.calibration = Some(self.calibration.unwrap_or_default().updated(fitted));
    }

    /// A card that says nothing but the name and the network.
    pub fn new(name: impl Into<String>, config: NetworkConfig) -> Self {
        Self {
            name: name.into(),
            config,
            what: String::new(),
            trained_on: String::new(),
            licence: String::new(),
            metrics: BTreeMap::new(),
            resolution: None,
            classes: Vec::new(),
            words: BTreeMap::new(),
            calibration: None,
            source: None,
            notes: Vec::new(),
            hash: String::new(),
        }
    }

    /// `fianet`, `lite`, `swin` or `bert`.
    pub fn kind(&self) -> &'static str {
        self.config.kind()
    }

    /// Ground sizes of a pixel the model was trained at for `class`, or for all classes where it has none of its own.
    pub fn metres_per_pixel(&self, class: Option<&str>) -> Option<MetresPerPixel> {
        let resolution = self.resolution.as_ref()?;
        let own = class.and_then(|class| resolution.by_class.get(class));
        Some(own.copied().unwrap_or(resolution.range))
    }

    /// Whether the model was trained on `class`, or does not say what it was trained on.
    pub fn was_taught(&self, class: &str) -> bool {
        let word = self.in_its_words(class);
        self.classes.is_empty() || self.classes.iter().any(|known| *known == word || word.contains(known.as_str()))
    }

    /// A question in the words the model was trained with.
    pub fn in_its_words(&self, question: &str) -> String {
        let replace = |text: String, (ours, its): (&String, &String)| text.replace(ours.as_str(), its);
        self.words.iter().fold(question.to_owned(), replace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_survives_json_and_needs_only_name_and_network() {
        let mut card = Card::new("small", NetworkConfig::Lite);
        card.metrics.insert("mIoU".into(), 0.439);
        let range = MetresPerPixel { min: 0.3, max: 3.0 };
        let by_class = BTreeMap::from([("ship".to_owned(), MetresPerPixel { min: 0.5, max: 1.0 })]);
        card.resolution = Some(Resolution { range, by_class });
        let json = serde_json::to_string(&card).unwrap();
        assert_eq!(serde_json::from_str::<Card>(&json).unwrap(), card);
        assert_eq!(card.metres_per_pixel(Some("ship")).unwrap().max, 1.0);
        assert_eq!(card.metres_per_pixel(Some("dam")).unwrap().max, 3.0);
        let bare = serde_json::from_str::<Card>(r#"{"name": "x", "config": {"network": "lite"}}"#).unwrap();
        assert_eq!(bare, Card::new("x", NetworkConfig::Lite));
    }

    #[test]
    fn one_line_after_another_is_a_line() {
        let (first, second) = (Line { scale: 2.0, offset: -1.0 }, Line { scale: 0.5, offset: 3.0 });
        for x in [-4.0, 0.0, 7.5] {
            assert_eq!(second.after(first).of(x), second.of(first.of(x)));
            assert_eq!(second.after(Line::IDENTITY).of(x), second.of(x));
        }
    }

    #[test]
    fn a_limit_of_presence_goes_with_its_line() {
        let line = |scale| Some(Line { scale, offset: 0.0 });
        let before = Calibration { mask: Some(1.2), presence: line(1.0), absent_below: Some(0.4) };
        let of_pixels = Calibration { mask: Some(1.5), ..Calibration::default() };
        assert_eq!(before.updated(of_pixels), Calibration { mask: Some(1.5), ..before });
        let of_presence = Calibration { presence: line(3.0), absent_below: Some(0.9), mask: None };
        assert_eq!(before.updated(of_presence), Calibration { mask: Some(1.2), ..of_presence });
    }
}
