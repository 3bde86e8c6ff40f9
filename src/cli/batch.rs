//! Many scenes and phrases in one run, an output each: `referent segment --batch`, and `--scenes` with `--phrases`.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use image::GrayImage;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::asks::Ask;
use super::report::RunReport;
use super::{console, outputs};
use crate::error::{Error, Kind, Result};
use crate::files::{self, write_whole};
use crate::job::Job;
use crate::query::{self, Answer, Engine, FeatureCache, Journal, Keeping, Options, Share};
use crate::raster::{Access, Scene};
use crate::text::Phrase;

/// Values of `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A mask of 0 and 255 in the scene's size
    Png,
    /// Polygons
    Geojson,
    /// Polygons
    Gpkg,
    /// Polygons
    Shp,
    /// A mask on the map
    Tif,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Geojson => "geojson",
            Self::Gpkg => "gpkg",
            Self::Shp => "shp",
            Self::Tif => "tif",
        }
    }
}

/// What is asked for.
#[derive(Debug)]
pub struct Request<'a> {
    /// What to ask, in order.
    pub asks: Vec<Ask>,
    /// Where the outputs go.
    pub folder: &'a Path,
    /// What they are.
    pub format: Format,
    /// CRS of polygons, as `--crs` names it.
    pub crs: Option<&'a str>,
    /// Whether each summary is printed as JSON.
    pub as_json: bool,
    /// Where scenes may lie.
    pub access: Access,
    /// The share of the list that is this run's.
    pub share: Option<Share>,
    /// Whether to leave out what an earlier run did.
    pub resume: bool,
    /// Features of windows.
    pub cache: Option<&'a FeatureCache>,
}

/// A line of the file that says what is done.
#[derive(Debug, Serialize, Deserialize)]
struct Done {
    id: String,
    asked: String,
    summary: Value,
}

/// Most pixels of a PNG, which is kept whole in memory.
const MOST_PIXELS: u64 = 1 << 30;

/// Answers every ask of its share. One that fails is named and the others go on.
pub fn run(request: &Request, engine: &Engine, options: &Options, report: &mut RunReport, job: &Job) -> Result<()> {
    let folder = request.folder;
    fs::create_dir_all(folder).map_err(|cause| {
        Error::new(
            format!("cannot make the folder {}", folder.display()),
            cause.to_string(),
            "choose another --out-dir",
        )
        .because(cause)
    })?;
    let all = request.asks.len() as u64;
    let share = request.share.map_or(0..all, |share| share.of(all));
    let asks = &request.asks[share.start as usize..share.end as usize];
    let journal = folder.join(match request.share {
        Some(Share { number, count }) => format!("referent-{number}-of-{count}.resume"),
        None => "referent.resume".to_owned(),
    });
    let mut log = Log::open(journal, request.resume)?;
    let (mut failed, mut stopped) = (0, false);
    for (done, ask) in asks.iter().enumerate() {
        job.progress("images", done as u64, asks.len() as u64);
        if job.is_cancelled() {
            let kept = format!("{done} of {} outputs are in {}; --resume goes on", asks.len(), folder.display());
            return Err(Error::cancelled("the list was not finished", kept));
        }
        match answer(ask, request, engine, options, &mut log, job) {
            Ok((summary, windows)) => {
                report.add(summary.clone(), windows.as_ref());
                if request.as_json {
                    console::say_json(&summary)?;
                } else {
                    let notices = summary["notices"].as_array().into_iter().flatten().filter_map(Value::as_str);
                    notices.for_each(|notice| console::warn(format!("{}: {notice}", ask.id)));
                }
            }
            // The scene was not looked at to its end; the loop says how far the list is.
            Err(error) if error.kind() == Kind::Cancelled => stopped = true,
            Err(error) => {
                failed += 1;
                console::warn(format!("{}: {error}", ask.id));
                let summary =
                    json!({ "id": ask.id, "scene": ask.scene, "phrase": ask.phrase, "error": error.to_string() });
                report.add(summary, None);
                if request.as_json {
                    console::say_json(&json!({ "id": ask.id, "error": error.to_string() }))?;
                }
            }
        }
    }
    job.progress("images", asks.len() as u64, asks.len() as u64);
    if stopped {
        let kept = format!("what is done is in {}; --resume goes on", folder.display());
        return Err(Error::cancelled("the list was not finished", kept));
    }
    if failed > 0 {
        return Err(Error::new(
            format!("{failed} of {} lines gave no {}", asks.len(), request.format.ending()),
            "each reason is above",
            "mend these and run again with --resume",
        ));
    }
    log.remove()?;
    if !request.as_json {
        let plural = if asks.len() == 1 { "" } else { "s" };
        console::say(format!("{} output{plural} in {}", asks.len(), folder.display()))?;
    }
    Ok(())
}

