//! Batches of examples: pictures changed at random, with phrases that are true of what is then to be seen.
//!
//! Of a picture with labelled objects, phrases are written after the change. Phrases that people wrote are carried along
//! ([`carry`]) where they stay true.

use rayon::prelude::*;

use super::augment::{Augment, Augmented, Shown, augment, carry};
use super::batch::{Batch, BatchSource, Example, Picture};
use super::dataset::{Dataset, Expression, Sample, Split, Target};
use super::deck::{Deck, Entry};
use super::evaluate::Fit;
use super::mask::{Mask, Size};
use super::recipe::{Change, Recipe};
use super::written::together;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::query::Asked;
use crate::text::Phrase;
use crate::text::describe::{Random, Scene, Wanted, describe};

/// Views of a picture that are tried before another picture is taken.
const VIEWS: u64 = 4;
/// How often phrases that people wrote are asked of a part of their picture, where they are of a kind that allows it.
const PARTS: f64 = 0.5;

/// Examples from the training pictures of data sets.
pub struct Examples {
    pictures: Vec<Pictured>,
    deck: Deck,
    recipe: Recipe,
    fit: Fit,
    /// What the network can be asked.
    is_askable: Askable,
}

/// Says whether a network can be asked something.
pub type Askable = Box<dyn Fn(&Asked) -> bool + Send>;

/// A picture and the classes that may be asked for in vain.
struct Pictured {
    sample: Sample,
    decided: Vec<String>,
}

/// What is said of a view: the phrase and the pixels meant.
type Said = (Asked, Option<Mask>);

impl Examples {
    /// Examples from the training pictures of each data set, the second number of a pair saying how much oftener its pictures
    /// are seen than they would be by their classes. Pictures that are shown whole are shown as `fit` says.
    ///
    /// A picture that cannot be read, or about which nothing can be said, is told to `job` and left out.
    ///
    /// # Errors
    /// If no picture is left.
    pub fn new(datasets: &[(Dataset, f64)], recipe: &Recipe, fit: Fit, job: &Job) -> Result<Self> {
        let candidates: Vec<(Pictured, f64)> = datasets
            .iter()
            .flat_map(|(dataset, weight)| {
                dataset.split(Split::Train).map(move |sample| {
                    let decided = recipe.labels.decided(dataset, sample).into_iter().map(str::to_owned).collect();
                    (Pictured { sample: sample.clone(), decided }, *weight)
                })
            })
            .collect();
        let usable: Vec<(Pictured, f64)> = candidates
            .into_par_iter()
            .filter(|(pictured, _)| {
                let problem = pictured.problem();
                problem.map(|why| job.notice(format!("{} is left out: {why}", pictured.sample.id))).is_none()
            })
            .collect();
        if usable.is_empty() {
            let why = "no training picture of it can be read and has an object or a phrase";
            return Err(Error::new("cannot train on the data set", why, "see the notices before"));
        }
        let entries: Vec<Entry<'_>> = usable
            .iter()
            .map(|(Pictured { sample, .. }, weight)| {
                let objects = sample.instances.iter().map(|instance| &*instance.category);
                let meant = sample.expressions.iter().filter_map(|expression| expression.category.as_deref());
                Entry { classes: objects.chain(meant).collect(), weight: *weight }
            })
            .collect();
        let deck = Deck::new(&entries, recipe.seed);
        Ok(Self {
            pictures: usable.into_iter().map(|(pictured, _)| pictured).collect(),
            deck,
            recipe: recipe.clone(),
            fit,
            is_askable: Box::new(|_| true),
        })
    }

    /// Leaves out what the network cannot be asked, such as phrases that are too long.
    pub fn keep_only(&mut self, is_askable: Askable) {
        self.is_askable = is_askable;
    }

    /// Pictures in use.
    pub fn pictures(&self) -> usize {
        self.pictures.len()
    }
}

impl BatchSource for Examples {
    fn steps_per_epoch(&self) -> u64 {
        (self.deck.round() / self.recipe.pictures as f64).ceil() as u64
    }

    fn batch(&mut self, step: u64) -> Result<Batch> {
        let side = self.recipe.side;
        let mut batch = Batch { height: side, width: side, pictures: Vec::new(), phrases: Vec::new() };
        for place in 0..self.recipe.pictures as u64 {
            let position = step * self.recipe.pictures as u64 + place;
            // A picture may have nothing to be said of it on the views drawn; then its successors are looked at.
            let views = (0..self.pictures.len() as u64).flat_map(|later| (0..VIEWS).map(move |view| (later, view)));
            for (later, view) in views {
                let pictured = &self.pictures[self.deck.at(position + later)];
                let seed = Random::new(self.recipe.seed ^ position.wrapping_mul(0x9e37_79b9_7f4a_7c15)).bits();
                let (shown, mut said) = pictured.view(&self.recipe, self.fit, seed.wrapping_add(view))?;
                said.retain(|(asked, _)| (self.is_askable)(asked));
                if !said.is_empty() {
                    let picture = batch.pictures.len();
                    batch.pictures.push(shown);
                    batch.phrases.extend(said.into_iter().map(|(asked, target)| Example { picture, asked, target }));
                    break;
                }
            }
        }
        Ok(batch)
    }
}

