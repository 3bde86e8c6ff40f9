//! Networks in Burn, and their weights.

pub mod batch_norm;
pub mod bert;
pub mod config;
pub mod cross_attention;
pub mod decoder;
pub mod drop_path;
pub mod feature_map;
pub mod fiam;
pub mod fianet;
pub mod layers;
pub mod load;
pub mod names;
pub mod resize;
pub mod swin;
pub mod tmem;
pub mod trace;
