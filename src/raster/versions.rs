//! Which GDAL and PROJ this is, and whether their data are there.

use std::fmt;

use serde::Serialize;

use super::crs::Crs;
use super::library;

/// What `referent doctor` says of the libraries that read rasters and coordinates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Versions {
    /// GDAL's version.
    pub gdal: String,
    /// Raster drivers it was built with.
    pub raster_drivers: usize,
    /// PROJ's version.
    pub proj: String,
    /// Whether PROJ finds its database of coordinate systems.
    pub proj_database: bool,
}

impl Versions {
    /// Looks at the libraries this program is linked with.
    pub fn find() -> Self {
        library::ready();
        let (mut major, mut minor, mut patch) = (0, 0, 0);
        // SAFETY: the three pointers are to integers that live until the call returns.
        unsafe { gdal_sys::OSRGetPROJVersion(&raw mut major, &raw mut minor, &raw mut patch) };
        Self {
            gdal: gdal::version::VersionInfo::release_name(),
            raster_drivers: gdal::DriverManager::count(),
            proj: format!("{major}.{minor}.{patch}"),
            proj_database: Crs::from_user("EPSG:32631").is_ok(),
        }
    }

    /// What is missing, with what to do.
    pub fn problems(&self) -> Vec<String> {
        let missing = "PROJ does not find its database proj.db, so coordinate systems cannot be read; \
                       install proj-data or set PROJ_LIB to the folder that holds it";
        if self.proj_database { Vec::new() } else { vec![missing.to_owned()] }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = if self.proj_database { "with its database" } else { "without its database" };
        write!(f, "{} ({} drivers), PROJ {} {database}", self.gdal, self.raster_drivers, self.proj)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_libraries_are_known_and_whole() {
        let versions = Versions::find();
        assert!(versions.gdal.contains('.') && versions.raster_drivers > 10, "{versions}");
        assert_eq!(versions.problems(), Vec::<String>::new());
    }
}
