//! How what is wanted of a document becomes its edits: shapes of the map are brought into its coordinates, and what speaks of
//! labels as they are (painting, cutting, corners) is worked out from the labels as they are at that moment.

use geo::{Area as _, BooleanOps, BoundingRect, Coord, Intersects, MultiPolygon, Polygon};

use super::ProjectEdit;
use super::placing::Way;
use crate::error::{Error, Result};
use crate::project::{
    AnswerId, AreaId, Changed, Document, Edit, Label, LabelId, NewAnswer, NewLabel, NewQuery, Object, Of, shape,
};

/// Two outlines that share so much of what they cover together are one object.
const SAME: f64 = 0.95;

/// Makes an edit of the map in a document. Returns what each step of the document did, and what to know of it.
///
/// # Errors
/// Where it cannot be done; nothing is changed then.
pub(super) fn make(
    document: &mut Document,
    edit: &ProjectEdit,
    way: &Way,
    scene: Option<&str>,
) -> Result<(Vec<Changed>, Vec<String>)> {
    let mut notes = Vec::new();
    let mut steps = Vec::new();
    let outcome = edits(document, edit, way, scene, &mut notes).and_then(|edits| {
        for edit in &edits {
            steps.push(document.apply(edit)?);
        }
        if let ProjectEdit::Accept { class, .. } = edit
            && !edits.is_empty()
        {
            let found = |object: &Object| if let Object::Answer(id) = object { Some(*id) } else { None };
            let answers: Vec<AnswerId> = steps.iter().flat_map(|step| &step.made).filter_map(found).collect();
            if !answers.is_empty() {
                steps.push(document.apply(&Edit::AcceptAnswers { answers, class: class.clone() })?);
            }
        }
        Ok(())
    });
    steps.retain(has_changed);
    match outcome {
        Ok(()) => Ok((steps, notes)),
        Err(error) => {
            // All of it or nothing: what was done of it is taken back.
            for _ in &steps {
                document.undo()?;
            }
            Err(error)
        }
    }
}

/// Whether an edit left a step that can be taken back.
pub(super) fn has_changed(changed: &Changed) -> bool {
    !(changed.made.is_empty() && changed.altered.is_empty() && changed.gone.is_empty())
}

