//! The circle of a frame: news in, panels drawn, commands applied, tasks started.

use eframe::egui_wgpu::RenderState;
use egui::{Context, Key, Ui};

use super::command::Command;
use super::map::{Canvas, Tool};
use super::menu::items;
use super::panels;
use super::state::{JobKind, Settings, State, ThemeChoice};
use super::theme;
use super::work::{Task, Workers};

/// The window's inside: state, map and threads.
pub struct Shell {
    /// What is shown.
    pub state: State,
    canvas: Option<Canvas>,
    workers: Workers,
    /// What was given to egui last: theme and size of text.
    dressed: Option<(ThemeChoice, f32)>,
    /// Tasks that only the owner of the window can do.
    for_window: Vec<Task>,
}

impl Shell {
    /// A shell that draws its map with `gpu`; without one there is no map, only its frame.
    pub fn new(ctx: &Context, gpu: Option<&RenderState>, settings: Settings) -> Self {
        theme::install(ctx);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let waker = ctx.clone();
        let mut state = State::new(settings);
        state.gpu = gpu.map(|gpu| {
            let info = gpu.adapter.get_info();
            format!("{} ({:?})", info.name, info.backend)
        });
        Self {
            state,
            canvas: gpu.map(Canvas::new),
            workers: Workers::new(move || waker.request_repaint()),
            dressed: None,
            for_window: Vec::new(),
        }
    }

    /// One frame.
    pub fn show(&mut self, ui: &mut Ui) {
        for news in self.workers.news() {
            self.state.apply(Command::News(news));
        }
        self.dress(ui.ctx());
        let mut commands = keys(&self.state, ui.ctx());
        commands.extend(dropped(ui.ctx()));
        commands.extend(panels::window(&self.state, self.canvas.as_mut(), ui));
        let changed = !commands.is_empty();
        for command in commands {
            self.state.apply(command);
        }
        for task in std::mem::take(&mut self.state.tasks) {
            if let Some(task) = self.workers.start(task) {
                self.do_here(task, ui.ctx());
            }
        }
        if changed {
            ui.ctx().request_repaint();
        }
    }

    /// Whether nothing runs and the map is drawn in full.
    pub fn is_settled(&self) -> bool {
        // A training goes on behind the map, which does not wait for it.
        self.state.jobs.iter().all(|job| job.kind == JobKind::Train)
            && self.state.tasks.is_empty()
            && self.state.to_open.is_empty()
            && !self.state.labelling.is_busy()
            && !self.state.ask.waiting
            && !self.state.sight.waits
            && (self.state.layers.is_empty() || self.canvas.as_ref().is_none_or(Canvas::is_settled))
    }

    /// Takes the tasks that only the owner of the window can do: pictures and closing.
    pub fn take_window_tasks(&mut self) -> Vec<Task> {
        std::mem::take(&mut self.for_window)
    }

    fn do_here(&mut self, task: Task, ctx: &Context) {
        match task {
            Task::Copy(text) => ctx.copy_text(text),
            Task::FocusPhrase => ctx.memory_mut(|memory| memory.request_focus(panels::phrase_id())),
            Task::FocusLabelPhrase => ctx.memory_mut(|memory| memory.request_focus(panels::label_phrase_id())),
            Task::Fullscreen(on) => ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(on)),
            other => self.for_window.push(other),
        }
    }

    /// Gives egui the theme and the size of text that are set, where they have changed.
    fn dress(&mut self, ctx: &Context) {
        let wanted = (self.state.settings.theme, self.state.settings.zoom);
        if self.dressed == Some(wanted) {
            return;
        }
        ctx.set_theme(match wanted.0 {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
        });
        ctx.set_zoom_factor(wanted.1);
        self.dressed = Some(wanted);
    }
}

/// Commands whose keys were pressed.
fn keys(state: &State, ctx: &Context) -> Vec<Command> {
    let typing = ctx.text_edit_focused();
    let mut items = items();
    // A key with more modifiers is asked first: egui's matching overlooks additional ones.
    items.sort_by_key(|item| {
        std::cmp::Reverse(item.keys.map_or(0, |keys| {
            let held = keys.modifiers;
            [held.shift, held.command, held.alt].iter().filter(|held| **held).count()
        }))
    });
    let mut commands = Vec::new();
    for item in items {
        let Some(keys) = item.keys else { continue };
        let behind_dialog = state.dialog.is_some() && !matches!(item.command, Command::Show(_) | Command::Quit);
        let for_map = is_drawing(state.tool) && matches!(keys.logical_key, Key::Delete | Key::Backspace);
        if behind_dialog || for_map || (typing && item.yields_to_text()) {
            continue;
        }
        if ctx.input_mut(|input| input.consume_shortcut(&keys)) {
            commands.push(item.command);
        }
    }
    commands
}

/// Whether a tool takes corners away with the keys that delete.
fn is_drawing(tool: Tool) -> bool {
    matches!(tool, Tool::Polygon | Tool::Line | Tool::Vertices(..))
}

/// Files that were dropped onto the window.
fn dropped(ctx: &Context) -> Option<Command> {
    let paths: Vec<_> = ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
    (!paths.is_empty()).then_some(Command::Open(paths))
}
