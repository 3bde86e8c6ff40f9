//! Edits, undo and redo: what each does, and that every sequence of them can be walked back and forth.

use geo::polygon;
use proptest::prelude::*;
use referent::project::{
    Answer, AnswerId, Area, AreaId, Changed, Document, Edit, Label, LabelId, NewAnswer, NewArea, NewLabel, NewQuery,
    Object, Of, Query, Source, shape, suggested_phrases,
};
use referent::train::dataset::Split;

use crate::{add, label, square, utm, with_hole};

fn fresh() -> (tempfile::TempDir, Document) {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::create(&folder.path().join("a.gpkg"), Some(&utm())).unwrap();
    (folder, document)
}

fn texts(label: &Label) -> Vec<&str> {
    label.phrases.iter().map(|phrase| phrase.text.as_str()).collect()
}

/// Everything a person sees of a document.
type State = (Vec<Label>, Vec<Area>, Vec<Query>, Vec<Vec<Answer>>);

fn state(document: &Document) -> State {
    let queries = document.queries().unwrap();
    let answers = queries.iter().map(|query| document.answers(query.id).unwrap()).collect();
    (document.labels().unwrap(), document.areas().unwrap(), queries, answers)
}

#[test]
fn a_label_keeps_all_that_is_said_of_it() {
    let (_folder, mut document) = fresh();
    let new = NewLabel {
        split: Some(Split::Val),
        scene: Some("/data/größe 1.tif".into()),
        source: Source::Imported,
        ..label(with_hole(5e5, 5e6, 40.0), "  storage tank ", &[" the  round\ttank ", "the round tank", "Tank Nr. 7 ü"])
    };
    let ids = add(&mut document, vec![new.clone()]);
    let labels = document.labels().unwrap();
    let found = &labels[0];
    assert_eq!((found.id, &found.shape), (ids[0], &new.shape));
    assert_eq!(found.class.as_deref(), Some("storage tank"));
    assert_eq!(
        (found.split, found.scene.as_deref(), found.source),
        (Some(Split::Val), new.scene.as_deref(), Source::Imported)
    );
    assert_eq!(texts(found), ["the round tank", "Tank Nr. 7 ü"], "in single spaces, none twice");
    assert!(found.created.as_deref().unwrap().starts_with("20"));
}

#[test]
fn a_split_label_gives_its_class_and_phrases_to_all_parts_and_a_merge_collects_them() {
    let (_folder, mut document) = fresh();
    let ids = add(&mut document, vec![label(square(0.0, 0.0, 10.0), "field", &["the field"])]);
    let line = [geo::Coord { x: 4.0, y: -1.0 }, geo::Coord { x: 4.0, y: 11.0 }];
    let parts = shape::split(&square(0.0, 0.0, 10.0), &line);
    let changed = document.apply(&Edit::Split { label: ids[0], parts }).unwrap();
    assert_eq!(changed.altered, [Object::Label(ids[0])]);
    let labels = document.labels().unwrap();
    assert_eq!(labels.len(), 2);
    assert!(labels.iter().all(|label| label.class.as_deref() == Some("field") && texts(label) == ["the field"]));
    document.apply(&Edit::AddPhrase { of: vec![Of::Label(labels[1].id)], text: "the strip".into() }).unwrap();
    document.apply(&Edit::SetClass { labels: vec![ids[0]], class: None }).unwrap();
    document.apply(&Edit::Merge(vec![ids[0], labels[1].id, ids[0]])).unwrap();
    let merged = document.labels().unwrap();
    assert_eq!(merged.len(), 1);
    assert_eq!((merged[0].id, merged[0].class.as_deref()), (ids[0], Some("field")));
    assert_eq!(texts(&merged[0]), ["the field", "the strip"]);
    assert!((geo::Area::unsigned_area(&merged[0].shape) - 100.0).abs() < 1e-6);
}

