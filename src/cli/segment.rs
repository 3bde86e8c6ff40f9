//! `referent segment`: find what a phrase describes and write it.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::keep::CacheArguments;
use super::report::{RunReport, peak_memory};
use super::{asks, batch, console};
use crate::error::{Error, Result};
use crate::files;
use crate::job::Job;
use crate::query::{
    self, Answer, DeviceChoice, Engine, Explanation, FeatureCache, FrameChoice, Journal, Keeping, Options, Resolution,
    Share,
};
use crate::raster::{Access, Crs, Scene};
use crate::text::Phrase;
use crate::vector::export::{self, Format, OutputCrs};

/// Arguments of `referent segment`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    referent segment harbor.tif \"the storage tanks\" -o tanks.geojson\n  \
    referent segment harbor.tif \"the ship near the quay\" --window 0,0,700,700 -o ship.shp --probability p.tif\n  \
    referent segment harbor.tif \"the ship near the quay\" -o ship.geojson --explain why\n  \
    referent segment --scenes pictures/ --phrases phrases.txt --out-dir found\n  \
    referent segment huge.vrt \"the ships\" -o ships.gpkg --resume\n  \
    referent segment --batch asks.jsonl --out-dir masks")]
pub struct Arguments {
    /// Raster: any file GDAL opens, georeferenced or not
    #[arg(required_unless_present_any = ["batch", "scenes"])]
    scene: Option<String>,
    /// What to look for, in English
    #[arg(required_unless_present_any = ["batch", "phrases"])]
    phrase: Option<String>,
    /// Where the result goes; the ending says the format: .geojson, .shp, .gpkg (polygons), .tif (mask). May be given several times
    #[arg(short, long = "output", value_name = "FILE", required_unless_present = "out_dir")]
    output: Vec<PathBuf>,
    /// Writes the probabilities as a Cloud Optimized GeoTIFF
    #[arg(long, value_name = "FILE.tif")]
    probability: Option<PathBuf>,
    /// Writes what the network attends to as sentence.tif, object.tif and position.tif: how strongly the sentence, the words of
    /// the object and those of its position speak at each pixel, 0 to 1. The folder is made if it is not there
    #[arg(long, value_name = "DIR", conflicts_with_all = ["batch", "scenes", "phrases", "shard"])]
    explain: Option<PathBuf>,
    /// Model: a bundled name (see `referent model list`) or a file
    #[arg(long, default_value = "lite")]
    model: String,
    /// Where the network runs
    #[arg(long, value_enum, default_value = "auto")]
    device: Device,
    /// Part of the scene the phrase speaks about, in pixels from the upper left
    #[arg(long, value_name = "X,Y,W,H", allow_hyphen_values = true, conflicts_with = "aoi")]
    window: Option<Numbers<4>>,
    /// Part of the scene the phrase speaks about: polygons of a vector file
    #[arg(long, value_name = "FILE")]
    aoi: Option<PathBuf>,
    /// Metres on the ground a pixel of the network covers; auto looks at the scene's own and at two coarser ones, as far as the
    /// model knows them
    #[arg(long, value_name = "METRES|auto", default_value = "auto")]
    gsd: Gsd,
    /// Bands shown as red, green and blue, counted from 1
    #[arg(long, value_name = "R,G,B")]
    bands: Option<Numbers<3>>,
    /// Percentiles of the values shown as black and white
    #[arg(long, value_name = "LOW,HIGH")]
    stretch: Option<Numbers<2>>,
    /// Probability from which a pixel belongs to an object
    #[arg(long, value_name = "T", default_value_t = 0.5, allow_negative_numbers = true)]
    threshold: f32,
    /// Shows nothing where the model is less sure than this that there is such a thing at all, 0 to 1; as the model's card says
    /// if not given
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    presence: Option<f32>,
    /// Leaves out objects smaller than this on the ground
    #[arg(long, value_name = "M2", default_value_t = 0.0, allow_negative_numbers = true)]
    min_area: f64,
    /// How far an outline may move when it is simplified; half a network pixel if not given, 0 keeps every vertex
    #[arg(long, value_name = "METRES", allow_negative_numbers = true)]
    simplify: Option<f64>,
    /// Closes holes smaller than this on the ground
    #[arg(long, value_name = "M2", default_value_t = 0.0, allow_negative_numbers = true)]
    fill_holes: f64,
    /// Coordinate system of the polygons. GeoJSON is in longitude and latitude unless this is given
    #[arg(long, value_name = "source|EPSG:N")]
    crs: Option<String>,
    /// Prints a summary as one line of JSON
    #[arg(long)]
    json: bool,
    /// Lets the scene lie on the network (/vsicurl/, /vsis3/, a VRT that points there)
    #[arg(long)]
    remote: bool,
    /// Looks from farther away first and passes over windows in which that sees nothing; faster, and it loses small objects
    #[arg(long)]
    coarse_first: bool,
    #[command(flatten)]
    cache: CacheArguments,
    /// Goes on where an earlier run was stopped, or puts together what the shares of --shard left beside the output
    #[arg(long)]
    resume: bool,
    /// Does only share I of N: of the windows of one scene and phrase, or of the list. For runs on several machines
    #[arg(long, value_name = "I/N")]
    shard: Option<Share>,
    /// Writes what was done, in what time and memory, with what, as JSON
    #[arg(long, value_name = "FILE.json")]
    report: Option<PathBuf>,
    /// Many scenes: files, folders, STAC items on disk, text files with a scene a line, addresses with --remote
    #[arg(long, value_name = "SCENE", num_args = 1.., requires_all = ["phrases", "out_dir"], conflicts_with_all = ["scene", "phrase", "output", "probability"])]
    scenes: Vec<String>,
    /// Many phrases: one a line; # begins a comment, NAME = PHRASE names the output
    #[arg(long, value_name = "FILE.txt", requires = "out_dir", conflicts_with_all = ["phrase", "output", "probability"])]
    phrases: Option<PathBuf>,
    /// Many images with a phrase each: lines of {"id", "image", "phrase"}; image is a path relative to this file
    #[arg(long, value_name = "FILE.jsonl", requires = "out_dir", conflicts_with_all = ["scene", "phrase", "scenes", "phrases", "output", "probability", "window", "aoi"])]
    batch: Option<PathBuf>,
    /// Where the outputs of many scenes or phrases go, as SCENE__PHRASE.geojson; of --batch as ID.png
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// What they are; png is the default with --batch, geojson without
    #[arg(long, value_enum, requires = "out_dir")]
    format: Option<batch::Format>,
}

