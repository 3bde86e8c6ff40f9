//! From the names in a foreign file to the official ones.

use super::archive::Archive;

/// Where the tensors of a network come from, by official name.
#[derive(Debug, Default)]
pub(super) struct Naming {
    /// Official name and name in the file, in the order of the file.
    pub taken: Vec<(String, String)>,
    /// Names in the file that the network has no use for, known as such.
    pub ignored: Vec<String>,
}

/// Finds out what the file holds, by its names. An unknown file keeps its names, so that what follows can list them.
pub(super) fn of(archive: &Archive) -> Naming {
    // DataParallel wraps a model in one called `module`.
    let names: Vec<(&str, &str)> = archive
        .entries()
        .iter()
        .map(|entry| (entry.name().strip_prefix("module.").unwrap_or(entry.name()), entry.name()))
        .collect();
    let any = |prefix: &str| names.iter().any(|(name, _)| name.starts_with(prefix));
    let fianet = any("classifier.conv1_4.") || any("backbone.tmem.") || any("backbone.") && any("text_encoder.");
    if fianet || any("fiam.") || any("encoder.stem.") {
        return whole(&names);
    }
    let swin = swin(&names);
    if swin.taken.iter().any(|(official, _)| official == "backbone.patch_embed.proj.weight") {
        return swin;
    }
    let bert = bert(&names);
    if bert.taken.iter().any(|(official, _)| official == "text_encoder.embeddings.word_embeddings.weight") {
        return bert;
    }
    whole(&names)
}

/// A whole model: the official names, but for what some versions of the text encoder save besides (FIANET.md 9).
fn whole(names: &[(&str, &str)]) -> Naming {
    let mut naming = Naming::default();
    for (name, source) in names {
        let surplus = name.strip_prefix("text_encoder.").is_some_and(|rest| {
            rest.starts_with("pooler.") || matches!(rest, "embeddings.position_ids" | "embeddings.token_type_ids")
        });
        naming.add(!surplus, name, source);
    }
    naming
}

/// A Swin classifier (FIANET.md 11.2): the prefix `backbone.` if the first name has it, then `encoder.` if the first
/// in alphabetical order has it; `norm`, `head` and attention masks have no place in FIANet.
fn swin(names: &[(&str, &str)]) -> Naming {
    let mut naming = Naming::default();
    let mut kept: Vec<(&str, &str)> = names.to_vec();
    if kept.first().is_some_and(|(name, _)| name.starts_with("backbone.")) {
        kept = naming.unwrap_prefix(kept, "backbone.");
    }
    if kept.iter().map(|(name, _)| *name).min().is_some_and(|first| first.starts_with("encoder")) {
        kept = naming.unwrap_prefix(kept, "encoder.");
    }
    for (name, source) in kept {
        let wanted = name.starts_with("patch_embed.")
            || name.starts_with("layers.") && !name.ends_with(".attn_mask") && !name.ends_with(".attn.mask");
        naming.add(wanted, &format!("backbone.{name}"), source);
    }
    naming
}

/// A Hugging Face BERT (FIANET.md 11.3): prefix `bert.` removed, `gamma` and `beta` of old files renamed; heads for
/// pre-training and the pooler have no place in FIANet.
fn bert(names: &[(&str, &str)]) -> Naming {
    let mut naming = Naming::default();
    for (name, source) in names {
        let inner = ["text_encoder.", "bert."].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        let surplus = inner.starts_with("cls.")
            || inner.starts_with("pooler.")
            || matches!(inner, "embeddings.position_ids" | "embeddings.token_type_ids");
        let modern = match inner.rsplit_once(".LayerNorm.") {
            Some((layer, "gamma")) => format!("{layer}.LayerNorm.weight"),
            Some((layer, "beta")) => format!("{layer}.LayerNorm.bias"),
            _ => inner.to_owned(),
        };
        naming.add(!surplus, &format!("text_encoder.{modern}"), source);
    }
    naming
}

impl Naming {
    fn add(&mut self, wanted: bool, official: &str, source: &str) {
        if wanted {
            self.taken.push((official.to_owned(), source.to_owned()));
        } else {
            self.ignored.push(source.to_owned());
        }
    }

    /// The names that have `prefix`, without it; the others are ignored.
    fn unwrap_prefix<'n>(&mut self, names: Vec<(&'n str, &'n str)>, prefix: &str) -> Vec<(&'n str, &'n str)> {
        let mut kept = Vec::with_capacity(names.len());
        for (name, source) in names {
            match name.strip_prefix(prefix) {
                Some(inner) => kept.push((inner, source)),
                None => self.ignored.push(source.to_owned()),
            }
        }
        kept
    }
}
