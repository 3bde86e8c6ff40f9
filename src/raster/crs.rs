//! Coordinate reference systems as plain data, and the way from one to another.
//!
//! Coordinates are always in the order of maps: x or longitude first, y or latitude second, whatever the authority's
//! definition says.

use std::ffi::CStr;
use std::fmt;
use std::sync::Arc;

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};

use super::library::listen;
use crate::error::{Error, Result};

/// What the coordinates of a [`Crs`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CrsKind {
    /// Longitude and latitude.
    Geographic,
    /// A map projection of an ellipsoid.
    Projected,
    /// An engineering grid: lengths are known, the place on Earth is not.
    Local,
    /// Anything else (geocentric, vertical only): kept and named, but not measured in.
    Other,
}

/// A coordinate reference system. Cheap to clone, free of GDAL, may go to any thread.
#[derive(Clone, PartialEq)]
pub struct Crs(Arc<Definition>);

#[derive(PartialEq)]
struct Definition {
    wkt: String,
    name: String,
    code: Option<String>,
    kind: CrsKind,
    metres_per_unit: f64,
    radians_per_unit: f64,
    ellipsoid: Option<[f64; 2]>,
}

impl Crs {
    /// The system a user names: `EPSG:32633` (any authority PROJ knows), WKT, or a PROJ string.
    /// Names of files and addresses are not followed.
    pub fn from_user(text: &str) -> Result<Self> {
        let text = text.trim();
        let error = |why: String| {
            let shown: String = text.chars().take(120).collect();
            Error::usage(
                format!("cannot use the CRS {shown}"),
                why,
                "give a code such as EPSG:32633, WKT, or a PROJ string",
            )
        };
        let is_wkt = text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.contains('[');
        let is_proj = text.starts_with('+');
        let is_code = text.split_once(':').is_some_and(|(authority, code)| {
            let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            word(authority) && word(code)
        });
        if !(is_wkt || is_proj || is_code) {
            return Err(error("it is neither a code nor a definition".into()));
        }
        let (found, messages) = listen(|| SpatialRef::from_definition(text));
        let said = || messages.first().cloned().unwrap_or_else(|| "PROJ does not know it".to_owned());
        let reference = found.map_err(|cause| error(said()).because(cause))?;
        Self::from_spatial_ref(reference).map_err(|cause| error(said()).because(cause))
    }

    /// WGS 84 longitude and latitude in degrees (EPSG:4326).
    pub fn wgs84() -> Result<Self> {
        Self::from_user("EPSG:4326")
    }

    pub(super) fn from_spatial_ref(mut reference: SpatialRef) -> Result<Self> {
        reference.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let wkt = wkt2(&reference)?;
        let kind = if reference.is_local() {
            CrsKind::Local
        } else if reference.is_projected() {
            CrsKind::Projected
        } else if reference.is_geographic() {
            CrsKind::Geographic
        } else {
            CrsKind::Other
        };
        let is_mapped = matches!(kind, CrsKind::Geographic | CrsKind::Projected);
        let half_axes = || Some([reference.semi_major().ok()?, reference.semi_minor().ok()?]);
        let ellipsoid = if is_mapped { half_axes() } else { None };
        Ok(Self(Arc::new(Definition {
            name: reference.name().unwrap_or_else(|| "unnamed".to_owned()),
            code: reference.authority().ok(),
            kind,
            metres_per_unit: reference.linear_units(),
            radians_per_unit: reference.angular_units(),
            ellipsoid,
            wkt,
        })))
    }

    pub(super) fn to_spatial_ref(&self) -> Result<SpatialRef> {
        let mut reference = SpatialRef::from_wkt(self.wkt()).map_err(|cause| {
            Error::new(format!("cannot use the CRS {}", self.name()), "PROJ does not read it back", "").because(cause)
        })?;
        reference.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        Ok(reference)
    }

    /// Longitude and latitude on this system's own datum, `None` unless it is geographic or projected.
    pub(super) fn own_geographic(&self) -> Option<Self> {
        match self.kind() {
            CrsKind::Geographic => Some(self.clone()),
            CrsKind::Projected => {
                let (own, _messages) =
                    listen(|| Self::from_spatial_ref(self.to_spatial_ref().ok()?.geog_cs().ok()?).ok());
                own
            }
            CrsKind::Local | CrsKind::Other => None,
        }
    }

