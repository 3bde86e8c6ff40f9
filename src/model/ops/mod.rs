//! Operations of the networks that answer fast on a processor: several steps of a layer in one, channels last.
//!
//! Each is a function on tensors with one meaning everywhere. On the plain CPU device it runs a kernel of ours; on any
//! other device, and wherever gradients are wanted, it is composed of Burn's operations.
//!
//! Kernels hold the channels of a cell together, so a map that one of them made has the logical shape `[B, C, H, W]` over
//! memory in the order `[B, H, W, C]`. [`channels_last`] of such a map, and [`channels_first`] back, copy nothing.

mod kernels;
mod learned;

use burn::backend::tensor::FloatTensor;
use burn::backend::{DispatchDevice, Flex};
use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, LayerNorm, Linear, PaddingConfig2d};
use burn::tensor::activation::{gelu, log_sigmoid, relu, sigmoid, softmax, tanh};
use burn::tensor::{DType, Tensor, TensorData};

pub use self::kernels::{Activation, LAYER_NORM_EPSILON, PixelWeights};
use self::kernels::{Matrix, NormedLinear, WIDTH, Walk, Words};
use super::resize::{Corners, bilinear_last};

/// `activation(x)`.
pub fn activate<const D: usize>(x: Tensor<D>, activation: Activation) -> Tensor<D> {
    learned::curve(&x, activation).unwrap_or_else(|| composed(x, activation))
}

/// Sums over the pixels of each of `M` masks from margins (target minus background) and truths `[M, H, W]`, as `[M, 3]`:
/// the weighted cross entropies, the probabilities, and the probabilities inside. Truths get no gradient.
pub fn mask_sums(margin: Tensor<3>, inside: Tensor<3>, weights: PixelWeights) -> Tensor<2> {
    if let Some(sums) = learned::mask_sums(&margin, &inside, weights) {
        return sums;
    }
    let [phrases, height, width] = margin.dims();
    let sum = |x: Tensor<3>| x.reshape([phrases, height * width]).sum_dim(1); // [M, 1]
    let entropy = -log_sigmoid(margin.clone() * (inside.clone() * 2.0 - 1.0)); // [M, H, W]
    let weighted = entropy * (inside.clone() * weights.beyond + weights.background);
    let chance = sigmoid(margin);
    Tensor::cat(vec![sum(weighted), sum(chance.clone()), sum(chance * inside)], 1)
}

/// `activation(x)` by Burn's operations.
fn composed<const D: usize>(x: Tensor<D>, activation: Activation) -> Tensor<D> {
    match activation {
        Activation::Identity => x,
        Activation::Relu => relu(x),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Gelu => gelu(x),
        Activation::Tanh => tanh(x),
    }
}

/// `[B, C, H, W]` seen as `[B, H, W, C]`.
pub fn channels_last(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 2, 3, 1])
}

/// `[B, H, W, C]` seen as `[B, C, H, W]`.
pub fn channels_first(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 3, 1, 2])
}

/// `activation(layer(x))` of `[B, N, C]`.
pub fn linear(x: Tensor<3>, layer: &Linear, activation: Activation) -> Tensor<3> {
    if !is_plain_cpu(&x) {
        return activate(learned::linear(&x, layer).unwrap_or_else(|| layer.forward(x)), activation);
    }
    let device = x.device();
    let [batch, cells, inner] = x.dims();
    let [_, columns] = layer.weight.dims();
    let (x, weight, bias) = (Values::of(x), Values::of(layer.weight.val()), bias(&layer.bias));
    let weight = Matrix::from_rows(weight.floats(), inner, columns);
    let out = kernels::linear(x.floats(), inner, &weight, bias.floats(), activation);
    Tensor::from_data(TensorData::new(out, [batch, cells, columns]), &device)
}

