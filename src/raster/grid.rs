//! Windows of one size over a scene resampled to a ground resolution.
//!
//! Three spaces: *scene* pixels of the raster, *level* pixels of the resampled scene, and windows numbered by column
//! and row. Everything is anchored at the raster's origin, so the same place is always cut the same way, wherever the
//! user's frame begins.

use crate::error::{Error, Result};

use super::samples::Area;

/// How a scene is cut into windows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    scene: [u64; 2],
    step: [f64; 2],
    window: usize,
    stride: usize,
}

/// One window of a [`Grid`], numbered from the raster's origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window {
    /// Row of windows.
    pub row: u64,
    /// Column of windows.
    pub col: u64,
}

/// A rectangle in level pixels; it may reach outside the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelRect {
    /// Left edge.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
    /// Columns.
    pub width: u64,
    /// Rows.
    pub height: u64,
}

impl Grid {
    /// A grid over a scene of `scene` = `[columns, rows]` pixels. `step` is the number of scene pixels a level pixel, along columns
    /// and rows; windows have `window` by `window` level pixels and begin every `stride` of them.
    ///
    /// `Err` unless the step is positive and finite and `1 <= stride <= window`.
    pub fn new(scene: [u64; 2], step: [f64; 2], window: usize, stride: usize) -> Result<Self> {
        let wrong =
            |why: String| Error::usage("cannot cut the scene into windows", why, "choose another ground resolution");
        if scene.contains(&0) {
            return Err(wrong("the scene has no pixels".into()));
        }
        if !(1..=window).contains(&stride) {
            return Err(wrong(format!("windows of {window} pixels cannot begin every {stride}")));
        }
        let grid = Self { scene, step, window, stride };
        // An i64 must hold every level coordinate with room for a window more.
        let fits = |axis: usize| step[axis].is_finite() && step[axis] > 0.0 && scene[axis] as f64 / step[axis] < 1e15;
        if !(fits(0) && fits(1)) {
            return Err(wrong(format!("{step:?} scene pixels a pixel are impossible")));
        }
        Ok(grid)
    }

    /// A grid whose level pixels have `gsd` metres, given the scene's own `metres_per_pixel` along columns and rows.
    pub fn at_resolution(
        scene: [u64; 2],
        metres_per_pixel: [f64; 2],
        gsd: f64,
        window: usize,
        stride: usize,
    ) -> Result<Self> {
        Self::new(scene, metres_per_pixel.map(|metres| gsd / metres), window, stride)
    }

    /// Scene pixels a level pixel, along columns and rows.
    pub fn step(&self) -> [f64; 2] {
        self.step
    }

    /// Side of a window in level pixels.
    pub fn window_px(&self) -> usize {
        self.window
    }

    /// Level pixels from one window's origin to the next one's.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Columns and rows of the level, the last of them partly outside the scene where the step does not divide it.
    pub fn level_size(&self) -> [u64; 2] {
        [0, 1].map(|axis| {
            // 100 / 0.1 is a hair over 1000 in places; that hair is no pixel.
            let exact = self.scene[axis] as f64 / self.step[axis];
            ((exact - 1e-6).ceil() as u64).max(1)
        })
    }

    /// Columns and rows of windows: as few as cover the level.
    pub fn windows(&self) -> [u64; 2] {
        let (window, stride) = (self.window as u64, self.stride as u64);
        self.level_size().map(|length| 1 + length.saturating_sub(window).div_ceil(stride))
    }

    /// Windows that share at least one level pixel with `rect`, row after row.
    pub fn windows_touching(&self, rect: LevelRect) -> impl Iterator<Item = Window> + use<> {
        let [cols, rows] = self.windows();
        let [level_width, level_height] = self.level_size();
        let cols = self.touched(rect.x, rect.width, level_width, cols);
        let rows = self.touched(rect.y, rect.height, level_height, rows);
        rows.flat_map(move |row| cols.clone().map(move |col| Window { row, col }))
    }

    /// Numbers of the windows along one axis that share a pixel of the level with `start..start + length`.
    fn touched(&self, start: i64, length: u64, level: u64, windows: u64) -> std::ops::Range<u64> {
        let (window, stride) = (self.window as i128, self.stride as i128);
        let from = i128::from(start).max(0);
        let to = (i128::from(start) + i128::from(length)).min(i128::from(level));
        if from >= to {
            return 0..0;
        }
        // Window i covers i * stride .. i * stride + window.
        let first = (from - window).div_euclid(stride) + 1;
        let end = (to - 1).div_euclid(stride) + 1;
        let within = |number: i128| number.clamp(0, i128::from(windows)) as u64;
        within(first)..within(end)
    }

    /// The window's place in level pixels; it may hang over the level's far edges.
    pub fn rect_of(&self, window: Window) -> LevelRect {
        let at = |number: u64| i64::try_from(u128::from(number) * self.stride as u128).unwrap_or(i64::MAX);
        LevelRect { x: at(window.col), y: at(window.row), width: self.window as u64, height: self.window as u64 }
    }

    /// The window's place in scene pixels.
    pub fn area_of(&self, window: Window) -> Area {
        let rect = self.rect_of(window);
        Area {
            x: rect.x as f64 * self.step[0],
            y: rect.y as f64 * self.step[1],
            width: rect.width as f64 * self.step[0],
            height: rect.height as f64 * self.step[1],
        }
    }

    /// The level pixels that `area`, in scene pixels, touches.
    pub fn rect_around(&self, area: Area) -> LevelRect {
        let [x0, y0] = self.level_from_scene([area.x, area.y]).map(f64::floor);
        let [x1, y1] = self.level_from_scene([area.x + area.width, area.y + area.height]).map(f64::ceil);
        LevelRect { x: x0 as i64, y: y0 as i64, width: (x1 - x0).max(0.0) as u64, height: (y1 - y0).max(0.0) as u64 }
    }

