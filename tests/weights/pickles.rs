//! Python pickles: data is read, code is not run, and no input does harm.

use proptest::prelude::*;
use referent::model::weights::pickle::{Node, Pickle, Value};

use crate::synthetic;

#[test]
fn the_references_of_rrsis_d_are_read() {
    let bytes = std::fs::read(synthetic::fixture("datasets/RRSIS-D/rrsisd/refs(unc).p")).unwrap();
    let (pickle, length) = Pickle::read_prefix(&bytes).unwrap();
    assert_eq!(length, bytes.len());
    let references = pickle.root().items().unwrap();
    assert_eq!(references.len(), 5);
    for reference in references.iter() {
        for key in ["ref_id", "ann_id", "category_id", "image_id"] {
            assert!(reference.get(key).and_then(Node::as_i64).is_some(), "{key}");
        }
        assert!(reference.get("split").and_then(Node::as_str).is_some());
        let sentence = reference.get("sentences").unwrap().items().unwrap().get(0).unwrap();
        let raw = sentence.get("raw").and_then(Node::as_str).unwrap();
        let tokens = sentence.get("tokens").unwrap().items().unwrap();
        let words: Vec<_> = tokens.iter().filter_map(Node::as_str).collect();
        assert_eq!(words.join(" "), raw.to_lowercase());
    }
}

/// `[None, True, False, 1, -2, 300, 70000, 2**70, 0.5, 'é', b'\x00\xff', (1,), (1, 2), {'a': [1]}, {1}]`, written by
/// Python's pickle in each protocol.
const VARIETY: [&[u8]; 6] = [
    include_bytes!("variety_0.pickle"),
    include_bytes!("variety_1.pickle"),
    include_bytes!("variety_2.pickle"),
    include_bytes!("variety_3.pickle"),
    include_bytes!("variety_4.pickle"),
    include_bytes!("variety_5.pickle"),
];

#[test]
fn every_protocol_gives_the_same_values() {
    for (protocol, bytes) in VARIETY.into_iter().enumerate() {
        let pickle = Pickle::read(bytes).unwrap();
        let items: Vec<Node<'_>> = pickle.root().items().unwrap().iter().collect();
        assert_eq!(items.len(), 15, "protocol {protocol}");
        assert!(matches!(items[0].value(), Value::None));
        assert!(matches!(items[1].value(), Value::Bool(true)), "protocol {protocol}");
        assert!(matches!(items[2].value(), Value::Bool(false)));
        let integers: Vec<i64> = items[3..7].iter().filter_map(|item| item.as_i64()).collect();
        assert_eq!(integers, [1, -2, 300, 70000]);
        // 2**70 is bit 6 of the ninth byte.
        assert!(matches!(items[7].value(), Value::BigInt(bytes) if bytes[..9] == [0, 0, 0, 0, 0, 0, 0, 0, 64]));
        assert_eq!(items[8].as_f64(), Some(0.5));
        assert_eq!(items[9].as_str(), Some("é"));
        match items[10].value() {
            Value::Bytes(bytes) => assert_eq!(bytes, [0, 255]),
            // Before protocol 3 bytes are a call that encodes text.
            Value::Object(call) => assert_eq!((call.class(), protocol < 3), (("_codecs", "encode"), true)),
            other => panic!("{other:?}"),
        }
        assert!(matches!(items[11].value(), Value::Tuple(items) if items.len() == 1));
        assert!(matches!(items[12].value(), Value::Tuple(items) if items.len() == 2));
        assert_eq!(items[13].get("a").unwrap().items().unwrap().get(0).and_then(Node::as_i64), Some(1));
        assert!(matches!(items[14].value(), Value::Set(items) if items.len() == 1), "protocol {protocol}");
    }
}

#[test]
fn python_2_strings_instances_and_ordered_dictionaries_are_understood() {
    let read = |bytes: &[u8]| Pickle::read(bytes).unwrap();
    assert_eq!(read(b"S'it\\'s\\x41\\n'\n.").root().as_str(), Some("it'sA\n"));
    assert_eq!(read(b"V\\u00e9\xe8\n.").root().as_str(), Some("éè"));
    assert_eq!(read(b"U\x03abc.").root().as_str(), Some("abc"));
    assert!(matches!(read(b"U\x01\xff.").root().value(), Value::Bytes([0xff])));
    // class Point: pass; p = Point(); p.x = 3, as Python 2 writes it in protocols 0 and 2.
    let old = read(b"(i__main__\nPoint\np0\n(dp1\nS'x'\np2\nI3\nsb.");
    assert_eq!(old.root().get("x").and_then(Node::as_i64), Some(3));
    let new = read(b"ccopy_reg\n_reconstructor\n(c__main__\nPoint\nc__builtin__\nobject\nNtR(dS'x'\nI3\nsb.");
    assert!(matches!(new.root().value(), Value::Object(object) if object.class() == ("__main__", "Point")));
    assert_eq!(new.root().get("x").and_then(Node::as_i64), Some(3));
    let ordered = read(b"ccollections\nOrderedDict\n(((S'b'\nI1\nlltR.");
    assert!(ordered.root().entries().is_some());
    let ordered = read(b"ccollections\nOrderedDict\n((lp0\n(lp1\nS'b'\naI1\naatR.");
    assert_eq!(ordered.root().get("b").and_then(Node::as_i64), Some(1));
}

