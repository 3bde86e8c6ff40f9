//! Which pictures are cut, and for what: around every label, in every area, no ground in two splits.

use std::path::PathBuf;

use geo::{Area as _, BooleanOps, BoundingRect, Coord, InteriorPoint, MultiPolygon, Rect};

use super::plane::Placed;
use super::{Known, TripletOptions};
use crate::error::Result;
use crate::raster::Area;
use crate::train::dataset::{Dataset, Extent, Sample, Split};
use crate::train::split::{Shares, Unit, assign};

/// Pictures that one label or area gets at most.
const MOST_OF_ONE: usize = 64;
/// Share of a picture's side that a label keeps from its edge when the picture is moved aside.
const EDGE: f64 = 1.0 / 16.0;
/// Pictures in the way of another that are looked at.
const NEIGHBOURS: usize = 8;
/// Sides that are tried where none could be held out, in eighths of what was asked for.
const SMALLER: [usize; 5] = [6, 5, 4, 3, 2];
/// Smallest side of a picture in pixels.
const LEAST_SIDE: usize = 48;
/// Share of a picture that may lie outside of the area that speaks for all of it.
const OUTSIDE: f64 = 1e-3;

/// A picture to be cut.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// Index of its scene.
    pub(super) scene: usize,
    /// Its place in scene pixels.
    pub(super) area: Area,
    /// Columns and rows.
    pub(super) size: [usize; 2],
    /// Its place on the document's plane.
    pub(super) extent: Extent,
    /// What it is for.
    pub(super) split: Split,
}

/// A picture whose split is open, or given by its label.
struct Draft {
    scene: usize,
    area: Area,
    size: [usize; 2],
    extent: Extent,
    split: Option<Split>,
}

