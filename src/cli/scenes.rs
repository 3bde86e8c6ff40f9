//! `--scenes`: which rasters are meant by files, folders, lists, STAC items and addresses.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result};

/// Endings of the files of a folder that are taken for scenes.
const RASTERS: [&str; 9] = ["tif", "tiff", "vrt", "jp2", "img", "png", "jpg", "jpeg", "webp"];

/// The scenes that `given` names, in that order; those of a folder by name.
///
/// # Errors
/// When a folder, list or STAC item cannot be read or names no scene.
pub fn expand(given: &[String]) -> Result<Vec<String>> {
    let mut scenes = Vec::new();
    for source in given {
        let path = Path::new(source);
        let ends = |ending: &str| path.extension().is_some_and(|other| other.eq_ignore_ascii_case(ending));
        // What is no local file is opened as it is named, or refused when its turn comes.
        if path.is_dir() {
            scenes.extend(in_folder(path)?);
        } else if ends("json") && path.is_file() {
            scenes.push(of_stac_item(path)?);
        } else if ends("txt") && path.is_file() {
            scenes.extend(in_list(path)?);
        } else {
            scenes.push(source.clone());
        }
    }
    Ok(scenes)
}

fn refusal(path: &Path, why: impl Into<String>, remedy: &str) -> Error {
    Error::new(format!("cannot use the scenes of {}", path.display()), why, remedy)
}

fn in_folder(folder: &Path) -> Result<Vec<String>> {
    let unreadable = |cause: std::io::Error| refusal(folder, cause.to_string(), "check its permissions").because(cause);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_raster =
            path.extension().is_some_and(|ending| RASTERS.iter().any(|raster| ending.eq_ignore_ascii_case(raster)));
        if is_raster && path.is_file() {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(refusal(
            folder,
            "it holds no raster",
            "name a folder with GeoTIFFs in it; folders inside are not looked at",
        ));
    }
    Ok(found)
}

/// A scene a line; paths are relative to the list.
fn in_list(list: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(list)
        .map_err(|cause| refusal(list, cause.to_string(), "give a text file with a scene a line").because(cause))?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let scenes: Vec<String> =
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| beside(list, line)).collect();
    if scenes.is_empty() {
        return Err(refusal(list, "it holds no line", "give a text file with a scene a line"));
    }
    Ok(scenes)
}

/// `name` as seen from the folder of `file`, unless it is an address or a whole path.
fn beside(file: &Path, name: &str) -> String {
    let is_elsewhere = name.contains("://") || name.starts_with("/vsi") || Path::new(name).is_absolute();
    match file.parent() {
        Some(folder) if !is_elsewhere => folder.join(name).to_string_lossy().into_owned(),
        _ => name.to_owned(),
    }
}

/// The picture of a STAC item: the asset called "visual", else one with the role "visual", else "data", of a type that is a
/// raster.
fn of_stac_item(path: &Path) -> Result<String> {
    let remedy = "give a STAC item with a GeoTIFF among its assets";
    let bytes = fs::read(path).map_err(|cause| refusal(path, cause.to_string(), remedy).because(cause))?;
    let item: Value = serde_json::from_slice(&bytes).map_err(|cause| refusal(path, cause.to_string(), remedy))?;
    let Some(assets) = item["assets"].as_object().filter(|_| item["stac_version"].is_string()) else {
        return Err(refusal(path, "it is no STAC item", remedy));
    };
    let is_raster = |asset: &Value| {
        let kind = asset["type"].as_str().unwrap_or_default();
        let href = asset["href"].as_str().unwrap_or_default();
        let ending = Path::new(href.split('?').next().unwrap_or_default()).extension();
        let by_name = ending.is_some_and(|ending| RASTERS.iter().any(|raster| ending.eq_ignore_ascii_case(raster)));
        !href.is_empty()
            && (kind.starts_with("image/tiff") || kind.starts_with("image/jp2") || kind.is_empty() && by_name)
    };
    let has_role = |asset: &Value, role: &str| {
        asset["roles"].as_array().is_some_and(|roles| roles.iter().any(|other| other == role))
    };
    let rank = |(name, asset): &(&String, &Value)| match () {
        () if *name == "visual" => 0,
        () if has_role(asset, "visual") => 1,
        () if has_role(asset, "data") => 2,
        () if has_role(asset, "thumbnail") || has_role(asset, "overview") => 4,
        () => 3,
    };
    let best = assets.iter().filter(|(_, asset)| is_raster(asset)).min_by_key(rank);
    let href = best.and_then(|(_, asset)| asset["href"].as_str());
    href.map(|href| beside(path, href)).ok_or_else(|| refusal(path, "none of its assets is a raster", remedy))
}

/// The name of a scene in the names of its outputs: the last part of its path without its ending.
pub fn stem(scene: &str) -> String {
    let last = scene.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or_default();
    let last = last.split('?').next().unwrap_or_default();
    let stem = PathBuf::from(last).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = super::phrases::slug(&stem);
    if name.is_empty() { "scene".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn folders_lists_and_addresses_become_scenes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        for name in ["b.tif", "a.TIFF", "notes.md", "a.tif.aux.xml"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::write(folder.path().join("list.txt"), "# two\nb.tif\n\n/vsicurl/https://x/y.tif\n").unwrap();
        assert_eq!(expand(&[at("")]).unwrap(), [at("a.TIFF"), at("b.tif")]);
        assert_eq!(expand(&[at("list.txt")]).unwrap(), [at("b.tif"), "/vsicurl/https://x/y.tif".into()]);
        assert_eq!(expand(&["/vsis3/b/c.tif".into(), "gone.tif".into()]).unwrap(), ["/vsis3/b/c.tif", "gone.tif"]);
        fs::create_dir(folder.path().join("empty")).unwrap();
        assert!(expand(&[at("empty")]).unwrap_err().why().contains("no raster"));
    }

    #[test]
    fn the_picture_of_a_stac_item_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("item.json");
        let picture = |assets: Value| {
            fs::write(&path, json!({ "stac_version": "1.0.0", "type": "Feature", "assets": assets }).to_string())
                .unwrap();
            expand(&[path.to_string_lossy().into_owned()]).map(|mut scenes| scenes.remove(0))
        };
        let local = folder.path().join("./picture.tif").to_string_lossy().into_owned();
        let tiff = "image/tiff; application=geotiff; profile=cloud-optimized";
        let found = picture(json!({
            "thumbnail": { "href": "t.jpg", "type": "image/jpeg", "roles": ["thumbnail"] },
            "B04": { "href": "b04.tif", "type": tiff, "roles": ["data"] },
            "visual": { "href": "./picture.tif", "type": tiff },
        }));
        assert_eq!(found.unwrap(), local);
        let remote = picture(json!({ "data": { "href": "https://x/y.tif", "type": tiff, "roles": ["data"] } }));
        assert_eq!(remote.unwrap(), "https://x/y.tif");
        assert!(picture(json!({ "metadata": { "href": "m.xml", "type": "application/xml" } })).is_err());
        fs::write(&path, "{\"assets\":{}}").unwrap();
        assert!(expand(&[path.to_string_lossy().into_owned()]).unwrap_err().why().contains("no STAC item"));
    }

    #[test]
    fn a_scene_is_named_by_the_last_part_of_its_path() {
        for (scene, name) in [
            ("/a/b c.tif", "b_c"),
            ("https://x/y/z.tif?token=1", "z"),
            ("/vsizip/a.zip/d.e.tif", "d_e"),
            ("...", "scene"),
        ] {
            assert_eq!(stem(scene), name, "{scene}");
        }
    }
}
