//! From a file of the training program, or of a pre-trained part, to a model file of our own.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::archive::{Archive, Format, unreadable};
use super::bias_table::{relative_position_index, resize_bias_table};
use super::card::{CARD_KEY, Card, Origin};
use super::hints::{ConfigHints, TrainingArgs};
use super::schema::{Content, Param};
use super::tensor::{Dtype, Tensor};
use super::write::{Planned, write_model};
use super::{check, hash, infer, names, provenance, schema};
use crate::error::{Error, Result};
use crate::model::config::{NetworkConfig, SwinConfig};

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// What is known of the configuration. For a Swin classifier, `window` is the one wanted: bias tables are resized.
    pub hints: ConfigHints,
    /// Keep tensors of two and more axes as 16-bit floats; half the size, three decimal digits.
    pub half: bool,
}

/// Where a tensor comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// As it is in the file, under this name.
    Taken(String),
    /// A bias table of the file, made for another window.
    Resized(String, usize),
    /// Not taken from the file: it follows from the configuration.
    Derived,
}

/// A file understood and checked, ready to be written or read tensor by tensor.
#[derive(Debug)]
pub struct Imported {
    archive: Archive,
    config: NetworkConfig,
    half: bool,
    params: Vec<Param>,
    sources: HashMap<String, Source>,
    card: Option<Card>,
    facts: serde_json::Value,
    report: Report,
}

/// What was done with each tensor of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Names in the file whose tensor is taken as it is.
    pub taken: Vec<String>,
    /// Names of bias tables that are resized to the window wanted.
    pub resized: Vec<String>,
    /// Names that the network has no use for.
    pub ignored: Vec<String>,
    /// Official names that the file lacks and that follow from the configuration.
    pub derived: Vec<String>,
    /// What the user should know.
    pub notices: Vec<String>,
}

/// Reads what `path` holds: a checkpoint of the official FIANet training, a model file of FIANet or `lite`, a Swin
/// classifier or a Hugging Face BERT (FIANET.md 11.1 to 11.3).
///
/// Only headers are read. Fails, naming the tensors, when some are missing, unknown or of another shape, and, naming
/// the field, when the configuration contradicts them.
pub fn import(path: &Path, options: &ImportOptions) -> Result<Imported> {
    let archive = Archive::open(path)?;
    let facts = archive.metadata();
    let naming = names::of(&archive);
    let mut report = Report { ignored: naming.ignored, ..Report::default() };
    report.ignored.extend(archive.ignored().iter().cloned());

    let mut found = BTreeMap::new();
    let mut sources = HashMap::new();
    for (official, source) in naming.taken {
        let entry = archive.entry(&source).ok_or_else(|| unreadable(path, format!("{source} is missing")))?;
        if found.insert(official.clone(), (entry.dtype(), entry.shape().to_vec())).is_some() {
            return Err(unreadable(path, format!("it holds {official} twice")));
        }
        sources.insert(official, Source::Taken(source));
    }
    let shapes = found.iter().map(|(name, (_, shape))| (name.clone(), shape.clone())).collect();

    let args = TrainingArgs::from_json(facts.get("args").unwrap_or(&serde_json::Value::Null))
        .map_err(|why| unreadable(path, why))?;
    let card = facts.get(CARD_KEY).and_then(|card| card.as_str()).map(serde_json::from_str::<Card>).transpose();
    let card = card.map_err(|error| unreadable(path, format!("its card is broken ({error})")))?;
    let mut hints = options.hints.clone();
    if let Some(card) = &card {
        hints.fill_from(&card.config);
    }
    let wanted_window = if infer::kind(&shapes) == Some("swin") { hints.window.take() } else { None };
    let inferred = infer::network(path, &shapes, &hints, &args)?;
    report.notices.extend(inferred.notices);

    check::complete(path, &found, &schema::of(&inferred.config))?;
    let mut config = inferred.config;
    if let (NetworkConfig::Swin(swin), Some(window)) = (&mut config, wanted_window) {
        resize_windows(swin, window, &mut sources, &mut report)?;
    }
    let params = schema::of(&config);
    for param in &params {
        match sources.get(&param.name) {
            Some(Source::Taken(name)) => report.taken.push(name.clone()),
            Some(Source::Resized(name, _)) => report.resized.push(name.clone()),
            Some(Source::Derived) | None => report.derived.push(param.name.clone()),
        }
    }
    Ok(Imported { archive, config, half: options.half, params, sources, card, facts, report })
}

/// Turns a Swin of one window into one of another: its tables are resized, its indices computed anew.
fn resize_windows(
    config: &mut SwinConfig,
    window: usize,
    sources: &mut HashMap<String, Source>,
    report: &mut Report,
) -> Result<()> {
    let from = config.window;
    if from == window {
        return Ok(());
    }
    config.window = window;
    config.validate()?;
    for (official, source) in sources.iter_mut() {
        let Source::Taken(name) = source else { continue };
        if official.ends_with(".relative_position_bias_table") {
            *source = Source::Resized(std::mem::take(name), from);
        } else if official.ends_with(".relative_position_index") {
            report.ignored.push(std::mem::take(name));
            *source = Source::Derived;
        }
    }
    report.ignored.sort();
    report.notices.push(format!(
        "the weights are for windows of {from}: bias tables are resized to {window}, position indices computed anew"
    ));
    Ok(())
}