/// `activation(conv(x))` of `[B, C, H, W]`.
pub fn convolve(x: Tensor<4>, conv: &Conv2d, activation: Activation) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let [columns, _, down, across] = conv.weight.dims();
    let walk = Walk { size: [height, width], kernel: [down, across], stride: conv.stride };
    let pointwise = [down, across] == [1, 1] && conv.stride == [1, 1];
    let depthwise = conv.groups == channels && columns == channels && channels.is_multiple_of(WIDTH);
    let same = matches!(conv.padding, PaddingConfig2d::Same) || pointwise;
    if !is_plain_cpu(&x) || !same || conv.dilation != [1, 1] || !(depthwise || conv.groups == 1) {
        return activate(learned::convolve(&x, conv).unwrap_or_else(|| conv.forward(x)), activation);
    }
    let device = x.device();
    let x = Values::of(channels_last(x));
    let bias = bias(&conv.bias);
    let (x, bias) = (x.floats(), bias.floats());
    let out = if conv.groups > 1 {
        let weight = Values::of(conv.weight.val().permute([2, 3, 1, 0])); // [kernel, kernel, 1, C]
        kernels::depthwise(x, channels, walk, weight.floats(), bias, activation)
    } else if pointwise {
        let weight = Values::of(conv.weight.val()); // [C', C, 1, 1]
        let weight = Matrix::from_columns(weight.floats(), channels, columns);
        kernels::linear(x, channels, &weight, bias, activation)
    } else {
        let weight = Values::of(conv.weight.val().permute([2, 3, 1, 0])); // [kernel, kernel, C, C']
        let weight = Matrix::from_rows(weight.floats(), down * across * channels, columns);
        kernels::dense(x, channels, walk, &weight, bias, activation)
    };
    let [height, width] = walk.out();
    channels_first(Tensor::from_data(TensorData::new(out, [batch, height, width, columns]), &device))
}

/// `activation(norm(conv(x)))` of `[B, C, H, W]`, the norm still apart from the convolution: for training.
pub fn convolve_normed(x: Tensor<4>, conv: &Conv2d, norm: &BatchNorm, activation: Activation) -> Tensor<4> {
    let x = learned::convolve(&x, conv).unwrap_or_else(|| conv.forward(x));
    learned::normalise(&x, norm, activation).unwrap_or_else(|| activate(norm.forward(x), activation))
}

/// Sum of two maps of one shape.
pub fn add(a: Tensor<4>, b: Tensor<4>) -> Tensor<4> {
    if is_plain_cpu(&a) {
        // Both lie channels last in memory, so that this adds two plain runs of floats.
        return channels_first(channels_last(a) + channels_last(b));
    }
    a + b
}

/// Bilinear resize of `[B, H, W, C]` to `[B, height, width, C]`, pixel centres aligned (`align_corners` false).
pub fn resize(x: Tensor<4>, height: usize, width: usize) -> Tensor<4> {
    let [b, h, w, c] = x.dims();
    if [h, w] == [height, width] {
        return x;
    }
    if is_plain_cpu(&x) {
        let device = x.device();
        let out = kernels::resize(Values::of(x).floats(), c, [h, w], [height, width]);
        return Tensor::from_data(TensorData::new(out, [b, height, width, c]), &device);
    }
    if let Some(resized) = learned::resize(&x, height, width) {
        return resized;
    }
    let x = x.reshape([b, h * w, c]);
    bilinear_last(x, [h, w], [height, width], Corners::Centred).reshape([b, height, width, c])
}

/// The parts of an attention of cells to words.
pub struct TextAttention<'a> {
    /// Cells to queries.
    pub query: &'a Linear,
    /// After `query`.
    pub query_norm: &'a LayerNorm,
    /// `[M, T, C]`.
    pub key: Tensor<3>,
    /// `[M, T, C]`.
    pub value: Tensor<3>,
    /// `[M, T]`, 1 for a word that counts.
    pub mask: Tensor<2>,
    /// What was attended to, to cells.
    pub out: &'a Linear,
    /// After `out`.
    pub out_norm: &'a LayerNorm,
    /// Heads into which the width is cut.
    pub heads: usize,
}

