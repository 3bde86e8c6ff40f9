//! Real sentences with mask files, a JSON line each: `{sentence, image, mask, kind?, category?, group?, split?}`.

use std::path::Path;

use serde::Deserialize;

use super::open::{Builder, read_json_lines};
use super::{Dataset, Expression, Fault, Layout, Shape, Split, Target};
use crate::error::Result;
use crate::job::Job;

#[derive(Deserialize)]
struct Row {
    sentence: String,
    image: String,
    mask: String,
    kind: Option<String>,
    category: Option<String>,
    group: Option<String>,
    split: Option<Split>,
}

/// Reads `referring.jsonl`. Mask values above 0 are inside. A line without a split is in none, so never trained on.
pub(super) fn read(root: &Path, job: &Job) -> Result<Dataset> {
    let mut builder = Builder::new(root, root, job);
    let rows: Vec<(usize, Row)> = read_json_lines(&root.join(Layout::Referring.marker()), &mut builder)?;
    for (_, row) in rows {
        let Some(path) = builder.file(&row.mask, Fault::MissingMask) else { continue };
        let [kind, category, group] = [row.kind, row.category, row.group].map(|name| name.map(|n| builder.name(&n)));
        let target = Target::Present(Shape::File { path, threshold: 0 });
        let Some(sample) = builder.sample(&row.image, row.split) else { continue };
        sample.group = sample.group.take().or(group);
        sample.expressions.push(Expression { text: row.sentence, category, kind, things: None, target });
    }
    builder.finish(Vec::new())
}
