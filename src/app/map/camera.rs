//! Where the map is looked at from: the way between map coordinates and the screen.

use egui::{Pos2, Rect, Vec2};

/// A rectangle in map coordinates; never empty of sense: `min <= max` on both axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Smallest x and y.
    pub min: [f64; 2],
    /// Largest x and y.
    pub max: [f64; 2],
}

impl Bounds {
    /// The smallest rectangle around two corners, whichever they are.
    pub fn of(a: [f64; 2], b: [f64; 2]) -> Self {
        Self { min: [a[0].min(b[0]), a[1].min(b[1])], max: [a[0].max(b[0]), a[1].max(b[1])] }
    }

    /// The smallest rectangle around points that are numbers; `None` without any.
    pub fn around(points: impl IntoIterator<Item = [f64; 2]>) -> Option<Self> {
        let finite = points.into_iter().filter(|[x, y]| x.is_finite() && y.is_finite());
        finite.map(|point| Self::of(point, point)).reduce(Self::union)
    }

    /// The smallest rectangle around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let [a, b] = [self, other];
        Self {
            min: [a.min[0].min(b.min[0]), a.min[1].min(b.min[1])],
            max: [a.max[0].max(b.max[0]), a.max[1].max(b.max[1])],
        }
    }

    /// Whether the two share a point.
    pub fn meets(&self, other: &Self) -> bool {
        (0..2).all(|axis| self.min[axis] <= other.max[axis] && other.min[axis] <= self.max[axis])
    }

    /// Whether the point lies inside or on the edge.
    pub fn contains(&self, point: [f64; 2]) -> bool {
        (0..2).all(|axis| self.min[axis] <= point[axis] && point[axis] <= self.max[axis])
    }

    /// The middle.
    pub fn center(&self) -> [f64; 2] {
        [0, 1].map(|axis| self.min[axis] + (self.max[axis] - self.min[axis]) / 2.0)
    }

    /// Width and height.
    pub fn size(&self) -> [f64; 2] {
        [0, 1].map(|axis| self.max[axis] - self.min[axis])
    }

    /// The four corners, around.
    pub fn corners(&self) -> [[f64; 2]; 4] {
        let ([x0, y0], [x1, y1]) = (self.min, self.max);
        [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    }
}

/// The view on the map. A point of the screen (an egui point, not a pixel) is `units_per_point` map units wide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Map coordinates of the middle of the canvas.
    pub center: [f64; 2],
    /// Map units in one point of the screen; above 0.
    pub units_per_point: f64,
    /// Whether y grows down the screen, as [`super::Map::in_pixels`] says: for pictures without a place.
    pub y_down: bool,
}

/// Around what is fitted, a share of the canvas stays free.
const FIT_MARGIN: f64 = 0.04;
/// Closest and farthest view, in map units a point: from a thousandth of a millimetre (or less than 1e-8 degrees) to a
/// hundred Earths.
const NEAREST: f64 = 1e-9;
const FARTHEST: f64 = 1e7;

impl Camera {
    /// The view that shows `bounds` whole in a canvas of `size` points, with a small margin.
    pub fn fit(bounds: Bounds, size: Vec2, y_down: bool) -> Self {
        let room = [f64::from(size.x), f64::from(size.y)].map(|points| (points * (1.0 - 2.0 * FIT_MARGIN)).max(1.0));
        let needed = [0, 1].map(|axis| bounds.size()[axis] / room[axis]);
        let units_per_point = needed[0].max(needed[1]);
        let units_per_point = if units_per_point > 0.0 { units_per_point } else { 1.0 };
        Self { center: bounds.center(), units_per_point, y_down }.within_limits()
    }

    /// The same view with `units_per_point` at another scale, its middle kept.
    #[must_use]
    pub fn at_scale(self, units_per_point: f64) -> Self {
        Self { units_per_point, ..self }.within_limits()
    }

    /// Where map coordinates lie on the screen, the canvas being `rect`. Far away points lie far away, never nowhere.
    pub fn to_screen(&self, rect: Rect, at: [f64; 2]) -> Pos2 {
        let [x, y] = self.to_points(at);
        let middle = rect.center();
        Pos2::new((f64::from(middle.x) + x) as f32, (f64::from(middle.y) + y) as f32)
    }

    /// Points to the right and down from the middle of the canvas.
    pub(super) fn to_points(self, at: [f64; 2]) -> [f64; 2] {
        let x = (at[0] - self.center[0]) / self.units_per_point;
        let y = (at[1] - self.center[1]) / self.units_per_point;
        [x, y * self.down()]
    }

    /// Map coordinates of a point of the screen.
    pub fn to_map(&self, rect: Rect, at: Pos2) -> [f64; 2] {
        let middle = rect.center();
        let x = f64::from(at.x) - f64::from(middle.x);
        let y = f64::from(at.y) - f64::from(middle.y);
        [self.center[0] + x * self.units_per_point, self.center[1] + y * self.down() * self.units_per_point]
    }

