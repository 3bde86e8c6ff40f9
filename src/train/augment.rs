//! Another look at a training picture: cropped, turned, mirrored, recoloured, with its masks and with words that stay true.
//!
//! Phrases from geometry are written after this, from [`Augmented::things`]. Phrases that people wrote go through [`carry`].

mod color;
mod sample;
mod words;

use image::RgbImage;

use crate::error::{Error, Result};
use crate::text::describe::{LEAST_KEPT, Random, Thing};
use crate::train::mask::{Mask, Size};
use crate::train::things::{Run, mean_color};

pub use words::{carry, rewrite};

/// Things of fewer pixels than this in the view cannot be told, whatever share of them is shown.
const LEAST_PIXELS: u64 = 8;
/// How often the view is laid around a labelled thing instead of anywhere.
const AROUND_A_THING: f64 = 0.7;
/// Side of an official black box, as a share of the picture: 32 of RRSIS-D's 800 pixels (FIANET.md 12.2).
const BOX_SIDE: f64 = 32.0 / 800.0;

/// What is shown beside a picture that does not fill its view: what the network takes for nothing (LITE.md, "Inputs").
const BESIDE: u8 = 127;

/// How much of a picture a view shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shown {
    /// A part of it: source pixels that a pixel of the view covers, from and to.
    ///
    /// Such a view never leaves its picture: where the picture is too small for this scale, it is enlarged.
    Part([f64; 2]),
    /// All of it with its proportions, at the upper left of the view. Its longer side takes this share of the view's or more.
    Whole(f64),
    /// All of it, stretched to the square, as FIANet sees its pictures.
    Stretched,
}

/// What may be done to a picture. Everything is drawn anew for each seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Augment {
    /// Side of the square view, in pixels.
    pub side: u32,
    /// How much of the picture is shown.
    pub shown: Shown,
    /// Whether quarter turns and flips are drawn.
    pub turns: bool,
    /// Largest small rotation, in degrees; not of whole pictures.
    pub tilt_deg: f64,
    /// Strength of all changes of colour, 0 for none to 1 for strong ones.
    pub color: f64,
    /// Probability of a blur.
    pub blur: f64,
    /// Probability of 20 to 60 black boxes, as the authors of FIANet draw them on a fifth of RRSIS-D.
    pub black_boxes: f64,
}

impl Augment {
    /// Strong changes for pictures whose phrases are written afterwards.
    pub fn strong(side: u32) -> Self {
        Self {
            side,
            shown: Shown::Part([0.6, 2.2]),
            turns: true,
            tilt_deg: 12.0,
            color: 1.0,
            blur: 0.15,
            black_boxes: 0.0,
        }
    }

    /// For phrases that people wrote: the whole picture, a little smaller or not, turned and recoloured.
    pub fn whole(side: u32) -> Self {
        Self { shown: Shown::Whole(0.7), tilt_deg: 0.0, color: 0.6, ..Self::strong(side) }
    }

    /// The whole picture as it is, as large as the view allows.
    pub fn none(side: u32) -> Self {
        Self { shown: Shown::Whole(1.0), turns: false, color: 0.0, blur: 0.0, ..Self::whole(side) }
    }
}

/// A mirror and quarter turns: first left and right are swapped, then the picture is turned clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Motion {
    /// Whether left and right are swapped.
    pub mirrored: bool,
    /// Quarter turns clockwise, 0 to 3.
    pub quarter_turns: u8,
}

impl Motion {
    /// Nothing moves.
    pub const NONE: Self = Self { mirrored: false, quarter_turns: 0 };

    /// All eight.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..8).map(|index| Self { mirrored: index >= 4, quarter_turns: index % 4 })
    }

    /// Where a step (x to the right, y down) points afterwards.
    pub(crate) fn of<T: std::ops::Neg<Output = T>>(self, x: T, y: T) -> (T, T) {
        let mirrored = if self.mirrored { (-x, y) } else { (x, y) };
        (0..self.quarter_turns).fold(mirrored, |(x, y), _| (-y, x))
    }

    /// Where a step of the result pointed before.
    fn undo(self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = (0..self.quarter_turns).fold((x, y), |(x, y), _| (y, -x));
        if self.mirrored { (-x, y) } else { (x, y) }
    }
}

/// What the view shows of a labelled thing.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Index of its mask among those given.
    pub source: usize,
    /// Its pixels in the view; may be none where it is too small to be hit.
    pub mask: Mask,
    /// The share of it that is shown, 0..=1; 0 where what is shown is too small to be told.
    pub kept: f64,
    /// Its pixels as runs: row, first column, one past the last.
    runs: Vec<Run>,
    /// A pixel where it should be.
    place: [f64; 2],
}

/// A view of a picture.
#[derive(Debug, Clone)]
pub struct Augmented {
    /// The view.
    pub image: RgbImage,
    /// The things in it, in the order given. What is not shown at all is left out.
    pub things: Vec<Kept>,
    /// How it was mirrored and turned.
    pub motion: Motion,
    /// Whether it shows the whole picture.
    pub is_whole: bool,
    /// Width and height of what phrases speak of, in pixels of the view, from its upper left: the picture where all of it is shown,
    /// else the view.
    pub frame: [f64; 2],
}

