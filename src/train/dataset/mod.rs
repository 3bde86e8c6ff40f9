//! Data sets as one thing: pictures, the objects labelled in them and the phrases said about them.
//!
//! A reader a layout makes [`Sample`]s of what is on disk; pixels stay there until somebody asks for them.

pub mod check;
mod coco;
mod open;
pub mod picture;
mod referring;
mod refsegrs;
mod rrsisd;
mod sample;
mod segmentation;
mod shape;
mod skip;
pub mod triplets;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub use sample::{Expression, Extent, Instance, Sample, Split, Target};
pub use shape::{Joining, Shape};
pub use skip::{Fault, Skipped, Skips};

use crate::error::{Error, Result};
use crate::job::Job;

/// How a data set lies on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Layout {
    /// RefSegRS as its authors publish it.
    RefSegRs,
    /// RRSIS-D as its authors publish it.
    RrsisD,
    /// A COCO instance file and its pictures.
    Coco,
    /// Referent's own: lines of picture, phrase and mask.
    Triplets,
    /// Lines of picture, sentence and mask file.
    Referring,
}

impl Layout {
    /// Every layout, in the order in which [`Layout::of`] looks for them.
    pub const ALL: [Self; 5] = [Self::Triplets, Self::RefSegRs, Self::RrsisD, Self::Referring, Self::Coco];

    /// The file that gives the layout away, from the data set's folder.
    pub fn marker(self) -> &'static str {
        match self {
            Self::RefSegRs => "output_phrase_train.txt",
            Self::RrsisD => "rrsisd/refs(unc).p",
            Self::Coco => "annotations.json",
            Self::Triplets => triplets::FILE,
            Self::Referring => "referring.jsonl",
        }
    }

    /// The layout of the folder or COCO file `path`. Fails when nothing there is known.
    pub fn of(path: &Path) -> Result<Self> {
        if path.is_file() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            return Ok(Self::Coco);
        }
        if let Some(layout) = Self::ALL.into_iter().find(|layout| path.join(layout.marker()).is_file()) {
            return Ok(layout);
        }
        let what = format!("cannot open the data set {}", path.display());
        if !path.exists() {
            return Err(Error::new(what, "there is no such folder or file", "check the path"));
        }
        let markers = Self::ALL.map(Self::marker).join(", ");
        let remedy = "give the folder that holds one of these files, or a COCO instance file itself";
        Err(Error::new(what, format!("it has none of {markers}"), remedy))
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RefSegRs => "RefSegRS",
            Self::RrsisD => "RRSIS-D",
            Self::Coco => "COCO instances",
            Self::Triplets => "triplets",
            Self::Referring => "referring sentences",
        })
    }
}

/// Pictures with what is known of them, and what had to be left out.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// The folder's name; of several, joined by `+`.
    pub name: String,
    /// The pictures, in the order of the source.
    pub samples: Vec<Sample>,
    /// Records and files that cannot be used.
    pub skips: Skips,
    /// For each source, the categories that it labels: the others may be in its pictures all the same.
    labelled: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

impl Dataset {
    /// Reads the folder or COCO file at `path`, whatever its layout.
    ///
    /// What cannot be used is told to `job`, kept in [`Dataset::skips`] and left out. Fails when nothing is left.
    pub fn open(path: &Path, job: &Job) -> Result<Self> {
        match Layout::of(path)? {
            Layout::RefSegRs => refsegrs::read(path, job),
            Layout::RrsisD => rrsisd::read(path, job),
            Layout::Coco => coco::read(path, job),
            Layout::Triplets => triplets::read(path, job),
            Layout::Referring => referring::read(path, job),
        }
    }

    /// Several data sets as one. Groups and categories labelled stay those of each source.
    pub fn join(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut names = Vec::new();
        let mut all =
            Self { name: String::new(), samples: Vec::new(), skips: Skips::default(), labelled: BTreeMap::new() };
        for part in parts {
            names.push(part.name);
            all.samples.extend(part.samples);
            all.skips.extend(part.skips);
            all.labelled.extend(part.labelled);
        }
        all.name = names.join("+");
        all
    }

    /// The categories that `sample`'s source sets out to label, in its order. Empty for sets of phrases.
    pub fn labelled(&self, sample: &Sample) -> &[Arc<str>] {
        self.labelled.get(&sample.source).map_or(&[], Vec::as_slice)
    }

    /// The same data set with other samples of its sources.
    #[must_use]
    pub fn with(&self, samples: Vec<Sample>) -> Self {
        Self { name: self.name.clone(), samples, skips: self.skips.clone(), labelled: self.labelled.clone() }
    }

    /// The samples of one split.
    pub fn split(&self, split: Split) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.split == Some(split))
    }
}
