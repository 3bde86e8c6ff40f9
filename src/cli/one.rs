//! One phrase asked of one scene: the answer or a share of the work for it, and what is said of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::console;
use super::outputs::write;
use super::report::{RunReport, peak_memory};
use super::segment::Arguments;
use crate::error::{Error, Result};
use crate::files;
use crate::job::{Job, span};
use crate::query::{self, Answer, Engine, Explanation, FeatureCache, Journal, Keeping, Options, Share};
use crate::raster::Scene;
use crate::text::Phrase;
use crate::vector::export::OutputCrs;

/// One phrase on one scene.
pub struct One<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) scene: Scene,
    pub(super) phrase: Phrase,
    pub(super) options: Options,
    pub(super) target: OutputCrs,
    pub(super) cache: Option<&'a FeatureCache>,
    pub(super) engine: &'a Engine,
    pub(super) job: Job,
}

impl One<'_> {
    /// Answers, writes and says what was found.
    ///
    /// # Errors
    /// When the scene cannot be read, an output not be written, or the user stopped it.
    pub fn answer(self, report: &mut RunReport) -> Result<()> {
        // First, as a frame that is too large for it is refused before the long work.
        let explanation = self.explanation()?;
        let (journal, shares) = self.journal()?;
        let Self { arguments, scene, phrase, options, target, cache, engine, job } = self;
        let keeping = Keeping { cache, journal: Some(&journal), share: None };
        let answer = query::ask_keeping(&scene, &phrase, engine, &options, keeping, &job)?;
        for notice in &answer.notices {
            console::warn(notice);
        }
        // What was found is written even after Ctrl-C, so a cancelled job must not stop it.
        let writing = if job.is_cancelled() { Job::unwatched() } else { job };
        for output in &arguments.output {
            write(&answer, output, &target, &writing)?;
        }
        if let Some(path) = &arguments.probability {
            answer.write_probability(path, &writing)?;
        }
        if let (Some(folder), Some(explanation)) = (&arguments.explain, explanation) {
            explanation.write(folder, &writing)?;
        }
        let summary = summary(arguments, &scene, engine, &answer);
        report.add(summary.clone(), Some(&answer.report));
        summarise(arguments, engine, &answer, &summary)?;
        if answer.report.cancelled {
            let kept = format!(
                "what was found until then is in {}; the same command with --resume goes on",
                list(&arguments.output)
            );
            return Err(Error::cancelled("the scene was not finished", kept));
        }
        journal.finish(&shares)
    }

    /// What the network attends to, where that is wanted.
    fn explanation(&self) -> Result<Option<Explanation>> {
        let explain = |_| query::explain(&self.scene, &self.phrase, self.engine, &self.options, self.cache, &self.job);
        self.arguments.explain.as_ref().map(explain).transpose()
    }

    /// The journal beside the first output, and those of shares that it goes on from.
    fn journal(&self) -> Result<(Journal, Vec<PathBuf>)> {
        let output = self.first_output();
        let asked = query::request(&self.scene, &self.phrase, self.engine, &self.options)?;
        let path = files::with_ending(output, ".resume");
        if !self.arguments.resume {
            if path.is_file() {
                console::warn(format!(
                    "{} of an earlier run is given up; --resume would go on from it",
                    path.display()
                ));
            }
            return Ok((Journal::begin(&path, &asked), Vec::new()));
        }
        let shares = shares_beside(output);
        match Journal::go_on(&path, &shares, &asked)? {
            Some(journal) => Ok((journal, shares)),
            None => {
                console::warn(format!("nothing to go on from beside {}: this is the beginning", output.display()));
                Ok((Journal::begin(&path, &asked), Vec::new()))
            }
        }
    }

    /// Looks at one share of the windows, for a later run that puts shares together.
    ///
    /// # Errors
    /// As [`One::answer`].
    pub fn look_at_share(self, share: Share, report: &mut RunReport) -> Result<()> {
        let asked = query::request(&self.scene, &self.phrase, self.engine, &self.options)?;
        let path = files::with_ending(self.first_output(), &format!("{SHARE}{}-of-{}", share.number, share.count));
        let before = if self.arguments.resume { Journal::go_on(&path, &[], &asked)? } else { None };
        let journal = before.unwrap_or_else(|| Journal::begin(&path, &asked));
        let keeping = Keeping { cache: self.cache, journal: Some(&journal), share: Some(share) };
        let windows = query::look_at_share(&self.scene, &self.phrase, self.engine, &self.options, keeping, &self.job)?;
        let summary = json!({
            "scene": self.scene.source(),
            "phrase": self.phrase.sentence,
            "share": [share.number, share.count],
            "windows": windows,
            "outputs": [path],
        });
        report.add(summary.clone(), Some(&windows));
        if windows.cancelled {
            return Err(Error::cancelled("the share was not finished", "the same command with --resume goes on"));
        }
        if self.arguments.json {
            return console::say_json(&summary);
        }
        console::say(format!(
            "share {} of {}: {} windows in {}; when all are there, run the command with --resume instead of --shard",
            share.number,
            share.count,
            windows.seen(),
            path.display()
        ))
    }

    /// The output beside which the journal lies.
    fn first_output(&self) -> &Path {
        self.arguments.output.first().map_or(Path::new("referent"), PathBuf::as_path)
    }
}

