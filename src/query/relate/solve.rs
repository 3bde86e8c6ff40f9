//! Resolves a description: grades every candidate by every word, its landmarks first, and chooses.

use crate::query::relate::attribute::{Usual, has_attribute, has_measure, needs_forms};
use crate::query::relate::choose::{Choice, Judgement, LEAST, is_mass};
use crate::query::relate::group::arrange;
use crate::query::relate::landmarks::{Landmark, Landmarks, Subject};
use crate::query::relate::measured::Measured;
use crate::query::relate::neighbours::Neighbours;
use crate::query::relate::position::{at_position, position_words};
use crate::query::relate::relation::{grade, is_decidable, remark};
use crate::query::relate::resolved::{Mark, Resolved, judge, noun_words, relation_words};
use crate::query::relate::selection::Outcome;
use crate::query::relate::stage::Stage;
use crate::text::{
    Attribute, AttributeKind, Description, Determiner, Grouping, Measure, Number, Relation, RelationKind,
};

/// Decides descriptions over measured candidates.
pub struct Solver<'a> {
    pub(super) measured: &'a Measured<'a>,
    pub(super) stage: &'a Stage<'a>,
}

impl<'a> Solver<'a> {
    /// A solver for one phrase.
    pub fn new(measured: &'a Measured<'a>, stage: &'a Stage<'a>) -> Self {
        Self { measured, stage }
    }

