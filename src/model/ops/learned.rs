//! Operations of training on the processor with gradients of their own.
//!
//! Burn computes the gradient of a convolution by general convolutions, for a depthwise one channel after the other; the
//! products and sums here are many times faster and use all threads. Each function gives `None` where it does not apply (another
//! device, no gradient wanted, widths the kernels do not take), and the caller composes Burn's operations.

use std::fmt;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear, PaddingConfig2d};
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::kernels::{self, Activation, Matrix, Normed, PixelWeights, WIDTH, Walk};
use super::{channels_first, channels_last};

/// A tensor that the processor tracks gradients of.
type Tracked = FloatTensor<Autodiff<Flex>>;
/// Gradients of the inputs that want one, row by row, from that of the output.
type Back<const N: usize> = dyn Fn(&[f32], [bool; N]) -> [Option<Vec<f32>>; N] + Send + Sync;

/// How an operation goes back, and the shapes of its inputs.
struct State<const N: usize> {
    back: Arc<Back<N>>,
    shapes: [Vec<usize>; N],
}

impl<const N: usize> Clone for State<N> {
    fn clone(&self) -> Self {
        Self { back: Arc::clone(&self.back), shapes: self.shapes.clone() }
    }
}

impl<const N: usize> fmt::Debug for State<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("shapes", &self.shapes).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Step<const N: usize>;

impl<const N: usize> Backward<Flex, N> for Step<N> {
    type State = State<N>;

    fn backward(self, ops: Ops<State<N>, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node).to_contiguous();
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let found = (ops.state.back)(gradient.storage(), wanted);
        for ((parent, found), shape) in ops.parents.into_iter().zip(found).zip(ops.state.shapes) {
            if let (Some(parent), Some(found)) = (parent, found)
                && let Some(found) = plain(found, shape)
            {
                grads.register::<Flex>(parent.id, found);
            }
        }
    }
}

/// Values as a tensor of the processor.
fn plain(values: Vec<f32>, shape: Vec<usize>) -> Option<FloatTensor<Flex>> {
    // The rank of a primitive is that of its data, whatever the type says.
    Tensor::<1>::from_data(TensorData::new(values, [shape.iter().product::<usize>()]), &Device::flex())
        .try_into_primitive::<Flex>()
        .ok()
        .map(|flat| flat.reshape(shape.into()))
}

/// The output of an operation, put into the graph of its inputs.
fn joined<const N: usize, const D: usize>(
    inputs: [Tracked; N],
    shapes: [Vec<usize>; N],
    output: Vec<f32>,
    shape: [usize; D],
    back: impl Fn(&[f32], [bool; N]) -> [Option<Vec<f32>>; N] + Send + Sync + 'static,
) -> Option<Tensor<D>> {
    let output = plain(output, shape.to_vec())?;
    let prepared = Step.prepare::<NoCheckpointing>(inputs.each_ref().map(Tracked::node)).compute_bound().stateful();
    let output = match prepared {
        OpsKind::Tracked(step) => step.finish(State { back: Arc::new(back), shapes }, output),
        OpsKind::UnTracked(step) => step.finish(output),
    };
    Some(Tensor::from_primitive::<Autodiff<Flex>>(output))
}

/// `x` if the processor tracks gradients of it in single precision.
fn tracked<const D: usize>(x: &Tensor<D>) -> Option<Tracked> {
    (x.dtype() == DType::F32 && x.is_autodiff()).then(|| x.clone().try_into_primitive::<Autodiff<Flex>>().ok())?
}

/// The values of a tracked tensor, in rows. Shared with the tensor where it lies in rows already.
#[derive(Clone)]
struct Rows(FloatTensor<Flex>);

impl Rows {
    fn of(x: &Tracked) -> Self {
        Self(x.primitive().clone().to_contiguous())
    }

    fn floats(&self) -> &[f32] {
        self.0.storage()
    }
}

