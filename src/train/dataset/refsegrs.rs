//! RefSegRS as its authors lay it out (FIANET.md section 12.1): a text file a split, TIFF pictures and masks.

use std::path::Path;

use super::open::{Builder, lines, read_bytes};
use super::{Dataset, Expression, Fault, Shape, Split, Target};
use crate::error::Result;
use crate::job::Job;

/// Mask values up to this one are background.
const BACKGROUND: u16 = 50;

/// Reads `output_phrase_<split>.txt`, each line a file name, a space and the sentence.
pub(super) fn read(root: &Path, job: &Job) -> Result<Dataset> {
    let mut builder = Builder::new(root, root, job);
    for split in Split::ALL {
        let path = root.join(format!("output_phrase_{split}.txt"));
        if !path.is_file() {
            job.notice(format!("there is no {split} split: {} is missing", path.display()));
            continue;
        }
        for (number, line) in lines(&read_bytes(&path)?) {
            let Some((name, sentence)) = line.and_then(|line| line.split_once(' ')) else {
                let what = format!("line {number} of output_phrase_{split}.txt");
                builder.skip(Fault::BadRecord, what, "it is not a file name, a space and a sentence");
                continue;
            };
            let Some(path) = builder.file(&format!("masks/{name}.tif"), Fault::MissingMask) else { continue };
            let target = Target::Present(Shape::File { path, threshold: BACKGROUND });
            if let Some(sample) = builder.sample(&format!("images/{name}.tif"), Some(split)) {
                sample.expressions.push(Expression {
                    text: sentence.to_owned(),
                    category: None,
                    kind: None,
                    things: None,
                    target,
                });
            }
        }
    }
    builder.finish(Vec::new())
}
