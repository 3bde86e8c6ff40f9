//! RRSIS-D as its authors lay it out (FIANET.md section 12.2): a pickle of references, COCO instances, JPEG pictures.

mod references;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::coco::{Annotation, Category, Image};
use super::open::{Builder, Lenient, read_bytes, read_json};
use super::shape::Joining;
use super::{Dataset, Expression, Fault, Split, Target, segmentation};
use crate::error::Result;
use crate::job::Job;
use crate::train::mask::Size;

/// Where the pictures are.
const PICTURES: &str = "images/rrsisd/JPEGImages";

/// Reads `rrsisd/refs(unc).p` and `rrsisd/instances.json`.
///
/// A reference with several sentences gives a phrase each; RRSIS-D itself has one.
pub(super) fn read(root: &Path, job: &Job) -> Result<Dataset> {
    let mut builder = Builder::new(root, root, job);
    let path = root.join("rrsisd/refs(unc).p");
    let references = references::read(&read_bytes(&path)?, &path)?;
    let instances: Instances = read_json(&root.join("rrsisd/instances.json"))?;
    let by_id = |list: Vec<Lenient<Image>>, builder: &mut Builder<'_>| -> HashMap<i64, Image> {
        Lenient::good(list, "image", builder).into_iter().map(|image| (image.id, image)).collect()
    };
    let images = by_id(instances.images, &mut builder);
    let annotations: HashMap<i64, Annotation> = Lenient::good(instances.annotations, "annotation", &mut builder)
        .into_iter()
        .map(|annotation| (annotation.id, annotation))
        .collect();
    let categories: HashMap<i64, Arc<str>> =
        instances.categories.into_iter().map(|category| (category.id, builder.name(&category.name))).collect();

    for (number, reference) in (1..).zip(references) {
        let what = format!("reference number {number}");
        let Some(reference) = builder.keep(reference, Fault::BadRecord, &what) else { continue };
        let Some(image) = images.get(&reference.image_id) else {
            builder.skip(Fault::BadRecord, what, format!("there is no image with id {}", reference.image_id));
            continue;
        };
        let Some(annotation) = annotations.get(&reference.ann_id) else {
            builder.skip(Fault::BadRecord, what, format!("there is no annotation with id {}", reference.ann_id));
            continue;
        };
        let split = Split::named(&reference.split);
        if split.is_none() {
            builder.skip(Fault::BadRecord, what, format!("it belongs to the unknown split {}", reference.split));
            continue;
        }
        let shape = Size::new(image.width, image.height)
            .and_then(|size| Ok((size, segmentation::shape(&annotation.segmentation, size, Joining::ExactlyOne)?)));
        let Some((size, shape)) = builder.keep(shape, Fault::BadMask, &what) else { continue };
        let category = reference.category_id.and_then(|id| categories.get(&id)).cloned();
        let Some(sample) = builder.sample(&format!("{PICTURES}/{}", image.file_name), split) else { continue };
        sample.size = Some(size);
        sample.expressions.extend(reference.sentences.into_iter().map(|text| Expression {
            text,
            category: category.clone(),
            kind: None,
            things: None,
            target: Target::Present(shape.clone()),
        }));
    }
    builder.finish(Vec::new())
}

/// `instances.json`.
#[derive(serde::Deserialize)]
struct Instances {
    images: Vec<Lenient<Image>>,
    annotations: Vec<Lenient<Annotation>>,
    #[serde(default)]
    categories: Vec<Category>,
}