/// `x · weight + bias` of `[B, N, inner]`.
pub fn linear(x: &Tensor<3>, layer: &Linear) -> Option<Tensor<3>> {
    let [batch, cells, inner] = x.dims();
    let [_, columns] = layer.weight.dims();
    if !(inner.is_multiple_of(WIDTH) && columns.is_multiple_of(WIDTH)) {
        return None;
    }
    let (x, weight) = (tracked(x)?, tracked(&layer.weight.val())?);
    let bias = layer.bias.as_ref().map(|bias| tracked(&bias.val()));
    let (a, w) = (Rows::of(&x), Rows::of(&weight));
    let shape = [batch, cells, columns];
    let shapes = [vec![batch, cells, inner], vec![inner, columns]];
    let back = move |g: &[f32], [of_x, of_w]: [bool; 2]| {
        let of_x = of_x.then(|| {
            let turned = Matrix::from_columns(w.floats(), columns, inner);
            kernels::linear(g, columns, &turned, &[], Activation::Identity)
        });
        [of_x, of_w.then(|| kernels::outer(a.floats(), inner, g, columns))]
    };
    let (a, w) = (Rows::of(&x), Rows::of(&weight));
    let matrix = Matrix::from_rows(w.floats(), inner, columns);
    product(x, weight, bias, shapes, a.floats(), inner, &matrix, shape, back)
}

/// A product with or without bias, put into the graph.
#[expect(clippy::too_many_arguments, reason = "the two callers differ in what lies where")]
fn product<const D: usize>(
    x: Tracked,
    weight: Tracked,
    bias: Option<Option<Tracked>>,
    shapes: [Vec<usize>; 2],
    floats: &[f32],
    inner: usize,
    matrix: &Matrix,
    shape: [usize; D],
    back: impl Fn(&[f32], [bool; 2]) -> [Option<Vec<f32>>; 2] + Send + Sync + 'static,
) -> Option<Tensor<D>> {
    let columns = matrix.columns();
    let Some(bias) = bias else {
        let out = kernels::linear(floats, inner, matrix, &[], Activation::Identity);
        return joined([x, weight], shapes, out, shape, back);
    };
    let bias = bias?;
    let out = kernels::linear(floats, inner, matrix, Rows::of(&bias).floats(), Activation::Identity);
    let [of_x, of_w] = shapes;
    joined([x, weight, bias], [of_x, of_w, vec![columns]], out, shape, move |g, [x, w, b]| {
        let [of_x, of_w] = back(g, [x, w]);
        [of_x, of_w, b.then(|| kernels::column_sums(g, columns))]
    })
}

/// `conv(x)` of `[B, C, H, W]`: 1x1, or depthwise without bias.
pub fn convolve(x: &Tensor<4>, conv: &Conv2d) -> Option<Tensor<4>> {
    let [batch, channels, height, width] = x.dims();
    let [columns, _, down, across] = conv.weight.dims();
    let pointwise = [down, across] == [1, 1] && conv.stride == [1, 1] && conv.groups == 1;
    let same = matches!(conv.padding, PaddingConfig2d::Same) || [down, across] == [1, 1];
    let depthwise = conv.groups == channels && columns == channels && conv.bias.is_none() && channels > 1;
    if !same || conv.dilation != [1, 1] || !channels.is_multiple_of(WIDTH) || !(pointwise || depthwise) {
        return None;
    }
    if depthwise && (down % 2 == 0 || across % 2 == 0) {
        return None;
    }
    let x = tracked(&channels_last(x.clone()))?;
    if pointwise {
        let weight = tracked(&conv.weight.val())?;
        let bias = conv.bias.as_ref().map(|bias| tracked(&bias.val()));
        let shapes = [vec![batch, height, width, channels], vec![columns, channels, 1, 1]];
        let (a, w) = (Rows::of(&x), Rows::of(&weight));
        let matrix = Matrix::from_columns(w.floats(), channels, columns);
        let input = a.clone();
        let back = move |g: &[f32], [of_x, of_w]: [bool; 2]| {
            let of_x = of_x.then(|| {
                let turned = Matrix::from_rows(w.floats(), columns, channels);
                kernels::linear(g, columns, &turned, &[], Activation::Identity)
            });
            [of_x, of_w.then(|| kernels::outer(g, columns, a.floats(), channels))]
        };
        let shape = [batch, height, width, columns];
        return product(x, weight, bias, shapes, input.floats(), channels, &matrix, shape, back).map(channels_first);
    }
    let walk = Walk { size: [height, width], kernel: [down, across], stride: conv.stride };
    let weight = tracked(&conv.weight.val().permute([2, 3, 1, 0]))?; // [kernel, kernel, 1, C]
    let (a, w) = (Rows::of(&x), Rows::of(&weight));
    let out = kernels::depthwise(a.floats(), channels, walk, w.floats(), &[], Activation::Identity);
    let shapes = [vec![batch, height, width, channels], vec![down, across, 1, channels]];
    let back = move |g: &[f32], [of_x, of_w]: [bool; 2]| {
        let of_x = of_x.then(|| {
            let turned: Vec<f32> = w.floats().chunks_exact(channels).rev().flatten().copied().collect();
            let unit = Walk { stride: [1, 1], ..walk };
            let spread = (walk.stride != [1, 1]).then(|| kernels::spread(g, channels, walk));
            let g = spread.as_deref().unwrap_or(g);
            kernels::depthwise(g, channels, unit, &turned, &[], Activation::Identity)
        });
        [of_x, of_w.then(|| kernels::depthwise_weight(a.floats(), g, channels, walk))]
    };
    let [out_height, out_width] = walk.out();
    joined([x, weight], shapes, out, [batch, out_height, out_width, channels], back).map(channels_first)
}

