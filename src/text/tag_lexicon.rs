//! The words the tagger knows by heart: closed classes, and open-class words that their ending would misjudge.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::tagger::Tag;

/// The usual tag of a word (lower case), or nothing when its form must tell.
pub(super) fn usual_tag(word: &str) -> Option<Tag> {
    TAGS.get(word).copied()
}

/// Whether the word is a verb in -s that may as well be a plural noun ("the road crosses", "the stands").
pub(super) fn is_verb_in_s(word: &str) -> bool {
    word.ends_with('s') && VERBS_IN_S.split_ascii_whitespace().any(|verb| verb == word)
}

/// Whether the word names a side: a noun that acts as an adjective before another ("the top", "the top edge").
pub(super) fn is_side(word: &str) -> bool {
    SIDES.split_ascii_whitespace().any(|side| side == word)
}

static TAGS: LazyLock<HashMap<&str, Tag>> = LazyLock::new(|| {
    LEXICON.iter().flat_map(|&(tag, words)| words.split_ascii_whitespace().map(move |word| (word, tag))).collect()
});

const SIDES: &str = "\
    left right top middle front back opposite inside outside north south east west northeast northwest southeast \
    southwest";

const VERBS_IN_S: &str = "\
    adjoins appears abuts begins belongs bends borders branches carries comes connects contains covers crosses \
    curves cuts divides docks emerges encloses ends enters exhibits extends faces features floats flows \
    follows forms goes holds joins leads leans leaves lies links looks makes meets merges moves occupies \
    overlaps overlooks passes points protrudes reaches remains rests runs sails seems separates serves shows \
    sits spans splits spreads stands starts stays stops stretches surrounds takes touches travels turns waits \
    widens";

/// Words by tag; a word stands once.
const LEXICON: &[(Tag, &str)] = &[
    (Tag::DT, "the a an this these those all any another both each either every neither no some"),
    (
        Tag::IN,
        "about above across after against along alongside although amid among amongst around as at atop \
         because before behind below beneath beside besides between beyond by despite down during except for \
         from if in inside into like near of off on onto out outside over past per since than through \
         throughout till toward towards under underneath unless until unlike up upon via whereas whether while \
         with within without",
    ),
    (Tag::TO, "to"),
    (Tag::CC, "and or but nor plus &"),
    (
        Tag::CD,
        "zero one two three four five six seven eight nine ten eleven twelve dozen hundred thousand million \
         one-third two-thirds",
    ),
    (Tag::PRP, "it they them he she him i we us you me itself themselves"),
    (Tag::PRPS, "its their his her our your my"),
    (Tag::WDT, "which"),
    (Tag::WP, "who whom what"),
    (Tag::WPS, "whose"),
    (Tag::WRB, "where when how why"),
    (Tag::MD, "can could may might must shall should will would"),
    (Tag::VBZ, "is has does 's"),
    (Tag::VBP, "are have do am 're 've 'm"),
    (Tag::VBD, "was were had did lay sat stood ran went came led"),
    (Tag::VB, "be"),
    (Tag::VBG, "being having lying"),
    (
        Tag::VBN,
        "been built curved cut damaged done drawn found given grown hidden known laid lit made overgrown seen \
         set shown spread taken worn",
    ),
    (
        Tag::RB,
        "n't again ahead almost alone also apart aside away diagonally downstream else even far here instead \
         just maybe nearby not now often once only perhaps quite rather so somewhat then there together too \
         upstream very well yet",
    ),
    (Tag::RBR, "more less"),
    (Tag::RBS, "most least"),
    (
        Tag::JJR,
        "lower larger smaller bigger longer shorter taller higher wider narrower broader closer nearer darker \
         lighter brighter paler older newer thicker thinner deeper rounder greater farther further fewer \
         cleaner denser redder greener bluer whiter",
    ),
    // JJ: order and place
    (
        Tag::JJ,
        "upper inner outer central first second third fourth fifth sixth seventh eighth ninth tenth last final \
         next other same such own leftmost rightmost topmost bottommost uppermost lowermost northernmost \
         southernmost easternmost westernmost eastern western northern southern lone single double multiple \
         several few many much adjacent parallel perpendicular different close distant main whole entire \
         remaining",
    ),
    // JJ: size and shape
    (
        Tag::JJ,
        "small large big huge tiny long short tall high low wide narrow broad thick thin deep shallow great \
         square round oval curvy flat steep straight",
    ),
    // JJ: look and state
    (
        Tag::JJ,
        "red green blue yellow orange purple pink brown white black gray grey beige silver tan dark light \
         bright pale clear dense sparse bare empty full open new old modern slow fast heavy muddy sandy rocky \
         grassy dusty shady busy special visible dry wet clean dirty rough smooth soft slender wooden concrete \
         public rural urban solar distinct present isolated abandoned",
    ),
    (Tag::VBP, "appear contain connect cross extend face lie lead run sit stand"),
    // NN: in -ing
    (
        Tag::NN,
        "building parking crossing landing clearing housing mooring railing opening wing ring spring string \
          thing something nothing everything anything ceiling swimming fencing paving",
    ),
    // NN: in -ed, -er, -est
    (
        Tag::NN,
        "bed shed seed reed weed riverbed watershed forest west rest crest nest test chest interest harvest \
         rainforest speed",
    ),
    // NN: in -s
    (Tag::NN, "bus gas canvas lens series tennis atlas"),
    // NN: with the ending of an adjective or adverb
    (
        Tag::NN,
        "canal terminal hospital metal signal arrival traffic fabric mosaic drive olive archive \
         table cable stable fish dish rubbish supply family anomaly goal coal shoal seal mall clinic \
          topic republic",
    ),
    (Tag::NNS, "people men women children cattle headquarters ones"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_one_tag_and_is_in_lower_case() {
        let mut words: Vec<&str> = LEXICON.iter().flat_map(|(_, words)| words.split_ascii_whitespace()).collect();
        let count = words.len();
        words.sort_unstable();
        for pair in words.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
        assert!(words.iter().all(|word| word.to_lowercase() == *word), "{count} words");
    }
}
