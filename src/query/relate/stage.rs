//! The stage of a phrase: the frame it speaks about and the ground under it.

use std::f64::consts::TAU;

use geo::{Coord, Rect, coord};

/// Where the candidates of a phrase stand.
///
/// All outlines are in one *plane*: x to the right and y down as the frame is shown, in units as near to ground metres as one
/// plane allows. "left" and "upper" follow the plane, so they follow the frame of a rotated or south-up raster too. Compass
/// words and metres are asked of the [`Ground`].
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    frame: Rect<f64>,
    ground: &'a dyn Ground,
}

/// Exact measures between two points of the plane.
pub trait Ground {
    /// Metres over ground from `p` to `q`; `None` where the scene has no place on Earth.
    fn distance_m(&self, p: Coord<f64>, q: Coord<f64>) -> Option<f64>;

    /// Bearing from `p` to `q` in degrees clockwise from true north, in [0, 360). Any value where `p` is `q`.
    fn bearing_deg(&self, p: Coord<f64>, q: Coord<f64>) -> f64;
}

/// A ground as flat as the plane: for scenes without georeference and for small scenes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlatGround {
    /// Metres per unit of the plane; `None` if units are pixels of unknown size.
    pub metres_per_unit: Option<f64>,
    /// Degrees clockwise from "up" to true north.
    pub north_deg: f64,
    /// Whether the picture is a mirror image of the ground, as a raster whose first row is its southernmost is: with north down,
    /// east is still right.
    pub mirrored: bool,
}

impl FlatGround {
    /// Pixels of unknown size, north taken to be up.
    pub const PIXELS: Self = Self { metres_per_unit: None, north_deg: 0.0, mirrored: false };

    /// A plane in metres, north up.
    pub const METRES: Self = Self { metres_per_unit: Some(1.0), north_deg: 0.0, mirrored: false };
}

impl Ground for FlatGround {
    fn distance_m(&self, p: Coord<f64>, q: Coord<f64>) -> Option<f64> {
        Some((q - p).x.hypot((q - p).y) * self.metres_per_unit?)
    }

    fn bearing_deg(&self, p: Coord<f64>, q: Coord<f64>) -> f64 {
        let step = q - p;
        let clockwise = step.x.atan2(-step.y).to_degrees() - self.north_deg;
        (if self.mirrored { -clockwise } else { clockwise }).rem_euclid(360.0)
    }
}

impl<'a> Stage<'a> {
    /// A frame on a ground. `frame` bounds what is shown or asked about: the view, the area of interest or the scene.
    pub fn new(frame: Rect<f64>, ground: &'a dyn Ground) -> Self {
        Self { frame, ground }
    }

    /// The frame, in the plane.
    pub fn frame(&self) -> Rect<f64> {
        self.frame
    }

    /// Diagonal of the frame, in units of the plane.
    pub fn diagonal(&self) -> f64 {
        self.frame.width().hypot(self.frame.height())
    }

    /// Metres over ground; `None` where the scene has no place on Earth.
    pub fn distance_m(&self, p: Coord<f64>, q: Coord<f64>) -> Option<f64> {
        self.ground.distance_m(p, q)
    }

    /// Whether distances in metres can be told.
    pub fn has_metres(&self) -> bool {
        self.ground.distance_m(self.frame.min(), self.frame.max()).is_some()
    }

    /// Degrees clockwise from true north, from `p` to `q`.
    pub fn bearing_deg(&self, p: Coord<f64>, q: Coord<f64>) -> f64 {
        self.ground.bearing_deg(p, q)
    }

    /// Unit vector from `p` to `q` as (east, south): the frame's axes turned to true north. `None` where `p` is `q`.
    pub fn heading(&self, p: Coord<f64>, q: Coord<f64>) -> Option<Coord<f64>> {
        if p == q {
            return None;
        }
        let (sin, cos) = self.bearing_deg(p, q).to_radians().sin_cos();
        Some(coord! { x: sin, y: -cos })
    }

    /// A point as (east, south) of the frame's centre, in units of the plane: what compass words place it by.
    pub fn by_compass(&self, p: Coord<f64>) -> Coord<f64> {
        let centre = self.frame.center();
        let reach = (p - centre).x.hypot((p - centre).y);
        self.heading(centre, p).map_or(Coord::zero(), |heading| heading * reach)
    }

    /// The bounds of the frame by compass, as [`Stage::by_compass`] places its corners.
    pub fn compass_bounds(&self) -> Rect<f64> {
        let (min, max) = (self.frame.min(), self.frame.max());
        bounds_of(
            [min, coord! { x: max.x, y: min.y }, max, coord! { x: min.x, y: max.y }]
                .map(|corner| self.by_compass(corner)),
        )
    }
}

/// The smallest upright rectangle around points; empty at the origin without points.
pub(super) fn bounds_of(points: impl IntoIterator<Item = Coord<f64>>) -> Rect<f64> {
    let mut points = points.into_iter();
    let first = points.next().unwrap_or(Coord::zero());
    let (min, max) = points.fold((first, first), |(min, max), point| {
        (
            coord! { x: f64::min(min.x, point.x), y: f64::min(min.y, point.y) },
            coord! { x: f64::max(max.x, point.x), y: f64::max(max.y, point.y) },
        )
    });
    Rect::new(min, max)
}

/// Angle from one vector to another in (-π, π].
pub(super) fn angle_between(a: Coord<f64>, b: Coord<f64>) -> f64 {
    let turn = (a.x * b.y - a.y * b.x).atan2(a.x * b.x + a.y * b.y);
    if turn <= -TAU / 2.0 { TAU / 2.0 } else { turn }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearings_run_clockwise_from_north() {
        let origin = Coord::zero();
        let ground = FlatGround::METRES;
        for (x, y, bearing) in [(0.0, -5.0, 0.0), (5.0, 0.0, 90.0), (0.0, 5.0, 180.0), (-5.0, 0.0, 270.0)] {
            assert!((ground.bearing_deg(origin, coord! { x: x, y: y }) - bearing).abs() < 1e-9);
        }
    }

    #[test]
    fn on_a_south_up_raster_down_is_north_and_right_is_east() {
        let ground = FlatGround { north_deg: 180.0, mirrored: true, ..FlatGround::METRES };
        for (x, y, bearing) in [(0.0, 5.0, 0.0), (5.0, 0.0, 90.0), (0.0, -5.0, 180.0), (-5.0, 0.0, 270.0)] {
            assert!((ground.bearing_deg(Coord::zero(), coord! { x: x, y: y }) - bearing).abs() < 1e-9);
        }
        let stage = Stage::new(Rect::new((0.0, 0.0), (10.0, 20.0)), &ground);
        let low = stage.by_compass(coord! { x: 5.0, y: 18.0 });
        assert!(low.x.abs() < 1e-9 && (low.y + 8.0).abs() < 1e-9, "{low:?}");
        assert!((stage.compass_bounds().height() - 20.0).abs() < 1e-9);
    }

    #[test]
    fn a_scene_of_pixels_has_no_metres() {
        assert!(!Stage::new(Rect::new((0.0, 0.0), (9.0, 9.0)), &FlatGround::PIXELS).has_metres());
    }
}
