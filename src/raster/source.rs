//! What a source names, and whether it may be opened: looked at before GDAL sees it.
//!
//! GDAL says next to nothing about a missing file, an empty one or a saved error page, and it follows addresses to the
//! network without asking. Both are settled here.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::ptr::NonNull;

use super::library::{Offline, listen};
use super::parts;
use super::scene::Access;
use crate::error::{Error, Result};

/// GDAL file systems that read from the network.
const REMOTE_FILE_SYSTEMS: [&str; 13] = [
    "/vsicurl",
    "/vsis3",
    "/vsigs",
    "/vsiaz",
    "/vsiadls",
    "/vsioss",
    "/vsiswift",
    "/vsihdfs",
    "/vsiwebhdfs",
    "/vsigzip_curl",
    "/vsicloud",
    "/vsidav",
    "/vsiurl",
];

/// Address schemes and name prefixes of GDAL drivers that speak to a server.
const REMOTE_SCHEMES: [&str; 16] = [
    "http://",
    "https://",
    "ftp://",
    "ftps://",
    "s3://",
    "gs://",
    "az://",
    "adls://",
    "wms:",
    "wmts:",
    "wcs:",
    "pg:",
    "eedai:",
    "daas:",
    "plmosaic:",
    "ogcapi:",
];

/// GDAL file systems inside a local file.
const LOCAL_FILE_SYSTEMS: [&str; 5] = ["/vsizip/", "/vsitar/", "/vsigzip/", "/vsisubfile/", "/vsimem/"];

/// Roots of XML documents that describe a server.
const SERVICE_ROOTS: [&str; 8] =
    ["<GDAL_WMS", "<WMS_", "<WMT_MS_", "<Capabilities", "<TileMapService", "<TileMap", "<WCS_GDAL", "<GDAL_WCS"];

/// At most so much of a file is looked at to say what it is.
const HEAD_BYTES: usize = 4096;

/// The name under which GDAL shall open `source`, once `source` is known to exist and, with
/// [`Access::LocalOnly`], to stay off the network.
pub(super) fn checked_name(source: &str, access: Access) -> Result<String> {
    if source.trim().is_empty() {
        return Err(Error::usage("cannot open a raster", "its name is empty", "name a file"));
    }
    if is_remote(source) {
        return match access {
            Access::LocalOnly => Err(remote(source, source)),
            Access::AllowRemote => Ok(over_curl(source)),
        };
    }
    if source.trim_start().starts_with('<') {
        parts::check(source, None, source, access)?;
        return Ok(source.to_owned());
    }
    if let Some(rest) = source.strip_prefix("vrt://") {
        let inner = rest.split('?').next().unwrap_or(rest);
        checked_name(inner, access)?;
        return Ok(source.to_owned());
    }
    if source.starts_with("/vsi") {
        if LOCAL_FILE_SYSTEMS.iter().any(|prefix| source.starts_with(prefix)) {
            if let Some(text) = description_text(source)? {
                parts::check(&text, Path::new(source).parent(), source, access)?;
            }
            return Ok(source.to_owned());
        }
        return Err(refused(source, "this kind of GDAL path is not supported", "name a file or use /vsizip/"));
    }
    let path = Path::new(source);
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => {
            Err(refused(source, "it is a folder", "name the raster inside it (for a product, its main file)"))
        }
        Ok(meta) if !meta.is_file() => Err(refused(source, "it is not a regular file", "name a raster file")),
        Ok(meta) if meta.len() == 0 => Err(refused(source, "the file is empty", "fetch or write it again")),
        Ok(_) => {
            if let Some(text) = description_text(source)? {
                parts::check(&text, path.parent(), source, access)?;
            }
            Ok(source.to_owned())
        }
        Err(_) if is_subdataset(source) => Ok(source.to_owned()),
        Err(cause) => {
            let why = match cause.kind() {
                std::io::ErrorKind::NotFound => "there is no such file",
                std::io::ErrorKind::PermissionDenied => "it may not be read",
                _ => "the system cannot look at it",
            };
            Err(refused(source, why, "check the path and its permissions").because(cause))
        }
    }
}

