//! From a document to what a model learns from: pictures around labels, with masks and phrases.

mod plan;
mod plane;
mod saying;
mod view;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use geo::{Area as _, MultiPolygon};
use image::RgbImage;

use super::row::{Area, Label, Snapshot};
use crate::error::{Error, Result};
use crate::files::folder_of;
use crate::job::Job;
use crate::raster::{Scene, Stretch, View};
use crate::train::dataset::triplets::{About, Triplet, save, save_picture};
use crate::train::dataset::{Dataset, Split};
use crate::train::rle::Rle;
use plan::Planned;
use plane::Placed;
use saying::{Saying, Shown};

/// How triplets are written.
#[derive(Debug, Clone, PartialEq)]
pub struct TripletOptions {
    /// Side of a picture in pixels.
    pub side_px: usize,
    /// Metres a pixel; `None`: each scene's own.
    pub gsd_m: Option<f64>,
    /// Phrases written from geometry for a label that has a class and no phrase; 0 for the class alone.
    pub suggestions: usize,
    /// Share of the pictures to choose by, where labels leave it open; 0 for none.
    pub val: f64,
    /// Share of the pictures to report on, where labels leave it open.
    pub test: f64,
    /// Side of the squares of ground that stay in one split, in metres; `None`: twice the side of a picture.
    pub block_m: Option<f64>,
    /// Decides which squares go where.
    pub seed: u64,
}

impl Default for TripletOptions {
    fn default() -> Self {
        Self { side_px: 480, gsd_m: None, suggestions: 2, val: 0.2, test: 0.0, block_m: None, seed: 0 }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TripletsWritten {
    /// Pictures in each split.
    pub pictures: BTreeMap<Split, usize>,
    /// Phrases of something that is there.
    pub present: usize,
    /// Phrases of something that is not.
    pub absent: usize,
    /// What was left out and why, in whole sentences without a full stop.
    pub notices: Vec<String>,
}

/// What the document knows of one scene, in that scene's pixels.
struct Known<'d> {
    labels: Vec<(&'d Label, MultiPolygon<f64>)>,
    areas: Vec<(&'d Area, MultiPolygon<f64>)>,
}

/// Writes labels and areas of a document as triplets into the new folder `folder`, which appears whole or not at all.
///
/// Each scene comes with the stretch in which people saw it. A label belongs to the scene it names; one that names none, to the
/// first scene that it lies in. No two pictures of two splits share ground: a label's own split comes first, and pictures that
/// would lie in two are left out.
///
/// # Errors
/// A folder that holds something, scenes that have no place in the document, no label or area that could be shown, a raster that
/// cannot be read, a full disk, a stop by `job`.
pub fn write_triplets(
    document: &Snapshot,
    scenes: &[(&Scene, &Stretch)],
    folder: &Path,
    options: &TripletOptions,
    job: &Job,
) -> Result<TripletsWritten> {
    check(options)?;
    let place = free_place(folder)?;
    let mut written = TripletsWritten::default();
    let Snapshot { name, crs, labels, areas, faults } = document;
    written.notices.extend(faults.iter().map(|fault| format!("left out: {fault}")));
    let placed = scenes
        .iter()
        .map(|(scene, stretch)| Placed::new(scene, stretch, crs.as_ref(), labels, options.gsd_m))
        .collect::<Result<Vec<_>>>()?;
    let known = known(&placed, labels, areas, &mut written.notices)?;
    let planned = plan::plan(&placed, &known, options, &mut written.notices)?;
    if planned.is_empty() {
        return Err(Error::new(
            format!("cannot write triplets of {name}"),
            "no label or area lies in an open scene",
            "draw labels, or open the scene they were drawn on",
        ));
    }
    let export =
        Export { group: name, placed: &placed, known: &known, planned: &planned, suggestions: options.suggestions };
    let outcome = write(&export, &place, job, &mut written).and_then(|()| {
        // Reading it back proves it, and finds what no model could use.
        Dataset::open(&place, &job.unheard())?;
        // An empty folder of this name may be there: a rename replaces it where the system allows, so it goes first.
        let _ = fs::remove_dir(folder);
        fs::rename(&place, folder).map_err(|cause| {
            Error::new(format!("cannot write {}", folder.display()), cause.to_string(), "choose another folder")
                .because(cause)
        })
    });
    if outcome.is_err() {
        // The error is the one to tell, whether the remains can be removed or not.
        let _ = fs::remove_dir_all(&place);
    }
    outcome.map(|()| written)
}

fn check(options: &TripletOptions) -> Result<()> {
    let refuse = |why: String| Err(Error::usage("cannot write triplets", why, "give other settings"));
    if !(32..=4096).contains(&options.side_px) {
        return refuse(format!("pictures of {} pixels are of no use", options.side_px));
    }
    for length in [options.gsd_m, options.block_m].into_iter().flatten() {
        if !(length > 0.0 && length.is_finite()) {
            return refuse(format!("{length} m is no length"));
        }
    }
    let (val, test) = (options.val, options.test);
    if !(val >= 0.0 && test >= 0.0 && val + test < 1.0) || (val == 0.0 && test > 0.0) {
        return refuse(format!("{val} for validation and {test} for testing leave nothing sensible"));
    }
    Ok(())
}

/// A place beside `folder` to write to, if that is free.
fn free_place(folder: &Path) -> Result<PathBuf> {
    let holds_something = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => folder.symlink_metadata().is_ok(),
    };
    if holds_something {
        let what = format!("cannot write triplets to {}", folder.display());
        return Err(Error::new(what, "something is there already", "choose a new folder"));
    }
    let parent = folder_of(folder);
    let (Some(name), true) = (folder.file_name(), parent.is_dir()) else {
        let what = format!("cannot write triplets to {}", folder.display());
        return Err(Error::new(what, format!("there is no folder {}", parent.display()), "make the folder first"));
    };
    // Named so that `files::remove_unfinished` finds it.
    Ok(parent.join(format!(".{}-{}", std::process::id(), name.to_string_lossy())))
}

/// Labels and areas by scene.
fn known<'d>(
    placed: &[Placed<'_>],
    labels: &'d [Label],
    areas: &'d [Area],
    notices: &mut Vec<String>,
) -> Result<Vec<Known<'d>>> {
    let mut known: Vec<Known<'d>> = placed.iter().map(|_| Known { labels: Vec::new(), areas: Vec::new() }).collect();
    let mut homeless = 0usize;
    for label in labels {
        match plane::home(placed, label.scene.as_deref(), &label.shape)? {
            Some((scene, shape)) => known[scene].labels.push((label, shape)),
            None => homeless += 1,
        }
    }
    for area in areas {
        match plane::home(placed, area.scene.as_deref(), &area.shape)? {
            Some((scene, shape)) => known[scene].areas.push((area, shape)),
            None => homeless += 1,
        }
    }
    if homeless > 0 {
        notices.push(format!("{homeless} labels or areas lie in none of the scenes given"));
    }
    Ok(known)
}

/// What is to be written.
struct Export<'e> {
    /// All scenes of a document lie on one plane, so they are one group: what overlaps there is the same ground.
    group: &'e str,
    placed: &'e [Placed<'e>],
    known: &'e [Known<'e>],
    planned: &'e [Planned],
    suggestions: usize,
}

