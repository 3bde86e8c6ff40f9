//! The entries of a FIANet checkpoint, in state-dict order (FIANET.md 9 and 10).

use super::{Content, Layers, Param, Role};
use crate::model::config::{BertConfig, FiaNetConfig, SwinConfig};

/// First BERT layer that the official optimizer does not hold.
const FIRST_FROZEN_LAYER: usize = 10;

pub(super) fn whole(config: &FiaNetConfig) -> Vec<Param> {
    let mut layers = Layers::default();
    let swin = config.swin();
    let text = config.bert.width;
    patch_embedding(&mut layers, swin.embed);
    for stage in 0..4 {
        blocks(&mut layers, &swin, stage);
        alignment(&mut layers, stage, config.channels(stage), text);
        merging(&mut layers, &swin, stage);
    }
    for stage in 0..4 {
        layers.norm(&format!("backbone.norm{stage}"), config.channels(stage));
    }
    tmem(&mut layers, config);
    decoder(&mut layers, config.embed);
    text_encoder(&mut layers, &config.bert);
    layers.0
}

pub(super) fn swin(config: &SwinConfig) -> Vec<Param> {
    let mut layers = Layers::default();
    patch_embedding(&mut layers, config.embed);
    for stage in 0..4 {
        blocks(&mut layers, config, stage);
        merging(&mut layers, config, stage);
    }
    layers.0
}

pub(super) fn bert(config: &BertConfig) -> Vec<Param> {
    let mut layers = Layers::default();
    text_encoder(&mut layers, config);
    layers.0
}

fn patch_embedding(layers: &mut Layers, embed: usize) {
    layers.affine("backbone.patch_embed.proj", &[embed, 3, 4, 4]);
    layers.norm("backbone.patch_embed.norm", embed);
}

fn blocks(layers: &mut Layers, config: &SwinConfig, stage: usize) {
    let channels = config.channels(stage);
    let cells = config.window * config.window;
    let offsets = 2 * config.window - 1;
    for block in 0..config.depths[stage] {
        let prefix = format!("backbone.layers.{stage}.blocks.{block}");
        layers.norm(&format!("{prefix}.norm1"), channels);
        let attention = format!("{prefix}.attn");
        layers.push(
            format!("{attention}.relative_position_bias_table"),
            &[offsets * offsets, config.heads[stage]],
            Content::Parameter,
        );
        layers.push(format!("{attention}.relative_position_index"), &[cells, cells], Content::RelativeIndex);
        layers.affine(&format!("{attention}.qkv"), &[3 * channels, channels]);
        layers.affine(&format!("{attention}.proj"), &[channels, channels]);
        layers.norm(&format!("{prefix}.norm2"), channels);
        layers.affine(&format!("{prefix}.mlp.fc1"), &[4 * channels, channels]);
        layers.affine(&format!("{prefix}.mlp.fc2"), &[channels, 4 * channels]);
    }
}

fn alignment(layers: &mut Layers, stage: usize, channels: usize, text: usize) {
    let prefix = format!("backbone.layers.{stage}");
    layers.affine(&format!("{prefix}.fc1"), &[channels / 8, channels]);
    layers.affine(&format!("{prefix}.fc2"), &[channels, channels / 8]);
    let context = format!("{prefix}.context_pixel_attn");
    layers.affine(&format!("{context}.vis_project.0"), &[channels, channels, 1]);
    cross_attention(layers, &format!("{context}.image_lang_att"), channels, text);
    layers.affine(&format!("{context}.project_mm.0"), &[channels, channels, 1]);
    layers.weight(&format!("{prefix}.context_tanh_gate.0"), &[channels, channels]);
    layers.weight(&format!("{prefix}.context_tanh_gate.2"), &[channels, channels]);
    let object = format!("{prefix}.object_position_align_blk");
    cross_attention(layers, &format!("{object}.go_cross_attn"), channels, text);
    layers.weight(&format!("{object}.go_tanh_gating.0"), &[channels, channels]);
    layers.weight(&format!("{object}.go_tanh_gating.2"), &[channels, channels]);
    layers.weight(&format!("{object}.go_embedding"), &[channels, channels]);
    cross_attention(layers, &format!("{object}.sp_cross_attn"), channels, text);
    layers.weight(&format!("{object}.conv1"), &[1, 2, 3, 3]);
}

fn cross_attention(layers: &mut Layers, prefix: &str, width: usize, text: usize) {
    layers.affine(&format!("{prefix}.f_key.0"), &[width, text, 1]);
    layers.affine(&format!("{prefix}.f_query.0"), &[width, width, 1]);
    layers.affine(&format!("{prefix}.f_value.0"), &[width, text, 1]);
    layers.affine(&format!("{prefix}.W.0"), &[width, width, 1]);
}

