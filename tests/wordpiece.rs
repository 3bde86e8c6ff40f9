//! Tokens: the ids every network was trained on, the text they stand for, and what happens when they do not fit.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::ops::Range;

use proptest::prelude::*;
use referent::text::official::{Decoupled, Rule};
use referent::text::tokens::{TokenViews, WordPiece};
use safetensors::SafeTensors;
use serde_json::Value;

const CLS: u32 = 101;
const SEP: u32 = 102;

fn bundled() -> WordPiece {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/text/wordpiece.tokenizer.json");
    WordPiece::from_bytes(&std::fs::read(path).unwrap()).unwrap()
}

fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| u32::try_from(id.as_u64().unwrap()).unwrap()).collect()
}

fn ids(word_piece: &WordPiece, text: &str) -> Vec<u32> {
    word_piece.encode(text).unwrap().into_iter().map(|token| token.id).collect()
}

fn pieces<'a>(word_piece: &WordPiece, text: &'a str) -> Vec<&'a str> {
    word_piece.encode(text).unwrap().into_iter().map(|token| &text[token.span]).collect()
}

fn slots(mask: &[bool]) -> Vec<usize> {
    (0..mask.len()).filter(|&slot| mask[slot]).collect()
}

fn span(text: &str, part: &str) -> Range<usize> {
    let start = text.find(part).unwrap();
    start..start + part.len()
}

#[test]
fn ids_are_those_of_the_recorded_tokenizer() {
    let word_piece = bundled();
    let mut compared = 0;
    for case in fixture("weights/wordpiece.json")["cases"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        // The recorded tokenizer takes a typed "[SEP]" for the real one; ours reads it as four words.
        let expected =
            if text == "[SEP] ship" { vec![CLS, 1031, 19802, 1033, 2911, SEP] } else { numbers(&case["input_ids"]) };
        assert_eq!(ids(&word_piece, text), expected, "{text:?}");
        assert_eq!(word_piece.count(text).unwrap(), expected.len(), "{text:?}");
        compared += 1;
    }
    assert_eq!(compared, 19);
}

#[test]
fn ids_of_the_minilm_sentences_are_the_recorded_ones_uncut_and_unpadded() {
    let word_piece = bundled();
    let manifest = fixture("weights/manifest.json");
    for sentence in manifest["minilm_l6"]["sentences"].as_array().unwrap() {
        assert_eq!(ids(&word_piece, sentence["text"].as_str().unwrap()), numbers(&sentence["input_ids"]));
    }
    let recorded = fixture("weights/minilm_l6.json");
    for (text, tokens) in recorded["sentences"].as_array().unwrap().iter().zip(recorded["tokens"].as_array().unwrap()) {
        let text = text.as_str().unwrap();
        let tokens: Vec<&str> = tokens.as_array().unwrap().iter().map(|token| token.as_str().unwrap()).collect();
        let used = tokens.iter().filter(|token| **token != "[PAD]").count();
        let ours = pieces(&word_piece, text);
        assert_eq!(ours.len(), used, "{text}");
        for (piece, token) in ours.iter().zip(&tokens).take(used - 1).skip(1) {
            assert_eq!(piece.to_lowercase(), token.trim_start_matches("##"), "{text}");
        }
    }
}

#[test]
fn names_of_special_tokens_are_plain_text() {
    let word_piece = bundled();
    for name in ["[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]"] {
        let inner = ids(&word_piece, &format!("a {name} ship"));
        assert_eq!((inner[0], inner[inner.len() - 1]), (CLS, SEP));
        assert!(inner[1..inner.len() - 1].iter().all(|id| *id > 103), "{name}: {inner:?}");
    }
}

#[test]
fn spans_are_the_text_of_each_token_in_any_script() {
    let word_piece = bundled();
    let check = |text: &str, expected: &[&str]| assert_eq!(pieces(&word_piece, text), expected, "{text:?}");
    check("Café, the naïve HARBOUR's", &["", "Café", ",", "the", "naïve", "HARBOUR", "'", "s", ""]);
    check("储油罐 near the 港口", &["", "储", "油", "罐", "near", "the", "港", "口", ""]);
    check("🛢 tank", &["", "🛢", "tank", ""]);
    check("roundabouts and overpasses", &["", "roundabout", "s", "and", "over", "pass", "es", ""]);
    check("İstanbul ﬁeld", &["", "İstanbul", "ﬁ", "eld", ""]);
    check("étang", &["", "éta", "ng", ""]);
    check("e\u{301}tang", &["", "e\u{301}ta", "ng", ""]);
    check("한글", &["", "한", "한", "한", "글", "글", "글", ""]);
    check("A\u{301} cafe\u{301}s", &["", "A", "cafe\u{301}s", ""]);
    check("25 m²", &["", "25", "m²", ""]);
    check("\u{a0}left\u{3000}side", &["", "left", "side", ""]);
    check("zero\u{200b}width\ttabs", &["", "zero", "wi", "dt", "h", "tab", "s", ""]);
}

