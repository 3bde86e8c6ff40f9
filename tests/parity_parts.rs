//! Each part of the published network agrees with the official program on its own, fed with what entered it there, so that
//! a break names its place.

mod common;

use burn::tensor::{Device, Tensor};
use common::fixture::Case;
use common::part::filled;
use common::synthetic;
use referent::model::bert::Bert;
use referent::model::cross_attention::{CrossAttention, TextView};
use referent::model::decoder::Decoder;
use referent::model::feature_map::FeatureMap;
use referent::model::fiam::{Fiam, TextViews};
use referent::model::swin::{PatchEmbed, PatchMerging, SwinBlock, Windows};
use referent::model::tmem::{ScaleGate, Tmem};
use referent::model::trace::{Recorder, Trace};

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
fn views(case: &Case, device: &Device) -> TextViews {
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

fn planes(case: &Case, name: &str, device: &Device) -> FeatureMap {
    FeatureMap::from_planes(case.value(name, device))
}

#[test]
fn bert_alone() {
    for name in ["w7_200x168", "edge_w7_97x131"] {
        let (case, device) = (Case::read(name), Device::flex());
        let bert = Bert::new(&case.config.bert, 0.0, &device);
        let bert = filled(bert, "text_encoder.", &synthetic::weights(&case.config));
        for (label, mask) in [("context", "input.l_mask"), ("object", "input.t_mask"), ("position", "input.p_mask")] {
            let recorder = Recorder::new();
            let labels = [label];
            let ids = case.inputs.int("input.ids", &device);
            let mask = case.inputs.tensor(mask, &device);
            bert.forward(ids, mask, &Trace::on(&recorder).labelled(&labels));
            check_all(&case, "text_encoder.", recorder, case.config.bert.layers + 3);
        }
    }
}

#[test]
fn patch_embedding_alone() {
    for (name, size) in [("w7_200x168", [50, 42]), ("edge_w7_97x131", [25, 33])] {
        let (case, device) = (Case::read(name), Device::flex());
        let embed = PatchEmbed::new(case.config.embed, &device);
        let embed = filled(embed, "backbone.patch_embed.", &synthetic::weights(&case.config));
        let (tokens, found) = embed.forward(case.inputs.tensor("input.image", &device));
        assert_eq!(found, size);
        case.check("backbone.patch_embed:out", FeatureMap { tokens, size }.planes());
    }
}

#[test]
fn swin_blocks_alone_with_and_without_shift() {
    // A map of 13 x 11 in windows of 7 (padded), and one of 24 x 24 in windows of 12.
    for (name, stage, size) in [("w7_200x168", 2, [13, 11]), ("w12_192x192", 1, [24, 24])] {
        let (case, device) = (Case::read(name), Device::flex());
        let weights = synthetic::weights(&case.config);
        let (width, window) = (case.config.embed << stage, case.config.window);
        let prefix = format!("backbone.layers.{stage}.blocks.");
        let before = [format!("backbone.layers.{}.downsample:out", stage - 1), format!("{prefix}0:out")];
        for (j, before) in before.iter().enumerate() {
            let block = SwinBlock::new(width, case.config.heads[stage], window, 0.0, &device);
            let block = filled(block, &format!("{prefix}{j}."), &weights);
            let windows = Windows::new(size, window, j * (window / 2), &device);
            let recorder = Recorder::new();
            let out = block.forward(case.value(before, &device), &windows, &Trace::on(&recorder));
            case.check(&format!("{prefix}{j}:out"), out);
            check_all(&case, &format!("{prefix}{j}."), recorder, 4);
        }
    }
}

#[test]
fn patch_merging_alone_on_odd_and_even_maps() {
    for (name, sizes) in [
        ("w7_200x168", [[50, 42], [25, 21], [13, 11]]),
        ("w12_192x192", [[48, 48], [24, 24], [12, 12]]),
        ("edge_w7_97x131", [[25, 33], [13, 17], [7, 9]]),
    ] {
        let (case, device) = (Case::read(name), Device::flex());
        let weights = synthetic::weights(&case.config);
        for (stage, size) in sizes.into_iter().enumerate() {
            let prefix = format!("backbone.layers.{stage}.downsample");
            let merging = PatchMerging::new(case.config.embed << stage, &device);
            let merging = filled(merging, &format!("{prefix}."), &weights);
            let (out, half) = merging.forward(case.value(&format!("{prefix}:in"), &device), size);
            assert_eq!(half, size.map(|side: usize| side.div_ceil(2)));
            case.check(&format!("{prefix}:out"), out);
        }
    }
}

#[test]
fn cross_attention_alone_with_one_and_two_heads() {
    for name in ["w7_200x168", "edge_w7_97x131"] {
        let (case, device) = (Case::read(name), Device::flex());
        let (weights, text) = (synthetic::weights(&case.config), views(&case, &device));
        for (part, text) in [
            ("context_pixel_attn.image_lang_att", &text.context),
            ("object_position_align_blk.go_cross_attn", &text.object),
            ("object_position_align_blk.sp_cross_attn", &text.position),
        ] {
            let prefix = format!("backbone.layers.1.{part}");
            let heads = case.config.fusion_heads[1];
            let attention = CrossAttention::new(2 * case.config.embed, case.config.bert.width, heads, &device);
            let attention = filled(attention, &format!("{prefix}."), &weights);
            let recorder = Recorder::new();
            let x = case.value("backbone.layers.1.blocks.1:out", &device);
            let out = attention.forward(x, text, &Trace::on(&recorder));
            case.check(&format!("{prefix}:out"), out);
            check_all(&case, &format!("{prefix}."), recorder, 4);
        }
    }
}

#[test]
fn an_object_of_one_word_or_none_says_nothing() {
    // Sample 0 has one object word, sample 1 none (FIANET.md 14.1).
    let (case, device) = (Case::read("edge_w7_97x131"), Device::flex());
    let prefix = "backbone.layers.1.object_position_align_blk.go_cross_attn.";
    let attention = CrossAttention::new(2 * case.config.embed, case.config.bert.width, 2, &device);
    let attention = filled(attention, prefix, &synthetic::weights(&case.config));
    let x = case.value("backbone.layers.1.blocks.1:out", &device);
    let out = attention.forward(x, &views(&case, &device).object, &Trace::off());
    let largest = |sample: usize| out.clone().narrow(0, sample, 1).abs().max().into_scalar::<f32>();
    assert!(largest(0) <= 1e-4 && largest(1) <= 1e-4, "{} and {}", largest(0), largest(1));
    assert!(largest(2) > 1.0);
}

#[test]
fn fiam_alone() {
    for (name, stage, last, size) in [
        ("w7_200x168", 1, 1, [25, 21]),
        ("w12_192x192", 0, 1, [48, 48]),
        ("w12_192x192", 3, 1, [6, 6]),
        ("edge_w7_97x131", 1, 1, [13, 17]),
    ] {
        let (case, device) = (Case::read(name), Device::flex());
        let prefix = format!("backbone.layers.{stage}.");
        let (width, heads) = (case.config.embed << stage, case.config.fusion_heads[stage]);
        let mut weights = common::part::share(&prefix, &synthetic::weights(&case.config));
        weights.retain(|name, _| !name.starts_with("blocks.") && !name.starts_with("downsample."));
        let fiam = filled(Fiam::new(width, case.config.bert.width, heads, &device), "", &weights);
        let recorder = Recorder::new();
        let trace = Trace::on(&recorder);
        let (x, text) = (case.value::<3>(&format!("{prefix}blocks.{last}:out"), &device), views(&case, &device));
        let residual = fiam.residual(x.clone(), &text.context, &trace);
        let aligned = fiam.align(x, residual.clone(), &text, size, &trace);
        case.check(&format!("backbone.layers.{stage}:out"), residual);
        if stage < 3 {
            case.check(&format!("{prefix}downsample:in"), aligned);
        }
        check_all(&case, &prefix, recorder, 24);
    }
}

fn stage_features(case: &Case, sizes: [[usize; 2]; 4], device: &Device) -> [FeatureMap; 4] {
    let mut stage = 0;
    sizes.map(|size| {
        stage += 1;
        FeatureMap { tokens: case.value(&format!("backbone.norm{}:out", stage - 1), device), size }
    })
}

const TINY: [(&str, [[usize; 2]; 4]); 3] = [
    ("w7_200x168", [[50, 42], [25, 21], [13, 11], [7, 6]]),
    ("w12_192x192", [[48, 48], [24, 24], [12, 12], [6, 6]]),
    ("edge_w7_97x131", [[25, 33], [13, 17], [7, 9], [4, 5]]),
];

#[test]
fn tmem_alone_with_one_two_and_three_blocks() {
    for (name, sizes) in TINY {
        let (case, device) = (Case::read(name), Device::flex());
        let channels = [0, 1, 2, 3].map(|i| case.config.embed << i);
        let tmem = Tmem::new(channels, case.config.bert.width, case.config.tmem_blocks, &device);
        let tmem = filled(tmem, "backbone.tmem.", &synthetic::weights(&case.config));
        let recorder = Recorder::new();
        let features = stage_features(&case, sizes, &device);
        tmem.forward(features, &views(&case, &device).context, &Trace::on(&recorder));
        check_all(&case, "backbone.tmem.", recorder, 24);
    }
}

#[test]
fn scale_gates_alone() {
    for (name, sizes) in TINY {
        let (case, device) = (Case::read(name), Device::flex());
        let weights = synthetic::weights(&case.config);
        let mixed = planes(&case, "backbone.tmem.up_channel:out", &device);
        let mut from = 0;
        for (i, local) in stage_features(&case, sizes, &device).into_iter().enumerate() {
            let (width, prefix) = (case.config.embed << i, format!("backbone.tmem.fusion.{i}"));
            let gate = filled(ScaleGate::new(width, &device), &format!("{prefix}."), &weights);
            let global = mixed.with(mixed.tokens.clone().narrow(2, from, width));
            from += width;
            case.check(&format!("{prefix}:out"), gate.forward(local, global, &Trace::off()).planes());
        }
    }
}

#[test]
fn decoder_alone() {
    for (name, _) in TINY {
        let (case, device) = (Case::read(name), Device::flex());
        let decoder = Decoder::new(case.config.embed, &device);
        let decoder = filled(decoder, "classifier.", &synthetic::weights(&case.config));
        let maps = [0, 1, 2, 3].map(|i| planes(&case, &format!("backbone.tmem.fusion.{i}:out"), &device));
        let recorder = Recorder::new();
        let out: Tensor<4> = decoder.forward(maps, &Trace::on(&recorder));
        case.check("classifier:out", out);
        check_all(&case, "classifier.", recorder, 6);
    }
}
