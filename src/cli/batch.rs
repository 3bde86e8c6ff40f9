//! `referent segment --batch`: a list of images and phrases in, a mask each out.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use image::GrayImage;
use serde::Deserialize;
use serde_json::json;

use super::console;
use crate::error::{Error, Kind, Result};
use crate::files::write_whole;
use crate::job::Job;
use crate::query::{self, Engine, Options};
use crate::raster::{Access, Scene};
use crate::text::Phrase;

/// One line of the list.
#[derive(Debug, Deserialize)]
struct Ask {
    id: String,
    image: PathBuf,
    phrase: String,
}

/// What is asked for.
#[derive(Debug)]
pub struct Request<'a> {
    /// The list.
    pub list: &'a Path,
    /// Where the masks go.
    pub folder: &'a Path,
    /// Whether each line's summary is printed as JSON.
    pub as_json: bool,
    /// Where images may lie.
    pub access: Access,
}

/// Most pixels of a mask, which is kept whole in memory.
const MOST_PIXELS: u64 = 1 << 30;

/// Answers every line of the list and writes `folder/ID.png`. A line that fails is named and the others go on.
pub fn run(request: &Request, engine: &Engine, options: &Options, job: &Job) -> Result<()> {
    let Request { list, folder, as_json, access } = *request;
    let asks = read_list(list)?;
    fs::create_dir_all(folder).map_err(|cause| {
        Error::new(
            format!("cannot make the folder {}", folder.display()),
            cause.to_string(),
            "choose another --out-dir",
        )
        .because(cause)
    })?;
    let base = list.parent().unwrap_or_else(|| Path::new("."));
    let mut failed = 0;
    for (done, ask) in asks.iter().enumerate() {
        job.progress("images", done as u64, asks.len() as u64);
        if job.is_cancelled() {
            let kept = format!("{done} of {} masks are in {}", asks.len(), folder.display());
            return Err(Error::cancelled("the list was not finished", kept));
        }
        match answer(ask, base, folder, access, engine, options, job) {
            Ok(summary) if as_json => console::say_json(&summary)?,
            Ok(summary) => {
                for notice in summary["notices"].as_array().into_iter().flatten().filter_map(|n| n.as_str()) {
                    console::warn(format!("{}: {notice}", ask.id));
                }
            }
            // The image was not looked at to its end; the loop says how far the list is.
            Err(error) if error.kind() == Kind::Cancelled => {}
            Err(error) => {
                failed += 1;
                console::warn(format!("{}: {error}", ask.id));
                if as_json {
                    console::say_json(&json!({ "id": ask.id, "error": error.to_string() }))?;
                }
            }
        }
    }
    job.progress("images", asks.len() as u64, asks.len() as u64);
    if failed > 0 {
        return Err(Error::new(
            format!("{failed} of {} lines of {} gave no mask", asks.len(), list.display()),
            "each reason is above",
            "mend these lines and run them again",
        ));
    }
    if !as_json {
        let plural = if asks.len() == 1 { "" } else { "s" };
        console::say(format!("{} mask{plural} in {}", asks.len(), folder.display()))?;
    }
    Ok(())
}

fn read_list(list: &Path) -> Result<Vec<Ask>> {
    let what = || format!("cannot use the list {}", list.display());
    let text = fs::read_to_string(list).map_err(|cause| {
        Error::new(what(), cause.to_string(), "give a file of lines {\"id\", \"image\", \"phrase\"}").because(cause)
    })?;
    let mut ids = HashSet::new();
    let mut asks = Vec::new();
    for (number, line) in
        text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty())
    {
        let place = number + 1;
        let ask: Ask = serde_json::from_str(line).map_err(|cause| {
            let remedy = "each line is an object with the texts id, image and phrase";
            Error::new(what(), format!("line {place}: {cause}"), remedy)
        })?;
        // The id becomes a file name, so it must not lead out of the folder.
        let mut parts = Path::new(&ask.id).components();
        let is_a_name =
            matches!((parts.next(), parts.next()), (Some(Component::Normal(name)), None) if name == ask.id.as_str());
        if !is_a_name || ask.id.chars().any(char::is_control) {
            let why = format!("line {place}: the id \"{}\" cannot be a file name", ask.id);
            return Err(Error::new(what(), why, "use ids without slashes and control characters"));
        }
        if !ids.insert(ask.id.clone()) {
            let why = format!("line {place}: the id \"{}\" was used before", ask.id);
            return Err(Error::new(what(), why, "give every line an id of its own"));
        }
        asks.push(ask);
    }
    if asks.is_empty() {
        return Err(Error::new(
            what(),
            "it holds no line",
            "each line is an object with the texts id, image and phrase",
        ));
    }
    Ok(asks)
}

fn answer(
    ask: &Ask,
    base: &Path,
    folder: &Path,
    access: Access,
    engine: &Engine,
    options: &Options,
    job: &Job,
) -> Result<serde_json::Value> {
    let phrase = Phrase::parse(&ask.phrase)?;
    let image = base.join(&ask.image);
    let scene = Scene::open(&image.to_string_lossy(), access)?;
    let [width, height] = scene.size();
    if width.saturating_mul(height) > MOST_PIXELS {
        return Err(Error::new(
            format!("cannot make a mask of {}", scene.source()),
            format!("it has {width} x {height} pixels and a PNG is made whole in memory"),
            "use referent segment without --batch, which writes GeoTIFF",
        ));
    }
    // Progress of the list is shown, not that of each image.
    let answer = query::ask(&scene, &phrase, engine, options, &job.unheard())?;
    if answer.report.cancelled {
        return Err(Error::cancelled(format!("{} was not finished", ask.id), "it has no mask"));
    }
    let [width, height] = [width, height].map(|side| side as usize);
    let mask = answer.pixel_mask(width, height);
    let count = mask.iter().filter(|value| **value > 0).count();
    let picture = GrayImage::from_raw(width as u32, height as u32, mask).ok_or_else(|| {
        Error::new("cannot make the mask", "its size does not fit its pixels", "this is a bug, please report it")
    })?;
    let path = folder.join(format!("{}.png", ask.id));
    write_whole(&path, |beside| {
        picture.save_with_format(beside, image::ImageFormat::Png).map_err(|cause| {
            Error::new(
                format!("cannot write {}", path.display()),
                cause.to_string(),
                "check the free space of the disk",
            )
            .because(cause)
        })
    })?;
    Ok(json!({
        "id": ask.id,
        "mask": path,
        "objects": answer.found.len(),
        "pixels": count,
        "presence": answer.presence,
        "seconds": answer.report.seconds,
        "notices": answer.notices.iter().filter(|n| !scene.warnings().contains(n)).collect::<Vec<_>>(),
    }))
}