#[test]
fn the_lite_masks_are_the_recorded_ones() {
    let word_piece = bundled();
    let case = &fixture("weights/manifest.json")["minilm_l6_parts"];
    let sentence = case["sentence"].as_str().unwrap();
    let part = |name: &str| [span(sentence, case[name].as_str().unwrap())];
    let views = TokenViews::from_spans(&word_piece, sentence, &part("object"), &part("position"), 24).unwrap();
    let mut padded = numbers(&case["input_ids"]);
    padded.resize(24, 0);
    assert_eq!(views.ids, padded);
    for (name, mask) in [("sentence", &views.sentence), ("object", &views.object), ("position", &views.position)] {
        assert_eq!(mask.iter().map(|&on| u32::from(on)).collect::<Vec<_>>(), numbers(&case["masks"][name]), "{name}");
    }
    assert_eq!(views.dropped, 0);
}

#[test]
fn the_lite_masks_of_a_phrase_without_a_position_are_the_recorded_ones() {
    let word_piece = bundled();
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/weights/lite.safetensors")).unwrap();
    let recorded = SafeTensors::deserialize(&bytes).unwrap();
    for (number, phrase) in fixture("weights/lite.json")["phrases"].as_array().unwrap().iter().enumerate() {
        let [sentence, object, position] = [0, 1, 2].map(|at| phrase[at].as_str().unwrap());
        let part = |name: &str| if name.is_empty() { vec![] } else { vec![span(sentence, name)] };
        let views = TokenViews::from_spans(&word_piece, sentence, &part(object), &part(position), 24).unwrap();
        for (name, mask) in
            [("sentence_mask", &views.sentence), ("object_mask", &views.object), ("position_mask", &views.position)]
        {
            let rows = recorded.tensor(name).unwrap();
            let row = &rows.data()[number * 24 * 4..(number + 1) * 24 * 4];
            let expected: Vec<bool> = row.chunks(4).map(|value| value == 1.0f32.to_le_bytes()).collect();
            assert_eq!(mask, &expected, "{sentence}: {name}");
        }
    }
}

#[test]
fn a_part_may_be_several_ranges_and_takes_every_token_it_touches() {
    let word_piece = bundled();
    let text = "overpasses by the étang, upper left";
    // [CLS] over ##pass ##es by the eta ##ng , upper left [SEP]
    let object = [span(text, "pass"), span(text, "tang")];
    let views = TokenViews::from_spans(&word_piece, text, &object, &[span(text, "upper left")], 24).unwrap();
    assert_eq!(slots(&views.object), [2, 6, 7]);
    assert_eq!(slots(&views.position), [9, 10]);
}

#[test]
fn a_missing_part_takes_the_mask_of_the_sentence() {
    let word_piece = bundled();
    let views = TokenViews::from_spans(&word_piece, "the  airplanes", &[], &[3..5, 40..50], 24).unwrap();
    assert_eq!(slots(&views.sentence), [0, 1, 2, 3]);
    assert_eq!(views.object, views.sentence);
    assert_eq!(views.position, views.sentence);
}

#[test]
fn a_sentence_fits_to_the_last_slot_and_is_never_cut_in_silence() {
    let word_piece = bundled();
    let text = "ship ".repeat(22);
    assert_eq!(TokenViews::from_spans(&word_piece, &text, &[], &[], 24).unwrap().sentence, [true; 24]);
    let text = format!("{text}near the harbor");
    let error = TokenViews::from_spans(&word_piece, &text, &[], &[], 24).unwrap_err();
    assert_eq!(error.why(), "it has 27 tokens and the model reads 24, start and end mark included");
    assert_eq!(error.remedy(), "shorten it by 3 tokens: there is no room from \"near the harbor\" on");
    // "overpasses" is three tokens, of which one would fit: the message names the word, not its last piece.
    let error = TokenViews::from_spans(&word_piece, "two overpasses", &[], &[], 4).unwrap_err();
    assert_eq!(error.remedy(), "shorten it by 2 tokens: there is no room from \"overpasses\" on");
    assert!(TokenViews::from_spans(&word_piece, "", &[], &[], 0).is_err());
}