    /// The view after the map was dragged by `delta` points.
    #[must_use]
    pub fn panned(self, delta: Vec2) -> Self {
        let x = self.center[0] - f64::from(delta.x) * self.units_per_point;
        let y = self.center[1] - f64::from(delta.y) * self.down() * self.units_per_point;
        Self { center: [x, y], ..self }
    }

    /// The view `factor` times closer (farther below 1), with what lies under `at` kept there.
    #[must_use]
    pub fn zoomed_at(self, rect: Rect, at: Pos2, factor: f64) -> Self {
        if !(factor.is_finite() && factor > 0.0) {
            return self;
        }
        let kept = self.to_map(rect, at);
        let closer = self.at_scale(self.units_per_point / factor);
        let moved = closer.to_map(rect, at);
        let center = [0, 1].map(|axis| closer.center[axis] + kept[axis] - moved[axis]);
        Self { center, ..closer }
    }

    /// The part of the map that a canvas `rect` shows.
    pub fn bounds(&self, rect: Rect) -> Bounds {
        Bounds::of(self.to_map(rect, rect.min), self.to_map(rect, rect.max))
    }

    fn down(&self) -> f64 {
        if self.y_down { 1.0 } else { -1.0 }
    }

    fn within_limits(self) -> Self {
        let units_per_point = if self.units_per_point.is_finite() { self.units_per_point } else { 1.0 };
        Self { units_per_point: units_per_point.clamp(NEAREST, FARTHEST), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rect() -> Rect {
        Rect::from_min_size(Pos2::new(200.0, 30.0), Vec2::new(801.0, 600.0))
    }

    prop_compose! {
        fn camera()(x in -2e7..2e7f64, y in -2e7..2e7f64, scale in -5.0..5.0f64, y_down in any::<bool>()) -> Camera {
            Camera { center: [x, y], units_per_point: 10f64.powf(scale), y_down }
        }
    }
    prop_compose! {
        fn place()(x in 200.0..1001.0f32, y in 30.0..630.0f32) -> Pos2 {
            Pos2::new(x, y)
        }
    }

    proptest! {
        #[test]
        fn screen_and_map_are_each_others_inverse(camera in camera(), at in place()) {
            let back = camera.to_screen(rect(), camera.to_map(rect(), at));
            // At 1e-5 units a point an f64 of 2e7 tells 4e-4 points apart.
            prop_assert!((back - at).length() < 2e-3, "{at:?} {back:?}");
        }

        #[test]
        fn zooming_keeps_what_is_under_the_cursor(camera in camera(), at in place(), factor in 0.05..20.0f64) {
            let before = camera.to_map(rect(), at);
            let after = camera.zoomed_at(rect(), at, factor);
            let moved = after.to_screen(rect(), before);
            prop_assert!((moved - at).length() < 2e-2, "{at:?} {moved:?}");
        }

        #[test]
        fn dragging_moves_the_ground_with_the_cursor(camera in camera(), from in place(), to in place()) {
            let grabbed = camera.to_map(rect(), from);
            let now = camera.panned(to - from).to_screen(rect(), grabbed);
            prop_assert!((now - to).length() < 2e-3, "{to:?} {now:?}");
        }

        #[test]
        fn what_is_fitted_is_seen_whole(
            a in (-1e6..1e6f64, -1e6..1e6f64), b in (-1e6..1e6f64, -1e6..1e6f64), down in any::<bool>(),
        ) {
            let bounds = Bounds::of([a.0, a.1], [b.0, b.1]);
            let camera = Camera::fit(bounds, rect().size(), down);
            for corner in bounds.corners() {
                prop_assert!(rect().expand(0.01).contains(camera.to_screen(rect(), corner)));
            }
        }

        #[test]
        fn no_zoom_leaves_the_limits(camera in camera(), at in place(), factor in any::<f64>()) {
            let zoomed = camera.zoomed_at(rect(), at, factor);
            prop_assert!((NEAREST..=FARTHEST).contains(&zoomed.units_per_point));
            prop_assert!(zoomed.center.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn north_is_up_and_rows_grow_down() {
        let north_up = Camera { center: [0.0, 0.0], units_per_point: 1.0, y_down: false };
        assert!(north_up.to_screen(rect(), [0.0, 10.0]).y < rect().center().y);
        let picture = Camera { y_down: true, ..north_up };
        assert!(picture.to_screen(rect(), [0.0, 10.0]).y > rect().center().y);
    }

    #[test]
    fn a_single_point_can_be_fitted() {
        let camera = Camera::fit(Bounds::of([3.0, 4.0], [3.0, 4.0]), rect().size(), false);
        assert_eq!(camera.center, [3.0, 4.0]);
        assert!(camera.units_per_point > 0.0);
    }
}