impl Imported {
    /// The network and its sizes.
    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }

    /// The form of the file.
    pub fn format(&self) -> Format {
        self.archive.format()
    }

    /// What was done with each tensor.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Everything in the file but the weights: `args`, `epoch`, `best_oIoU`, learning rates, header texts.
    pub fn facts(&self) -> &serde_json::Value {
        &self.facts
    }

    /// The tensors the model file will have.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// Reads one tensor by its official name: floats as 32-bit, or 16-bit where that was asked for, counters and
    /// indices as 64-bit integers.
    ///
    /// Fails, naming the tensor, on values that are not finite, a negative variance, an index that does not follow
    /// from the window, and values beyond 16 bits.
    pub fn tensor(&self, name: &str) -> Result<Tensor> {
        let param = self.params.iter().find(|param| param.name == name).ok_or_else(|| {
            Error::new(format!("the network has no tensor {name}"), "it is not one of its names", "check the name")
        })?;
        self.read(param)
    }

    /// The card the model file will have unless another is given: that of the file itself, or what can be known of a
    /// checkpoint. Reads the whole file for its SHA-256.
    pub fn card(&self) -> Result<Card> {
        let path = self.archive.path();
        let sha256 = hash::of_file(path).map_err(|error| unreadable(path, error.to_string()).because(error))?;
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let origin = Origin { file, sha256 };
        Ok(match &self.card {
            Some(card) => Card { config: self.config.clone(), ..card.clone() },
            None => provenance::card(&self.config, &self.facts, origin),
        })
    }

    /// Writes the model file, whole or not at all, and gives its hash.
    pub fn write(&self, path: &Path, card: &Card) -> Result<String> {
        let plan: Vec<Planned> = self.params.iter().map(|param| self.planned(param)).collect();
        let by_name: HashMap<&str, &Param> = self.params.iter().map(|param| (param.name.as_str(), param)).collect();
        write_model(path, card, &plan, |planned| match by_name.get(planned.name.as_str()) {
            Some(param) => self.read(param),
            None => self.tensor(&planned.name),
        })
    }

    fn planned(&self, param: &Param) -> Planned {
        let dtype = match (param.content.is_float(), self.half && param.shape.len() > 1) {
            (false, _) => Dtype::I64,
            (true, false) => Dtype::F32,
            (true, true) => Dtype::F16,
        };
        Planned { name: param.name.clone(), dtype, shape: param.shape.clone() }
    }

    fn read(&self, param: &Param) -> Result<Tensor> {
        let wrong = |why: &str| unreadable(self.archive.path(), format!("tensor {}: {why}", param.name));
        let whole = |tensor: Option<Tensor>| tensor.ok_or_else(|| wrong("its data does not fill its shape"));
        let tensor = match self.sources.get(&param.name) {
            Some(Source::Taken(name)) => self.stored(name)?,
            Some(Source::Resized(name, from)) => {
                let stored = self.stored(name)?;
                let heads = param.shape.last().copied().unwrap_or(0);
                let (from, to) = (2 * from - 1, param.shape.first().copied().unwrap_or(0).isqrt());
                let resized = resize_bias_table(&stored.to_f32(), heads, from, to);
                whole(resized.and_then(|values| Tensor::from_f32(param.shape.clone(), &values)))?
            }
            Some(Source::Derived) | None => whole(derived(param))?,
        };
        match param.content {
            Content::Parameter | Content::Statistic => {
                check::values(param, &tensor).map_err(|why| wrong(&why))?;
                let narrowed = self.planned(param).dtype == Dtype::F16;
                let tensor = if narrowed { tensor.into_f16() } else { tensor.into_f32() };
                if narrowed && tensor.to_f32().iter().any(|value| !value.is_finite()) {
                    return Err(wrong("a value is too large for 16 bits"));
                }
                Ok(tensor)
            }
            Content::RelativeIndex => {
                if derived(param).is_none_or(|expected| expected.to_i64() != tensor.to_i64()) {
                    return Err(wrong("it is not the index of its window"));
                }
                whole(Tensor::from_i64(param.shape.clone(), &tensor.to_i64()))
            }
            Content::BatchCount => whole(Tensor::from_i64(param.shape.clone(), &tensor.to_i64())),
        }
    }

    fn stored(&self, name: &str) -> Result<Tensor> {
        let entry = self.archive.entry(name);
        self.archive.read(entry.ok_or_else(|| unreadable(self.archive.path(), format!("{name} is missing")))?)
    }
}

/// The value of an entry that follows from the configuration.
fn derived(param: &Param) -> Option<Tensor> {
    match param.content {
        Content::RelativeIndex => {
            let window = param.shape.first()?.isqrt();
            Tensor::from_i64(param.shape.clone(), &relative_position_index(window))
        }
        Content::BatchCount => Tensor::from_i64(param.shape.clone(), &[0]),
        Content::Parameter | Content::Statistic => None,
    }
}
