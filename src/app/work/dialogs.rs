//! The desktop's file dialogs and its file manager, each on a thread of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{FolderFor, Pick, Picked};
use crate::error::{Error, Result};

/// Endings of rasters that the dialog offers first; GDAL opens many more.
const RASTERS: &[&str] = &["tif", "tiff", "vrt", "jp2", "img", "png", "jpg", "jpeg", "gpkg", "nc", "hdf", "sid", "ecw"];
const POLYGONS: &[&str] = &["geojson", "json", "shp", "gpkg", "kml", "fgb"];
const PROJECTS: &[&str] = &["gpkg"];
/// A person needs longer than this to cancel a dialog: it was never shown.
const TOO_QUICK: Duration = Duration::from_millis(150);

/// Asks the user for files and waits.
pub(super) fn ask(pick: Pick) -> Picked {
    let started = Instant::now();
    let given = match &pick {
        Pick::Scenes => rfd::FileDialog::new()
            .set_title("Open rasters or polygons")
            .add_filter("Rasters", RASTERS)
            .add_filter("Polygons", POLYGONS)
            .add_filter("All files", &["*"])
            .pick_files()
            .map(Picked::Scenes),
        Pick::Export(path, format) => {
            let mut dialog =
                rfd::FileDialog::new().set_title("Export to").add_filter(format.name(), &[format.ending()]);
            if let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
                dialog = dialog.set_directory(folder);
            }
            if let Some(name) = path.file_name() {
                dialog = dialog.set_file_name(name.to_string_lossy());
            }
            dialog.save_file().map(Picked::Export)
        }
        Pick::Project => rfd::FileDialog::new()
            .set_title("Open project")
            .add_filter("Projects", PROJECTS)
            .pick_file()
            .map(Picked::Project),
        Pick::Folder(wanted) => rfd::FileDialog::new()
            .set_title(match wanted {
                FolderFor::Learning => "Learn from a data set",
                FolderFor::Remembering => "Do not forget a data set",
                FolderFor::Home => "Keep models and runs in",
            })
            .pick_folder()
            .map(|folder| Picked::Folder(*wanted, folder)),
        Pick::NewProject(path) => save("New project", path).map(Picked::NewProject),
        Pick::ProjectCopy(path) => save("Save copy of the project as", path).map(Picked::ProjectCopy),
    };
    match given {
        Some(given) => given,
        None if started.elapsed() < TOO_QUICK => Picked::NoDialog(pick),
        None => Picked::Scenes(Vec::new()),
    }
}

/// Asks where a project goes; `path` is proposed.
fn save(title: &str, path: &Path) -> Option<PathBuf> {
    let mut dialog = rfd::FileDialog::new().set_title(title).add_filter("Projects", PROJECTS);
    if let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
        dialog = dialog.set_directory(folder);
    }
    if let Some(name) = path.file_name() {
        dialog = dialog.set_file_name(name.to_string_lossy());
    }
    dialog.save_file()
}

/// Shows a folder in the file manager.
pub(super) fn show_folder(folder: &Path) -> Result<()> {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(target_os = "windows") {
        "explorer"
    } else {
        "xdg-open"
    };
    let started =
        Command::new(opener).arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    match started {
        Ok(mut child) => {
            // Waited for, so that no dead process is left behind.
            let _ = child.wait();
            Ok(())
        }
        Err(cause) => Err(Error::new(
            format!("cannot show the folder {}", folder.display()),
            format!("{opener}: {cause}"),
            "open it in your file manager",
        )
        .because(cause)),
    }
}