fn merging(layers: &mut Layers, config: &SwinConfig, stage: usize) {
    if stage < 3 {
        let channels = config.channels(stage);
        let prefix = format!("backbone.layers.{stage}.downsample");
        layers.weight(&format!("{prefix}.reduction"), &[2 * channels, 4 * channels]);
        layers.norm(&format!("{prefix}.norm"), 4 * channels);
    }
}

fn tmem(layers: &mut Layers, config: &FiaNetConfig) {
    let (sum, width) = (config.pyramid_channels(), config.tmem_width());
    layers.affine("backbone.tmem.down_channel", &[width, sum, 1, 1]);
    layers.affine("backbone.tmem.up_channel", &[sum, width, 1, 1]);
    for block in 0..config.tmem_blocks {
        let prefix = format!("backbone.tmem.block.{block}");
        layers.norm(&format!("{prefix}.norm1"), width);
        cross_attention(layers, &format!("{prefix}.tma"), width, config.bert.width);
        layers.norm(&format!("{prefix}.norm2"), width);
        layers.affine(&format!("{prefix}.ff.net.0"), &[2 * width, width]);
        layers.affine(&format!("{prefix}.ff.net.3"), &[width, 2 * width]);
    }
    layers.counted_batch_norm("backbone.tmem.bn", width);
    for scale in 0..4 {
        let channels = config.channels(scale);
        for (number, conv) in ["local_embedding", "global_embedding", "global_act"].into_iter().enumerate() {
            let prefix = format!("backbone.tmem.fusion.{scale}");
            layers.affine(&format!("{prefix}.{conv}"), &[channels, channels, 1, 1]);
            layers.counted_batch_norm(&format!("{prefix}.bn{}", number + 1), channels);
        }
    }
}

fn decoder(layers: &mut Layers, embed: usize) {
    let width = 4 * embed;
    for (step, inputs) in [(4, 12 * embed), (3, 6 * embed), (2, 5 * embed)] {
        layers.weight(&format!("classifier.conv1_{step}"), &[width, inputs, 3, 3]);
        layers.counted_batch_norm(&format!("classifier.bn1_{step}"), width);
        layers.weight(&format!("classifier.conv2_{step}"), &[width, width, 3, 3]);
        layers.counted_batch_norm(&format!("classifier.bn2_{step}"), width);
    }
    layers.affine("classifier.conv1_1", &[2, width, 1, 1]);
}

fn text_encoder(layers: &mut Layers, config: &BertConfig) {
    let width = config.width;
    for (table, rows) in [("word", config.vocab), ("position", config.positions), ("token_type", config.types)] {
        layers.weight(&format!("text_encoder.embeddings.{table}_embeddings"), &[rows, width]);
    }
    layers.norm("text_encoder.embeddings.LayerNorm", width);
    for layer in 0..config.layers {
        let prefix = format!("text_encoder.encoder.layer.{layer}");
        for projection in ["query", "key", "value"] {
            layers.affine(&format!("{prefix}.attention.self.{projection}"), &[width, width]);
        }
        layers.affine(&format!("{prefix}.attention.output.dense"), &[width, width]);
        layers.norm(&format!("{prefix}.attention.output.LayerNorm"), width);
        layers.affine(&format!("{prefix}.intermediate.dense"), &[config.inner, width]);
        layers.affine(&format!("{prefix}.output.dense"), &[width, config.inner]);
        layers.norm(&format!("{prefix}.output.LayerNorm"), width);
    }
}

pub(super) fn role(name: &str) -> Role {
    if name.contains(".go_embedding.") {
        return Role::Dead;
    }
    if let Some(rest) = name.strip_prefix("backbone.layers.3.") {
        let unused = ["fc1.", "fc2.", "context_tanh_gate.", "object_position_align_blk."];
        return if unused.iter().any(|part| rest.starts_with(part)) { Role::Dead } else { Role::Trained };
    }
    let Some(rest) = name.strip_prefix("text_encoder.") else { return Role::Trained };
    let layer = rest.strip_prefix("encoder.layer.").and_then(|rest| rest.split('.').next()?.parse().ok());
    if layer.is_some_and(|layer: usize| layer < FIRST_FROZEN_LAYER) { Role::Trained } else { Role::Frozen }
}

pub(super) fn optimizer_group(name: &str) -> Option<usize> {
    let undecayed = ["norm", "absolute_pos_embed", "relative_position_bias_table"];
    if name.starts_with("backbone.") {
        return Some(if undecayed.iter().any(|part| name.contains(part)) { 0 } else { 1 });
    }
    if name.starts_with("classifier.") {
        return Some(2);
    }
    (role(name) == Role::Trained).then_some(3)
}
