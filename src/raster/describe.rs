//! What a scene is, for people and for programs.

use std::fmt;

use super::bands::{Band, Interpretation};
use super::crs::CrsKind;
use super::extent::{LonLatBounds, lonlat_bounds, world_bounds};
use super::scene::Scene;
use super::stretch::{Stretch, StretchOptions};
use super::survey::survey;

/// At most so many bands are looked at for the valid fraction.
const BANDS_SURVEYED: usize = 4;

/// Everything `referent info` says of a scene.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Description {
    /// Path or address.
    pub source: String,
    /// GDAL's short name of the format.
    pub driver: String,
    /// Columns.
    pub width: u64,
    /// Rows.
    pub height: u64,
    /// Type of the first band's samples, in GDAL's words.
    pub data_type: String,
    /// The bands in order.
    pub bands: Vec<BandDescription>,
    /// Columns and rows of the overviews, finest first.
    pub overviews: Vec<[u64; 2]>,
    /// Columns and rows of a block.
    pub block_size: [u64; 2],
    /// Name of the CRS.
    pub crs_name: Option<String>,
    /// Authority code of the CRS.
    pub crs_code: Option<String>,
    /// What its coordinates are.
    pub crs_kind: Option<CrsKind>,
    /// Definition of the CRS.
    pub crs_wkt: Option<String>,
    /// GDAL's six numbers.
    pub transform: Option<[f64; 6]>,
    /// Metres on the ground along columns and rows, at the raster's centre.
    pub metres_per_pixel: Option<[f64; 2]>,
    /// `[min x, min y, max x, max y]` in the CRS.
    pub extent: Option<[f64; 4]>,
    /// The same in longitude and latitude.
    pub lonlat: Option<LonLatBounds>,
    /// Share of pixels that hold data; `None` where none could be read.
    pub valid_fraction: Option<ValidFraction>,
    /// Bands and limits chosen for display; `None` where no pixel could be read.
    pub stretch: Option<Stretch>,
    /// What the user should know, in whole phrases.
    pub warnings: Vec<String>,
}

/// One band of a [`Description`].
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct BandDescription {
    /// Number, from 1.
    pub number: usize,
    /// Its name in the file.
    pub description: String,
    /// What it shows.
    pub interpretation: Interpretation,
    /// GDAL's name of its type.
    pub data_type: &'static str,
    /// Bits used, where fewer than the type has.
    pub bits: Option<u32>,
    /// The value that means "no data", as text, since it may be NaN.
    pub nodata: Option<String>,
    /// Scale to physical values.
    pub scale: Option<f64>,
    /// Offset to physical values.
    pub offset: Option<f64>,
}

/// Share of a scene's pixels that hold data: not hidden, and neither no-data, NaN nor infinite in all of the first bands.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct ValidFraction {
    /// 0 to 1.
    pub fraction: f64,
    /// Whether it was counted over a sample and not over every pixel.
    pub sampled: bool,
}

impl Description {
    /// Describes a scene. What cannot be read is left out and becomes a warning: a damaged file is described too.
    pub fn of(scene: &Scene) -> Self {
        let [width, height] = scene.size();
        let place = scene.georeference();
        let mut warnings = scene.warnings().to_vec();
        let valid_fraction = valid_fraction(scene, &mut warnings);
        let stretch = Stretch::choose(scene, &StretchOptions::default())
            .map_err(|error| warnings.push(format!("no display could be chosen: {}", error.why())))
            .ok();
        let crs = place.crs.as_ref();
        Self {
            source: scene.source().to_owned(),
            driver: scene.driver().to_owned(),
            width,
            height,
            data_type: scene.bands().first().map_or("", |band| band.data_type).to_owned(),
            bands: scene.bands().iter().enumerate().map(BandDescription::of).collect(),
            overviews: scene.overviews().collect(),
            block_size: scene.block_size(),
            crs_name: crs.map(|crs| crs.name().to_owned()),
            crs_code: crs.and_then(|crs| crs.code().map(str::to_owned)),
            crs_kind: crs.map(super::Crs::kind),
            crs_wkt: crs.map(|crs| crs.wkt().to_owned()),
            transform: place.transform,
            metres_per_pixel: place.metres_per_pixel_at(width as f64 / 2.0, height as f64 / 2.0),
            extent: world_bounds(place, scene.size()),
            lonlat: lonlat_bounds(place, scene.size()),
            valid_fraction,
            stretch,
            warnings,
        }
    }
}

