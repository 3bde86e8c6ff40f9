//! A document: made, opened, refused, copied.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::lock::WindowLock;
use super::refusal::refusal;
use super::schema;
use crate::error::{Error, Result};
use crate::files::{place, write_whole};
use crate::raster::Crs;

/// How many milliseconds another program may take to write before we give up.
const PATIENCE_MS: u32 = 2_000;
/// How every SQLite file begins.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// Where the header holds the application id.
const APPLICATION_ID_AT: usize = 68;

/// An open document. It belongs to one window; it may go to another thread, not to two at once.
pub struct Document {
    // Dropped in this order: the file is closed before another window may open it.
    db: Connection,
    path: PathBuf,
    crs: Option<Crs>,
    srs_id: i32,
    seen: i64,
    _lock: WindowLock,
}

impl Document {
    /// Makes a new document at `path` and opens it. All its shapes are in `crs`, that of the map; without one they are in
    /// pixels of a picture, x to the right and y down.
    ///
    /// # Errors
    /// When something is there already, or the place cannot be written.
    pub fn create(path: &Path, crs: Option<&Crs>) -> Result<Self> {
        if path.symlink_metadata().is_ok() {
            let what = format!("cannot make the document {}", path.display());
            return Err(Error::new(what, "something of that name is there already", "open it, or choose another name"));
        }
        write_whole(path, |beside| {
            let refuse = |cause| refusal("cannot make the document", path, cause);
            let mut db = Connection::open(beside).map_err(refuse)?;
            // Nobody sees the file before it is whole, so it needs no journal; closing it writes it out.
            db.pragma_update(None, "journal_mode", "MEMORY").map_err(refuse)?;
            schema::create(&mut db, crs).map_err(refuse)?;
            db.close().map_err(|(_, cause)| refuse(cause))?;
            File::open(beside).and_then(|file| file.sync_all()).map_err(|cause| {
                let what = format!("cannot make the document {}", path.display());
                Error::new(what, cause.to_string(), "check the disk").because(cause)
            })
        })?;
        Self::open(path)
    }

    /// Opens a document that this program made, and finishes or takes back what a crash interrupted.
    ///
    /// # Errors
    /// No such file; no GeoPackage; a GeoPackage of another program (which is only looked at, never changed); made by a
    /// newer version; marked read-only; open in another window; damaged. In none of these cases is anything written.
    pub fn open(path: &Path) -> Result<Self> {
        let what = || format!("cannot open {}", path.display());
        let place = place(path);
        check_header(&place).map_err(|(why, remedy)| Error::new(what(), why, remedy))?;
        check_format(&place, path)?;
        let marked = fs::metadata(&place).is_ok_and(|metadata| metadata.permissions().readonly());
        let read_only = || {
            let remedy = "allow writing, or copy it and open the copy";
            Error::new(what(), "the file is read-only", remedy)
        };
        if marked {
            return Err(read_only());
        }
        let lock = WindowLock::take(&place)?;
        let refuse = |cause| refusal("cannot open", path, cause);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(&place, flags).map_err(refuse)?;
        if db.is_readonly("main").map_err(refuse)? {
            return Err(read_only());
        }
        // By pragma: the method of rusqlite 0.43 asks SQLite for a function that systems before 3.44 lack.
        db.pragma_update(None, "busy_timeout", PATIENCE_MS).map_err(refuse)?;
        // A damaged or hostile file must not run what it holds beyond what our statements say.
        db.pragma_update(None, "trusted_schema", false).map_err(refuse)?;
        let damaged = |why: String| {
            let remedy = "open a copy from before; `sqlite3 FILE .recover` saves what can be read of this one";
            Error::new(what(), why, remedy)
        };
        let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(refuse)?;
        if verdict != "ok" {
            return Err(damaged(format!("the file is damaged ({verdict})")));
        }
        if let Some(table) = schema::missing(&db) {
            return Err(damaged(format!("its table {table} is missing or incomplete")));
        }
        let (srs_id, wkt) = schema::system(&db).map_err(refuse)?;
        let crs = wkt.map(|wkt| Crs::from_user(&wkt)).transpose()?;
        // One file at rest, and an edit is on the disk when it returns, whatever ends the program or the machine.
        db.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(refuse)?;
        db.pragma_update(None, "synchronous", "EXTRA").map_err(refuse)?;
        schema::drop_spatial_indices(&mut db).map_err(refuse)?;
        let seen = data_version(&db).map_err(refuse)?;
        Ok(Self { db, path: path.to_owned(), crs, srs_id, seen, _lock: lock })
    }

