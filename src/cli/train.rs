//! `referent train`: teach a model from data sets of pictures, phrases and masks.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::console;
use crate::error::{Error, Result};
use crate::job::span;
use crate::model::catalogue;
use crate::model::weights::ModelFile;
use crate::train::events::{Event, Stopped};
use crate::train::freeze::Freeze;
use crate::train::recipe::{Budget, Change, Recipe};
use crate::train::run::{Order, train};

/// Arguments of `referent train`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    referent train --dataset labels --freeze encoder --minutes 5 --out my-model\n  \
    referent train --dataset labels --replay known --epochs 20 --out my-model\n  \
    referent train --recipe my-model/recipe.json --dataset labels --out again\n\n\
    The folder then holds best.safetensors (use it as --model), last.safetensors, the recipe, a checkpoint to go on from \
    (--resume), events.jsonl and validations.jsonl.")]
pub struct Arguments {
    /// What to learn: a folder of triplets, RefSegRS, RRSIS-D, or a COCO file or folder. May be given several times
    #[arg(long, value_name = "PATH", required = true)]
    dataset: Vec<PathBuf>,
    /// What is known already and shall not be forgotten: half of the pictures seen come from here
    #[arg(long, value_name = "PATH")]
    replay: Vec<PathBuf>,
    /// The network to train: a bundled name (see `referent model list`) or a file
    #[arg(long, default_value = "lite")]
    model: String,
    /// Weights to start from instead of the model's own; of the same network
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// How to train, as JSON; every run writes its own as recipe.json. Other options go before it
    #[arg(long, value_name = "FILE.json")]
    recipe: Option<PathBuf>,
    /// What stays as it is; the image encoder is what takes longest
    #[arg(long, value_enum)]
    freeze: Option<Part>,
    /// Shows every picture whole and as it is, neither turned nor recoloured: for a model that shall know just these pictures
    #[arg(long)]
    unchanged: bool,
    /// Times every picture is seen
    #[arg(long, value_name = "N", group = "budget")]
    epochs: Option<f64>,
    /// Minutes of training, validation not counted
    #[arg(long, value_name = "N", group = "budget")]
    minutes: Option<f64>,
    /// Steps; such a run can be repeated exactly
    #[arg(long, value_name = "N", group = "budget")]
    steps: Option<u64>,
    /// Seed of everything that is drawn
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Where model, checkpoint and logs go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Goes on with the run in --out, from where it stopped
    #[arg(long)]
    resume: bool,
    /// Where the network runs
    #[arg(long, value_enum, default_value = "auto")]
    device: super::values::Device,
    /// Prints every event as a line of JSON
    #[arg(long)]
    json: bool,
}

/// Values of `--freeze`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Part {
    /// Everything is trained
    Nothing,
    /// The first stages of the image encoder stay, and the text encoder
    Early,
    /// The image encoder stays
    Encoder,
    /// The text encoder stays; lite's always does
    Text,
    /// Both encoders stay
    Heads,
}

