//! `referent segment`: find what a phrase describes and write it.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::keep::CacheArguments;
use super::one::One;
use super::outputs::{check_output, is_geotiff, output_crs};
use super::report::RunReport;
use super::values::{Device, Gsd, Numbers, band_numbers, percentiles};
use super::{asks, batch, console};
use crate::error::{Error, Result};
use crate::files;
use crate::job::Job;
use crate::query::{Engine, Explanation, FrameChoice, Options, Resolution, Share};
use crate::raster::{Access, Scene};
use crate::text::Phrase;

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
    pub(super) output: Vec<PathBuf>,
    /// Writes the probabilities as a Cloud Optimized GeoTIFF
    #[arg(long, value_name = "FILE.tif")]
    pub(super) probability: Option<PathBuf>,
    /// Writes what the network attends to as sentence.tif, object.tif and position.tif: how strongly the sentence, the words of
    /// the object and those of its position speak at each pixel, 0 to 1. The folder is made if it is not there
    #[arg(long, value_name = "DIR", conflicts_with_all = ["batch", "scenes", "phrases", "shard"])]
    pub(super) explain: Option<PathBuf>,
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
    pub(super) json: bool,
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
    pub(super) resume: bool,
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

impl Arguments {
    fn access(&self) -> Access {
        if self.remote { Access::AllowRemote } else { Access::LocalOnly }
    }

    /// The files that one phrase on one scene gives.
    pub(super) fn rasters_and_polygons(&self) -> Vec<PathBuf> {
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

/// The folders in which outputs may be half written.
fn folders(arguments: &Arguments) -> Vec<PathBuf> {
    let outputs = arguments.rasters_and_polygons();
    let parents = outputs.iter().chain(&arguments.report).map(|file| files::folder_of(file).to_owned());
    parents.chain(arguments.out_dir.clone()).collect()
}
