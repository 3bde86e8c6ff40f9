//! A picture sheet of the worst cases: what was meant, what was found, and where they agree.

use std::path::Path;

use image::{Rgb, RgbImage, imageops};
use serde::Serialize;

use super::evaluate::Tried;
use super::mask::Mask;
use super::metrics::Outcome;
use crate::error::{Error, Result};
use crate::files::write_whole;

/// Cases on a sheet, in rows of [`COLUMNS`].
const CASES: usize = 24;
const COLUMNS: usize = 6;
/// Side of a case on the sheet, in pixels.
const SIDE: u32 = 240;
/// Colours that a colour-blind eye tells apart (Okabe and Ito, 2008): only meant, only found, both.
const MEANT: [u8; 3] = [0, 114, 178];
const FOUND: [u8; 3] = [230, 159, 0];
const BOTH: [u8; 3] = [0, 158, 115];

/// One case, as `worst.json` lists them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// Row and column on the sheet, from 1.
    pub place: [usize; 2],
    /// The picture's name in its data set.
    pub image: String,
    /// The phrase.
    pub phrase: String,
    /// Its kind.
    pub kind: Option<String>,
    /// IoU; for what is absent 1 minus the share of the picture that was marked.
    pub score: f64,
}

/// The worst cases so far.
#[derive(Debug, Default)]
pub struct Worst {
    cases: Vec<(Case, RgbImage)>,
}

impl Worst {
    /// Looks at one phrase that was tried.
    ///
    /// # Errors
    /// If picture and masks are of different sizes.
    pub fn add(&mut self, tried: &Tried<'_>) -> Result<()> {
        let score = match tried.outcome {
            Outcome::Present { overlap, .. } => overlap.iou(),
            Outcome::Absent { marked, pixels, .. } => 1.0 - marked as f64 / pixels.max(1) as f64,
        };
        let last = self.cases.last().map_or(f64::INFINITY, |(case, _)| case.score);
        if score >= 1.0 || (self.cases.len() == CASES && score >= last) {
            return Ok(());
        }
        let case = Case {
            place: [0, 0],
            image: format!("{}: {}", tried.sample.source, tried.sample.id),
            phrase: tried.expression.text.clone(),
            kind: tried.expression.kind.as_deref().map(str::to_owned),
            score,
        };
        let place = self.cases.partition_point(|(other, _)| other.score <= score);
        self.cases.insert(place, (case, drawn(tried.picture, tried.truth, tried.mask)));
        self.cases.truncate(CASES);
        Ok(())
    }

    /// Writes `worst.png` and `worst.json` into `folder`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let failed = |cause: &dyn std::fmt::Display| {
            Error::new(format!("cannot write into {}", folder.display()), cause.to_string(), "check the folder")
        };
        std::fs::create_dir_all(folder).map_err(|cause| failed(&cause))?;
        let rows = self.cases.len().div_ceil(COLUMNS).max(1) as u32;
        let mut sheet = RgbImage::from_pixel(COLUMNS as u32 * (SIDE + 4), rows * (SIDE + 4), Rgb([255; 3]));
        let mut list = Vec::new();
        for (index, (case, picture)) in self.cases.iter().enumerate() {
            let (row, column) = (index / COLUMNS, index % COLUMNS);
            let at = |place: usize| (place as u32 * (SIDE + 4) + 2).into();
            imageops::replace(&mut sheet, picture, at(column), at(row));
            list.push(Case { place: [row + 1, column + 1], ..case.clone() });
        }
        write_whole(&folder.join("worst.png"), |beside| {
            sheet.save_with_format(beside, image::ImageFormat::Png).map_err(|cause| failed(&cause))
        })?;
        let text = serde_json::to_string_pretty(&list).map_err(|cause| failed(&cause))?;
        write_whole(&folder.join("worst.json"), |beside| std::fs::write(beside, text).map_err(|cause| failed(&cause)))
    }
}

/// The picture with both masks over it, as large as fits a case.
fn drawn(picture: &RgbImage, truth: Option<&Mask>, found: &Mask) -> RgbImage {
    let mut picture = picture.clone();
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let color = match (truth.is_some_and(|truth| truth.contains(x, y)), found.contains(x, y)) {
            (true, true) => BOTH,
            (true, false) => MEANT,
            (false, true) => FOUND,
            (false, false) => continue,
        };
        pixel.0 = [0, 1, 2].map(|channel| ((u16::from(pixel.0[channel]) + u16::from(color[channel])) / 2) as u8);
    }
    let scale = f64::from(SIDE) / f64::from(picture.width().max(picture.height()));
    let [width, height] = [picture.width(), picture.height()].map(|side| ((f64::from(side) * scale) as u32).max(1));
    imageops::resize(&picture, width, height, imageops::FilterType::Triangle)
}
