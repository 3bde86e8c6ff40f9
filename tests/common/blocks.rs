//! Each part of the published network on its own, on any device, fed with what entered it in the official program.

use burn::tensor::Device;
use referent::model::bert::Bert;
use referent::model::cross_attention::{CrossAttention, TextView};
use referent::model::decoder::Decoder;
use referent::model::feature_map::FeatureMap;
use referent::model::fiam::{Fiam, TextViews};
use referent::model::swin::{PatchEmbed, PatchMerging, SwinBlock, Windows};
use referent::model::tmem::{ScaleGate, Tmem};
use referent::model::trace::{Recorder, Trace};

use super::fixture::Case;
use super::part::{filled, share};
use super::synthetic;

/// Compares everything a part showed of itself with the fixture, as far as it is there, under `prefix`.
fn check_all(case: &Case, prefix: &str, recorder: Recorder, at_least: usize) {
    let mut checked = 0;
    for (name, found) in recorder.into_values() {
        let name = format!("{prefix}{name}");
        if case.rows.iter().any(|row| row.name == name) {
            let found: Vec<f32> = found.try_to_vec().unwrap();
            case.check_values(&name, &found);
            checked += 1;
        }
    }
    assert!(checked >= at_least, "{checked} tensors compared where {at_least} were expected");
}

/// The three readings as the official text encoder gave them.
pub fn views(case: &Case, device: &Device) -> TextViews {
    let last = case.config.bert.layers - 1;
    let view = |label: &str, mask: &str| TextView {
        features: case.value(&format!("text_encoder.encoder.layer.{last}:{label}:out"), device),
        mask: case.inputs.tensor(mask, device),
    };
    TextViews {
        context: view("context", "input.l_mask"),
        object: view("object", "input.t_mask"),
        position: view("position", "input.p_mask"),
    }
}

/// The text encoder under one of the three masks.
pub fn bert(case: &Case, label: &str, mask: &str, device: &Device) {
    let bert = Bert::new(&case.config.bert, 0.0, device);
    let bert = filled(bert, "text_encoder.", &synthetic::weights(&case.config));
    let (recorder, labels) = (Recorder::new(), [label]);
    let (ids, mask) = (case.inputs.int("input.ids", device), case.inputs.tensor(mask, device));
    bert.forward(ids, mask, &Trace::on(&recorder).labelled(&labels));
    check_all(case, "text_encoder.", recorder, case.config.bert.layers + 3);
}

/// The patch embedding of the whole image, whose map has `size`.
pub fn patch_embedding(case: &Case, size: [usize; 2], device: &Device) {
    let embed = PatchEmbed::new(case.config.embed, device);
    let embed = filled(embed, "backbone.patch_embed.", &synthetic::weights(&case.config));
    let (tokens, found) = embed.forward(case.inputs.tensor("input.image", device));
    assert_eq!(found, size);
    case.check("backbone.patch_embed:out", FeatureMap { tokens, size }.planes());
}

/// Block 0 (unshifted) or 1 (shifted) of a stage after the first, on a map of `size`.
pub fn swin_block(case: &Case, stage: usize, block: usize, size: [usize; 2], device: &Device) {
    let (width, window) = (case.config.embed << stage, case.config.window);
    let blocks = format!("backbone.layers.{stage}.blocks.");
    let before = match block {
        0 => format!("backbone.layers.{}.downsample:out", stage - 1),
        _ => format!("{blocks}0:out"),
    };
    let module = SwinBlock::new(width, case.config.heads[stage], window, 0.0, device);
    let module = filled(module, &format!("{blocks}{block}."), &synthetic::weights(&case.config));
    let windows = Windows::new(size, window, block * (window / 2), device);
    let recorder = Recorder::new();
    let out = module.forward(case.value(&before, device), &windows, &Trace::on(&recorder));
    case.check(&format!("{blocks}{block}:out"), out);
    check_all(case, &format!("{blocks}{block}."), recorder, 4);
}

/// The way from `stage`, a map of `size`, to the next one.
pub fn patch_merging(case: &Case, stage: usize, size: [usize; 2], device: &Device) {
    let place = format!("backbone.layers.{stage}.downsample");
    let merging = PatchMerging::new(case.config.embed << stage, device);
    let merging = filled(merging, &format!("{place}."), &synthetic::weights(&case.config));
    let (out, half) = merging.forward(case.value(&format!("{place}:in"), device), size);
    assert_eq!(half, size.map(|side: usize| side.div_ceil(2)));
    case.check(&format!("{place}:out"), out);
}

