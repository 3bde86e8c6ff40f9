//! Networks in Burn, and their weights.

pub mod batch_norm;
pub mod bert;
pub mod catalogue;
pub mod check;
pub mod config;
pub mod cross_attention;
pub mod decoder;
pub mod drop_path;
pub mod efficientnet;
pub mod feature_map;
pub mod fiam;
pub mod fianet;
pub(crate) mod fold;
pub mod layers;
pub mod lite;
pub mod load;
pub mod minilm;
pub mod names;
pub(crate) mod ops;
pub mod picture;
pub mod reference_picture;
pub mod resize;
pub mod swin;
pub mod tmem;
pub mod trace;
pub mod weights;
