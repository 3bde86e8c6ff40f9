//! `lite`, the network that ships: FIANet's alignment of words and picture on a budget a laptop's processor can pay.
//!
//! Fusion comes after the encoder, so that the feature maps of a view are computed once ([`Lite::encode`]) and each
//! phrase costs the heads only ([`Lite::answer`]).

mod attention;
mod decoder;
mod fiam;
mod gate;
mod kept;
mod load;
mod network;
mod presence;
mod project;
mod tmem;
mod values;

pub use kept::KeptFeatures;
pub use network::{Lite, LiteConfig};
pub use values::{Answer, Features, Precision, Text, TextFeatures, normalise};
