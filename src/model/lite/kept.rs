//! Feature maps as bytes: what a cache keeps of a view.

use burn::tensor::{DType, Device, TensorData};

use super::values::Features;
use crate::error::{Error, Result};

/// Feature maps of one view in ordinary memory, as 16-bit floats.
#[derive(Debug, Clone)]
pub struct KeptFeatures([TensorData; 4]);

impl KeptFeatures {
    /// Maps as [`Features::to_data`] gives them with half precision.
    pub(super) fn new(maps: [TensorData; 4]) -> Self {
        Self(maps)
    }

    /// The features on a device.
    ///
    /// # Errors
    /// As [`Features::from_data`].
    pub fn restore(&self, device: &Device) -> Result<Features> {
        Features::from_data(self.0.clone(), device)
    }

    /// Each map's four sizes as 32-bit and its values as 16-bit little-endian numbers, finest map first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.iter().map(|map| 16 + map.as_bytes().len()).sum());
        for map in &self.0 {
            let shape = map.shape();
            bytes.extend(shape.iter().flat_map(|&side| u32::try_from(side).unwrap_or(u32::MAX).to_le_bytes()));
            bytes.extend_from_slice(map.as_bytes());
        }
        bytes
    }

    /// Reads what [`KeptFeatures::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are no four maps.
    pub fn from_bytes(mut bytes: &[u8]) -> Result<Self> {
        let damaged = || {
            let remedy = "remove the cache; the features are computed again";
            Error::new("cannot use the kept features of a view", "they are damaged", remedy)
        };
        let mut maps = Vec::with_capacity(4);
        for _ in 0..4 {
            let (sizes, rest) = bytes.split_first_chunk::<16>().ok_or_else(damaged)?;
            let side =
                |i: usize| u32::from_le_bytes([sizes[4 * i], sizes[4 * i + 1], sizes[4 * i + 2], sizes[4 * i + 3]]);
            let shape = [0, 1, 2, 3].map(|i| side(i) as usize);
            let length =
                shape.iter().try_fold(2usize, |product, side| product.checked_mul(*side)).ok_or_else(damaged)?;
            let (values, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
            maps.push(TensorData::from_bytes_vec(values.to_vec(), shape.to_vec(), DType::F16));
            bytes = rest;
        }
        match <[TensorData; 4]>::try_from(maps) {
            Ok(maps) if bytes.is_empty() => Ok(Self(maps)),
            _ => Err(damaged()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::efficientnet::FEATURE_WIDTHS;

    fn maps() -> [TensorData; 4] {
        let map = |index: usize| {
            let shape = [1, FEATURE_WIDTHS[index], 16 >> index, 24 >> index];
            let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| i as f32 * 0.37 - 100.0).collect();
            TensorData::new(values, shape.to_vec()).convert_dtype(DType::F16)
        };
        [0, 1, 2, 3].map(map)
    }

    #[test]
    fn features_come_back_as_they_went() {
        let kept = KeptFeatures::new(maps());
        let back = KeptFeatures::from_bytes(&kept.to_bytes()).unwrap();
        assert_eq!(back.to_bytes(), kept.to_bytes());
        let device = Device::flex();
        let features = back.restore(&device).unwrap();
        assert_eq!(features.size(), (64, 96));
        let again = features.to_data(super::super::Precision::Half).unwrap();
        assert_eq!(KeptFeatures::new(again).to_bytes(), kept.to_bytes(), "rounding once is enough");
    }

    #[test]
    fn bytes_that_are_no_features_are_refused() {
        let bytes = KeptFeatures::new(maps()).to_bytes();
        for length in [0, 15, 16, 1000, bytes.len() - 1] {
            assert!(KeptFeatures::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(KeptFeatures::from_bytes(&longer).is_err());
        let mut huge = bytes;
        huge[..16].fill(255);
        assert!(KeptFeatures::from_bytes(&huge).is_err());
    }
}
