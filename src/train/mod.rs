//! Learning from examples: data sets, masks, splits, and how good an answer is.

pub mod augment;
pub mod dataset;
pub mod mask;
pub mod metrics;
pub mod resample;
pub mod rle;
pub mod split;
