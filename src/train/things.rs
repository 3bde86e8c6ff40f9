//! Labelled objects as phrases speak of them: outline, size, colour.

use image::RgbImage;

use super::dataset::Sample;
use super::mask::Mask;
use crate::error::Result;
use crate::text::describe::Thing;

/// A run of pixels: row, first column, one past the last column.
pub type Run = (u32, u32, u32);

/// The objects of `sample` as seen in its picture, with their masks, in its order. Objects without a pixel are left out.
///
/// False colours are no colours to speak of: things in infrared pictures have none.
///
/// # Errors
/// If a mask cannot be read.
pub fn things(sample: &Sample, image: &RgbImage) -> Result<(Vec<Thing>, Vec<Mask>)> {
    let (mut things, mut masks) = (Vec::new(), Vec::new());
    for instance in &sample.instances {
        let mask = sample.read_mask(&instance.shape)?;
        let runs = mask.runs();
        let Some(thing) = Thing::of_runs(&*instance.category, &runs) else { continue };
        let color = if sample.infrared { None } else { mean_color(image, &runs) };
        things.push(Thing { color, ..thing });
        masks.push(mask);
    }
    Ok((things, masks))
}

/// The mean colour of some pixels of a picture, `None` without pixels or where they leave it.
pub fn mean_color(image: &RgbImage, runs: &[Run]) -> Option<[u8; 3]> {
    let width = image.width() as usize;
    let (mut sums, mut count) = ([0u64; 3], 0u64);
    for &(row, from, to) in runs {
        let start = row as usize * width;
        let values = image.as_raw().get(3 * (start + from as usize)..3 * (start + to as usize))?;
        for pixel in values.as_chunks::<3>().0 {
            (0..3).for_each(|channel| sums[channel] += u64::from(pixel[channel]));
            count += 1;
        }
    }
    (count > 0).then(|| sums.map(|sum| (sum / count) as u8))
}
