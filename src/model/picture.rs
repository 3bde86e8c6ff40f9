//! 8-bit pictures as networks read them.

use burn::tensor::{Device, Tensor, TensorData};

use crate::error::{Error, Result};

/// A picture `[1, 3, height, width]` from 8-bit RGB pixels row by row, each `value(pixel, channel)`.
///
/// # Errors
/// If `rgb` does not hold `height · width · 3` values.
pub fn picture(
    rgb: &[u8],
    height: usize,
    width: usize,
    device: &Device,
    value: impl Fn(u8, usize) -> f32,
) -> Result<Tensor<4>> {
    if height.checked_mul(width).and_then(|pixels| pixels.checked_mul(3)) != Some(rgb.len()) {
        return Err(Error::usage(
            format!("cannot read a view of {width} x {height} pixels"),
            format!("it needs three values a pixel and {} are given", rgb.len()),
            "give 8-bit RGB, row by row",
        ));
    }
    let values: Vec<f32> = rgb.iter().enumerate().map(|(index, pixel)| value(*pixel, index % 3)).collect();
    // Channels stay last in memory, which the processor's kernels want.
    Ok(Tensor::<4>::from_data(TensorData::new(values, [1, height, width, 3]), device).permute([0, 3, 1, 2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_become_planes() {
        let seen = picture(&[1, 2, 3, 4, 5, 6], 1, 2, &Device::flex(), |p, c| f32::from(p) * 10.0 + c as f32).unwrap();
        let values = seen.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(values, [10.0, 40.0, 21.0, 51.0, 32.0, 62.0]);
    }

    #[test]
    fn a_wrong_number_of_values_is_refused() {
        assert!(picture(&[0; 5], 1, 2, &Device::flex(), |_, _| 0.0).is_err());
    }
}
