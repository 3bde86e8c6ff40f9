//! Names: how the official checkpoints call what this crate's modules hold, both ways.

/// One part of a path that reads differently in a checkpoint.
#[derive(Debug, Clone, Copy)]
pub struct Rename {
    /// The segments in a checkpoint; none if it has no such level.
    pub official: &'static str,
    /// The segments in this crate's modules.
    pub ours: &'static str,
    /// How many axes of length 1 the checkpoint's weight has after `[outputs, inputs]`: convolutions of kernel 1 are linear
    /// maps here.
    pub kernel_axes: usize,
}

const fn part(official: &'static str, ours: &'static str) -> Rename {
    Rename { official, ours, kernel_axes: 0 }
}

const fn kernel(official: &'static str, ours: &'static str, kernel_axes: usize) -> Rename {
    Rename { official, ours, kernel_axes }
}

/// FIANet and BERT (FIANET.md section 9). What is not listed is called alike. Beside the names, linear weights are stored
/// `[outputs, inputs]` and the scale and shift of a norm are called weight and bias.
pub const FIANET: &[Rename] = &[
    // Text encoder.
    part("embeddings.LayerNorm", "embeddings.norm"),
    part("encoder.layer", "encoder"),
    part("attention.self", "self_attention"),
    part("attention.output.LayerNorm", "attention_output.norm"),
    part("attention.output", "attention_output"),
    part("intermediate.dense", "intermediate"),
    part("output.LayerNorm", "output.norm"),
    // Cross attention.
    kernel("f_query.0", "visual_query", 1),
    kernel("f_key.0", "text_key", 1),
    kernel("f_value.0", "text_value", 1),
    kernel("W.0", "projection", 1),
    // Fusion of a stage.
    part("", "fiam"),
    kernel("context_pixel_attn.vis_project.0", "context.visual", 1),
    kernel("context_pixel_attn.project_mm.0", "context.mix", 1),
    part("context_pixel_attn.image_lang_att", "context.attention"),
    part("context_tanh_gate.0", "context_gate.inner"),
    part("context_tanh_gate.2", "context_gate.outer"),
    part("object_position_align_blk.go_cross_attn", "object.attention"),
    part("object_position_align_blk.go_tanh_gating.0", "object.gate.inner"),
    part("object_position_align_blk.go_tanh_gating.2", "object.gate.outer"),
    part("object_position_align_blk.go_embedding", "object.embedding"),
    part("object_position_align_blk.sp_cross_attn", "position.attention"),
    part("object_position_align_blk.conv1", "position.spatial"),
    part("fc1", "modulation.squeeze"),
    part("fc2", "modulation.excite"),
    part("norm0", "norms.0"),
    part("norm1", "norms.1"),
    part("norm2", "norms.2"),
    part("norm3", "norms.3"),
    // The module over all scales.
    kernel("down_channel", "down_channel", 2),
    kernel("up_channel", "up_channel", 2),
    part("block", "text_blocks"),
    part("ff.net.0", "ff.expand"),
    part("ff.net.3", "ff.contract"),
    part("fusion", "gates"),
    kernel("local_embedding", "local_embedding", 2),
    kernel("global_embedding", "global_embedding", 2),
    kernel("global_act", "global_act", 2),
    // Decoder.
    part("conv1_4", "stages.0.conv1"),
    part("bn1_4", "stages.0.bn1"),
    part("conv2_4", "stages.0.conv2"),
    part("bn2_4", "stages.0.bn2"),
    part("conv1_3", "stages.1.conv1"),
    part("bn1_3", "stages.1.bn1"),
    part("conv2_3", "stages.1.conv2"),
    part("bn2_3", "stages.1.bn2"),
    part("conv1_2", "stages.2.conv1"),
    part("bn1_2", "stages.2.bn1"),
    part("conv2_2", "stages.2.conv2"),
    part("bn2_2", "stages.2.bn2"),
    kernel("conv1_1", "conv1_1", 2),
];

/// `lite`, whose parts are called as in its files (LITE.md, "Names in the file").
pub const LITE: &[Rename] = &[];

/// What a checkpoint holds beside parameters and statistics: derived tables and counters, which nothing needs.
pub const IGNORED: &[&str] = &["relative_position_index", "num_batches_tracked", "position_ids"];

/// The checkpoint's name of the module path `ours`, and the number of kernel axes of its weight.
pub fn official(ours: &[String], table: &[Rename]) -> (String, usize) {
    let mut name: Vec<&str> = Vec::with_capacity(ours.len() + 2);
    let (mut rest, mut kernel_axes) = (ours, 0);
    while let Some((first, others)) = rest.split_first() {
        let row = table.iter().find(|row| starts_with(rest, row.ours));
        if let Some(row) = row {
            name.extend(row.official.split('.').filter(|segment| !segment.is_empty()));
            kernel_axes = row.kernel_axes.max(kernel_axes);
            rest = &rest[row.ours.split('.').count()..];
        } else {
            name.push(first);
            rest = others;
        }
    }
    (name.join("."), kernel_axes)
}

fn starts_with(path: &[String], segments: &str) -> bool {
    let mut path = path.iter();
    segments.split('.').all(|segment| path.next().is_some_and(|own| own == segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(ours: &str) -> (String, usize) {
        official(&ours.split('.').map(str::to_owned).collect::<Vec<_>>(), FIANET)
    }

    #[test]
    fn modules_are_called_as_in_a_checkpoint() {
        for (ours, theirs, axes) in [
            ("backbone.layers.2.blocks.17.mlp.fc1.weight", "backbone.layers.2.blocks.17.mlp.fc1.weight", 0),
            ("backbone.layers.0.blocks.1.norm1.bias", "backbone.layers.0.blocks.1.norm1.bias", 0),
            ("backbone.layers.1.fiam.modulation.squeeze.weight", "backbone.layers.1.fc1.weight", 0),
            (
                "backbone.layers.1.fiam.context.attention.visual_query.weight",
                "backbone.layers.1.context_pixel_attn.image_lang_att.f_query.0.weight",
                1,
            ),
            ("backbone.tmem.text_blocks.2.tma.projection.bias", "backbone.tmem.block.2.tma.W.0.bias", 1),
            ("backbone.tmem.gates.3.global_act.weight", "backbone.tmem.fusion.3.global_act.weight", 2),
            ("backbone.tmem.gates.3.bn1.weight", "backbone.tmem.fusion.3.bn1.weight", 0),
            ("backbone.norms.3.weight", "backbone.norm3.weight", 0),
            (
                "text_encoder.encoder.11.self_attention.key.weight",
                "text_encoder.encoder.layer.11.attention.self.key.weight",
                0,
            ),
            (
                "text_encoder.encoder.0.attention_output.norm.weight",
                "text_encoder.encoder.layer.0.attention.output.LayerNorm.weight",
                0,
            ),
            ("encoder.0.output.norm.weight", "encoder.layer.0.output.LayerNorm.weight", 0),
            ("encoder.0.intermediate.bias", "encoder.layer.0.intermediate.dense.bias", 0),
        ] {
            assert_eq!(name(ours), (theirs.to_owned(), axes));
        }
    }
}
