//! A rectangle of the map as a window of a raster's pixels.

use super::State;
use super::ask_form::FramePick;
use super::look::Place;
use crate::app::map::Bounds;
use crate::error::{Error, Result};
use crate::query::FrameChoice;
use crate::raster::{SceneHandle, transform_points};

/// Points along an edge of the rectangle: enough for the bulge of an edge in another projection.
const POINTS: u32 = 8;

/// The window `[x, y, width, height]` of `scene`, in whole pixels, around what `bounds` of the map covers of it.
///
/// # Errors
/// Where they do not meet, or the raster has no place in the map.
pub fn window_on(scene: &SceneHandle, bounds: Bounds, place: &Place) -> Result<[f64; 4]> {
    let what = || format!("cannot look at that part of {}", scene.source());
    let ([left, bottom], [right, top]) = (bounds.min, bounds.max);
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for step in 0..=POINTS {
        let t = f64::from(step) / f64::from(POINTS);
        let (x, y) = (left + t * (right - left), bottom + t * (top - bottom));
        xs.extend([x, x, left, right]);
        ys.extend([bottom, top, y, y]);
    }
    let pixels = pixels_of(scene, (xs, ys), place)?;
    let Some(around) = Bounds::around(pixels) else {
        let why = "the raster has no place in the coordinates of the map";
        return Err(Error::new(what(), why, "ask the whole scene instead"));
    };
    let size = scene.size().map(|side| side as f64);
    let min = [0, 1].map(|axis| around.min[axis].floor().max(0.0));
    let max = [0, 1].map(|axis| around.max[axis].ceil().min(size[axis]));
    if min[0] >= max[0] || min[1] >= max[1] {
        return Err(Error::new(what(), "it lies outside of the raster", "move the map, or ask the whole scene"));
    }
    Ok([min[0], min[1], max[0] - min[0], max[1] - min[1]])
}

/// The pixels of points of the map, those that have any.
fn pixels_of(scene: &SceneHandle, (mut xs, mut ys): (Vec<f64>, Vec<f64>), place: &Place) -> Result<Vec<[f64; 2]>> {
    let georeference = scene.georeference();
    if let (Some(from), Some(to)) = (&place.crs, &georeference.crs)
        && from != to
    {
        transform_points(from, to, &mut xs, &mut ys)?;
    }
    let pixel = |(x, y)| match georeference.transform {
        Some(_) if !place.in_pixels => georeference.pixel_from_world([x, y]),
        None if place.in_pixels => Some([x, y]),
        _ => None,
    };
    Ok(xs.into_iter().zip(ys).filter_map(pixel).collect())
}

/// The pixel of `scene` at a point of the map; `None` where the raster has no place in the map.
///
/// # Errors
/// Where no way leads from the map's coordinates to the raster's.
pub fn pixel_at(scene: &SceneHandle, [x, y]: [f64; 2], place: &Place) -> Result<Option<[f64; 2]>> {
    let pixels = pixels_of(scene, (vec![x], vec![y]), place)?;
    Ok(pixels.first().copied().filter(|pixel| pixel.iter().all(|value| value.is_finite())))
}

/// Points of `scene`, in its pixels, on the map.
///
/// # Errors
/// Where no way leads from the raster's coordinates to the map's.
pub fn map_from_pixels(scene: &SceneHandle, pixels: &[[f64; 2]], place: &Place) -> Result<Vec<[f64; 2]>> {
    let georeference = scene.georeference();
    let world = pixels.iter().map(|pixel| georeference.world_from_pixel(*pixel).unwrap_or(*pixel));
    let (mut xs, mut ys): (Vec<f64>, Vec<f64>) = world.map(|[x, y]| (x, y)).unzip();
    if let (Some(from), Some(to)) = (&georeference.crs, &place.crs)
        && from != to
    {
        transform_points(from, to, &mut xs, &mut ys)?;
    }
    Ok(xs.into_iter().zip(ys).map(|(x, y)| [x, y]).collect())
}

impl State {
    /// The frame that `pick` means on `scene` now.
    pub(super) fn frame_of(&self, pick: FramePick, scene: &SceneHandle) -> Result<FrameChoice> {
        let bounds = match pick {
            FramePick::Scene => return Ok(FrameChoice::Scene),
            FramePick::View => {
                let [width, height] = self.canvas.0;
                let rect = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(width, height));
                self.current_camera().bounds(rect)
            }
            FramePick::Area => self.area.ok_or_else(|| {
                Error::new("cannot ask the drawn area", "none is drawn", "draw a rectangle with the area tool (R)")
            })?,
        };
        let [x, y, width, height] = window_on(scene, bounds, &self.place)?;
        let [columns, rows] = scene.size().map(|side| side as f64);
        let whole = x == 0.0 && y == 0.0 && width == columns && height == rows;
        Ok(if whole && pick == FramePick::View {
            FrameChoice::Scene
        } else {
            FrameChoice::Window([x, y, width, height])
        })
    }
}
