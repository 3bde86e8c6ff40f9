//! What the network is asked: one plain noun phrase for the targets and one for each landmark.
//!
//! Geometry decides places, orders, sizes and numbers, so a network is asked for all objects of a kind, in the words it was
//! trained on: "the storage tanks", "the white vehicles", "the water". This is the only place where those words are made.

use serde::{Deserialize, Serialize};

use crate::text::lexicon::lexicon;
use crate::text::noun_phrase::{AttributeKind, NounPhrase};
use crate::text::phrase::{Description, Phrase};
use crate::text::render::attribute_words;

/// One question for the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkPhrase {
    /// The question, by class: "the white vehicles".
    pub text: String,
    /// The question by the sentence's own narrower word, where it has one: "the white vans". A network that knows the word
    /// may be asked this instead; `text` finds the others too.
    pub narrower: Option<String>,
    /// The class asked for.
    pub class: String,
    /// Whether it asks for a target; otherwise only for landmarks.
    pub is_target: bool,
}

impl Phrase {
    /// The questions this phrase needs answered, targets first, each once.
    pub fn network_phrases(&self) -> Vec<NetworkPhrase> {
        let mut phrases: Vec<NetworkPhrase> = Vec::new();
        let landmarks = self.targets().flat_map(|target| target.walk().into_iter().skip(1));
        let nouns = self.targets().map(|target| (target, true)).chain(landmarks.map(|landmark| (landmark, false)));
        for (Description { noun, .. }, is_target) in nouns {
            let text = noun.network_phrase();
            if !phrases.iter().any(|phrase| phrase.text == text) {
                let narrower = noun.kind.as_ref().map(|_| noun.question(&noun.word(true)));
                phrases.push(NetworkPhrase { text, narrower, class: noun.class.clone(), is_target });
            }
        }
        phrases
    }
}

impl NounPhrase {
    /// The question for this noun: article, attributes that a network can judge, plural class. Number, order, size and shape are
    /// left to geometry, which compares all objects of the class.
    pub fn network_phrase(&self) -> String {
        self.question(&lexicon().plural(&self.class))
    }

    fn question(&self, noun: &str) -> String {
        let left_to_geometry = [AttributeKind::Orientation, AttributeKind::Size, AttributeKind::Shape];
        let seen = self.attributes.iter().filter(|attribute| !left_to_geometry.contains(&attribute.kind));
        let visible: Vec<_> = seen.cloned().collect();
        let words = attribute_words(&visible);
        std::iter::once("the").chain(words.iter().map(String::as_str)).chain([noun]).collect::<Vec<_>>().join(" ")
    }
}