    /// Decides a description. Everything in it, landmarks and exceptions too, must have been measured.
    pub fn resolve(&self, description: &'a Description) -> Resolved<'a> {
        self.resolve_among(description, None)
    }

    /// Decides a description among candidates that count only as far as `scope` says: in "the tanks on the left except the
    /// largest one" the largest is that of those on the left.
    fn resolve_among(&self, description: &'a Description, scope: Option<&[f64]>) -> Resolved<'a> {
        let noun = &description.noun;
        let question = self.measured.question(&noun.network_phrase());
        let subjects = question.map(|question| self.measured.subjects(question, &noun.class)).unwrap_or_default();
        let question = question.unwrap_or_default();
        let nothing = Choice { chosen: Vec::new(), outcome: Outcome::NoTarget { what: noun_words(description) } };
        let mut resolved = Resolved {
            question,
            columns: Vec::new(),
            judged: Vec::new(),
            choice: nothing,
            undecidable: Vec::new(),
            notices: Vec::new(),
            subjects,
        };
        if resolved.subjects.is_empty() {
            return resolved;
        }
        if noun.determiner == Some(Determiner::Other) {
            let what = noun_words(description);
            resolved.notices.push(format!("\"the other {what}\" was read as any {what}: none was spoken of before"));
        }
        if let Some(scope) = scope {
            resolved.column(String::new(), scope.iter().map(|&degree| Mark::of(degree)).collect());
        }
        self.attributes(description, &mut resolved);
        for position in &description.positions {
            let marks =
                resolved.subjects.iter().map(|subject| Mark::of(at_position(position, subject.outline(), self.stage)));
            let marks = marks.collect();
            resolved.column(position_words(position), marks);
        }
        for measure in &description.measures {
            self.measure(*measure, &mut resolved);
        }
        let mut ranked = Vec::new();
        for relation in &description.relations {
            let Some(landmarks) = self.landmarks(relation, &mut resolved) else { return resolved };
            if relation.rank.is_some() {
                ranked.push((relation, landmarks));
            } else {
                self.relation(relation, &landmarks, &mut resolved);
            }
        }
        let scores = self.measured.scores(question);
        for exception in &description.except {
            self.exception(exception, &scores, &mut resolved);
        }
        let close = self.orders(description, &ranked, &scores, &mut resolved);
        self.grouping(description, &scores, &mut resolved);
        resolved.judged = judge(&resolved.columns, &scores);
        if let Some(outcome) = close.no_such_rank {
            resolved.choice = Choice { chosen: Vec::new(), outcome };
            return resolved;
        }
        resolved.choose(description, close.calls);
        resolved
    }

    /// Colours, sizes, shapes; what cannot be measured is left to the network.
    fn attributes(&self, description: &Description, resolved: &mut Resolved) {
        let attributes = &description.noun.attributes;
        if attributes.is_empty() {
            return;
        }
        let things: Vec<_> = resolved.subjects.iter().map(|subject| subject.thing).collect();
        let usual = Usual::of(&things, attributes.iter().any(needs_forms));
        let is_color = |attribute: &&Attribute| attribute.kind == AttributeKind::Color && !attribute.negated;
        let colors = attributes.iter().filter(is_color).count();
        for attribute in attributes {
            let words = if attribute.negated { format!("not {}", attribute.value) } else { attribute.value.clone() };
            let degrees: Vec<_> = things.iter().map(|thing| has_attribute(attribute, *thing, &usual, colors)).collect();
            if degrees.iter().all(Option::is_none) {
                resolved.undecidable.push(words);
            } else {
                // Of those that could not be measured the word holds as much as not.
                resolved.attribute(words, degrees.into_iter().map(|degree| Mark::of(degree.unwrap_or(0.5))).collect());
            }
        }
    }

    /// "larger than 500 m²" as a column, unless there are no metres.
    fn measure(&self, measure: Measure, resolved: &mut Resolved) {
        let words = measure.words();
        if !self.stage.has_metres() {
            resolved.notices.push(format!("\"{words}\" needs a georeferenced scene and was left out"));
            resolved.undecidable.push(words);
            return;
        }
        let marks = resolved.subjects.iter().map(|subject| Mark::of(has_measure(measure, subject.thing))).collect();
        resolved.column(words, marks);
    }

    /// The landmarks of a relation; `None`, and the outcome set, if the phrase cannot hold without them.
    fn landmarks(&self, relation: &'a Relation, resolved: &mut Resolved<'a>) -> Option<Landmarks<'a>> {
        let sides = relation.landmarks.len();
        let mut all = Vec::new();
        let mut missing = None;
        for (side, description) in relation.landmarks.iter().enumerate() {
            let found = self.resolve(description);
            resolved.notices.extend(found.notices.iter().cloned());
            resolved.undecidable.extend(found.undecidable.iter().cloned());
            let meant = found.meant_as_landmark(description);
            if meant.is_empty() {
                missing = Some(found.missing(description));
                continue;
            }
            let others_fit = match &found.choice.outcome {
                Outcome::Ambiguous { also } => also.len(),
                _ => 0,
            };
            let what = description.render();
            if meant.len() > 1 && is_definite(description) {
                let notice = format!(
                    "{} instances may be meant by \"{what}\"; the evidence says which one was used",
                    meant.len()
                );
                resolved.notices.push(notice);
            } else if others_fit > 0 {
                resolved
                    .notices
                    .push(format!("\"{what}\" is a close call: {others_fit} more are as good or hardly less"));
            }
            let best = meant.iter().map(|&index| found.judged[index].membership).fold(0.0, f64::max);
            all.extend(meant.iter().map(|&index| {
                let weight = if best > 0.0 { found.judged[index].membership / best } else { 1.0 };
                Landmark { subject: found.subjects[index], weight, side }
            }));
        }
        let needs_all = relation.kind == RelationKind::Between;
        match missing {
            Some(what) if !relation.negated && (all.is_empty() || needs_all) => {
                resolved.judged = vec![Judgement::NONE; resolved.subjects.len()];
                resolved.choice = Choice { chosen: Vec::new(), outcome: Outcome::NoLandmark { what } };
                return None;
            }
            Some(what) => resolved.notices.push(format!("no {what} found")),
            None => {}
        }
        Some(Landmarks::new(all, sides))
    }

    /// A relation as a column, unless geometry cannot decide it here.
    fn relation(&self, relation: &Relation, landmarks: &Landmarks, resolved: &mut Resolved) {
        let words = relation_words(relation);
        resolved.notices.extend(remark(relation, self.stage));
        if !is_decidable(relation, &resolved.subjects, self.stage) {
            resolved.undecidable.push(words);
            return;
        }
        let others = Neighbours::new(resolved.subjects.iter().map(Subject::outline));
        let mark = |subject: &Subject| {
            let Some(grade) = grade(relation, subject, landmarks, &others, self.stage) else {
                // A landmark stands in no relation to itself; but where nothing is, everything is "not near" it.
                return Mark::of(if relation.negated && landmarks.is_empty() { 1.0 } else { 0.0 });
            };
            let degree = if relation.negated { 1.0 - grade.degree } else { grade.degree };
            Mark { degree, witness: grade.witness.map(|witness| landmarks.witness(&witness)), rank: None }
        };
        let marks = resolved.subjects.iter().map(mark).collect();
        resolved.column(words, marks);
    }

    /// "except the largest one", among those that the words so far mean.
    fn exception(&self, exception: &'a Description, scores: &[f64], resolved: &mut Resolved<'a>) {
        let so_far: Vec<f64> = judge(&resolved.columns, scores).iter().map(|judgement| judgement.weakest).collect();
        let same_question = self.measured.question(&exception.noun.network_phrase()) == Some(resolved.question);
        let except = self.resolve_among(exception, same_question.then_some(&so_far));
        resolved.notices.extend(except.notices.iter().cloned());
        resolved.undecidable.extend(except.undecidable.iter().cloned());
        if except.choice.chosen.is_empty() {
            resolved.notices.push(format!("there is no {} to leave out", noun_words(exception)));
            return;
        }
        let mut marks = vec![Mark::of(1.0); resolved.subjects.len()];
        let taken: Vec<&Subject> = except.choice.chosen.iter().map(|&index| &except.subjects[index]).collect();
        if same_question {
            taken.iter().for_each(|subject| marks[subject.index].degree = 0.0);
        } else {
            let near = Neighbours::new(resolved.subjects.iter().map(Subject::outline));
            for subject in taken {
                let bounds = subject.outline().bounds();
                let same = near
                    .around(bounds.min(), bounds.max())
                    .filter(|&place| resolved.subjects[place].outline().is_same_as(subject.outline()));
                same.for_each(|place| marks[place].degree = 0.0);
            }
        }
        resolved.column(format!("except {}", exception.render()), marks);
    }

    /// "a pair of", "in a row".
    fn grouping(&self, description: &Description, scores: &[f64], resolved: &mut Resolved) {
        let Some(grouping) = description.noun.grouping else { return };
        let asked = match description.noun.number {
            Number::Exactly(count) => Some(count),
            _ => None,
        };
        let judged = judge(&resolved.columns, scores);
        let meant = |judgement: &Judgement| if judgement.weakest >= LEAST { judgement.membership } else { 0.0 };
        let outlines: Vec<_> = resolved.subjects.iter().map(Subject::outline).collect();
        let memberships: Vec<f64> = judged.iter().map(meant).collect();
        let arrangement = arrange(grouping, &outlines, &memberships, asked, self.stage);
        let mut marks = vec![Mark::of(0.0); outlines.len()];
        for (index, degree) in arrangement.into_iter().flat_map(|arrangement| arrangement.members) {
            marks[index].degree = degree;
        }
        let words = match grouping {
            Grouping::Pair => "in a pair",
            Grouping::Group => "in a group",
            Grouping::Row => "in a row",
        };
        resolved.column(words.into(), marks);
    }
}

/// Whether a description speaks of one thing that is there: "the bridge".
fn is_definite(description: &Description) -> bool {
    let noun = &description.noun;
    noun.number == Number::One && !is_mass(noun) && matches!(noun.determiner, Some(Determiner::The | Determiner::This))
}