/// `out_norm(out(softmax(q · keyᵀ / √d + mask) · value))` with `q = query_norm(query(x))`, of `[M, N, C]`.
pub fn attend(x: Tensor<3>, by: TextAttention<'_>) -> Tensor<3> {
    let [_, _, width] = x.dims();
    if is_plain_cpu(&x) && width.is_multiple_of(by.heads * WIDTH) {
        attend_on_cpu(x, by)
    } else {
        attend_composed(x, by)
    }
}

fn attend_on_cpu(x: Tensor<3>, by: TextAttention<'_>) -> Tensor<3> {
    let device = x.device();
    let [phrases, cells, width] = x.dims();
    let [_, count] = by.mask.dims();
    let (key, value, mask) = (Values::of(by.key), Values::of(by.value), Values::of(by.mask));
    let words: Vec<Words> = (0..phrases)
        .map(|phrase| {
            let words = phrase * count * width..(phrase + 1) * count * width;
            let mask = &mask.floats()[phrase * count..(phrase + 1) * count];
            Words::new(&key.floats()[words.clone()], &value.floats()[words], mask, width, by.heads)
        })
        .collect();
    let query = Normed::of(by.query, by.query_norm);
    let out = Normed::of(by.out, by.out_norm);
    let result = kernels::attend(Values::of(x).floats(), cells, &query.parts(), &words, &out.parts());
    Tensor::from_data(TensorData::new(result, [phrases, cells, width]), &device)
}

fn attend_composed(x: Tensor<3>, by: TextAttention<'_>) -> Tensor<3> {
    /// Added to the score of a word that does not count, as FIANet does it.
    const MASKED: f64 = -1e4;
    let [phrases, cells, width] = x.dims();
    let [_, words] = by.mask.dims();
    let depth = width / by.heads;
    let split = |x: Tensor<3>, count: usize| x.reshape([phrases, count, by.heads, depth]).swap_dims(1, 2);
    let query = split(by.query_norm.forward(linear(x, by.query, Activation::Identity)), cells); // [M, heads, N, depth]
    let key = split(by.key, words);
    let value = split(by.value, words);
    let mask = ((by.mask - 1.0) * -MASKED).reshape([phrases, 1, 1, words]);
    let scores = query.matmul(key.swap_dims(2, 3)).div_scalar((depth as f64).sqrt()) + mask; // [M, heads, N, T]
    let mixed = softmax(scores, 3).matmul(value).swap_dims(1, 2).reshape([phrases, cells, width]);
    by.out_norm.forward(linear(mixed, by.out, Activation::Identity))
}

/// Whether `x` lies on the CPU in f32 and no gradient is wanted of it.
fn is_plain_cpu<const D: usize>(x: &Tensor<D>) -> bool {
    matches!(x.device().as_dispatch(), DispatchDevice::Flex(_)) && x.dtype() == DType::F32
}

/// The floats of a tensor on the plain CPU device, row by row.
struct Values(Option<FloatTensor<Flex>>);

impl Values {
    /// Copies only where the tensor is a view that is not laid out row by row.
    fn of<const D: usize>(x: Tensor<D>) -> Self {
        Self(x.try_into_primitive::<Flex>().ok().map(|x| x.to_contiguous()))
    }

    fn floats(&self) -> &[f32] {
        self.0.as_ref().map_or(&[], |x| x.storage())
    }
}

fn bias(bias: &Option<Param<Tensor<1>>>) -> Values {
    bias.as_ref().map_or(Values(None), |bias| Values::of(bias.val()))
}

/// The floats of a linear layer and of the norm after it.
struct Normed {
    weight: Matrix,
    bias: Values,
    gamma: Values,
    beta: Values,
}

impl Normed {
    fn of(layer: &Linear, norm: &LayerNorm) -> Self {
        let [inner, columns] = layer.weight.dims();
        Self {
            weight: Matrix::from_rows(Values::of(layer.weight.val()).floats(), inner, columns),
            bias: bias(&layer.bias),
            gamma: Values::of(norm.gamma.val()),
            beta: bias(&norm.beta),
        }
    }

