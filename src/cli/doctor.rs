//! `referent doctor`: what this machine has, and what would be used and why.

use clap::Args;
use serde::Serialize;

use super::console;
use crate::assets;
use crate::error::Result;
use crate::model::catalogue;
use crate::query::{Adapter, DeviceChoice, adapters, choose};
use crate::raster::Versions;

/// Arguments of `referent doctor`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Prints one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Findings {
    version: &'static str,
    adapters: Vec<Adapter>,
    device: String,
    device_reason: String,
    threads: usize,
    gdal: Versions,
    assets: Vec<String>,
    models: Vec<catalogue::Entry>,
    problems: Vec<String>,
}

/// Runs the command. Problems are findings, not failures of the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let chosen = choose(DeviceChoice::Auto)?;
    let gdal = Versions::find();
    let models = catalogue::list();
    let mut problems = gdal.problems();
    if models.is_empty() {
        problems.push(format!("no model was found; set {} to the folder that came with the program", assets::VARIABLE));
    }
    problems.extend(models.iter().filter(|m| !m.usable).map(|m| format!("the model {} {}", m.name, m.what)));
    if let Err(error) = assets::find("text/wordpiece.tokenizer.json") {
        problems.push(error.to_string());
    }
    let findings = Findings {
        version: env!("CARGO_PKG_VERSION"),
        adapters: adapters(),
        device: chosen.name,
        device_reason: chosen.reason,
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        gdal,
        assets: assets::folders().iter().filter(|f| f.is_dir()).map(|f| f.display().to_string()).collect(),
        models,
        problems,
    };
    if arguments.json {
        return console::say_json(&findings);
    }
    print(&findings)
}

fn print(findings: &Findings) -> Result<()> {
    console::say(format!("referent {}", findings.version))?;
    console::say("graphics adapters:")?;
    if findings.adapters.is_empty() {
        console::say("  none")?;
    }
    for adapter in &findings.adapters {
        console::say(format!("  {} ({}, {}, {})", adapter.name, adapter.kind, adapter.api, adapter.driver))?;
    }
    console::say(format!("the network would run on: {} because {}", findings.device, findings.device_reason))?;
    console::say(format!("processor threads: {}", findings.threads))?;
    console::say(format!("GDAL: {}", findings.gdal))?;
    console::say("models:")?;
    for model in &findings.models {
        console::say(format!("  {model}"))?;
    }
    console::say(format!("bundled files: {}", findings.assets.join(", ")))?;
    if findings.problems.is_empty() {
        console::say("no problem found")?;
    }
    for problem in &findings.problems {
        console::say(format!("problem: {problem}"))?;
    }
    Ok(())
}
