//! One window a document: a lock beside the file that ends with the process, however that ends.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Error, Result};
use crate::files::place;

/// Times the lock is tried again when another window gives it up at that moment.
const ATTEMPTS: usize = 8;

/// The right to change a document, given back when dropped.
///
/// SQLite's own locks last a transaction; between two of them another window could change what this one shows.
#[derive(Debug)]
pub(super) struct WindowLock {
    path: PathBuf,
    /// Locked as long as it is open; the system lets go of it when the process ends.
    file: File,
}

impl WindowLock {
    /// Takes the lock of `document`.
    ///
    /// # Errors
    /// When another window holds it, or nothing may be written beside the document.
    pub(super) fn take(document: &Path) -> Result<Self> {
        let what = || format!("cannot open {}", document.display());
        let failed = |cause: io::Error| {
            let why = format!("its folder may not be written to ({cause})");
            Error::new(what(), why, "copy it to a folder of your own and open the copy").because(cause)
        };
        let place = place(document);
        let mut name = std::ffi::OsString::from(".");
        name.push(place.file_name().unwrap_or_default());
        name.push(".lock");
        let path = place.with_file_name(name);
        for _ in 0..ATTEMPTS {
            let file =
                File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let holder = fs::read_to_string(&path).unwrap_or_default();
                    let holder = holder.split(' ').next().filter(|id| !id.is_empty());
                    let holder = holder.map_or_else(String::new, |id| format!(" (process {id})"));
                    let why = format!("it is open in another window{holder}");
                    return Err(Error::new(what(), why, "close it there first"));
                }
                Err(TryLockError::Error(cause)) => return Err(failed(cause)),
            }
            let mut lock = Self { path: path.clone(), file };
            // The window that held it may have removed the file between our opening and our locking: then the lock is on
            // a file that nobody else will find.
            if lock.sign().map_err(failed)? {
                return Ok(lock);
            }
        }
        Err(Error::new(what(), "other windows open and close it all the time", "try again"))
    }

    /// Writes who holds the lock, and whether that can be read back under the name.
    fn sign(&mut self) -> io::Result<bool> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let signature = format!("{} {}", std::process::id(), now.as_nanos());
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(signature.as_bytes())?;
        Ok(fs::read_to_string(&self.path).is_ok_and(|found| found == signature))
    }
}

impl Drop for WindowLock {
    fn drop(&mut self) {
        // While still locked, so that only the holder removes the file; a file left behind locks nobody out.
        if self.sign().unwrap_or(false) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
