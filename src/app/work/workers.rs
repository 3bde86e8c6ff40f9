//! The threads that tasks run on.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::keeper::Keeper;
use super::{
    News, Task, Taught, TrainRequest, asking, dialogs, drawing, exporting, machine, opening, runs, sighting, training,
};
use crate::app::state::{CachePlace, JobId, Place, Question, Trouble};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::query::FeatureCache;
use crate::raster::Stretch;

/// Sends news to whoever draws the window, and wakes it.
#[derive(Clone)]
pub(super) struct Post {
    sender: Sender<News>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Post {
    pub(super) fn send(&self, news: News) {
        // Nobody listens any more once the window is closed.
        let _ = self.sender.send(news);
        (self.wake)();
    }

    /// A job that tells its events as news.
    pub(super) fn job(&self, id: JobId) -> Job {
        let post = self.clone();
        Job::new(move |event| post.send(News::Told(id, event)))
    }
}

/// Starts tasks and collects their news.
pub struct Workers {
    post: Post,
    inbox: Receiver<News>,
    /// Handles of running jobs, to stop them.
    jobs: HashMap<JobId, Job>,
    /// Handles of the trainings among them, to end those alone.
    trainings: HashMap<JobId, Job>,
    /// The thread that keeps the network loaded.
    asker: Option<Sender<asking::Order>>,
    /// The thread that keeps the project's document.
    keeper: Option<Keeper>,
}

impl Workers {
    /// Workers that call `wake` whenever there is news.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, inbox) = unbounded();
        Self {
            post: Post { sender, wake: Arc::new(wake) },
            inbox,
            jobs: HashMap::new(),
            trainings: HashMap::new(),
            asker: None,
            keeper: None,
        }
    }

    /// All news since the last call.
    pub fn news(&mut self) -> Vec<News> {
        let news: Vec<News> = self.inbox.try_iter().collect();
        for each in &news {
            let ended = match each {
                News::Opened(job, _) | News::Answered(job, _) | News::Failed(Some(job), _) => Some(job),
                News::Explained { job, .. }
                | News::Stretched { job, .. }
                | News::Refined { job, .. }
                | News::Exported { job, .. } => Some(job),
                News::Taught(job, told) if matches!(**told, Taught::Over { .. }) => Some(job),
                _ => None,
            };
            if let Some(job) = ended {
                self.trainings.remove(job);
                self.jobs.remove(job);
            }
        }
        news
    }

    /// Starts `task`. Those for the window itself are not for this and are given back.
    pub fn start(&mut self, task: Task) -> Option<Task> {
        match task {
            Task::Cancel(id) => {
                for job in self.jobs.get(&id).into_iter().chain(self.trainings.get(&id)) {
                    job.cancel();
                }
            }
            Task::KeepBest(id) => {
                self.pause(id, false);
                if let Some(training) = self.trainings.get(&id) {
                    training.cancel();
                }
            }
            Task::Pause(id, waits) => self.pause(id, waits),
            Task::Train(request) => self.train(*request),
            Task::LookAt(path) => {
                self.spawn(None, move || {
                    let found = training::look_at(&path).map_err(|error| Trouble::from(&error));
                    Ok(News::LookedAt(path, found))
                });
            }
            Task::ListRuns(home) => self.spawn(None, move || Ok(News::Runs(runs::list(&home)))),
            Task::TellRun(folder) => self.spawn(None, move || {
                let story = runs::story(&folder);
                Ok(News::RunTold { folder, story })
            }),
            Task::PublishModel { home, folder, name } => {
                self.spawn(None, move || training::keep_again(&home, &folder, &name).map(|()| News::ModelsChanged))
            }
            Task::RemoveModel { home, name } => {
                self.spawn(None, move || training::remove_model(&home, &name).map(|()| News::ModelsChanged));
            }
            Task::Open { job, path, place } => {
                self.run(job, move |_| opening::open(&path, place.as_ref()).map(|opened| News::Opened(job, opened)))
            }
            Task::Stretch { job, layer, scene, choice } => self.run(job, move |_| {
                let stretch = Stretch::choose(&scene.open()?, &choice)?;
                Ok(News::Stretched { job, layer, choice, stretch })
            }),
            Task::Refine { job, layer, question, hearing, refine, edits, place } => self.run(job, move |_| {
                let drawn = drawing::refined(&question, &hearing, &refine, &edits, &place)?;
                Ok(News::Refined { job, layer, refine, drawn, edits: edits.len() })
            }),
            Task::Sight(order) => self.spawn(None, move || {
                let seen = sighting::see(&order).map_err(|error| Trouble::from(&error));
                Ok(News::Sighted(Box::new(seen)))
            }),
            Task::Export(request) => {
                let id = request.job;
                self.run(id, move |job| exporting::export(request, job));
            }
            Task::Ask { job, question, refine, place, first, cache } => {
                self.ask(job, question, place, cache, asking::Wish::Answer { refine, first });
            }
            Task::Explain { job, layer, question, place, cache } => {
                self.ask(job, question, place, cache, asking::Wish::Explanation(layer));
            }
            Task::Project(order) => {
                self.keeper.get_or_insert_with(|| Keeper::start(self.post.clone())).give(order);
            }
            Task::Pick(pick) => self.spawn(None, move || Ok(News::Picked(dialogs::ask(pick)))),
            Task::ListModels(home) => self.spawn(None, move || Ok(News::Models(machine::models(home.as_deref())))),
            Task::LookAround => self.spawn(None, || Ok(News::Machine(Arc::new(machine::look())))),
            Task::EmptyCache(folder) => self.try_to(move || FeatureCache::open(&folder, 0).map(drop)),
            Task::OpenFolder(folder) => self.try_to(move || dialogs::show_folder(&folder)),
            other => return Some(other),
        }
        None
    }

