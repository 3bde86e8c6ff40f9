//! A scene: one open raster, its size, bands, overviews, place, and what is odd about it.

use std::fmt;
use std::sync::Arc;

use gdal::raster::RasterBand;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata};

use super::bands::{Band, Interpretation};
use super::crs::{Crs, CrsKind};
use super::georeference::Georeference;
use super::handle::SceneHandle;
use super::library::{Offline, listen};
use super::source::{self, refused};
use crate::error::{Error, Result};

/// Whether opening may reach over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// No socket is opened, whatever the file says.
    LocalOnly,
    /// Addresses are read too.
    AllowRemote,
}

/// An open raster. It belongs to one thread at a time; [`Scene::reopen`] gives another thread its own.
pub struct Scene {
    pub(super) dataset: Dataset,
    pub(super) header: Arc<Header>,
}

/// What is known of a scene without reading pixels.
pub(super) struct Header {
    source: String,
    /// What GDAL opens: the source, an address turned into a path, or the first raster of a container.
    name: String,
    access: Access,
    driver: String,
    size: [u64; 2],
    bands: Vec<Band>,
    block_size: [u64; 2],
    pub(super) levels: Vec<Level>,
    pub(super) mask: Mask,
    georeference: Georeference,
    warnings: Vec<String>,
}

/// The full raster or one of its overviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    /// Index of the overview, `None` for the full raster.
    pub(super) overview: Option<usize>,
    pub(super) size: [u64; 2],
}

/// What hides pixels besides each band's own no-data value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mask {
    Nothing,
    /// A mask band of the data set.
    PerDataset,
    /// The band with this number (from 1).
    Alpha(usize),
}

/// A block of the file must be decoded whole, so a larger one is not believed.
const LARGEST_BLOCK_BYTES: u64 = 1 << 30;
/// Nor is one over `MODEST_BLOCK_BYTES` that no file of this length can hold: DEFLATE packs 1032 bytes into one.
const MODEST_BLOCK_BYTES: u64 = 1 << 26;
const MOST_PACKED: u64 = 1100;

impl Scene {
    /// Opens a file, a GDAL path inside a local archive, or (if `access` says so) an address.
    ///
    /// `Err` says why a source cannot be opened: missing, empty, a folder, an archive, no raster, complex samples, a
    /// part of a mosaic missing, or on the network though `access` is [`Access::LocalOnly`].
    pub fn open(source: &str, access: Access) -> Result<Self> {
        let name = source::checked_name(source, access)?;
        let (opened, messages) = listen(|| {
            let _offline = (access == Access::LocalOnly).then(Offline::new);
            open_first(source, &name, access)
        });
        let (dataset, name, pages) =
            opened.map_err(|error| error.unwrap_or_else(|| source::why_not_opened(source, &messages)))?;
        let (header, said) = listen(|| {
            let _offline = (access == Access::LocalOnly).then(Offline::new);
            Header::of(&dataset, source, name, access)
        });
        let mut header = header?;
        if pages > 1 {
            header.warnings.push(format!("it holds {pages} pages (rasters); only the first is read"));
        }
        for message in messages.into_iter().chain(said) {
            if !header.warnings.contains(&message) {
                header.warnings.push(message);
            }
        }
        Ok(Self { dataset, header: Arc::new(header) })
    }

    /// The same raster once more, for another thread. Cheap: nothing is checked or described again.
    pub fn reopen(&self) -> Result<Self> {
        Self::open_again(&self.header)
    }

    /// What is known of it, and the way to open it again on any thread.
    pub fn handle(&self) -> SceneHandle {
        SceneHandle(Arc::clone(&self.header))
    }

    pub(super) fn open_again(header: &Arc<Header>) -> Result<Self> {
        let (dataset, messages) = listen(|| {
            let _offline = (header.access == Access::LocalOnly).then(Offline::new);
            open_named(&header.name)
        });
        let dataset = dataset.ok_or_else(|| source::why_not_opened(&header.source, &messages))?;
        let (width, height) = dataset.raster_size();
        if [width as u64, height as u64] != header.size || dataset.raster_count() != header.bands.len() {
            return Err(refused(&header.source, "the file has changed since it was opened", "open it again"));
        }
        Ok(Self { dataset, header: Arc::clone(header) })
    }

    /// What was asked for: a path or an address.
    pub fn source(&self) -> &str {
        &self.header.source
    }

    /// GDAL's short name of the format.
    pub fn driver(&self) -> &str {
        &self.header.driver
    }

    /// Columns and rows, each at least 1.
    pub fn size(&self) -> [u64; 2] {
        self.header.size
    }

