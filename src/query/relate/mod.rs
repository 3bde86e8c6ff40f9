//! Which instances a phrase means: positions, orders, sizes and relations, decided by geometry.
//!
//! [`relate`] takes what was found for each noun phrase ([`Instances`]), the parsed phrase and the [`Stage`] (the frame it
//! speaks about and the ground under it), and gives for each target a ranked, explained [`Selection`]. It reads no file, asks
//! no network and keeps nothing; the same values give the same answer, in whatever order the instances come.
//!
//! Every word has one membership function with values in [0, 1]; the table of each is at the head of its file:
//!
//! | words | file |
//! |---|---|
//! | left, upper right, in the corner, in the northern half | [`position`] |
//! | leftmost, second largest, the two northernmost, first from the left | [`order`] |
//! | red, dark, large, long, round, vertical, larger than 500 m² | [`attribute`], [`appearance`], [`form`] |
//! | near, next to, far from, touching, within 200 m | [`near`] |
//! | left of, north of | [`direction`] |
//! | inside, on, across, along, with, part of, at the edge of | [`contain`] |
//! | between, among, surrounded by | [`between`] |
//! | larger than, opposite, nearest | [`relation`] |
//! | a pair, a group, a row | [`group`] |
//!
//! How well the words do is measured on the footprints of two towns, against selections computed apart in another language
//! (`tests/fixtures/relate`): of 62 phrases the 37 with one right answer are all answered so; of the 25 whose border is a matter
//! of degree, distances, parts of the frame and sizes agree to F1 0.99 and more, directions to 0.87 to 0.98, as the comparison
//! goes by centroids and [`direction`] by the shortest way between outlines.
//!
//! The degrees of a candidate's words and its score are multiplied to its *membership*; the best is chosen by it. Whether a
//! candidate fits at all is decided by its *weakest* word ([`choose`]): one that fails cannot be made up for by others.
//! Attributes of a single thing are the exception: the network was asked for them too, so they choose but do not refuse.
//! Landmarks are resolved first, by the same rules. Words that geometry cannot decide are named, not guessed.

pub mod appearance;
pub mod attribute;
pub mod between;
pub mod choose;
pub mod contain;
pub mod direction;
pub mod form;
pub mod grade;
pub mod group;
pub mod instances;
pub mod landmarks;
mod measured;
pub mod near;
pub mod neighbours;
pub mod order;
pub mod outline;
pub mod position;
mod rank;
pub mod relation;
mod resolved;
pub mod selection;
mod solve;
pub mod stage;

pub use appearance::{Appearance, Swatch};
pub use instances::{Candidate, Instances};
pub use selection::{Chosen, Decider, Evidence, LandmarkFound, Outcome, Selection};
pub use stage::{FlatGround, Ground, Stage};

use crate::error::Result;
use crate::query::relate::measured::Measured;
use crate::query::relate::resolved::{Column, Resolved};
use crate::query::relate::solve::Solver;
use crate::text::{Description, Phrase};

/// Selects what a phrase means among the instances found: one selection for each of [`Phrase::targets`], in their order.
///
/// `instances` must answer every question of [`Phrase::network_phrases`], with outlines in the plane of `stage`.
///
/// # Errors
/// If a question was not asked, or an outline has no points or coordinates that are no numbers. That nothing fits, that a
/// landmark is missing or that the phrase asks for more than there is are no errors but an [`Outcome`].
pub fn relate(phrase: &Phrase, instances: &Instances, stage: &Stage) -> Result<Vec<Selection>> {
    let measured = Measured::new(phrase, instances)?;
    let solver = Solver::new(&measured, stage);
    Ok(phrase.targets().map(|target| select(target, &solver.resolve(target), &measured, stage)).collect())
}

/// The selection of one resolved target, with its evidence.
fn select(target: &Description, resolved: &Resolved, measured: &Measured, stage: &Stage) -> Selection {
    let scores = measured.scores(resolved.question);
    let chosen = resolved.choice.chosen.iter().map(|&index| Chosen {
        index,
        membership: resolved.judged[index].membership,
        weakest: resolved.judged[index].weakest,
        score: scores[index],
        evidence: resolved.columns.iter().map(|column| evidence(column, index, resolved, measured, stage)).collect(),
    });
    let mut undecidable = resolved.undecidable.clone();
    undecidable.dedup();
    let mut notices: Vec<String> = Vec::new();
    for notice in &resolved.notices {
        if !notices.contains(notice) {
            notices.push(notice.clone());
        }
    }
    Selection {
        question: target.noun.network_phrase(),
        reading: target.render(),
        chosen: chosen.collect(),
        outcome: resolved.choice.outcome.clone(),
        decided_by: match (resolved.columns.is_empty(), undecidable.is_empty()) {
            (true, _) => Decider::Network,
            (false, true) => Decider::Geometry,
            (false, false) => Decider::Both,
        },
        undecidable,
        notices,
        memberships: resolved.judged.iter().map(|judgement| judgement.membership).collect(),
    }
}

/// What a column says of one candidate, in ground measures.
fn evidence(column: &Column, index: usize, resolved: &Resolved, measured: &Measured, stage: &Stage) -> Evidence {
    let mark = column.marks[index];
    let landmark = mark.witness.map(|(question, place, gap)| {
        let (to, from) = if gap.distance > 0.0 {
            (gap.to, gap.from)
        } else {
            (measured.centroid(question, place), resolved.subjects[index].outline().centroid())
        };
        LandmarkFound {
            question: measured.text(question).to_owned(),
            index: place,
            distance_m: stage.distance_m(gap.from, gap.to),
            bearing_deg: stage.bearing_deg(to, from),
        }
    });
    Evidence { words: column.words.clone(), degree: mark.degree, landmark, rank: mark.rank }
}
