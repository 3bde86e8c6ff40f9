//! A description, decided: what every word says of every candidate, and which are meant.

use crate::query::relate::choose::{Choice, ENOUGH, Judgement, Wanted, choose};
use crate::query::relate::landmarks::Subject;
use crate::query::relate::outline::Gap;
use crate::query::relate::selection::Outcome;
use crate::text::{Description, Number, Relation};

/// A description, decided.
pub struct Resolved<'a> {
    /// The number of its question.
    pub question: usize,
    /// Its candidates.
    pub subjects: Vec<Subject<'a>>,
    /// One column for each word that was decided.
    pub columns: Vec<Column>,
    /// How far each candidate is meant.
    pub judged: Vec<Judgement>,
    /// Which are.
    pub choice: Choice,
    /// Words left to the network.
    pub undecidable: Vec<String>,
    /// What the user should know, in sentences.
    pub notices: Vec<String>,
}

/// What one word says of every candidate.
pub struct Column {
    /// The word or constraint.
    pub words: String,
    /// One mark for each candidate.
    pub marks: Vec<Mark>,
    /// Whether it is an attribute of the noun, of which the network was asked too.
    pub is_attribute: bool,
}

/// What one word says of one candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// In [0, 1].
    pub degree: f64,
    /// The landmark that decided: its question, its place there and the gap to it.
    pub witness: Option<(usize, usize, Gap)>,
    /// Rank, from 1.
    pub rank: Option<u32>,
}

impl Mark {
    /// A degree without landmark or rank.
    pub(super) fn of(degree: f64) -> Self {
        Self { degree, witness: None, rank: None }
    }
}

impl Resolved<'_> {
    /// Adds what a word says of every candidate.
    pub(super) fn column(&mut self, words: String, marks: Vec<Mark>) {
        self.columns.push(Column { words, marks, is_attribute: false });
    }

    /// Adds what an attribute says of every candidate.
    pub(super) fn attribute(&mut self, words: String, marks: Vec<Mark>) {
        self.columns.push(Column { words, marks, is_attribute: true });
    }

    /// Chooses and says how clear the choice is.
    pub(super) fn choose(&mut self, description: &Description, close_calls: Vec<usize>) {
        let mut stable: Vec<usize> = (0..self.subjects.len()).collect();
        stable.sort_by(|&a, &b| {
            let (a, b) = (self.subjects[a].outline().centroid(), self.subjects[b].outline().centroid());
            a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x))
        });
        self.choice = choose(&self.judged, &stable, Wanted::by(description), description.noun.determiner);
        if self.choice.outcome == Outcome::Found {
            let also: Vec<usize> =
                close_calls.into_iter().filter(|index| !self.choice.chosen.contains(index)).collect();
            if !also.is_empty() {
                self.choice.outcome = Outcome::Ambiguous { also };
            }
        }
        let holds_of_some = |column: &Column| column.marks.iter().any(|mark| mark.degree >= ENOUGH);
        if self.choice.chosen.is_empty() && self.columns.len() > 1 && self.columns.iter().all(holds_of_some) {
            let words: Vec<&str> =
                self.columns.iter().map(|column| column.words.as_str()).filter(|words| !words.is_empty()).collect();
            self.notices.push(format!("each of these holds of some, all of none: {}", words.join("; ")));
        }
        let weak = self.choice.chosen.iter().filter(|&&index| self.judged[index].weakest < ENOUGH).count();
        if weak > 0 {
            let (what, all) = (noun_words(description), self.choice.chosen.len());
            self.notices.push(match all {
                1 => format!("the chosen {what} does not fit every word by half, but no other fits better"),
                _ => format!("{weak} of the {all} chosen do not fit every word by half, but no others fit better"),
            });
        }
    }

    /// Which candidates may be meant where this description is a landmark: those it selects and those as good.
    ///
    /// A bare "the road" may be any of the roads: a road found in pieces is several instances.
    pub(super) fn meant_as_landmark(&self, description: &Description) -> Vec<usize> {
        let single = matches!(description.noun.number, Number::One | Number::Unstated);
        if single && self.columns.is_empty() && description.noun.grouping.is_none() {
            return (0..self.subjects.len()).filter(|&index| self.judged[index].membership > 0.0).collect();
        }
        let also = match &self.choice.outcome {
            Outcome::Ambiguous { also } => also.as_slice(),
            _ => &[],
        };
        let meant = self.choice.chosen.iter().chain(also).copied();
        meant.filter(|&index| self.judged[index].membership > 0.0).collect()
    }

    /// What to say is missing when this landmark is: itself, or the landmark it hangs on.
    pub(super) fn missing(&self, description: &Description) -> String {
        match &self.choice.outcome {
            Outcome::NoLandmark { what } => what.clone(),
            Outcome::NoTarget { .. } => noun_words(description),
            _ => description.render().trim_start_matches("the ").into(),
        }
    }
}

/// The product and the weakest of the columns for each candidate.
pub(super) fn judge(columns: &[Column], scores: &[f64]) -> Vec<Judgement> {
    let judgement = |(index, score): (usize, &f64)| {
        let degrees = || columns.iter().map(|column| column.marks[index].degree);
        let of_place = columns.iter().filter(|column| !column.is_attribute).map(|column| column.marks[index].degree);
        Judgement {
            membership: score * degrees().product::<f64>(),
            weakest: degrees().fold(1.0, f64::min),
            weakest_of_place: of_place.fold(1.0, f64::min),
        }
    };
    scores.iter().enumerate().map(judgement).collect()
}
/// The noun with its attributes: "red roof".
pub(super) fn noun_words(description: &Description) -> String {
    let noun = &description.noun;
    let attributes =
        noun.attributes.iter().filter(|attribute| !attribute.negated).map(|attribute| attribute.value.as_str());
    attributes.chain([noun.kind.as_deref().unwrap_or(&noun.class)]).collect::<Vec<_>>().join(" ")
}

/// "near the harbor".
pub(super) fn relation_words(relation: &Relation) -> String {
    let landmarks: Vec<String> = relation.landmarks.iter().map(Description::render_landmark).collect();
    format!("{} {}", relation.head_words(), landmarks.join(&format!(" {} ", relation.kind.joint())))
}