/// Values of `--device`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Device {
    /// The best GPU, else the processor
    Auto,
    /// A GPU or an error
    Gpu,
    /// The processor
    Cpu,
}

impl From<Device> for DeviceChoice {
    fn from(device: Device) -> Self {
        match device {
            Device::Auto => Self::Auto,
            Device::Gpu => Self::Gpu,
            Device::Cpu => Self::Cpu,
        }
    }
}

/// `N` numbers separated by commas.
#[derive(Debug, Clone, Copy)]
struct Numbers<const N: usize>([f64; N]);

impl<const N: usize> FromStr for Numbers<N> {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let numbers = text
            .split(',')
            .map(|part| part.trim().parse::<f64>().map_err(|_| format!("\"{part}\" is not a number")))
            .collect::<std::result::Result<Vec<f64>, _>>()?;
        let count = numbers.len();
        numbers.try_into().map(Self).map_err(|_| format!("expected {N} numbers separated by commas, found {count}"))
    }
}

/// Value of `--gsd`.
#[derive(Debug, Clone, Copy)]
struct Gsd(Resolution);

impl FromStr for Gsd {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text == "auto" {
            return Ok(Self(Resolution::Auto));
        }
        match text.parse::<f64>() {
            Ok(metres) if metres.is_finite() && metres > 0.0 => Ok(Self(Resolution::Metres(metres))),
            _ => Err("expected auto or a positive number of metres".into()),
        }
    }
}

impl Arguments {
    fn access(&self) -> Access {
        if self.remote { Access::AllowRemote } else { Access::LocalOnly }
    }

    /// The files that one phrase on one scene gives.
    fn rasters_and_polygons(&self) -> Vec<PathBuf> {
        let explained = self.explain.as_deref().map(Explanation::files);
        self.output.iter().chain(&self.probability).cloned().chain(explained.into_iter().flatten()).collect()
    }

    /// What decides the answers, for the report.
    fn asked(&self) -> Value {
        json!({
            "scene": self.scene, "scenes": self.scenes, "phrase": self.phrase, "phrases": self.phrases, "batch": self.batch,
            "window": self.window.map(|window| window.0), "aoi": self.aoi,
            "gsd": match self.gsd.0 { Resolution::Auto => json!("auto"), Resolution::Metres(metres) => json!(metres) },
            "bands": self.bands.map(|bands| bands.0), "stretch": self.stretch.map(|stretch| stretch.0),
            "threshold": self.threshold, "presence": self.presence, "min_area": self.min_area, "simplify": self.simplify, "crs": self.crs,
            "coarse_first": self.coarse_first,
            "shard": self.shard.map(|share| [share.number, share.count]),
        })
    }

