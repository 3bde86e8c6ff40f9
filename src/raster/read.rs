//! Reading an area of a scene at any size: through overviews, by area averages, over valid pixels only.
//!
//! What a read returns depends on the area, the output size and the bands alone. The overview is chosen by the ratio
//! of the two, and each output pixel is computed from its own footprint, so windows cut differently agree.
//! GDAL delivers whole pixels of one level; it resamples nothing, since its own means let NaN, alpha and the choice of
//! overview near the edge decide.

use gdal::raster::{RasterBand, ResampleAlg};

use super::library::listen;
use super::resample::{Kernel, Taps, taps};
use super::samples::{Area, Samples};
use super::scene::{Level, Mask, Scene};
use crate::error::{Error, Result};

/// Where even the coarsest level has over this many pixels an output pixel along an axis, only some are read:
/// `AVERAGED` an axis at least, evenly spaced from the raster's origin. Otherwise a look at a raster without overviews
/// would decode all of it.
const SKIP_FROM: f64 = 16.0;
const AVERAGED: f64 = 8.0;

/// Source pixels, and output pixels, of one band worked on at once: some 60 MB with three bands.
const PIXELS_AT_ONCE: usize = 1 << 20;

/// Largest answer in samples (1 GiB of f32).
const MOST_SAMPLES: usize = 1 << 28;

impl Scene {
    /// Reads `bands` (numbers from 1) over `area` into `out` = `[width, height]` pixels.
    ///
    /// Shrinking averages the valid samples under each output pixel, enlarging interpolates linearly between valid
    /// ones; palette indices are picked, never mixed. An output pixel is valid where at least half of its footprint
    /// is: inside the raster, shown by alpha and mask, and data (neither no-data, NaN nor infinite) in any of `bands`.
    ///
    /// `Err` where the request is impossible or a block of the file cannot be decoded.
    pub fn read(&self, area: Area, out: [usize; 2], bands: &[usize]) -> Result<Samples> {
        let impossible =
            |why: String| Error::usage(format!("cannot read {}", self.source()), why, "ask for another area or size");
        let [width, height] = out;
        let samples = [width, height, bands.len()].into_iter().try_fold(1usize, usize::checked_mul);
        if width == 0 || height == 0 || bands.is_empty() || samples.is_none_or(|samples| samples > MOST_SAMPLES) {
            return Err(impossible(format!("{width} x {height} pixels of {} bands cannot be returned", bands.len())));
        }
        let usable = [area.x, area.y, area.width, area.height].iter().all(|value| value.is_finite());
        if !usable || area.width <= 0.0 || area.height <= 0.0 {
            return Err(impossible(format!("{area:?} is no area")));
        }
        if let Some(missing) = bands.iter().find(|&&band| band == 0 || band > self.bands().len()) {
            return Err(impossible(format!("there is no band {missing}; it has {}", self.bands().len())));
        }
        let (read, messages) = listen(|| {
            let _offline = self.offline();
            Reader::new(self, area, out, bands).read()
        });
        read.map_err(|cause| {
            let why = messages.into_iter().next().unwrap_or_else(|| "GDAL does not say why".to_owned());
            Error::new(
                format!("cannot read pixels of {}", self.source()),
                format!("a block cannot be decoded ({why})"),
                "the file is damaged or not whole: fetch it again, or choose an area without the damage",
            )
            .because(cause)
        })
    }
}

/// One read: the level and spacing it goes by, the weights along both axes.
struct Reader<'a> {
    scene: &'a Scene,
    bands: &'a [usize],
    level: Level,
    /// Every so many pixels of the level are read, along each axis.
    every: [usize; 2],
    /// Size of the level so thinned.
    thin: [usize; 2],
    columns: Vec<Taps>,
    rows: Vec<Taps>,
}

/// Sums over one output row.
struct Row {
    sums: Vec<f64>,
    weights: Vec<f64>,
}

/// A horizontal strip of source pixels, already reduced to the output's columns.
struct Strip {
    first_row: usize,
    /// For each band, `rows * width` sums of weight times value, over data.
    values: Vec<Vec<f64>>,
    /// For each band, `rows * width` sums of weight, over data.
    weights: Vec<Vec<f64>>,
    /// The same over pixels where any band has data.
    any: Vec<f64>,
}

