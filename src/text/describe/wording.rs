//! From a description to a sentence, in the forms of RRSIS-D, RISBench and Aerial-D or in plain words.
//!
//! ```text
//! phrase   = noun phrase tail*                 the leftmost ship near the harbor
//!          | noun phrase "located" tail        The tennis court located on the left side of the image.
//!          | noun phrase "that is" tail        the ship in the bottom right that is to the left of a harbor
//!          | noun phrase "is" tail             A bridge is on the upper right of the vehicle on the lower left
//! tail     = order | position | relation
//! ```

use crate::text::describe::nouns;
use crate::text::describe::places;
use crate::text::describe::voice::Voice;
use crate::text::render::order_words;
use crate::text::{
    Attribute, AttributeKind, Description, Determiner, Extent, Grouping, NounPhrase, Number, Order, OrderKey, Position,
    Relation, RelationKind,
};

const COUNTS: [&str; 13] =
    ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
const RANKS: [&str; 5] = ["zeroth", "first", "second", "third", "fourth"];

/// What is said before the noun and what after it.
struct Parts {
    head: String,
    tails: Vec<Tail>,
    is_plural: bool,
}

/// One thing said after the noun.
struct Tail {
    text: String,
    /// Whether "located" and "is" may stand before it.
    is_place: bool,
    is_relation: bool,
}

/// Writes a description. `of_two` says that the noun speaks of two things, so that "the larger" picks one.
pub(super) fn sentence(description: &Description, of_two: bool, voice: &mut Voice) -> String {
    let Parts { head, tails, is_plural } = parts(description, of_two, true, voice);
    let is_place = tails.first().is_some_and(|tail| tail.is_place);
    let verb = if is_plural { "are" } else { "is" };
    let form = if is_place { voice.pick(&["", "", "", "located", "that is", "is", "is located"]) } else { "" };
    let mut text = head;
    for (place, tail) in tails.iter().enumerate() {
        let joint = match (form, place) {
            ("located", 0) => {
                voice.pick(&["located ", "located ", "situated ", "positioned ", "found ", "seen "]).into()
            }
            ("that is", 0) => format!("{} {verb} ", voice.pick(&["that", "which"])),
            ("is", 0) => format!("{verb} "),
            ("is located", 0) => {
                let participle = voice.pick(&["located", "situated", "positioned", "found", "visible"]);
                if voice.dares(0.1) { "can be seen ".into() } else { format!("{verb} {participle} ") }
            }
            // After "is", a second "that is" would read as a new sentence.
            ("" | "located", 1) if tail.is_relation && tails[0].is_place && voice.dares(0.5) => format!("that {verb} "),
            _ => String::new(),
        };
        text = format!("{text} {joint}{}", tail.text);
    }
    let in_frame = tails.is_empty() && voice.dares(0.2);
    if in_frame {
        text = format!("{text} {}", voice.pick(&["in the image", "in the picture", "in the scene", "in this image"]));
    }
    let is_sentence = matches!(form, "is" | "is located");
    finished(text, is_sentence, voice)
}

/// Capital letter and full stop: of sentences mostly, of phrases now and then.
fn finished(text: String, is_sentence: bool, voice: &mut Voice) -> String {
    let (capital, stop) = if is_sentence { (0.8, 0.6) } else { (0.25, 0.12) };
    let mut text = if voice.dares(0.02) { format!("{} {text}", voice.pick(&["find", "show me"])) } else { text };
    if voice.dares(capital)
        && let Some(first) = text.get_mut(..1)
    {
        first.make_ascii_uppercase();
    }
    if voice.dares(stop) {
        text.push('.');
    }
    text
}