    /// The definition as WKT 2 (ISO 19162:2019), which loses nothing.
    pub fn wkt(&self) -> &str {
        &self.0.wkt
    }

    /// The definition as WKT 1 in GDAL's dialect, which older formats ask for; `None` where WKT 1 has no words for it.
    pub fn wkt1(&self) -> Option<String> {
        let (wkt, _messages) = listen(|| exported(&self.to_spatial_ref().ok()?, c"FORMAT=WKT1_GDAL"));
        wkt
    }

    /// The name, such as "WGS 84 / UTM zone 33N".
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The authority's code, such as "EPSG:32633", where the definition carries one.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What its coordinates are.
    pub fn kind(&self) -> CrsKind {
        self.0.kind
    }

    /// Metres in one unit of a projected or local system.
    pub fn metres_per_unit(&self) -> f64 {
        self.0.metres_per_unit
    }

    /// Radians in one unit of a geographic system.
    pub fn radians_per_unit(&self) -> f64 {
        self.0.radians_per_unit
    }

    /// Half axes of the ellipsoid in metres, equatorial and polar, of a geographic or projected system.
    pub fn ellipsoid(&self) -> Option<[f64; 2]> {
        self.0.ellipsoid
    }
}

impl fmt::Debug for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crs({})", self.code().unwrap_or(self.name()))
    }
}

fn wkt2(reference: &SpatialRef) -> Result<String> {
    exported(reference, c"FORMAT=WKT2_2019")
        .ok_or_else(|| Error::new("cannot read the CRS", "it has no WKT form", "give the CRS by its code"))
}

/// WKT of the dialect that `format` asks for, in one line.
fn exported(reference: &SpatialRef, format: &CStr) -> Option<String> {
    let options = [format.as_ptr(), c"MULTILINE=NO".as_ptr(), std::ptr::null()];
    let mut text = std::ptr::null_mut();
    // SAFETY: the handle lives as long as `reference`; `options` is a null-ended list of NUL-terminated strings; on
    // success GDAL leaves a string of its own in `text`, copied and freed here once.
    let wkt = unsafe {
        let outcome = gdal_sys::OSRExportToWktEx(reference.to_c_hsrs(), &raw mut text, options.as_ptr());
        let wkt = (outcome == gdal_sys::OGRErr::OGRERR_NONE && !text.is_null())
            .then(|| CStr::from_ptr(text).to_string_lossy().into_owned());
        gdal_sys::VSIFree(text.cast());
        wkt
    };
    wkt.filter(|wkt| !wkt.is_empty())
}

/// The way of coordinates from one system to another. Costly to make, so keep one; it stays on its thread.
pub struct Reprojection {
    /// `None` where both systems are the same.
    transform: Option<CoordTransform>,
    names: [String; 2],
}

impl Reprojection {
    /// `Err` where one of the two has no place on Earth or PROJ knows no way.
    pub fn new(from: &Crs, to: &Crs) -> Result<Self> {
        let names = [from, to].map(|crs| crs.name().to_owned());
        if from == to {
            return Ok(Self { transform: None, names });
        }
        let what = format!("cannot convert coordinates from {} to {}", from.name(), to.name());
        if [from, to].iter().any(|crs| matches!(crs.kind(), CrsKind::Local | CrsKind::Other)) {
            return Err(Error::new(what, "a local grid has no known place on Earth", "give the raster a mapped CRS"));
        }
        let (source, target) = (from.to_spatial_ref()?, to.to_spatial_ref()?);
        let (transform, messages) = listen(|| CoordTransform::new(&source, &target));
        let why = messages.into_iter().next().unwrap_or_else(|| "PROJ knows no way".to_owned());
        let transform = transform.map_err(|cause| Error::new(what, why, "choose another CRS").because(cause))?;
        Ok(Self { transform: Some(transform), names })
    }

