//! The window of the desktop: opening it, remembering it, taking its picture.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eframe::{CreationContext, NativeOptions, Storage};
use egui::{Context, ViewportBuilder, ViewportCommand};

use super::command::Command;
use super::menu::items;
use super::shell::Shell;
use super::state::{Settings, ThemeChoice};
use super::work::Task;
use crate::error::{Error, Result};
use crate::files;

/// What the program was started with.
#[derive(Debug, Clone, Default)]
pub struct Launch {
    /// Files to open.
    pub scenes: Vec<PathBuf>,
    /// What to look for at once.
    pub phrase: Option<String>,
    /// Saves a picture of the window here once everything is there, and ends.
    pub screenshot: Option<PathBuf>,
    /// Size of the window in points.
    pub size: Option<[f32; 2]>,
    /// Names of commands to do, one after the other, before the picture is taken.
    pub commands: Vec<String>,
    /// Light or dark whatever is remembered.
    pub theme: Option<ThemeChoice>,
}

/// Under which name settings are kept.
const KEY: &str = "settings";
const SIZE: [f32; 2] = [1280.0, 820.0];
const SMALLEST: [f32; 2] = [520.0, 360.0];
/// Frames in which nothing happens before the picture is taken: panels take their places in the first ones.
const QUIET_FRAMES: u32 = 4;
/// A picture that is not ready by then is taken as it is.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Opens the window and returns when it is closed.
///
/// # Errors
/// Where there is no display, or no graphics driver.
pub fn run(launch: Launch) -> Result<()> {
    if let Some(path) = &launch.screenshot {
        files::beside(path)?;
    }
    display()?;
    let picturing = launch.screenshot.is_some();
    let viewport = ViewportBuilder::default()
        .with_title("Referent")
        .with_app_id("referent")
        .with_inner_size(launch.size.unwrap_or(SIZE))
        .with_min_inner_size(SMALLEST)
        .with_drag_and_drop(true);
    let options = NativeOptions {
        viewport,
        persist_window: !picturing && launch.size.is_none(),
        system_font_fallback: true,
        ..NativeOptions::default()
    };
    let outcome = Arc::new(Mutex::new(Ok(())));
    let result = Arc::clone(&outcome);
    let create = move |cc: &CreationContext<'_>| -> std::result::Result<Box<dyn eframe::App>, _> {
        Ok(Box::new(Window::new(cc, launch, result)))
    };
    eframe::run_native("referent", options, Box::new(create)).map_err(|cause| {
        Error::new(
            "cannot open the window",
            cause.to_string(),
            "install a graphics driver (on Debian or Ubuntu: mesa-vulkan-drivers); referent doctor shows what was found",
        )
        .because(cause)
    })?;
    let mut outcome = lock(&outcome);
    std::mem::replace(&mut *outcome, Ok(()))
}

/// Says what to do where no window can be opened.
fn display() -> Result<()> {
    let named = |variable: &str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    if cfg!(all(unix, not(target_os = "macos"))) && !named("DISPLAY") && !named("WAYLAND_DISPLAY") {
        return Err(Error::new(
            "cannot open the window",
            "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set",
            "start it on a desktop, connect with ssh -X, run it under xvfb-run, or work without a window: referent segment --help",
        ));
    }
    Ok(())
}

/// What the picture-taking does next.
enum Script {
    None,
    /// Commands still to do, frames of quiet so far, and since when it waits.
    Waiting {
        commands: Vec<String>,
        quiet: u32,
        since: Instant,
        path: PathBuf,
    },
    Taken,
}

struct Window {
    shell: Shell,
    script: Script,
    remembers: bool,
    outcome: Arc<Mutex<Result<()>>>,
}

impl Window {
    fn new(cc: &CreationContext<'_>, launch: Launch, outcome: Arc<Mutex<Result<()>>>) -> Self {
        let remembers = launch.screenshot.is_none();
        let kept = cc.storage.filter(|_| remembers).and_then(|storage| storage.get_string(KEY));
        let mut settings = kept.map_or_else(Settings::default, |text| Settings::from_text(&text));
        if let Some(theme) = launch.theme {
            settings.theme = theme;
        } else if !remembers {
            settings.theme = ThemeChoice::Light;
        }
        let mut shell = Shell::new(&cc.egui_ctx, cc.wgpu_render_state.as_ref(), settings);
        if !launch.scenes.is_empty() {
            shell.state.apply(Command::Open(launch.scenes));
        }
        if let Some(phrase) = launch.phrase {
            shell.state.apply(Command::Try(phrase));
        }
        let script = match launch.screenshot {
            None => Script::None,
            Some(path) => Script::Waiting { commands: launch.commands, quiet: 0, since: Instant::now(), path },
        };
        Self { shell, script, remembers, outcome }
    }

    /// Goes on with the picture: waits until nothing moves, does the next command, takes it.
    fn go_on(&mut self, ctx: &Context) {
        let Script::Waiting { commands, quiet, since, path } = &mut self.script else { return };
        ctx.request_repaint_after(Duration::from_millis(30));
        let settled = self.shell.is_settled() && self.shell.state.machine.is_some();
        *quiet = if settled { *quiet + 1 } else { 0 };
        if *quiet < QUIET_FRAMES && since.elapsed() < LONGEST_WAIT {
            return;
        }
        if !commands.is_empty() {
            let name = commands.remove(0);
            *quiet = 0;
            let named = |item: &super::menu::Item| item.name.trim_end_matches('…').eq_ignore_ascii_case(&name);
            match items().into_iter().find(named) {
                Some(item) => self.shell.state.apply(item.command),
                None => *lock(&self.outcome) = Err(unknown(&name)),
            }
            return;
        }
        let path = path.clone();
        self.script = Script::Taken;
        self.take(ctx, path, true);
    }

    fn take(&self, ctx: &Context, path: PathBuf, and_close: bool) {
        let (outcome, asker) = (Arc::clone(&self.outcome), ctx.clone());
        ctx.request_screenshot(move |picture| {
            let saved = save(&picture, &path);
            if saved.is_err() {
                *lock(&outcome) = saved;
            }
            if and_close {
                asker.send_viewport_cmd(ViewportCommand::Close);
            }
        });
    }
}

fn lock(outcome: &Mutex<Result<()>>) -> std::sync::MutexGuard<'_, Result<()>> {
    outcome.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn unknown(name: &str) -> Error {
    Error::usage(format!("cannot do {name}"), "no command has this name", "the command palette (Ctrl+K) lists them")
}

fn save(picture: &egui::ColorImage, path: &Path) -> Result<()> {
    let pixels: Vec<u8> = picture.pixels.iter().flat_map(egui::Color32::to_array).collect();
    let [width, height] = picture.size.map(|side| side as u32);
    files::write_whole(path, |beside| {
        image::save_buffer_with_format(beside, &pixels, width, height, image::ColorType::Rgba8, image::ImageFormat::Png)
            .map_err(|cause| {
                Error::new(
                    format!("cannot write {}", path.display()),
                    cause.to_string(),
                    "check the permissions of the folder and the state of the disk",
                )
                .because(cause)
            })
    })
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.shell.show(ui);
        let ctx = ui.ctx().clone();
        for task in self.shell.take_window_tasks() {
            match task {
                Task::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
                Task::Picture(path) => self.take(&ctx, path, false),
                _ => {}
            }
        }
        self.go_on(&ctx);
    }

    fn save(&mut self, storage: &mut dyn Storage) {
        if self.remembers {
            storage.set_string(KEY, self.shell.state.settings.to_text());
        }
    }

    fn persist_egui_memory(&self) -> bool {
        self.remembers
    }
}
