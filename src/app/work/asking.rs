//! The thread that asks the network: it keeps the model loaded from one phrase to the next.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::drawing;
use super::workers::{Post, guarded};
use super::{Answered, News};
use crate::app::state::{JobId, Place, Question, Refine};
use crate::error::Result;
use crate::job::{Event, Job};
use crate::model::catalogue;
use crate::query::{DeviceChoice, Engine, Keeping, hear};
use crate::text::Phrase;

/// A phrase to ask.
pub(super) struct Order {
    pub(super) id: JobId,
    pub(super) job: Job,
    pub(super) question: Arc<Question>,
    pub(super) refine: Refine,
    pub(super) place: Place,
}

/// A model on a device, and what was asked for to get it.
type Loaded = (PathBuf, DeviceChoice, Engine);

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
    let Order { id, job, question, refine, place } = order;
    job.check(&question.phrase)?;
    let engine = match loaded.take() {
        Some((path, device, engine))
            if device == question.device && catalogue::find(&question.model).is_ok_and(|wanted| wanted == path) =>
        {
            loaded.insert((path, device, engine))
        }
        _ => {
            job.progress("loading the model", 0, 0);
            let path = catalogue::find(&question.model)?;
            let engine = Engine::load(&path, question.device)?;
            if question.device != DeviceChoice::Cpu {
                let text = format!("the network runs on {}: {}", engine.device_name(), engine.device_reason());
                post.send(News::Told(*id, Event::Notice(text)));
            }
            loaded.insert((path, question.device, engine))
        }
    };
    let engine = &engine.2;
    job.check(&question.phrase)?;
    let scene = question.scene.open()?;
    let phrase = Phrase::parse(&question.phrase)?;
    let options = question.options(refine);
    let hearing = hear(&scene, &phrase, engine, &options, Keeping::default(), job)?;
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