impl<'a> Reader<'a> {
    fn new(scene: &'a Scene, area: Area, out: [usize; 2], bands: &'a [usize]) -> Self {
        let full = scene.size().map(|pixels| pixels as f64);
        let (starts, lengths) = ([area.x, area.y], [area.width, area.height]);
        let step = [0, 1].map(|axis| lengths[axis] / out[axis] as f64);
        let picks = bands.iter().any(|&band| scene.bands()[band - 1].palette.is_some());
        let fits = |level: &&Level| {
            // An overview is used only where it has at least one pixel an output pixel.
            level.overview.is_none() || (0..2).all(|axis| full[axis] / level.size[axis] as f64 <= step[axis] * 1.000_1)
        };
        let levels = &scene.header.levels;
        let level = levels.iter().rev().find(fits).or(levels.first());
        let level = level.copied().unwrap_or(Level { overview: None, size: scene.size() });
        let mut reader =
            Self { scene, bands, level, every: [1; 2], thin: [1; 2], columns: Vec::new(), rows: Vec::new() };
        let along = [0, 1].map(|axis| {
            let factor = full[axis] / level.size[axis] as f64;
            let ratio = step[axis] / factor;
            let every = if ratio >= SKIP_FROM { (ratio / AVERAGED).floor() } else { 1.0 };
            let every = every.min(level.size[axis] as f64);
            reader.every[axis] = every as usize;
            // What is left over at the far edge, less than one spacing, is not sampled.
            reader.thin[axis] = (level.size[axis] as usize / reader.every[axis]).max(1);
            let kernel = if picks { Kernel::Pick } else { Kernel::Mean };
            let scale = factor * every;
            taps(starts[axis] / scale, lengths[axis] / scale, out[axis], reader.thin[axis], kernel)
        });
        [reader.columns, reader.rows] = along;
        reader
    }

    fn read(&self) -> gdal::errors::Result<Samples> {
        let (width, height) = (self.columns.len(), self.rows.len());
        let pixels = width * height;
        let mut samples = Samples {
            width,
            height,
            bands: self.bands.len(),
            values: vec![f32::NAN; pixels * self.bands.len()],
            valid: vec![false; pixels],
        };
        let Some(columns) = span(&self.columns) else { return Ok(samples) };
        let most_rows = (PIXELS_AT_ONCE / columns.len()).max(1);
        let mut done = 0;
        while done < height {
            // As many output rows as the strip holds, one at least.
            let mut end = done + 1;
            let mut rows = span(&self.rows[done..end]);
            while end < height {
                let more = span(&self.rows[done..=end]);
                let is_full = (end + 1 - done) * width > PIXELS_AT_ONCE;
                if is_full || more.as_ref().is_some_and(|more| more.len() > most_rows) {
                    break;
                }
                (rows, end) = (more, end + 1);
            }
            if let Some(rows) = rows {
                let block_rows = rows.len().min(most_rows);
                self.rows_into(&mut samples, done..end, &columns, rows, block_rows)?;
            }
            done = end;
        }
        Ok(samples)
    }

    /// Fills output rows `out_rows` from source rows `rows`, `block_rows` of them at a time.
    fn rows_into(
        &self,
        samples: &mut Samples,
        out_rows: std::ops::Range<usize>,
        columns: &std::ops::Range<usize>,
        rows: std::ops::Range<usize>,
        block_rows: usize,
    ) -> gdal::errors::Result<()> {
        let width = samples.width;
        let cells = out_rows.len() * width;
        let fresh = || Row { sums: vec![0.0; cells], weights: vec![0.0; cells] };
        let mut sums: Vec<Row> = self.bands.iter().map(|_| fresh()).collect();
        let mut any = vec![0.0; cells];
        for first in rows.clone().step_by(block_rows.max(1)) {
            let strip = self.strip(columns, first..(first + block_rows).min(rows.end))?;
            for (i, taps) in self.rows[out_rows.clone()].iter().enumerate() {
                let to = i * width..(i + 1) * width;
                for (j, weight) in taps.weights.iter().enumerate() {
                    let Some(row) = (taps.first + j).checked_sub(strip.first_row) else { continue };
                    let from = row * width..(row + 1) * width;
                    if from.end > strip.any.len() {
                        continue;
                    }
                    add(&mut any[to.clone()], &strip.any[from.clone()], *weight);
                    for (band, sum) in sums.iter_mut().enumerate() {
                        add(&mut sum.sums[to.clone()], &strip.values[band][from.clone()], *weight);
                        add(&mut sum.weights[to.clone()], &strip.weights[band][from.clone()], *weight);
                    }
                }
            }
        }
        let pixels = width * samples.height;
        let at = out_rows.start * width;
        for (cell, any) in any.into_iter().enumerate() {
            // A hair under one half, for the rounding of the weights' sum.
            samples.valid[at + cell] = any >= 0.5 - 1e-6;
            for (band, sum) in sums.iter().enumerate() {
                if samples.valid[at + cell] && sum.weights[cell] > 1e-6 {
                    samples.values[band * pixels + at + cell] = (sum.sums[cell] / sum.weights[cell]) as f32;
                }
            }
        }
        Ok(())
    }

