//! Phrases: what the words of a sentence mean and the tokens the networks read.