fn parts(description: &Description, of_two: bool, is_target: bool, voice: &mut Voice) -> Parts {
    let noun = &description.noun;
    let is_every = noun.number == Number::All && noun.determiner == Some(Determiner::All) && voice.dares(0.35);
    let is_plural = matches!(noun.number, Number::All | Number::Several | Number::Exactly(_)) && !is_every;
    let mut before: Vec<String> = article(noun, is_every, voice);
    before.extend(number(noun, voice));
    let mut tails = Vec::new();
    // "the first two ships": the rank before the number.
    for order in &description.orders {
        let count = order.count.unwrap_or(1);
        let (front, tail) = order_wording(*order, of_two, voice);
        match front {
            Some(front) if count > 1 && front == "first" => before.insert(before.len().saturating_sub(1), front),
            front => before.extend(front),
        }
        tails.extend(tail.map(|text| Tail { text, is_place: false, is_relation: false }));
    }
    let mut attributes: Vec<String> =
        noun.attributes.iter().map(|attribute| attribute_word(attribute, voice)).collect();
    let is_only_place = description.positions.len() == 1 && description.orders.is_empty() && noun.grouping.is_none();
    for position in &description.positions {
        let may_precede = is_only_place && matches!(position.extent, Extent::Part | Extent::Far);
        if may_precede && voice.dares(0.15) {
            attributes.insert(0, places::before_noun(position, voice));
        } else {
            tails.push(position_tail(position, is_target, voice));
        }
    }
    before.extend(attributes);
    let words = nouns::words(noun, is_plural);
    let plainest =
        voice.dares(0.55).then(|| voice.pick(&words.iter().map(String::as_str).collect::<Vec<_>>()).to_owned());
    let word = plainest.unwrap_or_else(|| words.into_iter().next().unwrap_or_default());
    before.push(word);
    let follows_place = tails.iter().any(|tail| tail.is_place);
    tails.extend(description.relations.iter().map(|relation| relation_tail(relation, follows_place, voice)));
    Parts { head: with_indefinite(before.join(" ")), tails, is_plural }
}

/// "a" becomes "an" before a vowel.
fn with_indefinite(text: String) -> String {
    match text.strip_prefix("a ") {
        Some(rest) if rest.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {rest}"),
        _ => text,
    }
}

fn article(noun: &NounPhrase, is_every: bool, voice: &mut Voice) -> Vec<String> {
    let article = match noun.determiner {
        _ if is_every => voice.pick(&["every", "each"]),
        Some(Determiner::The) => "the",
        Some(Determiner::A) => "a",
        Some(Determiner::All) if matches!(noun.number, Number::All) => voice.pick(&["all", "all", "all the"]),
        Some(Determiner::All) => "all",
        Some(Determiner::This | Determiner::Other) | None => "",
    };
    (!article.is_empty()).then(|| article.to_owned()).into_iter().collect()
}

/// "group of three", "two".
fn number(noun: &NounPhrase, voice: &mut Voice) -> Vec<String> {
    let mut words = Vec::new();
    if noun.grouping == Some(Grouping::Group) {
        words.push(voice.pick(&["group of", "cluster of"]).to_owned());
    }
    if let Number::Exactly(count) = noun.number {
        let word = COUNTS.get(count as usize).copied();
        let both = count == 2 && noun.determiner.is_none() && noun.grouping.is_none() && voice.dares(0.3);
        words.push(match word {
            _ if both => "both".into(),
            Some(word) if !voice.dares(0.15) => word.into(),
            _ => count.to_string(),
        });
    }
    words
}

fn attribute_word(attribute: &Attribute, voice: &mut Voice) -> String {
    let word = match (attribute.kind, attribute.value.as_str()) {
        (AttributeKind::Color, "gray") => voice.pick(&["gray", "gray", "grey"]),
        (AttributeKind::Size, "large") => voice.pick(&["large", "large", "big"]),
        (AttributeKind::Size, "small") => voice.pick(&["small", "small", "little"]),
        (AttributeKind::Size, "tiny") => voice.pick(&["tiny", "tiny", "very small"]),
        (AttributeKind::Size, "huge") => voice.pick(&["huge", "huge", "very large"]),
        (_, other) => other,
    };
    word.to_owned()
}

