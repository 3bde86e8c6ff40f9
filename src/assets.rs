//! Where the files that come with the program are.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Environment variable that names the folder of the bundled files.
pub const VARIABLE: &str = "REFERENT_ASSETS";

/// The bundled file `name`, such as "models/lite.safetensors".
///
/// Looked for in the folder [`VARIABLE`] names, beside the program, in the `share` folder of an installation, and in the
/// source tree the program was built from.
pub fn find(name: &str) -> Result<PathBuf> {
    let candidates = folders();
    candidates.iter().map(|folder| folder.join(name)).find(|path| path.is_file()).ok_or_else(|| {
        let looked: Vec<String> = candidates.iter().map(|folder| folder.display().to_string()).collect();
        Error::new(
            format!("cannot find the bundled file {name}"),
            format!("it is in none of: {}", looked.join(", ")),
            format!("set {VARIABLE} to the folder that came with the program"),
        )
    })
}

/// The bytes of the bundled file `name`.
pub fn read(name: &str) -> Result<Vec<u8>> {
    let path = find(name)?;
    std::fs::read(&path).map_err(|cause| {
        Error::new(
            format!("cannot read {}", path.display()),
            cause.to_string(),
            "check the permissions of the file and the state of the disk",
        )
        .because(cause)
    })
}

/// The folders bundled files may lie in, first choice first.
pub fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os(VARIABLE).map(PathBuf::from).into_iter().collect();
    if let Some(beside) = std::env::current_exe().ok().as_deref().and_then(Path::parent) {
        folders.push(beside.join("assets"));
        folders.push(beside.join("../share/referent"));
    }
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets"));
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundled_file_is_found_and_a_missing_one_named() {
        assert!(find("text/wordpiece.tokenizer.json").is_ok());
        let error = find("models/no-such-model.safetensors").unwrap_err();
        assert!(error.to_string().contains("no-such-model") && error.remedy().contains(VARIABLE));
    }
}
