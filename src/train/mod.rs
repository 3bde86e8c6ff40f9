//! Learning from examples: data sets, masks, splits, the trainer, and how good an answer is.

pub mod augment;
pub mod batch;
pub mod checkpoint;
pub mod dataset;
pub mod evaluate;
pub mod events;
pub mod fianet_learner;
pub mod fixed_source;
pub mod freeze;
pub mod learner;
pub mod lite_learner;
pub mod loss;
pub mod mask;
pub mod metrics;
pub mod optimizer;
pub mod plain_phrases;
pub mod readings;
pub mod recipe;
pub mod resample;
pub mod rle;
pub mod schedule;
pub mod split;
pub mod trainer;
pub mod weight_average;
