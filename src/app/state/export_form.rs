//! What is to be written to a file, and the command line that would write the same.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::query_layer::{QueryLayer, Question, Refine};
use crate::query::{DeviceChoice, FrameChoice};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExportFormat {
    /// Polygons.
    #[default]
    GeoJson,
    /// Polygons.
    Shapefile,
    /// Polygons.
    GeoPackage,
    /// A mask of 0 and 1 as Cloud Optimized GeoTIFF.
    Mask,
    /// Probabilities as Cloud Optimized GeoTIFF.
    Probability,
}

impl ExportFormat {
    /// All of them, in the order menus show.
    pub const ALL: [Self; 5] = [Self::GeoJson, Self::Shapefile, Self::GeoPackage, Self::Mask, Self::Probability];

    /// As menus say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::Shapefile => "Shapefile",
            Self::GeoPackage => "GeoPackage",
            Self::Mask => "Mask (GeoTIFF)",
            Self::Probability => "Probability (GeoTIFF)",
        }
    }

    /// What it is good for.
    pub fn hint(self) -> &'static str {
        match self {
            Self::GeoJson => "Polygons as text, in longitude and latitude; read by everything on the web",
            Self::Shapefile => "Polygons for older programs; field names of ten letters",
            Self::GeoPackage => "Polygons in one file, in any coordinate system; the best choice for QGIS",
            Self::Mask => "A raster of 0 and 1, cloud optimized",
            Self::Probability => "A raster of probabilities, cloud optimized",
        }
    }

    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::GeoJson => "geojson",
            Self::Shapefile => "shp",
            Self::GeoPackage => "gpkg",
            Self::Mask | Self::Probability => "tif",
        }
    }

    /// Whether polygons are written.
    pub fn is_vector(self) -> bool {
        !matches!(self, Self::Mask | Self::Probability)
    }
}

/// The coordinate system of exported polygons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExportPlace {
    /// What the format is meant for.
    #[default]
    Usual,
    /// That of the scene.
    Source,
    /// The one that is typed.
    Given,
}

/// The export dialog.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExportForm {
    /// What is written.
    pub format: ExportFormat,
    /// In which coordinate system.
    pub place: ExportPlace,
    /// The code, where it is typed: "EPSG:32631".
    pub crs: String,
    /// Only the selected objects.
    pub selected_only: bool,
    /// The file.
    pub path: String,
}

impl ExportForm {
    /// The file, or one named after the phrase where none is named yet.
    pub fn target_or(&self, phrase: &str) -> PathBuf {
        let target = self.target();
        if target.as_os_str().is_empty() {
            PathBuf::from(file_name(phrase)).with_extension(self.format.ending())
        } else {
            target
        }
    }

    /// The file with the ending of the format.
    pub fn target(&self) -> PathBuf {
        let path = PathBuf::from(self.path.trim());
        let known = ["geojson", "json", "shp", "gpkg", "tif", "tiff"];
        let has_known = path.extension().is_some_and(|ending| known.iter().any(|k| ending.eq_ignore_ascii_case(k)));
        let ending = self.format.ending();
        match () {
            () if path.as_os_str().is_empty() => path,
            () if has_known => path.with_extension(ending),
            () => {
                let mut name = path.into_os_string();
                name.push(".");
                name.push(ending);
                name.into()
            }
        }
    }
}

/// A file name made from a phrase: "the ships near the quay" gives `ships_near_quay`.
pub fn file_name(phrase: &str) -> String {
    const LONGEST: usize = 48;
    let words = phrase.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let kept = words.filter(|word| !["the", "a", "an", "of"].contains(&word.to_lowercase().as_str()));
    let mut name = String::new();
    for word in kept {
        if name.len() + word.len() >= LONGEST {
            break;
        }
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(&word.to_lowercase());
    }
    if name.is_empty() { "objects".into() } else { name }
}

/// The command that writes what `query` shows, without what was edited by hand, to `path`.
pub fn command_line(query: &QueryLayer, form: &ExportForm, path: &Path) -> String {
    let Question { scene, phrase, model, device, frame, gsd_m, choice, .. } = &*query.question;
    let Refine { threshold, min_area, simplify, fill_holes, even_if_absent } = query.refine;
    let output = if form.format == ExportFormat::Probability { "--probability" } else { "-o" };
    let mut line = format!(
        "referent segment {} {} {output} {}",
        quoted(scene.source()),
        quoted(phrase.trim()),
        quoted(&path.display().to_string())
    );
    let mut add = |option: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = write!(line, " --{option} {value}");
    };
    let list = |numbers: &[f64]| numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    if model != "lite" {
        add("model", quoted(model));
    }
    if even_if_absent {
        add("presence", "0".into());
    }
    match device {
        DeviceChoice::Auto => {}
        DeviceChoice::Gpu => add("device", "gpu".into()),
        DeviceChoice::Cpu => add("device", "cpu".into()),
    }
    match frame {
        FrameChoice::Scene => {}
        FrameChoice::Window(window) => add("window", list(window)),
        FrameChoice::Area(path) => add("aoi", quoted(&path.display().to_string())),
    }
    if let Some(gsd) = gsd_m {
        add("gsd", gsd.to_string());
    }
    if let Some(bands) = choice.bands {
        add("bands", list(&bands.map(|band| band as f64)));
    }
    if let Some(percentiles) = choice.percentiles {
        add("stretch", list(&percentiles));
    }
    let usual = Refine::default();
    if threshold != usual.threshold {
        add("threshold", threshold.to_string());
    }
    if min_area != usual.min_area {
        add("min-area", min_area.to_string());
    }
    if let Some(metres) = simplify {
        add("simplify", metres.to_string());
    }
    if fill_holes != usual.fill_holes {
        add("fill-holes", fill_holes.to_string());
    }
    if form.format.is_vector() {
        match form.place {
            ExportPlace::Usual => {}
            ExportPlace::Source => add("crs", "source".into()),
            ExportPlace::Given => add("crs", quoted(form.crs.trim())),
        }
    }
    line
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:,+=@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_made_of_the_phrase_that_matters() {
        assert_eq!(file_name("The two largest ships, near the quay!"), "two_largest_ships_near_quay");
        assert_eq!(file_name("the"), "objects");
        assert!(file_name(&"very ".repeat(40)).len() < 60);
    }

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("a/b.tif"), "a/b.tif");
        assert_eq!(quoted("the ship's deck"), "'the ship'\\''s deck'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn the_ending_follows_the_format() {
        let form = |path: &str, format| ExportForm { path: path.into(), format, ..ExportForm::default() };
        let target = |path, format| form(path, format).target().display().to_string();
        assert_eq!(target("a/ships.geojson", ExportFormat::Shapefile), "a/ships.shp");
        assert_eq!(target("a/ships.v2", ExportFormat::GeoPackage), "a/ships.v2.gpkg");
        assert_eq!(target("  ", ExportFormat::Mask), "");
    }
}
