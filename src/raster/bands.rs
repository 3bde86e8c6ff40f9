//! A band of a raster as plain data: type, meaning, no-data value, colours.

use gdal::Metadata;
use gdal::raster::{ColorInterpretation, GdalDataType, RasterBand};

/// What a band shows, as far as the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Interpretation {
    /// Red light.
    Red,
    /// Green light.
    Green,
    /// Blue light.
    Blue,
    /// Opacity: 0 hides a pixel.
    Alpha,
    /// Brightness.
    Grey,
    /// Indices of a colour table.
    Palette,
    /// Something else, or not said.
    Undefined,
}

/// One band.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// GDAL's name of the sample type: Byte, UInt16, Int16, UInt32, Int32, UInt64, Int64, Float32, Float64.
    pub data_type: &'static str,
    /// Bits of a sample that are used, where the file says fewer than the type has.
    pub bits: Option<u32>,
    /// What it shows.
    pub interpretation: Interpretation,
    /// Its name in the file, often empty.
    pub description: String,
    /// The value that means "no data".
    pub nodata: Option<f64>,
    /// Scale to physical values, `None` if not said. Reads return raw values.
    pub scale: Option<f64>,
    /// Offset to physical values.
    pub offset: Option<f64>,
    /// Colour table as red, green, blue, alpha.
    pub palette: Option<Vec<[u8; 4]>>,
}

impl Band {
    /// `None` where the samples are complex or of no known type.
    pub(super) fn of(band: &RasterBand<'_>) -> Option<Self> {
        let data_type = type_name(band.band_type())?;
        let nodata = match data_type {
            "UInt64" => band.no_data_value_u64().map(|value| value as f64),
            "Int64" => band.no_data_value_i64().map(|value| value as f64),
            _ => band.no_data_value(),
        };
        let interpretation = match band.color_interpretation() {
            ColorInterpretation::RedBand => Interpretation::Red,
            ColorInterpretation::GreenBand => Interpretation::Green,
            ColorInterpretation::BlueBand => Interpretation::Blue,
            ColorInterpretation::AlphaBand => Interpretation::Alpha,
            ColorInterpretation::GrayIndex => Interpretation::Grey,
            ColorInterpretation::PaletteIndex => Interpretation::Palette,
            _ => Interpretation::Undefined,
        };
        Some(Self {
            data_type,
            bits: band.metadata_item("NBITS", "IMAGE_STRUCTURE").and_then(|bits| bits.trim().parse().ok()),
            interpretation,
            description: band.description().unwrap_or_default(),
            nodata,
            scale: band.scale().filter(|scale| *scale != 1.0),
            offset: band.offset().filter(|offset| *offset != 0.0),
            palette: (interpretation == Interpretation::Palette).then(|| palette(band)).flatten(),
        })
    }

    /// Whether a raw value read from this band is data.
    pub(super) fn is_data(&self, value: f32) -> bool {
        // A 64-bit no-data value beyond the range of f32 arrives at the end of that range.
        value.is_finite() && value.abs() < f32::MAX && self.nodata.is_none_or(|nodata| value != nodata as f32)
    }

    /// Whether `is_data` can be false for some value of the type.
    pub(super) fn may_lack_data(&self) -> bool {
        self.nodata.is_some() || self.data_type.starts_with("Float")
    }
}

fn type_name(data_type: GdalDataType) -> Option<&'static str> {
    Some(match data_type {
        GdalDataType::UInt8 => "Byte",
        GdalDataType::UInt16 => "UInt16",
        GdalDataType::Int16 => "Int16",
        GdalDataType::UInt32 => "UInt32",
        GdalDataType::Int32 => "Int32",
        GdalDataType::UInt64 => "UInt64",
        GdalDataType::Int64 => "Int64",
        GdalDataType::Float32 => "Float32",
        GdalDataType::Float64 => "Float64",
        // Newer GDALs have more real types; what they cannot name here is not read wrongly.
        _ => return None,
    })
}

fn palette(band: &RasterBand<'_>) -> Option<Vec<[u8; 4]>> {
    /// A colour table belongs to samples of 16 bits at most.
    const MOST: usize = 1 << 16;
    let table = band.color_table()?;
    let byte = |value: i16| value.clamp(0, 255) as u8;
    let colours = (0..table.entry_count().min(MOST))
        .map(|i| table.entry_as_rgb(i).map_or([0; 4], |c| [byte(c.r), byte(c.g), byte(c.b), byte(c.a)]));
    Some(colours.collect())
}
