//! Names: how the official checkpoints call what this crate's modules hold, both ways.

/// One part of a path that reads differently in a checkpoint. `*` stands for any one segment and keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Rename {
    /// The segments in a checkpoint.
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
    // Text encoder; MiniLM has the same names without `text_encoder.`.
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
    kernel("layers.*.context_pixel_attn.vis_project.0", "layers.*.fiam.context.visual", 1),
    kernel("layers.*.context_pixel_attn.project_mm.0", "layers.*.fiam.context.mix", 1),
    part("layers.*.context_pixel_attn.image_lang_att", "layers.*.fiam.context.attention"),
    part("layers.*.context_tanh_gate.0", "layers.*.fiam.context_gate.inner"),
    part("layers.*.context_tanh_gate.2", "layers.*.fiam.context_gate.outer"),
    part("layers.*.object_position_align_blk.go_cross_attn", "layers.*.fiam.object.attention"),
    part("layers.*.object_position_align_blk.go_tanh_gating.0", "layers.*.fiam.object.gate.inner"),
    part("layers.*.object_position_align_blk.go_tanh_gating.2", "layers.*.fiam.object.gate.outer"),
    part("layers.*.object_position_align_blk.go_embedding", "layers.*.fiam.object.embedding"),
    part("layers.*.object_position_align_blk.sp_cross_attn", "layers.*.fiam.position.attention"),
    part("layers.*.object_position_align_blk.conv1", "layers.*.fiam.position.spatial"),
    part("layers.*.fc1", "layers.*.fiam.modulation.squeeze"),
    part("layers.*.fc2", "layers.*.fiam.modulation.excite"),
    part("norm0", "norms.0"),
    part("norm1", "norms.1"),
    part("norm2", "norms.2"),
    part("norm3", "norms.3"),
    // The module over all scales.
    kernel("tmem.down_channel", "tmem.down_channel", 2),
    kernel("tmem.up_channel", "tmem.up_channel", 2),
    part("tmem.block", "tmem.blocks"),
    part("ff.net.0", "ff.expand"),
    part("ff.net.3", "ff.contract"),
    kernel("tmem.fusion.*.local_embedding", "tmem.gates.*.local_embedding", 2),
    kernel("tmem.fusion.*.global_embedding", "tmem.gates.*.global_embedding", 2),
    kernel("tmem.fusion.*.global_act", "tmem.gates.*.global_act", 2),
    part("tmem.fusion", "tmem.gates"),
    // Decoder.
    part("classifier.conv1_4", "classifier.stages.0.conv1"),
    part("classifier.bn1_4", "classifier.stages.0.bn1"),
    part("classifier.conv2_4", "classifier.stages.0.conv2"),
    part("classifier.bn2_4", "classifier.stages.0.bn2"),
    part("classifier.conv1_3", "classifier.stages.1.conv1"),
    part("classifier.bn1_3", "classifier.stages.1.bn1"),
    part("classifier.conv2_3", "classifier.stages.1.conv2"),
    part("classifier.bn2_3", "classifier.stages.1.bn2"),
    part("classifier.conv1_2", "classifier.stages.2.conv1"),
    part("classifier.bn1_2", "classifier.stages.2.bn1"),
    part("classifier.conv2_2", "classifier.stages.2.conv2"),
    part("classifier.bn2_2", "classifier.stages.2.bn2"),
    kernel("classifier.conv1_1", "classifier.conv1_1", 2),
];

/// What a checkpoint holds beside parameters and statistics: derived tables and counters, which nothing needs.
pub const IGNORED: &[&str] = &["relative_position_index", "num_batches_tracked", "position_ids"];

/// The checkpoint's name of the module path `ours`, and the number of kernel axes of its weight.
pub fn official(ours: &[String], table: &[Rename]) -> (String, usize) {
    let mut name: Vec<&str> = Vec::with_capacity(ours.len() + 2);
    let (mut at, mut kernel_axes) = (0, 0);
    while at < ours.len() {
        let hit = table.iter().find_map(|row| matched(row.ours, &ours[at..]).map(|kept| (row, kept)));
        let Some((row, mut kept)) = hit else {
            name.push(&ours[at]);
            at += 1;
            continue;
        };
        name.extend(
            row.official
                .split('.')
                .map(|segment| if segment == "*" { kept.next().unwrap_or(segment) } else { segment }),
        );
        kernel_axes = row.kernel_axes.max(kernel_axes);
        at += row.ours.split('.').count();
    }
    (name.join("."), kernel_axes)
}

/// The segments that stand at `*` if `path` starts with `pattern`.
fn matched<'a>(pattern: &'static str, path: &'a [String]) -> Option<impl Iterator<Item = &'a str>> {
    let length = pattern.split('.').count();
    let head = path.get(..length)?;
    let fits = pattern.split('.').zip(head).all(|(p, s)| p == "*" || p == s);
    fits.then(move || pattern.split('.').zip(head).filter(|(p, _)| *p == "*").map(|(_, s)| s.as_str()))
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
            ("backbone.tmem.blocks.2.tma.projection.bias", "backbone.tmem.block.2.tma.W.0.bias", 1),
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
