//! What a question costs: windows to look at, and how long that takes with a model.

use super::State;
use super::apply_news::pace_key;
use super::ask_form::ModelEntry;
use crate::query::{Adapter, DeviceChoice, FrameChoice, Resolution, trained_at, windows_over};

/// Seconds a window takes on one core, until it was measured: `lite`, and FIANet's network.
const ROUGH: [f64; 2] = [0.25, 20.0];

/// What it costs to ask the phrase of now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Windows the network looks at.
    pub windows: u64,
    /// Seconds that takes; `None` on a graphics card that was not tried yet.
    pub seconds: Option<f64>,
    /// Whether the time of a window was measured on this machine.
    pub measured: bool,
}

impl State {
    /// What it costs to ask the phrase of now with `model`, where a scene is open and the frame lies on it.
    pub fn cost(&self, model: &ModelEntry) -> Option<Cost> {
        let (_, layer) = self.asked_scene()?;
        let scene = &layer.raster.scene;
        let size = scene.size();
        let frame = match self.frame_of(self.ask.frame, scene).ok()? {
            FrameChoice::Window([_, _, width, height]) => [width, height],
            _ => size.map(|side| side as f64),
        };
        let class = self.ask.parsed().map(|phrase| phrase.target.noun.class.as_str()).unwrap_or_default();
        let trained = trained_at(model.card.as_deref(), class);
        let resolution = self.ask.gsd_m.map_or(Resolution::Auto, Resolution::Metres);
        let windows = windows_over(size, scene.georeference(), resolution, trained, frame);
        let pace = self.measured_pace(model);
        let seconds = pace.or_else(|| self.rough_pace(model)).map(|pace| pace * windows as f64);
        Some(Cost { windows, seconds, measured: pace.is_some() })
    }

    /// Seconds a window takes with `model` on the device picked, from the last time it ran there.
    fn measured_pace(&self, model: &ModelEntry) -> Option<f64> {
        let on_processor = self.asks_processor();
        self.paces(model).find(|(device, _)| is_processor(device) == on_processor).map(|(_, pace)| pace)
    }

    /// The devices on which `model` ran on this machine, and the seconds that a window took there.
    pub fn paces(&self, model: &ModelEntry) -> impl Iterator<Item = (&str, f64)> {
        let of_model = pace_key(&model.name, "");
        self.settings.pace.iter().filter_map(move |(key, pace)| Some((key.strip_prefix(&of_model)?, *pace)))
    }

    fn rough_pace(&self, model: &ModelEntry) -> Option<f64> {
        self.asks_processor().then(|| ROUGH[usize::from(model.is_fianet())] / self.cores() as f64)
    }

    /// Threads of the processor, or what is usual until that is known.
    pub(super) fn cores(&self) -> usize {
        self.machine.as_ref().map_or(2, |machine| machine.threads)
    }

    /// Whether the processor is what the device picked comes down to.
    fn asks_processor(&self) -> bool {
        match self.ask.device {
            DeviceChoice::Cpu => true,
            DeviceChoice::Gpu => false,
            DeviceChoice::Auto => {
                self.machine.as_ref().is_none_or(|machine| !machine.adapters.iter().any(Adapter::is_card))
            }
        }
    }
}

/// Whether a device's name is that of a processor.
fn is_processor(device: &str) -> bool {
    device.starts_with("CPU")
}
