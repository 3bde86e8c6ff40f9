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
mod parse;
mod phrases;
mod report;
mod scenes;
mod segment;
mod train;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Kind};

/// Find objects in satellite and aerial pictures by describing them.
#[derive(Debug, Parser)]
#[command(name = "referent", version, about, max_term_width = 110, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed (one message on standard error), 2 wrong usage, 130 stopped with Ctrl-C.\n\
    Everything runs on this machine; no socket is opened unless --remote is given."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
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

/// Runs the program on `arguments` (the first is its name) and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are not errors; printing can only fail when nobody listens any more.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let result = match arguments.command {
        Command::Info(arguments) => info::run(&arguments),
        Command::Segment(arguments) => segment::run(&arguments),
        Command::Parse(arguments) => parse::run(&arguments),
        Command::Train(arguments) => train::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Dataset(arguments) => dataset::run(&arguments),
        Command::Model(arguments) => model::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
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