/// `activation(norm(x))` of `[B, C, H, W]` by the statistics of the batch, towards which the norm's own move.
pub fn normalise(x: &Tensor<4>, norm: &BatchNorm, activation: Activation) -> Option<Tensor<4>> {
    let limits = activation.limits_alone()?;
    let [batch, channels, height, width] = x.dims();
    let cells = batch * height * width;
    if !norm.training.is_enabled() || cells == 0 {
        return None;
    }
    let x = tracked(&channels_last(x.clone()))?;
    let (gamma, beta) = (tracked(&norm.gamma.val())?, tracked(&norm.beta.val())?);
    let (a, scale, shift) = (Rows::of(&x), Rows::of(&gamma), Rows::of(&beta));
    let [mean, variance] = kernels::moments(a.floats(), channels);
    let inverse: Vec<f32> = variance.iter().map(|v| ((f64::from(*v) + norm.epsilon).sqrt().recip()) as f32).collect();
    let factor: Vec<f32> = scale.floats().iter().zip(&inverse).map(|(gamma, inverse)| gamma * inverse).collect();
    let offset: Vec<f32> =
        shift.floats().iter().zip(&mean).zip(&factor).map(|((beta, mean), factor)| beta - mean * factor).collect();
    let y = kernels::scaled(a.floats(), &factor, &offset, limits);
    advance(norm, &mean, &variance);
    let kept = plain(y, vec![batch, height, width, channels])?;
    let out = kept.clone();
    let shapes = [vec![batch, height, width, channels], vec![channels], vec![channels]];
    let back = move |g: &[f32], wanted: [bool; 3]| {
        let normed =
            Normed { x: a.floats(), y: kept.storage(), mean: &mean, inverse: &inverse, gamma: scale.floats(), limits };
        let found = normed.back(g);
        let mut wanted = wanted.into_iter();
        found.map(|found| wanted.next().unwrap_or(false).then_some(found))
    };
    let prepared = Step.prepare::<NoCheckpointing>([&x, &gamma, &beta].map(Tracked::node)).compute_bound().stateful();
    let out = match prepared {
        OpsKind::Tracked(step) => step.finish(State { back: Arc::new(back), shapes }, out),
        OpsKind::UnTracked(step) => step.finish(out),
    };
    Some(channels_first(Tensor::from_primitive::<Autodiff<Flex>>(out)))
}

/// Moves the running statistics towards those of a batch, as Burn's own layer does.
fn advance(norm: &BatchNorm, mean: &[f32], variance: &[f32]) {
    for (running, values) in [(&norm.running_mean, mean), (&norm.running_var, variance)] {
        let old = running.value_sync();
        let new = Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &old.device());
        running.update((old * (1.0 - norm.momentum) + new * norm.momentum).detach());
    }
}

/// GELU or tanh.
pub fn curve<const D: usize>(x: &Tensor<D>, activation: Activation) -> Option<Tensor<D>> {
    if !matches!(activation, Activation::Gelu | Activation::Tanh) {
        return None;
    }
    let shape = x.dims();
    let x = tracked(x)?;
    let a = Rows::of(&x);
    let y = kernels::curved(a.floats(), activation);
    let kept = Rows(plain(y.clone(), shape.to_vec())?);
    joined([x], [shape.to_vec()], y, shape, move |g, [of_x]| {
        [of_x.then(|| kernels::curve_back(a.floats(), kept.floats(), g, activation))]
    })
}

