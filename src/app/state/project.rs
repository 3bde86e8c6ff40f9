//! The project as the window shows it: labels, areas, and what is selected of them. The document itself lives on a thread of
//! its own and answers orders with news.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::map::{Bounds, LayerId, Polygons};
use crate::project::{Area, AreaId, Label, LabelId, Of, Phrasing, Snapshot};

/// The map's layer of labels. Layers of the list have numbers from 2 on.
pub const LABELS: LayerId = LayerId(0);
/// The map's layer of areas in which something is not.
pub const AREAS: LayerId = LayerId(1);

/// Bits of a polygon's number on the map that say which part of its label it is.
const PART_BITS: u32 = 16;

/// An open project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its file.
    pub path: PathBuf,
    /// What it holds, as the file was last read.
    pub kept: Kept,
    /// Labels and areas that are selected.
    pub selected: BTreeSet<Of>,
    /// The label or area under the cursor in the table.
    pub highlighted: Option<Of>,
    /// What the selected labels could be called.
    pub suggestions: Vec<String>,
    /// The part of the map that this is true of.
    pub(super) suggested_in: Option<Bounds>,
}

/// What a document holds, and how it lies on the map.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Labels, areas, phrases.
    pub snapshot: Arc<Snapshot>,
    /// Outlines of the labels in map coordinates, each part with the number [`part_id`] gives it.
    pub labels: Arc<Polygons>,
    /// The same of areas.
    pub areas: Arc<Polygons>,
    /// Sizes of labels and areas in m², or in square pixels where the document has no place on Earth.
    pub sizes: Arc<BTreeMap<Of, f64>>,
    /// How many have no place in the coordinates of the map.
    pub unplaced: usize,
}

/// A phrase said of an area: "no ship" for "a ship".
pub fn absence(phrase: &str) -> String {
    let bare = ["a ", "an ", "the ", "any "].iter().find_map(|article| phrase.strip_prefix(article));
    format!("no {}", bare.unwrap_or(phrase))
}

/// The number on the map of a part of the label or area with row `fid`.
pub fn part_id(fid: i64, part: usize) -> u64 {
    (fid.unsigned_abs() << PART_BITS) | (part as u64 & ((1 << PART_BITS) - 1))
}

/// Row and part of a polygon of the map.
pub fn part_of(id: u64) -> (i64, usize) {
    ((id >> PART_BITS) as i64, (id & ((1 << PART_BITS) - 1)) as usize)
}

impl Project {
    /// The project as it was just opened.
    pub(super) fn new(path: PathBuf, kept: Kept) -> Self {
        Self { path, kept, selected: BTreeSet::new(), highlighted: None, suggestions: Vec::new(), suggested_in: None }
    }

    /// Labels, areas and phrases, as the file was last read.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.kept.snapshot
    }

    /// The name of its file.
    pub fn name(&self) -> String {
        self.path
            .file_name()
            .map_or_else(|| self.path.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// Whether it holds this.
    pub fn holds(&self, of: Of) -> bool {
        match of {
            Of::Label(id) => self.label(id).is_some(),
            Of::Area(id) => self.area(id).is_some(),
        }
    }

    /// A label.
    pub fn label(&self, id: LabelId) -> Option<&Label> {
        // They come in the order of their numbers.
        let labels = &self.kept.snapshot.labels;
        labels.binary_search_by_key(&id, |label| label.id).ok().and_then(|at| labels.get(at))
    }

    /// An area.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        let areas = &self.kept.snapshot.areas;
        areas.binary_search_by_key(&id, |area| area.id).ok().and_then(|at| areas.get(at))
    }

    /// The selected labels.
    pub fn selected_labels(&self) -> impl Iterator<Item = &Label> {
        self.kept.snapshot.labels.iter().filter(|label| self.selected.contains(&Of::Label(label.id)))
    }

    /// The selected areas.
    pub fn selected_areas(&self) -> impl Iterator<Item = &Area> {
        self.kept.snapshot.areas.iter().filter(|area| self.selected.contains(&Of::Area(area.id)))
    }

    /// What a polygon of the map belongs to.
    pub fn at(&self, layer: LayerId, polygon: u64) -> Option<Of> {
        let (fid, _) = part_of(polygon);
        let Snapshot { labels, areas, .. } = &*self.kept.snapshot;
        // They come in the order of their numbers.
        match layer {
            LABELS => {
                let place = labels.binary_search_by_key(&fid, |label| label.id.fid()).ok()?;
                labels.get(place).map(|label| Of::Label(label.id))
            }
            AREAS => {
                let place = areas.binary_search_by_key(&fid, |area| area.id.fid()).ok()?;
                areas.get(place).map(|area| Of::Area(area.id))
            }
            _ => None,
        }
    }

    /// The numbers of the polygons of a label or area in a layer of the map; none where it is not of that layer.
    pub fn polygons_of(&self, layer: LayerId, of: Of) -> impl Iterator<Item = u64> {
        let (fid, parts) = match of {
            Of::Label(id) if layer == LABELS => (id.fid(), self.label(id).map_or(0, |label| label.shape.0.len())),
            Of::Area(id) if layer == AREAS => (id.fid(), self.area(id).map_or(0, |area| area.shape.0.len())),
            _ => (0, 0),
        };
        (0..parts).map(move |part| part_id(fid, part))
    }

    /// What passes the filter, in the order of the table: labels, the newest first, then areas.
    pub fn rows(&self, filter: &str) -> Vec<Of> {
        let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
        let passes = |phrases: &[Phrasing], class: Option<&str>| {
            if words.is_empty() {
                return true;
            }
            let said = phrases.iter().map(|phrase| phrase.text.as_str()).chain(class);
            let said = said.map(str::to_lowercase).collect::<Vec<_>>().join(" ");
            words.iter().all(|word| said.contains(word))
        };
        let Snapshot { labels, areas, .. } = &*self.kept.snapshot;
        let labels = labels.iter().rev().filter(|label| passes(&label.phrases, label.class.as_deref()));
        let areas = areas.iter().rev().filter(|area| passes(&area.phrases, Some("not here")));
        labels.map(|label| Of::Label(label.id)).chain(areas.map(|area| Of::Area(area.id))).collect()
    }

    /// How many there are, and what is missing before a model can learn from them.
    pub fn readiness(&self) -> Readiness {
        let Snapshot { labels, areas, .. } = &*self.kept.snapshot;
        let phrases = labels.iter().map(|label| label.phrases.len()).chain(areas.iter().map(|area| area.phrases.len()));
        let unnamed = labels.iter().filter(|label| label.phrases.is_empty() && label.class.is_none()).count();
        let missing = match (labels.len(), unnamed) {
            (0, _) => Some("draw a label or accept a result".to_owned()),
            (all, unnamed) if all == unnamed => Some("say what a label is called".to_owned()),
            _ => None,
        };
        Readiness { labels: labels.len(), phrases: phrases.sum(), areas: areas.len(), unnamed, missing }
    }
}

/// How far a project is from teaching a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// Labels there are.
    pub labels: usize,
    /// Phrases there are, of labels and of areas.
    pub phrases: usize,
    /// Areas in which something is not.
    pub areas: usize,
    /// Labels of which nothing is said: a model learns nothing from them.
    pub unnamed: usize,
    /// What to do before a model can learn; `None`: it can.
    pub missing: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_part_says_whose_it_is() {
        for (fid, part) in [(1, 0), (7, 3), (1 << 40, 65_535)] {
            assert_eq!(part_of(part_id(fid, part)), (fid, part));
        }
    }
}
