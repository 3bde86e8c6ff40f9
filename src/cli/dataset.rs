//! `referent dataset`: what a data set holds, and what is wrong with it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::console;
use crate::error::Result;
use crate::train::dataset::Dataset;
use crate::train::dataset::check::check;

/// Arguments of `referent dataset`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Count pictures, objects and phrases, and name missing files, bad masks, doubles and leaking splits
    Info(Info),
}

#[derive(Debug, Args)]
struct Info {
    /// A folder of triplets, RefSegRS, RRSIS-D, or a COCO file or folder. Several are compared as one
    #[arg(required = true)]
    dataset: Vec<PathBuf>,
    /// Prints one line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let Command::Info(Info { dataset, json }) = &arguments.command;
    let job = console::job();
    console::stop_on_ctrl_c(&job, Vec::new())?;
    // What is left out is in the report.
    let parts = dataset.iter().map(|path| Dataset::open(path, &job.unheard())).collect::<Result<Vec<_>>>()?;
    let report = check(&Dataset::join(parts), &job)?;
    if *json { console::say_json(&report) } else { console::say(report.to_string()) }
}