    /// Scene coordinates of a level position.
    pub fn scene_from_level(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [x * self.step[0], y * self.step[1]]
    }

    /// Level coordinates of a scene position.
    pub fn level_from_scene(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [x / self.step[0], y / self.step[1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_grid() -> impl Strategy<Value = Grid> {
        ((1u64..3000, 1u64..3000), (0.2..9.0f64, 0.2..9.0f64), 1usize..200).prop_flat_map(|(scene, step, window)| {
            (1..=window)
                .prop_map(move |stride| Grid::new([scene.0, scene.1], [step.0, step.1], window, stride).unwrap())
        })
    }

    fn any_rect() -> impl Strategy<Value = LevelRect> {
        (-500i64..4000, -500i64..4000, 0u64..900, 0u64..900).prop_map(|(x, y, width, height)| LevelRect {
            x,
            y,
            width,
            height,
        })
    }

    proptest! {
        #[test]
        fn windows_cover_the_level_and_no_more_than_needed(grid in any_grid()) {
            let [cols, rows] = grid.windows();
            let last = grid.rect_of(Window { row: rows - 1, col: cols - 1 });
            for (start, level) in [last.x, last.y].into_iter().zip(grid.level_size()) {
                prop_assert!(start as u64 + grid.window_px() as u64 >= level);
                prop_assert!((start as u64) < level);
            }
        }

        #[test]
        fn windows_touching_are_just_those_that_overlap(grid in any_grid(), rect in any_rect()) {
            let [cols, rows] = grid.windows();
            prop_assume!(cols * rows < 20_000);
            let found: Vec<Window> = grid.windows_touching(rect).collect();
            let [width, height] = grid.level_size().map(|length| length as i64);
            let (x0, x1) = (rect.x.max(0), (rect.x + rect.width as i64).min(width));
            let (y0, y1) = (rect.y.max(0), (rect.y + rect.height as i64).min(height));
            let mut expected = Vec::new();
            for row in 0..rows {
                for col in 0..cols {
                    let at = grid.rect_of(Window { row, col });
                    let side = grid.window_px() as i64;
                    if x0 < x1 && y0 < y1 && at.x < x1 && at.x + side > x0 && at.y < y1 && at.y + side > y0 {
                        expected.push(Window { row, col });
                    }
                }
            }
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn every_pixel_of_the_frame_is_in_a_window(grid in any_grid(), rect in any_rect()) {
            let [width, height] = grid.level_size().map(|length| length as i64);
            let corners = [(rect.x, rect.y), (rect.x + rect.width as i64 - 1, rect.y + rect.height as i64 - 1)];
            prop_assume!(rect.width > 0 && rect.height > 0);
            for (x, y) in corners {
                if (0..width).contains(&x) && (0..height).contains(&y) {
                    let holds = |window: Window| {
                        let at = grid.rect_of(window);
                        (at.x..at.x + at.width as i64).contains(&x) && (at.y..at.y + at.height as i64).contains(&y)
                    };
                    prop_assert!(grid.windows_touching(rect).any(holds));
                }
            }
        }

        #[test]
        fn a_window_lies_where_it_lies_whatever_the_frame(grid in any_grid(), one in any_rect(), other in any_rect()) {
            let areas = |rect| grid.windows_touching(rect).map(|window| (window, grid.area_of(window))).collect::<Vec<_>>();
            let (one, other) = (areas(one), areas(other));
            for (window, area) in &one {
                if let Some((_, same)) = other.iter().find(|(another, _)| another == window) {
                    prop_assert_eq!(area, same);
                }
            }
        }

        #[test]
        fn level_and_scene_positions_are_inverse(grid in any_grid(), x in 0.0..1e6f64, y in 0.0..1e6f64) {
            let back = grid.level_from_scene(grid.scene_from_level([x, y]));
            prop_assert!((back[0] - x).abs() < 1e-8 && (back[1] - y).abs() < 1e-8);
        }
    }

    #[test]
    fn a_million_by_a_million_pixels_are_counted_not_listed() {
        let grid = Grid::new([1_000_000, 1_000_000], [0.25, 0.25], 480, 240).unwrap();
        assert_eq!(grid.level_size(), [4_000_000, 4_000_000]);
        assert_eq!(grid.windows(), [16_666, 16_666]);
        let corner = LevelRect { x: 3_999_990, y: 3_999_990, width: 100, height: 100 };
        assert_eq!(grid.windows_touching(corner).collect::<Vec<_>>(), [Window { row: 16_665, col: 16_665 }]);
        let far = LevelRect { x: i64::MIN, y: i64::MIN, width: u64::MAX, height: u64::MAX };
        assert_eq!(grid.windows_touching(far).next(), Some(Window { row: 0, col: 0 }));
    }

    #[test]
    fn a_step_that_divides_the_scene_leaves_no_sliver() {
        assert_eq!(Grid::new([100, 100], [0.1, 0.1], 10, 10).unwrap().level_size(), [1000, 1000]);
        assert_eq!(Grid::new([480, 480], [1.0, 1.0], 480, 240).unwrap().windows(), [1, 1]);
    }

    #[test]
    fn an_impossible_step_is_refused() {
        for step in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-12] {
            assert!(Grid::new([1000, 1000], [step, 1.0], 480, 240).is_err(), "{step}");
        }
        assert!(Grid::new([1000, 1000], [1.0, 1.0], 480, 481).is_err());
    }
}