#[test]
fn the_official_form_drops_the_tail_and_says_how_much() {
    let word_piece = bundled();
    let sentence = "vehicle ".repeat(30);
    let views = TokenViews::official(&word_piece, &sentence, &Decoupled::new(Rule::RefSegRS, &sentence), 20).unwrap();
    assert_eq!((views.dropped, views.ids[0]), (12, CLS));
    assert!(!views.ids.contains(&SEP), "a cut sentence loses its end mark, as in the loader");
    assert_eq!(views.sentence, [true; 20]);
}

#[test]
fn bytes_that_are_no_tokenizer_are_an_error_with_a_remedy() {
    for bytes in [&b""[..], b"{", b"[]", b"{\"version\":\"1.0\"}", &[0xff; 40]] {
        let error = WordPiece::from_bytes(bytes).unwrap_err();
        assert_eq!(error.what(), "cannot read the tokenizer");
        assert!(!error.remedy().is_empty());
    }
}

/// Any text, and texts of the characters that tokenizers trip over.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z ,.'\"\\[\\]()`:;\\-0-9]{0,60}",
        "[éÅçĳﬁßİǅ한글각힣漢字ก็\u{301}\u{200b}\u{200d}\u{fe0f}👩🚀🛢 \u{0}\t\n]{0,30}",
        proptest::collection::vec(
            prop_oneof![Just("[SEP]"), Just("ship"), Just("[MASK"), Just("]"), Just(" "), Just("of")],
            0..40
        )
        .prop_map(|parts| parts.concat()),
    ]
}

proptest! {
    #[test]
    fn spans_are_ordered_and_lie_on_characters_of_any_text(text in any_text()) {
        let word_piece = shared();
        let tokens = word_piece.encode(&text).unwrap();
        prop_assert_eq!(tokens[0].span.clone(), 0..0);
        prop_assert_eq!(tokens[tokens.len() - 1].span.clone(), text.len()..text.len());
        for token in &tokens {
            prop_assert!(text.get(token.span.clone()).is_some(), "{token:?}");
        }
        for pair in tokens.windows(2) {
            prop_assert!(pair[0].span.start <= pair[1].span.start && pair[0].span.end <= pair[1].span.end, "{pair:?}");
        }
        for token in &tokens[1..tokens.len() - 1] {
            prop_assert!(!token.span.is_empty(), "{token:?}");
        }
    }

    #[test]
    fn lite_masks_have_the_length_asked_for_and_stay_on_the_words(
        text in any_text(), object in (0usize..80, 0usize..80), position in (0usize..80, 0usize..80), limit in 0usize..60,
    ) {
        let word_piece = shared();
        let count = word_piece.count(&text).unwrap();
        match TokenViews::from_spans(word_piece, &text, &[ordered(object)], &[ordered(position)], limit) {
            Ok(views) => {
                prop_assert!(count <= limit);
                prop_assert_eq!(views.ids.len(), limit);
                prop_assert_eq!(slots(&views.sentence), (0..count).collect::<Vec<_>>());
                for mask in [&views.object, &views.position] {
                    prop_assert_eq!(mask.len(), limit);
                    let on_words = !mask[0] && !mask[count - 1] && mask.contains(&true);
                    prop_assert!(mask == &views.sentence || on_words);
                    prop_assert!(slots(mask).iter().all(|slot| *slot < count));
                }
            }
            Err(error) => {
                prop_assert!(count > limit);
                prop_assert!(error.to_string().chars().count() < 400);
            }
        }
    }

    #[test]
    fn official_masks_never_exceed_their_length(text in any_text(), limit in 0usize..30, rrsisd in any::<bool>()) {
        let rule = if rrsisd { Rule::RrsisD } else { Rule::RefSegRS };
        let views = TokenViews::official(shared(), &text, &Decoupled::new(rule, &text), limit).unwrap();
        prop_assert_eq!(views.ids.len(), limit);
        prop_assert_eq!(views.sentence.len(), limit);
        prop_assert_eq!(views.object.len(), limit);
        prop_assert_eq!(views.position.len(), limit);
        prop_assert_eq!(slots(&views.sentence).len() + views.dropped, shared().count(&text).unwrap());
    }
}

fn ordered((a, b): (usize, usize)) -> Range<usize> {
    a.min(b)..a.max(b)
}

/// One tokenizer for all cases of the properties; reading it takes longer than a case.
fn shared() -> &'static WordPiece {
    static WORD_PIECE: std::sync::OnceLock<WordPiece> = std::sync::OnceLock::new();
    WORD_PIECE.get_or_init(bundled)
}
