//! Comparing two layers side by side, with a divider to drag.

use super::{State, attention_id, probability_id};
use crate::app::map::{LayerId, Swipe};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SwipePick {
    /// Seen left of the divider.
    pub left: LayerId,
    /// Seen right of it.
    pub right: LayerId,
    /// Where the divider stands, 0 (left edge of the map) to 1.
    pub position: f32,
}

impl State {
    /// Starts comparing the two topmost answers, else the two topmost layers; or ends it.
    pub(super) fn toggle_swipe(&mut self) {
        if self.swipe.take().is_some() {
            return;
        }
        let answers: Vec<LayerId> = self.layers.iter().filter(|l| l.query().is_some()).map(|layer| layer.id).collect();
        let all: Vec<LayerId> = self.layers.iter().map(|layer| layer.id).collect();
        if let ([.., left, right], _) | (_, [.., left, right]) = (answers.as_slice(), all.as_slice()) {
            self.pick_swipe(*left, *right);
        }
    }

    /// Compares two layers; both become visible.
    pub(super) fn pick_swipe(&mut self, left: LayerId, right: LayerId) {
        if left == right || self.layer(left).is_none() || self.layer(right).is_none() {
            return;
        }
        let position = self.swipe.map_or(0.5, |swipe| swipe.position);
        for id in [left, right] {
            if let Some(layer) = self.layer_mut(id) {
                layer.visible = true;
            }
        }
        self.swipe = Some(SwipePick { left, right, position });
    }

    pub(super) fn move_swipe(&mut self, position: f32) {
        if let Some(swipe) = &mut self.swipe
            && position.is_finite()
        {
            swipe.position = position.clamp(0.0, 1.0);
        }
    }

    /// What the map compares, while both layers are there.
    pub(super) fn swipe_on_map(&self) -> Option<Swipe> {
        let SwipePick { left, right, position } = self.swipe?;
        let both =
            |id: LayerId| self.layer(id).map(|layer| layer.id).map(|id| vec![id, probability_id(id), attention_id(id)]);
        Some(Swipe { position, left: both(left)?, right: both(right)? })
    }
}
