//! How long a frame of the window takes while the map is panned:
//! `cargo test --test app -- --ignored --nocapture frame_times`.

use std::time::{Duration, Instant};

use referent::app::command::Command;
use referent::app::state::ThemeChoice;
use referent::query::DeviceChoice;

use super::stage::{Window, sample};

/// Frames that are timed.
const FRAMES: usize = 60;

/// Times frames while the map is panned; the median.
pub fn frames(window: &mut Window, what: &str) -> Duration {
    let times = (0..FRAMES).map(|number| frame(window, number)).collect();
    tell(what, times)
}

/// Pans a little and times the frame, drawn by the software driver where there is no other.
fn frame(window: &mut Window, number: usize) -> Duration {
    let mut camera = window.state().current_camera();
    camera.center[0] += if number % 20 < 10 { 1.0 } else { -1.0 } * camera.units_per_point * 4.0;
    window.harness.state_mut().as_mut().unwrap().state.apply(Command::Look(camera));
    let started = Instant::now();
    window.harness.step();
    window.harness.render().unwrap();
    started.elapsed()
}

/// Prints median and 99th percentile; the median.
fn tell(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort();
    println!("{what}: median {:.1?}, 99th percentile {:.1?}", times[FRAMES / 2], times[FRAMES * 99 / 100]);
    times[FRAMES / 2]
}

#[test]
#[ignore = "a benchmark"]
fn frame_times() {
    let mut window = Window::new([1280.0, 800.0], ThemeChoice::Dark);
    window.open(sample());
    frames(&mut window, "panning");
    window.apply(Command::PickDevice(DeviceChoice::Cpu));
    window.apply(Command::TypePhrase("the storage tanks".into()));
    let mut queries = 0;
    let mut times = Vec::new();
    // The scene is small: it is asked again and again.
    while times.len() < FRAMES {
        if window.state().asking().is_none() {
            window.apply(Command::Ask);
            queries += 1;
        }
        times.push(frame(&mut window, times.len()));
    }
    tell("panning while a query runs", times);
    println!("{queries} queries meanwhile");
}
