//! Resolves a description: grades every candidate by every word, its landmarks first, and chooses.

use crate::query::relate::attribute::{Usual, has_attribute, needs_forms};
use crate::query::relate::choose::{Choice, ENOUGH, Judgement, LEAST, Wanted, choose, last_rank, nearest_count};
use crate::query::relate::grade::belief;
use crate::query::relate::group::arrange;
use crate::query::relate::landmarks::{Grade, Landmark, Landmarks, Subject};
use crate::query::relate::measured::Measured;
use crate::query::relate::neighbours::Neighbours;
use crate::query::relate::order::{Ranking, Scale, order_words, scale, value};
use crate::query::relate::outline::{Gap, length};
use crate::query::relate::position::{at_position, position_words};
use crate::query::relate::relation::{grade, is_decidable, rank_value, remark};
use crate::query::relate::selection::Outcome;
use crate::query::relate::stage::Stage;
use crate::text::{AttributeKind, Description, Determiner, Grouping, Number, Order, OrderKey, Relation, RelationKind};

/// Decides descriptions over measured candidates.
pub struct Solver<'a> {
    measured: &'a Measured<'a>,
    stage: &'a Stage<'a>,
}

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

/// What orders go by: a value for each candidate, the greatest first.
struct Key {
    values: Vec<f64>,
    /// What orders those of equal value, the least first.
    ties: Vec<f64>,
    witnesses: Vec<Option<(usize, usize, Gap)>>,
    scale: Scale,
}

