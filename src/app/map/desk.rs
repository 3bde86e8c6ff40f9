//! What a frame's drawing is made with: the cursor, the keys, the way between screen and map, what lies on the map.

use egui::{Key, Painter, Pos2, Response, Ui};

use super::ground::MapGround;
use super::layer::{LayerId, Map};
use super::navigate::is_typing;
use super::vectors::Vectors;
use super::view::View;

/// What a frame's drawing is made with.
pub(super) struct Desk<'a> {
    pub(super) ui: &'a Ui,
    pub(super) response: &'a Response,
    pub(super) view: &'a View,
    pub(super) map: &'a Map,
    pub(super) ground: &'a MapGround,
    pub(super) vectors: &'a Vectors,
}

impl Desk<'_> {
    /// The cursor, where it is over the map.
    pub(super) fn cursor(&self) -> Option<Pos2> {
        self.response.hover_pos().filter(|_| self.response.contains_pointer() || self.response.dragged())
    }

    pub(super) fn to_map(&self, at: Pos2) -> [f64; 2] {
        self.view.camera.to_map(self.view.rect, at)
    }

    pub(super) fn to_screen(&self, at: [f64; 2]) -> Pos2 {
        self.view.camera.to_screen(self.view.rect, at)
    }

    pub(super) fn painter(&self) -> Painter {
        self.ui.painter_at(self.view.rect)
    }

    /// Whether a key was pressed that is not meant for a field of text.
    pub(super) fn pressed(&self, key: Key) -> bool {
        !is_typing(self.ui) && self.ui.input(|input| input.key_pressed(key))
    }

    /// The topmost polygon at a place of the map.
    pub(super) fn polygon_at(&self, at: [f64; 2]) -> Option<(LayerId, u64)> {
        self.vectors.pick(self.map, self.view, at)
    }

    /// Length along a line, and whether it is in metres.
    pub(super) fn length(&self, points: &[[f64; 2]]) -> Option<(f64, bool)> {
        let measured = self.ground.measure(points, false)?;
        Some((measured.length, measured.in_metres))
    }
}
