//! What phrases mean: 250 phrases read by hand, the 122 real sentences, and what networks and terminal get of a phrase.

// A fixture that cannot be read fails its test.
#![allow(clippy::unwrap_used)]

use std::fs;

use referent::text::{
    Attribute, Axes, Column, Description, Dimension, Distance, Extent, Number, Order, Phrase, Place, Position,
    Relation, RelationKind, Role, Row, Span,
};
use serde_json::{Map, Value, json};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/phrases/");

fn lines(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(format!("{FIXTURES}{file}")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The 122 real sentences, those with a program first.
fn real_sentences() -> Vec<Value> {
    [lines("referring_sentences.jsonl"), lines("other_sentences.jsonl")].concat()
}

fn parse(sentence: &str) -> Phrase {
    Phrase::parse(sentence).unwrap_or_else(|error| panic!("{sentence:?}: {error}"))
}

// --- The compact form the fixtures are written in ---------------------------------------------------------------------

fn compact(phrase: &Phrase) -> Value {
    let mut map = compact_description(&phrase.target, true);
    let list = |values: Vec<Value>| (!values.is_empty()).then_some(Value::Array(values));
    let also = phrase.alternatives.iter().map(|target| Value::Object(compact_description(target, false))).collect();
    let unused = phrase.unused().map(|word| json!(word.text)).collect();
    let corrected: Map<String, Value> =
        phrase.words.iter().filter_map(|word| Some((word.text.clone(), json!(word.corrected.as_ref()?)))).collect();
    map.extend(list(also).map(|also| ("also".into(), also)));
    map.extend(list(unused).map(|unused| ("unused".into(), unused)));
    map.extend((!corrected.is_empty()).then(|| ("corrected".into(), Value::Object(corrected))));
    Value::Object(map)
}

fn compact_description(description: &Description, is_target: bool) -> Map<String, Value> {
    let noun = &description.noun;
    let mut map = Map::new();
    map.insert("class".into(), json!(noun.class));
    map.extend(noun.kind.as_ref().map(|kind| ("kind".into(), json!(kind))));
    let number = match noun.number {
        Number::Unstated => is_target.then(|| "any".to_owned()),
        Number::One => is_target.then(|| "one".to_owned()),
        Number::All => Some("all".into()),
        Number::Several => Some("several".into()),
        Number::Exactly(count) => Some(count.to_string()),
    };
    map.extend(number.map(|number| ("number".into(), json!(number))));
    map.extend(noun.grouping.map(|grouping| ("grouping".into(), json!(grouping))));
    let mut put = |name: &str, values: Vec<Value>| {
        if !values.is_empty() {
            map.insert(name.into(), Value::Array(values));
        }
    };
    put("attributes", noun.attributes.iter().map(compact_attribute).collect());
    put("orders", description.orders.iter().map(compact_order).collect());
    put("positions", description.positions.iter().map(compact_position).collect());
    put("measures", description.measures.iter().map(|measure| json!(measure.words())).collect());
    put("relations", description.relations.iter().map(compact_relation).collect());
    put("except", description.except.iter().map(|except| Value::Object(compact_description(except, false))).collect());
    map
}

fn compact_attribute(attribute: &Attribute) -> Value {
    json!(format!("{}{}", if attribute.negated { "not " } else { "" }, attribute.value))
}

fn compact_order(order: &Order) -> Value {
    let rank = if order.first == 1 { String::new() } else { format!("#{} ", order.first) };
    let count = match order.count {
        Some(1) => String::new(),
        Some(count) => format!(" x{count}"),
        None => " x*".into(),
    };
    json!(format!("{rank}{}{count}", json!(order.key).as_str().unwrap()))
}

fn compact_place(place: Place) -> String {
    let compass = place.axes == Axes::Compass;
    let row = place.row.map(|row| match row {
        Row::Top if compass => "north",
        Row::Bottom if compass => "south",
        Row::Top => "top",
        Row::Middle => "middle",
        Row::Bottom => "bottom",
    });
    let column = place.column.map(|column| match column {
        Column::Left if compass => "west",
        Column::Right if compass => "east",
        Column::Left => "left",
        Column::Middle => "middle",
        Column::Right => "right",
    });
    let mut words: Vec<&str> = row.into_iter().chain(column).collect();
    words.dedup();
    words.join(" ")
}

fn compact_position(position: &Position) -> Value {
    let extent = match position.extent {
        Extent::Part => String::new(),
        extent => json!(extent).as_str().unwrap().to_owned(),
    };
    let place = position.place.map(compact_place).unwrap_or_default();
    let not = if position.negated { "not " } else { "" };
    json!(format!("{not}{}", format!("{place} {extent}").trim()))
}

fn compact_relation(relation: &Relation) -> Value {
    let kind = match relation.kind {
        RelationKind::Direction(place) => format!("{} of", compact_place(place)),
        RelationKind::InPart(place) => format!("in {} part of", compact_place(place)),
        RelationKind::AtEdge(None) => "at edge of".into(),
        RelationKind::AtEdge(Some(place)) => format!("at {} edge of", compact_place(place)),
        RelationKind::MoreThan(key) => format!("more {} than", json!(key).as_str().unwrap()),
        kind => json!(kind).as_str().unwrap().replace('_', " "),
    };
    let distance = match relation.distance {
        None => String::new(),
        Some(Distance::AtMost(metres)) => format!("<={metres}m "),
        Some(Distance::AtLeast(metres)) => format!(">={metres}m "),
        Some(Distance::About(metres)) => format!("~{metres}m "),
        Some(Distance::Between(low, high)) => format!("{low}-{high}m "),
    };
    let rank = relation.rank.map(|rank| format!("#{rank} ")).unwrap_or_default();
    let not = if relation.negated { "not " } else { "" };
    let landmark = |landmark: &Description| {
        let map = compact_description(landmark, false);
        if map.len() == 1 { map["class"].clone() } else { Value::Object(map) }
    };
    let head = json!(format!("{not}{rank}{distance}{kind}"));
    Value::Array(std::iter::once(head).chain(relation.landmarks.iter().map(landmark)).collect())
}

/// Compares sentence by sentence and shows every difference with the line that would make it equal.
fn compare(rows: &[Value], sentence: &str, without: &[&str]) {
    let mut differences = Vec::new();
    for row in rows {
        let mut expected = row.as_object().unwrap().clone();
        without.iter().for_each(|key| drop(expected.remove(*key)));
        let text = expected.remove(sentence).unwrap();
        let text = text.as_str().unwrap();
        let read = compact(&parse(text));
        if read != Value::Object(expected.clone()) {
            differences.push(format!("{text}\n  expected {}\n  read     {read}", Value::Object(expected)));
        }
    }
    assert!(differences.is_empty(), "{} of {} differ:\n{}", differences.len(), rows.len(), differences.join("\n"));
}

#[test]
fn phrases_mean_what_a_person_says_they_mean() {
    let rows = lines("expected.jsonl");
    assert!(rows.len() >= 200);
    compare(&rows, "phrase", &[]);
}

#[test]
fn the_real_sentences_are_understood_as_the_table_says() {
    let rows = lines("understood.jsonl");
    let sentences: Vec<Value> = real_sentences().iter().map(|row| row["sentence"].clone()).collect();
    assert_eq!(rows.iter().map(|row| row["sentence"].clone()).collect::<Vec<_>>(), sentences);
    compare(&rows, "sentence", &["program_differs"]);
}

// --- The programs other people wrote for the real sentences ------------------------------------------------------------

/// Whether a program and a description agree on class, attributes, place, relation and order.
fn agrees(program: &Value, description: &Description) -> bool {
    let text = |key: &str| program[key].as_str().unwrap_or_default();
    let child = || agrees(&program["child"], description);
    match text("op") {
        "select" => {
            let named = parse(text("type")).target.noun;
            let has = |attribute: &Attribute| description.noun.attributes.contains(attribute);
            named.class == description.noun.class && named.attributes.iter().all(has)
        }
        "filter" if program["anchor"] == "image" => {
            let place = place_of(text("pred"));
            let fits =
                |position: &Position| place.is_some_and(|place| position.place.is_some_and(|at| covers(place, at)));
            child() && description.positions.iter().any(fits)
        }
        "filter" | "relate" => {
            let kind = format!("{}{}", text("pred"), text("rel"));
            let fits = |relation: &Relation| {
                let kind_fits = match relation.kind {
                    RelationKind::Direction(at) => place_of(&kind).is_some_and(|place| covers(place, at)),
                    RelationKind::Near | RelationKind::NextTo => kind == "NEAR",
                    RelationKind::Inside | RelationKind::SurroundedBy => kind == "INSIDE",
                    _ => false,
                };
                kind_fits && relation.landmarks.iter().any(|landmark| agrees(&program["anchor"], landmark))
            };
            child() && description.relations.iter().any(fits)
        }
        "argmin" | "argmax" | "nth" => {
            let key = match (text("op"), text("axis")) {
                ("argmin", "X") => "leftmost",
                ("argmax", "X") => "rightmost",
                ("argmin", "Y") => "topmost",
                ("argmax", "Y") => "bottommost",
                _ => "",
            };
            child() && description.orders.iter().any(|order| json!(order.key) == key)
        }
        _ => false,
    }
}

fn place_of(predicate: &str) -> Option<Place> {
    let (row, column) = match predicate {
        "LEFT" => (None, Some(Column::Left)),
        "RIGHT" => (None, Some(Column::Right)),
        "TOP" => (Some(Row::Top), None),
        "BOTTOM" => (Some(Row::Bottom), None),
        "CENTER" => (Some(Row::Middle), Some(Column::Middle)),
        "UL" => (Some(Row::Top), Some(Column::Left)),
        "UR" => (Some(Row::Top), Some(Column::Right)),
        "LL" => (Some(Row::Bottom), Some(Column::Left)),
        "LR" => (Some(Row::Bottom), Some(Column::Right)),
        _ => return None,
    };
    Some(Place::frame(row, column))
}

/// Whether `place` says nothing that `at` does not say: "right" covers "middle right".
fn covers(place: Place, at: Place) -> bool {
    (place.row.is_none() || place.row == at.row) && (place.column.is_none() || place.column == at.column)
}

#[test]
fn the_programs_agree_but_where_the_table_says_why_not() {
    let (mut with_program, mut agreeing) = (0, 0);
    for (row, read) in real_sentences().iter().zip(lines("understood.jsonl")) {
        let Some(program) = row.get("program").filter(|program| !program.is_null()) else { continue };
        let sentence = row["sentence"].as_str().unwrap();
        let agree = agrees(program, &parse(sentence).target);
        let excused = read.get("program_differs").and_then(Value::as_str).is_some_and(|reason| !reason.is_empty());
        assert_ne!(agree, excused, "{sentence}\n{program}\n{read}");
        with_program += 1;
        agreeing += usize::from(agree);
    }
    assert_eq!((agreeing, with_program), (65, 78));
}

// --- What the networks and the terminal get ----------------------------------------------------------------------------

fn part<'a>(phrase: &'a Phrase, spans: &[Span]) -> Vec<&'a str> {
    spans.iter().map(|span| &phrase.sentence[span.start..span.end]).collect()
}