    /// Converts points in place. `Err` if any of them lies where the way is not defined; what the slices then hold is
    /// unspecified.
    pub fn transform(&self, xs: &mut [f64], ys: &mut [f64]) -> Result<()> {
        /// GDAL counts points in an `int`.
        const AT_ONCE: usize = 1 << 20;
        let fail = |why: &str| {
            let [from, to] = &self.names;
            Error::new(format!("cannot convert coordinates from {from} to {to}"), why, "check the CRS and the extent")
        };
        if xs.len() != ys.len() {
            return Err(fail("there are not as many x as y"));
        }
        let Some(transform) = &self.transform else { return Ok(()) };
        for (xs, ys) in xs.chunks_mut(AT_ONCE).zip(ys.chunks_mut(AT_ONCE)) {
            if xs.iter().chain(ys.iter()).any(|value| !value.is_finite()) {
                return Err(fail("a coordinate is not a number"));
            }
            let (outcome, _messages) = listen(|| transform.transform_coords(xs, ys, &mut []));
            outcome.map_err(|cause| fail("a point lies outside the area of the CRS").because(cause))?;
            if xs.iter().chain(ys.iter()).any(|value| !value.is_finite()) {
                return Err(fail("a point lies outside the area of the CRS"));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Reprojection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reprojection({} -> {})", self.names[0], self.names[1])
    }
}

/// Converts points in place once. For more than one call keep a [`Reprojection`].
pub fn transform_points(from: &Crs, to: &Crs, xs: &mut [f64], ys: &mut [f64]) -> Result<()> {
    Reprojection::new(from, to)?.transform(xs, ys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longitude_comes_first() {
        // Prague, UTM 33N: figures of cs2cs.
        let (mut xs, mut ys) = ([14.42], [50.09]);
        transform_points(&Crs::wgs84().unwrap(), &Crs::from_user("EPSG:32633").unwrap(), &mut xs, &mut ys).unwrap();
        assert!((xs[0] - 458_504.0).abs() < 60.0 && (ys[0] - 5_548_700.0).abs() < 600.0, "{xs:?} {ys:?}");
    }

    #[test]
    fn a_definition_survives_its_own_wkt() {
        for text in
            ["EPSG:2263", "EPSG:3031", "EPSG:4326", "+proj=lcc +lat_1=44 +lat_2=49 +lat_0=46 +lon_0=3 +ellps=GRS80"]
        {
            let crs = Crs::from_user(text).unwrap();
            let again = Crs::from_user(crs.wkt()).unwrap();
            assert_eq!(crs.wkt(), again.wkt());
            assert_eq!(crs.kind(), again.kind());
            let old = Crs::from_user(&crs.wkt1().unwrap()).unwrap();
            assert_eq!((old.kind(), old.metres_per_unit()), (crs.kind(), crs.metres_per_unit()));
        }
        assert_eq!(Crs::from_user("EPSG:2263").unwrap().code(), Some("EPSG:2263"));
    }

    #[test]
    fn a_height_beside_the_map_changes_nothing() {
        let crs = Crs::from_user("EPSG:5972").unwrap();
        assert_eq!(crs.kind(), CrsKind::Projected);
        let (mut xs, mut ys) = ([500_000.0], [6_600_000.0]);
        transform_points(&crs, &Crs::wgs84().unwrap(), &mut xs, &mut ys).unwrap();
        assert!((xs[0] - 9.0).abs() < 1e-5 && (59.0..60.0).contains(&ys[0]), "{xs:?} {ys:?}");
    }

    #[test]
    fn a_file_or_an_address_is_no_crs() {
        for text in ["/etc/hostname", "http://127.0.0.1:9/crs", "a.prj", "", "EPSG:", "EPSG:99999999"] {
            assert!(Crs::from_user(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_local_grid_knows_its_metres_and_no_place() {
        let crs = Crs::from_user("LOCAL_CS[\"site\",UNIT[\"foot\",0.3048]]").unwrap();
        assert_eq!(crs.kind(), CrsKind::Local);
        assert_eq!(crs.metres_per_unit(), 0.3048);
        assert!(Reprojection::new(&crs, &Crs::wgs84().unwrap()).is_err());
    }
}
