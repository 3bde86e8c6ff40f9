//! Mask and probability as Cloud Optimized GeoTIFF, tile by tile.
//!
//! Tiles that hold something are written to a sparse TIFF, from which GDAL makes the COG: memory is one tile, whatever
//! the size of the scene.

use std::collections::BTreeSet;
use std::path::Path;

use gdal::errors::Result as GdalResult;
use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::{Dataset, DriverManager, Metadata};

use super::staging::{Staging, gdal_refusal};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::raster::Crs;
use crate::vector::field::{Block, Field};
use crate::vector::library::{attempt, spatial_ref};

/// Pixels of a tile's side, the COG driver's default.
const TILE: i64 = 512;

/// What a raster says of each pixel. Where the field is NaN there is no data; where nothing is stored the value is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Content {
    /// One byte: 1 where the probability reaches the threshold, else 0; 255 for no data.
    Mask {
        /// Above 0.
        threshold: f32,
    },
    /// The probability itself.
    Probability(Depth),
}

/// How a probability is stored. Scale and offset are in the file, so that GDAL and QGIS show 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Steps of 1/254; 255 for no data.
    Byte,
    /// Steps of 1/65534; 65535 for no data.
    UInt16,
    /// As it is; NaN for no data.
    Float32,
}

/// Size and place of a raster: those of the scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// GDAL's six numbers: x of the upper left corner, x a column, x a row, y of the corner, y a column, y a row.
    pub geotransform: Option<[f64; 6]>,
    /// What x and y are.
    pub crs: Option<Crs>,
    /// What it shows and what made it: the file's image description.
    pub description: Option<String>,
}

/// Writes pixels `0 .. width`, `0 .. height` of a field as a COG, replacing an output of that name.
///
/// # Errors
/// A size that no TIFF has, a threshold not above 0, a place that cannot be written, a stop by `job`. The old output is then still there.
pub fn write_raster<F: Field + ?Sized>(
    field: &F,
    content: Content,
    placement: &Placement,
    path: &Path,
    job: &Job,
) -> Result<()> {
    match content {
        Content::Mask { threshold } if !(threshold > 0.0 && threshold.is_finite()) => Err(Error::usage(
            format!("cannot write {}", path.display()),
            format!("a mask at the threshold {threshold} is all ones or none"),
            "give a threshold between 0 and 1",
        )),
        Content::Mask { threshold } => {
            let code = |value: f32| if value.is_nan() { 255u8 } else { u8::from(value >= threshold) };
            let codes =
                Codes { code, nodata: 255.0, scale: None, options: ["PREDICTOR=NO", "OVERVIEW_RESAMPLING=NEAREST"] };
            write_codes(field, &codes, placement, path, job)
        }
        Content::Probability(Depth::Byte) => {
            let code =
                |value: f32| if value.is_nan() { 255u8 } else { (value * 254.0).round().clamp(0.0, 254.0) as u8 };
            let options = ["PREDICTOR=YES", "OVERVIEW_RESAMPLING=AVERAGE"];
            let codes = Codes { code, nodata: 255.0, scale: Some(1.0 / 254.0), options };
            write_codes(field, &codes, placement, path, job)
        }
        Content::Probability(Depth::UInt16) => {
            let code = |value: f32| {
                if value.is_nan() { 65_535u16 } else { (value * 65_534.0).round().clamp(0.0, 65_534.0) as u16 }
            };
            let options = ["PREDICTOR=YES", "OVERVIEW_RESAMPLING=AVERAGE"];
            let codes = Codes { code, nodata: 65_535.0, scale: Some(1.0 / 65_534.0), options };
            write_codes(field, &codes, placement, path, job)
        }
        Content::Probability(Depth::Float32) => {
            let options = ["PREDICTOR=YES", "OVERVIEW_RESAMPLING=AVERAGE"];
            let codes = Codes { code: |value: f32| value, nodata: f64::NAN, scale: None, options };
            write_codes(field, &codes, placement, path, job)
        }
    }
}