    /// Reads source rows and reduces them to the output's columns.
    fn strip(&self, columns: &std::ops::Range<usize>, rows: std::ops::Range<usize>) -> gdal::errors::Result<Strip> {
        let shown = self.shown(columns, &rows)?;
        let pixels = columns.len() * rows.len();
        let mut any_data = vec![false; pixels];
        let (mut values, mut weights) = (Vec::new(), Vec::new());
        let mut reduced_shown = None;
        for &number in self.bands {
            let described = &self.scene.bands()[number - 1];
            let mut raw = vec![0f32; pixels];
            self.fetch(&self.scene.raster_band(number, self.level)?, columns, &rows, &mut raw)?;
            let data: Vec<bool> = if described.may_lack_data() {
                raw.iter().zip(&shown).map(|(value, shown)| *shown && described.is_data(*value)).collect()
            } else {
                shown.clone()
            };
            for (any, data) in any_data.iter_mut().zip(&data) {
                *any |= data;
            }
            let value = |i: usize| if data[i] { f64::from(raw[i]) } else { 0.0 };
            values.push(self.reduce(columns, rows.len(), value));
            weights.push(if described.may_lack_data() {
                self.reduce(columns, rows.len(), |i| f64::from(u8::from(data[i])))
            } else {
                reduced_shown
                    .get_or_insert_with(|| self.reduce(columns, rows.len(), |i| f64::from(u8::from(shown[i]))))
                    .clone()
            });
        }
        let any = self.reduce(columns, rows.len(), |i| f64::from(u8::from(any_data[i])));
        Ok(Strip { first_row: rows.start, values, weights, any })
    }

    /// Weighted sums of `value` over the columns of each output column, row by row.
    fn reduce(&self, columns: &std::ops::Range<usize>, rows: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut reduced = Vec::with_capacity(rows * self.columns.len());
        for row in 0..rows {
            let at = row * columns.len();
            reduced.extend(self.columns.iter().map(|taps| {
                let weights = taps.weights.iter().enumerate();
                weights.map(|(i, weight)| weight * value(at + taps.first + i - columns.start)).sum::<f64>()
            }));
        }
        reduced
    }

    /// Which pixels neither alpha nor mask hides.
    fn shown(
        &self,
        columns: &std::ops::Range<usize>,
        rows: &std::ops::Range<usize>,
    ) -> gdal::errors::Result<Vec<bool>> {
        let mut mask = vec![0f32; columns.len() * rows.len()];
        match self.scene.header.mask {
            Mask::Nothing => return Ok(vec![true; mask.len()]),
            Mask::Alpha(number) => {
                self.fetch(&self.scene.raster_band(number, self.level)?, columns, rows, &mut mask)?;
            }
            Mask::PerDataset => {
                let band = self.scene.raster_band(1, self.level)?;
                self.fetch(&band.open_mask_band()?, columns, rows, &mut mask)?;
            }
        }
        Ok(mask.into_iter().map(|opacity| opacity > 0.0).collect())
    }

    /// Pixels of one band of the level, every `every`-th of them.
    fn fetch(
        &self,
        band: &RasterBand<'_>,
        columns: &std::ops::Range<usize>,
        rows: &std::ops::Range<usize>,
        into: &mut [f32],
    ) -> gdal::errors::Result<()> {
        let [skip_x, skip_y] = self.every;
        let origin = ((columns.start * skip_x) as isize, (rows.start * skip_y) as isize);
        let window = (columns.len() * skip_x, rows.len() * skip_y);
        let size = (columns.len(), rows.len());
        band.read_into_slice(origin, window, size, into, Some(ResampleAlg::NearestNeighbour))
    }
}

/// The source pixels that any of `taps` touches.
fn span(taps: &[Taps]) -> Option<std::ops::Range<usize>> {
    let touched = || taps.iter().filter(|taps| !taps.weights.is_empty());
    Some(touched().map(|taps| taps.first).min()?..touched().map(Taps::end).max()?)
}

fn add(to: &mut [f64], from: &[f64], weight: f64) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from * weight;
    }
}