    /// The query these arguments ask for.
    fn options(&self) -> Result<Options> {
        let frame = match (&self.window, &self.aoi) {
            (Some(window), _) => FrameChoice::Window(window.0),
            (None, Some(path)) => FrameChoice::Area(path.clone()),
            (None, None) => FrameChoice::Scene,
        };
        let bands = self.bands.map(|bands| band_numbers(bands.0)).transpose()?;
        let stretch = self.stretch.map(|stretch| percentiles(stretch.0)).transpose()?;
        Ok(Options {
            frame,
            resolution: self.gsd.0,
            bands,
            stretch,
            threshold: self.threshold,
            absent_below: self.presence,
            min_area: self.min_area,
            simplify: self.simplify,
            coarse_first: self.coarse_first,
            fill_holes: self.fill_holes,
        })
    }
}

fn band_numbers(bands: [f64; 3]) -> Result<[usize; 3]> {
    if bands.iter().any(|band| band.fract() != 0.0 || *band < 1.0 || *band > 65_535.0) {
        let what = format!("cannot use the bands {},{},{}", bands[0], bands[1], bands[2]);
        return Err(Error::usage(what, "bands are whole numbers from 1 on", "referent info SCENE lists them"));
    }
    Ok(bands.map(|band| band as usize))
}

fn percentiles([low, high]: [f64; 2]) -> Result<[f64; 2]> {
    if !(0.0 <= low && low < high && high <= 100.0) {
        let what = format!("cannot stretch between the percentiles {low} and {high}");
        return Err(Error::usage(what, "they must rise within 0..100", "2,98 is a good choice for most scenes"));
    }
    Ok([low, high])
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let options = arguments.options()?;
    options.check()?;
    let job = console::job();
    console::stop_on_ctrl_c(&job, folders(arguments))?;
    if let Some(folder) = &arguments.out_dir {
        return run_many(arguments, folder, &options, &job);
    }
    let (Some(scene), Some(phrase)) = (&arguments.scene, &arguments.phrase) else {
        return Err(Error::usage("nothing to do", "scene or phrase is missing", "referent segment --help shows how"));
    };
    // Everything that can be refused is refused before the network runs.
    let phrase = Phrase::parse(phrase)?;
    let outputs = arguments.rasters_and_polygons();
    let outputs: Vec<&Path> = outputs.iter().chain(&arguments.report).map(PathBuf::as_path).collect();
    let model = crate::model::catalogue::find(&arguments.model)?;
    let inputs = [Some(Path::new(scene)), arguments.aoi.as_deref(), Some(model.as_path())];
    files::check_distinct(inputs.into_iter().flatten(), &outputs)?;
    let scene = Scene::open(scene, arguments.access())?;
    let target = output_crs(arguments.crs.as_deref(), &scene)?;
    for output in &arguments.output {
        check_output(output, is_geotiff(output))?;
    }
    if let Some(path) = &arguments.probability {
        check_output(path, true)?;
    }
    if let Some(folder) = &arguments.explain {
        std::fs::create_dir_all(folder).map_err(|cause| files::refusal(folder, cause))?;
    }
    arguments.report.as_deref().map(files::beside).transpose()?;
    let cache = arguments.cache.open()?;
    let engine = Engine::load(&model, arguments.device.into())?;
    let one = One { arguments, scene, phrase, options, target, cache: cache.as_ref(), engine: &engine, job };
    let mut report = RunReport::begin();
    let outcome = match arguments.shard {
        Some(share) => one.look_at_share(share, &mut report),
        None => one.answer(&mut report),
    };
    if let Some(path) = &arguments.report {
        report.write(path, &engine, &arguments.asked())?;
    }
    outcome
}

/// Many scenes or phrases.
fn run_many(arguments: &Arguments, folder: &Path, options: &Options, job: &Job) -> Result<()> {
    let asks = match (&arguments.batch, &arguments.phrases, &arguments.scene) {
        (Some(list), _, _) => asks::of_list(list)?,
        (None, Some(phrases), Some(scene)) => asks::of_scenes_and_phrases(std::slice::from_ref(scene), phrases)?,
        (None, Some(phrases), None) => asks::of_scenes_and_phrases(&arguments.scenes, phrases)?,
        (None, None, _) => {
            let why = "--out-dir is for many scenes or phrases";
            return Err(Error::usage("nothing to do", why, "give --phrases or --batch, or an output with -o"));
        }
    };
    let usual = if arguments.batch.is_some() { batch::Format::Png } else { batch::Format::Geojson };
    arguments.report.as_deref().map(files::beside).transpose()?;
    let cache = arguments.cache.open()?;
    let engine = Engine::load(&crate::model::catalogue::find(&arguments.model)?, arguments.device.into())?;
    let request = batch::Request {
        asks,
        folder,
        format: arguments.format.unwrap_or(usual),
        crs: arguments.crs.as_deref(),
        as_json: arguments.json,
        access: arguments.access(),
        share: arguments.shard,
        resume: arguments.resume,
        cache: cache.as_ref(),
    };
    let mut report = RunReport::begin();
    let outcome = batch::run(&request, &engine, options, &mut report, job);
    if let Some(path) = &arguments.report {
        report.write(path, &engine, &arguments.asked())?;
    }
    outcome
}