/// The summary of one ask, and what became of its windows unless an earlier run did it.
fn answer(
    ask: &Ask,
    request: &Request,
    engine: &Engine,
    options: &Options,
    log: &mut Log,
    job: &Job,
) -> Result<(Value, Option<query::Report>)> {
    let phrase = Phrase::parse(&ask.phrase)?;
    let scene = Scene::open(&ask.scene, request.access)?;
    let output = request.folder.join(format!("{}.{}", ask.id, request.format.ending()));
    files::check_distinct([Path::new(&ask.scene)], &[&output])?;
    let crs = outputs::output_crs(request.crs, &scene)?;
    let [width, height] = scene.size();
    if request.format == Format::Png && width.saturating_mul(height) > MOST_PIXELS {
        return Err(Error::new(
            format!("cannot make a mask of {}", scene.source()),
            format!("it has {width} x {height} pixels and a PNG is made whole in memory"),
            "use --format tif",
        ));
    }
    let asked = query::request(&scene, &phrase, engine, options)?;
    if let Some(summary) = log.done(&ask.id, &asked).filter(|_| output.is_file()) {
        return Ok((summary, None));
    }
    let kept = files::with_ending(&output, ".resume");
    // What an earlier run left of something else is no help.
    let before = if request.resume { Journal::go_on(&kept, &[], &asked).unwrap_or(None) } else { None };
    let journal = before.unwrap_or_else(|| Journal::begin(&kept, &asked));
    let keeping = Keeping { cache: request.cache, journal: Some(&journal), share: None };
    // Progress of the list is shown, not that of each scene.
    let answer = query::ask_keeping(&scene, &phrase, engine, options, keeping, &job.unheard())?;
    if answer.report.cancelled {
        return Err(Error::cancelled(format!("{} was not finished", ask.id), "it has no output"));
    }
    let pixels = match request.format {
        Format::Png => Some(write_png(&answer, [width as usize, height as usize], &output)?),
        _ => {
            outputs::write(&answer, &output, &crs, &job.unheard())?;
            None
        }
    };
    let mut summary = json!({
        "id": ask.id,
        "scene": ask.scene,
        "phrase": ask.phrase,
        "output": output,
        "objects": answer.found.len(),
        "presence": answer.presence,
        "seconds": answer.report.seconds,
        "windows": answer.report,
        "frame": answer.frame,
        "decided_by": answer.decided,
        "model": answer.model,
        "notices": answer.notices.iter().filter(|n| !scene.warnings().contains(n)).collect::<Vec<_>>(),
    });
    if let Some(pixels) = pixels {
        summary["mask"] = json!(output);
        summary["pixels"] = json!(pixels);
    }
    log.add(&Done { id: ask.id.clone(), asked, summary: summary.clone() })?;
    journal.finish(&[])?;
    Ok((summary, Some(answer.report)))
}

/// Writes the mask in the scene's size; how many pixels are in it.
fn write_png(answer: &Answer, [width, height]: [usize; 2], path: &Path) -> Result<usize> {
    let mask = answer.pixel_mask(width, height);
    let count = mask.iter().filter(|value| **value > 0).count();
    let picture = GrayImage::from_raw(width as u32, height as u32, mask).ok_or_else(|| {
        Error::new("cannot make the mask", "its size does not fit its pixels", "this is a bug, please report it")
    })?;
    write_whole(path, |beside| {
        picture.save_with_format(beside, image::ImageFormat::Png).map_err(|cause| {
            Error::new(
                format!("cannot write {}", path.display()),
                cause.to_string(),
                "check the free space of the disk",
            )
            .because(cause)
        })
    })?;
    Ok(count)
}

/// The file in the output folder that says what is done, a line each, until the list is.
struct Log {
    path: PathBuf,
    before: HashMap<String, Done>,
    file: Option<File>,
}

impl Log {
    fn open(path: PathBuf, resume: bool) -> Result<Self> {
        let mut before = HashMap::new();
        if resume && path.is_file() {
            let text = fs::read_to_string(&path).map_err(|cause| Self::refusal(&path, cause))?;
            // A line that a killed run did not finish is no line.
            let lines = text.lines().filter_map(|line| serde_json::from_str::<Done>(line).ok());
            before.extend(lines.map(|done| (done.id.clone(), done)));
        }
        Ok(Self { path, before, file: None })
    }

    /// The summary of what an earlier run did, if it was asked the same.
    fn done(&self, id: &str, asked: &str) -> Option<Value> {
        self.before.get(id).filter(|done| done.asked == asked).map(|done| done.summary.clone())
    }

    fn add(&mut self, done: &Done) -> Result<()> {
        let Self { path, before, file } = self;
        let file = match file {
            Some(file) => file,
            none => {
                // What earlier runs did goes on counting, without a line they did not finish.
                let fresh = File::create(&*path).and_then(|mut fresh| {
                    for done in before.values() {
                        writeln!(fresh, "{}", json!(done))?;
                    }
                    Ok(fresh)
                });
                none.insert(fresh.map_err(|cause| Self::refusal(path, cause))?)
            }
        };
        writeln!(file, "{}", json!(done)).map_err(|cause| Self::refusal(path, cause))
    }

    fn remove(self) -> Result<()> {
        drop(self.file);
        match fs::remove_file(&self.path) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(Self::refusal(&self.path, cause)),
            _ => Ok(()),
        }
    }

    fn refusal(path: &Path, cause: std::io::Error) -> Error {
        let what = format!("cannot keep what is done in {}", path.display());
        Error::new(what, cause.to_string(), "check the space and the permissions of the folder").because(cause)
    }
}
