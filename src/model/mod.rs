//! Networks in Burn, and their weights.
