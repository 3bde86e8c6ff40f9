//! TMEM, the text-enhanced multi-scale module: all four scales meet under the sentence and return to each scale.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::activation::gelu;
use burn::tensor::module::adaptive_avg_pool2d;
use burn::tensor::{Device, Tensor};

use super::batch_norm::BatchNorm;
use super::cross_attention::{CrossAttention, TextView};
use super::feature_map::FeatureMap;
use super::layers::{layer_norm, linear, pointwise};
use super::resize::{Corners, bilinear_last};
use super::trace::Trace;

/// FIANET.md section 7; equations (11) to (15).
#[derive(Module, Debug)]
pub struct Tmem {
    down_channel: Linear,
    text_blocks: Vec<TmemBlock>,
    bn: BatchNorm,
    up_channel: Linear,
    gates: Vec<ScaleGate>,
}

impl Tmem {
    /// For stage widths `channels`, `text` channels of the words and `blocks` blocks.
    pub fn new(channels: [usize; 4], text: usize, blocks: usize, device: &Device) -> Self {
        let all = channels.iter().sum::<usize>();
        let hidden = all / 4;
        Self {
            down_channel: pointwise(all, hidden, device),
            text_blocks: (0..blocks).map(|_| TmemBlock::new(hidden, text, device)).collect(),
            bn: BatchNorm::new(hidden, device),
            up_channel: pointwise(hidden, all, device),
            gates: channels.iter().map(|&c| ScaleGate::new(c, device)).collect(),
        }
    }

    /// The stage features, finest first, to maps of the same sizes and widths.
    pub fn forward(&self, features: [FeatureMap; 4], text: &TextView, trace: &Trace) -> [FeatureMap; 4] {
        let size = features[3].size;
        let pooled = features.iter().map(|f| pool(f, size)).collect();
        let z = FeatureMap { tokens: Tensor::cat(pooled, 2), size }; // [B, N₃, S]
        trace.of("pool").output(|| z.planes());
        let mut z = z.with(self.down_channel.forward(z.tokens.clone())); // [B, N₃, S/4]
        trace.of("down_channel").output(|| z.planes());
        for (k, block) in self.text_blocks.iter().enumerate() {
            let here = trace.nth("block", k);
            z = z.with(block.forward(z.tokens.clone(), text, &here));
            here.output(|| z.planes());
        }
        let z = z.with(self.bn.forward_last(z.tokens.clone()));
        trace.of("bn").output(|| z.planes());
        let z = z.with(self.up_channel.forward(z.tokens.clone())); // [B, N₃, S]
        trace.of("up_channel").output(|| z.planes());

        let mut from = 0;
        let mut gates = self.gates.iter().enumerate();
        features.map(|local| {
            let Some((i, gate)) = gates.next() else { return local };
            let [_, _, width] = local.tokens.dims();
            let global = z.with(z.tokens.clone().narrow(2, from, width)); // [B, N₃, C_i]
            from += width;
            gate.forward(local, global, &trace.nth("fusion", i))
        })
    }
}

/// Adaptive average pooling to `size`: `[B, N₃, C]`.
fn pool(map: &FeatureMap, size: [usize; 2]) -> Tensor<3> {
    if map.size == size {
        return map.tokens.clone();
    }
    FeatureMap::from_planes(adaptive_avg_pool2d(map.planes(), size)).tokens
}

/// Text attention and a feed-forward part on the pooled scales; called self-attention in the paper, but the keys and
/// values are the words (section 14.9).
#[derive(Module, Debug)]
pub struct TmemBlock {
    norm1: LayerNorm,
    tma: CrossAttention,
    norm2: LayerNorm,
    ff: FeedForward,
}

impl TmemBlock {
    /// Over `hidden` channels with `text` channels of the words.
    pub fn new(hidden: usize, text: usize, device: &Device) -> Self {
        Self {
            norm1: layer_norm(hidden, device),
            tma: CrossAttention::new(hidden, text, 1, device),
            norm2: layer_norm(hidden, device),
            ff: FeedForward {
                expand: linear(hidden, 2 * hidden, true, device),
                contract: linear(2 * hidden, hidden, true, device),
            },
        }
    }

    /// `[B, N₃, h] → [B, N₃, h]`.
    pub fn forward(&self, z: Tensor<3>, text: &TextView, trace: &Trace) -> Tensor<3> {
        let y = self.norm1.forward(z.clone());
        trace.of("norm1").output(|| y.clone());
        let z = z + self.tma.forward(y, text, &trace.of("tma"));
        let y = self.norm2.forward(z.clone());
        trace.of("norm2").output(|| y.clone());
        let y = self.ff.forward(y);
        trace.of("ff").output(|| y.clone());
        z + y
    }
}

#[derive(Module, Debug)]
struct FeedForward {
    expand: Linear,
    contract: Linear,
}

impl FeedForward {
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.contract.forward(gelu(self.expand.forward(x)))
    }
}

/// Scale-aware gate: the local map weighted by the global one, plus the global one (section 7.6).
#[derive(Module, Debug)]
pub struct ScaleGate {
    local_embedding: Linear,
    global_embedding: Linear,
    global_act: Linear,
    bn1: BatchNorm,
    bn2: BatchNorm,
    bn3: BatchNorm,
}

impl ScaleGate {
    /// Over `channels` channels.
    pub fn new(channels: usize, device: &Device) -> Self {
        let map = || pointwise(channels, channels, device);
        let norm = || BatchNorm::new(channels, device);
        Self {
            local_embedding: map(),
            global_embedding: map(),
            global_act: map(),
            bn1: norm(),
            bn2: norm(),
            bn3: norm(),
        }
    }

    /// A stage's own map and its share of the mixed map, which is smaller, to a map like the first.
    pub fn forward(&self, local: FeatureMap, global: FeatureMap, trace: &Trace) -> FeatureMap {
        let up = |x: Tensor<3>| bilinear_last(x, global.size, local.size, Corners::Centred);
        let own = self.bn1.forward_last(self.local_embedding.forward(local.tokens.clone())); // [B, N_i, C]
        trace.of("bn1").output(|| local.with(own.clone()).planes());
        let all = self.bn2.forward_last(self.global_embedding.forward(global.tokens.clone())); // [B, N₃, C]
        trace.of("bn2").output(|| global.with(all.clone()).planes());
        let act = self.bn3.forward_last(self.global_act.forward(global.tokens.clone())); // [B, N₃, C]
        trace.of("bn3").output(|| global.with(act.clone()).planes());
        let act = (act + 3.0).clamp(0.0, 6.0) / 6.0;
        trace.of("act").output(|| global.with(act.clone()).planes());
        let out = local.with(own * up(act) + up(all)); // [B, N_i, C]
        trace.output(|| out.planes());
        out
    }
}