fn edits(
    document: &Document,
    edit: &ProjectEdit,
    way: &Way,
    scene: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<Vec<Edit>> {
    match edit {
        ProjectEdit::Edit(edit) => Ok(vec![placed(edit, way, scene, notes)?]),
        ProjectEdit::Paint { labels, stroke, erases } => {
            let stroke = shape::mended(&way.to_document(stroke)?);
            match (erases, labels.as_slice()) {
                (false, []) => {
                    let label = NewLabel { scene: scene.map(str::to_owned), ..NewLabel::drawn(stroke) };
                    Ok(vec![Edit::AddLabels(vec![label])])
                }
                (false, labels) => painted(&chosen(document, labels)?, &stroke),
                (true, labels) => Ok(erased(&chosen(document, labels)?, &stroke, notes)),
            }
        }
        ProjectEdit::Cut { labels, line } => {
            let line = way.line_to_document(line)?;
            let cut = |label: Label| Some(Edit::Split { label: label.id, parts: parts(&label.shape, &line)? });
            let edits: Vec<Edit> = chosen(document, labels)?.into_iter().filter_map(cut).collect();
            let whole = "the line does not cut right through a label";
            let remedy = "begin and end the line outside of the label";
            if edits.is_empty() { Err(Error::usage("cannot split", whole, remedy)) } else { Ok(edits) }
        }
        ProjectEdit::Remove(items) => {
            let label = |of: &Of| if let Of::Label(id) = of { Some(*id) } else { None };
            let area = |of: &Of| if let Of::Area(id) = of { Some(*id) } else { None };
            let labels: Vec<LabelId> = items.iter().filter_map(label).collect();
            let areas: Vec<AreaId> = items.iter().filter_map(area).collect();
            let labels = (!labels.is_empty()).then_some(Edit::RemoveLabels(labels));
            Ok(labels.into_iter().chain((!areas.is_empty()).then_some(Edit::RemoveAreas(areas))).collect())
        }
        ProjectEdit::FillHoles(labels) => {
            let filled = |label: Label| {
                let has_holes = label.shape.iter().any(|polygon| !polygon.interiors().is_empty());
                has_holes.then(|| Edit::ChangeShape { label: label.id, shape: shape::holes_filled(&label.shape) })
            };
            let edits: Vec<Edit> = chosen(document, labels)?.into_iter().filter_map(filled).collect();
            let remedy = "select a label with a hole";
            if edits.is_empty() { Err(Error::usage("cannot fill holes", "there are none", remedy)) } else { Ok(edits) }
        }
        ProjectEdit::Corners { of, part, polygon } => {
            corners(document, *of, *part, polygon, way, notes).map(|edit| vec![edit])
        }
        ProjectEdit::Say { of, text, class } => {
            let mut edits = vec![Edit::AddPhrase { of: of.clone(), text: text.clone() }];
            let named: Vec<LabelId> =
                document.labels()?.iter().filter(|label| label.class.is_none()).map(|label| label.id).collect();
            let labels: Vec<LabelId> = named.into_iter().filter(|id| of.contains(&Of::Label(*id))).collect();
            if let (Some(class), false) = (class, labels.is_empty()) {
                edits.push(Edit::SetClass { labels, class: Some(class.clone()) });
            }
            Ok(edits)
        }
        ProjectEdit::Unsay { of, text } => {
            let (labels, areas) = (document.labels()?, document.areas()?);
            let of_labels = labels.iter().map(|label| (Of::Label(label.id), &label.phrases));
            let all = of_labels.chain(areas.iter().map(|area| (Of::Area(area.id), &area.phrases)));
            let meant = all.filter(|(owner, _)| of.contains(owner)).flat_map(|(_, phrases)| phrases);
            Ok(meant.filter(|phrase| phrase.text == *text).map(|phrase| Edit::RemovePhrase(phrase.id)).collect())
        }
        ProjectEdit::Accept { query, answers, .. } => accepted(document, query, answers, way, notes),
    }
}

/// An edit of the document whose shapes were on the map.
fn placed(edit: &Edit, way: &Way, scene: Option<&str>, notes: &mut Vec<String>) -> Result<Edit> {
    let mut edit = edit.clone();
    let own = || scene.map(str::to_owned);
    match &mut edit {
        Edit::AddLabels(labels) => {
            for label in labels {
                label.shape = mended(&way.to_document(&label.shape)?, notes);
                label.scene = label.scene.take().or_else(own);
            }
        }
        Edit::AddAreas(areas) => {
            for area in areas {
                area.shape = mended(&way.to_document(&area.shape)?, notes);
                area.scene = area.scene.take().or_else(own);
            }
        }
        Edit::ChangeShape { shape, .. } | Edit::ChangeArea { shape, .. } => {
            *shape = mended(&way.to_document(shape)?, notes);
        }
        _ => {}
    }
    Ok(edit)
}

/// A valid shape; says so where it had to be mended.
fn mended(drawn: &MultiPolygon<f64>, notes: &mut Vec<String>) -> MultiPolygon<f64> {
    let mended = shape::mended(drawn);
    if !shape::is_valid(drawn) && !mended.0.is_empty() {
        let parts = match mended.0.len() {
            1 => "one polygon".to_owned(),
            parts => format!("{parts} polygons of one label"),
        };
        notes.push(format!("the outline crossed itself and became {parts}: look whether that was meant"));
    }
    mended
}

/// The labels with these numbers, or all where none is named.
fn chosen(document: &Document, labels: &[LabelId]) -> Result<Vec<Label>> {
    let mut all = document.labels()?;
    all.retain(|label| labels.is_empty() || labels.contains(&label.id));
    Ok(all)
}

/// The label that a brush meant: the one it touches, else the first.
fn painted(labels: &[Label], stroke: &MultiPolygon<f64>) -> Result<Vec<Edit>> {
    let touched = labels.iter().find(|label| near(&label.shape, stroke) && label.shape.intersects(stroke));
    let Some(label) = touched.or(labels.first()) else {
        return Err(Error::usage("cannot paint", "the label is not there any more", "select a label"));
    };
    Ok(vec![Edit::ChangeShape { label: label.id, shape: shape::joined([&label.shape, stroke]) }])
}

fn erased(labels: &[Label], eraser: &MultiPolygon<f64>, notes: &mut Vec<String>) -> Vec<Edit> {
    let (mut edits, mut gone) = (Vec::new(), Vec::new());
    for label in labels.iter().filter(|label| near(&label.shape, eraser) && label.shape.intersects(eraser)) {
        let left = shape::erased(&label.shape, eraser);
        if left.0.is_empty() {
            gone.push(label.id);
        } else {
            edits.push(Edit::ChangeShape { label: label.id, shape: left });
        }
    }
    if !gone.is_empty() {
        let labels = if gone.len() == 1 { "a label was".to_owned() } else { format!("{} labels were", gone.len()) };
        notes.push(format!("{labels} erased altogether and removed"));
        edits.push(Edit::RemoveLabels(gone));
    }
    edits
}

/// The parts of a shape, where the line cuts it.
fn parts(shape: &MultiPolygon<f64>, line: &[Coord<f64>]) -> Option<Vec<MultiPolygon<f64>>> {
    let parts = shape::split(shape, line);
    (parts.len() > 1).then_some(parts)
}

fn corners(
    document: &Document,
    of: Of,
    part: usize,
    polygon: &Polygon<f64>,
    way: &Way,
    notes: &mut Vec<String>,
) -> Result<Edit> {
    let shape = match of {
        Of::Label(id) => document.labels()?.into_iter().find(|label| label.id == id).map(|label| label.shape),
        Of::Area(id) => document.areas()?.into_iter().find(|area| area.id == id).map(|area| area.shape),
    };
    let refuse = |why: &str| Error::usage("cannot move the corner", why, "look at the map again");
    let mut shape = shape.ok_or_else(|| refuse("what it belongs to is not there any more"))?;
    let place = shape.0.get_mut(part).ok_or_else(|| refuse("the outline has changed meanwhile"))?;
    let moved = way.to_document(&polygon.clone().into())?;
    *place = moved.0.into_iter().next().ok_or_else(|| refuse("nothing is left of the outline"))?;
    let shape = mended(&shape, notes);
    Ok(match of {
        Of::Label(label) => Edit::ChangeShape { label, shape },
        Of::Area(area) => Edit::ChangeArea { area, shape },
    })
}

/// What keeps the answers to a query. Those that are labels already get the phrase too and are not kept again.
fn accepted(
    document: &Document,
    query: &NewQuery,
    answers: &[NewAnswer],
    way: &Way,
    notes: &mut Vec<String>,
) -> Result<Vec<Edit>> {
    let labels = document.labels()?;
    let (mut fresh, mut known) = (Vec::new(), Vec::new());
    for answer in answers {
        let shape = shape::mended(&way.to_document(&answer.shape)?);
        match labels.iter().find(|label| is_same(&label.shape, &shape)) {
            Some(label) => known.push(Of::Label(label.id)),
            None => fresh.push(NewAnswer { shape, score: answer.score }),
        }
    }
    let mut edits = Vec::new();
    if !fresh.is_empty() {
        edits.push(Edit::KeepAnswers { query: query.clone(), answers: fresh });
    }
    if !known.is_empty() {
        let (are, them) =
            if known.len() == 1 { ("1 object is a label", "it") } else { ("some objects are labels", "them") };
        notes.push(format!("{are} already: the phrase was added to {them}"));
        edits.push(Edit::AddPhrase { of: known, text: query.phrase.clone() });
    }
    Ok(edits)
}

fn near(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> bool {
    matches!((a.bounding_rect(), b.bounding_rect()), (Some(a), Some(b)) if a.intersects(&b))
}

fn is_same(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> bool {
    let common = || a.intersection(b).unsigned_area();
    near(a, b) && {
        let common = common();
        common > SAME * (a.unsigned_area() + b.unsigned_area() - common)
    }
}
