//! The picture of the reference material, made from a formula so that nobody has to store it.

use burn::tensor::{Device, Tensor, TensorData};

/// A normalised picture `[batch, 3, height, width]` with values in [-2, 2): blocks of 16 x 16 pixels plus noise, drawn by
/// `name`. The same on every machine to the last bit.
pub fn reference_picture([batch, channels, height, width]: [usize; 4], name: &str, device: &Device) -> Tensor<4> {
    let values = reference_values([batch, channels, height, width], name);
    Tensor::from_data(TensorData::new(values, [batch, channels, height, width]), device)
}

/// The values of [`reference_picture`], row by row.
pub fn reference_values([batch, channels, height, width]: [usize; 4], name: &str) -> Vec<f32> {
    const BLOCK: usize = 16;
    let (rows, columns) = (height.div_ceil(BLOCK), width.div_ceil(BLOCK));
    let coarse: Vec<f32> = uniform(&format!("{name}.coarse"), batch * channels * rows * columns).collect();
    let fine = uniform(&format!("{name}.fine"), batch * channels * height * width);
    fine.enumerate()
        .map(|(index, noise)| {
            let (plane, pixel) = (index / (height * width), index % (height * width));
            let block = (plane * rows + pixel / width / BLOCK) * columns + pixel % width / BLOCK;
            coarse[block] * 1.5 + noise * 0.5
        })
        .collect()
}

/// `count` values in [-1, 1), exact in f32: the upper 24 bits of splitmix64 over FNV-1a of `name` and the index.
pub fn uniform(name: &str, count: usize) -> impl Iterator<Item = f32> + use<> {
    let seed = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (1..=count as u64).map(move |index| {
        let mut z = seed.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 40) as f32 * (1.0 / 8_388_608.0) - 1.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `image.first8` of the full-size fixture's manifest.
    #[test]
    fn the_picture_is_that_of_the_reference() {
        let values = reference_values([1, 3, 480, 480], "input.image");
        assert_eq!(values[..4], [-0.237_860_5, -0.112_195_43, -0.118_496_24, -0.172_483_62]);
    }
}
