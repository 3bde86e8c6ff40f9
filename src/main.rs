//! The program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    quiet_graphics();
    referent::cli::run(std::env::args_os())
}

/// Graphics drivers complain on standard error, once a start, when no folder for sockets is named, as on most servers.
fn quiet_graphics() {
    const FOLDER: &str = "XDG_RUNTIME_DIR";
    if std::env::var_os(FOLDER).is_none() {
        // SAFETY: this is the first thing the program does, so no other thread reads the environment meanwhile.
        unsafe { std::env::set_var(FOLDER, std::env::temp_dir()) };
    }
}
