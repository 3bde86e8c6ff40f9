//! Drop path: in training, whole residual branches are left out, each sample for itself.

use burn::module::{Flag, Module, Param};
use burn::tensor::{Distribution, Tensor};

/// Leaves the branch of a sample out with probability `rate` and divides the kept ones by `1 - rate` (FIANET.md section 5.2).
///
/// Works only on a device with gradients and while the module is not frozen.
#[derive(Module, Debug)]
pub struct DropPath {
    rate: f64,
    training: Param<Flag>,
}

impl DropPath {
    /// `rate` is in `[0, 1)`.
    pub fn new(rate: f64) -> Self {
        Self { rate, training: Param::from_bool(true) }
    }

    /// `[B, N, C] → [B, N, C]`.
    pub fn forward(&self, branch: Tensor<3>) -> Tensor<3> {
        let device = branch.device();
        if self.rate == 0.0 || !device.is_autodiff() || !self.training.is_enabled() {
            return branch;
        }
        let keep = 1.0 - self.rate;
        let [batch, _, _] = branch.dims();
        let kept = Tensor::<3>::random([batch, 1, 1], Distribution::Bernoulli(keep), &device); // [B, 1, 1]
        branch * (kept / keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn a_sample_is_kept_and_enlarged_or_left_out_whole() {
        let device = Device::flex().autodiff();
        let x = Tensor::<3>::ones([400, 2, 3], &device);
        let y: Vec<f32> = DropPath::new(0.25).forward(x).into_data().try_to_vec().unwrap();
        let kept = y.chunks(6).filter(|sample| sample[0] != 0.0).count();
        for sample in y.chunks(6) {
            assert!(sample.iter().all(|v| (v - sample[0]).abs() < 1e-6 && (*v == 0.0 || (v - 4.0 / 3.0).abs() < 1e-6)));
        }
        // 400 draws of 0.75: mean 300, standard deviation 8.7.
        assert!((240..360).contains(&kept), "{kept} of 400 kept");
    }

    #[test]
    fn an_answering_network_drops_nothing() {
        let x = Tensor::<3>::ones([8, 2, 3], &Device::flex());
        let y = DropPath::new(0.9).forward(x.clone());
        assert_eq!(y.into_data(), x.into_data());
    }
}
