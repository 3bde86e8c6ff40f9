//! The phrase that is being typed and what it will be asked of.

use std::path::PathBuf;
use std::sync::Arc;

use super::journal::Trouble;
use super::settings::Settings;
use crate::model::weights::Card;
use crate::query::DeviceChoice;
use crate::text::Phrase;

/// The part of a scene a phrase speaks about, as the user picks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FramePick {
    /// What the map shows.
    View,
    /// The area drawn on the map.
    Area,
    /// The whole raster.
    #[default]
    Scene,
}

impl FramePick {
    /// All of them, in the order menus show.
    pub const ALL: [Self; 3] = [Self::View, Self::Area, Self::Scene];

    /// As menus say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::View => "In view",
            Self::Area => "Drawn area",
            Self::Scene => "Whole scene",
        }
    }

    /// What it means.
    pub fn hint(self) -> &'static str {
        match self {
            Self::View => "Look only at the part of the scene that the map shows now",
            Self::Area => "Look only inside the rectangle drawn on the map",
            Self::Scene => "Look at all of the scene",
        }
    }
}

/// A model that can be picked.
#[derive(Debug, Clone)]
pub struct ModelEntry {
    /// What `--model` calls it.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// What it is, or why it cannot be used.
    pub what: String,
    /// Whether it can be used.
    pub usable: bool,
    /// Its card, where it has one.
    pub card: Option<Arc<Card>>,
    /// Size of its file.
    pub bytes: u64,
}

impl ModelEntry {
    /// Whether its network is FIANet's, as far as its card says.
    pub fn is_fianet(&self) -> bool {
        self.card.as_ref().is_some_and(|card| card.kind() == "fianet")
    }

    /// Whether it was trained on `class`, or does not say what it was trained on.
    pub fn was_taught(&self, class: &str) -> bool {
        self.card.as_ref().is_none_or(|card| card.was_taught(class))
    }
}

/// The phrase bar.
#[derive(Debug, Default)]
pub struct AskForm {
    /// What is typed.
    pub text: String,
    /// How it is read, or why not; `None` where nothing is typed.
    pub phrase: Option<Result<Arc<Phrase>, Trouble>>,
    /// Which part of the scene is asked.
    pub frame: FramePick,
    /// The model by name or path.
    pub model: String,
    /// Models that can be picked.
    pub models: Vec<ModelEntry>,
    /// Where the network runs.
    pub device: DeviceChoice,
    /// Metres on the ground a pixel of the network covers; `None` chooses.
    pub gsd_m: Option<f64>,
    /// While going through old phrases: which, counted back from the newest; and what was typed before.
    browsing: Option<(usize, String)>,
    /// Layer-wise answers that are wanted as soon as a scene and the models are there: `--phrase`.
    pub waiting: bool,
}

impl AskForm {
    pub(super) fn with(settings: &Settings) -> Self {
        Self { model: settings.model.clone(), ..Self::default() }
    }

    /// The phrase, where it can be asked.
    pub fn parsed(&self) -> Option<&Arc<Phrase>> {
        self.phrase.as_ref().and_then(|phrase| phrase.as_ref().ok())
    }

    pub(super) fn type_text(&mut self, text: String) {
        self.browsing = None;
        self.set_text(text);
    }

    fn set_text(&mut self, text: String) {
        self.phrase = if text.trim().is_empty() {
            None
        } else {
            Some(Phrase::parse(&text).map(Arc::new).map_err(|error| Trouble::from(&error)))
        };
        self.text = text;
    }

    /// One phrase back in history.
    pub(super) fn older(&mut self, phrases: &[String]) {
        let at = self.browsing.as_ref().map_or(0, |(at, _)| at + 1);
        let Some(phrase) = phrases.iter().rev().nth(at) else { return };
        let typed = self.browsing.take().map_or_else(|| self.text.clone(), |(_, typed)| typed);
        self.set_text(phrase.clone());
        self.browsing = Some((at, typed));
    }

    /// One phrase forward in history; past the newest comes what was typed.
    pub(super) fn newer(&mut self, phrases: &[String]) {
        let Some((at, typed)) = self.browsing.take() else { return };
        match at.checked_sub(1).and_then(|at| Some((at, phrases.iter().rev().nth(at)?))) {
            Some((at, phrase)) => {
                self.set_text(phrase.clone());
                self.browsing = Some((at, typed));
            }
            None => self.set_text(typed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_goes_back_and_forth_and_gives_back_what_was_typed() {
        let phrases = ["the ships".to_owned(), "the tanks".to_owned()];
        let mut form = AskForm::default();
        form.type_text("the har".into());
        let mut seen = Vec::new();
        for older in [true, true, true, false, false, false] {
            if older {
                form.older(&phrases)
            } else {
                form.newer(&phrases)
            }
            seen.push(form.text.clone());
        }
        assert_eq!(seen, ["the tanks", "the ships", "the ships", "the tanks", "the har", "the har"]);
    }
}