#[test]
fn an_accepted_answer_is_a_label_that_knows_its_query() {
    let (_folder, mut document) = fresh();
    let query =
        NewQuery { phrase: "the ship".into(), scene: Some("a.tif".into()), threshold: Some(0.5), ..Default::default() };
    let answers = vec![
        NewAnswer { shape: square(0.0, 0.0, 5.0), score: Some(0.75) },
        NewAnswer { shape: square(9.0, 0.0, 5.0), score: None },
    ];
    document.apply(&Edit::KeepAnswers { query, answers }).unwrap();
    let query = document.queries().unwrap().remove(0);
    assert_eq!(query.asked.title, "the ship");
    let answers = document.answers(query.id).unwrap();
    assert_eq!((answers.len(), answers[0].score, answers[1].score), (2, Some(0.75), None));
    let ids: Vec<AnswerId> = answers.iter().map(|answer| answer.id).collect();
    document.apply(&Edit::AcceptAnswers { answers: ids, class: Some("ship".into()) }).unwrap();
    let labels = document.labels().unwrap();
    assert_eq!(labels.len(), 2);
    assert_eq!((labels[0].found, labels[0].source), (Some((query.id, Some(0.75))), Source::Query));
    assert_eq!((texts(&labels[0]), labels[0].scene.as_deref()), (vec!["the ship"], Some("a.tif")));
    document.apply(&Edit::RemoveQueries(vec![query.id])).unwrap();
    assert!(document.queries().unwrap().is_empty() && document.answers(query.id).unwrap().is_empty());
    assert_eq!(document.labels().unwrap().len(), 2, "labels stay");
}

#[test]
fn a_new_edit_cuts_off_what_was_undone() {
    let (_folder, mut document) = fresh();
    let ids = add(&mut document, vec![label(square(0.0, 0.0, 1.0), "ship", &[])]);
    document.apply(&Edit::SetClass { labels: ids.clone(), class: Some("boat".into()) }).unwrap();
    assert_eq!(document.undo().unwrap().unwrap().title, "set class “boat”");
    assert_eq!(document.history().unwrap().iter().map(|step| step.is_undone).collect::<Vec<_>>(), [false, true]);
    // An edit that changes nothing is none, and cuts nothing off.
    document.apply(&Edit::SetClass { labels: ids.clone(), class: Some("ship".into()) }).unwrap();
    assert_eq!(document.history().unwrap().len(), 2);
    document.apply(&Edit::SetClass { labels: ids, class: Some("ferry".into()) }).unwrap();
    assert_eq!(document.redo().unwrap(), None);
    let titles: Vec<String> = document.history().unwrap().into_iter().map(|step| step.title).collect();
    assert_eq!(titles, ["add label", "set class “ferry”"]);
    assert!(document.undo().unwrap().is_some() && document.undo().unwrap().is_some());
    assert_eq!(document.undo().unwrap(), None);
    assert!(document.labels().unwrap().is_empty());
}

#[test]
fn an_edit_that_fails_in_its_middle_changes_nothing() {
    let (_folder, mut document) = fresh();
    let ids = add(&mut document, vec![label(square(0.0, 0.0, 1.0), "ship", &["a ship"])]);
    let gone = add(&mut document, vec![label(square(5.0, 0.0, 1.0), "ship", &[])]);
    document.apply(&Edit::RemoveLabels(gone.clone())).unwrap();
    document.undo().unwrap();
    document.redo().unwrap();
    let before = (state(&document), document.history().unwrap());
    let empty = geo::MultiPolygon(vec![]);
    let line = geo::LineString::from(vec![(0.0, 0.0), (1.0, 1.0), (0.0, 0.0)]);
    let flat = geo::MultiPolygon(vec![geo::Polygon::new(line, vec![])]);
    let endless = geo::MultiPolygon(vec![polygon![(x: 0.0, y: 0.0), (x: f64::NAN, y: 0.0), (x: 1.0, y: 1.0)]]);
    let both = vec![ids[0], gone[0]];
    for edit in [
        Edit::AddLabels(vec![label(square(0.0, 0.0, 1.0), "ship", &[]), label(empty, "ship", &[])]),
        Edit::AddLabels(vec![label(square(0.0, 0.0, 1.0), "ship", &["  "])]),
        Edit::AddLabels(vec![label(square(0.0, 0.0, 1.0), "ship", &[&"long ".repeat(999)])]),
        Edit::ChangeShape { label: ids[0], shape: flat },
        Edit::ChangeShape { label: ids[0], shape: endless },
        Edit::ChangeShape { label: gone[0], shape: square(0.0, 0.0, 1.0) },
        Edit::RemoveLabels(both.clone()),
        Edit::SetClass { labels: both.clone(), class: Some("boat".into()) },
        Edit::Merge(both.clone()),
        Edit::Merge(vec![ids[0], ids[0]]),
        Edit::Split { label: ids[0], parts: vec![square(0.0, 0.0, 1.0)] },
        Edit::AddPhrase { of: both.into_iter().map(Of::Label).collect(), text: "the boat".into() },
    ] {
        assert!(document.apply(&edit).is_err(), "{edit:?}");
        assert_eq!((state(&document), document.history().unwrap()), before, "{edit:?}");
    }
}