/// How values become samples of a file.
struct Codes<C> {
    code: C,
    nodata: f64,
    scale: Option<f64>,
    /// Options of the COG driver that depend on what the samples are.
    options: [&'static str; 2],
}

fn write_codes<T, C, F>(field: &F, codes: &Codes<C>, placement: &Placement, path: &Path, job: &Job) -> Result<()>
where
    T: GdalType + Copy + Default + PartialEq,
    C: Fn(f32) -> T,
    F: Field + ?Sized,
{
    let staging = Staging::beside(path)?;
    let tiff = staging.scratch("tiles.tif")?;
    let reference = placement.crs.as_ref().map(spatial_ref).transpose()?;
    let refuse = |message| gdal_refusal(path, message);
    let options =
        ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "SPARSE_OK=TRUE", "COMPRESS=DEFLATE", "BIGTIFF=YES"];
    let mut dataset = attempt(|| {
        let mut dataset = DriverManager::get_driver_by_name("GTiff")?.create_with_band_type_with_options::<T, _>(
            &tiff,
            placement.width,
            placement.height,
            1,
            &RasterCreationOptions::from_iter(options),
        )?;
        if let Some(geotransform) = &placement.geotransform {
            dataset.set_geo_transform(geotransform)?;
        }
        if let Some(reference) = &reference {
            dataset.set_spatial_ref(reference)?;
        }
        if let Some(description) = &placement.description {
            dataset.set_metadata_item("TIFFTAG_IMAGEDESCRIPTION", description, "")?;
        }
        if let Some(scale) = codes.scale {
            let mut band = dataset.rasterband(1)?;
            band.set_scale(scale)?;
            band.set_offset(0.0)?;
        }
        Ok(dataset)
    })
    .map_err(refuse)?;
    let has_nodata = write_tiles(field, codes, placement, &mut dataset, job).map_err(|stop| stop.into_error(path))?;
    attempt(|| dataset.close()).map_err(refuse)?;
    job.check("writing")?;
    // Tiles that were never written read as the value for no data, if there is one. So it is told only now, by a VRT
    // around the file: what is absent is 0.
    let vrt = staging.scratch("tiles.vrt")?;
    attempt(|| {
        let tiles = Dataset::open(&tiff)?;
        let driver = DriverManager::get_driver_by_name("COG")?;
        let [predictor, resampling] = codes.options;
        let options = ["COMPRESS=DEFLATE", "BIGTIFF=IF_SAFER", "SPARSE_OK=TRUE", predictor, resampling];
        let options = RasterCreationOptions::from_iter(options);
        if has_nodata {
            let tiles = tiles.create_copy(&DriverManager::get_driver_by_name("VRT")?, &vrt, &Default::default())?;
            tiles.rasterband(1)?.set_no_data_value(Some(codes.nodata))?;
            tiles.create_copy(&driver, staging.path(), &options)?.close()?;
            tiles.close()
        } else {
            tiles.create_copy(&driver, staging.path(), &options)?.close()
        }
    })
    .map_err(refuse)?;
    job.check("writing")?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    staging.publish(&[".aux.xml", ".ovr", ".msk"].map(|suffix| format!("{name}{suffix}")))
}

/// Why tiles were not written to the end.
enum Stop {
    Gdal(String),
    Asked(Error),
}

impl Stop {
    fn into_error(self, path: &Path) -> Error {
        match self {
            Self::Gdal(message) => gdal_refusal(path, message),
            Self::Asked(error) => error,
        }
    }
}

/// Writes the tiles that hold something; whether any pixel has no data.
fn write_tiles<T, C, F>(
    field: &F,
    codes: &Codes<C>,
    placement: &Placement,
    dataset: &mut Dataset,
    job: &Job,
) -> std::result::Result<bool, Stop>
where
    T: GdalType + Copy + Default + PartialEq,
    C: Fn(f32) -> T,
    F: Field + ?Sized,
{
    let scene = Block { x: 0, y: 0, width: placement.width as i64, height: placement.height as i64 };
    let tiles = tiles_of(&field.blocks(), &scene);
    let total = tiles.len() as u64;
    let mut values = vec![0.0f32; (TILE * TILE) as usize];
    let mut has_nodata = false;
    for (done, (row, column)) in tiles.into_iter().enumerate() {
        job.check("writing").map_err(Stop::Asked)?;
        let tile = Block { x: column * TILE, y: row * TILE, width: TILE, height: TILE };
        let Some(tile) = tile.intersection(&scene) else { continue };
        let values = &mut values[..(tile.width * tile.height) as usize];
        for (y, values) in (tile.y..).zip(values.chunks_exact_mut(tile.width as usize)) {
            field.read_row(tile.x, y, values);
        }
        has_nodata |= values.iter().any(|value| value.is_nan());
        let samples: Vec<T> = values.iter().map(|&value| (codes.code)(value)).collect();
        if samples.iter().all(|sample| *sample == T::default()) {
            continue;
        }
        attempt(|| write_tile(dataset, &tile, samples)).map_err(Stop::Gdal)?;
        job.progress("tiles", done as u64 + 1, total);
    }
    Ok(has_nodata)
}

fn write_tile<T: GdalType + Copy>(dataset: &Dataset, tile: &Block, samples: Vec<T>) -> GdalResult<()> {
    let size = (tile.width as usize, tile.height as usize);
    dataset.rasterband(1)?.write((tile.x as isize, tile.y as isize), size, &mut Buffer::new(size, samples))
}

/// Rows and columns of the tiles that some block meets, in the order of the file.
fn tiles_of(blocks: &[Block], scene: &Block) -> BTreeSet<(i64, i64)> {
    let meets = |block: &Block| {
        let block = block.intersection(scene)?;
        let (rows, columns) =
            (block.y / TILE..=(block.y + block.height - 1) / TILE, block.x / TILE..=(block.x + block.width - 1) / TILE);
        Some(rows.flat_map(move |row| columns.clone().map(move |column| (row, column))))
    };
    blocks.iter().filter_map(meets).flatten().collect()
}
