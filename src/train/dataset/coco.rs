//! COCO instance files: pictures with labelled objects, from which phrases can be written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::open::{Builder, Lenient, inside, read_json};
use super::shape::Joining;
use super::{Dataset, Fault, Instance, Layout, Split, segmentation};
use crate::error::Result;
use crate::job::Job;
use crate::train::mask::Size;

/// A picture's record. Beyond COCO's own fields Referent knows `split`, `group`, `infrared` and `ground_resolution_m`.
#[derive(Deserialize)]
pub(super) struct Image {
    pub(super) id: i64,
    pub(super) file_name: String,
    pub(super) width: u32,
    pub(super) height: u32,
    split: Option<String>,
    group: Option<String>,
    #[serde(default)]
    infrared: bool,
    ground_resolution_m: Option<f64>,
}

/// An object's record.
#[derive(Deserialize)]
pub(super) struct Annotation {
    pub(super) id: i64,
    image_id: i64,
    #[serde(default)]
    category_id: i64,
    pub(super) segmentation: serde_json::Value,
    #[serde(default)]
    iscrowd: u8,
}

/// A category's record.
#[derive(Deserialize)]
pub(super) struct Category {
    pub(super) id: i64,
    pub(super) name: String,
}

#[derive(Deserialize)]
struct InstanceFile {
    images: Vec<Lenient<Image>>,
    annotations: Vec<Lenient<Annotation>>,
    categories: Vec<Category>,
}

/// Reads `annotations.json` of the folder `path`, or the COCO file `path` itself.
///
/// A picture without a `split` of its own belongs to the one in the file's name (`instances_val2017.json`), if any.
/// Pictures without objects are kept: they show what the labelled categories do not look like. Crowd regions
/// (`iscrowd` 1) are not single objects and are left out.
pub(super) fn read(path: &Path, job: &Job) -> Result<Dataset> {
    let file = if path.is_dir() { path.join(Layout::Coco.marker()) } else { path.to_owned() };
    let InstanceFile { images, annotations, categories } = read_json(&file)?;
    let folder = picture_folder(&file, &images);
    let mut builder = Builder::new(path, &folder, job);
    let labelled: Vec<Arc<str>> = categories.iter().map(|category| builder.name(&category.name)).collect();
    let names: HashMap<i64, Arc<str>> = categories.iter().map(|category| category.id).zip(labelled.clone()).collect();
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let fallback = Split::ALL.into_iter().find(|split| stem.contains(&split.to_string()));

    let mut pictures = HashMap::new();
    for image in Lenient::good(images, "image", &mut builder) {
        let split = image.split.as_deref().map_or(fallback, Split::named);
        let what = format!("image {}", image.file_name);
        let Some(size) = builder.keep(Size::new(image.width, image.height), Fault::BadRecord, &what) else { continue };
        let group = image.group.as_deref().map(|group| builder.name(group));
        if let Some(sample) = builder.sample(&image.file_name, split) {
            (sample.size, sample.group) = (Some(size), group);
            (sample.infrared, sample.gsd_m) = (image.infrared, image.ground_resolution_m);
        }
        // Kept even when its file is missing, so that its objects are not counted as faults of their own.
        pictures.insert(image.id, (image.file_name, split, size));
    }
    for annotation in Lenient::good(annotations, "annotation", &mut builder) {
        let what = || format!("annotation {}", annotation.id);
        let Some((name, split, size)) = pictures.get(&annotation.image_id) else {
            builder.skip(Fault::BadRecord, what(), format!("there is no image with id {}", annotation.image_id));
            continue;
        };
        let Some(category) = names.get(&annotation.category_id).cloned() else {
            builder.skip(Fault::BadRecord, what(), format!("there is no category with id {}", annotation.category_id));
            continue;
        };
        if annotation.iscrowd != 0 {
            continue;
        }
        let shape = segmentation::shape(&annotation.segmentation, *size, Joining::Any);
        let Some(shape) = builder.keep(shape, Fault::BadMask, &what()) else { continue };
        if let Some(sample) = builder.sample(name, *split) {
            sample.instances.push(Instance { category, shape });
        }
    }
    builder.finish(labelled)
}

/// Where the pictures of a COCO file are: beside it, in `images`, or as COCO itself does it (`annotations/` beside
/// `val2017/`). Decided by the first picture that is found.
fn picture_folder(file: &Path, images: &[Lenient<Image>]) -> PathBuf {
    let beside = file.parent().map_or_else(PathBuf::new, Path::to_owned);
    let above = beside.join("..");
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let part = stem.strip_prefix("instances_").unwrap_or(&stem).to_owned();
    let first = images.iter().filter_map(|image| match image {
        Lenient::Good(image) => Some(image.file_name.as_str()),
        Lenient::Bad(_) => None,
    });
    let candidates = [beside.clone(), beside.join("images"), above.join(&part), above.join("images"), above];
    first
        .take(8)
        .find_map(|name| {
            candidates.iter().find(|folder| inside(folder, name).is_some_and(|path| path.is_file())).cloned()
        })
        .unwrap_or(beside)
}