#[test]
fn a_shape_that_crosses_itself_is_mended_before_it_is_kept() {
    let (_folder, mut document) = fresh();
    let bow = geo::MultiPolygon(vec![polygon![(x: 0.0, y: 0.0), (x: 4.0, y: 4.0), (x: 4.0, y: 0.0), (x: 0.0, y: 4.0)]]);
    add(&mut document, vec![label(bow, "bow tie", &[])]);
    let kept = &document.labels().unwrap()[0].shape;
    assert!(shape::is_valid(kept));
    assert!((geo::Area::unsigned_area(kept) - 8.0).abs() < 1e-6);
}

#[test]
fn undo_refuses_to_lose_what_another_program_wrote() {
    let (folder, mut document) = fresh();
    let ids = add(&mut document, vec![label(square(0.0, 0.0, 1.0), "ship", &[])]);
    document.apply(&Edit::SetClass { labels: ids, class: Some("boat".into()) }).unwrap();
    let other = rusqlite::Connection::open(folder.path().join("a.gpkg")).unwrap();
    other
        .execute_batch("ALTER TABLE labels ADD COLUMN remark TEXT; UPDATE labels SET class = 'yacht', remark = 'mine'")
        .unwrap();
    assert!(document.undo().unwrap_err().why().contains("another program"));
    assert_eq!(document.labels().unwrap()[0].class.as_deref(), Some("yacht"));
    other.execute("UPDATE labels SET class = 'boat'", []).unwrap();
    // Its class is as it was left, but the row has gained a remark that would go with it.
    document.undo().unwrap().unwrap();
    assert!(document.undo().unwrap_err().why().contains("another program"));
    other.execute("UPDATE labels SET remark = NULL", []).unwrap();
    document.undo().unwrap().unwrap();
    assert!(document.labels().unwrap().is_empty());
}

#[test]
fn suggestions_tell_labels_apart_as_the_map_shows_them() {
    let (_folder, mut document) = fresh();
    let ids = add(
        &mut document,
        vec![
            label(square(5e5 + 40.0, 5e6 + 380.0, 30.0), "ship", &[]),
            label(square(5e5 + 400.0, 5e6 + 40.0, 30.0), "ship", &[]),
            label(square(6e5, 5e6, 30.0), "ship", &[]),
        ],
    );
    let labels = document.labels().unwrap();
    let frame = geo::Rect::new((5e5, 5e6), (5e5 + 480.0, 5e6 + 480.0));
    let of = |chosen: &[LabelId]| suggested_phrases(&document, &labels, chosen, frame);
    assert!(of(&ids[..1]).contains(&"the topmost ship".to_owned()), "north is up: {:?}", of(&ids[..1]));
    assert!(of(&ids[1..2]).contains(&"the rightmost ship".to_owned()), "{:?}", of(&ids[1..2]));
    assert!(of(&ids[..2]).iter().any(|phrase| phrase.contains("ships")), "{:?}", of(&ids[..2]));
    assert!(of(&ids[2..]).is_empty(), "it is not in the frame");
    assert!(of(&ids).is_empty() && of(&[]).is_empty());
}

