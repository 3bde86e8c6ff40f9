//! BERT: the text encoder, post-norm, without pooler. Also serves MiniLM, which has the same form.

use burn::module::{Initializer, Module};
use burn::nn::{Dropout, DropoutConfig, Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear};
use burn::tensor::activation::{gelu, softmax};
use burn::tensor::{Device, Int, Tensor};

use super::config::BertConfig;
use super::layers::{TRANSFORMER_STD, linear};
use super::trace::Trace;

/// Added to the scores of a key that is masked. Finite, so that a sentence without any key stays finite too: such rows are
/// multiplied by a zero mask later (FIANET.md section 4).
const MASKED: f64 = -10_000.0;
const EPSILON: f64 = 1e-12;

/// Embeddings and encoder layers (FIANET.md section 4).
#[derive(Module, Debug)]
pub struct Bert {
    embeddings: Embeddings,
    encoder: Vec<Layer>,
}

impl Bert {
    /// An encoder whose weights are drawn at random. `dropout` is the rate in training; the official one is 0.1.
    pub fn new(config: &BertConfig, dropout: f64, device: &Device) -> Self {
        Self {
            embeddings: Embeddings::new(config, dropout, device),
            encoder: (0..config.layers).map(|_| Layer::new(config, dropout, device)).collect(),
        }
    }

    /// Hidden states `[B, T, D]` of token `ids` `[B, T]`, where `mask` `[B, T]` is 1 for the tokens that may be looked at.
    ///
    /// Every position gets a state, masked ones too. Ids are below the vocabulary's size and `T` is at most the number of
    /// positions. The trace holds `embeddings` and each `encoder.layer.N`: hidden state 0 and N + 1.
    pub fn forward(&self, ids: Tensor<2, Int>, mask: Tensor<2>, trace: &Trace) -> Tensor<3> {
        let x = self.embeddings.forward(ids); // [B, T, D]
        trace.of("embeddings").output(|| x.clone());
        let penalty = (-mask + 1.0) * MASKED; // [B, T]
        let penalty = penalty.unsqueeze_dims::<4>(&[1, 1]); // [B, 1, 1, T]
        let encoder = trace.of("encoder");
        self.encoder.iter().enumerate().fold(x, |x, (n, layer)| {
            let here = encoder.nth("layer", n);
            let x = layer.forward(x, penalty.clone(), &here);
            here.output(|| x.clone());
            x
        })
    }
}

/// Word, position and type, added and normalised.
#[derive(Module, Debug)]
struct Embeddings {
    word_embeddings: Embedding,
    position_embeddings: Embedding,
    token_type_embeddings: Embedding,
    norm: LayerNorm,
    dropout: Dropout,
}

impl Embeddings {
    fn new(config: &BertConfig, dropout: f64, device: &Device) -> Self {
        let table = |entries| {
            EmbeddingConfig::new(entries, config.width)
                .with_initializer(Initializer::Normal { mean: 0.0, std: TRANSFORMER_STD })
                .init(device)
        };
        Self {
            word_embeddings: table(config.vocab),
            position_embeddings: table(config.positions),
            token_type_embeddings: table(config.types),
            norm: norm(config.width, device),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    /// `[B, T] → [B, T, D]`; all tokens are of type 0.
    fn forward(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        let [_, t] = ids.dims();
        let words = self.word_embeddings.forward(ids); // [B, T, D]
        let places = self.position_embeddings.weight.val().narrow(0, 0, t); // [T, D]
        let kind = self.token_type_embeddings.weight.val().narrow(0, 0, 1); // [1, D]
        let x = words + places.unsqueeze::<3>() + kind.unsqueeze::<3>();
        self.dropout.forward(self.norm.forward(x))
    }
}

/// One encoder layer: self-attention, then the feed-forward part, each with its residual and norm.
#[derive(Module, Debug)]
struct Layer {
    self_attention: SelfAttention,
    attention_output: Output,
    intermediate: Linear,
    output: Output,
}

impl Layer {
    fn new(config: &BertConfig, dropout: f64, device: &Device) -> Self {
        Self {
            self_attention: SelfAttention::new(config, dropout, device),
            attention_output: Output::new(config.width, config.width, dropout, device),
            intermediate: linear(config.width, config.inner, true, device),
            output: Output::new(config.inner, config.width, dropout, device),
        }
    }

    /// `[B, T, D] → [B, T, D]`.
    fn forward(&self, x: Tensor<3>, penalty: Tensor<4>, trace: &Trace) -> Tensor<3> {
        let here = trace.of("attention");
        let heard = self.self_attention.forward(x.clone(), penalty); // [B, T, D]
        here.of("self").output(|| heard.clone());
        let a = self.attention_output.forward(heard, x); // [B, T, D]
        here.output(|| a.clone());
        let inner = gelu(self.intermediate.forward(a.clone())); // [B, T, inner]
        self.output.forward(inner, a)
    }
}

/// Multi-head attention of the tokens on each other, before its output projection.
#[derive(Module, Debug)]
struct SelfAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    dropout: Dropout,
    heads: usize,
}

impl SelfAttention {
    fn new(config: &BertConfig, dropout: f64, device: &Device) -> Self {
        let projection = || linear(config.width, config.width, true, device);
        Self {
            query: projection(),
            key: projection(),
            value: projection(),
            dropout: DropoutConfig::new(dropout).init(),
            heads: config.heads,
        }
    }

    /// `[B, T, D] → [B, T, D]`; `penalty` `[B, 1, 1, T]` is added to the scores of each key.
    fn forward(&self, x: Tensor<3>, penalty: Tensor<4>) -> Tensor<3> {
        let [b, t, d] = x.dims();
        let width = d / self.heads;
        let split = |x: Tensor<3>| x.reshape([b, t, self.heads, width]).swap_dims(1, 2); // [B, h, T, d]
        let q = split(self.query.forward(x.clone()));
        let k = split(self.key.forward(x.clone()));
        let v = split(self.value.forward(x));
        let scores = q.matmul(k.transpose()) / (width as f64).sqrt(); // [B, h, T, T]
        let weights = self.dropout.forward(softmax(scores + penalty, 3));
        weights.matmul(v).swap_dims(1, 2).reshape([b, t, d])
    }
}

/// Projection, dropout, residual and norm: the end of both halves of a layer.
#[derive(Module, Debug)]
struct Output {
    dense: Linear,
    norm: LayerNorm,
    dropout: Dropout,
}

impl Output {
    fn new(inputs: usize, width: usize, dropout: f64, device: &Device) -> Self {
        Self {
            dense: linear(inputs, width, true, device),
            norm: norm(width, device),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    /// `[B, T, inputs]` and the residual `[B, T, D]` to `[B, T, D]`.
    fn forward(&self, x: Tensor<3>, residual: Tensor<3>) -> Tensor<3> {
        self.norm.forward(self.dropout.forward(self.dense.forward(x)) + residual)
    }
}

fn norm(width: usize, device: &Device) -> LayerNorm {
    LayerNormConfig::new(width).with_epsilon(EPSILON).init(device)
}
