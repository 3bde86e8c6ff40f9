//! What the network attends to in the frame of a query: the map of one branch at a time, made when it is first wanted.

use std::sync::Arc;

use super::job_list::JobKind;
use super::layer::Layer;
use super::query_layer::QueryLayer;
use super::{State, attention_id};
use crate::app::map::{LayerId, ProbabilityGrid, ProbabilityLayer, ProbabilityStyle};
use crate::app::work::Task;
use crate::query::Branch;

/// Maps whose values lie closer together than this are not stretched further: what differs less is the same.
const LEAST_SPREAD: f32 = 0.05;

/// The maps of all branches.
#[derive(Debug, Clone)]
pub struct Attention(pub [BranchMap; Branch::COUNT]);

impl Attention {
    /// The map of a branch.
    pub fn of(&self, branch: Branch) -> &BranchMap {
        &self.0[branch as usize]
    }
}

/// What one branch attends to, as the map draws it.
#[derive(Debug, Clone)]
pub struct BranchMap {
    /// Its shades, where the map has a place for them.
    pub grid: Option<ProbabilityGrid>,
    /// What is shaded.
    pub scale: ShadeScale,
    /// The words it reads; `None`: the phrase has none for it, so that it reads the whole sentence.
    pub words: Option<String>,
}

/// Strengths as shades of a ramp.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShadeScale {
    /// The strength of the darkest and of the brightest shade.
    pub ends: [f32; 2],
    /// Whether the strengths are nearly the same everywhere.
    pub is_even: bool,
}

impl ShadeScale {
    /// The darkest shade, as a value 0..=1 of a map of probabilities; the brightest is 1. It lies well above 0, which is where nothing
    /// was looked at, as the map smooths the edge between both.
    pub const DARKEST: f32 = 0.12;

    /// The scale for strengths that lie between these.
    pub fn over([low, high]: [f32; 2]) -> Self {
        let missing = (LEAST_SPREAD - (high - low)).max(0.0) / 2.0;
        Self { ends: [low - missing, high + missing], is_even: missing > 0.0 }
    }

    /// The shade of a strength; 0 where nothing was looked at.
    pub fn shade(&self, strength: f32) -> f32 {
        if strength <= 0.0 {
            return 0.0;
        }
        let [low, high] = self.ends;
        Self::DARKEST + ((strength - low) / (high - low)).clamp(0.0, 1.0) * (1.0 - Self::DARKEST)
    }

    /// The strength that has this shade; `None` where nothing was looked at.
    pub fn strength(&self, shade: f32) -> Option<f32> {
        let [low, high] = self.ends;
        let share = (shade - Self::DARKEST) / (1.0 - Self::DARKEST);
        (shade > 0.0).then_some(low + share.max(0.0) * (high - low))
    }
}

impl State {
    /// What is known of the attention of a query, once it is made.
    pub fn attention(&self, layer: LayerId) -> Option<&Attention> {
        self.attention.get(&layer)
    }

    /// Whether the attention of a query is being made.
    pub fn is_explaining(&self, layer: LayerId) -> bool {
        self.jobs.iter().any(|job| job.kind == JobKind::Explain(layer))
    }

    /// The branch whose map is the layer `id` of the map, and how strongly it speaks where that layer has this value.
    pub fn attention_at(&self, id: LayerId, shade: f32) -> Option<(Branch, f32)> {
        let layer = self.layer(id).filter(|layer| attention_id(layer.id) == id)?;
        let branch = layer.query()?.attention?;
        Some((branch, self.attention(layer.id)?.of(branch).scale.strength(shade)?))
    }

    /// Starts what is wanted and not there, and gives up what belongs to layers that are gone.
    pub(super) fn follow_attention(&mut self) {
        let (layers, jobs) = (&self.layers, &self.jobs);
        let is_there = |id: LayerId| layers.iter().any(|layer| layer.id == id);
        self.attention.retain(|id, _| is_there(*id));
        let wanted = |layer: &Layer| {
            let query = layer.query().filter(|query| query.attention.is_some())?;
            let known = self.attention.contains_key(&layer.id);
            (!known && !self.is_explaining(layer.id)).then(|| (layer.id, Arc::clone(&query.question)))
        };
        let wanted: Vec<_> = layers.iter().filter_map(wanted).collect();
        let of_no_use = |kind: JobKind| matches!(kind, JobKind::Explain(id) if !is_there(id));
        let of_no_use: Vec<_> = jobs.iter().filter(|job| !job.stopping && of_no_use(job.kind)).map(|j| j.id).collect();
        self.cancel(|job| of_no_use.contains(&job.id));
        for (layer, question) in wanted {
            let job = self.start(JobKind::Explain(layer), format!("Attention to {}", question.phrase));
            self.tasks.push(Task::Explain {
                job,
                layer,
                question,
                place: self.place.clone(),
                cache: self.settings.cache(),
            });
        }
    }

    /// The map of the branch that is wanted of a query, once it is there.
    pub(super) fn attention_on_map(&self, layer: LayerId, query: &QueryLayer) -> Option<ProbabilityLayer> {
        let grid = self.attention(layer)?.of(query.attention?).grid.clone()?;
        // Every shade is shown: only what was not looked at lies below them.
        Some(ProbabilityLayer { grid, style: ProbabilityStyle::Heat, threshold: 0.0, colour: query.colour })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_shade_tells_the_strength_it_stands_for(low in 0.01f32..0.9, spread in 0.0f32..0.5, share in 0.0f32..=1.0) {
            prop_assume!((spread - LEAST_SPREAD).abs() > 1e-5); // but for rounding
            let scale = ShadeScale::over([low, low + spread]);
            let strength = low + share * spread;
            let shown = (scale.shade(strength) * 255.0).round() / 255.0; // as a tile holds it
            let [darkest, brightest] = scale.ends;
            prop_assert!(brightest - darkest >= LEAST_SPREAD - 1e-6);
            prop_assert_eq!(scale.is_even, spread < LEAST_SPREAD);
            let told = scale.strength(shown).unwrap();
            prop_assert!((told - strength).abs() <= (brightest - darkest) / 200.0, "{} {}", told, strength);
        }
    }

    #[test]
    fn what_was_not_looked_at_has_no_shade() {
        let scale = ShadeScale::over([0.3, 0.6]);
        assert_eq!((scale.shade(0.0), scale.strength(0.0)), (0.0, None));
        assert!(scale.shade(0.1) > 0.0, "an outlier is as dark as can be, but seen");
    }
}