    fn parts(&self) -> NormedLinear<'_> {
        let Self { weight, bias, gamma, beta } = self;
        NormedLinear { weight, bias: bias.floats(), gamma: gamma.floats(), beta: beta.floats() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::conv::Conv2dConfig;
    use burn::nn::{LayerNormConfig, LinearConfig};
    use burn::tensor::{Device, Distribution};

    fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
    }

    fn assert_close<const D: usize>(found: Tensor<D>, wanted: Tensor<D>, what: &str) {
        assert_eq!(found.dims(), wanted.dims(), "{what}");
        let gap: f32 = (found - wanted).abs().max().into_scalar();
        assert!(gap < 2e-5, "{what}: {gap:e}"); // sums of up to 400 products of about one, in another order
    }

    #[test]
    fn convolutions_of_every_kind_and_size_are_those_of_burn() {
        let device = Device::flex();
        for (input, output, kernel, stride, groups) in [
            (3, 32, 3, 2, 1),
            (16, 24, 1, 1, 1),
            (24, 24, 3, 1, 24),
            (16, 16, 5, 2, 16),
            (8, 8, 5, 1, 8),
            (12, 2, 1, 1, 1),
        ] {
            for (size, bias) in [([1, 1], true), ([2, 9], false), ([13, 20], true), ([17, 31], false)] {
                let conv = Conv2dConfig::new([input, output], [kernel, kernel])
                    .with_stride([stride, stride])
                    .with_groups(groups)
                    .with_padding(PaddingConfig2d::Same)
                    .with_bias(bias)
                    .init(&device);
                let x = random([2, input, size[0], size[1]]);
                for activation in [Activation::Identity, Activation::Relu6, Activation::Gelu, Activation::Tanh] {
                    let wanted = activate(conv.forward(x.clone()), activation);
                    let what =
                        format!("{input} to {output}, {kernel}x{kernel}, stride {stride}, {size:?}, {activation:?}");
                    assert_close(convolve(x.clone(), &conv, activation), wanted, &what);
                }
            }
        }
    }

    #[test]
    fn a_map_is_resized_as_by_two_matrix_products() {
        for channels in [1, 2, 8, 19] {
            for (from, to) in [([1, 1], [3, 2]), ([4, 5], [8, 10]), ([5, 7], [40, 56]), ([9, 6], [4, 5])] {
                let x = random([2, from[0], from[1], channels]);
                let composed =
                    bilinear_last(x.clone().reshape([2, from[0] * from[1], channels]), from, to, Corners::Centred)
                        .reshape([2, to[0], to[1], channels]);
                assert_close(resize(x, to[0], to[1]), composed, &format!("{from:?} to {to:?}, {channels} channels"));
            }
        }
    }

    #[test]
    fn attention_in_one_go_is_attention_step_by_step_whatever_words_count() {
        let device = Device::flex();
        let linear = || LinearConfig::new(32, 32).init(&device);
        let norm = LayerNormConfig::new(32).with_epsilon(LAYER_NORM_EPSILON).init(&device);
        let (query, out) = (linear(), linear());
        for heads in [1, 4] {
            let by = || TextAttention {
                query: &query,
                query_norm: &norm,
                key: random([3, 11, 32]),
                value: random([3, 11, 32]),
                // All, some, and none of the words count.
                mask: Tensor::from_floats(
                    [[1.0; 11], [1., 0., 0., 1., 1., 0., 0., 0., 0., 0., 1.], [0.0; 11]],
                    &device,
                ),
                out: &out,
                out_norm: &norm,
                heads,
            };
            let (x, one) = (random([3, 67, 32]), by());
            let other =
                TextAttention { key: one.key.clone(), value: one.value.clone(), mask: one.mask.clone(), ..by() };
            let (fast, composed) = (attend_on_cpu(x.clone(), one), attend_composed(x, other));
            assert_close(fast.clone().narrow(0, 0, 2), composed.clone().narrow(0, 0, 2), "words count");
            // Scores near -1e4 keep only three decimals in f32; the kernel does not lose them.
            let gap: f32 = (fast - composed).abs().max().into_scalar();
            assert!(gap < 1e-2, "{gap:e}");
        }
    }
}
