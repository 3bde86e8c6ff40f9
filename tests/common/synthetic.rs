//! Synthetic weights: the formula the reference fixtures were computed with, bit for bit.
//!
//! Every value is a function of its tensor's name and its index, so any size of network can be had without a file.

use std::collections::BTreeMap;

use referent::model::config::{BertConfig, FiaNetConfig};

/// Shape and values by official name, as the network's loader takes them; derived tables are left out.
pub fn weights(config: &FiaNetConfig) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
    tensors(config).into_iter().map(|(name, shape)| (name.clone(), (shape.clone(), values(&name, &shape)))).collect()
}

/// Name and shape of every parameter and statistic, in the order of the official state dict.
pub fn tensors(config: &FiaNetConfig) -> Vec<(String, Vec<usize>)> {
    let mut list = List(Vec::new());
    let (e, text) = (config.embed, config.bert.width);
    list.affine("backbone.patch_embed.proj", &[e, 3, 4, 4]);
    list.affine("backbone.patch_embed.norm", &[e]);
    for (i, depth) in config.depths.into_iter().enumerate() {
        let (d, p) = (e << i, format!("backbone.layers.{i}"));
        for j in 0..depth {
            let q = format!("{p}.blocks.{j}");
            list.affine(&format!("{q}.norm1"), &[d]);
            let offsets = (2 * config.window - 1).pow(2);
            list.push(format!("{q}.attn.relative_position_bias_table"), &[offsets, config.heads[i]]);
            list.affine(&format!("{q}.attn.qkv"), &[3 * d, d]);
            list.affine(&format!("{q}.attn.proj"), &[d, d]);
            list.affine(&format!("{q}.norm2"), &[d]);
            list.affine(&format!("{q}.mlp.fc1"), &[4 * d, d]);
            list.affine(&format!("{q}.mlp.fc2"), &[d, 4 * d]);
        }
        list.affine(&format!("{p}.fc1"), &[d / 8, d]);
        list.affine(&format!("{p}.fc2"), &[d, d / 8]);
        list.affine(&format!("{p}.context_pixel_attn.vis_project.0"), &[d, d, 1]);
        list.cross(&format!("{p}.context_pixel_attn.image_lang_att"), d, text);
        list.affine(&format!("{p}.context_pixel_attn.project_mm.0"), &[d, d, 1]);
        list.weight(&format!("{p}.context_tanh_gate.0"), &[d, d]);
        list.weight(&format!("{p}.context_tanh_gate.2"), &[d, d]);
        let o = format!("{p}.object_position_align_blk");
        list.cross(&format!("{o}.go_cross_attn"), d, text);
        list.weight(&format!("{o}.go_tanh_gating.0"), &[d, d]);
        list.weight(&format!("{o}.go_tanh_gating.2"), &[d, d]);
        list.weight(&format!("{o}.go_embedding"), &[d, d]);
        list.cross(&format!("{o}.sp_cross_attn"), d, text);
        list.weight(&format!("{o}.conv1"), &[1, 2, 3, 3]);
        if i < 3 {
            list.weight(&format!("{p}.downsample.reduction"), &[2 * d, 4 * d]);
            list.affine(&format!("{p}.downsample.norm"), &[4 * d]);
        }
    }
    for i in 0..4 {
        list.affine(&format!("backbone.norm{i}"), &[e << i]);
    }
    let (all, hidden) = (15 * e, 15 * e / 4);
    list.affine("backbone.tmem.down_channel", &[hidden, all, 1, 1]);
    list.affine("backbone.tmem.up_channel", &[all, hidden, 1, 1]);
    for k in 0..config.tmem_blocks {
        let q = format!("backbone.tmem.block.{k}");
        list.affine(&format!("{q}.norm1"), &[hidden]);
        list.cross(&format!("{q}.tma"), hidden, text);
        list.affine(&format!("{q}.norm2"), &[hidden]);
        list.affine(&format!("{q}.ff.net.0"), &[2 * hidden, hidden]);
        list.affine(&format!("{q}.ff.net.3"), &[hidden, 2 * hidden]);
    }
    list.batch_norm("backbone.tmem.bn", hidden);
    for i in 0..4 {
        let (d, q) = (e << i, format!("backbone.tmem.fusion.{i}"));
        for (n, part) in ["local_embedding", "global_embedding", "global_act"].into_iter().enumerate() {
            list.affine(&format!("{q}.{part}"), &[d, d, 1, 1]);
            list.batch_norm(&format!("{q}.bn{}", n + 1), d);
        }
    }
    for (number, inputs) in [(4, 12 * e), (3, 6 * e), (2, 5 * e)] {
        list.weight(&format!("classifier.conv1_{number}"), &[4 * e, inputs, 3, 3]);
        list.batch_norm(&format!("classifier.bn1_{number}"), 4 * e);
        list.weight(&format!("classifier.conv2_{number}"), &[4 * e, 4 * e, 3, 3]);
        list.batch_norm(&format!("classifier.bn2_{number}"), 4 * e);
    }
    list.affine("classifier.conv1_1", &[2, 4 * e, 1, 1]);
    list.bert("text_encoder.", &config.bert);
    list.0
}