/// One of the three cross attentions of stage 1, on the text it belongs to.
pub fn cross_attention(case: &Case, part: &str, text: &TextView, device: &Device) {
    let place = format!("backbone.layers.1.{part}");
    let heads = case.config.fusion_heads[1];
    let attention = CrossAttention::new(2 * case.config.embed, case.config.bert.width, heads, device);
    let attention = filled(attention, &format!("{place}."), &synthetic::weights(&case.config));
    let recorder = Recorder::new();
    let x = case.value("backbone.layers.1.blocks.1:out", device);
    let out = attention.forward(x, text, &Trace::on(&recorder));
    case.check(&format!("{place}:out"), out);
    check_all(case, &format!("{place}."), recorder, 4);
}

/// The alignment after a stage of two blocks with a map of `size`.
pub fn fiam(case: &Case, stage: usize, size: [usize; 2], device: &Device) {
    let prefix = format!("backbone.layers.{stage}.");
    let (width, heads) = (case.config.embed << stage, case.config.fusion_heads[stage]);
    let mut weights = share(&prefix, &synthetic::weights(&case.config));
    weights.retain(|name, _| !name.starts_with("blocks.") && !name.starts_with("downsample."));
    let fiam = filled(Fiam::new(width, case.config.bert.width, heads, device), "", &weights);
    let recorder = Recorder::new();
    let trace = Trace::on(&recorder);
    let (x, text) = (case.value::<3>(&format!("{prefix}blocks.1:out"), device), views(case, device));
    let residual = fiam.residual(x.clone(), &text.context, &trace);
    let aligned = fiam.align(x, residual.clone(), &text, size, &trace);
    case.check(&format!("backbone.layers.{stage}:out"), residual);
    if stage < 3 {
        case.check(&format!("{prefix}downsample:in"), aligned);
    }
    check_all(case, &prefix, recorder, 24);
}

/// What the stages give to the rest, their maps being of `sizes`.
fn stage_features(case: &Case, sizes: [[usize; 2]; 4], device: &Device) -> [FeatureMap; 4] {
    let mut stage = 0;
    sizes.map(|size| {
        stage += 1;
        FeatureMap { tokens: case.value(&format!("backbone.norm{}:out", stage - 1), device), size }
    })
}

/// The module over all scales, its gates among it.
pub fn tmem(case: &Case, sizes: [[usize; 2]; 4], device: &Device) {
    let channels = [0, 1, 2, 3].map(|i| case.config.embed << i);
    let tmem = Tmem::new(channels, case.config.bert.width, case.config.tmem_blocks, device);
    let tmem = filled(tmem, "backbone.tmem.", &synthetic::weights(&case.config));
    let recorder = Recorder::new();
    let features = stage_features(case, sizes, device);
    tmem.forward(features, &views(case, device).context, &Trace::on(&recorder));
    check_all(case, "backbone.tmem.", recorder, 24);
}

/// The gate of one scale.
pub fn scale_gate(case: &Case, scale: usize, sizes: [[usize; 2]; 4], device: &Device) {
    let (width, place) = (case.config.embed << scale, format!("backbone.tmem.fusion.{scale}"));
    let mixed = FeatureMap::from_planes(case.value("backbone.tmem.up_channel:out", device));
    let from = case.config.embed * ((1 << scale) - 1);
    let gate = filled(ScaleGate::new(width, device), &format!("{place}."), &synthetic::weights(&case.config));
    let global = mixed.with(mixed.tokens.clone().narrow(2, from, width));
    let local = stage_features(case, sizes, device)[scale].clone();
    case.check(&format!("{place}:out"), gate.forward(local, global, &Trace::off()).planes());
}

/// The decoder up to its logits at a quarter of the size.
pub fn decoder(case: &Case, device: &Device) {
    let decoder = Decoder::new(case.config.embed, device);
    let decoder = filled(decoder, "classifier.", &synthetic::weights(&case.config));
    let maps =
        [0, 1, 2, 3].map(|i| FeatureMap::from_planes(case.value(&format!("backbone.tmem.fusion.{i}:out"), device)));
    let recorder = Recorder::new();
    let out = decoder.forward(maps, &Trace::on(&recorder));
    case.check("classifier:out", out);
    check_all(case, "classifier.", recorder, 6);
}
