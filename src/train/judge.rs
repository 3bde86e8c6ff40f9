//! How good a model file is on data sets: figures, reliability, and the worst cases as a picture.

use std::path::{Path, PathBuf};

use super::answers::evaluate_answers;
use super::calibrate::{Observations, Reliability};
use super::dataset::{Dataset, Sample, Split};
use super::evaluate::Tried;
use super::evaluate_model::evaluate_model;
use super::metrics::Summary;
use super::recipe::Recipe;
use super::sheet::Worst;
use super::written::write_phrases;
use crate::error::Result;
use crate::job::Job;
use crate::model::weights::{Calibration, Line, ModelFile};
use crate::query::{DeviceChoice, Engine, Options};
use crate::text::describe::Wanted;

/// Phrases written about a picture that has labelled objects and no phrases.
pub const PHRASES: usize = 4;

/// What is judged on what.
#[derive(Debug, Clone)]
pub struct Order {
    /// The model file.
    pub model: PathBuf,
    /// The data sets.
    pub datasets: Vec<PathBuf>,
    /// Which of their pictures; `None` for all.
    pub split: Option<Split>,
    /// Size of pictures, and how phrases are written.
    pub recipe: Recipe,
    /// Whether the whole program answers, not the network alone.
    pub by_program: bool,
    /// Where the network runs.
    pub device: DeviceChoice,
}

/// How good it is.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The figures.
    pub summary: Summary,
    /// How reliable pixels and presence are, as the model file corrects them. The program says nothing of pixels: it gives objects.
    pub reliability: [Option<Reliability>; 2],
    /// The calibration that would fit these pictures best: of the network's one view, or of all that the program looks at.
    pub fitted: Calibration,
}

/// Judges as ordered; the worst cases go into the folder `worst`.
///
/// # Errors
/// If model or data cannot be used, or nothing was tried.
pub fn judge(order: &Order, worst: Option<&Path>, job: &Job) -> Result<Judged> {
    let samples = samples(order, job)?;
    let mut sheet = Worst::default();
    let mut seen = Observations::default();
    let mut each = |tried: &Tried<'_>| {
        seen.add(tried);
        if worst.is_some() { sheet.add(tried) } else { Ok(()) }
    };
    let stored = ModelFile::open(&order.model)?.card().and_then(|card| card.calibration).unwrap_or_default();
    let scores = if order.by_program {
        let engine = Engine::load(&order.model, order.device)?;
        evaluate_answers(&engine, &samples, &Options::default(), job, &mut each)?
    } else {
        evaluate_model(&order.model, &samples, &order.recipe, order.device, job, &mut each)?
    };
    if let Some(folder) = worst {
        sheet.write(folder)?;
    }
    // What the program says is corrected already; what the network says is not.
    let (said, left) =
        if order.by_program { (stored, Calibration::default()) } else { (Calibration::default(), stored) };
    let mut fitted = seen.fit();
    fitted.presence = fitted.presence.map(|line| line.after(said.presence.unwrap_or(Line::IDENTITY)));
    Ok(Judged { summary: scores.summary(), reliability: seen.reliability(&left), fitted })
}

fn samples(order: &Order, job: &Job) -> Result<Vec<Sample>> {
    let mut all = Vec::new();
    for path in &order.datasets {
        let mut dataset = Dataset::open(path, job)?;
        let splits = order.split.map_or_else(|| Split::ALL.to_vec(), |split| vec![split]);
        let wanted = Wanted { count: PHRASES, absent: order.recipe.absent };
        for &split in &splits {
            write_phrases(&mut dataset, split, &order.recipe.labels, wanted, order.recipe.seed, job)?;
        }
        let wanted = |sample: &Sample| order.split.is_none() || sample.split == order.split;
        all.extend(dataset.samples.into_iter().filter(wanted));
    }
    Ok(all)
}