/// The pictures of all scenes. Where they hang together so much that none could be held out, smaller ones are tried.
pub(super) fn plan(
    placed: &[Placed<'_>],
    known: &[Known<'_>],
    options: &TripletOptions,
    notices: &mut Vec<String>,
) -> Result<Vec<Planned>> {
    let side = options.side_px;
    let gsd = placed.iter().filter_map(|on| on.gsd_m).reduce(f64::max).unwrap_or(1.0);
    let by_block = Unit::Block { side_m: options.block_m.unwrap_or(2.0 * side as f64 * gsd) };
    // Units of pictures that merely overlap are the smallest that are honest.
    let smaller = SMALLER.map(|eighths| (side * eighths / 8, Unit::Group));
    let attempts = [(side, by_block), (side, Unit::Group)].into_iter().chain(smaller);
    let mut last = None;
    for (side, unit) in attempts.filter(|(side, _)| *side == options.side_px || *side >= LEAST_SIDE) {
        let mut said = Vec::new();
        let mut drafts = drafts(placed, known, side)?;
        keep_apart(&mut drafts, &mut said);
        match decide(drafts, unit, options) {
            Ok(planned) => {
                if options.block_m.is_some() && unit == Unit::Group {
                    said.push(
                        "squares of the side asked for hold all pictures: only what overlaps stays together".into(),
                    );
                }
                if side != options.side_px {
                    said.push(format!(
                        "pictures have {side} pixels a side instead of {}: larger ones overlap, and none could be held out",
                        options.side_px
                    ));
                }
                notices.append(&mut said);
                return Ok(planned);
            }
            Err(drafts) if last.is_none() => last = Some((drafts, said)),
            Err(_) => {}
        }
    }
    let (drafts, mut said) = last.unwrap_or_default();
    notices.append(&mut said);
    notices.push("all pictures hang together on the ground: none is held out to choose by".to_owned());
    Ok(drafts.into_iter().map(|draft| draft.decided(Split::Train)).collect())
}

impl Draft {
    fn new(on: &Placed<'_>, scene: usize, area: Area, split: Option<Split>) -> Result<Self> {
        let size = [area.width / on.step[0], area.height / on.step[1]].map(|side| (side.round() as usize).max(1));
        Ok(Self { scene, area, size, extent: on.extent(area)?, split })
    }

    /// With its own split, or `otherwise`.
    fn decided(self, otherwise: Split) -> Planned {
        let Self { scene, area, size, extent, split } = self;
        Planned { scene, area, size, extent, split: split.unwrap_or(otherwise) }
    }
}

/// Pictures around labels and in areas.
fn drafts(placed: &[Placed<'_>], known: &[Known<'_>], side: usize) -> Result<Vec<Draft>> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (scene, (on, known)) in placed.iter().zip(known).enumerate() {
        let start = drafts.len();
        for (label, shape) in &known.labels {
            let Some(bounds) = shape.bounding_rect() else { continue };
            let is_covered =
                drafts[start..].iter().any(|draft| draft.split == label.split && holds(draft.area, bounds));
            if is_covered {
                continue;
            }
            let taken: Vec<Area> = drafts[start..].iter().map(|draft| draft.area).collect();
            for area in around(on, bounds, shape, side, &taken) {
                drafts.push(Draft::new(on, scene, area, label.split)?);
            }
        }
        for (_, shape) in &known.areas {
            for area in inside(on, shape, side) {
                drafts.push(Draft::new(on, scene, area, None)?);
            }
        }
    }
    Ok(drafts)
}

fn holds(area: Area, bounds: Rect<f64>) -> bool {
    bounds.min().x >= area.x
        && bounds.min().y >= area.y
        && bounds.max().x <= area.x + area.width
        && bounds.max().y <= area.y + area.height
}

/// One picture with the label in its middle, or moved aside so that it overlaps no other of `taken`, as far as the label
/// stays in it; side by side as many as it takes where the label is larger.
fn around(on: &Placed<'_>, bounds: Rect<f64>, shape: &MultiPolygon<f64>, side: usize, taken: &[Area]) -> Vec<Area> {
    let scene = on.scene.size().map(|length| length as f64);
    let (middle, length) = ([bounds.center().x, bounds.center().y], [bounds.width(), bounds.height()]);
    // No larger than the scene, in whole view pixels.
    let window = [0, 1].map(|axis| (side as f64).min((scene[axis] / on.step[axis]).floor().max(1.0)) * on.step[axis]);
    let count = [0, 1].map(|axis| (length[axis] / window[axis]).ceil().max(1.0));
    let at = |axis: usize, number: f64| {
        let start = middle[axis] + (number - count[axis] / 2.0) * window[axis];
        // On the raster's own pixels where a view pixel is one.
        let snapped = (start / on.step[axis]).round() * on.step[axis];
        snapped.clamp(0.0, (scene[axis] - window[axis]).max(0.0))
    };
    if count == [1.0, 1.0] {
        let centred = Area { x: at(0, 0.0), y: at(1, 0.0), width: window[0], height: window[1] };
        return vec![moved_aside(centred, bounds, taken, scene, on.step).unwrap_or(centred)];
    }
    let mut areas: Vec<Area> = Vec::new();
    for number in 0..(count[0] * count[1]).min(1e6) as usize {
        let (col, row) = (number as f64 % count[0], (number as f64 / count[0]).floor());
        let area = Area { x: at(0, col), y: at(1, row), width: window[0], height: window[1] };
        let shows = shape.intersection(&rect(area).to_polygon()).unsigned_area() > 0.0;
        if shows && !areas.contains(&area) {
            areas.push(area);
        }
        if areas.len() == MOST_OF_ONE {
            break;
        }
    }
    areas
}

/// The place nearest to `centred` that holds `bounds` and overlaps none of `taken`, if there is one beside these.
///
/// Pictures that do not overlap can go to different splits, and show nothing twice.
fn moved_aside(centred: Area, bounds: Rect<f64>, taken: &[Area], scene: [f64; 2], step: [f64; 2]) -> Option<Area> {
    let overlaps = |one: &Area, other: &Area| {
        one.x < other.x + other.width
            && other.x < one.x + one.width
            && one.y < other.y + other.height
            && other.y < one.y + one.height
    };
    // A label at the very edge is hard to see whole.
    let pad = |window: f64, length: f64| (window * EDGE).min((window - length) / 2.0).max(0.0);
    let pad = Coord { x: pad(centred.width, bounds.width()), y: pad(centred.height, bounds.height()) };
    let bounds = Rect::new(bounds.min() - pad, bounds.max() + pad);
    // Only those near enough can be in the way, wherever the picture goes that holds the label.
    let reach = Area {
        x: bounds.max().x - centred.width,
        y: bounds.max().y - centred.height,
        width: 2.0 * centred.width - bounds.width(),
        height: 2.0 * centred.height - bounds.height(),
    };
    let near: Vec<&Area> = taken.iter().filter(|other| overlaps(&reach, other)).take(NEIGHBOURS).collect();
    // Touching is no overlap; the snap to whole pixels goes away from the neighbour.
    let after = |end: f64, step: f64| (end / step - 1e-6).ceil() * step;
    let before = |start: f64, length: f64, step: f64| ((start - length) / step + 1e-6).floor() * step;
    let xs =
        near.iter().flat_map(|other| [after(other.x + other.width, step[0]), before(other.x, centred.width, step[0])]);
    let ys = near
        .iter()
        .flat_map(|other| [after(other.y + other.height, step[1]), before(other.y, centred.height, step[1])]);
    let (xs, ys): (Vec<f64>, Vec<f64>) =
        ([centred.x].into_iter().chain(xs).collect(), [centred.y].into_iter().chain(ys).collect());
    let all = xs.iter().flat_map(|&x| ys.iter().map(move |&y| Area { x, y, ..centred }));
    let fits = |area: &Area| {
        let in_scene =
            area.x >= 0.0 && area.y >= 0.0 && area.x + area.width <= scene[0] && area.y + area.height <= scene[1];
        // Hanging over the edge is no better than overlapping, unless the centred one does so too.
        (in_scene || area == &centred) && holds(*area, bounds) && near.iter().all(|other| !overlaps(area, other))
    };
    let distance = |area: &Area| (area.x - centred.x).hypot(area.y - centred.y);
    all.filter(fits).min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Pictures that lie wholly in an area: side by side, or one as large as fits.
fn inside(on: &Placed<'_>, shape: &MultiPolygon<f64>, side: usize) -> Vec<Area> {
    let scene = on.scene.size().map(|length| length as f64);
    let Some(bounds) = shape.bounding_rect() else { return Vec::new() };
    let fits = |area: &Area| {
        let in_scene =
            area.x >= 0.0 && area.y >= 0.0 && area.x + area.width <= scene[0] && area.y + area.height <= scene[1];
        in_scene && lies_in(*area, shape)
    };
    let window = on.step.map(|step| side as f64 * step);
    let start = [0, 1].map(|axis| {
        let from = [bounds.min().x, bounds.min().y][axis].max(0.0);
        (from / on.step[axis]).ceil() * on.step[axis]
    });
    let count = [bounds.max().x - start[0], bounds.max().y - start[1]];
    let count = [0, 1].map(|axis| (count[axis] / window[axis]).clamp(0.0, 1e3) as usize);
    let all = (0..count[1]).flat_map(|row| (0..count[0]).map(move |col| [col, row]));
    let tiles = all.map(|[col, row]| Area {
        x: start[0] + col as f64 * window[0],
        y: start[1] + row as f64 * window[1],
        width: window[0],
        height: window[1],
    });
    let found: Vec<Area> = tiles.filter(fits).take(MOST_OF_ONE).collect();
    if !found.is_empty() {
        return found;
    }
    let Some(middle) = shape.interior_point() else { return Vec::new() };
    let mut side = side;
    while side >= LEAST_SIDE {
        let place = |axis: usize| {
            let length = side as f64 * on.step[axis];
            (((middle.0.x, middle.0.y), axis), length)
        };
        let corner = |axis: usize| {
            let (((x, y), axis), length) = place(axis);
            let at = if axis == 0 { x } else { y } - length / 2.0;
            ((at / on.step[axis]).round() * on.step[axis], length)
        };
        let ((x, width), (y, height)) = (corner(0), corner(1));
        let area = Area { x, y, width, height };
        if fits(&area) {
            return vec![area];
        }
        side = side * 4 / 5;
    }
    Vec::new()
}

/// Whether an area speaks for all of a picture.
pub(super) fn lies_in(area: Area, shape: &MultiPolygon<f64>) -> bool {
    let outside = rect(area).to_polygon().difference(shape).unsigned_area();
    outside <= OUTSIDE * area.width * area.height
}

/// A part of a scene as a rectangle in its pixels.
pub(super) fn rect(area: Area) -> Rect<f64> {
    Rect::new((area.x, area.y), (area.x + area.width, area.y + area.height))
}

/// Gives pictures the split of those they overlap, and takes out those that would lie in two.
///
/// What people reserved for testing and choosing comes before what they gave for training.
fn keep_apart(drafts: &mut Vec<Draft>, notices: &mut Vec<String>) {
    let rank = |split: Option<Split>| {
        [Some(Split::Test), Some(Split::Val), Some(Split::Train), None].iter().position(|s| *s == split)
    };
    drafts.sort_by_key(|draft| rank(draft.split));
    let before = drafts.len();
    let mut kept: Vec<Draft> = Vec::new();
    let mut open: Vec<Draft> = Vec::new();
    for draft in drafts.drain(..) {
        if draft.split.is_none() {
            open.push(draft);
        } else if kept.iter().all(|other| other.split == draft.split || !other.extent.overlaps(&draft.extent)) {
            kept.push(draft);
        }
    }
    // What is open takes the split of what it overlaps, which may decide others in turn.
    let mut next = 0;
    while next < kept.len() {
        let (split, extent) = (kept[next].split, kept[next].extent);
        let (touched, rest): (Vec<Draft>, Vec<Draft>) =
            open.into_iter().partition(|draft| draft.extent.overlaps(&extent));
        open = rest;
        for draft in touched {
            if kept.iter().all(|other| other.split == split || !other.extent.overlaps(&draft.extent)) {
                kept.push(Draft { split, ..draft });
            }
        }
        next += 1;
    }
    kept.append(&mut open);
    let lost = before - kept.len();
    if lost > 0 {
        notices.push(format!("{lost} pictures would show ground of two splits and were left out"));
    }
    *drafts = kept;
}

/// Decides what is open. `Err` with the drafts where they hang together too much.
fn decide(drafts: Vec<Draft>, unit: Unit, options: &TripletOptions) -> std::result::Result<Vec<Planned>, Vec<Draft>> {
    let has = |split: Split| drafts.iter().any(|draft| draft.split == Some(split));
    let open: Vec<usize> = (0..drafts.len()).filter(|&index| drafts[index].split.is_none()).collect();
    // Labels that say themselves what they are for leave nothing to decide; the open ones are then to learn from.
    if open.is_empty() || options.val == 0.0 || (has(Split::Val) && (has(Split::Test) || options.test == 0.0)) {
        return Ok(drafts.into_iter().map(|draft| draft.decided(Split::Train)).collect());
    }
    let sample = |index: usize| Sample {
        source: "document".into(),
        id: index.to_string(),
        // No file of this name exists: pictures are told apart by their ground alone.
        image: PathBuf::from(format!("\0{index}")),
        size: None,
        split: None,
        group: None,
        extent: Some(drafts[index].extent),
        gsd_m: None,
        infrared: false,
        instances: Vec::new(),
        expressions: Vec::new(),
    };
    let mut dataset = Dataset::join([]).with(open.iter().map(|&index| sample(index)).collect());
    if assign(&mut dataset, unit, Shares { val: options.val, test: options.test }, options.seed).is_err() {
        return Err(drafts);
    }
    let mut drafts = drafts;
    for (index, sample) in open.into_iter().zip(&dataset.samples) {
        drafts[index].split = sample.split;
    }
    Ok(drafts.into_iter().map(|draft| draft.decided(Split::Train)).collect())
}
