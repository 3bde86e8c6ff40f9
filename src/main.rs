//! The program: arguments in, exit code out.

use std::process::ExitCode;

use referent::app::{self, Launch};
use referent::cli::{self, Theme, WindowRequest};

fn main() -> ExitCode {
    quiet_graphics();
    cli::run(std::env::args_os(), |request| app::run(launch(request)))
}

/// What the command line asks of the window, in the window's words.
fn launch(request: WindowRequest) -> Launch {
    let WindowRequest { scenes, phrase, screenshot, size, theme, commands } = request;
    let theme = theme.map(|theme| match theme {
        Theme::Light => app::state::ThemeChoice::Light,
        Theme::Dark => app::state::ThemeChoice::Dark,
    });
    Launch { scenes, phrase, screenshot, size, commands, theme }
}

/// Graphics drivers complain on standard error, once a start, when no folder for sockets is named, as on most servers.
fn quiet_graphics() {
    const FOLDER: &str = "XDG_RUNTIME_DIR";
    if std::env::var_os(FOLDER).is_none() {
        // SAFETY: this is the first thing the program does, so no other thread reads the environment meanwhile.
        unsafe { std::env::set_var(FOLDER, std::env::temp_dir()) };
    }
}
