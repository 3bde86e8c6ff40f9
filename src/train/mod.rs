//! Learning from examples: data sets, masks, splits, and how good an answer is.

pub mod mask;
pub mod metrics;
pub mod resample;
pub mod rle;