/// Draws a view of a picture and its masks, the same for the same seed.
///
/// Fails when a mask is of another size than the picture, or the view of no possible size.
pub fn augment(image: &RgbImage, masks: &[Mask], recipe: &Augment, seed: u64) -> Result<Augmented> {
    let size = Size::new(image.width(), image.height())?;
    let view = Size::new(recipe.side, recipe.side)?;
    if let Some(mask) = masks.iter().find(|mask| mask.size() != size) {
        let why = format!("it has {} pixels and its picture {size}", mask.size());
        return Err(Error::new("cannot use a mask", why, "make the mask again from this picture"));
    }
    let mut random = Random::new(seed);
    let motion = if recipe.turns {
        Motion { mirrored: random.chance(0.5), quarter_turns: random.below(4) as u8 }
    } else {
        Motion::NONE
    };
    let (window, frame) = window(size, masks, recipe, motion, &mut random);
    let mut pixels = window.image(image, recipe.side);
    color::change(&mut pixels, recipe.side as usize, recipe, &mut random);
    if random.chance(recipe.black_boxes) {
        black_boxes(&mut pixels, recipe.side as usize, &mut random);
    }
    clear_beside(&mut pixels, recipe.side as usize, frame);
    let things = masks.iter().enumerate().filter_map(|(source, mask)| window.kept(source, mask, view)).collect();
    // The count of values is right by construction.
    let image = RgbImage::from_raw(recipe.side, recipe.side, pixels).unwrap_or_default();
    Ok(Augmented { image, things, motion, is_whole: !matches!(recipe.shown, Shown::Part(_)), frame })
}

/// Chooses what is shown of the picture, and says how large a frame that is in the view.
fn window(
    size: Size,
    masks: &[Mask],
    recipe: &Augment,
    motion: Motion,
    random: &mut Random,
) -> (sample::Window, [f64; 2]) {
    let (width, height) = (f64::from(size.width()), f64::from(size.height()));
    let side = f64::from(recipe.side);
    let middle = [width / 2.0, height / 2.0];
    let [from, to] = match recipe.shown {
        Shown::Part(scale) => scale,
        Shown::Whole(least) => {
            let scale = width.max(height) / (side * random.between(least.clamp(0.1, 1.0), 1.0));
            let is_on_its_side = motion.quarter_turns % 2 == 1;
            let frame = if is_on_its_side { [height, width] } else { [width, height] }.map(|length| length / scale);
            let window = sample::Window::new(middle, [scale, scale], 0.0, motion);
            return (window.moved((side - frame[0]) / 2.0, (side - frame[1]) / 2.0), frame);
        }
        // A quarter turn shows the picture's height along the view's width; the scales are those of the picture's axes.
        Shown::Stretched => {
            let window = sample::Window::new(middle, [width / side, height / side], 0.0, motion);
            return (window, [side, side]);
        }
    };
    let tilt = (recipe.tilt_deg * random.between(-1.0, 1.0)).to_radians();
    // A turned square needs a larger one around it.
    let around = tilt.cos().abs() + tilt.sin().abs();
    let largest = width.min(height) / (side * around);
    let drawn = (random.between(from.max(1e-3).ln(), to.max(from).max(1e-3).ln())).exp();
    let scale = drawn.min(largest);
    let reach = scale * side * around / 2.0;
    let thing = random.pick(masks).and_then(Mask::bounding_box).filter(|_| random.chance(AROUND_A_THING));
    let middle = match thing {
        // Anywhere in the view, not only in its middle.
        Some(thing) => [
            f64::from(thing.x) + f64::from(thing.width) / 2.0 + random.between(-0.8, 0.8) * reach,
            f64::from(thing.y) + f64::from(thing.height) / 2.0 + random.between(-0.8, 0.8) * reach,
        ],
        None => [random.between(0.0, width), random.between(0.0, height)],
    };
    let inside = |value: f64, length: f64| value.max(reach).min(length - reach);
    let middle = [inside(middle[0], width), inside(middle[1], height)];
    (sample::Window::new(middle, [scale, scale], tilt, motion), [side, side])
}

/// Shows nothing where the picture has ended.
fn clear_beside(pixels: &mut [u8], side: usize, frame: [f64; 2]) {
    let [columns, rows] = frame.map(|length| (length.ceil() as usize).min(side));
    for (y, row) in pixels.chunks_exact_mut(3 * side).enumerate() {
        let from = if y < rows { 3 * columns } else { 0 };
        row[from..].fill(BESIDE);
    }
}

fn black_boxes(pixels: &mut [u8], side: usize, random: &mut Random) {
    let length = ((side as f64 * BOX_SIDE).round() as usize).clamp(1, side);
    for _ in 0..20 + random.below(41) {
        let (x, y) = (random.below(side - length + 1), random.below(side - length + 1));
        for row in pixels.chunks_exact_mut(3 * side).skip(y).take(length) {
            row[3 * x..3 * (x + length)].fill(0);
        }
    }
}

impl Augmented {
    /// The things as phrases speak of them, with their mean colours in this view. `category` names each by its source index.
    ///
    /// They are as many as [`Augmented::things`], in the same order. What is shown too little of counts as unlabelled there.
    pub fn things_named<'a>(&self, category: impl Fn(usize) -> &'a str) -> Vec<Thing> {
        let things = self.things.iter().filter_map(|kept| {
            let name = category(kept.source);
            let [x, y] = kept.place;
            let thing = Thing::of_runs(name, &kept.runs).or_else(|| Thing::of_box(name, [x, y, x + 1.0, y + 1.0]))?;
            let thing = thing.with_kept(kept.kept);
            Some(match mean_color(&self.image, &kept.runs) {
                Some(color) => thing.with_color(color),
                None => thing,
            })
        });
        things.collect()
    }

    /// Whether enough of a thing is shown that it can be asked for.
    pub fn shows(kept: &Kept) -> bool {
        kept.kept >= LEAST_KEPT
    }
}
