//! Makes the picture of what the model sees.

use std::sync::Arc;

use crate::app::state::{SightOrder, Sighted, map_from_pixels, pixel_at};
use crate::error::{Error, Result};
use crate::query::{Resolution, WindowAt, trained_at};
use crate::raster::{Stretch, View};

/// Reads the window around the place that was ordered, as a query would.
///
/// # Errors
/// Where the place is not on the raster, or that cannot be read.
pub(super) fn see(order: &SightOrder) -> Result<Sighted> {
    let SightOrder { scene: handle, choice, stretch, place, at, gsd_m, card, class } = order;
    let size = handle.size();
    let inside = |pixel: &[f64; 2]| (0..2).all(|axis| pixel[axis] >= 0.0 && pixel[axis] <= size[axis] as f64);
    let pixel = pixel_at(handle, *at, place)?.filter(inside).ok_or_else(|| {
        Error::new("nothing to see here", "the place is outside of the raster", "move the cursor over the raster")
    })?;
    // No class is called so: the model's range for all of them.
    let class_or_any = class.as_deref().unwrap_or_default();
    let trained = trained_at(card.as_deref(), class_or_any);
    let resolution = gsd_m.map_or(Resolution::Auto, Resolution::Metres);
    let window = WindowAt::new(size, handle.georeference(), resolution, trained, pixel)?;
    let scene = handle.open()?;
    let stretch = match stretch {
        Some(stretch) => Arc::clone(stretch),
        None => Arc::new(Stretch::choose(&scene, choice)?),
    };
    let view = View::of_window(&scene, &window.grid, window.window, &stretch)?;
    let area = window.grid.area_of(window.window);
    let (right, bottom) = (area.x + area.width, area.y + area.height);
    let around = [[area.x, area.y], [right, area.y], [right, bottom], [area.x, bottom]];
    Ok(Sighted {
        view: Arc::new(view),
        corners: map_from_pixels(handle, &around, place)?,
        level: window.level,
        trained: card.as_ref().and_then(|card| card.metres_per_pixel(class.as_deref())).map(|r| [r.min, r.max]),
        class: class.clone(),
        stretch,
        of: (*choice, handle.source().to_owned()),
    })
}