impl BandDescription {
    fn of((index, band): (usize, &Band)) -> Self {
        Self {
            number: index + 1,
            description: band.description.clone(),
            interpretation: band.interpretation,
            data_type: band.data_type,
            bits: band.bits,
            nodata: band.nodata.map(|value| value.to_string()),
            scale: band.scale,
            offset: band.offset,
        }
    }
}

fn valid_fraction(scene: &Scene, warnings: &mut Vec<String>) -> Option<ValidFraction> {
    let shown = |band: &&usize| scene.bands()[**band - 1].interpretation != Interpretation::Alpha;
    let all: Vec<usize> = (1..=scene.bands().len()).collect();
    let mut bands: Vec<usize> = all.iter().filter(shown).take(BANDS_SURVEYED).copied().collect();
    if bands.is_empty() {
        bands = vec![1];
    }
    let (mut valid, mut total) = (0u64, 0u64);
    let seen = survey(scene, &bands, true, |samples| {
        valid += samples.valid.iter().filter(|valid| **valid).count() as u64;
        total += samples.valid.len() as u64;
    });
    match seen {
        Ok(survey) => {
            if let Some(error) = survey.damage {
                warnings.push(format!("a part of it cannot be read: {}", error.why()));
            }
            if valid == 0 {
                let where_looked =
                    if survey.is_exact { "all of it is no data" } else { "a sample of it is all no data" };
                warnings.push(format!("no valid pixel was found: {where_looked}"));
            }
            Some(ValidFraction { fraction: valid as f64 / total.max(1) as f64, sampled: !survey.is_exact })
        }
        Err(error) => {
            warnings.push(format!("no pixel could be read: {}", error.why()));
            None
        }
    }
}

impl fmt::Display for Description {
    /// The form for people: one fact a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.source)?;
        writeln!(f, "  format     {}", self.driver)?;
        let blocks = self.block_size;
        writeln!(f, "  size       {} x {} pixels, blocks of {} x {}", self.width, self.height, blocks[0], blocks[1])?;
        let overviews: Vec<String> = self.overviews.iter().map(|[w, h]| format!("{w} x {h}")).collect();
        writeln!(f, "  overviews  {}", if overviews.is_empty() { "none".to_owned() } else { overviews.join(", ") })?;
        for band in &self.bands {
            writeln!(f, "  {band}")?;
        }
        let crs = match (&self.crs_name, &self.crs_code) {
            (Some(name), Some(code)) => format!("{name} ({code})"),
            (Some(name), None) => name.clone(),
            (None, _) => "none".to_owned(),
        };
        writeln!(f, "  CRS        {crs}")?;
        if let Some([x, y]) = self.metres_per_pixel {
            writeln!(f, "  pixel      {x:.4} m x {y:.4} m on the ground at the centre")?;
        }
        if let Some([x0, y0, x1, y1]) = self.extent {
            writeln!(f, "  extent     x {x0} to {x1}, y {y0} to {y1}")?;
        }
        if let Some(LonLatBounds { west, south, east, north }) = self.lonlat {
            writeln!(f, "  lon, lat   {west:.6} to {east:.6}, {south:.6} to {north:.6}")?;
        }
        if let Some(ValidFraction { fraction, sampled }) = self.valid_fraction {
            let how = if sampled { " (of a sample)" } else { "" };
            writeln!(f, "  data       {:.2} % of the pixels{how}", fraction * 100.0)?;
        }
        if let Some(stretch) = &self.stretch {
            let [r, g, b] = stretch.bands;
            let limits: Vec<String> = (0..3).map(|c| format!("{}..{}", stretch.low[c], stretch.high[c])).collect();
            writeln!(f, "  shown as   bands {r}, {g}, {b}, values {}", limits.join(", "))?;
        }
        for warning in &self.warnings {
            writeln!(f, "  warning    {warning}")?;
        }
        Ok(())
    }
}

impl fmt::Display for BandDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "band {:<5} {}", self.number, self.data_type)?;
        if let Some(bits) = self.bits {
            write!(f, " ({bits} bits)")?;
        }
        if self.interpretation != Interpretation::Undefined {
            write!(f, ", {}", format!("{:?}", self.interpretation).to_lowercase())?;
        }
        if !self.description.is_empty() {
            write!(f, ", \"{}\"", self.description)?;
        }
        if let Some(nodata) = &self.nodata {
            write!(f, ", no data {nodata}")?;
        }
        Ok(())
    }
}
