//! Files that appear whole or not at all.
//!
//! What is written goes to a folder beside the target, on the same disk, and is renamed when it is complete. Whatever
//! happens before that, the old file stays and the folder goes.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files;

/// A place to write one output, made of one file or several of the same stem.
#[derive(Debug)]
pub(super) struct Staging {
    folder: PathBuf,
    target: PathBuf,
    asked: PathBuf,
}

/// `cannot write FILE: why`.
pub(super) fn refusal(path: &Path, why: impl Into<String>, remedy: &str) -> Error {
    Error::new(format!("cannot write {}", path.display()), why, remedy)
}

/// The refusal that a message of GDAL amounts to.
pub(super) fn gdal_refusal(path: &Path, message: String) -> Error {
    if ["No space left", "disk is full"].iter().any(|text| message.contains(text)) {
        return files::refusal(path, io::Error::new(ErrorKind::StorageFull, message));
    }
    refusal(path, format!("GDAL could not write it: {message}"), "check that the disk has space and may be written to")
}

impl Staging {
    /// A place beside `path`.
    ///
    /// # Errors
    /// A folder that does not exist or may not be written to; a path that is a folder, a device or no UTF-8.
    pub fn beside(path: &Path) -> Result<Self> {
        if path.file_name().is_none() {
            return Err(refusal(path, "it names no file", "give the name of a file"));
        }
        if path.to_str().is_none() || path.to_string_lossy().contains('\0') {
            return Err(refusal(path, "its name is not valid Unicode", "rename it"));
        }
        // A link stays a link: the file it points to is replaced.
        let target = match fs::symlink_metadata(path) {
            Ok(meta) if meta.is_symlink() => fs::canonicalize(path).map_err(|error| files::refusal(path, error))?,
            _ => path.to_path_buf(),
        };
        match fs::metadata(&target) {
            Ok(meta) if meta.is_dir() => return Err(refusal(path, "it is a folder", "give the name of a file in it")),
            Ok(meta) if !meta.is_file() => {
                return Err(refusal(path, "it is a device, not a file", "give the name of a file"));
            }
            _ => {}
        }
        let parent = files::folder_of(&target).to_owned();
        match fs::metadata(&parent) {
            Ok(meta) if !meta.is_dir() => return Err(refusal(path, "its folder is a file", "choose another folder")),
            Ok(_) => {}
            Err(error) => return Err(files::refusal(path, error)),
        }
        for attempt in 0..1_000u32 {
            // Not named after the target, whose name may be as long as the system allows.
            let folder = parent.join(format!(".referent-{}-{attempt}.part", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Self { folder, target, asked: path.to_path_buf() }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(files::refusal(path, error)),
            }
        }
        Err(refusal(path, "unfinished outputs are in the way", "remove the folders that end in .part beside it"))
    }

    /// Where to write the file now: the same name as the target's.
    pub fn path(&self) -> PathBuf {
        self.folder.join(self.target.file_name().unwrap_or_default())
    }

    /// Where to write what is not part of the output.
    pub fn scratch(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join("scratch");
        fs::create_dir_all(&folder).map_err(|error| files::refusal(&self.asked, error))?;
        Ok(folder.join(name))
    }

    /// Puts all files written beside [`Self::path`] in their place. `companions` are names of files that belonged to the
    /// old output and would be wrong beside the new one.
    pub fn publish(self, companions: &[String]) -> Result<()> {
        self.replace(companions).map_err(|error| files::refusal(&self.asked, error))
    }

    fn replace(&self, companions: &[String]) -> io::Result<()> {
        let place = |name: &Path| self.target.with_file_name(name);
        let mut written = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                // Only a file that reached the disk may replace one that did.
                File::open(entry.path())?.sync_all()?;
                written.push(PathBuf::from(entry.file_name()));
            }
        }
        written.sort();
        let stale =
            companions.iter().map(PathBuf::from).filter(|name| !written.contains(name) && place(name).is_file());
        let stale: Vec<PathBuf> = stale.collect();
        if let ([only], []) = (&written[..], &stale[..]) {
            return fs::rename(self.folder.join(only), place(only));
        }
        // Several files cannot be renamed as one: the old ones wait aside until all new ones are in place.
        let aside = self.folder.join("replaced");
        fs::create_dir_all(&aside)?;
        let (mut moved, mut placed) = (Vec::new(), Vec::new());
        let outcome = (|| {
            for name in written.iter().chain(&stale) {
                if place(name).exists() {
                    fs::rename(place(name), aside.join(name))?;
                    moved.push(name);
                }
            }
            for name in &written {
                fs::rename(self.folder.join(name), place(name))?;
                placed.push(name);
            }
            Ok(())
        })();
        if outcome.is_err() {
            // As far as the disk allows; the first error is the one to tell.
            placed.iter().for_each(|name| drop(fs::remove_file(place(name))));
            moved.iter().for_each(|name| drop(fs::rename(aside.join(name), place(name))));
        }
        outcome
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Nothing is left to do if even this fails.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_output_given_up_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.txt");
        fs::write(&target, "old").unwrap();
        let staging = Staging::beside(&target).unwrap();
        fs::write(staging.path(), "half").unwrap();
        drop(staging);
        assert_eq!((names(folder.path()), fs::read_to_string(&target).unwrap()), (vec!["a.txt".into()], "old".into()));
    }

    #[test]
    fn parts_are_replaced_together_and_stale_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.shp", "a.dbf", "a.qix", "b.dbf"] {
            fs::write(folder.path().join(name), "old").unwrap();
        }
        let staging = Staging::beside(&folder.path().join("a.shp")).unwrap();
        fs::write(staging.path(), "new").unwrap();
        fs::write(staging.path().with_extension("dbf"), "new").unwrap();
        fs::write(staging.scratch("notes").unwrap(), "scratch").unwrap();
        staging.publish(&["a.qix".into()]).unwrap();
        assert_eq!(names(folder.path()), ["a.dbf", "a.shp", "b.dbf"]);
        assert_eq!(fs::read_to_string(folder.path().join("a.dbf")).unwrap(), "new");
    }

    #[test]
    fn a_part_that_cannot_be_replaced_brings_the_others_back() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.dbf"), "old").unwrap();
        let staging = Staging::beside(&folder.path().join("a.shp")).unwrap();
        fs::write(staging.path(), "new").unwrap();
        fs::write(staging.path().with_extension("dbf"), "new").unwrap();
        // A folder lies where a.shp should go, and another where it would wait aside.
        fs::create_dir(folder.path().join("a.shp")).unwrap();
        fs::create_dir_all(staging.folder.join("replaced/a.shp/full")).unwrap();
        assert!(staging.replace(&[]).is_err());
        assert_eq!(fs::read_to_string(folder.path().join("a.dbf")).unwrap(), "old");
    }

    #[test]
    fn places_that_cannot_be_written_say_why() {
        let folder = tempfile::tempdir().unwrap();
        let why = |path: &Path| Staging::beside(path).unwrap_err().to_string();
        assert!(why(&folder.path().join("no/such/a.shp")).contains("folder does not exist"));
        assert!(why(folder.path()).contains("it is a folder"));
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(why(&folder.path().join("file/a.shp")).contains("folder is a file"));
        #[cfg(unix)]
        assert!(why(Path::new("/dev/null")).contains("a device"));
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.txt"), folder.path().join("link.txt"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let staging = Staging::beside(&link).unwrap();
        fs::write(staging.path(), "new").unwrap();
        staging.publish(&[]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
    }
}
