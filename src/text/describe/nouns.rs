//! Words for classes as people write them in such phrases.

use crate::text::NounPhrase;
use crate::text::lexicon::lexicon;

/// Common words for a class beside its own name; the parser reads each as the class itself.
const SYNONYMS: [(&str, &[&str]); 18] = [
    ("airplane", &["plane"]),
    ("storage tank", &["tank", "oil tank", "fuel tank"]),
    ("baseball field", &["baseball diamond"]),
    ("ground track field", &["track field", "running track"]),
    ("golf field", &["golf course"]),
    ("harbor", &["harbour"]),
    ("ship", &["vessel"]),
    ("windmill", &["wind turbine"]),
    ("swimming pool", &["pool"]),
    ("solar panel", &["photovoltaic panel", "solar array"]),
    ("train station", &["railway station"]),
    ("expressway service area", &["service area"]),
    ("expressway toll station", &["toll station"]),
    ("overpass", &["flyover"]),
    ("soccer field", &["football field", "soccer pitch"]),
    ("roundabout", &["traffic circle"]),
    ("parking lot", &["car park"]),
    ("crossing", &["intersection"]),
];

/// The words for a noun, the plainest first: in the singular, or in the plural where it has one.
pub(super) fn words(noun: &NounPhrase, plural: bool) -> Vec<String> {
    let own = noun.kind.as_deref().unwrap_or(&noun.class);
    let others = SYNONYMS.iter().find(|(class, _)| noun.kind.is_none() && *class == noun.class);
    let singular = std::iter::once(own).chain(others.iter().flat_map(|(_, words)| words.iter().copied()));
    singular.map(|word| if plural { lexicon().plural(word) } else { word.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Phrase;

    #[test]
    fn every_synonym_is_read_as_its_class_in_singular_and_plural() {
        for (class, synonyms) in SYNONYMS {
            for word in synonyms {
                for text in [(*word).to_owned(), lexicon().plural(word)] {
                    let noun = Phrase::parse(&text).unwrap().target.noun;
                    assert_eq!((noun.class.as_str(), noun.kind), (class, None), "{text}");
                }
            }
        }
    }
}