/// Why GDAL could not open the existing file `source`, in words for a person.
pub(super) fn why_not_opened(source: &str, messages: &[String]) -> Error {
    let head = LocalFile::open(source).map(|mut file| file.read(HEAD_BYTES)).unwrap_or_default();
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let begins = text.trim_start();
    if head.starts_with(b"PK\x03\x04") {
        return refused(source, "it is a zip archive", "unpack it, or name the file inside as /vsizip/ARCHIVE/FILE");
    }
    if head.starts_with(&[0x1f, 0x8b]) {
        return refused(source, "it is a gzip archive", "unpack it first");
    }
    if begins.starts_with("<!doctype html") || begins.starts_with("<html") {
        return refused(source, "it is a web page, not a raster", "the download went wrong: fetch it again");
    }
    if !head.is_empty() && !head.contains(&0) && std::str::from_utf8(head.trim_ascii_end()).is_ok() {
        return refused(source, "it is text, not a raster", "name a GeoTIFF or another raster file");
    }
    let said = messages.iter().find(|message| !message.is_empty());
    let why = said.map_or_else(|| "it is no raster that GDAL reads".to_owned(), |said| format!("GDAL says: {said}"));
    refused(source, why, "check that the file is whole and a raster")
}

/// Whether `name` makes GDAL speak to a server.
pub(super) fn is_remote(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    has_remote_file_system(&name)
        || REMOTE_SCHEMES.iter().any(|scheme| {
            // "://" may stand anywhere (NETCDF:"http://..."), a driver's prefix only at the start ("C:" is a drive).
            if scheme.ends_with("://") { name.contains(scheme) } else { name.starts_with(scheme) }
        })
        || SERVICE_ROOTS.iter().any(|root| name.contains(&root.to_ascii_lowercase()))
}

/// Whether a GDAL network file system is named anywhere in `text`, in any case.
pub(super) fn has_remote_file_system(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    REMOTE_FILE_SYSTEMS.iter().any(|system| text.contains(system))
}

/// The refusal of `part`, which lies on the network, when opening `source`.
pub(super) fn remote(source: &str, part: &str) -> Error {
    let part: String = part.trim().chars().take(200).collect();
    refused(source, format!("it is or points to a remote source ({part})"), "allow remote sources, or fetch it first")
}

/// The error of opening `source`.
pub(super) fn refused(source: &str, why: impl Into<String>, remedy: &str) -> Error {
    let name: String = source.chars().take(300).collect();
    Error::new(format!("cannot open {name}"), why, remedy)
}

/// The text of a file that describes a raster in other files (VRT, MRF) or on a server (GDAL's XML), `None` for any
/// other. `name` is a path or a GDAL path inside a local archive.
pub(super) fn description_text(name: &str) -> Result<Option<String>> {
    /// A VRT of a hundred thousand parts has some 60 MB.
    const MOST_BYTES: usize = 1 << 28;
    let Some(mut file) = LocalFile::open(name) else { return Ok(None) };
    let mut bytes = file.read(HEAD_BYTES);
    let begin = String::from_utf8_lossy(&bytes);
    let is_vrt_by_name = Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("vrt"));
    let is_xml = begin.trim_start_matches('\u{feff}').trim_start().starts_with('<');
    // GDAL takes a file for a VRT when the word stands anywhere in its first kilobyte.
    let describes = begin.contains("<VRTDataset")
        || is_vrt_by_name
        || is_xml && (begin.contains("<MRF_META") || describes_service(&begin));
    if !describes {
        return Ok(None);
    }
    bytes.extend(file.read(MOST_BYTES));
    if bytes.len() >= MOST_BYTES {
        return Err(refused(name, "the description is over 256 MB long", "split the mosaic"));
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// A file read from its beginning, plain or inside an archive.
enum LocalFile {
    Plain(File),
    Archived(Archived),
}

impl LocalFile {
    fn open(name: &str) -> Option<Self> {
        if name.starts_with("/vsi") {
            Archived::open(name).map(Self::Archived)
        } else {
            File::open(name).ok().map(Self::Plain)
        }
    }

    /// The next `most` bytes, fewer at the end or where reading fails.
    fn read(&mut self, most: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Plain(file) => {
                let _ = file.take(most as u64).read_to_end(&mut bytes);
            }
            Self::Archived(file) => file.read_to_end(most, &mut bytes),
        }
        bytes
    }
}

