//! The files a VRT names: followed, VRT inside VRT, before GDAL opens any of them.

use std::collections::HashSet;
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
            if mention.text.starts_with("/vsi") || source::is_subdataset(&mention.text) {
                continue;
            }
            let path = mention.path(folder.as_deref());
            if !seen.insert(path.clone()) {
                continue;
            }
            if !path.is_file() {
                let why = format!("its part {} is missing", mention.text.trim());
                return Err(refused(source, why, "put the part in its place or make the mosaic again"));
            }
            if let Some(text) = source::description_text(&path)? {
                waiting.push((text, path.parent().map(Path::to_path_buf), depth + 1));
            }
        }
    }
    Ok(())
}

/// One text or attribute of the document.
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

/// Every text of an XML document, as GDAL's own parser reads it (it knows no entities but the five of XML itself).
fn mentions(text: &str) -> Vec<Mention> {
    // GDAL reads such a file up to its first NUL.
    let text = text.split('\0').next().unwrap_or_default();
    let Ok(text) = CString::new(text) else { return Vec::new() };
    let mut mentions = Vec::new();
    let (root, _messages) = super::library::listen(|| {
        // SAFETY: `text` is NUL-terminated and lives through the call; GDAL copies what it keeps.
        unsafe { gdal_sys::CPLParseXMLString(text.as_ptr()) }
    });
    // The nodes still to visit, each with the element it stands in. No recursion: the nesting is the file's choice.
    let mut waiting: Vec<(*const CPLXMLNode, String, bool)> = vec![(root.cast_const(), String::new(), false)];
    while let Some((node, parent, is_relative)) = waiting.pop() {
        // SAFETY: `node` is null or a node of the tree that is freed below, after the last visit; nothing changes the
        // tree meanwhile.
        let Some(node) = (unsafe { node.as_ref() }) else { continue };
        let value = if node.pszValue.is_null() {
            String::new()
        } else {
            // SAFETY: the value of a node is a NUL-terminated string owned by the node.
            unsafe { CStr::from_ptr(node.pszValue) }.to_string_lossy().into_owned()
        };
        waiting.push((node.psNext.cast_const(), parent.clone(), is_relative));
        match node.eType {
            CPLXMLNodeType::CXT_Text => {
                let is_part = PART_ELEMENTS.contains(&parent.as_str());
                let is_file = is_part || FILE_ELEMENTS.contains(&parent.as_str());
                mentions.push(Mention { text: value, is_file, is_part, is_relative });
            }
            CPLXMLNodeType::CXT_Element | CPLXMLNodeType::CXT_Attribute => {
                let relative = attribute_is_one(node, c"relativeToVRT");
                waiting.push((node.psChild.cast_const(), value, relative));
            }
            _ => {}
        }
    }
    if !root.is_null() {
        // SAFETY: `root` came from `CPLParseXMLString` and is freed once; no node is used after this.
        unsafe { gdal_sys::CPLDestroyXMLNode(root) };
    }
    mentions
}

fn attribute_is_one(node: &CPLXMLNode, name: &CStr) -> bool {
    // SAFETY: `node` lives, the path and the default are NUL-terminated; the answer is the default or a text of the
    // node's tree, read at once. The function does not change the node.
    let value = unsafe {
        let value = gdal_sys::CPLGetXMLValue(&raw const *node, name.as_ptr(), c"0".as_ptr());
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