    fn pause(&self, id: JobId, waits: bool) {
        for job in self.jobs.get(&id).into_iter().chain(self.trainings.get(&id)) {
            job.pause(waits);
        }
    }

    fn train(&mut self, request: TrainRequest) {
        let (id, post) = (request.job, self.post.clone());
        let [whole, training] = [self.post.job(id), self.post.job(id)];
        self.jobs.insert(id, whole.clone());
        self.trainings.insert(id, training.clone());
        self.spawn(Some(id), move || training::teach(&request, &whole, &training, &post));
    }

    fn run(&mut self, id: JobId, work: impl FnOnce(&Job) -> Result<News> + Send + 'static) {
        let job = self.post.job(id);
        self.jobs.insert(id, job.clone());
        self.spawn(Some(id), move || work(&job));
    }

    /// Does something that only has news where it fails.
    fn try_to(&self, work: impl FnOnce() -> Result<()> + Send + 'static) {
        let post = self.post.clone();
        thread::spawn(move || {
            if let Err(error) = work() {
                post.send(News::Failed(None, (&error).into()));
            }
        });
    }

    fn spawn(&self, id: Option<JobId>, work: impl FnOnce() -> Result<News> + Send + 'static) {
        let post = self.post.clone();
        thread::spawn(move || post.send(guarded(id, work)));
    }

    fn ask(&mut self, id: JobId, question: Arc<Question>, place: Place, cache: Option<CachePlace>, wish: asking::Wish) {
        let job = self.post.job(id);
        self.jobs.insert(id, job.clone());
        let order = asking::Order { id, job, question, place, cache, wish };
        let order = match &self.asker {
            Some(asker) => match asker.send(order) {
                Ok(()) => return,
                Err(unsent) => unsent.0,
            },
            None => order,
        };
        let (sender, orders) = unbounded();
        // The thread below takes orders as long as this sender lives.
        let _ = sender.send(order);
        self.asker = Some(sender);
        let post = self.post.clone();
        thread::spawn(move || asking::answer_all(&orders, &post));
    }
}

/// The news of `work`; a failure, and even a panic, ends its job with a message.
pub(super) fn guarded(id: Option<JobId>, work: impl FnOnce() -> Result<News>) -> News {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(news)) => news,
        Ok(Err(error)) => News::Failed(id, Trouble::from(&error)),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let why = said.unwrap_or_else(|| "it stopped without a message".to_owned());
            let error = Error::new("the work could not be finished", why, "this is a bug, please report it");
            News::Failed(id, Trouble::from(&error))
        }
    }
}
