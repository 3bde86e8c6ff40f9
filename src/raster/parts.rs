//! The files a VRT names: followed, VRT inside VRT, before GDAL opens any of them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};

use gdal_sys::{CPLXMLNode, CPLXMLNodeType};

use super::scene::Access;
use super::source::{self, refused};
use crate::error::Result;

/// A VRT inside a VRT is followed so deep.
const DEEPEST: usize = 16;

/// Refuses the description `text` (found in `folder`) when a part is missing or, under [`Access::LocalOnly`], lies on
/// the network. `source` is what the user asked to open.
pub(super) fn check(text: &str, folder: Option<&Path>, source: &str, access: Access) -> Result<()> {
    let mut seen = HashSet::new();
    let mut waiting = vec![(text.to_owned(), folder.map(Path::to_path_buf), 0)];
    while let Some((text, folder, depth)) = waiting.pop() {
        if depth > DEEPEST {
            return Err(refused(source, "its parts are nested too deeply, or in a circle", "flatten the mosaic"));
        }
        if access == Access::LocalOnly && !text.contains("<VRTDataset") && source::describes_service(&text) {
            return Err(source::remote(source, "the description of a server"));
        }
        for mention in mentions(&text) {
            if access == Access::LocalOnly && mention.is_remote() {
                return Err(source::remote(source, &mention.text));
            }
            if !mention.is_part || source::is_remote(&mention.text) {
                continue;
            }
            if let Some(rest) = mention.text.strip_prefix("vrt://") {
                let inner = rest.split('?').next().unwrap_or(rest);
                source::checked_name(inner, access)?;
                continue;
            }
            if mention.text.trim_start().starts_with('<') {
                waiting.push((mention.text, folder.clone(), depth + 1));
                continue;
            }
            if source::is_subdataset(&mention.text) {
                continue;
            }
            let path = mention.path(folder.as_deref());
            if !seen.insert(path.clone()) {
                continue;
            }
            // GDAL itself notices what is missing in an archive.
            if !is_archived(&path) && !path.is_file() {
                let why = format!("its part {} is missing", mention.text.trim());
                return Err(refused(source, why, "put the part in its place or make the mosaic again"));
            }
            if let Some(text) = source::description_text(&path.to_string_lossy())? {
                waiting.push((text, path.parent().map(Path::to_path_buf), depth + 1));
            }
        }
    }
    Ok(())
}

/// Whether a path leads into one of GDAL's file systems.
fn is_archived(path: &Path) -> bool {
    path.to_string_lossy().starts_with("/vsi")
}

/// One text or attribute of the document.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Mention {
    text: String,
    /// It stands where GDAL opens what is named.
    is_file: bool,
    /// It stands where a VRT names one of its parts, which must then exist.
    is_part: bool,
    is_relative: bool,
}

impl Mention {
    fn is_remote(&self) -> bool {
        // An address in a note or a name space is only read by people; one in a file's place would be opened.
        if self.is_file { source::is_remote(&self.text) } else { source::has_remote_file_system(&self.text) }
    }

    fn path(&self, folder: Option<&Path>) -> PathBuf {
        match folder {
            Some(folder) if self.is_relative => folder.join(self.text.trim()),
            _ => PathBuf::from(self.text.trim()),
        }
    }
}

/// Elements of a VRT that name a part, and elements of an MRF whose text is opened too.
const PART_ELEMENTS: [&str; 2] = ["SourceFilename", "SourceDataset"];
const FILE_ELEMENTS: [&str; 3] = ["DataFile", "IndexFile", "Source"];

/// The texts of an XML document, each once, sorted, as GDAL's own parser reads it (it knows no entities but the five of XML
/// itself).
fn mentions(text: &str) -> Vec<Mention> {
    // GDAL reads such a file up to its first NUL.
    let text = text.split('\0').next().unwrap_or_default();
    let Ok(text) = CString::new(text) else { return Vec::new() };
    let (root, _messages) = super::library::listen(|| {
        // SAFETY: `text` is NUL-terminated and lives through the call; GDAL copies what it keeps.
        unsafe { gdal_sys::CPLParseXMLString(text.as_ptr()) }
    });
    let mut mentions = BTreeSet::new();
    // SAFETY: `root` is null or a tree that lives until it is freed below; nothing changes it meanwhile, and what is
    // collected is copied.
    unsafe { collect(root.as_ref(), &mut mentions) };
    if !root.is_null() {
        // SAFETY: `root` came from `CPLParseXMLString` and is freed once; no node is used after this.
        unsafe { gdal_sys::CPLDestroyXMLNode(root) };
    }
    mentions.into_iter().collect()
}

