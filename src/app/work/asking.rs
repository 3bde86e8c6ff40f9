//! The thread that asks the network: it keeps the model loaded from one phrase to the next.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crossbeam_channel::Receiver;

use super::drawing;
use super::explaining::in_shades;
use super::workers::{Post, guarded};
use super::{Answered, News};
use crate::app::map::LayerId;
use crate::app::state::{CachePlace, JobId, Place, Question, Refine};
use crate::error::Result;
use crate::job::{Event, Job};
use crate::model::catalogue;
use crate::query::{DeviceChoice, Engine, FeatureCache, Glimpse, Keeping, Onlooker, explain, hear};
use crate::text::Phrase;

/// A phrase to ask.
pub(super) struct Order {
    pub(super) id: JobId,
    pub(super) job: Job,
    pub(super) question: Arc<Question>,
    pub(super) place: Place,
    pub(super) cache: Option<CachePlace>,
    pub(super) wish: Wish,
}

/// What is wanted of a phrase.
pub(super) enum Wish {
    /// What it describes.
    Answer {
        /// Limits that objects are drawn with.
        refine: Refine,
        /// Pixels of the scene that are answered first.
        first: Option<[f64; 4]>,
    },
    /// What the network attends to, for the query with this layer.
    Explanation(LayerId),
}

/// A model on a device, and what was asked for to get it: its file, the time that was written, the device.
struct Loaded {
    file: (PathBuf, Option<SystemTime>),
    device: DeviceChoice,
    engine: Engine,
}

/// Answers orders, one after the other, until nobody gives any.
pub(super) fn answer_all(orders: &Receiver<Order>, post: &Post) {
    let mut loaded: Option<Loaded> = None;
    for order in orders {
        let news = guarded(Some(order.id), || answer(&order, &mut loaded, post));
        if matches!(news, News::Failed(..)) {
            // After a failure nobody knows the state of the device.
            loaded = None;
        }
        post.send(news);
    }
}

fn answer(order: &Order, loaded: &mut Option<Loaded>, post: &Post) -> Result<News> {
    let Order { id, job, question, place, wish, .. } = order;
    job.check(&question.phrase)?;
    let engine = engine(order, loaded, post)?;
    job.check(&question.phrase)?;
    let scene = question.scene.open()?;
    let phrase = Phrase::parse(&question.phrase)?;
    let cache = order.cache.as_ref().and_then(|place| cache(place, job));
    let (refine, first) = match wish {
        Wish::Answer { refine, first } => (refine, first),
        Wish::Explanation(layer) => {
            let explanation =
                explain(&scene, &phrase, engine, &question.options(&Refine::default()), cache.as_ref(), job)?;
            let attention = Box::new(in_shades(&explanation, place));
            return Ok(News::Explained { job: *id, layer: *layer, attention });
        }
    };
    let options = question.options(refine);
    // Only the thread that blends takes the lock.
    let grown = Mutex::new(None);
    let show = |glimpse: &Glimpse<'_>| {
        let mut grown = grown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(grid) = drawing::grow(&mut grown, glimpse, question.scene.georeference(), place) {
            post.send(News::Glimpsed(*id, Box::new(grid)));
        }
    };
    let onlooker = Some(Onlooker { first: *first, show: &show });
    let keeping = Keeping { cache: cache.as_ref(), ..Keeping::default() };
    let hearing = hear(&scene, &phrase, engine, &options, keeping, onlooker, job)?;
    job.progress("drawing", 0, 0);
    let drawn = drawing::drawn(hearing.answer(&scene, &options)?, place)?;
    let answered = Answered {
        question: Arc::clone(question),
        refine: *refine,
        hearing: Arc::new(hearing),
        drawn,
        device: engine.device_name().to_owned(),
    };
    Ok(News::Answered(*id, Box::new(answered)))
}

/// Where features of windows are kept; one that cannot be used is told and done without.
fn cache(place: &CachePlace, job: &Job) -> Option<FeatureCache> {
    FeatureCache::open(&place.folder, place.budget)
        .inspect_err(|error| job.notice(format!("nothing is kept for the next phrase: {error}")))
        .ok()
}

/// The model that is asked, as it is kept or loaded now.
fn engine<'a>(order: &Order, loaded: &'a mut Option<Loaded>, post: &Post) -> Result<&'a Engine> {
    let Order { id, job, question, .. } = order;
    let listed = question.file.clone().filter(|path| path.is_file());
    let path = listed.map_or_else(|| catalogue::find(&question.model), Ok)?;
    let written = path.metadata().and_then(|file| file.modified()).ok();
    let file = (path, written);
    let kept = loaded.take().filter(|kept| kept.device == question.device && kept.file == file);
    let Loaded { engine, .. } = match kept {
        Some(kept) => loaded.insert(kept),
        None => {
            job.progress("loading the model", 0, 0);
            let engine = Engine::load(&file.0, question.device)?;
            if question.device != DeviceChoice::Cpu {
                let text = format!("the network runs on {}: {}", engine.device_name(), engine.device_reason());
                post.send(News::Told(*id, Event::Notice(text)));
            }
            loaded.insert(Loaded { file, device: question.device, engine })
        }
    };
    Ok(engine)
}