impl From<Part> for Freeze {
    fn from(part: Part) -> Self {
        match part {
            Part::Nothing => Self::Nothing,
            Part::Early => Self::Early,
            Part::Encoder => Self::Encoder,
            Part::Text => Self::Text,
            Part::Heads => Self::Heads,
        }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let job = console::job();
    console::stop_on_ctrl_c(&job, vec![arguments.out.clone()])?;
    let order = order(arguments)?;
    let shown = Shown::new(arguments.json);
    let outcome = train(&order, &|event| shown.show(event), &job)?;
    shown.end();
    if arguments.json {
        return Ok(());
    }
    let why = match outcome.why {
        Stopped::Done => "the budget is spent",
        Stopped::Settled => "it did not get better any more",
        Stopped::Cancelled => "it was stopped; --resume goes on",
    };
    let figure = outcome.progress.best.map_or(String::new(), |best| format!(", best validation {best:.3}"));
    let time = span(outcome.progress.seconds);
    console::say(format!("{} steps in {time}{figure}: {why}", outcome.progress.step))?;
    console::say(format!("  {}", outcome.model.display()))
}

fn order(arguments: &Arguments) -> Result<Order> {
    let model = catalogue::find(&arguments.model)?;
    let network = ModelFile::open(&model)?.config().kind();
    let start = arguments.from.clone().unwrap_or(model);
    let found = ModelFile::open(&start)?.config().kind();
    if found != network {
        return Err(Error::usage(
            format!("cannot start from {}", start.display()),
            format!("it is of the network {found} and --model says {network}"),
            "name a --model of the same network",
        ));
    }
    let budget = match (arguments.steps, arguments.epochs, arguments.minutes) {
        (Some(steps), _, _) => Some(Budget::Steps(steps)),
        (_, Some(epochs), _) => Some(Budget::Epochs(epochs)),
        (_, _, Some(minutes)) => Some(Budget::Minutes(minutes)),
        _ => None,
    };
    let mut recipe = match (&arguments.recipe, budget) {
        (Some(path), _) => Recipe::read(path)?,
        (None, None) if arguments.resume => Recipe::read(&arguments.out.join(crate::train::trainer::RECIPE))?,
        (None, budget) => {
            let budget = budget.unwrap_or(Budget::Epochs(20.0));
            if network == "fianet" { Recipe::fianet(budget) } else { Recipe::lite(budget) }
        }
    };
    recipe.budget = budget.unwrap_or(recipe.budget);
    recipe.freeze = arguments.freeze.map_or(recipe.freeze, Freeze::from);
    if arguments.unchanged {
        recipe.views.change = Change::None;
    }
    recipe.seed = arguments.seed.unwrap_or(recipe.seed);
    recipe.check()?;
    Ok(Order {
        datasets: arguments.dataset.clone(),
        replay: arguments.replay.clone(),
        start,
        recipe,
        folder: arguments.out.clone(),
        device: arguments.device.into(),
        suits: arguments.recipe.is_none(),
        resume: arguments.resume,
    })
}

/// Thousandths of a run: the bar's length.
const LENGTH: u64 = 1000;
/// Time between two lines where standard error is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(30);
/// How a run looks on a terminal.
const TEMPLATE: &str = "{bar:30} {percent:>3} % {msg}";

/// Shows the events of a run: as JSON on standard output, as a bar on a terminal, as a line now and then elsewhere.
struct Shown {
    as_json: bool,
    bar: Option<ProgressBar>,
    told: Mutex<Option<Instant>>,
}

impl Shown {
    fn new(as_json: bool) -> Self {
        let bar = (std::io::stderr().is_terminal() && !as_json).then(|| {
            let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(LENGTH).with_style(style)
        });
        Self { as_json, bar, told: Mutex::new(None) }
    }

    fn show(&self, event: &Event) {
        if self.as_json {
            // Nobody listens any more: the run goes on all the same.
            let _ = console::say_json(event);
            return;
        }
        match event {
            Event::Step(step) => {
                let iou = step.iou.map_or(String::new(), |iou| format!(", IoU {iou:.2}"));
                let text = format!(
                    "step {}, loss {:.3}{iou}, {:.1} phrases/s, {} left",
                    step.step,
                    step.loss,
                    step.samples_per_second,
                    span(step.remaining.as_secs_f64())
                );
                if let Some(bar) = &self.bar {
                    bar.set_position((step.progress.clamp(0.0, 1.0) * LENGTH as f64) as u64);
                    bar.set_message(text);
                    return;
                }
                let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if told.is_none_or(|told| told.elapsed() >= BETWEEN_LINES) {
                    *told = Some(Instant::now());
                    line(&text);
                }
            }
            Event::Validated { step, figure, best } => {
                let text =
                    format!("step {step}: validation {figure:.3}{}", if *best { ", the best so far" } else { "" });
                match &self.bar {
                    Some(bar) => bar.println(text),
                    None => line(&text),
                }
            }
            Event::Started { pictures, validation, device } => {
                line(&format!("{pictures} pictures to learn from, {validation} to choose by, on {device}"));
            }
            Event::Saved { .. } | Event::Finished { .. } => {}
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
