//! `referent eval`: how good a model is on a data set.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::console;
use crate::error::Result;
use crate::files::{beside, check_distinct};
use crate::model::catalogue;
use crate::train::calibrate::Reliability;
use crate::train::dataset::Split;
use crate::train::finish::recalibrate;
use crate::train::judge::{Judged, Order, judge};
use crate::train::recipe::{Budget, Recipe};

/// Arguments of `referent eval`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    referent eval --model my-model/best.safetensors --dataset labels --split val\n  \
    referent eval --model lite --dataset coco --split val --recipe my-model/recipe.json --worst sheet\n\n\
    Pictures with labelled objects and no phrases get phrases written about them, the same for the same recipe.")]
pub struct Arguments {
    /// Model: a bundled name (see `referent model list`) or a file
    #[arg(long, default_value = "lite")]
    model: String,
    /// What to try it on: a folder of triplets, RefSegRS, RRSIS-D, or a COCO file or folder. May be given several times
    #[arg(long, value_name = "PATH", required = true)]
    dataset: Vec<PathBuf>,
    /// Which pictures; all of them if not given
    #[arg(long, value_enum)]
    split: Option<SplitName>,
    /// Recipe of a run: the size of pictures, and how phrases are written where there are only labelled objects
    #[arg(long, value_name = "FILE.json")]
    recipe: Option<PathBuf>,
    /// Who answers
    #[arg(long = "as", value_enum, default_value = "network")]
    answered_by: By,
    /// Where the network runs
    #[arg(long, value_enum, default_value = "auto")]
    device: super::values::Device,
    /// Prints one line of JSON
    #[arg(long)]
    json: bool,
    /// Writes a copy of the model here whose probabilities fit these pictures: with `--as program` that something is there and the
    /// limit below which it is denied, else those of pixels too. Give pictures it did not learn from
    #[arg(long, value_name = "FILE.safetensors")]
    calibrated: Option<PathBuf>,
    /// Writes a picture sheet of the worst cases into this folder
    #[arg(long, value_name = "DIR")]
    worst: Option<PathBuf>,
}

/// Values of `--split`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SplitName {
    /// To learn from
    Train,
    /// To choose by
    Val,
    /// To report on
    Test,
}

/// Values of `--as`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The network alone is asked the whole sentence, as the published figures are made
    Network,
    /// The whole program: the network finds, geometry decides
    Program,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let job = console::job();
    console::stop_on_ctrl_c(&job, arguments.worst.iter().cloned().collect())?;
    let recipe = match &arguments.recipe {
        Some(path) => Recipe::read(path)?,
        None => Recipe::lite(Budget::Epochs(1.0)),
    };
    let model = catalogue::find(&arguments.model)?;
    if let Some(copy) = &arguments.calibrated {
        // Before minutes of work, not after.
        check_distinct([&*model], &[copy])?;
        beside(copy)?;
    }
    let judged = judge(
        &Order {
            model: model.clone(),
            datasets: arguments.dataset.clone(),
            split: arguments.split.map(|split| match split {
                SplitName::Train => Split::Train,
                SplitName::Val => Split::Val,
                SplitName::Test => Split::Test,
            }),
            recipe,
            by_program: arguments.answered_by == By::Program,
            device: arguments.device.into(),
        },
        arguments.worst.as_deref(),
        &job,
    )?;
    if arguments.json {
        console::say_json(&json!({
            "model": arguments.model,
            "dataset": arguments.dataset,
            "answered_by": if arguments.answered_by == By::Program { "program" } else { "network" },
            "figures": judged.summary,
            "generalised_iou": judged.summary.overall.generalised_iou(),
            "reliability": json!({"mask": judged.reliability[0], "presence": judged.reliability[1]}),
            "fitted": judged.fitted,
        }))?;
    } else {
        say(&judged)?;
    }
    // Last, as the figures are worth having where there is too little to calibrate by.
    arguments.calibrated.as_ref().map_or(Ok(()), |copy| recalibrate(&model, judged.fitted, copy))
}

fn say(judged: &Judged) -> Result<()> {
    console::say(judged.summary.to_string())?;
    let titled = ["probability of a pixel", "presence"].into_iter().zip(&judged.reliability);
    for (title, table) in titled.filter_map(|(title, table)| Some((title, table.as_ref()?))) {
        console::say(reliability(title, table))?;
    }
    Ok(())
}

/// What was said and what was so, in percent.
fn reliability(title: &str, table: &Reliability) -> String {
    let mut text = format!(
        "{title}: off by {:.1} % on average\n{:>9} {:>9} {:>9}",
        table.error * 100.0,
        "said",
        "was so",
        "times"
    );
    for bin in table.bins.iter().filter(|bin| bin.count > 0) {
        text += &format!("\n{:>9.1} {:>9.1} {:>9}", bin.said * 100.0, bin.so * 100.0, bin.count);
    }
    text
}