/// Pictures and lines.
fn write(export: &Export<'_>, place: &Path, job: &Job, written: &mut TripletsWritten) -> Result<()> {
    let Export { group, placed, known, planned, suggestions } = export;
    let mut triplets = Vec::new();
    let (mut dark, mut moved) = (0usize, 0usize);
    for (number, view) in planned.iter().enumerate() {
        job.check("writing triplets")?;
        let on = &placed[view.scene];
        let picture = View::read(on.scene, view.area, view.size, on.stretch)?;
        if !picture.valid.contains(&true) {
            dark += 1;
            continue;
        }
        let [width, height] = view.size.map(|side| side as u32);
        let Some(picture) = RgbImage::from_raw(width, height, picture.rgb) else { continue };
        let shown = Shown::of(view, &known[view.scene], &picture)?;
        let said = saying::say(&shown, *suggestions);
        moved += said.moved;
        if said.sayings.is_empty() {
            continue;
        }
        let image = save_picture(place, &format!("{:05}", number + 1), &picture)?;
        *written.pictures.entry(view.split).or_default() += 1;
        for Saying { phrase, mask, category, kind, things } in said.sayings {
            match mask {
                Some(_) => written.present += 1,
                None => written.absent += 1,
            }
            triplets.push(Triplet {
                image: image.clone(),
                phrase,
                target: mask.as_ref().map(Rle::from_mask),
                about: About {
                    category,
                    kind,
                    things: Some(things),
                    group: Some((*group).to_owned()),
                    extent: Some(view.extent),
                    gsd_m: on.gsd_m,
                    split: Some(view.split),
                    others: serde_json::Map::new(),
                },
            });
        }
        job.progress("pictures", number as u64 + 1, planned.len() as u64);
    }
    if dark > 0 {
        written.notices.push(format!("{dark} pictures would show no data"));
    }
    if moved > 0 {
        let why = "which the picture cut around their label does not show so";
        written.notices.push(format!("{moved} phrases speak of a place or an order in the frame, {why}"));
    }
    save(place, &triplets)
}

/// Area of a shape in pixels.
fn pixels(shape: &MultiPolygon<f64>) -> f64 {
    shape.unsigned_area()
}
