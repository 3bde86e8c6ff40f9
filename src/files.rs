//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Writes `path` by way of a file beside it: `write` gets that file's name, and only when it succeeds and its work has reached
/// the disk is the file renamed to `path`. A failed write leaves what was there before and nothing else.
pub fn write_whole<T>(path: &Path, write: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let beside = beside(path)?;
    let result = write(&beside).and_then(|written| {
        let put = || {
            File::open(&beside)?.sync_all()?;
            fs::rename(&beside, path)
        };
        put().map(|()| written).map_err(|cause| refusal(path, cause))
    });
    if result.is_err() {
        // Nothing may be left to remove when the write failed early.
        let _ = fs::remove_file(&beside);
    }
    result
}

/// The refusal that an input/output error amounts to when `path` is written.
pub fn refusal(path: &Path, cause: io::Error) -> Error {
    let (why, remedy) = match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ("the disk is full".to_owned(), "free some space"),
        ErrorKind::FileTooLarge => ("the file grew larger than the system allows".to_owned(), "raise the limit"),
        ErrorKind::PermissionDenied => ("its folder may not be written to".to_owned(), "choose another folder"),
        ErrorKind::ReadOnlyFilesystem => ("its disk is read-only".to_owned(), "choose another folder"),
        ErrorKind::NotFound => ("its folder does not exist".to_owned(), "make the folder first"),
        _ => (cause.to_string(), "choose another place"),
    };
    Error::new(format!("cannot write {}", path.display()), why, remedy).because(cause)
}

/// The folder that `path` lies in; of a bare name the one the program runs in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// The place `path` names, whatever way it is written: with links followed as far as there are files.
pub fn place(path: &Path) -> PathBuf {
    if let Ok(place) = path.canonicalize() {
        return place;
    }
    match (folder_of(path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// Refuses outputs that would replace an input or each other.
///
/// # Errors
/// Of kind usage, naming the output.
pub fn check_distinct<'a>(inputs: impl IntoIterator<Item = &'a Path>, outputs: &[&Path]) -> Result<()> {
    let inputs: Vec<PathBuf> = inputs.into_iter().map(place).collect();
    for (index, output) in outputs.iter().enumerate() {
        let place_of = place(output);
        let what = || format!("cannot write {}", output.display());
        if inputs.contains(&place_of) {
            return Err(Error::usage(what(), "it is one of the inputs", "give the output another name"));
        }
        if outputs[..index].iter().any(|other| place(other) == place_of) {
            return Err(Error::usage(what(), "two outputs have this name", "give each output a name of its own"));
        }
    }
    Ok(())
}

/// A name in the folder of `path` that ends as `path` does, for a file that is not finished yet.
///
/// # Errors
/// When `path` names no file or its folder does not exist.
pub fn beside(path: &Path) -> Result<PathBuf> {
    let what = || format!("cannot write {}", path.display());
    let Some(name) = path.file_name().filter(|_| !path.is_dir()) else {
        return Err(Error::new(what(), "that is a folder", "add a file name"));
    };
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(Error::new(what(), format!("there is no folder {}", folder.display()), "make the folder first"));
    }
    let mut hidden = std::ffi::OsString::from(format!(".{}-", std::process::id()));
    hidden.push(name);
    Ok(folder.join(hidden))
}

/// Removes what this program has begun to write in `folder` and not finished, for an end in the middle of it.
pub fn remove_unfinished(folder: &Path) {
    let process = std::process::id();
    let ours = [format!(".{process}-"), format!(".referent-{process}-")];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if ours.iter().any(|start| entry.file_name().to_string_lossy().starts_with(start)) {
            // The program ends anyway; what cannot be removed stays.
            let path = entry.path();
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

/// `path` with `ending` after its whole name.
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_debris() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_whole(&path, |beside| {
            fs::write(beside, "old").unwrap();
            Ok(())
        })
        .unwrap();
        let failed: Result<()> = write_whole(&path, |beside| {
            fs::write(beside, "half").unwrap();
            Err(Error::new("cannot write", "the disk is full", ""))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_output_may_be_neither_an_input_nor_another_output() {
        let folder = tempfile::tempdir().unwrap();
        let (input, other) = (folder.path().join("in.tif"), folder.path().join("out.tif"));
        fs::write(&input, "").unwrap();
        let roundabout = folder.path().join(".").join("in.tif");
        assert!(check_distinct([input.as_path()], &[&other]).is_ok());
        assert!(check_distinct([input.as_path()], &[&roundabout]).is_err());
        assert!(check_distinct([input.as_path()], &[&other, &other]).is_err());
    }

    #[test]
    fn what_is_unfinished_goes_and_everything_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join(format!(".referent-{}-0.part", std::process::id()));
        fs::create_dir(&part).unwrap();
        fs::write(part.join("a.tif"), "half").unwrap();
        fs::write(beside(&folder.path().join("a.txt")).unwrap(), "half").unwrap();
        for kept in ["a.txt", ".referent-0-0.part", ".hidden"] {
            fs::write(folder.path().join(kept), "").unwrap();
        }
        remove_unfinished(folder.path());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = beside(Path::new("/no/such/folder/a.txt")).unwrap_err();
        assert!(error.to_string().contains("/no/such/folder"));
        assert!(beside(&std::env::temp_dir()).unwrap_err().why().contains("folder"));
    }
}