#[test]
fn the_sentence_is_split_into_object_and_position_part() {
    // The first two are those of the network's own fixture (lite.json).
    for (sentence, object, position) in [
        ("the airplanes", vec!["the airplanes"], vec![]),
        ("the airplane in the upper left", vec!["airplane"], vec!["in the upper left"]),
        ("the large white tank near the old harbor", vec!["large white tank"], vec!["near the old harbor"]),
        ("the leftmost gray ship", vec!["gray ship"], vec!["leftmost"]),
        ("the two largest tanks, west of the river", vec!["two", "tanks"], vec!["largest", "west of the river"]),
        (
            "A bridge is on the right of the vehicle on the left",
            vec!["bridge"],
            vec!["on the right of the vehicle on the left"],
        ),
        ("the ship that is white and near the quay", vec!["ship", "white"], vec!["near the quay"]),
        ("tanks and ships in the north", vec!["tanks", "ships"], vec!["in the north"]),
    ] {
        let phrase = parse(sentence);
        assert_eq!(
            (part(&phrase, &phrase.object_part), part(&phrase, &phrase.position_part)),
            (object, position),
            "{sentence}"
        );
    }
}

#[test]
fn a_network_is_asked_for_plain_noun_phrases() {
    for (sentence, questions) in [
        ("the two largest white oil tanks near the harbor", vec!["the white storage tanks", "the harbors"]),
        ("a bridge over the water next to the grey dam", vec!["the bridges", "the water", "the gray dams"]),
        ("the red and white ship left of the red and white ship", vec!["the red and white ships"]),
        ("near the river", vec!["the objects", "the rivers"]),
        ("tanks and ships except those behind the pier", vec!["the storage tanks", "the ships", "the piers"]),
    ] {
        let asked: Vec<String> = parse(sentence).network_phrases().into_iter().map(|phrase| phrase.text).collect();
        assert_eq!(asked, questions, "{sentence}");
    }
    let vans = &parse("the white vans on the road").network_phrases()[0];
    assert_eq!((vans.text.as_str(), vans.narrower.as_deref()), ("the white vehicles", Some("the white vans")));
    assert!(vans.is_target);
}