/// Words of an order before the noun and after it; at least one of them.
fn order_wording(order: Order, of_two: bool, voice: &mut Voice) -> (Option<String>, Option<String>) {
    let rank = RANKS.get(order.first as usize).copied().unwrap_or("first");
    let side = match order.key {
        OrderKey::Leftmost => "left",
        OrderKey::Rightmost => "right",
        OrderKey::Topmost => "top",
        OrderKey::Bottommost => "bottom",
        _ => {
            let front = superlative(order, of_two, voice);
            return (Some(if order.first > 1 { format!("{rank} {front}") } else { front }), None);
        }
    };
    let count = order.count.unwrap_or(1);
    match (order.first, count) {
        (1, 1) if voice.dares(0.1) => {
            let near = voice.pick(&["closest", "nearest"]);
            (None, Some(format!("{near} to the {side} {}", voice.pick(&["edge", "side", "edge of the image"]))))
        }
        (1, 1) => (Some(superlative(order, of_two, voice)), None),
        (1, _) if voice.dares(0.5) => (Some("first".into()), Some(format!("from the {side}"))),
        (1, _) => (Some(superlative(order, of_two, voice)), None),
        _ if voice.dares(0.15) => (None, Some(format!("{rank} from the {side}"))),
        _ => (Some(rank.into()), Some(format!("from the {side}"))),
    }
}

fn superlative(order: Order, of_two: bool, voice: &mut Voice) -> String {
    let compares = of_two && order.first == 1 && order.count == Some(1);
    let word = match order.key {
        OrderKey::Leftmost => voice.pick(&["leftmost", "leftmost", "left-most"]),
        OrderKey::Rightmost => voice.pick(&["rightmost", "rightmost", "right-most"]),
        OrderKey::Topmost => voice.pick(&["topmost", "topmost", "top-most", "uppermost", "highest"]),
        OrderKey::Bottommost => voice.pick(&["bottommost", "bottommost", "bottom-most", "lowermost", "lowest"]),
        OrderKey::Largest if compares => voice.pick(&["larger", "largest", "bigger"]),
        OrderKey::Largest => voice.pick(&["largest", "largest", "biggest"]),
        OrderKey::Smallest if compares => voice.pick(&["smaller", "smallest"]),
        OrderKey::Brightest => voice.pick(&["brightest", "lightest"]),
        _ => return order_words(Order { first: 1, ..order }),
    };
    word.to_owned()
}

fn position_tail(position: &Position, is_target: bool, voice: &mut Voice) -> Tail {
    Tail { text: places::after_noun(position, is_target, voice), is_place: true, is_relation: false }
}

fn relation_tail(relation: &Relation, follows_place: bool, voice: &mut Voice) -> Tail {
    let head = match relation.kind {
        RelationKind::Near if relation.rank.is_some() => {
            voice.pick(&["nearest to", "closest to", "nearest"]).to_owned()
        }
        RelationKind::Near => voice.pick(&["near", "near", "close to", "in the vicinity of"]).to_owned(),
        RelationKind::NextTo => {
            voice.pick(&["next to", "next to", "beside", "adjacent to", "right next to"]).to_owned()
        }
        RelationKind::Between => voice.pick(&["between"]).to_owned(),
        RelationKind::Direction(place) => places::direction(place, follows_place, voice),
        other => other.words(),
    };
    let landmarks: Vec<String> = relation.landmarks.iter().map(|landmark| landmark_words(landmark, voice)).collect();
    Tail { text: format!("{head} {}", landmarks.join(" and ")), is_place: true, is_relation: true }
}

/// A landmark: its noun with at most a place after it.
fn landmark_words(landmark: &Description, voice: &mut Voice) -> String {
    let Parts { head, tails, .. } = parts(landmark, false, false, voice);
    tails.iter().fold(head, |text, tail| format!("{text} {}", tail.text))
}