/// A file open in one of GDAL's file systems.
struct Archived(NonNull<gdal_sys::VSILFILE>);

impl Archived {
    fn open(name: &str) -> Option<Self> {
        let name = CString::new(name).ok()?;
        let (file, _messages) = listen(|| {
            let _offline = Offline::new();
            // SAFETY: both are NUL-terminated strings that outlive the call; null means failure.
            unsafe { gdal_sys::VSIFOpenL(name.as_ptr(), c"rb".as_ptr()) }
        });
        NonNull::new(file).map(Self)
    }

    fn read_to_end(&mut self, most: usize, into: &mut Vec<u8>) {
        let mut piece = [0u8; HEAD_BYTES];
        while into.len() < most {
            let wanted = piece.len().min(most - into.len());
            // SAFETY: the handle is open until drop, and `piece` has room for `wanted` items of one byte.
            let got = unsafe { gdal_sys::VSIFReadL(piece.as_mut_ptr().cast(), 1, wanted, self.0.as_ptr()) };
            if got == 0 {
                break;
            }
            into.extend(piece.iter().take(got));
        }
    }
}

impl Drop for Archived {
    fn drop(&mut self) {
        // SAFETY: the handle came from `VSIFOpenL` and is closed once.
        unsafe { gdal_sys::VSIFCloseL(self.0.as_ptr()) };
    }
}

/// Whether an XML text describes a server, which its elements name in a hundred ways.
pub(super) fn describes_service(text: &str) -> bool {
    let head: String = text.chars().take(HEAD_BYTES).collect::<String>().to_ascii_lowercase();
    SERVICE_ROOTS.iter().any(|root| head.contains(&root.to_ascii_lowercase()))
}

/// Whether `source` looks like GDAL's name of one raster inside a local file, such as `GTIFF_DIR:2:a.tif`.
pub(super) fn is_subdataset(source: &str) -> bool {
    /// Drivers of local containers, as their subdataset names begin.
    const CONTAINERS: [&str; 13] = [
        "GTIFF_DIR:",
        "NETCDF:",
        "HDF5:",
        "HDF4_SDS:",
        "HDF4_EOS:",
        "GPKG:",
        "NITF_IM:",
        "SENTINEL2_L1B:",
        "SENTINEL2_L1C:",
        "SENTINEL2_L2A:",
        "ENVISAT:",
        "ZARR:",
        "PDF:",
    ];
    CONTAINERS.iter().any(|prefix| source.starts_with(prefix))
}

/// The GDAL path of an address: plain web addresses are read in pieces, as files.
fn over_curl(source: &str) -> String {
    let source = source.trim();
    if source.starts_with("http://") || source.starts_with("https://") || source.starts_with("ftp://") {
        return format!("/vsicurl/{source}");
    }
    source.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_the_network_is_recognised() {
        for name in [
            "http://a/b.tif",
            "HTTPS://a/b.tif",
            "/vsicurl/http://a/b.tif",
            "/vsizip//vsicurl/http://a/b.zip/c.tif",
            "/vsizip/{/vsis3/bucket/b.zip}/c.tif",
            "/vsicurl_streaming/http://a/b.tif",
            "NETCDF:\"https://a/b.nc\":red",
            "WMTS:https://a/wmts,layer=x",
            "<GDAL_WMS><Service name=\"TMS\"/></GDAL_WMS>",
            "PG:host=a dbname=b",
        ] {
            assert!(is_remote(name), "{name}");
            let error = checked_name(name, Access::LocalOnly).expect_err(name);
            assert!(error.to_string().contains("remote"), "{error}");
        }
    }

    #[test]
    fn local_names_are_not_taken_for_remote() {
        for name in ["a.tif", "C:/a.tif", "/data/http/a.tif", "/vsizip/a.zip/b.tif", "GTIFF_DIR:2:a.tif", "s3.tif"] {
            assert!(!is_remote(name), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_without_waiting_for_a_writer() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.tif");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = checked_name(pipe.to_str().unwrap(), Access::LocalOnly).unwrap_err();
        assert!(error.why().contains("regular"), "{error}");
    }
}