    /// The bands; band numbers count from 1, this slice from 0.
    pub fn bands(&self) -> &[Band] {
        &self.header.bands
    }

    /// Columns and rows of the overviews that are used, finest first.
    pub fn overviews(&self) -> impl Iterator<Item = [u64; 2]> + '_ {
        self.header.levels.iter().filter(|level| level.overview.is_some()).map(|level| level.size)
    }

    /// Columns and rows of the first band's blocks.
    pub fn block_size(&self) -> [u64; 2] {
        self.header.block_size
    }

    /// Where its pixels lie.
    pub fn georeference(&self) -> &Georeference {
        &self.header.georeference
    }

    /// What the user should know of the file, in whole phrases: no georeference, further pages, what GDAL warned of.
    pub fn warnings(&self) -> &[String] {
        &self.header.warnings
    }

    pub(super) fn offline(&self) -> Option<Offline> {
        (self.header.access == Access::LocalOnly).then(Offline::new)
    }

    /// The band with number `number`, from 1, or its overview.
    pub(super) fn raster_band(&self, number: usize, level: Level) -> gdal::errors::Result<RasterBand<'_>> {
        let band = self.dataset.rasterband(number)?;
        match level.overview {
            None => Ok(band),
            Some(index) => band.overview(index),
        }
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene").field("source", &self.source()).field("size", &self.size()).finish_non_exhaustive()
    }
}

pub(super) fn open_named(name: &str) -> Option<Dataset> {
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
        ..DatasetOptions::default()
    };
    Dataset::open_ex(name, options).ok()
}

/// The data set, its name, and how many rasters the container holds. `Err(None)`: GDAL did not open it.
fn open_first(
    source: &str,
    name: &str,
    access: Access,
) -> std::result::Result<(Dataset, String, usize), Option<Error>> {
    let dataset = open_named(name).ok_or(None)?;
    let within: Vec<String> = dataset
        .metadata_domain("SUBDATASETS")
        .unwrap_or_default()
        .into_iter()
        .filter_map(|item| item.split_once("_NAME=").map(|(_, name)| name.to_owned()))
        .collect();
    if dataset.raster_count() > 0 {
        return Ok((dataset, name.to_owned(), within.len()));
    }
    let first = within.first().ok_or_else(|| Some(refused(source, "it has no raster bands", "name a raster")))?;
    if access == Access::LocalOnly && source::is_remote(first) {
        return Err(Some(source::remote(source, first)));
    }
    let dataset = open_named(first).filter(|dataset| dataset.raster_count() > 0).ok_or(None)?;
    Ok((dataset, first.clone(), within.len()))
}

impl Header {
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn size(&self) -> [u64; 2] {
        self.size
    }

    pub(super) fn bands(&self) -> &[Band] {
        &self.bands
    }