#[test]
fn a_call_is_written_down_and_not_made() {
    let pickle = Pickle::read(b"cos\nsystem\n(S'echo harm'\ntR.").unwrap();
    let Value::Object(call) = pickle.root().value() else { panic!("an object") };
    assert_eq!(call.class(), ("os", "system"));
    assert_eq!(call.args().get(0).and_then(Node::as_str), Some("echo harm"));
}

#[test]
fn errors_say_where_they_are() {
    for (bytes, offset, why) in [
        (&b"\x80\x09."[..], 0, "protocol 9"),
        (b"I1\nq\xff\xff", 5, "0xff"),
        (b"X\xff\xff\xff\xffab", 0, "ends"),
        (b"]I1\n", 4, "ends"),
        (b"h\x07.", 0, "value 7"),
        (b"0.", 0, "not there"),
        (b"(K\x01u.", 3, "key without a value"),
        (b"}(K\x01u.", 4, "key without a value"),
        (b"K\x01K\x02a.", 4, "no list"),
        (b"K\x01)R.", 3, "no class"),
        (b"\x82\x01.", 0, "extension registry"),
        (b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", 0, "ends"),
    ] {
        let error = Pickle::read(bytes).unwrap_err();
        assert_eq!(error.offset, offset, "{error}");
        assert!(error.why.contains(why), "{error}");
    }
}

#[test]
fn shared_values_are_stored_once_however_often_they_are_used() {
    // Thirty lists, each of which holds the one before it ten times: 10^30 elements when written out.
    let mut bytes = b"]q\x00".to_vec();
    for level in 0..30u8 {
        bytes.extend(b"](");
        (0..10).for_each(|_| bytes.extend([b'h', level]));
        bytes.extend([b'e', b'q', level + 1]);
    }
    bytes.push(b'.');
    let pickle = Pickle::read(&bytes).unwrap();
    assert_eq!(pickle.root().items().unwrap().len(), 10);
    assert!(pickle.root().to_json(&mut 1_000_000, &mut |_| None).is_none());
}

#[test]
fn a_set_or_dictionary_made_from_one_list_many_times_does_not_multiply_it() {
    let mut bytes = b"](".to_vec();
    (0..1000).for_each(|_| bytes.push(b'N'));
    bytes.extend(b"eq\x00]");
    (0..1000).for_each(|_| bytes.extend(b"c__builtin__\nset\nh\x00\x85Ra"));
    bytes.push(b'.');
    let pickle = Pickle::read(&bytes).unwrap();
    let sets = pickle.root().items().unwrap();
    assert_eq!(sets.len(), 1000);
    assert!(sets.iter().all(|set| set.items().unwrap().len() == 1000));
}

#[test]
fn a_list_that_holds_itself_and_a_million_levels_are_harmless() {
    let cycle = Pickle::read(b"]q\x00h\x00a.").unwrap();
    assert_eq!(cycle.root().items().unwrap().len(), 1);
    assert!(cycle.root().to_json(&mut (1 << 20), &mut |_| None).is_none());
    let mut deep = vec![b']'; 1_000_000];
    deep.extend(vec![b'a'; 999_999]);
    deep.push(b'.');
    let deep = Pickle::read(&deep).unwrap();
    assert!(deep.root().to_json(&mut (1 << 20), &mut |_| None).is_none());
}

#[test]
fn too_many_values_are_refused() {
    let mut bytes = vec![b']'; 5_000_000];
    bytes.push(b'.');
    assert!(Pickle::read(&bytes).unwrap_err().why.contains("more than"));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(pickle) = Pickle::read(&bytes) {
            let _ = pickle.root().to_json(&mut 10_000, &mut |_| None);
        }
    }

    #[test]
    fn random_programs_never_panic(ops in proptest::collection::vec(
        proptest::sample::select(&b"().0123NIJKMLGFXUSTVabcdeghijlopqrstuRPQ]}\n\x01\x02\x00\x80\x81\x85\x86\x87\x88\x8a\x8b\x8c\x8f\x90\x91\x92\x93\x94"[..]),
        0..400,
    )) {
        if let Ok(pickle) = Pickle::read(&ops) {
            let _ = pickle.root().to_json(&mut 10_000, &mut |_| None);
        }
    }

    #[test]
    fn a_real_pickle_cut_or_changed_anywhere_never_panics(
        protocol in 0usize..6, cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = VARIETY[protocol].to_vec();
        let changed = at.index(bytes.len());
        bytes[changed] = byte;
        let _ = Pickle::read(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = Pickle::read(&bytes);
    }
}