/// An edit of some kind, put together from numbers so that it fits whatever is there.
fn edit_of(document: &Document, [kind, a, b, size]: [u16; 4]) -> Option<Edit> {
    let (labels, areas) = (document.labels().unwrap(), document.areas().unwrap());
    let queries = document.queries().unwrap();
    let place = (5e5 + f64::from(a % 50), 5e6 + f64::from(b % 50));
    let shape = || {
        if size % 3 == 0 {
            with_hole(place.0, place.1, 4.0 + f64::from(size % 9))
        } else {
            square(place.0, place.1, 1.0 + f64::from(size % 9))
        }
    };
    let some: Vec<LabelId> =
        labels.iter().map(|label| label.id).filter(|id| (id.fid() + i64::from(a)) % 2 == 0).collect();
    let one = (!labels.is_empty()).then(|| &labels[usize::from(b) % labels.len().max(1)]);
    let area: Option<AreaId> = (!areas.is_empty()).then(|| areas[usize::from(b) % areas.len().max(1)].id);
    let text = ["a ship", "the large ship", "tank", "größte Halle"][usize::from(size) % 4].to_owned();
    let phrase = labels.iter().flat_map(|label| &label.phrases).nth(usize::from(a) % 5);
    Some(match kind % 18 {
        0..3 => Edit::AddLabels((0..1 + a % 3).map(|_| label(shape(), "ship", &[&text])).collect()),
        3 => Edit::RemoveLabels(some),
        4 => Edit::ChangeShape { label: one?.id, shape: shape() },
        5 => {
            let line = [geo::Coord { x: place.0 + 2.0, y: 0.0 }, geo::Coord { x: place.0 + 2.0, y: 1e7 }];
            let parts = shape::split(&one?.shape, &line);
            (parts.len() > 1).then_some(Edit::Split { label: one?.id, parts })?
        }
        6 => (some.len() > 1).then_some(Edit::Merge(some))?,
        7 => Edit::SetClass { labels: some, class: (size % 2 == 0).then_some(text) },
        8 => {
            Edit::SetSplit { labels: some, split: [None, Some(Split::Train), Some(Split::Test)][usize::from(size) % 3] }
        }
        9 => Edit::AddPhrase { of: some.into_iter().map(Of::Label).chain(area.map(Of::Area)).collect(), text },
        10 => Edit::ChangePhrase { phrase: phrase?.id, text },
        11 => Edit::RemovePhrase(phrase?.id),
        12 => Edit::AddAreas(vec![NewArea { shape: shape(), scene: None, phrases: vec![text] }]),
        13 => Edit::ChangeArea { area: area?, shape: shape() },
        14 => Edit::RemoveAreas(vec![area?]),
        15 => {
            let answers =
                (0..a % 4).map(|_| NewAnswer { shape: shape(), score: Some(f64::from(size) / 7.0) }).collect();
            Edit::KeepAnswers { query: NewQuery { phrase: text, ..Default::default() }, answers }
        }
        16 => {
            let query = queries.first()?.id;
            if size % 2 == 0 { Edit::RenameQuery { query, title: text } } else { Edit::RemoveQueries(vec![query]) }
        }
        _ => {
            let answers = document.answers(queries.last()?.id).unwrap().iter().map(|answer| answer.id).collect();
            Edit::AcceptAnswers { answers, class: Some("ship".into()) }
        }
    })
}

fn numbers() -> impl Strategy<Value = Vec<[u16; 4]>> {
    prop::collection::vec(prop::array::uniform4(any::<u16>()), 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn as_many_undos_as_edits_give_the_first_state_and_as_many_redos_the_last(before in numbers(), edits in numbers(), reopen in any::<bool>()) {
        let (folder, mut document) = fresh();
        for numbers in before {
            if let Some(edit) = edit_of(&document, numbers) {
                document.apply(&edit).unwrap();
            }
        }
        let mut states = vec![state(&document)];
        let mut done: Vec<Changed> = Vec::new();
        for numbers in edits {
            if let Some(edit) = edit_of(&document, numbers) {
                let changed = document.apply(&edit).unwrap();
                let is_step = changed != Changed { title: changed.title.clone(), ..Changed::default() };
                prop_assert_eq!(is_step, state(&document) != *states.last().unwrap());
                if is_step {
                    done.push(changed);
                    states.push(state(&document));
                }
            }
        }
        let reopened = |document: Document| {
            if !reopen {
                return document;
            }
            let (state_before, history) = (state(&document), document.history().unwrap());
            let path = document.path().to_owned();
            drop(document);
            let document = Document::open(&path).unwrap();
            assert_eq!((state(&document), document.history().unwrap()), (state_before, history), "reopening changes nothing");
            document
        };
        document = reopened(document);
        for step in (0..done.len()).rev() {
            let undone = document.undo().unwrap().unwrap();
            prop_assert_eq!(&undone.title, &done[step].title);
            prop_assert_eq!(undone.made.len() , done[step].gone.len());
            prop_assert_eq!(&state(&document), &states[step]);
        }
        document = reopened(document);
        for step in 0..done.len() {
            let redone = document.redo().unwrap().unwrap();
            prop_assert_eq!(&redone, &done[step]);
            prop_assert_eq!(&state(&document), &states[step + 1]);
        }
        prop_assert_eq!(document.redo().unwrap(), None);
        drop(document);
        drop(folder);
    }
}