/// [`kernels::mask_sums`] of `[M, H, W]` margins and truths: `[M, 3]`.
pub fn mask_sums(margin: &Tensor<3>, inside: &Tensor<3>, weights: PixelWeights) -> Option<Tensor<2>> {
    let [phrases, height, width] = margin.dims();
    let pixels = height * width;
    let (margin, inside) = (tracked(margin)?, tracked(inside)?);
    let (m, y) = (Rows::of(&margin), Rows::of(&inside));
    let sums = kernels::mask_sums(m.floats(), y.floats(), pixels, weights);
    joined([margin], [vec![phrases, height, width]], sums, [phrases, 3], move |g, [of_margin]| {
        [of_margin.then(|| kernels::mask_sums_back(g, m.floats(), y.floats(), pixels, weights))]
    })
}

/// Bilinear resize of `[B, H, W, C]`, pixel centres aligned.
pub fn resize(x: &Tensor<4>, height: usize, width: usize) -> Option<Tensor<4>> {
    let [batch, h, w, channels] = x.dims();
    let x = tracked(x)?;
    let out = kernels::resize(Rows::of(&x).floats(), channels, [h, w], [height, width]);
    let shapes = [vec![batch, h, w, channels]];
    joined([x], shapes, out, [batch, height, width, channels], move |g, [of_x]| {
        [of_x.then(|| kernels::resize_back(g, channels, [h, w], [height, width]))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::Module;
    use burn::nn::conv::Conv2dConfig;
    use burn::nn::{BatchNormConfig, LinearConfig};
    use burn::tensor::Distribution;

    fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
    }

    /// The output of `ours` and `theirs`, and the gradients of `x` and `others` under them, agree.
    fn agree<const D: usize, const E: usize>(
        what: &str,
        x: Tensor<D>,
        others: impl Fn(&mut burn::tensor::Gradients) -> Vec<Vec<f32>>,
        ours: impl Fn(&Tensor<D>) -> Option<Tensor<E>>,
        theirs: impl Fn(&Tensor<D>) -> Tensor<E>,
    ) {
        let run = |f: &dyn Fn(&Tensor<D>) -> Tensor<E>| {
            let x = x.clone().require_grad();
            let y = f(&x);
            // Every output weighs differently, so that no gradient can hide behind another.
            let count = y.shape().num_elements();
            let weights: Vec<f32> = (0..count).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
            let weights = Tensor::<1>::from_data(TensorData::new(weights, [count]), &y.device()).reshape(y.dims());
            let mut gradients = (y.clone() * weights).sum().backward();
            let mut all = vec![y.inner().into_data().try_to_vec::<f32>().unwrap()];
            all.push(x.grad(&gradients).unwrap().into_data().try_to_vec::<f32>().unwrap());
            all.extend(others(&mut gradients));
            all
        };
        let (found, wanted) = (run(&|x| ours(x).expect(what)), run(&theirs));
        assert_eq!(found.len(), wanted.len(), "{what}");
        for (part, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            assert_eq!(found.len(), wanted.len(), "{what}, part {part}");
            let most = wanted.iter().fold(1.0f32, |most, v| most.max(v.abs()));
            let gap = found.iter().zip(wanted).fold(0.0f32, |gap, (f, w)| gap.max((f - w).abs()));
            assert!(gap <= 2e-5 * most, "{what}, part {part}: off by {gap:e} of {most}");
        }
    }

    fn grad<const D: usize>(x: &Tensor<D>, gradients: &burn::tensor::Gradients) -> Vec<f32> {
        x.grad(gradients).unwrap().into_data().try_to_vec().unwrap()
    }

    #[test]
    fn convolutions_have_the_values_and_gradients_of_burns() {
        let device = Device::flex().autodiff();
        for (input, output, kernel, stride, groups, bias) in [
            (16, 24, 1, 1, 1, false),
            (8, 2, 1, 1, 1, true),
            (24, 24, 3, 1, 24, false),
            (16, 16, 3, 2, 16, false),
            (8, 8, 5, 1, 8, false),
            (16, 16, 5, 2, 16, false),
        ] {
            for size in [[1, 1], [6, 10], [13, 20], [17, 9]] {
                let conv = Conv2dConfig::new([input, output], [kernel, kernel])
                    .with_stride([stride, stride])
                    .with_groups(groups)
                    .with_padding(PaddingConfig2d::Same)
                    .with_bias(bias)
                    .init(&device);
                let others = |gradients: &mut burn::tensor::Gradients| {
                    let mut all = vec![grad(&conv.weight.val(), gradients)];
                    all.extend(conv.bias.as_ref().map(|bias| grad(&bias.val(), gradients)));
                    all
                };
                let what = format!("{input} to {output}, {kernel}x{kernel}, stride {stride}, {size:?}");
                let x = random([2, input, size[0], size[1]], &device);
                agree(&what, x, others, |x| convolve(x, &conv), |x| conv.forward(x.clone()));
            }
        }
    }

    #[test]
    fn linear_maps_have_the_values_and_gradients_of_burns() {
        let device = Device::flex().autodiff();
        for (inner, columns, bias) in [(8, 16, true), (40, 24, false)] {
            let layer = LinearConfig::new(inner, columns).with_bias(bias).init(&device);
            let others = |gradients: &mut burn::tensor::Gradients| {
                let mut all = vec![grad(&layer.weight.val(), gradients)];
                all.extend(layer.bias.as_ref().map(|bias| grad(&bias.val(), gradients)));
                all
            };
            let x = random([3, 67, inner], &device);
            agree("linear", x, others, |x| linear(x, &layer), |x| layer.forward(x.clone()));
        }
    }

    #[test]
    fn a_norm_with_its_activation_has_the_values_gradients_and_statistics_of_burns() {
        let device = Device::flex().autodiff();
        for activation in [Activation::Identity, Activation::Relu, Activation::Relu6] {
            let norms = [0, 1].map(|_| {
                let mut norm = BatchNormConfig::new(24).with_epsilon(1e-3).init(&device);
                norm.gamma = norm.gamma.map(|gamma| (gamma * 1.7).detach().require_grad());
                norm.beta = norm.beta.map(|beta| (beta + 0.4).detach().require_grad());
                norm
            });
            let others = |gradients: &mut burn::tensor::Gradients| {
                let norm = norms.iter().find(|norm| norm.gamma.val().grad(gradients).is_some()).unwrap();
                vec![grad(&norm.gamma.val(), gradients), grad(&norm.beta.val(), gradients)]
            };
            let x = random([3, 24, 7, 9], &device) * 2.0 + 1.0;
            let theirs = |x: &Tensor<4>| super::super::composed(norms[1].forward(x.clone()), activation);
            agree("norm", x.detach(), others, |x| normalise(x, &norms[0], activation), theirs);
            let [ours, theirs] = norms.map(|norm| {
                let norm = norm.valid();
                let mut all = norm.running_mean.value().into_data().try_to_vec::<f32>().unwrap();
                all.extend(norm.running_var.value().into_data().try_to_vec::<f32>().unwrap());
                all
            });
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert!((ours - theirs).abs() < 1e-5, "{ours} for {theirs}");
            }
        }
    }

    #[test]
    fn gelu_and_tanh_have_the_values_and_gradients_of_burns() {
        let device = Device::flex().autodiff();
        for activation in [Activation::Gelu, Activation::Tanh] {
            let x = random([3, 7, 5], &device) * 3.0;
            let theirs = |x: &Tensor<3>| super::super::composed(x.clone(), activation);
            agree("curve", x.detach(), |_| Vec::new(), |x| curve(x, activation), theirs);
        }
    }

    #[test]
    fn a_resize_has_the_values_and_gradients_of_two_matrix_products() {
        use crate::model::resize::{Corners, bilinear_last};
        let device = Device::flex().autodiff();
        for (from, to) in [([1, 1], [3, 2]), ([4, 5], [8, 10]), ([5, 7], [40, 56]), ([9, 6], [4, 5])] {
            let x = random([2, from[0], from[1], 11], &device);
            let theirs = |x: &Tensor<4>| {
                let x = x.clone().reshape([2, from[0] * from[1], 11]);
                bilinear_last(x, from, to, Corners::Centred).reshape([2, to[0], to[1], 11])
            };
            agree("resize", x, |_| Vec::new(), |x| resize(x, to[0], to[1]), theirs);
        }
    }
}
