//! What runs keep on disk: the options for the cache of features.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::console;
use crate::error::{Error, Result};
use crate::query::{FeatureCache, USUAL_BUDGET};

/// Options of the cache.
#[derive(Debug, Args)]
pub struct CacheArguments {
    /// Disk space for what the network saw, so that the next phrase on a scene is faster: such as 500MB or 20GB
    #[arg(long, value_name = "SIZE|off", default_value_t = CacheSize(USUAL_BUDGET))]
    cache: CacheSize,
    /// Where that is kept instead of the user's cache folder
    #[arg(long, value_name = "DIR")]
    cache_dir: Option<PathBuf>,
}

/// Value of `--cache`: bytes, 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CacheSize(u64);

impl fmt::Display for CacheSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}GB", self.0 as f64 / 1e9)
    }
}

impl FromStr for CacheSize {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        if text == "off" {
            return Ok(Self(0));
        }
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = match unit.trim() {
            "" | "b" => 1.0,
            "k" | "kb" => 1e3,
            "m" | "mb" => 1e6,
            "g" | "gb" => 1e9,
            "t" | "tb" => 1e12,
            "kib" => 1024.0,
            "mib" => 1_048_576.0,
            "gib" => 1_073_741_824.0,
            "tib" => 1_099_511_627_776.0,
            _ => return Err("expected off or a size such as 500MB, 20GB or 1.5TiB".into()),
        };
        match number.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Self((number * unit) as u64)),
            _ => Err("expected off or a size such as 500MB, 20GB or 1.5TiB".into()),
        }
    }
}

impl CacheArguments {
    /// Opens the cache these options ask for.
    ///
    /// # Errors
    /// When the folder the user named cannot be used. The usual one that cannot is told and done without.
    pub fn open(&self) -> Result<Option<FeatureCache>> {
        if self.cache.0 == 0 {
            return Ok(None);
        }
        if let Some(folder) = &self.cache_dir {
            return FeatureCache::open(folder, self.cache.0).map(Some);
        }
        let Some(folder) = FeatureCache::usual_folder() else { return Ok(None) };
        match FeatureCache::open(&folder, self.cache.0) {
            Ok(cache) => Ok(Some(cache)),
            Err(error) => {
                console::warn(format!("nothing is kept for the next phrase: {}", Error::to_string(&error)));
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_the_units_people_write() {
        for (text, bytes) in [
            ("off", 0),
            ("0", 0),
            ("500MB", 500_000_000),
            ("2 GiB", 2 << 30),
            ("1.5k", 1_500),
            ("12", 12),
            ("1tb", 1_000_000_000_000),
        ] {
            assert_eq!(text.parse(), Ok(CacheSize(bytes)), "{text}");
            assert_eq!(CacheSize(bytes).to_string().parse(), Ok(CacheSize(bytes)), "{text}");
        }
        for text in ["", "GB", "-1GB", "2 potatoes", "1.2.3GB", "nan"] {
            assert!(text.parse::<CacheSize>().is_err(), "{text}");
        }
    }
}