impl Mark {
    fn of(degree: f64) -> Self {
        Self { degree, witness: None, rank: None }
    }
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
        if let Some(outcome) = close.too_few {
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
        let is_color =
            |attribute: &&crate::text::Attribute| attribute.kind == AttributeKind::Color && !attribute.negated;
        let colors = attributes.iter().filter(is_color).count();
        for attribute in attributes {
            let words = if attribute.negated { format!("not {}", attribute.value) } else { attribute.value.clone() };
            let degrees: Vec<_> = things.iter().map(|thing| has_attribute(attribute, *thing, &usual, colors)).collect();
            if degrees.iter().all(Option::is_none) {
                resolved.undecidable.push(words);
            } else {
                // Of those that could not be measured the word holds as much as not.
                resolved.column(words, degrees.into_iter().map(|degree| Mark::of(degree.unwrap_or(0.5))).collect());
            }
        }
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
                resolved.judged =
                    resolved.subjects.iter().map(|_| Judgement { membership: 0.0, weakest: 0.0 }).collect();
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
            Mark {
                degree,
                witness: grade.witness.map(|witness| witness_of(landmarks, witness.place, witness.gap)),
                rank: None,
            }
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

    /// Orders and nearest-of-all, over those that the words so far mean.
    fn orders(
        &self,
        description: &Description,
        ranked: &[(&Relation, Landmarks)],
        scores: &[f64],
        resolved: &mut Resolved,
    ) -> Close {
        let beliefs: Vec<f64> = judge(&resolved.columns, scores)
            .iter()
            .zip(scores)
            .map(|(judgement, score)| belief(judgement.weakest) * belief(*score))
            .collect();
        let mut close = Close::default();
        for order in &description.orders {
            let words = order_words(order);
            let Some(key) = self.key(order.key, resolved) else {
                resolved.undecidable.push(words);
                continue;
            };
            if matches!(order.key, OrderKey::First | OrderKey::Last) {
                resolved.notices.push(format!(
                    "the phrase does not say from where \"{words}\" is counted; it was counted from the left"
                ));
            }
            close.add(resolved.rank(words, &key, *order, &beliefs));
        }
        for (relation, landmarks) in ranked {
            let key = self.nearness_key(relation, landmarks, resolved);
            let count = nearest_count(&description.noun);
            let order = Order { key: OrderKey::First, first: relation.rank.unwrap_or(1), count };
            close.add(resolved.rank(relation_words(relation), &key, order, &beliefs));
        }
        close
    }

    /// The values of an order's key; `None` if geometry cannot tell them of any candidate.
    fn key(&self, key: OrderKey, resolved: &Resolved) -> Option<Key> {
        let values: Vec<_> = resolved.subjects.iter().map(|subject| value(key, subject.thing, self.stage)).collect();
        values.iter().any(Option::is_some).then(|| Key {
            ties: vec![0.0; values.len()],
            witnesses: vec![None; values.len()],
            values: values.into_iter().map(|value| value.unwrap_or(f64::NEG_INFINITY)).collect(),
            scale: scale(key, self.stage),
        })
    }

    /// The values of "nearest" or "farthest"; a landmark itself comes last.
    fn nearness_key(&self, relation: &Relation, landmarks: &Landmarks, resolved: &Resolved) -> Key {
        let grades: Vec<_> =
            resolved.subjects.iter().map(|subject| rank_value(relation, subject, landmarks, self.stage)).collect();
        let witness = |grade: &Grade| grade.witness.map(|witness| witness_of(landmarks, witness.place, witness.gap));
        // Of those that touch a landmark the one nearer to its middle is nearer.
        let between_centres = |subject: &Subject, grade: &Option<Grade>| {
            let place = grade.and_then(|grade| grade.witness).map(|witness| witness.place);
            place.map_or(0.0, |place| {
                length(landmarks.get(place).subject.outline().centroid() - subject.outline().centroid())
            })
        };
        Key {
            ties: resolved
                .subjects
                .iter()
                .zip(&grades)
                .map(|(subject, grade)| between_centres(subject, grade))
                .collect(),
            values: grades.iter().map(|grade| grade.map_or(f64::NEG_INFINITY, |grade| grade.degree)).collect(),
            witnesses: grades.iter().map(|grade| grade.as_ref().and_then(witness)).collect(),
            scale: scale(OrderKey::Leftmost, self.stage),
        }
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

/// What orders leave open.
#[derive(Default)]
struct Close {
    /// Candidates that hardly differ from the last chosen one.
    calls: Vec<usize>,
    /// Set if a rank is asked that nobody can have.
    too_few: Option<Outcome>,
}

impl Close {
    fn add(&mut self, next: Self) {
        self.calls.extend(next.calls);
        self.too_few = self.too_few.take().or(next.too_few);
    }
}

impl<'a> Resolved<'a> {
    fn column(&mut self, words: String, marks: Vec<Mark>) {
        self.columns.push(Column { words, marks });
    }

    /// Adds the column of an order.
    fn rank(&mut self, words: String, key: &Key, order: Order, beliefs: &[f64]) -> Close {
        let mut beliefs = beliefs.to_vec();
        for (belief, value) in beliefs.iter_mut().zip(&key.values) {
            if *value == f64::NEG_INFINITY {
                *belief = 0.0;
            }
        }
        let ranking = Ranking::new(&key.values, |index| {
            let centroid = self.subjects[index].outline().centroid();
            [key.ties[index], centroid.y, centroid.x]
        });
        let mut degrees = match order.count {
            Some(count) => ranking.ranked(&beliefs, order.first, count),
            None => ranking.before_the_gap(&key.values, &beliefs),
        };
        for (degree, value) in degrees.iter_mut().zip(&key.values) {
            if *value == f64::NEG_INFINITY {
                *degree = 0.0;
            }
        }
        let positions = ranking.positions(&beliefs);
        let marks = (0..degrees.len())
            .map(|index| Mark { degree: degrees[index], witness: key.witnesses[index], rank: Some(positions[index]) })
            .collect();
        self.column(words, marks);
        let found = beliefs.iter().filter(|belief| **belief >= ENOUGH).count();
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        let asked = order.first.max(1);
        let too_few = (asked > 1 && asked > found).then_some(Outcome::TooFew { asked, found });
        let last = last_rank(&order);
        let calls =
            last.and_then(|last| ranking.close_call(&key.values, &beliefs, last, key.scale)).into_iter().collect();
        Close { calls, too_few }
    }

    /// Chooses and says how clear the choice is.
    fn choose(&mut self, description: &Description, close_calls: Vec<usize>) {
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
        let weak = self.choice.chosen.iter().filter(|&&index| self.judged[index].weakest < ENOUGH).count();
        if weak > 0 {
            let what = noun_words(description);
            self.notices.push(format!("of {weak} chosen {what} not every word holds by half; no other fits better"));
        }
    }

    /// Which candidates may be meant where this description is a landmark: those it selects and those as good.
    ///
    /// A bare "the road" may be any of the roads: a road found in pieces is several instances.
    fn meant_as_landmark(&self, description: &Description) -> Vec<usize> {
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
    fn missing(&self, description: &Description) -> String {
        match &self.choice.outcome {
            Outcome::NoLandmark { what } => what.clone(),
            Outcome::NoTarget { .. } => noun_words(description),
            _ => description.render(),
        }
    }
}

/// The product and the weakest of the columns for each candidate.
fn judge(columns: &[Column], scores: &[f64]) -> Vec<Judgement> {
    let judgement = |(index, score): (usize, &f64)| {
        let degrees = || columns.iter().map(|column| column.marks[index].degree);
        Judgement { membership: score * degrees().product::<f64>(), weakest: degrees().fold(1.0, f64::min) }
    };
    scores.iter().enumerate().map(judgement).collect()
}

fn witness_of(landmarks: &Landmarks, place: usize, gap: Gap) -> (usize, usize, Gap) {
    let subject = &landmarks.get(place).subject;
    (subject.question, subject.index, gap)
}

/// Whether a description speaks of one thing that is there: "the bridge".
fn is_definite(description: &Description) -> bool {
    let noun = &description.noun;
    noun.number == Number::One && matches!(noun.determiner, Some(Determiner::The | Determiner::This))
}

/// The noun with its attributes: "red roof".
fn noun_words(description: &Description) -> String {
    let noun = &description.noun;
    let attributes =
        noun.attributes.iter().filter(|attribute| !attribute.negated).map(|attribute| attribute.value.as_str());
    attributes.chain([noun.kind.as_deref().unwrap_or(&noun.class)]).collect::<Vec<_>>().join(" ")
}

/// "near the harbor".
fn relation_words(relation: &Relation) -> String {
    let landmarks: Vec<String> = relation.landmarks.iter().map(Description::render_landmark).collect();
    format!("{} {}", relation.head_words(), landmarks.join(&format!(" {} ", relation.kind.joint())))
}
