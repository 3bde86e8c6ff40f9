//! Referent's own data sets: a folder with `triplets.jsonl`, each line a picture, a phrase and what it means there.
//!
//! ```json
//! {"image":"images/a.png","phrase":"the tank near the quay","rle":{"size":[480,480],"counts":"..."},"split":"train"}
//! {"image":"images/a.png","phrase":"a bridge","absent":true}
//! ```
//!
//! Further fields of a line, all optional: `category`, `kind`, `things` (how many are meant), `group`, `extent` (west, south, east, north in metres) and
//! `gsd_m`. What else a line holds is kept as it is.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::open::{Builder, inside, lines, read_bytes, read_json_lines};
use super::shape::Joining;
use super::{Dataset, Expression, Extent, Fault, Shape, Split, Target};
use crate::error::{Error, Result};
use crate::files::{refusal, write_whole};
use crate::job::Job;
use crate::train::rle::Rle;

/// The file of lines.
pub const FILE: &str = "triplets.jsonl";

/// A picture, a phrase and what the phrase means there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Row", into = "Row")]
pub struct Triplet {
    /// The picture's file, from the data set's folder.
    pub image: String,
    /// The phrase.
    pub phrase: String,
    /// The pixels meant; `None` when the thing is not there.
    pub target: Option<Rle>,
    /// What is known besides.
    pub about: About,
}

/// The optional fields of a line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The thing meant, in plain English singular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The kind of phrase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How many objects the phrase means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub things: Option<usize>,
    /// The scene or place that the picture was cut from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Where the picture lies on its group's ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<Extent>,
    /// Metres a pixel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gsd_m: Option<f64>,
    /// What the line is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// What Referent does not know, as it was found.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// A line as it is written.
#[derive(Serialize, Deserialize)]
struct Row {
    image: String,
    phrase: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rle: Option<Rle>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    absent: bool,
    #[serde(flatten)]
    about: About,
}

impl TryFrom<Row> for Triplet {
    type Error = &'static str;

    fn try_from(row: Row) -> std::result::Result<Self, Self::Error> {
        if row.phrase.trim().is_empty() {
            return Err("its phrase is empty");
        }
        match (row.rle.is_some(), row.absent) {
            (true, true) => Err("it has a mask and says that nothing is there"),
            (false, false) => Err("it has neither a mask nor \"absent\": true"),
            _ => Ok(Self { image: row.image, phrase: row.phrase, target: row.rle, about: row.about }),
        }
    }
}

impl From<Triplet> for Row {
    fn from(triplet: Triplet) -> Self {
        let Triplet { image, phrase, target, about } = triplet;
        Self { image, phrase, absent: target.is_none(), rle: target, about }
    }
}

/// Reads a folder of triplets as a data set.
pub(super) fn read(root: &Path, job: &Job) -> Result<Dataset> {
    let mut builder = Builder::new(root, root, job);
    let rows: Vec<(usize, Triplet)> = read_json_lines(&root.join(FILE), &mut builder)?;
    for (number, Triplet { image, phrase, target, about }) in rows {
        let size = target.as_ref().map(Rle::size);
        let [category, kind, group] =
            [about.category, about.kind, about.group].map(|name| name.map(|n| builder.name(&n)));
        let Some(sample) = builder.sample(&image, about.split) else { continue };
        let agrees = |known: bool, same: bool| !known || same;
        let why = if !agrees(sample.size.is_some() && size.is_some(), sample.size == size) {
            Some("its mask has another size than those of earlier lines for this picture")
        } else if !agrees(sample.group.is_some() && group.is_some(), sample.group == group) {
            Some("it gives this picture another group than an earlier line")
        } else {
            None
        };
        if let Some(why) = why {
            builder.skip(Fault::BadRecord, format!("line {number} of {FILE}"), why);
            continue;
        }
        sample.size = sample.size.or(size);
        sample.group = sample.group.take().or(group);
        sample.extent = sample.extent.or(about.extent);
        sample.gsd_m = sample.gsd_m.or(about.gsd_m);
        let target = target.map_or(Target::Absent, |rle| Target::Present(Shape::Runs(vec![rle], Joining::Any)));
        sample.expressions.push(Expression { text: phrase, category, kind, things: about.things, target });
    }
    builder.finish(Vec::new())
}

/// The lines of the folder `root`, to be changed and written again; none if there is no file yet.
///
/// Unlike [`Dataset::open`] this fails on a bad line: writing the rest back would lose it.
pub fn load(root: &Path) -> Result<Vec<Triplet>> {
    let path = root.join(FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let bytes = read_bytes(&path)?;
    let parsed = lines(&bytes).map(|(number, line)| {
        serde_json::from_str(line.unwrap_or_default()).map_err(|error| {
            let what = format!("cannot understand line {number} of {}", path.display());
            Error::new(what, error.to_string(), "correct or remove the line").because(error)
        })
    });
    parsed.collect()
}

/// Writes all lines of the folder `root`, replacing the file as a whole: a failure leaves the old one.
pub fn save(root: &Path, triplets: &[Triplet]) -> Result<()> {
    let path = root.join(FILE);
    if let Some(stray) = triplets.iter().find(|triplet| inside(root, &triplet.image).is_none()) {
        let why = format!("the picture {} is not in the folder", stray.image);
        return Err(Error::new(format!("cannot write {}", path.display()), why, "copy the picture into it first"));
    }
    replace(&path, |out| {
        for triplet in triplets {
            serde_json::to_writer(&mut *out, triplet)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}

/// Writes a picture as `images/<name>.png` of the folder `root` and returns that name for [`Triplet::image`].
pub fn save_picture(root: &Path, name: &str, picture: &RgbImage) -> Result<String> {
    let relative = format!("images/{name}.png");
    let Some(path) = inside(root, &relative) else {
        let why = "the name leads out of the data set's folder";
        return Err(Error::new(format!("cannot write the picture {name}"), why, "choose a plain name"));
    };
    replace(&path, |out| {
        let (width, height) = picture.dimensions();
        let encoder = PngEncoder::new(out);
        encoder.write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8).map_err(io::Error::other)
    })?;
    Ok(relative)
}

/// Writes a file, whole or not at all, and the folder it lies in.
fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|cause| refusal(folder, cause))?;
    }
    write_whole(path, |beside| {
        let attempt = || {
            let mut out = BufWriter::new(File::create(beside)?);
            write(&mut out)?;
            out.flush()
        };
        attempt().map_err(|cause| refusal(path, cause))
    })
}