#[test]
fn the_terminal_is_told_how_a_phrase_was_read() {
    let text = parse("the two largest tanks west of the rivr near the harbor, purposely").to_string();
    let lines = [
        "target: storage tank (2, largest)",
        "  west of: river",
        "  near: harbor",
        "read as: rivr = river",
        "not understood: purposely",
    ];
    assert_eq!(text, lines.join("\n") + "\n");
    let text =
        parse("houses between the river and the second road from the left, except the one in the north").to_string();
    let lines = [
        "target: house, a kind of building (all)",
        "  between: river",
        "  and: road (second leftmost)",
        "  except: building (in the north)",
    ];
    assert_eq!(text, lines.join("\n") + "\n");
}

#[test]
fn sizes_in_numbers_are_read_in_the_units_people_use() {
    for (sentence, dimension, is_more, value) in [
        ("the tanks larger than 500 m²", Dimension::Area, true, 500.0),
        ("the tanks bigger than 500 m2", Dimension::Area, true, 500.0),
        ("the buildings larger than 500 square metres", Dimension::Area, true, 500.0),
        ("buildings smaller than 0.1 ha", Dimension::Area, false, 1_000.0),
        ("the buildings of at least 2 hectares", Dimension::Area, true, 20_000.0),
        ("buildings over 300 sqm in area", Dimension::Area, true, 300.0),
        ("the tanks not larger than 500 m²", Dimension::Area, false, 500.0),
        ("the ships longer than 100 m", Dimension::Length, true, 100.0),
        ("the ships that are at least 100 metres long", Dimension::Length, true, 100.0),
        ("ships shorter than 200 feet", Dimension::Length, false, 60.96),
        ("the bridge wider than 20 m", Dimension::Width, true, 20.0),
        ("the bridges at most 12 m wide", Dimension::Width, false, 12.0),
        ("the tanks larger than 20 m", Dimension::Length, true, 20.0),
    ] {
        let phrase = parse(sentence);
        let measures = &phrase.target.measures;
        assert_eq!(measures.len(), 1, "{sentence}: {phrase}");
        assert_eq!((measures[0].of, measures[0].is_more), (dimension, is_more), "{sentence}");
        assert!((measures[0].value / value - 1.0).abs() < 1e-9, "{sentence}: {}", measures[0].value);
        assert_eq!(phrase.unused().count(), 0, "{sentence}: {phrase}");
        assert!(phrase.target.relations.is_empty(), "{sentence}: {phrase}");
        assert!(!phrase.is_plain(), "geometry decides");
        let again = parse(&phrase.render());
        assert!(again.means_the_same_as(&phrase), "{sentence}: {}", phrase.render());
    }
    // A distance and a size in one phrase, each where it belongs.
    let phrase = parse("the tanks larger than 500 m² within 200 m of the harbor");
    assert_eq!((phrase.target.measures.len(), phrase.target.relations.len()), (1, 1), "{phrase}");
    let phrase = parse("the tanks near the buildings larger than 500 m²");
    assert_eq!(phrase.target.relations[0].landmarks[0].measures.len(), 1, "{phrase}");
    let phrase = parse("tanks and ships longer than 30 m");
    assert!(phrase.targets().all(|target| target.measures.len() == 1), "{phrase}");
    assert!(phrase.to_string().contains("longer than 30 m"), "{phrase}");
}

#[test]
fn every_word_tells_where_it_went() {
    let phrase = parse("Show me the two red ships not near the bridge, honestly");
    let roles: Vec<(&str, Role, Option<&str>)> =
        phrase.words.iter().map(|word| (word.text.as_str(), word.role, word.about.as_deref())).collect();
    let ship = Some("ship");
    assert_eq!(
        roles,
        [
            ("Show", Role::Filler, None),
            ("me", Role::Filler, None),
            ("the", Role::Determiner, ship),
            ("two", Role::Number, ship),
            ("red", Role::Attribute, ship),
            ("ships", Role::Target, ship),
            ("not", Role::Negation, ship),
            ("near", Role::Relation, ship),
            ("the", Role::Determiner, Some("bridge")),
            ("bridge", Role::Landmark, Some("bridge")),
            ("honestly", Role::Unused, None),
        ]
    );
}
