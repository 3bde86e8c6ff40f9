//! The network of a model file tried on the phrases of a data set, whichever kind of network it is.

use std::path::Path;

use burn::tensor::Device;

use super::dataset::Sample;
use super::evaluate::{Tried, evaluate};
use super::fianet_learner::FiaNetLearner;
use super::learner::Learner;
use super::lite_learner::LiteLearner;
use super::metrics::Scores;
use super::readings::Readings;
use super::recipe::Recipe;
use crate::error::Result;
use crate::job::Job;
use crate::model::config::NetworkConfig;
use crate::model::fianet::{FiaNet, Regularisation};
use crate::model::lite::{Lite, LiteConfig};
use crate::model::load::load;
use crate::model::names::{FIANET, LITE};
use crate::model::weights::ModelFile;
use crate::query::{DeviceChoice, choose};
use crate::text::official::Rule;

/// Tries the network of the model file `path` on every phrase of `samples`, pictures at the recipe's size for validations; `each`
/// sees them one by one.
///
/// # Errors
/// If the model cannot be used, and as [`evaluate`].
pub fn evaluate_model(
    path: &Path,
    samples: &[Sample],
    recipe: &Recipe,
    device: DeviceChoice,
    job: &Job,
    each: impl FnMut(&Tried<'_>) -> Result<()>,
) -> Result<Scores> {
    let file = ModelFile::open(path)?;
    let device: Device = choose(device)?.device;
    let side = recipe.validation_side as u32;
    match file.config() {
        NetworkConfig::Lite => {
            let network = load(Lite::init(&LiteConfig::default(), &device), &file, LITE)?;
            let mut learner = LiteLearner::new(Readings::bundled(&device)?, &network, recipe.freeze, recipe.rates);
            let network = learner.answering(network);
            evaluate(&mut learner, &network, samples, LiteLearner::fit(side), job, each)
        }
        NetworkConfig::Fianet(config) => {
            let network = load(FiaNet::new(config, Regularisation::NONE, &device), &file, FIANET)?;
            let rule = Rule::of_text_length(config.text_length);
            let words = Readings::word_piece()?;
            let mut learner =
                FiaNetLearner::new(config.clone(), Regularisation::NONE, words, rule, recipe.freeze, recipe.rates);
            evaluate(&mut learner, &network, samples, FiaNetLearner::fit(side), job, each)
        }
        NetworkConfig::Swin(_) | NetworkConfig::Bert(_) => {
            Err(file.config().only_a_part(format!("cannot judge {}", path.display())))
        }
    }
}