    /// Whether a file looks like a document of this program, of whatever version. Nothing is written.
    pub fn is_one(path: &Path) -> bool {
        let place = place(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let format = || schema::format(&Connection::open_with_flags(address(&place), flags)?);
        check_header(&place).is_ok() && format().is_ok_and(|format| format.is_some_and(|format| format > 0))
    }

    /// Writes the document as it is now to `path`, replacing what is there, and stays with the present file.
    ///
    /// # Errors
    /// When the place cannot be written; what was there is then still there.
    pub fn save_copy(&self, path: &Path) -> Result<()> {
        if place(path) == place(&self.path) {
            let what = format!("cannot copy to {}", path.display());
            return Err(Error::new(
                what,
                "that is the document itself",
                "choose another name; edits are saved at once",
            ));
        }
        write_whole(path, |beside| {
            let name = beside.to_str().ok_or_else(|| {
                Error::new(format!("cannot copy to {}", path.display()), "its name is not valid Unicode", "rename it")
            })?;
            self.db.execute("VACUUM INTO ?1", [name]).map_err(|cause| refusal("cannot copy to", path, cause))?;
            Ok(())
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The system of all shapes; `None`: pixels of a picture.
    pub fn crs(&self) -> Option<&Crs> {
        self.crs.as_ref()
    }

    /// Whether another program (QGIS, for instance) wrote the file since this was asked last: then read it anew.
    pub fn was_changed_elsewhere(&mut self) -> Result<bool> {
        let now = data_version(&self.db).map_err(|cause| refusal("cannot read", &self.path, cause))?;
        Ok(std::mem::replace(&mut self.seen, now) != now)
    }

    pub(super) fn db(&self) -> &Connection {
        &self.db
    }

    pub(super) fn db_mut(&mut self) -> &mut Connection {
        &mut self.db
    }

    /// Number of the system in every geometry's header.
    pub(super) fn srs_id(&self) -> i32 {
        self.srs_id
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("path", &self.path).field("crs", &self.crs).finish_non_exhaustive()
    }
}

/// Changes when another connection commits.
fn data_version(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA data_version", [], |row| row.get(0))
}

/// What the first bytes say against the file.
fn check_header(path: &Path) -> std::result::Result<(), (String, &'static str)> {
    let choose = "choose a document (.gpkg) that Referent made";
    let mut header = Vec::new();
    let read = File::open(path).and_then(|file| file.take(100).read_to_end(&mut header));
    if let Err(cause) = read {
        let why = match cause.kind() {
            ErrorKind::NotFound => "there is no such file".to_owned(),
            ErrorKind::IsADirectory => "it is a folder".to_owned(),
            ErrorKind::PermissionDenied => "it may not be read".to_owned(),
            _ => cause.to_string(),
        };
        return Err((why, "check the path"));
    }
    if header.is_empty() {
        return Err(("the file is empty".to_owned(), choose));
    }
    if !header.starts_with(SQLITE) {
        return Err(("it is not a GeoPackage".to_owned(), choose));
    }
    let id = header.get(APPLICATION_ID_AT..APPLICATION_ID_AT + 4);
    if id != Some(&schema::APPLICATION_ID.to_be_bytes()) {
        return Err(("it is a database, but not a GeoPackage".to_owned(), choose));
    }
    Ok(())
}

/// Refuses documents of other programs and of newer versions, without a byte written: not even a journal is played back.
fn check_format(place: &Path, shown: &Path) -> Result<()> {
    let what = || format!("cannot open {}", shown.display());
    let refuse = |cause| refusal("cannot open", shown, cause);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(address(place), flags).map_err(refuse)?;
    match schema::format(&db).map_err(refuse)? {
        Some(format) if format > schema::FORMAT => Err(Error::new(
            what(),
            format!("a newer version of Referent made it (format {format}, this one knows {})", schema::FORMAT),
            "install the newer version",
        )),
        Some(format) if format > 0 => Ok(()),
        Some(_) | None => Err(Error::new(
            what(),
            "it is a GeoPackage, but no document of Referent; it was left as it is",
            "make a new document and import its polygons as labels",
        )),
    }
}

/// The path as SQLite's URI for a file that nobody changes meanwhile.
fn address(path: &Path) -> String {
    let mut address = String::from("file:");
    let text = path.to_string_lossy().replace('\\', "/");
    if !text.starts_with('/') {
        // A drive letter follows.
        address.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' => {
                address.push(char::from(byte))
            }
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address + "?immutable=1"
}
