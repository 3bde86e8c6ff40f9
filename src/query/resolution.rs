//! At which ground resolution a query looks at a scene.

/// Ground resolution asked for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Resolution {
    /// Chosen from the scene's own resolution and from what the model was trained on.
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

/// A view magnifies the scene's pixels at most this much: beyond it there is nothing more to see.
const LARGEST_MAGNIFICATION: f64 = 4.0;
/// Factor between a level and the coarser one that finds what is larger than a window.
pub const COARSER: f64 = 4.0;

/// The levels of a query, finest first. `pixel_m` is the ground size of a scene pixel along x and y.
///
/// `Auto` keeps the scene's own resolution where the model knows it, and goes to the nearest known one otherwise.
/// Where the model also knows [`COARSER`] pixels and the frame of `frame_px` scene pixels is larger than one window
/// of `window` view pixels, a second level looks for objects larger than a window.
pub fn levels(
    request: Resolution,
    pixel_m: Option<[f64; 2]>,
    trained: Trained,
    frame_px: [f64; 2],
    window: usize,
) -> Vec<Level> {
    let Some(pixel_m) = pixel_m.filter(|m| m.iter().all(|m| m.is_finite() && *m > 0.0)) else {
        return vec![Level { step: [1.0, 1.0], gsd_m: None }];
    };
    // A hair beside the scene's own pixels is the scene's own pixels.
    let step = |step: f64| if (step - 1.0).abs() < 1e-3 { 1.0 } else { step };
    let level = |gsd: f64| Level { step: pixel_m.map(|m| step(gsd / m)), gsd_m: Some(gsd) };
    if let Resolution::Metres(gsd) = request {
        return vec![level(gsd)];
    }
    let native = (pixel_m[0] * pixel_m[1]).sqrt();
    let finest = native.clamp(trained[0], trained[1]).max(native / LARGEST_MAGNIFICATION);
    let coarse = finest * COARSER;
    let larger_than_a_window = (0..2).any(|axis| frame_px[axis] * pixel_m[axis] / finest > window as f64);
    if larger_than_a_window && coarse <= trained[1] { vec![level(finest), level(coarse)] } else { vec![level(finest)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAINED: Trained = [0.3, 2.5];

    fn auto(pixel_m: f64, frame_px: f64) -> Vec<f64> {
        levels(Resolution::Auto, Some([pixel_m; 2]), TRAINED, [frame_px; 2], 480)
            .iter()
            .map(|level| level.gsd_m.unwrap())
            .collect()
    }

    #[test]
    fn a_known_resolution_is_kept_and_an_unknown_one_moved_to_the_nearest_known() {
        assert_eq!(auto(1.0, 400.0), [1.0]);
        assert_eq!(auto(0.1, 400.0), [0.3]);
        assert_eq!(auto(5.0, 400.0), [2.5]);
    }

    #[test]
    fn a_coarse_scene_is_magnified_four_times_at_most() {
        assert_eq!(auto(30.0, 400.0), [7.5]);
    }

    #[test]
    fn a_frame_larger_than_a_window_is_looked_at_from_farther_away_too() {
        assert_eq!(auto(0.5, 4000.0), [0.5, 2.0]);
        assert_eq!(auto(1.0, 4000.0), [1.0], "the model never saw 4 m pixels");
    }

    #[test]
    fn pixels_that_are_not_square_become_square_on_the_ground() {
        let level = levels(Resolution::Metres(1.0), Some([0.5, 0.25]), TRAINED, [100.0; 2], 480)[0];
        assert_eq!(level.step, [2.0, 4.0]);
    }

    #[test]
    fn a_scene_without_ground_metres_is_read_pixel_by_pixel() {
        let level = levels(Resolution::Auto, None, TRAINED, [100.0; 2], 480)[0];
        assert_eq!(level, Level { step: [1.0, 1.0], gsd_m: None });
    }
}