/// Collects the texts of `root`, its children and its siblings.
///
/// # Safety
/// `root` must be a node of a tree that GDAL's parser made and that nothing changes during the call.
unsafe fn collect(root: Option<&CPLXMLNode>, mentions: &mut BTreeSet<Mention>) {
    // The nodes still to visit, each with the one it stands in. No recursion: the nesting is the file's choice.
    let mut waiting: Vec<(&CPLXMLNode, Option<&CPLXMLNode>)> = root.map(|root| (root, None)).into_iter().collect();
    while let Some((node, parent)) = waiting.pop() {
        // SAFETY: a node's links are null or point to nodes of the same tree, which lives (see the caller's promise).
        let (next, child) = unsafe { (node.psNext.as_ref(), node.psChild.as_ref()) };
        waiting.extend(next.map(|next| (next, parent)));
        match node.eType {
            CPLXMLNodeType::CXT_Text => {
                // SAFETY: as above.
                let (text, within) = unsafe { (value(node), parent.map_or("".into(), |parent| value(parent))) };
                let is_part = PART_ELEMENTS.contains(&&*within);
                let is_file = is_part || FILE_ELEMENTS.contains(&&*within);
                // A number, as most texts are, is neither a name nor an address.
                if is_file || text.contains('/') {
                    // SAFETY: as above.
                    let is_relative = is_part && parent.is_some_and(|parent| unsafe { is_relative(parent) });
                    mentions.insert(Mention { text: text.into_owned(), is_file, is_part, is_relative });
                }
            }
            CPLXMLNodeType::CXT_Element | CPLXMLNodeType::CXT_Attribute => {
                waiting.extend(child.map(|child| (child, Some(node))));
            }
            _ => {}
        }
    }
}

/// The name of an element or attribute, or the text of a text node.
///
/// # Safety
/// `node` must be of a living tree of GDAL's parser.
unsafe fn value(node: &CPLXMLNode) -> Cow<'_, str> {
    if node.pszValue.is_null() {
        return Cow::Borrowed("");
    }
    // SAFETY: the value of a node is a NUL-terminated string owned by the node.
    unsafe { CStr::from_ptr(node.pszValue) }.to_string_lossy()
}

/// Whether the element says that its text is a path relative to the VRT.
///
/// # Safety
/// `element` must be of a living tree of GDAL's parser.
unsafe fn is_relative(element: &CPLXMLNode) -> bool {
    // SAFETY: the path and the default are NUL-terminated; the answer is the default or a text of the tree, read at
    // once. The function does not change the tree.
    let value = unsafe {
        let value = gdal_sys::CPLGetXMLValue(&raw const *element, c"relativeToVRT".as_ptr(), c"0".as_ptr());
        CStr::from_ptr(value)
    };
    value.to_bytes() != b"0"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        check(text, Some(Path::new("/")), "a.vrt", Access::LocalOnly)
            .map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn an_address_hidden_by_entities_or_nesting_is_found() {
        for part in [
            "<SourceFilename>&#47;vsicurl/http://h/a.tif</SourceFilename>",
            "<SourceFilename><![CDATA[http://h/a.tif]]></SourceFilename>",
            "<SourceDataset>&lt;VRTDataset&gt;&lt;SourceFilename&gt;/vsis3/b/a.tif&lt;/SourceFilename&gt;&lt;/VRTDataset&gt;</SourceDataset>",
            "<SourceFilename>&lt;GDAL_WMS&gt;&lt;/GDAL_WMS&gt;</SourceFilename>",
            "<Metadata domain=\"OVERVIEWS\"><MDI key=\"OVERVIEW_FILE\">/vsicurl/http://h/o.tif</MDI></Metadata>",
            "<Option name=\"X_DATASET\" value=\"/vsigs/b/x.tif\"/>",
        ] {
            let refusal = refusal(&format!("<VRTDataset>{part}</VRTDataset>"));
            assert!(refusal.contains("remote"), "{part}: {refusal}");
        }
    }

    #[test]
    fn an_address_that_nobody_opens_is_no_reason_to_refuse() {
        let text =
            "<VRTDataset xmlns=\"http://x\"><Metadata><MDI key=\"licence\">https://x/by</MDI></Metadata></VRTDataset>";
        assert_eq!(refusal(text), "");
    }

    #[test]
    fn a_vrt_that_names_itself_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("self.vrt");
        let text = "<VRTDataset><SourceFilename relativeToVRT=\"1\">self.vrt</SourceFilename></VRTDataset>";
        std::fs::write(&path, text).unwrap();
        assert!(check(text, Some(folder.path()), "self.vrt", Access::LocalOnly).is_ok());
    }

    #[test]
    fn ten_thousand_nested_elements_do_not_exhaust_the_stack() {
        let text = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        assert_eq!(refusal(&text), "");
    }
}
