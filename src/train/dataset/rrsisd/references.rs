//! The pickled list of references: `refs(unc).p` as plain records.

use std::path::Path;

use crate::error::{Error, Result};
use crate::model::weights::pickle::{Node, Pickle};

/// Which object of which picture some sentences mean.
pub(super) struct Reference {
    pub(super) ann_id: i64,
    pub(super) image_id: i64,
    pub(super) category_id: Option<i64>,
    pub(super) split: String,
    /// The sentences as written (`raw`), at least one.
    pub(super) sentences: Vec<String>,
}

/// Reads the pickle `bytes` of the file `path`. Fails if it is no pickled list; each reference may fail by itself.
pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Vec<Result<Reference>>> {
    let what = || format!("cannot understand {}", path.display());
    let remedy = "fetch the file again";
    let pickle = Pickle::read(bytes).map_err(|error| Error::new(what(), error.to_string(), remedy).because(error))?;
    let root = pickle.root();
    let Some(list) = root.items() else {
        return Err(Error::new(what(), format!("it is {} and not a list", root.kind()), remedy));
    };
    Ok(list.iter().map(reference).collect())
}

fn reference(node: Node<'_>) -> Result<Reference> {
    let missing = |field: &str| Error::new("cannot use a reference", format!("it has no usable {field}"), "correct it");
    let number = |field: &str| node.get(field).and_then(Node::as_i64);
    let sentences = node.get("sentences").and_then(Node::items).ok_or_else(|| missing("sentences"))?;
    let raw = sentences.iter().map(|sentence| sentence.get("raw").and_then(Node::as_str).map(str::to_owned));
    let sentences: Vec<String> = raw.collect::<Option<_>>().ok_or_else(|| missing("sentences"))?;
    if sentences.is_empty() {
        return Err(missing("sentences"));
    }
    Ok(Reference {
        ann_id: number("ann_id").ok_or_else(|| missing("ann_id"))?,
        image_id: number("image_id").ok_or_else(|| missing("image_id"))?,
        category_id: number("category_id"),
        split: node.get("split").and_then(Node::as_str).ok_or_else(|| missing("split"))?.to_owned(),
        sentences,
    })
}
