//! At which ground resolutions a query looks at a scene, and in how many windows.

use super::ask::{STRIDE, WINDOW};
use crate::raster::Georeference;

/// Ground resolution asked for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Resolution {
    /// The scene's own and coarser ones, as far as the model was trained on them.
    #[default]
    Auto,
    /// Metres on the ground a view pixel covers.
    Metres(f64),
}

/// Metres a pixel that the model saw in training, finest and coarsest.
pub type Trained = [f64; 2];

/// One resolution at which the windows of a query are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Scene pixels a view pixel covers, along x and y.
    pub step: [f64; 2],
    /// Metres on the ground a view pixel covers; `None` for a scene without ground metres.
    pub gsd_m: Option<f64>,
}

/// The levels of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// The finest.
    pub finest: Level,
    /// Looked at as well, finest first: what all these say of a place is averaged.
    pub again: Vec<Level>,
    /// At this one only what is larger than a window of the finest is looked for.
    pub far: Option<Level>,
}

impl Levels {
    fn only(finest: Level) -> Self {
        Self { finest, again: Vec::new(), far: None }
    }

    /// Those whose word is averaged, finest first.
    pub fn near(&self) -> impl Iterator<Item = Level> {
        std::iter::once(self.finest).chain(self.again.iter().copied())
    }

    /// All of them, finest first.
    pub fn all(&self) -> impl Iterator<Item = Level> {
        self.near().chain(self.far)
    }
}

/// A view magnifies the scene's pixels at most this much: beyond it there is nothing more to see.
const LARGEST_MAGNIFICATION: f64 = 4.0;
/// Factors between the finest level and coarser ones that are looked at as well, for how large a thing appears is seldom what it
/// was in training.
const AGAIN: [f64; 2] = [1.5, 2.0];
/// Factor between the finest level and the coarser one that finds what is larger than a window.
pub const COARSER: f64 = 4.0;

/// The levels of a query over a frame of `frame_px` pixels of a scene of `size` pixels.
///
/// The ground size of a pixel is that at the scene's centre, not the frame's: the grid must not depend on the frame.
pub(super) fn levels_over(
    size: [u64; 2],
    georeference: &Georeference,
    request: Resolution,
    trained: Trained,
    frame_px: [f64; 2],
) -> Levels {
    let [x, y] = size.map(|side| side as f64 / 2.0);
    levels(request, georeference.metres_per_pixel_at(x, y), trained, frame_px, WINDOW)
}

/// The levels of a query. `pixel_m` is the ground size of a scene pixel along x and y.
///
/// `Auto` keeps the scene's own resolution where the model knows it, and goes to the nearest known one otherwise. Where the model
/// also knows [`AGAIN`] pixels, or nobody knows how large they are, it looks again at those. Where it knows
/// [`COARSER`] pixels and the frame of `frame_px` scene pixels is larger than one window of `window` view pixels, another level
/// looks for objects larger than a window.
fn levels(
    request: Resolution,
    pixel_m: Option<[f64; 2]>,
    trained: Trained,
    frame_px: [f64; 2],
    window: usize,
) -> Levels {
    let Some(pixel_m) = pixel_m.filter(|m| m.iter().all(|m| m.is_finite() && *m > 0.0)) else {
        let level = |step| Level { step: [step; 2], gsd_m: None };
        return Levels { again: AGAIN.map(level).to_vec(), ..Levels::only(level(1.0)) };
    };
    // A hair beside the scene's own pixels is the scene's own pixels.
    let step = |step: f64| if (step - 1.0).abs() < 1e-3 { 1.0 } else { step };
    let level = |gsd: f64| Level { step: pixel_m.map(|m| step(gsd / m)), gsd_m: Some(gsd) };
    if let Resolution::Metres(gsd) = request {
        return Levels::only(level(gsd));
    }
    let native = (pixel_m[0] * pixel_m[1]).sqrt();
    let finest = native.clamp(trained[0], trained[1]).max(native / LARGEST_MAGNIFICATION);
    let known = |gsd: f64| (gsd <= trained[1]).then(|| level(gsd));
    let larger_than_a_window = (0..2).any(|axis| frame_px[axis] * pixel_m[axis] / finest > window as f64);
    Levels {
        finest: level(finest),
        again: AGAIN.iter().filter_map(|factor| known(finest * factor)).collect(),
        far: known(finest * COARSER).filter(|_| larger_than_a_window),
    }
}