/// What the name of a share's journal has after that of the output, before its number.
const SHARE: &str = ".shard-";

/// The journals of shares beside an output, in a fixed order.
fn shares_beside(output: &Path) -> Vec<PathBuf> {
    let begin = output.file_name().map(|name| format!("{}{SHARE}", name.to_string_lossy())).unwrap_or_default();
    let is_share = |name: &str| {
        let numbers = name.strip_prefix(&begin).and_then(|rest| rest.split_once("-of-"));
        numbers.is_some_and(|(a, b)| a.parse::<u64>().is_ok() && b.parse::<u64>().is_ok())
    };
    let entries = std::fs::read_dir(files::folder_of(output)).into_iter().flatten().flatten();
    let mut shares: Vec<PathBuf> =
        entries.filter(|entry| is_share(&entry.file_name().to_string_lossy())).map(|entry| entry.path()).collect();
    shares.sort();
    shares
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// What is said of an answer in JSON.
fn summary(arguments: &Arguments, scene: &Scene, engine: &Engine, answer: &Answer) -> Value {
    let (total, unit) = answer.total_area();
    json!({
        "scene": scene.source(),
        "phrase": answer.phrase,
        "asked": answer.asked,
        "frame": answer.frame,
        "decided_by": answer.decided,
        "count": answer.found.len(),
        "area": total,
        "area_unit": unit,
        "presence": answer.presence,
        "gsd_m": answer.lattice.level.gsd_m,
        "windows": answer.report,
        "model": { "name": engine.card().name, "sha256": engine.model_hash() },
        "device": engine.device_name(),
        "outputs": arguments.rasters_and_polygons(),
        "peak_memory_bytes": peak_memory(),
        "notices": answer.notices,
    })
}

fn summarise(arguments: &Arguments, engine: &Engine, answer: &Answer, summary: &Value) -> Result<()> {
    if arguments.json {
        return console::say_json(summary);
    }
    let (total, unit) = answer.total_area();
    let count = answer.found.len();
    let best = answer.found.first().map_or(String::new(), |found| format!(", best score {:.2}", found.instance.score));
    let kept = match answer.report.from_cache {
        0 => String::new(),
        windows => format!(", {windows} of {} windows from the cache", answer.report.windows),
    };
    console::say(format!(
        "{count} object{} for \"{}\" ({total:.1} {unit}{best}) in {} on {}{kept}",
        if count == 1 { "" } else { "s" },
        answer.phrase,
        span(answer.report.seconds),
        engine.device_name(),
    ))?;
    for path in arguments.rasters_and_polygons() {
        console::say(format!("  {}", path.display()))?;
    }
    Ok(())
}
