//! How good a model file is on data sets: figures, reliability, and the worst cases as a picture.

use std::path::{Path, PathBuf};

use burn::tensor::Device;

use super::answers::evaluate_answers;
use super::calibrate::{Observations, Reliability};
use super::dataset::{Dataset, Sample, Split};
use super::evaluate::{Tried, evaluate};
use super::fianet_learner::FiaNetLearner;
use super::learner::Learner;
use super::lite_learner::LiteLearner;
use super::metrics::{Scores, Summary};
use super::readings::Readings;
use super::recipe::Recipe;
use super::sheet::Worst;
use super::written::write_phrases;
use crate::error::Result;
use crate::job::Job;
use crate::model::config::NetworkConfig;
use crate::model::fianet::{FiaNet, Regularisation};
use crate::model::lite::{Lite, LiteConfig};
use crate::model::load::load;
use crate::model::names::{FIANET, LITE};
use crate::model::weights::{Calibration, ModelFile};
use crate::query::{DeviceChoice, Engine, Options, choose};
use crate::text::describe::Wanted;
use crate::text::official::Rule;

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
    /// How reliable pixels and presence are, as the model file corrects them; of the network alone.
    pub reliability: Option<[Reliability; 2]>,
    /// The calibration that would fit these pictures best.
    pub fitted: Option<Calibration>,
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
    let mut calibration = Calibration::default();
    let scores = if order.by_program {
        let engine = Engine::load(&order.model, order.device)?;
        evaluate_answers(&engine, &samples, &Options::default(), job, &mut each)?
    } else {
        let file = ModelFile::open(&order.model)?;
        calibration = file.card().and_then(|card| card.calibration).unwrap_or_default();
        by_network(&file, &samples, order, job, &mut each)?
    };
    if let Some(folder) = worst {
        sheet.write(folder)?;
    }
    let alone = !order.by_program;
    Ok(Judged {
        summary: scores.summary(),
        reliability: alone.then(|| seen.reliability(&calibration)),
        fitted: alone.then(|| seen.fit()),
    })
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

pub(super) fn by_network(
    file: &ModelFile,
    samples: &[Sample],
    order: &Order,
    job: &Job,
    each: &mut dyn FnMut(&Tried<'_>) -> Result<()>,
) -> Result<Scores> {
    let device: Device = choose(order.device)?.device;
    let (recipe, side) = (&order.recipe, order.recipe.validation_side as u32);
    match file.config() {
        NetworkConfig::Lite => {
            let network = load(Lite::init(&LiteConfig::default(), &device), file, LITE)?;
            let mut learner = LiteLearner::new(Readings::bundled(&device)?, &network, recipe.freeze, recipe.rates);
            let network = learner.answering(network);
            evaluate(&mut learner, &network, samples, LiteLearner::fit(side), job, each)
        }
        NetworkConfig::Fianet(config) => {
            let network = load(FiaNet::new(config, Regularisation::NONE, &device), file, FIANET)?;
            let rule = Rule::of_text_length(config.text_length);
            let words = Readings::word_piece()?;
            let mut learner =
                FiaNetLearner::new(config.clone(), Regularisation::NONE, words, rule, recipe.freeze, recipe.rates);
            evaluate(&mut learner, &network, samples, FiaNetLearner::fit(side), job, each)
        }
        NetworkConfig::Swin(_) | NetworkConfig::Bert(_) => {
            Err(file.config().only_a_part(format!("cannot judge {}", order.model.display())))
        }
    }
}