/// One phrase on one scene.
struct One<'a> {
    arguments: &'a Arguments,
    scene: Scene,
    phrase: Phrase,
    options: Options,
    target: OutputCrs,
    cache: Option<&'a FeatureCache>,
    engine: &'a Engine,
    job: Job,
}

impl One<'_> {
    fn answer(self, report: &mut RunReport) -> Result<()> {
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
        let explain = |_| query::explain(&self.scene, &self.phrase, self.engine, &self.options, &self.job);
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

    fn look_at_share(self, share: Share, report: &mut RunReport) -> Result<()> {
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
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let begin = output.file_name().map(|name| format!("{}{SHARE}", name.to_string_lossy())).unwrap_or_default();
    let is_share = |name: &str| {
        let numbers = name.strip_prefix(&begin).and_then(|rest| rest.split_once("-of-"));
        numbers.is_some_and(|(a, b)| a.parse::<u64>().is_ok() && b.parse::<u64>().is_ok())
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut shares: Vec<PathBuf> =
        entries.filter(|entry| is_share(&entry.file_name().to_string_lossy())).map(|entry| entry.path()).collect();
    shares.sort();
    shares
}

/// The folders in which outputs may be half written.
fn folders(arguments: &Arguments) -> Vec<PathBuf> {
    let outputs = arguments.rasters_and_polygons();
    let files = outputs.iter().chain(&arguments.report);
    let parents = files.map(|file| match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    });
    parents.chain(arguments.out_dir.clone()).collect()
}

/// The CRS `--crs` names.
pub fn output_crs(request: Option<&str>, scene: &Scene) -> Result<OutputCrs> {
    match request {
        None => Ok(OutputCrs::Usual),
        Some(_) if scene.georeference().crs.is_none() => Err(Error::new(
            format!("cannot write polygons in another coordinate system: {}", scene.source()),
            "the scene has no coordinate system of its own",
            "leave --crs away, or assign one first, for instance with gdal_translate -a_srs",
        )),
        Some("source") => Ok(OutputCrs::Source),
        Some(name) => Crs::from_user(name).map(OutputCrs::Given),
    }
}

fn is_geotiff(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tif") || ending.eq_ignore_ascii_case("tiff"))
}

/// Refuses an output that could not be written anyway, before the network runs.
fn check_output(path: &Path, raster: bool) -> Result<()> {
    let what = || format!("cannot write {}", path.display());
    if !raster {
        Format::of(path).map_err(|_| {
            let remedy = "end the name in .geojson, .shp or .gpkg for polygons, or .tif for a mask";
            Error::usage(what(), "its ending names no known format", remedy)
        })?;
    } else if !is_geotiff(path) {
        return Err(Error::usage(what(), "probabilities are written as GeoTIFF only", "end the name in .tif"));
    }
    files::beside(path).map(drop)
}

/// Writes an answer in the format that the ending of `path` names.
pub fn write(answer: &Answer, path: &Path, crs: &OutputCrs, job: &Job) -> Result<()> {
    if is_geotiff(path) {
        return answer.write_mask(path, job);
    }
    export::write(&answer.table()?, path, &export::Options { crs: crs.clone() }, job)
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
        console::span(std::time::Duration::from_secs_f64(answer.report.seconds)),
        engine.device_name(),
    ))?;
    for path in arguments.rasters_and_polygons() {
        console::say(format!("  {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_counted() {
        assert_eq!("1, 2,3".parse::<Numbers<3>>().unwrap().0, [1.0, 2.0, 3.0]);
        assert!("1,2".parse::<Numbers<3>>().unwrap_err().contains("found 2"));
        assert!("1,x,3".parse::<Numbers<3>>().unwrap_err().contains("\"x\""));
    }

    #[test]
    fn a_resolution_is_auto_or_positive() {
        assert!("auto".parse::<Gsd>().is_ok() && "0.5".parse::<Gsd>().is_ok());
        assert!("0".parse::<Gsd>().is_err() && "-1".parse::<Gsd>().is_err() && "nan".parse::<Gsd>().is_err());
    }

    #[test]
    fn impossible_bands_and_percentiles_are_wrong_usage() {
        assert!(band_numbers([0.0, 1.0, 2.0]).is_err() && band_numbers([1.5, 1.0, 2.0]).is_err());
        assert!(percentiles([98.0, 2.0]).is_err() && percentiles([2.0, 98.0]).is_ok());
    }
}
