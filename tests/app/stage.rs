//! The whole window without a screen, drawn by the software driver.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui_wgpu::RendererOptions;
use egui::{Modifiers, PointerButton, Pos2, Vec2};
use egui_kittest::kittest::Queryable;
use egui_kittest::wgpu::{WgpuTestRenderer, create_render_state, default_wgpu_setup};
use egui_kittest::{Harness, HarnessBuilder};
use referent::app::Shell;
use referent::app::command::Command;
use referent::app::state::{Settings, State, ThemeChoice};
use tempfile::TempDir;

/// Longest a test waits for a job: the network is slow where it is built without optimisation.
const PATIENCE: Duration = Duration::from_secs(240);

/// A window.
pub struct Window {
    pub harness: Harness<'static, Option<Shell>>,
    /// Where trained models and their runs are kept, apart from the user's own.
    pub home: TempDir,
}

impl Window {
    /// A window of `size` points with nothing open.
    pub fn new(size: [f32; 2], theme: ThemeChoice) -> Self {
        Self::with_settings(size, Settings { theme, ..Settings::default() })
    }

    /// The same with what is remembered from the last time.
    pub fn with_settings(size: [f32; 2], settings: Settings) -> Self {
        Self::open_with(size, settings, Harness::builder())
    }

    /// The same as [`Self::new`]; names may have letters that the bundled fonts lack (the real window takes the system's fonts then).
    pub fn in_any_script(size: [f32; 2], theme: ThemeChoice) -> Self {
        let settings = Settings { theme, ..Settings::default() };
        Self::open_with(size, settings, Harness::builder().allow_missing_glyphs())
    }

    fn open_with(size: [f32; 2], settings: Settings, builder: HarnessBuilder<Option<Shell>>) -> Self {
        let gpu = create_render_state(default_wgpu_setup(), RendererOptions::PREDICTABLE);
        let for_shell = gpu.clone();
        let home = tempfile::tempdir().unwrap();
        let place = home.path().to_owned();
        let show = move |ui: &mut egui::Ui, shell: &mut Option<Shell>| {
            let home = Some(place.clone());
            let settings = Settings { home, ..settings.clone() };
            shell.get_or_insert_with(|| Shell::new(ui.ctx(), Some(&for_shell), settings)).show(ui);
        };
        let harness = builder
            .with_size(Vec2::from(size))
            .with_max_steps(64)
            .renderer(WgpuTestRenderer::from_render_state(gpu))
            .build_ui_state(show, None);
        let mut window = Self { harness, home };
        window.wait("the machine is known", |state| state.machine.is_some() && !state.ask.models.is_empty());
        window
    }

    pub fn state(&self) -> &State {
        &self.harness.state().as_ref().unwrap().state
    }

    /// Does a command as a menu would, and a frame.
    pub fn apply(&mut self, command: Command) {
        self.harness.state_mut().as_mut().unwrap().state.apply(command);
        self.harness.step();
    }

    /// Runs frames until `what` holds.
    pub fn wait(&mut self, what: &str, holds: impl Fn(&State) -> bool) {
        let started = Instant::now();
        loop {
            self.harness.step();
            if holds(self.state()) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{what}: not after {PATIENCE:?}; jobs {:?}", self.state().jobs);
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    /// Runs frames until nothing runs and the map is drawn.
    pub fn settle(&mut self) {
        let started = Instant::now();
        loop {
            self.harness.step();
            if self.harness.state().as_ref().unwrap().is_settled() {
                break;
            }
            assert!(started.elapsed() < PATIENCE, "the window does not settle");
            std::thread::sleep(Duration::from_millis(3));
        }
        self.harness.run_steps(3);
    }

    /// Opens a file and waits.
    pub fn open(&mut self, path: PathBuf) {
        let layers = self.state().layers.len();
        self.apply(Command::Open(vec![path]));
        self.wait("the file is open", |state| state.layers.len() > layers);
        self.settle();
    }

    /// Clicks what has this name.
    pub fn click(&mut self, name: &str) {
        let node = self.harness.get_by_label(name);
        assert!(node.rect().is_finite(), "{name} has no place: {:?}", node.rect());
        node.click();
        self.harness.run_steps(2);
    }

    /// Whether something with this name is shown.
    pub fn shows(&self, name: &str) -> bool {
        self.harness.query_all_by_label(name).next().is_some()
    }

    /// Whether something whose name contains this is shown.
    pub fn shows_part(&self, name: &str) -> bool {
        self.harness.query_all_by_label_contains(name).next().is_some()
    }

    /// Types into the field that has the focus.
    pub fn type_into(&mut self, field: &str, text: &str) {
        self.harness.get_by_label(field).click();
        self.harness.run_steps(2);
        self.harness.get_by_label(field).type_text(text);
        self.harness.run_steps(2);
    }

    /// Presses keys.
    pub fn press(&mut self, modifiers: Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(2);
    }

    /// Drags from one point of the window to another.
    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        let steps = [
            egui::Event::PointerMoved(from),
            button(from, true),
            egui::Event::PointerMoved(from + (to - from) / 2.0),
            egui::Event::PointerMoved(to),
            button(to, false),
        ];
        for event in steps {
            self.harness.event(event);
            self.harness.step();
        }
        self.harness.run_steps(2);
    }

    /// Clicks a point of the window, so long after the last click that it is not the second of two.
    pub fn click_at(&mut self, place: Pos2) {
        self.harness.run_steps(8);
        for event in [egui::Event::PointerMoved(place), button(place, true), button(place, false)] {
            self.harness.event(event);
            self.harness.step();
        }
        self.harness.run_steps(2);
    }

    /// Where a pixel of the scene that is asked is in the window.
    pub fn on_screen(&self, pixel: [f64; 2]) -> Pos2 {
        let state = self.state();
        let (_, scene) = state.asked_scene().unwrap();
        let world = scene.raster.scene.georeference().world_from_pixel(pixel).unwrap();
        state.current_camera().to_screen(self.map_rect(), world)
    }

    /// The part of the window that the map takes.
    fn map_rect(&self) -> egui::Rect {
        let tools = self.harness.get_by_label("Pan tool").rect();
        // The tools lie 10 points inside, with 4 around (frame 1, margin 3).
        let corner = tools.min - egui::vec2(14.0, 14.0);
        let ([width, height], _) = self.state().canvas;
        egui::Rect::from_min_size(corner, egui::vec2(width, height))
    }
}

fn button(pos: Pos2, pressed: bool) -> egui::Event {
    egui::Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE }
}

/// A copy of the bundled scene in a folder of its own: what belongs to it goes beside it.
pub fn own_sample() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("port.tif");
    std::fs::copy(sample(), &path).unwrap();
    (folder, path)
}

/// The scene that comes with the program.
pub fn sample() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/sample/rotterdam_tanks.tif")
}

/// A file of the test data.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}
