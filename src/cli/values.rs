//! Values of options that several commands, or several options of one, have in common.

use std::str::FromStr;

use clap::ValueEnum;

use crate::error::{Error, Result};
use crate::query::{DeviceChoice, Resolution};

/// Values of `--device`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Device {
    /// The best GPU, else the processor
    Auto,
    /// A GPU or an error
    Gpu,
    /// The processor
    Cpu,
}

impl From<Device> for DeviceChoice {
    fn from(device: Device) -> Self {
        match device {
            Device::Auto => Self::Auto,
            Device::Gpu => Self::Gpu,
            Device::Cpu => Self::Cpu,
        }
    }
}

/// `N` numbers separated by commas.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<const N: usize>(pub [f64; N]);

impl<const N: usize> FromStr for Numbers<N> {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let numbers = text
            .split(',')
            .map(|part| part.trim().parse::<f64>().map_err(|_| format!("\"{part}\" is not a number")))
            .collect::<std::result::Result<Vec<f64>, _>>()?;
        let count = numbers.len();
        numbers.try_into().map(Self).map_err(|_| format!("expected {N} numbers separated by commas, found {count}"))
    }
}

/// Value of `--gsd`.
#[derive(Debug, Clone, Copy)]
pub struct Gsd(pub Resolution);

impl FromStr for Gsd {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text == "auto" {
            return Ok(Self(Resolution::Auto));
        }
        match text.parse::<f64>() {
            Ok(metres) if metres.is_finite() && metres > 0.0 => Ok(Self(Resolution::Metres(metres))),
            _ => Err("expected auto or a positive number of metres".into()),
        }
    }
}

/// Numbers of three bands, from 1 on.
pub fn band_numbers(bands: [f64; 3]) -> Result<[usize; 3]> {
    if bands.iter().any(|band| band.fract() != 0.0 || *band < 1.0 || *band > 65_535.0) {
        let what = format!("cannot use the bands {},{},{}", bands[0], bands[1], bands[2]);
        return Err(Error::usage(what, "bands are whole numbers from 1 on", "referent info SCENE lists them"));
    }
    Ok(bands.map(|band| band as usize))
}

/// A lower and an upper percentile.
pub fn percentiles([low, high]: [f64; 2]) -> Result<[f64; 2]> {
    if !(0.0 <= low && low < high && high <= 100.0) {
        let what = format!("cannot stretch between the percentiles {low} and {high}");
        return Err(Error::usage(what, "they must rise within 0..100", "2,98 is a good choice for most scenes"));
    }
    Ok([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_counted() {
        assert_eq!("1, 2,3".parse::<Numbers<3>>().unwrap().0, [1.0, 2.0, 3.0]);
        assert!("1,2".parse::<Numbers<3>>().unwrap_err().contains("found 2"));
        assert!("1,x,3".parse::<Numbers<3>>().unwrap_err().contains("\"x\""));
    }

    #[test]
    fn a_resolution_is_auto_or_positive() {
        assert!("auto".parse::<Gsd>().is_ok() && "0.5".parse::<Gsd>().is_ok());
        assert!("0".parse::<Gsd>().is_err() && "-1".parse::<Gsd>().is_err() && "nan".parse::<Gsd>().is_err());
    }

    #[test]
    fn impossible_bands_and_percentiles_are_wrong_usage() {
        assert!(band_numbers([0.0, 1.0, 2.0]).is_err() && band_numbers([1.5, 1.0, 2.0]).is_err());
        assert!(percentiles([98.0, 2.0]).is_err() && percentiles([2.0, 98.0]).is_ok());
    }
}
