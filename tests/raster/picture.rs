//! Small rasters made for a test, and the committed ones.

use std::path::{Path, PathBuf};

use gdal::DriverManager;
use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use referent::raster::{Access, Scene};

/// Committed test data.
pub const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

/// Opens a raster that must open.
pub fn open(path: impl AsRef<Path>) -> Scene {
    Scene::open(path.as_ref().to_str().unwrap(), Access::LocalOnly).unwrap()
}

/// Opens a committed raster.
pub fn fixture(name: &str) -> Scene {
    open(format!("{FIXTURES}/{name}"))
}

/// A raster to be written.
pub struct Picture<'a> {
    pub size: [usize; 2],
    pub bands: usize,
    pub transform: Option<[f64; 6]>,
    pub epsg: Option<u32>,
    pub nodata: Option<f64>,
    pub options: &'a [&'a str],
}

impl Default for Picture<'_> {
    fn default() -> Self {
        Self { size: [40, 30], bands: 1, transform: None, epsg: None, nodata: None, options: &[] }
    }
}

impl Picture<'_> {
    /// Writes a GeoTIFF whose values are `value(band, column, row)`.
    pub fn write<T: GdalType + Copy>(&self, path: &Path, value: impl Fn(usize, usize, usize) -> T) -> PathBuf {
        let [width, height] = self.size;
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let options = self.options.iter().copied().collect::<RasterCreationOptions>();
        let mut set =
            driver.create_with_band_type_with_options::<T, _>(path, width, height, self.bands, &options).unwrap();
        if let Some(transform) = self.transform {
            set.set_geo_transform(&transform).unwrap();
        }
        if let Some(epsg) = self.epsg {
            set.set_spatial_ref(&SpatialRef::from_epsg(epsg).unwrap()).unwrap();
        }
        for band in 1..=self.bands {
            let values = (0..height)
                .flat_map(|row| (0..width).map(move |col| (col, row)))
                .map(|(col, row)| value(band, col, row));
            let mut buffer = Buffer::new((width, height), values.collect());
            let mut raster = set.rasterband(band).unwrap();
            raster.set_no_data_value(self.nodata).unwrap();
            raster.write((0, 0), (width, height), &mut buffer).unwrap();
        }
        set.close().unwrap();
        path.to_path_buf()
    }
}

/// Values that look random and are the same at every run.
pub fn noise(col: usize, row: usize) -> u16 {
    ((col * 7919 + row * 104_729 + col * row * 31) % 2000) as u16
}
