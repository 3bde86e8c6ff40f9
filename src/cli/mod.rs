//! The command line, one file a command.

mod asks;
mod batch;
mod console;
mod dataset;
mod doctor;
mod eval;
mod info;
mod keep;
mod model;
mod one;
mod outputs;
mod parse;
mod phrases;
mod report;
mod scenes;
mod segment;
mod train;
mod values;
mod window;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Kind, Result};

pub use window::{Theme, WindowRequest};

/// Find objects in satellite and aerial pictures by describing them.
#[derive(Debug, Parser)]
#[command(name = "referent", version, about, max_term_width = 110, args_conflicts_with_subcommands = true)]
#[command(override_usage = "referent [OPTIONS] [SCENE]...\n       referent <COMMAND>")]
#[command(after_help = "Without a command the window opens.\n\
    Exit codes: 0 done, 1 failed (one message on standard error), 2 wrong usage, 130 stopped with Ctrl-C.\n\
    Everything runs on this machine; no socket is opened unless --remote is given.")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    window: window::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Describe a raster: size, bands, coordinate system, ground resolution, valid part, warnings
    Info(info::Arguments),
    /// Find what a phrase describes and write it as polygons or a mask
    Segment(Box<segment::Arguments>),
    /// Show how a phrase is read
    Parse(parse::Arguments),
    /// Teach a model from data sets of pictures, phrases and masks
    Train(Box<train::Arguments>),
    /// Say how good a model is on a data set, and show where it fails
    Eval(Box<eval::Arguments>),
    /// Describe and check data sets
    Dataset(dataset::Arguments),
    /// Import, describe, check and list models
    Model(model::Arguments),
    /// Show graphics adapters, GDAL and PROJ data, models, and what would be used and why
    Doctor(doctor::Arguments),
}

/// Runs the program on `arguments` (the first is its name) and returns its exit code. Without a command `open` opens the window.
pub fn run(arguments: impl IntoIterator<Item = OsString>, open: impl FnOnce(WindowRequest) -> Result<()>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are not errors; printing can only fail when nobody listens any more.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let result = match arguments.command {
        Some(Command::Info(arguments)) => info::run(&arguments),
        Some(Command::Segment(arguments)) => segment::run(&arguments),
        Some(Command::Parse(arguments)) => parse::run(&arguments),
        Some(Command::Train(arguments)) => train::run(&arguments),
        Some(Command::Eval(arguments)) => eval::run(&arguments),
        Some(Command::Dataset(arguments)) => dataset::run(&arguments),
        Some(Command::Model(arguments)) => model::run(&arguments),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments),
        None => arguments.window.request().and_then(open),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::complain(&error);
            ExitCode::from(exit_code(&error))
        }
    }
}

/// The exit code an error ends the program with.
fn exit_code(error: &Error) -> u8 {
    match error.kind() {
        Kind::Failed => 1,
        Kind::Usage => 2,
        Kind::Cancelled => 130,
    }
}
