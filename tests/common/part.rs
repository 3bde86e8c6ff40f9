//! One part of a network, alone, with its share of the synthetic weights.

use burn::module::Module;
use referent::model::load::{WeightMap, load};
use referent::model::names::FIANET;

/// Fills `part` with the weights whose names start with `prefix`.
pub fn filled<M: Module>(part: M, prefix: &str, weights: &WeightMap) -> M {
    load(part, &share(prefix, weights), FIANET).unwrap()
}

/// The weights whose names start with `prefix`, without it.
pub fn share(prefix: &str, weights: &WeightMap) -> WeightMap {
    weights.iter().filter_map(|(name, array)| Some((name.strip_prefix(prefix)?.to_owned(), array.clone()))).collect()
}
