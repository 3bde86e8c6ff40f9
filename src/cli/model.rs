//! `referent model`: import, describe, check and list models.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::console;
use crate::error::{Error, Result};
use crate::files;
use crate::model::catalogue;
use crate::model::check::{Check, check};
use crate::model::weights::describe::describe;
use crate::model::weights::{Card, ConfigHints, ImportOptions, ModelFile, import};
use crate::query::choose;

/// Arguments of `referent model`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Turn a checkpoint of the published program, or weights to start from, into a model file
    Import(Import),
    /// Print configuration, parameter count, hash and provenance
    Info(Info),
    /// Run the network on the inputs of a fixture folder and compare with its logits
    Check(CheckArguments),
    /// List the models that --model knows by name
    List(List),
}

#[derive(Debug, Args)]
struct Import {
    /// What the official training script saves (.pth), a Swin or BERT checkpoint, or safetensors
    source: PathBuf,
    /// Where the model goes
    #[arg(short, long, value_name = "X.safetensors")]
    output: PathBuf,
    /// What the shapes cannot tell: JSON with fusion_heads, BERT heads, ...
    #[arg(long, value_name = "FILE.json")]
    config: Option<PathBuf>,
    /// What the model is, where it comes from, its licence: JSON
    #[arg(long, value_name = "FILE.json")]
    card: Option<PathBuf>,
    /// Stores weights in half precision
    #[arg(long)]
    f16: bool,
}

#[derive(Debug, Args)]
struct Info {
    /// A bundled name or a file
    model: String,
    /// Prints one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct CheckArguments {
    /// A bundled name or a file
    model: String,
    /// Folder with inputs.safetensors and expected logits
    folder: PathBuf,
    /// Largest absolute difference of a logit
    #[arg(long, default_value_t = 1e-3)]
    tolerance: f64,
    /// Where the network runs
    #[arg(long, value_enum, default_value = "cpu")]
    device: super::values::Device,
}

#[derive(Debug, Args)]
struct List {
    /// Prints one line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.command {
        Command::Import(arguments) => run_import(arguments),
        Command::Info(arguments) => run_info(arguments),
        Command::Check(arguments) => run_check(arguments),
        Command::List(arguments) => run_list(arguments),
    }
}

fn run_import(arguments: &Import) -> Result<()> {
    let given = [Some(arguments.source.as_path()), arguments.config.as_deref(), arguments.card.as_deref()];
    files::check_distinct(given.into_iter().flatten(), &[&arguments.output])?;
    let hints = arguments.config.as_deref().map(ConfigHints::read).transpose()?.unwrap_or_default();
    let imported = import(&arguments.source, &ImportOptions { hints, half: arguments.f16 })?;
    let mut card = imported.card()?;
    if let Some(path) = &arguments.card {
        card = described(card, path)?;
    }
    imported.write(&arguments.output, &card)?;
    for notice in &imported.report().notices {
        console::warn(notice);
    }
    console::say(describe(&ModelFile::open(&arguments.output)?)?.to_string())?;
    Ok(())
}

/// The card with what the JSON file at `path` says in place of its own words. Network, source and hash stay those of
/// the weights.
fn described(card: Card, path: &Path) -> Result<Card> {
    let failed = |why: String| {
        Error::new(
            format!("cannot use the card {}", path.display()),
            why,
            "give a JSON object with what, trained_on, licence, metrics, resolution, classes, notes",
        )
    };
    let text = std::fs::read_to_string(path).map_err(|cause| failed(cause.to_string()))?;
    let given: serde_json::Map<_, _> = serde_json::from_str(&text).map_err(|cause| failed(cause.to_string()))?;
    let mut fields = match serde_json::to_value(&card) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    for (key, value) in given {
        if ["config", "source", "hash"].contains(&key.as_str()) {
            return Err(failed(format!("{key} follows from the weights and cannot be given")));
        }
        fields.insert(key, value);
    }
    serde_json::from_value(fields.into()).map_err(|cause| failed(cause.to_string()))
}

fn run_info(arguments: &Info) -> Result<()> {
    let description = describe(&ModelFile::open(&catalogue::find(&arguments.model)?)?)?;
    if arguments.json {
        return console::say_json(&description);
    }
    console::say(description.to_string())?;
    Ok(())
}

fn run_check(arguments: &CheckArguments) -> Result<()> {
    if arguments.tolerance.is_nan() || arguments.tolerance < 0.0 {
        return Err(Error::usage("cannot compare", "the tolerance is negative or no number", "1e-3 is the default"));
    }
    let path = catalogue::find(&arguments.model)?;
    let Check { maximum_absolute, maximum_relative, argmax_agreement, seconds } =
        check(&path, &arguments.folder, &choose(arguments.device.into())?.device)?;
    // A NaN is never within a tolerance.
    let within = maximum_absolute <= arguments.tolerance;
    console::say_json(&json!({
        "model": path,
        "fixture": arguments.folder,
        "max_abs_error": maximum_absolute,
        "max_rel_error": maximum_relative,
        "argmax_agreement": argmax_agreement,
        "seconds": seconds,
        "tolerance": arguments.tolerance,
        "within": within,
    }))?;
    if within {
        return Ok(());
    }
    Err(Error::new(
        format!("the network does not agree with the fixture {}", arguments.folder.display()),
        format!("logits differ by up to {maximum_absolute:.3e}, more than {:.3e}", arguments.tolerance),
        "check that model and fixture belong together, and what --config says of fusion and BERT heads",
    ))
}

fn run_list(arguments: &List) -> Result<()> {
    let entries = catalogue::list();
    if arguments.json {
        return console::say_json(&entries);
    }
    for entry in &entries {
        console::say(entry.to_string())?;
    }
    if entries.is_empty() {
        console::warn("no model was found; referent doctor says where they are looked for");
    }
    Ok(())
}
