//! What holds on scenes of any size and grid, however the work is cut, stopped, kept and shared out.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[path = "scale/attention.rs"]
mod attention;
#[path = "scale/frames.rs"]
mod frames;
#[path = "scale/grids.rs"]
mod grids;
#[path = "common/landscape.rs"]
mod landscape;
#[path = "scale/work.rs"]
mod work;

use landscape::{Landscape, Painted};
use referent::job::Job;
use referent::query::{Answer, FrameChoice, Options, ask};
use referent::raster::Scene;
use referent::text::Phrase;

/// The answer to a phrase over the whole scene.
fn answer(scene: &Scene, phrase: &str) -> Answer {
    answer_in(scene, phrase, &Options::default())
}

fn answer_in(scene: &Scene, phrase: &str, options: &Options) -> Answer {
    ask(scene, &Phrase::parse(phrase).unwrap(), &Painted::default(), options, &Job::unwatched()).unwrap()
}

fn window(left: f64, top: f64, width: f64, height: f64) -> Options {
    Options { frame: FrameChoice::Window([left, top, width, height]), ..Options::default() }
}

/// Which objects of a landscape an answer means, in ascending order.
fn meant(answer: &Answer, landscape: &Landscape) -> Vec<usize> {
    let mut meant: Vec<usize> =
        answer.found.iter().map(|found| landscape.which(&found.instance.outline).unwrap()).collect();
    meant.sort_unstable();
    meant
}
