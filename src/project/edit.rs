//! What can be done to a document: every edit, and how it changes the rows.

use geo::MultiPolygon;

use super::document::Document;
use super::editor::Editor;
use super::history::Changed;
use super::ids::{AnswerId, AreaId, LabelId, PhraseId, QueryId};
use super::row::{NewAnswer, NewArea, NewLabel, NewQuery};
use crate::error::Result;
use crate::train::dataset::Split;

/// What a phrase is said of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// A label: it is called so.
    Label(LabelId),
    /// An area: nothing there is called so.
    Area(AreaId),
}

/// One edit: it happens as a whole or not at all, and can be undone.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// New labels, in one step: drawn, imported, or found by a query and accepted.
    AddLabels(Vec<NewLabel>),
    /// Labels go, with their phrases.
    RemoveLabels(Vec<LabelId>),
    /// A label gets another outline: brushed, erased, a vertex moved, a hole.
    ChangeShape {
        /// The label.
        label: LabelId,
        /// Its new outline.
        shape: MultiPolygon<f64>,
    },
    /// A label becomes several, all with its class, split, scene and phrases. The first part stays the label.
    Split {
        /// The label.
        label: LabelId,
        /// Its parts, at least two: see [`split`](super::shape::split).
        parts: Vec<MultiPolygon<f64>>,
    },
    /// Labels become one: the first gets the joined outline and the phrases of all.
    Merge(Vec<LabelId>),
    /// Labels get another class.
    SetClass {
        /// The labels.
        labels: Vec<LabelId>,
        /// What they are.
        class: Option<String>,
    },
    /// Labels are for something else.
    SetSplit {
        /// The labels.
        labels: Vec<LabelId>,
        /// What they are for; `None`: decided when triplets are written.
        split: Option<Split>,
    },
    /// A phrase for each of these. A phrase that one has already is not said twice.
    AddPhrase {
        /// Labels, of which it holds, or areas, in which it does not.
        of: Vec<Of>,
        /// The words.
        text: String,
    },
    /// A phrase gets other words.
    ChangePhrase {
        /// The phrase.
        phrase: PhraseId,
        /// The words.
        text: String,
    },
    /// A phrase goes.
    RemovePhrase(PhraseId),
    /// New areas in which something is not.
    AddAreas(Vec<NewArea>),
    /// An area gets another outline.
    ChangeArea {
        /// The area.
        area: AreaId,
        /// Its new outline.
        shape: MultiPolygon<f64>,
    },
    /// Areas go, with their phrases.
    RemoveAreas(Vec<AreaId>),
    /// A query and what it found are kept.
    KeepAnswers {
        /// What was asked.
        query: NewQuery,
        /// What was found.
        answers: Vec<NewAnswer>,
    },
    /// A query gets another title.
    RenameQuery {
        /// The query.
        query: QueryId,
        /// Its title.
        title: String,
    },
    /// Queries go, with what they found.
    RemoveQueries(Vec<QueryId>),
    /// Objects that queries found become labels that are called as was asked.
    AcceptAnswers {
        /// The objects; they stay in their query too.
        answers: Vec<AnswerId>,
        /// What they are.
        class: Option<String>,
    },
}

impl Edit {
    /// What it does, as a menu says it after "Undo".
    pub fn title(&self) -> String {
        let many = |doing: &str, one: &str, count: usize| match count {
            1 => format!("{doing} {one}"),
            _ => format!("{doing} {count} {one}s"),
        };
        match self {
            Self::AddLabels(labels) => many("add", "label", labels.len()),
            Self::RemoveLabels(labels) => many("remove", "label", labels.len()),
            Self::ChangeShape { .. } => "change shape".into(),
            Self::Split { parts, .. } => format!("split label into {}", parts.len()),
            Self::Merge(labels) => many("merge", "label", labels.len()),
            Self::SetClass { class: Some(class), .. } => format!("set class “{class}”"),
            Self::SetClass { class: None, .. } => "clear class".into(),
            Self::SetSplit { split: Some(split), .. } => format!("use for {split}"),
            Self::SetSplit { split: None, .. } => "leave split open".into(),
            Self::AddPhrase { text, .. } => format!("add phrase “{}”", text.trim()),
            Self::ChangePhrase { text, .. } => format!("change phrase to “{}”", text.trim()),
            Self::RemovePhrase(_) => "remove phrase".into(),
            Self::AddAreas(areas) => many("add", "area", areas.len()),
            Self::ChangeArea { .. } => "change area".into(),
            Self::RemoveAreas(areas) => many("remove", "area", areas.len()),
            Self::KeepAnswers { query, .. } => format!("keep answers to “{}”", query.phrase),
            Self::RenameQuery { title, .. } => format!("rename query to “{title}”"),
            Self::RemoveQueries(_) => "remove query".into(),
            Self::AcceptAnswers { answers, .. } => many("accept", "answer", answers.len()),
        }
    }
}

impl Document {
    /// Makes an edit: it is on the disk when this returns. Shapes that are not valid are mended first.
    ///
    /// # Errors
    /// A shape without area, a phrase without words, something that is not there any more, a disk that fails. Nothing is
    /// changed then.
    pub fn apply(&mut self, edit: &Edit) -> Result<Changed> {
        let srs_id = self.srs_id();
        self.edit(edit.title(), |log| Editor::new(log, srs_id).apply(edit))
    }
}
