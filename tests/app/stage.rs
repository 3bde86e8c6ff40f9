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
        Self::open_with(size, theme, Harness::builder())
    }

    /// The same; names may have letters that the bundled fonts lack (the real window takes the system's fonts then).
    pub fn in_any_script(size: [f32; 2], theme: ThemeChoice) -> Self {
        Self::open_with(size, theme, Harness::builder().allow_missing_glyphs())
    }

    fn open_with(size: [f32; 2], theme: ThemeChoice, builder: HarnessBuilder<Option<Shell>>) -> Self {
        let gpu = create_render_state(default_wgpu_setup(), RendererOptions::PREDICTABLE);
        let for_shell = gpu.clone();
        let home = tempfile::tempdir().unwrap();
        let place = home.path().to_owned();
        let show = move |ui: &mut egui::Ui, shell: &mut Option<Shell>| {
            let settings = Settings { theme, home: Some(place.clone()), ..Settings::default() };
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
        let button = |pos, pressed| egui::Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
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
}

/// The scene that comes with the program.
pub fn sample() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/sample/rotterdam_tanks.tif")
}

/// A file of the test data.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}
