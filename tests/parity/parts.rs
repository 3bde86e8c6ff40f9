//! Each part of the published network agrees with the official program on its own, fed with what entered it there, so that
//! a break names its place.

use crate::common::blocks;
use crate::common::fixture::Case;
use crate::common::part::filled;
use crate::common::synthetic;
use burn::tensor::Device;
use referent::model::cross_attention::CrossAttention;
use referent::model::trace::Trace;

/// Map sizes of the four stages.
const TINY: [(&str, [[usize; 2]; 4]); 3] = [
    ("w7_200x168", [[50, 42], [25, 21], [13, 11], [7, 6]]),
    ("w12_192x192", [[48, 48], [24, 24], [12, 12], [6, 6]]),
    ("edge_w7_97x131", [[25, 33], [13, 17], [7, 9], [4, 5]]),
];

#[test]
fn bert_alone() {
    for name in ["w7_200x168", "edge_w7_97x131"] {
        let case = Case::read(name);
        for (label, mask) in [("context", "input.l_mask"), ("object", "input.t_mask"), ("position", "input.p_mask")] {
            blocks::bert(&case, label, mask, &Device::flex());
        }
    }
}

#[test]
fn patch_embedding_alone() {
    for (name, sizes) in TINY {
        blocks::patch_embedding(&Case::read(name), sizes[0], &Device::flex());
    }
}

#[test]
fn swin_blocks_alone_with_and_without_shift() {
    // A map of 13 x 11 in windows of 7 (padded), and one of 24 x 24 in windows of 12.
    for (name, stage, size) in [("w7_200x168", 2, [13, 11]), ("w12_192x192", 1, [24, 24])] {
        let case = Case::read(name);
        blocks::swin_block(&case, stage, 0, size, &Device::flex());
        blocks::swin_block(&case, stage, 1, size, &Device::flex());
    }
}

#[test]
fn patch_merging_alone_on_odd_and_even_maps() {
    for (name, sizes) in TINY {
        let case = Case::read(name);
        for (stage, size) in sizes[..3].iter().enumerate() {
            blocks::patch_merging(&case, stage, *size, &Device::flex());
        }
    }
}

#[test]
fn cross_attention_alone_with_one_and_two_heads() {
    for name in ["w7_200x168", "edge_w7_97x131"] {
        let (case, device) = (Case::read(name), Device::flex());
        let text = blocks::views(&case, &device);
        for (part, text) in [
            ("context_pixel_attn.image_lang_att", &text.context),
            ("object_position_align_blk.go_cross_attn", &text.object),
            ("object_position_align_blk.sp_cross_attn", &text.position),
        ] {
            blocks::cross_attention(&case, part, text, &device);
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
    let out = attention.forward(x, &blocks::views(&case, &device).object, &Trace::off());
    let largest = |sample: usize| out.clone().narrow(0, sample, 1).abs().max().into_scalar::<f32>();
    assert!(largest(0) <= 1e-4 && largest(1) <= 1e-4, "{} and {}", largest(0), largest(1));
    assert!(largest(2) > 1.0);
}

#[test]
fn fiam_alone() {
    for (name, stage, size) in [
        ("w7_200x168", 1, [25, 21]),
        ("w12_192x192", 0, [48, 48]),
        ("w12_192x192", 3, [6, 6]),
        ("edge_w7_97x131", 1, [13, 17]),
    ] {
        blocks::fiam(&Case::read(name), stage, size, &Device::flex());
    }
}

#[test]
fn tmem_alone_with_one_two_and_three_blocks() {
    for (name, sizes) in TINY {
        blocks::tmem(&Case::read(name), sizes, &Device::flex());
    }
}

#[test]
fn scale_gates_alone() {
    for (name, sizes) in TINY {
        let case = Case::read(name);
        for scale in 0..4 {
            blocks::scale_gate(&case, scale, sizes, &Device::flex());
        }
    }
}

#[test]
fn decoder_alone() {
    for (name, _) in TINY {
        blocks::decoder(&Case::read(name), &Device::flex());
    }
}
