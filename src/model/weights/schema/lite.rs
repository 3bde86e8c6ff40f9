//! The entries of a file of `lite` (LITE.md, "Names in the file").

use super::{Layers, Param};

/// Channels of the heads at strides 4, 8, 16 and 32.
const WIDTHS: [usize; 4] = [32, 48, 96, 160];
/// Channels of the encoder's maps at the same strides.
const FEATURES: [usize; 4] = [24, 40, 112, 320];
/// Values that say where a cell lies in its frame.
const COORDINATES: usize = 16;
/// Width of the text encoder.
const TEXT: usize = 384;
/// Width of TMEM, which is that of the coarsest scale.
const TMEM: usize = 160;
const TMEM_BLOCKS: usize = 2;
/// Width of the decoder.
const DECODER: usize = 64;
/// EfficientNet-Lite0 as (in, out, kernel, expansion, repeats).
const ENCODER: [(usize, usize, usize, usize, usize); 7] = [
    (32, 16, 3, 1, 1),
    (16, 24, 3, 6, 2),
    (24, 40, 5, 6, 2),
    (40, 80, 3, 6, 3),
    (80, 112, 5, 6, 3),
    (112, 192, 5, 6, 4),
    (192, 320, 3, 6, 1),
];

pub(super) fn whole() -> Vec<Param> {
    let mut layers = Layers::default();
    encoder(&mut layers);
    for (scale, (&width, &features)) in WIDTHS.iter().zip(&FEATURES).enumerate() {
        layers.affine(&format!("project.{scale}"), &[width, features, 1, 1]);
        layers.affine(&format!("coordinates.{scale}"), &[width, COORDINATES]);
    }
    for (scale, &width) in WIDTHS.iter().enumerate() {
        alignment(&mut layers, &format!("fiam.{scale}"), width);
    }
    tmem(&mut layers);
    decoder(&mut layers);
    layers.affine("presence.hidden", &[64, 2 * TMEM]);
    layers.affine("presence.out", &[1, 64]);
    layers.0
}

fn encoder(layers: &mut Layers) {
    convolution(layers, "encoder.stem", &[32, 3, 3, 3]);
    let mut block = 0;
    for (first_input, outputs, kernel, expansion, repeats) in ENCODER {
        for repeat in 0..repeats {
            let inputs = if repeat == 0 { first_input } else { outputs };
            let inner = inputs * expansion;
            let prefix = format!("encoder.blocks.{block}");
            if expansion > 1 {
                convolution(layers, &format!("{prefix}.expand"), &[inner, inputs, 1, 1]);
            }
            convolution(layers, &format!("{prefix}.depthwise"), &[inner, 1, kernel, kernel]);
            convolution(layers, &format!("{prefix}.project"), &[outputs, inner, 1, 1]);
            block += 1;
        }
    }
}

/// A convolution without bias and its BatchNorm.
fn convolution(layers: &mut Layers, prefix: &str, shape: &[usize; 4]) {
    layers.weight(&format!("{prefix}.conv"), shape);
    layers.batch_norm(&format!("{prefix}.norm"), shape[0]);
}

fn attention(layers: &mut Layers, prefix: &str, width: usize) {
    layers.affine(&format!("{prefix}.query"), &[width, width]);
    layers.norm(&format!("{prefix}.query_norm"), width);
    layers.affine(&format!("{prefix}.key"), &[width, TEXT]);
    layers.affine(&format!("{prefix}.value"), &[width, TEXT]);
    layers.affine(&format!("{prefix}.out"), &[width, width]);
    layers.norm(&format!("{prefix}.out_norm"), width);
}

fn alignment(layers: &mut Layers, prefix: &str, width: usize) {
    layers.affine(&format!("{prefix}.visual"), &[width, width]);
    layers.affine(&format!("{prefix}.mix"), &[width, width]);
    layers.weight(&format!("{prefix}.gate_in"), &[width, width]);
    layers.weight(&format!("{prefix}.gate_out"), &[width, width]);
    layers.affine(&format!("{prefix}.squeeze"), &[width / 4, width]);
    layers.affine(&format!("{prefix}.excite"), &[width, width / 4]);
    layers.weight(&format!("{prefix}.spatial"), &[1, 2, 3, 3]);
    for text in ["context", "object", "position"] {
        attention(layers, &format!("{prefix}.{text}"), width);
    }
}

fn tmem(layers: &mut Layers) {
    let sum = WIDTHS.iter().sum();
    layers.affine("tmem.down", &[TMEM, sum]);
    layers.norm("tmem.norm", TMEM);
    layers.affine("tmem.up", &[sum, TMEM]);
    for block in 0..TMEM_BLOCKS {
        let prefix = format!("tmem.blocks.{block}");
        layers.norm(&format!("{prefix}.norm_self"), TMEM);
        layers.affine(&format!("{prefix}.qkv"), &[3 * TMEM, TMEM]);
        layers.affine(&format!("{prefix}.self_out"), &[TMEM, TMEM]);
        layers.norm(&format!("{prefix}.norm_text"), TMEM);
        attention(layers, &format!("{prefix}.text"), TMEM);
        layers.norm(&format!("{prefix}.norm_mlp"), TMEM);
        layers.affine(&format!("{prefix}.mlp_in"), &[2 * TMEM, TMEM]);
        layers.affine(&format!("{prefix}.mlp_out"), &[TMEM, 2 * TMEM]);
    }
    for (scale, &width) in WIDTHS.iter().enumerate() {
        for conv in ["local", "act", "global"] {
            layers.affine(&format!("tmem.gates.{scale}.{conv}"), &[width, width, 1, 1]);
        }
    }
}

fn decoder(layers: &mut Layers) {
    layers.affine("decoder.start", &[DECODER, WIDTHS[3], 1, 1]);
    for (stage, scale) in [2, 1, 0].into_iter().enumerate() {
        for (unit, inputs) in [DECODER + WIDTHS[scale], DECODER].into_iter().enumerate() {
            let prefix = format!("decoder.stages.{stage}.{unit}");
            layers.weight(&format!("{prefix}.depthwise"), &[inputs, 1, 5, 5]);
            layers.weight(&format!("{prefix}.pointwise"), &[DECODER, inputs, 1, 1]);
            layers.batch_norm(&format!("{prefix}.norm"), DECODER);
        }
    }
    layers.affine("decoder.out", &[2, DECODER, 1, 1]);
}
