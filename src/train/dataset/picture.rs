//! Picture and mask files, decoded with care.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Cursor, Seek};
use std::path::Path;

use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use crate::error::{Error, Result};
use crate::train::mask::{MAX_PIXELS, MAX_SIDE, Mask, Size};

/// Most pixels a byte of a file may stand for. The best a one-colour PNG, TIFF or JPEG does is about 8000; a header that
/// claims more lies, and no memory is set aside for it.
const MAX_PIXELS_A_BYTE: u64 = 1 << 14;

/// Decodes a picture to 8-bit RGB; transparency is dropped. Fails on anything but 8 bits a channel.
pub fn read_rgb(path: &Path) -> Result<RgbImage> {
    let image = decode(path, "picture")?;
    match image.color() {
        ColorType::Rgb8 | ColorType::Rgba8 | ColorType::L8 | ColorType::La8 => Ok(image.into_rgb8()),
        other => {
            let bits = other.bits_per_pixel() / u16::from(other.channel_count());
            let why = format!("it has {bits} bits a channel and training pictures have 8");
            Err(Error::new(cannot_read("picture", path), why, "convert it to 8-bit RGB first"))
        }
    }
}

/// The size that a picture's header states.
pub fn read_size(path: &Path) -> Result<Size> {
    let failed = |error| undecodable("picture", path, error);
    let file = File::open(path).map_err(|error| failed(error.into()))?;
    let (width, height) = reader(BufReader::new(file)).and_then(ImageReader::into_dimensions).map_err(failed)?;
    Size::new(width, height)
}

/// Decodes a mask: one channel of 8 or 16 bits, inside where the value is above `threshold`.
///
/// Three equal channels count as one. Fails on colours and on floats.
pub fn read_mask(path: &Path, threshold: u16) -> Result<Mask> {
    let image = decode(path, "mask")?;
    let size = Size::new(image.width(), image.height())?;
    let inside: Vec<u8> = match &image {
        DynamicImage::ImageLuma8(values) => {
            values.iter().map(|&value| u8::from(u16::from(value) > threshold)).collect()
        }
        DynamicImage::ImageLuma16(values) => values.iter().map(|&value| u8::from(value > threshold)).collect(),
        DynamicImage::ImageRgb8(values) if values.pixels().all(|pixel| pixel.0 == [pixel.0[0]; 3]) => {
            values.pixels().map(|pixel| u8::from(u16::from(pixel.0[0]) > threshold)).collect()
        }
        _ => {
            let remedy = "save it with one channel of 8 or 16 bits";
            return Err(Error::new(cannot_read("mask", path), "it is not a picture of one channel", remedy));
        }
    };
    Mask::from_bytes(size, &inside, 0)
}

fn decode(path: &Path, role: &str) -> Result<DynamicImage> {
    let failed = |error| undecodable(role, path, error);
    let bytes = fs::read(path).map_err(|error| failed(error.into()))?;
    let reader = reader(Cursor::new(&bytes)).map_err(failed)?;
    let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
    let decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height)?;
    let damaged = |why: String| Err(Error::new(cannot_read(role, path), why, "replace the damaged file"));
    if size.pixels() as u64 > (bytes.len() as u64).saturating_mul(MAX_PIXELS_A_BYTE) {
        return damaged(format!("its header claims {size} pixels and the file has {} bytes", bytes.len()));
    }
    if is_jpeg && !is_whole_jpeg(&bytes) {
        return damaged("it ends before the picture does".into());
    }
    DynamicImage::from_decoder(decoder).map_err(failed)
}

fn reader<R: BufRead + Seek>(source: R) -> image::ImageResult<ImageReader<R>> {
    let mut reader = ImageReader::new(source).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_PIXELS * 16);
    reader.limits(limits);
    Ok(reader)
}

/// Whether an end marker follows the last scan. The decoder fills what is missing with grey and says nothing. Neither
/// marker can occur inside a scan, and a thumbnail's end comes before the picture's scans.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let marker = |code: u8| move |pair: &[u8]| pair == [0xff, code];
    let scan = bytes.windows(2).rposition(marker(0xda));
    scan.is_some_and(|scan| bytes[scan..].windows(2).any(marker(0xd9)))
}

fn cannot_read(role: &str, path: &Path) -> String {
    format!("cannot read the {role} {}", path.display())
}

fn undecodable(role: &str, path: &Path, error: image::ImageError) -> Error {
    let (why, remedy) = match &error {
        image::ImageError::IoError(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            ("there is no such file".into(), "check the data set's folder")
        }
        image::ImageError::Unsupported(_) => (error.to_string(), "convert it to PNG, JPEG or an 8-bit TIFF"),
        _ => (error.to_string(), "replace the damaged file"),
    };
    Error::new(cannot_read(role, path), why, remedy).because(error)
}
