//! What is said of a picture: phrases of its labels, phrases written from geometry, and what is not there.

use std::collections::BTreeMap;

use image::RgbImage;

use super::plan::{Planned, lies_in};
use super::view::{in_view, mask};
use super::{Known, pixels};
use crate::error::Result;
use crate::text::Phrase;
use crate::text::describe::{self, Kind, LEAST_KEPT, Thing};
use crate::train::mask::{Mask, Size};
use crate::train::things::mean_color;

/// A thing that fills this much of a picture is shown enough, however large it is.
const FILLS: f64 = 0.2;

/// A phrase and what it means in a picture.
pub(super) struct Saying {
    pub(super) phrase: String,
    /// The pixels meant; `None`: it is not there.
    pub(super) mask: Option<Mask>,
    pub(super) category: Option<String>,
    pub(super) kind: Option<String>,
    /// How many labels it means.
    pub(super) things: usize,
}

/// What is said, and how many phrases would not be true here.
pub(super) struct Said {
    pub(super) sayings: Vec<Saying>,
    pub(super) moved: usize,
}

/// A label in a picture.
struct Seen<'d> {
    phrases: Vec<&'d str>,
    class: Option<&'d str>,
    mask: Mask,
    /// Whether enough of it is shown to say what it is.
    is_plain: bool,
    thing: Option<Thing>,
}

/// A picture with what is known of it.
pub(super) struct Shown<'d> {
    size: Size,
    seen: Vec<Seen<'d>>,
    /// What is not in it.
    absent: Vec<&'d str>,
}

impl<'d> Shown<'d> {
    /// Everything the document knows of a picture.
    pub(super) fn of(view: &Planned, known: &Known<'d>, picture: &RgbImage) -> Result<Self> {
        let size = Size::new(picture.width(), picture.height())?;
        let scale = view.size[0] as f64 * view.size[1] as f64 / (view.area.width * view.area.height);
        let mut seen = Vec::new();
        for (label, shape) in &known.labels {
            let visible = in_view(shape, view.area, view.size);
            if visible.0.is_empty() {
                continue;
            }
            let mask = mask(&visible, size)?;
            if mask.is_empty() {
                continue;
            }
            let kept = (pixels(&visible) / (pixels(shape) * scale).max(f64::MIN_POSITIVE)).min(1.0);
            let fills = pixels(&visible) / size.pixels() as f64;
            let phrases: Vec<&str> = label.phrases.iter().map(|phrase| phrase.text.as_str()).collect();
            // Without a class, the first phrase says what it is: things that nobody named would make others ambiguous.
            let named = || Some(Phrase::parse(phrases.first()?).ok()?.target.noun.class);
            let runs = mask.runs();
            let category = label.class.clone().or_else(named);
            let thing = category.and_then(|category| Thing::of_runs(category, &runs)).map(|thing| {
                let thing = thing.with_kept(if fills >= FILLS { 1.0 } else { kept });
                match mean_color(picture, &runs) {
                    Some(color) => thing.with_color(color),
                    None => thing,
                }
            });
            let is_plain = kept >= LEAST_KEPT || fills >= FILLS;
            seen.push(Seen { phrases, class: label.class.as_deref(), mask, is_plain, thing });
        }
        let covering = known.areas.iter().filter(|(_, shape)| lies_in(view.area, shape));
        let absent = covering.flat_map(|(area, _)| area.phrases.iter().map(|phrase| phrase.text.as_str())).collect();
        Ok(Self { size, seen, absent })
    }
}