/// The values of one tensor.
pub fn values(name: &str, shape: &[usize]) -> Vec<f32> {
    let (base, scale) = rule(name, shape);
    unit(name, shape.iter().product()).map(|r| base + r * scale).collect()
}

/// A normalised image `[batch, 3, h, w]`: blocks of 16 pixels and a little noise, in -2..2.
pub fn test_image(h: usize, w: usize, name: &str, batch: usize) -> Vec<f32> {
    let (rows, columns) = (h.div_ceil(16), w.div_ceil(16));
    let coarse: Vec<f32> = unit(&format!("{name}.coarse"), batch * 3 * rows * columns).collect();
    let fine = unit(&format!("{name}.fine"), batch * 3 * h * w);
    fine.enumerate()
        .map(|(i, fine)| {
            let (plane, y, x) = (i / (h * w), i / w % h, i % w);
            coarse[(plane * rows + y / 16) * columns + x / 16] * 1.5 + fine * 0.5
        })
        .collect()
}

/// Middle and half-width of a tensor's values; the first rule that fits its name counts.
fn rule(name: &str, shape: &[usize]) -> (f32, f32) {
    let fan_in: usize = shape[1..].iter().product();
    let gain = match name {
        _ if name.ends_with(".running_var") => return (1.0, 0.5),
        _ if name.ends_with(".running_mean") => return (0.0, 0.25),
        _ if name.ends_with(".relative_position_bias_table") => return (0.0, 0.5),
        _ if name.ends_with(".bias") => return (0.0, 0.125),
        _ if shape.len() == 1 => return (1.0, 0.25),
        _ if name.contains("_embeddings.") => return (0.0, 0.125),
        // Keeps the words apart through twelve layers, and the cross attention away from uniform.
        _ if name.ends_with(".attention.output.dense.weight") => 0.25,
        _ if name.ends_with(".f_key.0.weight") => 4.0,
        _ => 1.0,
    };
    (0.0, (gain * (3.0 / fan_in as f64).sqrt()) as f32)
}

/// `count` values in -1..1: splitmix64 seeded by the FNV-1a hash of the name, its upper 24 bits.
fn unit(name: &str, count: usize) -> impl Iterator<Item = f32> + use<> {
    let seed = fnv1a(name);
    (1..=count as u64).map(move |i| {
        let s = seed.wrapping_add(i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let z = (s ^ (s >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let z = z ^ (z >> 31);
        (z >> 40) as f32 * (1.0 / (1 << 23) as f32) - 1.0
    })
}

/// FNV-1a, 64 bits.
pub fn fnv1a(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

struct List(Vec<(String, Vec<usize>)>);

impl List {
    fn push(&mut self, name: String, shape: &[usize]) {
        self.0.push((name, shape.to_vec()));
    }

    fn weight(&mut self, p: &str, shape: &[usize]) {
        self.push(format!("{p}.weight"), shape);
    }

    fn affine(&mut self, p: &str, shape: &[usize]) {
        self.weight(p, shape);
        self.push(format!("{p}.bias"), &shape[..1]);
    }

    fn batch_norm(&mut self, p: &str, d: usize) {
        self.affine(p, &[d]);
        self.push(format!("{p}.running_mean"), &[d]);
        self.push(format!("{p}.running_var"), &[d]);
    }

    fn cross(&mut self, p: &str, d: usize, text: usize) {
        self.affine(&format!("{p}.f_key.0"), &[d, text, 1]);
        self.affine(&format!("{p}.f_query.0"), &[d, d, 1]);
        self.affine(&format!("{p}.f_value.0"), &[d, text, 1]);
        self.affine(&format!("{p}.W.0"), &[d, d, 1]);
    }

    fn bert(&mut self, p: &str, config: &BertConfig) {
        let (d, e) = (config.width, format!("{p}embeddings"));
        self.weight(&format!("{e}.word_embeddings"), &[config.vocab, d]);
        self.weight(&format!("{e}.position_embeddings"), &[config.positions, d]);
        self.weight(&format!("{e}.token_type_embeddings"), &[config.types, d]);
        self.affine(&format!("{e}.LayerNorm"), &[d]);
        for j in 0..config.layers {
            let q = format!("{p}encoder.layer.{j}");
            for part in ["query", "key", "value"] {
                self.affine(&format!("{q}.attention.self.{part}"), &[d, d]);
            }
            self.affine(&format!("{q}.attention.output.dense"), &[d, d]);
            self.affine(&format!("{q}.attention.output.LayerNorm"), &[d]);
            self.affine(&format!("{q}.intermediate.dense"), &[config.inner, d]);
            self.affine(&format!("{q}.output.dense"), &[d, config.inner]);
            self.affine(&format!("{q}.output.LayerNorm"), &[d]);
        }
    }
}