    pub(super) fn georeference(&self) -> &Georeference {
        &self.georeference
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn of(dataset: &Dataset, source: &str, name: String, access: Access) -> Result<Self> {
        // GDAL opens overviews that a tag or a side file names as soon as it is asked for any.
        if let Some(named) = dataset.metadata_item("OVERVIEW_FILE", "OVERVIEWS")
            && access == Access::LocalOnly
            && source::is_remote(&named)
        {
            return Err(source::remote(source, &named));
        }
        let broken =
            |cause| refused(source, "its header cannot be read", "check that the file is whole").because(cause);
        let (width, height) = dataset.raster_size();
        if width == 0 || height == 0 || dataset.raster_count() == 0 {
            return Err(refused(source, "it has no pixels", "name a raster"));
        }
        let mut bands = Vec::new();
        for number in 1..=dataset.raster_count() {
            let band = dataset.rasterband(number).map_err(broken)?;
            let described = Band::of(&band).ok_or_else(|| {
                refused(
                    source,
                    "its samples are complex numbers, or of a type not known here",
                    "convert it to real values first, such as amplitude (gdal_translate -b, gdal_calc)",
                )
            })?;
            bands.push(described);
        }
        let first = dataset.rasterband(1).map_err(broken)?;
        let block_size = believable_block(dataset, &first, source)?;
        let size = [width as u64, height as u64];
        let alpha = bands.iter().position(|band| band.interpretation == Interpretation::Alpha);
        let mask = match alpha {
            Some(index) => Mask::Alpha(index + 1),
            None if first.mask_flags().is_ok_and(|flags| flags.is_per_dataset() && !flags.is_all_valid()) => {
                Mask::PerDataset
            }
            None => Mask::Nothing,
        };
        let mut warnings = Vec::new();
        let georeference = georeference(dataset, &mut warnings);
        Ok(Self {
            source: source.to_owned(),
            name,
            access,
            driver: dataset.driver().short_name(),
            size,
            levels: levels(dataset, size, mask),
            bands,
            block_size,
            mask,
            georeference,
            warnings,
        })
    }
}

/// Block size of the first band. `Err` where decoding one block would take more memory than a header may ask for.
fn believable_block(dataset: &Dataset, band: &RasterBand<'_>, source: &str) -> Result<[u64; 2]> {
    let (width, height) = band.block_size();
    let interleaved = dataset.metadata_item("INTERLEAVE", "IMAGE_STRUCTURE").is_some_and(|how| how == "PIXEL");
    let samples = if interleaved { dataset.raster_count() as u64 } else { 1 };
    let bytes = [width as u64, height as u64, samples, u64::from(band.band_type().bits()) / 8]
        .into_iter()
        .fold(1u64, u64::saturating_mul);
    let held = std::fs::metadata(source).map_or(u64::MAX, |file| file.len().saturating_mul(MOST_PACKED));
    if bytes > LARGEST_BLOCK_BYTES || bytes > MODEST_BLOCK_BYTES && bytes > held {
        return Err(refused(
            source,
            format!("its header asks for blocks of {} MiB, which it cannot hold", bytes >> 20),
            "check that the file is whole, or write it anew in tiles",
        ));
    }
    Ok([width as u64, height as u64])
}

/// The full raster and those overviews that every band, and the mask, has in the same size; finest first.
fn levels(dataset: &Dataset, size: [u64; 2], mask: Mask) -> Vec<Level> {
    let mut levels = vec![Level { overview: None, size }];
    let pixels = |band: &RasterBand<'_>| [band.x_size() as u64, band.y_size() as u64];
    let Ok(first) = dataset.rasterband(1) else { return levels };
    let count = usize::try_from(first.overview_count().unwrap_or(0)).unwrap_or(0);
    for index in 0..count {
        let Ok(overview) = first.overview(index) else { continue };
        let small = pixels(&overview);
        let shrinks = (0..2).all(|axis| small[axis] > 0 && small[axis] <= size[axis]) && small != size;
        // Widths and heights are rounded by up to a pixel, no more.
        let like = small[0].abs_diff(size[0] * small[1] / size[1].max(1)) <= 1 + size[0] / size[1].max(1)
            || small[1].abs_diff(size[1] * small[0] / size[0].max(1)) <= 1 + size[1] / size[0].max(1);
        let masked = mask != Mask::PerDataset
            || overview.open_mask_band().is_ok_and(|mask| pixels(&mask) == small)
                && overview.mask_flags().is_ok_and(|flags| flags.is_per_dataset());
        let others = (2..=dataset.raster_count()).all(|number| {
            dataset.rasterband(number).and_then(|b| b.overview(index)).is_ok_and(|b| pixels(&b) == small)
        });
        if shrinks && like && masked && others {
            levels.push(Level { overview: Some(index), size: small });
        }
    }
    levels.sort_by_key(|level| std::cmp::Reverse(level.size));
    levels.dedup_by_key(|level| level.size);
    levels
}

fn georeference(dataset: &Dataset, warnings: &mut Vec<String>) -> Georeference {
    /// What GDAL (and some writers) give for "none".
    const IDENTITY: [f64; 6] = [0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let stored = dataset.geo_transform().ok().filter(|transform| *transform != IDENTITY);
    let crs = dataset.spatial_ref().ok().and_then(|reference| Crs::from_spatial_ref(reference).ok());
    let place = Georeference::new(stored, crs);
    if stored.is_some() && place.transform.is_none() {
        warnings.push("its geotransform is degenerate and is ignored".to_owned());
    }
    match (&place.transform, &place.crs) {
        (None, _) if !dataset.gcps().is_empty() => warnings.push(
            "it has only ground control points, which are not applied: results are in pixels (rectify it with gdalwarp)"
                .to_owned(),
        ),
        (None, _) if dataset.metadata_domain("RPC").is_some_and(|items| !items.is_empty()) => warnings.push(
            "it has only an RPC model, which is not applied: results are in pixels (rectify it with gdalwarp -rpc)".to_owned(),
        ),
        (None, _) => warnings.push("it has no georeference: results are in pixels".to_owned()),
        (Some(_), None) => {
            warnings.push("it has a geotransform but no CRS: coordinates are kept, lengths in metres are unknown".to_owned());
        }
        (Some(_), Some(crs)) if crs.kind() == CrsKind::Local => {
            warnings.push(format!("its CRS ({}) is a local grid: metres are known, longitude and latitude are not", crs.name()));
        }
        (Some(_), Some(_)) => {}
    }
    place
}
