//! What SQLite says of a document, as errors a person can act on.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::Error;

/// A failure to do something (`cannot open`, `cannot change`) with the document at `path`.
pub(super) fn refusal(doing: &str, path: &Path, cause: rusqlite::Error) -> Error {
    let (why, remedy) = match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ("another program is writing it".to_owned(), "save or stop editing there, then try again")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => (
            "the file or its folder may not be written to".to_owned(),
            "copy it to a folder of your own and open the copy",
        ),
        Some(ErrorCode::DiskFull) => ("the disk is full".to_owned(), "free some space; what was there is kept"),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (
            "the file is damaged".to_owned(),
            "open a copy from before; `sqlite3 FILE .recover` saves what can be read of this one",
        ),
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
            (format!("the disk does not answer ({cause})"), "check that the disk is still there")
        }
        _ => (cause.to_string(), "open the document again"),
    };
    Error::new(format!("{doing} {}", path.display()), why, remedy).because(cause)
}