/// What is said of a picture: at most `suggestions` phrases of our own for a label that has none.
pub(super) fn say(shown: &Shown<'_>, suggestions: usize) -> Said {
    let mut said = Said { sayings: Vec::new(), moved: 0 };
    // Labels without a name cannot be described, but keep their place, so that indices of things are those of labels.
    let things: Vec<Thing> = shown.seen.iter().filter_map(|seen| seen.thing.clone()).collect();
    let index_of: Vec<usize> = (0..shown.seen.len()).filter(|&index| shown.seen[index].thing.is_some()).collect();
    let (width, height) = (f64::from(shown.size.width()), f64::from(shown.size.height()));
    let scene = describe::Scene::new(width, height, things, &[]);

    let mut meant: BTreeMap<String, (String, Vec<usize>)> = BTreeMap::new();
    for (index, seen) in shown.seen.iter().enumerate() {
        for phrase in &seen.phrases {
            meant.entry(phrase.to_lowercase()).or_insert_with(|| ((*phrase).to_owned(), Vec::new())).1.push(index);
        }
    }
    for (phrase, labels) in meant.values() {
        if !labels.iter().any(|&index| shown.seen[index].is_plain) {
            continue;
        }
        let things: Vec<usize> =
            index_of.iter().enumerate().filter(|(_, label)| labels.contains(label)).map(|(thing, _)| thing).collect();
        if holds(phrase, &scene, &things) {
            said.sayings.push(shown.present(phrase.clone(), labels, None));
        } else {
            said.moved += 1;
        }
    }
    let silent = |index: usize| shown.seen[index].phrases.is_empty() && shown.seen[index].is_plain;
    for (thing, &label) in index_of.iter().enumerate().filter(|(_, label)| silent(**label)) {
        for described in describe::suggest(&scene, &[thing]).into_iter().take(suggestions) {
            if !meant.contains_key(&described.text.to_lowercase()) {
                said.sayings.push(shown.present(described.text, &[label], Some(described.kind)));
            }
        }
    }
    // All of a class together, which the class alone names.
    let mut classes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, seen) in shown.seen.iter().enumerate() {
        if let Some(class) = seen.class {
            classes.entry(class).or_default().push(index);
        }
    }
    for (class, labels) in classes {
        let is_said = |phrase: &str| said.sayings.iter().any(|other| other.phrase.eq_ignore_ascii_case(phrase));
        if labels.iter().any(|&index| silent(index)) && !is_said(class) && !meant.contains_key(&class.to_lowercase()) {
            said.sayings.push(shown.present(class.to_owned(), &labels, Some(Kind::All)));
        }
    }
    for phrase in &shown.absent {
        let key = phrase.to_lowercase();
        let is_there = meant.contains_key(&key) || said.sayings.iter().any(|other| other.phrase.to_lowercase() == key);
        if !is_there {
            let (phrase, kind) = ((*phrase).to_owned(), Some(Kind::Absent.name().to_owned()));
            said.sayings.push(Saying { phrase, mask: None, category: None, kind, things: 0 });
        }
    }
    said
}

impl Shown<'_> {
    fn present(&self, phrase: String, labels: &[usize], kind: Option<Kind>) -> Saying {
        let mut mask = Mask::empty(self.size);
        for &label in labels {
            // Masks of one picture have one size.
            mask = mask.union(&self.seen[label].mask).unwrap_or(mask);
        }
        let category = labels.iter().find_map(|&label| self.seen[label].class).map(str::to_owned);
        Saying {
            phrase,
            mask: Some(mask),
            category,
            kind: kind.map(|kind| kind.name().to_owned()),
            things: labels.len(),
        }
    }
}

/// Whether a phrase that a person wrote may be said of these things in this picture.
///
/// Places and orders speak of the frame, which is another one now: they must plainly mean the same things. The rest is
/// true wherever it is seen.
fn holds(phrase: &str, scene: &describe::Scene, things: &[usize]) -> bool {
    let Ok(parsed) = Phrase::parse(phrase) else { return true };
    let speaks_of_frame = parsed
        .targets()
        .flat_map(|target| target.walk())
        .any(|described| !described.positions.is_empty() || !described.orders.is_empty());
    if !speaks_of_frame {
        return true;
    }
    let [target] = parsed.targets().collect::<Vec<_>>()[..] else { return false };
    scene.means(target).is_some_and(|meant| meant == things)
}