/// About how many windows a query looks at that asks one thing of a frame of `frame_px` pixels of a scene of `size` pixels.
pub fn windows_over(
    size: [u64; 2],
    georeference: &Georeference,
    request: Resolution,
    trained: Trained,
    frame_px: [f64; 2],
) -> u64 {
    let overlap = (WINDOW - STRIDE) as f64;
    let across = |length: f64, step: f64| ((length / step - overlap) / STRIDE as f64).ceil().max(1.0) as u64;
    let levels = levels_over(size, georeference, request, trained, frame_px);
    levels.all().map(|Level { step, .. }| across(frame_px[0], step[0]) * across(frame_px[1], step[1])).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAINED: Trained = [0.3, 2.5];

    /// Metres a pixel of the near levels, then of the far one.
    fn auto(pixel_m: f64, frame_px: f64) -> (Vec<f64>, Option<f64>) {
        let levels = levels(Resolution::Auto, Some([pixel_m; 2]), TRAINED, [frame_px; 2], 480);
        let metres = |level: Level| (level.gsd_m.unwrap() * 1e6).round() / 1e6;
        (levels.near().map(metres).collect(), levels.far.map(metres))
    }

    #[test]
    fn a_known_resolution_is_kept_and_an_unknown_one_moved_to_the_nearest_known() {
        assert_eq!(auto(1.0, 400.0), (vec![1.0, 1.5, 2.0], None));
        assert_eq!(auto(0.1, 400.0), (vec![0.3, 0.45, 0.6], None));
        assert_eq!(auto(2.0, 400.0), (vec![2.0], None), "the model never saw 3 m pixels");
        assert_eq!(auto(5.0, 400.0), (vec![2.5], None));
    }

    #[test]
    fn a_coarse_scene_is_magnified_four_times_at_most() {
        assert_eq!(auto(30.0, 400.0), (vec![7.5], None));
    }

    #[test]
    fn a_frame_larger_than_a_window_is_looked_at_from_farther_away_too() {
        assert_eq!(auto(0.5, 4000.0), (vec![0.5, 0.75, 1.0], Some(2.0)));
        assert_eq!(auto(1.0, 4000.0), (vec![1.0, 1.5, 2.0], None), "the model never saw 4 m pixels");
    }

    #[test]
    fn pixels_that_are_not_square_become_square_on_the_ground() {
        let levels = levels(Resolution::Metres(1.0), Some([0.5, 0.25]), TRAINED, [4000.0; 2], 480);
        assert_eq!(levels, Levels::only(Level { step: [2.0, 4.0], gsd_m: Some(1.0) }));
    }

    #[test]
    fn a_scene_without_ground_metres_is_read_pixel_by_pixel_and_once_more() {
        let levels = levels(Resolution::Auto, None, TRAINED, [100.0; 2], 480);
        let expected = [1.0, 1.5, 2.0].map(|step| Level { step: [step; 2], gsd_m: None });
        assert_eq!(levels.all().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn windows_are_counted_at_all_levels() {
        let nowhere = Georeference::new(None, None);
        let windows = |frame_px| windows_over([5000, 5000], &nowhere, Resolution::Auto, TRAINED, frame_px);
        assert_eq!(windows([300.0, 480.0]), 1 + 1 + 1);
        assert_eq!(windows([481.0, 480.0]), 2 + 1 + 1);
        assert_eq!(windows([864.0, 2016.0]), 2 * 5 + 2 * 4 + 3);
    }
}