impl Pictured {
    /// Why nothing can be learned from it.
    fn problem(&self) -> Option<String> {
        let sample = &self.sample;
        if sample.expressions.is_empty() && sample.instances.is_empty() && self.decided.is_empty() {
            return Some("it has neither an object nor a phrase".into());
        }
        let readable = || {
            sample.read_image()?;
            sample.instances.iter().try_for_each(|instance| sample.read_mask(&instance.shape).map(drop))?;
            sample.expressions.iter().try_for_each(|expression| {
                expression.asked()?;
                sample.read_target(expression).map(drop)
            })
        };
        readable().err().map(|error: Error| error.to_string())
    }

    /// A view of the picture and what is said of it, which may be nothing.
    fn view(&self, recipe: &Recipe, fit: Fit, seed: u64) -> Result<(Picture, Vec<Said>)> {
        match self.sample.expressions.is_empty() {
            true => self.written(recipe, fit, seed),
            false => self.carried(recipe, fit, seed),
        }
    }

    /// Phrases written about the objects to be seen.
    fn written(&self, recipe: &Recipe, fit: Fit, seed: u64) -> Result<(Picture, Vec<Said>)> {
        let sample = &self.sample;
        let image = sample.read_image()?;
        let masks = sample.instances.iter().map(|instance| sample.read_mask(&instance.shape));
        let view = augment(&image, &masks.collect::<Result<Vec<_>>>()?, &changes(recipe, fit, false), seed)?;
        let mut things = view.things_named(|index| &sample.instances[index].category);
        if sample.infrared {
            things.iter_mut().for_each(|thing| thing.color = None);
        }
        let [width, height] = view.frame;
        let decided: Vec<&str> = self.decided.iter().map(String::as_str).collect();
        let scene = Scene::new(width, height, things, &decided);
        let wanted = Wanted { count: recipe.phrases, absent: recipe.absent };
        let shown: Vec<Mask> = view.things.iter().map(|kept| kept.mask.clone()).collect();
        let size = Size::new(recipe.side as u32, recipe.side as u32)?;
        let written = describe(&scene, wanted, Random::new(seed).bits());
        let said = written.into_iter().filter(|said| recipe.labels.bear_out(said)).map(|said| {
            let target = (!said.targets.is_empty()).then(|| together(&said.targets, &shown, size)).transpose()?;
            Ok((Asked { sentence: said.text, object: said.object_part, position: said.position_part }, target))
        });
        let said = said.collect::<Result<_>>()?;
        Ok((picture(view), said))
    }

    /// Some of the picture's own phrases, as they read on the view.
    fn carried(&self, recipe: &Recipe, fit: Fit, seed: u64) -> Result<(Picture, Vec<Said>)> {
        let sample = &self.sample;
        let mut random = Random::new(seed);
        let mut chosen: Vec<&Expression> = sample.expressions.iter().collect();
        random.shuffle(&mut chosen);
        let image = sample.read_image()?;
        let targets: Vec<Option<Mask>> =
            chosen.iter().map(|expression| sample.read_target(expression)).collect::<Result<_>>()?;
        let masks: Vec<Mask> = targets.iter().flatten().cloned().collect();
        let is_part = random.chance(PARTS);
        let look = |is_whole| {
            let view = augment(&image, &masks, &changes(recipe, fit, is_whole), seed)?;
            let said = said_of(&view, &chosen, &targets, recipe.phrases)?;
            Ok((picture(view), said))
        };
        if is_part {
            let (part, said) = look(false)?;
            if !said.is_empty() {
                return Ok((part, said));
            }
        }
        look(true)
    }
}

/// The first phrases, at most so many, that stay true on the view.
fn said_of(view: &Augmented, phrases: &[&Expression], targets: &[Option<Mask>], most: usize) -> Result<Vec<Said>> {
    let mut said = Vec::new();
    // The view numbers the masks; phrases in vain have none.
    let mut number = 0;
    for (expression, target) in phrases.iter().zip(targets) {
        let shown = target.as_ref().map(|_| {
            number += 1;
            view.things.iter().find(|kept| kept.source == number - 1)
        });
        let kept = shown.map(|shown| shown.map_or(0.0, |kept| kept.kept));
        // Whether something without a mask is absent from the whole picture is known, and so it is from a part of it.
        debug_assert_eq!(kept.is_none(), matches!(expression.target, Target::Absent));
        if said.len() < most
            && let Some(text) = carry(&expression.text, kept, view)
        {
            said.push((Asked::sentence(&Phrase::parse(&text)?), shown.flatten().map(|kept| kept.mask.clone())));
        }
    }
    Ok(said)
}

/// The view as the network gets it.
fn picture(view: Augmented) -> Picture {
    let side = f64::from(view.image.width());
    let [right, bottom] = view.frame.map(|length| (side / length) as f32);
    Picture { rgb: view.image.into_raw(), place: [0.0, 0.0, right, bottom] }
}

/// What the recipe does to a picture. A whole picture keeps all it shows.
fn changes(recipe: &Recipe, fit: Fit, is_whole: bool) -> Augment {
    let side = recipe.side as u32;
    let changes = match recipe.views.change {
        Change::None => Augment::none(side),
        Change::Strong if is_whole => Augment::whole(side),
        Change::Strong => Augment { shown: Shown::Part(recipe.views.scale), ..Augment::strong(side) },
    };
    match (fit, changes.shown) {
        (Fit::Square(_), Shown::Whole(_)) => Augment { shown: Shown::Stretched, ..changes },
        _ => changes,
    }
}
